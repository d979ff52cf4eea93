/* SPDX-License-Identifier: BSD-3-Clause
 * Putting a run's waits and deeds in order (diff/signals.h). */
#include "diff/signals.h"
#include "diff/ends.h"
#include "diff/objects_pass.h"

#include <stdlib.h>

static u8 kind_of_signal(u8 role)
{
    switch (role) {
    case ROLE_SET:
        return DEED_SET;
    case ROLE_PULSE:
        return DEED_PULSE;
    case ROLE_EXIT:
        return DEED_EXIT;
    case ROLE_ARM:
        return DEED_EXPIRE;
    default:
        return DEED_RELEASE;
    }
}

/* How far before its end the call that ends a thread is looked for. */
enum { EXIT_REACH = 8 };

/* The call that ended a thread, where the event of its end tells none. */
static const struct run_site *exit_site(struct run *run, const struct object_signal *x)
{
    const struct run_site *site = run_site(run, x->site), *found = site;
    struct run_span span;
    struct err err;
    u64 from = x->position > EXIT_REACH ? x->position - EXIT_REACH : 0;
    for (u64 at = from; at < x->position && run_read_some(run, x->place, at, COLUMN_SITE, &span, &err) && span.count;
         at = span.position + span.count)
        for (u32 i = 0; i < span.count && span.position + i < x->position; i++) {
            const struct run_site *other = run_site(run, span.site[i]);
            if (other->kind == EVENT_call && role_of(other->op).role == ROLE_EXIT)
                found = other;
        }
    return found;
}

static struct signal_deed deed_of_signal(const struct signals *s, const struct object_signal *x)
{
    const struct run_site *site = run_site(s->run, x->site);
    if (x->role == ROLE_EXIT && !site->op)
        site = exit_site(s->run, x);
    return (struct signal_deed){.seq = x->seq,
                                .time = x->time,
                                .position = x->position,
                                .place = x->place,
                                .op = site->op,
                                .lr = site->lr,
                                .object = x->object,
                                .kind = kind_of_signal(x->role)};
}

static u8 kind_of_call(u8 role)
{
    switch (role) {
    case ROLE_ARM:
        return DEED_ARM;
    case ROLE_CANCEL:
        return DEED_CANCEL;
    case ROLE_RESET:
        return DEED_RESET;
    case ROLE_RESUME:
        return DEED_RESUME;
    case ROLE_SUSPEND:
        return DEED_SUSPEND;
    default:
        return DEED_NONE;
    }
}

/* A log that does not tell whom a resume was for: the thread that the caller made last. */
static u32 last_made(const struct signals *s, u32 place)
{
    for (u32 i = s->deed_count; i > 0; i--)
        if (s->deeds[i - 1].kind == DEED_SPAWN && s->deeds[i - 1].place == place)
            return s->deeds[i - 1].object;
    return (u32)SIGNALS_NONE;
}

static u32 object_of(const struct signals *s, const struct mark *m, u8 kind)
{
    if (kind == DEED_SPAWN) {
        u32 child = m->missing >> F_thread_create_child & 1
                        ? UINT32_MAX
                        : run_thread_place(s->run, (u32)m->v[F_thread_create_child]);
        return child == UINT32_MAX ? (u32)SIGNALS_NONE : objects_by_thread(&s->objects, child);
    }
    if (!(m->missing & 1) && m->v[0])
        return objects_by_handle(&s->objects, m->v[0], m->seq + 1);
    return kind == DEED_RESUME ? last_made(s, m->place) : (u32)SIGNALS_NONE;
}

/* An event that tells no call of its own belongs to the thread's last. */
static const struct run_site *site_of(const struct signals *s, const struct mark *m)
{
    const struct run_site *site = run_site(s->run, m->site);
    return site->op || m->call_site == UINT32_MAX ? site : run_site(s->run, m->call_site);
}

/* What is no signal: kept as it comes, since objects are known at the end of the pass only. */
struct calls {
    struct mark *rows;
    u32 count;
};

static void keep_call(void *context, const struct mark *mark)
{
    struct calls *c = context;
    if (!(c->count & (c->count - 1))) {
        c->rows = realloc(c->rows, (c->count ? c->count * 2 : 1) * sizeof *c->rows);
        CHECK(c->rows, "out of memory");
    }
    c->rows[c->count++] = *mark;
}

static u8 *wanted_calls(const struct run *run, const struct site_fact *facts)
{
    u8 *wanted = calloc(run_site_count(run) + 1u, 1);
    CHECK(wanted, "out of memory");
    for (u32 i = 0; i < run_site_count(run); i++)
        wanted[i] = facts[i].kind == EVENT_thread_create ||
                    (facts[i].kind == EVENT_call && kind_of_call(facts[i].role.role) != DEED_NONE);
    return wanted;
}

static void take_calls(struct signals *s, const struct calls *calls)
{
    s->deeds = malloc((calls->count + 1u) * sizeof *s->deeds);
    CHECK(s->deeds, "out of memory");
    for (u32 i = 0; i < calls->count; i++) {
        const struct mark *m = &calls->rows[i];
        u8 kind = m->kind == EVENT_thread_create ? DEED_SPAWN : kind_of_call(s->facts[m->site].role.role);
        u32 object = object_of(s, m, kind);
        s->deeds[s->deed_count++] = (struct signal_deed){.seq = m->seq,
                                                         .time = m->time,
                                                         .position = m->position,
                                                         .place = m->place,
                                                         .op = site_of(s, m)->op,
                                                         .lr = site_of(s, m)->lr,
                                                         .object = object,
                                                         .kind = kind};
    }
}

