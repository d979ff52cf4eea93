/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep export: a journal in another form. */
#include "diff/commands.h"
#include "diff/original.h"

#include <errno.h>

static bool write_original(const struct cli *cli, struct journal_reader *journal, FILE *out, struct err *err)
{
    u64 log = 0;
    if (!cli_has(cli, "log") && original_count(journal) > 1)
        return err_set(err, "%s was imported from %llu logs: say which with --log N", cli->operands[0],
                       (unsigned long long)original_count(journal));
    return cli_u64(cli, "log", &log, err) && original_write(journal, log, out, err);
}

int cmd_export(const struct cli *cli)
{
    struct err err;
    const char *path = cli_value(cli, "output");
    if (!cli_has(cli, "original")) {
        err_set(&err, "say what to export: --original");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    struct journal_reader *journal = journal_open(cli->operands[0], &err);
    if (!journal)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    FILE *out = path ? fopen(path, "wb") : stdout;
    bool ok = out || err_set(&err, "cannot create %s: %s", path, strerror(errno));
    ok = ok && write_original(cli, journal, out, &err);
    if (path && out && fclose(out) && ok)
        ok = err_set(&err, "cannot write %s: %s", path, strerror(errno));
    journal_close(journal);
    return ok ? EXIT_OK : cli_fail(cli, EXIT_HOST_ERROR, &err);
}
