/* SPDX-License-Identifier: BSD-3-Clause
 * Sorting by digits, and by counting (diff/order.h). */
#include "diff/order.h"

#include <stdlib.h>

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

static void sort_by_digit(const u64 *numbers, u32 shift, const u32 *from, u32 *to, u32 count)
{
    u32 next[DIGITS + 1] = {0};
    for (u32 i = 0; i < count; i++)
        next[(numbers[i] >> shift) % DIGITS + 1]++;
    for (u32 d = 1; d < DIGITS; d++)
        next[d] += next[d - 1];
    for (u32 i = 0; i < count; i++)
        to[next[(numbers[from[i]] >> shift) % DIGITS]++] = from[i];
}

u32 *order_make(const u64 *numbers, u32 count)
{
    u32 *order = malloc((count + 1u) * sizeof *order), *other = malloc((count + 1u) * sizeof *other);
    u64 differing = 0; /* bits */
    CHECK(order && other, "out of memory");
    for (u32 i = 0; i < count; i++) {
        order[i] = i;
        differing |= numbers[i] ^ numbers[0];
    }
    for (u32 shift = 0; shift < 64 && differing >> shift; shift += DIGIT_BITS) {
        sort_by_digit(numbers, shift, order, other, count);
        u32 *swap = order;
        order = other;
        other = swap;
    }
    free(other);
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
