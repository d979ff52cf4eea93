/* SPDX-License-Identifier: BSD-3-Clause
 * A part of a run: some time, one thread or all. What --from, --to and --thread mean to every verb (diff/select.h). */
#ifndef DIFF_WINDOW_H
#define DIFF_WINDOW_H

#include "diff/run.h"

struct window {
    u32 place;              /* only this thread; UINT32_MAX: all */
    u64 from_time, to_time; /* from <= time < to, on the journal's clock */
    u64 from_seq, to_seq;   /* from <= seq < to */
};

/* All of a run. */
#define WINDOW_ALL ((struct window){UINT32_MAX, 0, UINT64_MAX, 0, UINT64_MAX})

/* The thread's positions inside: *from up to, not including, *to; equal if there is none. */
void window_positions(struct run *run, const struct window *window, u32 place, u64 *from, u64 *to);
bool window_holds(const struct window *window, u32 place, u64 time, u64 seq);

#endif
