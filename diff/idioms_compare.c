/* SPDX-License-Identifier: BSD-3-Clause
 * The idioms of two threads beside each other (diff/idioms_compare.h). */
#include "diff/idioms_compare.h"
#include "diff/coverage.h"

#include <stdlib.h>
#include <xxhash.h>

/* What rounds have in common that are compared, the k-th with the k-th. */
static struct idiom_key key_of(const struct idiom_comparison *c, u32 side, const struct idiom_round *r)
{
    const struct object *o = &c->signals[side]->objects.rows[r->object];
    return (struct idiom_key){.op = r->wait->op,
                              .lr = c->has_lr ? r->wait->lr : 0,
                              .born_op = o->op,
                              .born_lr = c->has_lr ? o->lr : 0,
                              .type = o->type,
                              .is_own = o->place == r->wait->place};
}

struct keyed {
    struct idiom_key key;
    u32 number; /* of the round */
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = memcmp(&x->key, &y->key, sizeof x->key);
    return order ? order : x->number < y->number ? -1 : 1;
}

static struct keyed *sort_rounds(const struct idiom_comparison *c, u32 side, const struct idiom_round *rounds,
                                 u32 count)
{
    struct keyed *sorted = malloc((count + 1u) * sizeof *sorted);
    CHECK(sorted, "out of memory");
    for (u32 i = 0; i < count; i++)
        sorted[i] = (struct keyed){key_of(c, side, &rounds[i]), i};
    if (count)
        qsort(sorted, count, sizeof *sorted, by_key);
    return sorted;
}

/* ---- Two rounds. ---- */

static bool has_deadline(const struct idiom_round *r)
{
    return r->wait->has_deadline && r->wait->deadline != UINT64_MAX;
}

static const struct idiom_step *step_at(const struct idiom_round *r, u32 i)
{
    return i < r->step_count ? &r->steps[i] : NULL;
}

static bool is_same(const struct idiom_comparison *c, const struct idiom_step *a, const struct idiom_step *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == STEP_WAKE)
        return true;
    bool may_be_other = !a->guessed && !b->guessed && a->is_own != b->is_own;
    return a->op == b->op && (!c->has_lr || a->lr == b->lr) && !may_be_other;
}

/* The first step that is not the same; false: none is, as far as both are told. */
static bool find_parting(const struct idiom_comparison *c, const struct idiom_round *a, const struct idiom_round *b,
                         u32 at[2])
{
    bool is_timed = has_deadline(a) || has_deadline(b);
    bool waited[2] = {false, false};
    at[0] = at[1] = 0;
    for (;; at[0]++, at[1]++) {
        const struct idiom_round *rounds[2] = {a, b};
        for (u32 side = 0; side < 2; side++) { /* whether a time-out came first is a matter of speed */
            const struct idiom_step *s = step_at(rounds[side], at[side]);
            at[side] += is_timed && s && s->kind == STEP_WAKE;
        }
        const struct idiom_step *x = step_at(a, at[0]), *y = step_at(b, at[1]);
        if (!x && !y)
            return false;
        bool is_behind = waited[0] && waited[1] && !(x && x->kind == STEP_WAKE) && !(y && y->kind == STEP_WAKE);
        if (is_behind && (!a->goes_on || !b->goes_on))
            return false;
        if (!x || !y || !is_same(c, x, y))
            return true;
        waited[0] |= x->kind == STEP_WAIT;
        waited[1] |= y->kind == STEP_WAIT;
    }
}

static bool has_op(const struct run *run, u32 op)
{
    for (u32 i = 0; i < run_site_count(run); i++)
        if (run_site(run, i)->op == op)
            return true;
    return false;
}

/* The other's log never has that call and may have left it out: then it goes on with what comes behind it here. */
static bool is_untold(const struct idiom_comparison *c, const struct idiom_row *row, u32 side)
{
    const struct idiom_step *step = step_at(&row->at[side], row->step[side]);
    const struct idiom_step *next = step_at(&row->at[side], row->step[side] + 1);
    const struct idiom_step *other = step_at(&row->at[!side], row->step[!side]);
    bool goes_on = next && other ? is_same(c, next, other) : !next && !other;
    bool may_be = step && step->op && step->kind != STEP_WAKE && !c->is_recording[!side];
    return may_be && goes_on && !has_op(c->run[!side], step->op);
}

static u8 judge(const struct idiom_comparison *c, const struct idiom_row *row)
{
    for (u32 side = 0; side < 2; side++) {
        const struct idiom_round *r = &row->at[side];
        if (is_untold(c, row, side))
            return IDIOM_UNTOLD;
        if (wait_is_open(r->wait) && row->step[side] >= r->step_count &&
            !(signals_hangs(r->wait) && c->is_wedged[side]))
            return IDIOM_OPEN;
    }
    return IDIOM_BROKEN;
}

/* ---- A group of rounds with one key. ---- */

struct group {
    const struct idiom_round *rounds[2];
    const struct keyed *sorted[2];
    u32 from[2], to[2];
    u32 place[2];
};

