/* SPDX-License-Identifier: BSD-3-Clause
 * AltiVec floating-point arithmetic, comparisons and extremes. [AltiVec PEM 3.2, 6.2] */
#include "emu/cpu/vmx_float.h"

u32 single_add(u32 a, u32 b, bool flush)
{
    if (single_is_nan(a) || single_is_nan(b))
        return single_quiet(single_is_nan(a) ? a : b);
    return single_result((double)(fp_float(single_flush(a, flush)) + fp_float(single_flush(b, flush))), flush);
}

u32 single_sub(u32 a, u32 b, bool flush)
{
    return single_add(a, single_is_nan(b) ? b : b ^ SINGLE_SIGN, flush);
}

u32 single_mul(u32 a, u32 b, bool flush)
{
    if (single_is_nan(a) || single_is_nan(b))
        return single_quiet(single_is_nan(a) ? a : b);
    return single_result((double)fp_float(single_flush(a, flush)) * (double)fp_float(single_flush(b, flush)), flush);
}

u32 single_muladd(u32 a, u32 c, u32 b, bool flush)
{
    if (single_is_nan(a) || single_is_nan(b) || single_is_nan(c))
        return single_quiet(single_is_nan(a) ? a : single_is_nan(b) ? b : c);
    /* The product of two singles is exact in double. */
    double product = (double)fp_float(single_flush(a, flush)) * (double)fp_float(single_flush(c, flush));
    double addend = (double)fp_float(single_flush(b, flush)), total = product + addend;
    bool inexact;
    if (total - total == 0)
        total = fp_add_odd(product, addend, &inexact);
    return single_result(total, flush);
}

/* Flushes computed lanes. False: some lane is an infinity or a NaN, or may have been rounded up from what is tiny, and
 * all are to be worked out one by one. */
static inline bool lanes_finish(lanes_u32 *r, bool flush)
{
    lanes_u32 magnitude = *r & ~SINGLE_SIGN;
    if (unlikely(lanes_any((magnitude >= SINGLE_INF) | (magnitude == 0x00800000))))
        return false;
    *r = lanes_flush(*r, flush);
    return true;
}

static inline bool lanes_add(lanes_u32 x, lanes_u32 y, bool flush, lanes_u32 *r)
{
    *r = (lanes_u32)((lanes_float)lanes_flush(x, flush) + (lanes_float)lanes_flush(y, flush));
    return lanes_finish(r, flush);
}

static inline bool lanes_mul(lanes_u32 x, lanes_u32 y, bool flush, lanes_u32 *r)
{
    *r = (lanes_u32)((lanes_float)lanes_flush(x, flush) * (lanes_float)lanes_flush(y, flush));
    return lanes_finish(r, flush);
}

/* a * c + b: products of singles are exact in double, the sum is rounded to odd there and then to single. */
static inline bool lanes_muladd(lanes_u32 a, lanes_u32 c, lanes_u32 b, bool flush, lanes_u32 *r)
{
    lanes_double x = __builtin_convertvector((lanes_float)lanes_flush(a, flush), lanes_double);
    lanes_double y = __builtin_convertvector((lanes_float)lanes_flush(c, flush), lanes_double);
    lanes_double z = __builtin_convertvector((lanes_float)lanes_flush(b, flush), lanes_double);
    lanes_double product = x * y, total = product + z, part = total - product;
    lanes_double error = (product - (total - part)) + (z - part);
    lanes_s64 bits = (lanes_s64)total, step = (((lanes_s64)error ^ bits) >> 63) | 1;
    bits += step & (error != 0) & ((bits & 1) - 1);
    *r = (lanes_u32) __builtin_convertvector((lanes_double)bits, lanes_float);
    return lanes_finish(r, flush);
}

void ppc_run_vaddfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    lanes_u32 sums;
    if (likely(lanes_add(lanes_load(x), lanes_load(y), is_flushing(c), &sums))) {
        lanes_store(&c->v[o->d], sums);
        return;
    }
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, single_add(lane32(x, i), lane32(y, i), is_flushing(c)));
    c->v[o->d] = r;
}

void ppc_run_vsubfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    lanes_u32 sums;
    if (likely(lanes_add(lanes_load(x), lanes_load(y) ^ SINGLE_SIGN, is_flushing(c), &sums))) {
        lanes_store(&c->v[o->d], sums);
        return;
    }
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, single_sub(lane32(x, i), lane32(y, i), is_flushing(c)));
    c->v[o->d] = r;
}

void ppc_run_vmulfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    lanes_u32 products;
    if (likely(lanes_mul(lanes_load(x), lanes_load(y), is_flushing(c), &products))) {
        lanes_store(&c->v[o->d], products);
        return;
    }
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, single_mul(lane32(x, i), lane32(y, i), is_flushing(c)));
    c->v[o->d] = r;
}

