/* SPDX-License-Identifier: BSD-3-Clause
 * The last kernel calls of each thread, for reports of faults. */
#ifndef EMU_HOST_RECENT_H
#define EMU_HOST_RECENT_H

#include "schema/event.h"

enum { RECENT_CALLS = 8, RECENT_THREADS = 256, RECENT_ARGUMENTS = 8 };

struct recent_call {
    u64 result;
    u32 op;
    u32 lr;
    u32 count; /* of arguments */
    u32 arguments[RECENT_ARGUMENTS];
    bool returned;
    bool refused; /* the export has no body */
};

struct recent {
    struct {
        u32 thread; /* id; threads whose ids are alike in the low bits take turns */
        u32 calls;
        struct recent_call call[RECENT_CALLS]; /* a ring */
    } threads[RECENT_THREADS];
};

void recent_hear(struct recent *recent, const struct event *event);
/* Call number i of the thread's last ones, from the oldest; NULL: there is none. */
const struct recent_call *recent_at(const struct recent *recent, u32 thread, u32 i);

#endif
