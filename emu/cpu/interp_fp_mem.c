/* SPDX-License-Identifier: BSD-3-Clause
 * Floating-point loads and stores: singles are widened and narrowed bit by bit, without exceptions. [PEM D.6, D.7] */
#include "emu/cpu/access.h"
#include "emu/cpu/softfp.h"

static inline bool load_single(struct engine *e, struct ppc *c, u32 ea, u64 *value)
{
    u64 bits;
    if (!load4(e, c, ea, &bits))
        return false;
    *value = fp_widen((u32)bits);
    return true;
}

void ppc_run_lfs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load_single(e, c, ea_d(c, o), &c->f[o->d]);
}

void ppc_run_lfsu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (load_single(e, c, (u32)next, &c->f[o->d]))
        c->r[o->a] = next;
}

void ppc_run_lfd(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load8(e, c, ea_d(c, o), &c->f[o->d]);
}

void ppc_run_lfdu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (load8(e, c, (u32)next, &c->f[o->d]))
        c->r[o->a] = next;
}

void ppc_run_stfs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store4(e, c, ea_d(c, o), fp_narrow(c->f[o->d]));
}

void ppc_run_stfsu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (store4(e, c, (u32)next, fp_narrow(c->f[o->d])))
        c->r[o->a] = next;
}

void ppc_run_stfd(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store8(e, c, ea_d(c, o), c->f[o->d]);
}

void ppc_run_stfdu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (store8(e, c, (u32)next, c->f[o->d]))
        c->r[o->a] = next;
}

void ppc_run_lfsx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load_single(e, c, ea_x(c, o), &c->f[o->d]);
}

void ppc_run_lfsux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (load_single(e, c, (u32)next, &c->f[o->d]))
        c->r[o->a] = next;
}

void ppc_run_lfdx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load8(e, c, ea_x(c, o), &c->f[o->d]);
}

void ppc_run_lfdux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (load8(e, c, (u32)next, &c->f[o->d]))
        c->r[o->a] = next;
}

void ppc_run_stfsx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store4(e, c, ea_x(c, o), fp_narrow(c->f[o->d]));
}

void ppc_run_stfsux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (store4(e, c, (u32)next, fp_narrow(c->f[o->d])))
        c->r[o->a] = next;
}

void ppc_run_stfdx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store8(e, c, ea_x(c, o), c->f[o->d]);
}

void ppc_run_stfdux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (store8(e, c, (u32)next, c->f[o->d]))
        c->r[o->a] = next;
}

void ppc_run_stfiwx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store4(e, c, ea_x(c, o), (u32)c->f[o->d]);
}

#define FORM_fp_mem FORM_BODY
#include "emu/cpu/form.h"
