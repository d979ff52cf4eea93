/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep explain: why two runs part. */
#include "diff/commands.h"
#include "diff/explain.h"

#include <stdlib.h>

struct telling {
    const struct cli *cli;
    int code;
};

static void tell(void *context, struct explain *x)
{
    struct telling *telling = context;
    if (cli_has(telling->cli, "json")) {
        struct json json;
        json_begin(&json, stdout);
        explain_put_json(x, &json);
        json_finish(&json);
    } else {
        explain_print(x, stdout);
    }
    telling->code = x->is_same ? EXIT_OK : x->story.verdict == EXPLAIN_IS_UNKNOWN ? EXIT_UNCERTAIN : EXIT_HOST_ERROR;
}

int cmd_explain(const struct cli *cli)
{
    struct run *run[2] = {0};
    struct err err;
    struct pairing pairing;
    struct telling telling = {cli, EXIT_OK};
    run[0] = run_open(cli->operands[0], &err);
    run[1] = run[0] ? run_open(cli->operands[1], &err) : NULL;
    int code = EXIT_HOST_ERROR;
    if (!run[1]) {
        code = cli_fail(cli, code, &err);
    } else if (!pair_threads(&pairing, run[0], run[1], cli_value(cli, "map"), &err)) {
        code = cli_fail(cli, EXIT_USAGE, &err);
    } else {
        bool is_told = explain_runs(&pairing, run, cli_has(cli, "confirm"), tell, &telling, &err);
        code = is_told ? telling.code : cli_fail(cli, code, &err);
        pair_finish(&pairing);
    }
    run_close(run[0]);
    run_close(run[1]);
    return code;
}
