/* SPDX-License-Identifier: BSD-3-Clause
 * A line of progress (diff/progress.h). */
#include "diff/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000, BETWEEN = SECOND / 4 };

static u64 now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * SECOND + (u64)t.tv_nsec;
}

void progress_begin(struct progress *progress, u64 position, u64 lines, bool always)
{
    *progress = (struct progress){
        .shown = always || isatty(STDERR_FILENO), .began = now(), .position = position, .lines = lines};
}

void progress_step(struct progress *progress, u64 position, u64 size, u64 lines)
{
    u64 time = progress->shown ? now() : 0;
    if (!progress->shown || time - progress->told < BETWEEN)
        return;
    progress->told = time;
    double seconds = (double)(time - progress->began) / SECOND + 1e-9;
    fprintf(stderr, "\r\x1b[K%llu lines, %.2f M lines/s", (unsigned long long)lines,
            (double)(lines - progress->lines) / seconds / 1e6);
    u64 done = position - progress->position;
    if (size && done && position <= size)
        fprintf(stderr, ", %u %%, %.0f s left", (u32)(100.0 * (double)position / (double)size),
                seconds * (double)(size - position) / (double)done);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->told)
        fputs("\r\x1b[K", stderr);
}
