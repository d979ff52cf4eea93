/* SPDX-License-Identifier: BSD-3-Clause
 * Common time (diff/common.h). */
#include "diff/common.h"
#include "cli/cli.h"
#include "diff/clock.h"

enum { TICKS_A_SECOND = 50000000 };

u64 common_convert(u64 units, u64 from_hz, u64 to_hz)
{
    return units / from_hz * to_hz + units % from_hz * to_hz / from_hz;
}

bool common_read_time(struct run *run, const char *text, u64 *time, struct err *err)
{
    u64 ticks, hz = run_clock(run)->hz;
    u32 thread, index;
    struct place place;
    if (cli_read_ticks(text, &ticks)) {
        *time = hz ? common_convert(ticks, TICKS_A_SECOND, hz) : 0;
        return hz || err_set(err, "%s: the clock of %s (%s) is no time", text, run_path(run), run_clock(run)->name);
    }
    if (place_read_cite(text, &thread, &index) || !strncmp(text, "event:", 6))
        return err_set(err, "%s is of one run: name it in both (lockstep anchor add)", text);
    if (!place_read(&place, run_journal(run), text, err))
        return err_set(err, "%s: neither a time (9.4s, 250ms, 123t) nor an anchor of %s (lockstep anchor list)", text,
                       run_path(run));
    *time = place.time;
    return true;
}

/* Of the threads that call something; lines that are no event have times too. */
static void find_ends(struct run *run, u64 *first, u64 *last)
{
    bool has_keys = false;
    for (u32 i = 0; i < run_thread_count(run); i++)
        has_keys = has_keys || run_thread(run, i)->keys;
    *first = UINT64_MAX;
    *last = 0;
    for (u32 i = 0; i < run_thread_count(run); i++) {
        const struct run_thread *t = run_thread(run, i);
        if (!t->events || (has_keys && !t->keys))
            continue;
        *first = t->first_time < *first ? t->first_time : *first;
        *last = t->last_time > *last ? t->last_time : *last;
    }
    *first = *first == UINT64_MAX ? 0 : *first;
}

void common_find(struct common *common, struct run *a, struct run *b)
{
    struct run *run[2] = {a, b};
    u64 hz[2] = {run_clock(a)->hz, run_clock(b)->hz}, length[2];
    *common = (struct common){.window = {WINDOW_ALL, WINDOW_ALL}};
    for (u32 side = 0; side < 2; side++) {
        find_ends(run[side], &common->first[side], &common->last[side]);
        length[side] = common->last[side] - common->first[side];
        if (!hz[side])
            common->without_time = run[side];
    }
    if (common->without_time)
        return;
    common->is_known = true;
    common->shorter = common_convert(length[1], hz[1], hz[0]) <= length[0];
    for (u32 side = 0; side < 2; side++) {
        u64 shared = common_convert(length[common->shorter], hz[common->shorter], hz[side]);
        common->window[side].from_time = common->first[side];
        common->window[side].to_time = common->first[side] + shared + 1;
    }
}
