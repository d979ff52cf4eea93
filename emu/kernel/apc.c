/* SPDX-License-Identifier: BSD-3-Clause
 * Asynchronous procedure calls. User APCs end an alertable wait in user mode and run before the waiting call returns.
 */
#include "emu/kernel/layout.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

/* KAPC in guest memory. */
enum {
    KAPC_MODE = 2,     /* u8: 0 kernel, 1 user */
    KAPC_ENQUEUED = 3, /* u8 */
    KAPC_THREAD = 0x04,
    KAPC_KERNEL_ROUTINE = 0x10,
    KAPC_RUNDOWN_ROUTINE = 0x14,
    KAPC_ROUTINE = 0x18,
    KAPC_CONTEXT = 0x1C,
    KAPC_ARGUMENT1 = 0x20,
    KAPC_ARGUMENT2 = 0x24,
    KAPC_SIZE = 0x28,
    KAPC_TYPE = 0x12,
    KDPC_ENQUEUED = 2, /* u8 */
};

static u32 slot_take(struct machine *m)
{
    struct pool *pool = &m->apc_pool;
    u32 slot = pool->first_free;
    if (slot) {
        pool->first_free = m->apcs[slot].next;
        m->apcs[slot].next = 0;
        return slot;
    }
    return pool->high + 1 < APCS_MAX ? ++pool->high : 0;
}

static void slot_give(struct machine *m, u32 slot)
{
    memset(&m->apcs[slot], 0, sizeof m->apcs[slot]);
    m->apcs[slot].next = m->apc_pool.first_free;
    m->apc_pool.first_free = slot;
}

static void append(struct machine *m, struct thread *thread, u32 slot)
{
    if (thread->apc_tail)
        m->apcs[thread->apc_tail].next = slot;
    else
        thread->apc_head = slot;
    thread->apc_tail = slot;
}

static u32 enqueued_offset(u32 mode)
{
    return mode == APC_DPC ? KDPC_ENQUEUED : KAPC_ENQUEUED;
}

/* Takes an APC out of the queue; the slot before it, or 0, is known. */
static void take_out(struct engine *e, struct thread *thread, u32 before, u32 slot)
{
    struct machine *m = e->m;
    if (before)
        m->apcs[before].next = m->apcs[slot].next;
    else
        thread->apc_head = m->apcs[slot].next;
    if (thread->apc_tail == slot)
        thread->apc_tail = before;
    if (m->apcs[slot].guest)
        memory_set8(e, m->apcs[slot].guest + enqueued_offset(m->apcs[slot].mode), 0);
    slot_give(m, slot);
}

/* The next APC of that mode. */
static bool take(struct engine *e, struct thread *thread, enum apc_mode mode, struct apc *apc)
{
    struct machine *m = e->m;
    u32 before = 0, slot = thread->apc_head;
    while (slot && m->apcs[slot].mode != mode) {
        before = slot;
        slot = m->apcs[slot].next;
    }
    if (!slot)
        return false;
    *apc = m->apcs[slot];
    take_out(e, thread, before, slot);
    return true;
}

/* The kernel routine first, if there is one: what it leaves of the other is called when it returns. */
static bool run(struct engine *e, struct thread *thread, const struct apc *apc, u64 result)
{
    u32 arguments[] = {apc->context, apc->argument1, apc->argument2};
    if (apc->kernel_routine)
        return callback_push_apc(e, thread, apc, result);
    return callback_push(e, thread, apc->routine, arguments, countof(arguments), result);
}

bool apc_deliver_service(struct engine *e, struct thread *thread)
{
    struct apc apc;
    if (!thread->apc_head)
        return false;
    take(e, thread, e->m->apcs[thread->apc_head].mode, &apc);
    if (apc.mode != APC_DPC) {
        u32 arguments[] = {apc.context, apc.argument1, apc.argument2};
        return callback_push(e, thread, apc.routine, arguments, countof(arguments), 0);
    }
    u32 arguments[] = {apc.guest, apc.context, apc.argument1, apc.argument2};
    return callback_push(e, thread, apc.routine, arguments, countof(arguments), 0);
}

