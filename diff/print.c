/* SPDX-License-Identifier: BSD-3-Clause
 * One event as a line of text (diff/print.h). */
#include "diff/print.h"
#include "diff/clock.h"
#include "diff/symbols.h"
#include "diff/table.h"
#include "replay/show.h"
#include "schema/export.h"
#include "schema/status.h"

static bool is_out_scalar(const struct argument *a)
{
    if (a->direction != ARG_OUT && a->direction != ARG_INOUT)
        return false;
    switch (a->type) {
    case ARG_U8:
    case ARG_U16:
    case ARG_U32:
    case ARG_S32:
    case ARG_U64:
    case ARG_S64:
    case ARG_BOOL:
    case ARG_PTR:
    case ARG_HANDLE:
    case ARG_STATUS:
        return true;
    default:
        return false;
    }
}

int print_out_argument(u32 op, u32 n)
{
    const struct export *x = export_find(op);
    for (u32 i = 0; x && i < x->count; i++) {
        if (!is_out_scalar(&x->arguments[i]))
            continue;
        if (n-- == 0)
            return (int)i;
        if (x->arguments[i].optional)
            return -1;
    }
    return -1;
}

u8 print_argument_type(u32 op, u32 i)
{
    const struct export *x = export_find(op);
    bool is_value = x && x->has_signature && i < x->count && !argument_is_pointer(&x->arguments[i]);
    return is_value ? x->arguments[i].type : ARG_PTR;
}

/* Does the value say where a call returns to? */
static bool is_return_address(u32 kind, u32 i)
{
    return (kind == EVENT_wait_end && i == F_wait_end_waker_lr) ||
           (kind == EVENT_load && i >= F_load_caller0 && i <= F_load_caller2) ||
           (kind == EVENT_store && i >= F_store_caller0 && i <= F_store_caller2);
}

/* Values that are shown as plain numbers and may be addresses of the title. */
static bool is_data_address(u32 kind, u32 i)
{
    switch (kind) {
    case EVENT_thread_create:
        return i == F_thread_create_context;
    case EVENT_exception:
        return i == F_exception_parameter;
    case EVENT_instruction:
        return i == F_instruction_address;
    case EVENT_load:
        return i == F_load_address;
    case EVENT_store:
        return i == F_store_address;
    case EVENT_probe:
        return i >= F_probe_v0;
    default:
        return false;
    }
}

static bool is_address(const struct event *e, u32 i)
{
    const struct event_type *type = event_type(e->kind);
    const struct export *x = export_find(e->op);
    if (e->kind == EVENT_call)
        return i < F_call_text && print_argument_type(e->op, i) == ARG_PTR;
    if (e->kind == EVENT_return && i == F_return_result)
        return !x || !x->has_signature || x->result == ARG_PTR;
    if (e->kind == EVENT_return) {
        int place = print_out_argument(e->op, i - F_return_out0);
        return place >= 0 && x->arguments[place].type == ARG_PTR;
    }
    return type && i < type->field_count && (type->fields[i].meaning == MEANING_ADDR || is_data_address(e->kind, i));
}

const char *print_name_of(struct journal_reader *journal, const struct event *e, u32 i, char *buffer, size_t capacity)
{
    struct symbols *s = symbols_open(journal);
    if (!symbols_are_there(s) || !event_tells(e, i) || !e->v[i] || e->v[i] > UINT32_MAX || !is_address(e, i))
        return NULL;
    return (is_return_address(e->kind, i) ? symbols_find_return_name : symbols_find_name)(s, (u32)e->v[i], buffer,
                                                                                          capacity);
}

static void print_name(struct journal_reader *journal, const struct event *e, u32 i, FILE *out)
{
    char buffer[SYMBOLS_TEXT];
    if (!print_name_of(journal, e, i, buffer, sizeof buffer))
        return;
    (is_return_address(e->kind, i) ? symbols_print_return : symbols_print)(symbols_open(journal), (u32)e->v[i], out);
}

static void print_typed(FILE *out, u8 type, u64 value)
{
    const char *name;
    switch (type) {
    case ARG_VOID:
        fputs("void", out);
        break;
    case ARG_BOOL:
        fputs((u32)value ? "true" : "false", out);
        break;
    case ARG_S32:
        fprintf(out, "%d", (s32)value);
        break;
    case ARG_S64:
        fprintf(out, "%lld", (long long)value);
        break;
    case ARG_U8:
    case ARG_U16:
    case ARG_U32:
        fprintf(out, "%u", (u32)value);
        break;
    case ARG_STATUS:
        name = status_name((u32)value);
        if (name)
            fputs(name, out);
        else
            fprintf(out, "0x%08X", (u32)value);
        break;
    default:
        fprintf(out, "0x%llX", (unsigned long long)value);
        break;
    }
}

/* Control characters must not steer the user's terminal. */
static void print_plain(const char *text, size_t size, FILE *out)
{
    for (size_t i = 0; i < size; i++)
        fputc((u8)text[i] < 0x20 || text[i] == 0x7F ? '.' : text[i], out);
}

