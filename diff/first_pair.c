/* SPDX-License-Identifier: BSD-3-Clause
 * Where one pair of threads first differs (diff/first.h). */
#include "diff/first.h"

enum {
    STEADY_KEYS = 4096, /* in long journals only noise near a divergence is looked at */
};

/* The last position of a thread that takes part: the options end it by time or by number. */
static u64 last_position(const struct first *first, const struct first_options *o, u32 side, u32 thread)
{
    struct run *run = first->run[side];
    u64 last = UINT64_MAX, position;
    if (o->last_time[side] != UINT64_MAX) {
        u64 end = run_position_at_time(run, thread, o->last_time[side]);
        last = end ? end - 1 : 0;
    }
    if (o->limit != UINT64_MAX) {
        u32 site;
        struct err err;
        u64 found = o->limit ? run_keys(run, thread, o->limit - 1, true, &site, &position, 1, &err) : 0;
        last = found && position < last ? position : last;
    }
    return last;
}

/* Both sides go on, each in its own way. */
static bool goes_on(const struct first_divergence *d)
{
    return d->prefix.side[0].next != UINT64_MAX && d->prefix.side[1].next != UINT64_MAX;
}

void first_compare_values(const struct first *first, struct first_divergence *d)
{
    const struct keys *keys = d->is_steady ? &first->steady : &first->keys;
    u64 matched = d->prefix.matched - d->window.matched;
    d->values = (struct values_search){.from = matched > first->values_most ? matched - first->values_most : 0,
                                       .to = matched,
                                       .place = {d->window.from[0], d->window.from[1]},
                                       .varying = first->jitter ? first->jitter->varying : NULL,
                                       .varying_count = first->jitter ? first->jitter->varying_count : 0};
    if (first->keys.parts & (KEY_ARGUMENTS | KEY_RESULT) && matched && (first_is_short(first) || goes_on(d)))
        values_find(keys, d->side[0].thread, d->side[1].thread, &d->values);
    d->values.matched += d->window.matched;
}

