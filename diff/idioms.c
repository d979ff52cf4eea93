/* SPDX-License-Identifier: BSD-3-Clause
 * Finding the steps around each wait (diff/idioms.h). Linear: a thread's waits, deeds and births side by side. */
#include "diff/idioms.h"
#include "schema/export.h"
#include "schema/noise.h"

#include <stdlib.h>

enum { ALIASES_LOOKED_AT = 16 };

static const char *const names[] = {
#define IDIOM(name, text, ...) text,
#include "diff/idioms.def"
};

static const char *const step_names[] = {"create", "duplicate", "arm",     "signal", "wait",
                                         "woken",  "reset",     "release", "close"};

const char *idiom_name(u8 idiom)
{
    return names[idiom];
}

const char *idiom_step_name(u8 kind)
{
    return step_names[kind];
}

void idioms_begin(struct idioms *x, const struct signals *signals)
{
    const struct objects *o = &signals->objects;
    u32 *places = malloc((o->count + 1u) * sizeof *places);
    CHECK(places, "out of memory");
    *x = (struct idioms){.signals = signals};
    for (u32 i = 0; i < o->count; i++)
        places[i] = o->rows[i].place;
    groups_make(&x->births, NULL, o->count, places, run_thread_count(signals->run));
    free(places);
}

void idioms_end(struct idioms *x)
{
    groups_free(&x->births);
}

u64 idiom_step_position(const struct idioms *x, const struct idiom_step *step)
{
    return step->position != UINT64_MAX ? step->position : run_position_at_seq(x->signals->run, step->place, step->seq);
}

/* ---- One thread. ---- */

struct walk {
    const struct idioms *x;
    const struct signals *s;
    u32 place;
    struct signals_list deeds;
    const u32 *births;
    u32 birth_count;
    u32 deed, birth; /* the first that are not behind the round's begin */
};

static bool counts(const struct wait *w)
{
    bool is_poll = w->has_deadline && w->deadline <= w->begin_time;
    return w->object_count && noise_class(w->op) == NOISE_NONE && !is_poll && w->objects[0] != OBJECTS_NONE;
}

/* In the order of the run. */
static void add_step(struct idiom_round *r, struct idiom_step step)
{
    u32 at = r->step_count;
    if (at == IDIOM_STEPS)
        return;
    for (; at > 0 && r->steps[at - 1].seq > step.seq; at--)
        r->steps[at] = r->steps[at - 1];
    r->steps[at] = step;
    r->step_count++;
}

static struct idiom_step step_of(u8 kind, const struct signal_deed *d)
{
    return (struct idiom_step){.kind = kind,
                               .guessed = d->guessed,
                               .op = d->op,
                               .lr = d->lr,
                               .place = d->place,
                               .position = d->position,
                               .seq = d->seq};
}

static bool is_signal_call(u8 kind)
{
    return kind == DEED_SET || kind == DEED_PULSE || kind == DEED_RELEASE;
}

static u8 type_of(const struct walk *k, u32 object)
{
    return object == OBJECTS_NONE ? (u8)OBJECT_OTHER : k->s->objects.rows[object].type;
}

/* A signal of an object that is not told could be for one of this type. */
static bool could_be_for(const struct signal_deed *d, u8 type)
{
    if (type == OBJECT_EVENT)
        return d->kind == DEED_SET || d->kind == DEED_PULSE;
    return type == OBJECT_SEMAPHORE || type == OBJECT_MUTANT ? d->kind == DEED_RELEASE : type != OBJECT_THREAD;
}

/* Who ended the wait is known to be another thread, so that no signal of its own did. */
static bool is_woken_by_other(const struct wait *w)
{
    return w->waker != WAKER_NONE && w->waker != WAKER_UNKNOWN && w->waker_place != w->place;
}

/* The last signal of this object since the wait before; if there is none, the last of another. */
static void add_signal(const struct walk *k, struct idiom_round *r, const struct signal_deed *own,
                       const struct signal_deed *other)
{
    const struct signal_deed *d = own ? own : other;
    if (!d)
        return;
    struct idiom_step step = step_of(STEP_SIGNAL, d);
    step.is_own = own != NULL;
    step.guessed = d->guessed || (!own && d->object == (u32)SIGNALS_NONE && could_be_for(d, type_of(k, r->object)) &&
                                  !is_woken_by_other(r->wait));
    add_step(r, step);
}

