/* SPDX-License-Identifier: BSD-3-Clause
 * How threads end and who woke whom (diff/ends.h). */
#include "diff/ends.h"
#include "diff/coverage.h"
#include "diff/sites.h"
#include "diff/waits.h"
#include "schema/role.h"

#include <stdlib.h>

enum {
    TAIL = 32,           /* last events of a thread that are looked at */
    CUT_WITHIN = 64,     /* last events of the run: who did one of them was under way when the log was cut */
    WOKEN_WITHIN = 1024, /* last events of the run: others may do so many before one who was woken has its turn */
    AT_ONCE = 1000,      /* of a second: what returns later has waited */
};

/* The last call of a thread, and what its last events say of it. */
struct tail {
    bool has_call, has_return;
    u32 op;
    u64 call, wait, answer; /* positions; wait UINT64_MAX: no wait, or one that is over */
};

static void note_tail(struct tail *t, const struct run_site *site, u64 position)
{
    if (site->kind == EVENT_call)
        *t = (struct tail){.has_call = true, .op = site->op, .call = position, .wait = UINT64_MAX};
    else if (site->kind == EVENT_return && site->op == t->op) {
        t->has_return = true;
        t->answer = position;
    } else if (site->kind == EVENT_wait_begin)
        t->wait = position;
    else if (site->kind == EVENT_wait_end)
        t->wait = UINT64_MAX;
}

static struct tail tail_of(struct run *run, u32 thread)
{
    struct tail tail = {.wait = UINT64_MAX};
    struct run_span span;
    struct err err;
    u64 events = run_thread(run, thread)->events, at = events > TAIL ? events - TAIL : 0;
    while (at < events && run_read_some(run, thread, at, COLUMN_SITE, &span, &err) && span.count)
        for (u32 i = 0; i < span.count; i++, at++)
            note_tail(&tail, run_site(run, span.site[i]), at);
    return tail;
}

/* What tails are judged by. */
struct judging {
    struct run *run;
    bool tells_returns; /* a call without one did not come back; else nothing is known of it */
    bool may_be_eager;  /* returns of waits may be told at once, although they have not ended */
    bool may_hold;      /* some thread is entering a critical section, and another may hold it */
    u64 last_seq;       /* of what threads did */
};

static bool is_wait(u32 op)
{
    u8 role = role_of(op).role;
    return role == ROLE_WAIT || role == ROLE_SIGNAL_AND_WAIT;
}

static bool is_endless(const struct event *wait)
{
    return !event_tells(wait, F_wait_begin_deadline) || wait->v[F_wait_begin_deadline] == UINT64_MAX;
}

/* A wait that is told to return at once although its object is not signalled: then nothing follows the return. */
static bool is_phantom(const struct judging *j, u32 thread, const struct tail *t)
{
    struct event wait, answer;
    struct err err;
    u64 hz = run_clock(j->run)->hz;
    if (!j->may_be_eager || !t->has_return || t->wait == UINT64_MAX || !is_wait(t->op) ||
        !run_event(j->run, thread, t->wait, &wait, &err) || !run_event(j->run, thread, t->answer, &answer, &err))
        return false;
    return is_endless(&wait) && (!hz || answer.time - wait.time <= hz / AT_ONCE);
}

/* An endless wait that has no return although the log goes on: the engine tells them when they end. */
static bool shows_patience(const struct judging *j, u32 thread, const struct tail *t)
{
    struct event wait;
    struct err err;
    return t->wait != UINT64_MAX && !t->has_return && is_wait(t->op) &&
           run_event(j->run, thread, t->wait, &wait, &err) && is_endless(&wait) &&
           wait.seq + WAIT_AT_ONCE < j->last_seq;
}

static bool can_block(u32 op)
{
    u8 role = role_of(op).role;
    return is_wait(op) || role == ROLE_DELAY || (role == ROLE_ENTER && !role_is_try(op)) || role == ROLE_READ ||
           role == ROLE_WRITE || role == ROLE_SUSPEND;
}

