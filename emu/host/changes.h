/* SPDX-License-Identifier: BSD-3-Clause
 * The changes of a run, as the user writes them (--force and its like, and the lines of --changes FILE), and the host's
 * side of the gate that hands them out (emu/change.h).
 *
 *   force OP#K[@THREAD]=RESULT[,ARGUMENT=HEX...]     the K-th call of OP (by THREAD) is not made: it returns this
 *   amend OP#K[@THREAD]=[RESULT][,ARGUMENT=HEX...]   it is made; these are put over its own results
 *   delay OP#K[@THREAD]=TICKS                        it is made so much later
 *   force-input KIND#K=VALUE                         the K-th answer of that kind (schema/inputs.def)
 *   poke TICK[@THREAD]:ADDRESS=HEX                   bytes of guest memory, before the first slice from TICK on; with
 *                                                    THREAD before its first block from TICK on
 *   hold TICK:THREAD:TICKS                           the thread stands still from TICK on for so long
 *   order TICK:THREAD                                it runs first in the first slice from TICK on
 *   schedule TICK:TICKS:ORDER:T,T,T,T,T,T            the slice that begins at TICK: its length, the order of hardware
 *                                                    threads (012345), the thread that goes first on each (0: none);
 *                                                    a slice before it ends there at the latest
 *   chaos TICK:SEED                                  from the first slice at or after TICK on drawn from SEED; 0: plain
 *
 * K counts from 1. Times are ticks, or have a unit (5ms, 2s). VALUE: a number; hex:HEX; none; @FILE, its bytes. */
#ifndef EMU_HOST_CHANGES_H
#define EMU_HOST_CHANGES_H

#include "cli/cli.h"
#include "emu/engine.h"
#include "replay/nondet.h"

/* Rows of the table in changes_read.c. */
enum change_verb {
    CHANGE_FORCE,
    CHANGE_AMEND,
    CHANGE_DELAY,
    CHANGE_INPUT,
    CHANGE_POKE,
    CHANGE_HOLD,
    CHANGE_ORDER,
    CHANGE_SCHEDULE,
    CHANGE_CHAOS,
};

struct change {
    enum change_verb verb;
    char *text; /* as it was written, with its verb; NULL: a schedule */
    u32 op;     /* or the kind of input */
    u32 thread; /* 0: any */
    u64 number; /* K */
    u64 tick;   /* when */
    u8 *bytes;  /* as the gate gives them */
    size_t size;
    u64 seen; /* calls, questions of it so far */
    bool done;
    u64 done_tick;
    u32 done_thread;
};

struct changes {
    struct change *list; /* all but schedules */
    size_t count;
    struct change *slices; /* schedules, by tick */
    size_t slice_count;
    size_t next_slice;
    u64 slices_done;
    u32 slice_ticks; /* of the configuration */
    u8 cut[36];      /* the answer for a slice that ends early */
    struct nondet_host host;
};

/* All options of the command line; false: err names the bad one. */
bool changes_read(struct changes *c, const struct cli *cli, struct err *err);
/* One line of a file, or what an option makes of its value. */
bool changes_add(struct changes *c, const char *line, struct err *err);
/* The same from a journal: a schedule's bytes. */
void changes_add_slice(struct changes *c, u64 tick, const u8 *bytes, size_t size);
void changes_free(struct changes *c);
bool changes_are_there(const struct changes *c);

/* The host's side of the gate: what is asked goes on to `host` where no change answers. Without changes it is `host`
 * itself. */
struct nondet_host changes_host(struct changes *c, const struct nondet_host *host, const struct config *config);
/* The slice that begins, as a line for --changes, unless it is plain. */
void changes_write_slice(FILE *out, const struct engine *e);
/* What the journal says of them, and what came of each: meta change.N, change.N.done. */
struct journal_writer;
void changes_to_journal(const struct changes *c, struct journal_writer *w);
/* One line on stderr for each that never came; how many those are. */
u32 changes_tell_missed(const struct changes *c);

#endif
