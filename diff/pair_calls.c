/* SPDX-License-Identifier: BSD-3-Clause
 * Likeness of threads by what they call: how far their first keys agree, and how many keys they have in common. */
#include "diff/pair.h"

#include <stdlib.h>

enum { FIRST_KEYS = 64, CHUNK = 4096 };

struct count {
    u64 key;
    u64 count;
};

struct pair_profile {
    u64 first[FIRST_KEYS];
    u32 first_count;
    struct count *counts; /* in order of key */
    u32 count_count;
    u64 total;
};

static int by_key(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

static void add_keys(struct pair_profile *p, struct run *run, u64 *counts, const u32 *sites, u64 count)
{
    for (u64 i = 0; i < count; i++) {
        counts[sites[i]]++;
        if (p->first_count < FIRST_KEYS)
            p->first[p->first_count++] = run_site(run, sites[i])->key;
    }
    p->total += count;
}

static void keep_counts(struct pair_profile *p, struct run *run, const u64 *counts)
{
    u32 sites = run_site_count(run);
    for (u32 i = 0; i < sites; i++)
        p->count_count += counts[i] > 0;
    p->counts = malloc((p->count_count + 1) * sizeof *p->counts);
    CHECK(p->counts, "out of memory");
    for (u32 i = 0, at = 0; i < sites; i++)
        if (counts[i])
            p->counts[at++] = (struct count){run_site(run, i)->key, counts[i]};
    qsort(p->counts, p->count_count, sizeof *p->counts, by_key);
}

struct pair_profile *pair_profile_create(struct run *run, u32 place, u64 most_keys)
{
    struct err err;
    u32 sites[CHUNK];
    u64 positions[CHUNK], found;
    struct pair_profile *p = calloc(1, sizeof *p);
    u64 *counts = calloc(run_site_count(run) + 1, sizeof *counts);
    CHECK(p && counts, "out of memory");
    do {
        u64 wanted = most_keys - p->total < CHUNK ? most_keys - p->total : CHUNK;
        found = wanted ? run_keys(run, place, p->total, true, sites, positions, wanted, &err) : 0;
        add_keys(p, run, counts, sites, found);
    } while (found == CHUNK);
    keep_counts(p, run, counts);
    free(counts);
    return p;
}

void pair_profile_destroy(struct pair_profile *p)
{
    if (p)
        free(p->counts);
    free(p);
}

u64 pair_profile_common(const struct pair_profile *x, const struct pair_profile *y)
{
    u64 sum = 0;
    for (u32 i = 0, k = 0; i < x->count_count && k < y->count_count;) {
        const struct count *a = &x->counts[i], *b = &y->counts[k];
        if (a->key == b->key)
            sum += a->count < b->count ? a->count : b->count;
        i += a->key <= b->key;
        k += b->key <= a->key;
    }
    return sum;
}

u64 pair_profile_total(const struct pair_profile *p)
{
    return p->total;
}

u32 pair_profile_share(const struct pair_profile *x, const struct pair_profile *y)
{
    u64 fewer = x->total < y->total ? x->total : y->total;
    return fewer ? (u32)(pair_profile_common(x, y) * 100 / fewer) : 0;
}

u32 pair_profile_likeness(const struct pair_profile *x, const struct pair_profile *y)
{
    u32 fewer = x->first_count < y->first_count ? x->first_count : y->first_count, equal = 0;
    u64 more = x->total > y->total ? x->total : y->total;
    if (!fewer)
        return 0;
    while (equal < fewer && x->first[equal] == y->first[equal])
        equal++;
    u32 likeness = (u32)(equal * 60 / fewer + pair_profile_common(x, y) * 40 / more);
    /* One log may leave out what the other tells, from the start. */
    u32 share = pair_profile_share(x, y) / 2;
    return likeness > share ? likeness : share;
}
