/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep idioms: what the waits of each thread are there for, how often, and where an idiom of A is broken in B. */
#include "diff/commands.h"
#include "diff/idioms_compare.h"
#include "diff/pairs_open.h"
#include "diff/select.h"
#include "diff/symbols.h"

#include <stdlib.h>

enum { SAYS = 96 };

static const struct table_column columns[] = {
    {"a_thread", TABLE_U64, 0}, {"b_thread", TABLE_U64, 0},  {"idiom", TABLE_TEXT, 0},  {"op", TABLE_TEXT, 0},
    {"lr", TABLE_HEX, 8},       {"function", TABLE_TEXT, 0}, {"object", TABLE_TEXT, 0}, {"born_lr", TABLE_HEX, 8},
    {"a", TABLE_U64, 0},        {"b", TABLE_U64, 0},         {"state", TABLE_TEXT, 0},  {"round", TABLE_U64, 0},
    {"step", TABLE_TEXT, 0},    {"a_says", TABLE_TEXT, 0},   {"b_says", TABLE_TEXT, 0}, {"guessed", TABLE_BOOL, 0},
    {"steps", TABLE_TEXT, 0},   {"a_at", TABLE_CITE, 0},     {"b_at", TABLE_CITE, 0},
};
static const struct table_column single_columns[] = {
    {"thread", TABLE_U64, 0},    {"idiom", TABLE_TEXT, 0},  {"op", TABLE_TEXT, 0},     {"lr", TABLE_HEX, 8},
    {"function", TABLE_TEXT, 0}, {"object", TABLE_TEXT, 0}, {"born_lr", TABLE_HEX, 8}, {"count", TABLE_U64, 0},
    {"guessed", TABLE_BOOL, 0},  {"steps", TABLE_TEXT, 0},  {"at", TABLE_CITE, 0},
};

struct view {
    struct idiom_comparison c;
    struct table table;
    u64 differing, untold, limit;
};

static void put_lr(struct view *v, u32 lr)
{
    char name[SYMBOLS_TEXT];
    const char *found = NULL;
    table_hex_known(&v->table, lr);
    for (u32 side = 0; side < 2 && v->c.run[side] && lr && !found; side++)
        found = symbols_find_return_name(symbols_open(run_journal(v->c.run[side])), lr, name, sizeof name);
    table_text(&v->table, found);
}

static void put_steps(struct view *v, const struct idiom_round *r)
{
    char text[160] = "";
    for (u32 i = 0; i < r->step_count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s%s", i ? " " : "",
                 idiom_step_name(r->steps[i].kind),
                 r->steps[i].kind == STEP_SIGNAL && !r->steps[i].is_own ? "-other" : "");
    table_text(&v->table, text);
}

/* The step that parts, or what there is instead. */
static const struct idiom_step *parting(const struct idiom_row *row, u32 side)
{
    const struct idiom_round *r = &row->at[side];
    return row->is_parted && row->step[side] < r->step_count ? &r->steps[row->step[side]] : NULL;
}

static void put_says(struct view *v, const struct idiom_row *row, u32 side)
{
    char text[SAYS], lr[TABLE_ADDRESS];
    const struct idiom_step *step = parting(row, side);
    struct run *run = v->c.run[side];
    if (!row->is_parted)
        table_none(&v->table);
    else if (!step)
        table_text(&v->table, wait_is_open(row->at[side].wait) ? "never woken" : "nothing");
    else if (step->kind == STEP_WAKE && !step->op)
        table_text(&v->table, "woken");
    else {
        char by[24] = "";
        if (step->kind == STEP_WAKE)
            snprintf(by, sizeof by, " by T%u", run_thread(run, step->place)->thread);
        snprintf(text, sizeof text, "%s%s %s %s%s", idiom_step_name(step->kind), by, run_op_name(run, step->op),
                 table_show_address(step->lr, lr), step->guessed ? " (guessed)" : "");
        table_text(&v->table, text);
    }
}

/* Where it parts, else the wait of the first round. */
static void put_place(struct view *v, const struct idiom_row *row, u32 side)
{
    const struct idiom_round *r = &row->at[side];
    const struct idiom_step *step = parting(row, side);
    const char *name = v->c.is_single ? NULL : side ? "B" : "A";
    if (!r->wait)
        table_none(&v->table);
    else
        pairs_put_cite(&v->table, name, v->c.run[side], step ? step->place : r->wait->place,
                       step ? idiom_step_position(&v->c.idioms[side], step) : r->wait->call);
}

static void put_what(struct view *v, const struct idiom_row *row)
{
    u32 side = row->at[0].wait ? 0 : 1;
    table_text(&v->table, idiom_name(row->idiom));
    table_text(&v->table, run_op_name(v->c.run[side], row->key.op));
    put_lr(v, row->key.lr);
    table_text(&v->table, object_type_name((enum object_type)row->key.type));
    table_hex_known(&v->table, row->key.born_lr);
}

