/* SPDX-License-Identifier: BSD-3-Clause
 * Exact arithmetic: a number is taken apart into sign, 128-bit significand and exponent, computed without loss (a lost
 * tail leaves its mark in the lowest bit), and rounded once. */
#include "emu/cpu/softfp.h"

#include "emu/cpu/op.h"

/* (-1)^sign * significand * 2^exponent; finite. */
struct number {
    u128 significand;
    s32 exponent;
    bool sign;
};

struct format {
    s32 precision;
    s32 least;    /* exponent of the least normal number */
    s32 greatest; /* exponent of the greatest number */
};

static const struct format formats[] = {{53, -1022, 1023}, {24, -126, 127}};

static s32 top_bit(u128 x)
{
    u64 high = (u64)(x >> 64);
    return high ? 127 - __builtin_clzll(high) : 63 - __builtin_clzll((u64)x);
}

static struct number take_apart(u64 bits)
{
    u32 field = bits >> 52 & 0x7FF;
    u64 fraction = bits & 0xFFFFFFFFFFFFFull;
    return (struct number){
        .significand = field ? fraction | 1ull << 52 : fraction,
        .exponent = (field ? (s32)field : 1) - 1075,
        .sign = bits >> 63,
    };
}

/* Shifts right; lost bits leave their mark in the lowest. */
static u128 shift_jam(u128 x, s32 by)
{
    if (by <= 0)
        return x;
    if (by > 127)
        return x != 0;
    return x >> by | ((x & (((u128)1 << by) - 1)) != 0);
}

/* Whether the magnitude is rounded up, given its last kept bit and the lost tail against one half (-1, 0, 1). */
static bool rounds_up(u8 round, bool sign, bool is_odd, bool is_lost, s32 against_half)
{
    switch (round) {
    case FP_NEAREST:
        return against_half > 0 || (against_half == 0 && is_odd);
    case FP_UP:
        return is_lost && !sign;
    case FP_DOWN:
        return is_lost && sign;
    default:
        return false;
    }
}

/* significand * 2^exponent, which a double holds exactly. */
static u64 assemble(bool sign, u64 significand, s32 exponent)
{
    u64 bits = (u64)sign << 63;
    if (!significand)
        return bits;
    s32 top = 63 - __builtin_clzll(significand);
    if (exponent + top < -1022)
        return bits | significand << (exponent + 1074);
    u64 fraction = top > 52 ? significand >> (top - 52) : significand << (52 - top);
    return bits | (u64)(exponent + top + 1023) << 52 | (fraction & 0xFFFFFFFFFFFFFull);
}

static u64 overflow(bool sign, struct fp_mode mode, u32 *flags)
{
    *flags |= FP_OVERFLOW | FP_INEXACT;
    bool to_infinity = mode.round == FP_NEAREST || mode.round == (sign ? FP_DOWN : FP_UP);
    if (to_infinity) {
        *flags |= FP_ROUNDED_UP;
        return (u64)sign << 63 | FP_INF;
    }
    return (u64)sign << 63 | (mode.is_single ? 0x47EFFFFFE0000000ull : 0x7FEFFFFFFFFFFFFFull);
}

/* A trapped result: the exponent is moved by so much that it fits again. A single form's operands may be doubles so far
 * out that it does not (undefined by the manual); then it wraps. */
static u64 assemble_wrapped(bool sign, u64 significand, s32 exponent, s32 by)
{
    s32 top = 63 - __builtin_clzll(significand);
    u64 fraction = significand << (63 - top) >> 11;
    return (u64)sign << 63 | (u64)((exponent + top + by + 1023) & 0x7FF) << 52 | (fraction & 0xFFFFFFFFFFFFFull);
}

/* Drops `shift` bits of the significand, at least one. */
static u64 round_off(struct number n, s32 shift, u8 round, u32 *flags)
{
    if (shift > 126) {
        n.significand = shift_jam(n.significand, shift - 126);
        shift = 126;
    }
    u128 half = (u128)1 << (shift - 1), tail = n.significand & (half + half - 1);
    u64 kept = (u64)(n.significand >> shift);
    if (!tail)
        return kept;
    *flags |= FP_INEXACT;
    if (rounds_up(round, n.sign, kept & 1, true, tail > half ? 1 : tail < half ? -1 : 0)) {
        *flags |= FP_ROUNDED_UP;
        kept++;
    }
    return kept;
}

static u64 put_together(struct number n, struct fp_mode mode, u32 *flags)
{
    const struct format *format = &formats[mode.is_single];
    if (!n.significand)
        return (u64)n.sign << 63;
    s32 scale = n.exponent + top_bit(n.significand), wrap = mode.is_single ? 192 : 1536;
    bool is_tiny = scale < format->least, wraps = is_tiny && mode.traps & FP_UNDERFLOW;
    s32 unit = (is_tiny && !wraps ? format->least : scale) - (format->precision - 1);
    s32 shift = unit - n.exponent;
    u64 kept = shift > 0 ? round_off(n, shift, mode.round, flags) : (u64)n.significand << -shift;
    if (wraps) {
        *flags |= FP_UNDERFLOW;
        return assemble_wrapped(n.sign, kept, unit, wrap);
    }
    if (is_tiny && *flags & FP_INEXACT)
        *flags |= FP_UNDERFLOW;
    if (kept && unit + 63 - __builtin_clzll(kept) > format->greatest) {
        if (!(mode.traps & FP_OVERFLOW))
            return overflow(n.sign, mode, flags);
        *flags |= FP_OVERFLOW;
        return assemble_wrapped(n.sign, kept, unit, -wrap);
    }
    return assemble(n.sign, kept, unit);
}

