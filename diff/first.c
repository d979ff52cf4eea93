/* SPDX-License-Identifier: BSD-3-Clause
 * Finding each pair's first divergence (diff/first.h). */
#include "diff/first.h"

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

/* ---- One pair. ---- */

/* The last position of a thread that takes part: the options end it by time or by number. */
static u64 last_position(const struct first *first, const struct first_options *o, u32 side, u32 place)
{
    struct run *run = first->run[side];
    u64 last = UINT64_MAX;
    if (o->last_time[side] != UINT64_MAX) {
        u64 end = run_position_at_time(run, place, o->last_time[side]);
        last = end ? end - 1 : 0;
    }
    if (o->limit != UINT64_MAX) {
        u32 site;
        u64 position;
        struct err err;
        u64 found = o->limit ? run_keys(run, place, o->limit - 1, true, &site, &position, 1, &err) : 0;
        last = found && position < last ? position : last;
    }
    return last;
}

static void read_side(struct first_side *s, struct run *run, u64 last, u64 next)
{
    struct err err;
    s->has_last = last != UINT64_MAX && values_read(run, s->place, last, &s->last, &err);
    s->has_next = next != UINT64_MAX && values_read(run, s->place, next, &s->next, &err);
    s->when = s->has_next ? s->next.call.seq : s->has_last ? s->last.call.seq : run_thread(run, s->place)->created_seq;
}

/* Values are compared from here on: all, if there are not too many. */
static void find_values(const struct first *first, const struct first_options *o, struct first_divergence *d)
{
    u64 matched = d->prefix.matched;
    d->values = (struct values_search){.from = matched > o->values_most ? matched - o->values_most : 0,
                                       .to = matched,
                                       .varying = o->varying,
                                       .varying_count = o->varying_count};
    if (!o->no_values && matched)
        values_find(&first->keys, d->side[0].place, d->side[1].place, &d->values);
}

/* The values of a paired call differ: that is the place, whatever comes later. */
static void take_values(struct first_divergence *d)
{
    for (u32 i = 0; i < 2; i++) {
        struct first_side *s = &d->side[i];
        s->next = d->values.call[i];
        s->has_next = true;
        s->when = s->next.call.seq;
    }
    d->matched = d->values.matched;
}

static void read_last_common(const struct first *first, struct first_divergence *d)
{
    for (u32 i = 0; i < 2; i++) {
        struct keys_reader r;
        u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK];
        struct err err;
        struct first_side *s = &d->side[i];
        s->has_last = false;
        if (!d->matched || !first->keys.is_plain)
            continue;
        keys_reader_init(&r, &first->keys, i, s->place, d->matched - 1, UINT64_MAX);
        s->has_last = keys_read(&r, letters, positions, NULL) &&
                      values_read(first->run[i], s->place, positions[0], &s->last, &err);
    }
}

static void read_meeting(const struct first *first, struct first_divergence *d)
{
    struct err err;
    for (u32 i = 0; i < 2; i++)
        d->side[i].has_meeting =
            d->meeting.position[i] != UINT64_MAX &&
            values_read(first->run[i], d->side[i].place, d->meeting.position[i], &d->side[i].meeting, &err);
}

static bool is_deed(const struct first *first, const struct first_divergence *d)
{
    if (d->values.difference)
        return true;
    for (u32 i = 0; i < 2; i++) {
        const struct first_side *s = &d->side[i];
        if (s->has_next)
            continue;
        /* The one thread that just stops in a run that stands still has ended in a way that the log does not tell. */
        bool died = s->end == ENDS_RUNNING && ends_is_wedged(&first->ends[i]);
        if (s->end != ENDS_EXITED && !died)
            return false;
    }
    return true;
}