/* The log tells of all that happened, from the start of the title on. */
static bool is_whole(const struct run *run, const struct coverage *c)
{
    u32 without_beginning = 0;
    for (u32 i = 0; i < run_thread_count(run); i++)
        without_beginning += run_thread(run, i)->keys && !run_thread(run, i)->created;
    return without_beginning <= 1 && !coverage_dropped(c) && !coverage_cap(c) && coverage_has_all_threads(c) &&
           coverage_has_all_times(c);
}

/* Every section that was entered was left again, unless the log lacks some of that, or does not tell which tries were
 * lucky: then who is entering one waits for nobody. */
static bool may_hold_section(struct run *run, const struct coverage *c)
{
    u64 entered = 0, left = 0;
    if (!is_whole(run, c))
        return true;
    for (u32 i = 0; i < run_site_count(run); i++) {
        const struct run_site *site = run_site(run, i);
        u8 role = role_of(site->op).role;
        bool is_enter = role == ROLE_ENTER && site->kind == EVENT_return, is_leave = role == ROLE_LEAVE;
        if ((is_enter || is_leave) && !coverage_has_op(c, site->op))
            return true;
        if (is_enter && role_is_try(site->op))
            return true;
        entered += is_enter ? site->count : 0;
        left += is_leave && site->kind == EVENT_call ? site->count : 0;
    }
    return entered != left;
}

/* In a section's entry, and whether it waits there is not told. */
static bool is_entering(const struct tail *t)
{
    return t->has_call && !t->has_return && t->wait == UINT64_MAX && role_of(t->op).role == ROLE_ENTER &&
           !role_is_try(t->op);
}

/* The log ends while the thread is in a call that blocks nobody. */
static bool is_cut_off(const struct judging *j, u32 thread, const struct tail *t)
{
    if (is_entering(t))
        return !j->may_hold;
    return t->wait == UINT64_MAX && !can_block(t->op) &&
           run_thread(j->run, thread)->last_seq + CUT_WITHIN >= j->last_seq;
}

