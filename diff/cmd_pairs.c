/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep threads A B and objects A B: what pairs with what, why, and how sure that is (diff/pairs.h). */
#include "diff/pair_objects.h"
#include "diff/pairs.h"
#include "diff/pairs_open.h"
#include "diff/signals.h"
#include "diff/spawn.h"

#include <stdlib.h>

static const struct table_column thread_columns[] = {
    {"a", TABLE_U64, 0},         {"b", TABLE_U64, 0},
    {"entry", TABLE_HEX, 8},     {"confidence", TABLE_RATIO, 0},
    {"how", TABLE_TEXT, 0},      {"a_events", TABLE_U64, 0},
    {"b_events", TABLE_U64, 0},  {"a_made", TABLE_CITE, 0},
    {"b_made", TABLE_CITE, 0},   {"spawn_op", TABLE_TEXT, 0},
    {"spawn_lr", TABLE_HEX, 8},  {"function", TABLE_TEXT, 0},
    {"evidence", TABLE_TEXT, 0}, {"a_at", TABLE_CITE, 0},
    {"b_at", TABLE_CITE, 0},
};

static const struct table_column life_columns[] = {
    {"a", TABLE_U64, 0},
    {"b", TABLE_U64, 0},
    {"entry", TABLE_HEX, 8},
    {"a_first", TABLE_TIME, 0},
    {"b_first", TABLE_TIME, 0},
    {"a_last", TABLE_TIME, 0},
    {"b_last", TABLE_TIME, 0},
    {"a_duration", TABLE_DURATION, 0},
    {"b_duration", TABLE_DURATION, 0},
    {"a_silence", TABLE_DURATION, 0},
    {"b_silence", TABLE_DURATION, 0},
    {"a_events", TABLE_U64, 0},
    {"b_events", TABLE_U64, 0},
    {"a_calls", TABLE_U64, 0},
    {"b_calls", TABLE_U64, 0},
    {"a_state", TABLE_TEXT, 0},
    {"b_state", TABLE_TEXT, 0},
    {"a_at", TABLE_CITE, 0},
    {"b_at", TABLE_CITE, 0},
};

static const struct table_column hint_columns[] = {
    {"a", TABLE_U64, 0},         {"b", TABLE_U64, 0},     {"share", TABLE_RATIO, 0}, {"confidence", TABLE_RATIO, 0},
    {"evidence", TABLE_TEXT, 0}, {"a_at", TABLE_CITE, 0}, {"b_at", TABLE_CITE, 0},
};

static const struct table_column object_columns[] = {
    {"a", TABLE_HEX, 16},        {"b", TABLE_HEX, 16},           {"type", TABLE_TEXT, 0},
    {"name", TABLE_TEXT, 0},     {"confidence", TABLE_RATIO, 0}, {"how", TABLE_TEXT, 0},
    {"op", TABLE_TEXT, 0},       {"lr", TABLE_HEX, 8},           {"ordinal", TABLE_U64, 0},
    {"a_handles", TABLE_U64, 0}, {"b_handles", TABLE_U64, 0},    {"a_signals", TABLE_U64, 0},
    {"b_signals", TABLE_U64, 0}, {"a_made", TABLE_CITE, 0},      {"b_made", TABLE_CITE, 0},
};

static void put_events(struct table *t, struct run *run, u32 place)
{
    if (place == PAIR_NOBODY)
        table_none(t);
    else
        table_u64(t, run_thread(run, place)->events);
}

/* Where its maker made it. */
static void put_made(struct table *t, const char *label, struct run *run, u32 place)
{
    const struct run_thread *thread = place == PAIR_NOBODY ? NULL : run_thread(run, place);
    if (!thread || !thread->created || thread->parent == UINT32_MAX)
        table_none(t);
    else
        pairs_put_cite(t, label, run, thread->parent, run_position_at_seq(run, thread->parent, thread->created_seq));
}

/* Its first event. */
static void put_begin(struct table *t, const char *label, struct run *run, u32 place)
{
    if (place == PAIR_NOBODY || !run_thread(run, place)->events)
        table_none(t);
    else
        pairs_put_cite(t, label, run, place, 0);
}