bool apc_deliver(struct engine *e, struct thread *thread, u32 status)
{
    struct apc apc;
    return take(e, thread, APC_USER, &apc) && run(e, thread, &apc, status);
}

/* The first one runs first, so it is pushed last. */
bool apc_deliver_all(struct engine *e, struct thread *thread, u64 result)
{
    enum { AT_ONCE = 8 };
    struct apc apcs[AT_ONCE];
    u32 count = 0;
    while (count < AT_ONCE && take(e, thread, APC_USER, &apcs[count]))
        count++;
    for (u32 i = count; i-- > 0;)
        if (!run(e, thread, &apcs[i], i + 1 == count ? result : thread->cpu.r[3]))
            return true; /* a fault is set */
    return count != 0;
}

/* The slot of the kernel APC that may run now, and the one before it; 0: there is none. Above passive level none may,
 * nor while a call is made again and again until it succeeds; those without a normal routine go before the others and
 * do not heed critical regions. */
static u32 find_kernel(struct engine *e, const struct thread *thread, u32 *before)
{
    const struct machine *m = e->m;
    bool disabled = memory_get32(e, thread->kthread + KTHREAD_APC_DISABLE) != 0;
    u32 found = 0, last = 0;
    for (u32 slot = thread->irql || thread->retrying ? 0 : thread->apc_head; slot;
         last = slot, slot = m->apcs[slot].next) {
        bool is_special = m->apcs[slot].routine == 0;
        if (m->apcs[slot].mode != APC_KERNEL || (!is_special && (found || disabled)))
            continue;
        found = slot;
        *before = last;
        if (is_special)
            break;
    }
    return found;
}

bool apc_is_kernel_due(struct engine *e, const struct thread *thread)
{
    u32 before;
    return find_kernel(e, thread, &before) != 0;
}

bool apc_deliver_kernel(struct engine *e, struct thread *thread, u64 result)
{
    u32 before, slot = find_kernel(e, thread, &before);
    if (!slot)
        return false;
    struct apc apc = e->m->apcs[slot];
    take_out(e, thread, before, slot);
    return run(e, thread, &apc, result);
}

void apc_run_kernel(struct kcall *k, u64 result)
{
    if (!apc_is_kernel_due(k->e, k->thread))
        return;
    result = callback_tell_return(k, result);
    k->no_return = apc_deliver_kernel(k->e, k->thread, result);
}

bool apc_is_user_pending(const struct machine *m, const struct thread *thread)
{
    for (u32 slot = thread->apc_head; slot; slot = m->apcs[slot].next) {
        if (m->apcs[slot].mode == APC_USER)
            return true;
    }
    return false;
}

bool apc_queue(struct engine *e, struct thread *thread, const struct apc *apc)
{
    if (thread->state == THREAD_TERMINATED || !memory_get8(e, thread->kthread + KTHREAD_MAY_QUEUE_APCS))
        return false;
    u32 slot = slot_take(e->m);
    if (!slot)
        return false;
    e->m->apcs[slot] = *apc;
    e->m->apcs[slot].next = 0;
    append(e->m, thread, slot);
    bool interrupts = thread->state == THREAD_WAITING && thread->suspend_count == 0 && thread->wait.alertable &&
                      thread->wait.user_mode && apc->mode == APC_USER;
    if (interrupts)
        wait_abort(e, thread, STATUS_USER_APC);
    return true;
}

bool apc_run_down(struct engine *e, struct thread *thread, u64 result)
{
    struct apc apc;
    while (take(e, thread, APC_USER, &apc)) {
        u32 routine = apc.guest ? memory_get32(e, apc.guest + KAPC_RUNDOWN_ROUTINE) : 0;
        if (routine)
            return callback_push(e, thread, routine, &apc.guest, 1, result);
    }
    return false;
}

void apc_flush(struct engine *e, struct thread *thread)
{
    while (thread->apc_head)
        take_out(e, thread, 0, thread->apc_head);
}

