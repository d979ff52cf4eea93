/* SPDX-License-Identifier: BSD-3-Clause
 * Finding each pair's first divergence (diff/first.h). */
#include "diff/first.h"
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *first_class_name(u8 class)
{
    static const char *const names[] = {"NONE",   "MISSING-API", "RETURN-VALUE", "ARGUMENT", "SIDE-EFFECT",
                                        "BRANCH", "ORDER",       "TIMING",       "SPAWN",    "ENVIRONMENT",
                                        "WEDGE",  "TRUNCATED",   "UNCAPTURED"};
    return class < countof(names) ? names[class] : "UNKNOWN";
}

const char *first_verdict_name(u8 verdict)
{
    static const char *const names[] = {"same", "diverged", "uncertain"};
    return verdict < countof(names) ? names[verdict] : "unknown";
}

u32 first_count_roots(const struct first *first)
{
    u32 roots = 0;
    for (u32 i = 0; i < first->count; i++)
        roots += first->list[i].cause == FIRST_NOBODY && !first->list[i].is_shared;
    return roots;
}

int first_exit_code(const struct first *first)
{
    static const int codes[] = {EXIT_OK, EXIT_HOST_ERROR, EXIT_UNCERTAIN};
    return codes[first->verdict];
}

const char *first_noise_name(u32 class)
{
    if (class < NOISE_CLASSES)
        return noise_class_name(class);
    return class == NOISE_CLASSES ? "declared" : "learnt";
}

void first_add_fact(struct first_divergence *d, char sign, const char *format, ...)
{
    if (d->fact_count == FIRST_FACTS)
        return;
    struct first_fact *fact = &d->facts[d->fact_count++];
    va_list list;
    fact->sign = sign;
    va_start(list, format);
    vsnprintf(fact->text, sizeof fact->text, format, list);
    va_end(list);
}

/* ---- All pairs. ---- */

static void count_noise(struct first *first)
{
    for (u32 side = 0; side < 2; side++) {
        struct run *run = first->run[side];
        for (u32 i = 0; i < run_site_count(run); i++) {
            const struct run_site *site = run_site(run, i);
            u8 skip = first->keys.side[side].skip[i];
            u32 class = skip == KEY_NOISE      ? site->noise
                        : skip == KEY_DECLARED ? (u32)NOISE_CLASSES
                        : skip == KEY_LEARNT   ? (u32)NOISE_CLASSES + 1
                                               : 0;
            if (class)
                first->noise[class].events[side] += site->count;
        }
    }
}

static bool is_whole(const struct pair *pair)
{
    return pair->a != PAIR_NOBODY && pair->b != PAIR_NOBODY;
}

/* Noise that does not vary takes part; whether it varies, all pairs together tell. */
static void find_steady(struct first *first, const struct first_options *o, struct first_divergence *of_pairs)
{
    const struct pairing *p = first->pairing;
    struct steady steady = {0};
    for (u32 i = 0; i < p->count; i++)
        if (is_whole(&p->pairs[i]))
            first_measure_pair(first, &of_pairs[i], &steady);
    first->steady_classes = steady_classes(&first->keys, &steady);
    if (!first->steady_classes)
        return;
    keys_init(&first->steady, first->run[0], first->run[1], &o->keys, first->steady_classes);
    for (u32 i = 0; i < p->count; i++)
        if (is_whole(&p->pairs[i]))
            first_align_steady(first, &of_pairs[i]);
}

static void find_all(struct first *first, const struct first_options *o)
{
    const struct pairing *p = first->pairing;
    first->list = calloc(p->count + 1, sizeof *first->list);
    CHECK(first->list, "out of memory");
    for (u32 i = 0; i < p->count; i++)
        if (is_whole(&p->pairs[i]))
            first_align_pair(first, o, i, &first->list[i]);
    if (!o->keys.kind)
        find_steady(first, o, first->list);
    for (u32 i = 0; i < p->count; i++) {
        struct first_divergence *d = &first->list[i];
        bool whole = is_whole(&p->pairs[i]);
        first->common += whole ? d->prefix.matched : 0;
        first->compared += d->values.compared;
        first->untold += d->values.untold;
        bool diverges = whole ? first_finish_pair(first, d) : first_find_unpaired(first, o, i, d);
        first->equal += whole && !diverges;
        if (diverges && i != first->count)
            first->list[first->count] = *d;
        first->count += diverges;
    }
    first_set_aside(first);
}

