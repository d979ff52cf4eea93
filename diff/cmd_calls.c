/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep calls: how often what was called, in a window, by a thread or by all. */
#include "diff/commands.h"
#include "diff/pairs.h"
#include "diff/query.h"

static const struct table_column columns[] = {
    {"count", TABLE_U64, 0},     {"op", TABLE_TEXT, 0},          {"lr", TABLE_HEX, 8},
    {"function", TABLE_TEXT, 0}, {"threads", TABLE_U64, 0},      {"returned", TABLE_U64, 0},
    {"mean", TABLE_DURATION, 0}, {"longest", TABLE_DURATION, 0}, {"total", TABLE_DURATION, 0},
    {"first", TABLE_TIME, 0},    {"last", TABLE_TIME, 0},        {"first_at", TABLE_CITE, 0},
};

static void put_row(struct query *q, struct table *t, const struct calls_row *row)
{
    table_u64(t, row->count);
    query_put_op(q, t, row->op);
    query_put_lr(q, t, row->lr);
    table_u64(t, row->threads);
    table_u64(t, row->returned);
    if (row->returned) {
        table_duration(t, q->clock, row->total / row->returned);
        table_duration(t, q->clock, row->most);
        table_duration(t, q->clock, row->total);
    } else {
        for (u32 i = 0; i < 3; i++)
            table_none(t);
    }
    table_time(t, q->clock, row->first_time);
    table_time(t, q->clock, row->last_time);
    query_put_cite(q, t, row->first_place, row->first_position);
    table_row(t);
}

int cmd_calls(const struct cli *cli)
{
    struct query q;
    struct table t;
    struct calls calls = {0};
    struct err err;
    if (cli->operand_count == 2)
        return pairs_calls(cli);
    int code = query_open(&q, cli);
    bool by_lr = cli_has(cli, "by-lr") || q.select.by_lr || q.select.by_function;
    if (!code && !calls_make(&calls, q.run, &q.window, by_lr, &err))
        code = cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (!code) {
        u64 shown = 0;
        table_begin(&t, q.form, stdout, columns, countof(columns));
        for (u32 i = 0; i < calls.count && t.rows < q.limit; i++)
            if (select_wants_site(&q.select, q.journal, EVENT_call, calls.rows[i].op, calls.rows[i].lr)) {
                put_row(&q, &t, &calls.rows[i]);
                shown += calls.rows[i].count;
            }
        table_end(&t);
        if (q.form == TABLE_AS_TEXT)
            printf("%llu calls of %llu\n", (unsigned long long)shown, (unsigned long long)calls.total);
    }
    calls_free(&calls);
    query_close(&q);
    return code;
}