/* False: the pair does not diverge. */
static bool find_in_pair(const struct first *first, const struct first_options *o, u32 number,
                         struct first_divergence *d)
{
    const struct pair *pair = &first->pairing->pairs[number];
    u64 last[2] = {last_position(first, o, 0, pair->a), last_position(first, o, 1, pair->b)};
    *d = (struct first_divergence){.pair = number, .cause = FIRST_NOBODY, .root = FIRST_NOBODY};
    d->side[0].place = pair->a;
    d->side[1].place = pair->b;
    d->side[0].end = first->ends[0].of[pair->a];
    d->side[1].end = first->ends[1].of[pair->b];
    align_prefix(&first->keys, pair->a, pair->b, last, &d->prefix);
    d->matched = d->prefix.matched;
    find_values(first, o, d);
    if (d->prefix.is_equal && !d->values.difference)
        return false;
    for (u32 i = 0; i < 2; i++)
        read_side(&d->side[i], first->run[i], d->prefix.side[i].last, d->prefix.side[i].next);
    if (d->values.difference) {
        take_values(d);
        read_last_common(first, d);
    } else {
        align_meet(&first->keys, pair->a, pair->b, &d->prefix, last, &d->meeting);
        read_meeting(first, d);
    }
    d->is_deed = is_deed(first, d);
    return true;
}

/* A thread that only one run has. False: it did nothing. */
static bool find_unpaired(const struct first *first, u32 number, struct first_divergence *d)
{
    const struct pair *pair = &first->pairing->pairs[number];
    u32 side = pair->a == PAIR_NOBODY, place = side ? pair->b : pair->a;
    const struct run_thread *t = run_thread(first->run[side], place);
    if (!t->quiet_keys && !t->created)
        return false;
    *d = (struct first_divergence){.pair = number, .cause = FIRST_NOBODY, .root = FIRST_NOBODY, .is_deed = true};
    struct first_side *s = &d->side[side];
    struct keys_reader r;
    u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK];
    d->side[!side].place = PAIR_NOBODY;
    s->place = place;
    s->end = first->ends[side].of[place];
    keys_reader_init(&r, &first->keys, side, place, 0, UINT64_MAX);
    u64 next = keys_read(&r, letters, positions, NULL) ? positions[0] : UINT64_MAX;
    read_side(s, first->run[side], UINT64_MAX, next);
    d->side[!side].when = UINT64_MAX;
    return true;
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

static void find_all(struct first *first, const struct first_options *o)
{
    const struct pairing *p = first->pairing;
    first->list = calloc(p->count + 1, sizeof *first->list);
    CHECK(first->list, "out of memory");
    for (u32 i = 0; i < p->count; i++) {
        struct first_divergence *d = &first->list[first->count];
        bool is_whole = p->pairs[i].a != PAIR_NOBODY && p->pairs[i].b != PAIR_NOBODY;
        bool diverges = is_whole ? find_in_pair(first, o, i, d) : find_unpaired(first, i, d);
        first->compared += d->values.compared;
        first->untold += d->values.untold;
        first->count += diverges;
        first->equal += !diverges && is_whole;
    }
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

static void decide(struct first *first)
{
    const struct first_divergence *d = first->count ? &first->list[0] : NULL;
    if (!d || d->is_shared)
        first->verdict = FIRST_SAME;
    else
        first->verdict = d->is_uncertain ? FIRST_UNCERTAIN : FIRST_DIVERGED;
}

void first_find(struct first *first, struct pairing *pairing, const struct first_options *o)
{
    *first = (struct first){.run = {pairing->a, pairing->b}, .pairing = pairing};
    keys_init(&first->keys, pairing->a, pairing->b, &o->keys);
    ends_init(&first->ends[0], pairing->a);
    ends_init(&first->ends[1], pairing->b);
    for (u32 i = 0; i < 2; i++)
        first->partitions[i] = partitions_hash(run_journal(first->run[i]));
    find_all(first, o);
    for (u32 i = 0; i < first->count; i++)
        first_classify(first, &first->list[i]);
    first_order(first, o->by_time);
    count_noise(first);
    if (o->by_time)
        count_before(first);
    decide(first);
}

void first_finish(struct first *first)
{
    free(first->list);
    keys_finish(&first->keys);
    ends_finish(&first->ends[0]);
    ends_finish(&first->ends[1]);
    *first = (struct first){0};
}
