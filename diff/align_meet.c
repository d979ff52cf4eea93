/* SPDX-License-Identifier: BSD-3-Clause
 * Where two threads meet again behind their first difference (diff/align.h). */
#include "diff/align.h"
#include "schema/role.h"

#include <stdlib.h>

enum {
    MOVED_MOST = 8, /* keys that changed places */
    POLLS = 256,    /* keys looked at for rounds of polling */
    NEAR = 4096,    /* keys looked at for the edit search */
    FAR = 65536,    /* and for anchors */
    EDITS_MOST = 256,
    AGREE = 12,     /* so many keys in a row must agree; fewer only up to both ends */
    AGREE_RARE = 3, /* behind an anchor */
    AGREE_END = 2,  /* where one of the two only ends behind it, and not fewer than what is left out */
    SHOWN_MOST = 1 << 16,
    ROUND_BEFORE = 64,   /* keys of a round that is looked for before the difference */
    EVENTS_BEFORE = 512, /* events that have so many, where places are positions */
};

struct window {
    u64 *letters, *positions, *places;
    u64 count;
    bool is_all; /* the thread ends here */
};

static void load(struct window *w, struct keys_reader *reader, u64 wanted)
{
    w->letters = malloc((wanted + KEYS_CHUNK) * sizeof *w->letters);
    w->positions = malloc((wanted + KEYS_CHUNK) * sizeof *w->positions);
    w->places = malloc((wanted + KEYS_CHUNK) * sizeof *w->places);
    CHECK(w->letters && w->positions && w->places, "out of memory");
    u32 got;
    w->count = 0;
    while (w->count < wanted &&
           (got = keys_read(reader, w->letters + w->count, w->positions + w->count, w->places + w->count)))
        w->count += got;
    w->is_all = reader->ended;
}

/* The last keys before a place, of a round of a loop at most. */
struct before {
    u64 letters[ROUND_BEFORE];
    u64 count;
};

static void load_before(struct before *before, const struct keys *keys, u32 thread, u64 place)
{
    struct keys_reader reader;
    u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK], places[KEYS_CHUNK],
        back = keys->steady ? EVENTS_BEFORE : ROUND_BEFORE;
    u32 got;
    before->count = 0;
    keys_reader_init(&reader, keys, 0, thread, place > back ? place - back : 0, UINT64_MAX);
    while ((got = keys_read(&reader, letters, positions, places)))
        for (u32 i = 0; i < got; i++) {
            if (places[i] >= place)
                return;
            if (before->count == ROUND_BEFORE)
                memmove(before->letters, before->letters + 1, --before->count * sizeof *letters);
            before->letters[before->count++] = letters[i];
        }
}

static void unload(struct window *w)
{
    free(w->letters);
    free(w->positions);
    free(w->places);
}

static u64 agree(const struct window *a, const struct window *b, u64 x, u64 y, u64 most)
{
    u64 n = 0;
    while (n < most && x + n < a->count && y + n < b->count && a->letters[x + n] == b->letters[y + n])
        n++;
    return n;
}

static bool is_meeting(const struct window *a, const struct window *b, u64 x, u64 y, u64 together)
{
    if (together >= AGREE)
        return true;
    bool at_end = a->is_all && b->is_all && x + together == a->count && y + together == b->count;
    return together && at_end;
}

/* One of them has no more keys behind these. */
static bool is_last_stretch(const struct window *a, const struct window *b, u64 x, u64 y, u64 together, u64 edits)
{
    bool a_ends = a->is_all && x + together == a->count, b_ends = b->is_all && y + together == b->count;
    return (a_ends || b_ends) && together >= AGREE_END && together >= edits;
}

static void meet_at(struct align_meeting *m, s64 x, s64 y)
{
    m->skipped[0] = (u64)x;
    m->skipped[1] = (u64)y;
}

/* ---- Order. ---- */

static int by_value(const void *a, const void *b)
{
    u64 x = *(const u64 *)a, y = *(const u64 *)b;
    return x < y ? -1 : x > y;
}

static bool are_same_letters(const struct window *a, const struct window *b, u64 count)
{
    u64 *x = malloc(2 * count * sizeof *x), *y = x + count;
    CHECK(x, "out of memory");
    memcpy(x, a->letters, count * sizeof *x);
    memcpy(y, b->letters, count * sizeof *y);
    qsort(x, count, sizeof *x, by_value);
    qsort(y, count, sizeof *y, by_value);
    bool same = !memcmp(x, y, count * sizeof *x);
    free(x);
    return same;
}

