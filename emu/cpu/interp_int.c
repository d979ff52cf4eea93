/* SPDX-License-Identifier: BSD-3-Clause
 * Integer arithmetic and compare. [PEM 8.2] */
#include "emu/cpu/op.h"

static inline void set_ca(struct ppc *c, bool ca)
{
    c->xer = (c->xer & ~XER_CA) | (ca ? XER_CA : 0);
}

static inline void set_ov(struct ppc *c, bool ov)
{
    c->xer = (c->xer & ~XER_OV) | (ov ? XER_OV | XER_SO : 0);
}

static inline u32 get_ca(const struct ppc *c)
{
    return c->xer / XER_CA & 1;
}

/* Overflow of the 32-bit sum r = x + y. */
static inline bool add_overflows(u64 x, u64 y, u64 r)
{
    return (u32)((x ^ r) & (y ^ r)) >> 31;
}

/* The ends of all three-operand forms: rd, OV, CR0. */
static inline void finish(struct ppc *c, const struct ppc_op *o, u64 value, bool ov)
{
    c->r[o->d] = value;
    if (o->oe)
        set_ov(c, ov);
    if (o->rc)
        record(c, value);
}

/* x + y + carry, with CA and OV of the 32-bit sum. */
static inline void add_carrying(struct ppc *c, const struct ppc_op *o, u64 x, u64 y, u32 carry)
{
    u64 value = x + y + carry;
    set_ca(c, ((u64)(u32)x + (u32)y + carry) >> 32);
    finish(c, o, value, add_overflows(x, y, value));
}

void ppc_run_addi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->r[o->d] = base_or_zero(c, o) + (u64)(s64)o->i;
}

void ppc_run_addis(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->r[o->d] = base_or_zero(c, o) + (u64)(s64)o->i;
}

void ppc_run_addic(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 x = c->r[o->a], y = (u64)(s64)o->i;
    set_ca(c, ((u64)(u32)x + (u32)y) >> 32);
    c->r[o->d] = x + y;
}

void ppc_run_addic_(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_addic(c, o, e);
    record(c, c->r[o->d]);
}

void ppc_run_subfic(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 x = ~c->r[o->a], y = (u64)(s64)o->i;
    set_ca(c, ((u64)(u32)x + (u32)y + 1) >> 32);
    c->r[o->d] = x + y + 1;
}

void ppc_run_mulli(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->r[o->d] = c->r[o->a] * (u64)(s64)o->i;
}

void ppc_run_add(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 x = c->r[o->a], y = c->r[o->b];
    finish(c, o, x + y, add_overflows(x, y, x + y));
}

void ppc_run_subf(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 x = ~c->r[o->a], y = c->r[o->b], value = x + y + 1;
    finish(c, o, value, add_overflows(x, y, value));
}

void ppc_run_addc(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    add_carrying(c, o, c->r[o->a], c->r[o->b], 0);
}

void ppc_run_subfc(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    add_carrying(c, o, ~c->r[o->a], c->r[o->b], 1);
}

void ppc_run_adde(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    add_carrying(c, o, c->r[o->a], c->r[o->b], get_ca(c));
}

void ppc_run_subfe(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    add_carrying(c, o, ~c->r[o->a], c->r[o->b], get_ca(c));
}

void ppc_run_addme(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    add_carrying(c, o, c->r[o->a], UINT64_MAX, get_ca(c));
}

void ppc_run_subfme(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    add_carrying(c, o, ~c->r[o->a], UINT64_MAX, get_ca(c));
}

void ppc_run_addze(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    add_carrying(c, o, c->r[o->a], 0, get_ca(c));
}

void ppc_run_subfze(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    add_carrying(c, o, ~c->r[o->a], 0, get_ca(c));
}

void ppc_run_neg(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, 0 - c->r[o->a], (u32)c->r[o->a] == 0x80000000u);
}

void ppc_run_mullw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    s64 value = (s64)(s32)c->r[o->a] * (s32)c->r[o->b];
    finish(c, o, (u64)value, value != (s32)value);
}

void ppc_run_mulld(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    s64 value;
    bool ov = __builtin_mul_overflow((s64)c->r[o->a], (s64)c->r[o->b], &value);
    finish(c, o, (u64)value, ov);
}

void ppc_run_mulhw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, (u64)((s64)(s32)c->r[o->a] * (s32)c->r[o->b] >> 32), false);
}

void ppc_run_mulhwu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, (u64)(u32)c->r[o->a] * (u32)c->r[o->b] >> 32, false);
}

void ppc_run_mulhd(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, (u64)((s128)(s64)c->r[o->a] * (s64)c->r[o->b] >> 64), false);
}

void ppc_run_mulhdu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    finish(c, o, (u64)((u128)c->r[o->a] * c->r[o->b] >> 64), false);
}

/* The manuals leave the quotient undefined where it does not fit; 0 here. The upper half of a 32-bit quotient is
 * undefined too: it is the extension of the lower. */

void ppc_run_divw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    s32 x = (s32)c->r[o->a], y = (s32)c->r[o->b];
    bool ov = y == 0 || (x == INT32_MIN && y == -1);
    finish(c, o, ov ? 0 : (u64)(s64)(x / y), ov);
}

void ppc_run_divwu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 x = (u32)c->r[o->a], y = (u32)c->r[o->b];
    finish(c, o, y ? x / y : 0, y == 0);
}

void ppc_run_divd(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    s64 x = (s64)c->r[o->a], y = (s64)c->r[o->b];
    bool ov = y == 0 || (x == INT64_MIN && y == -1);
    finish(c, o, ov ? 0 : (u64)(x / y), ov);
}

void ppc_run_divdu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 x = c->r[o->a], y = c->r[o->b];
    finish(c, o, y ? x / y : 0, y == 0);
}

static inline void compare(struct ppc *c, const struct ppc_op *o, s64 x, s64 y)
{
    u32 bits = o->e ? compare_signed(x, y) : compare_signed((s32)x, (s32)y);
    cr_set(c, o->f, bits | c->xer >> XER_SO_SHIFT);
}

static inline void compare_logical(struct ppc *c, const struct ppc_op *o, u64 x, u64 y)
{
    u32 bits = o->e ? compare_unsigned(x, y) : compare_unsigned((u32)x, (u32)y);
    cr_set(c, o->f, bits | c->xer >> XER_SO_SHIFT);
}

void ppc_run_cmp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    compare(c, o, (s64)c->r[o->a], (s64)c->r[o->b]);
}

void ppc_run_cmpi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    compare(c, o, (s64)c->r[o->a], o->i);
}

void ppc_run_cmpl(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    compare_logical(c, o, c->r[o->a], c->r[o->b]);
}

void ppc_run_cmpli(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    compare_logical(c, o, c->r[o->a], (u32)o->i);
}

#define FORM_int FORM_BODY
#include "emu/cpu/form.h"
