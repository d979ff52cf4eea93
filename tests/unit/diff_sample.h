/* SPDX-License-Identifier: BSD-3-Clause
 * Small journals made by hand, for tests of what reads them: events get their place in the run and in their thread. */
#ifndef TESTS_DIFF_SAMPLE_H
#define TESTS_DIFF_SAMPLE_H

#include "replay/journal.h"
#include "schema/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct sample {
    char path[64];
    struct journal_writer *w;
    u64 seq;
    u32 index[32]; /* by thread */
};

static inline void sample_begin(struct sample *s)
{
    struct err err;
    *s = (struct sample){.path = "/tmp/lockstep-sample-XXXXXX"};
    close(mkstemp(s->path));
    s->w = journal_create(s->path, &err);
    CHECK(s->w, "%s", err.text);
}

static inline void sample_end(struct sample *s)
{
    struct err err;
    CHECK(journal_finish(s->w, &err), "%s", err.text);
}

static inline void sample_remove(const struct sample *s)
{
    unlink(s->path);
}

static inline u32 sample_op(const char *name)
{
    return name ? export_by_name(name)->op : 0;
}

static inline void sample_add(struct sample *s, struct event e)
{
    e.seq = s->seq++;
    e.index = s->index[e.thread]++;
    journal_append(s->w, &e);
}

/* An event of a thread at a time; values follow with sample_add. op NULL: none. */
static inline struct event sample_event(enum event_kind kind, u32 thread, u64 time, const char *op, u32 lr)
{
    return (struct event){.kind = (u8)kind,
                          .count = (u8)event_type(kind)->field_count,
                          .thread = thread,
                          .time = time,
                          .op = sample_op(op),
                          .lr = lr};
}

static inline void sample_call(struct sample *s, u32 thread, u64 time, const char *op, u32 lr, u64 a0)
{
    struct event e = sample_event(EVENT_call, thread, time, op, lr);
    e.v[F_call_a0] = a0;
    sample_add(s, e);
}

static inline void sample_return(struct sample *s, u32 thread, u64 time, const char *op, u32 lr, u64 result)
{
    struct event e = sample_event(EVENT_return, thread, time, op, lr);
    e.v[F_return_result] = result;
    sample_add(s, e);
}

static inline void sample_create(struct sample *s, u32 thread, u64 time, const char *op, u64 handle, u32 type, u64 hsid)
{
    struct event e = sample_event(EVENT_handle_create, thread, time, op, 0);
    e.v[F_handle_create_handle] = handle;
    e.v[F_handle_create_type] = type;
    e.v[F_handle_create_hsid] = hsid;
    sample_add(s, e);
}

static inline void sample_wait(struct sample *s, u32 thread, u64 time, const char *op, u64 deadline, u64 hsid)
{
    struct event e = sample_event(EVENT_wait_begin, thread, time, op, 0);
    e.v[F_wait_begin_count] = 1;
    e.v[F_wait_begin_deadline] = deadline;
    e.v[F_wait_begin_object0] = hsid;
    sample_add(s, e);
}

#endif
