/* SPDX-License-Identifier: BSD-3-Clause
 * Where the slope between two runs' times changes, and which intervals add the delay (diff/skew.h). */
#include "diff/skew.h"
#include "diff/waits.h"
#include "schema/role.h"

#include <stdlib.h>

enum { SEGMENTS_MOST = 12, TOLERANCE = 50 }; /* a segment's points lie within 1/50 of B's length of its line */

/* ---- Segments. ---- */

/* The thread with the most milestones, in order in both runs. */
static u32 *longest_chain(const struct skew *s, u32 *count)
{
    u32 *chain = malloc((s->count + 1u) * sizeof *chain), best = 0;
    u32 *counts = calloc(run_thread_count(s->run[0]) + 1u, sizeof *counts);
    CHECK(chain && counts, "out of memory");
    for (u32 i = 0; i < s->count; i++)
        if (++counts[s->rows[i].holder[0]] > counts[best])
            best = s->rows[i].holder[0];
    *count = 0;
    for (u32 i = 0; i < s->count; i++) {
        const struct skew_milestone *m = &s->rows[i], *last = *count ? &s->rows[chain[*count - 1]] : NULL;
        if (m->holder[0] != best || (last && (m->position[1] <= last->position[1] || m->time[0] == last->time[0])))
            continue;
        chain[(*count)++] = i;
    }
    free(counts);
    return chain;
}

/* How far the points between two lie off the line through them, at most. */
static double deviation(const struct skew *s, const u32 *chain, u32 from, u32 to)
{
    const struct skew_milestone *a = &s->rows[chain[from]], *b = &s->rows[chain[to]];
    double run = (double)(b->time[0] - a->time[0]), rise = (double)b->time[1] - (double)a->time[1], most = 0;
    for (u32 i = from + 1; i < to; i++) {
        const struct skew_milestone *m = &s->rows[chain[i]];
        double line = (double)a->time[1] + rise * (double)(m->time[0] - a->time[0]) / run;
        double off = (double)m->time[1] - line;
        off = off < 0 ? -off : off;
        most = off > most ? off : most;
    }
    return most;
}

/* Joins the two neighbours whose joint line fits best, while it fits, or while there are too many. */
void skew_fit(struct skew *s)
{
    u32 count, *chain = longest_chain(s, &count), ends = count;
    u32 *at = malloc((count + 1u) * sizeof *at); /* places in the chain where segments meet */
    CHECK(at, "out of memory");
    for (u32 i = 0; i < count; i++)
        at[i] = i;
    double length = count ? (double)s->rows[chain[count - 1]].time[1] : 0;
    while (ends > 2) {
        u32 best = 0;
        double least = 0;
        for (u32 i = 1; i + 1 < ends; i++) {
            double off = deviation(s, chain, at[i - 1], at[i + 1]);
            if (!best || off < least) {
                best = i;
                least = off;
            }
        }
        if (least * TOLERANCE > length && ends - 1 <= SEGMENTS_MOST)
            break;
        memmove(at + best, at + best + 1, (ends - best - 1) * sizeof *at);
        ends--;
    }
    s->segment_count = ends > 1 ? ends - 1 : 0;
    s->segments = malloc((s->segment_count + 1u) * sizeof *s->segments);
    CHECK(s->segments, "out of memory");
    for (u32 i = 0; i < s->segment_count; i++)
        s->segments[i] = (struct skew_segment){chain[at[i]], chain[at[i + 1]]};
    free(at);
    free(chain);
}

/* ---- Delays. ---- */

