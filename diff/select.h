/* SPDX-License-Identifier: BSD-3-Clause
 * Which part of a journal the user means: the options --thread, --from, --to, --op, --kind, --lr, --function, --object,
 * --index of the verbs that read journals. */
#ifndef DIFF_SELECT_H
#define DIFF_SELECT_H

#include "cli/cli.h"
#include "diff/clock.h"
#include "diff/survey.h"
#include "diff/symbols.h"
#include "diff/window.h"

/* A handle or address that stood for the object that is asked for. */
struct select_name {
    u64 value, from_seq, to_seq;
};

struct select {
    struct journal_filter filter; /* what the block index can tell */
    const char *op;               /* pattern, or NULL */
    const char *kind;             /* the same */
    bool by_lr, by_function, by_object, by_index;
    u32 lr;
    u32 function_start, function_end;
    u64 object;
    struct select_name *names; /* see select_follow */
    u32 name_count;
    u64 first_index, last_index;
};

/* False: err says what is wrong with an option. survey: all threads. */
bool select_read(struct select *select, const struct cli *cli, struct journal_reader *journal,
                 const struct survey *survey, struct err *err);
/* When the object is named by its hsid: events that have one of its handles, while that was its own, are wanted too.
 * Without it (or for a handle, whatever that stood for) only the very number. False: damage. Then select_free. */
bool select_follow(struct select *select, struct run *run, struct err *err);
void select_free(struct select *select);
/* A thread as --thread names it: an id, a lineage in hex, entry:ADDRESS or entry:ADDRESS#N. */
bool select_read_thread(const char *text, const struct survey *survey, u32 *thread, struct err *err);
/* The journal's events that may be wanted, in order: those for which select_wants is true are among them. */
struct journal_cursor *select_open(const struct select *select, struct journal_reader *journal, struct err *err);
bool select_wants(const struct select *select, struct journal_reader *journal, const struct event *event);
/* By what the site tells, for those that go by sites. */
bool select_wants_site(const struct select *select, struct journal_reader *journal, u32 kind, u32 op, u32 lr);
/* The thread and the times. */
struct window select_window(const struct select *select, const struct run *run);
/* * stands for any text. */
bool select_matches(const char *pattern, const char *text);

#endif