static void add_before(struct walk *k, struct idiom_round *r, u64 from)
{
    const struct wait *w = r->wait;
    const struct signal_deed *own = NULL, *other = NULL, *arm = NULL;
    for (; k->deed < k->deeds.count; k->deed++) {
        const struct signal_deed *d = &k->s->deeds[k->deeds.rows[k->deed]];
        if (d->seq >= w->begin_seq && d->position != w->call)
            break;
        if (d->seq <= from)
            continue;
        bool is_this = d->object != (u32)SIGNALS_NONE && signals_wait_has(w, d->object);
        if (is_signal_call(d->kind) && is_this)
            own = d;
        else if (is_signal_call(d->kind) && type_of(k, d->object) != OBJECT_MUTANT)
            other = d;
        else if (d->kind == DEED_ARM && is_this)
            arm = d;
    }
    add_signal(k, r, own, other);
    if (arm)
        add_step(r, step_of(STEP_ARM, arm));
}

/* Duplicates of the object; of one whose handles are not told, any that the thread made meanwhile. */
static void add_duplicate(struct walk *k, struct idiom_round *r, u64 from)
{
    const struct objects *all = &k->s->objects;
    const struct object *o = &all->rows[r->object];
    const struct object_alias *found = NULL;
    for (u32 i = 0; i < o->alias_count && i < ALIASES_LOOKED_AT; i++) {
        const struct object_alias *a = &all->aliases[o->first_alias + i];
        if (a->how == ALIAS_DUPLICATED && a->place == k->place && a->from_seq > from &&
            a->from_seq < r->wait->begin_seq)
            found = a;
    }
    bool guessed = !found;
    for (; k->birth < k->birth_count && all->rows[k->births[k->birth]].seq < r->wait->begin_seq; k->birth++) {
        const struct object *other = &all->rows[k->births[k->birth]];
        const struct object_alias *a = other->alias_count ? &all->aliases[other->first_alias] : NULL;
        if (guessed && a && a->how == ALIAS_DUPLICATE_OF_UNKNOWN && other->seq > o->seq)
            found = a;
    }
    if (found)
        add_step(r, (struct idiom_step){.kind = STEP_DUPLICATE,
                                        .guessed = guessed,
                                        .op = export_by_name("NtDuplicateObject")->op,
                                        .place = k->place,
                                        .position = found->position,
                                        .seq = found->from_seq});
}

static void add_birth(struct walk *k, struct idiom_round *r, u64 from)
{
    const struct object *o = &k->s->objects.rows[r->object];
    bool is_new = o->place == k->place && (o->seq > from || !from) && o->seq < r->wait->begin_seq;
    if (!is_new)
        return;
    add_step(
        r,
        (struct idiom_step){
            .kind = STEP_CREATE, .op = o->op, .lr = o->lr, .place = k->place, .position = o->position, .seq = o->seq});
    add_duplicate(k, r, from);
}

static void add_wait(const struct walk *k, struct idiom_round *r)
{
    const struct wait *w = r->wait;
    const struct signal_deed *d = wait_is_open(w) ? NULL : signals_ender_told(k->s, w);
    bool timed_out = w->has_status && w->status >= 64;
    d = !d && !wait_is_open(w) ? signals_ender(k->s, w) : d;
    add_step(
        r,
        (struct idiom_step){
            .kind = STEP_WAIT, .op = w->op, .lr = w->lr, .place = k->place, .position = w->call, .seq = w->begin_seq});
    if (wait_is_open(w) || timed_out)
        return;
    struct idiom_step woken = {.kind = STEP_WAKE, .place = k->place, .position = w->call};
    if (d)
        woken = step_of(STEP_WAKE, d);
    woken.seq = w->begin_seq + 1;
    add_step(r, woken);
}

