/* SPDX-License-Identifier: BSD-3-Clause
 * Which two operations must not come in this order. Calls are the same in both runs if they are the K-th of their op by
 * their thread. A pair is two calls of different threads that come in one order in the plain run and in the other in
 * the bad one; a call that is made in one run only counts as coming last in the other. Pairs on the same object are
 * tried first, then any; of each the latest first, since an earlier pair that decides does so by moving the later one
 * along.
 *
 * A pair stands the test if delaying its first call alone makes the plain run bad, and delaying the other alone repairs
 * the bad one. */
#include "diff/bisect.h"
#include "schema/role.h"

#include <stdio.h>

enum { NEAR = 16, PAIRS_MAX = 192, GROUP = 6, LENGTHS = 4, SLICE = 1000 };

/* x comes before y in the bad run, and behind it in the plain one. */
struct pair {
    const struct call_row *x[2], *y[2]; /* in the plain run, in the bad one; NULL: not made there */
    u64 seq;                            /* for the order of trying */
    bool same_object;
};

struct runs {
    struct calls_of calls[2];
    u32 *other[2]; /* by row: place + 1 of the same call in the other run */
    struct pair *pairs;
    size_t count, capacity;
};

struct name {
    u64 key;
    u32 place;
};

static u64 key_of(const struct call_row *row)
{
    u64 key = ((u64)row->thread << 40 ^ (u64)row->op << 20 ^ row->number) * 0x9E3779B97F4A7C15ull;
    return key ^ key >> 29;
}

static bool is_same_call(const struct call_row *a, const struct call_row *b)
{
    return a->thread == b->thread && a->op == b->op && a->number == b->number;
}

/* Finds each call in the other run. */
static void match(struct runs *r)
{
    size_t slots = 64;
    while (slots < 2 * r->calls[0].count)
        slots *= 2;
    u32 *table = calloc(slots, sizeof *table);
    for (u32 side = 0; side < 2; side++)
        r->other[side] = calloc(r->calls[side].count + 1, sizeof *r->other[side]);
    CHECK(table && r->other[0] && r->other[1], "no memory for %zu calls", r->calls[0].count);
    for (size_t i = 0; i < r->calls[0].count; i++) {
        size_t at = key_of(&r->calls[0].rows[i]) & (slots - 1);
        while (table[at])
            at = (at + 1) & (slots - 1);
        table[at] = (u32)i + 1;
    }
    for (size_t i = 0; i < r->calls[1].count; i++) {
        const struct call_row *row = &r->calls[1].rows[i];
        size_t at = key_of(row) & (slots - 1);
        while (table[at] && !is_same_call(&r->calls[0].rows[table[at] - 1], row))
            at = (at + 1) & (slots - 1);
        r->other[1][i] = table[at];
        if (table[at])
            r->other[0][table[at] - 1] = (u32)i + 1;
    }
    free(table);
}

static const struct call_row *in_other(const struct runs *r, u32 side, size_t i)
{
    u32 place = r->other[side][i];
    return place ? &r->calls[!side].rows[place - 1] : NULL;
}

static void add_pair(struct runs *r, const struct call_row *const x[2], const struct call_row *const y[2], bool same)
{
    u64 seq = x[1] ? x[1]->seq : 0;
    if (y[1] && y[1]->seq > seq)
        seq = y[1]->seq;
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 64;
        r->pairs = realloc(r->pairs, r->capacity * sizeof *r->pairs);
        CHECK(r->pairs, "no memory for %zu pairs", r->capacity);
    }
    r->pairs[r->count++] = (struct pair){{x[0], x[1]}, {y[0], y[1]}, seq, same};
}

