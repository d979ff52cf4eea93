/* SPDX-License-Identifier: BSD-3-Clause
 * XXH3 as the journal uses it: over bytes, and over rows of numbers taken as little-endian 64-bit words. */
#ifndef REPLAY_HASH_H
#define REPLAY_HASH_H

#include "schema/base.h"

#include <xxhash.h>

static inline u64 hash_bytes(const void *data, size_t size)
{
    return XXH3_64bits(size ? data : "", size);
}

static inline u64 hash_bytes_seeded(const void *data, size_t size, u64 seed)
{
    return XXH3_64bits_withSeed(size ? data : "", size, seed);
}

static inline void store_le64(u8 *p, u64 value)
{
    for (int i = 0; i < 8; i++)
        p[i] = (u8)(value >> 8 * i);
}

static inline u64 load_le64(const u8 *p)
{
    u64 value;
    memcpy(&value, p, sizeof value);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? value : __builtin_bswap64(value);
}

enum { HASH_WORDS_MAX = 16 };

static inline u64 hash_words(const u64 *words, size_t count)
{
    u8 bytes[HASH_WORDS_MAX * 8];
    for (size_t i = 0; i < count; i++)
        store_le64(bytes + 8 * i, words[i]);
    return hash_bytes(bytes, count * 8);
}

#endif
