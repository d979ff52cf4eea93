/* SPDX-License-Identifier: BSD-3-Clause
 * Traces for Perfetto (diff/trace.h). */
#include "diff/trace.h"
#include "diff/calls.h"
#include "diff/map.h"

#include <stdlib.h>

struct trace {
    struct query *q;
    FILE *out;
    u64 end; /* of the run */
    bool any;
    bool *tells_return; /* by site */
    u32 place;          /* of the calls at hand, */
    u64 last_position;  /* the last of them that was met, */
    struct call outer;  /* and the one that returned last */
    struct call pending;
    bool has_pending;
};

static void put_us(FILE *out, const struct run_clock *clock, u64 time)
{
    if (!clock->hz) {
        fprintf(out, "%llu", (unsigned long long)time);
        return;
    }
    u64 second = time / clock->hz, rest = time % clock->hz;
    u64 ns = (u64)((double)rest * 1e9 / (double)clock->hz + 0.5);
    fprintf(out, "%llu.%03llu", (unsigned long long)(second * 1000000 + ns / 1000), (unsigned long long)(ns % 1000));
}

/* An event up to its time; what is special about it, and the brace, follow. */
static void begin(struct trace *t, const char *phase, u32 place, u64 time)
{
    fprintf(t->out, "%s{\"ph\": \"%s\", \"pid\": 1, \"tid\": %u, \"ts\": ", t->any ? ",\n" : "\n", phase,
            run_thread(t->q->run, place)->thread);
    put_us(t->out, t->q->clock, time);
    t->any = true;
}

static void put_name(struct trace *t, const char *category, const char *name)
{
    fprintf(t->out, ", \"cat\": \"%s\", \"name\": ", category);
    json_escape(t->out, name, strlen(name));
}

static void put_duration(struct trace *t, u64 from, u64 to)
{
    fputs(", \"dur\": ", t->out);
    put_us(t->out, t->q->clock, to > from ? to - from : 0);
}

static void put_threads(struct trace *t)
{
    char name[SYMBOLS_TEXT], text[SYMBOLS_TEXT + 32];
    for (u32 place = 0; place < run_thread_count(t->q->run); place++) {
        const struct run_thread *thread = run_thread(t->q->run, place);
        snprintf(text, sizeof text, "thread %u%s%s", thread->thread, thread->entry ? " " : "",
                 thread->entry ? symbols_name(t->q->symbols, thread->entry, name, sizeof name) : "");
        begin(t, "M", place, 0);
        fputs(", \"name\": \"thread_name\", \"args\": {\"name\": ", t->out);
        json_escape(t->out, text, strlen(text));
        fputs("}}", t->out);
    }
}

static void put_slice(struct trace *t, const struct call *call, u64 end)
{
    const struct run_site *site = run_site(t->q->run, call->site);
    char name[SYMBOLS_TEXT];
    if (!select_wants_site(&t->q->select, t->q->journal, EVENT_call, site->op, site->lr))
        return;
    begin(t, "X", call->place, call->time);
    put_duration(t, call->time, end);
    put_name(t, "call", run_op_name(t->q->run, site->op));
    fprintf(t->out, ", \"args\": {\"seq\": %llu", (unsigned long long)call->seq);
    if (site->lr)
        fprintf(t->out, ", \"lr\": \"0x%08X\"", site->lr);
    const char *function = site->lr ? symbols_find_return_name(t->q->symbols, site->lr, name, sizeof name) : NULL;
    if (function) {
        fputs(", \"function\": ", t->out);
        json_escape(t->out, function, strlen(function));
    }
    fputs(call->result == UINT64_MAX ? ", \"returned\": false}}" : "}}", t->out);
}

/* A thread's last call, which goes on; is_over: the thread has called something since. */
static void put_pending(struct trace *t, bool is_over)
{
    if (t->has_pending)
        put_slice(t, &t->pending, is_over ? t->pending.time : t->end);
    t->has_pending = false;
}

/* Where a wait of the call goes on behind its return, as in logs that tell returns at once, the call goes on as long.
 */
static u64 end_with_wait(const struct trace *t, const struct call *call, u64 end)
{
    const struct waits *w = &t->q->waits;
    u32 low = w->first[call->place], high = w->first[call->place + 1];
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (w->rows[middle].call < call->position)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == w->first[call->place + 1] || w->rows[low].call != call->position || !w->rows[low].blocked)
        return end;
    u64 until = wait_is_open(&w->rows[low]) ? t->end : w->rows[low].end_time;
    return until > end ? until : end;
}

/* The end of a call that has no return. One inside of another ends with that. Where the log tells no returns of the op,
 * nobody knows: it is a point, unless the thread does nothing more. */
