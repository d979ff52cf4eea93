/* SPDX-License-Identifier: BSD-3-Clause
 * The ladder as JSON, for programs (diff/ladder.h). Threads and indices are the logs' own numbers. */
#include "diff/holes.h"
#include "diff/ladder.h"
#include "diff/unlogged.h"

static void put_thread(struct json *j, const char *key, struct run *run, u32 place)
{
    if (place == (u32)LADDER_NONE)
        json_null(j, key);
    else
        json_u64(j, key, run_thread(run, place)->thread);
}

static void put_op(struct json *j, const char *key, struct run *run, u32 op)
{
    json_text(j, key, op ? run_op_name(run, op) : NULL);
}

static void put_object(struct json *j, const char *key, const struct signals *s, u32 object)
{
    if (object == (u32)LADDER_NONE) {
        json_null(j, key);
        return;
    }
    const struct object *o = &s->objects.rows[object];
    json_object(j, key);
    json_text(j, "type", object_type_name((enum object_type)o->type));
    json_text(j, "name", o->name ? journal_string(run_journal(s->run), o->name, &(size_t){0}) : NULL);
    json_hex_known(j, "hsid", o->hsid, 16);
    json_hex_known(j, "handle", signals_handle(s, object), 8);
    json_hex_known(j, "address", signals_address(s, object), 8);
    put_thread(j, "thread", s->run, o->target);
    put_thread(j, "creator", s->run, o->place);
    put_op(j, "create_op", s->run, o->op);
    json_hex_known(j, "create_lr", o->lr, 8);
    if (o->place == UINT32_MAX)
        json_null(j, "created_ordinal");
    else
        json_u64(j, "created_ordinal", o->ordinal);
    json_close(j);
}

static void put_expected(struct json *j, const struct ladder *l, const struct ladder_need *n)
{
    json_array(j, "expected");
    for (u32 i = 0; n && i < n->producer_count; i++) {
        const struct ladder_producer *p = &l->producers[n->first_producer + i];
        json_object(j, NULL);
        put_thread(j, "thread", l->a, p->place);
        json_hex_known(j, "entry", run_thread(l->a, p->place)->entry, 8);
        json_hex_known(j, "lr", p->lr, 8);
        put_op(j, "op", l->a, p->op);
        json_u64(j, "count", p->count);
        json_u64(j, "index", run_index(l->a, p->place, p->first_position));
        json_u64(j, "first_time", p->first_time);
        json_u64(j, "last_time", p->last_time);
        put_thread(j, "counterpart", l->b, p->place_b);
        json_bool(j, "guessed", p->is_guessed);
        json_bool(j, "sibling", p->is_sibling);
        json_close(j);
    }
    json_close(j);
}

static void put_deed(struct json *j, const char *key, const struct signals *s, const struct signal_deed *d)
{
    struct run *run = s->run;
    u32 result;
    if (d->kind == DEED_NONE) {
        json_null(j, key);
        return;
    }
    json_object(j, key);
    put_thread(j, "thread", run, d->place);
    json_u64(j, "index", run_index(run, d->place, d->position));
    json_u64(j, "time", d->time);
    put_op(j, "op", run, d->op);
    json_hex_known(j, "lr", d->lr, 8);
    if (signals_result(s, d, &result))
        json_hex(j, "result", result, 8);
    else
        json_null(j, "result");
    json_close(j);
}

static void put_way(struct json *j, const char *key, struct run *run, u32 place, u64 position, bool is_there)
{
    struct event e;
    struct err err;
    if (!is_there || !run_event(run, place, position, &e, &err)) {
        json_null(j, key);
        return;
    }
    json_object(j, key);
    put_thread(j, "thread", run, place);
    json_u64(j, "index", e.index);
    put_op(j, "op", run, e.op);
    json_hex_known(j, "lr", e.lr, 8);
    json_u64(j, "time", e.time);
    json_close(j);
}

static void put_parting(struct json *j, const struct ladder *l, const struct ladder_need *n)
{
    if (!n->parting.is_known) {
        json_null(j, "parting");
        return;
    }
    json_object(j, "parting");
    json_u64(j, "matched", n->parting.common);
    put_way(j, "a", l->a, n->signal.place, n->parting.a, n->parting.has_a);
    put_way(j, "b", l->b, n->place, n->parting.b, n->parting.has_b);
    json_close(j);
}

/* What was done in B to the thing that is waited for. */
static void put_deeds(struct json *j, const struct ladder *l, u32 object)
{
    const struct signals *b = l->signals_b;
    json_array(j, "done");
    for (u32 i = 0; object != (u32)LADDER_NONE && i < b->deed_count; i++)
        if (b->deeds[i].object == object && b->deeds[i].kind != DEED_SPAWN)
            put_deed(j, NULL, b, &b->deeds[i]);
    json_close(j);
}

