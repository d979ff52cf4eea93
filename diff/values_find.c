/* SPDX-License-Identifier: BSD-3-Clause
 * Walking two threads' paired calls with their values (diff/values.h): sites tell which events are worth reading. */
#include "diff/values.h"

#include <stdlib.h>

enum { RETURN_MOST = 64 }; /* events behind a call in which its return is looked for */

/* Where a call's return and what it told in between stand; UINT64_MAX: nowhere. */
struct places {
    u64 answer, effect;
    bool is_unimplemented;
};

/* True: the call's last event was seen. */
static bool note_site(struct places *p, const struct run_site *site, u32 op, u64 position)
{
    if (site->op != op)
        return false;
    if (site->kind == EVENT_return)
        p->answer = position;
    if (site->kind == EVENT_file && p->effect == UINT64_MAX)
        p->effect = position;
    p->is_unimplemented |= site->kind == EVENT_unimplemented;
    return site->kind == EVENT_return || site->kind == EVENT_call;
}

static struct places find_places(struct run *run, u32 thread, u64 position, u32 op)
{
    struct places p = {UINT64_MAX, UINT64_MAX, false};
    struct run_span span;
    struct err err;
    for (u64 at = position + 1; at <= position + RETURN_MOST;) {
        if (!run_read_some(run, thread, at, COLUMN_SITE, &span, &err) || !span.count)
            break;
        for (u32 i = 0; i < span.count && at <= position + RETURN_MOST; i++, at++)
            if (note_site(&p, run_site(run, span.site[i]), op, at))
                return p;
    }
    return p;
}

bool values_read(struct run *run, u32 thread, u64 position, struct values_call *call, struct err *err)
{
    *call = (struct values_call){.position = position};
    if (!run_event(run, thread, position, &call->call, err))
        return false;
    struct places p = find_places(run, thread, position, call->call.op);
    call->is_unimplemented = p.is_unimplemented;
    call->has_answer = p.answer != UINT64_MAX && run_event(run, thread, p.answer, &call->answer, err);
    call->has_effect = p.effect != UINT64_MAX && run_event(run, thread, p.effect, &call->effect, err);
    return true;
}

bool values_glance(struct run *run, u32 thread, u64 position, struct values_call *call, struct err *err)
{
    struct run_span span;
    *call = (struct values_call){.position = position};
    if (!run_read(run, thread, position, &span, err) || !span.count)
        return false;
    const struct run_site *site = run_site(run, span.site[0]);
    call->call = (struct event){.time = span.time[0],
                                .seq = span.seq[0],
                                .thread = run_thread(run, thread)->thread,
                                .index = span.index[0],
                                .op = site->op,
                                .lr = site->lr,
                                .kind = site->kind};
    return true;
}

/* One thread's keys, a chunk at a time. */
struct stream {
    struct run *run;
    u32 thread;
    struct keys_reader reader;
    u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK];
    u32 at, fill;
};

static bool has_key(struct stream *s)
{
    if (s->at == s->fill) {
        s->at = 0;
        s->fill = keys_read(&s->reader, s->letters, s->positions, NULL);
    }
    return s->at < s->fill;
}

static void open_stream(struct stream *s, const struct keys *keys, u32 side, u32 thread, u64 place, u64 from)
{
    *s = (struct stream){.run = keys->side[side].run, .thread = thread};
    keys_reader_init(&s->reader, keys, side, thread, keys->is_plain ? place + from : place, UINT64_MAX);
    while (!keys->is_plain && from-- && has_key(s))
        s->at++;
}

static void note_content(struct values_search *search, const struct values_call *x, const struct values_call *y)
{
    if (!search->contents++) {
        search->content[0] = *x;
        search->content[1] = *y;
    }
}

/* True: they differ. */
static bool compare(const struct keys *keys, struct values_search *search, const struct values_call *x,
                    const struct values_call *y)
{
    u8 difference = (u8)values_compare(keys, x, y, &search->argument);
    bool told = values_tell_result(x) && values_tell_result(y);
    search->compared += told;
    search->untold += !told;
    if (difference == VALUES_CONTENT)
        note_content(search, x, y);
    if (difference == VALUES_SAME || difference == VALUES_CONTENT ||
        keys_contains(search->varying, search->varying_count, x->letter))
        return false;
    search->difference = difference;
    search->call[0] = *x;
    search->call[1] = *y;
    return true;
}

/* Reads the two calls at hand and compares them. True: they differ. */
static bool compare_next(const struct keys *keys, struct values_search *search, struct stream *a, struct stream *b)
{
    struct values_call x, y;
    struct err err;
    u64 letter = a->letters[a->at];
    if (!values_matter((u32)letter))
        return false;
    if (!values_read(a->run, a->thread, a->positions[a->at], &x, &err) ||
        !values_read(b->run, b->thread, b->positions[b->at], &y, &err))
        return false;
    x.letter = y.letter = letter;
    return compare(keys, search, &x, &y);
}

void values_find(const struct keys *keys, u32 thread_a, u32 thread_b, struct values_search *search)
{
    struct stream *s = calloc(2, sizeof *s);
    CHECK(s, "out of memory");
    open_stream(&s[0], keys, 0, thread_a, search->place[0], search->from);
    open_stream(&s[1], keys, 1, thread_b, search->place[1], search->from);
    for (search->matched = search->from; search->matched < search->to; search->matched++) {
        if (!has_key(&s[0]) || !has_key(&s[1]) || compare_next(keys, search, &s[0], &s[1]))
            break;
        s[0].at++;
        s[1].at++;
    }
    free(s);
}
