/* SPDX-License-Identifier: BSD-3-Clause
 * AltiVec loads and stores, and the console's unaligned ones. [AltiVec PEM 6.2]
 * The element loads bring the whole 16 bytes: what the manual leaves undefined is the rest of the line. */
#include "emu/cpu/access.h"

void ppc_run_lvebx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    memory_load(e, c, ea_x(c, o) & ~15u, 16, c->v[o->d].b);
}

void ppc_run_lvehx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    memory_load(e, c, ea_x(c, o) & ~15u, 16, c->v[o->d].b);
}

void ppc_run_lvewx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    memory_load(e, c, ea_x(c, o) & ~15u, 16, c->v[o->d].b);
}

void ppc_run_lvx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    memory_load(e, c, ea_x(c, o) & ~15u, 16, c->v[o->d].b);
}

void ppc_run_lvxl(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    memory_load(e, c, ea_x(c, o) & ~15u, 16, c->v[o->d].b);
}

void ppc_run_lvsl(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 by = ea_x(c, o) & 15;
    for (u32 i = 0; i < 16; i++)
        c->v[o->d].b[i] = (u8)(by + i);
}

void ppc_run_lvsr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 by = ea_x(c, o) & 15;
    for (u32 i = 0; i < 16; i++)
        c->v[o->d].b[i] = (u8)(16 - by + i);
}

/* The bytes from ea to the end of its 16 bytes, at the left. */
static void load_left(struct engine *e, struct ppc *c, const struct ppc_op *o)
{
    u32 ea = ea_x(c, o), by = ea & 15;
    struct vector line, r = {{0}};
    if (!memory_load(e, c, ea - by, 16, line.b))
        return;
    memcpy(r.b, line.b + by, 16 - by);
    c->v[o->d] = r;
}

/* The bytes before ea in its 16 bytes, at the right; none at a multiple of 16. */
static void load_right(struct engine *e, struct ppc *c, const struct ppc_op *o)
{
    u32 ea = ea_x(c, o), by = ea & 15;
    struct vector line, r = {{0}};
    if (by && !memory_load(e, c, ea - by, 16, line.b))
        return;
    if (by)
        memcpy(r.b + 16 - by, line.b, by);
    c->v[o->d] = r;
}

static void store_bytes(struct engine *e, struct ppc *c, u32 ea, const u8 *bytes, u32 count)
{
    for (u32 i = 0; i < count; i++)
        if (!memory_store(e, c, ea + i, 1, bytes + i))
            return;
}

void ppc_run_lvlx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c;
    load_left(e, c, o);
}

void ppc_run_lvlxl(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c;
    load_left(e, c, o);
}

void ppc_run_lvrx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c;
    load_right(e, c, o);
}

void ppc_run_lvrxl(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)c;
    load_right(e, c, o);
}

void ppc_run_stvx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    memory_store(e, c, ea_x(c, o) & ~15u, 16, c->v[o->d].b);
}

void ppc_run_stvxl(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    memory_store(e, c, ea_x(c, o) & ~15u, 16, c->v[o->d].b);
}

void ppc_run_stvebx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_x(c, o);
    memory_store(e, c, ea, 1, c->v[o->d].b + (ea & 15));
}

void ppc_run_stvehx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_x(c, o) & ~1u;
    memory_store(e, c, ea, 2, c->v[o->d].b + (ea & 15));
}

void ppc_run_stvewx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_x(c, o) & ~3u;
    memory_store(e, c, ea, 4, c->v[o->d].b + (ea & 15));
}

void ppc_run_stvlx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_x(c, o);
    store_bytes(e, c, ea, c->v[o->d].b, 16 - (ea & 15));
}

void ppc_run_stvlxl(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_x(c, o);
    store_bytes(e, c, ea, c->v[o->d].b, 16 - (ea & 15));
}

void ppc_run_stvrx(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_x(c, o), by = ea & 15;
    store_bytes(e, c, ea - by, c->v[o->d].b + 16 - by, by);
}

void ppc_run_stvrxl(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    u32 ea = ea_x(c, o), by = ea & 15;
    store_bytes(e, c, ea - by, c->v[o->d].b + 16 - by, by);
}

#define FORM_vmx_mem FORM_BODY
#include "emu/cpu/form.h"
