/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep loops: how many rounds of what each run made, the first round that is not the same, and what gates it. */
#include "diff/commands.h"
#include "diff/loops.h"
#include "diff/pairs_open.h"
#include "diff/signals.h"

#include <inttypes.h>
#include <stdlib.h>

static const struct table_column columns[] = {
    {"a_thread", TABLE_U64, 0},   {"b_thread", TABLE_U64, 0}, {"op", TABLE_TEXT, 0},      {"lr", TABLE_HEX, 8},
    {"function", TABLE_TEXT, 0},  {"a_rounds", TABLE_U64, 0}, {"b_rounds", TABLE_U64, 0}, {"a_calls", TABLE_RATIO, 0},
    {"b_calls", TABLE_RATIO, 0},  {"state", TABLE_TEXT, 0},   {"round", TABLE_U64, 0},    {"agree", TABLE_U64, 0},
    {"a_next", TABLE_TEXT, 0},    {"b_next", TABLE_TEXT, 0},  {"gate", TABLE_TEXT, 0},    {"opened_by", TABLE_TEXT, 0},
    {"opened_at", TABLE_CITE, 0}, {"a_at", TABLE_CITE, 0},    {"b_at", TABLE_CITE, 0},
};

struct comparison {
    struct pairs *pairs;
    struct run *run[2];
    struct signals *signals[2];
    struct keys keys;
    struct table table;
    u64 rows, differing, limit, head;
};

/* One pair's loops. */
struct view {
    struct comparison *c;
    const struct loops *loops;
    u32 thread[2];
};

static const char *op_at(const struct view *v, u32 side, u64 ordinal)
{
    struct run *run = v->c->run[side];
    return ordinal < v->loops->call_count[side] ? run_op_name(run, (u32)v->loops->letters[side][ordinal]) : NULL;
}

static const struct wait *wait_of_call(const struct view *v, u32 side, u64 position)
{
    const struct waits *waits = &v->c->signals[side]->waits;
    for (u32 i = waits->first[v->thread[side]]; i < waits->first[v->thread[side] + 1]; i++)
        if (waits->rows[i].call == position)
            return &waits->rows[i];
    return NULL;
}

/* The last call that agrees, of one side. */
static const struct wait *last_wait(const struct view *v, const struct loop *loop, u32 side)
{
    if (loop->first == LOOPS_NONE || !loop->common)
        return NULL;
    u64 ordinal = loop->rounds[side][loop->first].from + loop->common - 1;
    return wait_of_call(v, side, v->loops->positions[side][ordinal]);
}

static void put_gate(const struct view *v, const struct loop *loop)
{
    struct table *t = &v->c->table;
    char text[160] = "", by[96], lr[TABLE_ADDRESS];
    u32 side = loop->state == LOOP_INCOMPLETE ? 1 : 0;
    bool stops = loop->state == LOOP_INCOMPLETE || loop->state == LOOP_AHEAD;
    const struct wait *gate = stops ? last_wait(v, loop, side) : NULL;
    const struct wait *other = gate && wait_is_open(gate) ? last_wait(v, loop, !side) : NULL;
    const struct signal_deed *deed = other && !wait_is_open(other) ? signals_ender(v->c->signals[!side], other) : NULL;
    if (gate && wait_is_open(gate)) {
        u32 object = gate->object_count ? gate->objects[0] : OBJECTS_NONE;
        const struct object *o = object == OBJECTS_NONE ? NULL : &v->c->signals[side]->objects.rows[object];
        snprintf(text, sizeof text, "%s %s%s%s", run_op_name(v->c->run[side], gate->op),
                 table_show_address(gate->lr, lr), o ? " on " : "",
                 o ? object_type_name((enum object_type)o->type) : "");
        if (o && o->hsid)
            snprintf(text + strlen(text), sizeof text - strlen(text), " 0x%016" PRIX64, o->hsid);
    }
    table_text(t, *text ? text : NULL);
    if (!deed) {
        table_none(t);
        table_none(t);
        return;
    }
    snprintf(by, sizeof by, "%s:T%u %s %s%s", side ? "A" : "B", run_thread(v->c->run[!side], deed->place)->thread,
             run_op_name(v->c->run[!side], deed->op), table_show_address(deed->lr, lr),
             deed->guessed ? " (guessed)" : "");
    table_text(t, by);
    pairs_put_cite(t, side ? "A" : "B", v->c->run[!side], deed->place, deed->position);
}

/* Where the first round that is not the same parts; else where the loop begins. */
static void put_place(const struct view *v, const struct loop *loop, u32 side)
{
    struct table *t = &v->c->table;
    u64 ordinal = UINT64_MAX;
    if (!loop->count[side]) {
        table_none(t);
        return;
    }
    if (loop->first == LOOPS_NONE)
        ordinal = loop->rounds[side][0].from;
    else if (loop->first < loop->count[side])
        ordinal = loop->rounds[side][loop->first].from + loop->common;
    if (ordinal == UINT64_MAX || ordinal >= v->loops->call_count[side])
        ordinal = loop->rounds[side][loop->count[side] - 1].to - 1;
    pairs_put_cite(t, side ? "B" : "A", v->c->run[side], v->thread[side], v->loops->positions[side][ordinal]);
}

