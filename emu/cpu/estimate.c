/* SPDX-License-Identifier: BSD-3-Clause
 * The estimates' tables and how a result is read off them. */
#include "emu/cpu/estimate.h"

#include "emu/cpu/softfp.h"
#include "emu/cpu/vmx_float.h"

/* A line's value at its first operand, and what each further step of the operand changes. */
struct line {
    u32 start;
    u16 slope;
};

/* clang-format off */
/* fres: the 12 upper bits of the result's fraction, by the 7 upper bits of the operand's. */
static const u16 fres_steps[128] = {
    0xfe0, 0xfa1, 0xf63, 0xf26, 0xeea, 0xeae, 0xe74, 0xe3c, 0xe00, 0xdc8, 0xd94, 0xd5c, 0xd28, 0xcf0, 0xcc0, 0xc8c,
    0xc58, 0xc28, 0xbf8, 0xbc8, 0xb98, 0xb68, 0xb38, 0xb08, 0xae0, 0xab0, 0xa80, 0xa58, 0xa30, 0xa00, 0x9d8, 0x9b0,
    0x980, 0x960, 0x930, 0x910, 0x8e8, 0x8c0, 0x898, 0x870, 0x850, 0x830, 0x800, 0x7e0, 0x7c0, 0x7a0, 0x778, 0x758,
    0x730, 0x710, 0x6f0, 0x6d0, 0x6b0, 0x690, 0x670, 0x650, 0x630, 0x610, 0x5f0, 0x5d8, 0x5c0, 0x5a0, 0x580, 0x560,
    0x540, 0x530, 0x510, 0x4f0, 0x4d8, 0x4c0, 0x4a0, 0x488, 0x470, 0x450, 0x440, 0x420, 0x400, 0x3f0, 0x3d0, 0x3c0,
    0x3a0, 0x390, 0x370, 0x360, 0x340, 0x330, 0x320, 0x300, 0x2f0, 0x2d0, 0x2c0, 0x2b0, 0x290, 0x280, 0x270, 0x250,
    0x240, 0x230, 0x210, 0x200, 0x1f0, 0x1e0, 0x1c0, 0x1b0, 0x1a0, 0x190, 0x170, 0x160, 0x150, 0x140, 0x130, 0x120,
    0x100, 0x0f0, 0x0e0, 0x0d0, 0x0c0, 0x0b0, 0x0a0, 0x090, 0x080, 0x070, 0x060, 0x050, 0x040, 0x030, 0x020, 0x000,
};

/* frsqrte: the 8 upper bits of the fraction; first the odd exponents (of 1), by 3 bits of the operand's fraction. */
static const u8 frsqrte_steps[16] = {
    0xf1, 0xd8, 0xc0, 0xa8, 0x98, 0x88, 0x80, 0x70, 0x60, 0x4c, 0x3c, 0x30, 0x20, 0x18, 0x10, 0x08,
};

/* Fractions of 23 bits; 512 steps of 2^-14 down each line. */
static const struct line reciprocal_lines[32] = {
    {0x7ff800, 0x3e1}, {0x783800, 0x3a7}, {0x70ea00, 0x371}, {0x6a0800, 0x340},
    {0x638800, 0x313}, {0x5d6200, 0x2ea}, {0x579000, 0x2c4}, {0x520800, 0x2a0},
    {0x4cc800, 0x27f}, {0x47ca00, 0x261}, {0x430800, 0x245}, {0x3e8000, 0x22a},
    {0x3a2c00, 0x212}, {0x360800, 0x1fb}, {0x321400, 0x1e5}, {0x2e4a00, 0x1d1},
    {0x2aa800, 0x1be}, {0x272c00, 0x1ac}, {0x23d600, 0x19b}, {0x209e00, 0x18b},
    {0x1d8800, 0x17c}, {0x1a9000, 0x16e}, {0x17ae00, 0x15b}, {0x14f800, 0x15b},
    {0x124400, 0x143}, {0x0fbe00, 0x143}, {0x0d3800, 0x12d}, {0x0ade00, 0x12d},
    {0x088400, 0x11a}, {0x065000, 0x11a}, {0x041c00, 0x108}, {0x020c00, 0x106},
};

