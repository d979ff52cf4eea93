/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/kernel/service.h"

#include "emu/kernel/layout.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/thread.h"
#include "emu/memory/memory.h"

#include <xxhash.h>

enum { SERVICE_STACK = 0x10000, CREATE_SUSPENDED = 1, CREATE_SYSTEM = 2 };

static const struct {
    const char *name; /* what the lineage is made of */
    u8 priority;
    u8 irql;
    u8 process;
} kinds[SERVICES] = {
    [SERVICE_DPC] = {"dpc", 31, IRQL_DISPATCH, PROCESS_IDLE},
    [SERVICE_INTERRUPT] = {"interrupt 0", 31, IRQL_DEVICE, PROCESS_IDLE},
    [SERVICE_INTERRUPT + 1] = {"interrupt 1", 31, IRQL_DEVICE, PROCESS_IDLE},
    [SERVICE_INTERRUPT + 2] = {"interrupt 2", 31, IRQL_DEVICE, PROCESS_IDLE},
    [SERVICE_INTERRUPT + 3] = {"interrupt 3", 31, IRQL_DEVICE, PROCESS_IDLE},
    [SERVICE_INTERRUPT + 4] = {"interrupt 4", 31, IRQL_DEVICE, PROCESS_IDLE},
    [SERVICE_INTERRUPT + 5] = {"interrupt 5", 31, IRQL_DEVICE, PROCESS_IDLE},
    [SERVICE_AUDIO] = {"audio", 24, IRQL_PASSIVE, PROCESS_SYSTEM},
};

static struct thread *thread_of(struct engine *e, enum service service, u32 routine)
{
    struct machine *m = e->m;
    if (m->service[service])
        return &m->threads[m->service[service]];
    struct thread_request request = {
        .start_pc = m->return_pc,
        .entry = service == SERVICE_DPC ? 0 : routine,
        .stack_size = SERVICE_STACK,
        .flags = CREATE_SUSPENDED | CREATE_SYSTEM,
        .priority = kinds[service].priority,
        .lineage = XXH3_64bits(kinds[service].name, strlen(kinds[service].name)),
    };
    struct thread *thread = thread_create(e, NULL, &request);
    if (!thread)
        return NULL;
    m->service[service] = thread_slot(m, thread);
    m->threads_alive--; /* the title lives by its own threads */
    thread->irql = kinds[service].irql;
    memory_set8(e, thread->kthread + KTHREAD_PROCESS_TYPE, kinds[service].process);
    thread_show(e, thread);
    return thread;
}

static void start(struct engine *e, struct thread *thread, u32 hw)
{
    if (hw < HW_THREADS)
        sched_set_affinity(e, thread, 1u << hw);
    if (!apc_deliver_service(e, thread))
        return;
    thread->suspend_count = 0;
    thread->ready_at = engine_time(e);
    sched_ready(e, thread);
    thread_show(e, thread);
}

bool service_queue(struct engine *e, enum service service, const struct apc *apc, u32 hw)
{
    struct thread *thread = thread_of(e, service, apc->routine);
    if (!thread || !apc_queue(e, thread, apc))
        return false;
    if (thread->state == THREAD_SUSPENDED && !thread->in_callback)
        start(e, thread, hw);
    return true;
}

bool service_is(const struct machine *m, u32 slot)
{
    for (u32 i = 0; slot && i < SERVICES; i++) {
        if (m->service[i] == slot)
            return true;
    }
    return false;
}

bool service_is_idle(const struct machine *m, u32 slot)
{
    return service_is(m, slot) && m->threads[slot].state == THREAD_SUSPENDED;
}

u32 service_pending(const struct machine *m, enum service service)
{
    const struct thread *thread = &m->threads[m->service[service]];
    u32 count = m->service[service] ? thread->in_callback : 0;
    for (u32 slot = m->service[service] ? thread->apc_head : 0; slot; slot = m->apcs[slot].next)
        count++;
    return count;
}

void service_on_return(struct engine *e, struct thread *thread)
{
    if (!service_is(e->m, thread_slot(e->m, thread)) || apc_deliver_service(e, thread))
        return;
    sched_unready(e, thread);
    thread->suspend_count = 1;
    thread_show(e, thread);
}

bool service_forget(struct engine *e, const struct thread *thread)
{
    struct machine *m = e->m;
    for (u32 i = 0; i < SERVICES; i++) {
        if (m->service[i] != thread_slot(m, thread))
            continue;
        m->service[i] = 0;
        return true;
    }
    return false;
}

bool service_interrupt(struct engine *e, u32 hw, u32 routine, u32 source, u32 context)
{
    struct apc apc = {.mode = APC_SERVICE, .routine = routine, .context = source, .argument1 = context};
    return service_queue(e, SERVICE_INTERRUPT + hw, &apc, hw);
}
