/* SPDX-License-Identifier: BSD-3-Clause
 * Roots of the ladder, rungs of the same shape, and how many rest on each (diff/ladder.h). */
#include "diff/ladder.h"
#include "diff/order.h"

#include <stdlib.h>
#include <xxhash.h>

static u32 next_of(const struct ladder *l, u32 rung)
{
    const struct ladder_need *need = ladder_need(l, &l->rungs[rung]);
    return need ? need->next : (u32)LADDER_NONE;
}

/* A wait for all of several rests on every rung that its needs name. */
static bool rests_on(const struct ladder *l, u32 rung, u32 other)
{
    const struct ladder_rung *r = &l->rungs[rung];
    for (u32 i = 0; r->is_all && i < r->need_count; i++)
        if (l->needs[r->first_need + i].next == other)
            return true;
    return !r->is_all && next_of(l, rung) == other;
}

/* Who rests directly on each rung, so that all that do are found in one walk. */
struct resting {
    struct groups groups; /* by rung: numbers of the needs that name it */
    u32 *owners;          /* by need: its rung */
    u32 *queue;           /* rungs marked, in the order in which they were found */
};

static void resting_make(struct resting *x, const struct ladder *l)
{
    u32 *named = malloc((l->need_count + 1u) * sizeof *named);
    x->owners = malloc((l->need_count + 1u) * sizeof *x->owners);
    x->queue = malloc((l->rung_count + 1u) * sizeof *x->queue);
    CHECK(named && x->owners && x->queue, "out of memory");
    for (u32 i = 0; i < l->need_count; i++)
        named[i] = (u32)LADDER_NONE;
    for (u32 i = 0; i < l->rung_count; i++)
        for (u32 k = 0; k < l->rungs[i].need_count; k++) {
            u32 need = l->rungs[i].first_need + k, next = l->needs[need].next;
            x->owners[need] = i;
            named[need] = next != (u32)LADDER_NONE && rests_on(l, i, next) ? next : (u32)LADDER_NONE;
        }
    groups_make(&x->groups, NULL, l->need_count, named, l->rung_count);
    free(named);
}

static void resting_free(struct resting *x)
{
    groups_free(&x->groups);
    free(x->owners);
    free(x->queue);
}

/* Every rung that can be come from to this one, marked with the stamp. */
static u32 mark_resting(const struct resting *x, u32 rung, u32 *marks, u32 stamp)
{
    u32 count = 1;
    marks[rung] = stamp;
    x->queue[0] = rung;
    for (u32 at = 0; at < count; at++)
        for (u32 i = x->groups.first[x->queue[at]]; i < x->groups.first[x->queue[at] + 1]; i++) {
            u32 owner = x->owners[x->groups.rows[i]];
            if (marks[owner] == stamp)
                continue;
            marks[owner] = stamp;
            x->queue[count++] = owner;
        }
    return count - 1;
}

static bool is_end(const struct ladder *l, u32 rung)
{
    const struct ladder_rung *r = &l->rungs[rung];
    for (u32 i = 0; r->is_all && i < r->need_count; i++)
        if (l->needs[r->first_need + i].next == (u32)LADDER_NONE && l->needs[r->first_need + i].state != LADDER_AS_IN_A)
            return true;
    const struct ladder_need *need = ladder_need(l, r);
    return !r->is_all && (!need || (need->next == (u32)LADDER_NONE && need->state != LADDER_AS_IN_A));
}

static u64 shape_of(const struct ladder *l, const struct ladder_rung *r)
{
    const struct ladder_need *n = ladder_need(l, r);
    const struct wait *w = r->kind == LADDER_WAIT ? signals_wait(l->signals_b, r->wait) : NULL;
    struct run *run = r->kind == LADDER_CREATION ? l->a : l->b;
    u64 words[9] = {r->kind,
                    w ? w->op : 0,
                    w ? w->lr : 0,
                    run_thread(run, r->place)->entry,
                    n ? n->object : 0,
                    n ? n->state : 0,
                    n && n->has_signal ? (u64)n->signal.lr << 32 | n->signal.op : 0,
                    n ? n->next : 0,
                    n ? n->place : 0};
    return XXH3_64bits(words, sizeof words);
}

