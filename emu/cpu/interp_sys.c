/* SPDX-License-Identifier: BSD-3-Clause
 * Special registers: those that titles read and write. Others are privileged. [PEM 2.3] */
#include "emu/cpu/block.h"

enum {
    SPR_XER = 1,
    SPR_LR = 8,
    SPR_CTR = 9,
    SPR_VRSAVE = 256,
    SPR_TB = 268,
    SPR_TB_UPPER = 269,
    SPR_PVR = 287,
};

enum { PVR = 0x710700 }; /* the console's processor */

/* The time base at this very instruction. */
static u64 time_base(struct engine *e, const struct ppc_op *o)
{
    e->in_block = cpu_instructions_before(e, o);
    return engine_time(e);
}

static bool spr_read(struct engine *e, struct ppc *c, const struct ppc_op *o, u64 *value)
{
    switch (o->i) {
    case SPR_XER:
        *value = c->xer;
        return true;
    case SPR_LR:
        *value = c->lr;
        return true;
    case SPR_CTR:
        *value = c->ctr;
        return true;
    case SPR_VRSAVE:
        *value = c->vrsave;
        return true;
    case SPR_TB:
        *value = time_base(e, o);
        return true;
    case SPR_TB_UPPER:
        *value = time_base(e, o) >> 32;
        return true;
    case SPR_PVR:
        *value = PVR;
        return true;
    default:
        return false;
    }
}

void ppc_run_mfspr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 value;
    if (spr_read(e, c, o, &value))
        c->r[o->d] = value;
    else
        ppc_fault(c, FAULT_PRIVILEGED, o->word);
}

void ppc_run_mftb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_mfspr(c, o, e);
}

void ppc_run_mtspr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 value = c->r[o->d];
    switch (o->i) {
    case SPR_XER:
        c->xer = (u32)value & (XER_SO | XER_OV | XER_CA | XER_COUNT);
        break;
    case SPR_LR:
        c->lr = value;
        break;
    case SPR_CTR:
        c->ctr = value;
        break;
    case SPR_VRSAVE:
        c->vrsave = (u32)value;
        break;
    default:
        ppc_fault(c, FAULT_PRIVILEGED, o->word);
        break;
    }
}

void ppc_run_mfmsr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->r[o->d] = c->msr;
}

/* L = 1 changes EE and RI alone. Titles use it to hold off interrupts. */
enum { MSR_EE_RI = 0x8002 };

void ppc_run_mtmsrd(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 mask = o->e ? MSR_EE_RI : 0xFFFFFFFFu;
    c->msr = (c->msr & ~mask) | ((u32)c->r[o->d] & mask);
}

void ppc_run_mtmsr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_mtmsrd(c, o, e);
}

#define FORM_sys FORM_BODY
#include "emu/cpu/form.h"
