/* SPDX-License-Identifier: BSD-3-Clause
 * Idioms of waiting: what a thread does around each of its waits, in steps.
 *
 * A *round* belongs to one wait. It has what the thread did for it since the wait before: made the object, duplicated
 * its handle, armed the timer, signalled this object or another; the wait; whether it ended; and what came of it before
 * the next wait: a reset, a release of the mutant, the object's close. Waits of contended sections, polls (no time to
 * wait) and waits for nothing are left out. The steps name the idiom (diff/idioms.def).
 *
 * Where a log does not tell which object a signal was for, it is the thread's own if that was guessed for the wait
 * (diff/waits.h), else another's; either way the idiom is `guessed`. */
#ifndef DIFF_IDIOMS_H
#define DIFF_IDIOMS_H

#include "diff/signals.h"

enum idiom {
#define IDIOM(name, ...) IDIOM_##name,
#include "diff/idioms.def"
    IDIOMS,
};

enum idiom_step_kind {
    STEP_CREATE,
    STEP_DUPLICATE,
    STEP_ARM,
    STEP_SIGNAL,
    STEP_WAIT,
    STEP_WAKE,
    STEP_RESET,
    STEP_RELEASE,
    STEP_CLOSE,
};

enum { IDIOM_STEPS = 10 };

struct idiom_step {
    u8 kind;      /* enum idiom_step_kind */
    bool is_own;  /* STEP_SIGNAL: of the object that is waited for */
    bool guessed; /* which object is not told */
    u32 op, lr;   /* 0: not told */
    u32 place;    /* STEP_WAKE: who ended it; else the thread */
    u64 position; /* UINT64_MAX: see seq */
    u64 seq;
};

struct idiom_round {
    const struct wait *wait;
    u32 object; /* the first it waits for */
    u8 idiom;   /* enum idiom */
    bool guessed;
    bool goes_on; /* the thread came to its next wait, or its end: what comes behind the wait is all there */
    u8 step_count;
    struct idiom_step steps[IDIOM_STEPS];
};

/* What is asked of all threads of a run. */
struct idioms {
    const struct signals *signals;
    struct groups births; /* objects by the thread that made them */
};

void idioms_begin(struct idioms *idioms, const struct signals *signals);
void idioms_end(struct idioms *idioms);
/* A thread's rounds in order; free them. */
struct idiom_round *idioms_find(const struct idioms *idioms, u32 place, u32 *count);

const char *idiom_name(u8 idiom);
const char *idiom_step_name(u8 kind);
/* Where a step stands: its position in its thread. */
u64 idiom_step_position(const struct idioms *idioms, const struct idiom_step *step);

#endif
