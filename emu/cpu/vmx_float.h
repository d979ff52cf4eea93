/* SPDX-License-Identifier: BSD-3-Clause
 * Vector floating point, one lane at a time: single precision, to nearest, no exceptions. With VSCR.NJ, which is how
 * the console runs, denormal operands and results are zeros of the same sign. [AltiVec PEM 3.2] */
#ifndef EMU_CPU_VMX_FLOAT_H
#define EMU_CPU_VMX_FLOAT_H

#include "emu/cpu/softfp.h"
#include "emu/cpu/vmx.h"

#define SINGLE_SIGN 0x80000000u
#define SINGLE_INF  0x7F800000u
#define SINGLE_QNAN 0x7FC00000u

static inline bool single_is_nan(u32 a)
{
    return (a & ~SINGLE_SIGN) > SINGLE_INF;
}
static inline u32 single_quiet(u32 a)
{
    return a | 0x00400000u;
}

/* flush: VSCR.NJ. */
static inline u32 single_flush(u32 a, bool flush)
{
    return flush && !(a & SINGLE_INF) ? a & SINGLE_SIGN : a;
}

/* A computed value, exact or rounded to odd, as the lane keeps it; a NaN that no operand was is the default one. What
 * is tiny before it is rounded is flushed, as underflow is judged everywhere in this architecture. [PEM 3.3.6.2.2] */
static inline u32 single_result(double value, bool flush)
{
    u32 bits = fp_float_bits((float)value);
    if (single_is_nan(bits))
        return SINGLE_QNAN;
    return flush && value < 0x1p-126 && value > -0x1p-126 ? bits & SINGLE_SIGN : bits;
}

static inline bool is_flushing(const struct ppc *c)
{
    return c->vscr & VSCR_NJ;
}

/* One lane, in all cases. */
u32 single_add(u32 a, u32 b, bool flush);
u32 single_sub(u32 a, u32 b, bool flush);
u32 single_mul(u32 a, u32 b, bool flush);
/* a * c + b with one rounding. */
u32 single_muladd(u32 a, u32 c, u32 b, bool flush);

/* Four lanes at once, for the common cases: compilers make the host's vector instructions of these. */
typedef u32 lanes_u32 __attribute__((vector_size(16)));
typedef s32 lanes_s32 __attribute__((vector_size(16)));
typedef float lanes_float __attribute__((vector_size(16)));
typedef s64 lanes_s64 __attribute__((vector_size(32)));
typedef double lanes_double __attribute__((vector_size(32)));

static inline lanes_u32 lanes_load(const struct vector *v)
{
    lanes_u32 x;
    memcpy(&x, v->b, sizeof x);
    x = (x >> 8 & 0x00FF00FF) | (x << 8 & 0xFF00FF00);
    return x >> 16 | x << 16;
}

static inline void lanes_store(struct vector *v, lanes_u32 x)
{
    x = (x >> 8 & 0x00FF00FF) | (x << 8 & 0xFF00FF00);
    x = x >> 16 | x << 16;
    memcpy(v->b, &x, sizeof x);
}

static inline bool lanes_any(lanes_s32 mask)
{
    u64 half[2];
    memcpy(half, &mask, sizeof half);
    return half[0] | half[1];
}

static inline lanes_u32 lanes_flush(lanes_u32 x, bool flush)
{
    lanes_u32 zeros = (lanes_u32)((x & SINGLE_INF) == 0) & (flush ? ~SINGLE_SIGN : 0);
    return x & ~zeros;
}

#endif
