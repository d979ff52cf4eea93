/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep timeline: what a thread did, with the time between; stretches of noise (critical sections, spin locks, IRQL,
 * polling) are one row with their number. */
#include "diff/commands.h"
#include "diff/event_rows.h"
#include "diff/query.h"

static const struct table_column columns[] = {
    {"time", TABLE_TIME, 0},  {"since", TABLE_DURATION, 0}, {"thread", TABLE_U64, 0}, {"index", TABLE_U64, 0},
    {"kind", TABLE_TEXT, 0},  {"op", TABLE_TEXT, 0},        {"lr", TABLE_HEX, 8},     {"function", TABLE_TEXT, 0},
    {"events", TABLE_U64, 0}, {"details", TABLE_TEXT, 0},
};

/* A stretch of noise that has not been printed yet. */
struct fold {
    struct event first;
    u64 count, by_class[NOISE_CLASSES];
};

struct timeline {
    struct query *q;
    struct table table;
    struct fold fold;
    u64 last_time; /* of the row before */
    bool any;
};

static void put_head(struct timeline *t, const struct event *e, const char *kind)
{
    table_time(&t->table, t->q->clock, e->time);
    if (t->any && e->time >= t->last_time)
        table_duration(&t->table, t->q->clock, e->time - t->last_time);
    else
        table_none(&t->table);
    table_u64(&t->table, e->thread);
    table_u64(&t->table, e->index);
    table_text(&t->table, kind);
    t->any = true;
}

static void put_event(struct timeline *t, const struct event *e)
{
    const struct event_type *type = event_type(e->kind);
    put_head(t, e, type ? type->name : "unknown");
    query_put_op(t->q, &t->table, e->op);
    query_put_lr(t->q, &t->table, e->lr);
    table_u64(&t->table, 1);
    table_text(&t->table, event_details(t->q->journal, e));
    table_row(&t->table);
    t->last_time = e->time;
}

static void put_fold(struct timeline *t)
{
    char text[128] = "";
    size_t size = 0;
    struct fold *f = &t->fold;
    if (!f->count)
        return;
    for (u32 i = 1; i < NOISE_CLASSES; i++)
        if (f->by_class[i])
            size += (size_t)snprintf(text + size, sizeof text - size, "%s%llu %s", size ? ", " : "",
                                     (unsigned long long)f->by_class[i], noise_class_name((enum noise_class)i));
    put_head(t, &f->first, "folded");
    for (u32 i = 0; i < 3; i++)
        table_none(&t->table);
    table_u64(&t->table, f->count);
    table_text(&t->table, text);
    table_row(&t->table);
    *f = (struct fold){0};
}

static void note(struct timeline *t, const struct event *e, bool fold_noise)
{
    enum noise_class class = noise_class(e->op);
    bool is_noise = fold_noise && class && (e->kind == EVENT_call || e->kind == EVENT_return);
    if (t->fold.count && (!is_noise || e->thread != t->fold.first.thread)) {
        u64 end = t->fold.first.time;
        put_fold(t);
        t->last_time = end;
    }
    if (!is_noise) {
        put_event(t, e);
        return;
    }
    if (!t->fold.count++)
        t->fold.first = *e;
    t->fold.by_class[class]++;
}

int cmd_timeline(const struct cli *cli)
{
    struct query q;
    struct err err;
    const struct event *e;
    int found = 0, code = query_open(&q, cli);
    if (!code) {
        struct timeline t = {.q = &q};
        table_begin(&t.table, q.form, stdout, columns, countof(columns));
        struct journal_cursor *c = journal_cursor_open(q.journal, &q.select.filter, &err);
        while (t.table.rows < q.limit && (found = journal_cursor_next(c, &e, &err)) > 0)
            if (select_wants(&q.select, q.journal, e))
                note(&t, e, !cli_has(cli, "all"));
        put_fold(&t);
        table_end(&t.table);
        journal_cursor_close(c);
        if (found < 0)
            code = cli_fail(cli, EXIT_HOST_ERROR, &err);
    }
    query_close(&q);
    return code;
}
