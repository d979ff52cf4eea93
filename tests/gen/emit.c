/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/gen/emit.h"

/* clang-format off */
static const char *const templates[FORMATS][GEN_KINDS] = {
#define GEN_FORMAT(id, name, first_line)
#define GEN_LINE(id, kind, text) [FORMAT_##id][GEN_##kind] = text,
#include "tests/gen/formats.def"
#undef GEN_FORMAT
#undef GEN_LINE
};
static const struct { const char *name, *first_line; } formats[FORMATS] = {
#define GEN_FORMAT(id, name, first_line) {name, first_line},
#define GEN_LINE(id, kind, text)
#include "tests/gen/formats.def"
#undef GEN_FORMAT
#undef GEN_LINE
    {"xenia-log", NULL},
};
/* clang-format on */

static void compile(struct gen_segment *segments, const char *text)
{
    u32 n = 0;
    for (;;) {
        const char *percent = strchr(text, '%');
        size_t size = percent ? (size_t)(percent - text) : strlen(text);
        CHECK(n < SEGMENTS_MAX, "a template has too many fields");
        segments[n++] = (struct gen_segment){text, (u16)size, percent ? percent[1] : 0};
        if (!percent)
            return;
        text = percent + 2;
    }
}

const char *emit_spelling(struct gen_emitter *emitter, u16 op)
{
    const struct gen_op_row *row = &gen_ops[op];
    if (emitter->format == FORMAT_audit && op == OP_KeSetEvent)
        return gen_ops[OP_NtSetEvent].spelling;
    if (emitter->format == FORMAT_audit && op == OP_KeReleaseSemaphore)
        return row->spelling;
    return *row->spelling && gen_chance(&emitter->random, 400) ? row->spelling : row->name;
}

static u32 probed_pc(u16 op)
{
    switch (op) {
    case OP_KeSetEvent:
        return 0x8284DDDC;
    case OP_KeReleaseSemaphore:
        return 0x8284E49C;
    case OP_NtSetEvent:
        return 0x8284DF5C;
    default:
        return 0x8284E07C;
    }
}

static void put_hex32(struct gen_out *out, u32 value)
{
    out_bytes(out, "0x", 2);
    out_hex(out, value, 8, false);
}

static void put_optional(const struct gen_emitter *emitter, const struct gen_event *event, char field)
{
    struct gen_out *out = emitter->out;
    bool is_spaced = emitter->format == FORMAT_ours;
    if (field == 'L' ? !emitter->has_lr : !emitter->has_ordinal)
        return;
    out_text(out, is_spaced ? ", " : ",");
    out_text(out, field == 'L' ? "\"lr\":" : "\"ord\":");
    if (is_spaced)
        out_char(out, ' ');
    if (field == 'o') {
        out_decimal(out, gen_ops[event->op].ordinal);
        return;
    }
    out_char(out, '"');
    put_hex32(out, event->lr);
    out_char(out, '"');
}

static void put_arguments(const struct gen_emitter *emitter, const struct gen_event *event)
{
    struct gen_out *out = emitter->out;
    const char *colon = emitter->format == FORMAT_ours ? "\": \"" : "\":\"";
    if (!event->path && !event->handle)
        return;
    out_char(out, '"');
    out_text(out, event->path ? "path" : "handle");
    out_text(out, colon);
    if (event->path)
        out_escaped(out, event->path);
    else
        put_hex32(out, event->handle);
    out_char(out, '"');
}

static void put_name(struct gen_out *out, const char *name)
{
    if (!name) {
        out_text(out, "null");
        return;
    }
    out_char(out, '"');
    out_escaped(out, name);
    out_char(out, '"');
}

static void put_waited(const struct gen_emitter *emitter, const struct gen_event *event)
{
    for (u32 i = 0; i < event->wait_count; i++) {
        if (i > 0)
            out_text(emitter->out, emitter->format == FORMAT_ours ? ", " : ",");
        out_char(emitter->out, '"');
        out_hex(emitter->out, event->wait_hsid[i], 16, false);
        out_char(emitter->out, '"');
    }
}

static void put_handle_field(struct gen_out *out, const struct gen_event *event, char field)
{
    switch (field) {
    case 'h':
        put_hex32(out, event->handle);
        break;
    case 'U':
        out_hex(out, event->handle, 8, true);
        break;
    case 'H':
        out_hex(out, event->hsid, 16, false);
        break;
    case 'T':
        out_decimal(out, event->object_type);
        break;
    case 'P':
        put_name(out, event->path);
        break;
    }
}

