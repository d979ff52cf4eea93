/* SPDX-License-Identifier: BSD-3-Clause
 * Holes, without a byte behind the end (diff/import_hole.h). */
#include "diff/import_hole.h"

/* The number's value and end; 20 digits may overflow, which the caller sees by their count. */
static inline const char *read_digits(const char *p, const char *end, u64 *value)
{
    static const u64 powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    u64 total = 0, part = 0;
    for (u32 n = 8; n == 8 && end - p >= 8;) {
        n = import_hole_eight(p, &part);
        total = n ? total * powers[n] + part : total;
        p += n;
        if (n < 8) {
            *value = total;
            return p;
        }
    }
    for (; p < end && (u8)(*p - '0') < 10; p++)
        total = total * 10 + (u8)(*p - '0');
    *value = total;
    return p;
}

static const char *read_decimal(u8 form, const char *p, const char *end, struct import_part *part)
{
    bool negative = p < end && *p == '-';
    u64 value;
    const char *first = p + negative;
    p = read_digits(first, end, &value);
    if (p == first || p - first > 20 || (*first == '0' && (p - first > 1 || negative)))
        return NULL;
    if (p - first == 20 && (*first != '1' || value < 10000000000000000000u))
        return NULL; /* over 64 bits */
    bool is_big = value > (u64)INT64_MAX + negative;
    part->text = first - negative;
    part->size = (u32)(p - part->text);
    part->number = negative ? -value : value;
    return is_big == (form == FORM_UDEC) && !(is_big && negative) ? p : NULL;
}

/* Digits alone are FORM_LOWER. */
static const char *read_hex(u8 form, u8 width, const char *p, const char *end, struct import_part *part)
{
    u64 value = 0;
    u32 greatest = 0;
    char base = form == FORM_UPPER ? 'A' : 'a';
    if (end - p < width)
        return NULL;
    for (const char *stop = p + width; p < stop; p++) {
        u32 digit = import_hole_digit(*p, base);
        value = value << 4 | digit;
        greatest = digit > greatest ? digit : greatest;
    }
    part->number = value;
    bool goes_on = p < end && (import_hole_digit(*p, 'a') < 16 || import_hole_digit(*p, 'A') < 16);
    return greatest == 99 || goes_on || (form == FORM_UPPER && greatest < 10) ? NULL : p;
}

/* To the closing quote. */
static const char *read_string(const char *p, const char *end, struct import_part *part)
{
    part->text = p;
    for (; p < end && *p != '"'; p++)
        if (*p == '\\' && ++p == end)
            return NULL;
    part->size = (u32)(p - part->text);
    return p < end ? p : NULL;
}

const char *import_hole_read(u8 form, u8 width, const char *p, const char *end, struct import_part *part)
{
    switch ((enum template_form)form) {
    case FORM_DEC:
    case FORM_UDEC:
        return read_decimal(form, p, end, part);
    case FORM_LOWER:
    case FORM_UPPER:
        return read_hex(form, width, p, end, part);
    case FORM_JSON:
        return read_string(p, end, part);
    default:
        return NULL;
    }
}
