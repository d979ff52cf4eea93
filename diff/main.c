/* SPDX-License-Identifier: BSD-3-Clause
 * The program lockstep-diff: everything that only reads journals, or makes them of logs. */
#include "diff/commands.h"

int main(int argc, char **argv)
{
    /* clang-format off */
    static const struct cli_command commands[] = {
        {"attach", cmd_attach},
        {"export", cmd_export},
        {"diff", cmd_diff},
        {"first", cmd_first},
        {"gate", cmd_gate},
        {"import", cmd_import},
        {"info", cmd_info},
        {"log", cmd_log},
        {"progress", cmd_progress},
        {"report", cmd_report},
        {"spawns", cmd_spawns},
        {"verify", cmd_verify},
        {"wedge", cmd_wedge},
        {"whatif", cmd_whatif},
    };
    /* clang-format on */
    return cli_main(argc, argv, commands, countof(commands));
}
