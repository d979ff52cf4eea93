/* SPDX-License-Identifier: BSD-3-Clause
 * The insides of a run, shared by diff/run*.c alone. */
#ifndef DIFF_RUN_STREAMS_H
#define DIFF_RUN_STREAMS_H

#include "diff/run.h"

struct stream {
    u64 count, capacity;
    u32 *site, *index;
    u64 *time, *seq;
};

struct run {
    const char *path;
    struct journal_reader *journal;
    struct run_clock clock;
    struct run_site *sites;
    u32 site_count;
    struct run_thread *threads; /* in order of id */
    struct stream *streams;     /* by place */
    u32 thread_count;
};

u32 run_site_add(struct run *run, const struct event *event);
void stream_add(struct stream *stream, u32 site, const struct event *event);
void stream_free(struct stream *stream);

#endif
