/* SPDX-License-Identifier: BSD-3-Clause
 * Pairing calls with returns, and counting them (diff/calls.h). */
#include "diff/calls.h"
#include "diff/map.h"
#include "diff/sites.h"

#include <stdlib.h>

struct walk {
    struct run *run;
    const struct site_fact *facts;
    bool has_returns;
    u64 to; /* calls from here on are not of the window, returns still may be */
    u32 depth;
    struct call open[CALLS_OPEN_MAX];
    calls_visit *visit;
    void *context;
    bool stopped;
};

static void give(struct walk *w, u32 depth)
{
    if (!w->stopped && !w->visit(w->context, &w->open[depth]))
        w->stopped = true;
}

static void give_open(struct walk *w)
{
    for (u32 i = 0; i < w->depth; i++)
        give(w, i);
    w->depth = 0;
}

static void on_call(struct walk *w, u32 place, const struct run_span *span, u32 i)
{
    if (w->depth == CALLS_OPEN_MAX) {
        give(w, 0);
        memmove(w->open, w->open + 1, --w->depth * sizeof *w->open);
    }
    w->open[w->depth++] = (struct call){.place = place,
                                        .site = span->site[i],
                                        .position = span->position + i,
                                        .result = UINT64_MAX,
                                        .seq = span->seq[i],
                                        .time = span->time[i],
                                        .end_time = UINT64_MAX};
    if (!w->has_returns)
        give_open(w);
}

/* The innermost call of the op; what was called inside of it and has no return never came back. */
static void on_return(struct walk *w, const struct run_span *span, u32 i)
{
    u32 op = w->facts[span->site[i]].op;
    for (u32 d = w->depth; d--;) {
        if (w->facts[w->open[d].site].op != op)
            continue;
        w->open[d].result = span->position + i;
        w->open[d].end_time = span->time[i];
        for (u32 inner = d; inner < w->depth; inner++)
            give(w, inner);
        w->depth = d;
        return;
    }
}

/* Goes on behind the window until what was called in it has returned. */
static bool walk_thread(struct walk *w, u32 place, u64 from, struct err *err)
{
    struct run_span span;
    w->depth = 0;
    for (u64 position = from; !w->stopped && (position < w->to || w->depth); position += span.count) {
        if (!run_read(w->run, place, position, &span, err))
            return false;
        if (!span.count)
            break;
        for (u32 i = 0; i < span.count && !w->stopped; i++) {
            u8 kind = w->facts[span.site[i]].kind;
            if (position + i >= w->to && !w->depth)
                break;
            if (kind == EVENT_call && position + i < w->to)
                on_call(w, place, &span, i);
            else if (kind == EVENT_return)
                on_return(w, &span, i);
        }
    }
    give_open(w);
    return true;
}

bool calls_walk(struct run *run, const struct window *window, calls_visit *visit, void *context, struct err *err)
{
    struct site_fact *facts = sites_make(run);
    struct walk *w = calloc(1, sizeof *w);
    bool ok = true;
    CHECK(w, "out of memory");
    *w = (struct walk){.run = run, .facts = facts, .visit = visit, .context = context};
    w->has_returns = sites_have(run, EVENT_return);
    for (u32 place = 0; place < run_thread_count(run) && ok && !w->stopped; place++) {
        u64 from;
        window_positions(run, window, place, &from, &w->to);
        ok = from == w->to || walk_thread(w, place, from, err);
    }
    free(w);
    free(facts);
    return ok;
}

struct count {
    struct calls *calls;
    const struct site_fact *facts;
    struct run *run;
    struct map rows; /* (op, LR), or op: its row */
    u32 capacity;
    u32 *last_place; /* by row: the thread that called it last, threads come one after another */
    bool by_lr;
};

static u32 row_of(struct count *c, const struct call *call)
{
    const struct run_site *site = run_site(c->run, call->site);
    u64 key = c->by_lr ? site->key : site->op;
    u32 row = map_get(&c->rows, key);
    if (row != MAP_NONE)
        return row;
    if (c->calls->count == c->capacity) {
        c->capacity = c->capacity ? c->capacity * 2 : 64;
        c->calls->rows = realloc(c->calls->rows, c->capacity * sizeof *c->calls->rows);
        c->last_place = realloc(c->last_place, c->capacity * sizeof *c->last_place);
        CHECK(c->calls->rows && c->last_place, "out of memory");
    }
    row = c->calls->count++;
    c->calls->rows[row] = (struct calls_row){.op = site->op,
                                             .lr = c->by_lr ? site->lr : 0,
                                             .site = call->site,
                                             .least = UINT64_MAX,
                                             .first_time = UINT64_MAX,
                                             .first_place = call->place,
                                             .first_position = call->position};
    c->last_place[row] = UINT32_MAX;
    map_set(&c->rows, key, row);
    return row;
}

static bool count_call(void *context, const struct call *call)
{
    struct count *c = context;
    u32 at = row_of(c, call);
    struct calls_row *row = &c->calls->rows[at];
    row->count++;
    row->threads += c->last_place[at] != call->place;
    c->last_place[at] = call->place;
    if (call->time < row->first_time) {
        row->first_time = call->time;
        row->first_place = call->place;
        row->first_position = call->position;
    }
    row->last_time = call->time > row->last_time ? call->time : row->last_time;
    if (call->result == UINT64_MAX)
        return true;
    u64 latency = call->end_time - call->time;
    row->returned++;
    row->total += latency;
    row->least = latency < row->least ? latency : row->least;
    row->most = latency > row->most ? latency : row->most;
    return true;
}

static int by_count(const void *a, const void *b)
{
    const struct calls_row *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->op != y->op)
        return x->op < y->op ? -1 : 1;
    return x->lr < y->lr ? -1 : x->lr > y->lr;
}

bool calls_make(struct calls *calls, struct run *run, const struct window *window, bool by_lr, struct err *err)
{
    struct count c = {.calls = calls, .run = run, .by_lr = by_lr};
    *calls = (struct calls){0};
    bool ok = calls_walk(run, window, count_call, &c, err);
    for (u32 i = 0; i < calls->count; i++) {
        calls->total += calls->rows[i].count;
        calls->rows[i].least = calls->rows[i].returned ? calls->rows[i].least : 0;
    }
    if (calls->count)
        qsort(calls->rows, calls->count, sizeof *calls->rows, by_count);
    map_free(&c.rows);
    free(c.last_place);
    return ok;
}

void calls_free(struct calls *calls)
{
    free(calls->rows);
    *calls = (struct calls){0};
}

u64 calls_enclosing(struct run *run, u32 place, u64 position, u64 reach)
{
    struct site_fact *facts = sites_make(run);
    struct run_span span;
    struct err err;
    u64 found[CALLS_OPEN_MAX];
    u32 ops[CALLS_OPEN_MAX], depth = 0;
    for (u64 at = position > reach ? position - reach : 0; at < position; at += span.count) {
        if (!run_read(run, place, at, &span, &err) || !span.count)
            break;
        for (u32 i = 0; i < span.count && at + i < position; i++) {
            const struct site_fact *fact = &facts[span.site[i]];
            if (fact->kind == EVENT_call) {
                depth = depth < CALLS_OPEN_MAX ? depth : CALLS_OPEN_MAX - 1;
                found[depth] = at + i;
                ops[depth++] = fact->op;
            }
            for (u32 d = depth; fact->kind == EVENT_return && d--;)
                if (ops[d] == fact->op) {
                    depth = d;
                    break;
                }
        }
    }
    free(facts);
    return depth ? found[depth - 1] : UINT64_MAX;
}
