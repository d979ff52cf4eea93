/* SPDX-License-Identifier: BSD-3-Clause
 * Logs without arguments tell that an event was set, not which. The wait that ended next tells: a guess, and marked as
 * one (diff/signals.h). */
#include "diff/signals.h"

#include <stdlib.h>

/* Deeds looked at for one wait. */
enum { REACH = 4096 };

static bool fits(const struct signal_deed *d, u8 type)
{
    if (d->object != (u32)SIGNALS_NONE)
        return false;
    if (type == OBJECT_EVENT)
        return d->kind == DEED_SET || d->kind == DEED_PULSE;
    if (type == OBJECT_SEMAPHORE || type == OBJECT_MUTANT)
        return d->kind == DEED_RELEASE;
    return (type == OBJECT_OTHER || type == OBJECT_FREE) &&
           (d->kind == DEED_SET || d->kind == DEED_PULSE || d->kind == DEED_RELEASE);
}

/* How many deeds there are before that place of the run. */
static u32 deeds_before(const struct signals *s, u64 seq)
{
    u32 low = 0, high = s->deed_count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (s->deeds[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A signal that came while the thread waited, by another; else, for a wait that was over at once, the thread's own last
 * one since the object was made. */
static struct signal_deed *find(struct signals *s, const struct wait *w)
{
    const struct object *o = &s->objects.rows[w->ended_by];
    u32 last = deeds_before(s, w->end_seq);
    for (u32 i = last; i > 0 && last - i < REACH && s->deeds[i - 1].seq > w->begin_seq; i--)
        if (s->deeds[i - 1].place != w->place && fits(&s->deeds[i - 1], o->type))
            return &s->deeds[i - 1];
    for (u32 i = last; i > 0 && last - i < REACH && s->deeds[i - 1].seq > o->seq; i--)
        if (s->deeds[i - 1].place == w->place && fits(&s->deeds[i - 1], o->type))
            return &s->deeds[i - 1];
    return NULL;
}

/* By object: some deed is told to signal it. */
static bool *find_signalled(const struct signals *s)
{
    bool *is_signalled = calloc(s->objects.count + 1u, sizeof *is_signalled);
    CHECK(is_signalled, "out of memory");
    for (u32 i = 0; i < s->deed_count; i++)
        if (s->deeds[i].object != (u32)SIGNALS_NONE && signals_is_signal(s->deeds[i].kind))
            is_signalled[s->deeds[i].object] = true;
    return is_signalled;
}

static bool has_unknown(const struct signals *s)
{
    for (u32 i = 0; i < s->deed_count; i++)
        if (s->deeds[i].object == (u32)SIGNALS_NONE && signals_is_signal(s->deeds[i].kind) &&
            s->deeds[i].kind != DEED_EXIT)
            return true;
    return false;
}

void signals_guess(struct signals *s)
{
    if (!has_unknown(s))
        return;
    bool *is_signalled = find_signalled(s);
    for (u32 i = 0; i < s->wait_count; i++) {
        const struct wait *w = signals_wait(s, i);
        if (wait_is_open(w) || w->ended_by == OBJECTS_NONE || w->waker == WAKER_TOLD)
            continue;
        if (s->objects.rows[w->ended_by].type == OBJECT_THREAD || is_signalled[w->ended_by])
            continue;
        struct signal_deed *d = find(s, w);
        if (d) {
            d->object = w->ended_by;
            d->guessed = true;
        }
    }
    free(is_signalled);
}
