/* SPDX-License-Identifier: BSD-3-Clause
 * Running the ladder forward (diff/whatif.h). */
#include "diff/whatif.h"
#include "cli/cli.h"

#include <stdlib.h>

/* Which needs a signal meets: the rung's own, and those that A's same signal met too. */
static bool is_met(const struct ladder_need *fired, const struct ladder_need *n)
{
    return n == fired || (n->object == fired->object && n->object != (u32)LADDER_NONE && n->has_signal &&
                          fired->has_signal && n->signal.seq == fired->signal.seq);
}

static bool can_go(const struct ladder *l, const struct ladder_rung *r, const bool *met, const bool *freed)
{
    u32 good = 0;
    for (u32 i = 0; i < r->need_count; i++) {
        const struct ladder_need *n = &l->needs[r->first_need + i];
        good += met[r->first_need + i] || (n->next != (u32)LADDER_NONE && freed[n->next]);
    }
    return r->need_count && (r->is_all ? good == r->need_count : good > 0);
}

u32 whatif_fire(const struct ladder *l, u32 rung, bool *freed)
{
    const struct ladder_need *fired = ladder_need(l, &l->rungs[rung]);
    bool *met = calloc(l->need_count + 1, sizeof *met);
    u32 count = 0;
    CHECK(met, "out of memory");
    for (u32 i = 0; fired && i < l->need_count; i++)
        met[i] = is_met(fired, &l->needs[i]);
    for (bool again = true; again;) {
        again = false;
        for (u32 i = 0; i < l->rung_count; i++) {
            bool is_it = i == rung && (!fired || fired->object == (u32)LADDER_NONE);
            if (freed[i] || !(is_it || can_go(l, &l->rungs[i], met, freed)))
                continue;
            freed[i] = again = true;
            count++;
        }
    }
    free(met);
    return count;
}

/* Rungs that A waits at for ever too are no part of the wedge. */
static bool counts(const struct ladder *l, u32 rung)
{
    const struct ladder_need *n = ladder_need(l, &l->rungs[rung]);
    return !n || n->state != LADDER_AS_IN_A;
}

static bool all_free(const struct ladder *l, const bool *freed)
{
    for (u32 i = 0; i < l->rung_count; i++)
        if (!freed[i] && counts(l, i))
            return false;
    return true;
}

/* Something else than its own signal lets that one go on: a rung that it rests on, or a signal that meets both. */
static bool rests_on_others(const struct ladder *l, const u32 *fires, u32 count, u32 own)
{
    const struct ladder_rung *r = &l->rungs[fires[own]];
    for (u32 k = 0; k < r->need_count; k++) {
        const struct ladder_need *n = &l->needs[r->first_need + k];
        if (n->next != (u32)LADDER_NONE)
            return true;
        for (u32 i = 0; i < count; i++) {
            const struct ladder_need *fired = ladder_need(l, &l->rungs[fires[i]]);
            if (i != own && fired && is_met(fired, n))
                return true;
        }
    }
    return false;
}

/* Everything is free without that one. */
static bool is_spare(const struct ladder *l, const u32 *fires, u32 count, u32 without)
{
    if (!rests_on_others(l, fires, count, without))
        return false;
    bool *freed = calloc(l->rung_count + 1, sizeof *freed);
    CHECK(freed, "out of memory");
    for (u32 i = 0; i < count; i++)
        if (i != without)
            whatif_fire(l, fires[i], freed);
    bool all = all_free(l, freed);
    free(freed);
    return all;
}

/* What ends the ladder can only be freed by its own signal, and a circle by one of its members': so one for each is
 * needed, and no more. */
u32 *whatif_least(const struct ladder *l, u32 *count)
{
    u32 *fires = malloc((l->rung_count + 1) * sizeof *fires), n = 0;
    bool *freed = calloc(l->rung_count + 1, sizeof *freed);
    CHECK(fires && freed, "out of memory");
    for (u32 i = 0; i < l->root_count; i++)
        if (!freed[l->roots[i]] && counts(l, l->roots[i]))
            whatif_fire(l, fires[n++] = l->roots[i], freed);
    for (u32 i = 0; i < l->rung_count; i++)
        if (!freed[i] && counts(l, i))
            whatif_fire(l, fires[n++] = i, freed);
    for (u32 i = n; i > 0; i--)
        if (is_spare(l, fires, n, i - 1))
            memmove(fires + i - 1, fires + i, (--n - (i - 1)) * sizeof *fires);
    free(freed);
    *count = n;
    return fires;
}

static bool is_named(const struct ladder *l, const struct ladder_rung *r, u64 value)
{
    for (u32 i = 0; i < r->need_count; i++) {
        u32 object = l->needs[r->first_need + i].object;
        if (object != (u32)LADDER_NONE && value &&
            (l->signals_b->objects.rows[object].hsid == value || signals_handle(l->signals_b, object) == value))
            return true;
    }
    return false;
}

u32 whatif_find(const struct ladder *l, const char *name)
{
    bool is_thread = (name[0] | 0x20) == 't';
    u64 value = 0;
    if (!cli_read_u64(name + is_thread, &value))
        return (u32)LADDER_NONE;
    for (u32 i = 0; i < l->rung_count; i++) {
        const struct ladder_rung *r = &l->rungs[i];
        bool is_it = is_thread ? r->kind != LADDER_CREATION && run_thread(l->b, r->place)->thread == value
                               : is_named(l, r, value);
        if (is_it)
            return i;
    }
    return (u32)LADDER_NONE;
}
