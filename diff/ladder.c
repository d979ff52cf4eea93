/* SPDX-License-Identifier: BSD-3-Clause
 * Building the ladder: a rung for each blocked thread of B, their needs, and the rungs that those rest on
 * (diff/ladder.h). */
#include "diff/ladder.h"
#include "diff/pair_objects.h"

#include <stdlib.h>

static u32 add_rung(struct ladder *l, u8 kind, u32 place, u32 wait)
{
    if (!(l->rung_count & (l->rung_count - 1))) {
        l->rungs = realloc(l->rungs, (l->rung_count ? l->rung_count * 2 : 1) * sizeof *l->rungs);
        CHECK(l->rungs, "out of memory");
    }
    l->rungs[l->rung_count] = (struct ladder_rung){.kind = kind, .place = place, .wait = wait};
    return l->rung_count++;
}

static u32 find_rung(const struct ladder *l, u32 place, bool in_a)
{
    for (u32 i = 0; i < l->rung_count; i++)
        if (l->rungs[i].place == place && (l->rungs[i].kind == LADDER_CREATION) == in_a)
            return i;
    return (u32)LADDER_NONE;
}

u32 ladder_rung_of(struct ladder *l, u32 place)
{
    u32 rung = find_rung(l, place, false);
    if (rung != (u32)LADDER_NONE)
        return rung;
    enum signals_state state = signals_state_of(l->signals_b, place);
    if (state == SIGNALS_NEVER_RAN || state == SIGNALS_SUSPENDED)
        return add_rung(l, LADDER_RESUME, place, (u32)LADDER_NONE);
    return (u32)LADDER_NONE;
}

u32 ladder_rung_of_creation(struct ladder *l, u32 place_a)
{
    u32 rung = find_rung(l, place_a, true);
    return rung != (u32)LADDER_NONE ? rung : add_rung(l, LADDER_CREATION, place_a, (u32)LADDER_NONE);
}

/* Of B's objects, which of A's they are. */
static void pair_all_objects(struct ladder *l)
{
    struct object_pairing p;
    const struct objects *b = &l->signals_b->objects;
    free(l->object_a);
    pair_objects(&p, &l->pairing, &l->signals_a->objects, b);
    l->object_a = malloc((b->count + 1u) * sizeof *l->object_a);
    CHECK(l->object_a, "out of memory");
    for (u32 i = 0; i < b->count; i++)
        l->object_a[i] = pair_object_of_b(&p, i, false);
    pair_objects_finish(&p);
}

static void add_blocked(struct ladder *l)
{
    const struct signals *s = l->signals_b;
    for (u32 i = 0; i < s->wait_count; i++)
        if (signals_hangs(signals_wait(s, i)))
            add_rung(l, LADDER_WAIT, signals_wait(s, i)->place, i);
    l->blocked_count = l->rung_count;
}

const struct ladder_need *ladder_need(const struct ladder *l, const struct ladder_rung *rung)
{
    const struct ladder_need *best = NULL;
    for (u32 i = 0; i < rung->need_count; i++) {
        const struct ladder_need *n = &l->needs[rung->first_need + i];
        bool is_better =
            !best || (n->has_signal && (!best->has_signal || (rung->is_all ? n->signal.seq > best->signal.seq
                                                                           : n->signal.seq < best->signal.seq)));
        best = is_better ? n : best;
    }
    return best;
}

/* ---- What A is asked. ---- */

/* Some thread of B that does anything has a counterpart. */
static bool threads_meet(const struct ladder *l)
{
    for (u32 i = 0; i < l->pairing.count; i++) {
        const struct pair *pair = &l->pairing.pairs[i];
        if (pair->a == PAIR_NOBODY || pair->b == PAIR_NOBODY)
            continue;
        if (pair->how != PAIR_MACHINE || signals_state_of(l->signals_b, pair->b) != SIGNALS_RUNS)
            return true;
    }
    return false;
}

