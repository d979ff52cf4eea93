/* SPDX-License-Identifier: BSD-3-Clause
 * How far two threads' keys agree (diff/align.h). */
#include "diff/align.h"

#include <stdlib.h>

/* The greatest number of marks over which both agree. */
static u64 equal_marks(const struct keys *keys, u32 a, u32 b)
{
    u64 most_a = run_thread(keys->side[0].run, a)->quiet_keys / RUN_MARK;
    u64 most_b = run_thread(keys->side[1].run, b)->quiet_keys / RUN_MARK;
    u64 low = 0, high = most_a < most_b ? most_a : most_b;
    while (low < high) {
        u64 middle = low + (high - low + 1) / 2;
        if (run_key_mark(keys->side[0].run, a, middle, true) == run_key_mark(keys->side[1].run, b, middle, true))
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

struct buffer {
    struct keys_reader reader;
    u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK], places[KEYS_CHUNK];
    u32 at, fill;
};

/* False: there is no more. */
static bool has_key(struct buffer *b)
{
    if (b->at < b->fill)
        return true;
    b->at = 0;
    b->fill = keys_read(&b->reader, b->letters, b->positions, b->places);
    return b->fill > 0;
}

/* Asks both: each fills its buffer. */
static bool both_have_keys(struct buffer *a, struct buffer *b)
{
    bool in_a = has_key(a), in_b = has_key(b);
    return in_a && in_b;
}

/* Walks both as long as they agree. Returns how many agreed. */
static u64 walk(struct buffer *a, struct buffer *b, struct align_prefix *prefix)
{
    u64 matched = 0;
    while (both_have_keys(a, b)) {
        u32 n = a->fill - a->at < b->fill - b->at ? a->fill - a->at : b->fill - b->at, i = 0;
        while (i < n && a->letters[a->at + i] == b->letters[b->at + i])
            i++;
        if (i) {
            prefix->side[0].last = a->positions[a->at + i - 1];
            prefix->side[1].last = b->positions[b->at + i - 1];
        }
        a->at += i;
        b->at += i;
        matched += i;
        if (i < n)
            break;
    }
    return matched;
}

static void set_next(struct align_side *side, struct buffer *b)
{
    bool more = has_key(b);
    side->place = more ? b->places[b->at] : b->reader.next;
    side->next = more ? b->positions[b->at] : UINT64_MAX;
}

/* The position of the key before a place. */
static u64 position_before(const struct keys *keys, u32 side, u32 thread, u64 place)
{
    u32 site;
    struct err err;
    u64 position;
    if (keys->steady || !place)
        return UINT64_MAX;
    return run_keys(keys->side[side].run, thread, place - 1, true, &site, &position, 1, &err) ? position : UINT64_MAX;
}

static bool is_unlimited(const struct align_window *w)
{
    return w->last_position[0] == UINT64_MAX && w->last_position[1] == UINT64_MAX && !w->from[0] && !w->from[1];
}

void align_prefix(const struct keys *keys, u32 thread_a, u32 thread_b, const struct align_window *window,
                  struct align_prefix *prefix)
{
    struct buffer *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b);
    CHECK(a && b, "out of memory");
    struct align_window w = *window;
    if (keys->is_plain && is_unlimited(window))
        w.from[0] = w.from[1] = w.matched = equal_marks(keys, thread_a, thread_b) * RUN_MARK;
    *prefix = (struct align_prefix){0};
    prefix->side[0].last = position_before(keys, 0, thread_a, w.from[0]);
    prefix->side[1].last = position_before(keys, 1, thread_b, w.from[1]);
    keys_reader_init(&a->reader, keys, 0, thread_a, w.from[0], w.last_position[0]);
    keys_reader_init(&b->reader, keys, 1, thread_b, w.from[1], w.last_position[1]);
    prefix->matched = w.matched + walk(a, b, prefix);
    set_next(&prefix->side[0], a);
    set_next(&prefix->side[1], b);
    prefix->is_equal = prefix->side[0].next == UINT64_MAX && prefix->side[1].next == UINT64_MAX;
    prefix->damage = a->reader.damage.text[0] ? a->reader.damage : b->reader.damage;
    free(a);
    free(b);
}
