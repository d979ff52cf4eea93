/* SPDX-License-Identifier: BSD-3-Clause
 * The idioms of two threads beside each other: of waits at one site for objects that were made at one site, the k-th
 * round of A with the k-th of B, step by step. The first round that is not the same breaks the idiom that it has in A;
 * behind it rounds are counted only. Of workers of one entry, which member did what is a matter of schedule: where all
 * of them together went as many rounds, their idiom is shared, not broken. */
#ifndef DIFF_IDIOMS_COMPARE_H
#define DIFF_IDIOMS_COMPARE_H

#include "diff/ends.h"
#include "diff/idioms.h"
#include "diff/map.h"

enum idiom_state {
    IDIOM_SAME,
    IDIOM_BROKEN,
    IDIOM_FEWER, /* all rounds that both have are the same */
    IDIOM_MORE,
    IDIOM_ONLY_A,
    IDIOM_ONLY_B,
    IDIOM_OPEN,   /* a log ends while threads still run, within the wait or before the rounds that are missing */
    IDIOM_SHARED, /* only other members of a family of workers went these rounds */
    IDIOM_UNTOLD, /* the other log never has the call, or any wait, and may have left it out */
};

struct idiom_key {
    u32 op, lr, born_op, born_lr;
    u32 type, is_own; /* the thread that waits made the object */
};

struct idiom_row {
    struct idiom_key key;
    u8 idiom, state;
    bool is_parted, guessed;
    u32 place[2]; /* of the threads; UINT32_MAX: none */
    u64 count[2];
    struct idiom_round at[2]; /* the round that parts, else the first; wait NULL: there is none */
    u32 round, step[2];       /* is_parted: which, from 0, and the first steps that differ */
};

struct idiom_comparison {
    struct run *run[2];
    struct signals *signals[2];
    struct idioms idioms[2];
    bool is_single, has_lr, is_recording[2], tells_waits[2];
    bool is_wedged[2], is_over[2]; /* nothing can run again; the title ended */
    struct idiom_row *rows;        /* pair by pair, in A's order */
    u32 row_count;
};

/* b NULL: one run alone. False: damage; close it all the same. */
bool idioms_open(struct idiom_comparison *c, struct run *a, struct run *b, struct err *err);
void idioms_close(struct idiom_comparison *c);
/* Adds rows of two threads. UINT32_MAX: none. */
void idioms_compare(struct idiom_comparison *c, u32 place_a, u32 place_b);

/* Finds what is shared, when all threads were compared. */
void idioms_share(struct idiom_comparison *c);

const char *idiom_state_name(u8 state);

#endif
