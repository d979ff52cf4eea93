/* SPDX-License-Identifier: BSD-3-Clause
 * Sorting by digits, and by counting (diff/order.h). */
#include "diff/order.h"

#include <stdlib.h>

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

static u32 bits_of(u64 number)
{
    return number ? 64 - (u32)__builtin_clzll(number) : 0;
}

/* By the digits of the keys' bits from low on; returns where they are then: one of the two. */
static u64 *sort_by_digits(u64 *from, u64 *to, u32 count, u32 low, u32 bits)
{
    for (u32 shift = low; shift < low + bits; shift += DIGIT_BITS) {
        u32 next[DIGITS + 1] = {0};
        for (u32 i = 0; i < count; i++)
            next[(from[i] >> shift) % DIGITS + 1]++;
        for (u32 d = 1; d < DIGITS; d++)
            next[d] += next[d - 1];
        for (u32 i = 0; i < count; i++)
            to[next[(from[i] >> shift) % DIGITS]++] = from[i];
        u64 *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* The part of the numbers from bit `shift` on, as many bits as leave room for their places, sorts the order. A key is
 * such a part with its place, so that memory is gone through in order. */
static void sort_by_part(const u64 *numbers, u64 least, u32 shift, u32 bits, u32 *order, u64 *keys, u32 count)
{
    u32 low = bits_of(count);
    for (u32 i = 0; i < count; i++)
        keys[i] = (numbers[order[i]] - least) >> shift << low | order[i];
    keys = sort_by_digits(keys, keys + count, count, low, bits);
    for (u32 i = 0; i < count; i++)
        order[i] = (u32)(keys[i] & ((1ULL << low) - 1));
}

u32 *order_make(const u64 *numbers, u32 count)
{
    u32 *order = malloc((count + 1u) * sizeof *order), room = 64 - bits_of(count);
    u64 *keys = malloc((2ULL * count + 1) * sizeof *keys), least = UINT64_MAX, most = 0;
    CHECK(order && keys, "out of memory");
    for (u32 i = 0; i < count; i++) {
        order[i] = i;
        least = numbers[i] < least ? numbers[i] : least;
        most = numbers[i] > most ? numbers[i] : most;
    }
    u32 bits = count ? bits_of(most - least) : 0;
    for (u32 shift = 0; shift < bits; shift += room)
        sort_by_part(numbers, least, shift, bits - shift < room ? bits - shift : room, order, keys, count);
    free(keys);
    return order;
}

void groups_make(struct groups *g, const u32 *order, u32 count, const u32 *group_of, u32 group_count)
{
    g->rows = malloc((count + 1u) * sizeof *g->rows);
    g->first = calloc(group_count + 1u, sizeof *g->first);
    u32 *next = malloc((group_count + 1u) * sizeof *next);
    CHECK(g->rows && g->first && next, "out of memory");
    for (u32 i = 0; i < count; i++)
        if (group_of[i] < group_count)
            g->first[group_of[i] + 1]++;
    for (u32 i = 0; i < group_count; i++)
        g->first[i + 1] += g->first[i];
    memcpy(next, g->first, (group_count + 1u) * sizeof *next);
    for (u32 i = 0; i < count; i++) {
        u32 row = order ? order[i] : i;
        if (group_of[row] < group_count)
            g->rows[next[group_of[row]]++] = row;
    }
    free(next);
}

void groups_free(struct groups *g)
{
    free(g->rows);
    free(g->first);
    *g = (struct groups){0};
}
