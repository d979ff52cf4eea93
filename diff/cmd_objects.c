/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep objects: what threads waited on and what files were opened: where each was made, what it was called, who
 * signalled it. */
#include "diff/commands.h"
#include "diff/pairs.h"
#include "diff/query.h"

#include <stdlib.h>

static const struct table_column columns[] = {
    {"hsid", TABLE_HEX, 16},    {"type", TABLE_TEXT, 0},         {"name", TABLE_TEXT, 0},
    {"thread", TABLE_U64, 0},   {"at", TABLE_CITE, 0},           {"op", TABLE_TEXT, 0},
    {"lr", TABLE_HEX, 8},       {"function", TABLE_TEXT, 0},     {"ordinal", TABLE_U64, 0},
    {"born", TABLE_TIME, 0},    {"closed", TABLE_TIME, 0},       {"target", TABLE_U64, 0},
    {"waits", TABLE_U64, 0},    {"signals", TABLE_U64, 0},       {"producers", TABLE_U64, 0},
    {"handles", TABLE_TEXT, 0}, {"address_name", TABLE_TEXT, 0},
};

static void put_handles(struct query *q, struct table *t, const struct object *o)
{
    char text[400] = "";
    size_t size = 0;
    for (u32 i = 0; i < o->alias_count && size < sizeof text - 40; i++) {
        const struct object_alias *a = &q->objects.aliases[o->first_alias + i];
        size +=
            (size_t)snprintf(text + size, sizeof text - size, "%s0x%llX%s", i ? " " : "", (unsigned long long)a->value,
                             a->how == ALIAS_DUPLICATED             ? "=dup"
                             : a->how == ALIAS_DUPLICATE_OF_UNKNOWN ? "=dup-of-?"
                             : a->how >= ALIAS_REFERENCED           ? "=address"
                                                                    : "");
    }
    table_text(t, o->alias_count ? text : NULL);
}

static void put_birth(struct query *q, struct table *t, const struct object *o)
{
    bool is_known = o->place != UINT32_MAX;
    query_put_thread(q, t, o->place);
    query_put_cite(q, t, o->place, o->position);
    query_put_op(q, t, o->op);
    query_put_lr(q, t, o->lr);
    if (is_known) {
        table_u64(t, o->ordinal);
        table_time(t, q->clock, o->time);
    } else {
        table_none(t);
        table_none(t);
    }
    if (o->end_seq == UINT64_MAX)
        table_none(t);
    else
        table_time(t, q->clock, o->end_time);
}

static void put_object(struct query *q, struct table *t, u32 object)
{
    const struct object *o = &q->objects.rows[object];
    size_t size;
    const char *name = journal_string(q->journal, o->name, &size);
    if (o->hsid)
        table_hex(t, o->hsid);
    else
        table_none(t);
    table_text(t, object_type_name((enum object_type)o->type));
    if (size)
        table_bytes(t, name, size);
    else
        table_none(t);
    put_birth(q, t, o);
    query_put_thread(q, t, o->target);
    table_u64(t, o->wait_count);
    table_u64(t, o->signal_count);
    table_u64(t, objects_signal_threads(&q->objects, object));
    put_handles(q, t, o);
    query_put_name(q, t, objects_address(&q->objects, object));
    table_row(t);
}

static bool is_wanted(struct query *q, u32 object, u32 wanted)
{
    const struct object *o = &q->objects.rows[object];
    const char *type = cli_value(q->cli, "type");
    return (!q->select.by_object || object == wanted) &&
           (!type || select_matches(type, object_type_name((enum object_type)o->type))) &&
           window_holds(&q->window, o->place, o->time, o->seq) &&
           select_wants_site(&q->select, q->journal, EVENT_handle_create, o->op, o->lr);
}

static void print_objects(struct query *q, u32 wanted)
{
    struct table t;
    table_begin(&t, q->form, stdout, columns, countof(columns));
    for (u32 i = 0; i < q->objects.count && t.rows < q->limit; i++)
        if (is_wanted(q, i, wanted))
            put_object(q, &t, i);
    table_end(&t);
}

static const struct table_column alias_columns[] = {
    {"hsid", TABLE_HEX, 16}, {"type", TABLE_TEXT, 0}, {"value", TABLE_HEX, 8}, {"how", TABLE_TEXT, 0},
    {"at", TABLE_CITE, 0},   {"from", TABLE_TIME, 0}, {"to", TABLE_TIME, 0},
};

static void print_aliases(struct query *q, u32 wanted)
{
    struct table t;
    table_begin(&t, q->form, stdout, alias_columns, countof(alias_columns));
    for (u32 i = 0; i < q->objects.alias_count && t.rows < q->limit; i++) {
        const struct object_alias *a = &q->objects.aliases[i];
        if (!is_wanted(q, a->object, wanted))
            continue;
        table_hex(&t, q->objects.rows[a->object].hsid);
        table_text(&t, object_type_name((enum object_type)q->objects.rows[a->object].type));
        table_hex(&t, a->value);
        table_text(&t, alias_how_name(a->how));
        query_put_cite(q, &t, a->place, a->position);
        table_time(&t, q->clock, a->from_time);
        if (a->to_seq == UINT64_MAX)
            table_none(&t);
        else
            table_time(&t, q->clock, a->to_time);
        table_row(&t);
    }
    table_end(&t);
}

