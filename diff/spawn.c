/* SPDX-License-Identifier: BSD-3-Clause
 * Where threads were made (diff/spawn.h). */
#include "diff/spawn.h"
#include "schema/role.h"

enum { CALL_EVENTS = 32 }; /* of a call that makes a thread, before it tells of the thread */

struct spawn_site spawn_site(struct run *run, u32 place)
{
    const struct run_thread *t = run_thread(run, place);
    struct spawn_site site = {t->spawn_op, t->spawn_lr};
    struct run_span span;
    struct err err;
    if (site.lr || !t->created || t->parent == UINT32_MAX)
        return site;
    u64 end = run_position_at_seq(run, t->parent, t->created_seq);
    for (u64 at = end > CALL_EVENTS ? end - CALL_EVENTS : 0; at < end;) {
        if (!run_read_some(run, t->parent, at, COLUMN_SITE, &span, &err) || !span.count)
            break;
        for (u32 i = 0; i < span.count && at < end; i++, at++) {
            const struct run_site *s = run_site(run, span.site[i]);
            if (s->kind == EVENT_call)
                site =
                    role_of(s->op).role == ROLE_SPAWN ? (struct spawn_site){s->op, s->lr} : (struct spawn_site){0, 0};
        }
    }
    return site;
}
