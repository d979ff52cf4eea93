/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep timeline: what a thread did, with the time between; stretches of noise (critical sections, spin locks, IRQL,
 * polling) are one row, which tells how many calls of what they are: a call is several events. */
#include "diff/commands.h"
#include "diff/event_rows.h"
#include "diff/pairs.h"
#include "diff/query.h"

static const struct table_column columns[] = {
    {"time", TABLE_TIME, 0},  {"since", TABLE_DURATION, 0}, {"thread", TABLE_U64, 0}, {"index", TABLE_U64, 0},
    {"kind", TABLE_TEXT, 0},  {"op", TABLE_TEXT, 0},        {"lr", TABLE_HEX, 8},     {"function", TABLE_TEXT, 0},
    {"events", TABLE_U64, 0}, {"details", TABLE_TEXT, 0},
};

enum { FOLD_OPS = 8, FOLD_WAITING = 4 };

/* A stretch of noise that has not been printed yet, and what came behind it, as long as it may be a part of it: what
 * engines log beside a call. */
struct fold {
    struct event first;
    u64 count;
    u32 ops[FOLD_OPS], op_count;
    u64 calls[FOLD_OPS], rest;
    struct event waiting[FOLD_WAITING];
    u32 waiting_count;
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

static void describe_fold(struct timeline *t, char *text, size_t capacity)
{
    const struct fold *f = &t->fold;
    size_t size = 0;
    *text = 0;
    for (u32 i = 0; i < f->op_count && size < capacity; i++)
        size += (size_t)snprintf(text + size, capacity - size, "%s%llu %s", size ? ", " : "",
                                 (unsigned long long)f->calls[i], run_op_name(t->q->run, f->ops[i]));
    if (f->rest && size < capacity)
        snprintf(text + size, capacity - size, "%s%llu other calls", size ? ", " : "", (unsigned long long)f->rest);
}

static void put_waiting(struct timeline *t)
{
    for (u32 i = 0; i < t->fold.waiting_count; i++)
        put_event(t, &t->fold.waiting[i]);
    t->fold.waiting_count = 0;
}

static void put_fold(struct timeline *t)
{
    char text[256];
    struct fold *f = &t->fold;
    if (f->count) {
        describe_fold(t, text, sizeof text);
        u64 end = f->first.time;
        put_head(t, &f->first, "folded");
        for (u32 i = 0; i < 3; i++)
            table_none(&t->table);
        table_u64(&t->table, f->count);
        table_text(&t->table, *text ? text : NULL);
        table_row(&t->table);
        t->last_time = end;
    }
    put_waiting(t);
    *f = (struct fold){0};
}

static void count_call(struct fold *f, u32 op)
{
    for (u32 i = 0; i < f->op_count; i++)
        if (f->ops[i] == op) {
            f->calls[i]++;
            return;
        }
    if (f->op_count == FOLD_OPS) {
        f->rest++;
        return;
    }
    f->ops[f->op_count] = op;
    f->calls[f->op_count++] = 1;
}

static void add_noise(struct fold *f, const struct event *e)
{
    if (!f->count)
        f->first = f->waiting_count ? f->waiting[0] : *e;
    f->count += 1 + f->waiting_count;
    f->waiting_count = 0;
    if (e->kind == EVENT_call)
        count_call(f, e->op);
}

static void note(struct timeline *t, const struct event *e, bool fold_noise)
{
    struct fold *f = &t->fold;
    bool is_noise = fold_noise && noise_class(e->op) && (e->kind == EVENT_call || e->kind == EVENT_return);
    bool is_beside = fold_noise && e->kind == EVENT_foreign && f->waiting_count < FOLD_WAITING;
    u32 thread = f->waiting_count ? f->waiting[0].thread : f->first.thread;
    if ((f->count || f->waiting_count) && ((!is_noise && !is_beside) || e->thread != thread))
        put_fold(t);
    if (is_noise)
        add_noise(f, e);
    else if (is_beside)
        f->waiting[f->waiting_count++] = *e;
    else
        put_event(t, e);
}

int cmd_timeline(const struct cli *cli)
{
    struct query q;
    struct err err;
    const struct event *e;
    if (cli->operand_count > 1)
        return pairs_timeline(cli);
    int found = 0, code = query_open(&q, cli);
    code = code ? code : query_follow(&q);
    if (!code) {
        struct timeline t = {.q = &q};
        table_begin(&t.table, q.form, stdout, columns, countof(columns));
        struct journal_cursor *c = journal_cursor_open(q.journal, &q.select.filter, &err);
        while (t.table.rows < q.limit && (found = journal_cursor_next(c, &e, &err)))
            if (found < 0) /* it is read around */
                code = cli_fail(cli, EXIT_HOST_ERROR, &err);
            else if (select_wants(&q.select, q.journal, e))
                note(&t, e, !cli_has(cli, "all"));
        put_fold(&t);
        table_end(&t.table);
        journal_cursor_close(c);
    }
    query_close(&q);
    return code;
}
