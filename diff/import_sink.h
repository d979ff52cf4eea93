/* SPDX-License-Identifier: BSD-3-Clause
 * Where imported lines go: from a line and what its parser told of it to an event in a journal that keeps the line.
 *
 * An event's seq is the place of its line. Its index is the log's own where that goes on ascending in its thread, else
 * the next free one. A line without a time has that of the line before. */
#ifndef DIFF_IMPORT_SINK_H
#define DIFF_IMPORT_SINK_H

#include "diff/import.h"

struct import_sink;

struct import_sink_counts {
    u64 lines, events; /* lines that are no event are not among these */
    u64 other[8];      /* lines that are none, by class, in order of first use */
    const char *classes[8];
    u64 kinds[EVENT_KINDS];
    u64 renumbered; /* events whose own index was not greater than the one before */
};

/* Creates the journal. timed: the lines have times, whole ones of quantum; else an event's time is its place. */
struct import_sink *sink_create(const char *path, bool timed, u64 quantum, struct err *err);
/* Takes the JSON line at p, if its \n comes before `end` and its shape was met before, as sink_line would. NULL: call
 * the parser; else its \n. INPUT_BEHIND bytes behind `end` may be read. */
const char *sink_match(struct import_sink *sink, const char *p, const char *end);
/* line: without its \n. False: writing has failed. */
bool sink_line(struct import_sink *sink, const char *line, size_t size, const struct import_record *record);
void sink_meta(struct import_sink *sink, const char *key, const char *value);
/* The name of an op that no export has. */
void sink_op(struct import_sink *sink, u32 op, const char *name);
const struct import_sink_counts *sink_counts(const struct import_sink *sink);
/* Both free the sink. False: err. */
bool sink_finish(struct import_sink *sink, struct err *err);
void sink_abandon(struct import_sink *sink); /* accepts NULL */

#endif