static void add_after(const struct walk *k, struct idiom_round *r, u64 to)
{
    const struct wait *w = r->wait;
    const struct object *o = &k->s->objects.rows[r->object];
    for (u32 i = k->deed; i < k->deeds.count; i++) {
        const struct signal_deed *d = &k->s->deeds[k->deeds.rows[i]];
        if (d->seq >= to)
            break;
        bool is_this = d->object != (u32)SIGNALS_NONE && signals_wait_has(w, d->object) && d->seq > w->begin_seq + 1;
        if (is_this && (d->kind == DEED_RESET || (d->kind == DEED_RELEASE && o->type == OBJECT_MUTANT))) {
            add_step(r, step_of(d->kind == DEED_RESET ? STEP_RESET : STEP_RELEASE, d));
            break;
        }
    }
    if (o->place == k->place && o->end_seq > w->begin_seq + 1 && o->end_seq < to)
        add_step(r, (struct idiom_step){.kind = STEP_CLOSE,
                                        .op = export_by_name("NtClose")->op,
                                        .place = k->place,
                                        .position = UINT64_MAX,
                                        .seq = o->end_seq});
}

static const struct idiom_step *find_step(const struct idiom_round *r, u8 kind)
{
    for (u32 i = 0; i < r->step_count; i++)
        if (r->steps[i].kind == kind)
            return &r->steps[i];
    return NULL;
}

static u8 name_round(const struct walk *k, const struct idiom_round *r, bool is_again)
{
    const struct idiom_step *signal = find_step(r, STEP_SIGNAL);
    u8 type = type_of(k, r->object);
    if (type == OBJECT_THREAD)
        return IDIOM_JOIN;
    if (type == OBJECT_MUTANT)
        return IDIOM_LOCK;
    bool is_others = k->s->objects.rows[r->object].place != k->place;
    if (signal && (signal->is_own || !is_again || !is_others))
        return signal->is_own ? IDIOM_SELF_SIGNAL : IDIOM_HAND_OFF;
    if (find_step(r, STEP_ARM))
        return IDIOM_TIMED;
    if (find_step(r, STEP_RESET))
        return IDIOM_SET_RESET;
    if (find_step(r, STEP_CREATE) && find_step(r, STEP_CLOSE))
        return IDIOM_RENDEZVOUS;
    if (find_step(r, STEP_DUPLICATE))
        return IDIOM_DUPLICATE;
    return is_again && is_others ? IDIOM_CONSUME : IDIOM_WAIT;
}

static bool is_guessed(const struct idiom_round *r)
{
    const struct idiom_step *signal = find_step(r, STEP_SIGNAL);
    return (r->idiom == IDIOM_SELF_SIGNAL || r->idiom == IDIOM_HAND_OFF) ? signal && signal->guessed
           : r->idiom == IDIOM_DUPLICATE                                 ? find_step(r, STEP_DUPLICATE)->guessed
                                                                         : false;
}

static void fill(struct walk *k, struct idiom_round *r, const struct idiom_round *before, const struct wait *next)
{
    u64 from = before ? before->wait->begin_seq : 0;
    u64 to = next ? next->begin_seq : UINT64_MAX;
    r->object = r->wait->objects[0];
    r->goes_on = next || (!wait_is_open(r->wait) && run_thread(k->s->run, k->place)->exited);
    add_birth(k, r, from);
    add_before(k, r, from);
    add_wait(k, r);
    add_after(k, r, to);
    bool is_again = (before && before->object == r->object) || (next && next->objects[0] == r->object);
    r->idiom = name_round(k, r, is_again);
    r->guessed = is_guessed(r);
}

struct idiom_round *idioms_find(const struct idioms *x, u32 place, u32 *count)
{
    const struct waits *waits = &x->signals->waits;
    u32 first = waits->first[place], end = waits->first[place + 1];
    struct idiom_round *rounds = calloc(end - first + 1, sizeof *rounds);
    CHECK(rounds, "out of memory");
    struct walk k = {.x = x,
                     .s = x->signals,
                     .place = place,
                     .deeds = signals_deeds_of(x->signals, place),
                     .births = x->births.rows + x->births.first[place],
                     .birth_count = x->births.first[place + 1] - x->births.first[place]};
    *count = 0;
    for (u32 i = first; i < end; i++)
        if (counts(&waits->rows[i]))
            rounds[(*count)++].wait = &waits->rows[i];
    for (u32 i = 0; i < *count; i++)
        fill(&k, &rounds[i], i ? &rounds[i - 1] : NULL, i + 1 < *count ? rounds[i + 1].wait : NULL);
    return rounds;
}
