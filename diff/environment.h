/* SPDX-License-Identifier: BSD-3-Clause
 * What was different around two runs: the title, the engine and its settings, what the journal's inputs say of the
 * console (clock, seed, settings, directories, the files that the writable partitions began with), and, where a log has
 * no inputs, what the first use of a file says of it. */
#ifndef DIFF_ENVIRONMENT_H
#define DIFF_ENVIRONMENT_H

#include "diff/run.h"

/* Where in a journal a fact stands. */
enum environment_from {
    ENVIRONMENT_NOWHERE, /* what says that there is none is that it is not in the journal */
    ENVIRONMENT_META,    /* table meta: the row's key */
    ENVIRONMENT_INPUT,   /* table inputs: the row of this seq */
    ENVIRONMENT_EVENT,   /* a file known from its first use: the thread and the event */
};

struct environment_row {
    char *key;
    char *value[2]; /* NULL: that run does not tell it */
    u8 from[2];     /* enum environment_from */
    u64 input[2];
    u32 place[2];
    u64 position[2];
};

struct environment {
    struct environment_row *rows; /* that differ, or that only one run tells; by key */
    u32 count;
    u32 equal; /* facts that both tell, and alike */
};

void environment_compare(struct environment *environment, struct run *a, struct run *b);
/* "meta engine", "inputs 12"; NULL: an event, or nowhere. */
enum { ENVIRONMENT_SOURCE = 160 };
const char *environment_source(const struct environment_row *row, u32 side, char text[ENVIRONMENT_SOURCE]);
/* Did the runs begin with another file of that path on their writable partitions? */
bool environment_has_path(const struct environment *environment, const char *path);
void environment_free(struct environment *environment);

#endif
