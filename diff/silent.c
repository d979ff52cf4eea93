/* SPDX-License-Identifier: BSD-3-Clause
 * Telling threads that a log leaves out from threads that did nothing (diff/silent.h). */
#include "diff/silent.h"
#include "diff/coverage.h"
#include "diff/first.h"

#include <stdlib.h>

enum { LIKENESS_LEAST = 80 };

/* A run, and the other, whose log may leave its threads out. */
struct search {
    struct silent *silent;
    struct pairing *pairing;
    u32 side;
    struct run *run, *other;
};

static const struct pair *pair_of(const struct search *s, u32 place)
{
    const struct pairing *p = s->pairing;
    return &p->pairs[(s->side ? p->of_b : p->of_a)[place]];
}

static u32 counterpart(const struct search *s, u32 place)
{
    const struct pair *pair = pair_of(s, place);
    return s->side ? pair->a : pair->b;
}

/* The other log has nothing of it. */
static bool is_absent(const struct search *s, u32 place)
{
    u32 there = counterpart(s, place);
    return run_thread(s->run, place)->thread && run_thread(s->run, place)->keys &&
           (there == PAIR_NOBODY || !run_thread(s->other, there)->events);
}

static bool mark(struct search *s, u32 place)
{
    bool *is = &s->silent->of[s->side][place];
    if (*is || !is_absent(s, place))
        return false;
    *is = true;
    s->silent->count[s->side]++;
    return true;
}

static bool is_sure(const struct pair *pair)
{
    bool by_likeness = pair->how == PAIR_CALLS;
    return !by_likeness || (pair->siblings_a <= 1 && pair->siblings_b <= 1 && pair->likeness >= LIKENESS_LEAST);
}

/* Of a thread that both have, and that nobody made whom the other log has, all who made it must have been there. */
static void mark_makers(struct search *s, u32 place)
{
    u32 there = counterpart(s, place);
    if (there == PAIR_NOBODY || !run_thread(s->other, there)->events || !is_sure(pair_of(s, place)))
        return;
    u32 maker = run_thread(s->other, there)->parent;
    if (maker != UINT32_MAX && run_thread(s->other, maker)->events)
        return;
    u32 up = run_thread(s->run, place)->parent;
    for (u32 i = 0; up != UINT32_MAX && is_absent(s, up) && i < run_thread_count(s->run); i++) {
        mark(s, up);
        up = run_thread(s->run, up)->parent;
    }
}

static bool is_made_by_common(const struct search *s, u32 place)
{
    u32 maker = run_thread(s->run, place)->parent;
    return is_absent(s, place) && maker != UINT32_MAX && !is_absent(s, maker);
}

/* What `first` says of threads whose makers do the same. */
static void mark_made(struct search searches[2])
{
    const struct first_options options = {
        .keys.parts = KEY_DEFAULT, .limit = UINT64_MAX, .last_time = {UINT64_MAX, UINT64_MAX}, .values_most = 0};
    struct first first;
    bool is_asked = false;
    for (u32 side = 0; side < 2; side++)
        for (u32 i = 0; searches[side].silent && i < run_thread_count(searches[side].run); i++)
            is_asked |= is_made_by_common(&searches[side], i);
    if (!is_asked)
        return;
    first_find(&first, searches[0].pairing, &options);
    for (u32 i = 0; i < first.count; i++)
        for (u32 side = 0; first.list[i].is_silent && side < 2; side++) {
            u32 place = first.list[i].side[side].thread;
            if (searches[side].silent && place != PAIR_NOBODY)
                mark(&searches[side], place);
        }
    first_finish(&first);
}

/* What those made of whom nothing is told. */
static void mark_descendants(struct search *s)
{
    for (bool again = true; again;) {
        again = false;
        for (u32 i = 0; i < run_thread_count(s->run); i++) {
            u32 maker = run_thread(s->run, i)->parent;
            again |= maker != UINT32_MAX && s->silent->of[s->side][maker] && mark(s, i);
        }
    }
}

void silent_find(struct silent *silent, struct pairing *p)
{
    struct search searches[2] = {{.pairing = p, .side = 0, .run = p->a, .other = p->b},
                                 {.pairing = p, .side = 1, .run = p->b, .other = p->a}};
    *silent = (struct silent){0};
    for (u32 side = 0; side < 2; side++) {
        struct search *s = &searches[side];
        silent->of[side] = calloc(run_thread_count(s->run) + 1u, sizeof **silent->of);
        CHECK(silent->of[side], "out of memory");
        s->silent = coverage_is_recording(run_journal(s->other)) ? NULL : silent;
        for (u32 i = 0; s->silent && i < run_thread_count(s->run); i++)
            mark_makers(s, i);
    }
    mark_made(searches);
    for (u32 side = 0; side < 2; side++)
        if (searches[side].silent)
            mark_descendants(&searches[side]);
}

void silent_free(struct silent *silent)
{
    free(silent->of[0]);
    free(silent->of[1]);
    *silent = (struct silent){0};
}
