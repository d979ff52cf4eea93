/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep waits A B: in each pair of threads the k-th wait beside the k-th, never a first one beside a second
 * (diff/pairs.h). Waits of contended sections vary with the schedule; they are counted, and compared only when asked.
 */
#include "diff/coverage.h"
#include "diff/pair_objects.h"
#include "diff/pairs.h"
#include "diff/pairs_open.h"
#include "diff/signals.h"

#include <inttypes.h>
#include <stdlib.h>

static const struct table_column columns[] = {
    {"a_thread", TABLE_U64, 0},    {"b_thread", TABLE_U64, 0},    {"n", TABLE_U64, 0},
    {"status", TABLE_TEXT, 0},     {"a_op", TABLE_TEXT, 0},       {"b_op", TABLE_TEXT, 0},
    {"lr", TABLE_HEX, 8},          {"function", TABLE_TEXT, 0},   {"object", TABLE_TEXT, 0},
    {"a_state", TABLE_TEXT, 0},    {"b_state", TABLE_TEXT, 0},    {"a_took", TABLE_DURATION, 0},
    {"b_took", TABLE_DURATION, 0}, {"a_waker", TABLE_TEXT, 0},    {"b_waker", TABLE_TEXT, 0},
    {"a_waker_at", TABLE_CITE, 0}, {"b_waker_at", TABLE_CITE, 0}, {"a_at", TABLE_CITE, 0},
    {"b_at", TABLE_CITE, 0},
};

struct comparison {
    struct pairs *pairs;
    struct signals *signals[2];
    struct object_pairing objects;
    bool tells[2]; /* what is not in it was not */
    struct table table;
    u64 rows, differing, untold, noise[2], limit;
};

static const struct wait *wait_at(const struct comparison *c, u32 side, u32 i)
{
    return &c->signals[side]->waits.rows[i];
}

/* The next wait that is compared; *i: where to look, then behind it. */
static const struct wait *next_wait(struct comparison *c, u32 side, u32 place, u32 *i)
{
    const struct waits *waits = &c->signals[side]->waits;
    while (place != PAIR_NOBODY && *i < waits->first[place + 1]) {
        const struct wait *w = wait_at(c, side, (*i)++);
        if (noise_class(w->op) == NOISE_NONE)
            return w;
        c->noise[side]++;
    }
    return NULL;
}

static bool are_counterparts(const struct comparison *c, const struct wait *a, const struct wait *b)
{
    if (!a->object_count || !b->object_count || a->objects[0] == OBJECTS_NONE || b->objects[0] == OBJECTS_NONE)
        return true; /* not told: no evidence */
    u32 other = pair_object_of_a(&c->objects, a->objects[0], true);
    return other == OBJECTS_NONE || other == b->objects[0] ||
           pair_object_of_b(&c->objects, b->objects[0], true) == OBJECTS_NONE;
}

/* A log of another engine that has not one wait, or is of a part, may have left them out. */
static bool tells_waits(const struct signals *signals)
{
    char why[64];
    struct journal_reader *journal = run_journal(signals->run);
    struct coverage *coverage = coverage_read(journal);
    bool is_part = coverage_is_least(coverage, 0, true, UINT64_MAX, UINT64_MAX, why, sizeof why);
    coverage_destroy(coverage);
    return (signals->waits.count && !is_part) || coverage_is_recording(journal);
}

static const char *status_of(const struct comparison *c, const struct wait *a, const struct wait *b)
{
    if (!a || !b)
        return !c->tells[a != NULL] ? "UNCAPTURED" : a ? "ONLY-A" : "ONLY-B";
    if (a->op != b->op || a->lr != b->lr)
        return "SITE";
    if (!are_counterparts(c, a, b))
        return "OBJECT";
    if (wait_is_open(a) != wait_is_open(b))
        return wait_is_open(b) ? "OPEN-IN-B" : "OPEN-IN-A";
    return a->has_status && b->has_status && !wait_is_open(a) && a->status != b->status ? "RESULT" : "MATCH";
}

static void put_op(struct table *t, struct run *run, const struct wait *w)
{
    table_text(t, w ? run_op_name(run, w->op) : NULL);
}

static void put_object(const struct comparison *c, struct table *t, const struct wait *a, const struct wait *b)
{
    char text[64];
    u32 side = a && a->object_count ? 0 : 1;
    const struct wait *w = side ? b : a;
    if (!w || !w->object_count || w->objects[0] == OBJECTS_NONE) {
        table_none(t);
        return;
    }
    const struct object *o = &c->signals[side]->objects.rows[w->objects[0]];
    const char *more = w->object_count > 1 ? " and others" : "";
    if (o->target != UINT32_MAX)
        snprintf(text, sizeof text, "the end of %s:T%u%s", side ? "B" : "A",
                 run_thread(c->signals[side]->run, o->target)->thread, more);
    else
        snprintf(text, sizeof text, "%s 0x%016" PRIX64 " of %s%s", object_type_name((enum object_type)o->type), o->hsid,
                 side ? "B" : "A", more);
    table_text(t, text);
}

static void put_took(struct table *t, struct run *run, const struct wait *w)
{
    if (w && !wait_is_open(w))
        table_duration(t, run_clock(run), w->end_time - w->begin_time);
    else
        table_none(t);
}

/* Who ended it: as told, or found by the objects, or guessed (and marked so). */
static const struct signal_deed *waker_of(const struct comparison *c, u32 side, const struct wait *w)
{
    if (!w || wait_is_open(w))
        return NULL;
    const struct signal_deed *told = signals_ender_told(c->signals[side], w);
    const struct signal_deed *guessed = told ? NULL : signals_ender(c->signals[side], w);
    return guessed && guessed->guessed ? guessed : told;
}

