/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep export: a journal for other programs. */
#include "diff/commands.h"
#include "diff/event_rows.h"
#include "diff/original.h"
#include "diff/trace.h"

#include <errno.h>

static int export_trace(struct query *q)
{
    struct err err;
    int code = query_waits(q);
    if (code)
        return code;
    return trace_write(q, stdout, &err) ? EXIT_OK : cli_fail(q->cli, EXIT_HOST_ERROR, &err);
}

static int export_events(struct query *q, enum table_form form)
{
    struct err err;
    struct event_rows rows;
    const struct event *event;
    int found = 0, code = EXIT_OK;
    struct journal_cursor *c = select_open(&q->select, q->journal, &err);
    event_rows_begin(&rows, q->journal, &q->survey, form);
    while (!ferror(stdout) && (found = journal_cursor_next(c, &event, &err)))
        if (found < 0) /* it is read around */
            code = cli_fail(q->cli, EXIT_HOST_ERROR, &err);
        else if (select_wants(&q->select, q->journal, event))
            event_rows_put(&rows, event);
    event_rows_end(&rows);
    journal_cursor_close(c);
    return code;
}

/* After the journal is open, so that a wrong name costs no file. */
static bool begin_output(const struct cli *cli, struct err *err)
{
    const char *path = cli_value(cli, "output");
    return !path || freopen(path, "wb", stdout) || err_set(err, "cannot create %s: %s", path, strerror(errno));
}

static int export_original(const struct cli *cli)
{
    struct err err;
    u64 log = 0;
    struct journal_reader *journal = journal_open(cli->operands[0], &err);
    if (!journal)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    u64 count = original_count(journal);
    bool ok = cli_has(cli, "log") || count <= 1 ||
              err_set(&err, "%s was imported from %llu logs: say which with --log N", cli->operands[0],
                      (unsigned long long)count);
    ok = ok && cli_u64(cli, "log", &log, &err) && begin_output(cli, &err) && original_write(journal, log, stdout, &err);
    journal_close(journal);
    return ok ? EXIT_OK : cli_fail(cli, EXIT_HOST_ERROR, &err);
}

static int export_query(const struct cli *cli)
{
    struct query q;
    struct err err;
    int code = query_open(&q, cli);
    if (!code && !begin_output(cli, &err))
        code = cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (!code)
        code = cli_has(cli, "perfetto") ? export_trace(&q)
                                        : export_events(&q, cli_has(cli, "csv") ? TABLE_AS_CSV : TABLE_AS_JSON);
    query_close(&q);
    return code;
}

int cmd_export(const struct cli *cli)
{
    struct err err;
    bool original = cli_has(cli, "original");
    if (original + cli_has(cli, "perfetto") + cli_has(cli, "jsonl") + cli_has(cli, "csv") != 1) {
        err_set(&err, "say what to export: one of --original, --perfetto, --jsonl and --csv");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    return original ? export_original(cli) : export_query(cli);
}
