/* SPDX-License-Identifier: BSD-3-Clause
 * A run seen closer: branches, instructions, accesses to memory, probes. What is on is derived state: decoded
 * instructions whose form tells of them, and pages to which no access goes straight. So a run that nobody looks at pays
 * nothing, and one that is looked at does the same: nothing here changes the machine. */
#ifndef EMU_TRACE_H
#define EMU_TRACE_H

#include "emu/engine.h"

struct ppc_op;

enum trace_kind {
    TRACE_BRANCHES = 1,
    TRACE_INSTRUCTIONS = 2,
    TRACE_MEMORY = 4, /* by instructions and by the kernel; where there are watches, only what touches one */
};

enum { TRACE_WATCHES = 32, TRACE_PROBES = 32, TRACE_REGISTERS = 8 };

/* A register of a probe: r0... as 0..31, and these. */
enum trace_register { TRACE_LR = 32, TRACE_CTR, TRACE_CR, TRACE_XER, TRACE_REGISTERS_END };

struct trace {
    void *context;
    /* An event without number and place in its stream. */
    void (*emit)(void *context, struct event *event);
    /* May be asked before each instruction, while something is on: is it wanted? NULL: yes. */
    bool (*wanted)(void *context, u32 thread, u64 number, u64 time);
    u32 kinds;     /* of enum trace_kind; 0: probes alone */
    bool is_quiet; /* nothing is on for now, probes neither */
    u32 watch_count, probe_count;
    struct {
        u32 first, last;
    } watch[TRACE_WATCHES];
    struct {
        u32 pc, count;
        u8 registers[TRACE_REGISTERS]; /* enum trace_register */
    } probe[TRACE_PROBES];
    /* The instruction that runs. */
    const struct ppc_op *op;
    u32 address; /* that it accessed, 0: none */
    u64 value;
};

/* Tells what watched memory holds, as if the machine read it. */
void trace_tell_watched(struct engine *e);

/* After each change of e->trace and what it says; takes effect before the next instruction. */
void trace_change(struct engine *e);

/* ---- For the processor and for memory. ---- */

void trace_renew(struct engine *e);
bool trace_wants(const struct trace *trace, const struct ppc_op *o);
/* No access to the page goes straight. */
bool trace_hides(const struct trace *trace, u32 page);
/* Runs one instruction. */
void trace_run(struct engine *e, struct ppc *c, const struct ppc_op *o);
void trace_load(struct engine *e, u32 ea, u32 size);
/* Before it is done. */
void trace_store(struct engine *e, u32 ea, u32 size, const void *bytes);
void trace_zero(struct engine *e, u32 ea, u32 size);

#endif
