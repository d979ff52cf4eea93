/* SPDX-License-Identifier: BSD-3-Clause
 * Events as lines of text, as JSON, or as rows of CSV: the same wherever events are printed. */
#ifndef DIFF_EVENT_ROWS_H
#define DIFF_EVENT_ROWS_H

#include "diff/survey.h"
#include "diff/table.h"

struct event_rows {
    struct journal_reader *journal;
    const struct survey *survey; /* JSON: for lineages */
    enum table_form form;
    struct run_clock clock;
    struct table table;
    u64 rows;
};

void event_rows_begin(struct event_rows *r, struct journal_reader *journal, const struct survey *survey,
                      enum table_form form);
void event_rows_put(struct event_rows *r, const struct event *event);
void event_rows_end(struct event_rows *r);

/* What stands behind the op (print_details), without leading blanks. Valid until the next call. */
const char *event_details(struct journal_reader *journal, const struct event *event);

#endif
