/* SPDX-License-Identifier: BSD-3-Clause
 * The console's instructions: one row each in schema/ppc.def, read once at start into masks, fields and effects.
 * The decoder, the interpreter's dispatch, the disassembler and whoever asks "which instruction wrote this register"
 * all walk these rows; bit positions stand in the patterns and nowhere else. */
#ifndef SCHEMA_PPC_H
#define SCHEMA_PPC_H

#include "schema/base.h"

enum ppc_id {
#define INSN(name, pattern, operands, effects, class, state) PPC_##name,
#include "schema/ppc.def"
    PPC_INSNS,
};

enum ppc_class {
    PPC_ALU,
    PPC_BRANCH,
    PPC_TRAP,
    PPC_CR,
    PPC_SYSTEM,
    PPC_CACHE,
    PPC_LOAD,
    PPC_STORE,
    PPC_FLOAT,
    PPC_VECTOR,
    PPC_VLOAD,
    PPC_VSTORE,
};

enum ppc_state {
    PPC_IS_NONE,       /* stops with its name */
    PPC_IS_DONE,       /* has a body */
    PPC_IS_PRIVILEGED, /* a guest fault in a title */
};

/* What an instruction reads or writes. */
enum ppc_place {
    PPC_IN_GPR,   /* field says which */
    PPC_IN_FPR,   /* field */
    PPC_IN_VR,    /* field */
    PPC_IN_CRF,   /* field: one CR field */
    PPC_IN_CRBIT, /* field: one CR bit */
    PPC_IN_GPRS,  /* a run of GPRs from field d or s */
    PPC_IN_MEM,   /* size bytes, 0: the count depends on operands */
    PPC_IN_CR,
    PPC_IN_CR0,
    PPC_IN_CR1,
    PPC_IN_CR6,
    PPC_IN_XER,
    PPC_IN_CA,
    PPC_IN_OV, /* and SO */
    PPC_IN_SO,
    PPC_IN_LR,
    PPC_IN_CTR,
    PPC_IN_NIA,
    PPC_IN_FPSCR,
    PPC_IN_VSCR,
    PPC_IN_SAT,
    PPC_IN_MSR,
    PPC_IN_SPR, /* field p */
    PPC_IN_TB,
    PPC_IN_RESERVE,
};

struct ppc_effect {
    u8 place;   /* enum ppc_place */
    u8 size;    /* PPC_IN_MEM: bytes */
    char field; /* letter, or 0 */
    bool is_write;
    bool is_zero_base;   /* r0 stands for the value 0 */
    bool is_conditional; /* only if the row's flag bit (Rc, OE, LK) is set, or a branch's BO asks for it */
};

enum { PPC_PIECES_MAX = 4, PPC_FIELDS_MAX = 8, PPC_EFFECTS_MAX = 12 };

/* A field's bits, most significant piece first. */
struct ppc_field {
    char letter; /* small letter, '.' or 'o' */
    u8 pieces;
    u8 width; /* bits in all */
    struct {
        u8 shift;
        u8 width;
    } piece[PPC_PIECES_MAX];
};

struct ppc_insn {
    const char *name;
    const char *pattern;
    const char *operands;
    const char *effects_text;
    u8 class; /* enum ppc_class */
    u8 state; /* enum ppc_state */
    u8 field_count;
    u8 effect_count;
    u16 id;   /* enum ppc_id */
    u16 next; /* candidate after this one, of the same primary opcode */
    u32 mask;
    u32 match;
    struct ppc_field fields[PPC_FIELDS_MAX];
    struct ppc_effect effects[PPC_EFFECTS_MAX];
};

/* NULL: no such instruction. */
const struct ppc_insn *ppc_decode(u32 word);
/* The row of an id below PPC_INSNS. */
const struct ppc_insn *ppc_insn(u32 id);

/* The value of a field in word; false if the row has none by that letter. '.' Rc, 'o' OE, 'l' LK, 'q' AA. */
bool ppc_field(const struct ppc_insn *insn, char letter, u32 word, s32 *value);
s32 ppc_field_value(const struct ppc_field *field, u32 word);

/* The next effect of word's instruction from *index on that really applies (conditional ones whose flag is clear are
 * left out, and so is a base register r0); NULL at the end. */
const struct ppc_effect *ppc_effect_next(const struct ppc_insn *insn, u32 word, u32 *index);

/* As `objdump -M raw` prints it; ".long 0x..." if there is no such instruction. Returns the length. */
size_t ppc_disassemble(u32 word, u32 address, char *buffer, size_t capacity);
/* The same in either style: simplified mnemonics (li, mr, blr, beq cr6, ...) where there is one, as `objdump` prints.
 */
enum ppc_style { PPC_RAW, PPC_SIMPLIFIED };
size_t ppc_disassemble_as(enum ppc_style style, u32 word, u32 address, char *buffer, size_t capacity);
/* Where a direct branch goes; false: word is none. */
bool ppc_branch_target(u32 word, u32 address, u32 *target);

/* Checks every row: 32 bits, no two overlap, operands and effects make sense. False: err names the first bad row. */
bool ppc_check(struct err *err);

#endif
