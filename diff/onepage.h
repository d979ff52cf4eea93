/* SPDX-License-Identifier: BSD-3-Clause
 * The one-page answer: all that two journals say of each other, gathered once for `diff`, `report` and `gate`. */
#ifndef DIFF_ONEPAGE_H
#define DIFF_ONEPAGE_H

#include "cli/cli.h"
#include "diff/environment.h"
#include "diff/fires.h"
#include "diff/first.h"
#include "diff/hypothesis.h"
#include "diff/ladder.h"
#include "diff/outcome.h"

enum { ONEPAGE_PROBES = 64 };

struct onepage {
    struct run *run[2];
    struct ladder ladder; /* with the pairs of threads */
    struct first first;
    struct environment environment;
    struct fires fires;
    struct fires_options fires_options;
    const struct fires_row **rows; /* of it, what tells most first: noise and what matches last */
    u32 row_count, telling_count;
    struct outcome outcome;
    u32 probes[ONEPAGE_PROBES]; /* PCs of calls that would settle what is open, ascending */
    u32 probe_count;
    struct hypothesis *hypotheses[2]; /* that each journal keeps */
    u32 hypothesis_count[2];
    char *story; /* of explain, for the report; NULL: not asked for */
};

bool onepage_make(struct onepage *page, struct run *a, struct run *b, const char *map, struct err *err);
void onepage_free(struct onepage *page);

/* Which run knows the name of a row's op. */
struct run *onepage_named_by(const struct onepage *page, const struct fires_row *row);

void onepage_print(const struct onepage *page, FILE *out);
/* A row for each thing it tells. */
void onepage_csv(const struct onepage *page, FILE *out);
void onepage_json(const struct onepage *page, struct json *json);

/* Calls around the place where a divergence's two ways part, side by side. */
void onepage_print_context(const struct onepage *page, const struct first_divergence *d, FILE *out);
/* What to capture next, with the probe lists of engines that take them. */
void onepage_print_capture(const struct onepage *page, FILE *out);
void onepage_find_probes(struct onepage *page);

#endif