/* Fractions of 26 bits; 1024 steps of twice the slope down each line. First the even exponents. */
static const struct line root_lines[32] = {
    {0x1a7e800, 0x568}, {0x17cb800, 0x4f3}, {0x1552800, 0x48d}, {0x130c000, 0x435},
    {0x10f2000, 0x3e7}, {0x0eff000, 0x3a2}, {0x0d2e000, 0x365}, {0x0b7c000, 0x32e},
    {0x09e5000, 0x2fc}, {0x0867000, 0x2d0}, {0x06ff000, 0x2a8}, {0x05ab800, 0x283},
    {0x046a000, 0x261}, {0x0339800, 0x243}, {0x0218800, 0x226}, {0x0105800, 0x20b},
    {0x3ffa000, 0x7a4}, {0x3c29000, 0x700}, {0x38aa000, 0x670}, {0x3572000, 0x5f2},
    {0x3279000, 0x584}, {0x2fb7000, 0x524}, {0x2d26000, 0x4cc}, {0x2ac0000, 0x47e},
    {0x2881000, 0x43a}, {0x2665000, 0x3fa}, {0x2468000, 0x3c2}, {0x2287000, 0x38e},
    {0x20c1000, 0x35e}, {0x1f12000, 0x332}, {0x1d79000, 0x30a}, {0x1bf4000, 0x2e6},
};

/* Fractions of 14 bits, of which the upper 11 are kept; 128 steps up each line. */
static const struct line logarithm_lines[16] = {
    {0x0000, 12}, {0x0600, 10}, {0x0b00, 10}, {0x1000, 9},
    {0x1480, 9}, {0x1900, 9}, {0x1d80, 8}, {0x2180, 8},
    {0x2580, 8}, {0x297f, 7}, {0x2cff, 7}, {0x307f, 7},
    {0x33fe, 6}, {0x36fe, 6}, {0x39fe, 6}, {0x3cfe, 6},
};

static const struct line power_lines[16] = {
    {0x0006, 6}, {0x0306, 6}, {0x0606, 6}, {0x0906, 6},
    {0x0c07, 7}, {0x0f87, 7}, {0x1307, 7}, {0x1680, 8},
    {0x1a80, 8}, {0x1e80, 8}, {0x2288, 9}, {0x2708, 9},
    {0x2b88, 9}, {0x3008, 10}, {0x3508, 10}, {0x3a08, 12},
};
/* clang-format on */

/* A positive number that is no zero, infinity or NaN: biased exponent, below 1 for denormals, and fraction. */
struct parts {
    s32 exponent;
    u32 fraction;
};

static struct parts parts_of(u32 x)
{
    s32 exponent = x >> 23 & 0xFF;
    u32 fraction = x & 0x7FFFFF;
    if (exponent)
        return (struct parts){exponent, fraction};
    s32 shift = __builtin_clz(fraction) - 8;
    return (struct parts){1 - shift, fraction << shift & 0x7FFFFF};
}

static bool is_zero(u32 x, bool flush)
{
    return !(single_flush(x, flush) & ~SINGLE_SIGN);
}

/* sign, exponent (biased, of any size) and fraction as single bits, to nearest. */
static u32 single_of(u32 sign, s32 exponent, u32 fraction, bool flush)
{
    if (exponent >= 0xFF)
        return sign | SINGLE_INF;
    if (exponent > 0)
        return sign | (u32)exponent << 23 | fraction;
    if (flush || exponent < -24)
        return sign;
    u32 whole = fraction | 0x800000, shift = (u32)(1 - exponent), half = 1u << (shift - 1);
    u32 tail = whole & (half + half - 1), kept = whole >> shift;
    return sign | (kept + (tail > half || (tail == half && kept & 1)));
}

u32 estimate_reciprocal(u32 x, bool flush)
{
    u32 sign = x & SINGLE_SIGN;
    if (single_is_nan(x))
        return single_quiet(x);
    if ((x & ~SINGLE_SIGN) == SINGLE_INF)
        return sign;
    if (is_zero(x, flush))
        return sign | SINGLE_INF;
    struct parts p = parts_of(x);
    const struct line *line = &reciprocal_lines[p.fraction >> 18];
    return single_of(sign, 253 - p.exponent, line->start - line->slope * (p.fraction >> 9 & 0x1FF), flush);
}

