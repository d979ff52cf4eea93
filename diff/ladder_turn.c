/* SPDX-License-Identifier: BSD-3-Clause
 * Whose turn a signal of A is in B, and where that thread stands (diff/ladder.h). */
#include "diff/ladder.h"

#include <stdlib.h>

/* Calls looked at from a turn on. */
enum { REACH = 1 << 17 };

/* Contended sections and delays are the schedule's: they give nobody a turn. */
static bool gives_turn(const struct signals *s, const struct wait *w)
{
    return !wait_is_open(w) && w->ended_by != OBJECTS_NONE &&
           s->objects.rows[w->ended_by].type != OBJECT_CRITICAL_SECTION;
}

static u32 turn_before(const struct signals *s, u32 place, u64 seq)
{
    struct signals_list waits = signals_waits(s, place);
    for (u32 i = waits.count; i > 0; i--) {
        const struct wait *w = signals_wait(s, waits.rows[i - 1]);
        if (w->begin_seq < seq && w->end_seq < seq && gives_turn(s, w))
            return waits.rows[i - 1];
    }
    return (u32)LADDER_NONE;
}

/* How many waits the same object had ended when it ended this one. */
static u32 ordinal_of(const struct signals *s, const struct wait *w)
{
    struct signals_list ended = signals_ended(s, w->ended_by);
    u32 low = 0, high = ended.count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (signals_wait(s, ended.rows[middle])->end_seq < w->end_seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The wait that the object ended as the n-th; else the thread that waits for it to be so. */
static u32 wait_with_ordinal(const struct signals *s, u32 object, u32 n, u32 *waiting)
{
    struct signals_list ended = signals_ended(s, object);
    if (n < ended.count)
        return ended.rows[n];
    u32 open = ended.count;
    for (u32 i = 0; i < s->hang_count; i++)
        if (signals_wait_has(signals_wait(s, s->hangs[i]), object) && open++ == n)
            *waiting = s->hangs[i];
    return (u32)LADDER_NONE;
}

static u32 object_in_b(const struct ladder *l, u32 object_a)
{
    for (u32 i = 0; i < l->signals_b->objects.count; i++)
        if (l->object_a[i] == object_a)
            return i;
    return (u32)LADDER_NONE;
}

/* The k-th wait of a thread at a site. */
static u32 nth_of_thread(const struct signals *s, u32 place, const struct wait *like, u32 n)
{
    struct signals_list waits = signals_waits(s, place);
    for (u32 i = 0; i < waits.count; i++) {
        const struct wait *w = signals_wait(s, waits.rows[i]);
        if (w->op == like->op && w->lr == like->lr && n-- == 0)
            return waits.rows[i];
    }
    return (u32)LADDER_NONE;
}

static u32 count_of_thread(const struct signals *s, const struct wait *w)
{
    struct signals_list waits = signals_waits(s, w->place);
    u32 count = 0;
    for (u32 i = 0; signals_wait(s, waits.rows[i]) != w; i++)
        count += signals_wait(s, waits.rows[i])->op == w->op && signals_wait(s, waits.rows[i])->lr == w->lr;
    return count;
}

static u32 pair_of(const struct ladder *l, u32 place_a)
{
    return l->pairing.pairs[l->pairing.of_a[place_a]].b;
}

/* Finds B's turn. False: nobody had it yet; *hangs: who waits for it, or the pair. */
static bool find_turn(struct ladder *l, struct ladder_need *need)
{
    const struct signals *a = l->signals_a, *b = l->signals_b;
    u32 waiting = (u32)LADDER_NONE;
    need->place = pair_of(l, need->signal.place);
    need->turn_a = turn_before(a, need->signal.place, need->signal.seq);
    if (need->turn_a == (u32)LADDER_NONE)
        return true;
    const struct wait *turn = signals_wait(a, need->turn_a);
    u32 object = object_in_b(l, turn->ended_by), n = ordinal_of(a, turn);
    need->turn = n + 1;
    if (object != (u32)LADDER_NONE) {
        need->turn_b = wait_with_ordinal(b, object, n, &waiting);
    } else if (need->place != PAIR_NOBODY) {
        need->turn_b = nth_of_thread(b, need->place, turn, count_of_thread(a, turn));
        if (need->turn_b != (u32)LADDER_NONE && wait_is_open(signals_wait(b, need->turn_b))) {
            waiting = need->turn_b;
            need->turn_b = (u32)LADDER_NONE;
        }
    }
    if (need->turn_b != (u32)LADDER_NONE || waiting != (u32)LADDER_NONE)
        need->place = signals_wait(b, need->turn_b != (u32)LADDER_NONE ? need->turn_b : waiting)->place;
    return need->turn_b != (u32)LADDER_NONE;
}

/* ---- Where two ways part. ---- */

struct way {
    struct run *run;
    u32 place;
    u64 at, end; /* positions */
    struct run_span span;
    bool is_read;
};

/* The key of the next call that is no noise; false: the end. */
static bool next_key(struct way *w, u64 *key, u64 *position)
{
    struct err err;
    for (; w->at < w->end; w->at++) {
        u64 offset = w->at - w->span.position;
        if (!w->is_read || offset >= w->span.count) {
            if (!run_read_some(w->run, w->place, w->at, COLUMN_SITE, &w->span, &err) || !w->span.count)
                return false;
            w->is_read = true;
            offset = 0;
        }
        const struct run_site *site = run_site(w->run, w->span.site[offset]);
        if (!site->is_key || site->noise || site->declared)
            continue;
        *key = site->key;
        *position = w->at++;
        return true;
    }
    return false;
}

static u64 after_turn(const struct signals *s, u32 turn)
{
    return turn == (u32)LADDER_NONE ? 0 : signals_wait(s, turn)->end + 1;
}

static void find_parting(const struct ladder *l, struct ladder_need *need)
{
    struct way a = {.run = l->a, .place = need->signal.place, .at = after_turn(l->signals_a, need->turn_a)};
    struct way b = {.run = l->b, .place = need->place, .at = after_turn(l->signals_b, need->turn_b)};
    struct ladder_parting *p = &need->parting;
    u64 key_a = 0, key_b = 0;
    a.end = run_thread(l->a, a.place)->events;
    b.end = run_thread(l->b, b.place)->events;
    p->is_known = true;
    do {
        p->has_a = next_key(&a, &key_a, &p->a);
        p->has_b = next_key(&b, &key_b, &p->b);
    } while (p->has_a && p->has_b && key_a == key_b && ++p->common < REACH);
}

/* ---- Has the counterpart come past the place? ---- */

static u64 calls_of(struct run *run, u32 place, u64 from, u64 to, u64 key, u64 *last)
{
    struct run_span span;
    struct err err;
    u64 count = 0;
    to = to - from > REACH ? from + REACH : to;
    for (u64 at = from; at < to && run_read_some(run, place, at, COLUMN_SITE, &span, &err) && span.count;
         at = span.position + span.count)
        for (u32 i = 0; i < span.count && span.position + i < to; i++) {
            const struct run_site *site = run_site(run, span.site[i]);
            if (site->kind == EVENT_call && site->key == key) {
                *last = span.position + i;
                count++;
            }
        }
    return count;
}

static u64 key_of(u32 op, u32 lr)
{
    return (u64)lr << 32 | op;
}

/* The wait that the counterpart hangs in comes before the signal in A, too; or A comes to it only later. */
static bool hangs_before(const struct ladder *l, struct ladder_need *need, const struct wait *w, u64 from_a)
{
    const struct signals *a = l->signals_a;
    u64 key = key_of(w->op, w->lr), last;
    if (calls_of(l->a, need->signal.place, from_a, need->signal.position, key, &last))
        return true;
    struct signals_list waits = signals_waits(a, need->signal.place);
    for (u32 i = 0; i < waits.count; i++) { /* A's next wait after the signal is this one: it came past */
        const struct wait *x = signals_wait(a, waits.rows[i]);
        if (x->begin_seq > need->signal.seq && x->op == w->op && x->lr == w->lr)
            return false;
    }
    need->is_strange = true;
    return true;
}

/* Where the counterpart's turn ends: its next wait. */
static u64 end_of_turn(const struct signals *s, const struct ladder_need *need, u64 from)
{
    struct signals_list waits = signals_waits(s, need->place);
    for (u32 i = 0; i < waits.count; i++) {
        const struct wait *w = signals_wait(s, waits.rows[i]);
        if (w->call >= from && (gives_turn(s, w) || signals_hangs(w)))
            return w->call;
    }
    return run_thread(s->run, need->place)->events;
}

/* The call at the same place, done in B too: on the same object, or as often where the log does not tell objects. */
static bool find_made(const struct ladder *l, struct ladder_need *need, u64 from_a, u64 from_b, u64 to_b)
{
    const struct signals *b = l->signals_b;
    u64 last = 0, unknown = 0;
    u64 wanted = 1 + calls_of(l->a, need->signal.place, from_a, need->signal.position,
                              key_of(need->signal.op, need->signal.lr), &last);
    struct signals_list deeds = signals_deeds_of(b, need->place);
    for (u32 i = 0; i < deeds.count; i++) {
        const struct signal_deed *d = &b->deeds[deeds.rows[i]];
        bool is_there = d->position >= from_b && d->position < to_b;
        if (!is_there || d->op != need->signal.op || d->lr != need->signal.lr)
            continue;
        unknown += d->object == (u32)SIGNALS_NONE || d->guessed || need->object == (u32)LADDER_NONE;
        if (d->object != need->object && unknown < wanted)
            continue;
        need->made = *d;
        return true;
    }
    return false;
}

static void judge_blocked(struct ladder *l, struct ladder_need *need, u64 from_a, u64 to_b)
{
    const struct wait *w = signals_open_wait(l->signals_b, need->place);
    bool is_past = w->call > to_b || !hangs_before(l, need, w, from_a);
    need->state = is_past ? LADDER_PASSED : LADDER_BEFORE;
    if (!is_past)
        need->next = ladder_rung_of(l, need->place);
}

static void judge(struct ladder *l, struct ladder_need *need)
{
    u64 from_a = after_turn(l->signals_a, need->turn_a), from_b = after_turn(l->signals_b, need->turn_b);
    u64 to_b = end_of_turn(l->signals_b, need, from_b);
    find_parting(l, need);
    enum signals_state state = signals_state_of(l->signals_b, need->place);
    if (find_made(l, need, from_a, from_b, to_b))
        need->state = LADDER_MADE;
    else if (state == SIGNALS_BLOCKED)
        judge_blocked(l, need, from_a, to_b);
    else
        need->state = state == SIGNALS_ENDED ? LADDER_ENDED : LADDER_RUNS;
}

/* A thread is joined by its end, and that is nobody else's turn. */
static bool is_join(const struct ladder *l, const struct ladder_need *need)
{
    return need->object != (u32)LADDER_NONE && l->signals_b->objects.rows[need->object].target != UINT32_MAX;
}

static void judge_join(struct ladder *l, struct ladder_need *need)
{
    need->place = l->signals_b->objects.rows[need->object].target;
    need->next = ladder_rung_of(l, need->place);
    enum signals_state state = signals_state_of(l->signals_b, need->place);
    need->state = state == SIGNALS_BLOCKED                                   ? LADDER_BEFORE
                  : state == SIGNALS_ENDED                                   ? LADDER_MADE
                  : state == SIGNALS_NEVER_RAN || state == SIGNALS_SUSPENDED ? LADDER_NOT_RUN
                                                                             : LADDER_RUNS;
}

void ladder_find_turn(struct ladder *l, struct ladder_need *need)
{
    if (is_join(l, need)) {
        judge_join(l, need);
        return;
    }
    bool has_turn = find_turn(l, need);
    if (need->place == PAIR_NOBODY) {
        need->place = (u32)LADDER_NONE;
        need->state = LADDER_NOT_RUN;
        need->next = ladder_rung_of_creation(l, need->signal.place);
        return;
    }
    u32 rung = ladder_rung_of(l, need->place);
    if (signals_state_of(l->signals_b, need->place) == SIGNALS_NEVER_RAN) {
        need->state = LADDER_NOT_RUN;
        need->next = rung;
    } else if (!has_turn && rung != (u32)LADDER_NONE) {
        need->state = LADDER_BEFORE;
        need->next = rung;
    } else if (!has_turn && signals_state_of(l->signals_b, need->place) == SIGNALS_RUNS) {
        need->state = LADDER_RUNS; /* its turn had not come when the journal ended */
    } else {
        judge(l, need);
    }
}
