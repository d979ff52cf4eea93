/* SPDX-License-Identifier: BSD-3-Clause
 * Siblings that changed roles (diff/pair.h): workers of one entry that take their role when they start, not when they
 * are made, come in another order in each run. */
#include "diff/pair.h"

#include <stdlib.h>

enum { FIRST_KEYS = 256, SIBLINGS_MOST = 64 };

struct start {
    u64 keys[FIRST_KEYS];
    u32 count;
};

static void read_start(struct start *start, struct run *run, u32 place)
{
    u32 sites[FIRST_KEYS];
    u64 positions[FIRST_KEYS];
    struct err err;
    start->count = (u32)run_keys(run, place, 0, true, sites, positions, FIRST_KEYS, &err);
    for (u32 i = 0; i < start->count; i++)
        start->keys[i] = run_site(run, sites[i])->key;
}

static u32 count_common(const struct start *x, const struct start *y)
{
    u32 n = 0;
    while (n < x->count && n < y->count && x->keys[n] == y->keys[n])
        n++;
    return n;
}

static bool are_alike(const struct start *x, const struct start *y)
{
    return count_common(x, y) == (x->count < y->count ? x->count : y->count);
}

/* What its maker gave the thread; false: not told. */
static bool read_context(struct run *run, u32 place, u64 *context)
{
    const struct run_thread *t = run_thread(run, place);
    struct event e;
    struct err err;
    if (!t->created || t->parent == UINT32_MAX ||
        !run_event(run, t->parent, run_position_at_seq(run, t->parent, t->created_seq), &e, &err) ||
        e.kind != EVENT_thread_create || !event_tells(&e, F_thread_create_context))
        return false;
    *context = e.v[F_thread_create_context];
    return true;
}

/* Each was made for another thing, the same in both runs: who it is was settled then. */
static bool are_told_apart(const struct pairing *p, const struct pair *x, const struct pair *y)
{
    u64 of_x[2], of_y[2];
    return read_context(p->a, x->a, &of_x[0]) && read_context(p->b, x->b, &of_x[1]) &&
           read_context(p->a, y->a, &of_y[0]) && read_context(p->b, y->b, &of_y[1]) && of_x[0] != of_y[0] &&
           of_x[0] == of_x[1] && of_y[0] == of_y[1];
}

/* Does the one do what the other's counterpart does, for longer than what its own does and than the other does that,
 * while neither does what its own does? */
static bool is_crossed(const struct start *x, const struct start *of_x, const struct start *y, const struct start *of_y)
{
    u32 common = count_common(x, of_y);
    return !are_alike(x, of_x) && !are_alike(y, of_y) && are_alike(x, of_y) && common > count_common(x, of_x) &&
           common > count_common(y, of_y);
}

static void cross(struct pairing *p, struct pair *x, struct pair *y)
{
    u32 b = x->b, index = p->of_b[x->b];
    p->of_b[x->b] = p->of_b[y->b];
    p->of_b[y->b] = index;
    x->b = y->b;
    y->b = b;
    x->is_crossed = y->is_crossed = true;
    x->confidence = y->confidence = PAIR_CROSSED;
}

void pair_cross(struct pairing *p, u32 first)
{
    u32 count = p->count - first;
    if (count < 2 || count > SIBLINGS_MOST)
        return;
    struct start *a = calloc(count, sizeof *a), *b = calloc(count, sizeof *b);
    CHECK(a && b, "out of memory");
    for (u32 i = 0; i < count; i++) {
        read_start(&a[i], p->a, p->pairs[first + i].a);
        read_start(&b[i], p->b, p->pairs[first + i].b);
    }
    for (u32 i = 0; i < count; i++)
        for (u32 k = 0; k < count; k++) {
            struct pair *x = &p->pairs[first + i], *y = &p->pairs[first + k];
            if (i == k || !is_crossed(&a[i], &b[i], &a[k], &b[k]) || are_told_apart(p, x, y))
                continue;
            struct start swap = b[i];
            b[i] = b[k];
            b[k] = swap;
            cross(p, x, y);
            break;
        }
    free(a);
    free(b);
}

u32 pair_count_crossed(const struct pairing *p)
{
    u32 crossed = 0;
    for (u32 i = 0; i < p->count; i++)
        crossed += p->pairs[i].is_crossed;
    return crossed;
}
