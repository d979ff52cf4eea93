/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep bisect: the least change that turns a good run into a bad one. */
#include "diff/bisect.h"
#include "diff/commands.h"
#include "schema/export.h"

#include <unistd.h>

static const struct way {
    const char *name;
    bool (*run)(struct bisect *b, struct err *err);
    u32 least, most; /* journals; of two, the good one comes first */
} ways[] = {
    {"schedule", bisect_schedule, 1, 1},
    {"inputs", bisect_inputs, 1, 2},
    {"exports", bisect_exports, 2, 2},
    {"time", bisect_time, 1, 1},
};

static const char *const verdicts[] = {"not found", "unconfirmed", "confirmed"};

static void put_call(struct json *j, const char *key, bool is_there, const struct call_row *row)
{
    char name[64];
    if (!is_there) {
        json_null(j, key);
        return;
    }
    json_object(j, key);
    json_u64(j, "thread", row->thread);
    json_hex(j, "lineage", row->lineage, 16);
    json_text(j, "op", export_op_name(row->op, name, sizeof name));
    json_u64(j, "index", row->number);
    json_hex(j, "lr", row->lr, 8);
    json_u64(j, "time", row->time);
    if (row->returned != UINT64_MAX)
        json_hex(j, "result", row->result, 8);
    else
        json_null(j, "result");
    if (row->object)
        json_hex(j, "object", row->object, 8);
    else
        json_null(j, "object");
    json_close(j);
}

static void put(const struct bisect *b)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_text(&j, "verdict", verdicts[b->verdict]);
    if (b->verdict == BISECT_NOT_FOUND) {
        json_null(&j, "cause");
    } else {
        json_object(&j, "cause");
        json_text(&j, "kind", b->kind);
        put_call(&j, "first", b->has_first, &b->first);
        put_call(&j, "second", b->has_second, &b->second);
        if (b->has_time)
            json_u64(&j, "time", b->time);
        json_array(&j, "changes");
        for (size_t i = 0; i < b->cause.count; i++)
            json_text(&j, NULL, b->cause.list[i]);
        json_close(&j);
        json_close(&j);
    }
    if (b->point_count) {
        json_array(&j, "points");
        for (u32 i = 0; i < b->point_count; i++) {
            json_object(&j, NULL);
            json_u64(&j, "time", b->points[i].time);
            json_u64(&j, "samples", b->points[i].samples);
            json_u64(&j, "bad", b->points[i].bad);
            json_close(&j);
        }
        json_close(&j);
    }
    json_u64(&j, "runs", b->trials.runs);
    json_text(&j, "journal", b->has_journal ? b->output : NULL);
    json_text(&j, "sentence", b->sentence);
    json_close(&j);
    json_finish(&j);
}

static void print(const struct bisect *b)
{
    printf("%s\n%s\n", verdicts[b->verdict], b->sentence);
    for (size_t i = 0; i < b->cause.count; i++)
        printf("  %.200s\n", b->cause.list[i]);
    for (u32 i = 0; i < b->point_count; i++)
        printf("  from %.6f s on: %u of %u\n", (double)b->points[i].time / 50000000, b->points[i].bad,
               b->points[i].samples);
    printf("%llu run%s", (unsigned long long)b->trials.runs, cli_plural(b->trials.runs));
    if (b->has_journal)
        printf("; %s reproduces it", b->output);
    putchar('\n');
}

static bool begin(struct bisect *b, struct err *err)
{
    char state[4096];
    u64 limit = 0, stall = 0;
    if (!trial_end_of(b->bad_path, &b->bad, err) || (b->good_path && !trial_end_of(b->good_path, &b->good, err)))
        return false;
    if (!strcmp(b->bad.class, "exited"))
        return err_set(err, "%s ended as it should (exited): there is nothing to look for", b->bad_path);
    if (!cli_ticks(b->cli, "time-limit", &limit, err) || !cli_ticks(b->cli, "stall-limit", &stall, err))
        return false;
    snprintf(state, sizeof state, "%s.trials", b->output);
    b->trials.quiet = cli_has(b->cli, "quiet");
    if (!trials_open(&b->trials, b->bad_path, state, err))
        return false;
    /* A run that was stopped is bad for having come that far without an end. */
    bool was_stopped = !strcmp(b->bad.class, "limit");
    b->trials.limit = limit ? limit : was_stopped ? b->bad.ticks : 4 * b->bad.ticks + 50000000;
    b->trials.stall = stall;
    b->kept = strdup("");
    return true;
}

static int run(struct bisect *b, const struct way *way)
{
    const struct cli *cli = b->cli;
    struct err err = {{0}};
    u32 journals = cli->operand_count - 1;
    if (journals < way->least || journals > way->most)
        err_set(&err, "%s takes %s", way->name, way->most == 1 ? "one journal" : "two journals, the good one first");
    else if (!b->output)
        err_set(&err, "where to? give the name of the journal that is to reproduce it with -o SMALL.lsj");
    if (err.text[0])
        return cli_fail(cli, EXIT_USAGE, &err);
    b->bad_path = cli->operands[journals];
    b->good_path = journals == 2 ? cli->operands[1] : NULL;
    if (!begin(b, &err) || !way->run(b, &err))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    (cli_has(cli, "json") ? put : print)(b);
    return b->verdict == BISECT_CONFIRMED ? EXIT_OK : EXIT_UNCERTAIN;
}

int cmd_bisect(const struct cli *cli)
{
    struct err err;
    if (!strcmp(cli->operands[0], "engine"))
        return bisect_engine(cli);
    for (size_t i = 0; i < countof(ways); i++) {
        if (strcmp(ways[i].name, cli->operands[0]) != 0)
            continue;
        struct bisect *b = calloc(1, sizeof *b);
        CHECK(b, "no memory for a bisection");
        b->cli = cli;
        b->output = cli_value(cli, "output");
        int code = run(b, &ways[i]);
        trials_close(&b->trials);
        lines_free(&b->cause);
        free(b->kept);
        free(b);
        return code;
    }
    err_set(&err, "%s: expected schedule, inputs, exports, time or engine", cli->operands[0]);
    return cli_fail(cli, EXIT_USAGE, &err);
}