static void put_open(struct trace *t, const struct call *call)
{
    const struct call *outer = &t->outer;
    if (call->position > outer->position && call->position < outer->result && outer->place == call->place) {
        put_slice(t, call, outer->end_time);
    } else if (t->tells_return[call->site]) {
        put_slice(t, call, t->end);
    } else if (call->position < t->last_position) {
        put_slice(t, call, end_with_wait(t, call, call->time));
    } else {
        put_pending(t, true);
        t->pending = *call;
        t->has_pending = true;
    }
}

static bool put_call(void *context, const struct call *call)
{
    struct trace *t = context;
    if (call->place != t->place) {
        put_pending(t, false);
        t->place = call->place;
        t->last_position = 0;
        t->outer = (struct call){.place = UINT32_MAX};
    }
    if (t->has_pending && call->position > t->pending.position)
        put_pending(t, true);
    if (call->result == UINT64_MAX) {
        put_open(t, call);
    } else {
        t->outer = *call;
        put_slice(t, call, end_with_wait(t, call, call->end_time));
    }
    t->last_position = call->position > t->last_position ? call->position : t->last_position;
    return !ferror(t->out);
}

static bool has_waker(const struct trace *t, const struct wait *w)
{
    return w->waker_place != UINT32_MAX && w->waker_position != UINT64_MAX && w->waker != WAKER_EARLIER &&
           w->waker_time <= w->end_time && window_holds(&t->q->window, w->waker_place, w->waker_time, w->waker_seq) &&
           select_wants_site(&t->q->select, t->q->journal, EVENT_call, w->waker_op, w->waker_lr);
}

/* Both ends have the same id. An arrow is bound to the slice around it, so it ends in the wait, not at its edge. */
static void put_arrow(struct trace *t, const struct wait *w, u32 id)
{
    if (!has_waker(t, w))
        return;
    u64 least = w->waker_time > w->begin_time ? w->waker_time : w->begin_time;
    begin(t, "s", w->waker_place, w->waker_time);
    put_name(t, "wake", "wakes");
    fprintf(t->out, ", \"id\": %u}", id);
    begin(t, "f", w->place, w->end_time > least ? w->end_time - 1 : w->end_time);
    put_name(t, "wake", "wakes");
    fprintf(t->out, ", \"bp\": \"e\", \"id\": %u}", id);
}

static void put_wait(struct trace *t, const struct wait *w, u32 id)
{
    char text[128], name[96];
    bool is_open = wait_is_open(w);
    snprintf(text, sizeof text, "waits for %s",
             w->object_count ? query_object_name(t->q, w->objects[0], name) : "a time");
    begin(t, "X", w->place, w->begin_time);
    put_duration(t, w->begin_time, is_open ? t->end : w->end_time);
    put_name(t, "wait", text);
    fprintf(t->out, ", \"args\": {\"state\": \"%s\", \"waker\": \"%s\"}}", wait_state_name(w->state),
            wait_waker_name(w->waker));
    if (!is_open)
        put_arrow(t, w, id);
}

/* One that began before the window and goes on in it is what its thread does there. */
static bool is_in_window(const struct trace *t, const struct wait *w)
{
    const struct window *window = &t->q->window;
    bool ended = !wait_is_open(w);
    return (window->place == UINT32_MAX || window->place == w->place) && w->begin_time < window->to_time &&
           w->begin_seq < window->to_seq && (!ended || w->end_time >= window->from_time) &&
           (w->end_seq == UINT64_MAX || w->end_seq >= window->from_seq);
}

/* By site: some return of its op is in the journal. */
static bool *find_returns(struct run *run)
{
    u32 count = run_site_count(run);
    bool *tells = calloc(count + 1u, sizeof *tells);
    struct map returning = {0};
    CHECK(tells, "out of memory");
    for (u32 i = 0; i < count; i++)
        if (run_site(run, i)->kind == EVENT_return)
            map_set(&returning, run_site(run, i)->op, 1);
    for (u32 i = 0; i < count; i++)
        tells[i] = map_get(&returning, run_site(run, i)->op) != MAP_NONE;
    map_free(&returning);
    return tells;
}

bool trace_write(struct query *q, FILE *out, struct err *err)
{
    struct trace t = {.q = q, .out = out, .end = query_end(q), .place = UINT32_MAX, .outer.place = UINT32_MAX};
    t.tells_return = find_returns(q->run);
    fputs("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [", out);
    put_threads(&t);
    bool ok = calls_walk(q->run, &q->window, put_call, &t, err);
    put_pending(&t, false);
    free(t.tells_return);
    for (u32 i = 0; ok && i < q->waits.count; i++) {
        const struct wait *w = &q->waits.rows[i];
        if (w->blocked && is_in_window(&t, w) &&
            select_wants_site(&q->select, q->journal, EVENT_wait_begin, w->op, w->lr))
            put_wait(&t, w, i + 1);
    }
    fputs("\n]}\n", out);
    return ok;
}
