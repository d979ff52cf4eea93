/* SPDX-License-Identifier: BSD-3-Clause
 * Ops that one run has and the other's log never: not called, or not logged? What a filter leaves out shows in what it
 * leaves: the calls before and behind come one after the other, at place after place, as if nothing had been between
 * them. What a run does not do takes its neighbours with it: after the call before, something else comes.
 *
 * A *place* is a pair of calls (op and LR) with, in the run that has the op, always a call of it in between. The other
 * run *passes* it where the second call follows the first, and *leaves* it where it comes by the first call and never
 * goes on to the second. One branch explains one place, so a few prove nothing: it takes several places and several of
 * the op's call sites, fewer where the log has no op of the whole class (critical sections, files, producers ...) of
 * which the other run calls several, or where it lacks many ops so. Places are counted in the first stretch of each
 * thread (of long runs).
 *
 * No filter is looked for in recordings of our own machine, nor where coverage tells (diff/coverage.h). */
#ifndef DIFF_UNLOGGED_H
#define DIFF_UNLOGGED_H

#include "diff/run.h"

enum { UNLOGGED_REASON = 224 };

struct unlogged_op {
    u32 op;
    u8 lacks;   /* the side whose log never has it */
    u8 class;   /* 0: none */
    u64 calls;  /* by the other */
    u32 passed; /* places */
    u32 left;
    u32 sites;     /* of the op's, at places that are passed */
    u32 class_ops; /* that the other calls of the class, of which this log has none; 0: it has some */
    u32 class_passed, class_left, class_sites;
    bool is_listed; /* the log is of chosen ops: by itself the op shows nothing */
    bool is_likely; /* a filter explains it, and a few branches do not */
};

struct unlogged {
    struct run *run[2];
    struct unlogged_op *ops;
    u32 count;
};

void unlogged_find(struct unlogged *unlogged, struct run *a, struct run *b);
void unlogged_free(struct unlogged *unlogged);
/* NULL: that side's log has the op, or neither has, or it is known otherwise. */
const struct unlogged_op *unlogged_of(const struct unlogged *unlogged, u32 lacks, u32 op);
/* What is for it and what against it; false, "": nothing is for it. */
bool unlogged_tell(const struct unlogged_op *op, char text[UNLOGGED_REASON]);

#endif
