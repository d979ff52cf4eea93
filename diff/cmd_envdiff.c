/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep envdiff: what was different around two runs. */
#include "diff/commands.h"
#include "diff/environment.h"
#include "diff/pairs_open.h"

#include <stdio.h>

static const struct table_column columns[] = {
    {"setting", TABLE_TEXT, 0}, {"a", TABLE_TEXT, 0},    {"b", TABLE_TEXT, 0},      {"status", TABLE_TEXT, 0},
    {"a_at", TABLE_CITE, 0},    {"b_at", TABLE_CITE, 0}, {"a_from", TABLE_TEXT, 0}, {"b_from", TABLE_TEXT, 0}};

/* Where it stands in each journal: an event, or a row of the tables meta and inputs. */
static void put_places(struct table *t, struct run *const run[2], const struct environment_row *row)
{
    char source[ENVIRONMENT_SOURCE];
    for (u32 side = 0; side < 2; side++)
        if (row->from[side] == ENVIRONMENT_EVENT)
            pairs_put_cite(t, side ? "B" : "A", run[side], row->place[side], row->position[side]);
        else
            table_none(t);
    for (u32 side = 0; side < 2; side++)
        table_text(t, environment_source(row, side, source));
}

static int print(struct run *a, struct run *b, enum table_form form)
{
    struct environment environment;
    struct run *run[2] = {a, b};
    struct table t;
    int code = EXIT_OK;
    environment_compare(&environment, a, b);
    table_begin(&t, form, stdout, columns, countof(columns));
    for (u32 i = 0; i < environment.count; i++) {
        const struct environment_row *row = &environment.rows[i];
        bool is_told = row->value[0] && row->value[1];
        table_text(&t, row->key);
        table_text(&t, row->value[0]);
        table_text(&t, row->value[1]);
        table_text(&t, is_told ? "DIFF" : "UNCAPTURED");
        put_places(&t, run, row);
        table_row(&t);
        code = is_told ? EXIT_HOST_ERROR : code == EXIT_OK ? EXIT_UNCERTAIN : code;
    }
    table_end(&t);
    if (form == TABLE_AS_TEXT)
        printf("%u facts are told by both, and alike\n", environment.equal);
    environment_free(&environment);
    return code;
}

int cmd_envdiff(const struct cli *cli)
{
    enum table_form form;
    struct err err;
    if (!table_form(&form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    struct run *a = run_open(cli->operands[0], &err), *b = a ? run_open(cli->operands[1], &err) : NULL;
    int code = b ? print(a, b, form) : cli_fail(cli, EXIT_HOST_ERROR, &err);
    run_close(b);
    run_close(a);
    return code;
}
