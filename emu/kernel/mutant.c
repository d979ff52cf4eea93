/* SPDX-License-Identifier: BSD-3-Clause
 * Mutants: signal state 1 is free, 0 owned once, below that owned again and again by the same thread. */
#include "emu/kernel/event.h"
#include "emu/kernel/exception.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

static void set_owner(struct engine *e, struct object *mutant, const struct thread *thread)
{
    mutant->owner = thread ? thread->id : 0;
    memory_set32(e, mutant->guest + MUTANT_OWNER, thread ? thread->kthread : 0);
}

static void abandon(struct engine *e, const struct kcall *k, struct object *mutant)
{
    set_owner(e, mutant, NULL);
    memory_set8(e, mutant->guest + MUTANT_ABANDONED, 1);
    signal_set(e, mutant, 1);
    wait_signal(e, k, mutant);
}

u32 mutant_release(struct kcall *k, struct object *mutant, bool abandoned, s32 *previous)
{
    s32 old = signal_get(k->e, mutant);
    if (abandoned) {
        *previous = old;
        abandon(k->e, k, mutant);
        return STATUS_SUCCESS;
    }
    if (mutant->owner != k->thread->id)
        return STATUS_MUTANT_NOT_OWNED;
    *previous = old;
    signal_set(k->e, mutant, old + 1);
    if (old + 1 == 1) {
        set_owner(k->e, mutant, NULL);
        wait_signal(k->e, k, mutant);
    }
    return STATUS_SUCCESS;
}

void mutant_forget_thread(struct engine *e, const struct kcall *k, const struct thread *thread)
{
    for (u32 slot = 1; slot <= e->m->object_pool.high; slot++) {
        struct object *mutant = &e->m->objects[slot];
        if (mutant->type == OBJECT_MUTANT && mutant->owner == thread->id)
            abandon(e, k, mutant);
    }
}

static void initialise(struct kcall *k, struct object *mutant, bool owned)
{
    u32 guest = mutant->guest;
    memory_set32(k->e, guest + MUTANT_LIST, guest + MUTANT_LIST);
    memory_set32(k->e, guest + MUTANT_LIST + 4, guest + MUTANT_LIST);
    memory_set32(k->e, guest + MUTANT_ABANDONED, 0);
    set_owner(k->e, mutant, owned ? k->thread : NULL);
}

u64 xboxkrnl_NtCreateMutant(struct kcall *k)
{
    struct object *made;
    bool owned = (k->arg[2] & 0xFF) != 0;
    u32 status =
        sync_create(k, kcall_u32(k, 0), kcall_u32(k, 1), OBJECT_MUTANT, MUTANT_SIZE, HEADER_MUTANT, !owned, &made);
    if (made)
        initialise(k, made, owned);
    return status;
}

u64 xboxkrnl_NtReleaseMutant(struct kcall *k)
{
    u32 status;
    struct object *mutant = sync_handle(k, kcall_u32(k, 0), OBJECT_MUTANT, &status);
    if (!mutant)
        return status;
    s32 previous;
    status = mutant_release(k, mutant, false, &previous);
    return status == STATUS_SUCCESS ? sync_out(k, kcall_u32(k, 1), (u32)previous) : status;
}

u64 xboxkrnl_NtQueryMutant(struct kcall *k)
{
    u32 status;
    struct object *mutant = sync_handle(k, kcall_u32(k, 0), OBJECT_MUTANT, &status);
    if (!mutant)
        return status;
    u8 information[8] = {0};
    store_be32(information, (u32)signal_get(k->e, mutant));
    information[4] = mutant->owner == k->thread->id;
    information[5] = memory_get8(k->e, mutant->guest + MUTANT_ABANDONED);
    return memory_write(k->e, kcall_u32(k, 1), information, sizeof information) ? STATUS_SUCCESS
                                                                                : STATUS_ACCESS_VIOLATION;
}

u64 xboxkrnl_KeInitializeMutant(struct kcall *k)
{
    u32 guest = kcall_u32(k, 0);
    bool owned = (k->arg[1] & 0xFF) != 0;
    if (!memory_is_writable(k->e, guest, MUTANT_SIZE) || !sync_header(k->e, guest, HEADER_MUTANT, !owned))
        return sync_fault(k, FAULT_WRITE, guest);
    object_initialise(k->e, k, guest, OBJECT_MUTANT);
    struct object *mutant = sync_pointer(k, guest, OBJECT_MUTANT);
    if (mutant)
        initialise(k, mutant, owned);
    return 0;
}

u64 xboxkrnl_KeReleaseMutant(struct kcall *k)
{
    struct object *mutant = sync_pointer(k, kcall_u32(k, 0), OBJECT_MUTANT);
    if (!mutant)
        return 0;
    s32 previous;
    u32 status = mutant_release(k, mutant, (k->arg[2] & 0xFF) != 0, &previous);
    return status == STATUS_SUCCESS ? (u32)previous : exception_raise(k, status);
}
