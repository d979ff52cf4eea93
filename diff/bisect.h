/* SPDX-License-Identifier: BSD-3-Clause
 * From a bad run, and where one is needed a good one, to the least change that turns one into the other. All ways to do
 * it make trials (diff/trials.h): the bad run's journal runs again with other changes, and a trial counts as bad when
 * it ends as the bad run did, for the same reason. Each ends with a verdict: confirmed    the cause is found, and it
 * alone makes the good run bad or repairs the bad one (`sentence` says which) unconfirmed  something is found, but it
 * did not stand that test not found    `sentence` says what was tried */
#ifndef DIFF_BISECT_H
#define DIFF_BISECT_H

#include "cli/cli.h"
#include "diff/calls_of.h"
#include "diff/trials.h"

#include <stdlib.h>

enum bisect_verdict { BISECT_NOT_FOUND, BISECT_UNCONFIRMED, BISECT_CONFIRMED };

struct lines {
    char **list;
    size_t count;
};

struct bisect {
    const struct cli *cli;
    struct trials trials;
    const char *bad_path, *good_path;
    struct trial_end bad; /* how the bad run ended */
    struct trial_end good;
    char *kept; /* lines that every trial has: the bad run's own changes that are not asked about */
    const char *output;
    enum bisect_verdict verdict;
    const char *kind;   /* "schedule" ... */
    struct lines cause; /* the change, as lines for --changes */
    bool has_first, has_second;
    struct call_row first, second; /* calls that the cause names */
    u64 time;                      /* ticks; a place in time that the cause names */
    bool has_time;
    struct bisect_point {
        u64 time;
        u32 samples, bad;
    } points[32]; /* bisect time: how likely the bad end is when the schedule is drawn from there on */
    u32 point_count;
    char sentence[2048];
    bool has_journal; /* output was written */
};

/* What each way does: false only for what keeps it from being done (err). */
bool bisect_schedule(struct bisect *b, struct err *err);
bool bisect_inputs(struct bisect *b, struct err *err);
bool bisect_exports(struct bisect *b, struct err *err);
bool bisect_time(struct bisect *b, struct err *err);
int bisect_engine(const struct cli *cli);

/* Which pair of operations has another order in the bad run than in the plain one, so that exchanging it alone decides.
 * bad: changes that make the plain run bad. Fills the verdict and the cause. */
bool bisect_pair(struct bisect *b, const char *bad, struct err *err);

/* It ends as it should: as the good run did, whatever else is different. */
bool bisect_is_good(const struct bisect *b, const struct trial_end *end);

/* What the bad run's journal says of its changes, but for forced inputs, which are inputs. */
struct bisect_changes {
    struct lines schedule, others;
    u64 *ticks;    /* when each of `schedule` came; UINT64_MAX: never */
    bool is_drawn; /* slices are drawn from a seed, or listed */
};
bool bisect_changes_read(struct bisect_changes *c, const char *journal, struct err *err);
void bisect_changes_free(struct bisect_changes *c);
/* The slices of the bad run that are not plain, as a replay of it tells them; lines are added. */
bool bisect_read_slices(struct bisect *b, struct lines *lines, struct err *err);

/* The plain run goes wrong too: a call that only has to come later? */
bool bisect_repair(struct bisect *b, struct err *err);
/* "delay OP#K@THREAD=TICKS", until behind another call by 1, 4, 16, 64 slices; where that is not made, by so many. */
void bisect_delay_line(const struct call_row *row, u64 ticks, char *text, size_t size);
u64 bisect_delay_ticks(const struct call_row *early, const struct call_row *late, u32 step);

void lines_add(struct lines *lines, const char *text, size_t length);
void lines_split(struct lines *lines, const char *text);
void lines_free(struct lines *lines);
/* The lines whose places are in `wanted` (NULL: all), behind `front`; a heap copy. */
char *lines_join(const char *front, const struct lines *lines, const bool *wanted);

/* Leaves of `lines` a set, of which no line can be left out, that still makes a trial bad (or repairs it). text:
 * what a trial's changes are, given the lines that it has; freed by the caller. Which set does not depend on the number
 * of processors. */
struct reduction {
    struct bisect *b;
    char *(*text)(void *context, const struct lines *lines, const bool *wanted);
    void *context;
    bool repairs; /* not: makes it bad, but: ends as the good run did */
};
bool bisect_reduce(const struct reduction *r, struct lines *lines, struct err *err);

/* Writes the journal of the trial with these changes to the output: with its events, or without where that is over 100
 * KB. */
bool bisect_keep(struct bisect *b, const char *changes, struct err *err);
/* "thread 3, NtPulseEvent #1, lr 0x8201023C" */
void bisect_describe(const struct call_row *row, char *text, size_t size);
void bisect_say(struct bisect *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
