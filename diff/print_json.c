/* SPDX-License-Identifier: BSD-3-Clause
 * One event as a line of JSON (diff/print.h). */
#include "diff/print.h"
#include "diff/symbols.h"
#include "schema/export.h"
#include "schema/status.h"

#include <stdio.h>

static void put_hex(struct json *j, const char *key, u64 value)
{
    json_hex(j, key, value, value >> 32 ? 16 : 8);
}

static void put_string(struct json *j, struct journal_reader *journal, const char *key, u64 id)
{
    size_t size;
    const char *text = journal_string(journal, id > UINT32_MAX ? 0 : (u32)id, &size);
    if (id)
        json_bytes(j, key, text, size);
    else
        json_null(j, key);
}

static void put_typed(struct json *j, const char *key, u8 type, u64 value)
{
    switch (type) {
    case ARG_VOID:
        json_null(j, key);
        break;
    case ARG_BOOL:
        json_bool(j, key, (u32)value != 0);
        break;
    case ARG_S32:
        json_s64(j, key, (s32)value);
        break;
    case ARG_S64:
        json_s64(j, key, (s64)value);
        break;
    case ARG_U8:
    case ARG_U16:
    case ARG_U32:
        json_u64(j, key, (u32)value);
        break;
    default:
        put_hex(j, key, value);
        break;
    }
}

static void put_meaning(struct json *j, struct journal_reader *journal, const char *key, enum event_meaning meaning,
                        u64 value)
{
    switch (meaning) {
    case MEANING_HEX:
    case MEANING_ADDR:
    case MEANING_HANDLE:
    case MEANING_STATUS:
        put_hex(j, key, value);
        break;
    case MEANING_HSID:
        json_hex(j, key, value, 16);
        break;
    case MEANING_DEC:
    case MEANING_THREAD:
        json_u64(j, key, value);
        break;
    case MEANING_TICKS:
        if (value == UINT64_MAX)
            json_null(j, key);
        else
            json_u64(j, key, value);
        break;
    case MEANING_BOOL:
        json_bool(j, key, value != 0);
        break;
    case MEANING_STRING:
        put_string(j, journal, key, value);
        break;
    case MEANING_OBJECT:
        json_text(j, key, object_type_name((enum object_type)value));
        break;
    case MEANING_END:
        json_text(j, key, end_reason_name((enum end_reason)value));
        break;
    case MEANING_TEXT:
        json_u64(j, key, value);
        break;
    case MEANING_FAULT:
        json_text(j, key, fault_kind_name((enum fault_kind)value));
        break;
    }
}

static void put_call(struct json *j, const struct event *e)
{
    const struct export *x = export_find(e->op);
    bool named = x && x->has_signature;
    for (u32 i = 0; i < (named ? x->count : 8) && i < F_call_text; i++) {
        char name[8];
        snprintf(name, sizeof name, "a%u", i);
        if (named && x->arguments[i].type == ARG_VARARGS)
            continue;
        if (!event_tells(e, F_call_a0 + i))
            json_null(j, named ? x->arguments[i].name : name);
        else
            put_typed(j, named ? x->arguments[i].name : name, print_argument_type(e->op, i), e->v[F_call_a0 + i]);
    }
}

static void put_outs(struct json *j, const struct event *e)
{
    const struct export *x = export_find(e->op);
    for (u32 n = 0; n < 3; n++) {
        int place = print_out_argument(e->op, n);
        if (place < 0)
            break;
        if (!event_tells(e, F_return_out0 + n))
            json_null(j, x->arguments[place].name);
        else
            put_typed(j, x->arguments[place].name, x->arguments[place].type, e->v[F_return_out0 + n]);
    }
}

static void put_text(struct json *j, struct journal_reader *journal, const char *key, const struct event *e, u32 field)
{
    size_t size;
    const char *text = journal_event_text(journal, e, field, &size);
    json_bytes(j, key, text, size);
}