static void put_spawn(struct pairs *p, struct table *t, const struct pair *pair)
{
    struct run *run = pair->a == PAIR_NOBODY ? p->b : p->a;
    struct spawn_site site = spawn_site(run, pair->a == PAIR_NOBODY ? pair->b : pair->a);
    table_text(t, site.op ? run_op_name(run, site.op) : NULL);
    pairs_put_lr(t, p, site.lr);
}

/* --thread: only that pair. */
static bool is_wanted(const struct pairs *p, const struct pair *pair)
{
    struct err err;
    u32 a, b;
    return !pairs_read_threads(p, &a, &b, &err) || a == PAIR_NOBODY || (pair->a == a && pair->b == b);
}

/* Both ids and where they began. */
static void put_pair(struct pairs *p, const struct pair *pair, struct table *t)
{
    u32 entry = pair_entry(&p->threads, pair);
    pairs_put_thread(t, p->a, pair->a);
    pairs_put_thread(t, p->b, pair->b);
    table_hex_known(t, entry);
}

static void put_threads(struct pairs *p, struct table *t)
{
    for (u32 i = 0; i < p->threads.count; i++) {
        const struct pair *pair = &p->threads.pairs[i];
        if (!is_wanted(p, pair))
            continue;
        char evidence[160];
        put_pair(p, pair, t);
        table_ratio(t, pair->confidence, 100);
        table_text(t, pair_how_name(pair->how));
        put_events(t, p->a, pair->a);
        put_events(t, p->b, pair->b);
        put_made(t, "A", p->a, pair->a);
        put_made(t, "B", p->b, pair->b);
        put_spawn(p, t, pair);
        pair_evidence(&p->threads, pair, evidence, sizeof evidence);
        table_text(t, evidence);
        put_begin(t, "A", p->a, pair->a);
        put_begin(t, "B", p->b, pair->b);
        table_row(t);
    }
    table_end(t);
}

/* ---- Lives. ---- */

struct lives {
    struct signals *signals[2];
    u64 last[2]; /* time of each run's last event */
};

static u64 count_calls(struct run *run, u32 place)
{
    u32 sites = run_site_count(run);
    u64 *counts = calloc(sites + 1u, sizeof *counts), calls = 0;
    struct err err;
    CHECK(counts, "out of memory");
    run_count(run, place, 0, run_thread(run, place)->events, counts, NULL, &err);
    for (u32 i = 0; i < sites; i++)
        calls += run_site(run, i)->kind == EVENT_call ? counts[i] : 0;
    free(counts);
    return calls;
}

enum life_cell {
    LIFE_FIRST,
    LIFE_LAST,
    LIFE_DURATION,
    LIFE_SILENCE,
    LIFE_EVENTS,
    LIFE_CALLS,
    LIFE_STATE,
    LIFE_AT,
    LIFE_CELLS
};

static void put_life_cell(const struct lives *l, struct table *t, u32 side, u32 place, enum life_cell cell)
{
    struct run *run = l->signals[side]->run;
    const struct run_thread *thread = place == PAIR_NOBODY ? NULL : run_thread(run, place);
    const struct run_clock *clock = run_clock(run);
    if (!thread || (!thread->events && cell != LIFE_STATE && cell != LIFE_EVENTS && cell != LIFE_CALLS))
        table_none(t);
    else if (cell == LIFE_FIRST)
        table_time(t, clock, thread->first_time);
    else if (cell == LIFE_LAST)
        table_time(t, clock, thread->last_time);
    else if (cell == LIFE_DURATION)
        table_duration(t, clock, thread->last_time - thread->first_time);
    else if (cell == LIFE_SILENCE)
        table_duration(t, clock, l->last[side] - thread->last_time);
    else if (cell == LIFE_EVENTS)
        table_u64(t, thread->events);
    else if (cell == LIFE_CALLS)
        table_u64(t, count_calls(run, place));
    else if (cell == LIFE_STATE)
        table_text(t, signals_state_name(signals_state_of(l->signals[side], place)));
    else
        pairs_put_cite(t, side ? "B" : "A", run, place, thread->events - 1);
}