/* Objects, waits and calls in one pass. */
static bool take_views(struct signals *s, struct err *err)
{
    struct calls calls = {0};
    u8 *wanted = wanted_calls(s->run, s->facts);
    struct objects_pass pass = {.wanted = wanted, .note = keep_call, .context = &calls};
    bool ok = waits_make_along(&s->waits, &s->objects, s->run, &pass, err);
    if (ok)
        take_calls(s, &calls);
    free(calls.rows);
    free(wanted);
    return ok;
}

static u64 *numbers_for(u32 count)
{
    u64 *numbers = malloc((count + 1u) * sizeof *numbers);
    CHECK(numbers, "out of memory");
    return numbers;
}

/* Puts the signals and the calls that are there into one list. */
static void take_signals(struct signals *s)
{
    struct signal_deed *calls = s->deeds;
    const struct objects *o = &s->objects;
    u32 call_count = s->deed_count, count = call_count + o->signal_count, call = 0;
    s->deeds = malloc((count + 1u) * sizeof *s->deeds);
    CHECK(s->deeds, "out of memory");
    s->deed_count = count;
    for (u32 i = 0; i < count; i++) {
        const struct object_signal *x = i - call < o->signal_count ? &o->signals[o->in_order[i - call]] : NULL;
        if (call < call_count && (!x || calls[call].seq <= x->seq))
            s->deeds[i] = calls[call++];
        else
            s->deeds[i] = deed_of_signal(s, x);
    }
    free(calls);
}

static void take_waits(struct signals *s)
{
    s->wait_count = s->waits.count;
    u64 *numbers = numbers_for(s->wait_count);
    for (u32 i = 0; i < s->wait_count; i++) {
        struct wait *w = &s->waits.rows[i];
        if (!wait_is_open(w) && w->ended_by == OBJECTS_NONE && !(w->has_status && w->status >= 64)) {
            w->ended_by = wait_result_object(w);
            w->by_result = true;
        }
        numbers[i] = s->waits.rows[i].begin_seq;
    }
    s->order = order_make(numbers, s->wait_count);
    free(numbers);
}

static struct signal_deed *deed_at(struct signals *s, u64 seq)
{
    u32 low = 0, high = s->deed_count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (s->deeds[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    CHECK(low < s->deed_count && s->deeds[low].seq == seq, "a signal that is no deed");
    return &s->deeds[low];
}

/* What is guessed of a wait is guessed of the deed that ended it. */
static void take_guesses(struct signals *s)
{
    if (!objects_unknown_signals(&s->objects))
        return;
    waits_guess(&s->waits);
    for (u32 i = 0; i < s->wait_count; i++) {
        const struct wait *w = &s->waits.rows[i];
        if (w->waker != WAKER_GUESSED)
            continue;
        struct signal_deed *d = deed_at(s, w->waker_seq);
        d->object = wait_result_object(w);
        d->guessed = true;
    }
}

static struct signals *begin(struct run *run)
{
    struct signals *s = calloc(1, sizeof *s);
    CHECK(s, "out of memory");
    s->run = run;
    s->facts = sites_make(run);
    for (u32 i = 0; i < run_thread_count(run); i++) {
        const struct run_thread *t = run_thread(run, i);
        s->last_seq = t->last_seq > s->last_seq ? t->last_seq : s->last_seq;
        s->last_time = t->last_time > s->last_time ? t->last_time : s->last_time;
    }
    return s;
}

static struct signals *finish(struct signals *s, bool ok)
{
    if (!ok) {
        signals_free(s);
        return NULL;
    }
    take_signals(s);
    take_waits(s);
    take_guesses(s);
    signals_group(s);
    return s;
}

/* Whom a signal has woken hangs no more, though the log has nothing of it behind that. */
static void take_woken(struct signals *s)
{
    struct ends ends;
    ends_init(&ends, s->run);
    for (u32 place = 0; place < run_thread_count(s->run); place++) {
        u32 open = waits_open(&s->waits, place);
        if (open != UINT32_MAX)
            s->waits.rows[open].is_woken = ends.is_woken[place];
    }
    ends_finish(&ends);
}

struct signals *signals_make(struct run *run, struct err *err)
{
    struct signals *s = begin(run);
    bool ok = take_views(s, err);
    if (ok)
        take_woken(s);
    return finish(s, ok);
}

struct signals *signals_make_bare(struct run *run, struct err *err)
{
    struct signals *s = begin(run);
    s->waits = (struct waits){.run = run, .objects = &s->objects};
    s->waits.first = calloc(run_thread_count(run) + 1u, sizeof *s->waits.first);
    CHECK(s->waits.first, "out of memory");
    return finish(s, objects_make_bare(&s->objects, run, s->facts, err));
}

void signals_free(struct signals *s)
{
    if (!s)
        return;
    waits_free(&s->waits);
    objects_free(&s->objects);
    free(s->facts);
    free(s->order);
    free(s->deeds);
    free(s->hangs);
    groups_free(&s->waits_by_place);
    groups_free(&s->ended_by_object);
    groups_free(&s->deeds_by_place);
    groups_free(&s->deeds_on_object);
    groups_free(&s->deeds_on_thread);
    free(s);
}
