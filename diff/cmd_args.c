/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep args: the n-th call of an op beside the n-th, in each pair of threads. */
#include "diff/commands.h"
#include "diff/coverage.h"
#include "diff/pairs_open.h"
#include "diff/values.h"
#include "schema/export.h"

#include <stdlib.h>

static const struct table_column columns[] = {
    {"a_thread", TABLE_U64, 0}, {"b_thread", TABLE_U64, 0}, {"n", TABLE_U64, 0},       {"status", TABLE_TEXT, 0},
    {"lr", TABLE_HEX, 8},       {"differs", TABLE_TEXT, 0}, {"a_text", TABLE_TEXT, 0}, {"b_text", TABLE_TEXT, 0},
    {"a_result", TABLE_HEX, 8}, {"b_result", TABLE_HEX, 8}, {"a_size", TABLE_U64, 0},  {"b_size", TABLE_U64, 0},
    {"a_at", TABLE_CITE, 0},    {"b_at", TABLE_CITE, 0},
};

enum { DIFFERS_TEXT = 96 };

/* One thread's calls of the op, in order. */
struct walker {
    struct run *run;
    u32 place;
    u64 position; /* to go on at */
    const char *op;
    struct values_call call;
};

struct counts {
    u64 rows, differing, untold;
};

static bool is_wanted(struct walker *w, u32 site)
{
    const struct run_site *s = run_site(w->run, site);
    return s->kind == EVENT_call && !strcmp(run_op_name(w->run, s->op), w->op);
}

/* 1: w->call is the next one; 0: there is none; -1: damage. */
static int next_call(struct walker *w, struct err *err)
{
    struct run_span span;
    while (w->place != PAIR_NOBODY) {
        if (!run_read_some(w->run, w->place, w->position, COLUMN_SITE, &span, err))
            return -1;
        if (!span.count)
            return 0;
        for (u32 i = 0; i < span.count; i++)
            if (is_wanted(w, span.site[i])) {
                w->position = span.position + i + 1;
                return values_read(w->run, w->place, span.position + i, &w->call, err) ? 1 : -1;
            }
        w->position = span.position + span.count;
    }
    return 0;
}

/* differs: which argument, when it is one. */
static const char *compare_calls(const struct keys *keys, const struct walker w[2], struct counts *counts,
                                 char differs[DIFFERS_TEXT])
{
    static const char *const names[] = {"MATCH", "RESULT", "ARGUMENT", "TEXT", "WRITTEN", "CONTENT"};
    u32 argument;
    enum values_difference difference = values_compare(keys, &w[0].call, &w[1].call, &argument);
    bool is_told = values_tell_result(&w[0].call) && values_tell_result(&w[1].call);
    if (difference == VALUES_ARGUMENT)
        snprintf(differs, DIFFERS_TEXT, "%s 0x%X, 0x%X", export_find(w[0].call.call.op)->arguments[argument].name,
                 (u32)w[0].call.call.v[argument], (u32)w[1].call.call.v[argument]);
    counts->differing += difference != VALUES_SAME;
    counts->untold += difference == VALUES_SAME && !is_told;
    return difference == VALUES_SAME && !is_told ? "UNCAPTURED" : names[difference];
}

static void put_text(struct table *t, struct walker *w, bool has)
{
    size_t size;
    if (has && event_tells(&w->call.call, F_call_text) && w->call.call.v[F_call_text])
        table_text(t, journal_string(run_journal(w->run), (u32)w->call.call.v[F_call_text], &size));
    else
        table_none(t);
}

static void put_result(struct table *t, const struct walker *w, bool has)
{
    if (has && values_tell_result(&w->call))
        table_hex(t, (u32)w->call.answer.v[F_return_result]);
    else
        table_none(t);
}

static void put_size(struct table *t, const struct walker *w, bool has)
{
    const struct event *e = &w->call.effect;
    if (has && w->call.has_effect && e->kind == EVENT_file && event_tells(e, F_file_length))
        table_u64(t, e->v[F_file_length]);
    else
        table_none(t);
}

