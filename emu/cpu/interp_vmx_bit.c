/* SPDX-License-Identifier: BSD-3-Clause
 * AltiVec logic, rotates and shifts. [AltiVec PEM 6.2] */
#include "emu/cpu/vmx.h"

void ppc_run_vand(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        r.b[i] = (u8)(x->b[i] & y->b[i]);
    c->v[o->d] = r;
}

void ppc_run_vandc(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        r.b[i] = (u8)(x->b[i] & ~y->b[i]);
    c->v[o->d] = r;
}

void ppc_run_vor(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        r.b[i] = (u8)(x->b[i] | y->b[i]);
    c->v[o->d] = r;
}

void ppc_run_vxor(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        r.b[i] = (u8)(x->b[i] ^ y->b[i]);
    c->v[o->d] = r;
}

void ppc_run_vnor(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        r.b[i] = (u8)(~(x->b[i] | y->b[i]));
    c->v[o->d] = r;
}

void ppc_run_vsel(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *mask = &c->v[o->c];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        r.b[i] = (u8)((x->b[i] & ~mask->b[i]) | (y->b[i] & mask->b[i]));
    c->v[o->d] = r;
}

void ppc_run_vrlb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)lane8(x, i) << (lane8(y, i) & 7) | lane8(x, i) >> (-lane8(y, i) & 7));
    c->v[o->d] = r;
}

void ppc_run_vslb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)lane8(x, i) << (lane8(y, i) & 7));
    c->v[o->d] = r;
}

void ppc_run_vsrb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)lane8(x, i) >> (lane8(y, i) & 7));
    c->v[o->d] = r;
}

void ppc_run_vsrab(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)((s32)(s8)lane8(x, i) >> (lane8(y, i) & 7)));
    c->v[o->d] = r;
}

void ppc_run_vrlh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)lane16(x, i) << (lane16(y, i) & 15) | lane16(x, i) >> (-lane16(y, i) & 15));
    c->v[o->d] = r;
}

void ppc_run_vslh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)lane16(x, i) << (lane16(y, i) & 15));
    c->v[o->d] = r;
}

void ppc_run_vsrh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)lane16(x, i) >> (lane16(y, i) & 15));
    c->v[o->d] = r;
}

void ppc_run_vsrah(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)((s32)(s16)lane16(x, i) >> (lane16(y, i) & 15)));
    c->v[o->d] = r;
}

void ppc_run_vrlw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)lane32(x, i) << (lane32(y, i) & 31) | lane32(x, i) >> (-lane32(y, i) & 31));
    c->v[o->d] = r;
}

void ppc_run_vslw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)lane32(x, i) << (lane32(y, i) & 31));
    c->v[o->d] = r;
}

void ppc_run_vsrw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)lane32(x, i) >> (lane32(y, i) & 31));
    c->v[o->d] = r;
}

void ppc_run_vsraw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)((s32)(s32)lane32(x, i) >> (lane32(y, i) & 31)));
    c->v[o->d] = r;
}

static inline u128 whole(const struct vector *v)
{
    return (u128)load_be64(v->b) << 64 | load_be64(v->b + 8);
}

static inline void set_whole(struct vector *v, u128 value)
{
    store_be64(v->b, (u64)(value >> 64));
    store_be64(v->b + 8, (u64)value);
}

/* The manual asks for the same count in every byte of vb. The console takes each byte's own for the bits that come to
 * it. */
void ppc_run_vsl(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++) {
        u32 pair = (u32)x->b[i] << 8 | (i < 15 ? x->b[i + 1] : 0);
        r.b[i] = (u8)(pair << (y->b[i] & 7) >> 8);
    }
    c->v[o->d] = r;
}

void ppc_run_vsr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++) {
        u32 pair = (i ? (u32)x->b[i - 1] << 8 : 0) | x->b[i];
        r.b[i] = (u8)(pair >> (y->b[i] & 7));
    }
    c->v[o->d] = r;
}

void ppc_run_vslo(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    set_whole(&c->v[o->d], whole(&c->v[o->a]) << (c->v[o->b].b[15] & 0x78));
}

void ppc_run_vsro(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    set_whole(&c->v[o->d], whole(&c->v[o->a]) >> (c->v[o->b].b[15] & 0x78));
}
