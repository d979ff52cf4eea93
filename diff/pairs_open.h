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
/* False: what was read of one of them is damaged (run_is_whole). */
bool pairs_are_whole(const struct pairs *pairs, struct err *err);
/* False, err: one of these options is given, which mean nothing with two journals: why. */
bool pairs_check_options(const struct cli *cli, const char *const options[], size_t count, const char *why,
                         struct err *err);

/* --thread A:B, two threads (diff/select.h), or A alone, whose counterpart is B's; not given: both PAIR_NOBODY. */
bool pairs_read_threads(const struct pairs *pairs, u32 *a, u32 *b, struct err *err);

/* Cells. TABLE_U64: a thread's id, none for PAIR_NOBODY; TABLE_CITE; TABLE_HEX and TABLE_TEXT: an LR and its function.
 */
void pairs_put_thread(struct table *table, struct run *run, u32 thread);
void pairs_put_cite(struct table *table, const char *label, struct run *run, u32 thread, u64 position);
void pairs_put_lr(struct table *table, const struct pairs *pairs, u32 lr);

/* --map, if it is given, is a map of these two. False: err; the verb ends with EXIT_USAGE. */
bool pairs_map_is_good(const struct cli *cli, struct run *a, struct run *b, struct err *err);

#endif
