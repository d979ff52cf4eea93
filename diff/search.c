/* SPDX-License-Identifier: BSD-3-Clause */
#include "diff/search.h"

#include <stdio.h>
#include <stdlib.h>

enum { SLICE = 1000, LINE = 160 };

/* SplitMix64. */
static u64 draw(u64 *state)
{
    u64 z = *state += 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

/* As many of each power of two, and evenly within it. */
static u64 draw_length(u64 *state, u64 longest)
{
    u64 powers = 1;
    while ((u64)SLICE << powers < longest)
        powers++;
    u64 least = (u64)SLICE << draw(state) % powers;
    return least + draw(state) % least;
}

/* A thread first, so that those that do little have their turn as well. */
static const struct call_row *draw_call(const struct calls_of *calls, u64 first, u64 *state)
{
    for (;;) {
        u64 k = draw(state) % calls->thread_count;
        size_t from = calls->from[k], count = calls->from[k + 1] - from;
        while (count && calls->rows[calls->by_thread[from]].time < first) {
            from++;
            count--;
        }
        if (count)
            return &calls->rows[calls->by_thread[from + draw(state) % count]];
    }
}

char *search_draw(const struct calls_of *calls, u64 first, u64 seed, u32 preemptions)
{
    char *text = calloc(preemptions + 1, LINE);
    CHECK(text, "no memory for %u preemptions", preemptions);
    size_t at = 0;
    bool is_over = !calls->count || calls->rows[calls->count - 1].time < first;
    for (u32 i = 0; i < preemptions && !is_over; i++) {
        const struct call_row *row = draw_call(calls, first, &seed);
        unsigned long long length = draw_length(&seed, calls->last_time / 10);
        char name[96];
        calls_of_name(row, name, sizeof name);
        if (draw(&seed) % 2)
            at += (size_t)snprintf(text + at, LINE, "delay %s=%llut\n", name, length);
        else
            at += (size_t)snprintf(text + at, LINE, "hold %llut:%u:%llut\n", (unsigned long long)row->time, row->thread,
                                   length);
    }
    return text;
}
