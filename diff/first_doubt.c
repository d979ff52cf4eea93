/* SPDX-License-Identifier: BSD-3-Clause
 * What makes a divergence doubtful (diff/first.h): a log that begins in the middle, that lost lines, that names calls
 * or return addresses otherwise, that leaves an op out. Such a difference is one of the logs, not of the runs. */
#include "diff/coverage.h"
#include "diff/first.h"
#include "diff/holes.h"

#include <stdlib.h>

enum {
    ABSENT_LEAST = 3, /* calls that one run lacks altogether before that says something */
    LATE_LEAST = 8,   /* calls that a thread's log may lack at its begin */
    COMMON_OPS = 3,
    SURE_LEAST = 80, /* per cent: pairs by likeness below that, with so few common calls, prove nothing */
    MATCHED_LEAST = 8,
    SURE_AT_ONCE = 95, /* where not even the first calls agree */
    COMMON_SITES = 4,  /* runs of one title have more than a quarter of their call sites in common */
};

static const char *const names[] = {"A", "B"};

/* ---- Ops that a run never has. ---- */

/* Calls of an op in a whole run, and how many threads make them. */
static u64 count_of_op(struct run *run, u32 op, u32 *threads)
{
    u32 sites = run_site_count(run);
    u64 *counts = calloc(sites + 1u, sizeof *counts), all = 0;
    struct err err;
    bool has = false;
    CHECK(counts, "out of memory");
    *threads = 0;
    for (u32 i = 0; i < sites; i++)
        has |= run_site(run, i)->op == op && run_site(run, i)->is_key;
    for (u32 place = 0; has && place < run_thread_count(run); place++) {
        u64 of_thread = 0;
        memset(counts, 0, sites * sizeof *counts);
        if (!run_count(run, place, 0, run_thread(run, place)->events, counts, NULL, &err))
            break;
        for (u32 i = 0; i < sites; i++)
            of_thread += run_site(run, i)->op == op && run_site(run, i)->is_key ? counts[i] : 0;
        all += of_thread;
        *threads += of_thread > 0;
    }
    free(counts);
    return all;
}

/* Calls of an op that one side has and the other never, while all else goes on alike. */
static u64 absent_calls(const struct first *first, const struct first_divergence *d, u32 side, u32 op)
{
    struct keys_reader r[2];
    u64 letters[2][KEYS_CHUNK], positions[KEYS_CHUNK], absent = 0;
    u32 count[2], at[2] = {0};
    for (u32 i = 0; i < 2; i++) {
        keys_reader_init(&r[i], d->is_steady ? &first->steady : &first->keys, i, d->side[i].thread,
                         d->prefix.side[i].place, UINT64_MAX);
        count[i] = keys_read(&r[i], letters[i], positions, NULL);
    }
    while (at[side] < count[side]) {
        if ((u32)letters[side][at[side]] == op) {
            absent++;
            at[side]++;
        } else if (at[!side] == count[!side]) {
            return count[!side] ? absent : 0; /* 0: it goes on where the other ends */
        } else if (letters[0][at[0]++] != letters[1][at[1]++]) {
            break;
        }
    }
    return absent;
}

bool first_is_uncaptured(const struct first *first, struct first_divergence *d)
{
    char text[UNLOGGED_REASON];
    for (u32 side = 0; side < 2; side++) {
        u32 op = d->side[side].next.call.op, threads, others;
        if (!d->side[side].has_next || coverage_is_recording(run_journal(first->run[!side])) ||
            count_of_op(first->run[!side], op, &others))
            continue;
        u64 all = count_of_op(first->run[side], op, &threads), absent = absent_calls(first, d, side, op);
        const struct unlogged_op *unlogged = unlogged_of(&first->unlogged, !side, op);
        bool is_likely = unlogged && unlogged->is_likely;
        bool is_some = absent >= ABSENT_LEAST || (absent && threads >= 2 && all >= ABSENT_LEAST);
        bool goes_on = !absent && !d->side[!side].has_next;
        if (goes_on || (!is_likely && !is_some))
            continue;
        d->is_uncertain = true;
        if (is_likely && unlogged_tell(unlogged, text))
            first_add_fact(d, '+', "%s", text);
        if (absent)
            first_add_fact(
                d, '+',
                "%s has %llu calls of %s in %u threads, %s none at all, and without them this one goes on alike",
                names[side], (unsigned long long)all, run_op_name(first->run[side], op), threads, names[!side]);
        first_add_fact(d, '?', "capture %s in %s: whether it is called or only not logged cannot be told",
                       run_op_name(first->run[side], op), names[!side]);
        return true;
    }
    return false;
}