/* Rows near each other in a run's order: same object, or any. */
static void compare_near(struct runs *r, u32 side, size_t i, size_t k, bool same)
{
    const struct call_row *a = &r->calls[side].rows[i], *b = &r->calls[side].rows[k];
    const struct call_row *oa = in_other(r, side, i), *ob = in_other(r, side, k);
    bool is_turned = (oa && ob && oa->seq > ob->seq) || (!oa != !ob && (side == 1 ? !oa : !oa));
    if (a->thread == b->thread || !is_turned || (side == 0 && oa && ob))
        return;
    if (side == 1)
        add_pair(r, (const struct call_row *const[2]){oa, a}, (const struct call_row *const[2]){ob, b}, same);
    else /* a is in the plain run alone: in the bad one b comes before it */
        add_pair(r, (const struct call_row *const[2]){b, ob}, (const struct call_row *const[2]){a, oa}, same);
}

static void find_any(struct runs *r, u32 side)
{
    for (size_t i = 0; i < r->calls[side].count; i++)
        for (size_t k = i + 1; k < r->calls[side].count && k <= i + NEAR; k++)
            compare_near(r, side, i, k, false);
}

struct place {
    u64 object;
    u32 place;
};

static int by_object(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->object != y->object)
        return x->object < y->object ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static void find_same_object(struct runs *r, u32 side)
{
    size_t count = 0, all = r->calls[side].count;
    struct place *places = calloc(all + 1, sizeof *places);
    CHECK(places, "no memory for %zu calls", all);
    for (size_t i = 0; i < all; i++) {
        const struct call_row *row = &r->calls[side].rows[i];
        if (row->object && row->role != ROLE_CLOSE && row->role != ROLE_MAKE && row->role != ROLE_REFERENCE)
            places[count++] = (struct place){row->identity, (u32)i};
    }
    qsort(places, count, sizeof *places, by_object);
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count && k <= i + NEAR && places[k].object == places[i].object; k++)
            compare_near(r, side, places[i].place, places[k].place, true);
    free(places);
}

/* Same object first; the latest first. */
static int by_promise(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->same_object != y->same_object)
        return x->same_object ? -1 : 1;
    if (x->seq != y->seq)
        return x->seq > y->seq ? -1 : 1;
    u64 p = x->x[1] ? x->x[1]->seq : x->x[0]->seq, q = y->x[1] ? y->x[1]->seq : y->x[0]->seq;
    if (p != q)
        return p > q ? -1 : 1;
    p = x->y[0] ? x->y[0]->seq : x->y[1]->seq;
    q = y->y[0] ? y->y[0]->seq : y->y[1]->seq;
    return p < q ? -1 : p > q;
}

u64 bisect_delay_ticks(const struct call_row *early, const struct call_row *late, u32 step)
{
    u64 apart = late && late->time > early->time ? late->time - early->time : 0;
    return apart + ((u64)SLICE << 2 * step);
}

void bisect_delay_line(const struct call_row *row, u64 ticks, char *text, size_t size)
{
    char name[96];
    calls_of_name(row, name, sizeof name);
    snprintf(text, size, "delay %s=%llut", name, (unsigned long long)ticks);
}

struct test {
    size_t to_bad[LENGTHS], to_good[LENGTHS];
    char *bad_line[LENGTHS];
};

static size_t add_delay(struct bisect *b, const char *front, const struct call_row *row, u64 ticks, char **line)
{
    char text[160];
    struct lines one = {0};
    bisect_delay_line(row, ticks, text, sizeof text);
    lines_split(&one, text);
    char *changes = lines_join(front, &one, NULL);
    size_t place = trials_add(&b->trials, changes, NULL, NULL);
    free(changes);
    lines_free(&one);
    if (line)
        *line = strdup(text);
    return place;
}

static void add_tests(struct bisect *b, const struct pair *p, const char *bad, struct test *t)
{
    *t = (struct test){.to_bad = {0}};
    for (u32 i = 0; i < LENGTHS; i++) {
        if (p->y[0])
            t->to_bad[i] = 1 + add_delay(b, b->kept, p->y[0], bisect_delay_ticks(p->y[0], p->x[0], i), &t->bad_line[i]);
        if (p->x[1])
            t->to_good[i] = 1 + add_delay(b, bad, p->x[1], bisect_delay_ticks(p->x[1], p->y[1], i), NULL);
    }
}

