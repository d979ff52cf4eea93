/* SPDX-License-Identifier: BSD-3-Clause
 * Reading what a template's hole holds: a number fits only as the template would write it again. */
#ifndef DIFF_IMPORT_HOLE_H
#define DIFF_IMPORT_HOLE_H

#include "diff/import_bytes.h"
#include "replay/template.h"

enum { IMPORT_HOLE_BEHIND = 32 };

/* What one hole of a line held. */
struct import_part {
    u64 number;       /* of a string: is there a backslash or a control character in it? */
    const char *text; /* of a string, a text or a decimal number, as it stands in the line */
    u32 size;
};

/* Reads one hole at p. NULL: it does not fit, or only a parser can tell; else the end. */
const char *import_hole_read(u8 form, u8 width, const char *p, const char *end, struct import_part *part);

/* ---- The same, quicker: IMPORT_HOLE_BEHIND bytes behind `end` may be read, whatever they are, and what is returned
 * may lie behind it: then it does not fit. ---- */

static inline u64 import_hole_load(const void *p)
{
    u64 value;
    memcpy(&value, p, sizeof value);
    return value;
}

/* Up to eight digits at once: how many there are, and their value. */
static inline u32 import_hole_eight(const char *p, u64 *value)
{
    u64 digits = import_hole_load(p) ^ 0x3030303030303030;
    u64 others = ((digits + 0x7676767676767676) | digits) & 0x8080808080808080;
    u32 count = others ? (u32)__builtin_ctzll(others) / 8 : 8;
    if (!count)
        return 0;
    digits <<= 64 - 8 * count; /* zeros come first */
    digits = digits * 10 + (digits >> 8);
    *value = (((digits & 0x000000FF000000FF) * 0x000F424000000064) +
              ((digits >> 16 & 0x000000FF000000FF) * 0x0000271000000001)) >>
             32;
    return count;
}

static inline u32 import_hole_digit(char c, char base)
{
    u8 digit = (u8)(c - '0'), letter = (u8)(c - base);
    return digit < 10 ? digit : letter < 6 ? letter + 10u : 99u;
}

/* As import_hole_read, but 24 bytes may be read whatever they are; numbers of 16 digits or more are left to that. */
static inline const char *import_hole_decimal(u8 form, const char *p, const char *end, struct import_part *part)
{
    static const u32 powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    u8 digit = (u8)(*p - '0');
    part->text = p;
    if (digit < 10 && (u8)(p[1] - '0') >= 10 && likely(form == FORM_DEC)) {
        part->number = digit;
        part->size = 1;
        return p + 1;
    }
    bool negative = *p == '-';
    u64 value = 0, low = 0;
    const char *first = p + negative;
    u32 count = import_hole_eight(first, &value);
    if (count == 8) {
        u32 more = import_hole_eight(first + 8, &low);
        if (more == 8)
            return import_hole_read(form, 0, p, end, part);
        value = value * powers[more] + low;
        count += more;
    }
    if (!count || (*first == '0' && (count > 1 || negative)) || form != FORM_DEC)
        return NULL;
    part->number = negative ? -value : value;
    part->size = count + negative;
    return first + count;
}

/* Up to eight digits, the first one lowest in memory: their value; *letters has a bit for each that is one. False: not
 * all are digits of that case. */
static inline bool import_hole_eight_hex(u64 text, u32 count, bool upper, u64 *value, u64 *letters)
{
    const u64 ones = 0x0101010101010101;
    u64 filler = count < 8 ? (ones * '0') >> 8 * count : 0;
    text = count < 8 ? text << (64 - 8 * count) | filler : text;
    u64 letter = text >> 6 & ones, digits = (text & ones * 15) + letter * 9;
    *letters |= letter;
    u64 above = (digits + ones * 6) >> 4 & ones; /* 10 and more */
    if ((digits & ones * 0xF0) || digits + ones * '0' + above * (upper ? 7 : 39) != text)
        return false;
    digits = __builtin_bswap64(digits);
    digits = (digits | digits >> 4) & 0x00FF00FF00FF00FF;
    digits = (digits | digits >> 8) & 0x0000FFFF0000FFFF;
    *value = (digits | digits >> 16) & 0xFFFFFFFF;
    return true;
}

/* As import_hole_read, but 16 bytes and one more may be read whatever they are. */
static inline const char *import_hole_hex(u8 form, u8 width, const char *p, struct import_part *part)
{
    u64 high = 0, low = 0, letters = 0;
    bool upper = form == FORM_UPPER;
    if (width > 8) {
        if (!import_hole_eight_hex(import_hole_load(p), width - 8u, upper, &high, &letters) ||
            !import_hole_eight_hex(import_hole_load(p + width - 8), 8, upper, &low, &letters))
            return NULL;
    } else if (!import_hole_eight_hex(import_hole_load(p), width, upper, &low, &letters)) {
        return NULL;
    }
    p += width;
    if ((upper && !letters) || import_hole_digit(*p, 'a') < 16 || import_hole_digit(*p, 'A') < 16)
        return NULL;
    part->number = high << 32 | low;
    return p;
}

/* To the closing quote, within the line. */
static inline const char *import_hole_string(const char *p, const char *end, struct import_part *part)
{
    part->text = p;
    part->number = 0;
    for (;; p++) {
        u32 found;
        while (!(found = p < end ? import_special_bytes(p) : 1))
            p += 16;
        p += __builtin_ctz(found);
        if (p >= end || *p == '\n')
            return NULL;
        if (likely(*p == '"'))
            break;
        part->number = 1;
        if (*p == '\\' && (++p == end || *p == '\n'))
            return NULL;
    }
    part->size = (u32)(p - part->text);
    return p;
}

static inline const char *import_hole_quick(u8 form, u8 width, const char *p, const char *end, struct import_part *part)
{
    if (form == FORM_DEC || form == FORM_UDEC)
        return import_hole_decimal(form, p, end, part);
    if (form == FORM_JSON)
        return import_hole_string(p, end, part);
    return form <= FORM_UPPER ? import_hole_hex(form, width, p, part) : NULL;
}

#endif
