/* SPDX-License-Identifier: BSD-3-Clause
 * The rows of schema/events.def as a table, and the names of the enums that event values stand for. */
#include "schema/event.h"

#include <stdarg.h>
#include <stdio.h>

/* clang-format off */
/* A struct per kind with a byte per field: its size counts the FIELD rows that follow the EVENT row. */
struct fields_of_none {
    char begin;
#define EVENT(name, id, class, text) }; struct fields_of_##name { char begin;
#define FIELD(event, name, meaning, text) char name;
#include "schema/events.def"
};

static const struct event_type types[EVENT_KINDS] = { [0] = { .fields = { { 0 }
#define EVENT(event_name, id, event_class, event_text) } },                                                            \
    [id] = { .name = #event_name, .kind = EVENT_##event_name, .class = EVENT_CLASS_##event_class, .text = event_text,  \
             .field_count = sizeof(struct fields_of_##event_name) - 1, .fields = {
#define FIELD(event, field_name, field_meaning, field_text) { #field_name, MEANING_##field_meaning, field_text },
#include "schema/events.def"
} } };

static const char *const class_names[] = { "key", "note", "check" };
static const char *const meaning_names[] = {
    [MEANING_HEX] = "hex",       [MEANING_DEC] = "dec",       [MEANING_BOOL] = "bool",     [MEANING_ADDR] = "addr",
    [MEANING_STATUS] = "status", [MEANING_HANDLE] = "handle", [MEANING_HSID] = "hsid",     [MEANING_THREAD] = "thread",
    [MEANING_OBJECT] = "object", [MEANING_STRING] = "string", [MEANING_TICKS] = "ticks",   [MEANING_END] = "end",
    [MEANING_FAULT] = "fault",   [MEANING_TEXT] = "text",
};
static const char *const end_names[] = {
    [END_NONE] = "none",     [END_EXITED] = "exited", [END_LIMIT] = "limit",
    [END_WEDGED] = "wedged", [END_FAULT] = "fault",   [END_UNIMPLEMENTED] = "unimplemented",
    [END_LAUNCHED] = "launched",
};
static const char *const fault_names[] = {
    [FAULT_NONE] = "none",             [FAULT_READ] = "read",
    [FAULT_WRITE] = "write",           [FAULT_EXECUTE] = "execute",
    [FAULT_ILLEGAL] = "illegal",       [FAULT_PRIVILEGED] = "privileged",
    [FAULT_TRAP] = "trap",             [FAULT_ALIGNMENT] = "alignment",
    [FAULT_BUGCHECK] = "bugcheck",     [FAULT_INSTRUCTION_UNIMPLEMENTED] = "unimplemented instruction",
};
static const char *const object_names[] = {
    [OBJECT_FREE] = "free",   [OBJECT_EVENT] = "event",   [OBJECT_SEMAPHORE] = "semaphore", [OBJECT_MUTANT] = "mutant",
    [OBJECT_TIMER] = "timer", [OBJECT_THREAD] = "thread", [OBJECT_FILE] = "file",
    [OBJECT_CRITICAL_SECTION] = "critical section",       [OBJECT_SYMBOLIC_LINK] = "symbolic link",
    [OBJECT_MODULE] = "module", [OBJECT_PROCESS] = "process", [OBJECT_OTHER] = "other",
    [OBJECT_QUEUE] = "queue", [OBJECT_IO_COMPLETION] = "I/O completion", [OBJECT_DIRECTORY] = "directory",
};
/* clang-format on */

static const char *name_in(const char *const *names, size_t count, u32 value)
{
    return value < count && names[value] ? names[value] : "unknown";
}

const char *end_reason_name(enum end_reason reason)
{
    return name_in(end_names, countof(end_names), reason);
}
const char *fault_kind_name(enum fault_kind kind)
{
    return name_in(fault_names, countof(fault_names), kind);
}
const char *object_type_name(enum object_type type)
{
    return name_in(object_names, countof(object_names), type);
}

const struct event_type *event_type(u32 kind)
{
    return kind < EVENT_KINDS && types[kind].name ? &types[kind] : NULL;
}

const struct event_type *event_type_by_name(const char *name)
{
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (types[kind].name && !strcmp(types[kind].name, name))
            return &types[kind];
    return NULL;
}

struct text {
    char *out;
    size_t capacity;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void text_add(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t left = text->capacity - text->length;
    int n = vsnprintf(text->out + text->length, left, format, args);
    va_end(args);
    if (n > 0)
        text->length += (size_t)n < left ? (size_t)n : left - 1;
}

size_t event_describe_all(char *out, size_t capacity)
{
    struct text text = {out, capacity, 0};
    if (!capacity)
        return 0;
    out[0] = 0;
    for (u32 kind = 0; kind < EVENT_KINDS; kind++) {
        const struct event_type *type = event_type(kind);
        if (!type)
            continue;
        text_add(&text, "event %u %s %s: %s\n", kind, type->name, class_names[type->class], type->text);
        for (u32 i = 0; i < type->field_count; i++)
            text_add(&text, "  field %u %s %s: %s\n", i, type->fields[i].name, meaning_names[type->fields[i].meaning],
                     type->fields[i].text);
    }
    return text.length;
}
