/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/kernel/dpc.h"

#include "emu/kernel/layout.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/memory/memory.h"

/* KDPC in guest memory. */
enum {
    KDPC_ENQUEUED = 0x02, /* u8 */
    KDPC_CPU = 0x03,      /* u8: hardware thread + 1, 0: any */
    KDPC_ROUTINE = 0x0C,
    KDPC_CONTEXT = 0x10,
    KDPC_ARGUMENT1 = 0x14,
    KDPC_ARGUMENT2 = 0x18,
    KDPC_SIZE = 0x1C,
    KDPC_TYPE = 0x13,
};

enum { DPC_STACK = 0x10000, DPC_PRIORITY = 31, CREATE_SUSPENDED = 1, CREATE_SYSTEM = 2, IRQL_DISPATCH = 2 };

static struct thread *dpc_thread(struct engine *e)
{
    struct machine *m = e->m;
    if (m->dpc_thread)
        return &m->threads[m->dpc_thread];
    struct thread_request request = {
        .start_pc = m->return_pc,
        .stack_size = DPC_STACK,
        .flags = CREATE_SUSPENDED | CREATE_SYSTEM,
        .priority = DPC_PRIORITY,
    };
    struct thread *thread = thread_create(e, NULL, &request);
    if (!thread)
        return NULL;
    m->dpc_thread = thread_slot(m, thread);
    m->threads_alive--; /* the title lives by its own threads */
    thread->irql = IRQL_DISPATCH;
    memory_set8(e, thread->kthread + KTHREAD_PROCESS_TYPE, PROCESS_IDLE);
    thread_show(e, thread);
    return thread;
}

static void start(struct engine *e, struct thread *thread, u32 cpu)
{
    if (cpu >= 1 && cpu <= HW_THREADS)
        sched_set_affinity(e, thread, 1u << (cpu - 1));
    if (!apc_deliver_dpc(e, thread))
        return;
    thread->suspend_count = 0;
    thread->ready_at = engine_time(e);
    sched_ready(e, thread);
    thread_show(e, thread);
}

bool dpc_queue(struct engine *e, u32 dpc, u32 argument1, u32 argument2)
{
    u8 block[KDPC_SIZE];
    if (!memory_is_writable(e, dpc, KDPC_SIZE) || !memory_read(e, dpc, block, sizeof block) || block[KDPC_ENQUEUED])
        return false;
    struct thread *thread = dpc_thread(e);
    struct apc apc = {
        .mode = APC_DPC,
        .routine = load_be32(block + KDPC_ROUTINE),
        .context = load_be32(block + KDPC_CONTEXT),
        .argument1 = argument1,
        .argument2 = argument2,
        .guest = dpc,
    };
    memory_set32(e, dpc + KDPC_ARGUMENT1, argument1);
    memory_set32(e, dpc + KDPC_ARGUMENT2, argument2);
    memory_set8(e, dpc + KDPC_ENQUEUED, 1);
    if (!thread || !apc_queue(e, thread, &apc)) {
        memory_set8(e, dpc + KDPC_ENQUEUED, 0);
        return false;
    }
    if (thread->state == THREAD_SUSPENDED)
        start(e, thread, block[KDPC_CPU]);
    return true;
}

void dpc_on_return(struct engine *e, struct thread *thread)
{
    if (apc_deliver_dpc(e, thread))
        return;
    sched_unready(e, thread);
    thread->suspend_count = 1;
    thread_show(e, thread);
}

u64 xboxkrnl_KeInitializeDpc(struct kcall *k)
{
    u8 dpc[KDPC_SIZE] = {0, KDPC_TYPE};
    store_be32(dpc + KDPC_ROUTINE, kcall_u32(k, 1));
    store_be32(dpc + KDPC_CONTEXT, kcall_u32(k, 2));
    if (!memory_write(k->e, kcall_u32(k, 0), dpc, sizeof dpc))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
    return 0;
}

u64 xboxkrnl_KeInsertQueueDpc(struct kcall *k)
{
    u32 dpc = kcall_u32(k, 0);
    if (!memory_is_writable(k->e, dpc, KDPC_SIZE))
        return sync_fault(k, FAULT_WRITE, dpc);
    return dpc_queue(k->e, dpc, kcall_u32(k, 1), kcall_u32(k, 2));
}

u64 xboxkrnl_KeRemoveQueueDpc(struct kcall *k)
{
    return apc_remove(k->e, kcall_u32(k, 0));
}
