/* SPDX-License-Identifier: BSD-3-Clause
 * Which events of a journal the user wants to see: the options --thread, --op, --lr, --from, --to. */
#ifndef DIFF_SELECT_H
#define DIFF_SELECT_H

#include "cli/cli.h"
#include "diff/survey.h"

struct select {
    struct journal_filter filter; /* what the block index can tell */
    const char *op;               /* pattern, or NULL */
    bool by_lr;
    u32 lr;
};

/* False: err says what is wrong with an option. */
bool select_read(struct select *select, const struct cli *cli, const struct survey *survey, struct err *err);
bool select_wants(const struct select *select, const struct event *event);
/* * stands for any text. */
bool select_matches(const char *pattern, const char *text);

#endif
