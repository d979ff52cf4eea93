/* SPDX-License-Identifier: BSD-3-Clause
 * Xenia's text log, with what makes real ones hard to read: lines that go on without a prefix, a number of milliseconds
 * before the line, another logger's prefix, lines shaped like calls that are none, several spellings of one op, and
 * calls of high frequency that are not there at all. */
#include "tests/gen/emit.h"

static void put_prefix(struct gen_emitter *emitter, char level, u32 tid)
{
    struct gen_out *out = emitter->out;
    out_char(out, level);
    out_text(out, "> ");
    out_hex(out, 0xF8000000 + 4 * tid, 8, true);
    out_char(out, ' ');
}

static void put_other_line(struct gen_emitter *emitter, const char *text)
{
    out_text(emitter->out, text);
    out_end_line(emitter->out);
    emitter->no_events++;
}

static u32 address(struct gen_emitter *emitter)
{
    return 0x70000000 + 4 * gen_below(&emitter->random, 0x100000);
}

/* What Xenia prints of a pointer: the address, and what lies there. */
static void put_pointer(struct gen_emitter *emitter, const char *text)
{
    out_hex(emitter->out, address(emitter), 8, true);
    out_char(emitter->out, '(');
    if (text)
        out_text(emitter->out, text);
    else
        out_hex(emitter->out, gen_chance(&emitter->random, 500) ? 0 : address(emitter), 8, true);
    out_char(emitter->out, ')');
}

static void put_read_arguments(struct gen_emitter *emitter)
{
    struct gen_out *out = emitter->out;
    out_text(out, "F8000020, event=00000000, apc=82831B21, length=");
    out_hex(out, gen_below(&emitter->random, 0x10000), 8, true);
    out_text(out, ", offset=0");
}

static void put_arguments(struct gen_emitter *emitter, const struct gen_event *event)
{
    struct gen_out *out = emitter->out;
    u32 more = gen_below(&emitter->random, 4);
    if (event->op == OP_NtReadFile) {
        put_read_arguments(emitter);
        return;
    }
    if (event->handle)
        out_hex(out, event->handle, 8, true);
    else
        put_pointer(emitter, event->path);
    while (more-- > 0) {
        out_text(out, ", ");
        if (gen_chance(&emitter->random, 400))
            put_pointer(emitter, NULL);
        else
            out_hex(out, gen_below(&emitter->random, 0x100000), 8, true);
    }
}

static void put_in_front(struct gen_emitter *emitter, u64 time)
{
    if (gen_chance(&emitter->random, emitter->noise / 4)) {
        out_decimal(emitter->out, 1716300000000 + time / 1000000);
        out_char(emitter->out, ' ');
    } else if (gen_chance(&emitter->random, emitter->noise / 8)) {
        out_text(emitter->out, "[mangohud] [info] [overlay.cpp:812] ");
    }
}

static void put_like_a_call(struct gen_emitter *emitter, u32 tid)
{
    static const char *const texts[] = {
        "ResolvePath(cache:\\stage03\\model_011.bin)",    "(DbgPrint) Loader: NtSetEvent(done) for job 12",
        "RegisterPathInternal(\\Device\\Cache0)",         "Texture 1280x720 (k_8_8_8_8) loaded in slot 3",
        "Added handle:F8000054 for N2xe6kernel7XObjectE", "Removed handle:F8000054 for class xe::kernel::XEvent",
    };
    put_prefix(emitter, "iKFGd"[gen_below(&emitter->random, 5)], tid);
    put_other_line(emitter, texts[gen_below(&emitter->random, countof(texts))]);
}

static void put_continuation(struct gen_emitter *emitter)
{
    static const char *const texts[] = {
        "    Module Name: default.xex",
        "      82000000 - 82010000 : RODATA  (RWXD)",
        "      r3 = 00000000F8000020 r4 = 0000000000000000",
        "Unsupported render target format, the next draws may be wrong:",
        "  NtCreateEvent          82475224",
        "",
    };
    for (u32 lines = gen_between(&emitter->random, 1, 6); lines > 0; lines--)
        put_other_line(emitter, texts[gen_below(&emitter->random, countof(texts))]);
}

