/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/report.h"

#include <stdio.h>

int report_exit_code(const struct session *s)
{
    if (s->stop_at.stalled)
        return EXIT_STALLED;
    switch (s->engine->m->ended) {
    case END_WEDGED:
        return EXIT_WEDGED;
    case END_FAULT:
        return EXIT_FAULT;
    case END_UNIMPLEMENTED:
        return EXIT_UNIMPLEMENTED;
    default:
        return EXIT_OK;
    }
}

void report_summary(const struct session *s)
{
    const struct machine *m = s->engine->m;
    fprintf(stderr, "lockstep: %s", end_reason_name(m->ended));
    if (m->ended == END_EXITED)
        fprintf(stderr, " with code %u", m->exit_code);
    if (s->stop_at.reached)
        fprintf(stderr, " reached (%s)", s->stop_at.text);
    fprintf(stderr, " after %.6f s of virtual time: %llu instructions, %llu kernel calls, %llu events\n",
            (double)engine_time(s->engine) / TICKS_PER_SECOND, (unsigned long long)m->instructions,
            (unsigned long long)m->calls, (unsigned long long)m->events);
    if (s->stop_at.kind != STOP_NEVER && !s->stop_at.reached)
        fprintf(stderr, "lockstep: --until %s: it did not come so far (%llu before)\n", s->stop_at.text,
                (unsigned long long)s->stop_at.seen);
}

static void put_changes(struct json *j, const struct changes *c)
{
    json_array(j, "changes");
    for (size_t i = 0; i < c->count; i++) {
        json_object(j, NULL);
        json_text(j, "change", c->list[i].text);
        json_bool(j, "came", c->list[i].done);
        json_u64(j, "time", c->list[i].done_tick);
        json_u64(j, "thread", c->list[i].done_thread);
        json_close(j);
    }
    json_close(j);
}

void report_json(const struct session *s)
{
    const struct machine *m = s->engine->m;
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_text(&j, "end", end_reason_name(m->ended));
    json_u64(&j, "code", m->exit_code);
    json_u64(&j, "ticks", engine_time(s->engine));
    json_u64(&j, "instructions", m->instructions);
    json_hex(&j, "hash", s->last_hash, 16);
    json_u64(&j, "calls", m->calls);
    json_u64(&j, "events", m->events);
    json_u64(&j, "unimplemented", m->unimplemented);
    if (s->stop_at.reached)
        json_text(&j, "reached", s->stop_at.text);
    json_bool(&j, "stalled", s->stop_at.stalled);
    if (s->changes.count)
        put_changes(&j, &s->changes);
    json_close(&j);
    json_finish(&j);
}
