/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep waits: when threads waited, on what, how long, and who woke them. */
#include "diff/commands.h"
#include "diff/pairs.h"
#include "diff/query.h"
#include "schema/status.h"

static const struct table_column columns[] = {
    {"at", TABLE_CITE, 0},          {"thread", TABLE_U64, 0},
    {"begin", TABLE_TIME, 0},       {"end", TABLE_TIME, 0},
    {"latency", TABLE_DURATION, 0}, {"state", TABLE_TEXT, 0},
    {"op", TABLE_TEXT, 0},          {"lr", TABLE_HEX, 8},
    {"function", TABLE_TEXT, 0},    {"objects", TABLE_TEXT, 0},
    {"timeout", TABLE_S64, 0},      {"wait", TABLE_TEXT, 0},
    {"alertable", TABLE_BOOL, 0},   {"status", TABLE_TEXT, 0},
    {"signalled", TABLE_TEXT, 0},   {"waker", TABLE_TEXT, 0},
    {"waker_thread", TABLE_U64, 0}, {"waker_op", TABLE_TEXT, 0},
    {"waker_lr", TABLE_HEX, 8},     {"waker_function", TABLE_TEXT, 0},
    {"waker_at", TABLE_CITE, 0},
};

static void put_objects(struct query *q, struct table *t, const struct wait *w)
{
    char text[WAIT_OBJECTS * (QUERY_NAME + 2) + 32], *at = text;
    if (!w->object_count) {
        table_none(t);
        return;
    }
    for (u32 i = 0; i < w->object_count && i < WAIT_OBJECTS; i++) {
        at = i ? stpcpy(at, ", ") : at;
        at += strlen(query_object_name(q, w->objects[i], at));
    }
    if (w->object_count > WAIT_OBJECTS)
        at += sprintf(at, ", %u more", w->object_count - WAIT_OBJECTS);
    table_bytes(t, text, (size_t)(at - text));
}

static void put_when(struct query *q, struct table *t, const struct wait *w)
{
    table_time(t, q->clock, w->begin_time);
    if (wait_is_open(w)) {
        table_none(t);
        table_none(t);
    } else {
        table_time(t, q->clock, w->end_time);
        table_duration(t, q->clock, w->end_time - w->begin_time);
    }
    table_text(t, wait_state_name(w->state));
}

/* A time-out is what the call asked for: not the time that a disc takes. */
static void put_terms(struct query *q, struct table *t, const struct wait *w)
{
    put_objects(q, t, w);
    if (!w->has_deadline || wait_is_latency(w))
        table_none(t);
    else
        table_s64(t, w->deadline == UINT64_MAX ? -1 : (s64)(w->deadline - w->begin_time));
    const char *several = !w->tells_all ? NULL : w->all ? "all" : "any";
    table_text(t, !w->object_count ? NULL : w->object_count == 1 ? "one" : several);
    if (w->blocked && w->tells_alertable)
        table_bool(t, w->alertable);
    else
        table_none(t);
}

static void put_status(struct table *t, const struct wait *w)
{
    char text[16];
    if (!w->has_status || wait_is_open(w)) {
        table_none(t);
        return;
    }
    const char *name = status_name(w->status);
    if (!name)
        snprintf(text, sizeof text, "0x%08X", w->status);
    table_text(t, name ? name : text);
}

static void put_waker(struct query *q, struct table *t, const struct wait *w)
{
    bool is_known = w->waker == WAKER_TOLD || w->waker == WAKER_FOUND || w->waker == WAKER_EARLIER;
    bool is_guessed_before = w->waker == WAKER_GUESSED && w->waker_seq < w->begin_seq;
    if (w->waker == WAKER_GUESSED)
        table_text(t, is_guessed_before ? "before" : "after");
    else
        table_text(t, wait_is_open(w) || !is_known               ? NULL
                      : w->waker == WAKER_EARLIER || !w->blocked ? "before"
                                                                 : "after");
    table_text(t, w->waker == WAKER_TOLD && w->waker_place == UINT32_MAX ? "machine" : wait_waker_name(w->waker));
    query_put_thread(q, t, w->waker_place);
    query_put_op(q, t, w->waker_op);
    query_put_lr(q, t, w->waker_lr);
    query_put_cite(q, t, w->waker_place, w->waker_position);
}

static void put_wait(struct query *q, struct table *t, const struct wait *w)
{
    query_put_cite(q, t, w->place, w->call);
    query_put_thread(q, t, w->place);
    put_when(q, t, w);
    query_put_op(q, t, w->op);
    query_put_lr(q, t, w->lr);
    put_terms(q, t, w);
    put_status(t, w);
    put_waker(q, t, w);
    table_row(t);
}

static bool is_wanted(struct query *q, const struct wait *w, u32 object, bool is_open_only)
{
    bool on_object = !q->select.by_object;
    for (u32 i = 0; i < WAIT_OBJECTS && !on_object; i++)
        on_object = object != OBJECTS_NONE && w->objects[i] == object;
    return on_object && (!is_open_only || wait_is_open(w)) &&
           window_holds(&q->window, w->place, w->begin_time, w->begin_seq) &&
           select_wants_site(&q->select, q->journal, EVENT_wait_begin, w->op, w->lr);
}

enum { SUMMARY_OPS = 16 };

/* Rows by op: waits in contended sections are no calls of a wait. */
struct summary {
    u32 ops[SUMMARY_OPS], count;
    u64 rows[SUMMARY_OPS], total;
};

static void sum_up(struct summary *s, u32 op)
{
    u32 i = 0;
    while (i < s->count && s->ops[i] != op)
        i++;
    s->total++;
    if (i == SUMMARY_OPS)
        return;
    s->count += i == s->count;
    s->ops[i] = op;
    s->rows[i]++;
}

static void print_summary(struct query *q, const struct summary *s)
{
    printf("%llu waits", (unsigned long long)s->total);
    for (u32 i = 0; i < s->count; i++)
        printf("%s %llu %s", i ? "," : ":", (unsigned long long)s->rows[i], run_op_name(q->run, s->ops[i]));
    putchar('\n');
    if (q->waits.eager)
        puts("(this engine logs returns of waits at once: an end is the thread's next event, at the latest)");
}

int cmd_waits(const struct cli *cli)
{
    struct query q;
    struct table t;
    struct summary summary = {.count = 0};
    if (cli->operand_count == 2)
        return pairs_waits(cli);
    struct err err;
    if (cli_has(cli, "edges")) {
        err_set(&err, "--edges compares two journals");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    int code = query_open(&q, cli);
    code = code ? code : query_waits(&q);
    if (!code) {
        u32 object = q.select.by_object ? query_object(&q, q.select.object) : OBJECTS_NONE;
        waits_guess(&q.waits);
        bool is_open_only = cli_has(cli, "open");
        table_begin(&t, q.form, stdout, columns, countof(columns));
        for (u32 i = 0; i < q.waits.count && t.rows < q.limit; i++)
            if (is_wanted(&q, &q.waits.rows[i], object, is_open_only)) {
                put_wait(&q, &t, &q.waits.rows[i]);
                sum_up(&summary, q.waits.rows[i].op);
            }
        table_end(&t);
        if (q.form == TABLE_AS_TEXT)
            print_summary(&q, &summary);
    }
    query_close(&q);
    return code;
}
