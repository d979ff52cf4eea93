/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep threads: who made which thread where, how long it lived, and what became of it. */
#include "diff/commands.h"
#include "diff/pairs.h"
#include "diff/query.h"
#include "diff/spawn.h"
#include "schema/role.h"

#include <stdlib.h>

static const struct table_column columns[] = {
    {"thread", TABLE_U64, 0},       {"lineage", TABLE_HEX, 16},      {"entry", TABLE_HEX, 8},
    {"function", TABLE_TEXT, 0},    {"state", TABLE_TEXT, 0},        {"parent", TABLE_U64, 0},
    {"spawn_op", TABLE_TEXT, 0},    {"spawn_lr", TABLE_HEX, 8},      {"spawn_function", TABLE_TEXT, 0},
    {"ordinal", TABLE_U64, 0},      {"context", TABLE_HEX, 8},       {"stack", TABLE_U64, 0},
    {"flags", TABLE_HEX, 1},        {"handle", TABLE_HEX, 8},        {"hsid", TABLE_HEX, 16},
    {"first", TABLE_TIME, 0},       {"last", TABLE_TIME, 0},         {"duration", TABLE_DURATION, 0},
    {"silence", TABLE_DURATION, 0}, {"events", TABLE_U64, 0},        {"calls", TABLE_U64, 0},
    {"waits", TABLE_U64, 0},        {"waits_on", TABLE_TEXT, 0},     {"waits_at", TABLE_CITE, 0},
    {"exit_code", TABLE_HEX, 1},    {"context_name", TABLE_TEXT, 0},
};

static void put_known_hex(struct table *t, u64 value)
{
    if (value)
        table_hex(t, value);
    else
        table_none(t);
}

/* By its events; a thread that calls ExTerminateThread and has no event of its end has ended too. */
static const char *state_of(struct query *q, u32 place, u32 open)
{
    const struct run_thread *t = run_thread(q->run, place);
    u32 object = objects_by_thread(&q->objects, place);
    bool left = object != OBJECTS_NONE && q->objects.rows[object].signal_count &&
                q->objects.signals[q->objects.rows[object].first_signal].role == ROLE_EXIT;
    if (!t->thread)
        return "the machine";
    if (t->exited || left)
        return "exited";
    if (!t->events)
        return "never ran";
    return open == UINT32_MAX ? "running" : q->waits.rows[open].state == WAIT_PHANTOM ? "blocked, phantom" : "blocked";
}

static u64 count_calls(struct query *q, u32 place)
{
    struct window window = WINDOW_ALL;
    struct calls calls;
    struct err err;
    window.place = place;
    u64 total = calls_make(&calls, q->run, &window, false, &err) ? calls.total : 0;
    calls_free(&calls);
    return total;
}

static void put_spawn(struct query *q, struct table *t, u32 place)
{
    const struct run_thread *thread = run_thread(q->run, place);
    u32 object =
        objects_by_thread(&q->objects, place); /* whose maker a log tells that does not tell the spawn's call */
    const struct object *made = object == OBJECTS_NONE ? NULL : &q->objects.rows[object];
    struct spawn_site site = spawn_site(q->run, place);
    bool is_told = site.op || site.lr || !made;
    query_put_thread(q, t, thread->parent);
    query_put_op(q, t, is_told ? site.op : made->op);
    query_put_lr(q, t, is_told ? site.lr : made->lr);
    static const struct {
        u8 value;
        bool is_hex;
    } terms[] = {{F_thread_create_ordinal, false},
                 {F_thread_create_context, true},
                 {F_thread_create_stack, false},
                 {F_thread_create_flags, true}};
    const u64 values[] = {thread->ordinal, thread->context, thread->stack, thread->flags};
    for (u32 i = 0; i < countof(terms); i++)
        if (!run_thread_tells(thread, terms[i].value))
            table_none(t);
        else if (terms[i].is_hex)
            table_hex(t, values[i]);
        else
            table_u64(t, values[i]);
}

static void put_life(struct query *q, struct table *t, u32 place, u64 end)
{
    const struct run_thread *thread = run_thread(q->run, place);
    if (thread->events) {
        table_time(t, q->clock, thread->first_time);
        table_time(t, q->clock, thread->last_time);
        table_duration(t, q->clock, thread->last_time - thread->first_time);
        table_duration(t, q->clock, end - thread->last_time);
    } else {
        for (u32 i = 0; i < 4; i++)
            table_none(t);
    }
    table_u64(t, thread->events);
    table_u64(t, count_calls(q, place));
    table_u64(t, q->waits.first[place + 1] - q->waits.first[place]);
}

static void put_object(struct query *q, struct table *t, u32 place)
{
    const struct run_thread *thread = run_thread(q->run, place);
    u32 object = objects_by_thread(&q->objects, place);
    const struct object *row = object == OBJECTS_NONE ? NULL : &q->objects.rows[object];
    put_known_hex(t, row && row->alias_count ? q->objects.aliases[row->first_alias].value : thread->handle);
    put_known_hex(t, row && row->hsid ? row->hsid : thread->hsid);
}

static void put_thread(struct query *q, struct table *t, u32 place, u64 end)
{
    const struct run_thread *thread = run_thread(q->run, place);
    u32 open = waits_open(&q->waits, place);
    const struct wait *wait = open == UINT32_MAX ? NULL : &q->waits.rows[open];
    const char *state = state_of(q, place, open);
    table_u64(t, thread->thread);
    put_known_hex(t, thread->lineage);
    put_known_hex(t, thread->entry);
    query_put_name(q, t, thread->entry);
    table_text(t, state);
    put_spawn(q, t, place);
    put_object(q, t, place);
    put_life(q, t, place, end);
    if (wait && state[0] == 'b') {
        query_put_object(q, t, wait->objects[0]);
        query_put_cite(q, t, place, wait->call);
    } else {
        table_none(t);
        table_none(t);
    }
    if (thread->exited && thread->tells_exit_code)
        table_hex(t, thread->exit_code);
    else
        table_none(t);
    query_put_name(q, t, thread->context <= UINT32_MAX ? (u32)thread->context : 0);
    table_row(t);
}

int cmd_threads(const struct cli *cli)
{
    if (cli->operand_count == 2)
        return pairs_threads(cli);
    struct query q;
    struct table t;
    struct err err;
    int code = query_open(&q, cli);
    code = code ? code : query_waits(&q);
    if (!code) {
        u32 object = q.select.by_object ? query_object(&q, q.select.object) : OBJECTS_NONE;
        u32 only = object == OBJECTS_NONE ? q.window.place : q.objects.rows[object].target;
        if (q.select.by_object && only == UINT32_MAX) {
            err_set(&err, "--object %s: no thread of the journal has that name", cli_value(cli, "object"));
            code = cli_fail(cli, EXIT_HOST_ERROR, &err);
        } else {
            u64 end = query_end(&q);
            table_begin(&t, q.form, stdout, columns, countof(columns));
            for (u32 i = 0; i < run_thread_count(q.run); i++)
                if (only == UINT32_MAX || only == i)
                    put_thread(&q, &t, i, end);
            table_end(&t);
        }
    }
    query_close(&q);
    return code;
}
