/* SPDX-License-Identifier: BSD-3-Clause
 * Open addressing with linear probing; nothing is ever removed, a key may be set to MAP_NONE (diff/map.h). */
#include "diff/map.h"

#include <stdlib.h>

struct map_slot {
    u64 key;
    u32 value;
    bool used;
};

static u32 slot_of(const struct map *map, u64 key)
{
    u32 i = (u32)((key ^ key >> 32) * 0x9E3779B97F4A7C15u >> 32) & (map->capacity - 1);
    while (map->slots[i].used && map->slots[i].key != key)
        i = (i + 1) & (map->capacity - 1);
    return i;
}

u32 map_get(const struct map *map, u64 key)
{
    if (!map->count)
        return MAP_NONE;
    const struct map_slot *slot = &map->slots[slot_of(map, key)];
    return slot->used ? slot->value : MAP_NONE;
}

static void grow(struct map *map)
{
    struct map old = *map;
    map->capacity = old.capacity ? old.capacity * 2 : 64;
    map->slots = calloc(map->capacity, sizeof *map->slots);
    CHECK(map->slots, "out of memory");
    for (u32 i = 0; i < old.capacity; i++)
        if (old.slots[i].used)
            map->slots[slot_of(map, old.slots[i].key)] = old.slots[i];
    free(old.slots);
}

void map_set(struct map *map, u64 key, u32 value)
{
    if (map->count * 4 >= map->capacity * 3)
        grow(map);
    struct map_slot *slot = &map->slots[slot_of(map, key)];
    map->count += !slot->used;
    *slot = (struct map_slot){key, value, true};
}

void map_free(struct map *map)
{
    free(map->slots);
    *map = (struct map){0};
}
