/* SPDX-License-Identifier: BSD-3-Clause
 * The exports that wait. Wait types are NT's: 0 all, 1 any. */
#include "emu/kernel/event.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

enum { WAIT_TYPE_ALL = 0, WAIT_TYPE_ANY = 1 };

/* Only the low byte of a processor mode or flag counts: callers leave rubbish above. */
static bool flag(const struct kcall *k, u32 i)
{
    return (k->arg[i] & 0xFF) != 0;
}

/* Waits on request->objects, which may have come from handles or addresses. */
static u64 wait_on(struct kcall *k, struct wait_request *request, u32 mode, u32 alertable, u32 timeout)
{
    u32 ea = kcall_u32(k, timeout);
    if (ea && !memory_is_readable(k->e, ea, 8))
        return sync_fault(k, FAULT_READ, ea);
    request->user_mode = flag(k, mode);
    request->alertable = flag(k, alertable);
    request->deadline = wait_deadline(k->e, ea);
    return wait_file(k, request);
}

static bool is_waitable(const struct object *object)
{
    return object->guest != 0 || object->type == OBJECT_FILE;
}

u64 xboxkrnl_NtWaitForSingleObjectEx(struct kcall *k)
{
    u32 status;
    struct object *object = sync_handle(k, kcall_u32(k, 0), OBJECT_FREE, &status);
    if (!object)
        return status;
    if (!is_waitable(object))
        return STATUS_OBJECT_TYPE_MISMATCH;
    struct wait_request request = {.objects = {object}, .count = 1};
    return wait_on(k, &request, 1, 2, 3);
}

u64 xboxkrnl_KeWaitForSingleObject(struct kcall *k)
{
    struct object *object = sync_pointer(k, kcall_u32(k, 0), OBJECT_FREE);
    if (!object)
        return 0;
    struct wait_request request = {.objects = {object}, .count = 1};
    return wait_on(k, &request, 2, 3, 4);
}

static u32 check_counts(u32 count, u32 type)
{
    if (count == 0 || count > WAIT_OBJECTS_MAX)
        return STATUS_INVALID_PARAMETER_1;
    return type > WAIT_TYPE_ANY ? STATUS_INVALID_PARAMETER_3 : STATUS_SUCCESS;
}

u64 xboxkrnl_NtWaitForMultipleObjectsEx(struct kcall *k)
{
    u32 count = kcall_u32(k, 0), bad = check_counts(count, kcall_u32(k, 2));
    if (bad)
        return bad;
    u8 handles[WAIT_OBJECTS_MAX * 4];
    if (!memory_read(k->e, kcall_u32(k, 1), handles, count * 4))
        return STATUS_ACCESS_VIOLATION;
    struct wait_request request = {.count = count, .all = kcall_u32(k, 2) == WAIT_TYPE_ALL};
    for (u32 i = 0; i < count; i++) {
        u32 status;
        request.objects[i] = sync_handle(k, load_be32(handles + i * 4), OBJECT_FREE, &status);
        if (!request.objects[i])
            return status;
        if (!is_waitable(request.objects[i]))
            return STATUS_OBJECT_TYPE_MISMATCH;
    }
    return wait_on(k, &request, 3, 4, 5);
}

/* The references keep what was found while the rest is looked for. */
static u32 gather(struct kcall *k, struct wait_request *request, const u8 *pointers)
{
    u32 found = 0;
    for (; found < request->count; found++) {
        request->objects[found] = sync_pointer(k, load_be32(pointers + found * 4), OBJECT_FREE);
        if (!request->objects[found])
            break;
        object_reference(k->e, request->objects[found]);
    }
    return found;
}

u64 xboxkrnl_KeWaitForMultipleObjects(struct kcall *k)
{
    u32 count = kcall_u32(k, 0), bad = check_counts(count, kcall_u32(k, 2));
    if (bad)
        return bad;
    u8 pointers[WAIT_OBJECTS_MAX * 4];
    if (!memory_read(k->e, kcall_u32(k, 1), pointers, count * 4))
        return sync_fault(k, FAULT_READ, kcall_u32(k, 1));
    struct wait_request request = {.count = count, .all = kcall_u32(k, 2) == WAIT_TYPE_ALL};
    u32 found = gather(k, &request, pointers);
    u64 result = found == count ? wait_on(k, &request, 4, 5, 6) : 0;
    for (u32 i = 0; i < found; i++)
        object_release(k->e, request.objects[i]);
    return result;
}

u64 xboxkrnl_NtSignalAndWaitForSingleObjectEx(struct kcall *k)
{
    u32 status;
    struct object *signal = sync_handle(k, kcall_u32(k, 0), OBJECT_FREE, &status);
    if (!signal)
        return status;
    struct object *object = sync_handle(k, kcall_u32(k, 1), OBJECT_FREE, &status);
    if (!object)
        return status;
    if (!is_waitable(object))
        return STATUS_OBJECT_TYPE_MISMATCH;
    s32 previous;
    if (signal->type == OBJECT_EVENT)
        event_set(k, signal);
    else if (signal->type == OBJECT_MUTANT)
        status = mutant_release(k, signal, false, &previous);
    else if (signal->type == OBJECT_SEMAPHORE)
        status = semaphore_release(k, signal, 1, &previous);
    else
        status = STATUS_OBJECT_TYPE_MISMATCH;
    if (status != STATUS_SUCCESS)
        return status;
    struct wait_request request = {.objects = {object}, .count = 1};
    return wait_on(k, &request, 2, 3, 4);
}

u64 xboxkrnl_NtYieldExecution(struct kcall *k)
{
    const struct thread *thread = k->thread;
    const struct hw *hw = &k->m->hw[thread->hw];
    bool alone = hw->first[thread->priority] == hw->last[thread->priority];
    sched_give_up(k->e);
    return alone ? STATUS_NO_YIELD_PERFORMED : STATUS_SUCCESS;
}

u64 xboxkrnl_KeDelayExecutionThread(struct kcall *k)
{
    u32 ea = kcall_u32(k, 2);
    if (!memory_is_readable(k->e, ea, 8))
        return sync_fault(k, FAULT_READ, ea);
    struct wait_request request = {.action = WAIT_DELAY};
    bool alerted = flag(k, 1) && (k->thread->alerted || (flag(k, 0) && apc_is_user_pending(k->m, k->thread)));
    if (memory_get64(k->e, ea) == 0 && !alerted)
        return xboxkrnl_NtYieldExecution(k);
    return wait_on(k, &request, 0, 1, 2);
}
