/* SPDX-License-Identifier: BSD-3-Clause
 * A decoded instruction, the functions that execute one, and what those share. Each row of schema/ppc.def with state
 * DONE has a function ppc_run_<name> in an interp_*.c; fields are extracted once, when a block is decoded.
 *
 * Titles run in the processor's 32-bit mode: registers and arithmetic are 64 bits wide, but addresses, CR0 of record
 * forms, CA, OV and the test of CTR look at the low 32 bits. [PEM 64-bit, 4.2: "32-bit mode"] */
#ifndef EMU_CPU_OP_H
#define EMU_CPU_OP_H

#include "emu/cpu/cpu.h"
#include "emu/engine.h"
#include "schema/ppc.h"

__extension__ typedef __int128 s128;
__extension__ typedef unsigned __int128 u128;

struct ppc_op;
typedef void ppc_run(struct ppc *c, const struct ppc_op *o, struct engine *e);
/* Runs o and all that follow it in its block. NULL: to the end; else the one that set c->stop. */
typedef const struct ppc_op *ppc_form(struct ppc *c, const struct ppc_op *o, struct engine *e);

/* A field's letter in the pattern names its place here; letters that share one never meet in a row (a test checks). */
struct ppc_op {
    ppc_run *run;   /* o alone */
    ppc_form *form; /* emu/cpu/form.def, or one that calls run */
    u32 pc;
    s32 i; /* i u j p w; branches: the target; rlwinm, rlwimi, rlwnm: the mask */
    u32 word;
    u16 id; /* enum ppc_id; PPC_INSNS: illegal */
    u8 d;   /* d s t */
    u8 a;   /* a g n x */
    u8 b;
    u8 c;
    u8 h; /* h z */
    u8 m; /* m y */
    u8 e; /* e k */
    u8 f;
    u8 rc; /* . l */
    u8 oe; /* o q */
};

enum {
    XER_SO_SHIFT = 31,
    XER_COUNT = 0x7F,
    CR_LT = 8,
    CR_GT = 4,
    CR_EQ = 2,
    CR_SO = 1,
};
#define XER_SO 0x80000000u
#define XER_OV 0x40000000u
#define XER_CA 0x20000000u

#define PPC_SPIN_HINT 0x7FFFFB78u

enum { CPU_REFETCH = 0x80 }; /* in c->stop within cpu_run_block: the block's own code was written */

#define PPC_DECLARE_DONE(name) void ppc_run_##name(struct ppc *c, const struct ppc_op *o, struct engine *e);
#define PPC_DECLARE_NONE(name)
#define PPC_DECLARE_PRIVILEGED(name)
#define INSN(name, pattern, operands, effects, class, state) PPC_DECLARE_##state(name)
#include "schema/ppc.def"

ppc_form ppc_form_of_body;
#define FORM(group, name, kind, conditions) ppc_form ppc_form_##name##_##kind;
#include "emu/cpu/form.def"

/* Fills o from the word at pc. */
void ppc_op_decode(struct ppc_op *o, u32 word, u32 pc);
/* Its form tells e->trace what it does. */
void ppc_op_trace(struct ppc_op *o);
/* What stands behind a block's last instruction. */
void ppc_op_end(struct ppc_op *o, u32 pc);
/* Where a field's letter is kept in struct ppc_op: an offset; 0 for none. */
u32 ppc_op_slot(char letter);

void ppc_fault(struct ppc *c, u32 fault, u32 address);

static inline void cr_set(struct ppc *c, u32 field, u32 bits)
{
    u32 shift = 28 - 4 * field;
    c->cr = (c->cr & ~(0xFu << shift)) | bits << shift;
}

static inline u32 cr_get(const struct ppc *c, u32 field)
{
    return c->cr >> (28 - 4 * field) & 0xF;
}

/* Without branches: which way a comparison goes is seldom predictable. */
static inline u32 compare_bits(bool less, bool greater)
{
    static const u8 bits[3] = {CR_LT, CR_EQ, CR_GT};
    return bits[1 + greater - less];
}
static inline u32 compare_signed(s64 a, s64 b)
{
    return compare_bits(a<b, a> b);
}
static inline u32 compare_unsigned(u64 a, u64 b)
{
    return compare_bits(a<b, a> b);
}

/* CR0 of a record form. */
static inline void record(struct ppc *c, u64 value)
{
    cr_set(c, 0, compare_signed((s32)value, 0) | c->xer >> XER_SO_SHIFT);
}

static inline u64 base_or_zero(const struct ppc *c, const struct ppc_op *o)
{
    return o->a ? c->r[o->a] : 0;
}

#endif