static struct idiom_row *row_of(struct idiom_comparison *c, u32 first, const struct idiom_key *key, const u32 place[2],
                                u8 idiom)
{
    for (u32 i = first; i < c->row_count; i++)
        if (c->rows[i].idiom == idiom)
            return &c->rows[i];
    if (!(c->row_count & (c->row_count - 1))) {
        c->rows = realloc(c->rows, (c->row_count ? 2 * c->row_count : 1) * sizeof *c->rows);
        CHECK(c->rows, "out of memory");
    }
    c->rows[c->row_count] = (struct idiom_row){.key = *key, .idiom = idiom, .place = {place[0], place[1]}};
    return &c->rows[c->row_count++];
}

static void count_round(struct idiom_row *row, u32 side, const struct idiom_round *r)
{
    if (!row->count[side]++ && !row->is_parted)
        row->at[side] = *r;
    row->guessed |= r->guessed;
}

static void compare_group(struct idiom_comparison *c, const struct group *g)
{
    u32 first = c->row_count, most = 0;
    const struct idiom_key *key = NULL;
    bool is_parted = c->is_single;
    for (u32 side = 0; side < 2; side++) {
        u32 count = g->to[side] - g->from[side];
        most = count > most ? count : most;
        key = count ? &g->sorted[side][g->from[side]].key : key;
    }
    for (u32 k = 0; k < most; k++) {
        const struct idiom_round *r[2];
        for (u32 side = 0; side < 2; side++)
            r[side] =
                g->from[side] + k < g->to[side] ? &g->rounds[side][g->sorted[side][g->from[side] + k].number] : NULL;
        u8 idioms[2] = {r[0] ? r[0]->idiom : 0, r[1] ? r[1]->idiom : 0};
        u32 at[2];
        bool parts = !is_parted && r[0] && r[1] && find_parting(c, r[0], r[1], at);
        bool is_wake = parts && at[1] >= r[1]->step_count && wait_is_open(r[1]->wait);
        if (r[0] && r[1] && !is_parted && (!parts || is_wake))
            idioms[1] = idioms[0]; /* what is behind the wait names some, and may not be there */
        for (u32 side = 0; side < 2; side++)
            if (r[side])
                count_round(row_of(c, first, key, g->place, idioms[side]), side, r[side]);
        if (!parts)
            continue;
        is_parted = true;
        struct idiom_row *row = row_of(c, first, key, g->place, idioms[0]);
        row->is_parted = true;
        row->round = k;
        for (u32 side = 0; side < 2; side++) {
            row->at[side] = *r[side];
            row->step[side] = at[side];
        }
        row->state = judge(c, row);
    }
}

/* The run with fewer rounds was cut off while the thread was under way, or before it was made. */
static bool may_go_on(const struct idiom_comparison *c, u32 side, u32 place)
{
    bool has_ended = place != UINT32_MAX && run_thread(c->run[side], place)->exited;
    return !has_ended && !c->is_wedged[side] && !c->is_over[side];
}

static u8 state_of(const struct idiom_comparison *c, const struct idiom_row *row, const u32 places[2])
{
    u32 fewer = row->count[1] < row->count[0];
    if (row->is_parted)
        return row->state;
    if (row->count[0] == row->count[1])
        return IDIOM_SAME;
    if (!c->is_single && !c->tells_waits[fewer])
        return IDIOM_UNTOLD;
    if (!c->is_single && may_go_on(c, fewer, places[fewer]))
        return IDIOM_OPEN;
    if (!row->count[0] || !row->count[1])
        return row->count[0] ? IDIOM_ONLY_A : IDIOM_ONLY_B;
    return row->count[1] < row->count[0] ? IDIOM_FEWER : IDIOM_MORE;
}

static u64 begins(const struct idiom_row *row)
{
    const struct idiom_round *r = &row->at[row->at[0].wait ? 0 : 1];
    return r->wait->begin_seq;
}

static int by_begin(const void *a, const void *b)
{
    const struct idiom_row *x = a, *y = b;
    bool is_a[2] = {x->at[0].wait, y->at[0].wait};
    if (is_a[0] != is_a[1])
        return is_a[0] ? -1 : 1;
    return begins(x) < begins(y) ? -1 : begins(x) > begins(y) ? 1 : (int)x->idiom - (int)y->idiom;
}

static u32 end_of(const struct keyed *sorted, u32 from, u32 count)
{
    u32 to = from;
    while (to < count && !memcmp(&sorted[to].key, &sorted[from].key, sizeof sorted->key))
        to++;
    return to;
}

