/* SPDX-License-Identifier: BSD-3-Clause
 * Two journals opened for a verb that compares them, with their threads paired. */
#ifndef DIFF_PAIRS_OPEN_H
#define DIFF_PAIRS_OPEN_H

#include "diff/pair.h"
#include "diff/table.h"

struct pairs {
    const struct cli *cli;
    enum table_form form;
    struct run *a, *b;
    struct pairing threads;
};

/* Operands 0 and 1, and --map if the verb has it. 0, or the exit code: what is wrong was told. */
int pairs_open(struct pairs *pairs, const struct cli *cli);
void pairs_close(struct pairs *pairs); /* also after a failed open */

void pairs_put_cite(struct table *table, const char *label, struct run *run, u32 thread, u64 position);

#endif
