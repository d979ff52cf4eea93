/* SPDX-License-Identifier: BSD-3-Clause
 * When two runs reached the same places: milestones that both have, in paired threads, like with like only: a thread's
 * creation with its creation, its first call of a site with the counterpart's first call of it. Times are told from
 * each run's first event; B's in units of A's clock. */
#ifndef DIFF_SKEW_H
#define DIFF_SKEW_H

#include "diff/common.h"
#include "diff/pair.h"

#define SKEW_NONE UINT32_MAX

enum skew_kind {
    SKEW_CREATED, /* by the parent: an event of its */
    SKEW_BEGIN,   /* its first event */
    SKEW_CALL,    /* its first call of a site */
    SKEW_COMMON,  /* the n-th call that both have in common, from the start */
    SKEW_END,     /* it exited */
};

struct skew_milestone {
    u8 kind;       /* enum skew_kind */
    u32 thread[2]; /* that it is about, by place */
    u32 op, lr;    /* SKEW_CALL, SKEW_COMMON */
    u64 n;         /* SKEW_COMMON: which */
    u32 holder[2]; /* the thread whose event it is, by its place */
    u64 position[2];
    u64 time[2]; /* from the run's first event, on A's clock */
    s64 offset;  /* time[1] - time[0] */
    s64 added;   /* of the offset, since `before` */
    u32 before;  /* the milestone before it in its thread, or where the thread was made; SKEW_NONE: the runs' begin */
    bool within_step; /* what is added is less than a clock's step */
};

/* A stretch of steady slope, in order of A's time. */
struct skew_segment {
    u32 from, to; /* milestones; the end of one is the begin of the next */
};

/* An interval that adds to the offset: from rows[row].before to rows[row]. */
struct skew_delay {
    u32 row;
    u64 events[2];   /* of the thread within it */
    u64 longest;     /* time between two events of B's within it, on A's clock */
    u64 position;    /* of the first of the two */
    u32 op;          /* what B's thread was in then; 0: nothing */
    bool is_waiting; /* for somebody else, most of what it adds: not its own doing */
};

struct skew {
    const struct pairing *pairing;
    struct run *run[2];
    struct common common;
    u64 step;                    /* of the coarser clock, on A's */
    struct skew_milestone *rows; /* in order of A's time */
    u32 count;
    struct skew_segment *segments; /* of the thread with the most milestones, so that all are in one order */
    u32 segment_count;
    struct skew_delay *delays; /* what adds most first, but for waiting, which comes last */
    u32 delay_count;
};

/* Both clocks must tell time (skew->common.is_known, common_find). only: a pair of threads, PAIR_NOBODY: all. most:
 * delays. False: damage. */
bool skew_find(struct skew *skew, const struct pairing *pairing, u32 only_a, u32 only_b, u32 most, struct err *err);
void skew_free(struct skew *skew);

const char *skew_kind_name(u8 kind);

/* ---- Between diff/skew*.c. ---- */

/* Segments and delays of the milestones. */
void skew_fit(struct skew *skew);
bool skew_find_delays(struct skew *skew, u32 most, struct err *err);
/* A difference of B's times on A's clock. */
u64 skew_units(const struct skew *skew, u32 side, u64 units);

#endif
