/* SPDX-License-Identifier: BSD-3-Clause
 * Traces for Perfetto (diff/trace.h). */
#include "diff/trace.h"

struct trace {
    struct query *q;
    FILE *out;
    u64 end; /* of the run */
    bool any;
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

static bool put_call(void *context, const struct call *call)
{
    struct trace *t = context;
    const struct run_site *site = run_site(t->q->run, call->site);
    char name[SYMBOLS_TEXT];
    if (!select_wants_site(&t->q->select, t->q->journal, EVENT_call, site->op, site->lr))
        return true;
    bool is_open = call->result == UINT64_MAX;
    begin(t, "X", call->place, call->time);
    put_duration(t, call->time, is_open ? t->end : call->end_time);
    put_name(t, "call", run_op_name(t->q->run, site->op));
    fprintf(t->out, ", \"args\": {\"seq\": %llu, \"lr\": \"0x%08X\"", (unsigned long long)call->seq, site->lr);
    const char *function = site->lr ? symbols_find_return_name(t->q->symbols, site->lr, name, sizeof name) : NULL;
    if (function) {
        fputs(", \"function\": ", t->out);
        json_escape(t->out, function, strlen(function));
    }
    fputs(is_open ? ", \"returned\": false}}" : "}}", t->out);
    return !ferror(t->out);
}

/* Both ends have the same id; the wait's is bound to the slice that it ends. */
static void put_arrow(struct trace *t, const struct wait *w, u32 id)
{
    if (w->waker_place == UINT32_MAX || w->waker_position == UINT64_MAX || w->waker == WAKER_EARLIER)
        return;
    begin(t, "s", w->waker_place, w->waker_time);
    put_name(t, "wake", "wakes");
    fprintf(t->out, ", \"id\": %u}", id);
    begin(t, "f", w->place, w->end_time);
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

bool trace_write(struct query *q, FILE *out, struct err *err)
{
    struct trace t = {.q = q, .out = out, .end = query_end(q)};
    fputs("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [", out);
    put_threads(&t);
    bool ok = calls_walk(q->run, &q->window, put_call, &t, err);
    for (u32 i = 0; ok && i < q->waits.count; i++) {
        const struct wait *w = &q->waits.rows[i];
        if (w->blocked && window_holds(&q->window, w->place, w->begin_time, w->begin_seq) &&
            select_wants_site(&q->select, q->journal, EVENT_wait_begin, w->op, w->lr))
            put_wait(&t, w, i + 1);
    }
    fputs("\n]}\n", out);
    return ok;
}