static void put_single(struct view *v, const struct idiom_row *row)
{
    pairs_put_thread(&v->table, v->c.run[0], row->place[0]);
    put_what(v, row);
    table_u64(&v->table, row->count[0]);
    table_bool(&v->table, row->guessed);
    put_steps(v, &row->at[0]);
    put_place(v, row, 0);
    table_row(&v->table);
}

static void put_row(struct view *v, const struct idiom_row *row)
{
    struct table *t = &v->table;
    const struct idiom_step *step = parting(row, 0) ? parting(row, 0) : parting(row, 1);
    for (u32 side = 0; side < 2; side++)
        pairs_put_thread(t, v->c.run[side], row->place[side]);
    put_what(v, row);
    table_u64(t, row->count[0]);
    table_u64(t, row->count[1]);
    table_text(t, idiom_state_name(row->state));
    if (row->is_parted)
        table_u64(t, row->round + 1u);
    else
        table_none(t);
    table_text(t, step ? idiom_step_name(step->kind) : NULL);
    put_says(v, row, 0);
    put_says(v, row, 1);
    table_bool(t, row->guessed);
    put_steps(v, &row->at[row->at[0].wait ? 0 : 1]);
    put_place(v, row, 0);
    put_place(v, row, 1);
    table_row(t);
}

static void put_rows(struct view *v)
{
    idioms_share(&v->c);
    for (u32 i = 0; i < v->c.row_count; i++) {
        const struct idiom_row *row = &v->c.rows[i];
        bool is_untold = row->state == IDIOM_OPEN || row->state == IDIOM_UNTOLD;
        v->untold += is_untold;
        v->differing += row->state != IDIOM_SAME && row->state != IDIOM_SHARED && !is_untold;
        if (v->table.rows >= v->limit)
            continue;
        if (v->c.is_single)
            put_single(v, row);
        else
            put_row(v, row);
    }
    table_end(&v->table);
}

/* ---- One run. ---- */

static bool find_thread(struct run *run, const struct cli *cli, u32 *place, struct err *err)
{
    struct survey survey;
    u32 thread;
    const char *text = cli_value(cli, "thread");
    *place = PAIR_NOBODY;
    if (!text)
        return true;
    survey_make(&survey, run_journal(run));
    bool ok = select_read_thread(text, &survey, &thread, err);
    survey_free(&survey);
    *place = ok ? run_thread_place(run, thread) : PAIR_NOBODY;
    return ok && (*place != PAIR_NOBODY || err_set(err, "--thread %s: %s has no such thread", text, run_path(run)));
}

static int list(const struct cli *cli)
{
    struct view v = {.limit = UINT64_MAX};
    struct err err;
    enum table_form form;
    u32 only;
    if (cli_has(cli, "map"))
        err_set(&err, "--map pairs the threads of two journals");
    if (cli_has(cli, "map") || !table_form(&form, cli, &err) || !cli_u64(cli, "limit", &v.limit, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    struct run *run = run_open(cli->operands[0], &err);
    if (!run)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    bool is_known = find_thread(run, cli, &only, &err);
    int code = is_known ? EXIT_OK : cli_fail(cli, EXIT_USAGE, &err);
    if (is_known && idioms_open(&v.c, run, NULL, &err)) {
        table_begin(&v.table, form, stdout, single_columns, countof(single_columns));
        for (u32 i = 0; i < run_thread_count(run); i++)
            if (only == PAIR_NOBODY || i == only)
                idioms_compare(&v.c, i, PAIR_NOBODY);
        put_rows(&v);
    } else if (is_known) {
        code = cli_fail(cli, EXIT_HOST_ERROR, &err);
    }
    idioms_close(&v.c);
    run_close(run);
    return code;
}

/* ---- Two runs. ---- */

static int compare(struct pairs *p, struct view *v)
{
    struct err err;
    u32 a, b;
    if (!cli_u64(p->cli, "limit", &v->limit, &err) || !pairs_read_threads(p, &a, &b, &err))
        return cli_fail(p->cli, EXIT_USAGE, &err);
    if (!idioms_open(&v->c, p->a, p->b, &err))
        return cli_fail(p->cli, EXIT_HOST_ERROR, &err);
    table_begin(&v->table, p->form, stdout, columns, countof(columns));
    if (a != PAIR_NOBODY)
        idioms_compare(&v->c, a, b);
    for (u32 i = 0; a == PAIR_NOBODY && i < p->threads.count; i++)
        idioms_compare(&v->c, p->threads.pairs[i].a, p->threads.pairs[i].b);
    put_rows(v);
    if (!pairs_are_whole(p, &err))
        return cli_fail(p->cli, EXIT_HOST_ERROR, &err);
    return v->differing ? EXIT_HOST_ERROR : v->untold || !v->c.row_count ? EXIT_UNCERTAIN : EXIT_OK;
}

int cmd_idioms(const struct cli *cli)
{
    struct pairs p;
    struct view v = {.limit = UINT64_MAX};
    if (cli->operand_count == 1)
        return list(cli);
    int code = pairs_open(&p, cli);
    if (!code)
        code = compare(&p, &v);
    idioms_close(&v.c);
    pairs_close(&p);
    return code;
}