static u8 end_of(const struct judging *j, u32 thread, const struct tail *tail)
{
    const struct run_thread *t = run_thread(j->run, thread);
    if (t->exited || (tail->has_call && !tail->has_return && role_of(tail->op).role == ROLE_EXIT))
        return ENDS_EXITED;
    if (!t->events)
        return t->created ? ENDS_SUSPENDED : ENDS_UNKNOWN;
    if (!tail->has_call || (!tail->has_return && !j->tells_returns && tail->wait == UINT64_MAX))
        return ENDS_UNKNOWN;
    if (tail->has_return)
        return is_phantom(j, thread, tail) ? ENDS_BLOCKED : ENDS_RUNNING;
    return is_cut_off(j, thread, tail) ? ENDS_RUNNING : ENDS_BLOCKED;
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

/* One signal may not be enough. */
static bool needs_all(const struct event *wait)
{
    return event_tells(wait, F_wait_begin_all) ? wait->v[F_wait_begin_all] : wait->v[F_wait_begin_count] > 1;
}

/* Whom the event at this position wakes from the wait that it is in, and had no time to go on. False: it lies too far
 * back. */
static bool note_wake(struct ends *ends, const struct judging *j, const struct tail *tails, u32 place, u64 at)
{
    struct event e, wait;
    struct err err;
    struct run_span span;
    if (!run_read_some(j->run, place, at, COLUMN_SITE, &span, &err) || !span.count)
        return false;
    u8 value = ends_waiter_value(run_site(j->run, span.site[0])->kind);
    if (value == JOURNAL_NO_VALUE || !run_event(j->run, place, at, &e, &err) || !event_tells(&e, value))
        return true;
    if (e.seq + WOKEN_WITHIN < j->last_seq)
        return false;
    u32 woken = run_thread_place(j->run, (u32)e.v[value]);
    if (woken == UINT32_MAX || ends->of[woken] != ENDS_BLOCKED || tails[woken].wait == UINT64_MAX ||
        !run_event(j->run, woken, tails[woken].wait, &wait, &err) || wait.seq > e.seq ||
        (e.seq + CUT_WITHIN < j->last_seq && needs_all(&wait)))
        return true;
    ends->of[woken] = ENDS_RUNNING;
    ends->is_woken[woken] = true;
    return true;
}

static void note_woken(struct ends *ends, const struct judging *j, const struct tail *tails, u32 place)
{
    const struct run_thread *t = run_thread(j->run, place);
    if (!t->events || t->last_seq + WOKEN_WITHIN < j->last_seq)
        return;
    u64 first = t->events > WOKEN_WITHIN ? t->events - WOKEN_WITHIN : 0;
    for (u64 at = t->events; at > first && note_wake(ends, j, tails, place, at - 1);)
        at--;
}

static struct tail *read_tails(struct judging *j)
{
    u32 threads = run_thread_count(j->run);
    bool enter = false;
    struct tail *tails = calloc(threads + 1u, sizeof *tails);
    CHECK(tails, "out of memory");
    struct coverage *coverage = coverage_read(run_journal(j->run));
    j->tells_returns = coverage_tells(coverage, "return");
    j->may_be_eager = !sites_have(j->run, EVENT_wait_end);
    for (u32 i = 0; i < threads; i++) {
        const struct run_thread *t = run_thread(j->run, i);
        tails[i] = tail_of(j->run, i);
        enter |= is_entering(&tails[i]);
        if (t->keys && t->last_seq > j->last_seq)
            j->last_seq = t->last_seq;
    }
    for (u32 i = 0; i < threads && j->may_be_eager && j->tells_returns; i++)
        j->may_be_eager = !shows_patience(j, i, &tails[i]);
    j->may_be_eager = j->may_be_eager || sites_have(j->run, EVENT_snapshot);
    j->may_hold = enter && (!j->tells_returns || may_hold_section(j->run, coverage));
    coverage_destroy(coverage);
    return tails;
}

void ends_init(struct ends *ends, struct run *run)
{
    u32 threads = run_thread_count(run);
    struct judging j = {.run = run};
    *ends = (struct ends){.run = run,
                          .of = calloc(threads + 1, 1),
                          .is_woken = calloc(threads + 1, 1),
                          .last = calloc(threads + 1, sizeof *ends->last)};
    CHECK(ends->of && ends->is_woken && ends->last, "out of memory");
    ends->entering = UINT32_MAX;
    struct tail *tails = read_tails(&j);
    for (u32 i = 0; i < threads; i++)
        ends->of[i] = end_of(&j, i, &tails[i]);
    note_run_end(ends);
    for (u32 i = 0; i < threads && !(ends->has_end && ends->reason == END_WEDGED); i++)
        note_woken(ends, &j, tails, i);
    for (u32 i = 0; i < threads; i++) {
        ends->last[i] = tails[i].has_call ? tails[i].call : UINT64_MAX;
        ends->running += ends->of[i] == ENDS_RUNNING;
        if (j.may_hold && is_entering(&tails[i]) && run_thread(run, i)->last_seq == j.last_seq)
            ends->entering = i;
        ends->is_cut |= ends->of[i] == ENDS_RUNNING &&
                        (ends->is_woken[i] || run_thread(run, i)->last_seq + CUT_WITHIN >= j.last_seq);
        ends->blocked += ends->of[i] == ENDS_BLOCKED;
        if (run_thread(run, i)->events && run_thread(run, i)->last_seq > ends->last_seq)
            ends->last_seq = run_thread(run, i)->last_seq;
    }
    free(tails);
}

void ends_finish(struct ends *ends)
{
    free(ends->of);
    free(ends->is_woken);
    free(ends->last);
    *ends = (struct ends){0};
}

bool ends_is_wedged(const struct ends *ends)
{
    if (ends->has_end)
        return ends->reason == END_WEDGED;
    return ends->blocked && ends->running <= 1 && !ends->is_cut;
}

const char *ends_name(u8 end)
{
    static const char *const names[] = {"unknown", "exited", "blocked", "never ran", "running"};
    return end < countof(names) ? names[end] : "unknown";
}
