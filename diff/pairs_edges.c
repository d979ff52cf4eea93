/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep waits A B --edges: who wakes whom in both runs (diff/pairs.h). Threads of one entry are one family; an edge
 * goes from the call site that ended waits to the family that waited. */
#include "diff/map.h"
#include "diff/pairs.h"
#include "diff/pairs_open.h"
#include "diff/signals.h"

#include <inttypes.h>
#include <stdlib.h>
#include <xxhash.h>

static const struct table_column columns[] = {
    {"waker", TABLE_HEX, 8},     {"waiter", TABLE_HEX, 8},   {"op", TABLE_TEXT, 0},      {"lr", TABLE_HEX, 8},
    {"function", TABLE_TEXT, 0}, {"a", TABLE_U64, 0},        {"b", TABLE_U64, 0},        {"status", TABLE_TEXT, 0},
    {"b_blocked", TABLE_U64, 0}, {"a_first", TABLE_CITE, 0}, {"b_first", TABLE_CITE, 0},
};

struct edge_key {
    u32 waker, waiter; /* entries; 0: of the thread that nobody made */
    u32 op, lr;
};

struct edge {
    struct edge_key key;
    u64 count[2];
    u64 blocked; /* threads of the waiting family that B never lets go on, and A does */
    const struct wait *first[2];
};

struct edges {
    struct pairs *pairs;
    struct signals *signals[2];
    struct map untold[2]; /* entries of families that were woken by nobody knows whom */
    struct map places;
    struct edge *rows;
    u32 count, capacity;
};

static struct edge *edge_of(struct edges *e, const struct edge_key *key)
{
    u64 hash = XXH3_64bits(key, sizeof *key);
    u32 at = map_get(&e->places, hash);
    if (at != MAP_NONE)
        return &e->rows[at];
    if (e->count == e->capacity) {
        e->capacity = e->capacity ? 2 * e->capacity : 64;
        e->rows = realloc(e->rows, e->capacity * sizeof *e->rows);
        CHECK(e->rows, "out of memory");
    }
    map_set(&e->places, hash, e->count);
    e->rows[e->count] = (struct edge){.key = *key};
    return &e->rows[e->count++];
}

static void add_waits(struct edges *e, u32 side)
{
    const struct waits *waits = &e->signals[side]->waits;
    for (u32 i = 0; i < waits->count; i++) {
        const struct wait *w = &waits->rows[i];
        bool is_untold = w->waker == WAKER_UNKNOWN || w->waker == WAKER_GUESSED;
        bool has_waker = w->state == WAIT_ENDED && w->waker != WAKER_NONE && !is_untold;
        if (w->state == WAIT_ENDED && is_untold && objects_unknown_signals(waits->objects))
            map_set(&e->untold[side], run_thread(waits->run, w->place)->entry, 1);
        if (!has_waker || w->waker_place == UINT32_MAX)
            continue;
        struct edge_key key = {run_thread(waits->run, w->waker_place)->entry, run_thread(waits->run, w->place)->entry,
                               w->waker_op, w->waker_lr};
        struct edge *row = edge_of(e, &key);
        row->count[side]++;
        if (!row->first[side] || w->end_seq < row->first[side]->end_seq)
            row->first[side] = w;
    }
}

static bool is_blocked(const struct signals *s, u32 place)
{
    return place != PAIR_NOBODY && signals_state_of(s, place) == SIGNALS_BLOCKED;
}

static void count_blocked(struct edges *e)
{
    const struct pairing *p = &e->pairs->threads;
    for (u32 i = 0; i < p->count; i++) {
        const struct pair *pair = &p->pairs[i];
        if (!is_blocked(e->signals[1], pair->b) || is_blocked(e->signals[0], pair->a))
            continue;
        for (u32 k = 0; k < e->count; k++)
            e->rows[k].blocked += e->rows[k].key.waiter == run_thread(p->b, pair->b)->entry;
    }
}

/* In the order in which A's edges first come. */
static int by_first(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    u64 first[2] = {x->first[0] ? x->first[0]->end_seq : UINT64_MAX, y->first[0] ? y->first[0]->end_seq : UINT64_MAX};
    if (first[0] != first[1])
        return first[0] < first[1] ? -1 : 1;
    return memcmp(&x->key, &y->key, sizeof x->key);
}

/* Signals that are told without their object may be what the run with fewer seems to lack. */
static bool may_lack(const struct edges *e, const struct edge *row)
{
    u32 fewer = row->count[1] < row->count[0];
    return row->count[0] != row->count[1] && map_get(&e->untold[fewer], row->key.waiter) != MAP_NONE;
}

static const char *status_of(const struct edges *e, const struct edge *row)
{
    if (row->count[0] == row->count[1])
        return "MATCH";
    if (may_lack(e, row))
        return "UNCAPTURED";
    return !row->count[1] ? "MISSING" : row->count[1] < row->count[0] ? "UNDER" : "OVER";
}

static void put_edge(struct edges *e, struct table *t, const struct edge *row)
{
    table_hex_known(t, row->key.waker);
    table_hex_known(t, row->key.waiter);
    struct run *run = row->count[0] ? e->pairs->a : e->pairs->b;
    table_text(t, row->key.op ? run_op_name(run, row->key.op) : NULL);
    pairs_put_lr(t, e->pairs, row->key.lr);
    table_u64(t, row->count[0]);
    table_u64(t, row->count[1]);
    table_text(t, status_of(e, row));
    table_u64(t, row->blocked);
    for (u32 side = 0; side < 2; side++) {
        const struct wait *w = row->first[side];
        struct run *of = side ? e->pairs->b : e->pairs->a;
        if (w && w->waker_position != UINT64_MAX)
            pairs_put_cite(t, side ? "B" : "A", of, w->waker_place, w->waker_position);
        else
            table_none(t);
    }
    table_row(t);
}

static int print(struct edges *e)
{
    struct table t;
    add_waits(e, 0);
    add_waits(e, 1);
    bool differs = false, is_uncertain = !e->count;
    count_blocked(e);
    if (e->count)
        qsort(e->rows, e->count, sizeof *e->rows, by_first);
    table_begin(&t, e->pairs->form, stdout, columns, countof(columns));
    for (u32 i = 0; i < e->count; i++) {
        put_edge(e, &t, &e->rows[i]);
        bool is_untold = may_lack(e, &e->rows[i]);
        is_uncertain = is_uncertain || is_untold;
        differs = differs || (!is_untold && e->rows[i].count[0] != e->rows[i].count[1]);
    }
    table_end(&t);
    return differs ? EXIT_HOST_ERROR : is_uncertain ? EXIT_UNCERTAIN : EXIT_OK;
}

int pairs_edges(struct pairs *p)
{
    struct edges e = {.pairs = p};
    struct err err;
    e.signals[0] = signals_make(p->a, &err);
    e.signals[1] = e.signals[0] ? signals_make(p->b, &err) : NULL;
    int code = e.signals[1] ? print(&e) : cli_fail(p->cli, EXIT_HOST_ERROR, &err);
    signals_free(e.signals[1]);
    signals_free(e.signals[0]);
    map_free(&e.places);
    map_free(&e.untold[0]);
    map_free(&e.untold[1]);
    free(e.rows);
    return code;
}
