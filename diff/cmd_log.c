/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep log: a journal's events, a line each, in the order of the run. Damage is told on stderr and passed over. */
#include "diff/commands.h"
#include "diff/event_rows.h"
#include "diff/select.h"

/* False: something was damaged. */
static bool print_all(struct journal_reader *r, const struct survey *survey, const struct select *select, u64 limit,
                      enum table_form form)
{
    struct err err;
    const struct event *event;
    struct event_rows rows;
    bool ok = true;
    int found;
    struct journal_cursor *c = select_open(select, r, &err);
    event_rows_begin(&rows, r, survey, form);
    while (rows.rows < limit && !ferror(stdout) && (found = journal_cursor_next(c, &event, &err))) {
        if (found < 0) {
            fprintf(stderr, "lockstep log: %s\n", err.text);
            ok = false;
        } else if (select_wants(select, r, event)) {
            event_rows_put(&rows, event);
        }
    }
    event_rows_end(&rows);
    journal_cursor_close(c);
    return ok;
}

/* Handles of an object are known to those who look at the whole run. */
static bool follow_object(struct select *select, const char *path, struct err *err)
{
    struct run *run = select->by_object ? run_open(path, err) : NULL;
    bool ok = !select->by_object || (run && select_follow(select, run, err));
    run_close(run);
    return ok;
}

int cmd_log(const struct cli *cli)
{
    struct err err;
    struct survey survey = {0};
    struct select select = {0};
    enum table_form form;
    u64 limit = UINT64_MAX;
    struct journal_reader *r = journal_open(cli->operands[0], &err);
    if (!r)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (cli_has(cli, "json") || cli_has(cli, "thread"))
        survey_make(&survey, r);
    int code = EXIT_OK;
    if (!table_form(&form, cli, &err) || !cli_u64(cli, "limit", &limit, &err) ||
        !select_read(&select, cli, r, &survey, &err))
        code = cli_fail(cli, EXIT_USAGE, &err);
    else if (!follow_object(&select, cli->operands[0], &err))
        code = cli_fail(cli, EXIT_HOST_ERROR, &err);
    else if (!print_all(r, &survey, &select, limit, form))
        code = EXIT_HOST_ERROR;
    select_free(&select);
    survey_free(&survey);
    journal_close(r);
    return code;
}
