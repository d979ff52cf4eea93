/* SPDX-License-Identifier: BSD-3-Clause
 * A run from boot to end with all that is told of it, with a journal or without: what run, record and the replay of a
 * changed run share. The session has its title, its outside and its changes; the result is the exit code. */
#ifndef EMU_HOST_RECORDING_H
#define EMU_HOST_RECORDING_H

#include "emu/host/session.h"

/* limit: tick; 0: none. */
int recording_run(struct session *s, const struct cli *cli, const struct config *config, u64 limit);
int recording_write(struct session *s, const struct cli *cli, const struct config *config, u64 limit, const char *path);

#endif
