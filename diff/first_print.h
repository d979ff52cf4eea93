/* SPDX-License-Identifier: BSD-3-Clause
 * The first divergence for people and for programs. */
#ifndef DIFF_FIRST_PRINT_H
#define DIFF_FIRST_PRINT_H

#include "cli/cli.h"
#include "diff/first.h"

/* show: pairs that are listed behind the first; by_time: the order that was asked for. */
void first_print(const struct first *first, u64 show, bool by_time, FILE *out);
/* All divergences, a row each, in order of cause. */
void first_print_csv(const struct first *first, FILE *out);
/* {"verdict", "first": {"class", "matched", "a": {"thread", "index", "op", "lr", "time", ...}, "b": {the same}, ...} or
 * null, "pairs": [...], "noise": {...}}: thread and index are the log's own; what there is not is null. */
void first_put_json(const struct first *first, const char *key, struct json *json);

#endif
