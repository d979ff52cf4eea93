/* SPDX-License-Identifier: BSD-3-Clause
 * The ladder as a table, a row for each rung (diff/ladder.h). */
#include "diff/ladder.h"
#include "diff/pairs_open.h"

static const struct table_column columns[] = {
    {"rung", TABLE_U64, 0},         {"thread", TABLE_U64, 0},      {"op", TABLE_TEXT, 0},
    {"lr", TABLE_HEX, 8},           {"object", TABLE_HEX, 16},     {"expected_thread", TABLE_U64, 0},
    {"expected_op", TABLE_TEXT, 0}, {"expected_lr", TABLE_HEX, 8}, {"state", TABLE_TEXT, 0},
    {"counterpart", TABLE_U64, 0},  {"next", TABLE_U64, 0},        {"root", TABLE_BOOL, 0},
    {"held", TABLE_U64, 0},         {"at", TABLE_CITE, 0},         {"expected_at", TABLE_CITE, 0},
};

static void put_wait(struct table *t, const struct ladder *l, const struct ladder_rung *r, const struct ladder_need *n)
{
    const struct wait *w = r->kind == LADDER_WAIT ? signals_wait(l->signals_b, r->wait) : NULL;
    bool has_object = n && n->object != (u32)LADDER_NONE;
    pairs_put_thread(t, l->b, r->kind == LADDER_CREATION ? PAIR_NOBODY : r->place);
    table_text(t, w ? run_op_name(l->b, w->op) : NULL);
    table_hex_known(t, w ? w->lr : 0);
    table_hex_known(t, has_object ? l->signals_b->objects.rows[n->object].hsid : 0);
}

static void put_signal(struct table *t, const struct ladder *l, const struct ladder_need *n)
{
    bool has = n && n->has_signal;
    pairs_put_thread(t, l->a, has ? n->signal.place : PAIR_NOBODY);
    table_text(t, has && n->signal.op ? run_op_name(l->a, n->signal.op) : NULL);
    table_hex_known(t, has ? n->signal.lr : 0);
}

static void put_next(struct table *t, const struct ladder *l, const struct ladder_rung *r, const struct ladder_need *n)
{
    table_text(t, n ? ladder_state_name(n->state) : NULL);
    pairs_put_thread(t, l->b, n ? n->place : PAIR_NOBODY);
    if (n && n->next != (u32)LADDER_NONE)
        table_u64(t, n->next + 1);
    else
        table_none(t);
    table_bool(t, r->is_root);
    table_u64(t, r->held);
}

static void put_cites(struct table *t, const struct ladder *l, const struct ladder_rung *r, const struct ladder_need *n)
{
    const struct wait *w = r->kind == LADDER_WAIT ? signals_wait(l->signals_b, r->wait) : NULL;
    const struct run_thread *made = r->kind == LADDER_RESUME ? run_thread(l->b, r->place) : NULL;
    if (w)
        pairs_put_cite(t, "B", l->b, w->place, w->call);
    else if (made && made->created && made->parent != UINT32_MAX)
        pairs_put_cite(t, "B", l->b, made->parent, run_position_at_seq(l->b, made->parent, made->created_seq));
    else
        table_none(t);
    if (n && n->has_signal && n->signal.kind != DEED_NONE)
        pairs_put_cite(t, "A", l->a, n->signal.place, n->signal.position);
    else
        table_none(t);
}

void ladder_table(const struct ladder *l, FILE *out)
{
    struct table t;
    table_begin(&t, TABLE_AS_CSV, out, columns, countof(columns));
    for (u32 i = 0; i < l->rung_count; i++) {
        const struct ladder_rung *r = &l->rungs[i];
        const struct ladder_need *n = ladder_need(l, r);
        table_u64(&t, i + 1);
        put_wait(&t, l, r, n);
        put_signal(&t, l, n);
        put_next(&t, l, r, n);
        put_cites(&t, l, r, n);
        table_row(&t);
    }
    table_end(&t);
}
