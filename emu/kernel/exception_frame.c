/* SPDX-License-Identifier: BSD-3-Clause
 * Walking a guest's stack for exceptions, and the frames of ours that stand on it. */
#include "emu/kernel/exception_frame.h"

#include "emu/kernel/kcall.h"
#include "emu/kernel/thread.h"
#include "emu/memory/memory.h"

u32 walk_trampoline(const struct engine *e)
{
    return callback_trampoline(e->m, TRAMPOLINE_EXCEPTION_RETURN);
}

struct walk walk_from_call(const struct thread *thread)
{
    struct walk w = {.c = thread->cpu};
    w.c.pc = (u32)w.c.lr & ~3u;
    w.pc = w.c.pc - 4;
    return w;
}

struct walk walk_from_fault(const struct ppc *c, u32 kind)
{
    struct walk w = {.c = *c, .pc = c->pc};
    if (kind == FAULT_EXECUTE) {
        w.c.pc = (u32)c->lr & ~3u;
        w.pc = w.c.pc - 4;
    }
    return w;
}

/* UNWIND: of the frame that was being undone, which its handler's context shows with the target's address. */
static bool leave_own_frame(struct engine *e, struct walk *w)
{
    u32 top = (u32)w->c.r[1], kind = memory_get32(e, top + FRAME_KIND);
    bool is_unwind = kind == FRAME_UNWIND;
    if (kind < FRAME_SEARCH || kind > FRAME_TERMINATION)
        return false;
    if (!context_read(e, top + (is_unwind ? FRAME_WORK : FRAME_CONTEXT), &w->c) || (u32)w->c.r[1] <= top)
        return false;
    u32 fault = memory_get32(e, top + FRAME_FAULT);
    if (is_unwind)
        w->pc = memory_get32(e, top + FRAME_DISPATCHER + DISPATCHER_PC) & ~3u;
    else if (kind == FRAME_SEARCH && fault && fault != FAULT_BUGCHECK)
        *w = walk_from_fault(&w->c, fault);
    else
        w->pc = w->c.pc - 4;
    return true;
}

/* On where the callback came in between. */
static bool leave_callback(struct engine *e, struct walk *w)
{
    struct ppc saved;
    u32 top = (u32)w->c.r[1];
    if (!callback_read(e, top, &saved) || (u32)saved.r[1] <= top)
        return false;
    w->c = saved;
    w->pc = saved.pc;
    return true;
}

bool walk_pass_own(struct engine *e, struct walk *w)
{
    u32 callback = callback_trampoline(e->m, TRAMPOLINE_CALLBACK_RETURN);
    for (u32 i = 0; w->c.pc == walk_trampoline(e) || w->c.pc == callback; i++) {
        bool left = w->c.pc == callback ? leave_callback(e, w) : leave_own_frame(e, w);
        if (i == FRAMES_MAX || !left)
            return false;
    }
    return true;
}

bool walk_is_on_stack(const struct engine *e, const struct thread *thread, const struct walk *w)
{
    u32 r1 = (u32)w->c.r[1];
    return w->c.pc && (w->c.pc & ~0xFFu) != e->m->return_pc && r1 >= thread->stack_limit && r1 < thread->stack_base &&
           !(r1 & 3);
}

bool walk_step(struct engine *e, struct walk *w)
{
    u32 establisher, r1 = (u32)w->c.r[1], pc = w->c.pc;
    if (!unwind_step(e, &w->c, w->pc, &w->function, &establisher) || establisher < r1)
        return false;
    if (!w->function.row && w->c.pc == pc)
        return false; /* a leaf that called itself */
    w->pc = w->c.pc - 4;
    return walk_pass_own(e, w);
}

bool walk_find_handler(struct engine *e, const struct thread *thread, struct walk *w)
{
    for (u32 i = 0; i < FRAMES_MAX && walk_is_on_stack(e, thread, w); i++) {
        unwind_find(e, w->pc, &w->function);
        if (w->function.handler && unwind_is_in_body(&w->function, w->pc))
            return true;
        if (!walk_step(e, w))
            return false;
    }
    return false;
}

bool walk_establisher(struct engine *e, const struct walk *w, u32 *establisher)
{
    struct ppc copy = w->c;
    return unwind_step(e, &copy, w->pc, &w->function, establisher);
}

u32 frame_make(struct engine *e, const struct thread *thread, enum frame_kind kind, u32 record)
{
    static const u8 zero[FRAME_CONTEXT];
    u32 r1 = (u32)thread->cpu.r[1];
    u32 top = (r1 - RED_ZONE - FRAME_SIZE) & ~15u;
    if (top > r1 || !memory_is_writable(e, top, FRAME_SIZE))
        return 0;
    memory_write(e, top, zero, sizeof zero);
    memory_set32(e, top, r1);
    memory_set32(e, top + FRAME_KIND, kind);
    memory_set32(e, top + FRAME_RECORD, record);
    return top;
}

void frame_call(struct engine *e, struct thread *thread, u32 top, u32 routine, const u32 *arguments, u32 count,
                u32 establisher)
{
    struct ppc *c = &thread->cpu;
    for (u32 i = 0; i < count; i++)
        c->r[3 + i] = arguments[i];
    c->r[1] = top;
    c->r[12] = establisher;
    c->lr = walk_trampoline(e);
    c->pc = routine & ~3u;
    c->block_left = 0;
    c->reserve_valid = 0;
}

bool frame_set_dispatcher(struct engine *e, u32 top, const struct walk *w, u32 establisher)
{
    u32 ea = top + FRAME_DISPATCHER;
    return memory_set32(e, ea + DISPATCHER_PC, w->pc) && memory_set32(e, ea + DISPATCHER_ROW, w->function.row) &&
           memory_set32(e, ea + DISPATCHER_ESTABLISHER, establisher) &&
           memory_set32(e, ea + DISPATCHER_CONTEXT, top + FRAME_CONTEXT) && context_write(e, top + FRAME_WORK, &w->c);
}

bool frame_read_walk(struct engine *e, u32 top, struct walk *w)
{
    w->pc = memory_get32(e, top + FRAME_DISPATCHER + DISPATCHER_PC) & ~3u;
    return context_read(e, top + FRAME_WORK, &w->c) && unwind_find(e, w->pc, &w->function);
}

bool frame_resume(struct engine *e, struct thread *thread, u32 context)
{
    struct ppc c = thread->cpu;
    if (!context_read(e, context, &c))
        return false;
    c.r[13] = thread->pcr;
    thread->cpu = c;
    return true;
}

void frame_fault(struct thread *thread, u32 kind, u32 address)
{
    thread->unhandled = 1;
    thread->cpu.stop = CPU_FAULT;
    thread->cpu.fault = kind;
    thread->cpu.fault_address = address;
}
