/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep reach: can a place of run A be looked for in run B at all, or did B end before it? */
#include "diff/clock.h"
#include "diff/commands.h"
#include "diff/common.h"
#include "diff/pairs_open.h"

static const struct table_column columns[] = {
    {"run", TABLE_TEXT, 0},          {"at", TABLE_TIME, 0},     {"after", TABLE_DURATION, 0},
    {"first", TABLE_TIME, 0},        {"last", TABLE_TIME, 0},   {"left", TABLE_DURATION, 0},
    {"short_by", TABLE_DURATION, 0}, {"ratio", TABLE_RATIO, 0}, {"reached", TABLE_BOOL, 0},
    {"last_event", TABLE_CITE, 0},
};

/* The thread whose last event is the run's last; one that calls nothing (a dump, lines) only if there is no other. */
static u32 last_thread(struct run *run)
{
    u32 last = 0;
    for (u32 i = 1; i < run_thread_count(run); i++) {
        const struct run_thread *t = run_thread(run, i), *best = run_thread(run, last);
        if (t->events && (!t->keys == !best->keys ? t->last_seq > best->last_seq : t->keys))
            last = i;
    }
    return last;
}

/* after: of the run's first event. */
static bool put_run(struct table *t, struct run *run, u32 side, const struct common *common, u64 after)
{
    const struct run_clock *clock = run_clock(run);
    u64 length = common->last[side] - common->first[side];
    u32 thread = last_thread(run);
    table_text(t, side ? "B" : "A");
    table_time(t, clock, common->first[side] + after);
    table_duration(t, clock, after);
    table_time(t, clock, common->first[side]);
    table_time(t, clock, common->last[side]);
    if (after <= length) {
        table_duration(t, clock, length - after);
        table_none(t);
    } else {
        table_none(t);
        table_duration(t, clock, after - length);
    }
    table_ratio(t, after, length);
    table_bool(t, after <= length);
    if (run_thread(run, thread)->events)
        pairs_put_cite(t, side ? "B" : "A", run, thread, run_thread(run, thread)->events - 1);
    else
        table_none(t);
    table_row(t);
    return after <= length;
}

/* --at on A's clock, told from A's first event. */
static bool read_at(struct pairs *p, const struct common *common, u64 *after, struct err *err)
{
    const char *text = cli_value(p->cli, "at");
    struct place place;
    if (!text)
        return err_set(err, "--at PLACE is needed: a time, an event THREAD@INDEX or an anchor of A");
    if (!common->is_known)
        return err_set(err, "the clock of %s (%s) is no time", run_path(common->without_time),
                       run_clock(common->without_time)->name);
    if (!place_read(&place, run_journal(p->a), text, err))
        return false;
    u64 time = place.time;
    if (place.by_seq) {
        struct window window = WINDOW_ALL;
        time = common->last[0];
        window.from_seq = place.seq;
        for (u32 i = 0; i < run_thread_count(p->a); i++) {
            u64 from, to;
            struct run_span span;
            window_positions(p->a, &window, i, &from, &to);
            if (from == to)
                continue;
            if (!run_read_some(p->a, i, from, COLUMN_TIME, &span, err))
                return false;
            time = span.time[0] < time ? span.time[0] : time;
        }
    }
    *after = time > common->first[0] ? time - common->first[0] : 0;
    return true;
}

static int compare(struct pairs *p)
{
    struct common common;
    struct table t;
    struct err err;
    u64 after = 0;
    common_find(&common, p->a, p->b);
    if (!read_at(p, &common, &after, &err))
        return cli_fail(p->cli, EXIT_USAGE, &err);
    table_begin(&t, p->form, stdout, columns, countof(columns));
    bool a = put_run(&t, p->a, 0, &common, after);
    bool b = put_run(&t, p->b, 1, &common, common_convert(after, run_clock(p->a)->hz, run_clock(p->b)->hz));
    table_end(&t);
    return a && b ? EXIT_OK : EXIT_UNCERTAIN;
}

int cmd_reach(const struct cli *cli)
{
    struct pairs p = {.cli = cli};
    struct err err;
    if (!table_form(&p.form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    p.a = run_open(cli->operands[0], &err);
    p.b = p.a ? run_open(cli->operands[1], &err) : NULL;
    int code = p.b ? compare(&p) : cli_fail(cli, EXIT_HOST_ERROR, &err);
    run_close(p.b);
    run_close(p.a);
    return code;
}
