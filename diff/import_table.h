/* SPDX-License-Identifier: BSD-3-Clause
 * A table from 64-bit keys (hashes, or numbers from 1 on: 0 is the same as 1) to numbers. */
#ifndef DIFF_IMPORT_TABLE_H
#define DIFF_IMPORT_TABLE_H

#include "schema/base.h"

struct import_table {
    u64 *keys; /* 0: free */
    u32 *numbers;
    u32 capacity, count;
};

void import_table_free(struct import_table *table);
void import_table_set(struct import_table *table, u64 key, u32 number);
/* NULL: not there. */
static inline const u32 *import_table_get(const struct import_table *table, u64 key)
{
    key |= !key;
    for (u32 i = (u32)key; table->capacity; i++) {
        u32 slot = i & (table->capacity - 1);
        if (table->keys[slot] == key)
            return &table->numbers[slot];
        if (!table->keys[slot])
            break;
    }
    return NULL;
}

#endif
