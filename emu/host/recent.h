/* SPDX-License-Identifier: BSD-3-Clause
 * The last kernel calls of each thread, and the last files that were asked for in vain, for reports of faults. */
#ifndef EMU_HOST_RECENT_H
#define EMU_HOST_RECENT_H

#include "schema/event.h"

enum { RECENT_CALLS = 8, RECENT_THREADS = 256, RECENT_ARGUMENTS = 8, RECENT_MISSES = 4, RECENT_PATH = 192 };

struct recent_call {
    u64 result;
    u32 op;
    u32 lr;
    u32 times; /* that the same call came in a row, with the same result */
    u32 count; /* of arguments */
    u32 arguments[RECENT_ARGUMENTS];
    bool returned;
    bool refused; /* the export has no body */
};

struct recent_miss {
    u64 time;
    u32 thread;
    u32 status;
    char path[RECENT_PATH]; /* its beginning */
};

struct recent {
    struct {
        u32 thread; /* id; threads whose ids are alike in the low bits take turns */
        u32 next;   /* place in the ring, before it is wrapped */
        u32 held;
        struct recent_call call[RECENT_CALLS]; /* a ring */
    } threads[RECENT_THREADS];
    struct recent_miss miss[RECENT_MISSES]; /* the oldest first; a path stands in it once */
    u32 misses;
};

/* text: of the event, where it has one. */
void recent_hear(struct recent *recent, const struct event *event, const char *text);
/* Call number i of the thread's last ones, from the oldest; NULL: there is none. */
const struct recent_call *recent_at(const struct recent *recent, u32 thread, u32 i);

#endif
