/* SPDX-License-Identifier: BSD-3-Clause
 * Branches, traps, the system call, and the condition register. [PEM 8.2] */
#include "emu/cpu/op.h"

/* Decrements CTR and tests it and the CR bit, as BO (o->d) says. [PEM 4.2.4.2] */
static inline bool branch_taken(struct ppc *c, const struct ppc_op *o)
{
    u32 bo = o->d;
    if (!(bo & 4)) {
        c->ctr--;
        if (((u32)c->ctr != 0) == ((bo >> 1 & 1) != 0))
            return false;
    }
    return (bo & 16) || (c->cr >> (31 - o->a) & 1) == (bo >> 3 & 1);
}

void ppc_run_b(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    if (o->rc)
        c->lr = o->pc + 4;
    c->pc = (u32)o->i;
}

void ppc_run_bc(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    bool taken = branch_taken(c, o);
    if (o->rc)
        c->lr = o->pc + 4;
    c->pc = taken ? (u32)o->i : o->pc + 4;
}

void ppc_run_bclr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 target = (u32)c->lr & ~3u;
    bool taken = branch_taken(c, o);
    if (o->rc)
        c->lr = o->pc + 4;
    c->pc = taken ? target : o->pc + 4;
}

/* The form that decrements CTR is invalid; the target is CTR as it was then. */

void ppc_run_bcctr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 target = (u32)c->ctr & ~3u;
    bool taken = branch_taken(c, o);
    if (o->rc)
        c->lr = o->pc + 4;
    c->pc = taken ? target : o->pc + 4;
}

/* Level 2 is how import thunks call the kernel; there is no other caller of sc in a title. */

void ppc_run_sc(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    if (o->e != 2) {
        ppc_fault(c, FAULT_ILLEGAL, o->word);
        return;
    }
    c->pc = o->pc + 4;
    c->stop = CPU_CALL;
}

/* TO bits: signed less, greater, equal, unsigned less, greater. */
static inline void trap_if(struct ppc *c, const struct ppc_op *o, s64 x, s64 y)
{
    u32 met = (x < y ? 16 : x > y ? 8 : 4) | ((u64)x < (u64)y ? 2 : (u64)x > (u64)y ? 1 : 0);
    if (o->d & met)
        ppc_fault(c, FAULT_TRAP, o->word);
    else
        c->pc = o->pc + 4;
}

void ppc_run_tw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    trap_if(c, o, (s32)c->r[o->a], (s32)c->r[o->b]);
}

static inline bool is_for_debugger(const struct ppc_op *o)
{
    return o->d == 31 && o->a == 0 && (o->i == CPU_DEBUG_PRINT || o->i == CPU_DEBUG_ASSERT);
}

void ppc_run_twi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    if (is_for_debugger(o)) {
        c->pc = o->pc + 4;
        c->stop = CPU_DEBUG;
        return;
    }
    trap_if(c, o, (s32)c->r[o->a], o->i);
}

void ppc_run_td(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    trap_if(c, o, (s64)c->r[o->a], (s64)c->r[o->b]);
}

void ppc_run_tdi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    trap_if(c, o, (s64)c->r[o->a], o->i);
}

static inline u32 bit(const struct ppc *c, u32 number)
{
    return c->cr >> (31 - number) & 1;
}

static inline void bit_set(struct ppc *c, const struct ppc_op *o, u32 value)
{
    u32 mask = 0x80000000u >> o->d;
    c->cr = (c->cr & ~mask) | (value & 1 ? mask : 0);
}

void ppc_run_crand(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    bit_set(c, o, bit(c, o->a) & bit(c, o->b));
}

void ppc_run_cror(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    bit_set(c, o, bit(c, o->a) | bit(c, o->b));
}

void ppc_run_crxor(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    bit_set(c, o, bit(c, o->a) ^ bit(c, o->b));
}

void ppc_run_crnand(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    bit_set(c, o, ~(bit(c, o->a) & bit(c, o->b)));
}

void ppc_run_crnor(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    bit_set(c, o, ~(bit(c, o->a) | bit(c, o->b)));
}

void ppc_run_creqv(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    bit_set(c, o, ~(bit(c, o->a) ^ bit(c, o->b)));
}

void ppc_run_crandc(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    bit_set(c, o, bit(c, o->a) & ~bit(c, o->b));
}

void ppc_run_crorc(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    bit_set(c, o, bit(c, o->a) | ~bit(c, o->b));
}

void ppc_run_mcrf(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    cr_set(c, o->f, cr_get(c, o->a));
}

void ppc_run_mcrxr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    cr_set(c, o->f, c->xer >> 28);
    c->xer &= 0x0FFFFFFF;
}

void ppc_run_mfcr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->r[o->d] = c->cr;
}

/* With one bit set in the mask the other fields are undefined; all of CR is given. */

void ppc_run_mfocrf(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->r[o->d] = c->cr;
}

void ppc_run_mtcrf(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 mask = 0;
    for (u32 field = 0; field < 8; field++)
        if ((u32)o->i & 0x80 >> field)
            mask |= 0xF0000000u >> 4 * field;
    c->cr = (c->cr & ~mask) | ((u32)c->r[o->d] & mask);
}

void ppc_run_mtocrf(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_mtcrf(c, o, e);
}

#define FORM_branch FORM_BODY
#include "emu/cpu/form.h"