/* Significand moved up so that its top bit is bit 125. */
static struct number normalize(struct number n)
{
    s32 up = 125 - top_bit(n.significand);
    n.significand <<= up;
    n.exponent -= up;
    return n;
}

/* The exact sum of two numbers of at most 106 bits. */
static struct number sum(struct number a, struct number b, u8 round)
{
    if (!a.significand && !b.significand) {
        a.sign = a.sign == b.sign ? a.sign : round == FP_DOWN;
        return a;
    }
    if (!a.significand)
        return b;
    if (!b.significand)
        return a;
    a = normalize(a);
    b = normalize(b);
    if (b.exponent > a.exponent || (b.exponent == a.exponent && b.significand > a.significand)) {
        struct number swap = a;
        a = b;
        b = swap;
    }
    b.significand = shift_jam(b.significand, a.exponent - b.exponent);
    if (a.sign == b.sign) {
        a.significand += b.significand;
    } else {
        a.significand -= b.significand;
        if (!a.significand)
            a.sign = round == FP_DOWN;
    }
    return a;
}

/* The NaN that a result takes from its operands, the first first; made quiet. */
static u64 pick_nan(const u64 *operands, u32 count, u32 *flags)
{
    u64 result = 0;
    for (u32 i = count; i-- > 0;) {
        if (fp_is_snan(operands[i]))
            *flags |= FP_SNAN;
        if (fp_is_nan(operands[i]))
            result = operands[i] | 0x0008000000000000ull;
    }
    return result;
}

/* A single result holds a NaN's upper bits alone. */
static u64 nan_result(u64 nan, struct fp_mode mode)
{
    return mode.is_single ? nan & ~0x1FFFFFFFull : nan;
}

u64 fp_add(u64 a, u64 b, struct fp_mode mode, u32 *flags)
{
    u64 nan = pick_nan((u64[]){a, b}, 2, flags);
    if (nan)
        return nan_result(nan, mode);
    if (fp_is_inf(a) || fp_is_inf(b)) {
        if (fp_is_inf(a) && fp_is_inf(b) && a != b) {
            *flags |= FP_INF_SUB;
            return FP_QNAN;
        }
        return fp_is_inf(a) ? a : b;
    }
    return put_together(sum(take_apart(a), take_apart(b), mode.round), mode, flags);
}

u64 fp_mul(u64 a, u64 b, struct fp_mode mode, u32 *flags)
{
    u64 nan = pick_nan((u64[]){a, b}, 2, flags), sign = (a ^ b) & FP_SIGN;
    if (nan)
        return nan_result(nan, mode);
    if (fp_is_inf(a) || fp_is_inf(b)) {
        if (fp_is_zero(a) || fp_is_zero(b)) {
            *flags |= FP_INF_ZERO;
            return FP_QNAN;
        }
        return sign | FP_INF;
    }
    struct number x = take_apart(a), y = take_apart(b);
    return put_together((struct number){x.significand * y.significand, x.exponent + y.exponent, sign != 0}, mode,
                        flags);
}

u64 fp_div(u64 a, u64 b, struct fp_mode mode, u32 *flags)
{
    u64 nan = pick_nan((u64[]){a, b}, 2, flags), sign = (a ^ b) & FP_SIGN;
    if (nan)
        return nan_result(nan, mode);
    if ((fp_is_inf(a) && fp_is_inf(b)) || (fp_is_zero(a) && fp_is_zero(b))) {
        *flags |= fp_is_inf(a) ? FP_INF_DIV : FP_ZERO_DIV;
        return FP_QNAN;
    }
    if (fp_is_inf(a) || fp_is_zero(b)) {
        *flags |= fp_is_inf(a) ? 0 : FP_DIVIDE;
        return sign | FP_INF;
    }
    if (fp_is_inf(b) || fp_is_zero(a))
        return sign;
    struct number x = normalize(take_apart(a)), y = take_apart(b);
    y.exponent -= __builtin_clzll((u64)y.significand);
    y.significand <<= __builtin_clzll((u64)y.significand);
    u128 quotient = x.significand / y.significand, rest = x.significand % y.significand;
    /* Two more bits, so that the tail's mark stands below the half. */
    quotient = quotient << 2 | (rest != 0);
    return put_together((struct number){quotient, x.exponent - y.exponent - 2, sign != 0}, mode, flags);
}

static u128 root_of(u128 x)
{
    u128 root = 0;
    for (u128 bit = (u128)1 << 62; bit; bit >>= 1) {
        u128 next = root | bit;
        if (next * next <= x)
            root = next;
    }
    return root;
}

