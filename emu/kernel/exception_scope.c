/* SPDX-License-Identifier: BSD-3-Clause
 * Scopes: the handler of functions with try blocks in C. */
#include "emu/kernel/exception_frame.h"
#include "emu/kernel/kcall.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

/* A scope table: how many, then where each begins and ends, its filter (or termination handler), and where its handler
 * stands (0: it is a termination handler's). Inner ones come first. */
struct scope {
    u32 begin;
    u32 end;
    u32 routine;
    u32 target;
};

static struct scope read_scope(struct engine *e, u32 table, u32 i)
{
    u32 ea = table + 4 + 16 * i;
    return (struct scope){memory_get32(e, ea), memory_get32(e, ea + 4), memory_get32(e, ea + 8),
                          memory_get32(e, ea + 12)};
}

static u32 scope_table(struct engine *e, u32 dispatcher, u32 *count)
{
    u32 row = memory_get32(e, dispatcher + DISPATCHER_ROW);
    u32 begin = row ? memory_get32(e, row) : 0, table = begin ? memory_get32(e, begin - 4) : 0;
    *count = table ? memory_get32(e, table) : 0;
    if (*count > SCOPES_MAX)
        *count = 0;
    return table;
}

static void return_to_caller(struct engine *e, struct thread *thread, u32 top, u32 disposition)
{
    if (!frame_resume(e, thread, top + FRAME_CONTEXT)) {
        frame_fault(thread, FAULT_READ, top + FRAME_CONTEXT);
        return;
    }
    thread->cpu.r[3] = disposition;
}

/* From the i-th scope on: runs the next filter; or, while its frame is undone, the next termination handler. */
static void run_scopes(struct engine *e, struct thread *thread, u32 top, u32 i)
{
    u32 count, dispatcher = memory_get32(e, top + FRAME_ASKED), record = memory_get32(e, top + FRAME_RECORD);
    u32 table = scope_table(e, dispatcher, &count), pc = memory_get32(e, top + FRAME_VALUE);
    u32 establisher = memory_get32(e, top + FRAME_ESTABLISHER), flags = memory_get32(e, record + RECORD_FLAGS);
    bool unwinds = (flags & (UNWINDING | EXIT_UNWIND)) != 0;
    u32 goal = memory_get32(e, memory_get32(e, top + FRAME_POINTERS + 4) + CONTEXT_IAR);
    for (; i < count; i++) {
        struct scope s = read_scope(e, table, i);
        if (pc < s.begin || pc >= s.end)
            continue;
        if (unwinds && flags & TARGET_UNWIND && ((goal >= s.begin && goal < s.end) || goal == s.target))
            break;
        if (unwinds != (s.target == 0))
            continue;
        memory_set32(e, top + FRAME_SCOPE, i);
        memory_set32(e, top + FRAME_KIND, unwinds ? FRAME_TERMINATION : FRAME_FILTER);
        /* Should this unwinding be overtaken by another, that one goes on behind this scope. */
        if (unwinds)
            memory_set32(e, dispatcher + DISPATCHER_PC, s.end);
        const u32 arguments[] = {unwinds ? 1 : top + FRAME_POINTERS};
        frame_call(e, thread, top, s.routine, arguments, 1, establisher);
        return;
    }
    return_to_caller(e, thread, top, CONTINUE_SEARCH);
}

void scope_on_filter(struct engine *e, struct thread *thread, u32 top, s32 answer)
{
    u32 count, i = memory_get32(e, top + FRAME_SCOPE), record = memory_get32(e, top + FRAME_RECORD);
    u32 table = scope_table(e, memory_get32(e, top + FRAME_ASKED), &count);
    if (answer == 0 || i >= count) {
        run_scopes(e, thread, top, i >= count ? count : i + 1);
    } else if (answer < 0) {
        return_to_caller(e, thread, top, CONTINUE_EXECUTION);
    } else {
        struct scope s = read_scope(e, table, i);
        u32 code = memory_get32(e, record + RECORD_CODE), establisher = memory_get32(e, top + FRAME_ESTABLISHER);
        thread->cpu.r[1] = top;
        thread->cpu.lr = walk_trampoline(e);
        u32 under = frame_make(e, thread, FRAME_UNWIND, record);
        if (under)
            unwind_begin(e, thread, under, establisher, s.target, code);
        else
            frame_fault(thread, FAULT_WRITE, top);
    }
}

u64 xboxkrnl___C_specific_handler(struct kcall *k)
{
    u32 top = frame_make(k->e, k->thread, FRAME_FILTER, kcall_u32(k, 0));
    struct ppc caller = walk_from_call(k->thread).c;
    if (!top || !context_write(k->e, top + FRAME_CONTEXT, &caller))
        return sync_fault(k, FAULT_WRITE, (u32)k->thread->cpu.r[1]);
    memory_set32(k->e, top + FRAME_ESTABLISHER, kcall_u32(k, 1));
    memory_set32(k->e, top + FRAME_POINTERS, kcall_u32(k, 0));
    memory_set32(k->e, top + FRAME_POINTERS + 4, kcall_u32(k, 2));
    memory_set32(k->e, top + FRAME_ASKED, kcall_u32(k, 3));
    memory_set32(k->e, top + FRAME_VALUE, memory_get32(k->e, kcall_u32(k, 3) + DISPATCHER_PC));
    k->no_return = true;
    run_scopes(k->e, k->thread, top, 0);
    return 0;
}

void scope_on_termination(struct engine *e, struct thread *thread, u32 top)
{
    run_scopes(e, thread, top, memory_get32(e, top + FRAME_SCOPE) + 1);
}
