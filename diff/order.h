/* SPDX-License-Identifier: BSD-3-Clause
 * Long tables put in order by one number of theirs, and into groups. */
#ifndef DIFF_ORDER_H
#define DIFF_ORDER_H

#include "schema/base.h"

/* The places of the numbers in ascending order; equal ones keep theirs. Free it. */
u32 *order_make(const u64 *numbers, u32 count);

/* Rows by group, each group's in the order they were given. Zeroed: empty. */
struct groups {
    u32 *rows;
    u32 *first; /* by group; one more is the end */
};
/* order: the rows, or NULL for 0 to count - 1; group_of: by row; UINT32_MAX: in none. */
void groups_make(struct groups *groups, const u32 *order, u32 count, const u32 *group_of, u32 group_count);
void groups_free(struct groups *groups);

#endif
