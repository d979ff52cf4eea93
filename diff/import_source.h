/* SPDX-License-Identifier: BSD-3-Clause
 * One log of those that one import reads into one journal. */
#ifndef DIFF_IMPORT_SOURCE_H
#define DIFF_IMPORT_SOURCE_H

#include "diff/import_format.h"
#include "diff/import_input.h"
#include "diff/import_sink.h"

struct buffer;

enum { SOURCE_NUMBERS = 20, SOURCE_MARKS = 512, SOURCE_MARK_BYTES = 1 << 24 };

/* The hash of a log's first bytes, so that what was changed has a place. */
struct import_mark {
    u64 bytes, hash;
};

/* How far a log has been read, and what it has shown: what goes over a kill as numbers. */
struct import_progress {
    u64 lines, unrecognised;
    u64 first_seq;
    u64 kinds;                 /* a bit for each kind of event met */
    u64 has_lr, has_arguments; /* in some event */
    u64 begun, ended;          /* it is being read; it has been */
    u64 partial;               /* the last part of a line that is too long is to come */
    u64 unended;               /* its last line has no \n */
    u64 head, head_hash;       /* of its first bytes: how many, and their hash */
    u64 tail;                  /* bytes of the last line and its \n */
    u64 bytes, hash;           /* that were read, and their hash */
    u64 thread;                /* of the parser */
};

struct import_source {
    const char *path;
    struct import_input *input;
    struct import_parser parser;
    char why[256]; /* why it has this format */
    struct import_progress at;
    u64 numbers[SOURCE_NUMBERS]; /* of the first lines that are not recognised */
    struct import_table called;  /* ops of calls, + 1 */
    struct import_mark marks[SOURCE_MARKS];
    u32 mark_count;
};

struct import_options {
    const char *output;
    const char *format; /* NULL: by content */
    const char *const *maps;
    u32 map_count;
    const char *engine;       /* NULL: what the log says */
    const char *const *metas; /* KEY=VALUE */
    u32 meta_count;
    u32 commit; /* lines between commits; 0: the default */
    bool parse; /* lines of known shape too: by their keys, names and values */
    bool verbose, progress;
};

/* Opens the log, finds out what it is and reads its rules. False: err; close it all the same. */
bool source_open(struct import_source *source, const char *path, const struct import_options *options, struct err *err);
/* With this format; NULL: by content. */
bool source_open_as(struct import_source *source, const char *path, const char *format,
                    const struct import_options *options, struct err *err);
/* Reads it to its end; `commit` is called whenever it is time for that. False: err; what came before that is in the
 * sink. */
bool source_read(struct import_source *source, struct import_sink *sink, const struct import_options *options,
                 void (*commit)(void *context), void *context, struct err *err);
void source_close(struct import_source *source);
/* What the log captured, as far as it has been read; the caller destroys it. */
struct coverage *source_coverage(struct import_source *source);

/* The step of the log's clock, as its first lines show it, if that is more than the rules say. */
u64 source_quantum(struct import_source *source);

/* ---- Over a kill (diff/import_state.h). ---- */

void source_save(struct import_source *source, struct buffer *state);
/* Opens the log of which source_save told, and goes behind what was read of it. False: err: it is another log, or the
 * rules are others; close it all the same. */
bool source_resume(struct import_source *source, const char *path, const struct import_options *options,
                   const char *state, struct err *err);

#endif
