/* SPDX-License-Identifier: BSD-3-Clause
 * Opening a run: its clock, its sites, its threads and their streams (diff/run.h). */
#include "diff/run_streams.h"
#include "schema/export.h"

#include <stdlib.h>

static u32 thread_add(struct run *run, u32 thread)
{
    u32 place = run_thread_place(run, thread);
    if (place != UINT32_MAX)
        return place;
    run->threads = realloc(run->threads, (run->thread_count + 1) * sizeof *run->threads);
    run->streams = realloc(run->streams, (run->thread_count + 1) * sizeof *run->streams);
    CHECK(run->threads && run->streams, "out of memory");
    for (place = run->thread_count; place && run->threads[place - 1].thread > thread; place--) {
        run->threads[place] = run->threads[place - 1];
        run->streams[place] = run->streams[place - 1];
    }
    run->threads[place] = (struct run_thread){
        .thread = thread, .parent = UINT32_MAX, .created_seq = UINT64_MAX, .first_time = UINT64_MAX};
    run->streams[place] = (struct stream){0};
    run->thread_count++;
    return place;
}

u32 run_thread_place(const struct run *run, u32 thread)
{
    u32 low = 0, high = run->thread_count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (run->threads[middle].thread < thread)
            low = middle + 1;
        else
            high = middle;
    }
    return low < run->thread_count && run->threads[low].thread == thread ? low : UINT32_MAX;
}

static void note_create(struct run *run, const struct event *e)
{
    if (e->missing >> F_thread_create_child & 1)
        return;
    u32 place = thread_add(run, (u32)e->v[F_thread_create_child]); /* which moves the table */
    struct run_thread *t = &run->threads[place];
    t->created = true;
    t->created_seq = e->seq;
    t->parent = e->thread; /* an id until all threads are known */
    t->entry = (u32)e->v[F_thread_create_entry];
    t->lineage = e->v[F_thread_create_lineage];
    t->ordinal = (u32)e->v[F_thread_create_ordinal];
    t->context = e->v[F_thread_create_context];
    t->stack = e->v[F_thread_create_stack];
    t->flags = e->v[F_thread_create_flags];
    t->hsid = e->v[F_thread_create_hsid];
    t->spawn_lr = e->lr;
    t->spawn_op = e->op;
}

static void note_event(struct run *run, const struct event *e)
{
    struct run_thread *t = &run->threads[run_thread_place(run, e->thread)];
    if (e->kind == EVENT_thread_create) {
        note_create(run, e);
    } else if (e->kind == EVENT_thread_start) {
        t->started = true;
        t->entry = (u32)e->v[F_thread_start_entry];
        t->lineage = e->v[F_thread_start_lineage];
    } else if (e->kind == EVENT_thread_exit) {
        t->exited = true;
        t->exit_code = e->v[F_thread_exit_code];
    }
}

static void count_event(struct run_thread *t, const struct run_site *site, const struct event *e)
{
    t->first_seq = t->events ? t->first_seq : e->seq;
    t->last_seq = e->seq;
    t->first_time = e->time < t->first_time ? e->time : t->first_time;
    t->last_time = e->time > t->last_time ? e->time : t->last_time;
    t->events++;
    t->keys += site->is_key;
    t->quiet_keys += site->is_key && !site->noise && !site->declared;
}

static bool read_events(struct run *run, struct err *err)
{
    const struct event *e;
    int found;
    struct journal_cursor *c = journal_cursor_all(run->journal, 0, err);
    while ((found = journal_cursor_next(c, &e, err)) > 0) {
        u32 place = thread_add(run, e->thread);
        u32 site = run_site_add(run, e);
        count_event(&run->threads[place], &run->sites[site], e);
        stream_add(&run->streams[place], site, e);
        note_event(run, e);
    }
    journal_cursor_close(c);
    return !found;
}

/* Parents' ids become places. */
static void finish_threads(struct run *run)
{
    for (u32 i = 0; i < run->thread_count; i++) {
        struct run_thread *t = &run->threads[i];
        t->parent = t->created ? run_thread_place(run, t->parent) : UINT32_MAX;
        t->first_time = t->events ? t->first_time : 0;
    }
}

static void read_clock(struct run *run)
{
    const char *name = journal_get(run->journal, "clock.name");
    run->clock = (struct run_clock){name ? name : "tick", name ? 0 : 50000000, 1};
    journal_get_u64(run->journal, "clock.hz", &run->clock.hz);
    journal_get_u64(run->journal, "clock.quantum", &run->clock.quantum);
}

struct run *run_open(const char *path, struct err *err)
{
    struct run *run = calloc(1, sizeof *run);
    CHECK(run, "out of memory");
    run->path = path;
    run->journal = journal_open(path, err);
    if (!run->journal || !read_events(run, err)) {
        run_close(run);
        return NULL;
    }
    read_clock(run);
    finish_threads(run);
    return run;
}

void run_close(struct run *run)
{
    if (!run)
        return;
    for (u32 i = 0; i < run->thread_count; i++)
        stream_free(&run->streams[i]);
    journal_close(run->journal);
    free(run->streams);
    free(run->threads);
    free(run->sites);
    free(run);
}

const char *run_path(const struct run *run)
{
    return run->path;
}
struct journal_reader *run_journal(struct run *run)
{
    return run->journal;
}
const struct run_clock *run_clock(const struct run *run)
{
    return &run->clock;
}
u32 run_thread_count(const struct run *run)
{
    return run->thread_count;
}

const struct run_thread *run_thread(const struct run *run, u32 place)
{
    CHECK(place < run->thread_count, "thread %u of %u", place, run->thread_count);
    return &run->threads[place];
}

const char *run_op_name(struct run *run, u32 op)
{
    static char made_up[64];
    return journal_op_name(run->journal, op, made_up, sizeof made_up);
}
