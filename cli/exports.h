/* SPDX-License-Identifier: BSD-3-Clause
 * `lockstep exports`. */
#ifndef CLI_EXPORTS_H
#define CLI_EXPORTS_H

#include "cli/cli.h"

int exports_run(const struct cli *cli);

#endif
