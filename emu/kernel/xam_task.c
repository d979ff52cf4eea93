/* SPDX-License-Identifier: BSD-3-Clause
 * Tasks: callback(message) on a thread of its own. A task's handle is its thread's. */
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/wait.h"
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

u64 xam_XamTaskSchedule(struct kcall *k)
{
    u32 out = kcall_u32(k, 3);
    struct thread_request request = {
        .start_pc = kcall_u32(k, 0),
        .entry = kcall_u32(k, 0),
        .context = kcall_u32(k, 1),
        .r3 = kcall_u32(k, 1),
        .stack_size = k->m->title.stack_size,
    };
    if (out && !memory_is_writable(k->e, out, 4))
        return STATUS_ACCESS_VIOLATION;
    struct thread *thread = thread_create(k->e, k, &request);
    if (!thread)
        return STATUS_NO_MEMORY;
    if (out)
        memory_set32(k->e, out, handle_create(k->e, k, &k->m->objects[thread->object]));
    return STATUS_SUCCESS;
}

/* Nobody cancels a task. */
u64 xam_XamTaskShouldExit(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xam_XamTaskWaitOnCompletion(struct kcall *k)
{
    u32 status;
    struct object *object = sync_handle(k, kcall_u32(k, 0), OBJECT_THREAD, &status);
    if (!object)
        return status;
    struct wait_request request = {.objects = {object}, .count = 1, .deadline = TICKS_NEVER, .user_mode = true};
    return wait_file(k, &request);
}

u64 xam_XamTaskCloseHandle(struct kcall *k)
{
    return handle_close(k->e, k, kcall_u32(k, 0)) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}
