/* SPDX-License-Identifier: BSD-3-Clause
 * The loops of a pair of threads: what is called over and over, how many rounds each run made of it, and the first
 * round that is not the same. A loop is known by its *head*, a call behind which the same calls come again each time; a
 * round goes from one pass of the head to the next, the last one to the thread's end. Rounds of a pair are compared
 * k-th with k-th, call by call, noise left out. */
#ifndef DIFF_LOOPS_H
#define DIFF_LOOPS_H

#include "diff/keys.h"

#define LOOPS_NONE UINT32_MAX
enum { LOOPS_MOST = 8 };

struct loop_round {
    u64 from, to; /* ordinals among the thread's calls without noise */
};

enum loop_state {
    LOOP_SAME,       /* as many rounds, and each is the same */
    LOOP_INCOMPLETE, /* B's thread stops inside a round that A completes */
    LOOP_AHEAD,      /* A's thread stops inside a round that B completes */
    LOOP_DIFFERS,    /* a round has other calls */
    LOOP_FEWER,      /* B makes fewer rounds, all alike */
    LOOP_MORE,
};

struct loop {
    u64 head; /* letter */
    struct loop_round *rounds[2];
    u32 count[2];
    u64 calls[2]; /* in all rounds */
    u64 alike;    /* in rounds that begin as the one before or behind, of both runs */
    u8 state;     /* enum loop_state */
    u32 first;    /* the first round that is not the same, from 0; LOOPS_NONE: there is none */
    u64 common;   /* calls of that round that agree */
};

struct loops {
    struct loop rows[LOOPS_MOST]; /* what covers most calls first */
    u32 count;
    u64 *letters[2], *positions[2]; /* of the calls, by ordinal */
    u64 call_count[2];
};

/* keys: without noise. head: the only one looked at, or 0. is_blocked: the thread never came back from its last call.
 * False: damage. */
bool loops_find(struct loops *loops, const struct keys *keys, u32 thread_a, u32 thread_b, u64 head,
                const bool is_blocked[2], struct err *err);
void loops_free(struct loops *loops);

const char *loops_state_name(u8 state);

#endif