/* ---- Lines that a log lacks. ---- */

/* Lines that are lost shift what comes behind them, be it by whole rounds of a loop. */
static void doubt_hole(const struct first *first, struct first_divergence *d, u32 side)
{
    const struct first_side *s = &d->side[side];
    u32 thread = run_thread(first->run[side], s->thread)->thread;
    struct hole hole;
    u64 events = run_thread(first->run[side], s->thread)->events;
    u64 to = s->has_next ? s->next.position : events ? events - 1 : 0;
    if (!events || !holes_find(first->run[side], s->thread, to, &hole))
        return;
    d->is_uncertain = true;
    first_add_fact(d, '?', "%s's log jumps from %u@%u to %u@%u: lines are lost or told twice; capture it again",
                   names[side], thread, hole.before, thread, hole.behind);
}

/* A thread that seems to stop in a log that lost lines may have lost its last ones. */
void first_doubt_ends(struct first *first)
{
    bool is_known[2] = {false, false}, holes[2] = {false, false};
    struct hole hole;
    for (u32 i = 0; i < first->count; i++) {
        struct first_divergence *d = &first->list[i];
        u32 side = d->side[0].has_next;
        if (d->class != FIRST_TRUNCATED || !d->is_deed)
            continue;
        if (!is_known[side])
            holes[side] = holes_any(first->run[side], &hole);
        is_known[side] = true;
        if (!holes[side])
            continue;
        d->is_uncertain = true;
        first_add_fact(d, '?', "%s's log has lost lines of other threads, so perhaps of this one: capture it again",
                       names[side]);
    }
}

/* A call that did not return before the same one comes again, at the same time: one line, told twice. */
static void doubt_twice(const struct first *first, struct first_divergence *d, u32 side)
{
    const struct first_side *s = &d->side[side];
    const struct event *last = &s->last.call, *next = &s->next.call;
    struct coverage *coverage = coverage_read(run_journal(first->run[side]));
    bool tells_returns = coverage_tells(coverage, "return");
    coverage_destroy(coverage);
    if (!tells_returns || !s->has_last || !s->has_next || s->last.has_answer || last->op != next->op ||
        last->lr != next->lr || last->time != next->time)
        return;
    d->is_uncertain = true;
    first_add_fact(
        d, '?',
        "%s's %u@%u and %u@%u are one call, or two at one time of which the first has no return: is a line told twice?",
        names[side], last->thread, last->index, next->thread, next->index);
}

/* Nothing but some likeness says that these threads are each other's counterpart. */
void first_doubt_pair(const struct first *first, struct first_divergence *d)
{
    const struct pair *pair = &first->pairing->pairs[d->pair];
    bool has_rivals = pair->siblings_a > 1 || pair->siblings_b > 1;
    bool is_sure = pair->confidence >= (d->matched ? SURE_LEAST : SURE_AT_ONCE) || d->matched >= MATCHED_LEAST;
    if (pair->how != PAIR_CALLS || (!has_rivals && is_sure))
        return;
    d->is_uncertain = true;
    first_add_fact(
        d, '?',
        "only likeness pairs thread %u of A with %u of B%s: capture the creation of threads, or name pairs (--map)",
        run_thread(first->run[0], pair->a)->thread, run_thread(first->run[1], pair->b)->thread,
        has_rivals ? ", and others are as like" : "");
}

/* The log has nothing of the thread's begin. */
static void doubt_begin(const struct first *first, struct first_divergence *d, u32 side)
{
    struct run_span span;
    struct err err;
    struct run *run = first->run[side];
    u32 place = d->side[side].thread;
    const struct align_meeting *m = &d->meeting;
    u8 late = side ? ALIGN_MISSING : ALIGN_EXTRA; /* the other one has calls before */
    u32 index = run_read(run, place, 0, &span, &err) && span.count ? span.index[0] : 0;
    bool lacks = !d->matched && m->shape == late && m->skipped[!side] >= LATE_LEAST;
    if (!index && !lacks)
        return;
    d->is_uncertain = true;
    if (index)
        first_add_fact(d, '?', "%s's log has nothing of thread %u before its event %u: capture from the start",
                       names[side], run_thread(run, place)->thread, index);
    else
        first_add_fact(
            d, '?',
            "%s's log may begin in the middle of thread %u: the other has %llu calls before; capture from the start",
            names[side], run_thread(run, place)->thread, (unsigned long long)m->skipped[!side]);
}

