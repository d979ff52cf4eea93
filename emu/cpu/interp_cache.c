/* SPDX-License-Identifier: BSD-3-Clause
 * Reservations, multiple and string forms, cache and ordering instructions. [PEM 8.2, 8.3] */
#include "emu/cpu/access.h"

enum { GRANULE = 128, LINE = 128, LINE_SHORT = 32 };

static inline void reserve(struct ppc *c, u32 ea)
{
    c->reserve_valid = 1;
    c->reserve_address = ea & ~(GRANULE - 1u);
}

/* Reserving is for whole words and doublewords at their places. [PEM 6.4.6.1] */
static inline bool is_aligned(struct ppc *c, u32 ea, u32 size)
{
    if (ea % size == 0)
        return true;
    ppc_fault(c, FAULT_ALIGNMENT, ea);
    return false;
}

void ppc_run_lwarx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_x(c, o);
    if (is_aligned(c, ea, 4) && load4(e, c, ea, &c->r[o->d]))
        reserve(c, ea);
}

void ppc_run_ldarx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_x(c, o);
    if (is_aligned(c, ea, 8) && load8(e, c, ea, &c->r[o->d]))
        reserve(c, ea);
}

/* Whether a store-conditional may store; the reservation is gone either way. */
static inline bool is_reserved(struct ppc *c, u32 ea)
{
    bool held = c->reserve_valid && c->reserve_address == (ea & ~(GRANULE - 1u));
    c->reserve_valid = 0;
    c->reserve_address = 0;
    return held;
}

static inline void conditional_result(struct ppc *c, bool stored)
{
    cr_set(c, 0, (stored ? CR_EQ : 0) | c->xer >> XER_SO_SHIFT);
}

void ppc_run_stwcx_(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_x(c, o);
    if (!is_aligned(c, ea, 4))
        return;
    bool stored = is_reserved(c, ea);
    if (!stored || store4(e, c, ea, c->r[o->d]))
        conditional_result(c, stored);
}

void ppc_run_stdcx_(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_x(c, o);
    if (!is_aligned(c, ea, 8))
        return;
    bool stored = is_reserved(c, ea);
    if (!stored || store8(e, c, ea, c->r[o->d]))
        conditional_result(c, stored);
}

void ppc_run_lmw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_d(c, o), count = 32u - o->d;
    u64 values[32];
    for (u32 i = 0; i < count; i++)
        if (!load4(e, c, ea + 4 * i, &values[i]))
            return;
    memcpy(&c->r[o->d], values, count * sizeof values[0]);
}

void ppc_run_stmw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_d(c, o);
    for (u32 i = o->d; i < 32; i++)
        if (!store4(e, c, ea + 4 * (i - o->d), c->r[i]))
            return;
}

/* Bytes into the low words of registers from d on, left to right; r31 is followed by r0. */
static void load_string(struct engine *e, struct ppc *c, const struct ppc_op *o, u32 ea, u32 count)
{
    u8 bytes[128] = {0};
    for (u32 i = 0; i < count; i++)
        if (!memory_load(e, c, ea + i, 1, &bytes[i]))
            return;
    for (u32 i = 0; i < count; i += 4)
        c->r[(o->d + i / 4) & 31] = load_be32(bytes + i);
}

static void store_string(struct engine *e, struct ppc *c, const struct ppc_op *o, u32 ea, u32 count)
{
    u8 bytes[128];
    for (u32 i = 0; i < count; i += 4)
        store_be32(bytes + i, (u32)c->r[(o->d + i / 4) & 31]);
    for (u32 i = 0; i < count; i++)
        if (!memory_store(e, c, ea + i, 1, &bytes[i]))
            return;
}

void ppc_run_lswi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load_string(e, c, o, (u32)base_or_zero(c, o), o->h ? o->h : 32);
}

void ppc_run_lswx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load_string(e, c, o, ea_x(c, o), c->xer & XER_COUNT);
}

void ppc_run_stswi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store_string(e, c, o, (u32)base_or_zero(c, o), o->h ? o->h : 32);
}

void ppc_run_stswx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store_string(e, c, o, ea_x(c, o), c->xer & XER_COUNT);
}

static void zero_line(struct engine *e, struct ppc *c, u32 ea, u32 size)
{
    static const u8 zeros[LINE];
    memory_store(e, c, ea & ~(size - 1), size, zeros);
}

/* The console runs with the 32-byte dcbz of older processors; dcbzl ("dcbz128") clears a whole line. */

void ppc_run_dcbz(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    zero_line(e, c, ea_x(c, o), LINE_SHORT);
}

void ppc_run_dcbzl(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    zero_line(e, c, ea_x(c, o), LINE);
}

/* No cache is modelled, and hardware threads run one after another: order is always kept. */

void ppc_run_dcbt(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_dcbtst(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_dcbf(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_dcbst(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_sync(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_eieio(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_isync(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_dst(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_dstt(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_dstst(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_dststt(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_dss(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_dssall(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c, (void)o, (void)e;
}

void ppc_run_icbi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    block_cache_invalidate(e, ea_x(c, o) & ~(LINE - 1u), LINE);
}
