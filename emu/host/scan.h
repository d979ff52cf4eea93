/* SPDX-License-Identifier: BSD-3-Clause
 * Static analysis of a title's image: functions, calls, branches, tables, wrappers, strings (schema/symbols.h says what
 * each is). A function of the image's bytes and what its headers say; nothing runs.
 *
 * Functions are found from what is certain (exception table, entry point, thunks, calls) by walking their code, jump
 * tables included; then from addresses in data and code; last from what stands unreached between functions. A walk ends
 * at the next start. A call of what never returns ends it too: that is learnt from function to function until nothing
 * changes. */
#ifndef EMU_HOST_SCAN_H
#define EMU_HOST_SCAN_H

#include "schema/base.h"
#include "schema/ppc.h"

enum scan_how {
    SCAN_BY_NOTHING,
    SCAN_BY_PDATA,
    SCAN_BY_IMPORT,
    SCAN_BY_ENTRY,
    SCAN_BY_HELPER,
    SCAN_BY_CALL,
    SCAN_BY_TAIL,
    SCAN_BY_POINTER,
    SCAN_BY_PROLOGUE,
    SCAN_BY_LEAF,
};

struct scan_section {
    char name[9];
    u32 start;
    u32 end;
    bool is_code;
    bool is_writable;
};

enum scan_import_kind { SCAN_THUNK, SCAN_POINTER_SLOT, SCAN_VARIABLE, SCAN_JUMP };

struct scan_import {
    u32 address;
    u32 op;
    u8 kind; /* enum scan_import_kind */
};

enum { SCAN_NAME_SIZE = 32 };

struct scan_function {
    u32 start;
    u32 end;
    u8 how;
    bool returns;              /* false: nothing in it does */
    u32 op;                    /* a thunk: of what; else 0 */
    char name[SCAN_NAME_SIZE]; /* of helpers; "" for none */
};

enum scan_call_kind { SCAN_BL, SCAN_TAIL_CALL, SCAN_SAVE, SCAN_RESTORE, SCAN_INDIRECT };

struct scan_call {
    u32 site;
    u32 target; /* 0: not known */
    u32 function;
    u8 kind; /* enum scan_call_kind */
};

struct scan_branch {
    u32 pc;
    u32 function;
    u32 target; /* 0: bclr, bcctr */
    u32 compare;
    const char *kind;
    char condition[24];
    char registers[16];
};

enum scan_table_kind { SCAN_JUMP_TABLE, SCAN_POINTERS };

struct scan_table {
    u32 start;
    u32 count;
    u32 width; /* bytes an entry */
    u32 site;
    u32 function;
    u32 base;
    u32 scale;
    u8 kind; /* enum scan_table_kind */
    bool is_bounded;
    bool is_signed;
};

struct scan_string {
    u32 start;
    u32 end;
    bool is_wide;
};

struct scan_reference {
    u32 site;
    u32 target;
    u32 function;
};

struct scan_wrapper {
    u32 site;
    u32 function;
    u32 op;
    u32 depth;
};

/* A list that grows; `list` points to elements of its own type. */
#define SCAN_LIST(type)                                                                                                \
    struct {                                                                                                           \
        struct type *list;                                                                                             \
        u32 count;                                                                                                     \
        u32 capacity;                                                                                                  \
    }

struct scan {
    /* Filled by the caller. */
    u32 base;
    u32 size; /* a multiple of 4 */
    const u8 *data;
    u32 entry; /* 0: none */
    u32 pdata; /* address of the exception table, 0: none */
    u32 pdata_size;
    SCAN_LIST(scan_section) sections;
    SCAN_LIST(scan_import) imports;

    /* What was found, in order of address. */
    SCAN_LIST(scan_function) functions;
    SCAN_LIST(scan_call) calls;
    SCAN_LIST(scan_branch) branches;
    SCAN_LIST(scan_table) tables;
    SCAN_LIST(scan_string) strings;
    SCAN_LIST(scan_reference) references;
    SCAN_LIST(scan_wrapper) wrappers;

    /* By word of the image. */
    u16 *insns;  /* enum ppc_id + 1; 0: no code, or no instruction */
    u8 *hows;    /* enum scan_how of a function's start */
    u8 *marks;   /* enum scan_mark */
    u32 *stamps; /* of walks */
    u32 stamp;
    SCAN_LIST(scan_function) helpers;
};

enum scan_mark {
    SCAN_REACHED = 1,    /* by some walk */
    SCAN_TARGET = 2,     /* of a branch */
    SCAN_TABLE = 4,      /* data of a jump table */
    SCAN_NO_RETURN = 8,  /* at a start: nothing in that function returns */
    SCAN_NO_START = 16,  /* code cannot begin here */
    SCAN_PDATA_END = 32, /* the first word behind a function of the exception table */
};

