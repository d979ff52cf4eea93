/* SPDX-License-Identifier: BSD-3-Clause
 * Which object of A is which of B: by identity where both journals give it, by birth (creator's pair, op and LR of the
 * creation, how many-th there), a thread's object by its thread. What the pairs of threads do not settle pairs by birth
 * site alone, k-th with k-th over all threads (diff/ladder.h). */
#include "diff/ladder.h"
#include "diff/map.h"

#include <stdlib.h>
#include <xxhash.h>

static u64 key_of(u64 a, u64 b, u64 c)
{
    u64 words[3] = {a, b, c};
    return XXH3_64bits(words, sizeof words);
}

static u64 site_of(const struct object *o)
{
    return (u64)o->lr << 32 | o->op;
}

struct births {
    struct map by_hsid, by_birth, by_site, site_counts;
};

static void learn(struct births *births, const struct ladder *l)
{
    const struct signals *s = l->signals_a;
    for (u32 i = 0; i < s->objects.count; i++) {
        const struct object *o = &s->objects.rows[i];
        if (o->hsid)
            map_set(&births->by_hsid, o->hsid, i);
        if (o->place == UINT32_MAX)
            continue;
        u32 before = map_get(&births->site_counts, site_of(o));
        before = before == UINT32_MAX ? 0 : before;
        map_set(&births->site_counts, site_of(o), before + 1);
        map_set(&births->by_birth, key_of(l->pairing.of_a[o->place], site_of(o), o->ordinal), i);
        map_set(&births->by_site, key_of(UINT64_MAX, site_of(o), before), i);
    }
}

static u32 thread_object(const struct signals *s, u32 place)
{
    for (u32 i = 0; place != PAIR_NOBODY && i < s->objects.count; i++)
        if (s->objects.rows[i].target == place)
            return i;
    return (u32)LADDER_NONE;
}

static u32 find(const struct births *births, const struct ladder *l, const struct object *o, u32 nth_at_site)
{
    u32 found = UINT32_MAX;
    if (o->target != UINT32_MAX)
        return thread_object(l->signals_a, l->pairing.pairs[l->pairing.of_b[o->target]].a);
    if (o->hsid)
        found = map_get(&births->by_hsid, o->hsid);
    if (found == UINT32_MAX && o->place != UINT32_MAX)
        found = map_get(&births->by_birth, key_of(l->pairing.of_b[o->place], site_of(o), o->ordinal));
    if (found == UINT32_MAX && o->place != UINT32_MAX)
        found = map_get(&births->by_site, key_of(UINT64_MAX, site_of(o), nth_at_site));
    return found;
}

void ladder_pair_objects(struct ladder *l)
{
    struct births births = {0};
    struct map counts = {0};
    const struct signals *s = l->signals_b;
    learn(&births, l);
    l->object_a = malloc((s->objects.count + 1) * sizeof *l->object_a);
    CHECK(l->object_a, "out of memory");
    for (u32 i = 0; i < s->objects.count; i++) {
        u32 nth = map_get(&counts, site_of(&s->objects.rows[i]));
        nth = nth == UINT32_MAX ? 0 : nth;
        map_set(&counts, site_of(&s->objects.rows[i]), nth + (s->objects.rows[i].place != UINT32_MAX));
        l->object_a[i] = find(&births, l, &s->objects.rows[i], nth);
    }
    map_free(&counts);
    map_free(&births.by_hsid);
    map_free(&births.by_birth);
    map_free(&births.by_site);
    map_free(&births.site_counts);
}
