/* SPDX-License-Identifier: BSD-3-Clause
 * AltiVec conversions, roundings and estimates. [AltiVec PEM 3.2, 6.2] */
#include "emu/cpu/vmx_float.h"

/* 2^n for n in -1022..1023. */
static inline double power_of_two(s32 n)
{
    return fp_double((u64)(n + 1023) << 52);
}

void ppc_run_vcfux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        double value = (double)lane32(&c->v[o->b], i) * power_of_two(-o->a);
        set32(&r, i, fp_float_bits((float)value));
    }
    c->v[o->d] = r;
}

void ppc_run_vcfsx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        double value = (double)(s32)lane32(&c->v[o->b], i) * power_of_two(-o->a);
        set32(&r, i, fp_float_bits((float)value));
    }
    c->v[o->d] = r;
}

/* To fixed point with o->a fraction bits, towards zero, saturated; a NaN gives 0. */
static u32 to_fixed(struct ppc *c, const struct ppc_op *o, u32 i, s64 low, s64 high)
{
    u32 bits = single_flush(lane32(&c->v[o->b], i), is_flushing(c));
    if (single_is_nan(bits))
        return 0;
    double value = (double)fp_float(bits) * power_of_two(o->a);
    double bounded = value > 0x1p40 ? 0x1p40 : value < -0x1p40 ? -0x1p40 : value;
    return (u32)saturate(c, (s64)bounded, low, high);
}

void ppc_run_vctuxs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, to_fixed(c, o, i, 0, UINT32_MAX));
    c->v[o->d] = r;
}

void ppc_run_vctsxs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, to_fixed(c, o, i, INT32_MIN, INT32_MAX));
    c->v[o->d] = r;
}

/* Rounds to an integral value; the sign of zero is kept. */
static void round_lanes(struct ppc *c, const struct ppc_op *o, u8 round)
{
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        u32 bits = lane32(&c->v[o->b], i), flags = 0;
        if (single_is_nan(bits))
            bits = single_quiet(bits);
        else if ((bits >> 23 & 0xFF) < 150) {
            u64 wide = fp_bits((double)fp_float(single_flush(bits, is_flushing(c))));
            float value = (float)fp_to_integer(wide, round, INT32_MIN, INT32_MAX, &flags);
            bits = (bits & SINGLE_SIGN) | fp_float_bits(value);
        }
        set32(&r, i, bits);
    }
    c->v[o->d] = r;
}

void ppc_run_vrfin(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    round_lanes(c, o, FP_NEAREST);
}

void ppc_run_vrfiz(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    round_lanes(c, o, FP_ZERO);
}

void ppc_run_vrfip(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    round_lanes(c, o, FP_UP);
}

void ppc_run_vrfim(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    round_lanes(c, o, FP_DOWN);
}

/* Estimates: the value itself, rounded. UNKNOWN: the console's tables. */
static u32 reciprocal(u32 bits, bool flush)
{
    u32 flags = 0;
    u64 value = fp_div(0x3FF0000000000000ull, fp_widen(bits), (struct fp_mode){FP_NEAREST, true}, &flags);
    return single_flush(fp_narrow(value), flush);
}

static u32 reciprocal_root(u32 bits, bool flush)
{
    u32 flags = 0;
    u64 root = fp_sqrt(fp_widen(bits), (struct fp_mode){FP_NEAREST, false}, &flags);
    if (fp_is_nan(root))
        return fp_narrow(root);
    u64 value = fp_div(0x3FF0000000000000ull, root, (struct fp_mode){FP_NEAREST, true}, &flags);
    return single_flush(fp_narrow(value), flush);
}

/* 2^x: the whole part goes into the exponent, the rest through the series of e^(x ln 2). */
static u32 power(u32 bits, bool flush)
{
    double x = (double)fp_float(bits);
    if (x >= 128)
        return SINGLE_INF;
    if (x < -150)
        return 0;
    s32 whole = (s32)x - (x < (double)(s32)x);
    double t = (x - whole) * 0.69314718055994530942, term = 1, total = 1;
    for (u32 n = 1; n <= 20; n++) {
        term = term * t / n;
        total += term;
    }
    return single_flush(fp_float_bits((float)(total * power_of_two(whole))), flush);
}

/* log2 x: the exponent, and the series of the inverse hyperbolic tangent for the significand in [2/3, 4/3]. */
static u32 logarithm(u32 bits, bool flush)
{
    (void)flush;
    if (!(bits & ~SINGLE_SIGN))
        return SINGLE_SIGN | SINGLE_INF;
    if (bits & SINGLE_SIGN)
        return SINGLE_QNAN;
    if (bits == SINGLE_INF)
        return bits;
    u64 wide = fp_bits((double)fp_float(bits));
    s32 exponent = (s32)(wide >> 52) - 1023;
    double m = fp_double((wide & 0xFFFFFFFFFFFFFull) | 1023ull << 52);
    if (m > 4.0 / 3) {
        m /= 2;
        exponent++;
    }
    double t = (m - 1) / (m + 1), power_t = t, total = 0;
    for (u32 n = 1; n < 40; n += 2) {
        total += power_t / n;
        power_t *= t * t;
    }
    return fp_float_bits((float)(total * 2 * 1.44269504088896340736 + exponent));
}

static void estimate_lanes(struct ppc *c, const struct ppc_op *o, u32 estimate(u32 bits, bool flush))
{
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        u32 bits = lane32(&c->v[o->b], i);
        bool flush = is_flushing(c);
        set32(&r, i, single_is_nan(bits) ? single_quiet(bits) : estimate(single_flush(bits, flush), flush));
    }
    c->v[o->d] = r;
}

void ppc_run_vrefp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    estimate_lanes(c, o, reciprocal);
}

void ppc_run_vrsqrtefp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    estimate_lanes(c, o, reciprocal_root);
}

void ppc_run_vexptefp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    estimate_lanes(c, o, power);
}

void ppc_run_vlogefp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    estimate_lanes(c, o, logarithm);
}
