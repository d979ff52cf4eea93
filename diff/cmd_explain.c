/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep explain: why two runs part. */
#include "diff/commands.h"
#include "diff/explain.h"

#include <stdlib.h>

static int explain(const struct cli *cli, struct explain *x)
{
    struct err err = {{0}};
    bool good = explain_find(x, cli_has(cli, "confirm"), &err);
    if (!good)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (cli_has(cli, "json")) {
        struct json json;
        json_begin(&json, stdout);
        explain_put_json(x, &json);
        json_finish(&json);
    } else {
        explain_print(x, stdout);
    }
    if (x->is_same)
        return EXIT_OK;
    return x->story.verdict == EXPLAIN_IS_UNKNOWN ? EXIT_UNCERTAIN : EXIT_HOST_ERROR;
}

static int explain_runs(const struct cli *cli, struct run *const run[2])
{
    struct pairing pairing;
    struct first first;
    struct err err;
    const struct first_options options = {.keys.parts = KEY_DEFAULT,
                                          .limit = UINT64_MAX,
                                          .last_time = {UINT64_MAX, UINT64_MAX},
                                          .values_most = FIRST_VALUES};
    if (!pair_threads(&pairing, run[0], run[1], cli_value(cli, "map"), &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    struct explain *x = calloc(1, sizeof *x);
    CHECK(x, "no memory for an explanation");
    first_find(&first, &pairing, &options);
    x->run[0] = run[0];
    x->run[1] = run[1];
    x->pairing = &pairing;
    x->first = &first;
    int code = explain(cli, x);
    explain_finish(x);
    free(x);
    first_finish(&first);
    pair_finish(&pairing);
    return code;
}

int cmd_explain(const struct cli *cli)
{
    struct run *run[2] = {0};
    struct err err;
    run[0] = run_open(cli->operands[0], &err);
    run[1] = run[0] ? run_open(cli->operands[1], &err) : NULL;
    int code = run[1] ? explain_runs(cli, run) : cli_fail(cli, EXIT_HOST_ERROR, &err);
    run_close(run[0]);
    run_close(run[1]);
    return code;
}