static void put_values(struct json *j, struct journal_reader *journal, const struct event *e)
{
    const struct event_type *type = event_type(e->kind);
    for (u32 i = 0; i < e->count; i++) {
        char name[16];
        snprintf(name, sizeof name, "value%u", i);
        bool named = type && i < type->field_count;
        const char *key = named ? type->fields[i].name : name;
        enum event_meaning meaning = named ? type->fields[i].meaning : MEANING_HEX;
        if (!event_tells(e, i))
            json_null(j, key);
        else if (meaning == MEANING_TEXT)
            put_text(j, journal, key, e, i);
        else
            put_meaning(j, journal, key, meaning, e->v[i]);
    }
}

static void put_name(struct json *j, struct journal_reader *journal, const struct event *e, u32 i, const char *key)
{
    char name[SYMBOLS_TEXT];
    if (print_name_of(journal, e, i, name, sizeof name))
        json_text(j, key, name);
}

static void put_names(struct json *j, struct journal_reader *journal, const struct event *e)
{
    const struct event_type *type = event_type(e->kind);
    const struct export *x = export_find(e->op);
    for (u32 i = 0; i < e->count && symbols_are_there(symbols_open(journal)); i++) {
        char plain[8];
        snprintf(plain, sizeof plain, "a%u", i);
        int out = e->kind == EVENT_return && i ? print_out_argument(e->op, i - F_return_out0) : -1;
        if (e->kind == EVENT_call && !(x && x->has_signature))
            put_name(j, journal, e, i, plain);
        else if (e->kind == EVENT_call && i < x->count)
            put_name(j, journal, e, i, x->arguments[i].name);
        else if (out >= 0)
            put_name(j, journal, e, i, x->arguments[out].name);
        else if (e->kind == EVENT_return && i == F_return_result)
            put_name(j, journal, e, i, "result");
        else if (e->kind != EVENT_call && e->kind != EVENT_return && type && i < type->field_count)
            put_name(j, journal, e, i, type->fields[i].name);
    }
}

static void put_result(struct json *j, const struct event *e)
{
    const struct export *x = export_find(e->op);
    bool has = (e->kind == EVENT_return || e->kind == EVENT_unimplemented) && event_tells(e, F_return_result);
    u8 type = x && x->has_signature ? x->result : ARG_PTR;
    if (has)
        put_typed(j, "result", type, e->v[0]);
    else
        json_null(j, "result");
    json_text(j, "status",
              has && (type == ARG_STATUS || e->kind == EVENT_unimplemented) ? status_name((u32)e->v[0]) : NULL);
}

/* Where the call was: "function+0xc", and whether that is a wrapper around it. */
static void put_function(struct json *j, struct journal_reader *journal, u32 lr)
{
    char name[SYMBOLS_TEXT];
    struct symbols_wrapper wrapper;
    json_text(j, "function", lr ? symbols_find_return_name(symbols_open(journal), lr, name, sizeof name) : NULL);
    json_bool(j, "wrapper", lr && symbols_wrapper(symbols_open(journal), lr, &wrapper));
}

void print_event_json(struct journal_reader *journal, const struct event *e, u64 lineage, FILE *out)
{
    const struct event_type *type = event_type(e->kind);
    char buffer[64];
    struct json j;
    json_begin(&j, out);
    json_object(&j, NULL);
    json_u64(&j, "thread", e->thread);
    json_u64(&j, "index", e->index);
    json_u64(&j, "time", e->time);
    json_text(&j, "kind", type ? type->name : NULL);
    json_text(&j, "op", e->op ? journal_op_name(journal, e->op, buffer, sizeof buffer) : NULL);
    if (e->lr)
        json_hex(&j, "lr", e->lr, 8);
    else
        json_null(&j, "lr");
    put_function(&j, journal, e->lr);
    json_object(&j, "args");
    if (e->kind == EVENT_call)
        put_call(&j, e);
    else if (e->kind == EVENT_return)
        put_outs(&j, e);
    else
        put_values(&j, journal, e);
    json_close(&j);
    json_object(&j, "args_named");
    put_names(&j, journal, e);
    json_close(&j);
    put_result(&j, e);
    put_string(&j, journal, "text", e->kind == EVENT_call ? e->v[F_call_text] : 0);
    json_u64(&j, "seq", e->seq);
    if (lineage)
        json_hex(&j, "lineage", lineage, 16);
    else
        json_null(&j, "lineage");
    json_close(&j);
    json_finish(&j);
}