void ppc_run_vmaddfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
    lanes_u32 sums;
    if (likely(lanes_muladd(lanes_load(x), lanes_load(z), lanes_load(y), is_flushing(c), &sums))) {
        lanes_store(&c->v[o->d], sums);
        return;
    }
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, single_muladd(lane32(x, i), lane32(z, i), lane32(y, i), is_flushing(c)));
    c->v[o->d] = r;
}

static u32 negated(u32 a)
{
    return single_is_nan(a) ? a : a ^ SINGLE_SIGN;
}

void ppc_run_vnmsubfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
    lanes_u32 sums;
    if (likely(lanes_muladd(lanes_load(x), lanes_load(z), lanes_load(y) ^ SINGLE_SIGN, is_flushing(c), &sums))) {
        lanes_store(&c->v[o->d], sums ^ SINGLE_SIGN);
        return;
    }
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, negated(single_muladd(lane32(x, i), lane32(z, i), negated(lane32(y, i)), is_flushing(c))));
    c->v[o->d] = r;
}

/* Order of two numbers as signed integers: -0 below +0. */
static inline s32 order(u32 a)
{
    return (s32)(a ^ ((u32)((s32)a >> 31) & 0x7FFFFFFF));
}

static u32 extreme(u32 a, u32 b, bool greatest, bool flush)
{
    if (single_is_nan(a) || single_is_nan(b))
        return single_quiet(single_is_nan(a) ? a : b);
    a = single_flush(a, flush);
    b = single_flush(b, flush);
    return (order(a) > order(b)) == greatest ? a : b;
}

static void extreme_lanes(struct ppc *c, const struct ppc_op *o, bool greatest)
{
    bool flush = is_flushing(c);
    lanes_u32 x = lanes_load(&c->v[o->a]), y = lanes_load(&c->v[o->b]);
    struct vector r;
    if (likely(!lanes_any(((x & ~SINGLE_SIGN) > SINGLE_INF) | ((y & ~SINGLE_SIGN) > SINGLE_INF)))) {
        x = lanes_flush(x, flush);
        y = lanes_flush(y, flush);
        lanes_s32 i = (lanes_s32)x, j = (lanes_s32)y,
                  above = (i ^ (i >> 31 & 0x7FFFFFFF)) > (j ^ (j >> 31 & 0x7FFFFFFF));
        lanes_u32 takes = (lanes_u32)(greatest ? above : ~above);
        lanes_store(&c->v[o->d], (x & takes) | (y & ~takes));
        return;
    }
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, extreme(lane32(&c->v[o->a], i), lane32(&c->v[o->b], i), greatest, flush));
    c->v[o->d] = r;
}

void ppc_run_vmaxfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    extreme_lanes(c, o, true);
}

void ppc_run_vminfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    extreme_lanes(c, o, false);
}

static inline float operand(const struct ppc *c, u32 number, u32 i)
{
    return fp_float(single_flush(lane32(&c->v[number], i), is_flushing(c)));
}

static inline lanes_float operands(const struct ppc *c, u32 number)
{
    return (lanes_float)lanes_flush(lanes_load(&c->v[number]), is_flushing(c));
}

void ppc_run_vcmpeqfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    lanes_float x = operands(c, o->a), y = operands(c, o->b);
    lanes_store(&c->v[o->d], (lanes_u32)(x == y));
    record_vector(c, o, &c->v[o->d]);
}

void ppc_run_vcmpgefp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    lanes_float x = operands(c, o->a), y = operands(c, o->b);
    lanes_store(&c->v[o->d], (lanes_u32)(x >= y));
    record_vector(c, o, &c->v[o->d]);
}

void ppc_run_vcmpgtfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    lanes_float x = operands(c, o->a), y = operands(c, o->b);
    lanes_store(&c->v[o->d], (lanes_u32)(x > y));
    record_vector(c, o, &c->v[o->d]);
}

/* Bounds: bit 0 when not a <= b, bit 1 when not a >= -b; CR6 says that all are within. */
void ppc_run_vcmpbfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector r;
    u32 any = 0;
    for (u32 i = 0; i < 4; i++) {
        float x = operand(c, o->a, i), y = operand(c, o->b, i);
        u32 outside = (x <= y ? 0 : 0x80000000u) | (x >= -y ? 0 : 0x40000000u);
        set32(&r, i, outside);
        any |= outside;
    }
    c->v[o->d] = r;
    if (o->rc)
        cr_set(c, 6, any ? 0 : CR_EQ);
}