static void put_next(const struct view *v, const struct loop *loop, u32 side)
{
    bool has = loop->first != LOOPS_NONE && loop->first < loop->count[side];
    table_text(&v->c->table, has ? op_at(v, side, loop->rounds[side][loop->first].from + loop->common) : NULL);
}

static void put_row(const struct view *v, const struct loop *loop)
{
    struct table *t = &v->c->table;
    for (u32 side = 0; side < 2; side++)
        pairs_put_thread(t, v->c->run[side], v->thread[side]);
    table_text(t, run_op_name(v->c->run[loop->count[0] ? 0 : 1], (u32)loop->head));
    pairs_put_lr(t, v->c->pairs, (u32)(loop->head >> 32));
    for (u32 side = 0; side < 2; side++)
        table_u64(t, loop->count[side]);
    for (u32 side = 0; side < 2; side++)
        table_ratio(t, loop->calls[side], loop->count[side]);
    table_text(t, loops_state_name(loop->state));
    if (loop->first == LOOPS_NONE) {
        table_none(t);
        table_none(t);
    } else {
        table_u64(t, loop->first + 1);
        table_u64(t, loop->common);
    }
    for (u32 side = 0; side < 2; side++)
        put_next(v, loop, side);
    put_gate(v, loop);
    for (u32 side = 0; side < 2; side++)
        put_place(v, loop, side);
    table_row(t);
}

static bool put_pair(struct comparison *c, const struct pair *pair, struct err *err)
{
    struct loops loops;
    struct view v = {c, &loops, {pair->a, pair->b}};
    bool is_blocked[2];
    if (pair->a == PAIR_NOBODY || pair->b == PAIR_NOBODY)
        return true;
    for (u32 side = 0; side < 2; side++)
        is_blocked[side] = signals_open_wait(c->signals[side], v.thread[side]);
    bool ok = loops_find(&loops, &c->keys, pair->a, pair->b, c->head, is_blocked, err);
    for (u32 i = 0; ok && i < loops.count; i++) {
        const struct loop *loop = &loops.rows[i];
        c->rows++;
        c->differing += loop->state != LOOP_SAME;
        if (c->table.rows < c->limit)
            put_row(&v, loop);
    }
    loops_free(&loops);
    return ok;
}

/* "OP@LR" */
static bool read_head(struct comparison *c, struct err *err)
{
    const char *text = cli_value(c->pairs->cli, "head"), *at = text ? strchr(text, '@') : NULL;
    u64 lr;
    if (!text)
        return true;
    if (!at || !cli_read_u64(at + 1, &lr))
        return err_set(err, "--head %s: expected OP@LR", text);
    for (u32 side = 0; side < 2; side++)
        for (u32 i = 0; i < run_site_count(c->run[side]); i++) {
            const struct run_site *site = run_site(c->run[side], i);
            const char *name = run_op_name(c->run[side], site->op);
            if (site->lr == lr && strlen(name) == (size_t)(at - text) && !strncmp(name, text, (size_t)(at - text)))
                c->head = c->keys.side[side].letter[i];
        }
    return c->head || err_set(err, "--head %s: neither run has such a call", text);
}

static int compare(struct comparison *c)
{
    const struct keys_choice choice = {.parts = KEY_OP | KEY_LR};
    struct pairs *p = c->pairs;
    struct err err;
    u32 a, b;
    if (!cli_u64(p->cli, "limit", &c->limit, &err) || !pairs_read_threads(p, &a, &b, &err))
        return cli_fail(p->cli, EXIT_USAGE, &err);
    const struct pair only = {.a = a, .b = b};
    keys_init(&c->keys, p->a, p->b, &choice, 0);
    if (!read_head(c, &err)) {
        keys_finish(&c->keys);
        return cli_fail(p->cli, EXIT_USAGE, &err);
    }
    table_begin(&c->table, p->form, stdout, columns, countof(columns));
    bool ok = true;
    for (u32 i = 0; ok && a == PAIR_NOBODY && i < p->threads.count; i++)
        ok = put_pair(c, &p->threads.pairs[i], &err);
    if (a != PAIR_NOBODY)
        ok = put_pair(c, &only, &err);
    table_end(&c->table);
    keys_finish(&c->keys);
    if (!ok)
        return cli_fail(p->cli, EXIT_HOST_ERROR, &err);
    if (!c->rows && p->form == TABLE_AS_TEXT)
        printf("no thread that both runs have goes round in a loop\n");
    return c->differing ? EXIT_HOST_ERROR : c->rows ? EXIT_OK : EXIT_UNCERTAIN;
}

int cmd_loops(const struct cli *cli)
{
    struct pairs p;
    struct err err;
    int code = pairs_open(&p, cli);
    if (!code) {
        struct comparison c = {.pairs = &p, .run = {p.a, p.b}, .limit = UINT64_MAX};
        c.signals[0] = signals_make(p.a, &err);
        c.signals[1] = c.signals[0] ? signals_make(p.b, &err) : NULL;
        code = c.signals[1] ? compare(&c) : cli_fail(cli, EXIT_HOST_ERROR, &err);
        signals_free(c.signals[1]);
        signals_free(c.signals[0]);
    }
    pairs_close(&p);
    return code;
}
