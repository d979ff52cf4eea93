/* SPDX-License-Identifier: BSD-3-Clause
 * Which text can be written as it is. */
#ifndef CLI_PLAIN_H
#define CLI_PLAIN_H

#include "schema/base.h"

static inline bool plain_is(u8 c, u8 a, u8 b)
{
    return c >= 0x20 && c < 0x7F && c != a && c != b;
}

/* How many bytes come before the first that is no printable ASCII, or is a or b: eight at a time, as nearly all are. */
static inline size_t plain_length(const void *text, size_t size, u8 a, u8 b)
{
    const u64 ones = 0x0101010101010101;
    const u8 *p = text;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        u64 word;
        memcpy(&word, p + i, sizeof word);
        /* A byte's top bit, unless it is plain; what is borrowed from the next one only adds to those to look at. */
        u64 odd = word | (word - ones * 0x20) | ((word ^ ones * a) - ones) | ((word ^ ones * b) - ones) |
                  ((word ^ ones * 0x7F) - ones);
        if (odd & ones * 0x80)
            break;
    }
    while (i < size && plain_is(p[i], a, b))
        i++;
    return i;
}

#endif
