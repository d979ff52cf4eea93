/* SPDX-License-Identifier: BSD-3-Clause
 * The files of a run: per path what was done with it and what came of it. From `file` events where the journal has them
 * (our own), else from the calls that tell a path, and those that use a handle which such a call opened. Spellings that
 * the console takes for one path (case apart, either slash) are one row. */
#ifndef DIFF_FILES_H
#define DIFF_FILES_H

#include "diff/objects.h"

enum file_act { FILE_OPEN, FILE_QUERY, FILE_READ, FILE_WRITE, FILE_DELETE, FILE_OTHER, FILE_ACTS };

/* One operation. */
struct file_use {
    u32 path; /* row of files->rows */
    u32 name; /* as this use spells it, in the journal's strings */
    u32 place;
    u64 position, seq, time;
    u32 op, lr;
    u8 act; /* enum file_act */
    bool has_status, has_length;
    u32 status;
    u64 handle; /* 0: none, or not told */
    u64 length;
};

struct file_row {
    u32 path; /* in the journal's strings, as it was spelled first */
    u64 acts[FILE_ACTS];
    u64 failures;    /* of all its uses */
    u32 last_status; /* of the last use that tells one */
    bool has_status;
    bool has_size;
    u64 size; /* as an open or a query last reported it */
    u64 bytes_read, bytes_written;
    u64 first_time, last_time;
    u32 first_use, use_count; /* in files->uses */
};

struct files {
    struct file_row *rows; /* by path */
    u32 count;
    struct file_use *uses; /* by path, in order of seq */
    u32 use_count;
};

bool files_make(struct files *files, struct run *run, const struct objects *objects, struct err *err);
void files_free(struct files *files);

/* How the console orders two paths: equal if they name one file. */
int file_paths_compare(const char *a, size_t size_a, const char *b, size_t size_b);
/* select_matches(), with paths compared as the console does. */
bool file_path_matches(const char *pattern, const char *path);

const char *file_act_name(u8 act);

#endif
