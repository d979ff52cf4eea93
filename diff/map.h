/* SPDX-License-Identifier: BSD-3-Clause
 * A map from 64-bit numbers (handles, identities) to places in a table. Zeroed: empty. */
#ifndef DIFF_MAP_H
#define DIFF_MAP_H

#include "schema/base.h"

#define MAP_NONE UINT32_MAX

struct map {
    struct map_slot *slots;
    u32 capacity, count;
};

u32 map_get(const struct map *map, u64 key); /* MAP_NONE: not there */
void map_set(struct map *map, u64 key, u32 value);
void map_free(struct map *map);

#endif
