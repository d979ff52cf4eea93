/* SPDX-License-Identifier: BSD-3-Clause
 * `lockstep mkiso FOLDER -o OUT.iso`: a disc image of a title's folder. */
#include "cli/cli.h"
#include "emu/host/cmd.h"
#include "emu/host/image_write.h"

#include <stdio.h>

void cmd_tell_output(const struct cli *cli, u64 size)
{
    struct json j;
    if (!cli_has(cli, "json"))
        return;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_text(&j, "output", cli_value(cli, "output"));
    json_u64(&j, "bytes", size);
    json_close(&j);
    json_finish(&j);
}

int cmd_mkiso(const struct cli *cli)
{
    struct err err;
    const char *output = cli_value(cli, "output");
    u64 size = 0;
    if (!output) {
        err_set(&err, "-o OUT.iso is missing");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    struct folder *folder = folder_open(cli->operands[0], 0, &err);
    bool good = folder && image_write(folder, output, &size, &err);
    folder_close(folder);
    if (!good)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    cmd_tell_output(cli, size);
    return EXIT_OK;
}
