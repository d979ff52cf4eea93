/* SPDX-License-Identifier: BSD-3-Clause
 * One log of those that one import reads into one journal. */
#ifndef DIFF_IMPORT_SOURCE_H
#define DIFF_IMPORT_SOURCE_H

#include "diff/import_format.h"
#include "diff/import_input.h"
#include "diff/import_sink.h"

enum { SOURCE_NUMBERS = 20 };

struct import_source {
    const char *path;
    struct import_input *input;
    struct import_parser parser;
    char why[256]; /* why it has this format */
    u64 lines, unrecognised;
    u64 numbers[SOURCE_NUMBERS]; /* of the first lines that are not recognised */
    u64 first_seq;
    struct import_table called; /* ops of calls, + 1 */
    u64 kinds;                  /* a bit for each kind of event met */
    bool has_lr, has_arguments;
    bool unended; /* its last line has no \n */
};

struct import_options {
    const char *format; /* NULL: by content */
    const char *const *maps;
    u32 map_count;
    bool verbose;
};

/* Opens the log, finds out what it is and reads its rules. False: err; close it all the same. */
bool source_open(struct import_source *source, const char *path, const struct import_options *options, struct err *err);
/* Reads it to its end. False: err; what came before that is in the sink. */
bool source_read(struct import_source *source, struct import_sink *sink, const struct import_options *options,
                 struct err *err);
void source_close(struct import_source *source);
/* What the log captured, once it has been read; the source owns it. */
struct coverage *source_coverage(struct import_source *source);

/* The step of the log's clock, as its first lines show it, if that is more than the rules say. */
u64 source_quantum(struct import_source *source);

#endif
