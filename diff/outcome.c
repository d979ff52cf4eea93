/* SPDX-License-Identifier: BSD-3-Clause
 * Deciding what kind of failure it is (diff/outcome.h). */
#include "diff/outcome.h"
#include "diff/onepage.h"
#include "diff/table.h"
#include "diff/whatif.h"

#include <stdarg.h>
#include <stdlib.h>

enum { OTHERS_SHOWN = 4 };

/* What is looked at while deciding. */
struct decision {
    const struct onepage *page;
    struct outcome *outcome;
    const struct ladder *ladder;
    u32 *least; /* rungs whose signals free all of B */
    u32 least_count;
    u32 missing; /* producer sites of A that B never comes by */
    u32 absent;  /* of them, in threads that B never made or started */
    const struct fires_row *first_missing;
};

/* ---- Facts. ---- */

static struct outcome_fact *add(struct decision *x, char sign, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static struct outcome_fact *add(struct decision *x, char sign, const char *format, ...)
{
    static struct outcome_fact spare; /* for what there is no room for */
    struct outcome *o = x->outcome;
    struct outcome_fact *fact = o->fact_count < OUTCOME_FACTS ? &o->facts[o->fact_count++] : &spare;
    va_list arguments;
    *fact = (struct outcome_fact){.sign = sign};
    va_start(arguments, format);
    vsnprintf(fact->text, sizeof fact->text, format, arguments);
    va_end(arguments);
    return fact;
}

static void cite(struct outcome_fact *fact, u32 side, u32 thread, u32 index)
{
    fact->has[side] = true;
    fact->thread[side] = thread;
    fact->index[side] = index;
}

static void cite_position(const struct decision *x, struct outcome_fact *fact, u32 side, u32 place, u64 position)
{
    struct run *run = x->page->run[side];
    cite(fact, side, run_thread(run, place)->thread, run_index(run, place, position));
}

static void cite_divergence(struct outcome_fact *fact, const struct first_divergence *d)
{
    for (u32 side = 0; side < 2; side++) {
        const struct first_side *s = &d->side[side];
        if (s->thread == PAIR_NOBODY || (!s->has_next && !s->has_last))
            continue;
        const struct event *e = s->has_next ? &s->next.call : &s->last.call;
        cite(fact, side, e->thread, e->index);
    }
}

static void cite_missing(const struct decision *x, struct outcome_fact *fact)
{
    const struct fires_row *r = x->first_missing;
    if (r)
        cite(fact, 0, run_thread(x->page->run[0], r->place[0])->thread, r->first[0].index);
}

/* "thread 7 of A and 2 of B" */
static const char *threads_of(const struct decision *x, u32 pair, char text[64])
{
    const struct pair *p = &x->ladder->pairing.pairs[pair];
    if (p->b == PAIR_NOBODY)
        snprintf(text, 64, "thread %u of A", run_thread(x->page->run[0], p->a)->thread);
    else if (p->a == PAIR_NOBODY)
        snprintf(text, 64, "thread %u of B", run_thread(x->page->run[1], p->b)->thread);
    else
        snprintf(text, 64, "thread %u of A and %u of B", run_thread(x->page->run[0], p->a)->thread,
                 run_thread(x->page->run[1], p->b)->thread);
    return text;
}

/* ---- Divergences. ---- */

/* A thread itself did something else, for certain, and more than wait or poll. */
static bool is_state(const struct first_divergence *d)
{
    bool is_doubtful = d->class == FIRST_TRUNCATED || d->class == FIRST_UNCAPTURED || d->class == FIRST_TIMING;
    return d->is_deed && !d->is_shared && !d->is_minor && !d->is_uncertain && !is_doubtful;
}

/* What the threads of a pair did otherwise, or what that follows from; NULL: nothing that is certain. */
static const struct first_divergence *deed_of(const struct decision *x, u32 pair)
{
    const struct first *first = &x->page->first;
    for (u32 i = 0; i < first->count; i++)
        if (first->list[i].pair == pair && is_state(&first->list[i]))
            return is_state(&first->list[first->list[i].root]) ? &first->list[first->list[i].root] : NULL;
    return NULL;
}

static bool is_root(const struct first_divergence *d)
{
    return d->cause == FIRST_NOBODY && is_state(d);
}

static u32 count_following(const struct first *first, const struct first_divergence *d)
{
    u32 count = 0;
    for (u32 i = 0; i < first->count; i++)
        count += !first->list[i].is_shared && &first->list[i] != d && first->list[i].root == d->rank;
    return count;
}

static void tell_deed(struct decision *x, char sign, const struct first_divergence *d)
{
    char threads[64], following[48] = "";
    u32 count = count_following(&x->page->first, d);
    if (count)
        snprintf(following, sizeof following, "; from it follow%s %u more", count == 1 ? "s" : "", count);
    cite_divergence(add(x, sign, "%s: %s after %llu common call%s, which follows from no other%s",
                        threads_of(x, d->pair, threads), first_class_name(d->class), (unsigned long long)d->matched,
                        cli_plural(d->matched), following),
                    d);
}

/* Divergences that follow from no other, beside the one that is told already. */
static void tell_other_roots(struct decision *x, char sign, const struct first_divergence *told)
{
    const struct first *first = &x->page->first;
    u32 count = 0;
    for (u32 i = 0; i < first->count; i++) {
        if (&first->list[i] == told || !is_root(&first->list[i]))
            continue;
        if (count++ < OTHERS_SHOWN)
            tell_deed(x, sign, &first->list[i]);
    }
    if (count > OTHERS_SHOWN)
        add(x, sign, "and %u more threads part by themselves (lockstep first A B)", count - OTHERS_SHOWN);
}

/* ---- Missing producers. ---- */

/* B never made the counterpart of that thread of A, or it never ran. */
static bool is_absent(const struct decision *x, u32 place_a)
{
    u32 b = x->ladder->pairing.pairs[x->ladder->pairing.of_a[place_a]].b;
    return b == PAIR_NOBODY || !run_thread(x->page->run[1], b)->events;
}

static bool is_missing_producer(const struct fires_row *r)
{
    return r->status == FIRES_MISSING && r->noise == NOISE_NONE && role_is_producer(role_of(r->key.op).role);
}

static void count_missing(struct decision *x)
{
    for (u32 i = 0; i < x->page->row_count; i++) {
        const struct fires_row *r = x->page->rows[i];
        if (!is_missing_producer(r))
            continue;
        x->missing++;
        x->absent += is_absent(x, r->place[0]);
        if (!x->first_missing || r->first[0].time < x->first_missing->first[0].time)
            x->first_missing = r;
    }
}

static bool has_missing(const struct decision *x, u32 pair)
{
    for (u32 i = 0; i < x->page->row_count; i++)
        if (is_missing_producer(x->page->rows[i]) && x->ladder->pairing.of_a[x->page->rows[i]->place[0]] == pair)
            return true;
    return false;
}

/* The threads of every missing producer part by what follows from this divergence. */
static bool explains_missing(const struct decision *x, const struct first_divergence *root)
{
    const struct first *first = &x->page->first;
    for (u32 i = 0; i < x->page->row_count; i++) {
        const struct fires_row *r = x->page->rows[i];
        u32 at = 0;
        if (!is_missing_producer(r))
            continue;
        while (at < first->count && (first->list[at].pair != x->ladder->pairing.of_a[r->place[0]] ||
                                     &first->list[first->list[at].root] != root))
            at++;
        if (at == first->count)
            return false;
    }
    return true;
}

/* For that many are missing, and against that a thread is. */
static void tell_missing(struct decision *x)
{
    bool is_spawn = x->outcome->class == OUTCOME_SPAWN;
    u32 there = x->missing - x->absent;
    if (!x->missing) {
        add(x, x->outcome->class == OUTCOME_NONE ? '+' : '-', "every producer site of A fires in B too");
        return;
    }
    cite_missing(x, add(x, x->outcome->class == OUTCOME_DISTRIBUTED || x->missing == 1 ? '+' : '-',
                        "producer sites of A that never fire in B: %u, the first of them", x->missing));
    if (there)
        add(x, is_spawn ? '-' : '+', "of them in threads that B made and that ran there: %u", there);
    if (x->absent)
        add(x, is_spawn ? '+' : '-', "of them in threads that B never made or started: %u", x->absent);
}

/* ---- B hangs: by the fewest signals that free it. ---- */

/* Whose turn the rung's signal is. */
static u32 origin_of(const struct decision *x, u32 rung)
{
    const struct ladder *l = x->ladder;
    const struct ladder_need *n = ladder_need(l, &l->rungs[rung]);
    if (n && n->has_signal)
        return l->pairing.of_a[n->signal.place];
    return n && n->place != (u32)LADDER_NONE ? l->pairing.of_b[n->place] : PAIR_NOBODY;
}

static bool is_spawn(const struct ladder_rung *rung)
{
    return rung->kind != LADDER_WAIT;
}

/* What the thread did instead whose turn it was; of a circle, any of those in it. */
static const struct first_divergence *deed_behind(const struct decision *x, u32 rung)
{
    const struct ladder *l = x->ladder;
    u32 origin = origin_of(x, rung);
    const struct first_divergence *d = origin == PAIR_NOBODY ? NULL : deed_of(x, origin);
    for (u32 i = 0; !d && l->rungs[rung].is_cycle && i < l->root_count; i++) {
        origin = l->rungs[l->roots[i]].is_cycle ? origin_of(x, l->roots[i]) : PAIR_NOBODY;
        d = origin == PAIR_NOBODY ? NULL : deed_of(x, origin);
    }
    return d;
}

static bool is_guess(const struct decision *x, u32 rung)
{
    const struct ladder_need *n = ladder_need(x->ladder, &x->ladder->rungs[rung]);
    return n && n->has_signal && n->signal.guessed;
}

static void tell_rung(struct decision *x, char sign, u32 rung)
{
    const struct ladder *l = x->ladder;
    const struct ladder_rung *r = &l->rungs[rung];
    const struct ladder_need *n = ladder_need(l, r);
    bool has_signal = n && n->has_signal && n->signal.kind != DEED_NONE;
    u32 thread = run_thread(r->kind == LADDER_CREATION ? l->a : l->b, r->place)->thread;
    const char *what = r->kind == LADDER_CREATION ? "A's thread that B never made"
                       : r->kind == LADDER_RESUME ? "B's thread that never ran"
                                                  : "B's thread that waits for good";
    struct outcome_fact *fact =
        add(x, sign, "%s: %u; what is missing: %s by thread %u of A%s; %u more hang on it", what, thread,
            has_signal && n->signal.op ? run_op_name(l->a, n->signal.op) : "unknown",
            has_signal ? run_thread(l->a, n->signal.place)->thread : 0,
            is_guess(x, rung) ? " (guessed: the log does not tell the object)" : "", r->held);
    if (!has_signal)
        snprintf(fact->text, sizeof fact->text, "%s: %u; A does not tell what is missing; %u more hang on it", what,
                 thread, r->held);
    if (has_signal)
        cite_position(x, fact, 0, n->signal.place, n->signal.position);
    if (r->kind == LADDER_WAIT)
        cite_position(x, fact, 1, r->place, signals_wait(l->signals_b, r->wait)->call);
}

static u8 by_one_origin(struct decision *x)
{
    const struct first_divergence *d = deed_behind(x, x->least[0]);
    bool is_first = d && d == &x->page->first.list[0];
    bool spawns = true;
    for (u32 i = 0; i < x->least_count; i++)
        spawns &= is_spawn(&x->ladder->rungs[x->least[i]]);
    if (!d)
        add(x, '?', "nothing tells what the thread did instead whose turn that was");
    else if (is_guess(x, x->least[0]) && !is_first)
        add(x, '?',
            "the object of that signal is a guess, and the first divergence is in another thread: capture the "
            "handle argument of sets and releases");
    else
        return spawns ? OUTCOME_SPAWN : OUTCOME_STATE;
    return OUTCOME_UNCERTAIN;
}

/* Several threads' turns: do they part by themselves? */
static u8 by_several_origins(struct decision *x)
{
    const struct first_divergence *one = NULL;
    bool is_shared = true;
    for (u32 i = 0; i < x->least_count; i++) {
        const struct first_divergence *d = deed_behind(x, x->least[i]);
        if (!d || is_guess(x, x->least[i])) {
            add(x, '?', "what the threads did instead whose turns these were is not told for all of them, or guessed");
            return OUTCOME_UNCERTAIN;
        }
        is_shared &= !one || one == d;
        one = d;
    }
    return is_shared ? OUTCOME_STATE : OUTCOME_DISTRIBUTED;
}

static u8 by_ladder(struct decision *x)
{
    bool is_one = true;
    for (u32 i = 0; i < x->least_count; i++) {
        u32 origin = origin_of(x, x->least[i]);
        if (origin == PAIR_NOBODY)
            return OUTCOME_UNCERTAIN;
        is_one &= origin == origin_of(x, x->least[0]);
    }
    return is_one ? by_one_origin(x) : by_several_origins(x);
}

static void decide_hanging(struct decision *x)
{
    u8 class = by_ladder(x);
    bool is_single = class == OUTCOME_SPAWN || class == OUTCOME_STATE;
    x->outcome->class = class;
    add(x, (x->least_count == 1) == is_single || class == OUTCOME_UNCERTAIN ? '+' : '-',
        "fewest signals that free all of B that hangs: %u", x->least_count);
    for (u32 i = 0; i < x->least_count && i < OTHERS_SHOWN; i++)
        tell_rung(x, '+', x->least[i]);
    const struct first_divergence *d = is_single ? deed_behind(x, x->least[0]) : NULL;
    if (d)
        tell_deed(x, '+', d);
    tell_other_roots(x, is_single ? '-' : '+', d);
    tell_missing(x);
}

/* ---- B does not hang: by the divergences that follow from no other. ---- */

static u8 by_divergences(struct decision *x, const struct first_divergence **only)
{
    const struct first *first = &x->page->first;
    u32 roots = 0, lacking = 0, untold = 0;
    for (u32 i = 0; i < first->count; i++) {
        const struct first_divergence *d = &first->list[i];
        untold += d->cause == FIRST_NOBODY && !d->is_shared && !d->is_minor && d->class != FIRST_TIMING && !is_root(d);
        if (!is_root(d))
            continue;
        *only = roots++ ? NULL : &first->list[i];
        lacking += has_missing(x, first->list[i].pair);
    }
    if (untold)
        add(x, '?', "threads that do less or other things in B, for which a log's end or gap may be the reason: %u",
            untold);
    else if (!roots)
        add(x, '+', "all that differs is how often or how long threads wait or poll");
    if (roots == 1 && untold && !explains_missing(x, *only)) {
        add(x, '?', "producers are missing in threads that do not follow from the one that parts: the gap may be why");
        return OUTCOME_UNCERTAIN;
    }
    if (roots == 1)
        return x->missing && x->absent == x->missing ? OUTCOME_SPAWN : OUTCOME_STATE;
    if (!x->missing && !untold)
        return OUTCOME_NONE;
    return lacking > 1 ? OUTCOME_DISTRIBUTED : OUTCOME_UNCERTAIN;
}

static void decide_running(struct decision *x)
{
    const struct first_divergence *only = NULL;
    x->outcome->class = by_divergences(x, &only);
    if (only)
        tell_deed(x, '+', only);
    tell_other_roots(x, '+', only);
    tell_missing(x);
    if (x->ladder->blocked_count && ladder_count_running(x->ladder))
        add(x, '?', "threads of B are blocked while others still run: a longer run tells whether they go on");
}

void outcome_find(struct outcome *outcome, const struct onepage *page)
{
    struct decision x = {.page = page, .outcome = outcome, .ladder = &page->ladder};
    *outcome = (struct outcome){.class = OUTCOME_NONE};
    if (page->first.verdict == FIRST_SAME) {
        add(&x, '+', "the runs do the same as far as they are compared");
        return;
    }
    if (page->first.verdict == FIRST_UNCERTAIN) {
        outcome->class = OUTCOME_UNCERTAIN;
        add(&x, '?', "whether the runs diverge at all is uncertain: see the first divergence");
        return;
    }
    x.least = whatif_least(x.ladder, &x.least_count);
    count_missing(&x);
    if (x.least_count && !ladder_count_running(x.ladder) && ladder_has_pairs(x.ladder))
        decide_hanging(&x);
    else
        decide_running(&x);
    free(x.least);
}
