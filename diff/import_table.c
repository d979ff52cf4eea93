/* SPDX-License-Identifier: BSD-3-Clause
 * Open addressing, at most half full (diff/import_table.h). */
#include "diff/import_table.h"

#include <stdlib.h>

void import_table_free(struct import_table *table)
{
    free(table->keys);
    free(table->numbers);
    *table = (struct import_table){0};
}

static u32 slot_of(const struct import_table *table, u64 key)
{
    u32 slot = (u32)key & (table->capacity - 1);
    while (table->keys[slot] && table->keys[slot] != key)
        slot = (slot + 1) & (table->capacity - 1);
    return slot;
}

static void grow(struct import_table *table)
{
    struct import_table old = *table;
    table->capacity = old.capacity ? old.capacity * 2 : 64;
    table->keys = calloc(table->capacity, sizeof *table->keys);
    table->numbers = calloc(table->capacity, sizeof *table->numbers);
    CHECK(table->keys && table->numbers, "out of memory");
    for (u32 i = 0; i < old.capacity; i++)
        if (old.keys[i]) {
            u32 slot = slot_of(table, old.keys[i]);
            table->keys[slot] = old.keys[i];
            table->numbers[slot] = old.numbers[i];
        }
    free(old.keys);
    free(old.numbers);
}

void import_table_set(struct import_table *table, u64 key, u32 number)
{
    if (table->count * 2 >= table->capacity)
        grow(table);
    key |= !key;
    u32 slot = slot_of(table, key);
    table->count += !table->keys[slot];
    table->keys[slot] = key;
    table->numbers[slot] = number;
}
