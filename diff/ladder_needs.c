/* SPDX-License-Identifier: BSD-3-Clause
 * What would let a blocked thread of B go on, as A has it: the signal that ended the same wait there, and who makes
 * such signals (diff/ladder.h). */
#include "diff/ladder.h"

#include <stdlib.h>

static struct ladder_need *add_need(struct ladder *l, u32 rung, u32 object)
{
    if (!(l->need_count & (l->need_count - 1))) {
        l->needs = realloc(l->needs, (l->need_count ? l->need_count * 2 : 1) * sizeof *l->needs);
        CHECK(l->needs, "out of memory");
    }
    struct ladder_rung *r = &l->rungs[rung];
    if (!r->need_count)
        r->first_need = l->need_count;
    r->need_count++;
    l->needs[l->need_count] = (struct ladder_need){
        .object = object,
        .object_a = object == (u32)LADDER_NONE ? (u32)LADDER_NONE : l->object_a[object],
        .state = LADDER_UNKNOWN,
        .place = (u32)LADDER_NONE,
        .turn_a = (u32)LADDER_NONE,
        .turn_b = (u32)LADDER_NONE,
        .next = (u32)LADDER_NONE,
    };
    return &l->needs[l->need_count++];
}

/* Who waits for an object since before that wait. */
static u32 count_waiting_before(const struct signals *s, u32 object, u32 wait)
{
    u32 count = 0;
    for (u32 i = 0; i < s->hang_count && s->hangs[i] < wait; i++)
        count += signals_wait_has(signals_wait(s, s->hangs[i]), object);
    return count;
}

static const struct signal_deed *nth_signal(const struct signals *s, u32 object, u32 n)
{
    struct signals_list deeds = signals_deeds_on(s, object);
    for (u32 i = 0; i < deeds.count; i++)
        if (signals_is_signal(s->deeds[deeds.rows[i]].kind) && n-- == 0)
            return &s->deeds[deeds.rows[i]];
    return NULL;
}

static u32 count_signals(const struct signals *s, u32 object)
{
    struct signals_list deeds = signals_deeds_on(s, object);
    u32 count = 0;
    for (u32 i = 0; i < deeds.count; i++)
        count += signals_is_signal(s->deeds[deeds.rows[i]].kind);
    return count;
}

/* A timer is the machine's to expire; whose turn it was is who armed it. */
static const struct signal_deed *armed_by(const struct signals *s, const struct signal_deed *d)
{
    struct signals_list deeds = signals_deeds_on(s, d->object);
    for (u32 i = d->kind == DEED_EXPIRE ? deeds.count : 0; i > 0; i--) {
        const struct signal_deed *other = &s->deeds[deeds.rows[i - 1]];
        if (other->seq < d->seq && other->kind == DEED_ARM)
            return other;
    }
    return d;
}

static void set_signal(struct ladder_need *need, const struct signal_deed *d)
{
    need->has_signal = d != NULL;
    if (d)
        need->signal = *d;
}

/* The thread that B's waits for and that A's counterpart waits for too, for ever. */
static bool waits_in_a(const struct ladder *l, const struct ladder_need *need, u32 place)
{
    u32 a = l->pairing.pairs[l->pairing.of_b[place]].a;
    const struct wait *w = a == PAIR_NOBODY ? NULL : signals_open_wait(l->signals_a, a);
    return w && need->object_a != (u32)LADDER_NONE && signals_wait_has(w, need->object_a);
}

/* is_several: which of the objects ended such a wait is not told, their signals alone are counted. */
static void find_signal(struct ladder *l, struct ladder_need *need, u32 wait, bool is_several)
{
    const struct signals *a = l->signals_a, *b = l->signals_b;
    if (need->object_a == (u32)LADDER_NONE)
        return;
    u32 n = signals_ended(b, need->object).count + count_waiting_before(b, need->object, wait);
    struct signals_list ended = signals_ended(a, need->object_a);
    const struct wait *counterpart = n < ended.count && !is_several ? signals_wait(a, ended.rows[n]) : NULL;
    const struct signal_deed *d = counterpart ? signals_ender(a, counterpart) : NULL;
    if (!d)
        d = nth_signal(a, need->object_a, count_signals(b, need->object));
    if (d && counterpart && d->seq > counterpart->end_seq)
        d = NULL; /* what ended it is not told */
    if (!d && waits_in_a(l, need, signals_wait(b, wait)->place))
        need->state = LADDER_AS_IN_A;
    set_signal(need, d ? armed_by(a, d) : NULL);
}

