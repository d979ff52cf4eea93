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
    u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK], ordinals[KEYS_CHUNK];
    u32 at, fill;
};

/* False: there is no more. */
static bool has_key(struct buffer *b)
{
    if (b->at < b->fill)
        return true;
    b->at = 0;
    b->fill = keys_read(&b->reader, b->letters, b->positions, b->ordinals);
    return b->fill > 0;
}

/* Walks both as long as they agree. Returns how many agreed. */
static u64 walk(struct buffer *a, struct buffer *b, struct align_prefix *prefix)
{
    u64 matched = 0;
    while (has_key(a) & has_key(b)) {
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
    side->ordinal = more ? b->ordinals[b->at] : b->reader.ordinal;
    side->next = more ? b->positions[b->at] : UINT64_MAX;
}

/* The position of the key before the first that the walk saw. */
static u64 position_before(const struct keys *keys, u32 side, u32 place, u64 ordinal)
{
    u32 site;
    u64 position;
    struct err err;
    return ordinal && run_keys(keys->side[side].run, place, ordinal - 1, true, &site, &position, 1, &err) ? position
                                                                                                          : UINT64_MAX;
}

static void start_at(const struct keys *keys, u32 place_a, u32 place_b, u64 start, const u64 last_position[2],
                     struct buffer *a, struct buffer *b)
{
    keys_reader_init(&a->reader, keys, 0, place_a, start, last_position[0]);
    keys_reader_init(&b->reader, keys, 1, place_b, start, last_position[1]);
}

void align_prefix(const struct keys *keys, u32 place_a, u32 place_b, const u64 last_position[2],
                  struct align_prefix *prefix)
{
    struct buffer *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b);
    CHECK(a && b, "out of memory");
    bool is_whole = last_position[0] == UINT64_MAX && last_position[1] == UINT64_MAX;
    u64 start = keys->is_plain && is_whole ? equal_marks(keys, place_a, place_b) * RUN_MARK : 0;
    *prefix = (struct align_prefix){0};
    prefix->side[0].last = position_before(keys, 0, place_a, start);
    prefix->side[1].last = position_before(keys, 1, place_b, start);
    start_at(keys, place_a, place_b, start, last_position, a, b);
    prefix->matched = start + walk(a, b, prefix);
    set_next(&prefix->side[0], a);
    set_next(&prefix->side[1], b);
    prefix->is_equal = prefix->side[0].next == UINT64_MAX && prefix->side[1].next == UINT64_MAX;
    prefix->damage = a->reader.damage.text[0] ? a->reader.damage : b->reader.damage;
    free(a);
    free(b);
}
