/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep tail: the last events of a run, of one thread, or of each thread. Reads from the end. */
#include "diff/commands.h"
#include "diff/event_rows.h"
#include "diff/query.h"

#include <stdlib.h>

struct last {
    u32 place;
    u64 position, seq;
};

struct tail {
    struct query *q;
    u8 *wanted; /* by site */
    struct last *rows;
    u64 count, capacity;
};

static void add(struct tail *t, struct last row)
{
    if (t->count == t->capacity) {
        t->capacity = t->capacity ? t->capacity * 2 : 64;
        t->rows = realloc(t->rows, t->capacity * sizeof *t->rows);
        CHECK(t->rows, "out of memory");
    }
    t->rows[t->count++] = row;
}

static bool scan(struct tail *t, u32 place, u64 from, u64 to, struct err *err)
{
    struct run_span span;
    for (u64 position = from; position < to; position += span.count) {
        if (!run_read(t->q->run, place, position, &span, err))
            return false;
        if (!span.count)
            break;
        for (u32 i = 0; i < span.count && position + i < to; i++)
            if (t->wanted[span.site[i]])
                add(t, (struct last){place, position + i, span.seq[i]});
    }
    return true;
}

/* The last n of the thread: looks back ever farther until there are enough. */
static bool gather(struct tail *t, u32 place, u64 n, struct err *err)
{
    u64 from, to, first = t->count;
    window_positions(t->q->run, &t->q->window, place, &from, &to);
    for (u64 back = n;; back = back > (to - from) / 4 ? to - from : back * 4) {
        u64 begin = to - from > back ? to - back : from;
        t->count = first;
        if (!scan(t, place, begin, to, err))
            return false;
        if (t->count - first >= n || begin == from)
            break;
    }
    u64 surplus = t->count - first > n ? t->count - first - n : 0;
    if (surplus)
        memmove(t->rows + first, t->rows + first + surplus, (t->count - first - surplus) * sizeof *t->rows);
    t->count -= surplus;
    return true;
}

static int by_seq(const void *a, const void *b)
{
    const struct last *x = a, *y = b;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static bool print(struct tail *t, u64 first, struct err *err)
{
    struct event_rows rows;
    struct event event;
    bool ok = true;
    event_rows_begin(&rows, t->q->journal, &t->q->survey, t->q->form);
    for (u64 i = first; i < t->count && ok; i++) {
        ok = run_event(t->q->run, t->rows[i].place, t->rows[i].position, &event, err);
        if (ok && select_wants(&t->q->select, t->q->journal, &event))
            event_rows_put(&rows, &event);
    }
    event_rows_end(&rows);
    return ok;
}

static bool run_tail(struct tail *t, bool each, u64 n, struct err *err)
{
    bool ok = true;
    for (u32 place = 0; place < run_thread_count(t->q->run) && ok; place++)
        ok = gather(t, place, n, err);
    if (!each && t->count)
        qsort(t->rows, t->count, sizeof *t->rows, by_seq);
    return ok && print(t, each || t->count < n ? 0 : t->count - n, err);
}

int cmd_tail(const struct cli *cli)
{
    struct query q;
    struct err err;
    int code = query_open(&q, cli);
    if (!code) {
        struct tail t = {.q = &q, .wanted = malloc(run_site_count(q.run) + 1u)};
        CHECK(t.wanted, "out of memory");
        for (u32 i = 0; i < run_site_count(q.run); i++) {
            const struct run_site *site = run_site(q.run, i);
            t.wanted[i] = select_wants_site(&q.select, q.journal, site->kind, site->op, site->lr);
        }
        u64 n = q.limit == UINT64_MAX ? 20 : q.limit;
        if (n && !run_tail(&t, cli_has(cli, "each"), n, &err))
            code = cli_fail(cli, EXIT_HOST_ERROR, &err);
        free(t.wanted);
        free(t.rows);
    }
    query_close(&q);
    return code;
}
