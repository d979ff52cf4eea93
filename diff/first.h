/* SPDX-License-Identifier: BSD-3-Clause
 * The first divergence of two runs: per pair of threads and over all of them, in order of cause.
 *
 * A pair diverges where its keys or the values of paired calls first differ. A divergence is a *deed* when the thread
 * itself did something else, and a *standstill* when one of the two only stopped: blocked, or cut off with its log. A
 * standstill comes after the thread that should have ended its wait; a deed that is a wait's other outcome, too. What
 * only polls or delays more often or less, or is in doubt, comes after other deeds. Deeds without such a cause are
 * ordered by both runs' order: what comes later than another in both may follow from it, and what does so in one only
 * cannot. */
#ifndef DIFF_FIRST_H
#define DIFF_FIRST_H

#include "diff/align.h"
#include "diff/ends.h"
#include "diff/jitter.h"
#include "diff/pair.h"
#include "diff/signals.h"
#include "diff/steady.h"
#include "diff/unlogged.h"
#include "diff/values.h"

enum first_class {
    FIRST_NONE,
    FIRST_MISSING_API,
    FIRST_RETURN_VALUE,
    FIRST_ARGUMENT,
    FIRST_SIDE_EFFECT,
    FIRST_BRANCH,
    FIRST_ORDER,
    FIRST_TIMING,
    FIRST_SPAWN,
    FIRST_ENVIRONMENT,
    FIRST_WEDGE,
    FIRST_TRUNCATED,
    FIRST_UNCAPTURED,
};

enum first_verdict { FIRST_SAME, FIRST_DIVERGED, FIRST_UNCERTAIN };

/* All values of journals of at most so many events, both together; of longer ones the last calls of each thread. */
enum { FIRST_EVENTS = 4 << 20, FIRST_LAST_CALLS = 1024 };
#define FIRST_VALUES UINT64_MAX

enum { FIRST_FACTS = 10, FIRST_FACT_SIZE = 320 };
#define FIRST_NOBODY UINT32_MAX

struct first_fact {
    char sign; /* '+' for the class, '-' against it, '?' what to capture, ' ' neither */
    char text[FIRST_FACT_SIZE];
};

/* One side of a divergence. */
struct first_side {
    u32 thread; /* its place in the run's table; PAIR_NOBODY: there is none */
    bool has_last, has_next, has_meeting;
    struct values_call last;    /* the last common call */
    struct values_call next;    /* what it did next, or the call whose values differ */
    struct values_call meeting; /* where they meet again */
    u8 end;                     /* enum thread_end */
    u64 when;                   /* seq of it */
};

struct first_divergence {
    u32 pair;
    u8 class;
    bool is_deed;
    bool is_shared; /* only other members of a family of workers did the same work: no divergence */
    u64 matched;
    struct first_side side[2];
    bool is_minor;   /* only calls that wait or poll are more or fewer */
    bool is_polling; /* and they are rounds of a loop */
    u64 passed;      /* such calls before it */
    u8 passed_side;
    struct values_call passed_call; /* the first of them */
    bool is_steady;                 /* prefix and meeting are by the keys of first.steady */
    struct align_window window;
    struct align_prefix prefix;
    struct align_meeting meeting;
    struct values_search values;
    struct waker waker[2]; /* who ended that wait, in the run where it ended */
    u32 cause;             /* the divergence that it follows from, or FIRST_NOBODY */
    u32 root;              /* where the causes lead to: itself, if it has none */
    u32 rank;              /* place in the order of causes */
    bool is_uncertain;     /* evidence is lacking: the facts say which */
    bool is_silent;        /* one log tells nothing of the thread, which ran */
    struct first_fact facts[FIRST_FACTS];
    u32 fact_count;
};

struct first_options {
    struct keys_choice keys;
    u64 limit;                   /* keys of each thread; UINT64_MAX: all */
    u64 first_time[2];           /* per run, on its clock; 0: from the start */
    u64 last_time[2];            /* per run; UINT64_MAX: to the end */
    bool by_time;                /* order by A's clock instead of by cause */
    u64 values_most;             /* calls whose values are compared, per thread, the last ones; or FIRST_VALUES */
    const struct jitter *jitter; /* what reference runs have shown to vary, or NULL */
};

