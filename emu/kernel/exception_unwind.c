/* SPDX-License-Identifier: BSD-3-Clause
 * Undoing frames up to a target, with their handlers called on the way: the second half of an exception. */
#include "emu/kernel/exception_frame.h"
#include "emu/kernel/kcall.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/memory/memory.h"

static void finish_unwind(struct engine *e, struct thread *thread, u32 top, const struct walk *w)
{
    struct ppc c = w->c;
    c.pc = memory_get32(e, top + FRAME_TARGET_PC) & ~3u;
    c.r[3] = memory_get32(e, top + FRAME_VALUE);
    c.r[13] = thread->pcr;
    c.block_left = 0;
    thread->cpu = c;
    callback_undo(e, thread, (u32)c.r[1]);
}

static void fail_unwind(struct thread *thread)
{
    frame_fault(thread, FAULT_TRAP, STATUS_INVALID_UNWIND_TARGET);
}

/* The flags say which of the frames it is. */
static void call_unwinder(struct engine *e, struct thread *thread, u32 top, const struct walk *w, u32 establisher)
{
    u32 record = memory_get32(e, top + FRAME_RECORD), target = memory_get32(e, top + FRAME_TARGET);
    u32 flags = (memory_get32(e, record + RECORD_FLAGS) & ~(u32)ALL_UNWIND) | UNWINDING | (target ? 0 : EXIT_UNWIND) |
                (establisher == target ? TARGET_UNWIND : 0);
    struct ppc shown = w->c;
    shown.pc = memory_get32(e, top + FRAME_TARGET_PC);
    bool good = memory_set32(e, record + RECORD_FLAGS, flags) && context_write(e, top + FRAME_CONTEXT, &shown) &&
                frame_set_dispatcher(e, top, w, establisher);
    if (!good) {
        frame_fault(thread, FAULT_WRITE, record);
        return;
    }
    const u32 arguments[] = {record, establisher, top + FRAME_CONTEXT, top + FRAME_DISPATCHER};
    frame_call(e, thread, top, w->function.handler, arguments, countof(arguments), establisher);
}

/* Undoes frames from w on, up to one whose handler is to be called, or to the target. asked: w's own has been. */
static void unwind(struct engine *e, struct thread *thread, u32 top, struct walk *w, bool asked)
{
    u32 target = memory_get32(e, top + FRAME_TARGET);
    for (u32 i = 0; i < FRAMES_MAX && walk_is_on_stack(e, thread, w); i++, asked = false) {
        u32 establisher;
        unwind_find(e, w->pc, &w->function);
        if (!walk_establisher(e, w, &establisher) || (target && establisher > target))
            break;
        if (!asked && w->function.handler && unwind_is_in_body(&w->function, w->pc)) {
            call_unwinder(e, thread, top, w, establisher);
            return;
        }
        /* A leaf's establisher is its caller's r1, never a target. */
        if (establisher == target && w->function.row) {
            finish_unwind(e, thread, top, w);
            return;
        }
        if (!walk_step(e, w))
            break;
    }
    if (target)
        fail_unwind(thread);
    else
        finish_unwind(e, thread, top, w);
}

void unwind_on_return(struct engine *e, struct thread *thread, u32 top, u32 disposition)
{
    struct walk w = {.c = thread->cpu};
    if (disposition != CONTINUE_SEARCH || !frame_read_walk(e, top, &w))
        fail_unwind(thread);
    else
        unwind(e, thread, top, &w, true);
}

/* Without a record there is one of its own. On through our own frames, if one of them called. */
void unwind_begin(struct engine *e, struct thread *thread, u32 top, u32 target, u32 pc, u32 value)
{
    if (!memory_get32(e, top + FRAME_RECORD)) {
        memory_set32(e, top + FRAME_RECORD, top + FRAME_OWN_RECORD);
        memory_set32(e, top + FRAME_OWN_RECORD + RECORD_CODE, STATUS_UNWIND);
        memory_set32(e, top + FRAME_OWN_RECORD + RECORD_ADDRESS, (u32)thread->cpu.lr);
    }
    memory_set32(e, top + FRAME_TARGET, target);
    memory_set32(e, top + FRAME_TARGET_PC, pc);
    memory_set32(e, top + FRAME_VALUE, value);
    struct walk w = walk_from_call(thread);
    if (walk_pass_own(e, &w))
        unwind(e, thread, top, &w, false);
    else
        fail_unwind(thread);
}

u64 xboxkrnl_RtlUnwind(struct kcall *k)
{
    u32 top = frame_make(k->e, k->thread, FRAME_UNWIND, kcall_u32(k, 2));
    if (!top)
        return sync_fault(k, FAULT_WRITE, (u32)k->thread->cpu.r[1]);
    k->no_return = true;
    unwind_begin(k->e, k->thread, top, kcall_u32(k, 0), kcall_u32(k, 1), kcall_u32(k, 3));
    return 0;
}

/* The caller's own context record (argument 4) is room that this needs no more. */
u64 xboxkrnl_RtlUnwind2(struct kcall *k)
{
    return xboxkrnl_RtlUnwind(k);
}
