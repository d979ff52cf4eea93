/* SPDX-License-Identifier: BSD-3-Clause
 * Debug output and break points, bug checks, and the printf family. Output gives one print event for each line of its
 * text; what follows the last line break is a line too. */
#include "emu/kernel/debug.h"

#include "emu/kernel/format.h"
#include "emu/kernel/kcall.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

enum { LINE_MAX = 512, PIECE = 256 };

struct line {
    struct engine *e;
    u32 thread;
    u32 op;
    u32 lr;
    u32 count;
    char text[LINE_MAX];
};

static void line_emit(struct line *line)
{
    line->text[line->count] = '\0';
    struct event event = event_begin(line->e, EVENT_print, line->thread);
    event.op = line->op;
    event.lr = line->lr;
    event.v[F_print_text] = event_string(line->e, line->text);
    event_emit(line->e, &event);
    line->count = 0;
}

static void line_put(void *context, u16 c)
{
    struct line *line = context;
    if (c == '\n' || line->count + 1 == LINE_MAX)
        line_emit(line);
    if (c != '\n' && c != '\r' && c != '\0')
        line->text[line->count++] = (char)c;
}

u64 xboxkrnl_DbgPrint(struct kcall *k)
{
    struct line line = {.e = k->e, .thread = k->thread->id, .op = k->op, .lr = k->lr};
    struct format f = {.e = k->e, .k = k, .next = 1, .context = &line, .put = line_put};
    bool good = format_run(&f, kcall_u32(k, 0));
    if (line.count)
        line_emit(&line);
    return good ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

/* The length is a counted string's, 16 bits. Of what cannot be read nothing is printed. */
void debug_serve(struct engine *e, struct thread *thread)
{
    struct line line = {.e = e, .thread = thread->id, .lr = (u32)thread->cpu.lr};
    u32 text = (u32)thread->cpu.r[3], length = thread->cpu.r[4] & 0xFFFF;
    e->m->hw[thread->hw].retired += e->m->config.call_cost;
    for (u32 i = 0; i < length && memory_is_readable(e, text + i, 1); i++)
        line_put(&line, memory_get8(e, text + i));
    if (line.count)
        line_emit(&line);
}

/* Nobody debugs the title from outside: nothing answers a prompt. */
u64 xboxkrnl_DbgPrompt(struct kcall *k)
{
    (void)k;
    return 0;
}

static u64 stop_with(struct kcall *k, enum fault_kind kind, u32 value)
{
    k->thread->cpu.stop = CPU_FAULT;
    k->thread->cpu.fault = kind;
    k->thread->cpu.fault_address = value;
    k->no_return = true;
    return 0;
}

u64 xboxkrnl_DbgBreakPoint(struct kcall *k)
{
    return stop_with(k, FAULT_TRAP, k->thread->cpu.pc);
}

u64 xboxkrnl_DbgBreakPointWithStatus(struct kcall *k)
{
    return stop_with(k, FAULT_TRAP, kcall_u32(k, 0));
}

u64 xboxkrnl_KeBugCheck(struct kcall *k)
{
    return stop_with(k, FAULT_BUGCHECK, kcall_u32(k, 0));
}

u64 xboxkrnl_KeBugCheckEx(struct kcall *k)
{
    engine_note(k->e, "bug check %08X by thread %u from %08X, with %08X %08X %08X %08X", kcall_u32(k, 0), k->thread->id,
                k->lr, kcall_u32(k, 1), kcall_u32(k, 2), kcall_u32(k, 3), kcall_u32(k, 4));
    return stop_with(k, FAULT_BUGCHECK, kcall_u32(k, 0));
}

/* Where the printf family writes: guest memory, a piece at a time, and only the first `capacity` characters. */
struct target {
    struct engine *e;
    u32 address;
    u32 capacity;
    u32 stored;
    u32 pending; /* bytes in piece[] */
    bool wide;
    bool failed;
    u8 piece[PIECE];
};

static void target_flush(struct target *t)
{
    if (!t->failed && t->pending)
        t->failed = !memory_write(t->e, t->address, t->piece, t->pending);
    t->address += t->pending;
    t->pending = 0;
}

static void target_store(struct target *t, u16 c)
{
    if (t->wide)
        store_be16(t->piece + t->pending, c);
    else
        t->piece[t->pending] = (u8)c;
    t->pending += t->wide ? 2 : 1;
    if (t->pending == PIECE)
        target_flush(t);
}

static void target_put(void *context, u16 c)
{
    struct target *t = context;
    if (t->stored < t->capacity) {
        target_store(t, c);
        t->stored++;
    }
}

/* A call of the family: where its buffer, its count and its format stand among the arguments (-1: it has none); the
 * arguments of the format come next, or a list of them. */
struct shape {
    s8 buffer;
    s8 count;
    u8 format;
    bool list;
    bool wide;
};

/* As in the console's library: what does not fit is cut, without an end, and -1 says so; what fits exactly has no end.
 */
static u64 print(struct kcall *k, struct shape shape)
{
    struct target t = {.e = k->e, .wide = shape.wide};
    if (shape.buffer >= 0) {
        t.address = kcall_u32(k, (u32)shape.buffer);
        t.capacity = shape.count >= 0 ? kcall_u32(k, (u32)shape.count) : UINT32_MAX;
    }
    struct format f = {.e = k->e, .wide = shape.wide, .context = &t, .put = target_put};
    if (shape.list) {
        f.list = kcall_u32(k, shape.format + 1u);
    } else {
        f.k = k;
        f.next = shape.format + 1u;
    }
    if (!format_run(&f, kcall_u32(k, shape.format)))
        return sync_fault(k, FAULT_READ, kcall_u32(k, shape.format));
    if (shape.buffer >= 0 && f.length < t.capacity)
        target_store(&t, 0);
    target_flush(&t);
    if (t.failed)
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, (u32)shape.buffer));
    if (shape.count >= 0 && f.length > t.capacity)
        return (u64)-1;
    return f.length;
}

u64 xboxkrnl__scprintf(struct kcall *k)
{
    return print(k, (struct shape){-1, -1, 0, false, false});
}

u64 xboxkrnl__snprintf(struct kcall *k)
{
    return print(k, (struct shape){0, 1, 2, false, false});
}

u64 xboxkrnl_sprintf(struct kcall *k)
{
    return print(k, (struct shape){0, -1, 1, false, false});
}

u64 xboxkrnl__scwprintf(struct kcall *k)
{
    return print(k, (struct shape){-1, -1, 0, false, true});
}

u64 xboxkrnl__snwprintf(struct kcall *k)
{
    return print(k, (struct shape){0, 1, 2, false, true});
}

u64 xboxkrnl_swprintf(struct kcall *k)
{
    return print(k, (struct shape){0, -1, 1, false, true});
}

u64 xboxkrnl__vscprintf(struct kcall *k)
{
    return print(k, (struct shape){-1, -1, 0, true, false});
}

u64 xboxkrnl__vsnprintf(struct kcall *k)
{
    return print(k, (struct shape){0, 1, 2, true, false});
}

u64 xboxkrnl_vsprintf(struct kcall *k)
{
    return print(k, (struct shape){0, -1, 1, true, false});
}

u64 xboxkrnl__vscwprintf(struct kcall *k)
{
    return print(k, (struct shape){-1, -1, 0, true, true});
}

u64 xboxkrnl__vsnwprintf(struct kcall *k)
{
    return print(k, (struct shape){0, 1, 2, true, true});
}

u64 xboxkrnl_vswprintf(struct kcall *k)
{
    return print(k, (struct shape){0, -1, 1, true, true});
}
