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

void ppc_run_vaddfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, single_add(lane32(x, i), lane32(y, i), is_flushing(c)));
    c->v[o->d] = r;
}

void ppc_run_vsubfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, single_sub(lane32(x, i), lane32(y, i), is_flushing(c)));
    c->v[o->d] = r;
}

void ppc_run_vmaddfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
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

void ppc_run_vmaxfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, extreme(lane32(x, i), lane32(y, i), true, is_flushing(c)));
    c->v[o->d] = r;
}

void ppc_run_vminfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, extreme(lane32(x, i), lane32(y, i), false, is_flushing(c)));
    c->v[o->d] = r;
}

static inline float operand(const struct ppc *c, u32 number, u32 i)
{
    return fp_float(single_flush(lane32(&c->v[number], i), is_flushing(c)));
}

void ppc_run_vcmpeqfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, operand(c, o->a, i) == operand(c, o->b, i) ? UINT32_MAX : 0);
    c->v[o->d] = r;
    record_vector(c, o, &r);
}

void ppc_run_vcmpgefp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, operand(c, o->a, i) >= operand(c, o->b, i) ? UINT32_MAX : 0);
    c->v[o->d] = r;
    record_vector(c, o, &r);
}

void ppc_run_vcmpgtfp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, operand(c, o->a, i) > operand(c, o->b, i) ? UINT32_MAX : 0);
    c->v[o->d] = r;
    record_vector(c, o, &r);
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
