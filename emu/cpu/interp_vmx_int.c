/* SPDX-License-Identifier: BSD-3-Clause
 * AltiVec integer arithmetic: sums, differences, extremes, averages, comparisons. [AltiVec PEM 6.2] */
#include "emu/cpu/vmx.h"

void ppc_run_vaddubm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)lane8(x, i) + lane8(y, i));
    c->v[o->d] = r;
}

void ppc_run_vsububm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)lane8(x, i) - lane8(y, i));
    c->v[o->d] = r;
}

void ppc_run_vadduhm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)lane16(x, i) + lane16(y, i));
    c->v[o->d] = r;
}

void ppc_run_vsubuhm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)lane16(x, i) - lane16(y, i));
    c->v[o->d] = r;
}

void ppc_run_vadduwm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)lane32(x, i) + lane32(y, i));
    c->v[o->d] = r;
}

void ppc_run_vsubuwm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)lane32(x, i) - lane32(y, i));
    c->v[o->d] = r;
}

void ppc_run_vaddubs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)saturate(c, (s64)lane8(x, i) + lane8(y, i), 0, UINT8_MAX));
    c->v[o->d] = r;
}

void ppc_run_vaddsbs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)saturate(c, (s64)(s8)lane8(x, i) + (s8)lane8(y, i), INT8_MIN, INT8_MAX));
    c->v[o->d] = r;
}

void ppc_run_vadduhs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)saturate(c, (s64)lane16(x, i) + lane16(y, i), 0, UINT16_MAX));
    c->v[o->d] = r;
}

void ppc_run_vaddshs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)saturate(c, (s64)(s16)lane16(x, i) + (s16)lane16(y, i), INT16_MIN, INT16_MAX));
    c->v[o->d] = r;
}

void ppc_run_vadduws(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)saturate(c, (s64)lane32(x, i) + lane32(y, i), 0, UINT32_MAX));
    c->v[o->d] = r;
}

void ppc_run_vaddsws(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)saturate(c, (s64)(s32)lane32(x, i) + (s32)lane32(y, i), INT32_MIN, INT32_MAX));
    c->v[o->d] = r;
}

void ppc_run_vsububs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)saturate(c, (s64)lane8(x, i) - lane8(y, i), 0, UINT8_MAX));
    c->v[o->d] = r;
}

void ppc_run_vsubsbs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)saturate(c, (s64)(s8)lane8(x, i) - (s8)lane8(y, i), INT8_MIN, INT8_MAX));
    c->v[o->d] = r;
}

void ppc_run_vsubuhs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)saturate(c, (s64)lane16(x, i) - lane16(y, i), 0, UINT16_MAX));
    c->v[o->d] = r;
}

void ppc_run_vsubshs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)saturate(c, (s64)(s16)lane16(x, i) - (s16)lane16(y, i), INT16_MIN, INT16_MAX));
    c->v[o->d] = r;
}

void ppc_run_vsubuws(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)saturate(c, (s64)lane32(x, i) - lane32(y, i), 0, UINT32_MAX));
    c->v[o->d] = r;
}

void ppc_run_vsubsws(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)saturate(c, (s64)(s32)lane32(x, i) - (s32)lane32(y, i), INT32_MIN, INT32_MAX));
    c->v[o->d] = r;
}

void ppc_run_vaddcuw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)(((u64)lane32(x, i) + lane32(y, i)) >> 32));
    c->v[o->d] = r;
}

void ppc_run_vsubcuw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, lane32(x, i) >= lane32(y, i));
    c->v[o->d] = r;
}

void ppc_run_vmaxub(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, lane8(x, i) > lane8(y, i) ? lane8(x, i) : lane8(y, i));
    c->v[o->d] = r;
}

void ppc_run_vmaxuh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, lane16(x, i) > lane16(y, i) ? lane16(x, i) : lane16(y, i));
    c->v[o->d] = r;
}

void ppc_run_vmaxuw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, lane32(x, i) > lane32(y, i) ? lane32(x, i) : lane32(y, i));
    c->v[o->d] = r;
}

void ppc_run_vmaxsb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (s8)lane8(x, i) > (s8)lane8(y, i) ? lane8(x, i) : lane8(y, i));
    c->v[o->d] = r;
}