/* The first call of that kind, and from that LR unless it is 0, from a position on. */
static bool find_call(const struct signals *s, u32 place, u64 *at, u8 role, u32 lr)
{
    struct run_span span;
    struct err err;
    for (; run_read_some(s->run, place, *at, COLUMN_SITE, &span, &err) && span.count; *at = span.position + span.count)
        for (u32 i = 0; i < span.count; i++) {
            const struct site_fact *fact = &s->facts[span.site[i]];
            if (fact->kind == EVENT_call && fact->role.role == role &&
                (!lr || run_site(s->run, span.site[i])->lr == lr)) {
                *at = span.position + i;
                return true;
            }
        }
    return false;
}

/* Where A's thread leaves the section next after it entered where B's did; else its first leave of it at all. */
static void find_leave(struct ladder *l, struct ladder_need *need, u32 place_a, u32 enter_lr)
{
    u32 address = signals_address(l->signals_a, need->object_a);
    struct err err;
    struct event e;
    u64 at = 0;
    if (!find_call(l->signals_a, place_a, &at, ROLE_ENTER, enter_lr))
        at = 0;
    for (; find_call(l->signals_a, place_a, &at, ROLE_LEAVE, 0); at++) {
        if (!run_event(l->a, place_a, at, &e, &err) || !event_tells(&e, F_call_a0) || (u32)e.v[F_call_a0] != address)
            continue;
        set_signal(need, &(struct signal_deed){.seq = e.seq,
                                               .time = e.time,
                                               .position = at,
                                               .place = place_a,
                                               .op = e.op,
                                               .lr = e.lr,
                                               .object = need->object_a,
                                               .kind = DEED_LEAVE});
        return;
    }
}

/* A held section or mutant is its owner's to leave, whoever left it in A. */
static bool find_owner(struct ladder *l, struct ladder_need *need)
{
    if (need->object == (u32)LADDER_NONE)
        return false;
    u8 type = l->signals_b->objects.rows[need->object].type;
    if (type != OBJECT_CRITICAL_SECTION && type != OBJECT_MUTANT && type != OBJECT_OTHER)
        return false;
    u32 owner = signals_owner(l->signals_b, need->object, &need->made);
    if (owner == (u32)SIGNALS_NONE)
        return false;
    u32 a = l->pairing.pairs[l->pairing.of_b[owner]].a;
    need->place = owner;
    need->has_signal = false;
    if (a != PAIR_NOBODY && need->object_a != (u32)LADDER_NONE)
        find_leave(l, need, a, need->made.lr);
    need->next = ladder_rung_of(l, owner);
    need->state = need->next == (u32)LADDER_NONE ? LADDER_HELD : LADDER_BEFORE;
    return true;
}

static const struct signal_deed *deed_for_thread(const struct signals *s, u32 place, u8 kind)
{
    struct signals_list deeds = signals_deeds_on_thread(s, place);
    for (u32 i = 0; i < deeds.count; i++)
        if (s->deeds[deeds.rows[i]].kind == kind)
            return &s->deeds[deeds.rows[i]];
    return NULL;
}

static u64 last_seq_of(const struct signals *s, u32 object, u8 kind)
{
    struct signals_list deeds = signals_deeds_on(s, object);
    for (u32 i = deeds.count; i > 0; i--)
        if (s->deeds[deeds.rows[i - 1]].kind == kind && !s->deeds[deeds.rows[i - 1]].guessed)
            return s->deeds[deeds.rows[i - 1]].seq + 1;
    return 0;
}

