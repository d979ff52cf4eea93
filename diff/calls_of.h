/* SPDX-License-Identifier: BSD-3-Clause
 * All kernel calls of a run in order, each named as the changes of a run name them: the K-th of its op by its thread.
 */
#ifndef DIFF_CALLS_OF_H
#define DIFF_CALLS_OF_H

#include "schema/base.h"

struct call_row {
    u64 lineage, time, seq;
    u64 returned; /* time of its return; UINT64_MAX: it never did */
    u64 result, out[3];
    u32 thread, op, lr;
    u32 number;   /* K */
    u32 object;   /* what it is about, where its arguments tell (schema/role.def), as the title names it; 0: not told */
    u64 identity; /* the same for all handles of the object; 0: not told */
    u8 role;      /* enum role */
    u8 outs;      /* of out[] that are told */
};

struct calls_of {
    struct call_row *rows;
    size_t count, capacity;
    u64 last_time;
    /* Places of rows, thread by thread; from[i] is where the i-th thread that calls anything begins. NULL: not made. */
    u32 *by_thread;
    size_t *from;
    u32 thread_count;
};

bool calls_of_run(struct calls_of *calls, const char *journal, struct err *err);
void calls_of_free(struct calls_of *calls);
/* The row that is the same call in another run; NULL: it is not made there. */
const struct call_row *calls_of_find(const struct calls_of *calls, const struct call_row *same);
/* "OP#K@THREAD" */
void calls_of_name(const struct call_row *row, char *text, size_t size);

#endif