void ppc_run_vmaxsh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (s16)lane16(x, i) > (s16)lane16(y, i) ? lane16(x, i) : lane16(y, i));
    c->v[o->d] = r;
}

void ppc_run_vmaxsw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (s32)lane32(x, i) > (s32)lane32(y, i) ? lane32(x, i) : lane32(y, i));
    c->v[o->d] = r;
}

void ppc_run_vminub(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, lane8(x, i) < lane8(y, i) ? lane8(x, i) : lane8(y, i));
    c->v[o->d] = r;
}

void ppc_run_vminuh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, lane16(x, i) < lane16(y, i) ? lane16(x, i) : lane16(y, i));
    c->v[o->d] = r;
}

void ppc_run_vminuw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, lane32(x, i) < lane32(y, i) ? lane32(x, i) : lane32(y, i));
    c->v[o->d] = r;
}

void ppc_run_vminsb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (s8)lane8(x, i) < (s8)lane8(y, i) ? lane8(x, i) : lane8(y, i));
    c->v[o->d] = r;
}

void ppc_run_vminsh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (s16)lane16(x, i) < (s16)lane16(y, i) ? lane16(x, i) : lane16(y, i));
    c->v[o->d] = r;
}

void ppc_run_vminsw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (s32)lane32(x, i) < (s32)lane32(y, i) ? lane32(x, i) : lane32(y, i));
    c->v[o->d] = r;
}

void ppc_run_vavgub(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)(((s64)lane8(x, i) + lane8(y, i) + 1) >> 1));
    c->v[o->d] = r;
}

void ppc_run_vavguh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)(((s64)lane16(x, i) + lane16(y, i) + 1) >> 1));
    c->v[o->d] = r;
}

void ppc_run_vavguw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)(((s64)lane32(x, i) + lane32(y, i) + 1) >> 1));
    c->v[o->d] = r;
}

void ppc_run_vavgsb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)(((s64)(s8)lane8(x, i) + (s8)lane8(y, i) + 1) >> 1));
    c->v[o->d] = r;
}

void ppc_run_vavgsh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)(((s64)(s16)lane16(x, i) + (s16)lane16(y, i) + 1) >> 1));
    c->v[o->d] = r;
}

void ppc_run_vavgsw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)(((s64)(s32)lane32(x, i) + (s32)lane32(y, i) + 1) >> 1));
    c->v[o->d] = r;
}

void ppc_run_vcmpequb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, lane8(x, i) == lane8(y, i) ? UINT8_MAX : 0);
    c->v[o->d] = r;
    record_vector(c, o, &r);
}

void ppc_run_vcmpequh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, lane16(x, i) == lane16(y, i) ? UINT16_MAX : 0);
    c->v[o->d] = r;
    record_vector(c, o, &r);
}

void ppc_run_vcmpequw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, lane32(x, i) == lane32(y, i) ? UINT32_MAX : 0);
    c->v[o->d] = r;
    record_vector(c, o, &r);
}

void ppc_run_vcmpgtub(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, lane8(x, i) > lane8(y, i) ? UINT8_MAX : 0);
    c->v[o->d] = r;
    record_vector(c, o, &r);
}

void ppc_run_vcmpgtuh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, lane16(x, i) > lane16(y, i) ? UINT16_MAX : 0);
    c->v[o->d] = r;
    record_vector(c, o, &r);
}

void ppc_run_vcmpgtuw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, lane32(x, i) > lane32(y, i) ? UINT32_MAX : 0);
    c->v[o->d] = r;
    record_vector(c, o, &r);
}

void ppc_run_vcmpgtsb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (s8)lane8(x, i) > (s8)lane8(y, i) ? UINT8_MAX : 0);
    c->v[o->d] = r;
    record_vector(c, o, &r);
}

void ppc_run_vcmpgtsh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (s16)lane16(x, i) > (s16)lane16(y, i) ? UINT16_MAX : 0);
    c->v[o->d] = r;
    record_vector(c, o, &r);
}

void ppc_run_vcmpgtsw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (s32)lane32(x, i) > (s32)lane32(y, i) ? UINT32_MAX : 0);
    c->v[o->d] = r;
    record_vector(c, o, &r);
}
