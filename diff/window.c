/* SPDX-License-Identifier: BSD-3-Clause
 * Windows of a run (diff/window.h). */
#include "diff/window.h"

void window_positions(struct run *run, const struct window *w, u32 place, u64 *from, u64 *to)
{
    u64 events = run_thread(run, place)->events;
    *from = *to = 0;
    if (w->place != UINT32_MAX && w->place != place)
        return;
    u64 low = w->from_time ? run_position_at_time(run, place, w->from_time) : 0;
    u64 high = w->to_time != UINT64_MAX ? run_position_at_time(run, place, w->to_time) : events;
    u64 by_seq = w->from_seq ? run_position_at_seq(run, place, w->from_seq) : 0;
    low = by_seq > low ? by_seq : low;
    by_seq = w->to_seq != UINT64_MAX ? run_position_at_seq(run, place, w->to_seq) : events;
    high = by_seq < high ? by_seq : high;
    *from = low;
    *to = high > low ? high : low;
}

bool window_holds(const struct window *w, u32 place, u64 time, u64 seq)
{
    return (w->place == UINT32_MAX || w->place == place) && time >= w->from_time && time < w->to_time &&
           seq >= w->from_seq && seq < w->to_seq;
}
