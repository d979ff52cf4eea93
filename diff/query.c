/* SPDX-License-Identifier: BSD-3-Clause
 * Opening a run for a question (diff/query.h). */
#include "diff/query.h"
#include "cli/digits.h"

#include <stdlib.h>

/* Options that only mean something with two journals. */
static bool check_options(const struct cli *cli, struct err *err)
{
    static const char *const pairs[] = {"map", "life", "moved"};
    for (size_t i = 0; i < countof(pairs); i++)
        if (cli_takes(cli, pairs[i]) && cli_has(cli, pairs[i]))
            return err_set(err, "--%s goes with two journals", pairs[i]);
    return true;
}

int query_open(struct query *q, const struct cli *cli)
{
    struct err err;
    *q = (struct query){.cli = cli, .limit = UINT64_MAX};
    if (!table_form(&q->form, cli, &err) || !check_options(cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    q->run = run_open(cli->operands[0], &err);
    if (!q->run)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    q->journal = run_journal(q->run);
    q->symbols = symbols_open(q->journal);
    q->clock = run_clock(q->run);
    survey_make(&q->survey, q->journal);
    if ((cli_takes(cli, "limit") && !cli_u64(cli, "limit", &q->limit, &err)) ||
        !select_read(&q->select, cli, q->journal, &q->survey, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    q->window = select_window(&q->select, q->run);
    return EXIT_OK;
}

int query_follow(struct query *q)
{
    struct err err;
    return select_follow(&q->select, q->run, &err) ? EXIT_OK : cli_fail(q->cli, EXIT_HOST_ERROR, &err);
}

void query_close(struct query *q)
{
    select_free(&q->select);
    waits_free(&q->waits);
    if (q->has_objects)
        objects_free(&q->objects);
    survey_free(&q->survey);
    run_close(q->run);
}

int query_objects(struct query *q)
{
    struct err err;
    q->has_objects = true;
    return objects_make(&q->objects, q->run, &err) ? EXIT_OK : cli_fail(q->cli, EXIT_HOST_ERROR, &err);
}

int query_waits(struct query *q)
{
    struct err err;
    q->has_objects = true;
    q->has_waits = waits_make(&q->waits, &q->objects, q->run, &err);
    return q->has_waits ? EXIT_OK : cli_fail(q->cli, EXIT_HOST_ERROR, &err);
}

u64 query_end(const struct query *q)
{
    u64 end = 0;
    for (u32 i = 0; i < run_thread_count(q->run); i++)
        end = run_thread(q->run, i)->last_time > end ? run_thread(q->run, i)->last_time : end;
    return end;
}

u32 query_object(struct query *q, u64 value)
{
    u32 object = objects_by_hsid(&q->objects, value);
    if (object == OBJECTS_NONE)
        object = objects_by_handle(&q->objects, value, UINT64_MAX);
    u64 latest = 0;
    for (u32 i = 0; object == OBJECTS_NONE && i < q->objects.alias_count; i++)
        latest = q->objects.aliases[i].value == value && q->objects.aliases[i].from_seq + 1 > latest
                     ? q->objects.aliases[i].from_seq + 1
                     : latest;
    return latest ? objects_by_handle(&q->objects, value, latest) : object;
}

u32 query_object_at(struct query *q, u64 value, const struct place *place)
{
    u32 object = objects_by_hsid(&q->objects, value);
    if (object != OBJECTS_NONE)
        return object;
    if (place->by_seq)
        return objects_by_handle(&q->objects, value, place->seq);
    for (u32 i = 0; i < q->objects.alias_count; i++) {
        const struct object_alias *a = &q->objects.aliases[i];
        if (a->value == value && a->from_time <= place->time && place->time < a->to_time)
            return a->object;
    }
    return OBJECTS_NONE;
}

void query_put_thread(struct query *q, struct table *t, u32 place)
{
    if (place == UINT32_MAX)
        table_none(t);
    else
        table_u64(t, run_thread(q->run, place)->thread);
}

void query_put_op(struct query *q, struct table *t, u32 op)
{
    if (op)
        table_text(t, run_op_name(q->run, op));
    else
        table_none(t);
}

void query_put_lr(struct query *q, struct table *t, u32 lr)
{
    char name[SYMBOLS_TEXT];
    if (lr) {
        table_hex(t, lr);
        table_text(t, symbols_find_return_name(q->symbols, lr, name, sizeof name));
    } else {
        table_none(t);
        table_none(t);
    }
}

void query_put_name(struct query *q, struct table *t, u32 address)
{
    char name[SYMBOLS_TEXT];
    table_text(t, address ? symbols_find_name(q->symbols, address, name, sizeof name) : NULL);
}

void query_put_cite(struct query *q, struct table *t, u32 place, u64 position)
{
    if (place == UINT32_MAX || position == UINT64_MAX)
        table_none(t);
    else
        table_cite(t, NULL, run_path(q->run), run_thread(q->run, place)->thread, run_index(q->run, place, position));
}

static char *put_text(char *at, const char *text, size_t size)
{
    return (char *)memcpy(at, text, size) + size;
}

static char *put_object_id(char *at, const struct object *row, const struct object_alias *first)
{
    char digits[24], *end = digits + sizeof digits, *begin;
    if (!row->hsid && !first)
        return at;
    bool by_address = !row->hsid && first->how >= ALIAS_REFERENCED;
    at = row->hsid ? put_text(at, " 0x", 3) : by_address ? put_text(at, " at 0x", 6) : put_text(at, " handle 0x", 10);
    begin = row->hsid ? digits_hex(end, row->hsid, 16) : digits_hex(end, first->value, 8);
    return put_text(at, begin, (size_t)(end - begin));
}

const char *query_object_name(struct query *q, u32 object, char out[QUERY_NAME])
{
    if (object == OBJECTS_NONE)
        return strcpy(out, "?");
    const struct object *row = &q->objects.rows[object];
    char digits[24], *end = digits + sizeof digits, *at = out;
    if (row->target == UINT32_MAX) {
        const char *type = object_type_name((enum object_type)row->type);
        at = put_text(at, type, strnlen(type, QUERY_NAME / 2));
    } else {
        char *begin = digits_decimal(end, run_thread(q->run, row->target)->thread, 1);
        at = put_text(at, "thread ", 7);
        at = put_text(at, begin, (size_t)(end - begin));
    }
    at = put_object_id(at, row, row->alias_count ? &q->objects.aliases[row->first_alias] : NULL);
    *at = 0;
    return out;
}

void query_put_object(struct query *q, struct table *t, u32 object)
{
    char text[QUERY_NAME];
    if (object == OBJECTS_NONE)
        table_none(t);
    else
        table_text(t, query_object_name(q, object, text));
}