/* Two clocks name no common moment: where a window begins, the threads may be at other places. */
static void doubt_window(struct first_divergence *d)
{
    bool begins_late = d->window.from[0] || d->window.from[1];
    if (!begins_late || d->matched || d->meeting.shape != ALIGN_UNKNOWN)
        return;
    d->is_uncertain = true;
    first_add_fact(d, '?',
                   "behind the window's begin they have nothing in common: begin earlier, or at an anchor of both");
}

void first_doubt_keys(const struct first *first, struct first_divergence *d)
{
    doubt_window(d);
    for (u32 side = 0; side < 2; side++) {
        doubt_hole(first, d, side);
        doubt_begin(first, d, side);
        if (d->side[0].has_next && d->side[1].has_next)
            doubt_twice(first, d, side);
    }
    first_doubt_pair(first, d);
}

/* ---- Return addresses that never agree. ---- */

static bool has_site(struct run *run, u64 key, bool by_op)
{
    for (u32 i = 0; i < run_site_count(run); i++) {
        const struct run_site *s = run_site(run, i);
        if (s->kind == EVENT_call && (by_op ? s->op == (u32)key : s->key == key))
            return true;
    }
    return false;
}

/* Common ops, but not one common call site. */
static bool has_foreign_lrs(const struct first *first)
{
    u32 ops = 0;
    for (u32 i = 0; i < run_site_count(first->run[0]); i++) {
        const struct run_site *s = run_site(first->run[0], i);
        if (s->kind != EVENT_call)
            continue;
        if (has_site(first->run[1], s->key, false))
            return false;
        ops += has_site(first->run[1], s->op, true);
    }
    return ops >= COMMON_OPS;
}

/* Another title, or another build of it. */
static void doubt_title(struct first *first)
{
    const char *a = journal_get(run_journal(first->run[0]), "title.hash");
    const char *b = journal_get(run_journal(first->run[1]), "title.hash");
    u32 sites = 0, common = 0;
    if (!first->count || !a || !b || !strcmp(a, b))
        return;
    for (u32 i = 0; i < run_site_count(first->run[0]); i++) {
        const struct run_site *s = run_site(first->run[0], i);
        bool is_call = s->kind == EVENT_call;
        sites += is_call;
        common += is_call && has_site(first->run[1], s->key, false);
    }
    bool is_other = common * COMMON_SITES < sites;
    first_add_fact(
        &first->list[0], is_other ? '?' : '-',
        "the titles are not the same (title.hash), %u of %u call sites of A are in B: capture runs of one title",
        common, sites);
    for (u32 i = 0; is_other && i < first->count; i++)
        first->list[i].is_uncertain = true;
}

/* 1: cold, 0: warm, -1: the journal does not tell. */
static int coldness(struct run *run)
{
    static const char *const words[2][3] = {{"0", "false", "no"}, {"1", "true", "yes"}};
    const char *text = journal_get(run_journal(run), "cold");
    for (int is_cold = 0; text && is_cold < 2; is_cold++)
        for (u32 i = 0; i < 3; i++)
            if (!strcmp(text, words[is_cold][i]))
                return is_cold;
    return -1;
}

static void tell_cold(const struct first *first)
{
    int a = coldness(first->run[0]), b = coldness(first->run[1]);
    if (first->count && a >= 0 && b >= 0 && a != b)
        first_add_fact(&first->list[0], '-', "%s was a cold run and %s a warm one: compare runs that began alike",
                       names[b], names[a]);
}

void first_doubt_all(struct first *first)
{
    doubt_title(first);
    tell_cold(first);
    if (!first->count || !(first->keys.parts & KEY_LR) || !has_foreign_lrs(first))
        return;
    for (u32 i = 0; i < first->count; i++)
        first->list[i].is_uncertain = true;
    struct first_divergence *d = &first->list[0];
    d->class = FIRST_UNCAPTURED;
    for (u32 side = 0; side < 2; side++) {
        struct coverage *coverage = coverage_read(run_journal(first->run[side]));
        if (!coverage_tells(coverage, "lr"))
            first_add_fact(d, '?', "%s tells no return addresses: capture them, or compare without (--key op)",
                           names[side]);
        coverage_destroy(coverage);
    }
    first_add_fact(d, '-',
                   "the runs call the same exports, but from no return address in common: one of the logs tells "
                   "another address, or none; --key op compares without");
}
