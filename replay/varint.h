/* SPDX-License-Identifier: BSD-3-Clause
 * Variable-length numbers: 7 bits a byte, low first, the top bit says that more follow; signed ones are zigzag. */
#ifndef REPLAY_VARINT_H
#define REPLAY_VARINT_H

#include "schema/base.h"

enum { VARINT_MAX = 10 };

static inline u64 zigzag(u64 value)
{
    return value << 1 ^ (u64)((s64)value >> 63);
}
static inline u64 unzigzag(u64 value)
{
    return value >> 1 ^ (0 - (value & 1));
}

/* Returns the end. */
static inline u8 *varint_put(u8 *p, u64 value)
{
    while (value >= 0x80) {
        *p++ = (u8)(value | 0x80);
        value >>= 7;
    }
    *p++ = (u8)value;
    return p;
}

/* Returns the end, or NULL when the bytes run out or make no 64-bit number. */
static inline const u8 *varint_get(const u8 *p, const u8 *end, u64 *value)
{
    if (likely(p < end && *p < 0x80)) {
        *value = *p;
        return p + 1;
    }
    u64 v = 0;
    for (u32 shift = 0; shift < 64; shift += 7) {
        if (p == end)
            return NULL;
        u8 byte = *p++;
        if (shift == 63 && byte > 1)
            return NULL;
        v |= (u64)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *value = v;
            return p;
        }
    }
    return NULL;
}

#endif
