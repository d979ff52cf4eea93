/* SPDX-License-Identifier: BSD-3-Clause
 * Doubles as decimal text, exactly: a double is m * 2^e, so either an integer or m * 5^k / 10^k, and its digits come
 * from long integer arithmetic. Nothing of the host's floating point is used. */
#include "emu/kernel/format.h"

enum {
    LIMBS = 96,   /* 2^1024 and 2^53 * 5^1074 fit: 3072 bits */
    DIGITS = 800, /* at most 767 are significant */
    EXPONENT_BIAS = 1075,
};

/* An exact decimal number: 0.d0 d1 d2 ... * 10^point. */
struct decimal {
    u8 digit[DIGITS];
    u32 count; /* without zeros at the end; 0 for zero */
    s32 point;
};

struct big {
    u32 limb[LIMBS];
    u32 count;
};

static void big_multiply(struct big *b, u32 factor)
{
    u64 carry = 0;
    for (u32 i = 0; i < b->count; i++) {
        carry += (u64)b->limb[i] * factor;
        b->limb[i] = (u32)carry;
        carry >>= 32;
    }
    if (carry) {
        CHECK(b->count < LIMBS, "a double needs more than %u limbs", LIMBS);
        b->limb[b->count++] = (u32)carry;
    }
}

static u32 big_divide(struct big *b, u32 divisor)
{
    u64 rest = 0;
    for (u32 i = b->count; i-- > 0;) {
        rest = rest << 32 | b->limb[i];
        b->limb[i] = (u32)(rest / divisor);
        rest %= divisor;
    }
    while (b->count && b->limb[b->count - 1] == 0)
        b->count--;
    return (u32)rest;
}

static void big_power(struct big *b, u32 base, u32 exponent, u32 step, u32 step_factor)
{
    for (; exponent >= step; exponent -= step)
        big_multiply(b, step_factor);
    while (exponent--)
        big_multiply(b, base);
}

static void decimal_from(struct decimal *d, u64 mantissa, s32 exponent)
{
    struct big b = {.limb = {(u32)mantissa, (u32)(mantissa >> 32)}, .count = mantissa >> 32 ? 2 : 1};
    u8 reversed[DIGITS + 16];
    u32 count = 0;
    *d = (struct decimal){.point = 0};
    if (mantissa == 0)
        return;
    if (exponent >= 0)
        big_power(&b, 2, (u32)exponent, 31, 1u << 31);
    else
        big_power(&b, 5, (u32)-exponent, 13, 1220703125u);
    while (b.count) {
        u32 part = big_divide(&b, 1000000000u);
        for (u32 i = 0; i < 9 && (b.count || part); i++) {
            CHECK(count < sizeof reversed, "a double of more than %u digits", count);
            reversed[count++] = (u8)(part % 10);
            part /= 10;
        }
    }
    d->point = (s32)count + (exponent < 0 ? exponent : 0);
    u32 zeros = 0;
    while (zeros < count && reversed[zeros] == 0)
        zeros++;
    d->count = count - zeros;
    for (u32 i = 0; i < d->count; i++)
        d->digit[i] = reversed[count - 1 - i];
}

/* Keeps `keep` digits (negative: none at all); a half goes away from zero. */
static void decimal_round(struct decimal *d, s32 keep)
{
    if (keep < 0) {
        d->count = 0;
        return;
    }
    if ((u32)keep >= d->count)
        return;
    bool up = d->digit[keep] >= 5;
    d->count = (u32)keep;
    while (up && d->count && d->digit[d->count - 1] == 9)
        d->count--;
    if (up && d->count) {
        d->digit[d->count - 1]++;
    } else if (up) {
        d->digit[0] = 1;
        d->count = 1;
        d->point++;
    }
    while (d->count && d->digit[d->count - 1] == 0)
        d->count--;
}

static char digit_at(const struct decimal *d, s32 i)
{
    return i >= 0 && (u32)i < d->count ? (char)('0' + d->digit[i]) : '0';
}

