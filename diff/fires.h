/* SPDX-License-Identifier: BSD-3-Clause
 * How often each call was made in two runs, by call site or by what the user wants to see together. Counts come from
 * the blocks' tables of sites; events are read only where a window cuts a block, and for each site's first. */
#ifndef DIFF_FIRES_H
#define DIFF_FIRES_H

#include "diff/common.h"
#include "diff/keys.h"
#include "diff/pair.h"
#include "diff/silent.h"

/* What the calls of one row have in common. */
enum fires_dimension { FIRES_OP = 1, FIRES_LR = 2, FIRES_FUNCTION = 4, FIRES_FAMILY = 8, FIRES_THREAD = 16 };

enum fires_status {
    FIRES_MATCH, /* as often, or as often as it varies between A and its reference runs */
    FIRES_UNDER,
    FIRES_OVER,
    FIRES_MISSING, /* in A, never in B */
    FIRES_MIXED, /* an LR in a wrapper: who called it, one of the runs does not tell; or a site they name differently */
    FIRES_UNCAPTURED, /* never, or fewer, in a run which would not have told it, or of which a filter may have taken it
                       */
    FIRES_STATUSES,
};

enum { FIRES_WRAPPERS_MOST = 64, FIRES_REASON = 224, FIRES_DECLARED = NOISE_CLASSES + 1 };

struct fires_options {
    u32 dimensions;
    const char *op;    /* pattern, or NULL */
    u8 kind;           /* enum keys_kind */
    bool is_unwrapped; /* an LR in a wrapper becomes that of its only caller */
    struct window window[2];
    u32 wrappers[FIRES_WRAPPERS_MOST]; /* beside those that symbols tell: LRs, or starts of functions */
    u32 wrapper_count;
};

struct fires_key {
    u32 op, lr, function, family, pair; /* 0 where the row is not by that; pair: place in the pairing */
};

struct fires_row {
    struct fires_key key;
    u64 count[2];
    u64 common[2];   /* of them in the common time */
    u64 silent[2];   /* of them by threads of which the other log tells nothing */
    u64 reference;   /* in the reference run that is being added */
    u64 least, most; /* in A and its references */
    u32 place[2];    /* where it was called first in each run: the thread */
    struct run_first first[2];
    u8 noise; /* enum noise_class; FIRES_DECLARED */
    bool is_wrapped;
    u8 status;                 /* enum fires_status */
    char reason[FIRES_REASON]; /* "": none is needed */
};

/* What became of the call sites in wrappers (--unwrap), of both runs. */
struct fires_unwrapped {
    bool has_symbols;
    u32 resolved;                    /* to their only caller */
    u32 left;                        /* that have several callers, or none that is known */
    u32 starts[FIRES_WRAPPERS_MOST]; /* of the wrappers of those: LR tells the caller there */
    u32 start_count;
};

struct fires {
    struct run *run[2];
    const struct pairing *pairing;
    const struct fires_options *options;
    struct common common;
    struct silent silent;
    struct fires_row *rows; /* greatest difference first */
    u32 row_count, capacity;
    struct map *places;
    struct fires_unwrapped unwrapped;
    u64 total[2]; /* what the rows must sum up to: of whole runs as the journal's sites tell it */
    u32 references;
};

/* False: damage. The pairing and the options must live as long. */
bool fires_make(struct fires *fires, struct pairing *pairing, const struct fires_options *options, struct err *err);
/* Adds a reference run of A's engine. */
bool fires_add_reference(struct fires *fires, const char *path, struct err *err);
/* States and order; after the references. */
void fires_judge(struct fires *fires);
void fires_free(struct fires *fires);

const char *fires_status_name(u8 status);
/* NULL: no noise. */
const char *fires_noise_name(u8 noise);
/* 0 every row that is no noise matches; 1 some differ; 3 none differs, but some cannot be told, or there
 * are no rows. */
int fires_exit_code(const struct fires *fires);

/* ---- Between diff/fires*.c. ---- */

/* The call that returns to lr is in a wrapper. */
bool fires_is_wrapped(const struct fires *fires, u32 lr);
/* The LR of the wrapper's only caller, and of its caller as long as that is a wrapper; lr itself if there are several,
 * or none is known. */
u32 fires_unwrap(const struct fires *fires, u32 lr);
/* Counts into fires->unwrapped what happens to a run's sites. */
void fires_count_unwrapped(struct fires *fires, struct run *run);
/* Threads of how many entries come by a call site: of a wrapper, many do. */
u32 fires_count_families(const struct fires *fires, u32 op, u32 lr);
/* Rows of wrappers that one run tells and the other does not. */
void fires_judge_wrappers(struct fires *fires);

#endif
