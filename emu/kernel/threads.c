/* SPDX-License-Identifier: BSD-3-Clause
 * The exports that make, end, suspend, place and rank threads. */
#include "emu/kernel/exception.h"
#include "emu/kernel/layout.h"
#include "emu/kernel/notify.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/service.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/loader/library.h"
#include "emu/memory/memory.h"

enum {
    CREATE_SUSPENDED = 0x01,
    CREATE_RETURN_POINTER = 0x80, /* the KTHREAD's address instead of a handle */
    SUSPEND_MAX = 127,
    SATURATION = 16, /* a base priority increment so large pins the thread to an end of its range */
};

static u32 publish(struct kcall *k, const struct thread *thread, u32 flags)
{
    struct object *object = &k->m->objects[thread->object];
    u32 value = object->guest;
    if (flags & CREATE_RETURN_POINTER) {
        object_reference(k->e, object);
        object->pointers++;
    } else {
        value = handle_create(k->e, k, object);
    }
    if (!value)
        return STATUS_NO_MEMORY;
    u32 status = sync_out(k, kcall_u32(k, 0), value);
    return status == STATUS_SUCCESS ? sync_out(k, kcall_u32(k, 2), thread->id) : status;
}

/* With a start-up routine the thread begins there and is handed start and context; its identity is start all the same.
 */
u64 xboxkrnl_ExCreateThread(struct kcall *k)
{
    u32 startup = kcall_u32(k, 3), start = kcall_u32(k, 4), context = kcall_u32(k, 5), flags = kcall_u32(k, 6);
    struct thread_request request = {
        .start_pc = startup ? startup : start,
        .entry = start,
        .context = context,
        .r3 = startup ? start : context,
        .r4 = startup ? context : 0,
        .stack_size = kcall_u32(k, 1),
        .flags = flags,
    };
    u32 outs[] = {kcall_u32(k, 0), kcall_u32(k, 2)};
    for (u32 i = 0; i < countof(outs); i++) {
        if (outs[i] && !memory_is_writable(k->e, outs[i], 4))
            return STATUS_ACCESS_VIOLATION;
    }
    struct thread *thread = thread_create(k->e, k, &request);
    if (thread)
        library_tell_thread(k->e, thread);
    u32 status = thread ? publish(k, thread, flags) : STATUS_NO_MEMORY;
    if (thread)
        notify_created(k, thread, status);
    return status;
}

u64 xboxkrnl_ExTerminateThread(struct kcall *k)
{
    k->no_return = true;
    thread_exit(k->e, k->thread, kcall_u32(k, 0));
    return 0;
}

static struct thread *thread_of(struct kcall *k, const struct object *object)
{
    return &k->m->threads[object->body];
}

u64 xboxkrnl_NtSuspendThread(struct kcall *k)
{
    u32 status;
    struct object *object = sync_handle(k, kcall_u32(k, 0), OBJECT_THREAD, &status);
    if (!object)
        return status;
    struct thread *thread = thread_of(k, object);
    if (thread->state == THREAD_TERMINATED)
        return STATUS_THREAD_IS_TERMINATING;
    if (thread->suspend_count >= SUSPEND_MAX)
        return STATUS_SUSPEND_COUNT_EXCEEDED;
    return sync_out(k, kcall_u32(k, 1), thread_suspend(k->e, thread));
}

u64 xboxkrnl_NtResumeThread(struct kcall *k)
{
    u32 status;
    struct object *object = sync_handle(k, kcall_u32(k, 0), OBJECT_THREAD, &status);
    return object ? sync_out(k, kcall_u32(k, 1), thread_resume(k->e, thread_of(k, object))) : status;
}

/* The thread of a KTHREAD pointer that has not ended; NULL: none, or a guest fault is set. */
static struct thread *live_thread(struct kcall *k)
{
    struct object *object = sync_pointer(k, kcall_u32(k, 0), OBJECT_THREAD);
    struct thread *thread = object ? thread_of(k, object) : NULL;
    return thread && thread->state != THREAD_TERMINATED ? thread : NULL;
}

/* A stub: the thread shows it, but the processor here never raises a floating-point exception. UNKNOWN: the console's
 * result. */
u64 xboxkrnl_KeEnableFpuExceptions(struct kcall *k)
{
    memory_set8(k->e, k->thread->kthread + KTHREAD_FPU_EXCEPTIONS, kcall_u32(k, 0) != 0);
    return 0;
}

u64 xboxkrnl_KeSuspendThread(struct kcall *k)
{
    struct thread *thread = live_thread(k);
    if (thread && thread->suspend_count >= SUSPEND_MAX)
        return exception_raise(k, STATUS_SUSPEND_COUNT_EXCEEDED);
    return thread ? thread_suspend(k->e, thread) : 0;
}

u64 xboxkrnl_KeResumeThread(struct kcall *k)
{
    struct thread *thread = live_thread(k);
    return thread ? thread_resume(k->e, thread) : 0;
}

/* The previous mask goes to memory and the result is a status, unlike on NT. */
u64 xboxkrnl_KeSetAffinityThread(struct kcall *k)
{
    u32 mask = kcall_u32(k, 1) & ((1u << HW_THREADS) - 1), out = kcall_u32(k, 2);
    if (!mask)
        return STATUS_INVALID_PARAMETER;
    struct thread *thread = live_thread(k);
    if (!thread)
        return STATUS_INVALID_PARAMETER;
    u32 previous = thread->affinity;
    sched_set_affinity(k->e, thread, mask);
    thread_show(k->e, thread);
    if (out && !memory_set32(k->e, out, previous))
        return sync_fault(k, FAULT_WRITE, out);
    return STATUS_SUCCESS;
}

