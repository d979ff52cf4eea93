/* SPDX-License-Identifier: BSD-3-Clause
 * `lockstep mkstfs FOLDER -o OUT`: a package of a folder. */
#include "cli/cli.h"
#include "emu/host/cmd.h"
#include "emu/host/stfs_write.h"

enum { CONTENT_INSTALLED = 0x4000, DEFAULT_TITLE_ID = 0x4C530001 };

static bool read_kind(const struct cli *cli, enum stfs_kind *kind, struct err *err)
{
    static const char *const names[] = {[STFS_CON] = "con", [STFS_LIVE] = "live", [STFS_PIRS] = "pirs"};
    const char *text = cli_value(cli, "type");
    *kind = STFS_LIVE;
    for (u32 i = 0; text && i < countof(names); i++) {
        if (strcmp(text, names[i]) != 0)
            continue;
        *kind = (enum stfs_kind)i;
        return true;
    }
    return !text || err_set(err, "--type %s: it is con, live or pirs", text);
}

int cmd_mkstfs(const struct cli *cli)
{
    struct err err;
    struct stfs_options options = {.content_type = CONTENT_INSTALLED, .title_id = DEFAULT_TITLE_ID};
    const char *output = cli_value(cli, "output");
    u64 size = 0;
    options.name = cli_value(cli, "name");
    options.scatter = cli_has(cli, "scatter");
    if (!read_kind(cli, &options.kind, &err) || !cmd_title_id(cli, &options.title_id, &err) ||
        !(output || err_set(&err, "-o OUT is missing")))
        return cli_fail(cli, EXIT_USAGE, &err);
    struct folder *folder = folder_open(cli->operands[0], 0, &err);
    bool good = folder && stfs_write(folder, output, &options, &size, &err);
    folder_close(folder);
    if (!good)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    cmd_tell_output(cli, size);
    return EXIT_OK;
}
