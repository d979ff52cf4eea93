/* SPDX-License-Identifier: BSD-3-Clause
 * The values of one line, as a scanner finds them, before rules give them a meaning. */
#ifndef DIFF_IMPORT_VALUE_H
#define DIFF_IMPORT_VALUE_H

#include "schema/base.h"

enum { IMPORT_VALUES_MAX = 192 };

enum import_value_type {
    IMPORT_OBJECT,
    IMPORT_ARRAY,
    IMPORT_STRING,
    IMPORT_NUMBER, /* as JSON writes it; not always a whole one */
    IMPORT_WORD,   /* true, false */
    IMPORT_NULL,
};

struct import_value {
    u64 path;             /* import_path of its keys */
    u64 parent;           /* path of what it is in */
    u32 at, size;         /* bytes of the line; of a string: without the quotes */
    u32 key_at, key_size; /* size 0: an array's element, or the whole */
    u32 count;            /* of an array: its elements */
    u32 ordinal;          /* place in its array or object */
    u8 type;              /* enum import_value_type */
    bool is_decimal;      /* a whole number, written as it would be again; false: not known */
    u64 number;           /* then */
};

struct import_path_rules;

struct import_values {
    const struct import_path_rules *const *rules; /* of each value; NULL: not looked up yet */
    u32 count;
    bool is_json; /* strings have escapes, and numbers without 0x are decimal; else plain values are hex */
    struct import_value list[IMPORT_VALUES_MAX];
};

/* Up to seven bytes, different ones as different numbers, without a copy through memory. */
static inline u64 import_short(const char *text, size_t size)
{
    u32 first, last;
    if (size >= 4) {
        memcpy(&first, text, 4);
        memcpy(&last, text + size - 4, 4);
        return first | (u64)last << 32;
    }
    return size ? (u8)text[0] | (u64)(u8)text[size >> 1] << 8 | (u64)(u8)text[size - 1] << 16 : 0;
}

/* The path of a key inside `parent` (0: the whole): a hash of 64 bits, for tables in memory only. */
static inline u64 import_path(u64 parent, const char *key, size_t size)
{
    const u64 odd = 0x9E3779B97F4A7C15;
    u64 hash = (parent ^ size) * odd + 1, word = 0;
    for (; size >= 8; key += 8, size -= 8) {
        memcpy(&word, key, 8);
        hash = (hash ^ hash >> 29 ^ word) * odd;
    }
    hash = (hash ^ hash >> 29 ^ import_short(key, size)) * odd;
    return hash ^ hash >> 32;
}

#endif
