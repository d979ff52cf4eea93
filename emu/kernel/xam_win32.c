/* SPDX-License-Identifier: BSD-3-Clause
 * The system library's Win32 calls: the kernel's under other names. The last error stands in the KTHREAD. */
#include "emu/kernel/layout.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/wait.h"
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

enum { CREATE_SUSPENDED_WIN32 = 4, CREATE_SUSPENDED = 1 };

static const u32 FOREVER = 0xFFFFFFFF, WAIT_FAILED = 0xFFFFFFFF;

static void set_error(struct kcall *k, u32 error)
{
    memory_set32(k->e, k->thread->kthread + KTHREAD_LAST_ERROR, error);
}

/* A status as a BOOL, with the last error. */
static u64 succeed(struct kcall *k, u32 status)
{
    if ((s32)status >= 0)
        return 1;
    set_error(k, status_dos_error(status));
    return 0;
}

u64 xam_GetLastError(struct kcall *k)
{
    return memory_get32(k->e, k->thread->kthread + KTHREAD_LAST_ERROR);
}

u64 xam_RtlGetLastError(struct kcall *k)
{
    return xam_GetLastError(k);
}

u64 xam_SetLastError(struct kcall *k)
{
    set_error(k, kcall_u32(k, 0));
    return 0;
}

u64 xam_RtlSetLastError(struct kcall *k)
{
    set_error(k, kcall_u32(k, 0));
    return 0;
}

u64 xam_RtlSetLastNTError(struct kcall *k)
{
    u32 error = status_dos_error(kcall_u32(k, 0));
    set_error(k, error);
    return error;
}

u64 xam_GetCurrentThreadId(struct kcall *k)
{
    return k->thread->id;
}

/* Milliseconds since the boot. */
u64 xam_GetTickCount(struct kcall *k)
{
    return (u32)(engine_time(k->e) / TICKS_PER_MS);
}

static u64 deadline(struct kcall *k, u32 milliseconds)
{
    return milliseconds == FOREVER ? TICKS_NEVER : engine_time(k->e) + milliseconds * TICKS_PER_MS;
}

u64 xam_XapiFormatTimeOut(struct kcall *k)
{
    u32 out = kcall_u32(k, 0), milliseconds = kcall_u32(k, 1);
    if (milliseconds == FOREVER)
        return 0;
    if (!memory_set64(k->e, out, (u64)(-10000 * (s64)milliseconds)))
        return sync_fault(k, FAULT_WRITE, out);
    return out;
}

static u64 sleep(struct kcall *k, bool alertable)
{
    struct wait_request request = {
        .deadline = deadline(k, kcall_u32(k, 0)),
        .alertable = alertable,
        .user_mode = true,
        .action = WAIT_DELAY,
    };
    return wait_file(k, &request);
}

u64 xam_Sleep(struct kcall *k)
{
    return sleep(k, false);
}

/* STATUS_USER_APC has the value of WAIT_IO_COMPLETION. */
u64 xam_SleepEx(struct kcall *k)
{
    return sleep(k, kcall_u32(k, 1));
}

u64 xam_RtlSleep(struct kcall *k)
{
    return sleep(k, kcall_u32(k, 1));
}

static u64 wait_single(struct kcall *k, bool alertable)
{
    u32 status;
    struct object *object = sync_handle(k, kcall_u32(k, 0), OBJECT_FREE, &status);
    if (object && !object->guest && object->type != OBJECT_FILE)
        status = STATUS_OBJECT_TYPE_MISMATCH;
    if (!object || status != STATUS_SUCCESS) {
        set_error(k, status_dos_error(status));
        return WAIT_FAILED;
    }
    struct wait_request request = {
        .objects = {object},
        .count = 1,
        .deadline = deadline(k, kcall_u32(k, 1)),
        .alertable = alertable,
        .user_mode = true,
    };
    return wait_file(k, &request);
}

u64 xam_WaitForSingleObject(struct kcall *k)
{
    return wait_single(k, false);
}

u64 xam_WaitForSingleObjectEx(struct kcall *k)
{
    return wait_single(k, kcall_u32(k, 2));
}

u64 xam_CloseHandle(struct kcall *k)
{
    return succeed(k, handle_close(k->e, k, kcall_u32(k, 0)) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE);
}

static u64 set_event(struct kcall *k, s32 state)
{
    u32 status;
    struct object *event = sync_handle(k, kcall_u32(k, 0), OBJECT_EVENT, &status);
    if (!event)
        return succeed(k, status);
    signal_set(k->e, event, state);
    if (state)
        wait_signal(k->e, k, event);
    return 1;
}

u64 xam_SetEvent(struct kcall *k)
{
    return set_event(k, 1);
}

u64 xam_ResetEvent(struct kcall *k)
{
    return set_event(k, 0);
}

/* The start routine gets its context, and what it returns is the thread's exit code. */
static u64 create_thread(struct kcall *k, u32 processor, u32 id_out)
{
    u32 flags = kcall_u32(k, 4) & CREATE_SUSPENDED_WIN32 ? CREATE_SUSPENDED : 0;
    struct thread_request request = {
        .start_pc = kcall_u32(k, 2),
        .entry = kcall_u32(k, 2),
        .context = kcall_u32(k, 3),
        .r3 = kcall_u32(k, 3),
        .stack_size = kcall_u32(k, 1),
        .flags = flags | (processor < HW_THREADS ? 1u << (24 + processor) : 0),
    };
    struct thread *thread = thread_create(k->e, k, &request);
    u32 handle = thread ? handle_create(k->e, k, &k->m->objects[thread->object]) : 0;
    if (!handle) {
        set_error(k, ERROR_OUTOFMEMORY);
        return 0;
    }
    if (id_out)
        memory_set32(k->e, id_out, thread->id);
    return handle;
}

u64 xam_CreateThread(struct kcall *k)
{
    return create_thread(k, HW_THREADS, kcall_u32(k, 5));
}

u64 xam_XapipCreateThread(struct kcall *k)
{
    return create_thread(k, kcall_u32(k, 5), kcall_u32(k, 6));
}

u64 xam_ResumeThread(struct kcall *k)
{
    u32 status;
    struct object *object = sync_handle(k, kcall_u32(k, 0), OBJECT_THREAD, &status);
    if (object)
        return thread_resume(k->e, &k->m->threads[object->body]);
    succeed(k, status);
    return FOREVER;
}

u64 xam_ExitThread(struct kcall *k)
{
    k->no_return = true;
    thread_exit(k->e, k->thread, kcall_u32(k, 0));
    return 0;
}

static u64 length(struct kcall *k, u32 size)
{
    u32 text = kcall_u32(k, 0), n = 0;
    for (; text; n++) {
        u32 at = text + n * size;
        if (!memory_is_readable(k->e, at, size))
            return 0; /* as the function's own handler of exceptions says */
        if (size == 2 ? memory_get16(k->e, at) == 0 : memory_get8(k->e, at) == 0)
            break;
    }
    return n;
}

u64 xam_lstrlenA(struct kcall *k)
{
    return length(k, 1);
}

u64 xam_lstrlenW(struct kcall *k)
{
    return length(k, 2);
}
