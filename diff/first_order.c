/* SPDX-License-Identifier: BSD-3-Clause
 * Which divergence follows from which (diff/first.h). */
#include "diff/first.h"
#include "schema/role.h"

#include <stdlib.h>

/* The divergence of the pair that a thread of one run belongs to; FIRST_NOBODY: it has none. */
static u32 divergence_of(const struct first *first, u32 side, u32 place)
{
    u32 pair = side ? first->pairing->of_b[place] : first->pairing->of_a[place];
    for (u32 i = 0; i < first->count; i++)
        if (first->list[i].pair == pair)
            return first->list[i].is_shared ? FIRST_NOBODY : i;
    return FIRST_NOBODY;
}

static u32 parent_divergence(const struct first *first, u32 side, u32 place)
{
    const struct run_thread *t = run_thread(first->run[side], place);
    return t->parent == UINT32_MAX ? FIRST_NOBODY : divergence_of(first, side, t->parent);
}

/* By the objects, told or guessed. */
static void find_by_object(struct first *first, u32 side, u32 place, u64 position, struct waker *w)
{
    struct err err;
    if (!first->signals[side])
        first->signals[side] = signals_make(first->run[side], &err);
    const struct signals *s = first->signals[side];
    for (u32 i = s ? s->waits.first[place] : 0; s && i < s->waits.first[place + 1]; i++) {
        const struct wait *wait = &s->waits.rows[i];
        const struct signal_deed *deed =
            wait->call == position && !wait_is_open(wait) ? signals_ender_told(s, wait) : NULL;
        if (deed)
            *w = (struct waker){.is_known = true,
                                .is_guessed = deed->guessed,
                                .place = deed->place,
                                .lr = deed->lr,
                                .position = deed->position,
                                .object = s->objects.rows[deed->object].hsid};
    }
}

/* Where the wait ended: its waker tells whose doing is missing in the other run. */
static u32 waker_divergence(struct first *first, struct first_divergence *d, u32 side, u64 position)
{
    ends_find_waker(first->run[side], d->side[side].thread, position, &d->waker[side]);
    struct waker *w = &d->waker[side];
    if (!w->is_known && first_is_short(first))
        find_by_object(first, side, d->side[side].thread, position, w);
    return w->is_known && w->place != UINT32_MAX ? divergence_of(first, side, w->place) : FIRST_NOBODY;
}

static bool is_wait(u32 op)
{
    u8 role = role_of(op).role;
    return role == ROLE_WAIT || role == ROLE_SIGNAL_AND_WAIT;
}

static bool succeeded(const struct values_call *call)
{
    u64 status = call->answer.v[F_return_result];
    return values_tell_result(call) && (u32)status < 0x80 && status != 0x102;
}

/* Of a wait that a signal has ended already none is missing. */
static bool is_woken(const struct first *first, u32 side, const struct first_side *s)
{
    return first->ends[side].is_woken[s->thread];
}

static u32 cause_of(struct first *first, struct first_divergence *d)
{
    for (u32 side = 0; side < 2; side++) {
        const struct first_side *here = &d->side[side], *there = &d->side[!side];
        if (there->thread == PAIR_NOBODY)
            return parent_divergence(first, side, here->thread);
        if (!there->has_next && there->end == ENDS_SUSPENDED)
            return parent_divergence(first, !side, there->thread);
        if (!there->has_next && here->has_next && here->has_last && !d->is_deed && !is_woken(first, !side, there))
            return waker_divergence(first, d, side, here->last.position);
        if (d->values.difference == VALUES_RESULT && is_wait(here->next.call.op) && succeeded(&here->next) &&
            !succeeded(&there->next))
            return waker_divergence(first, d, side, here->next.position);
    }
    return FIRST_NOBODY;
}

/* ---- Order. ---- */

/* A divergence's place: deeds first, then in A's order (B's, for a thread that A does not have). */
struct order {
    bool is_shared;
    u32 steps;   /* from its root */
    u64 root[3]; /* of its root: standstill, when, number */
    u64 own[3];
    u32 index;
};

static void fill_key(const struct first_divergence *d, bool by_time, u64 key[3])
{
    key[0] = by_time ? 0 : !d->is_deed ? 3 : d->is_polling ? 2 : d->is_minor || d->is_uncertain;
    key[1] = d->side[0].when;
    key[2] = d->pair;
}

static int compare_keys(const u64 x[3], const u64 y[3])
{
    for (u32 i = 0; i < 3; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

static int by_cause(const void *a, const void *b)
{
    const struct order *x = a, *y = b;
    if (x->is_shared != y->is_shared)
        return x->is_shared ? 1 : -1;
    int order = compare_keys(x->root, y->root);
    if (!order && x->steps != y->steps)
        order = x->steps < y->steps ? -1 : 1;
    return order ? order : compare_keys(x->own, y->own);
}

/* In a circle of causes, the one that comes first stands for all. */
static u32 root_of(const struct first *first, u32 i)
{
    u64 key[3], best_key[3];
    u32 at = i, best;
    for (u32 steps = 0; first->list[at].cause != FIRST_NOBODY && steps < first->count; steps++)
        at = first->list[at].cause;
    if (first->list[at].cause == FIRST_NOBODY)
        return at;
    best = at;
    fill_key(&first->list[best], false, best_key);
    for (u32 next = first->list[at].cause; next != at; next = first->list[next].cause) {
        fill_key(&first->list[next], false, key);
        if (compare_keys(key, best_key) < 0) {
            memcpy(best_key, key, sizeof key);
            best = next;
        }
    }
    return best;
}

static u32 steps_to_root(const struct first *first, u32 i)
{
    u32 steps = 0, root = first->list[i].root;
    for (; i != root && first->list[i].cause != FIRST_NOBODY && steps < first->count; steps++)
        i = first->list[i].cause;
    return steps;
}

/* Puts the list into the order of `order`, and what points into it. */
static void rearrange(struct first *first, const struct order *order)
{
    struct first_divergence *list = malloc((first->count + 1) * sizeof *list);
    u32 *now = malloc((first->count + 1) * sizeof *now);
    CHECK(list && now, "out of memory");
    for (u32 i = 0; i < first->count; i++) {
        list[i] = first->list[order[i].index];
        list[i].rank = i;
        now[order[i].index] = i;
    }
    for (u32 i = 0; i < first->count; i++) {
        list[i].cause = list[i].cause == FIRST_NOBODY ? FIRST_NOBODY : now[list[i].cause];
        list[i].root = now[list[i].root];
    }
    free(first->list);
    free(now);
    first->list = list;
}

void first_order(struct first *first, bool by_time)
{
    struct order *order = calloc(first->count + 1, sizeof *order);
    CHECK(order, "out of memory");
    for (u32 i = 0; i < first->count; i++) {
        u32 cause = by_time ? FIRST_NOBODY : cause_of(first, &first->list[i]);
        first->list[i].cause = cause == i ? FIRST_NOBODY : cause;
    }
    for (u32 i = 0; i < first->count; i++) {
        struct first_divergence *d = &first->list[i];
        d->root = root_of(first, i);
        order[i] = (struct order){.is_shared = d->is_shared, .steps = steps_to_root(first, i), .index = i};
        fill_key(&first->list[d->root], by_time, order[i].root);
        fill_key(d, by_time, order[i].own);
        first->shared += d->is_shared;
    }
    qsort(order, first->count, sizeof *order, by_cause);
    rearrange(first, order);
    free(order);
}
