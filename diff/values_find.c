/* SPDX-License-Identifier: BSD-3-Clause
 * Walking two threads' paired calls with their values (diff/values.h): one pass over each thread's events. */
#include "diff/values.h"

#include <stdlib.h>

enum {
    RING = 64, /* calls under way: one that returns later counts as not told */
    NESTED_MOST = 16,
};

/* One thread's wanted calls, complete with what came of them. */
struct stream {
    struct run *run;
    u32 place;
    struct keys_reader reader;
    u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK];
    u32 indexes[KEYS_CHUNK], at, fill;
    struct journal_cursor *cursor;
    bool ended;
    struct values_call ring[RING];
    u64 first, next;                       /* of the ring: the oldest that was not taken, the place of the next */
    struct values_call *open[NESTED_MOST]; /* calls that have not returned; NULL: one that is not wanted */
    u32 depth;
    struct err err;
};

/* A span is gone with the next question to its run, so the numbers of a whole chunk are taken at once. */
static void read_chunk(struct stream *s)
{
    struct run_span span = {0};
    s->at = 0;
    s->fill = keys_read(&s->reader, s->letters, s->positions, NULL);
    for (u32 i = 0; i < s->fill; i++) {
        u64 position = s->positions[i];
        if (position - span.position >= span.count &&
            (!run_read_some(s->run, s->place, position, COLUMN_INDEX, &span, &s->err) || !span.count)) {
            s->fill = i;
            return;
        }
        s->indexes[i] = span.index[position - span.position];
    }
}

/* The log's number of the next wanted call, UINT32_MAX: none. */
static u32 wanted(struct stream *s)
{
    if (s->at == s->fill)
        read_chunk(s);
    return s->at < s->fill ? s->indexes[s->at] : UINT32_MAX;
}

static void push(struct stream *s, struct values_call *call)
{
    if (s->depth == NESTED_MOST) {
        memmove(s->open, s->open + 1, sizeof s->open - sizeof s->open[0]);
        s->depth--;
    }
    s->open[s->depth++] = call;
}

static void note_call(struct stream *s, const struct event *e)
{
    if (e->index != wanted(s)) {
        push(s, NULL);
        return;
    }
    struct values_call *call = &s->ring[s->next++ % RING];
    for (u32 i = 0; i < s->depth; i++)
        s->open[i] = s->open[i] == call ? NULL : s->open[i];
    *call = (struct values_call){.position = s->positions[s->at], .letter = s->letters[s->at], .call = *e};
    s->at++;
    push(s, call);
}

static void note_return(struct stream *s, const struct event *e)
{
    for (u32 i = s->depth; i--;) {
        if (s->open[i] && s->open[i]->call.op != e->op)
            continue;
        if (s->open[i]) {
            s->open[i]->answer = *e;
            s->open[i]->has_answer = true;
        }
        s->depth = i;
        return;
    }
}

static void note_effect(struct stream *s, const struct event *e)
{
    struct values_call *call = s->depth ? s->open[s->depth - 1] : NULL;
    if (!call || call->call.op != e->op)
        return;
    call->is_unimplemented |= e->kind == EVENT_unimplemented;
    if (e->kind == EVENT_file) {
        call->effect = *e;
        call->has_effect = true;
    }
}

static void note(struct stream *s, const struct event *e)
{
    if (e->kind == EVENT_call)
        note_call(s, e);
    else if (e->kind == EVENT_return)
        note_return(s, e);
    else if (e->kind == EVENT_file || e->kind == EVENT_unimplemented)
        note_effect(s, e);
}

static void open_stream(struct stream *s, const struct keys *keys, u32 side, u32 place, u64 from)
{
    u32 index;
    *s = (struct stream){.run = keys->side[side].run, .place = place};
    keys_reader_init(&s->reader, keys, side, place, keys->is_plain ? from : 0, UINT64_MAX);
    while (!keys->is_plain && from--)
        if (wanted(s) != UINT32_MAX)
            s->at++;
    index = wanted(s);
    s->ended = index == UINT32_MAX;
    if (!s->ended)
        s->cursor = journal_cursor_thread(run_journal(s->run), run_thread(s->run, place)->thread, index, &s->err);
}

/* The next call, as complete as it gets; NULL: no more. */
static struct values_call *take(struct stream *s)
{
    const struct event *e;
    while (!s->ended && (s->first == s->next || !s->ring[s->first % RING].has_answer) && s->next - s->first < RING) {
        int found = journal_cursor_next(s->cursor, &e, &s->err);
        s->ended = found == 0;
        if (found > 0)
            note(s, e);
    }
    return s->first < s->next ? &s->ring[s->first++ % RING] : NULL;
}

static void note_content(struct values_search *search, const struct values_call *x, const struct values_call *y)
{
    if (!search->contents++) {
        search->content[0] = *x;
        search->content[1] = *y;
    }
}

/* True: they differ. */
static bool compare(const struct keys *keys, struct values_search *search, const struct values_call *x,
                    const struct values_call *y)
{
    u8 difference = (u8)values_compare(keys, x, y, &search->argument);
    bool told = values_tell_result(x) && values_tell_result(y);
    search->compared += told;
    search->untold += !told;
    if (difference == VALUES_CONTENT)
        note_content(search, x, y);
    if (difference == VALUES_SAME || difference == VALUES_CONTENT ||
        keys_contains(search->varying, search->varying_count, x->letter))
        return false;
    search->difference = difference;
    search->call[0] = *x;
    search->call[1] = *y;
    return true;
}

void values_find(const struct keys *keys, u32 place_a, u32 place_b, struct values_search *search)
{
    struct stream *s = calloc(2, sizeof *s);
    CHECK(s, "out of memory");
    open_stream(&s[0], keys, 0, place_a, search->from);
    open_stream(&s[1], keys, 1, place_b, search->from);
    for (search->matched = search->from; search->matched < search->to; search->matched++) {
        struct values_call *x = take(&s[0]), *y = take(&s[1]);
        if (!x || !y || compare(keys, search, x, y))
            break;
    }
    journal_cursor_close(s[0].cursor);
    journal_cursor_close(s[1].cursor);
    free(s);
}

bool values_read(struct run *run, u32 place, u64 position, struct values_call *call, struct err *err)
{
    const struct event *e;
    *call = (struct values_call){.position = position};
    if (!run_event(run, place, position, &call->call, err))
        return false;
    struct journal_cursor *c =
        journal_cursor_thread(run_journal(run), run_thread(run, place)->thread, call->call.index, err);
    for (u32 left = 64; left-- && journal_cursor_next(c, &e, err) > 0;) {
        if (e->kind == EVENT_unimplemented && e->op == call->call.op)
            call->is_unimplemented = true;
        if (e->kind == EVENT_file && e->op == call->call.op && !call->has_effect) {
            call->effect = *e;
            call->has_effect = true;
        }
        if (e->kind == EVENT_return && e->op == call->call.op) {
            call->answer = *e;
            call->has_answer = true;
            break;
        }
    }
    journal_cursor_close(c);
    return true;
}