/* A few calls that changed places, and nothing else. */
static bool search_order(const struct window *a, const struct window *b, struct align_meeting *m)
{
    for (u64 n = 2; n <= MOVED_MOST && n <= a->count && n <= b->count; n++) {
        bool are_all = a->is_all && b->is_all && n == a->count && n == b->count;
        if ((are_all || is_meeting(a, b, n, n, agree(a, b, n, n, AGREE))) && are_same_letters(a, b, n)) {
            meet_at(m, (s64)n, (s64)n);
            return true;
        }
    }
    return false;
}

/* ---- Polling. ---- */

bool align_is_slow(u64 letter)
{
    return noise_class((u32)letter) != NOISE_NONE || role_of((u32)letter).role == ROLE_DELAY;
}

static u64 skip_slow(const struct window *w, u64 at)
{
    while (at < w->count && align_is_slow(w->letters[at]))
        at++;
    return at;
}

/* Both go on alike, but for how often they poll. */
static bool agree_without_slow(const struct window *a, const struct window *b, u64 x, u64 y)
{
    for (u32 n = 0; n < AGREE_RARE; n++, x++, y++) {
        x = skip_slow(a, x);
        y = skip_slow(b, y);
        if (x == a->count || y == b->count)
            return n && x == a->count && y == b->count && a->is_all && b->is_all;
        if (a->letters[x] != b->letters[y])
            return false;
    }
    return true;
}

/* Only more rounds of polling, on either side. */
static bool search_polls(const struct window *a, const struct window *b, struct align_meeting *m)
{
    u64 x = skip_slow(a, 0), y = skip_slow(b, 0);
    if (x == a->count || y == b->count)
        return false;
    for (; x && y && a->letters[x - 1] == b->letters[y - 1]; x--)
        y--;
    if (!x == !y || !agree_without_slow(a, b, x, y))
        return false;
    meet_at(m, (s64)x, (s64)y);
    return true;
}

/* Myers: the furthest x on each diagonal (x - y) with so many edits. */
static bool search_edits(const struct window *a, const struct window *b, struct align_meeting *m)
{
    static const s64 none = -1;
    s64 furthest[2 * EDITS_MOST + 3];
    s64 *at = furthest + EDITS_MOST + 1;
    for (size_t i = 0; i < countof(furthest); i++)
        furthest[i] = none;
    at[1] = 0;
    bool is_near_end = false;
    for (s64 d = 0; d <= EDITS_MOST; d++)
        for (s64 k = -d; k <= d; k += 2) {
            s64 x = k == -d || (k != d && at[k - 1] < at[k + 1]) ? at[k + 1] : at[k - 1] + 1, y = x - k;
            at[k] = none;
            if (x < 0 || y < 0 || (u64)x > a->count || (u64)y > b->count)
                continue;
            u64 together = agree(a, b, (u64)x, (u64)y, AGREE);
            if (d && is_meeting(a, b, (u64)x, (u64)y, together)) {
                meet_at(m, x, y);
                return true;
            }
            if (d && !is_near_end && is_last_stretch(a, b, (u64)x, (u64)y, together, (u64)d)) {
                is_near_end = true;
                meet_at(m, x, y);
            }
            at[k] = x + (s64)together;
        }
    return is_near_end;
}

/* ---- Anchors. ---- */

struct place {
    u64 letter;
    u64 at;
};

static int by_letter(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->letter != y->letter)
        return x->letter < y->letter ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Letters that occur once, in order. */
static struct place *singles(const struct window *w, u64 *count)
{
    struct place *all = malloc((w->count + 1) * sizeof *all);
    CHECK(all, "out of memory");
    for (u64 i = 0; i < w->count; i++)
        all[i] = (struct place){w->letters[i], i};
    qsort(all, w->count, sizeof *all, by_letter);
    *count = 0;
    for (u64 i = 0, n; i < w->count; i += n) {
        for (n = 1; i + n < w->count && all[i + n].letter == all[i].letter;)
            n++;
        if (n == 1)
            all[(*count)++] = all[i];
    }
    return all;
}

static bool search_anchors(const struct window *a, const struct window *b, struct align_meeting *m)
{
    u64 count_a, count_b, best = UINT64_MAX;
    struct place *x = singles(a, &count_a), *y = singles(b, &count_b);
    for (u64 i = 0, k = 0; i < count_a && k < count_b;) {
        bool is_common = x[i].letter == y[k].letter;
        u64 distance = is_common ? x[i].at + y[k].at : UINT64_MAX;
        if (distance < best && agree(a, b, x[i].at, y[k].at, AGREE_RARE) == AGREE_RARE) {
            best = distance;
            m->skipped[0] = x[i].at;
            m->skipped[1] = y[k].at;
        }
        bool next_a = x[i].letter <= y[k].letter, next_b = y[k].letter <= x[i].letter;
        i += next_a;
        k += next_b;
    }
    free(x);
    free(y);
    return best != UINT64_MAX;
}

