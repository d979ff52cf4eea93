/* SPDX-License-Identifier: BSD-3-Clause
 * AltiVec permutes, merges, splats, packs and unpacks, VSCR. [AltiVec PEM 6.2] */
#include "emu/cpu/vmx.h"

/* Bytes of the pair x, y by number. */
static inline u8 pair(const struct vector *x, const struct vector *y, u32 i)
{
    return i < 16 ? x->b[i] : y->b[i - 16];
}

void ppc_run_vperm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b], *z = &c->v[o->c];
    struct vector both[2] = {*x, *y}, r;
#pragma GCC unroll 16
    for (u32 i = 0; i < 16; i++)
        r.b[i] = ((const u8 *)both)[z->b[i] & 31];
    c->v[o->d] = r;
}

void ppc_run_vsldoi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        r.b[i] = pair(x, y, i + o->h);
    c->v[o->d] = r;
}

void ppc_run_vmrghb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++) {
        set8(&r, 2 * i, lane8(x, i));
        set8(&r, 2 * i + 1, lane8(y, i));
    }
    c->v[o->d] = r;
}

void ppc_run_vmrghh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        set16(&r, 2 * i, lane16(x, i));
        set16(&r, 2 * i + 1, lane16(y, i));
    }
    c->v[o->d] = r;
}

void ppc_run_vmrghw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 2; i++) {
        set32(&r, 2 * i, lane32(x, i));
        set32(&r, 2 * i + 1, lane32(y, i));
    }
    c->v[o->d] = r;
}

void ppc_run_vmrglb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++) {
        set8(&r, 2 * i, lane8(x, i + 8));
        set8(&r, 2 * i + 1, lane8(y, i + 8));
    }
    c->v[o->d] = r;
}

void ppc_run_vmrglh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        set16(&r, 2 * i, lane16(x, i + 4));
        set16(&r, 2 * i + 1, lane16(y, i + 4));
    }
    c->v[o->d] = r;
}

void ppc_run_vmrglw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 2; i++) {
        set32(&r, 2 * i, lane32(x, i + 2));
        set32(&r, 2 * i + 1, lane32(y, i + 2));
    }
    c->v[o->d] = r;
}

void ppc_run_vspltb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 value = lane8(&c->v[o->b], o->a & 15);
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, value);
    c->v[o->d] = r;
}

void ppc_run_vspltisb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector r;
    for (u32 i = 0; i < 16; i++)
        set8(&r, i, (u32)o->i);
    c->v[o->d] = r;
}

void ppc_run_vsplth(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 value = lane16(&c->v[o->b], o->a & 7);
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, value);
    c->v[o->d] = r;
}

void ppc_run_vspltish(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)o->i);
    c->v[o->d] = r;
}

void ppc_run_vspltw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 value = lane32(&c->v[o->b], o->a & 3);
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, value);
    c->v[o->d] = r;
}

void ppc_run_vspltisw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)o->i);
    c->v[o->d] = r;
}

void ppc_run_vpkuhum(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++) {
        set8(&r, i, lane16(x, i));
        set8(&r, i + 8, lane16(y, i));
    }
    c->v[o->d] = r;
}

void ppc_run_vpkuwum(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        set16(&r, i, lane32(x, i));
        set16(&r, i + 4, lane32(y, i));
    }
    c->v[o->d] = r;
}

void ppc_run_vpkuhus(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++) {
        set8(&r, i, (u32)saturate(c, lane16(x, i), 0, UINT8_MAX));
        set8(&r, i + 8, (u32)saturate(c, lane16(y, i), 0, UINT8_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vpkshus(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++) {
        set8(&r, i, (u32)saturate(c, (s16)lane16(x, i), 0, UINT8_MAX));
        set8(&r, i + 8, (u32)saturate(c, (s16)lane16(y, i), 0, UINT8_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vpkshss(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++) {
        set8(&r, i, (u32)saturate(c, (s16)lane16(x, i), INT8_MIN, INT8_MAX));
        set8(&r, i + 8, (u32)saturate(c, (s16)lane16(y, i), INT8_MIN, INT8_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vpkuwus(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        set16(&r, i, (u32)saturate(c, lane32(x, i), 0, UINT16_MAX));
        set16(&r, i + 4, (u32)saturate(c, lane32(y, i), 0, UINT16_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vpkswus(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        set16(&r, i, (u32)saturate(c, (s32)lane32(x, i), 0, UINT16_MAX));
        set16(&r, i + 4, (u32)saturate(c, (s32)lane32(y, i), 0, UINT16_MAX));
    }
    c->v[o->d] = r;
}

void ppc_run_vpkswss(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        set16(&r, i, (u32)saturate(c, (s32)lane32(x, i), INT16_MIN, INT16_MAX));
        set16(&r, i + 4, (u32)saturate(c, (s32)lane32(y, i), INT16_MIN, INT16_MAX));
    }
    c->v[o->d] = r;
}

/* 8:8:8:8 to 1:5:5:5 and back. */
static inline u32 to_pixel(u32 word)
{
    return (word >> 9 & 0xFC00) | (word >> 6 & 0x3E0) | (word >> 3 & 0x1F);
}

void ppc_run_vpkpx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *x = &c->v[o->a], *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++) {
        set16(&r, i, to_pixel(lane32(x, i)));
        set16(&r, i + 4, to_pixel(lane32(y, i)));
    }
    c->v[o->d] = r;
}

static inline u32 from_pixel(u32 pixel)
{
    return (pixel & 0x8000 ? 0xFF000000u : 0) | (pixel >> 10 & 0x1F) << 16 | (pixel >> 5 & 0x1F) << 8 | (pixel & 0x1F);
}

void ppc_run_vupkhsb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)(s8)lane8(y, i));
    c->v[o->d] = r;
}

void ppc_run_vupkhsh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)(s16)lane16(y, i));
    c->v[o->d] = r;
}

void ppc_run_vupkhpx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, from_pixel(lane16(y, i)));
    c->v[o->d] = r;
}

void ppc_run_vupklsb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 8; i++)
        set16(&r, i, (u32)(s8)lane8(y, i + 8));
    c->v[o->d] = r;
}

void ppc_run_vupklsh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, (u32)(s16)lane16(y, i + 4));
    c->v[o->d] = r;
}

void ppc_run_vupklpx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    const struct vector *y = &c->v[o->b];
    struct vector r;
    for (u32 i = 0; i < 4; i++)
        set32(&r, i, from_pixel(lane16(y, i + 4)));
    c->v[o->d] = r;
}

void ppc_run_mfvscr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector r = {{0}};
    set32(&r, 3, c->vscr);
    c->v[o->d] = r;
}

void ppc_run_mtvscr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->vscr = lane32(&c->v[o->b], 3) & (VSCR_NJ | VSCR_SAT);
}
