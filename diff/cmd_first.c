/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep first: the first divergence of two runs, in order of cause. */
#include "diff/commands.h"
#include "diff/first_print.h"

enum { VALUES_MOST = 1 << 20 };

static bool read_class(const struct cli *cli, struct first_options *o, struct err *err)
{
    const char *class = cli_value(cli, "class");
    o->keys.only_producers = class && !strcmp(class, "producer");
    return !class || o->keys.only_producers || err_set(err, "--class %s: expected producer", class);
}

static bool read_order(const struct cli *cli, struct first_options *o, struct err *err)
{
    const char *order = cli_value(cli, "order");
    o->by_time = order && !strcmp(order, "time");
    return !order || o->by_time || !strcmp(order, "cause") || err_set(err, "--order %s: expected cause or time", order);
}

static bool read_options(const struct cli *cli, struct first_options *o, u64 *show, struct err *err)
{
    const char *key = cli_value(cli, "key");
    *o = (struct first_options){.keys.parts = KEY_OP | KEY_LR,
                                .limit = UINT64_MAX,
                                .last_time = {UINT64_MAX, UINT64_MAX},
                                .values_most = VALUES_MOST};
    *show = 20;
    o->no_values = cli_has(cli, "keys-only");
    return (!key || keys_read_parts(key, &o->keys.parts, err)) && cli_u64(cli, "limit", &o->limit, err) &&
           cli_u64(cli, "show", show, err) && read_class(cli, o, err) && read_order(cli, o, err);
}

static void print(const struct cli *cli, const struct first *first, u64 show, bool by_time)
{
    struct json json;
    if (!cli_has(cli, "json")) {
        first_print(first, show, by_time, stdout);
        return;
    }
    json_begin(&json, stdout);
    first_put_json(first, NULL, &json);
    json_finish(&json);
}

static int compare(const struct cli *cli, struct run *a, struct run *b, const struct first_options *o, u64 show)
{
    static const int codes[] = {EXIT_OK, EXIT_HOST_ERROR, EXIT_UNCERTAIN};
    struct pairing pairing;
    struct first first;
    struct err err;
    if (!pair_threads(&pairing, a, b, cli_value(cli, "map"), &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    first_find(&first, &pairing, o);
    print(cli, &first, show, o->by_time);
    int code = codes[first.verdict];
    first_finish(&first);
    pair_finish(&pairing);
    return code;
}

int cmd_first(const struct cli *cli)
{
    struct first_options o;
    struct err err;
    u64 show;
    if (!read_options(cli, &o, &show, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    struct run *a = run_open(cli->operands[0], &err);
    struct run *b = a ? run_open(cli->operands[1], &err) : NULL;
    int code = a && b ? compare(cli, a, b, &o, show) : cli_fail(cli, EXIT_HOST_ERROR, &err);
    run_close(a);
    run_close(b);
    return code;
}