static void put_waker(const struct comparison *c, struct table *t, u32 side, const struct signal_deed *deed)
{
    char text[96], lr[TABLE_ADDRESS];
    if (!deed) {
        table_none(t);
        return;
    }
    struct run *run = c->signals[side]->run;
    snprintf(text, sizeof text, "T%u %s %s%s", run_thread(run, deed->place)->thread, run_op_name(run, deed->op),
             table_show_address(deed->lr, lr), deed->guessed ? " (guessed)" : "");
    table_text(t, text);
}

static void put_row(struct comparison *c, const struct pair *pair, u64 n, const struct wait *w[2], const char *status)
{
    struct table *t = &c->table;
    struct run *run[2] = {c->pairs->a, c->pairs->b};
    const struct signal_deed *wakers[2] = {waker_of(c, 0, w[0]), waker_of(c, 1, w[1])};
    pairs_put_thread(t, run[0], pair->a);
    pairs_put_thread(t, run[1], pair->b);
    table_u64(t, n);
    table_text(t, status);
    put_op(t, run[0], w[0]);
    put_op(t, run[1], w[1]);
    pairs_put_lr(t, c->pairs, w[w[0] ? 0 : 1]->lr);
    put_object(c, t, w[0], w[1]);
    for (u32 side = 0; side < 2; side++)
        table_text(t, w[side] ? wait_state_name(w[side]->state) : NULL);
    for (u32 side = 0; side < 2; side++)
        put_took(t, run[side], w[side]);
    for (u32 side = 0; side < 2; side++)
        put_waker(c, t, side, wakers[side]);
    for (u32 side = 0; side < 2; side++)
        if (wakers[side] && wakers[side]->position != UINT64_MAX)
            pairs_put_cite(t, side ? "B" : "A", run[side], wakers[side]->place, wakers[side]->position);
        else
            table_none(t);
    for (u32 side = 0; side < 2; side++)
        if (w[side])
            pairs_put_cite(t, side ? "B" : "A", run[side], w[side]->place, w[side]->call);
        else
            table_none(t);
    table_row(t);
}

static void put_pair(struct comparison *c, const struct pair *pair)
{
    u32 i = pair->a == PAIR_NOBODY ? 0 : c->signals[0]->waits.first[pair->a];
    u32 k = pair->b == PAIR_NOBODY ? 0 : c->signals[1]->waits.first[pair->b];
    for (u64 n = 1;; n++) {
        const struct wait *w[2] = {next_wait(c, 0, pair->a, &i), next_wait(c, 1, pair->b, &k)};
        if (!w[0] && !w[1])
            return;
        const char *status = status_of(c, w[0], w[1]);
        bool is_untold = *status == 'U', differs = *status != 'M' && !is_untold;
        c->untold += is_untold;
        c->rows++;
        c->differing += differs;
        if (c->table.rows < c->limit && (differs || is_untold || !cli_has(c->pairs->cli, "open")))
            put_row(c, pair, n, w, status);
    }
}

static int print(struct comparison *c)
{
    struct pairs *p = c->pairs;
    struct err err;
    u32 a, b;
    if (!pairs_read_threads(p, &a, &b, &err))
        return cli_fail(p->cli, EXIT_USAGE, &err);
    const struct pair only = {.a = a, .b = b};
    table_begin(&c->table, p->form, stdout, columns, countof(columns));
    for (u32 i = 0; i < p->threads.count && a == PAIR_NOBODY; i++)
        put_pair(c, &p->threads.pairs[i]);
    if (a != PAIR_NOBODY)
        put_pair(c, &only);
    table_end(&c->table);
    if (p->form == TABLE_AS_TEXT)
        printf("%" PRIu64 " waits, k-th with k-th, %" PRIu64 " differ, %" PRIu64
               " cannot be told; left out, since contention varies: %" PRIu64 " waits of sections in A, %" PRIu64
               " in B\n",
               c->rows, c->differing, c->untold, c->noise[0], c->noise[1]);
    return c->differing ? EXIT_HOST_ERROR : c->rows && !c->untold ? EXIT_OK : EXIT_UNCERTAIN;
}

static int compare(struct pairs *p)
{
    struct comparison c = {.pairs = p, .limit = UINT64_MAX};
    struct err err;
    int code = cli_u64(p->cli, "limit", &c.limit, &err) ? EXIT_OK : cli_fail(p->cli, EXIT_USAGE, &err);
    if (code)
        return code;
    c.signals[0] = signals_make(p->a, &err);
    c.signals[1] = c.signals[0] ? signals_make(p->b, &err) : NULL;
    if (c.signals[1]) {
        for (u32 i = 0; i < 2; i++)
            c.tells[i] = tells_waits(c.signals[i]);
        pair_objects(&c.objects, &p->threads, &c.signals[0]->objects, &c.signals[1]->objects);
        code = print(&c);
        pair_objects_finish(&c.objects);
    } else {
        code = cli_fail(p->cli, EXIT_HOST_ERROR, &err);
    }
    signals_free(c.signals[1]);
    signals_free(c.signals[0]);
    return code;
}

int pairs_waits(const struct cli *cli)
{
    static const char *const others[] = {"from", "to", "op", "lr", "function", "object"};
    struct pairs p;
    struct err err;
    if (!pairs_check_options(cli, others, countof(others), "whole threads are compared", &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    int code = pairs_open(&p, cli);
    if (!code)
        code = cli_has(cli, "edges") ? pairs_edges(&p) : compare(&p);
    pairs_close(&p);
    return code;
}
