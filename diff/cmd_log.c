/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep log: a journal's events, a line each, in the order of the run. Damage is told on stderr and passed over. */
#include "diff/commands.h"
#include "diff/print.h"
#include "diff/select.h"

static u64 lineage_of(const struct survey *survey, u32 thread)
{
    const struct survey_thread *t = survey_thread(survey, thread);
    return t ? t->lineage : 0;
}

/* False: something was damaged. */
static bool print_all(struct journal_reader *r, const struct survey *survey, const struct select *select, u64 limit,
                      bool json)
{
    struct err err;
    const struct event *event;
    bool ok = true;
    int found;
    struct journal_cursor *c = journal_cursor_open(r, &select->filter, &err);
    while (limit && !ferror(stdout) && (found = journal_cursor_next(c, &event, &err))) {
        if (found < 0) {
            fprintf(stderr, "lockstep log: %s\n", err.text);
            ok = false;
            continue;
        }
        if (!select_wants(select, event))
            continue;
        if (json)
            print_event_json(r, event, lineage_of(survey, event->thread), stdout);
        else
            print_event(r, event, stdout);
        limit--;
    }
    journal_cursor_close(c);
    return ok;
}

int cmd_log(const struct cli *cli)
{
    struct err err;
    struct survey survey = {0};
    struct select select;
    u64 limit = UINT64_MAX;
    struct journal_reader *r = journal_open(cli->operands[0], &err);
    if (!r)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    bool json = cli_has(cli, "json");
    if (json || cli_has(cli, "thread"))
        survey_make(&survey, r);
    int code = EXIT_OK;
    if (!cli_u64(cli, "limit", &limit, &err) || !select_read(&select, cli, &survey, &err))
        code = cli_fail(cli, EXIT_USAGE, &err);
    else if (!print_all(r, &survey, &select, limit, json))
        code = EXIT_HOST_ERROR;
    survey_free(&survey);
    journal_close(r);
    return code;
}