static void put_thread_field(struct gen_out *out, const struct gen_event *event, char field)
{
    switch (field) {
    case 'e':
        put_hex32(out, event->entry);
        break;
    case 'E':
        out_hex(out, event->entry, 8, true);
        break;
    case 'x':
        put_hex32(out, event->context);
        break;
    case 'F':
        out_hex(out, event->context, 8, true);
        break;
    case 'k':
        out_decimal(out, event->stack);
        break;
    case 'u':
        out_text(out, event->is_suspended ? "true" : "false");
        break;
    }
}

static void put_call_field(struct gen_emitter *emitter, const struct gen_event *event, char field)
{
    struct gen_out *out = emitter->out;
    const struct gen_op_row *row = &gen_ops[event->op];
    switch (field) {
    case 'm':
        out_text(out, row->module);
        break;
    case 'Q':
        out_text(out, emit_spelling(emitter, event->op));
        break;
    case 'O':
        out_decimal(out, row->ordinal);
        break;
    case 'l':
        put_hex32(out, event->lr);
        break;
    case 'p':
        put_hex32(out, probed_pc(event->op));
        break;
    case 'M':
        out_text(out, event->op == OP_NtSetEvent || event->op == OP_KeSetEvent ? "69" : "70");
        break;
    case 'R':
        out_decimal(out, event->status);
        break;
    case 'r':
        out_signed(out, (s32)event->status);
        break;
    case 'S':
        put_hex32(out, event->status);
        break;
    case 's':
        out_text(out, "0x");
        out_hex(out, (u64)(s64)(s32)event->status, event->status >> 31 ? 16 : 8, true);
        break;
    }
}

static void put_field(struct gen_emitter *emitter, const struct gen_event *event, char field)
{
    struct gen_out *out = emitter->out;
    switch (field) {
    case 't':
        out_decimal(out, event->tid);
        break;
    case 'g':
        out_decimal(out, event->target);
        break;
    case 'X':
        out_hex(out, 0xF8000000 + 4 * event->tid, 8, true);
        break;
    case 'i':
        out_decimal(out, event->index);
        break;
    case 'n':
        out_decimal(out, event->time);
        break;
    case 'C':
        out_decimal(out, event->time - event->time % 100);
        break;
    case 'c':
        out_decimal(out, event->cycle);
        break;
    case 'd':
        out_text(out, event->is_noise ? "false" : "true");
        break;
    case 'N':
        out_text(out, gen_ops[event->op].name);
        break;
    case 'L':
    case 'o':
        put_optional(emitter, event, field);
        break;
    case 'A':
        put_arguments(emitter, event);
        break;
    case 'w':
        put_waited(emitter, event);
        break;
    case 'W':
        if (event->is_timed)
            out_decimal(out, GEN_WAIT_NS);
        else
            out_text(out, "-1");
        break;
    default:
        put_call_field(emitter, event, field);
        put_handle_field(out, event, field);
        put_thread_field(out, event, field);
    }
}

void emit_end_event(struct gen_emitter *emitter, enum gen_kind kind)
{
    out_end_line(emitter->out);
    emitter->written[kind]++;
    emitter->sink.is_full = ++emitter->count == emitter->limit;
}

static void put_line(struct gen_sink *sink, const struct gen_event *event)
{
    struct gen_emitter *emitter = (struct gen_emitter *)sink;
    const struct gen_segment *segment = emitter->segments[event->kind];
    bool is_trace = emitter->format == FORMAT_lr_trace || emitter->format == FORMAT_audit;
    if (!segment->text || (is_trace && !gen_op_is_signal(event->op)))
        return;
    for (;; segment++) {
        out_bytes(emitter->out, segment->text, segment->size);
        if (!segment->field)
            break;
        put_field(emitter, event, segment->field);
    }
    emit_end_event(emitter, event->kind);
}

bool emit_format_by_name(const char *name, enum gen_format *format)
{
    for (u32 i = 0; i < FORMATS; i++)
        if (!strcmp(formats[i].name, name)) {
            *format = i;
            return true;
        }
    return false;
}

void emit_without(struct gen_emitter *emitter, bool lr, bool ordinal)
{
    emitter->has_lr = !lr;
    emitter->has_ordinal = !ordinal;
}

void emit_init(struct gen_emitter *emitter, enum gen_format format, struct gen_out *out, u64 seed)
{
    *emitter = (struct gen_emitter){.out = out, .format = format, .has_lr = true, .has_ordinal = true};
    emitter->sink.put = format == FORMAT_xenia ? emit_xenia_put : put_line;
    emitter->random.state = gen_mix(seed ^ 0xE317);
    emitter->noise = 60;
    for (u32 kind = 0; kind < GEN_KINDS; kind++)
        if (templates[format][kind])
            compile(emitter->segments[kind], templates[format][kind]);
    if (formats[format].first_line) {
        out_text(out, formats[format].first_line);
        out_end_line(out);
        emitter->no_events++;
    }
    if (format == FORMAT_xenia)
        emit_xenia_begin(emitter);
}