struct first_noise {
    u64 events[2]; /* that were left out */
};

struct first {
    struct run *run[2];
    struct keys keys;   /* without noise */
    struct keys steady; /* and with that which does not vary in these runs, if there is any */
    u32 steady_classes;
    struct pairing *pairing;
    struct ends ends[2];
    struct signals *signals[2];    /* made where a waker is not told, of short journals; else NULL */
    struct first_divergence *list; /* in order of rank */
    u32 count;
    u64 common; /* calls that agree, of all pairs; 0 and no divergence: nothing was there to compare */
    u32 equal;  /* pairs that agree to the end */
    u32 shared; /* pairs of which only the sharing out of work differs */
    u64 before; /* calls of all of A's threads before the first divergence, by time */
    u64 values_most;
    u64 compared, untold; /* results of calls */
    const struct jitter *jitter;
    struct unlogged unlogged; /* where a divergence's op is one that the other run never has */
    u64 partitions[2];        /* hash over what the writable partitions began with; 0: not told */
    u8 verdict;
    struct first_noise noise[NOISE_CLASSES + 2]; /* by class; then declared, then learnt */
};

/* The pairing must live as long. */
void first_find(struct first *first, struct pairing *pairing, const struct first_options *options);
void first_finish(struct first *first);

const char *first_class_name(u8 class);
const char *first_verdict_name(u8 verdict);
/* Divergences that follow from no other. */
u32 first_count_roots(const struct first *first);
/* 0 same, 1 diverged, 3 uncertain. */
int first_exit_code(const struct first *first);
/* "critical-section" ..., "declared", "learnt". */
const char *first_noise_name(u32 class);

/* ---- Between diff/first*.c. ---- */

/* Short enough to look at every value and all noise. */
bool first_is_short(const struct first *first);
/* One pair, step by step: keys and values; noise that does not vary; what is there (false: nothing diverges). */
void first_align_pair(const struct first *first, const struct first_options *options, u32 pair,
                      struct first_divergence *d);
/* The values of the calls that agree, in the divergence's window. */
void first_compare_values(const struct first *first, struct first_divergence *d);
void first_measure_pair(const struct first *first, const struct first_divergence *d, struct steady *steady);
void first_align_steady(const struct first *first, struct first_divergence *d);
bool first_finish_pair(const struct first *first, struct first_divergence *d);
/* Of standstills only columns are read, until one of them is what is shown. */
void first_read_standstill(const struct first *first, struct first_divergence *d);
/* A thread that only one run has. False: it did nothing. */
bool first_find_unpaired(const struct first *first, const struct first_options *options, u32 pair,
                         struct first_divergence *d);

void first_add_fact(struct first_divergence *d, char sign, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What differs only in calls that wait or poll gives way to what lies behind it (diff/first_minor.c). */
void first_set_aside(struct first *first);
void first_tell_minor(const struct first *first, struct first_divergence *d);
/* Class and facts of one divergence; its sides are filled. */
void first_classify(const struct first *first, struct first_divergence *d);
/* What may be a difference of the logs alone (diff/first_doubt.c): an op that the other run never has (true: it is
 * doubtful), lines that a log lacks, return addresses that never agree. */
bool first_is_uncaptured(const struct first *first, struct first_divergence *d);
void first_doubt_keys(const struct first *first, struct first_divergence *d);
void first_doubt_pair(const struct first *first, struct first_divergence *d);
void first_doubt_ends(struct first *first);
/* Threads of which one log tells nothing at all (diff/first_silent.c). */
void first_doubt_silent(struct first *first);
void first_doubt_all(struct first *first);
/* How many-th wait of its thread a standstill is: the k-th is compared with the k-th. */
void first_tell_nth(const struct first *first, struct first_divergence *d);
/* Causes, roots, ranks; sorts the list. */
void first_order(struct first *first, bool by_time);

#endif
