/* SPDX-License-Identifier: BSD-3-Clause
 * Questions to a run's gathered signals (diff/signals.h). */
#include "diff/marks.h"
#include "diff/signals.h"

/* Enters and leaves looked at, from a thread's end backwards. */
enum { OWNER_REACH = 4096 };

bool signals_is_signal(u8 kind)
{
    return kind >= DEED_SET && kind <= DEED_LEAVE;
}

bool signals_hangs(const struct wait *w)
{
    return wait_is_open(w) && !w->is_woken && w->deadline == UINT64_MAX && w->object_count;
}

const struct wait *signals_open_wait(const struct signals *s, u32 place)
{
    u32 open = waits_open(&s->waits, place);
    return open != UINT32_MAX && signals_hangs(&s->waits.rows[open]) ? &s->waits.rows[open] : NULL;
}

bool signals_wait_has(const struct wait *w, u32 object)
{
    for (u32 i = 0; i < WAIT_OBJECTS && object != OBJECTS_NONE; i++)
        if (w->objects[i] == object)
            return true;
    return false;
}

static bool is_waker(const struct wait *w, const struct signal_deed *d)
{
    if (w->waker != WAKER_TOLD || w->waker_place == UINT32_MAX)
        return false;
    return d->place == w->waker_place &&
           (w->waker_lr ? d->lr == w->waker_lr : d->kind == DEED_EXIT || d->kind == DEED_EXPIRE);
}

/* The last of them up to, and with, the wait's end that is a signal; by_waker: and the waker's. */
static const struct signal_deed *last_until(const struct signals *s, struct signals_list deeds, const struct wait *w,
                                            bool by_waker)
{
    u32 low = 0, high = deeds.count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (s->deeds[deeds.rows[middle]].seq <= w->end_seq)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low > 0; low--) {
        const struct signal_deed *d = &s->deeds[deeds.rows[low - 1]];
        if (signals_is_signal(d->kind) && (!by_waker || is_waker(w, d)))
            return d;
    }
    return NULL;
}

static const struct signal_deed *by_waker(const struct signals *s, const struct wait *w)
{
    bool may_be_told = w->waker == WAKER_TOLD && w->waker_place != UINT32_MAX;
    return may_be_told ? last_until(s, signals_deeds_of(s, w->waker_place), w, true) : NULL;
}

const struct signal_deed *signals_ender(const struct signals *s, const struct wait *w)
{
    const struct signal_deed *told = by_waker(s, w);
    return told ? told : last_until(s, signals_deeds_on(s, w->ended_by), w, false);
}

const struct signal_deed *signals_ender_told(const struct signals *s, const struct wait *w)
{
    return w->by_result ? by_waker(s, w) : signals_ender(s, w);
}

static u32 alias_of(const struct signals *s, u32 object, bool is_address)
{
    const struct object *o = &s->objects.rows[object];
    for (u32 i = 0; i < o->alias_count; i++) {
        const struct object_alias *a = &s->objects.aliases[o->first_alias + i];
        bool is_one = a->how == ALIAS_ADDRESS || a->how == ALIAS_REFERENCED;
        if (is_one == is_address && a->value)
            return (u32)a->value;
    }
    return 0;
}

u32 signals_handle(const struct signals *s, u32 object)
{
    return alias_of(s, object, false);
}

u32 signals_address(const struct signals *s, u32 object)
{
    return alias_of(s, object, true);
}

/* Looks this far for the return. */
enum { RETURN_REACH = 16 };

static bool find_return(const struct signals *s, const struct signal_deed *d, u64 *at)
{
    struct run_span span;
    struct err err;
    u64 end = d->position + RETURN_REACH;
    for (*at = d->position + 1;
         *at < end && run_read_some(s->run, d->place, *at, COLUMN_SITE, &span, &err) && span.count;)
        for (u32 i = 0; i < span.count && *at < end; i++, ++*at) {
            const struct run_site *site = run_site(s->run, span.site[i]);
            if (site->kind == EVENT_call || (site->kind == EVENT_return && site->op == d->op))
                return site->kind == EVENT_return;
        }
    return false;
}

bool signals_result(const struct signals *s, const struct signal_deed *d, u32 *result)
{
    struct event e;
    struct err err;
    u64 at;
    if (!find_return(s, d, &at) || !run_event(s->run, d->place, at, &e, &err))
        return false;
    *result = (u32)e.v[F_return_result];
    return event_tells(&e, F_return_result);
}

bool signals_result_alone(const struct signals *s, const struct signal_deed *d, u32 *result)
{
    struct mark mark;
    struct err err;
    u64 at;
    if (!find_return(s, d, &at) || !marks_at(s->run, s->facts, d->place, &at, 1, &mark, &err))
        return false;
    *result = (u32)mark.v[F_return_result];
    return !(mark.missing >> F_return_result & 1);
}