static int by_added(const void *a, const void *b)
{
    const struct skew_milestone *const *x = a, *const *y = b;
    if ((*x)->added != (*y)->added)
        return (*x)->added > (*y)->added ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

static u64 begin_of(const struct skew *s, const struct skew_milestone *m, u32 side)
{
    const struct skew_milestone *before = m->before == SKEW_NONE ? NULL : &s->rows[m->before];
    return before && before->holder[side] == m->holder[side] ? before->position[side] : 0;
}

/* What a thread is in behind an event; in an eager log, behind the return of a wait, in the wait all the same. */
static u32 op_within(const struct run_site *site, bool is_eager)
{
    u8 role = role_of(site->op).role;
    bool waits = role == ROLE_WAIT || role == ROLE_SIGNAL_AND_WAIT;
    return site->kind != EVENT_return || (is_eager && waits) ? site->op : 0;
}

/* The longest that B's thread did nothing within, and the call that it was in. */
static bool look_within(const struct skew *s, struct skew_delay *d, bool is_eager, struct err *err)
{
    const struct skew_milestone *m = &s->rows[d->row];
    u64 at = begin_of(s, m, 1), last_time = UINT64_MAX, last_position = 0;
    u32 last_site = UINT32_MAX;
    struct run_span span;
    for (; at <= m->position[1]; at = span.position + span.count) {
        if (!run_read_some(s->run[1], m->holder[1], at, COLUMN_TIME | COLUMN_SITE, &span, err))
            return false;
        if (!span.count)
            break;
        for (u32 i = 0; i < span.count && span.position + i <= m->position[1]; i++) {
            u64 took = last_time < span.time[i] ? skew_units(s, 1, span.time[i] - last_time) : 0;
            if (took > d->longest) {
                d->longest = took;
                d->position = last_position;
                d->op = op_within(run_site(s->run[1], last_site), is_eager);
            }
            last_time = span.time[i];
            last_position = span.position + i;
            last_site = span.site[i];
        }
    }
    u8 role = role_of(d->op).role;
    d->is_waiting = (role == ROLE_WAIT || role == ROLE_SIGNAL_AND_WAIT) && d->longest * 2 >= (u64)m->added;
    return true;
}

static bool find_eager(struct run *run, bool *is_eager, struct err *err)
{
    struct objects objects = {0};
    struct waits waits = {0};
    bool ok = waits_make(&waits, &objects, run, err);
    *is_eager = ok && waits.eager;
    waits_free(&waits);
    objects_free(&objects);
    return ok;
}

/* What is not a thread's own doing goes behind what is. */
static void put_waiting_last(struct skew *s)
{
    struct skew_delay *sorted = malloc((s->delay_count + 1u) * sizeof *sorted);
    u32 count = 0;
    CHECK(sorted, "out of memory");
    for (u32 waiting = 0; waiting < 2; waiting++)
        for (u32 i = 0; i < s->delay_count; i++)
            if (s->delays[i].is_waiting == waiting)
                sorted[count++] = s->delays[i];
    free(s->delays);
    s->delays = sorted;
}

bool skew_find_delays(struct skew *s, u32 most, struct err *err)
{
    const struct skew_milestone **rows = malloc((s->count + 1u) * sizeof *rows);
    u32 count = 0;
    CHECK(rows, "out of memory");
    for (u32 i = 0; i < s->count; i++)
        if (s->rows[i].added > 0 && !s->rows[i].within_step)
            rows[count++] = &s->rows[i];
    if (count)
        qsort(rows, count, sizeof *rows, by_added);
    s->delay_count = count < most ? count : most;
    s->delays = calloc(s->delay_count + 1u, sizeof *s->delays);
    CHECK(s->delays, "out of memory");
    bool is_eager = false, ok = !s->delay_count || find_eager(s->run[1], &is_eager, err);
    for (u32 i = 0; ok && i < s->delay_count; i++) {
        struct skew_delay *d = &s->delays[i];
        d->row = (u32)(rows[i] - s->rows);
        for (u32 side = 0; side < 2; side++)
            d->events[side] = rows[i]->position[side] - begin_of(s, rows[i], side);
        ok = look_within(s, d, is_eager, err);
        d->is_waiting |= rows[i]->kind == SKEW_BEGIN;
    }
    put_waiting_last(s);
    free(rows);
    return ok;
}
