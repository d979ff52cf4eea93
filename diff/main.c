/* SPDX-License-Identifier: BSD-3-Clause
 * The program lockstep-diff: everything that only reads journals. */
#include "diff/commands.h"

int main(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"attach", cmd_attach}, {"info", cmd_info}, {"log", cmd_log}, {"verify", cmd_verify}, {"wedge", cmd_wedge},
    };
    return cli_main(argc, argv, commands, countof(commands));
}
