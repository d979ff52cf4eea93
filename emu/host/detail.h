/* SPDX-License-Identifier: BSD-3-Clause
 * A replay seen closer: what --trace, --watch and --probe ask for, within --window and of --thread, as a journal of its
 * own. It holds the run's events there too, numbered anew; its meta says of which run it is (detail.of). */
#ifndef EMU_HOST_DETAIL_H
#define EMU_HOST_DETAIL_H

#include "cli/cli.h"
#include "emu/trace.h"
#include "replay/journal.h"

enum { DETAIL_WINDOWS = 16 };
#define DETAIL_NOBODY UINT32_MAX

/* A place in the run. */
enum detail_place_kind { PLACE_OPEN, PLACE_TIME, PLACE_SEQ, PLACE_INDEX, PLACE_NUMBER };

struct detail_place {
    u8 kind; /* enum detail_place_kind */
    u32 thread;
    u64 value;
};

struct detail_window {
    struct detail_place from, to;
    bool has_begun, is_over;
};

struct detail_thread {
    u32 index; /* of its next event */
    bool seen;
};

struct detail {
    bool is_on; /* something is asked for */
    bool is_all;
    struct trace trace;
    bool has_thread;  /* of one thread alone: */
    u32 thread;       /* its id; DETAIL_NOBODY: the thread that is named has not been made yet */
    const char *name; /* of a thread by lineage or entry, as it was given, or NULL */
    bool is_by_entry;
    u64 lineage;
    u64 entry, nth; /* the nth of that entry, from 0 */
    u64 met;        /* threads of that entry so far */
    bool has_nth;
    u32 window_count;
    struct detail_window window[DETAIL_WINDOWS];
    struct engine *engine;
    struct journal_writer *writer;
    u64 seq;
    u64 limit;                     /* of events; 0: none */
    bool is_full;                  /* as many were told: the run may stop */
    struct detail_thread *threads; /* by id */
    u32 thread_count;
};

/* Reads the options. False: err says what is wrong with them. */
bool detail_read(struct detail *d, const struct cli *cli, struct err *err);
/* Creates the journal, which tells what `of` (at path) does of itself. */
bool detail_create(struct detail *d, const struct cli *cli, struct journal_reader *of, struct err *err);
void detail_attach(struct detail *d, struct engine *e);
/* Each event and text of the run. */
void detail_hear(struct detail *d, const struct event *event);
void detail_intern(struct detail *d, const char *text, size_t size);
bool detail_finish(struct detail *d, struct err *err);
void detail_abandon(struct detail *d);

#endif
