/* SPDX-License-Identifier: BSD-3-Clause
 * The generator's own random numbers (splitmix64), so that a seed means the same on every host and in every year. */
#ifndef TESTS_GEN_RANDOM_H
#define TESTS_GEN_RANDOM_H

#include "schema/base.h"

struct gen_random {
    u64 state;
};

/* A hash of one number: random decisions that must not depend on how many were taken before. */
static inline u64 gen_mix(u64 x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static inline u64 gen_next(struct gen_random *random)
{
    u64 x = gen_mix(random->state);
    random->state += 0x9E3779B97F4A7C15u;
    return x;
}

/* 0 .. count - 1; count is not 0. */
static inline u32 gen_below(struct gen_random *random, u32 count)
{
    return (u32)((gen_next(random) >> 32) * count >> 32);
}

static inline u32 gen_between(struct gen_random *random, u32 low, u32 high)
{
    return low + gen_below(random, high - low + 1);
}

static inline bool gen_chance(struct gen_random *random, u32 per_mille)
{
    return gen_below(random, 1000) < per_mille;
}

#endif
