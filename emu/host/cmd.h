/* SPDX-License-Identifier: BSD-3-Clause
 * The verbs of lockstep-emu, one function each; their options are rows of cli/verbs.def. */
#ifndef EMU_HOST_CMD_H
#define EMU_HOST_CMD_H

#include "cli/cli.h"

int cmd_run(const struct cli *cli);
int cmd_record(const struct cli *cli);
int cmd_replay(const struct cli *cli);
/* The same verb with --force and its like. */
bool cmd_replay_is_changed(const struct cli *cli);
int cmd_replay_changed(const struct cli *cli);
int cmd_xex(const struct cli *cli);
int cmd_disasm(const struct cli *cli);
int cmd_symbols(const struct cli *cli);
int cmd_mkxex(const struct cli *cli);
int cmd_mkiso(const struct cli *cli);
int cmd_mkstfs(const struct cli *cli);

/* What a maker of files says under --json: the output's name and size. */
void cmd_tell_output(const struct cli *cli, u64 size);
/* --title-id, if it is given. */
bool cmd_title_id(const struct cli *cli, u32 *id, struct err *err);

#endif
