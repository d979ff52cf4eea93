/* SPDX-License-Identifier: BSD-3-Clause
 * Milestones of two runs (diff/skew.h). */
#include "diff/skew.h"
#include "diff/align.h"
#include "diff/map.h"

#include <stdlib.h>

enum { SAMPLES = 16 };

const char *skew_kind_name(u8 kind)
{
    static const char *const names[] = {"created", "begins", "first call", "common call", "ends"};
    return kind < countof(names) ? names[kind] : "unknown";
}

u64 skew_units(const struct skew *s, u32 side, u64 units)
{
    return side ? common_convert(units, run_clock(s->run[1])->hz, run_clock(s->run[0])->hz) : units;
}

static void add(struct skew *s, struct skew_milestone m, const u64 times[2])
{
    if (!(s->count & (s->count - 1))) {
        s->rows = realloc(s->rows, (s->count ? s->count * 2 : 1) * sizeof *s->rows);
        CHECK(s->rows, "out of memory");
    }
    for (u32 side = 0; side < 2; side++) {
        u64 first = s->common.first[side];
        m.time[side] = skew_units(s, side, times[side] > first ? times[side] - first : 0);
    }
    m.offset = (s64)(m.time[1] - m.time[0]);
    m.before = SKEW_NONE;
    s->rows[s->count++] = m;
}

static bool read_time(struct run *run, u32 place, u64 position, u64 *time, struct err *err)
{
    struct run_span span;
    if (!run_read_some(run, place, position, COLUMN_TIME, &span, err) || !span.count)
        return false;
    *time = span.time[0];
    return true;
}

/* ---- Of one pair. ---- */

static bool are_paired(const struct skew *s, u32 a, u32 b)
{
    return a != UINT32_MAX && b != UINT32_MAX && s->pairing->pairs[s->pairing->of_a[a]].b == b;
}

static bool add_creation(struct skew *s, const u32 thread[2], struct err *err)
{
    const struct run_thread *t[2] = {run_thread(s->run[0], thread[0]), run_thread(s->run[1], thread[1])};
    struct skew_milestone m = {.kind = SKEW_CREATED, .thread = {thread[0], thread[1]}};
    u64 times[2];
    if (!t[0]->created || !t[1]->created || !are_paired(s, t[0]->parent, t[1]->parent))
        return true;
    for (u32 side = 0; side < 2; side++) {
        m.holder[side] = t[side]->parent;
        m.position[side] = run_position_at_seq(s->run[side], t[side]->parent, t[side]->created_seq);
        if (!read_time(s->run[side], m.holder[side], m.position[side], &times[side], err))
            return false;
    }
    add(s, m, times);
    return true;
}

static void add_life(struct skew *s, const u32 thread[2])
{
    const struct run_thread *t[2] = {run_thread(s->run[0], thread[0]), run_thread(s->run[1], thread[1])};
    struct skew_milestone m = {.kind = SKEW_BEGIN, .thread = {thread[0], thread[1]}, .holder = {thread[0], thread[1]}};
    if (!t[0]->events || !t[1]->events)
        return;
    add(s, m, (const u64[2]){t[0]->first_time, t[1]->first_time});
    m.kind = SKEW_END;
    m.position[0] = t[0]->events - 1;
    m.position[1] = t[1]->events - 1;
    if (t[0]->exited && t[1]->exited)
        add(s, m, (const u64[2]){t[0]->last_time, t[1]->last_time});
}

static bool is_milestone(const struct run_site *site)
{
    return site->kind == EVENT_call && site->is_key && !site->noise && !site->declared;
}

static bool find_firsts(struct run *run, u32 place, struct run_first *firsts, struct err *err)
{
    u32 sites = run_site_count(run);
    u64 *counts = calloc(sites + 1u, sizeof *counts);
    CHECK(counts, "out of memory");
    for (u32 i = 0; i < sites; i++)
        firsts[i].position = UINT64_MAX;
    bool ok = run_count(run, place, 0, run_thread(run, place)->events, counts, firsts, err);
    free(counts);
    return ok;
}

static bool add_calls(struct skew *s, const u32 thread[2], struct err *err)
{
    struct run_first *firsts[2];
    struct map places = {0};
    bool ok = true;
    for (u32 side = 0; side < 2; side++) {
        firsts[side] = malloc((run_site_count(s->run[side]) + 1u) * sizeof **firsts);
        CHECK(firsts[side], "out of memory");
        ok = ok && find_firsts(s->run[side], thread[side], firsts[side], err);
    }
    for (u32 i = 0; ok && i < run_site_count(s->run[1]); i++)
        if (is_milestone(run_site(s->run[1], i)) && firsts[1][i].position != UINT64_MAX)
            map_set(&places, run_site(s->run[1], i)->key + 1, i);
    for (u32 i = 0; ok && i < run_site_count(s->run[0]); i++) {
        const struct run_site *site = run_site(s->run[0], i);
        u32 other =
            is_milestone(site) && firsts[0][i].position != UINT64_MAX ? map_get(&places, site->key + 1) : MAP_NONE;
        struct skew_milestone m = {.kind = SKEW_CALL,
                                   .thread = {thread[0], thread[1]},
                                   .holder = {thread[0], thread[1]},
                                   .op = site->op,
                                   .lr = site->lr,
                                   .position = {firsts[0][i].position, 0}};
        if (other == MAP_NONE)
            continue;
        m.position[1] = firsts[1][other].position;
        add(s, m, (const u64[2]){firsts[0][i].time, firsts[1][other].time});
    }
    map_free(&places);
    free(firsts[0]);
    free(firsts[1]);
    return ok;
}

