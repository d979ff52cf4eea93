/* SPDX-License-Identifier: BSD-3-Clause
 * Integer logic, rotates and shifts. [PEM 8.2] */
#include "emu/cpu/op.h"

static inline void finish(struct ppc *c, const struct ppc_op *o, u64 value)
{
    c->r[o->a] = value;
    if (o->rc)
        record(c, value);
}

void ppc_run_ori(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->r[o->a] = c->r[o->d] | (u32)o->i;
}

void ppc_run_oris(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->r[o->a] = c->r[o->d] | (u64)(u32)o->i << 16;
}

void ppc_run_xori(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->r[o->a] = c->r[o->d] ^ (u32)o->i;
}

void ppc_run_xoris(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->r[o->a] = c->r[o->d] ^ (u64)(u32)o->i << 16;
}

void ppc_run_andi_(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 value = c->r[o->d] & (u32)o->i;
    c->r[o->a] = value;
    record(c, value);
}

void ppc_run_andis_(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 value = c->r[o->d] & (u64)(u32)o->i << 16;
    c->r[o->a] = value;
    record(c, value);
}

void ppc_run_and(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, c->r[o->d] & c->r[o->b]);
}

void ppc_run_or(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, c->r[o->d] | c->r[o->b]);
}

void ppc_run_xor(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, c->r[o->d] ^ c->r[o->b]);
}

void ppc_run_nand(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, ~(c->r[o->d] & c->r[o->b]));
}

void ppc_run_nor(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, ~(c->r[o->d] | c->r[o->b]));
}

void ppc_run_eqv(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, ~(c->r[o->d] ^ c->r[o->b]));
}

void ppc_run_andc(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, c->r[o->d] & ~c->r[o->b]);
}

void ppc_run_orc(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, c->r[o->d] | ~c->r[o->b]);
}

void ppc_run_extsb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, (u64)(s64)(s8)c->r[o->d]);
}

void ppc_run_extsh(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, (u64)(s64)(s16)c->r[o->d]);
}

void ppc_run_extsw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, (u64)(s64)(s32)c->r[o->d]);
}

void ppc_run_cntlzw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 s = (u32)c->r[o->d];
    finish(c, o, s ? (u32)__builtin_clz(s) : 32);
}

void ppc_run_cntlzd(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 s = c->r[o->d];
    finish(c, o, s ? (u32)__builtin_clzll(s) : 64);
}

/* The low word in both halves, rotated: a 32-bit rotate whose mask may wrap into the upper half. */
static inline u64 rotate32(u64 value, u32 by)
{
    u32 low = (u32)value;
    low = low << (by & 31) | low >> (-by & 31);
    return (u64)low << 32 | low;
}

static inline u64 rotate64(u64 value, u32 by)
{
    return value << (by & 63) | value >> (-by & 63);
}

/* o->i is the mask of the low word; a wrapped one (m > e) takes the upper half whole. */
static inline u64 wide_mask(const struct ppc_op *o)
{
    return (u32)o->i | (o->m > o->e ? 0xFFFFFFFF00000000ull : 0);
}

void ppc_run_rlwinm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, rotate32(c->r[o->d], o->h) & wide_mask(o));
}

void ppc_run_rlwnm(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, rotate32(c->r[o->d], (u32)c->r[o->b]) & wide_mask(o));
}

void ppc_run_rlwimi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 mask = wide_mask(o);
    finish(c, o, (rotate32(c->r[o->d], o->h) & mask) | (c->r[o->a] & ~mask));
}

void ppc_run_rldicl(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, rotate64(c->r[o->d], o->h) & UINT64_MAX >> o->m);
}

void ppc_run_rldicr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, rotate64(c->r[o->d], o->h) & UINT64_MAX << (63 - o->m));
}

/* Bits m to 63 - h; they may wrap. */
static inline u64 insert_mask(const struct ppc_op *o)
{
    u64 from = UINT64_MAX >> o->m, to = UINT64_MAX << o->h;
    return o->m <= 63 - o->h ? from & to : from | to;
}

void ppc_run_rldic(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, rotate64(c->r[o->d], o->h) & insert_mask(o));
}

void ppc_run_rldimi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 mask = insert_mask(o);
    finish(c, o, (rotate64(c->r[o->d], o->h) & mask) | (c->r[o->a] & ~mask));
}

void ppc_run_rldcl(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, rotate64(c->r[o->d], (u32)c->r[o->b]) & UINT64_MAX >> o->m);
}

void ppc_run_rldcr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, rotate64(c->r[o->d], (u32)c->r[o->b]) & UINT64_MAX << (63 - o->m));
}

void ppc_run_slw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 by = c->r[o->b] & 63;
    finish(c, o, by < 32 ? (u32)c->r[o->d] << by : 0);
}

void ppc_run_srw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 by = c->r[o->b] & 63;
    finish(c, o, by < 32 ? (u32)c->r[o->d] >> by : 0);
}

void ppc_run_sld(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 by = c->r[o->b] & 127;
    finish(c, o, by < 64 ? c->r[o->d] << by : 0);
}

void ppc_run_srd(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 by = c->r[o->b] & 127;
    finish(c, o, by < 64 ? c->r[o->d] >> by : 0);
}

/* CA: a negative value lost one bits. */
static inline void shift_algebraic(struct ppc *c, const struct ppc_op *o, s64 value, u32 by)
{
    s64 result = by < 64 ? value >> by : value >> 63;
    u64 lost = by < 64 ? (u64)value & ((1ull << by) - 1) : (u64)value;
    c->xer = (c->xer & ~XER_CA) | (value < 0 && lost ? XER_CA : 0);
    finish(c, o, (u64)result);
}

void ppc_run_sraw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    shift_algebraic(c, o, (s32)c->r[o->d], c->r[o->b] & 63);
}

void ppc_run_srawi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    shift_algebraic(c, o, (s32)c->r[o->d], o->h);
}

void ppc_run_srad(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    shift_algebraic(c, o, (s64)c->r[o->d], c->r[o->b] & 127);
}

void ppc_run_sradi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    shift_algebraic(c, o, (s64)c->r[o->d], o->h);
}

#define FORM_logic FORM_BODY
#include "emu/cpu/form.h"
