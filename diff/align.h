/* SPDX-License-Identifier: BSD-3-Clause
 * Two threads' keys side by side: how far they agree, and where they meet again.
 *
 * The prefix is exact: key for key from the start, so that the k-th wait meets the k-th wait and the k-th round of a
 * loop the k-th round. What is equal costs nothing: the runs' marks are searched, and only the stretch around the first
 * difference is read. Where more rounds of polling are all that differs, they are what is left out; else the fewest
 * keys that must be left out on either side are found (a bounded edit search); where that is too far, keys that occur
 * once on both sides are the anchors. */
#ifndef DIFF_ALIGN_H
#define DIFF_ALIGN_H

#include "diff/keys.h"

/* Where one side stands. */
struct align_side {
    u64 place; /* of the first key that has no equal (diff/keys.h) */
    u64 last;  /* position of the last common key; UINT64_MAX: there is none */
    u64 next;  /* position of the first key that has no equal; UINT64_MAX: the thread has no more keys */
};

struct align_prefix {
    u64 matched;   /* keys that agree */
    bool is_equal; /* neither side has more */
    struct align_side side[2];
    struct err damage; /* text empty: none */
};

/* Where to look: events behind last_position do not take part (UINT64_MAX: all do), and before `from` all is known to
 * agree, matched keys of it. */
struct align_window {
    u64 last_position[2];
    u64 from[2]; /* places */
    u64 matched;
};
#define ALIGN_ALL ((struct align_window){{UINT64_MAX, UINT64_MAX}, {0, 0}, 0})

void align_prefix(const struct keys *keys, u32 thread_a, u32 thread_b, const struct align_window *window,
                  struct align_prefix *prefix);

/* What lies between the first difference and where the two meet again. */
enum align_shape {
    ALIGN_UNKNOWN,  /* they do not meet within reach */
    ALIGN_ENDED,    /* one side has no more keys */
    ALIGN_MISSING,  /* only A has keys there */
    ALIGN_EXTRA,    /* only B has */
    ALIGN_SWAPPED,  /* both have the same ones in another order */
    ALIGN_REPLACED, /* each has its own */
};

enum { ALIGN_LEFT_OUT = 1024 };

struct align_meeting {
    u8 shape;
    u64 skipped[2];  /* keys left out on each side */
    u64 position[2]; /* where they meet; UINT64_MAX: nowhere */
    u64 place[2];    /* the same, to begin another window at */
    u64 *left_out;   /* letters of the skipped keys of both sides, if the caller gave room for ALIGN_LEFT_OUT */
    u32 left_out_count;
    u64 together; /* keys that then agree, as far as was looked */
    u64 round;    /* what only one side has repeats its last so many keys: one more round of a loop; 0: does not */
};
/* meeting: zeros, but for left_out. */
void align_meet(const struct keys *keys, u32 thread_a, u32 thread_b, const struct align_prefix *prefix,
                const struct align_window *window, struct align_meeting *meeting);

/* A call that waits for time to pass, or may be polling: how often it comes is a matter of speed. */
bool align_is_slow(u64 letter);

const char *align_shape_name(u8 shape);

#endif
