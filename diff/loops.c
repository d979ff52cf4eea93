/* SPDX-License-Identifier: BSD-3-Clause
 * Finding loops in what threads call (diff/loops.h).
 *
 * Any call that comes again could be a head. One through a wrapper that all share is followed by something else each
 * time; one in a loop's body is followed by the same. So heads are chosen by how many calls lie in rounds that begin as
 * their neighbours do; of those that make the same rounds, the one that comes first. */
#include "diff/loops.h"

#include <stdlib.h>

enum {
    BEGIN = 8,  /* calls of a round that must agree for it to begin alike */
    WORTH = 20, /* a loop has at least 1/20 of what the greatest has */
};

/* A call's letter and when it came. */
struct visit {
    u64 letter, ordinal;
};

struct side {
    struct visit *visits; /* by letter, in order */
    u64 count;
};

/* The visits of one letter in both threads. */
struct candidate {
    u64 letter, alike;
    u64 from[2], to[2]; /* in the sides' visits */
};

static int by_letter(const void *a, const void *b)
{
    const struct visit *x = a, *y = b;
    if (x->letter != y->letter)
        return x->letter < y->letter ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static struct side visits_of(const struct loops *loops, u32 side)
{
    struct side s = {malloc((loops->call_count[side] + 1) * sizeof *s.visits), loops->call_count[side]};
    CHECK(s.visits, "out of memory");
    for (u64 i = 0; i < s.count; i++)
        s.visits[i] = (struct visit){loops->letters[side][i], i};
    if (s.count)
        qsort(s.visits, s.count, sizeof *s.visits, by_letter);
    return s;
}

/* Two rounds that follow each other: [x, y) and [y, end). */
static bool begin_alike(const u64 *letters, u64 x, u64 y, u64 end)
{
    u64 longer = y - x > end - y ? y - x : end - y;
    for (u64 i = 1; i < BEGIN && i < longer; i++)
        if (y + i >= end || letters[x + i] != letters[y + i])
            return false;
    return true;
}

/* Calls in rounds that begin as the one before or behind. */
static u64 count_alike(const struct loops *loops, u32 side, const struct visit *visits, u64 count)
{
    u64 alike = 0;
    bool was = false;
    for (u64 i = 0; i + 1 < count; i++) {
        u64 x = visits[i].ordinal, y = visits[i + 1].ordinal;
        u64 end = i + 2 < count ? visits[i + 2].ordinal : loops->call_count[side];
        bool is = begin_alike(loops->letters[side], x, y, end);
        alike += is || was ? y - x : 0;
        was = is;
    }
    return alike;
}

static u64 first_ordinal(const struct candidate *c, const struct side sides[2])
{
    u32 side = c->from[0] == c->to[0];
    return sides[side].visits[c->from[side]].ordinal;
}

static bool is_better(const struct candidate *x, const struct candidate *y, const struct side sides[2])
{
    u64 count_x = x->to[0] - x->from[0] + x->to[1] - x->from[1],
        count_y = y->to[0] - y->from[0] + y->to[1] - y->from[1];
    if (x->alike != y->alike)
        return x->alike > y->alike;
    if (count_x != count_y)
        return count_x < count_y;
    return first_ordinal(x, sides) < first_ordinal(y, sides);
}

/* The letters of both sides, each once. */
static struct candidate *find_candidates(const struct loops *loops, const struct side sides[2], u64 *count)
{
    struct candidate *all = malloc((sides[0].count + sides[1].count + 1) * sizeof *all);
    CHECK(all, "out of memory");
    *count = 0;
    for (u64 i = 0, k = 0; i < sides[0].count || k < sides[1].count;) {
        u64 letter = i == sides[0].count                                     ? sides[1].visits[k].letter
                     : k == sides[1].count                                   ? sides[0].visits[i].letter
                     : sides[0].visits[i].letter < sides[1].visits[k].letter ? sides[0].visits[i].letter
                                                                             : sides[1].visits[k].letter;
        struct candidate c = {.letter = letter, .from = {i, k}};
        while (i < sides[0].count && sides[0].visits[i].letter == letter)
            i++;
        while (k < sides[1].count && sides[1].visits[k].letter == letter)
            k++;
        c.to[0] = i;
        c.to[1] = k;
        for (u32 side = 0; side < 2; side++)
            c.alike += count_alike(loops, side, sides[side].visits + c.from[side], c.to[side] - c.from[side]);
        if (c.to[0] - c.from[0] > 1 || c.to[1] - c.from[1] > 1)
            all[(*count)++] = c;
    }
    return all;
}

/* ---- Rounds. ---- */

static void add_loop(struct loops *loops, const struct candidate *c, const struct side sides[2])
{
    struct loop *loop = &loops->rows[loops->count++];
    *loop = (struct loop){.head = c->letter, .alike = c->alike, .first = LOOPS_NONE};
    for (u32 side = 0; side < 2; side++) {
        const struct visit *visits = sides[side].visits + c->from[side];
        u32 count = (u32)(c->to[side] - c->from[side]);
        loop->count[side] = count;
        loop->rounds[side] = malloc((count + 1u) * sizeof *loop->rounds[side]);
        CHECK(loop->rounds[side], "out of memory");
        for (u32 i = 0; i < count; i++)
            loop->rounds[side][i] =
                (struct loop_round){visits[i].ordinal, i + 1 < count ? visits[i + 1].ordinal : loops->call_count[side]};
        loop->calls[side] = count ? loops->call_count[side] - visits[0].ordinal : 0;
    }
}

/* The same rounds, begun at another call of them. */
static bool is_known(const struct loops *loops, const struct candidate *c)
{
    for (u32 i = 0; i < loops->count; i++)
        if (loops->rows[i].count[0] == c->to[0] - c->from[0] && loops->rows[i].count[1] == c->to[1] - c->from[1])
            return true;
    return false;
}

static void choose(struct loops *loops, const struct side sides[2], u64 head)
{
    u64 count;
    struct candidate *all = find_candidates(loops, sides, &count);
    while (loops->count < LOOPS_MOST) {
        struct candidate *best = NULL;
        for (u64 i = 0; i < count; i++)
            if ((!head || all[i].letter == head) && all[i].letter && !is_known(loops, &all[i]) &&
                (!best || is_better(&all[i], best, sides)))
                best = &all[i];
        u64 greatest = loops->count ? loops->rows[0].alike : 0;
        if (!best || (!head && (!best->alike || best->alike * WORTH < greatest)))
            break;
        add_loop(loops, best, sides);
        best->letter = 0;
    }
    free(all);
}

/* ---- Comparing. ---- */

static u64 agreeing(const struct loops *loops, const struct loop_round *a, const struct loop_round *b)
{
    u64 n = 0;
    while (a->from + n < a->to && b->from + n < b->to &&
           loops->letters[0][a->from + n] == loops->letters[1][b->from + n])
        n++;
    return n;
}

/* What a thread does behind the round's end, where the other goes on within it, tells whether it stopped. */
static u8 state_of(const struct loops *loops, const struct loop_round *a, const struct loop_round *b, u64 common)
{
    bool a_stops = a->from + common == loops->call_count[0], b_stops = b->from + common == loops->call_count[1];
    if (b_stops != a_stops)
        return b_stops ? LOOP_INCOMPLETE : LOOP_AHEAD;
    return LOOP_DIFFERS;
}

/* The thread is in the last call of its last round. */
static bool is_in_last(const struct loops *loops, const struct loop *loop, u32 side)
{
    return loop->count[side] && loop->rounds[side][loop->count[side] - 1].to == loops->call_count[side];
}

static void compare_counts(const struct loops *loops, struct loop *loop, const bool is_blocked[2])
{
    u32 side = loop->count[1] < loop->count[0], fewer = loop->count[side];
    if (loop->count[0] == loop->count[1])
        return;
    loop->state = side ? LOOP_FEWER : LOOP_MORE;
    loop->first = fewer;
    if (is_blocked[side] && is_in_last(loops, loop, side)) {
        const struct loop_round *last = &loop->rounds[side][fewer - 1];
        loop->state = side ? LOOP_INCOMPLETE : LOOP_AHEAD;
        loop->first = fewer - 1;
        loop->common = last->to - last->from;
    }
}

static void compare_rounds(const struct loops *loops, struct loop *loop, const bool is_blocked[2])
{
    u32 most = loop->count[0] < loop->count[1] ? loop->count[0] : loop->count[1];
    for (u32 k = 0; k < most; k++) {
        const struct loop_round *a = &loop->rounds[0][k], *b = &loop->rounds[1][k];
        u64 common = agreeing(loops, a, b);
        bool a_ends = a->from + common == a->to, b_ends = b->from + common == b->to;
        bool a_leaves = k + 1 == loop->count[0], b_leaves = k + 1 == loop->count[1];
        /* The last round is all the rest: what comes behind the loop is no part of a round. */
        if ((a_ends && b_ends) || (a_ends && b_leaves && !a_leaves) || (b_ends && a_leaves && !b_leaves))
            continue;
        loop->first = k;
        loop->common = common;
        loop->state = state_of(loops, a, b, common);
        return;
    }
    compare_counts(loops, loop, is_blocked);
}

/* ---- All of it. ---- */

static bool load(struct loops *loops, const struct keys *keys, u32 side, u32 thread, struct err *err)
{
    struct keys_reader reader;
    u64 capacity = run_thread(keys->side[side].run, thread)->keys + KEYS_CHUNK;
    loops->letters[side] = malloc(capacity * sizeof **loops->letters);
    loops->positions[side] = malloc(capacity * sizeof **loops->positions);
    CHECK(loops->letters[side] && loops->positions[side], "out of memory");
    keys_reader_init(&reader, keys, side, thread, 0, UINT64_MAX);
    u64 count = 0;
    u32 got;
    while ((got = keys_read(&reader, loops->letters[side] + count, loops->positions[side] + count, NULL)))
        count += got;
    loops->call_count[side] = count;
    if (reader.damage.text[0])
        *err = reader.damage;
    return !reader.damage.text[0];
}

bool loops_find(struct loops *loops, const struct keys *keys, u32 thread_a, u32 thread_b, u64 head,
                const bool is_blocked[2], struct err *err)
{
    *loops = (struct loops){0};
    if (!load(loops, keys, 0, thread_a, err) || !load(loops, keys, 1, thread_b, err))
        return false;
    const struct side sides[2] = {visits_of(loops, 0), visits_of(loops, 1)};
    choose(loops, sides, head);
    for (u32 side = 0; side < 2; side++)
        free(sides[side].visits);
    for (u32 i = 0; i < loops->count; i++)
        compare_rounds(loops, &loops->rows[i], is_blocked);
    return true;
}

void loops_free(struct loops *loops)
{
    for (u32 i = 0; i < loops->count; i++)
        for (u32 side = 0; side < 2; side++)
            free(loops->rows[i].rounds[side]);
    for (u32 side = 0; side < 2; side++) {
        free(loops->letters[side]);
        free(loops->positions[side]);
    }
    *loops = (struct loops){0};
}

const char *loops_state_name(u8 state)
{
    static const char *const names[] = {"SAME", "INCOMPLETE", "AHEAD", "DIFFERS", "FEWER", "MORE"};
    return state < countof(names) ? names[state] : "unknown";
}
