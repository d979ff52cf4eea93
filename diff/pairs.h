/* SPDX-License-Identifier: BSD-3-Clause
 * The tables of two runs, for the verbs that take one journal or two: threads A B, objects A B, calls A B, files A B,
 * waits A B, timeline A B. */
#ifndef DIFF_PAIRS_H
#define DIFF_PAIRS_H

#include "cli/cli.h"

/* Each opens both operands, prints, and returns the exit code. */
int pairs_threads(const struct cli *cli);
int pairs_objects(const struct cli *cli);
int pairs_calls(const struct cli *cli);
int pairs_files(const struct cli *cli);
int pairs_waits(const struct cli *cli);
int pairs_timeline(const struct cli *cli);

/* Of waits A B: who wakes whom, instead. */
struct pairs;
int pairs_edges(struct pairs *pairs);

#endif