static void put_lives(struct pairs *p, const struct lives *l, struct table *t)
{
    for (u32 i = 0; i < p->threads.count; i++) {
        const struct pair *pair = &p->threads.pairs[i];
        if (!is_wanted(p, pair))
            continue;
        put_pair(p, pair, t);
        for (u32 cell = 0; cell < LIFE_CELLS; cell++)
            for (u32 side = 0; side < 2; side++)
                put_life_cell(l, t, side, side ? pair->b : pair->a, (enum life_cell)cell);
        table_row(t);
    }
    table_end(t);
}

static int print_lives(struct pairs *p)
{
    struct lives l = {.last = {0}};
    struct table t;
    struct err err;
    int code = EXIT_OK;
    l.signals[0] = signals_make(p->a, &err);
    l.signals[1] = l.signals[0] ? signals_make(p->b, &err) : NULL;
    if (l.signals[1]) {
        for (u32 side = 0; side < 2; side++)
            l.last[side] = l.signals[side]->last_time;
        table_begin(&t, p->form, stdout, life_columns, countof(life_columns));
        put_lives(p, &l, &t);
    } else {
        code = cli_fail(p->cli, EXIT_HOST_ERROR, &err);
    }
    signals_free(l.signals[1]);
    signals_free(l.signals[0]);
    return code;
}

/* ---- Roles that moved. ---- */

static void put_hints(struct pairs *p, struct table *t, const struct pair_hint *hints, u32 count)
{
    char evidence[192];
    for (u32 i = 0; i < count; i++) {
        pairs_put_thread(t, p->a, hints[i].a);
        pairs_put_thread(t, p->b, hints[i].b);
        table_ratio(t, hints[i].share, 100);
        table_ratio(t, hints[i].confidence, 100);
        pair_hint_evidence(&hints[i], evidence, sizeof evidence);
        table_text(t, evidence);
        put_begin(t, "A", p->a, hints[i].a);
        put_begin(t, "B", p->b, hints[i].b);
        table_row(t);
    }
    table_end(t);
}

static void print_moved(struct pairs *p)
{
    struct table t;
    struct pair_hint *hints;
    u32 count = pair_find_hints(&p->threads, &hints);
    table_begin(&t, p->form, stdout, hint_columns, countof(hint_columns));
    put_hints(p, &t, hints, count);
    free(hints);
}

static void print_threads(struct pairs *p)
{
    struct table t;
    struct json j;
    struct pair_hint *hints;
    u32 count = pair_find_hints(&p->threads, &hints);
    if (p->form == TABLE_AS_JSON) {
        json_begin(&j, stdout);
        json_object(&j, NULL);
        table_begin_within(&t, &j, "pairs", thread_columns, countof(thread_columns));
        put_threads(p, &t);
        table_begin_within(&t, &j, "moved", hint_columns, countof(hint_columns));
        put_hints(p, &t, hints, count);
        json_close(&j);
        json_finish(&j);
    } else {
        table_begin(&t, p->form, stdout, thread_columns, countof(thread_columns));
        put_threads(p, &t);
        if (count && p->form == TABLE_AS_TEXT) {
            printf("\nroles that may have moved: threads that are no pair, and the share of calls in common (--map "
                   "makes them "
                   "one)\n");
            table_begin(&t, p->form, stdout, hint_columns, countof(hint_columns));
            put_hints(p, &t, hints, count);
        }
    }
    free(hints);
}