struct holding {
    const struct signals *s;
    u32 place;
    u32 address;
    u32 left; /* how many leaves still want their enter */
    struct signal_deed deed;
};

/* A try that failed is no enter. */
static bool has_failed(const struct holding *h, u64 position)
{
    struct event e;
    struct err err;
    return run_event(h->s->run, h->place, position + 1, &e, &err) && e.kind == EVENT_return && role_is_try(e.op) &&
           !e.v[F_return_result];
}

/* True: this is where the thread entered what it still holds. */
static bool step_back(struct holding *h, u64 position)
{
    struct event e;
    struct err err;
    if (!run_event(h->s->run, h->place, position, &e, &err) || !event_tells(&e, F_call_a0) ||
        (u32)e.v[F_call_a0] != h->address)
        return false;
    if (role_of(e.op).role == ROLE_LEAVE) {
        h->left++;
        return false;
    }
    if (has_failed(h, position))
        return false;
    if (h->left) {
        h->left--;
        return false;
    }
    h->deed = (struct signal_deed){.seq = e.seq,
                                   .time = e.time,
                                   .position = position,
                                   .place = h->place,
                                   .op = e.op,
                                   .lr = e.lr,
                                   .kind = DEED_ENTER};
    return true;
}

static bool is_of_section(const struct signals *s, u32 site)
{
    const struct site_fact *fact = &s->facts[site];
    return fact->kind == EVENT_call && (fact->role.role == ROLE_ENTER || fact->role.role == ROLE_LEAVE);
}

/* The thread's enters and leaves among the OWNER_REACH events before a position, in order. */
static u32 find_calls(const struct signals *s, u32 place, u64 before, u64 *positions)
{
    struct run_span span;
    struct err err;
    u32 count = 0;
    u64 at = before > OWNER_REACH ? before - OWNER_REACH : 0;
    while (at < before && run_read_some(s->run, place, at, COLUMN_SITE, &span, &err) && span.count) {
        for (u32 i = 0; i < span.count && span.position + i < before; i++)
            if (is_of_section(s, span.site[i]))
                positions[count++] = span.position + i;
        at = span.position + span.count;
    }
    return count;
}

static bool holds(struct holding *h, u64 before)
{
    u64 positions[OWNER_REACH];
    u32 count = find_calls(h->s, h->place, before, positions);
    while (count > 0)
        if (step_back(h, positions[--count]))
            return true;
    return false;
}

/* Where a thread's last enter is to be looked for: the one that it hangs in is no holding. */
static u64 end_of(const struct signals *s, u32 place)
{
    const struct wait *w = signals_open_wait(s, place);
    if (!w)
        return run_thread(s->run, place)->events;
    return w->call - (role_of(w->op).role == ROLE_ENTER && w->call > 0);
}

u32 signals_owner(const struct signals *s, u32 object, struct signal_deed *deed)
{
    u32 address = signals_address(s, object);
    for (u32 i = 0; address && i < run_thread_count(s->run); i++) {
        struct holding h = {.s = s, .place = i, .address = address};
        if (!holds(&h, end_of(s, i)))
            continue;
        *deed = h.deed;
        return i;
    }
    return (u32)SIGNALS_NONE;
}

/* More suspended than resumed. */
static bool is_suspended(const struct signals *s, u32 place)
{
    s64 depth = 0;
    struct signals_list deeds = signals_deeds_on_thread(s, place);
    for (u32 i = 0; i < deeds.count; i++) {
        const struct signal_deed *d = &s->deeds[deeds.rows[i]];
        depth += d->kind == DEED_SUSPEND ? 1 : d->kind == DEED_RESUME && depth > 0 ? -1 : 0;
    }
    return depth > 0;
}

bool signals_tell_waits(const struct signals *s)
{
    const struct journal_reader *r = run_journal(s->run);
    return s->wait_count || (journal_get(r, "end.reason") && !journal_get(r, "source.count"));
}

enum signals_state signals_state_of(const struct signals *s, u32 place)
{
    const struct run_thread *t = run_thread(s->run, place);
    if (!t->events)
        return SIGNALS_NEVER_RAN;
    const struct wait *w = signals_open_wait(s, place);
    if (w)
        return SIGNALS_BLOCKED;
    struct signals_list deeds = signals_deeds_of(s, place);
    for (u32 i = deeds.count; i > 0; i--)
        if (s->deeds[deeds.rows[i - 1]].kind == DEED_EXIT)
            return SIGNALS_ENDED;
    if (t->exited)
        return SIGNALS_ENDED;
    return is_suspended(s, place) ? SIGNALS_SUSPENDED : SIGNALS_RUNS;
}

const char *signals_state_name(enum signals_state state)
{
    static const char *const names[] = {"running", "blocked", "ended", "never ran", "suspended"};
    return names[state];
}