/* A reset or a pulse that is told of the object, or of none. */
static bool may_have_reset(const struct signals *s, u32 object, u64 since)
{
    for (u32 i = s->deed_count; i > 0 && s->deeds[i - 1].seq >= since; i--) {
        const struct signal_deed *d = &s->deeds[i - 1];
        bool is_told = d->object != (u32)SIGNALS_NONE && !d->guessed;
        if ((d->kind == DEED_RESET || d->kind == DEED_PULSE) && (!is_told || d->object == object))
            return true;
    }
    return false;
}

/* The wait is for the object, or for something that is not told. */
static bool may_take(const struct wait *w, u32 object)
{
    u8 role = role_of(w->op).role;
    if (signals_wait_has(w, object) || w->object_count > WAIT_OBJECTS)
        return true;
    if (role != ROLE_WAIT && role != ROLE_SIGNAL_AND_WAIT)
        return false;
    for (u32 i = 0; i < w->object_count; i++)
        if (w->objects[i] == OBJECTS_NONE)
            return true;
    return !w->object_count;
}

/* An event that was set, and since then neither reset nor taken by a wait, be it one for several or for what is not
 * told. */
static bool is_signalled(const struct signals *s, u32 object)
{
    u64 set = last_seq_of(s, object, DEED_SET);
    if (s->objects.rows[object].type != OBJECT_EVENT || !set || may_have_reset(s, object, set))
        return false;
    for (u32 i = 0; i < s->wait_count; i++) {
        const struct wait *w = signals_wait(s, i);
        if (!wait_is_open(w) && w->end_seq >= set && may_take(w, object))
            return false;
    }
    return true;
}

/* A wait of which is not told whether it is for all: one that hangs although an object is signalled is. */
static bool hangs_for_others(const struct signals *s, const struct wait *w, bool *signalled)
{
    u32 count = 0, known = w->object_count < WAIT_OBJECTS ? w->object_count : WAIT_OBJECTS;
    for (u32 i = 0; i < known; i++) {
        signalled[i] = !w->tells_all && w->objects[i] != OBJECTS_NONE && is_signalled(s, w->objects[i]);
        count += signalled[i];
    }
    return count && count < known;
}

static void need_wait(struct ladder *l, u32 rung)
{
    u32 wait = l->rungs[rung].wait;
    const struct wait *w = signals_wait(l->signals_b, wait);
    bool signalled[WAIT_OBJECTS] = {false};
    bool is_found = hangs_for_others(l->signals_b, w, signalled);
    l->rungs[rung].is_all = w->all || is_found;
    for (u32 i = 0, n = 0; i < w->object_count && i < WAIT_OBJECTS; i++) {
        if (is_found && signalled[i])
            continue;
        struct ladder_need need = *add_need(l, rung, w->objects[i]);
        if (!find_owner(l, &need)) {
            find_signal(l, &need, wait, is_found);
            if (need.has_signal)
                ladder_find_turn(l, &need);
        }
        ladder_add_producers(l, &need);
        l->needs[l->rungs[rung].first_need + n++] = need;
    }
}

/* A thread that never ran: the call that resumed it in A, or else the one that created it. */
static void need_call(struct ladder *l, u32 rung, u32 place_a)
{
    struct ladder_need need = *add_need(l, rung, (u32)LADDER_NONE);
    if (place_a == PAIR_NOBODY)
        return;
    const struct signal_deed *d =
        l->rungs[rung].kind == LADDER_RESUME ? deed_for_thread(l->signals_a, place_a, DEED_RESUME) : NULL;
    set_signal(&need, d ? d : deed_for_thread(l->signals_a, place_a, DEED_SPAWN));
    need.object_a = need.has_signal ? need.signal.object : (u32)LADDER_NONE;
    if (need.has_signal)
        ladder_find_turn(l, &need);
    ladder_add_producers(l, &need);
    l->needs[l->rungs[rung].first_need] = need;
}

