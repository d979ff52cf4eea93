/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep run, lockstep record. */
#include "emu/host/cmd.h"
#include "emu/host/recording.h"
#include "emu/host/settings.h"

/* Everything before the first instruction; *code is the exit code when it fails. */
static bool prepare(struct session *s, const struct cli *cli, struct config *config, u64 *limit, int *code,
                    struct err *err)
{
    bool usage = false;
    *code = EXIT_USAGE;
    if (!settings_config(cli, config, err) || !cli_ticks(cli, "time-limit", limit, err) ||
        !session_read_stop(s, cli, err) || !changes_read(&s->changes, cli, err))
        return false;
    s->outside = (struct nondet_host){.context = &s->answers, .answer = answers_give};
    *code = EXIT_HOST_ERROR;
    if (!session_load_keys(s, cli, err) || !session_open_title(s, cli->operands[0], err) ||
        !session_load_names(s, cli, err) || !session_load_patch(s, cli_value(cli, "patch"), err))
        return false;
    if (settings_answers(cli, &s->answers, &usage, err))
        return true;
    *code = usage ? EXIT_USAGE : EXIT_HOST_ERROR;
    return false;
}

int cmd_run(const struct cli *cli)
{
    struct err err = {{0}};
    struct session s = {.quiet = cli_has(cli, "quiet"), .strict = cli_has(cli, "strict")};
    struct config config;
    u64 limit = 0;
    int code;
    bool ready = prepare(&s, cli, &config, &limit, &code, &err);
    code = ready ? recording_run(&s, cli, &config, limit) : cli_fail(cli, code, &err);
    session_finish(&s);
    return code;
}

int cmd_record(const struct cli *cli)
{
    struct err err = {{0}};
    struct session s = {.quiet = cli_has(cli, "quiet"), .strict = cli_has(cli, "strict")};
    struct config config;
    u64 limit = 0;
    int code = EXIT_USAGE;
    const char *output = cli_value(cli, "output");
    const char *events = cli_value(cli, "events");
    bool ready = false;
    s.hashes_only = events && strcmp(events, "none") == 0;
    if (!output)
        err_set(&err, "where to? give the journal's name with -o RUN.lsj");
    else if (events && !s.hashes_only && strcmp(events, "kernel") != 0)
        err_set(&err, "--events %s: expected kernel or none", events);
    else
        ready = prepare(&s, cli, &config, &limit, &code, &err);
    code = ready ? recording_write(&s, cli, &config, limit, output) : cli_fail(cli, code, &err);
    session_finish(&s);
    return code;
}
