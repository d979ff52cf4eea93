/* SPDX-License-Identifier: BSD-3-Clause
 * Numbers as text without printf, which costs more than all else in a long table. Each writes before `end` and returns
 * where it begins; at least `least` digits. */
#ifndef CLI_DIGITS_H
#define CLI_DIGITS_H

#include "schema/base.h"

static inline char *digits_decimal(char *end, u64 value, u32 least)
{
    char *stop = end - least;
    for (; value; value /= 10)
        *--end = (char)('0' + value % 10);
    while (end > stop)
        *--end = '0';
    return end;
}

static inline char *digits_signed(char *end, s64 value)
{
    end = digits_decimal(end, value < 0 ? -(u64)value : (u64)value, 1);
    if (value < 0)
        *--end = '-';
    return end;
}

static inline char *digits_hex(char *end, u64 value, u32 least)
{
    char *stop = end - least;
    for (; value; value >>= 4)
        *--end = "0123456789ABCDEF"[value & 15];
    while (end > stop)
        *--end = '0';
    return end;
}

#endif