void idioms_compare(struct idiom_comparison *c, u32 place_a, u32 place_b)
{
    u32 places[2] = {place_a, place_b}, count[2] = {0}, first = c->row_count;
    struct group g = {.place = {place_a, place_b}};
    struct idiom_round *rounds[2] = {NULL, NULL};
    struct keyed *sorted[2];
    for (u32 side = 0; side < 2; side++) {
        if (places[side] != UINT32_MAX)
            rounds[side] = idioms_find(&c->idioms[side], places[side], &count[side]);
        sorted[side] = sort_rounds(c, side, rounds[side], count[side]);
        g.rounds[side] = rounds[side];
        g.sorted[side] = sorted[side];
    }
    while (g.from[0] < count[0] || g.from[1] < count[1]) {
        int order = g.from[0] == count[0] ? 1
                    : g.from[1] == count[1]
                        ? -1
                        : memcmp(&sorted[0][g.from[0]].key, &sorted[1][g.from[1]].key, sizeof sorted[0]->key);
        g.to[0] = order <= 0 ? end_of(sorted[0], g.from[0], count[0]) : g.from[0];
        g.to[1] = order >= 0 ? end_of(sorted[1], g.from[1], count[1]) : g.from[1];
        compare_group(c, &g);
        memcpy(g.from, g.to, sizeof g.from);
    }
    for (u32 i = first; i < c->row_count; i++)
        c->rows[i].state = state_of(c, &c->rows[i], places);
    if (c->row_count > first)
        qsort(c->rows + first, c->row_count - first, sizeof *c->rows, by_begin);
    for (u32 side = 0; side < 2; side++) {
        free(rounds[side]);
        free(sorted[side]);
    }
}

/* ---- Families. ---- */

static u32 entry_of(const struct idiom_comparison *c, const struct idiom_row *row)
{
    u32 side = row->place[0] == UINT32_MAX;
    return run_thread(c->run[side], row->place[side])->entry;
}

/* Rows of all members of the family that tell of the same. */
static u64 family_of(const struct idiom_comparison *c, const struct idiom_row *row)
{
    struct {
        struct idiom_key key;
        u32 idiom, entry;
    } same = {row->key, row->idiom, entry_of(c, row)};
    return XXH3_64bits(&same, sizeof same);
}

struct family {
    u64 count[2];
    u32 members;
    bool hangs; /* some member's round never ends, in one of the runs */
};

static bool hangs(const struct idiom_row *row)
{
    bool is_open = false;
    for (u32 side = 0; side < 2; side++)
        is_open |= row->is_parted && wait_is_open(row->at[side].wait);
    return is_open;
}

void idioms_share(struct idiom_comparison *c)
{
    struct map map = {0};
    struct family *families = calloc(c->row_count + 1u, sizeof *families);
    u32 count = 0;
    CHECK(families, "out of memory");
    for (u32 i = 0; i < c->row_count; i++) {
        u64 name = family_of(c, &c->rows[i]);
        u32 at = map_get(&map, name);
        if (at == MAP_NONE)
            map_set(&map, name, at = count++);
        families[at].members++;
        families[at].hangs |= hangs(&c->rows[i]);
        for (u32 side = 0; side < 2; side++)
            families[at].count[side] += c->rows[i].count[side];
    }
    for (u32 i = 0; i < c->row_count; i++) {
        struct idiom_row *row = &c->rows[i];
        const struct family *f = &families[map_get(&map, family_of(c, row))];
        if (row->state != IDIOM_SAME && f->members > 1 && !f->hangs && f->count[0] == f->count[1] && entry_of(c, row))
            row->state = IDIOM_SHARED;
    }
    map_free(&map);
    free(families);
}

/* ---- Both runs. ---- */

static bool tells_lr(const struct run *run)
{
    for (u32 i = 0; i < run_site_count(run); i++)
        if (run_site(run, i)->lr)
            return true;
    return false;
}

bool idioms_open(struct idiom_comparison *c, struct run *a, struct run *b, struct err *err)
{
    struct run *runs[2] = {a, b};
    *c = (struct idiom_comparison){.run = {a, b}, .is_single = !b, .has_lr = true};
    for (u32 side = 0; side < 2 && runs[side]; side++) {
        struct ends ends;
        c->signals[side] = signals_make(runs[side], err);
        if (!c->signals[side])
            return false;
        idioms_begin(&c->idioms[side], c->signals[side]);
        c->has_lr &= tells_lr(runs[side]);
        c->is_recording[side] = coverage_is_recording(run_journal(runs[side]));
        c->tells_waits[side] = c->is_recording[side] || c->signals[side]->waits.count;
        ends_init(&ends, runs[side]);
        c->is_over[side] = ends.has_end && ends.reason == END_EXITED;
        c->is_wedged[side] = ends_is_wedged(&ends);
        ends_finish(&ends);
    }
    return true;
}

void idioms_close(struct idiom_comparison *c)
{
    for (u32 side = 0; side < 2; side++) {
        idioms_end(&c->idioms[side]);
        signals_free(c->signals[side]);
    }
    free(c->rows);
}

const char *idiom_state_name(u8 state)
{
    static const char *const names[] = {"SAME",   "BROKEN", "FEWER",  "MORE",  "ONLY-A",
                                        "ONLY-B", "OPEN",   "SHARED", "UNTOLD"};
    return names[state];
}
