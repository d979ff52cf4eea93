/* SPDX-License-Identifier: BSD-3-Clause
 * Who may have ended a wait, where a log does not tell which object a signal was for (diff/waits.h). */
#include "diff/order.h"
#include "diff/waits_build.h"
#include "schema/role.h"

#include <stdlib.h>

/* Signals looked at for one wait. */
enum { REACH = 4096 };

/* The signals that are told of no object, in order of seq. */
struct unknown {
    const struct object_signal *signals;
    bool *is_taken;
    u32 count;
};

static bool fits(const struct object_signal *s, u8 type)
{
    bool is_set = s->role == ROLE_SET || s->role == ROLE_PULSE,
         is_release = s->role == ROLE_RELEASE || s->role == ROLE_SIGNAL_AND_WAIT;
    if (type == OBJECT_EVENT)
        return is_set;
    if (type == OBJECT_SEMAPHORE || type == OBJECT_MUTANT)
        return is_release;
    return (type == OBJECT_OTHER || type == OBJECT_FREE) && (is_set || is_release);
}

static u32 count_before(const struct unknown *u, u64 seq)
{
    u32 low = 0, high = u->count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (u->signals[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The last one that fits after `from` and before the wait's end: by another thread, or the waiting thread's own. */
static u32 find_since(const struct unknown *u, const struct wait *w, u8 type, u64 from, bool is_own)
{
    u32 last = count_before(u, w->end_seq);
    for (u32 i = last; i > 0 && last - i < REACH && u->signals[i - 1].seq > from; i--)
        if (!u->is_taken[i - 1] && (u->signals[i - 1].place == w->place) == is_own && fits(&u->signals[i - 1], type))
            return i - 1;
    return UINT32_MAX;
}

static u32 ended_by(const struct wait *w)
{
    bool is_known = wait_is_open(w) || w->waker != WAKER_UNKNOWN || (w->has_status && w->status >= 64);
    return is_known ? OBJECTS_NONE : wait_result_object(w);
}

static void guess(struct waits *w, struct unknown *u, struct wait *wait)
{
    u32 object = ended_by(wait);
    const struct object *o = object == OBJECTS_NONE ? NULL : &w->objects->rows[object];
    if (!o || o->type == OBJECT_THREAD || o->signal_count)
        return;
    u32 found = find_since(u, wait, o->type, wait->begin_seq, false);
    found = found == UINT32_MAX ? find_since(u, wait, o->type, o->seq, true) : found;
    if (found == UINT32_MAX)
        return;
    u->is_taken[found] = true;
    waits_set_waker(w, wait, WAKER_GUESSED, (u32)(u->signals + found - w->objects->signals));
}

void waits_guess(struct waits *w)
{
    struct unknown u = {.count = objects_unknown_signals(w->objects)};
    if (!u.count)
        return;
    u.signals = w->objects->signals + (w->objects->signal_count - u.count);
    u.is_taken = calloc(u.count, sizeof *u.is_taken);
    u64 *numbers = malloc((w->count + 1u) * sizeof *numbers);
    CHECK(u.is_taken && numbers, "out of memory");
    for (u32 i = 0; i < w->count; i++)
        numbers[i] = w->rows[i].begin_seq;
    u32 *order = order_make(numbers, w->count);
    for (u32 i = 0; i < w->count; i++)
        guess(w, &u, &w->rows[order[i]]);
    free(order);
    free(numbers);
    free(u.is_taken);
}