static u32 put_fixed(const struct decimal *d, u32 precision, bool alternate, char *out)
{
    u32 n = 0;
    if (d->point <= 0 || d->count == 0)
        out[n++] = '0';
    else
        for (s32 i = 0; i < d->point; i++)
            out[n++] = digit_at(d, i);
    if (precision || alternate)
        out[n++] = '.';
    s32 first = d->count ? d->point : 0;
    for (u32 i = 0; i < precision; i++)
        out[n++] = digit_at(d, first + (s32)i);
    return n;
}

static u32 put_exponent(const struct decimal *d, u32 precision, bool alternate, char letter, char *out)
{
    u32 n = 0;
    s32 exponent = d->count ? d->point - 1 : 0;
    out[n++] = digit_at(d, 0);
    if (precision || alternate)
        out[n++] = '.';
    for (u32 i = 0; i < precision; i++)
        out[n++] = digit_at(d, (s32)i + 1);
    out[n++] = letter;
    out[n++] = exponent < 0 ? '-' : '+';
    u32 size = (u32)(exponent < 0 ? -exponent : exponent);
    out[n++] = (char)('0' + size / 100);
    out[n++] = (char)('0' + size / 10 % 10);
    out[n++] = (char)('0' + size % 10);
    return n;
}

/* The shorter of both for so many significant digits, without zeros at the end unless `alternate` asks for them. */
static u32 put_general(struct decimal *d, u32 precision, bool alternate, char letter, char *out)
{
    if (precision == 0)
        precision = 1;
    decimal_round(d, (s32)precision);
    s32 exponent = d->count ? d->point - 1 : 0;
    bool fixed = exponent >= -4 && exponent < (s32)precision;
    u32 places = fixed ? (u32)((s32)precision - 1 - exponent) : precision - 1;
    if (!alternate) {
        s32 needed = fixed ? (s32)d->count - 1 - exponent : (s32)d->count - 1;
        if (d->count == 0 || needed < 0)
            needed = 0;
        places = places < (u32)needed ? places : (u32)needed;
    }
    return fixed ? put_fixed(d, places, alternate, out) : put_exponent(d, places, alternate, letter, out);
}

static u32 put_special(u64 bits, u32 precision, char *out)
{
    u64 fraction = bits & 0xFFFFFFFFFFFFFull;
    bool indefinite = bits == 0xFFF8000000000000ull;
    const char *text = fraction == 0 ? "1.#INF" : indefinite ? "1.#IND" : fraction >> 51 ? "1.#QNAN" : "1.#SNAN";
    u32 n = (u32)strlen(text);
    memcpy(out, text, n);
    while (n < precision + 2 && n < 64)
        out[n++] = '0';
    return n;
}

u32 format_double(u64 bits, char conversion, u32 precision, bool alternate,
                  char out[FORMAT_DOUBLE_MAX + FORMAT_FIELD_MAX])
{
    struct decimal d;
    u32 n = 0;
    u32 exponent = bits >> 52 & 0x7FF;
    u64 fraction = bits & 0xFFFFFFFFFFFFFull;
    char kind = (char)(conversion | 0x20);
    if (bits >> 63)
        out[n++] = '-';
    if (exponent == 0x7FF)
        return n + put_special(bits, kind == 'g' ? 0 : precision, out + n);
    decimal_from(&d, exponent ? fraction | 1ull << 52 : fraction, (s32)(exponent ? exponent : 1) - EXPONENT_BIAS);
    char letter = conversion & 0x20 ? 'e' : 'E';
    if (kind == 'g')
        return n + put_general(&d, precision, alternate, letter, out + n);
    if (kind == 'e') {
        decimal_round(&d, (s32)precision + 1);
        return n + put_exponent(&d, precision, alternate, letter, out + n);
    }
    decimal_round(&d, d.point + (s32)precision);
    return n + put_fixed(&d, precision, alternate, out + n);
}
