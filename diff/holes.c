/* SPDX-License-Identifier: BSD-3-Clause
 * Lost lines (diff/holes.h). */
#include "diff/holes.h"

enum { REACH = 1 << 16, HOLES_MOST = 2 };

/* Indexes as they come, and where they jumped. */
struct look {
    u64 last_index, jumps;
    struct hole hole;
};

static void note(struct look *l, u32 place, u32 index)
{
    if (l->last_index != UINT64_MAX && index != l->last_index + 1) {
        l->jumps++;
        l->hole = (struct hole){place, (u32)l->last_index, index};
    }
    l->last_index = index;
}

/* A block whose indexes have no hole tells them by its head. False: the end, or damage. */
static bool look_at_block(struct look *l, struct run *run, u32 place, u64 *at, u64 to)
{
    struct run_block block;
    struct run_span span;
    struct err err;
    if (!run_block_open(run, place, *at, &block, &err) || !block.count)
        return false;
    u64 end = block.position + block.count;
    u32 last = (u32)((end <= to ? end - 1 : to) - *at);
    if (block.is_dense) {
        u32 first = block.first_index + (u32)(*at - block.position);
        note(l, place, first);
        l->last_index = first + last;
    } else {
        if (!run_read_some(run, place, *at, COLUMN_INDEX, &span, &err))
            return false;
        for (u32 i = 0; i <= last; i++)
            note(l, place, span.index[i]);
    }
    *at = end;
    return true;
}

bool holes_find(struct run *run, u32 place, u64 to, struct hole *hole)
{
    struct look l = {.last_index = UINT64_MAX};
    u64 at = to > REACH ? to - REACH : 0;
    while (at <= to && look_at_block(&l, run, place, &at, to))
        ;
    if (l.jumps)
        *hole = l.hole;
    return l.jumps && l.jumps <= HOLES_MOST;
}

bool holes_any(struct run *run, struct hole *hole)
{
    for (u32 i = 0; i < run_thread_count(run); i++)
        if (run_thread(run, i)->keys && holes_find(run, i, run_thread(run, i)->events - 1, hole))
            return true;
    return false;
}