static const struct table_column producer_columns[] = {
    {"object", TABLE_TEXT, 0},   {"thread", TABLE_U64, 0},   {"op", TABLE_TEXT, 0},    {"lr", TABLE_HEX, 8},
    {"function", TABLE_TEXT, 0}, {"count", TABLE_U64, 0},    {"first", TABLE_TIME, 0}, {"last", TABLE_TIME, 0},
    {"first_at", TABLE_CITE, 0}, {"last_at", TABLE_CITE, 0},
};

static int by_producer(const void *a, const void *b)
{
    const struct object_signal *x = a, *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    if (x->site != y->site)
        return x->site < y->site ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void put_producer(struct query *q, struct table *t, const struct object_signal *first, u32 count)
{
    const struct run_site *site = run_site(q->run, first->site);
    const struct object_signal *last = first + count - 1;
    query_put_object(q, t, first->object);
    query_put_thread(q, t, first->place);
    table_text(t, site->op ? run_op_name(q->run, site->op) : event_type(site->kind)->name);
    query_put_lr(q, t, site->lr);
    table_u64(t, count);
    table_time(t, q->clock, first->time);
    table_time(t, q->clock, last->time);
    query_put_cite(q, t, first->place, first->position);
    query_put_cite(q, t, last->place, last->position);
    table_row(t);
}

/* Of one object (OBJECTS_NONE: those that are not told): a row for each thread and site. */
static void put_producers(struct query *q, struct table *t, const struct object_signal *signals, u32 count)
{
    struct object_signal *sorted = malloc((count + 1u) * sizeof *sorted);
    u32 kept = 0, end;
    CHECK(sorted, "out of memory");
    for (u32 i = 0; i < count; i++)
        if (window_holds(&q->window, signals[i].place, signals[i].time, signals[i].seq))
            sorted[kept++] = signals[i];
    if (kept)
        qsort(sorted, kept, sizeof *sorted, by_producer);
    for (u32 i = 0; i < kept; i = end) {
        for (end = i; end < kept && sorted[end].place == sorted[i].place && sorted[end].site == sorted[i].site;)
            end++;
        put_producer(q, t, &sorted[i], end - i);
    }
    free(sorted);
}

static void print_producers(struct query *q, u32 wanted)
{
    struct table t;
    u32 unknown = objects_unknown_signals(&q->objects);
    table_begin(&t, q->form, stdout, producer_columns, countof(producer_columns));
    for (u32 i = 0; i < q->objects.count; i++)
        if (q->objects.rows[i].signal_count && (!q->select.by_object || i == wanted))
            put_producers(q, &t, &q->objects.signals[q->objects.rows[i].first_signal], q->objects.rows[i].signal_count);
    if (!q->select.by_object && unknown)
        put_producers(q, &t, &q->objects.signals[q->objects.signal_count - unknown], unknown);
    table_end(&t);
    unknown = objects_untold_signals(&q->objects);
    if (q->form == TABLE_AS_TEXT && q->select.by_object && unknown)
        printf("(and %u signal%s whose object the log does not tell)\n", unknown, cli_plural(unknown));
}

/* The object that --object names, at --at or else at the end. False: what is wrong has been printed, *code is set. */
static bool find_wanted(struct query *q, u32 *wanted, int *code)
{
    struct err err, why;
    struct place place;
    const char *at = cli_value(q->cli, "at");
    *wanted = OBJECTS_NONE;
    if (!q->select.by_object)
        return true;
    if (at && !place_read(&place, q->journal, at, &why)) {
        err_set(&err, "--at %.900s", why.text);
        *code = cli_fail(q->cli, EXIT_USAGE, &err);
        return false;
    }
    *wanted = at ? query_object_at(q, q->select.object, &place) : query_object(q, q->select.object);
    if (*wanted != OBJECTS_NONE)
        return true;
    err_set(&err, "--object %s: nothing has that name in %s%s", cli_value(q->cli, "object"), run_path(q->run),
            at ? " at that place" : "");
    *code = cli_fail(q->cli, EXIT_HOST_ERROR, &err);
    return false;
}

int cmd_objects(const struct cli *cli)
{
    if (cli->operand_count == 2)
        return pairs_objects(cli);
    struct query q;
    u32 wanted;
    int code = query_open(&q, cli);
    code = code ? code : query_waits(&q);
    if (!code && find_wanted(&q, &wanted, &code)) {
        if (cli_has(cli, "producers"))
            print_producers(&q, wanted);
        else if (cli_has(cli, "aliases"))
            print_aliases(&q, wanted);
        else
            print_objects(&q, wanted);
    }
    query_close(&q);
    return code;
}
