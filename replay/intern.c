/* SPDX-License-Identifier: BSD-3-Clause
 * Open addressing over XXH3; the texts lie one behind the other in one buffer. */
#include "replay/intern.h"
#include "replay/block.h"
#include "replay/hash.h"

#include <stdlib.h>

struct entry {
    u64 hash;
    size_t offset;
    size_t size;
};

struct intern {
    struct entry *entries; /* by id - 1 */
    u32 count;
    u32 capacity;
    u32 *slots; /* ids; twice the capacity, a power of two */
    struct buffer text;
};

static void grow(struct intern *table)
{
    table->capacity = table->capacity ? table->capacity * 2 : 256;
    table->entries = realloc(table->entries, table->capacity * sizeof *table->entries);
    free(table->slots);
    table->slots = calloc(table->capacity * 2, sizeof *table->slots);
    CHECK(table->entries && table->slots, "out of memory");
    u32 mask = table->capacity * 2 - 1;
    for (u32 i = 0; i < table->count; i++) {
        u32 slot = (u32)table->entries[i].hash & mask;
        while (table->slots[slot])
            slot = (slot + 1) & mask;
        table->slots[slot] = i + 1;
    }
}

struct intern *intern_create(void)
{
    struct intern *table = calloc(1, sizeof *table);
    CHECK(table, "out of memory");
    grow(table);
    return table;
}

void intern_destroy(struct intern *table)
{
    if (!table)
        return;
    buffer_free(&table->text);
    free(table->entries);
    free(table->slots);
    free(table);
}

/* The slot that holds the text, or the free one where it belongs. */
static u32 slot_of(const struct intern *table, const char *text, size_t size, u64 hash)
{
    u32 mask = table->capacity * 2 - 1;
    u32 slot = (u32)hash & mask;
    for (; table->slots[slot]; slot = (slot + 1) & mask) {
        const struct entry *entry = &table->entries[table->slots[slot] - 1];
        if (entry->hash == hash && entry->size == size &&
            (!size || !memcmp(table->text.data + entry->offset, text, size)))
            break;
    }
    return slot;
}

u32 intern_find(const struct intern *table, const char *text, size_t size)
{
    return table->slots[slot_of(table, text, size, hash_bytes(text, size))];
}

u32 intern_id(struct intern *table, const char *text, size_t size, bool *is_new)
{
    if (table->count == table->capacity)
        grow(table);
    u64 hash = hash_bytes(text, size);
    u32 slot = slot_of(table, text, size, hash);
    *is_new = !table->slots[slot];
    if (!*is_new)
        return table->slots[slot];
    table->entries[table->count] = (struct entry){hash, table->text.size, size};
    buffer_add(&table->text, text, size);
    table->slots[slot] = ++table->count;
    return table->count;
}

u32 intern_count(const struct intern *table)
{
    return table->count;
}