static void put_call(struct gen_emitter *emitter, const struct gen_event *event)
{
    if (gen_ops[event->op].is_quiet)
        return;
    put_in_front(emitter, event->time);
    put_prefix(emitter, gen_op_is_signal(event->op) ? 'i' : 'd', event->tid);
    out_text(emitter->out, emit_spelling(emitter, event->op));
    out_char(emitter->out, '(');
    put_arguments(emitter, event);
    out_char(emitter->out, ')');
    emit_end_event(emitter, GEN_CALL);
    if (gen_chance(&emitter->random, emitter->noise))
        put_continuation(emitter);
    if (gen_chance(&emitter->random, emitter->noise / 2))
        put_like_a_call(emitter, event->tid);
}

static void put_return(struct gen_emitter *emitter, const struct gen_event *event)
{
    if (!emitter->has_returns || gen_ops[event->op].is_quiet)
        return;
    put_prefix(emitter, 'd', event->tid);
    out_text(emitter->out, gen_ops[event->op].name);
    out_text(emitter->out, " = ");
    out_hex(emitter->out, event->status, 8, true);
    emit_end_event(emitter, GEN_RETURN);
}

static void put_thread(struct gen_emitter *emitter, const struct gen_event *event)
{
    struct gen_out *out = emitter->out;
    put_prefix(emitter, 'i', event->tid);
    out_text(out, "XThread");
    out_hex(out, 0xF8000000 + 4 * event->target, 8, true);
    out_text(out, " (");
    out_hex(out, event->target, 1 + (event->target > 15), false);
    out_text(out, ") Stack: ");
    out_hex(out, 0x70000000 + (event->target << 17), 8, true);
    out_char(out, '-');
    out_hex(out, 0x70000000 + (event->target << 17) + event->stack, 8, true);
    out_end_line(out);
    put_prefix(emitter, 'K', event->target);
    out_text(out, "XThread::Execute thid ");
    out_decimal(out, event->target);
    out_text(out, " (handle=");
    out_hex(out, 0xF8000000 + 4 * event->target, 8, true);
    out_text(out, ", 'XThread");
    out_hex(out, event->entry, 8, true);
    out_text(out, "', native=C64FC6C0)");
    emit_end_event(emitter, GEN_THREAD_CREATE);
    emitter->no_events++;
}

void emit_xenia_put(struct gen_sink *sink, const struct gen_event *event)
{
    struct gen_emitter *emitter = (struct gen_emitter *)sink;
    if (event->kind == GEN_CALL)
        put_call(emitter, event);
    else if (event->kind == GEN_RETURN)
        put_return(emitter, event);
    else if (event->kind == GEN_THREAD_CREATE)
        put_thread(emitter, event);
}

void emit_xenia_begin(struct gen_emitter *emitter)
{
    struct gen_out *out = emitter->out;
    emitter->has_returns = gen_chance(&emitter->random, 300);
    put_other_line(emitter, "i> 000C99A8 Build: canary_experimental@0123456789 on May 21 2026");
    put_other_line(emitter, "i> 000C99A8 Storage root: /home/user/xenia");
    put_other_line(emitter, "  IMPORTS:");
    for (u16 op = 1; op < GEN_OPS; op++) {
        out_text(out, gen_chance(&emitter->random, 900) ? "   F " : "!! F ");
        out_hex(out, 0x82000600 + 4u * op, 8, true);
        out_char(out, ' ');
        out_hex(out, 0x82475224 + 16u * op, 8, true);
        out_char(out, ' ');
        out_hex(out, gen_ops[op].ordinal, 3, true);
        out_text(out, " ( ");
        out_decimal(out, gen_ops[op].ordinal);
        out_text(out, ")    ");
        put_other_line(emitter, gen_ops[op].name);
    }
}
