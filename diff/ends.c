/* SPDX-License-Identifier: BSD-3-Clause
 * How threads end and who woke whom (diff/ends.h). */
#include "diff/ends.h"
#include "schema/role.h"

#include <stdlib.h>

enum {
    TAIL = 32,          /* last events of a thread that are looked at */
    WAIT_EVENTS = 64,   /* events of a wait, from its call on */
    SEARCH_MOST = 8192, /* events of each other thread in which a waker is looked for */
};

/* A thread's events from a position on: one block is unpacked, not one an event. */
static struct journal_cursor *events_from(struct run *run, u32 place, u64 position, struct err *err)
{
    struct run_span span;
    if (!run_read(run, place, position, &span, err) || !span.count)
        return NULL;
    return journal_cursor_thread(run_journal(run), run_thread(run, place)->thread, span.index[0], err);
}

/* ---- Ends. ---- */

struct tail {
    bool has_call, has_return, has_wait, has_wait_end;
    struct event call;
    u64 deadline;
    u64 position;
};

static void note_tail(struct tail *t, const struct event *e, u64 position)
{
    if (e->kind == EVENT_call) {
        *t = (struct tail){.has_call = true, .call = *e, .position = position, .deadline = UINT64_MAX};
    } else if (e->kind == EVENT_return && t->has_call && e->op == t->call.op) {
        t->has_return = true;
    } else if (e->kind == EVENT_wait_begin) {
        t->has_wait = true;
        t->has_wait_end = false;
        t->deadline = e->missing >> F_wait_begin_deadline & 1 ? UINT64_MAX : e->v[F_wait_begin_deadline];
    } else if (e->kind == EVENT_wait_end) {
        t->has_wait_end = true;
    }
}

/* A wait that is told to return at once although its object is not signalled: then nothing follows the return. */
static bool is_phantom(const struct tail *t)
{
    u8 role = role_of(t->call.op).role;
    return t->has_return && t->has_wait && !t->has_wait_end && t->deadline == UINT64_MAX &&
           (role == ROLE_WAIT || role == ROLE_SIGNAL_AND_WAIT);
}

static u8 end_of(struct run *run, u32 place, u64 *last)
{
    struct tail tail = {0};
    const struct event *e;
    struct err err;
    const struct run_thread *t = run_thread(run, place);
    u64 at = t->events > TAIL ? t->events - TAIL : 0;
    struct journal_cursor *c = t->events ? events_from(run, place, at, &err) : NULL;
    for (; c && journal_cursor_next(c, &e, &err) > 0; at++)
        note_tail(&tail, e, at);
    journal_cursor_close(c);
    *last = tail.has_call ? tail.position : UINT64_MAX;
    if (t->exited || (tail.has_call && !tail.has_return && role_of(tail.call.op).role == ROLE_EXIT))
        return ENDS_EXITED;
    if (!t->events)
        return t->created ? ENDS_SUSPENDED : ENDS_UNKNOWN;
    if (!tail.has_call)
        return ENDS_UNKNOWN;
    return !tail.has_return || is_phantom(&tail) ? ENDS_BLOCKED : ENDS_RUNNING;
}

static void note_run_end(struct ends *ends)
{
    struct run_span span;
    struct err err;
    struct event e;
    for (u32 i = 0; i < run_thread_count(ends->run); i++) {
        u64 events = run_thread(ends->run, i)->events;
        if (!events || run_thread(ends->run, i)->keys)
            continue;
        if (run_read(ends->run, i, events - 1, &span, &err) && span.count &&
            run_site(ends->run, span.site[0])->kind == EVENT_end && run_event(ends->run, i, events - 1, &e, &err)) {
            ends->has_end = true;
            ends->reason = (u8)e.v[F_end_reason];
        }
    }
}

