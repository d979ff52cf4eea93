/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep calls A B: what was called how often in both runs, or in a pair of threads (diff/pairs.h). */
#include "diff/fires.h"
#include "diff/pairs.h"
#include "diff/pairs_open.h"

#include <stdlib.h>

static const struct table_column columns[] = {
    {"op", TABLE_TEXT, 0},         {"lr", TABLE_HEX, 8},        {"a", TABLE_U64, 0},        {"b", TABLE_U64, 0},
    {"delta", TABLE_S64, 0},       {"only_in", TABLE_TEXT, 0},  {"status", TABLE_TEXT, 0},  {"noise", TABLE_TEXT, 0},
    {"b_elsewhere", TABLE_U64, 0}, {"works_at", TABLE_CITE, 0}, {"a_first", TABLE_CITE, 0}, {"b_first", TABLE_CITE, 0},
};

/* How often each site occurs in each of B's threads, and where first. */
struct elsewhere {
    struct run *run;
    u32 except; /* a thread's place; PAIR_NOBODY: all */
    u64 *counts;
    struct run_first *firsts; /* by place, then by site */
};

static bool count_elsewhere(struct elsewhere *e, struct run *run, u32 except, struct err *err)
{
    u32 sites = run_site_count(run), threads = run_thread_count(run);
    *e = (struct elsewhere){.run = run, .except = except};
    e->counts = calloc((u64)sites * threads + 1, sizeof *e->counts);
    e->firsts = malloc(((u64)sites * threads + 1) * sizeof *e->firsts);
    CHECK(e->counts && e->firsts, "out of memory");
    for (u64 i = 0; i < (u64)sites * threads; i++)
        e->firsts[i].position = UINT64_MAX;
    for (u32 place = 0; place < threads; place++)
        if (place != except && !run_count(run, place, 0, run_thread(run, place)->events, e->counts + (u64)place * sites,
                                          e->firsts + (u64)place * sites, err))
            return false;
    return true;
}

static void forget_elsewhere(struct elsewhere *e)
{
    free(e->counts);
    free(e->firsts);
}

static bool succeeded(struct run *run, u32 place, u64 position)
{
    struct event e;
    struct err err;
    return run_event(run, place, position, &e, &err) && event_tells(&e, F_return_result) &&
           (s32)(u32)e.v[F_return_result] >= 0;
}

/* Calls of the op by other threads of B, and a return of one that succeeded. */
static void put_elsewhere(struct table *t, const struct elsewhere *e, u32 op)
{
    u32 sites = run_site_count(e->run), found_place = PAIR_NOBODY, found_index = 0;
    u64 count = 0;
    if (e->except == PAIR_NOBODY) {
        table_none(t);
        table_none(t);
        return;
    }
    for (u32 place = 0; place < run_thread_count(e->run); place++)
        for (u32 site = 0; site < sites; site++) {
            const struct run_site *s = run_site(e->run, site);
            u64 at = (u64)place * sites + site;
            if (s->op != op || !e->counts[at])
                continue;
            count += s->kind == EVENT_call ? e->counts[at] : 0;
            if (s->kind == EVENT_return && found_place == PAIR_NOBODY &&
                succeeded(e->run, place, e->firsts[at].position)) {
                found_place = place;
                found_index = e->firsts[at].index;
            }
        }
    table_u64(t, count);
    if (found_place == PAIR_NOBODY)
        table_none(t);
    else
        table_cite(t, "B", run_path(e->run), run_thread(e->run, found_place)->thread, found_index);
}

static void put_row(struct table *t, const struct fires *f, const struct fires_row *r, const struct elsewhere *e)
{
    table_text(t, run_op_name(f->run[r->count[0] ? 0 : 1], r->key.op));
    table_hex_known(t, r->key.lr);
    table_u64(t, r->count[0]);
    table_u64(t, r->count[1]);
    table_s64(t, (s64)(r->count[0] - r->count[1]));
    table_text(t, !r->count[1] ? "A" : !r->count[0] ? "B" : NULL);
    table_text(t, fires_status_name(r->status));
    table_text(t, fires_noise_name(r->noise));
    put_elsewhere(t, e, r->key.op);
    for (u32 side = 0; side < 2; side++)
        if (r->count[side])
            table_cite(t, side ? "B" : "A", run_path(f->run[side]), run_thread(f->run[side], r->place[side])->thread,
                       r->first[side].index);
        else
            table_none(t);
    table_row(t);
}

static bool read_options(struct pairs *p, struct fires_options *o, struct err *err)
{
    static const char *const others[] = {"from", "to", "lr", "function"};
    if (!pairs_check_options(p->cli, others, countof(others), "lockstep fires counts windows and sites", err))
        return false;
    *o = (struct fires_options){.dimensions = FIRES_OP | (cli_has(p->cli, "by-lr") ? FIRES_LR : 0),
                                .op = cli_value(p->cli, "op")};
    o->window[0] = o->window[1] = WINDOW_ALL;
    return pairs_read_threads(p, &o->window[0].place, &o->window[1].place, err);
}

static int print(struct pairs *p, struct fires *f, const struct elsewhere *e)
{
    struct table t;
    struct err err;
    u64 limit = UINT64_MAX, sum[2] = {0};
    if (!cli_u64(p->cli, "limit", &limit, &err))
        return cli_fail(p->cli, EXIT_USAGE, &err);
    fires_judge(f);
    table_begin(&t, p->form, stdout, columns, countof(columns));
    for (u32 i = 0; i < f->row_count; i++) {
        sum[0] += f->rows[i].count[0];
        sum[1] += f->rows[i].count[1];
        if (i < limit)
            put_row(&t, f, &f->rows[i], e);
    }
    table_end(&t);
    if (p->form == TABLE_AS_TEXT)
        printf("%u row%s, A %llu, B %llu calls; the journals hold A %llu, B %llu\n", f->row_count,
               cli_plural(f->row_count), (unsigned long long)sum[0], (unsigned long long)sum[1],
               (unsigned long long)f->total[0], (unsigned long long)f->total[1]);
    return fires_exit_code(f);
}

static int compare(struct pairs *p)
{
    struct fires_options options;
    struct fires fires = {0};
    struct elsewhere e = {0};
    struct err err;
    if (!read_options(p, &options, &err))
        return cli_fail(p->cli, EXIT_USAGE, &err);
    bool ok =
        fires_make(&fires, &p->threads, &options, &err) && count_elsewhere(&e, p->b, options.window[1].place, &err);
    int code = ok ? print(p, &fires, &e) : cli_fail(p->cli, EXIT_HOST_ERROR, &err);
    forget_elsewhere(&e);
    fires_free(&fires);
    return code;
}

int pairs_calls(const struct cli *cli)
{
    struct pairs p;
    int code = pairs_open(&p, cli);
    code = code ? code : compare(&p);
    pairs_close(&p);
    return code;
}