static void put_need(struct json *j, const struct ladder *l, const struct ladder_need *n)
{
    put_object(j, "object", l->signals_b, n ? n->object : (u32)LADDER_NONE);
    put_object(j, "object_a", l->signals_a, n ? n->object_a : (u32)LADDER_NONE);
    put_expected(j, l, n);
    json_text(j, "state", n ? ladder_state_name(n->state) : "unknown");
    if (!n)
        return;
    json_bool(j, "strange", n->is_strange);
    put_thread(j, "counterpart", l->b, n->place);
    put_deed(j, "signal", l->signals_a, &n->signal);
    put_deed(j, "made", l->signals_b, &n->made);
    if (n->next == (u32)LADDER_NONE)
        json_null(j, "next");
    else
        json_u64(j, "next", n->next);
}

static void put_head(struct json *j, const struct ladder *l, u32 rung)
{
    static const char *const kinds[] = {"wait", "resume", "creation"};
    const struct ladder_rung *r = &l->rungs[rung];
    bool is_there = r->kind != LADDER_CREATION;
    json_u64(j, "rung", rung);
    json_text(j, "kind", kinds[r->kind]);
    put_thread(j, "thread", l->b, is_there ? r->place : (u32)LADDER_NONE);
    put_thread(j, "thread_a", l->a, is_there ? l->pairing.pairs[l->pairing.of_b[r->place]].a : r->place);
    json_hex_known(j, "entry", run_thread(is_there ? l->b : l->a, r->place)->entry, 8);
    json_u64(j, "group", r->group);
    json_u64(j, "held", r->held);
    json_bool(j, "cycle", r->is_cycle);
    if (r->kind != LADDER_WAIT)
        return;
    const struct wait *w = signals_wait(l->signals_b, r->wait);
    put_op(j, "op", l->b, w->op);
    json_hex_known(j, "lr", w->lr, 8);
    json_u64(j, "index", run_index(l->b, w->place, w->call));
    json_u64(j, "since", w->begin_time);
    if (w->tells_all || r->is_all)
        json_bool(j, "all", r->is_all);
    else
        json_null(j, "all");
    json_bool(j, "phantom", w->state == WAIT_PHANTOM);
    json_bool(j, "confirmed", w->by_snapshot);
}

static void put_root(struct json *j, const struct ladder *l, u32 rung)
{
    const struct ladder_need *n = ladder_need(l, &l->rungs[rung]);
    json_object(j, NULL);
    put_head(j, l, rung);
    put_need(j, l, n);
    if (n) {
        put_parting(j, l, n);
        put_deeds(j, l, n->object);
    }
    json_close(j);
}

static void put_rung(struct json *j, const struct ladder *l, u32 rung)
{
    const struct ladder_rung *r = &l->rungs[rung];
    json_object(j, NULL);
    put_head(j, l, rung);
    json_bool(j, "root", r->is_root);
    json_array(j, "needs");
    for (u32 i = 0; i < r->need_count; i++) {
        json_object(j, NULL);
        put_need(j, l, &l->needs[r->first_need + i]);
        json_close(j);
    }
    json_close(j);
    json_close(j);
}

/* Producers that one log lacks, perhaps only since it leaves them out. */
static void put_unlogged(struct json *j, const struct ladder *l)
{
    struct unlogged unlogged;
    unlogged_find(&unlogged, l->a, l->b);
    json_array(j, "unlogged");
    for (u32 i = 0; i < unlogged.count; i++) {
        const struct unlogged_op *op = &unlogged.ops[i];
        if (!op->is_likely || !role_is_producer(role_of(op->op).role))
            continue;
        json_object(j, NULL);
        json_text(j, "op", run_op_name(op->lacks ? l->a : l->b, op->op));
        json_text(j, "lacks", op->lacks ? "b" : "a");
        json_close(j);
    }
    json_close(j);
    unlogged_free(&unlogged);
}

void ladder_json(const struct ladder *l, struct json *j)
{
    struct hole hole;
    json_text(j, "a", run_path(l->a));
    json_text(j, "b", run_path(l->b));
    if (signals_tell_waits(l->signals_b))
        json_u64(j, "blocked", l->blocked_count);
    else
        json_null(j, "blocked");
    json_u64(j, "running", ladder_count_running(l));
    json_bool(j, "waits_told", signals_tell_waits(l->signals_b));
    json_bool(j, "reference_waits_told", ladder_tells_waits_of_a(l));
    json_bool(j, "paired", ladder_has_pairs(l));
    json_bool(j, "lost_lines", holes_any(l->a, &hole) || holes_any(l->b, &hole));
    put_unlogged(j, l);
    json_array(j, "roots");
    for (u32 i = 0; i < l->root_count; i++)
        put_root(j, l, l->roots[i]);
    json_close(j);
    json_array(j, "ladder");
    for (u32 i = 0; i < l->rung_count; i++)
        put_rung(j, l, i);
    json_close(j);
}