bool first_is_short(const struct first *first)
{
    return journal_event_count(run_journal(first->run[0])) + journal_event_count(run_journal(first->run[1])) <=
           FIRST_EVENTS;
}

static u64 partitions_hash(struct journal_reader *journal)
{
    struct journal_input_record record;
    struct err err;
    u64 hash = 0;
    while (journal_next_input(journal, &record, &err) > 0)
        if (record.kind == INPUT_partition_list)
            hash = hash * 0x9E3779B97F4A7C15u + record.hash + 1;
    return hash;
}

/* Counts what all of A's threads did before the first divergence. */
static void count_before(struct first *first)
{
    u64 when = first->count ? first->list[0].side[0].when : UINT64_MAX, letters[KEYS_CHUNK], positions[KEYS_CHUNK];
    for (u32 i = 0; i < run_thread_count(first->run[0]); i++) {
        struct keys_reader r;
        u32 got;
        u64 end = run_position_at_seq(first->run[0], i, when);
        keys_reader_init(&r, &first->keys, 0, i, 0, end ? end - 1 : 0);
        while (end && (got = keys_read(&r, letters, positions, NULL)))
            first->before += got;
    }
}

static bool has_op(struct run *run, u32 op)
{
    for (u32 i = 0; i < run_site_count(run); i++)
        if (run_site(run, i)->kind == EVENT_call && run_site(run, i)->op == op)
            return true;
    return false;
}

/* What a run goes on with, and the other never does, asks for the difference of called and logged. */
static void find_unlogged(struct first *first)
{
    for (u32 i = 0; i < first->count && !first->unlogged.ops; i++)
        for (u32 side = 0; side < 2 && !first->unlogged.ops; side++) {
            const struct first_side *s = &first->list[i].side[side];
            if (s->has_next && s->next.call.op && !has_op(first->run[!side], s->next.call.op))
                unlogged_find(&first->unlogged, first->run[0], first->run[1]);
        }
}

static void decide(struct first *first)
{
    const struct first_divergence *d = first->count ? &first->list[0] : NULL;
    if (!d)
        first->verdict = first->common ? FIRST_SAME : FIRST_UNCERTAIN;
    else if (d->is_shared)
        first->verdict = FIRST_SAME;
    else
        first->verdict = d->is_uncertain ? FIRST_UNCERTAIN : FIRST_DIVERGED;
}

void first_find(struct first *first, struct pairing *pairing, const struct first_options *o)
{
    *first = (struct first){.run = {pairing->a, pairing->b}, .pairing = pairing, .jitter = o->jitter};
    first->values_most = o->values_most;
    if (o->values_most == FIRST_VALUES && !first_is_short(first))
        first->values_most = FIRST_LAST_CALLS;
    keys_init(&first->keys, pairing->a, pairing->b, &o->keys, 0);
    ends_init(&first->ends[0], pairing->a);
    ends_init(&first->ends[1], pairing->b);
    for (u32 i = 0; i < 2; i++)
        first->partitions[i] = partitions_hash(run_journal(first->run[i]));
    find_all(first, o);
    find_unlogged(first);
    for (u32 i = 0; i < first->count; i++)
        first_classify(first, &first->list[i]);
    first_doubt_ends(first);
    first_doubt_silent(first);
    first_order(first, o->by_time);
    count_noise(first);
    first_doubt_all(first);
    if (first->count) {
        first_read_standstill(first, &first->list[0]);
        first_tell_nth(first, &first->list[0]);
    }
    if (o->by_time)
        count_before(first);
    decide(first);
}

void first_finish(struct first *first)
{
    free(first->list);
    keys_finish(&first->keys);
    keys_finish(&first->steady);
    ends_finish(&first->ends[0]);
    ends_finish(&first->ends[1]);
    signals_free(first->signals[0]);
    signals_free(first->signals[1]);
    unlogged_free(&first->unlogged);
    *first = (struct first){0};
}
