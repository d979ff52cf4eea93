/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep skew: when both runs reached the same places, and which intervals add the delay. */
#include "diff/commands.h"
#include "diff/pairs_open.h"
#include "diff/skew.h"
#include "diff/symbols.h"

#include <stdlib.h>

enum { DELAYS_SHOWN = 10, DELAYS_MOST = 1000 };

static const struct table_column columns[] = {
    {"a_thread", TABLE_U64, 0}, {"b_thread", TABLE_U64, 0}, {"milestone", TABLE_TEXT, 0},
    {"op", TABLE_TEXT, 0},      {"lr", TABLE_HEX, 8},       {"function", TABLE_TEXT, 0},
    {"a", TABLE_TIME, 0},       {"b", TABLE_TIME, 0},       {"offset", TABLE_S64, 0},
    {"ratio", TABLE_RATIO, 0},  {"added", TABLE_S64, 0},    {"within_step", TABLE_BOOL, 0},
    {"a_at", TABLE_CITE, 0},    {"b_at", TABLE_CITE, 0},
};

static const struct table_column segment_columns[] = {
    {"from", TABLE_TIME, 0},   {"to", TABLE_TIME, 0},   {"b_from", TABLE_TIME, 0}, {"b_to", TABLE_TIME, 0},
    {"slope", TABLE_RATIO, 0}, {"added", TABLE_S64, 0}, {"a_at", TABLE_CITE, 0},   {"b_at", TABLE_CITE, 0},
};

static const struct table_column delay_columns[] = {
    {"added", TABLE_S64, 0},        {"until", TABLE_TEXT, 0},   {"a_thread", TABLE_U64, 0},
    {"b_thread", TABLE_U64, 0},     {"a_events", TABLE_U64, 0}, {"b_events", TABLE_U64, 0},
    {"longest", TABLE_DURATION, 0}, {"within", TABLE_TEXT, 0},  {"waits_for_others", TABLE_BOOL, 0},
    {"from_at", TABLE_CITE, 0},     {"to_at", TABLE_CITE, 0},   {"longest_at", TABLE_CITE, 0},
};

struct printing {
    struct pairs *pairs;
    struct skew skew;
    struct table table;
    struct table_column columns[countof(columns)];
    struct json *json;
    u64 limit;
};

/* Signed times are durations in text, and units of A's clock in JSON and CSV. */
static void begin(struct printing *p, const char *key, const struct table_column *from, u32 count)
{
    memcpy(p->columns, from, count * sizeof *from);
    for (u32 i = 0; i < count && p->pairs->form == TABLE_AS_TEXT; i++)
        if (p->columns[i].type == TABLE_S64)
            p->columns[i].type = TABLE_TEXT;
    if (p->json)
        table_begin_within(&p->table, p->json, key, p->columns, count);
    else
        table_begin(&p->table, p->pairs->form, stdout, p->columns, count);
}

static void put_signed(const struct printing *p, struct table *t, s64 value)
{
    char text[72], number[64];
    u64 size = value < 0 ? -(u64)value : (u64)value;
    if (p->pairs->form != TABLE_AS_TEXT) {
        table_s64(t, value);
        return;
    }
    table_show_duration(run_clock(p->pairs->a), size, number, sizeof number);
    snprintf(text, sizeof text, "%s%s", value < 0 ? "-" : "", number);
    table_text(t, text);
}

static void put_cites(const struct printing *p, struct table *t, const struct skew_milestone *m)
{
    pairs_put_cite(t, "A", p->pairs->a, m->holder[0], m->position[0]);
    pairs_put_cite(t, "B", p->pairs->b, m->holder[1], m->position[1]);
}

static const char *name_of(const struct skew_milestone *m, char *text, size_t capacity)
{
    if (m->kind != SKEW_COMMON)
        return skew_kind_name(m->kind);
    snprintf(text, capacity, "common call %llu", (unsigned long long)m->n);
    return text;
}

static void put_milestone(struct printing *p, const struct skew_milestone *m)
{
    struct table *t = &p->table;
    char text[64];
    pairs_put_thread(t, p->pairs->a, m->thread[0]);
    pairs_put_thread(t, p->pairs->b, m->thread[1]);
    table_text(t, name_of(m, text, sizeof text));
    table_text(t, m->op ? run_op_name(p->pairs->a, m->op) : NULL);
    if (m->op) {
        pairs_put_lr(t, p->pairs, m->lr);
    } else {
        table_none(t);
        table_none(t);
    }
    table_time(t, run_clock(p->pairs->a), m->time[0]);
    table_time(t, run_clock(p->pairs->a), m->time[1]);
    put_signed(p, t, m->offset);
    table_ratio(t, m->time[1], m->time[0]);
    put_signed(p, t, m->added);
    table_bool(t, m->within_step);
    put_cites(p, t, m);
    table_row(t);
}

static void put_milestones(struct printing *p)
{
    for (u32 i = 0; i < p->skew.count && p->table.rows < p->limit; i++)
        put_milestone(p, &p->skew.rows[i]);
    table_end(&p->table);
}

static void put_segments(struct printing *p)
{
    struct table *t = &p->table;
    const struct run_clock *clock = run_clock(p->pairs->a);
    for (u32 i = 0; i < p->skew.segment_count; i++) {
        const struct skew_milestone *a = &p->skew.rows[p->skew.segments[i].from];
        const struct skew_milestone *b = &p->skew.rows[p->skew.segments[i].to];
        table_time(t, clock, a->time[0]);
        table_time(t, clock, b->time[0]);
        table_time(t, clock, a->time[1]);
        table_time(t, clock, b->time[1]);
        table_ratio(t, b->time[1] - a->time[1], b->time[0] - a->time[0]);
        put_signed(p, t, b->offset - a->offset);
        put_cites(p, t, b);
        table_row(t);
    }
    table_end(t);
}

