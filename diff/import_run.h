/* SPDX-License-Identifier: BSD-3-Clause
 * An import: logs into one journal, committed as it goes, so that it can go on after it was killed. */
#ifndef DIFF_IMPORT_RUN_H
#define DIFF_IMPORT_RUN_H

#include "cli/cli.h"
#include "diff/import_source.h"

struct import_run {
    const struct import_options *options;
    struct import_sink *sink;
    struct import_source sources[CLI_OPERANDS_MAX];
    u32 count;   /* opened */
    u32 current; /* being read */
    bool resumed;
    u64 resumed_lines; /* that were in the journal */
    struct import_sink_counts counts;
};

/* Opens the logs and the journal: a new one, or, with `resume`, the one that an import left cut short (a new one if
 * there is none). False: err. */
bool import_run_begin(struct import_run *run, const char *const *paths, u32 count, bool resume, struct err *err);
/* Reads the logs to their ends and finishes the journal. False: err; what came before a damage of a log is in the
 * journal, and *finished tells whether that is whole. */
bool import_run_read(struct import_run *run, bool *finished, struct err *err);
void import_run_end(struct import_run *run);

#endif
