/* SPDX-License-Identifier: BSD-3-Clause
 * Calls: each call paired with its return, and how often what was called.
 *
 * A return belongs to the innermost open call of its op in its thread. A call without a return is open: the thread
 * never came back from it, or the source tells no returns at all. Only sites and times are read, never whole events. */
#ifndef DIFF_CALLS_H
#define DIFF_CALLS_H

#include "diff/window.h"

enum { CALLS_OPEN_MAX = 32 };

/* One call. */
struct call {
    u32 place;
    u32 site;
    u64 position, result; /* of the call and of its return; UINT64_MAX: none */
    u64 seq, time;
    u64 end_time; /* of the return */
};

/* Every call that begins in the window, in order of the returns of each thread, open ones last. A visitor that returns
 * false stops it. False: damage. */
typedef bool calls_visit(void *context, const struct call *call);
bool calls_walk(struct run *run, const struct window *window, calls_visit *visit, void *context, struct err *err);

/* The call that encloses a position: whose return is not before it; UINT64_MAX if there is none. Looks back at most
 * `reach` events. */
u64 calls_enclosing(struct run *run, u32 place, u64 position, u64 reach);

struct calls_row {
    u32 op, lr; /* lr 0 where rows are by op alone */
    u32 site;   /* one of its sites */
    u64 count;
    u64 returned;
    u64 total, least, most; /* latency of those that returned */
    u32 threads;            /* how many threads called it */
    u64 first_time, last_time;
    u32 first_place;
    u64 first_position; /* cite */
};

struct calls {
    struct calls_row *rows; /* most calls first; equal ones by op and LR */
    u32 count;
    u64 total; /* calls */
};

bool calls_make(struct calls *calls, struct run *run, const struct window *window, bool by_lr, struct err *err);
void calls_free(struct calls *calls);

#endif
