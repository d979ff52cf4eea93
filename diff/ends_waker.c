/* SPDX-License-Identifier: BSD-3-Clause
 * Who woke whom (diff/ends.h). */
#include "diff/ends.h"

#include <stdlib.h>

enum {
    WAIT_EVENTS = 64,   /* events of a wait, from its call on */
    SEARCH_MOST = 8192, /* events of each other thread in which a waker is looked for */
    WIDTH = 2,          /* values of such an event: the waiter, the object */
};

/* Where the wait's end stands, which may name the waker; else the object, and between which events the wake must lie.
 */
static u64 read_wait(struct run *run, u32 thread, u64 position, struct waker *w, u64 *from, u64 *to)
{
    struct run_span span;
    struct event e;
    struct err err;
    u64 begin = UINT64_MAX, end = UINT64_MAX;
    bool over = false;
    *from = *to = 0;
    for (u64 at = position; at < position + WAIT_EVENTS && !over;) {
        if (!run_read_some(run, thread, at, COLUMN_SITE | COLUMN_SEQ, &span, &err) || !span.count)
            break;
        *from = at == position ? span.seq[0] : *from;
        for (u32 i = 0; i < span.count && !over; i++, at++) {
            u8 kind = run_site(run, span.site[i])->kind;
            *to = span.seq[i];
            begin = kind == EVENT_wait_begin ? at : begin;
            end = kind == EVENT_wait_end ? at : end;
            over = at > position && kind == EVENT_call;
        }
    }
    if (begin != UINT64_MAX && run_event(run, thread, begin, &e, &err))
        w->object = e.v[F_wait_begin_object0];
    return end;
}

static void read_wait_end(struct run *run, u32 thread, u64 position, struct waker *w)
{
    struct event e;
    struct err err;
    if (position == UINT64_MAX || !run_event(run, thread, position, &e, &err))
        return;
    u32 waker = e.v[F_wait_end_waker] ? run_thread_place(run, (u32)e.v[F_wait_end_waker]) : UINT32_MAX;
    *w = (struct waker){true, false, waker, (u32)e.v[F_wait_end_waker_lr], UINT64_MAX, e.v[F_wait_end_object]};
}

/* ---- Events that name whom they wake. ---- */

enum { OBJECT_VALUE = F_signal_match_hsid };
_Static_assert((int)F_signal_match_hsid == (int)F_wake_requested_hsid, "both tell the object first");

u8 ends_waiter_value(u8 kind)
{
    return kind == EVENT_signal_match     ? (u8)F_signal_match_waiter
           : kind == EVENT_wake_requested ? (u8)F_wake_requested_waiter
                                          : JOURNAL_NO_VALUE;
}

struct search {
    struct run *run;
    u32 thread; /* who is woken */
    u8 *names;  /* by site: it does */
    struct journal_picks picks;
    u32 *offsets; /* of a block's events that do, */
    u32 count, capacity;
    struct journal_picked picked;
};

static void begin_search(struct search *s, struct run *run, u32 thread)
{
    u32 sites = run_site_count(run);
    u8 *values = malloc((size_t)sites * WIDTH + 1);
    *s = (struct search){.run = run, .thread = thread, .names = calloc(sites + 1u, 1)};
    CHECK(values && s->names, "out of memory");
    for (u32 i = 0; i < sites; i++) {
        u8 waiter = ends_waiter_value(run_site(run, i)->kind);
        s->names[i] = waiter != JOURNAL_NO_VALUE;
        values[i * WIDTH] = waiter;
        values[i * WIDTH + 1] = s->names[i] ? (u8)OBJECT_VALUE : JOURNAL_NO_VALUE;
    }
    s->picks = run_picks(run, WIDTH, values);
    free(values);
}

static void end_search(struct search *s)
{
    free(s->names);
    free(s->picks.values);
    free(s->offsets);
    free(s->picked.seqs);
    free(s->picked.values);
    free(s->picked.missing);
}

static void make_room(struct search *s, u32 count)
{
    if (s->capacity >= count)
        return;
    s->capacity = count;
    s->offsets = realloc(s->offsets, count * sizeof *s->offsets);
    s->picked.seqs = realloc(s->picked.seqs, count * sizeof *s->picked.seqs);
    s->picked.values = realloc(s->picked.values, count * WIDTH * sizeof *s->picked.values);
    s->picked.missing = realloc(s->picked.missing, count * sizeof *s->picked.missing);
    CHECK(s->offsets && s->picked.seqs && s->picked.values && s->picked.missing, "out of memory");
}

/* Those between two positions. */
static void find_events(struct search *s, const struct run_block *block, u64 at, u64 end)
{
    u32 from = (u32)(at - block->position);
    u32 to = end - block->position < block->count ? (u32)(end - block->position) : block->count;
    s->count = 0;
    make_room(s, to - from);
    for (u32 i = from; i < to; i++)
        if (s->names[block->sites[block->letters[i]]])
            s->offsets[s->count++] = i;
}

static bool has_any(const struct search *s, const struct run_block *block)
{
    for (u32 i = 0; i < block->site_count; i++)
        if (s->names[block->sites[i]])
            return true;
    return false;
}

static bool search_block(struct search *s, u32 place, struct run_block *block, u64 at, u64 end, struct waker *w)
{
    struct err err;
    if (!has_any(s, block))
        return true;
    if (!run_block_read(s->run, block, &err))
        return false;
    find_events(s, block, at, end);
    if (s->count && !run_block_pick(s->run, &s->picks, s->offsets, s->count, &s->picked, &err))
        return false;
    for (u32 i = s->count; i > 0; i--) {
        const u64 *v = s->picked.values + (size_t)(i - 1) * WIDTH;
        u32 offset = s->offsets[i - 1];
        if (s->picked.missing[i - 1] & 1 || v[0] != s->thread)
            continue;
        u32 lr = run_site(s->run, block->sites[block->letters[offset]])->lr;
        *w = (struct waker){true, false, place, lr, block->position + offset, v[1]};
        return true;
    }
    return true;
}

/* The last event of a thread, between two places of the run, that says that it wakes the waiter. */
static void search_thread(struct search *s, u32 place, u64 from, u64 to, struct waker *w)
{
    struct err err;
    struct run_block block;
    u64 end = run_position_at_seq(s->run, place, to), at = run_position_at_seq(s->run, place, from);
    at = end - at > SEARCH_MOST ? end - SEARCH_MOST : at;
    while (at < end && run_block_open(s->run, place, at, &block, &err) && block.count &&
           search_block(s, place, &block, at, end, w))
        at = block.position + block.count;
}

void ends_find_waker(struct run *run, u32 place, u64 position, struct waker *w)
{
    u64 from, to;
    struct search s;
    *w = (struct waker){.place = UINT32_MAX, .position = UINT64_MAX};
    read_wait_end(run, place, read_wait(run, place, position, w, &from, &to), w);
    if (w->is_known || to <= from)
        return;
    begin_search(&s, run, run_thread(run, place)->thread);
    for (u32 i = 0; i < run_thread_count(run) && !w->is_known; i++)
        if (i != place)
            search_thread(&s, i, from, to, w);
    end_search(&s);
}
