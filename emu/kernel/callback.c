/* SPDX-License-Identifier: BSD-3-Clause
 * Guest callbacks: a frame on the guest thread's own stack holds all its registers while the callback runs; the routine
 * returns to a trampoline that puts them back. */
#include "emu/kernel/service.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

enum {
    RED_ZONE = 0x200, /* below r1: where prologues save registers before they make their frame */
    FRAME_APC =
        0x60, /* routine, context, two arguments, and a mark that says so: for the kernel routine that runs now */
    FRAME_APC_MARK = 0x70,
    FRAME_OUTER = 0x74, /* the next callback frame above */
    FRAME_SAVED = 0x80,
    FRAME_SIZE = FRAME_SAVED + sizeof(struct ppc),
    TRAMPOLINE_BYTES = 16,
};

u32 callback_trampoline(const struct machine *m, u32 trampoline)
{
    return m->return_pc + (trampoline - 1) * TRAMPOLINE_BYTES;
}

static bool stack_fault(struct thread *thread, enum fault_kind kind, u32 ea)
{
    thread->cpu.stop = CPU_FAULT;
    thread->cpu.fault = kind;
    thread->cpu.fault_address = ea;
    return false;
}

bool callback_push(struct engine *e, struct thread *thread, u32 routine, const u32 *arguments, u32 count, u64 result)
{
    struct ppc *c = &thread->cpu;
    struct ppc saved = *c;
    saved.r[3] = result;
    saved.stop = CPU_RUN;
    saved.reserve_valid = 0;
    u32 old = (u32)c->r[1];
    u32 top = (old - RED_ZONE - FRAME_SIZE) & ~15u;
    if (!memory_write(e, top + FRAME_SAVED, &saved, sizeof saved) || !memory_set32(e, top, old) ||
        !memory_set32(e, top + FRAME_APC_MARK, 0) || !memory_set32(e, top + FRAME_OUTER, thread->callback_top))
        return stack_fault(thread, FAULT_WRITE, top);
    c->r[1] = top;
    thread->callback_top = top;
    for (u32 i = 0; i < count; i++)
        c->r[3 + i] = arguments[i];
    c->lr = callback_trampoline(e->m, TRAMPOLINE_CALLBACK_RETURN);
    c->pc = routine;
    c->block_left = 0;
    c->reserve_valid = 0;
    thread->in_callback++;
    return true;
}

void callback_redirect(struct engine *e, struct thread *thread, u32 pc, u64 result)
{
    struct ppc saved;
    u32 at = (u32)thread->cpu.r[1] + FRAME_SAVED;
    if (!memory_read(e, at, &saved, sizeof saved))
        return;
    saved.pc = pc;
    saved.block_left = 0;
    saved.r[3] = result;
    memory_write(e, at, &saved, sizeof saved);
}

#define APC_MARK 0x4B415043u

bool callback_push_apc(struct engine *e, struct thread *thread, const struct apc *apc, u64 result)
{
    if (!callback_push(e, thread, apc->kernel_routine, NULL, 0, result))
        return false;
    u32 at = (u32)thread->cpu.r[1] + FRAME_APC;
    const u32 word[] = {apc->routine, apc->context, apc->argument1, apc->argument2, APC_MARK};
    for (u32 i = 0; i < countof(word); i++)
        memory_set32(e, at + 4 * i, word[i]);
    thread->cpu.r[3] = apc->guest;
    for (u32 i = 0; i < 4; i++)
        thread->cpu.r[4 + i] = at + 4 * i;
    return true;
}

u64 callback_tell_return(struct kcall *k, u64 result)
{
    struct wait *wait = &k->thread->wait;
    wait->op = k->op;
    wait->lr = k->lr;
    result = kcall_return(k->e, k->thread, result);
    wait->op = 0;
    wait->lr = 0;
    return result;
}

/* The frame lies in memory that the title can write: what it says of the engine's own state is not believed. */
bool callback_read(struct engine *e, u32 top, struct ppc *saved)
{
    if (!memory_read(e, top + FRAME_SAVED, saved, sizeof *saved))
        return false;
    saved->pc &= ~3u;
    saved->stop = CPU_RUN;
    saved->fault = FAULT_NONE;
    saved->fault_address = 0;
    saved->block_left = saved->block_left <= BLOCK_MAX ? saved->block_left : 0;
    saved->reserve_valid = 0;
    memset(saved->zero, 0, sizeof saved->zero);
    return true;
}

static void leave_frame(struct engine *e, struct thread *thread, u32 top)
{
    thread->in_callback--;
    thread->callback_top = thread->in_callback ? memory_get32(e, top + FRAME_OUTER) : 0;
}

void callback_undo(struct engine *e, struct thread *thread, u32 r1)
{
    while (thread->in_callback && thread->callback_top && thread->callback_top < r1)
        leave_frame(e, thread, thread->callback_top);
    if (thread->in_callback < thread->interrupted_depth)
        wait_forget_interrupted(e, thread);
}

void callback_on_return(struct engine *e, struct thread *thread)
{
    struct ppc *c = &thread->cpu;
    struct ppc saved;
    u32 top = (u32)c->r[1];
    if (thread->in_callback == 0 || !callback_read(e, top, &saved)) {
        stack_fault(thread, FAULT_READ, top);
        return;
    }
    *c = saved;
    leave_frame(e, thread, top);
    if (memory_get32(e, top + FRAME_APC_MARK) == APC_MARK && memory_get32(e, top + FRAME_APC)) {
        const u32 arguments[] = {memory_get32(e, top + FRAME_APC + 4), memory_get32(e, top + FRAME_APC + 8),
                                 memory_get32(e, top + FRAME_APC + 12)};
        callback_push(e, thread, memory_get32(e, top + FRAME_APC), arguments, countof(arguments), c->r[3]);
        return;
    }
    service_on_return(e, thread);
    /* One user APC after another, until there are no more. */
    if (!wait_on_return(e, thread) && c->r[3] == STATUS_USER_APC)
        apc_deliver(e, thread, STATUS_USER_APC);
}
