/* SPDX-License-Identifier: BSD-3-Clause
 * Which waits ended, and who woke their threads (diff/waits.h). */
#include "diff/objects_pass.h"
#include "diff/waits_build.h"

#include <stdlib.h>

/* Last events of the run: who was let go among them may not have had its turn yet. */
enum { LET_GO_WITHIN = 64 };

/* Kinds that a thread does not do itself. */
static bool is_doing(u8 kind)
{
    return kind != EVENT_line && kind != EVENT_snapshot && kind != EVENT_hash && kind != EVENT_end;
}

/* The first event that the thread does itself from `position` on: its position, seq and time. False: there is none. */
static bool next_doing(struct run *run, const struct site_fact *facts, u32 place, u64 *position, u64 *seq, u64 *time)
{
    struct run_span span;
    struct err err;
    for (u32 wanted = COLUMN_SITE | COLUMN_SEQ | COLUMN_TIME;
         run_read_some(run, place, *position, wanted, &span, &err) && span.count; *position += span.count)
        for (u32 i = 0; i < span.count; i++)
            if (is_doing(facts[span.site[i]].kind)) {
                *position += i;
                *seq = span.seq[i];
                *time = span.time[i];
                return true;
            }
    return false;
}

static bool is_endless(const struct wait *wait)
{
    return wait->has_deadline && wait->deadline == UINT64_MAX;
}

/* The seq of the last thing that a thread did. */
static u64 last_doing(const struct run *run)
{
    u64 last = 0;
    for (u32 i = 0; i < run_thread_count(run); i++)
        if (run_thread(run, i)->events && run_thread(run, i)->last_seq > last)
            last = run_thread(run, i)->last_seq;
    return last;
}

/* An engine whose every endless wait returns at once: within 1 ms; by a clock that is none, within 8 events of the run.
 * One that has no return although the log goes on that long shows that the engine tells returns when waits end. */
static bool is_eager(const struct waits *w)
{
    u64 hz = run_clock(w->run)->hz, endless = 0, last = last_doing(w->run);
    if (sites_have(w->run, EVENT_wait_end))
        return false;
    for (u32 i = 0; i < w->count; i++) {
        const struct wait *wait = &w->rows[i];
        if (!is_endless(wait))
            continue;
        if (wait->state != WAIT_ENDED) {
            if (wait->begin_seq + WAIT_AT_ONCE < last)
                return false;
            continue;
        }
        endless++;
        if (hz ? wait->end_time - wait->begin_time > hz / 1000 : wait->end_seq - wait->begin_seq > WAIT_AT_ONCE)
            return false;
    }
    return endless > 0;
}

static void make_phantom(struct wait *wait, bool by_snapshot)
{
    wait->state = WAIT_PHANTOM;
    wait->by_snapshot = by_snapshot;
    wait->end_seq = wait->end_time = UINT64_MAX;
}