void ladder_find_needs(struct ladder *l, u32 rung)
{
    struct ladder_rung *r = &l->rungs[rung];
    if (r->kind == LADDER_WAIT)
        need_wait(l, rung);
    else
        need_call(l, rung, r->kind == LADDER_CREATION ? r->place : l->pairing.pairs[l->pairing.of_b[r->place]].a);
}

/* ---- Who makes such signals in A. ---- */

static bool is_of_kind(const struct ladder_need *need, const struct signal_deed *d)
{
    u8 kind = need->has_signal ? need->signal.kind : DEED_NONE;
    if (kind == DEED_ARM || kind == DEED_RESUME || kind == DEED_SPAWN)
        return d->kind == kind;
    return signals_is_signal(d->kind);
}

static struct ladder_producer *producer_at(struct ladder *l, struct ladder_need *need, const struct signal_deed *d)
{
    for (u32 i = 0; i < need->producer_count; i++) {
        struct ladder_producer *p = &l->producers[need->first_producer + i];
        if (p->place == d->place && p->op == d->op && p->lr == d->lr)
            return p;
    }
    if (!(l->producer_count & (l->producer_count - 1))) {
        l->producers = realloc(l->producers, (l->producer_count ? l->producer_count * 2 : 1) * sizeof *l->producers);
        CHECK(l->producers, "out of memory");
    }
    if (!need->producer_count)
        need->first_producer = l->producer_count;
    u32 b = l->pairing.pairs[l->pairing.of_a[d->place]].b;
    struct ladder_producer *p = &l->producers[l->producer_count++];
    need->producer_count++;
    *p = (struct ladder_producer){.place = d->place,
                                  .op = d->op,
                                  .lr = d->lr,
                                  .place_b = b,
                                  .first_time = d->time,
                                  .first_position = d->position,
                                  .is_guessed = d->guessed};
    return p;
}

static void count_producer(struct ladder *l, struct ladder_need *need, const struct signal_deed *d)
{
    struct ladder_producer *p = producer_at(l, need, d);
    if (!p->count || d->time < p->first_time) {
        p->first_time = d->time;
        p->first_position = d->position;
    }
    p->last_time = d->time > p->last_time ? d->time : p->last_time;
    p->is_guessed &= d->guessed;
    p->count++;
}

static void add_siblings_producers(struct ladder *l, struct ladder_need *need)
{
    const struct signals *a = l->signals_a;
    const struct object *o = &l->signals_b->objects.rows[need->object];
    bool *is_one = malloc(a->objects.count + 1u);
    CHECK(is_one, "out of memory");
    u32 deeds = 0;
    for (u32 i = 0; i < a->objects.count; i++) {
        is_one[i] = objects_are_siblings(o, &a->objects.rows[i]);
        deeds += is_one[i] ? signals_deeds_on(a, i).count : 0;
    }
    for (u32 i = 0; deeds && i < a->deed_count; i++) {
        const struct signal_deed *d = &a->deeds[i];
        if (d->object != (u32)SIGNALS_NONE && is_one[d->object] && signals_is_signal(d->kind))
            count_producer(l, need, d);
    }
    free(is_one);
    for (u32 i = 0; i < need->producer_count; i++)
        l->producers[need->first_producer + i].is_sibling = true;
}

/* The signal itself first. */
void ladder_add_producers(struct ladder *l, struct ladder_need *need)
{
    const struct signals *a = l->signals_a;
    bool is_counted = false;
    if (need->has_signal)
        producer_at(l, need, &need->signal);
    struct signals_list deeds = signals_deeds_on(a, need->object_a);
    for (u32 i = 0; i < deeds.count; i++) {
        const struct signal_deed *d = &a->deeds[deeds.rows[i]];
        if (is_of_kind(need, d)) {
            is_counted |= need->has_signal && d->seq == need->signal.seq;
            count_producer(l, need, d);
        }
    }
    if (need->has_signal && !is_counted)
        count_producer(l, need, &need->signal);
    if (need->producer_count || need->object == (u32)LADDER_NONE)
        return;
    add_siblings_producers(l, need);
}