/* ---- What lies between. ---- */

/* The ones left out are rounds of a loop: as many like them stand behind, or the last common ones are such a round. */
static u64 find_round(const struct window *w, u64 skipped, const struct before *before)
{
    for (u64 round = 1; round <= skipped && round <= NEAR / 4; round++) {
        if (skipped % round || agree(w, w, 0, round, skipped - round) != skipped - round)
            continue;
        bool is_before = round <= before->count &&
                         !memcmp(before->letters + before->count - round, w->letters, round * sizeof *w->letters);
        if (is_before || agree(w, w, 0, round, skipped) == skipped)
            return round;
    }
    return 0;
}

static void tell_left_out(const struct window *w, u64 skipped, struct align_meeting *m)
{
    for (u64 i = 0; i < skipped && m->left_out_count < ALIGN_LEFT_OUT; i++)
        m->left_out[m->left_out_count++] = w->letters[i];
}

/* An anchor may stand in the middle of what is common. */
static void go_back(const struct window *a, const struct window *b, struct align_meeting *m)
{
    while (m->skipped[0] && m->skipped[1] && a->letters[m->skipped[0] - 1] == b->letters[m->skipped[1] - 1]) {
        m->skipped[0]--;
        m->skipped[1]--;
    }
}

static void tell_shape(const struct window *a, const struct window *b, const struct before *before,
                       struct align_meeting *m)
{
    go_back(a, b, m);
    u64 x = m->skipped[0], y = m->skipped[1];
    if (x && y)
        m->shape = x == y && are_same_letters(a, b, x) ? ALIGN_SWAPPED : ALIGN_REPLACED;
    else
        m->shape = x ? ALIGN_MISSING : ALIGN_EXTRA;
    if (!x != !y)
        m->round = find_round(x ? a : b, x ? x : y, before);
    m->together = agree(a, b, x, y, SHOWN_MOST);
    m->position[0] = x < a->count ? a->positions[x] : UINT64_MAX;
    m->position[1] = y < b->count ? b->positions[y] : UINT64_MAX;
    m->place[0] = x < a->count ? a->places[x] : UINT64_MAX;
    m->place[1] = y < b->count ? b->places[y] : UINT64_MAX;
    if (m->left_out) {
        tell_left_out(a, x, m);
        tell_left_out(b, y, m);
    }
}

static bool search(const struct keys *keys, u32 thread_a, u32 thread_b, const struct align_prefix *prefix,
                   const struct align_window *window, u64 reach, struct align_meeting *m)
{
    struct keys_reader readers[2];
    struct window a, b;
    struct before before;
    keys_reader_init(&readers[0], keys, 0, thread_a, prefix->side[0].place, window->last_position[0]);
    keys_reader_init(&readers[1], keys, 1, thread_b, prefix->side[1].place, window->last_position[1]);
    load(&a, &readers[0], reach);
    load(&b, &readers[1], reach);
    bool met = reach != FAR && (search_order(&a, &b, m) || search_polls(&a, &b, m));
    if (!met && reach != POLLS)
        met = reach == NEAR ? search_edits(&a, &b, m) : search_anchors(&a, &b, m);
    if (met) {
        load_before(&before, keys, thread_a, prefix->side[0].place);
        tell_shape(&a, &b, &before, m);
    }
    unload(&a);
    unload(&b);
    return met;
}

void align_meet(const struct keys *keys, u32 thread_a, u32 thread_b, const struct align_prefix *prefix,
                const struct align_window *window, struct align_meeting *m)
{
    m->position[0] = m->position[1] = UINT64_MAX;
    if (prefix->side[0].next == UINT64_MAX || prefix->side[1].next == UINT64_MAX)
        m->shape = ALIGN_ENDED;
    else if (!search(keys, thread_a, thread_b, prefix, window, POLLS, m) &&
             !search(keys, thread_a, thread_b, prefix, window, NEAR, m))
        search(keys, thread_a, thread_b, prefix, window, FAR, m);
}

const char *align_shape_name(u8 shape)
{
    static const char *const names[] = {"unknown", "ended", "missing", "extra", "swapped", "replaced"};
    return shape < countof(names) ? names[shape] : "unknown";
}