/* Adds room for one more element and points to it, zeroed: struct scan_call *c = SCAN_ADD(&scan->calls); */
#define SCAN_ADD(l)                                                                                                    \
    ((l)->list = scan_grow((l)->list, (l)->count, &(l)->capacity, sizeof *(l)->list), &(l)->list[(l)->count++])
void *scan_grow(void *list, u32 count, u32 *capacity, size_t size);

void scan_run(struct scan *scan);
void scan_finish(struct scan *scan); /* frees what was found, sections and imports */

/* The function that holds the address; NULL: none. Valid once functions are found. */
const struct scan_function *scan_function_at(const struct scan *scan, u32 address);
/* The import at a thunk, a pointer's place or a function that jumps to one; NULL: none. */
const struct scan_import *scan_import_at(const struct scan *scan, u32 address);

/* ---- Between emu/host/scan_*.c. ---- */

static inline bool scan_holds(const struct scan *scan, u32 address)
{
    return address - scan->base < scan->size;
}
static inline u32 scan_place(const struct scan *scan, u32 address)
{
    return (address - scan->base) / 4;
}
static inline u32 scan_word(const struct scan *scan, u32 address)
{
    return load_be32(scan->data + (address - scan->base));
}
/* The word is in code and an instruction. */
static inline bool scan_is_code(const struct scan *scan, u32 address)
{
    return !(address & 3) && scan_holds(scan, address) && scan->insns[scan_place(scan, address)];
}
/* Its row; the address is_code. */
const struct ppc_insn *scan_insn(const struct scan *scan, u32 address);
s32 scan_field(const struct scan *scan, u32 address, char letter); /* 0 when it has none */

enum scan_flow {
    SCAN_NEXT,      /* goes on behind */
    SCAN_CALLS,     /* the target, then behind */
    SCAN_CALLS_CTR, /* what CTR or LR says, then behind */
    SCAN_JUMPS,     /* to the target */
    SCAN_MAY_JUMP,  /* to the target, or on behind */
    SCAN_RETURNS,
    SCAN_MAY_RETURN,
    SCAN_JUMPS_CTR,
    SCAN_STOPS,  /* a trap */
    SCAN_IS_BAD, /* no instruction, or outside code */
};
enum scan_flow scan_flow(const struct scan *scan, u32 address, u32 *target);
/* nop or 0: stands between functions. */
bool scan_is_padding(const struct scan *scan, u32 address);

/* Values of registers along straight code. */
enum scan_value_kind {
    SCAN_OPAQUE,  /* something; id says which */
    SCAN_CONST,   /* constant */
    SCAN_SCALED,  /* id << shift */
    SCAN_ADDRESS, /* constant + (id << shift) */
    SCAN_LOADED,  /* the word at constant */
    SCAN_ENTRY,   /* (what is at constant + (id << shift), width bytes) << scale, + base */
};
struct scan_value {
    u8 kind;
    u8 shift;
    u8 width;
    u8 scale;
    bool is_signed;
    u32 id; /* below 32: what the register held at the start */
    u32 constant;
    u32 base;
};
enum { SCAN_BOUNDS = 16 };
struct scan_state {
    struct scan_value gpr[32];
    struct scan_value ctr;
    u32 next_id;
    struct {
        u32 id; /* what was compared */
        u32 limit;
    } compared[8];
    struct {
        u32 id;
        u32 count; /* its value is below */
    } bounds[SCAN_BOUNDS];
    u32 bound_count;
    u32 reference; /* the address in the image that the last instruction made or used, or 0 */
};
void scan_state_init(struct scan_state *state);
/* Steps over the instruction; taken: a conditional branch jumps. */
void scan_state_step(const struct scan *scan, struct scan_state *state, u32 address, bool taken);
/* Registers that a call may change are not known any more. */
void scan_state_call(struct scan_state *state);

/* The jump table of the bctr at site, in a function that reaches from start to limit; false: there is none. */
bool scan_jump_table(const struct scan *scan, u32 site, u32 start, u32 limit, struct scan_table *table);
u32 scan_table_target(const struct scan *scan, const struct scan_table *table, u32 i);

void scan_find_helpers(struct scan *scan);
void scan_find_functions(struct scan *scan);
void scan_find_calls(struct scan *scan);
void scan_find_wrappers(struct scan *scan);
void scan_find_data(struct scan *scan);

const char *scan_how_name(u8 how);

#endif