/* The first of the run's signals behind seq. */
static u32 first_signal_behind(const struct objects *o, u64 seq)
{
    u32 low = 0, high = o->signal_count;
    while (low < high) {
        u32 middle = (low + high) / 2;
        if (o->signals[o->in_order[middle]].seq <= seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Another thread signalled it between its begin and its return. Something that is not told may have been another
 * object: that counts only near the log's end, for who does nothing much longer was not let go by it. */
static bool is_answered(const struct waits *w, const struct wait *wait, u64 end_seq, u64 last)
{
    const struct objects *o = w->objects;
    bool is_near_end = end_seq + LET_GO_WITHIN >= last;
    for (u32 i = first_signal_behind(o, wait->begin_seq); i < o->signal_count; i++) {
        const struct object_signal *s = &o->signals[o->in_order[i]];
        if (s->seq >= end_seq)
            return false;
        bool fits = s->object == OBJECTS_NONE && is_near_end;
        for (u32 k = 0; k < WAIT_OBJECTS; k++)
            fits |= s->object != OBJECTS_NONE && s->object == wait->objects[k];
        if (fits && s->place != wait->place)
            return true;
    }
    return false;
}

/* Where waits return at once: each ended, at the latest, with what its thread did next. Of one behind which the thread
 * does nothing, the return counts only if something came before it that may have ended the wait. */
static void judge_eager(struct waits *w, const struct site_fact *facts)
{
    u64 last = last_doing(w->run);
    for (u32 i = 0; i < w->count; i++) {
        struct wait *wait = &w->rows[i];
        u64 position = wait->end + 1;
        if (wait->state != WAIT_ENDED)
            continue;
        if (next_doing(w->run, facts, wait->place, &position, &wait->end_seq, &wait->end_time))
            continue;
        if (is_endless(wait) && !is_answered(w, wait, wait->end_seq, last))
            make_phantom(wait, false);
    }
}

bool waits_says_blocked(const char *state)
{
    return strstr(state, "lock") || strstr(state, "ait");
}

static void judge_snapshot(struct waits *w, const struct site_fact *facts, const struct event *e)
{
    u64 seq, time;
    const char *state = journal_string(run_journal(w->run), (u32)e->v[F_snapshot_state], &(size_t){0});
    u32 place =
        !event_tells(e, F_snapshot_thread) ? UINT32_MAX : run_thread_place(w->run, (u32)e->v[F_snapshot_thread]);
    if (place == UINT32_MAX || w->first[place] == w->first[place + 1] || !waits_says_blocked(state))
        return;
    struct wait *last = &w->rows[w->first[place + 1] - 1];
    u64 position = last->end + 1;
    if (last->state == WAIT_ENDED && !next_doing(w->run, facts, place, &position, &seq, &time))
        make_phantom(last, true);
    else if (last->state == WAIT_PHANTOM)
        last->by_snapshot = true;
}

static bool judge_snapshots(struct waits *w, const struct site_fact *facts, struct err *err)
{
    struct run_span span;
    struct event e;
    for (u32 place = 0; place < run_thread_count(w->run); place++)
        for (u64 position = 0;; position += span.count) {
            if (!run_read_some(w->run, place, position, COLUMN_SITE, &span, err))
                return false;
            if (!span.count)
                break;
            u32 count = span.count;
            for (u32 i = 0; i < count; i++) {
                if (facts[span.site[i]].kind != EVENT_snapshot)
                    continue;
                if (!run_event(w->run, place, position + i, &e, err))
                    return false;
                judge_snapshot(w, facts, &e);
                if (!run_read_some(w->run, place, position, COLUMN_SITE, &span, err))
                    return false;
            }
        }
    return true;
}

bool waits_judge(struct waits *w, const struct site_fact *facts, struct err *err)
{
    w->eager = is_eager(w);
    if (w->eager)
        judge_eager(w, facts);
    return !sites_have(w->run, EVENT_snapshot) || judge_snapshots(w, facts, err);
}

/* The last signal of any of the wait's objects before seq. hints: by object. */
static u32 last_signal(const struct waits *w, const struct wait *wait, u64 seq, u32 *hints)
{
    u32 last = UINT32_MAX;
    for (u32 i = 0; i < WAIT_OBJECTS; i++) {
        if (wait->objects[i] == OBJECTS_NONE)
            continue;
        u32 signal = objects_last_signal(w->objects, wait->objects[i], seq, &hints[wait->objects[i]]);
        if (signal != UINT32_MAX &&
            (last == UINT32_MAX || w->objects->signals[signal].seq > w->objects->signals[last].seq))
            last = signal;
    }
    return last;
}

void waits_set_waker(const struct waits *w, struct wait *wait, u8 how, u32 signal)
{
    const struct object_signal *s = &w->objects->signals[signal];
    const struct run_site *site = run_site(w->run, s->site);
    wait->waker = how;
    wait->waker_place = s->place;
    wait->waker_op = site->op;
    wait->waker_lr = site->lr;
    wait->waker_position = s->position;
    wait->waker_seq = s->seq;
    wait->waker_time = s->time;
    if (wait->ended_by == OBJECTS_NONE)
        wait->ended_by = s->object;
}

/* The engine tells the thread and the LR; which of its calls that was follows from the object's signals. */
static void find_told(const struct waits *w, struct wait *wait, u32 *hints)
{
    u32 by = wait->ended_by;
    u32 signal = by == OBJECTS_NONE ? last_signal(w, wait, wait->end_seq, hints)
                                    : objects_last_signal(w->objects, by, wait->end_seq, &hints[by]);
    if (signal == UINT32_MAX || wait->waker_place == UINT32_MAX)
        return;
    const struct object_signal *s = &w->objects->signals[signal];
    u32 lr = wait->waker_lr;
    if (s->place != wait->waker_place || s->seq < wait->begin_seq)
        return;
    waits_set_waker(w, wait, WAKER_TOLD, signal);
    wait->waker_lr = lr ? lr : wait->waker_lr;
}

static void find_waker(const struct waits *w, struct wait *wait, u32 *hints)
{
    bool by_object = !wait->has_status || wait->status < 0xC0; /* STATUS_USER_APC; STATUS_TIMEOUT and errors above */
    bool is_delay = !wait->object_count && (wait->blocked || role_of(wait->op).role == ROLE_DELAY);
    if (!by_object || is_delay)
        return;
    u32 signal = last_signal(w, wait, wait->end_seq, hints);
    wait->waker = WAKER_UNKNOWN;
    if (signal == UINT32_MAX)
        return;
    waits_set_waker(w, wait, w->objects->signals[signal].seq > wait->begin_seq ? WAKER_FOUND : WAKER_EARLIER, signal);
}

void waits_wakers(struct waits *w)
{
    u32 *hints = calloc(w->objects->count + 1u, sizeof *hints);
    CHECK(hints, "out of memory");
    for (u32 i = 0; i < w->count; i++) {
        struct wait *wait = &w->rows[i];
        for (u32 k = 0; k < WAIT_OBJECTS; k++)
            if (wait->objects[k] != OBJECTS_NONE)
                w->objects->rows[wait->objects[k]].wait_count++;
        if (wait->waker == WAKER_TOLD)
            find_told(w, wait, hints);
        else if (wait->state == WAIT_ENDED)
            find_waker(w, wait, hints);
    }
    free(hints);
}

bool waits_make_along(struct waits *w, struct objects *objects, struct run *run, struct objects_pass *pass,
                      struct err *err)
{
    *w = (struct waits){.run = run, .objects = objects};
    struct site_fact *facts = sites_make(run);
    struct waits_finder *finder = waits_finder_create(run, facts);
    pass->watch = waits_finder_watch(finder);
    bool ok = objects_make_along(objects, run, facts, pass, err);
    if (ok)
        waits_find(w, finder);
    waits_finder_destroy(finder);
    ok = ok && waits_judge(w, facts, err);
    if (ok)
        waits_wakers(w);
    free(facts);
    return ok;
}

bool waits_make(struct waits *w, struct objects *objects, struct run *run, struct err *err)
{
    struct objects_pass pass = {0};
    return waits_make_along(w, objects, run, &pass, err);
}

void waits_free(struct waits *w)
{
    free(w->rows);
    free(w->first);
    *w = (struct waits){0};
}

u32 waits_open(const struct waits *w, u32 place)
{
    u32 open = UINT32_MAX;
    for (u32 i = w->first[place]; i < w->first[place + 1]; i++)
        if (wait_is_open(&w->rows[i]))
            open = i;
    return open;
}

bool wait_is_latency(const struct wait *wait)
{
    u8 role = role_of(wait->op).role;
    return wait->blocked && !wait->object_count && role != ROLE_DELAY && role != ROLE_WAIT;
}

const char *wait_state_name(u8 state)
{
    static const char *const names[] = {"ended", "open", "phantom"};
    return state < countof(names) ? names[state] : "unknown";
}

const char *wait_waker_name(u8 waker)
{
    static const char *const names[] = {"none", "told", "found", "earlier", "unknown", "guessed"};
    return waker < countof(names) ? names[waker] : "unknown";
}
