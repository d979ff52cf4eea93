/* SPDX-License-Identifier: BSD-3-Clause
 * Trials: the run of a journal again and again, each time with other changes (lockstep replay --changes), and how each
 * ended. As many at once as there are processors. What came out is written to a file, so that a search that was broken
 * off goes on where it was: a trial that stands there is not run again.
 *
 * Beside the lines that emu/host/changes.h explains, a trial's changes may have lines "#pads TIME PAD BUTTONS ...":
 * together a script that is played on the pads.
 *
 * An end is a class (exited, wedged, fault, stalled, limit ...) and, of a wedge, what it is about: why, which thread by
 * lineage, and where the thread waits, of the root that tells most. Two ends are the same if both are. */
#ifndef DIFF_TRIALS_H
#define DIFF_TRIALS_H

#include "schema/base.h"

struct trial_end {
    char class[24]; /* "wedged"; "": it was not run yet */
    u64 about;      /* hash of what the wedge is about; 0: nothing */
    u64 ticks;
};

struct trial {
    u64 key;
    char *changes;    /* lines; freed once it was run */
    char *options[2]; /* further ones, or NULL */
    struct trial_end end;
};

struct trials {
    char base[4096];      /* the journal that is run again */
    u64 base_hash;        /* of the file */
    const char *fixed[4]; /* options of every trial: "--chaos=0"; NULL: no more */
    char state[4096];     /* the file of what came out; "": none */
    char folder[4096];    /* for what children write */
    u64 limit;            /* ticks; 0: none */
    u64 stall;            /* ticks; 0: none */
    struct trial *list;
    size_t count, capacity;
    u64 *slots; /* by key: place + 1 */
    size_t slot_count;
    u64 runs;  /* made, now or before */
    u64 begun; /* nanoseconds of the host's clock */
    u64 told;
    const char *task; /* for the line of progress */
    bool quiet;
};

/* XXH3 of a file's bytes; of nothing if it cannot be read. */
u64 trials_file_hash(const char *path);

/* How the run of a journal ended. */
bool trial_end_of(const char *journal, struct trial_end *end, struct err *err);
bool trial_is_same(const struct trial_end *a, const struct trial_end *b);

/* state: NULL: nothing is kept. What it holds of another base is dropped. */
bool trials_open(struct trials *t, const char *base, const char *state, struct err *err);
void trials_close(struct trials *t);
/* Another journal for the trials to come; what is known of the old ones stays. */
bool trials_rebase(struct trials *t, const char *base, struct err *err);
/* Place of the trial with these changes (copied; "" for none) and one further option (NULL: none). */
size_t trials_add(struct trials *t, const char *changes, const char *option, const char *value);
/* Runs all that were added and are not known yet. */
bool trials_run(struct trials *t, struct err *err);
const struct trial_end *trials_end(const struct trials *t, size_t place);
/* Runs one and keeps its journal, with its events unless `small`. */
bool trials_record(struct trials *t, const char *changes, const char *option, const char *value, const char *path,
                   bool small, struct err *err);

#endif
