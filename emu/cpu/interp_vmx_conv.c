/* SPDX-License-Identifier: BSD-3-Clause
 * AltiVec conversions, roundings and estimates. [AltiVec PEM 3.2, 6.2] */
#include "emu/cpu/estimate.h"
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

static void estimate_lanes(struct ppc *c, const struct ppc_op *o, u32 estimate(u32 x, bool flush))
{
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, estimate(lane32(&c->v[o->b], i), is_flushing(c)));
    c->v[o->d] = r;
}

void ppc_run_vrefp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    estimate_lanes(c, o, estimate_reciprocal);
}

void ppc_run_vrsqrtefp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    estimate_lanes(c, o, estimate_root);
}

void ppc_run_vexptefp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    estimate_lanes(c, o, estimate_power);
}

void ppc_run_vlogefp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    estimate_lanes(c, o, estimate_logarithm);
}