static s32 base_increment(struct kcall *k, const struct thread *thread)
{
    s8 saturation = (s8)memory_get8(k->e, thread->kthread + KTHREAD_SATURATION);
    return saturation ? SATURATION * saturation : thread->base_priority - PRIORITY_DEFAULT;
}

u64 xboxkrnl_KeQueryBasePriorityThread(struct kcall *k)
{
    struct thread *thread = live_thread(k);
    return thread ? (u32)base_increment(k, thread) : 0;
}

u64 xboxkrnl_KeSetBasePriorityThread(struct kcall *k)
{
    struct thread *thread = live_thread(k);
    if (!thread)
        return 0;
    s32 increment = (s32)k->arg[1];
    s32 previous = base_increment(k, thread);
    s32 saturation = increment >= SATURATION ? 1 : increment <= -SATURATION ? -1 : 0;
    s64 base = (s64)PRIORITY_DEFAULT + increment;
    if (base < PRIORITY_LOWEST)
        base = PRIORITY_LOWEST;
    if (base > PRIORITY_HIGHEST)
        base = PRIORITY_HIGHEST;
    thread->base_priority = (u8)base;
    memory_set8(k->e, thread->kthread + KTHREAD_SATURATION, (u8)saturation);
    sched_set_priority(k->e, thread, thread->base_priority);
    thread_show(k->e, thread);
    return (u32)previous;
}

u64 xboxkrnl_KeSetPriorityThread(struct kcall *k)
{
    struct thread *thread = live_thread(k);
    if (!thread)
        return 0;
    u32 previous = thread->priority;
    sched_set_priority(k->e, thread, kcall_u32(k, 1) & (PRIORITIES - 1));
    thread_show(k->e, thread);
    return previous;
}

/* There are no boosts that it could disable; the flag is kept for those who read it. */
u64 xboxkrnl_KeSetDisableBoostThread(struct kcall *k)
{
    struct thread *thread = live_thread(k);
    if (!thread)
        return 0;
    u32 ea = thread->kthread + KTHREAD_BOOST_DISABLED;
    u32 previous = memory_get8(k->e, ea);
    memory_set8(k->e, ea, (u8)k->arg[1]);
    return previous;
}

u64 xboxkrnl_KeGetCurrentProcessType(struct kcall *k)
{
    return memory_get8(k->e, k->thread->kthread + KTHREAD_PROCESS_TYPE);
}

/* Only DPCs (and what runs above them) have a process type that can be set: theirs, not a thread's. */
u64 xboxkrnl_KeSetCurrentProcessType(struct kcall *k)
{
    if (k->thread->irql >= IRQL_DISPATCH && service_is(k->m, k->slot))
        memory_set8(k->e, k->thread->kthread + KTHREAD_PROCESS_TYPE, (u8)k->arg[0]);
    return 0;
}

/* (r1, thread, allocation, base, limit): how fibers are switched to. The call returns on the new stack. */
u64 xboxkrnl_KeSetCurrentStackPointers(struct kcall *k)
{
    struct thread *thread = k->thread;
    u32 kthread = kcall_u32(k, 1), base = kcall_u32(k, 3), limit = kcall_u32(k, 4);
    if (!memory_set32(k->e, kthread + KTHREAD_STACK_ALLOCATION, kcall_u32(k, 2)) ||
        !memory_set32(k->e, kthread + KTHREAD_STACK_BASE, base) ||
        !memory_set32(k->e, kthread + KTHREAD_STACK_LIMIT, limit))
        return sync_fault(k, FAULT_WRITE, kthread);
    memory_set32(k->e, thread->pcr + PCR_STACK_BASE, base);
    memory_set32(k->e, thread->pcr + PCR_STACK_LIMIT, limit);
    thread->stack_base = base;
    thread->stack_limit = limit;
    thread->cpu.r[1] = kcall_u32(k, 0);
    return 0;
}

/* Memory is the same to all processors and devices at once: there is no cache to sweep, flush or lock, and addresses
 * are looked up anew each time. */
u64 xboxkrnl_KeSweepDcacheRange(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xboxkrnl_KeSweepIcacheRange(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xboxkrnl_KeFlushCacheRange(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xboxkrnl_KeFlushEntireTb(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xboxkrnl_KeFlushCurrentEntireTb(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xboxkrnl_KeLockL2(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xboxkrnl_KeUnlockL2(struct kcall *k)
{
    (void)k;
    return 0;
}

/* Kernel APCs are held off while the count is not zero. */
static void count_apc_disable(struct kcall *k, s32 step)
{
    u32 ea = k->thread->kthread + KTHREAD_APC_DISABLE;
    memory_set32(k->e, ea, memory_get32(k->e, ea) + (u32)step);
}

u64 xboxkrnl_KeEnterCriticalRegion(struct kcall *k)
{
    count_apc_disable(k, -1);
    return 0;
}

u64 xboxkrnl_KeLeaveCriticalRegion(struct kcall *k)
{
    count_apc_disable(k, 1);
    apc_run_kernel(k, 0);
    return 0;
}