static void put_until(const struct printing *p, struct table *t, const struct skew_milestone *m)
{
    char text[160], name[64], function[SYMBOLS_TEXT], lr[TABLE_ADDRESS];
    const char *found =
        symbols_find_return_name(symbols_open(run_journal(p->pairs->a)), m->lr, function, sizeof function);
    if (!m->op)
        snprintf(text, sizeof text, "%s", skew_kind_name(m->kind));
    else if (found)
        snprintf(text, sizeof text, "%s, %s in %.64s", name_of(m, name, sizeof name), run_op_name(p->pairs->a, m->op),
                 found);
    else
        snprintf(text, sizeof text, "%s, %s %s", name_of(m, name, sizeof name), run_op_name(p->pairs->a, m->op),
                 table_show_address(m->lr, lr));
    table_text(t, text);
}

static void put_delay(struct printing *p, const struct skew_delay *d)
{
    struct table *t = &p->table;
    const struct skew_milestone *m = &p->skew.rows[d->row];
    const struct skew_milestone *before = m->before == SKEW_NONE ? NULL : &p->skew.rows[m->before];
    put_signed(p, t, m->added);
    put_until(p, t, m);
    pairs_put_thread(t, p->pairs->a, m->thread[0]);
    pairs_put_thread(t, p->pairs->b, m->thread[1]);
    table_u64(t, d->events[0]);
    table_u64(t, d->events[1]);
    table_duration(t, run_clock(p->pairs->a), d->longest);
    table_text(t, d->op ? run_op_name(p->pairs->b, d->op) : NULL);
    table_bool(t, d->is_waiting);
    if (before)
        pairs_put_cite(t, "B", p->pairs->b, before->holder[1], before->position[1]);
    else
        table_none(t);
    pairs_put_cite(t, "B", p->pairs->b, m->holder[1], m->position[1]);
    if (d->longest)
        pairs_put_cite(t, "B", p->pairs->b, m->holder[1], d->position);
    else
        table_none(t);
    table_row(t);
}

static void put_delays(struct printing *p)
{
    for (u32 i = 0; i < p->skew.delay_count; i++)
        put_delay(p, &p->skew.delays[i]);
    table_end(&p->table);
}

static void print_json(struct printing *p)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_u64(&j, "clock_hz", run_clock(p->pairs->a)->hz);
    json_u64(&j, "step", p->skew.step);
    p->json = &j;
    begin(p, "milestones", columns, countof(columns));
    put_milestones(p);
    begin(p, "segments", segment_columns, countof(segment_columns));
    put_segments(p);
    begin(p, "delays", delay_columns, countof(delay_columns));
    put_delays(p);
    json_close(&j);
    json_finish(&j);
}

static void print_text(struct printing *p)
{
    char step[64];
    begin(p, NULL, columns, countof(columns));
    put_milestones(p);
    if (!p->skew.count)
        printf("no place is in both runs\n");
    printf("times are from each run's first event; differences below %s, a clock's step, are no evidence\n",
           table_show_duration(run_clock(p->pairs->a), p->skew.step, step, sizeof step));
    if (p->skew.segment_count) {
        printf("\nstretches of steady slope, B's seconds a second of A:\n");
        begin(p, NULL, segment_columns, countof(segment_columns));
        put_segments(p);
    }
    if (p->skew.delay_count) {
        printf("\nwhat adds most to the delay, waits for others last:\n");
        begin(p, NULL, delay_columns, countof(delay_columns));
        put_delays(p);
    }
}

static int print(struct printing *p)
{
    if (p->pairs->form == TABLE_AS_JSON) {
        print_json(p);
    } else if (p->pairs->form == TABLE_AS_TEXT) {
        print_text(p);
    } else {
        begin(p, NULL, columns, countof(columns));
        put_milestones(p);
    }
    return p->skew.count ? EXIT_OK : EXIT_UNCERTAIN;
}

static int compare(struct pairs *pairs)
{
    struct printing p = {.pairs = pairs, .limit = UINT64_MAX};
    struct err err;
    u64 shown = DELAYS_SHOWN;
    u32 a, b;
    if (!cli_u64(pairs->cli, "limit", &p.limit, &err) || !cli_u64(pairs->cli, "show", &shown, &err) ||
        !pairs_read_threads(pairs, &a, &b, &err))
        return cli_fail(pairs->cli, EXIT_USAGE, &err);
    int code;
    if (!skew_find(&p.skew, &pairs->threads, a, b, (u32)(shown < DELAYS_MOST ? shown : DELAYS_MOST), &err)) {
        code = cli_fail(pairs->cli, EXIT_HOST_ERROR, &err);
    } else if (!p.skew.common.is_known) {
        err_set(&err, "the clock of %s (%s) is no time", run_path(p.skew.common.without_time),
                run_clock(p.skew.common.without_time)->name);
        code = cli_fail(pairs->cli, EXIT_UNCERTAIN, &err);
    } else {
        code = print(&p);
    }
    skew_free(&p.skew);
    return code;
}

int cmd_skew(const struct cli *cli)
{
    struct pairs pairs;
    int code = pairs_open(&pairs, cli);
    code = code ? code : compare(&pairs);
    pairs_close(&pairs);
    return code;
}
