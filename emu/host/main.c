/* SPDX-License-Identifier: BSD-3-Clause
 * The program lockstep-emu: everything that needs the machine or a title. */
#include "emu/host/cmd.h"

int main(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"run", cmd_run},         {"record", cmd_record}, {"replay", cmd_replay},
        {"xex", cmd_xex},         {"mkxex", cmd_mkxex},   {"disasm", cmd_disasm},
        {"symbols", cmd_symbols}, {"mkiso", cmd_mkiso},   {"mkstfs", cmd_mkstfs},
    };
    return cli_main(argc, argv, commands, countof(commands));
}
