/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep coverage: what each of two runs could have told, so that absence in one is not read as difference. */
#include "diff/commands.h"
#include "diff/coverage.h"
#include "diff/map.h"
#include "diff/table.h"

#include <stdlib.h>

static const struct table_column columns[] = {
    {"what", TABLE_TEXT, 0},       {"name", TABLE_TEXT, 0},   {"a_captured", TABLE_BOOL, 0},
    {"b_captured", TABLE_BOOL, 0}, {"a_count", TABLE_U64, 0}, {"b_count", TABLE_U64, 0},
};

struct sides {
    struct run *run[2];
    struct coverage *coverage[2];
    struct table table;
    u32 lacking; /* what one run captured and the other did not */
};

static void put_row(struct sides *s, const char *what, const char *name, const bool captured[2], const u64 *counts)
{
    table_text(&s->table, what);
    table_text(&s->table, name);
    table_bool(&s->table, captured[0]);
    table_bool(&s->table, captured[1]);
    for (u32 side = 0; side < 2; side++)
        if (counts)
            table_u64(&s->table, counts[side]);
        else
            table_none(&s->table);
    table_row(&s->table);
    s->lacking += captured[0] != captured[1];
}

static void put_tells(struct sides *s)
{
    static const char *const words[] = {"call", "return", "handle", "thread",   "wait",     "signal",
                                        "file", "print",  "lr",     "snapshot", "arguments"};
    for (size_t i = 0; i < countof(words); i++) {
        const bool captured[2] = {coverage_tells(s->coverage[0], words[i]), coverage_tells(s->coverage[1], words[i])};
        put_row(s, "tells", words[i], captured, NULL);
    }
}

struct op_count {
    u32 op, side; /* side: which run knows its name */
    u64 count[2];
};

static int by_op(const void *a, const void *b)
{
    const struct op_count *x = a, *y = b;
    return x->op < y->op ? -1 : x->op > y->op;
}

static u32 count_ops(const struct sides *s, struct op_count **ops)
{
    struct map places = {0};
    u32 count = 0;
    *ops = calloc(run_site_count(s->run[0]) + run_site_count(s->run[1]) + 1u, sizeof **ops);
    CHECK(*ops, "out of memory");
    for (u32 side = 0; side < 2; side++)
        for (u32 i = 0; i < run_site_count(s->run[side]); i++) {
            const struct run_site *site = run_site(s->run[side], i);
            if (site->kind != EVENT_call)
                continue;
            u32 at = map_get(&places, site->op);
            if (at == MAP_NONE) {
                at = count++;
                map_set(&places, site->op, at);
                (*ops)[at] = (struct op_count){.op = site->op, .side = side};
            }
            (*ops)[at].count[side] += site->count;
        }
    map_free(&places);
    if (count)
        qsort(*ops, count, sizeof **ops, by_op);
    return count;
}

static void put_ops(struct sides *s)
{
    struct op_count *ops;
    u32 count = count_ops(s, &ops);
    for (u32 i = 0; i < count; i++) {
        const bool captured[2] = {coverage_has_op(s->coverage[0], ops[i].op),
                                  coverage_has_op(s->coverage[1], ops[i].op)};
        if (captured[0] != captured[1])
            put_row(s, "op", run_op_name(s->run[ops[i].side], ops[i].op), captured, ops[i].count);
    }
    free(ops);
}

/* What one or the other has not all of. */
static void put_part(struct sides *s, const char *what, bool a, bool b, const u64 counts[2])
{
    const bool all[2] = {a, b};
    if (!a || !b)
        put_row(s, "all", what, all, counts);
}

static void put_parts(struct sides *s)
{
    const struct coverage *a = s->coverage[0], *b = s->coverage[1];
    const u64 caps[2] = {coverage_cap(a), coverage_cap(b)}, dropped[2] = {coverage_dropped(a), coverage_dropped(b)};
    put_part(s, "not stopped after a number of events", !caps[0], !caps[1], caps);
    put_part(s, "no event dropped", !dropped[0], !dropped[1], dropped);
    put_part(s, "threads", coverage_has_all_threads(a), coverage_has_all_threads(b), NULL);
    put_part(s, "handles", coverage_has_all_handles(a), coverage_has_all_handles(b), NULL);
    put_part(s, "times", coverage_has_all_times(a), coverage_has_all_times(b), NULL);
}

static int compare(struct sides *s, enum table_form form)
{
    for (u32 side = 0; side < 2; side++)
        s->coverage[side] = coverage_read(run_journal(s->run[side]));
    table_begin(&s->table, form, stdout, columns, countof(columns));
    put_tells(s);
    put_parts(s);
    put_ops(s);
    table_end(&s->table);
    coverage_destroy(s->coverage[0]);
    coverage_destroy(s->coverage[1]);
    return s->lacking ? EXIT_UNCERTAIN : EXIT_OK;
}

int cmd_coverage(const struct cli *cli)
{
    struct sides s = {0};
    enum table_form form;
    struct err err;
    if (!table_form(&form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    s.run[0] = run_open(cli->operands[0], &err);
    s.run[1] = s.run[0] ? run_open(cli->operands[1], &err) : NULL;
    int code = s.run[1] ? compare(&s, form) : cli_fail(cli, EXIT_HOST_ERROR, &err);
    run_close(s.run[1]);
    run_close(s.run[0]);
    return code;
}
