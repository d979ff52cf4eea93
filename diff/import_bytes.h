/* SPDX-License-Identifier: BSD-3-Clause
 * Sixteen bytes of a JSON string at a time. Plain vectors of the compiler: the same on every processor. */
#ifndef DIFF_IMPORT_BYTES_H
#define DIFF_IMPORT_BYTES_H

#include "schema/base.h"

typedef u8 import_bytes __attribute__((vector_size(16), aligned(1), may_alias));

/* A bit for each of the 16 bytes at `at` that needs a look: quotes, backslashes, control characters. */
static inline u32 import_special_bytes(const void *at)
{
    import_bytes w = *(const import_bytes *)at;
    typedef char bytes __attribute__((vector_size(16)));
    bytes found = (bytes)((w == '"') | (w == '\\') | (w < 0x20));
#ifdef __SSE2__
    return (u32)__builtin_ia32_pmovmskb128(found);
#else
    u32 bits = 0;
    for (u32 i = 0; i < 16; i++)
        bits |= (u32)(found[i] != 0) << i;
    return bits;
#endif
}

#endif