/* A has the object, or one that was made at the same site. */
static bool knows_object(const struct ladder *l, u32 object)
{
    const struct objects *a = &l->signals_a->objects;
    if (object == OBJECTS_NONE)
        return false;
    if (l->object_a[object] != OBJECTS_NONE)
        return true;
    for (u32 i = 0; i < a->count; i++)
        if (objects_are_siblings(&l->signals_b->objects.rows[object], &a->rows[i]))
            return true;
    return false;
}

static bool knows_what_hangs(const struct ladder *l)
{
    const struct signals *b = l->signals_b;
    for (u32 i = 0; i < b->hang_count; i++)
        for (u32 k = 0; k < WAIT_OBJECTS; k++)
            if (knows_object(l, signals_wait(b, b->hangs[i])->objects[k]))
                return true;
    return false;
}

/* A's objects alone, if they tell that there is nothing to ask of its waits and signals. */
static bool gather_bare(struct ladder *l)
{
    struct err err;
    if (threads_meet(l))
        return false;
    l->signals_a = signals_make_bare(l->a, &err);
    if (!l->signals_a)
        return false;
    pair_all_objects(l);
    if (!knows_what_hangs(l))
        return true;
    signals_free(l->signals_a);
    l->signals_a = NULL;
    return false;
}

static bool gather(struct ladder *l, bool is_all, struct err *err)
{
    l->signals_b = signals_make(l->b, err);
    if (!l->signals_b)
        return false;
    if (!is_all && gather_bare(l))
        return true;
    l->signals_a = signals_make(l->a, err);
    if (!l->signals_a)
        return false;
    pair_all_objects(l);
    return true;
}

static bool make(struct ladder *l, const char *map, bool is_all, struct err *err)
{
    if (!pair_threads(&l->pairing, l->a, l->b, map, err))
        return false;
    if (!gather(l, is_all, err)) {
        ladder_free(l);
        return false;
    }
    add_blocked(l);
    for (u32 i = 0; i < l->rung_count; i++) /* which adds to them */
        ladder_find_needs(l, i);
    ladder_find_roots(l);
    return true;
}

bool ladder_make(struct ladder *l, struct run *a, struct run *b, const char *map, struct err *err)
{
    *l = (struct ladder){.a = a, .b = b};
    return make(l, map, false, err);
}

bool ladder_make_all(struct ladder *l, struct run *a, struct run *b, const char *map, struct err *err)
{
    *l = (struct ladder){.a = a, .b = b};
    return make(l, map, true, err);
}

void ladder_free(struct ladder *l)
{
    pair_finish(&l->pairing);
    signals_free(l->signals_a);
    signals_free(l->signals_b);
    free(l->object_a);
    free(l->rungs);
    free(l->needs);
    free(l->producers);
    free(l->roots);
}

u32 ladder_count_running(const struct ladder *l)
{
    u32 running = 0;
    for (u32 i = 0; i < run_thread_count(l->b); i++)
        running += run_thread(l->b, i)->keys && signals_state_of(l->signals_b, i) == SIGNALS_RUNS;
    return running;
}

const char *ladder_state_name(u8 state)
{
    static const char *const names[LADDER_STATES] = {"blocked-before", "not-run", "passed", "made",    "ended",
                                                     "suspended",      "runs",    "held",   "unknown", "as-in-a"};
    return state < LADDER_STATES ? names[state] : "?";
}

const char *ladder_state_text(u8 state)
{
    static const char *const texts[LADDER_STATES] = {
        "hangs before that",
        "never ran",
        "came past that place without it",
        "made this call too",
        "has ended without it",
        "was suspended and not resumed",
        "was not blocked when the journal ended",
        "holds it, and is not blocked",
        "A does not tell who signals that",
        "A waits there for ever, too: no part of the wedge",
    };
    return state < LADDER_STATES ? texts[state] : "?";
}
