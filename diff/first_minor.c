/* SPDX-License-Identifier: BSD-3-Clause
 * Differences that say little (diff/first.h): calls of a noisy kind more or fewer, and more or fewer rounds of a loop
 * that only waits for time to pass. How often a thread polls is a matter of speed. Behind such a difference both
 * threads are followed further; what comes there is the pair's divergence, if it can be told from noise, and this is
 * told as a fact. */
#include "diff/first.h"

#include <stdlib.h>

enum {
    PASSES_SHORT = 65536, /* polls that differ before what else differs, in journals that are short enough */
    PASSES_LONG = 1024,
    AROUND = 2048, /* events on either side in which a site is looked for that polls */
};

/* The thread calls from there twice in a row, near that place. */
static bool repeats(const struct keys *keys, u32 side, u32 thread, u64 place, u64 letter)
{
    struct keys_reader r;
    u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK], seen = 0, before = 0;
    u32 got;
    keys_reader_init(&r, keys, side, thread, place > AROUND ? place - AROUND : 0, UINT64_MAX);
    while (seen < 2 * (u64)AROUND && (got = keys_read(&r, letters, positions, NULL)))
        for (u32 i = 0; i < got; i++, seen++) {
            if (letters[i] == letter && before == letter)
                return true;
            before = letters[i];
        }
    return false;
}

/* One call of such a site more: polling, if both runs call from there, and one of them again and again. */
static bool is_poll(const struct first *first, const struct first_divergence *d, u64 letter)
{
    const struct keys *keys = d->is_steady ? &first->steady : &first->keys;
    if (!keys_count(&keys->side[0], letter) || !keys_count(&keys->side[1], letter))
        return false;
    for (u32 i = 0; i < 2; i++)
        if (repeats(keys, i, d->side[i].thread, d->prefix.side[i].place, letter))
            return true;
    return false;
}

static bool is_minor(const struct first *first, struct first_divergence *d)
{
    struct keys_reader r;
    u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK];
    const struct align_meeting *m = &d->meeting;
    u32 side = m->shape == ALIGN_EXTRA, got;
    d->is_polling = false;
    if (d->values.difference || (m->shape != ALIGN_MISSING && m->shape != ALIGN_EXTRA) || m->place[0] == UINT64_MAX ||
        m->place[1] == UINT64_MAX)
        return false;
    keys_reader_init(&r, d->is_steady ? &first->steady : &first->keys, side, d->side[side].thread,
                     d->prefix.side[side].place, UINT64_MAX);
    u64 left = m->skipped[side], letter = 0;
    bool is_noise = true, is_one = true;
    while (left && (got = keys_read(&r, letters, positions, NULL)))
        for (u32 i = 0; i < got && left; i++, left--) {
            if (!align_is_slow(letters[i]))
                return false;
            is_noise = is_noise && noise_class((u32)letters[i]) != NOISE_NONE;
            is_one = is_one && (!letter || letters[i] == letter);
            letter = letters[i];
        }
    d->is_polling = !left && (m->round || (is_one && (m->skipped[side] > 1 || is_poll(first, d, letter))));
    return d->is_polling || (!left && is_noise);
}

/* Follows both threads behind the meeting, and behind further ones of the kind. False: nothing differs there. */
static bool look_beyond(const struct first *first, const struct first_divergence *d, struct first_divergence *next)
{
    struct first_divergence at = *d;
    u32 most = first_is_short(first) ? PASSES_SHORT : PASSES_LONG;
    for (u32 passes = 0; passes < most; passes++) {
        u32 side = at.meeting.shape == ALIGN_EXTRA;
        *next = at;
        if (!next->passed) {
            next->passed_call = at.side[side].next;
            next->passed_side = (u8)side;
        }
        next->passed += at.meeting.skipped[side];
        for (u32 i = 0; i < 2; i++)
            next->window.from[i] = at.meeting.place[i];
        next->window.matched = at.matched;
        next->meeting = (struct align_meeting){0};
        align_prefix(next->is_steady ? &first->steady : &first->keys, next->side[0].thread, next->side[1].thread,
                     &next->window, &next->prefix);
        next->matched = next->prefix.matched;
        first_compare_values(first, next);
        for (u32 i = 0; i < 2; i++)
            next->side[i].has_last = next->side[i].has_next = next->side[i].has_meeting = false;
        if (!first_finish_pair(first, next))
            return false;
        next->is_minor = is_minor(first, next);
        if (!next->is_minor)
            return true;
        at = *next;
    }
    return true;
}

static bool is_telling(const struct first_divergence *d)
{
    return d->is_deed && !d->is_minor && d->side[0].thread != PAIR_NOBODY && d->side[1].thread != PAIR_NOBODY;
}

/* Puts what lies behind minor differences in their place: deeds, or standstills. */
static void replace(struct first *first, bool standstills)
{
    struct first_divergence *next = malloc(sizeof *next);
    CHECK(next, "out of memory");
    for (u32 i = 0; i < first->count; i++) {
        struct first_divergence *d = &first->list[i];
        if (d->is_minor && look_beyond(first, d, next) && !next->is_minor && next->is_deed != standstills)
            *d = *next;
    }
    free(next);
}

void first_set_aside(struct first *first)
{
    bool has_telling = false;
    for (u32 i = 0; i < first->count; i++)
        first->list[i].is_minor = is_minor(first, &first->list[i]);
    replace(first, false);
    for (u32 i = 0; i < first->count; i++)
        has_telling |= is_telling(&first->list[i]);
    /* A thread that only waits at last is no divergence without the deed of another that it waits for. */
    if (has_telling)
        replace(first, true);
}

void first_tell_minor(const struct first *first, struct first_divergence *d)
{
    static const char *const names[] = {"A", "B"};
    if (d->is_minor)
        first_add_fact(d, '-', "only calls that wait or poll differ: how many there are is a matter of speed");
    if (!d->passed)
        return;
    const struct event *call = &d->passed_call.call;
    first_add_fact(d, ' ', "before it, from %u@%u on, %s has %llu call%s more that only wait%s or poll%s, as %s does",
                   call->thread, call->index, names[d->passed_side], (unsigned long long)d->passed,
                   d->passed == 1 ? "" : "s", d->passed == 1 ? "s" : "", d->passed == 1 ? "s" : "",
                   run_op_name(first->run[d->passed_side], call->op));
}
