/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep diff: two runs in, the one-page answer out. */
#include "diff/commands.h"
#include "diff/onepage.h"
#include "diff/pairs_open.h"
#include "diff/table.h"

int cmd_diff(const struct cli *cli)
{
    struct err err;
    struct onepage page;
    struct json json;
    enum table_form form;
    if (!table_form(&form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    struct run *a = run_open(cli->operands[0], &err), *b = a ? run_open(cli->operands[1], &err) : NULL;
    bool is_mapped = b && pairs_map_is_good(cli, a, b, &err);
    bool ok = is_mapped && onepage_make(&page, a, b, cli_value(cli, "map"), &err);
    int code = ok ? first_exit_code(&page.first) : cli_fail(cli, b && !is_mapped ? EXIT_USAGE : EXIT_HOST_ERROR, &err);
    if (ok && cli_has(cli, "json")) {
        json_begin(&json, stdout);
        onepage_json(&page, &json);
        json_finish(&json);
    } else if (ok && form == TABLE_AS_CSV) {
        onepage_csv(&page, stdout);
    } else if (ok) {
        onepage_print(&page, stdout);
    }
    if (ok)
        onepage_free(&page);
    run_close(b);
    run_close(a);
    return code;
}