static void put_row(struct table *t, struct walker w[2], const bool has[2], u64 n, const char *status,
                    const char *differs)
{
    pairs_put_thread(t, w[0].run, w[0].place);
    pairs_put_thread(t, w[1].run, w[1].place);
    table_u64(t, n);
    table_text(t, status);
    table_hex_known(t, w[!has[0]].call.call.lr);
    table_text(t, *differs ? differs : NULL);
    for (u32 side = 0; side < 2; side++)
        put_text(t, &w[side], has[side]);
    for (u32 side = 0; side < 2; side++)
        put_result(t, &w[side], has[side]);
    for (u32 side = 0; side < 2; side++)
        put_size(t, &w[side], has[side]);
    for (u32 side = 0; side < 2; side++)
        if (has[side])
            table_cite(t, side ? "B" : "A", run_path(w[side].run), run_thread(w[side].run, w[side].place)->thread,
                       w[side].call.call.index);
        else
            table_none(t);
    table_row(t);
}

/* A recording with its events. */
static bool tells_all(struct run *run)
{
    const char *events = journal_get(run_journal(run), "events");
    return coverage_is_recording(run_journal(run)) && !(events && !strcmp(events, "none"));
}

/* Would the run have told of such a call? A log of another engine that has none at all may have left it out, and one
 * that was stopped, lost events or is of a part may have left out this one. */
static bool is_captured(struct run *run, const char *op)
{
    char why[64];
    struct walker w = {.run = run, .op = op};
    struct coverage *coverage = coverage_read(run_journal(run));
    bool is_part = coverage_is_least(coverage, 0, true, UINT64_MAX, UINT64_MAX, why, sizeof why);
    coverage_destroy(coverage);
    bool occurs = false;
    for (u32 i = 0; i < run_site_count(run) && !occurs; i++)
        occurs = is_wanted(&w, i);
    return (occurs && !is_part) || tells_all(run);
}

static bool put_pair(struct table *t, struct pairs *p, const struct pair *pair, const struct keys *keys,
                     struct counts *counts, struct err *err)
{
    const bool captured[2] = {is_captured(p->a, cli_value(p->cli, "op")), is_captured(p->b, cli_value(p->cli, "op"))};
    const char *op = cli_value(p->cli, "op");
    struct walker w[2] = {{.run = p->a, .place = pair->a, .op = op}, {.run = p->b, .place = pair->b, .op = op}};
    for (u64 n = 1;; n++) {
        int found[2] = {next_call(&w[0], err), 0};
        found[1] = found[0] < 0 ? -1 : next_call(&w[1], err);
        if (found[0] < 0 || found[1] < 0)
            return false;
        if (!found[0] && !found[1])
            return true;
        const bool has[2] = {found[0] > 0, found[1] > 0};
        char differs[DIFFERS_TEXT] = "";
        const char *status = has[0] && has[1]    ? compare_calls(keys, w, counts, differs)
                             : !captured[has[0]] ? "UNCAPTURED"
                             : has[0]            ? "ONLY-A"
                                                 : "ONLY-B";
        counts->rows++;
        counts->differing += has[0] != has[1] && captured[has[0]];
        counts->untold += has[0] != has[1] && !captured[has[0]];
        put_row(t, w, has, n, status, differs);
    }
}

static int compare(struct pairs *p)
{
    const struct keys_choice choice = {.parts = KEY_DEFAULT};
    struct counts counts = {0};
    struct keys keys;
    struct table t;
    struct err err;
    bool ok = true;
    if (!cli_has(p->cli, "op")) {
        err_set(&err, "--op NAME is needed: which call to compare");
        return cli_fail(p->cli, EXIT_USAGE, &err);
    }
    keys_init(&keys, p->a, p->b, &choice, 0);
    table_begin(&t, p->form, stdout, columns, countof(columns));
    for (u32 i = 0; ok && i < p->threads.count; i++)
        ok = put_pair(&t, p, &p->threads.pairs[i], &keys, &counts, &err);
    table_end(&t);
    keys_finish(&keys);
    if (!ok)
        return cli_fail(p->cli, EXIT_HOST_ERROR, &err);
    if (!counts.rows && p->form == TABLE_AS_TEXT)
        printf("neither run has a call of %s\n", cli_value(p->cli, "op"));
    return counts.differing ? EXIT_HOST_ERROR : counts.untold || !counts.rows ? EXIT_UNCERTAIN : EXIT_OK;
}

int cmd_args(const struct cli *cli)
{
    struct pairs p;
    int code = pairs_open(&p, cli);
    code = code ? code : compare(&p);
    pairs_close(&p);
    return code;
}
