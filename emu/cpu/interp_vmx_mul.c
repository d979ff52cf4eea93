/* SPDX-License-Identifier: BSD-3-Clause
 * AltiVec products and sums across lanes. [AltiVec PEM 6.2] */
#include "emu/cpu/vmx.h"

void ppc_run_vmuleub(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)lane8(x, 2 * i) * (u32)lane8(y, 2 * i));
    c->v[o->d] = r;
}

void ppc_run_vmuloub(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)lane8(x, 2 * i + 1) * (u32)lane8(y, 2 * i + 1));
    c->v[o->d] = r;
}

void ppc_run_vmuleuh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)lane16(x, 2 * i) * (u32)lane16(y, 2 * i));
    c->v[o->d] = r;
}

void ppc_run_vmulouh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)lane16(x, 2 * i + 1) * (u32)lane16(y, 2 * i + 1));
    c->v[o->d] = r;
}

void ppc_run_vmulesb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)((s32)(s8)lane8(x, 2 * i) * (s32)(s8)lane8(y, 2 * i)));
    c->v[o->d] = r;
}

void ppc_run_vmulosb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)((s32)(s8)lane8(x, 2 * i + 1) * (s32)(s8)lane8(y, 2 * i + 1)));
    c->v[o->d] = r;
}

void ppc_run_vmulesh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)((s32)(s16)lane16(x, 2 * i) * (s32)(s16)lane16(y, 2 * i)));
    c->v[o->d] = r;
}

void ppc_run_vmulosh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)((s32)(s16)lane16(x, 2 * i + 1) * (s32)(s16)lane16(y, 2 * i + 1)));
    c->v[o->d] = r;
}

void ppc_run_vmhaddshs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
    struct vector r;
    for (u32 i = 0; i < 8; i++) {
        s32 product = (s32)(s16)lane16(x, i) * (s16)lane16(y, i);
        set16(&r, i, (u32)saturate(c, (product >> 15) + (s16)lane16(z, i), INT16_MIN, INT16_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vmhraddshs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
    struct vector r;
    for (u32 i = 0; i < 8; i++) {
        s32 product = (s32)(s16)lane16(x, i) * (s16)lane16(y, i) + 0x4000;
        set16(&r, i, (u32)saturate(c, (product >> 15) + (s16)lane16(z, i), INT16_MIN, INT16_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vmladduhm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)lane16(x, i) * lane16(y, i) + lane16(z, i));
    c->v[o->d] = r;
}

void ppc_run_vmsumubm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        s64 total = lane32(z, i);
        for (u32 k = 4 * i; k < 4 * i + 4; k++)
            total += (s64)lane8(x, k) * lane8(y, k);
        set32(&r, i, (u32)total);
    }
    c->v[o->d] = r;
}

void ppc_run_vmsummbm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        s64 total = (s32)lane32(z, i);
        for (u32 k = 4 * i; k < 4 * i + 4; k++)
            total += (s64)(s8)lane8(x, k) * lane8(y, k);
        set32(&r, i, (u32)total);
    }
    c->v[o->d] = r;
}

void ppc_run_vmsumuhm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        s64 total = lane32(z, i);
        for (u32 k = 2 * i; k < 2 * i + 2; k++)
            total += (s64)lane16(x, k) * lane16(y, k);
        set32(&r, i, (u32)total);
    }
    c->v[o->d] = r;
}

void ppc_run_vmsumuhs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        s64 total = lane32(z, i);
        for (u32 k = 2 * i; k < 2 * i + 2; k++)
            total += (s64)lane16(x, k) * lane16(y, k);
        set32(&r, i, (u32)saturate(c, total, 0, UINT32_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vmsumshm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        s64 total = (s32)lane32(z, i);
        for (u32 k = 2 * i; k < 2 * i + 2; k++)
            total += (s64)(s16)lane16(x, k) * (s16)lane16(y, k);
        set32(&r, i, (u32)total);
    }
    c->v[o->d] = r;
}

void ppc_run_vmsumshs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        s64 total = (s32)lane32(z, i);
        for (u32 k = 2 * i; k < 2 * i + 2; k++)
            total += (s64)(s16)lane16(x, k) * (s16)lane16(y, k);
        set32(&r, i, (u32)saturate(c, total, INT32_MIN, INT32_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vsum4ubs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        s64 total = lane32(y, i);
        for (u32 k = 4 * i; k < 4 * i + 4; k++)
            total += lane8(x, k);
        set32(&r, i, (u32)saturate(c, total, 0, UINT32_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vsum4sbs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        s64 total = (s32)lane32(y, i);
        for (u32 k = 4 * i; k < 4 * i + 4; k++)
            total += (s8)lane8(x, k);
        set32(&r, i, (u32)saturate(c, total, INT32_MIN, INT32_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vsum4shs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        s64 total = (s32)lane32(y, i);
        for (u32 k = 2 * i; k < 2 * i + 2; k++)
            total += (s16)lane16(x, k);
        set32(&r, i, (u32)saturate(c, total, INT32_MIN, INT32_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vsum2sws(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r = {{0}};
    for (u32 i = 0; i < 4; i += 2) {
        s64 total = (s64)(s32)lane32(x, i) + (s32)lane32(x, i + 1) + (s32)lane32(y, i + 1);
        set32(&r, i + 1, (u32)saturate(c, total, INT32_MIN, INT32_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vsumsws(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a];
    struct vector r = {{0}};
    s64 total = (s32)lane32(&c->v[o->b], 3);
    for (u32 i = 0; i < 4; i++)
        total += (s32)lane32(x, i);
    set32(&r, 3, (u32)saturate(c, total, INT32_MIN, INT32_MAX));
    c->v[o->d] = r;
}
