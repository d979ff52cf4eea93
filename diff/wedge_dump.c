/* SPDX-License-Identifier: BSD-3-Clause
 * Threads of a wedge report from a dump (diff/wedge_dump.h). */
#include "diff/wedge_dump.h"
#include "diff/sites.h"
#include "diff/waits.h"

#include <stdlib.h>

struct dumped_wait {
    u32 handle, target;
    u8 type; /* enum object_type */
};

struct dumped_thread {
    u32 thread, pc;
    u8 state; /* enum wedge_state */
    struct dumped_wait waits[WAIT_OBJECTS];
    u32 wait_count;
};

struct wedge_dump {
    struct run *run;
    struct dumped_thread *threads; /* in the order in which they are told first */
    u32 count;
};

static struct dumped_thread *find(const struct wedge_dump *d, u32 thread)
{
    for (u32 i = 0; i < d->count; i++)
        if (d->threads[i].thread == thread)
            return &d->threads[i];
    return NULL;
}

static struct dumped_thread *find_or_add(struct wedge_dump *d, u32 thread)
{
    struct dumped_thread *t = find(d, thread);
    if (t)
        return t;
    d->threads = realloc(d->threads, (d->count + 1) * sizeof *d->threads);
    CHECK(d->threads, "out of memory");
    t = &d->threads[d->count++];
    *t = (struct dumped_thread){.thread = thread};
    return t;
}

static u8 state_told(const char *state)
{
    if (waits_says_blocked(state))
        return WEDGE_WAITING;
    if (strstr(state, "uspend"))
        return WEDGE_SUSPENDED;
    return strstr(state, "xit") || strstr(state, "erminat") ? WEDGE_TERMINATED : WEDGE_READY;
}

/* A state begins what is told of a thread; what has none goes on about it. */
static void take(struct wedge_dump *d, const struct event *e)
{
    if (!event_tells(e, F_snapshot_thread))
        return;
    struct dumped_thread *t = find_or_add(d, (u32)e->v[F_snapshot_thread]);
    if (event_tells(e, F_snapshot_state)) {
        *t = (struct dumped_thread){.thread = t->thread};
        t->state = state_told(journal_string(run_journal(d->run), (u32)e->v[F_snapshot_state], &(size_t){0}));
    }
    if (event_tells(e, F_snapshot_pc))
        t->pc = (u32)e->v[F_snapshot_pc];
    if (!event_tells(e, F_snapshot_handle) || t->wait_count == WAIT_OBJECTS)
        return;
    t->waits[t->wait_count++] = (struct dumped_wait){
        .handle = (u32)e->v[F_snapshot_handle],
        .target = event_tells(e, F_snapshot_target) ? (u32)e->v[F_snapshot_target] : 0,
        .type = event_tells(e, F_snapshot_type) ? (u8)e->v[F_snapshot_type] : OBJECT_OTHER,
    };
}

static void take_stream(struct wedge_dump *d, u32 place)
{
    struct run_span span;
    struct event e;
    struct err err;
    u64 events = run_thread(d->run, place)->events;
    bool *is_dump = calloc(events + 1, sizeof *is_dump);
    CHECK(is_dump, "out of memory");
    for (u64 at = 0; run_read_some(d->run, place, at, COLUMN_SITE, &span, &err) && span.count; at += span.count)
        for (u32 i = 0; i < span.count; i++)
            is_dump[at + i] = run_site(d->run, span.site[i])->kind == EVENT_snapshot;
    for (u64 at = 0; at < events; at++)
        if (is_dump[at] && run_event(d->run, place, at, &e, &err))
            take(d, &e);
    free(is_dump);
}

struct wedge_dump *wedge_dump_make(struct run *run)
{
    if (!sites_have(run, EVENT_snapshot))
        return NULL;
    struct wedge_dump *d = calloc(1, sizeof *d);
    CHECK(d, "out of memory");
    d->run = run;
    for (u32 place = 0; place < run_thread_count(run); place++)
        take_stream(d, place);
    return d;
}

void wedge_dump_free(struct wedge_dump *d)
{
    if (d)
        free(d->threads);
    free(d);
}

bool wedge_dump_has(const struct wedge_dump *d, u32 thread)
{
    return d && find(d, thread);
}

static void add_wait(struct wedge_report *report, const struct dumped_wait *from)
{
    struct wedge_wait *w = wedge_add_wait(report);
    w->type = from->type;
    w->handle = from->handle;
    w->owner = from->target;
    w->is_untold = true;
}

void wedge_dump_add(const struct wedge_dump *d, struct wedge_report *report)
{
    for (u32 i = 0; i < d->count; i++) {
        const struct dumped_thread *from = &d->threads[i];
        u32 place = run_thread_place(d->run, from->thread);
        struct wedge_thread *t = wedge_add_thread(report);
        t->thread = from->thread;
        t->lineage = place == UINT32_MAX ? 0 : run_thread(d->run, place)->lineage;
        t->entry = place == UINT32_MAX ? 0 : run_thread(d->run, place)->entry;
        t->state = from->state;
        t->started = true;
        t->pc = from->pc;
        t->since = WEDGE_TIME_UNKNOWN;
        t->is_all_untold = true;
        for (u32 k = 0; k < from->wait_count; k++)
            add_wait(report, &from->waits[k]);
    }
    report->is_dump = true;
}
