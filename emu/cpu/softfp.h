/* SPDX-License-Identifier: BSD-3-Clause
 * Exact IEEE arithmetic on integers, for every rounding mode, and the cases where the host's would not do: results are
 * the same on every host. Operands and results are double bits; a single result is rounded once, from the exact value.
 */
#ifndef EMU_CPU_SOFTFP_H
#define EMU_CPU_SOFTFP_H

#include "schema/base.h"

enum fp_round { FP_NEAREST, FP_ZERO, FP_UP, FP_DOWN }; /* as FPSCR.RN */

enum fp_flag {
    FP_INEXACT = 1,
    FP_OVERFLOW = 2,
    FP_UNDERFLOW = 4,
    FP_DIVIDE = 8, /* by zero */
    FP_SNAN = 16,
    FP_INF_SUB = 32,   /* infinity - infinity */
    FP_INF_DIV = 64,   /* infinity / infinity */
    FP_ZERO_DIV = 128, /* 0 / 0 */
    FP_INF_ZERO = 256, /* infinity * 0 */
    FP_SQRT = 512,     /* of a negative number */
    FP_CONVERT = 1024, /* to an integer that cannot hold it */
    FP_ROUNDED_UP = 2048,
};

struct fp_mode {
    u8 round;       /* enum fp_round */
    bool is_single; /* of the result */
    u8 traps;       /* FP_OVERFLOW, FP_UNDERFLOW: enabled, so that the result's exponent wraps. [PEM 3.3.6.2] */
};

u64 fp_add(u64 a, u64 b, struct fp_mode mode, u32 *flags);
u64 fp_mul(u64 a, u64 b, struct fp_mode mode, u32 *flags);
u64 fp_div(u64 a, u64 b, struct fp_mode mode, u32 *flags);
u64 fp_sqrt(u64 a, struct fp_mode mode, u32 *flags);
/* a * c + b with one rounding; NaNs are preferred in the order a, b, c. */
u64 fp_muladd(u64 a, u64 c, u64 b, struct fp_mode mode, u32 *flags);
/* a itself, rounded to the mode's format. */
u64 fp_round(u64 a, struct fp_mode mode, u32 *flags);
u64 fp_from_s64(s64 value, struct fp_mode mode, u32 *flags);
/* Rounded to an integer, saturated to [low, high]; a NaN gives low. */
s64 fp_to_integer(u64 a, u8 round, s64 low, s64 high, u32 *flags);

#define FP_SIGN 0x8000000000000000ull
#define FP_INF  0x7FF0000000000000ull
#define FP_QNAN 0x7FF8000000000000ull

static inline bool fp_is_nan(u64 a)
{
    return (a & ~FP_SIGN) > FP_INF;
}
static inline bool fp_is_snan(u64 a)
{
    return fp_is_nan(a) && !(a & 0x0008000000000000ull);
}
static inline bool fp_is_inf(u64 a)
{
    return (a & ~FP_SIGN) == FP_INF;
}
static inline bool fp_is_zero(u64 a)
{
    return (a & ~FP_SIGN) == 0;
}

static inline double fp_double(u64 bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static inline u64 fp_bits(double d)
{
    u64 bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static inline float fp_float(u32 bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline u32 fp_float_bits(float f)
{
    u32 bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/* Single bits to double bits and back as lfs and stfs do it: NaNs keep their bits, no exceptions. [PEM D.6, D.7] */
u64 fp_widen(u32 single);
u32 fp_narrow(u64 bits);

/* Adds in double with the error folded into the last bit ("round to odd"), so that a later rounding to single is right.
 * For finite operands and a finite sum. */
static inline double fp_add_odd(double x, double y, bool *inexact)
{
    double sum = x + y;
    double part = sum - x;
    double error = (x - (sum - part)) + (y - part);
    *inexact = error != 0;
    if (error != 0) {
        u64 bits = fp_bits(sum);
        if (!(bits & 1))
            bits += (error > 0) == (sum > 0) ? 1 : UINT64_MAX;
        sum = fp_double(bits);
    }
    return sum;
}

#endif
