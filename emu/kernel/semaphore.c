/* SPDX-License-Identifier: BSD-3-Clause
 * Semaphores: the signal state is the count, the limit stands behind the header. */
#include "emu/kernel/event.h"
#include "emu/kernel/exception.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

enum { SEMAPHORE_LIMIT = 0x10 };

/* On NT a count that wraps or passes the limit is refused, and so is a negative one: it would lower the count. */
u32 semaphore_release(struct kcall *k, struct object *semaphore, s32 count, s32 *previous)
{
    s32 old = signal_get(k->e, semaphore);
    s64 new = (s64)old + count;
    if (new > (s32)memory_get32(k->e, semaphore->guest + SEMAPHORE_LIMIT) || new < old) {
        object_note(k->e, k, &semaphore->refused);
        return STATUS_SEMAPHORE_LIMIT_EXCEEDED;
    }
    signal_set(k->e, semaphore, (s32) new);
    *previous = old;
    wait_signal(k->e, k, semaphore);
    return STATUS_SUCCESS;
}

u64 xboxkrnl_NtCreateSemaphore(struct kcall *k)
{
    s32 count = (s32)k->arg[2], limit = (s32)k->arg[3];
    if (limit <= 0 || count < 0 || count > limit)
        return STATUS_INVALID_PARAMETER;
    struct object *made;
    u32 status = sync_create(k, kcall_u32(k, 0), kcall_u32(k, 1), OBJECT_SEMAPHORE, SEMAPHORE_SIZE, HEADER_SEMAPHORE,
                             count, &made);
    if (made)
        memory_set32(k->e, made->guest + SEMAPHORE_LIMIT, (u32)limit);
    return status;
}

u64 xboxkrnl_NtReleaseSemaphore(struct kcall *k)
{
    u32 status;
    struct object *semaphore = sync_handle(k, kcall_u32(k, 0), OBJECT_SEMAPHORE, &status);
    if (!semaphore)
        return status;
    s32 count = (s32)k->arg[1], previous;
    if (count <= 0)
        return STATUS_INVALID_PARAMETER;
    status = semaphore_release(k, semaphore, count, &previous);
    return status == STATUS_SUCCESS ? sync_out(k, kcall_u32(k, 2), (u32)previous) : status;
}

u64 xboxkrnl_NtQuerySemaphore(struct kcall *k)
{
    u32 status;
    struct object *semaphore = sync_handle(k, kcall_u32(k, 0), OBJECT_SEMAPHORE, &status);
    if (!semaphore)
        return status;
    u8 information[8];
    store_be32(information, (u32)signal_get(k->e, semaphore));
    store_be32(information + 4, memory_get32(k->e, semaphore->guest + SEMAPHORE_LIMIT));
    return memory_write(k->e, kcall_u32(k, 1), information, sizeof information) ? STATUS_SUCCESS
                                                                                : STATUS_ACCESS_VIOLATION;
}

u64 xboxkrnl_KeInitializeSemaphore(struct kcall *k)
{
    u32 guest = kcall_u32(k, 0);
    if (!sync_header(k->e, guest, HEADER_SEMAPHORE, (s32)k->arg[1]) ||
        !memory_set32(k->e, guest + SEMAPHORE_LIMIT, kcall_u32(k, 2)))
        return sync_fault(k, FAULT_WRITE, guest);
    object_initialise(k->e, k, guest, OBJECT_SEMAPHORE);
    return 0;
}

u64 xboxkrnl_KeReleaseSemaphore(struct kcall *k)
{
    struct object *semaphore = sync_pointer(k, kcall_u32(k, 0), OBJECT_SEMAPHORE);
    if (!semaphore)
        return 0;
    s32 previous;
    u32 status = semaphore_release(k, semaphore, (s32)k->arg[2], &previous);
    return status == STATUS_SUCCESS ? (u32)previous : exception_raise(k, status);
}
