/* SPDX-License-Identifier: BSD-3-Clause
 * Where imported lines go: from a line and what its parser told of it to an event in a journal that keeps the line.
 *
 * An event's seq is the place of its line. Its index is the log's own where that goes on ascending in its thread, else
 * the next free one. A line without a time, or before the clock's begin, has that of the line
 * before. */
#ifndef DIFF_IMPORT_SINK_H
#define DIFF_IMPORT_SINK_H

#include "diff/import.h"
#include "diff/import_layout.h"

struct buffer;
struct import_sink;
struct journal_reader;

enum { IMPORT_CLASSES = 16 };

struct import_sink_counts {
    u64 lines, events;                /* lines that are no event are not among these */
    u64 other[IMPORT_CLASSES];        /* lines that are none, by class, in order of first use */
    char classes[IMPORT_CLASSES][24]; /* "": no more */
    u64 kinds[EVENT_KINDS];
    u64 renumbered; /* events whose own index was not greater than the one before */
    u64 renamed;    /* events of threads whose id has no room (diff/import_threads.h) */
    u64 threadless; /* events of thread 0, since there are too many such threads */
    u64 untimed;    /* events whose time is negative: they have that of the line before */
};

struct import_sink_setup {
    bool timed; /* the lines have times, whole ones of quantum; else an event's time is its place */
    u64 quantum;
    u32 commit; /* events between commits; 0: IMPORT_COMMIT_MAX */
};

enum { IMPORT_COMMIT_MAX = 1 << 19 };

/* Creates the journal. */
struct import_sink *sink_create(const char *path, const struct import_sink_setup *setup, struct err *err);
/* Goes on with a journal whose import was killed; state: what sink_save put when it was committed last. The reader may
 * be closed then. */
struct import_sink *sink_resume(struct journal_reader *r, const char *state, struct err *err);
void sink_save(const struct import_sink *sink, struct buffer *state);
/* So much has come since the last commit that it is time for the next. */
bool sink_is_due(const struct import_sink *sink);
void sink_commit(struct import_sink *sink);
bool sink_failed(const struct import_sink *sink); /* writing; sink_finish tells why */
/* The lines of the n-th log come, from 0. */
void sink_source(struct import_sink *sink, u32 source);
/* Takes the JSON line at p, if its \n comes before `end` and its shape was met before, as sink_line would. NULL: call
 * the parser; else its \n. INPUT_BEHIND bytes behind `end` may be read. */
const char *sink_match(struct import_sink *sink, const char *p, const char *end);
/* line: without its \n; INPUT_BEHIND bytes behind it may be read. reading: NULL, or how its parser read it. */
void sink_line(struct import_sink *sink, const char *line, size_t size, const struct import_record *record,
               const struct import_reading *reading);
/* Takes the line of this reading, if one of its key was met before, as sink_line would. False: call the parser. */
bool sink_recall(struct import_sink *sink, const struct import_reading *reading);
/* Events of one kind of line too many: the line is there, but no event. */
u64 sink_beyond(const struct import_sink *sink);
void sink_meta(struct import_sink *sink, const char *key, const char *value);
/* Takes all away whose keys begin so. */
void sink_forget_meta(struct import_sink *sink, const char *prefix);
/* The name of an op that no export has. */
void sink_op(struct import_sink *sink, u32 op, const char *name);
const struct import_sink_counts *sink_counts(const struct import_sink *sink);
/* Both free the sink. False: err. */
bool sink_finish(struct import_sink *sink, struct err *err);
void sink_abandon(struct import_sink *sink); /* accepts NULL */

#endif