void ends_init(struct ends *ends, struct run *run)
{
    u32 threads = run_thread_count(run);
    *ends = (struct ends){.run = run, .of = calloc(threads + 1, 1), .last = calloc(threads + 1, sizeof *ends->last)};
    CHECK(ends->of && ends->last, "out of memory");
    for (u32 i = 0; i < threads; i++) {
        ends->of[i] = end_of(run, i, &ends->last[i]);
        ends->running += ends->of[i] == ENDS_RUNNING;
        ends->blocked += ends->of[i] == ENDS_BLOCKED;
        if (run_thread(run, i)->events && run_thread(run, i)->last_seq > ends->last_seq)
            ends->last_seq = run_thread(run, i)->last_seq;
    }
    note_run_end(ends);
}

void ends_finish(struct ends *ends)
{
    free(ends->of);
    free(ends->last);
    *ends = (struct ends){0};
}

bool ends_is_wedged(const struct ends *ends)
{
    if (ends->has_end)
        return ends->reason == END_WEDGED;
    return ends->blocked && ends->running <= 1;
}

const char *ends_name(u8 end)
{
    static const char *const names[] = {"unknown", "exited", "blocked", "suspended", "running"};
    return end < countof(names) ? names[end] : "unknown";
}

/* ---- Wakers. ---- */

/* Reads the wait's own events: its end may name the waker. Sets from and to, between which the wake must lie. */
static void read_wait(struct run *run, u32 place, u64 position, struct waker *w, u64 *from, u64 *to)
{
    const struct event *e;
    struct err err;
    struct journal_cursor *c = events_from(run, place, position, &err);
    *from = *to = 0;
    for (u32 i = 0; i < WAIT_EVENTS && c && journal_cursor_next(c, &e, &err) > 0; i++) {
        *from = i == 0 ? e->seq : *from;
        *to = e->seq;
        if (i > 0 && e->kind == EVENT_call)
            break;
        if (e->kind == EVENT_wait_begin)
            w->object = e->v[F_wait_begin_object0];
        if (e->kind == EVENT_wait_end) {
            u32 waker = e->v[F_wait_end_waker] ? run_thread_place(run, (u32)e->v[F_wait_end_waker]) : UINT32_MAX;
            *w = (struct waker){true, waker, (u32)e->v[F_wait_end_waker_lr], UINT64_MAX, e->v[F_wait_end_object]};
            break;
        }
    }
    journal_cursor_close(c);
}

static bool names_waiter(const struct event *e, u32 thread)
{
    u32 field = e->kind == EVENT_signal_match     ? (u32)F_signal_match_waiter
                : e->kind == EVENT_wake_requested ? (u32)F_wake_requested_waiter
                                                  : UINT32_MAX;
    return field != UINT32_MAX && field < e->count && !(e->missing >> field & 1) && e->v[field] == thread;
}

/* Looks through one thread for an event that says whom it wakes. */
static void search_thread(struct run *run, u32 place, u32 waiter, u64 from, u64 to, struct waker *w)
{
    struct run_span span;
    struct event e;
    struct err err;
    u64 end = run_position_at_seq(run, place, to);
    u64 at = run_position_at_seq(run, place, from);
    at = end - at > SEARCH_MOST ? end - SEARCH_MOST : at;
    while (at < end && run_read(run, place, at, &span, &err) && span.count) {
        for (u32 i = 0; i < span.count && at < end; i++, at++) {
            u8 kind = run_site(run, span.site[i])->kind;
            if (kind != EVENT_signal_match && kind != EVENT_wake_requested)
                continue;
            if (run_event(run, place, at, &e, &err) && names_waiter(&e, waiter))
                *w = (struct waker){true, place, e.lr, at, e.v[0]};
            if (!run_read(run, place, span.position, &span, &err))
                return;
        }
    }
}

void ends_find_waker(struct run *run, u32 place, u64 position, struct waker *w)
{
    u64 from, to;
    *w = (struct waker){.place = UINT32_MAX, .position = UINT64_MAX};
    read_wait(run, place, position, w, &from, &to);
    for (u32 i = 0; i < run_thread_count(run) && !w->is_known && to > from; i++)
        if (i != place)
            search_thread(run, i, run_thread(run, place)->thread, from, to, w);
}