static void find_groups(struct ladder *l)
{
    u64 *shapes = malloc((l->rung_count + 1) * sizeof *shapes);
    CHECK(shapes, "out of memory");
    for (u32 i = 0; i < l->rung_count; i++) {
        shapes[i] = shape_of(l, &l->rungs[i]);
        u32 first = 0;
        while (shapes[first] != shapes[i])
            first++;
        l->rungs[i].group = first;
    }
    free(shapes);
}

/* Circles that no way leads out of: whoever is not marked as resting on an end. One root for each member of the
 * circle itself. */
static void find_cycles(struct ladder *l, u32 *marks)
{
    for (u32 i = 0; i < l->rung_count; i++) {
        u32 at = next_of(l, i), steps = 0;
        if (marks[i])
            continue;
        while (at != (u32)LADDER_NONE && at != i && steps++ < l->rung_count)
            at = next_of(l, at);
        l->rungs[i].is_cycle = l->rungs[i].is_root = at == i;
    }
}

/* The call was made in B, and something tells why it did not help: a refusal, or an undoing after it. */
static bool is_undone(const struct ladder *l, const struct ladder_need *n)
{
    const struct signals *b = l->signals_b;
    u32 result;
    if (n->made.kind == DEED_NONE || (signals_result(b, &n->made, &result) && result >= 0x80000000u))
        return true;
    struct signals_list deeds = signals_deeds_on(b, n->object);
    for (u32 i = 0; i < deeds.count; i++) {
        const struct signal_deed *d = &b->deeds[deeds.rows[i]];
        if (d->seq > n->made.seq && (d->kind == DEED_CANCEL || d->kind == DEED_RESET))
            return true;
    }
    return false;
}

/* What tells most first: a signal that did not come, or was undone; then one that came all the same; then the unknown.
 */
static u32 rank_of(const struct ladder *l, const struct ladder_need *n)
{
    if (!n || n->state == LADDER_UNKNOWN)
        return 2;
    return n->state == LADDER_MADE && !is_undone(l, n);
}

struct root {
    u32 rung, rank, held;
    u64 seq; /* of the signal in A; UINT64_MAX: none */
};

/* Among equals, what most rest on; then what A had first. */
static int by_weight(const void *a, const void *b)
{
    const struct root *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->held != y->held)
        return x->held > y->held ? -1 : 1;
    if (x->seq != y->seq)
        return x->seq < y->seq ? -1 : 1;
    return x->rung < y->rung ? -1 : x->rung > y->rung;
}

static void list_roots(struct ladder *l)
{
    struct root *roots = malloc((l->rung_count + 1) * sizeof *roots);
    l->roots = malloc((l->rung_count + 1) * sizeof *l->roots);
    CHECK(roots && l->roots, "out of memory");
    for (u32 i = 0; i < l->rung_count; i++) {
        const struct ladder_need *n = ladder_need(l, &l->rungs[i]);
        if (l->rungs[i].is_root)
            roots[l->root_count++] =
                (struct root){i, rank_of(l, n), l->rungs[i].held, n && n->has_signal ? n->signal.seq : UINT64_MAX};
    }
    qsort(roots, l->root_count, sizeof *roots, by_weight);
    for (u32 i = 0; i < l->root_count; i++)
        l->roots[i] = roots[i].rung;
    free(roots);
}

void ladder_find_roots(struct ladder *l)
{
    u32 *marks = calloc(l->rung_count + 1, sizeof *marks);
    bool *resting = calloc(l->rung_count + 1, sizeof *resting);
    struct resting who;
    CHECK(marks && resting, "out of memory");
    find_groups(l);
    resting_make(&who, l);
    for (u32 i = 0; i < l->rung_count; i++) {
        l->rungs[i].is_root = is_end(l, i);
        l->rungs[i].held = mark_resting(&who, i, marks, i + 1);
        for (u32 k = 0; l->rungs[i].is_root && k < l->rung_count; k++)
            resting[k] |= marks[k] == i + 1;
    }
    for (u32 i = 0; i < l->rung_count; i++)
        marks[i] = resting[i];
    find_cycles(l, marks);
    list_roots(l);
    resting_free(&who);
    free(marks);
    free(resting);
}
