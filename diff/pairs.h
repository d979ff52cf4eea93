/* SPDX-License-Identifier: BSD-3-Clause
 * The tables of what pairs with what, for the verbs that take two journals: threads A B, objects A B, spawns A B, calls
 * A B. */
#ifndef DIFF_PAIRS_H
#define DIFF_PAIRS_H

#include "cli/cli.h"

/* Each opens both operands, prints, and returns the exit code. */
int pairs_threads(const struct cli *cli);
int pairs_objects(const struct cli *cli);
int pairs_calls(const struct cli *cli);

#endif
