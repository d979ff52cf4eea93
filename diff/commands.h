/* SPDX-License-Identifier: BSD-3-Clause
 * The verbs of lockstep-diff: one function and one file cmd_<verb>.c each. */
#ifndef DIFF_COMMANDS_H
#define DIFF_COMMANDS_H

#include "cli/cli.h"

int cmd_anchor(const struct cli *cli);
int cmd_callers(const struct cli *cli);
int cmd_cites(const struct cli *cli);
int cmd_samples(const struct cli *cli);
int cmd_hypothesis(const struct cli *cli);
int cmd_args(const struct cli *cli);
int cmd_attach(const struct cli *cli);
int cmd_bisect(const struct cli *cli);
int cmd_calls(const struct cli *cli);
int cmd_coverage(const struct cli *cli);
int cmd_diff(const struct cli *cli);
int cmd_envdiff(const struct cli *cli);
int cmd_explain(const struct cli *cli);
int cmd_export(const struct cli *cli);
int cmd_files(const struct cli *cli);
int cmd_fires(const struct cli *cli);
int cmd_first(const struct cli *cli);
int cmd_gate(const struct cli *cli);
int cmd_idioms(const struct cli *cli);
int cmd_import(const struct cli *cli);
int cmd_info(const struct cli *cli);
int cmd_log(const struct cli *cli);
int cmd_loops(const struct cli *cli);
int cmd_objects(const struct cli *cli);
int cmd_progress(const struct cli *cli);
int cmd_reach(const struct cli *cli);
int cmd_report(const struct cli *cli);
int cmd_skew(const struct cli *cli);
int cmd_search(const struct cli *cli);
int cmd_spawns(const struct cli *cli);
int cmd_sql(const struct cli *cli);
int cmd_tail(const struct cli *cli);
int cmd_threads(const struct cli *cli);
int cmd_timeline(const struct cli *cli);
int cmd_verify(const struct cli *cli);
int cmd_waits(const struct cli *cli);
int cmd_wedge(const struct cli *cli);
int cmd_whatif(const struct cli *cli);

#endif
