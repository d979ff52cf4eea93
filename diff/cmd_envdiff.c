/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep envdiff: what was different around two runs. */
#include "diff/commands.h"
#include "diff/onepage.h"
#include "diff/table.h"

#include <stdlib.h>

static const struct table_column columns[] = {
    {"setting", TABLE_TEXT, 0}, {"a", TABLE_TEXT, 0}, {"b", TABLE_TEXT, 0}, {"status", TABLE_TEXT, 0}};

static int print(struct run *a, struct run *b, enum table_form form)
{
    struct onepage page = {.run = {a, b}};
    struct table t;
    int code = EXIT_OK;
    onepage_find_settings(&page);
    table_begin(&t, form, stdout, columns, countof(columns));
    for (u32 i = 0; i < page.setting_count; i++) {
        const struct onepage_setting *s = &page.settings[i];
        bool is_told = s->a && s->b;
        table_text(&t, s->key);
        table_text(&t, s->a);
        table_text(&t, s->b);
        table_text(&t, is_told ? "DIFF" : "UNCAPTURED");
        table_row(&t);
        code = is_told ? EXIT_HOST_ERROR : code == EXIT_OK ? EXIT_UNCERTAIN : code;
    }
    table_end(&t);
    free(page.settings);
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
