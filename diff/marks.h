/* SPDX-License-Identifier: BSD-3-Clause
 * The events of some sites, of all threads, in the order of the run: what views are made from. They come one by one:
 * each thread's are gathered a block at a time, and merged. */
#ifndef DIFF_MARKS_H
#define DIFF_MARKS_H

#include "diff/sites.h"

enum { MARK_VALUES = JOURNAL_PICKS_MAX };

/* Where a call's values stand: its arguments are many. */
enum mark_call { MARK_OBJECT, MARK_A0, MARK_TEXT, MARK_A6 }; /* MARK_OBJECT: what names its object (schema/role.h) */

struct mark {
    u64 seq, position, time;
    u32 place, site;
    u32 call_site; /* of the thread's last call before it (or itself, a call); UINT32_MAX: none */
    u32 call_back; /* how many positions back that is */
    u16 missing;   /* a bit for each of v[] */
    u8 kind;
    u64 v[MARK_VALUES]; /* the event's first values; of a call: enum mark_call; of a return: two */
};

/* Events of a block by their places in it, in order. */
struct marks_offsets {
    u32 *rows;
    u32 count;
};

/* Who looks at the same blocks on the way: each thread's come in order, threads as it happens. */
struct marks_watch {
    void *context;
    const u8 *sites; /* a flag by site: what it looks out for; */
    /* these and perhaps others are `found`. Writes which of the block's events it wants, in order; room for all of
     * them. Letters are there. */
    u32 (*scan)(void *context, u32 place, const struct run_block *block, struct marks_offsets found, u32 *offsets);
    /* These events, and others: MARK_VALUES values each, as of a mark. */
    void (*take)(void *context, const struct run_block *block, const u32 *offsets, const struct journal_picked *picked);
};

struct marks;

/* How a site's events are wanted. */
enum marks_wanted {
    MARKS_WANTED = 1,
    MARKS_LEADS = 2, /* a call that others are led by: */
    MARKS_LED = 4,   /* wanted only where the thread's last call leads */
};

/* wanted: by site, enum marks_wanted or 0; watch: or NULL. All must live as long. */
struct marks *marks_open(struct run *run, const struct site_fact *facts, const u8 *wanted,
                         const struct marks_watch *watch);
/* Times are not wanted: each is 0. Before the first mark. */
void marks_leave_times(struct marks *marks);
/* 1: *mark is one, valid until the next call; 0: no more; -1: damage. */
int marks_next(struct marks *marks, const struct mark **mark, struct err *err);
void marks_close(struct marks *marks);
/* Events of a thread by their positions, in order; for few, since each costs its block. Of their calls nothing is told.
 */
bool marks_at(struct run *run, const struct site_fact *facts, u32 place, const u64 *positions, u32 count,
              struct mark *rows, struct err *err);

#endif
