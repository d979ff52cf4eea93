/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep spawns: how each thread was made in both runs, value by value. */
#include "diff/commands.h"
#include "diff/pairs_open.h"

enum { ADDRESS_LEAST = 0x10000 };

static const struct table_column columns[] = {
    {"a", TABLE_U64, 0},       {"b", TABLE_U64, 0},       {"entry", TABLE_HEX, 8},
    {"what", TABLE_TEXT, 0},   {"a_value", TABLE_HEX, 1}, {"b_value", TABLE_HEX, 1},
    {"status", TABLE_TEXT, 0}, {"a_at", TABLE_CITE, 0},   {"b_at", TABLE_CITE, 0},
};

/* One side's event of the creation, or of the start. */
struct side {
    struct run *run;
    u32 thread, holder; /* holder: the thread whose event it is */
    u64 position;
    bool has;
    struct event event;
};

static struct side created_at(struct run *run, u32 thread)
{
    struct side s = {.run = run, .thread = thread};
    struct err err;
    const struct run_thread *t = thread == PAIR_NOBODY ? NULL : run_thread(run, thread);
    if (!t || !t->created || t->parent == UINT32_MAX)
        return s;
    s.holder = t->parent;
    s.position = run_position_at_seq(run, s.holder, t->created_seq);
    s.has = run_event(run, s.holder, s.position, &s.event, &err) && s.event.kind == EVENT_thread_create;
    return s;
}

static struct side started_at(struct run *run, u32 thread)
{
    struct side s = {.run = run, .thread = thread, .holder = thread};
    struct err err;
    s.has = thread != PAIR_NOBODY && run_thread(run, thread)->events && run_event(run, thread, 0, &s.event, &err) &&
            s.event.kind == EVENT_thread_start;
    return s;
}

static bool tells(const struct side *s, u32 value)
{
    return s->has && event_tells(&s->event, value);
}

static const char *status_of(const struct side *a, const struct side *b, u32 value, bool is_address)
{
    if (a->thread == PAIR_NOBODY || b->thread == PAIR_NOBODY)
        return a->thread == PAIR_NOBODY ? "ONLY-B" : "ONLY-A";
    if (!tells(a, value) || !tells(b, value))
        return "UNCAPTURED";
    u64 x = a->event.v[value], y = b->event.v[value];
    if (x == y)
        return "MATCH";
    return is_address && x >= ADDRESS_LEAST && y >= ADDRESS_LEAST ? "RUN-SPECIFIC" : "DIFF";
}

static void put_value(struct table *t, const struct side *s, u32 value)
{
    if (tells(s, value))
        table_hex(t, s->event.v[value]);
    else
        table_none(t);
}

static void put_cite(struct table *t, const char *label, const struct side *s)
{
    if (s->has)
        pairs_put_cite(t, label, s->run, s->holder, s->position);
    else
        table_none(t);
}

static void put_row(struct table *t, const char *what, const struct side *a, const struct side *b, u32 entry, u32 value,
                    bool is_address)
{
    pairs_put_thread(t, a->run, a->thread);
    pairs_put_thread(t, b->run, b->thread);
    table_hex_known(t, entry);
    table_text(t, what);
    put_value(t, a, value);
    put_value(t, b, value);
    table_text(t, status_of(a, b, value, is_address));
    put_cite(t, "A", a);
    put_cite(t, "B", b);
    table_row(t);
}

static void put_pair(struct table *t, struct pairs *p, const struct pair *pair)
{
    struct side a = created_at(p->a, pair->a), b = created_at(p->b, pair->b);
    struct side start_a = started_at(p->a, pair->a), start_b = started_at(p->b, pair->b);
    u32 entry = pair_entry(&p->threads, pair);
    bool is_alone = pair->a == PAIR_NOBODY || pair->b == PAIR_NOBODY;
    if (a.has || b.has || is_alone)
        put_row(t, "entry", &a, &b, entry, F_thread_create_entry, false);
    if (a.has || b.has) {
        put_row(t, "context", &a, &b, entry, F_thread_create_context, true);
        put_row(t, "stack", &a, &b, entry, F_thread_create_stack, false);
        put_row(t, "flags", &a, &b, entry, F_thread_create_flags, false);
    }
    if (start_a.has || start_b.has)
        put_row(t, "priority", &start_a, &start_b, entry, F_thread_start_priority, false);
}

int cmd_spawns(const struct cli *cli)
{
    struct pairs p;
    struct table t;
    int code = pairs_open(&p, cli);
    if (!code) {
        table_begin(&t, p.form, stdout, columns, countof(columns));
        for (u32 i = 0; i < p.threads.count; i++)
            if (p.threads.pairs[i].how != PAIR_MACHINE)
                put_pair(&t, &p, &p.threads.pairs[i]);
        table_end(&t);
    }
    pairs_close(&p);
    return code;
}
