/* SPDX-License-Identifier: BSD-3-Clause
 * The processor: one guest thread's registers, and running blocks of its code.
 *
 * A block is defined by guest code alone: it ends at a branch, sc, trap, the spin hint (or r31,r31,r31), the page's
 * end, or after BLOCK_MAX instructions. A hardware thread's budget is checked where a block begins; a block runs whole.
 * Stepping keeps the place within the block in block_left, so that every engine checks the budget at the same
 * instructions. Sources: PowerPC manuals (PEM, AltiVec PEM), and the console's facts where a comment says so. */
#ifndef EMU_CPU_CPU_H
#define EMU_CPU_CPU_H

#include "schema/base.h"
#include "schema/event.h"

struct engine;

enum { BLOCK_MAX = 64, VECTORS = 128 };

/* One vector register; lane order is the guest's: b[0] is the most significant byte. Words are kept big-endian. */
struct vector {
    u8 b[16];
} __attribute__((aligned(16)));

/* Why execution left the block loop. */
enum cpu_stop {
    CPU_RUN,   /* goes on at the next block */
    CPU_CALL,  /* sc 2: a kernel export is called; pc is behind the sc */
    CPU_YIELD, /* the spin hint: gives up the rest of the slice */
    CPU_FAULT, /* fault and fault_address say what; pc is the faulting instruction */
    CPU_DEBUG, /* twi 31,r0,N speaks to the debugger, and code goes on without one; pc is behind it */
};

/* Numbers of `twi 31,r0,N`, r3 and r4 being arguments. Up to 25 they are NT's for this processor; the rest as sources
 * of the console's debug monitor name them. PRINT and ASSERT give a text (r3 its address, r4 its length), and code goes
 * on. The others are break points. UNKNOWN: what a console without a debugger does at ASSERT (Xenia goes on), and
 * whether it passes over LOAD_SYMBOLS and UNLOAD_SYMBOLS, as NT does; no title is known to have them. CHECK is what its
 * system code has for a condition that failed: consoles stop there, Xenia goes on. */
enum cpu_debug {
    CPU_DEBUG_PRINT = 20,
    CPU_DEBUG_PROMPT,
    CPU_DEBUG_BREAK,
    CPU_DEBUG_LOAD_SYMBOLS,
    CPU_DEBUG_UNLOAD_SYMBOLS,
    CPU_DEBUG_CHECK,
    CPU_DEBUG_ASSERT,
    CPU_DEBUG_RIP,
};

/* Registers of one guest thread: part of the machine's state, so no host pointer and no padding. */
struct ppc {
    u64 r[32];
    u64 f[32]; /* IEEE double bits */
    struct vector v[VECTORS];
    u64 lr;
    u64 ctr;
    u32 pc;
    u32 xer; /* SO, OV, CA at their architected places, and the byte count */
    u32 cr;  /* CR0 in the top nibble */
    u32 fpscr;
    u32 vscr; /* NJ 0x00010000, SAT 0x00000001 */
    u32 vrsave;
    u32 msr;
    u32 reserve_valid; /* lwarx/ldarx: dropped when the hardware thread turns to another thread or the slice ends */
    u32 reserve_address;
    u32 block_left;    /* instructions left of the block that pc stands in; 0: pc begins a block */
    u32 stop;          /* enum cpu_stop */
    u32 fault;         /* enum fault_kind */
    u32 fault_address; /* data address, or the instruction word */
    u32 zero[3];
};

/* Runs blocks from c->pc as long as fewer than `budget` instructions have retired, at the first what is left of one;
 * and stops in the middle of one after `limit` instructions. Returns the instructions retired (a faulting one is not).
 * c->stop says how to go on; the caller resets it. What mftb reads comes from engine_time(), which counts c's retired
 * instructions (engine.h). */
u32 cpu_run(struct engine *e, struct ppc *c, u32 budget, u32 limit);
/* One block. */
u32 cpu_run_block(struct engine *e, struct ppc *c, u32 limit);

/* Makes registers as a thread starts with: zero but MSR 0x9030, VSCR.NJ set, FPSCR zero. */
void cpu_reset(struct ppc *c);

/* The cache of decoded blocks: derived state, thrown away at any moment without a trace in the results. */
struct block_cache;
struct block_cache *block_cache_create(void);
void block_cache_destroy(struct block_cache *cache);
void block_cache_clear(struct engine *e);
/* Code in [ea, ea+size) may have changed. Called by memory.c on a store to a page with decoded code, by icbi, by
 * loaders. */
void block_cache_invalidate(struct engine *e, u32 ea, u32 size);

#endif
