/* SPDX-License-Identifier: BSD-3-Clause */
#include "diff/search.h"

#include <stdio.h>
#include <stdlib.h>

enum { SLICE = 1000, LINE = 160, THREADS = 512 };

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
static const struct call_row *draw_call(const struct calls_of *calls, u64 *state)
{
    u32 threads[THREADS], count = 0;
    for (size_t i = 0; i < calls->count; i++) {
        u32 k = 0;
        while (k < count && threads[k] != calls->rows[i].thread)
            k++;
        if (k == count && count < THREADS)
            threads[count++] = calls->rows[i].thread;
    }
    u32 thread = threads[draw(state) % count];
    u64 of_thread = 0;
    for (size_t i = 0; i < calls->count; i++)
        of_thread += calls->rows[i].thread == thread;
    u64 n = draw(state) % of_thread;
    for (size_t i = 0;; i++)
        if (calls->rows[i].thread == thread && n-- == 0)
            return &calls->rows[i];
}

char *search_draw(const struct calls_of *calls, u64 seed, u32 preemptions)
{
    char *text = calloc(preemptions + 1, LINE);
    CHECK(text, "no memory for %u preemptions", preemptions);
    size_t at = 0;
    for (u32 i = 0; i < preemptions && calls->count; i++) {
        const struct call_row *row = draw_call(calls, &seed);
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