int pairs_threads(const struct cli *cli)
{
    static const char *const others[] = {"object"};
    struct pairs p;
    struct err err;
    u32 a, b;
    if (!pairs_check_options(cli, others, countof(others), "a thread is named by --thread", &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    int code = pairs_open(&p, cli);
    if (!code && !pairs_read_threads(&p, &a, &b, &err))
        code = cli_fail(cli, EXIT_USAGE, &err);
    else if (!code && cli_has(cli, "moved"))
        print_moved(&p);
    else if (!code && cli_has(cli, "life"))
        code = print_lives(&p);
    else if (!code)
        print_threads(&p);
    pairs_close(&p);
    return code;
}

/* ---- Objects. ---- */

static void put_hsid(struct table *t, const struct objects *objects, u32 row)
{
    table_hex_known(t, row != OBJECTS_NONE ? objects->rows[row].hsid : 0);
}

static void put_born(struct table *t, const char *label, const struct objects *objects, u32 row)
{
    const struct object *o = row == OBJECTS_NONE ? NULL : &objects->rows[row];
    if (o && o->place != UINT32_MAX)
        pairs_put_cite(t, label, objects->run, o->place, o->position);
    else
        table_none(t);
}

static void put_counts(struct table *t, const struct object *a, const struct object *b)
{
    const struct object *sides[] = {a, b};
    for (u32 i = 0; i < 4; i++) {
        const struct object *o = sides[i % 2];
        if (o)
            table_u64(t, i < 2 ? o->alias_count : o->signal_count);
        else
            table_none(t);
    }
}

static void put_object(struct table *t, const struct object_pairing *p, const struct object_pair *pair)
{
    const struct object *a = pair->a == OBJECTS_NONE ? NULL : &p->a->rows[pair->a];
    const struct object *b = pair->b == OBJECTS_NONE ? NULL : &p->b->rows[pair->b];
    const struct object *o = a ? a : b;
    struct run *run = a ? p->a->run : p->b->run;
    size_t size;
    const char *name = journal_string(run_journal(run), o->name, &size);
    put_hsid(t, p->a, pair->a);
    put_hsid(t, p->b, pair->b);
    table_text(t, object_type_name((enum object_type)o->type));
    if (size)
        table_bytes(t, name, size);
    else
        table_none(t);
    table_ratio(t, pair->confidence, 100);
    table_text(t, object_pair_how_name(pair->how));
    if (o->op)
        table_text(t, run_op_name(run, o->op));
    else
        table_none(t);
    table_hex_known(t, o->lr);
    if (o->place != UINT32_MAX)
        table_u64(t, o->ordinal);
    else
        table_none(t);
    put_counts(t, a, b);
    put_born(t, "A", p->a, pair->a);
    put_born(t, "B", p->b, pair->b);
    table_row(t);
}

static bool is_wanted_type(const struct pairs *p, const struct object_pairing *pairing, const struct object_pair *pair)
{
    const char *type = cli_value(p->cli, "type");
    const struct object *o = pair->a == OBJECTS_NONE ? &pairing->b->rows[pair->b] : &pairing->a->rows[pair->a];
    return !type || !strcmp(type, object_type_name((enum object_type)o->type));
}

static int print_objects(struct pairs *p)
{
    struct objects a = {0}, b = {0};
    struct object_pairing pairing;
    struct table t;
    struct err err;
    u64 limit = UINT64_MAX;
    if (!cli_u64(p->cli, "limit", &limit, &err))
        return cli_fail(p->cli, EXIT_USAGE, &err);
    if (!objects_make(&a, p->a, &err) || !objects_make(&b, p->b, &err)) {
        objects_free(&a);
        objects_free(&b);
        return cli_fail(p->cli, EXIT_HOST_ERROR, &err);
    }
    pair_objects(&pairing, &p->threads, &a, &b);
    table_begin(&t, p->form, stdout, object_columns, countof(object_columns));
    for (u32 i = 0; i < pairing.count && t.rows < limit; i++)
        if (is_wanted_type(p, &pairing, &pairing.pairs[i]))
            put_object(&t, &pairing, &pairing.pairs[i]);
    table_end(&t);
    pair_objects_finish(&pairing);
    objects_free(&a);
    objects_free(&b);
    return EXIT_OK;
}

int pairs_objects(const struct cli *cli)
{
    static const char *const others[] = {"aliases", "producers", "at",       "thread", "from",
                                         "to",      "op",        "function", "lr",     "object"};
    struct pairs p;
    struct err err;
    if (!pairs_check_options(cli, others, countof(others), "all objects are paired", &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    int code = pairs_open(&p, cli);
    code = code ? code : print_objects(&p);
    pairs_close(&p);
    return code;
}
