/* SPDX-License-Identifier: BSD-3-Clause
 * Lines that a log has lost, or tells twice, as the log's own numbers of a thread's events show: they go up by one but
 * for a jump or two. A log that numbers in another way has many jumps, and nothing can be told. */
#ifndef DIFF_HOLES_H
#define DIFF_HOLES_H

#include "diff/run.h"

struct hole {
    u32 place;          /* the thread */
    u32 before, behind; /* the log's numbers on either side */
};

/* The last one of a thread up to a position; looks back over 65536 events. */
bool holes_find(struct run *run, u32 place, u64 to, struct hole *hole);
/* One of any thread. */
bool holes_any(struct run *run, struct hole *hole);

#endif