static int which_bad(const struct bisect *b, const struct test *t)
{
    for (int i = 0; i < LENGTHS; i++)
        if (t->to_bad[i] && trial_is_same(trials_end(&b->trials, t->to_bad[i] - 1), &b->bad))
            return i;
    return -1;
}

static bool is_repaired(const struct bisect *b, const struct test *t)
{
    for (u32 i = 0; i < LENGTHS; i++)
        if (t->to_good[i] && trial_is_same(trials_end(&b->trials, t->to_good[i] - 1), &b->good))
            return true;
    return false;
}

static bool found(struct bisect *b, const struct pair *p, const char *line, bool is_repaired_too, struct err *err)
{
    char x[192], y[192];
    b->has_first = b->has_second = true;
    b->first = *(p->x[1] ? p->x[1] : p->x[0]);
    b->second = *(p->y[0] ? p->y[0] : p->y[1]);
    bisect_describe(&b->first, x, sizeof x);
    bisect_describe(&b->second, y, sizeof y);
    lines_free(&b->cause);
    lines_split(&b->cause, line);
    b->verdict = is_repaired_too ? BISECT_CONFIRMED : BISECT_UNCONFIRMED;
    bisect_say(b,
               "What decides is the order of two calls: the run goes wrong when %s, comes before %s. "
               "One preemption, `%s`, makes the plain run end that way",
               x, y, b->cause.list[0]);
    bisect_say(b, is_repaired_too ? "; delaying the first of them alone repairs the bad run."
                                  : "; delaying the first of them does not repair the bad run.");
    char *changes = lines_join(b->kept, &b->cause, NULL);
    bool good = bisect_keep(b, changes, err);
    free(changes);
    return good;
}

static void free_tests(struct test *tests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (u32 k = 0; k < LENGTHS; k++)
            free(tests[i].bad_line[k]);
}

/* A pair that passes one half of the test is remembered, should none pass both. */
static bool try_pairs(struct bisect *b, const struct runs *r, const char *bad, struct err *err)
{
    size_t most = r->count < PAIRS_MAX ? r->count : PAIRS_MAX;
    const struct pair *half = NULL;
    char half_line[160] = "";
    for (size_t at = 0; at < most; at += GROUP) {
        struct test tests[GROUP];
        size_t n = most - at < GROUP ? most - at : GROUP;
        for (size_t i = 0; i < n; i++)
            add_tests(b, &r->pairs[at + i], bad, &tests[i]);
        bool good = trials_run(&b->trials, err), done = false;
        for (size_t i = 0; good && !done && i < n; i++) {
            int k = which_bad(b, &tests[i]);
            if (k >= 0 && is_repaired(b, &tests[i])) {
                good = found(b, &r->pairs[at + i], tests[i].bad_line[k], true, err);
                done = true;
            } else if (k >= 0 && !half) {
                half = &r->pairs[at + i];
                snprintf(half_line, sizeof half_line, "%s", tests[i].bad_line[k]);
            }
        }
        free_tests(tests, n);
        if (!good || done)
            return good;
    }
    return !half || found(b, half, half_line, false, err);
}

bool bisect_pair(struct bisect *b, const char *bad, struct err *err)
{
    struct runs r = {.count = 0};
    char path[2][4200];
    const char *changes[2] = {b->kept, bad};
    bool good = true;
    for (u32 side = 0; good && side < 2; side++) {
        snprintf(path[side], sizeof path[side], "%s/pair%u.lsj", b->trials.folder, side);
        good = trials_record(&b->trials, changes[side], NULL, NULL, path[side], false, err) &&
               calls_of_run(&r.calls[side], path[side], err);
    }
    if (good) {
        match(&r);
        for (u32 side = 0; side < 2; side++) {
            find_same_object(&r, side);
            find_any(&r, side);
        }
        qsort(r.pairs, r.count, sizeof *r.pairs, by_promise);
        good = try_pairs(b, &r, bad, err);
    }
    for (u32 side = 0; side < 2; side++) {
        calls_of_free(&r.calls[side]);
        free(r.other[side]);
    }
    free(r.pairs);
    return good;
}
