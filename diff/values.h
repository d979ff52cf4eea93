/* SPDX-License-Identifier: BSD-3-Clause
 * Arguments and results of paired calls, compared where both journals tell them and where they can be compared at all:
 * handles, addresses, times and what only the schedule decides (the previous state of an event) are left out by the
 * export's signature; of a pointer's result only whether it is null counts. */
#ifndef DIFF_VALUES_H
#define DIFF_VALUES_H

#include "diff/align.h"

/* One call with what came of it. */
struct values_call {
    u64 position;
    u64 letter; /* values_find alone tells it */
    struct event call;
    struct event answer; /* its return */
    struct event effect; /* a file operation or an unimplemented export told within it */
    bool has_answer, has_effect, is_unimplemented;
};

enum values_difference {
    VALUES_SAME,
    VALUES_RESULT,
    VALUES_ARGUMENT,
    VALUES_TEXT,    /* the path or string that an argument points to */
    VALUES_WRITTEN, /* the title wrote other bytes into a file */
    VALUES_CONTENT, /* it was given other bytes of a file, with the same outcome: no divergence by itself */
};

/* argument: which (VALUES_ARGUMENT). */
enum values_difference values_compare(const struct keys *keys, const struct values_call *x, const struct values_call *y,
                                      u32 *argument);
/* Calls of this op have something that can be compared. */
bool values_matter(u32 op);
/* Does the journal tell what calls like this returned? */
bool values_tell_result(const struct values_call *call);

/* Reads the call at a position. */
bool values_read(struct run *run, u32 place, u64 position, struct values_call *call, struct err *err);

/* The same without its values and what came of it: nothing but columns is unpacked. */
bool values_glance(struct run *run, u32 thread, u64 position, struct values_call *call, struct err *err);

/* The first paired calls, of the keys [from, to) that agree, whose values differ; varying: letters, in order, whose
 * values are known to vary. */
struct values_search {
    u64 from, to; /* ordinals among the letters */
    u64 place[2]; /* where those with ordinal 0 stand; 0: at the threads' begin */
    const u64 *varying;
    u32 varying_count;
    /* What was found. */
    u64 compared;  /* calls with something to compare of which both tell the result */
    u64 untold;    /* of which one does not */
    u8 difference; /* enum values_difference: VALUES_SAME: none */
    u32 argument;
    u64 matched; /* keys before it */
    struct values_call call[2];
    u32 contents;                  /* file operations before it that moved other bytes */
    struct values_call content[2]; /* the first of them */
};
void values_find(const struct keys *keys, u32 place_a, u32 place_b, struct values_search *search);

#endif