u64 xboxkrnl_NtQueueApcThread(struct kcall *k)
{
    u32 status;
    struct object *object = sync_handle(k, kcall_u32(k, 0), OBJECT_THREAD, &status);
    if (!object)
        return status;
    struct apc apc = {
        .routine = kcall_u32(k, 1),
        .context = kcall_u32(k, 2),
        .argument1 = kcall_u32(k, 3),
        .argument2 = kcall_u32(k, 4),
    };
    return apc_queue(k->e, &k->m->threads[object->body], &apc) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

u64 xboxkrnl_KeInitializeApc(struct kcall *k)
{
    u8 apc[KAPC_SIZE] = {KAPC_TYPE};
    apc[KAPC_MODE] = (u8)k->arg[5];
    store_be32(apc + KAPC_THREAD, kcall_u32(k, 1));
    store_be32(apc + KAPC_KERNEL_ROUTINE, kcall_u32(k, 2));
    store_be32(apc + KAPC_RUNDOWN_ROUTINE, kcall_u32(k, 3));
    store_be32(apc + KAPC_ROUTINE, kcall_u32(k, 4));
    store_be32(apc + KAPC_CONTEXT, kcall_u32(k, 6));
    if (!kcall_u32(k, 4)) { /* without a normal routine it is the kernel's */
        apc[KAPC_MODE] = 0;
        store_be32(apc + KAPC_CONTEXT, 0);
    }
    if (!memory_write(k->e, kcall_u32(k, 0), apc, sizeof apc))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
    return 0;
}

u64 xboxkrnl_KeInsertQueueApc(struct kcall *k)
{
    u32 guest = kcall_u32(k, 0);
    u8 block[KAPC_SIZE];
    if (!memory_read(k->e, guest, block, sizeof block))
        return sync_fault(k, FAULT_READ, guest);
    struct object *object = sync_pointer(k, load_be32(block + KAPC_THREAD), OBJECT_THREAD);
    if (!object || block[KAPC_ENQUEUED])
        return 0;
    struct thread *thread = &k->m->threads[object->body];
    struct apc apc = {
        .mode = block[KAPC_MODE] == 0 ? APC_KERNEL : APC_USER,
        .routine = load_be32(block + KAPC_ROUTINE),
        .context = load_be32(block + KAPC_CONTEXT),
        .argument1 = kcall_u32(k, 1),
        .argument2 = kcall_u32(k, 2),
        .guest = guest,
        .kernel_routine = load_be32(block + KAPC_KERNEL_ROUTINE),
    };
    memory_set32(k->e, guest + KAPC_ARGUMENT1, apc.argument1);
    memory_set32(k->e, guest + KAPC_ARGUMENT2, apc.argument2);
    memory_set8(k->e, guest + KAPC_ENQUEUED, 1);
    if (!apc_queue(k->e, thread, &apc)) {
        memory_set8(k->e, guest + KAPC_ENQUEUED, 0);
        return 0;
    }
    if (apc.mode == APC_KERNEL && thread == k->thread)
        apc_run_kernel(k, 1);
    else if (apc.mode == APC_KERNEL && thread->state == THREAD_READY)
        apc_deliver_kernel(k->e, thread, thread->cpu.r[3]);
    else if (apc.mode == APC_KERNEL && thread->state == THREAD_WAITING && !thread->suspend_count)
        wait_interrupt(k->e, thread);
    return 1;
}

/* Does nothing, and so leaves r3 alone. Titles of the vendor's later SDKs call it by the name VdVerifyMEInitCommand,
 * with the ring's first commands: on the console that is the same empty function. */
u64 xboxkrnl_KiApcNormalRoutineNop(struct kcall *k)
{
    return k->arg[0];
}

bool apc_remove(struct engine *e, u32 guest)
{
    struct machine *m = e->m;
    for (u32 t = 1; guest && t <= m->thread_pool.high; t++) {
        u32 before = 0;
        for (u32 slot = m->threads[t].apc_head; slot; slot = m->apcs[slot].next) {
            if (m->apcs[slot].guest == guest) {
                take_out(e, &m->threads[t], before, slot);
                return true;
            }
            before = slot;
        }
    }
    return false;
}

u64 xboxkrnl_KeRemoveQueueApc(struct kcall *k)
{
    return apc_remove(k->e, kcall_u32(k, 0));
}
