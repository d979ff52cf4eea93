/* SPDX-License-Identifier: BSD-3-Clause
 * Divergences as a table (diff/first_print.h). */
#include "diff/first_print.h"
#include "diff/pairs_open.h"

static const struct table_column columns[] = {
    {"rank", TABLE_U64, 0},       {"class", TABLE_TEXT, 0},   {"matched", TABLE_U64, 0},  {"follows", TABLE_U64, 0},
    {"uncertain", TABLE_BOOL, 0}, {"a_thread", TABLE_U64, 0}, {"b_thread", TABLE_U64, 0}, {"a_op", TABLE_TEXT, 0},
    {"a_lr", TABLE_HEX, 8},       {"b_op", TABLE_TEXT, 0},    {"b_lr", TABLE_HEX, 8},     {"a_end", TABLE_TEXT, 0},
    {"b_end", TABLE_TEXT, 0},     {"a_at", TABLE_CITE, 0},    {"b_at", TABLE_CITE, 0},    {"facts", TABLE_TEXT, 0},
};

static void put_call(struct table *t, const struct first *first, const struct first_divergence *d, u32 side)
{
    const struct first_side *s = &d->side[side];
    bool has = s->thread != PAIR_NOBODY && s->has_next;
    table_text(t, has ? run_op_name(first->run[side], s->next.call.op) : NULL);
    if (has)
        table_hex_known(t, s->next.call.lr);
    else
        table_none(t);
}

/* Of a thread that does nothing more: its last event. */
static void put_place(struct table *t, const struct first *first, const struct first_divergence *d, u32 side)
{
    const struct first_side *s = &d->side[side];
    const char *label = side ? "B" : "A";
    struct run *run = first->run[side];
    u64 events = s->thread == PAIR_NOBODY ? 0 : run_thread(run, s->thread)->events;
    if (!events)
        table_none(t);
    else if (s->has_next)
        table_cite(t, label, run_path(run), s->next.call.thread, s->next.call.index);
    else
        pairs_put_cite(t, label, run, s->thread, events - 1);
}

static void put_facts(struct table *t, const struct first_divergence *d)
{
    char text[FIRST_FACTS * (FIRST_FACT_SIZE + 4)] = "";
    size_t size = 0;
    for (u32 i = 0; i < d->fact_count && size < sizeof text; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%c %s", i ? "; " : "", d->facts[i].sign,
                                 d->facts[i].text);
    table_text(t, d->fact_count ? text : NULL);
}

void first_print_csv(const struct first *first, FILE *out)
{
    struct table t;
    table_begin(&t, TABLE_AS_CSV, out, columns, countof(columns));
    for (u32 i = 0; i < first->count; i++) {
        const struct first_divergence *d = &first->list[i];
        table_u64(&t, d->rank + 1);
        table_text(&t, d->is_shared ? "(shared)" : first_class_name(d->class));
        table_u64(&t, d->matched);
        if (d->cause == FIRST_NOBODY)
            table_none(&t);
        else
            table_u64(&t, d->cause + 1);
        table_bool(&t, d->is_uncertain);
        for (u32 side = 0; side < 2; side++)
            pairs_put_thread(&t, first->run[side], d->side[side].thread);
        put_call(&t, first, d, 0);
        put_call(&t, first, d, 1);
        for (u32 side = 0; side < 2; side++)
            table_text(&t, d->side[side].thread == PAIR_NOBODY ? "absent" : ends_name(d->side[side].end));
        put_place(&t, first, d, 0);
        put_place(&t, first, d, 1);
        put_facts(&t, d);
        table_row(&t);
    }
    table_end(&t);
}
