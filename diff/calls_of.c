/* SPDX-License-Identifier: BSD-3-Clause */
#include "diff/calls_of.h"

#include "replay/journal.h"
#include "schema/export.h"
#include "schema/role.h"

#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 1024, HANDLES = 16384 };

/* What is counted: calls of an op by a thread. */
struct counter {
    u64 key;
    u32 count;
};

struct reading {
    struct calls_of *calls;
    struct counter *counters;
    size_t counter_slots, counter_count;
    u64 lineage[THREADS];
    size_t open[THREADS]; /* place + 1 of the call that the thread is in */
    u64 hsid[HANDLES];    /* by handle / 4: what it stands for */
};

static void grow(struct reading *r)
{
    struct counter *old = r->counters;
    size_t slots = r->counter_slots;
    r->counter_slots = slots ? 2 * slots : 256;
    r->counters = calloc(r->counter_slots, sizeof *r->counters);
    CHECK(r->counters, "no memory for %zu counters", r->counter_slots);
    for (size_t i = 0; i < slots; i++) {
        size_t at = (old[i].key * 0x9E3779B97F4A7C15ull >> 20) & (r->counter_slots - 1);
        while (old[i].key && r->counters[at].key)
            at = (at + 1) & (r->counter_slots - 1);
        if (old[i].key)
            r->counters[at] = old[i];
    }
    free(old);
}

static u32 count(struct reading *r, u64 key)
{
    if (2 * r->counter_count >= r->counter_slots)
        grow(r);
    size_t at = (key * 0x9E3779B97F4A7C15ull >> 20) & (r->counter_slots - 1);
    while (r->counters[at].key && r->counters[at].key != key)
        at = (at + 1) & (r->counter_slots - 1);
    r->counter_count += !r->counters[at].key;
    r->counters[at].key = key;
    return ++r->counters[at].count;
}

static void add_call(struct reading *r, const struct event *e)
{
    struct calls_of *c = r->calls;
    struct role_row role = role_of(e->op);
    if (c->count == c->capacity) {
        c->capacity = c->capacity ? 2 * c->capacity : 4096;
        c->rows = realloc(c->rows, c->capacity * sizeof *c->rows);
        CHECK(c->rows, "no memory for %zu calls", c->capacity);
    }
    struct call_row *row = &c->rows[c->count++];
    *row = (struct call_row){.lineage = r->lineage[e->thread % THREADS],
                             .time = e->time,
                             .seq = e->seq,
                             .returned = UINT64_MAX,
                             .thread = e->thread,
                             .op = e->op,
                             .lr = e->lr,
                             .number = count(r, (u64)e->thread << 32 | e->op),
                             .role = role.role};
    if (role.how != ROLE_BY_NOTHING && role.argument < e->count)
        row->object = (u32)e->v[F_call_a0 + role.argument];
    row->identity = row->object;
    if (role.how == ROLE_BY_HANDLE && r->hsid[row->object / 4 % HANDLES])
        row->identity = r->hsid[row->object / 4 % HANDLES];
    r->open[e->thread % THREADS] = c->count;
}

static void add_return(struct reading *r, const struct event *e)
{
    size_t place = r->open[e->thread % THREADS];
    if (!place || r->calls->rows[place - 1].op != e->op || r->calls->rows[place - 1].thread != e->thread)
        return;
    struct call_row *row = &r->calls->rows[place - 1];
    row->returned = e->time;
    row->result = e->v[F_return_result];
    row->outs = (u8)(e->count > F_return_out0 ? e->count - F_return_out0 : 0);
    for (u32 i = 0; i < row->outs && i < countof(row->out); i++)
        row->out[i] = e->v[F_return_out0 + i];
    r->open[e->thread % THREADS] = 0;
}

static void hear(struct reading *r, const struct event *e)
{
    if (e->time > r->calls->last_time)
        r->calls->last_time = e->time;
    if (e->kind == EVENT_thread_start)
        r->lineage[e->thread % THREADS] = e->v[F_thread_start_lineage];
    else if (e->kind == EVENT_handle_create)
        r->hsid[e->v[F_handle_create_handle] / 4 % HANDLES] = e->v[F_handle_create_hsid];
    else if (e->kind == EVENT_handle_duplicate)
        r->hsid[e->v[F_handle_duplicate_handle] / 4 % HANDLES] = e->v[F_handle_duplicate_hsid];
    else if (e->kind == EVENT_call)
        add_call(r, e);
    else if (e->kind == EVENT_return)
        add_return(r, e);
}

static u32 index_of_thread(u32 *threads, u32 *count, u32 thread)
{
    u32 i = 0;
    while (i < *count && threads[i] != thread)
        i++;
    if (i == *count && i + 1 < THREADS)
        threads[(*count)++] = thread;
    return i < THREADS - 1 ? i : 0;
}

static void index_threads(struct calls_of *c)
{
    u32 threads[THREADS];
    size_t next[THREADS] = {0}, sum = 0;
    for (size_t i = 0; i < c->count; i++)
        next[index_of_thread(threads, &c->thread_count, c->rows[i].thread)]++;
    c->by_thread = calloc(c->count + 1, sizeof *c->by_thread);
    c->from = calloc(c->thread_count + 1, sizeof *c->from);
    CHECK(c->by_thread && c->from, "no memory for %zu calls", c->count);
    for (u32 k = 0; k < c->thread_count; k++) {
        c->from[k] = sum;
        sum += next[k];
        next[k] = c->from[k];
    }
    c->from[c->thread_count] = sum;
    for (size_t i = 0; i < c->count; i++)
        c->by_thread[next[index_of_thread(threads, &c->thread_count, c->rows[i].thread)]++] = (u32)i;
}

bool calls_of_run(struct calls_of *calls, const char *path, struct err *err)
{
    *calls = (struct calls_of){.count = 0};
    struct journal_reader *journal = journal_open(path, err);
    struct journal_cursor *c = journal ? journal_cursor_all(journal, 0, err) : NULL;
    const struct event *e;
    struct reading *r = calloc(1, sizeof *r);
    CHECK(r, "no memory for the calls of a run");
    r->calls = calls;
    int found = c ? 1 : -1;
    while (c && (found = journal_cursor_next(c, &e, err)) > 0)
        hear(r, e);
    free(r->counters);
    free(r);
    journal_cursor_close(c);
    journal_close(journal);
    index_threads(calls);
    return found == 0;
}

void calls_of_free(struct calls_of *calls)
{
    free(calls->rows);
    free(calls->by_thread);
    free(calls->from);
    *calls = (struct calls_of){.count = 0};
}

const struct call_row *calls_of_find(const struct calls_of *calls, const struct call_row *same)
{
    for (size_t i = 0; i < calls->count; i++) {
        const struct call_row *row = &calls->rows[i];
        if (row->number == same->number && row->op == same->op && row->thread == same->thread)
            return row;
    }
    return NULL;
}

void calls_of_name(const struct call_row *row, char *text, size_t size)
{
    char name[64];
    snprintf(text, size, "%s#%u@%u", export_op_name(row->op, name, sizeof name), row->number, row->thread);
}