u32 estimate_root(u32 x, bool flush)
{
    u32 sign = x & SINGLE_SIGN;
    if (single_is_nan(x))
        return single_quiet(x);
    if (is_zero(x, flush))
        return sign | SINGLE_INF;
    if (sign)
        return SINGLE_QNAN;
    if (x == SINGLE_INF)
        return 0;
    struct parts p = parts_of(x);
    const struct line *line = &root_lines[(p.exponent & 1) << 4 | p.fraction >> 19];
    u32 fine = line->start - 2u * line->slope * (p.fraction >> 9 & 0x3FF);
    /* To nearest, ties to even. No line comes near the next power of two. */
    u32 fraction = (fine + 3 + (fine >> 3 & 1)) >> 3;
    return (u32)((380 - p.exponent) >> 1) << 23 | fraction;
}

/* An operand below 256 as a number with 11 bits of fraction, rounded down from one with 15 that lost its tail. */
static s32 power_operand(u32 x)
{
    u32 exponent = x >> 23 & 0xFF, whole = (x & 0x7FFFFF) | 0x800000;
    s32 magnitude = exponent > 111 ? (s32)(whole >> (135 - exponent)) : 0;
    return (x & SINGLE_SIGN ? -magnitude : magnitude) >> 4;
}

/* Denormal results are zero whatever NJ says. */
u32 estimate_power(u32 x, bool flush)
{
    (void)flush;
    bool is_negative = x & SINGLE_SIGN;
    if (single_is_nan(x))
        return single_quiet(x);
    if ((x & ~SINGLE_SIGN) >= 0x43800000) /* 256, infinity */
        return is_negative ? 0 : SINGLE_INF;
    s32 number = power_operand(x), exponent = 127 + (number >> 11);
    if (exponent <= 0)
        return 0;
    const struct line *line = &power_lines[number >> 7 & 0xF];
    u32 fraction = (line->start + line->slope * (u32)(number & 0x7F)) >> 3;
    return single_of(0, exponent, fraction << 12, true);
}

u32 estimate_logarithm(u32 x, bool flush)
{
    if (single_is_nan(x))
        return single_quiet(x);
    if (is_zero(x, flush))
        return SINGLE_SIGN | SINGLE_INF;
    if (x & SINGLE_SIGN)
        return SINGLE_QNAN;
    if (x == SINGLE_INF)
        return x;
    struct parts p = parts_of(x);
    const struct line *line = &logarithm_lines[p.fraction >> 19];
    u32 fraction = (line->start + line->slope * (p.fraction >> 12 & 0x7F)) >> 3;
    /* At most 19 bits: exact as a single. */
    return fp_float_bits((float)((p.exponent - 127) * 2048 + (s32)fraction) * 0x1p-11f);
}

u64 estimate_fres(u64 x)
{
    u64 sign = x & FP_SIGN, exponent = x >> 52 & 0x7FF;
    /* A double beyond the singles has the reciprocal zero, a denormal one infinity (after rounding to single). */
    if (exponent >= 0x47F)
        return sign;
    if (!exponent)
        return sign | 0x7FEFFFFFFFFFFFFFull;
    return sign | (0x7FD - exponent) << 52 | (u64)fres_steps[x >> 45 & 0x7F] << 40;
}

u64 estimate_frsqrte(u64 x)
{
    s32 exponent = x >> 52 & 0x7FF;
    u64 fraction = x & 0xFFFFFFFFFFFFFull;
    if (!exponent) {
        s32 shift = __builtin_clzll(fraction) - 11;
        fraction <<= shift;
        exponent = 1 - shift;
    }
    u32 step = (u32)(fraction >> 49 & 7) | (exponent & 1 ? 0 : 8);
    return (u64)((3068 - exponent) >> 1) << 52 | (u64)frsqrte_steps[step] << 44;
}
