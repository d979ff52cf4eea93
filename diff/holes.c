/* SPDX-License-Identifier: BSD-3-Clause
 * Lost lines (diff/holes.h). */
#include "diff/holes.h"

enum { REACH = 1 << 16, HOLES_MOST = 2 };

bool holes_find(struct run *run, u32 place, u64 to, struct hole *hole)
{
    struct run_span span;
    struct err err;
    u64 last_index = UINT64_MAX, jumps = 0;
    for (u64 at = to > REACH ? to - REACH : 0; at <= to; at = span.position + span.count) {
        if (!run_read_some(run, place, at, COLUMN_INDEX, &span, &err) || !span.count)
            break;
        for (u32 i = 0; i < span.count && span.position + i <= to; i++) {
            if (last_index != UINT64_MAX && span.index[i] != last_index + 1) {
                jumps++;
                *hole = (struct hole){place, (u32)last_index, span.index[i]};
            }
            last_index = span.index[i];
        }
    }
    return jumps && jumps <= HOLES_MOST;
}

bool holes_any(struct run *run, struct hole *hole)
{
    for (u32 i = 0; i < run_thread_count(run); i++)
        if (run_thread(run, i)->keys && holes_find(run, i, run_thread(run, i)->events - 1, hole))
            return true;
    return false;
}