/* Places along the calls that both have in common. */
static bool add_common(struct skew *s, const struct keys *keys, const u32 thread[2], struct err *err)
{
    struct align_window window = ALIGN_ALL;
    struct align_prefix prefix;
    align_prefix(keys, thread[0], thread[1], &window, &prefix);
    u64 samples = prefix.matched < SAMPLES ? prefix.matched : SAMPLES;
    for (u64 i = 1; i <= samples; i++) {
        u64 n = prefix.matched * i / samples, times[2];
        struct skew_milestone m = {
            .kind = SKEW_COMMON, .thread = {thread[0], thread[1]}, .holder = {thread[0], thread[1]}, .n = n};
        for (u32 side = 0; side < 2; side++) {
            u32 site;
            if (!run_keys(s->run[side], thread[side], n - 1, true, &site, &m.position[side], 1, err) ||
                !read_time(s->run[side], thread[side], m.position[side], &times[side], err))
                return false;
            m.op = run_site(s->run[side], site)->op;
            m.lr = run_site(s->run[side], site)->lr;
        }
        add(s, m, times);
    }
    return true;
}

static bool add_pair(struct skew *s, const struct keys *keys, u32 a, u32 b, struct err *err)
{
    const u32 thread[2] = {a, b};
    add_life(s, thread);
    return add_creation(s, thread, err) && add_calls(s, thread, err) && add_common(s, keys, thread, err);
}

/* ---- Order, and what was added since. ---- */

static int by_time(const void *a, const void *b)
{
    const struct skew_milestone *x = a, *y = b;
    if (x->time[0] != y->time[0])
        return x->time[0] < y->time[0] ? -1 : 1;
    if (x->holder[0] != y->holder[0])
        return x->holder[0] < y->holder[0] ? -1 : 1;
    if (x->position[0] != y->position[0])
        return x->position[0] < y->position[0] ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return x->thread[0] < y->thread[0] ? -1 : x->thread[0] > y->thread[0];
}

static bool is_same_place(const struct skew_milestone *x, const struct skew_milestone *y)
{
    return x->kind == SKEW_COMMON && y->holder[0] == x->holder[0] && y->position[0] == x->position[0] &&
           y->position[1] == x->position[1];
}

/* A common call that is a site's first is told as that. */
static void drop_doubles(struct skew *s)
{
    u32 kept = 0;
    for (u32 i = 0; i < s->count; i++) {
        bool is_double = (i && is_same_place(&s->rows[i], &s->rows[kept - 1])) ||
                         (i + 1 < s->count && is_same_place(&s->rows[i], &s->rows[i + 1]));
        if (!is_double)
            s->rows[kept++] = s->rows[i];
    }
    s->count = kept;
}

/* The thread's last one before that is before it in B too; for its first one, where it was made. */
static void link_rows(struct skew *s)
{
    for (u32 i = 0; i < s->count; i++) {
        struct skew_milestone *m = &s->rows[i];
        for (u32 k = i; k > 0 && m->before == SKEW_NONE; k--) {
            const struct skew_milestone *o = &s->rows[k - 1];
            bool is_own =
                o->holder[0] == m->holder[0] && o->holder[1] == m->holder[1] && o->position[1] < m->position[1];
            bool is_birth = o->kind == SKEW_CREATED && o->thread[0] == m->holder[0] && o->thread[1] == m->holder[1];
            if (is_own || is_birth)
                m->before = k - 1;
        }
        m->added = m->offset - (m->before == SKEW_NONE ? 0 : s->rows[m->before].offset);
        m->within_step = (u64)(m->added < 0 ? -m->added : m->added) < s->step;
    }
}

static u64 coarser_step(const struct skew *s)
{
    u64 a = run_clock(s->run[0])->quantum, b = skew_units(s, 1, run_clock(s->run[1])->quantum);
    return a > b ? a : b;
}

bool skew_find(struct skew *s, const struct pairing *pairing, u32 only_a, u32 only_b, u32 most, struct err *err)
{
    const struct keys_choice choice = {.parts = KEY_OP | KEY_LR};
    struct keys keys;
    bool ok = true;
    *s = (struct skew){.pairing = pairing, .run = {pairing->a, pairing->b}};
    common_find(&s->common, pairing->a, pairing->b);
    if (!s->common.is_known)
        return true;
    s->step = coarser_step(s);
    keys_init(&keys, pairing->a, pairing->b, &choice, 0);
    for (u32 i = 0; ok && only_a == PAIR_NOBODY && i < pairing->count; i++) {
        const struct pair *p = &pairing->pairs[i];
        if (p->a != PAIR_NOBODY && p->b != PAIR_NOBODY && p->how != PAIR_MACHINE)
            ok = add_pair(s, &keys, p->a, p->b, err);
    }
    if (only_a != PAIR_NOBODY)
        ok = add_pair(s, &keys, only_a, only_b, err);
    keys_finish(&keys);
    if (s->count)
        qsort(s->rows, s->count, sizeof *s->rows, by_time);
    drop_doubles(s);
    link_rows(s);
    skew_fit(s);
    return ok && skew_find_delays(s, most, err);
}

void skew_free(struct skew *s)
{
    free(s->rows);
    free(s->segments);
    free(s->delays);
    *s = (struct skew){0};
}
