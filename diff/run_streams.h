/* SPDX-License-Identifier: BSD-3-Clause
 * The insides of a run, shared by diff/run*.c alone. */
#ifndef DIFF_RUN_STREAMS_H
#define DIFF_RUN_STREAMS_H

#include "diff/run.h"

enum { RUN_COLUMN_BLOCKS = 32, RUN_EVENT_BLOCKS = 8 };

/* A thread's blocks, in order. */
struct stream {
    u32 *blocks;
    u32 count;
};

/* An unpacked block's columns, with the run's sites. */
struct column_block {
    u32 block;
    bool used;
    u32 have; /* enum journal_column */
    u64 stamp;
    struct journal_columns columns;
    bool has_keys[2]; /* all, quiet */
    u32 *keys[2];     /* their offsets */
    u32 key_count[2];
};

/* Events of one kind in a stretch of a block. */
struct event_stretch {
    u32 from, to; /* places in the block */
    u32 count;    /* of events */
    u32 *offsets;
    struct event *events;
};

/* Its events of the kinds that were asked for. */
struct event_block {
    u32 block;
    bool used;
    u64 stamp;
    struct event_stretch kinds[EVENT_KINDS];
};

struct run {
    char *path;
    struct journal_reader *journal;
    struct run_clock clock;
    struct run_site *sites;
    u32 site_count;
    u32 *site_of;               /* by the journal's site */
    struct run_thread *threads; /* in order of id */
    struct stream *streams;     /* by place */
    u32 thread_count;
    u64 stamp;
    struct column_block columns[RUN_COLUMN_BLOCKS];
    u8 *column_slot; /* by block: its place in columns, unless that says otherwise */
    struct event_block events[RUN_EVENT_BLOCKS];
    const struct journal_opened *opened;
    u32 *opened_sites; /* by letter */
    u32 opened_capacity;
    struct err damage; /* the first that was met; text empty: none */
};

void run_sites_make(struct run *run);
void run_streams_free(struct run *run);

#endif
