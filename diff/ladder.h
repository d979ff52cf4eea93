/* SPDX-License-Identifier: BSD-3-Clause
 * Who should have woken whom: the wedge of run B, explained by a good run A.
 *
 * A rung is a thread of B that cannot go on: it hangs in a wait without time-out, or was never resumed, or never
 * created. Its need is the thing that would let it go on, as A has it: the signal that ended the wait in A that is this
 * wait's counterpart (the same object by birth; of several waits on it, the one with the same ordinal), or the call
 * that resumed or created the thread. The need's counterpart is the thread of B whose turn that signal is: the thread
 * whose last wait before it has, in B, the same ordinal on the same object; so a job that another worker took counts as
 * that worker's. Where the counterpart stands in B decides:
 *
 *   it hangs before that place, or never ran  the rung rests on the counterpart's rung, and so on down;
 *   it came past the place                    the rung is a root: there A and B parted;
 *   it made the call, and it did not help     a root: another object, a refusal, a cancel after it;
 *   it ended, or still runs                   a root.
 *
 * Rungs that rest on each other in a circle with no way out are roots together. A wait that never ends in A either is
 * no part of the wedge. Rungs of the same shape (same site, object and state) are one group. */
#ifndef DIFF_LADDER_H
#define DIFF_LADDER_H

#include "cli/cli.h"
#include "diff/pair.h"
#include "diff/signals.h"

enum { LADDER_NONE = -1 }; /* as u32 */

enum ladder_state {
    LADDER_BEFORE,  /* its thread hangs before that place */
    LADDER_NOT_RUN, /* its thread was never resumed, or never created */
    LADDER_PASSED,
    LADDER_MADE,
    LADDER_ENDED,
    LADDER_SUSPENDED,
    LADDER_RUNS,
    LADDER_HELD,    /* a section or mutant whose owner is known, and nobody's turn */
    LADDER_UNKNOWN, /* A does not tell who signals it */
    LADDER_AS_IN_A, /* A waits there for ever too */
    LADDER_STATES,
};

/* A site of A that signals an object. */
struct ladder_producer {
    u32 place, op, lr; /* in A */
    u32 place_b;       /* its thread's counterpart, or LADDER_NONE */
    u64 count, first_time, last_time;
    u64 first_position;
    bool is_guessed; /* the log does not tell the object: the nearest signal is meant */
    bool is_sibling; /* it signals objects made at the same site, not this one */
};

/* Where the counterpart's way parts from A's, counted from its turn on. */
struct ladder_parting {
    bool is_known;
    u64 common; /* calls in a row that are the same, noise left out */
    u64 a, b;   /* positions; b may be the end of its stream */
    bool has_a, has_b;
};

struct ladder_need {
    u32 object, object_a; /* in B's signals, in A's; LADDER_NONE: unknown, or there is none */
    u8 state;             /* enum ladder_state */
    bool is_strange;      /* the counterpart hangs in a wait that A does not have there */
    bool has_signal;
    struct signal_deed signal; /* A's */
    u32 place;                 /* the counterpart, in B; LADDER_NONE: there is none */
    u32 turn_a, turn_b;        /* waits of A and B, or LADDER_NONE: since the thread's start */
    u32 turn;                  /* how many-th on its object, from 1 */
    u32 next;                  /* rung, or LADDER_NONE */
    u32 first_producer, producer_count;
    struct ladder_parting parting;
    struct signal_deed made; /* LADDER_MADE, LADDER_HELD: B's call */
};

enum ladder_kind { LADDER_WAIT, LADDER_RESUME, LADDER_CREATION };

struct ladder_rung {
    u8 kind;     /* enum ladder_kind */
    u32 place;   /* in B; LADDER_CREATION: in A */
    u32 wait;    /* in B's signals, or LADDER_NONE */
    bool is_all; /* a wait for all its objects: told, or else some of them are signalled and it hangs all the same;
                    needs are the others then */
    u32 first_need, need_count;
    u32 group; /* the first rung of the same shape */
    bool is_root, is_cycle;
    u32 held; /* how many other rungs rest on it */
};

struct ladder {
    struct run *a, *b;
    struct signals *signals_a, *signals_b;
    struct pairing pairing;
    u32 *object_a;             /* counterpart in A of B's objects */
    struct ladder_rung *rungs; /* threads that block, in order of blocking, then what they rest on */
    u32 rung_count, blocked_count;
    struct ladder_need *needs;
    u32 need_count;
    struct ladder_producer *producers;
    u32 producer_count;
    u32 *roots; /* rungs: what most others rest on first */
    u32 root_count;
};

/* map: as of pair_threads. Where A has nothing to say of B's wedge (no thread pairs, nothing that B waits for was made
 * in A too), A's waits and signals are not gathered: signals_a is bare. */
bool ladder_make(struct ladder *ladder, struct run *a, struct run *b, const char *map, struct err *err);
/* The same ladder; signals_a has all. */
bool ladder_make_all(struct ladder *ladder, struct run *a, struct run *b, const char *map, struct err *err);
void ladder_free(struct ladder *ladder);

/* The need that the wait hangs on: of a wait for any of several objects, what came first in A. */
const struct ladder_need *ladder_need(const struct ladder *ladder, const struct ladder_rung *rung);
/* Threads of B that were under way when the journal ended: while there are any, what is blocked may yet go on. */
u32 ladder_count_running(const struct ladder *ladder);
/* A blocked thread of B has a counterpart in A, or none is blocked; without, A says nothing of the wedge. */
bool ladder_has_pairs(const struct ladder *ladder);
/* Of A's own events: its waits may not have been gathered. False: its log tells none. */
bool ladder_tells_waits_of_a(const struct ladder *ladder);
/* What makes the ladder doubtful, a line each. */
void ladder_print_doubts(const struct ladder *ladder, FILE *out);
const char *ladder_state_name(u8 state); /* "passed": for programs */
const char *ladder_state_text(u8 state); /* "came past that place without it" */

void ladder_print(const struct ladder *ladder, FILE *out);
void ladder_print_roots(const struct ladder *ladder, FILE *out);
/* A row for each rung, as CSV. */
void ladder_table(const struct ladder *ladder, FILE *out);
void ladder_json(const struct ladder *ladder,
                 struct json *json); /* the members "roots" and "ladder" and what goes with them */

/* ---- Shared by diff/ladder*.c. ---- */

/* Fills the rung's needs. */
void ladder_find_needs(struct ladder *ladder, u32 rung);
/* The rung of that thread of B, made if there is none yet; LADDER_NONE: it is neither blocked nor waiting to run. */
u32 ladder_rung_of(struct ladder *ladder, u32 place);
u32 ladder_rung_of_creation(struct ladder *ladder, u32 place_a);
void ladder_add_producers(struct ladder *ladder, struct ladder_need *need);
/* Whose turn the need's signal is in B, and where that thread stands. */
void ladder_find_turn(struct ladder *ladder, struct ladder_need *need);
void ladder_find_roots(struct ladder *ladder);

#endif