u64 fp_sqrt(u64 a, struct fp_mode mode, u32 *flags)
{
    u64 nan = pick_nan(&a, 1, flags);
    if (nan)
        return nan_result(nan, mode);
    if (fp_is_zero(a))
        return a;
    if (a & FP_SIGN) {
        *flags |= FP_SQRT;
        return FP_QNAN;
    }
    if (fp_is_inf(a))
        return a;
    struct number n = normalize(take_apart(a));
    if (n.exponent & 1) {
        n.significand >>= 1; /* its low bits are zero */
        n.exponent++;
    }
    u128 root = root_of(n.significand);
    u128 tail = root * root != n.significand;
    return put_together((struct number){root << 1 | tail, n.exponent / 2 - 1, false}, mode, flags);
}

/* Infinities and NaNs of a * c + b; false: all are finite. */
static bool muladd_special(u64 a, u64 c, u64 b, struct fp_mode mode, u32 *flags, u64 *result)
{
    u64 sign = (a ^ c) & FP_SIGN;
    u64 nan = pick_nan((u64[]){a, b, c}, 3, flags);
    bool invalid = (fp_is_inf(a) && fp_is_zero(c)) || (fp_is_zero(a) && fp_is_inf(c));
    *flags |= invalid ? FP_INF_ZERO : 0;
    if (nan || invalid) {
        *result = nan ? nan_result(nan, mode) : FP_QNAN;
        return true;
    }
    bool infinite = fp_is_inf(a) || fp_is_inf(c);
    if (infinite && fp_is_inf(b) && sign != (b & FP_SIGN)) {
        *flags |= FP_INF_SUB;
        *result = FP_QNAN;
        return true;
    }
    *result = infinite ? sign | FP_INF : b;
    return infinite || fp_is_inf(b);
}

u64 fp_muladd(u64 a, u64 c, u64 b, struct fp_mode mode, u32 *flags)
{
    u64 special;
    if (muladd_special(a, c, b, mode, flags, &special))
        return special;
    struct number x = take_apart(a), y = take_apart(c);
    struct number product = {x.significand * y.significand, x.exponent + y.exponent, x.sign != y.sign};
    return put_together(sum(product, take_apart(b), mode.round), mode, flags);
}

u64 fp_round(u64 a, struct fp_mode mode, u32 *flags)
{
    u64 nan = pick_nan(&a, 1, flags);
    if (nan)
        return nan_result(nan, mode);
    return fp_is_inf(a) ? a : put_together(take_apart(a), mode, flags);
}

u64 fp_from_s64(s64 value, struct fp_mode mode, u32 *flags)
{
    u64 magnitude = value < 0 ? 0 - (u64)value : (u64)value;
    return put_together((struct number){magnitude, 0, value < 0}, mode, flags);
}

s64 fp_to_integer(u64 a, u8 round, s64 low, s64 high, u32 *flags)
{
    if (fp_is_nan(a)) {
        *flags |= FP_CONVERT | (fp_is_snan(a) ? FP_SNAN : 0);
        return low;
    }
    struct number n = take_apart(a);
    s64 bound = n.sign ? low : high;
    if (fp_is_inf(a) || n.exponent > 11) {
        *flags |= FP_CONVERT;
        return bound;
    }
    u128 kept = n.exponent >= 0 ? n.significand << n.exponent : n.significand;
    bool inexact = false, up = false;
    if (n.exponent < 0) {
        kept = shift_jam(n.significand << 64, -n.exponent);
        u64 tail = (u64)kept, half = 1ull << 63;
        kept >>= 64;
        inexact = tail != 0;
        up = rounds_up(round, n.sign, kept & 1, inexact, tail > half ? 1 : tail < half ? -1 : 0);
        kept += up;
    }
    s128 value = n.sign ? -(s128)kept : (s128)kept;
    if (value < low || value > high) {
        *flags |= FP_CONVERT;
        return bound;
    }
    *flags |= (inexact ? FP_INEXACT : 0) | (up ? FP_ROUNDED_UP : 0);
    return (s64)value;
}

u64 fp_widen(u32 single)
{
    u64 sign = (u64)(single >> 31) << 63;
    u32 field = single >> 23 & 0xFF, fraction = single & 0x7FFFFF;
    if (field == 0xFF)
        return sign | FP_INF | (u64)fraction << 29;
    if (field)
        return sign | (u64)(field + 896) << 52 | (u64)fraction << 29;
    return assemble(sign != 0, fraction, -149);
}

u32 fp_narrow(u64 bits)
{
    u32 field = bits >> 52 & 0x7FF;
    u32 sign = (u32)(bits >> 32) & 0x80000000u;
    if (field > 896 || fp_is_zero(bits))
        return (u32)(bits >> 32 & 0xC0000000u) | (u32)(bits >> 29 & 0x3FFFFFFF);
    if (field >= 874)
        return sign | (u32)(((bits & 0xFFFFFFFFFFFFFull) | 1ull << 52) >> (29 + 897 - field));
    return sign; /* undefined by the manual */
}
