/* SPDX-License-Identifier: BSD-3-Clause
 * Integer loads and stores. [PEM 8.2] An access that fails leaves every register as it was. */
#include "emu/cpu/access.h"

void ppc_run_lbz(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load1(e, c, ea_d(c, o), &c->r[o->d]);
}

void ppc_run_lbzu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (load1(e, c, (u32)next, &c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_lbzx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load1(e, c, ea_x(c, o), &c->r[o->d]);
}

void ppc_run_lbzux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (load1(e, c, (u32)next, &c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_lhz(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load2(e, c, ea_d(c, o), &c->r[o->d]);
}

void ppc_run_lhzu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (load2(e, c, (u32)next, &c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_lhzx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load2(e, c, ea_x(c, o), &c->r[o->d]);
}

void ppc_run_lhzux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (load2(e, c, (u32)next, &c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_lha(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load2s(e, c, ea_d(c, o), &c->r[o->d]);
}

void ppc_run_lhau(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (load2s(e, c, (u32)next, &c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_lhax(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load2s(e, c, ea_x(c, o), &c->r[o->d]);
}

void ppc_run_lhaux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (load2s(e, c, (u32)next, &c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_lwz(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load4(e, c, ea_d(c, o), &c->r[o->d]);
}

void ppc_run_lwzu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (load4(e, c, (u32)next, &c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_lwzx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load4(e, c, ea_x(c, o), &c->r[o->d]);
}

void ppc_run_lwzux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (load4(e, c, (u32)next, &c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_lwa(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load4s(e, c, ea_d(c, o), &c->r[o->d]);
}

void ppc_run_lwax(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load4s(e, c, ea_x(c, o), &c->r[o->d]);
}

void ppc_run_lwaux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (load4s(e, c, (u32)next, &c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_ld(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load8(e, c, ea_d(c, o), &c->r[o->d]);
}

void ppc_run_ldx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    load8(e, c, ea_x(c, o), &c->r[o->d]);
}

void ppc_run_ldu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (load8(e, c, (u32)next, &c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_ldux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (load8(e, c, (u32)next, &c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_lhbrx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 value;
    if (load2(e, c, ea_x(c, o), &value))
        c->r[o->d] = __builtin_bswap16((u16)value);
}

void ppc_run_lwbrx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 value;
    if (load4(e, c, ea_x(c, o), &value))
        c->r[o->d] = __builtin_bswap32((u32)value);
}

void ppc_run_ldbrx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 value;
    if (load8(e, c, ea_x(c, o), &value))
        c->r[o->d] = __builtin_bswap64(value);
}

void ppc_run_stb(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store1(e, c, ea_d(c, o), c->r[o->d]);
}

void ppc_run_stbu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (store1(e, c, (u32)next, c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_stbx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store1(e, c, ea_x(c, o), c->r[o->d]);
}

void ppc_run_stbux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (store1(e, c, (u32)next, c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_sth(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store2(e, c, ea_d(c, o), c->r[o->d]);
}

void ppc_run_sthu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (store2(e, c, (u32)next, c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_sthx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store2(e, c, ea_x(c, o), c->r[o->d]);
}

void ppc_run_sthux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (store2(e, c, (u32)next, c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_stw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store4(e, c, ea_d(c, o), c->r[o->d]);
}

void ppc_run_stwu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (store4(e, c, (u32)next, c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_stwx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store4(e, c, ea_x(c, o), c->r[o->d]);
}

void ppc_run_stwux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (store4(e, c, (u32)next, c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_std(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store8(e, c, ea_d(c, o), c->r[o->d]);
}

void ppc_run_stdx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store8(e, c, ea_x(c, o), c->r[o->d]);
}

void ppc_run_stdu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_d(c, o);
    if (store8(e, c, (u32)next, c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_stdux(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u64 next = next_x(c, o);
    if (store8(e, c, (u32)next, c->r[o->d]))
        c->r[o->a] = next;
}

void ppc_run_sthbrx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store2(e, c, ea_x(c, o), __builtin_bswap16((u16)c->r[o->d]));
}

void ppc_run_stwbrx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store4(e, c, ea_x(c, o), __builtin_bswap32((u32)c->r[o->d]));
}

void ppc_run_stdbrx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    store8(e, c, ea_x(c, o), __builtin_bswap64(c->r[o->d]));
}

#define FORM_mem FORM_BODY
#include "emu/cpu/form.h"
