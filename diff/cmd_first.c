/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep first: the first divergence of two runs, in order of cause. */
#include "diff/commands.h"
#include "diff/common.h"
#include "diff/first_print.h"
#include "diff/symbols.h"
#include "diff/table.h"

static bool read_order(const struct cli *cli, struct first_options *o, struct err *err)
{
    const char *order = cli_value(cli, "order");
    o->by_time = order && !strcmp(order, "time");
    return !order || o->by_time || !strcmp(order, "cause") || err_set(err, "--order %s: expected cause or time", order);
}

static bool read_options(const struct cli *cli, struct first_options *o, u64 *show, struct err *err)
{
    const char *key = cli_value(cli, "key"), *kind = cli_value(cli, "kind"), *class = cli_value(cli, "class");
    kind = class ? class : kind;
    *o = (struct first_options){.keys.parts = KEY_DEFAULT,
                                .limit = UINT64_MAX,
                                .last_time = {UINT64_MAX, UINT64_MAX},
                                .values_most = FIRST_VALUES};
    *show = 20;
    return (!key || keys_read_parts(key, &o->keys.parts, err)) && (!kind || keys_read_kind(kind, &o->keys.kind, err)) &&
           cli_u64(cli, "limit", &o->limit, err) && cli_u64(cli, "show", show, err) &&
           cli_u64(cli, "values", &o->values_most, err) && read_order(cli, o, err) && jitter_check_lists(cli, err) &&
           (o->limit || err_set(err, "--limit 0: without a call nothing is compared"));
}

/* A moment of each run. */
static bool read_time(const struct cli *cli, const char *option, struct run *const run[2], u64 times[2],
                      struct err *err)
{
    const char *text = cli_value(cli, option);
    for (u32 i = 0; i < 2; i++)
        if (text && !common_read_time(run[i], text, &times[i], err))
            return false;
    return true;
}

static bool learn(const struct cli *cli, struct run *a, u32 parts, struct jitter *jitter, struct err *err)
{
    struct jitter_names names = {0};
    while (jitter_next_name(cli, &names))
        if (!jitter_learn(jitter, a, names.path, parts, err))
            return false;
    return true;
}

static bool read_window(const struct cli *cli, struct run *const run[2], struct first_options *o, struct err *err)
{
    if (!read_time(cli, "from", run, o->first_time, err) || !read_time(cli, "to", run, o->last_time, err))
        return false;
    for (u32 i = 0; i < 2; i++)
        if (o->first_time[i] >= o->last_time[i])
            return err_set(err, "--to %s is not behind --from %s in %s", cli_value(cli, "to"),
                           cli_has(cli, "from") ? cli_value(cli, "from") : "the start", run_path(run[i]));
    return true;
}

static void print(const struct cli *cli, const struct first *first, u64 show, bool by_time)
{
    struct json json;
    if (cli_has(cli, "csv")) {
        first_print_csv(first, stdout);
        return;
    }
    if (!cli_has(cli, "json")) {
        first_print(first, show, by_time, stdout);
        return;
    }
    json_begin(&json, stdout);
    first_put_json(first, NULL, &json);
    json_finish(&json);
}

static int compare(const struct cli *cli, struct pairing *pairing, struct first_options *o, u64 show)
{
    struct first first;
    struct err err;
    struct jitter jitter = {0};
    int code;
    if (!learn(cli, pairing->a, o->keys.parts, &jitter, &err)) {
        code = cli_fail(cli, EXIT_HOST_ERROR, &err);
    } else {
        o->jitter = jitter.runs ? &jitter : NULL;
        o->keys.learnt = jitter.letters;
        o->keys.learnt_count = jitter.letter_count;
        first_find(&first, pairing, o);
        if (run_is_whole(pairing->a, &err) && run_is_whole(pairing->b, &err)) {
            print(cli, &first, show, o->by_time);
            code = first_exit_code(&first);
        } else {
            code = cli_fail(cli, EXIT_HOST_ERROR, &err);
        }
        first_finish(&first);
    }
    jitter_free(&jitter);
    return code;
}

/* Of a run that alone ended before the window begins nothing can be said. */
static bool has_ended(const struct cli *cli, struct run *const run[2], const struct first_options *o)
{
    static const char *const names[] = {"A", "B"};
    struct common common;
    struct json j;
    char text[200];
    common_find(&common, run[0], run[1]);
    u32 side = common.last[1] < o->first_time[1];
    if (common.last[side] >= o->first_time[side] || common.last[!side] < o->first_time[!side])
        return false;
    snprintf(text, sizeof text, "%s ends before %.64s: capture a longer run of it", names[side],
             cli_value(cli, "from"));
    if (cli_has(cli, "csv")) {
        first_print_csv(&(struct first){.count = 0}, stdout);
    } else if (cli_has(cli, "json")) {
        json_begin(&j, stdout);
        json_object(&j, NULL);
        json_text(&j, "verdict", first_verdict_name(FIRST_UNCERTAIN));
        json_null(&j, "first");
        json_array(&j, "pairs");
        json_close(&j);
        json_array(&j, "capture");
        json_text(&j, NULL, text);
        json_close(&j);
        json_close(&j);
        json_finish(&j);
    } else {
        printf("A %s\nB %s\nverdict: uncertain\n  open    %s\n", run_path(run[0]), run_path(run[1]), text);
    }
    return true;
}

static int compare_runs(const struct cli *cli, struct run *const run[2], struct first_options *o, u64 show)
{
    struct pairing pairing;
    struct err err;
    if (o->keys.parts & KEY_FUNCTION && (!symbols_are_there(symbols_open(run_journal(run[0]))) ||
                                         !symbols_are_there(symbols_open(run_journal(run[1])))))
        err_set(&err, "--key fn: both journals need symbols: lockstep attach");
    else if (read_window(cli, run, o, &err) && pair_threads(&pairing, run[0], run[1], cli_value(cli, "map"), &err)) {
        if (has_ended(cli, run, o)) {
            pair_finish(&pairing);
            return EXIT_UNCERTAIN;
        }
        int code = compare(cli, &pairing, o, show);
        pair_finish(&pairing);
        return code;
    }
    return cli_fail(cli, EXIT_USAGE, &err);
}

int cmd_first(const struct cli *cli)
{
    struct first_options o;
    struct run *run[2] = {0};
    struct err err;
    u64 show;
    enum table_form form;
    if (!table_form(&form, cli, &err) || !read_options(cli, &o, &show, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    run[0] = run_open(cli->operands[0], &err);
    run[1] = run[0] ? run_open(cli->operands[1], &err) : NULL;
    int code = run[1] ? compare_runs(cli, run, &o, show) : cli_fail(cli, EXIT_HOST_ERROR, &err);
    run_close(run[0]);
    run_close(run[1]);
    return code;
}