/* The place of a thread's first key at that time or later, among those without noise. */
static u64 place_at_time(struct run *run, u32 thread, u64 time)
{
    u64 position = run_position_at_time(run, thread, time), low = 0, high = run_thread(run, thread)->quiet_keys;
    while (low < high) {
        u64 middle = low + (high - low) / 2, at;
        u32 site;
        struct err err;
        if (run_keys(run, thread, middle, true, &site, &at, 1, &err) && at < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Two clocks name no common moment: from there the threads first find each other. */
static void begin_at_time(const struct first *first, const struct first_options *o, struct first_divergence *d)
{
    struct align_prefix prefix;
    struct align_meeting meeting = {0};
    u32 a = d->side[0].thread, b = d->side[1].thread;
    if (!o->first_time[0] && !o->first_time[1])
        return;
    for (u32 i = 0; i < 2; i++)
        d->window.from[i] = place_at_time(first->run[i], d->side[i].thread, o->first_time[i]);
    align_prefix(&first->keys, a, b, &d->window, &prefix);
    if (prefix.matched || prefix.is_equal)
        return;
    align_meet(&first->keys, a, b, &prefix, &d->window, &meeting);
    for (u32 i = 0; i < 2 && meeting.position[0] != UINT64_MAX; i++)
        d->window.from[i] = meeting.place[i];
}

void first_align_pair(const struct first *first, const struct first_options *o, u32 number, struct first_divergence *d)
{
    const struct pair *pair = &first->pairing->pairs[number];
    *d = (struct first_divergence){.pair = number, .cause = FIRST_NOBODY, .root = FIRST_NOBODY};
    d->window = ALIGN_ALL;
    for (u32 i = 0; i < 2; i++) {
        d->side[i].thread = i ? pair->b : pair->a;
        d->side[i].end = first->ends[i].of[d->side[i].thread];
        d->window.last_position[i] = last_position(first, o, i, d->side[i].thread);
    }
    begin_at_time(first, o, d);
    align_prefix(&first->keys, pair->a, pair->b, &d->window, &d->prefix);
    d->matched = d->prefix.matched;
    first_compare_values(first, d);
}

/* ---- Noise that does not vary. ---- */

/* The window in which noise is looked at; false: none. */
static bool steady_window(const struct first *first, const struct first_divergence *d, struct align_window *window)
{
    *window = d->window;
    if (d->window.from[0] || d->window.from[1])
        return false;
    if (first_is_short(first))
        return true;
    u64 from = d->prefix.matched > STEADY_KEYS ? d->prefix.matched - STEADY_KEYS : 0;
    if (!goes_on(d) || !first->keys.is_plain)
        return false;
    window->matched = from;
    for (u32 i = 0; i < 2; i++) {
        u32 site;
        struct err err;
        if (!run_keys(first->run[i], d->side[i].thread, from, true, &site, &window->from[i], 1, &err))
            return false;
    }
    return true;
}

void first_measure_pair(const struct first *first, const struct first_divergence *d, struct steady *steady)
{
    struct align_window window;
    const bool is_end[2] = {d->side[0].end == ENDS_EXITED, d->side[1].end == ENDS_EXITED};
    if (steady_window(first, d, &window))
        steady_measure(&first->keys, d->side[0].thread, d->side[1].thread, window.from, window.last_position, is_end,
                       steady);
}

void first_align_steady(const struct first *first, struct first_divergence *d)
{
    struct align_window window;
    struct align_prefix prefix;
    if (!steady_window(first, d, &window))
        return;
    align_prefix(&first->steady, d->side[0].thread, d->side[1].thread, &window, &prefix);
    if (prefix.side[0].next == d->prefix.side[0].next && prefix.side[1].next == d->prefix.side[1].next)
        return;
    d->is_steady = true;
    d->window = window;
    d->prefix = prefix;
    d->matched = prefix.matched;
}

/* ---- What is there. ---- */

typedef bool read_fn(struct run *run, u32 thread, u64 position, struct values_call *call, struct err *err);

static void read_sides(const struct first *first, struct first_divergence *d, read_fn *read)
{
    struct err err;
    for (u32 i = 0; i < 2; i++) {
        struct first_side *s = &d->side[i];
        u64 last = d->prefix.side[i].last, next = d->prefix.side[i].next;
        s->has_last = last != UINT64_MAX && read(first->run[i], s->thread, last, &s->last, &err);
        s->has_next = next != UINT64_MAX && read(first->run[i], s->thread, next, &s->next, &err);
        s->when = s->has_next   ? s->next.call.seq
                  : s->has_last ? s->last.call.seq
                                : run_thread(first->run[i], s->thread)->created_seq;
    }
}

void first_read_standstill(const struct first *first, struct first_divergence *d)
{
    if (d->side[0].thread != PAIR_NOBODY && d->side[1].thread != PAIR_NOBODY && !d->values.difference && !goes_on(d))
        read_sides(first, d, values_read);
}

static void read_last_common(const struct first *first, struct first_divergence *d)
{
    for (u32 i = 0; i < 2; i++) {
        struct keys_reader r;
        u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK];
        struct err err;
        struct first_side *s = &d->side[i];
        if (d->matched <= d->window.matched || !first->keys.is_plain || d->is_steady)
            continue;
        u64 place = d->window.from[i] + d->matched - d->window.matched - 1;
        keys_reader_init(&r, &first->keys, i, s->thread, place, UINT64_MAX);
        s->has_last = keys_read(&r, letters, positions, NULL) &&
                      values_read(first->run[i], s->thread, positions[0], &s->last, &err);
    }
}

/* The values of a paired call differ: that is the place, whatever comes later. */
static void take_values(const struct first *first, struct first_divergence *d)
{
    d->matched = d->values.matched;
    for (u32 i = 0; i < 2; i++) {
        struct first_side *s = &d->side[i];
        s->next = d->values.call[i];
        s->has_next = true;
        s->when = s->next.call.seq;
    }
    read_last_common(first, d);
}

static void find_meeting(const struct first *first, struct first_divergence *d)
{
    struct err err;
    const struct keys *keys = d->is_steady ? &first->steady : &first->keys;
    align_meet(keys, d->side[0].thread, d->side[1].thread, &d->prefix, &d->window, &d->meeting);
    for (u32 i = 0; i < 2; i++)
        d->side[i].has_meeting =
            d->meeting.position[i] != UINT64_MAX &&
            values_read(first->run[i], d->side[i].thread, d->meeting.position[i], &d->side[i].meeting, &err);
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

/* One side has no more keys because the user wanted no more of them. */
static bool ends_by_wish(const struct first_divergence *d)
{
    for (u32 i = 0; i < 2; i++)
        if (d->prefix.side[i].next == UINT64_MAX && d->window.last_position[i] != UINT64_MAX)
            return true;
    return false;
}

bool first_finish_pair(const struct first *first, struct first_divergence *d)
{
    u64 next = d->prefix.side[0].next;
    if (d->values.difference && d->is_steady && d->values.call[0].position > next)
        d->values.difference = VALUES_SAME;
    if ((d->prefix.is_equal || ends_by_wish(d)) && !d->values.difference)
        return false;
    if (d->values.difference) {
        take_values(first, d);
    } else {
        read_sides(first, d, goes_on(d) ? values_read : values_glance);
        find_meeting(first, d);
    }
    d->is_deed = is_deed(first, d);
    return true;
}

/* It was made after what the user wants to see. */
static bool is_made_later(const struct first *first, const struct first_options *o, u32 side, u32 thread)
{
    const struct run_thread *t = run_thread(first->run[side], thread);
    if (!t->created || t->parent == UINT32_MAX)
        return t->first_time > o->last_time[side];
    return run_position_at_seq(first->run[side], t->parent, t->created_seq) > last_position(first, o, side, t->parent);
}

bool first_find_unpaired(const struct first *first, const struct first_options *o, u32 number,
                         struct first_divergence *d)
{
    const struct pair *pair = &first->pairing->pairs[number];
    u32 side = pair->a == PAIR_NOBODY, thread = side ? pair->b : pair->a;
    const struct run_thread *t = run_thread(first->run[side], thread);
    struct keys_reader r;
    struct err err;
    u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK];
    bool ended_before = t->events && t->last_time < o->first_time[side];
    if ((!t->quiet_keys && !t->created) || ended_before || is_made_later(first, o, side, thread))
        return false;
    *d = (struct first_divergence){.pair = number, .cause = FIRST_NOBODY, .root = FIRST_NOBODY, .is_deed = true};
    struct first_side *s = &d->side[side];
    d->side[!side].thread = PAIR_NOBODY;
    d->side[!side].when = UINT64_MAX;
    s->thread = thread;
    s->end = first->ends[side].of[thread];
    keys_reader_init(&r, &first->keys, side, thread, 0, UINT64_MAX);
    s->has_next =
        keys_read(&r, letters, positions, NULL) && values_read(first->run[side], thread, positions[0], &s->next, &err);
    s->when = t->created ? t->created_seq : s->has_next ? s->next.call.seq : 0;
    return true;
}