static void print_string(struct journal_reader *journal, u64 id, FILE *out)
{
    size_t size;
    const char *text = journal_string(journal, id > UINT32_MAX ? 0 : (u32)id, &size);
    if (!id || id > journal_string_count(journal)) {
        fprintf(out, id ? "string %llu" : "-", (unsigned long long)id);
        return;
    }
    fputc('"', out);
    print_plain(text, size, out);
    fputc('"', out);
}

static bool tells_none(const struct event *e, u32 values)
{
    for (u32 i = 0; i < values; i++)
        if (event_tells(e, i))
            return false;
    return values;
}

static void print_arguments(struct journal_reader *journal, const struct event *e, FILE *out)
{
    const struct export *x = export_find(e->op);
    bool named = x && x->has_signature;
    u32 count = named ? x->count : e->count < 8 ? e->count : 8;
    while (!named && count && event_tells(e, F_call_a0 + count - 1) && !e->v[F_call_a0 + count - 1])
        count--;
    if (tells_none(e, count)) {
        fputc('?', out);
        return;
    }
    for (u32 i = 0; i < count && i < F_call_text; i++) {
        if (named && x->arguments[i].type == ARG_VARARGS) {
            fprintf(out, "%s...", i ? ", " : "");
            continue;
        }
        if (named)
            fprintf(out, "%s%s=", i ? ", " : "", x->arguments[i].name);
        else
            fprintf(out, "%sa%u=", i ? ", " : "", i);
        if (event_tells(e, F_call_a0 + i))
            print_typed(out, print_argument_type(e->op, i), e->v[F_call_a0 + i]);
        else
            fputc('?', out);
        print_name(journal, e, F_call_a0 + i, out);
    }
}

static void print_call(struct journal_reader *journal, const struct event *e, FILE *out)
{
    fputc('(', out);
    print_arguments(journal, e, out);
    fputc(')', out);
    if (e->v[F_call_text]) {
        fputc(' ', out);
        print_string(journal, e->v[F_call_text], out);
    }
}

static void print_return(struct journal_reader *journal, const struct event *e, FILE *out)
{
    const struct export *x = export_find(e->op);
    fputs(" = ", out);
    if (event_tells(e, F_return_result))
        print_typed(out, x && x->has_signature ? x->result : ARG_PTR, e->v[F_return_result]);
    else
        fputc('?', out);
    print_name(journal, e, F_return_result, out);
    for (u32 n = 0; n < 3; n++) {
        int place = print_out_argument(e->op, n);
        if (place < 0 || !event_tells(e, F_return_out0 + n))
            break;
        fprintf(out, " %s=", x->arguments[place].name);
        print_typed(out, x->arguments[place].type, e->v[F_return_out0 + n]);
        print_name(journal, e, F_return_out0 + n, out);
    }
}

static void print_value(struct journal_reader *journal, const struct event *e, u32 i, enum event_meaning meaning,
                        FILE *out)
{
    char text[512];
    size_t size;
    if (meaning == MEANING_TEXT) {
        const char *bytes = journal_event_text(journal, e, i, &size);
        print_plain(bytes, size, out);
        return;
    }
    if (meaning == MEANING_STRING) {
        print_string(journal, e->v[i], out);
        return;
    }
    show_value(journal, meaning, e->v[i], text, sizeof text);
    fputs(text, out);
    print_name(journal, e, i, out);
}

static void print_values(struct journal_reader *journal, const struct event *e, FILE *out)
{
    const struct event_type *type = event_type(e->kind);
    for (u32 i = 0; i < e->count; i++) {
        bool named = type && i < type->field_count;
        fprintf(out, " %s=", named ? type->fields[i].name : "value");
        if (event_tells(e, i))
            print_value(journal, e, i, named ? type->fields[i].meaning : MEANING_HEX, out);
        else
            fputc('?', out);
    }
}

void print_details(struct journal_reader *journal, const struct event *e, FILE *out)
{
    if (e->kind == EVENT_call)
        print_call(journal, e, out);
    else if (e->kind == EVENT_return)
        print_return(journal, e, out);
    else
        print_values(journal, e, out);
}

/* Seconds of our own machine are cut to microseconds; another clock is shown as fine as it is. */
static void print_time(const struct run_clock *clock, u64 time, FILE *out)
{
    char text[48];
    if (clock->hz == 50000000)
        fprintf(out, "%5llu.%06llu", (unsigned long long)(time / 50000000), (unsigned long long)(time / 50 % 1000000));
    else
        fprintf(out, "%15s", table_show_time(clock, time, text, sizeof text));
}

void print_event(struct journal_reader *journal, const struct event *e, FILE *out)
{
    const struct event_type *type = event_type(e->kind);
    struct run_clock clock = clock_of(journal);
    char buffer[64];
    print_time(&clock, e->time, out);
    fprintf(out, " T%-3u #%-7u %-14s", e->thread, e->index, type ? type->name : "unknown");
    if (e->op)
        fprintf(out, " %s", journal_op_name(journal, e->op, buffer, sizeof buffer));
    print_details(journal, e, out);
    if (e->lr) {
        fprintf(out, " lr=0x%08X", e->lr);
        symbols_print_return(symbols_open(journal), e->lr, out);
    }
    fputc('\n', out);
}
