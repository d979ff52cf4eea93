/* SPDX-License-Identifier: BSD-3-Clause
 * Threads, waits and errors under their Win32 names; tasks. */
#include "checks.h"

enum { INVALID_HANDLE = 6, CREATE_SUSPENDED = 4, FOREVER = 0xFFFFFFFF, WAIT_FAILED = 0xFFFFFFFF, USER_APC = 0xC0 };

static u32 event, got, apc_calls, ids[2];

static void check_errors(void)
{
    SetLastError(5);
    check("the last error", GetLastError() == 5 && RtlGetLastError() == 5);
    RtlSetLastError(6);
    check("by its other name", RtlGetLastError() == 6);
    check("from a status", RtlSetLastNTError(0xC000000D) == INVALID_PARAMETER && GetLastError() == INVALID_PARAMETER);
    SetLastError(0);
    check("a handle that is none", !CloseHandle(0x1234) && GetLastError() == INVALID_HANDLE);
    check("cannot be set", !SetEvent(0x1234) && !ResetEvent(0x1234));
    check("nor waited for", WaitForSingleObject(0x1234, 0) == WAIT_FAILED);
}

static u32 thread_main(void *context)
{
    got = (u32)context;
    ids[1] = GetCurrentThreadId();
    SetLastError(77);
    SetEvent(event);
    if (got == 2)
        ExitThread(9);
    return 3;
}

static void check_threads(void)
{
    u32 id = 0;
    NtCreateEvent(&event, NULL, 1, 0);
    SetLastError(11);
    u32 thread = CreateThread(NULL, 0x10000, (void *)thread_main, (void *)1, CREATE_SUSPENDED, &id);
    check("a thread is made", thread && id);
    check("suspended", WaitForSingleObject(event, 5) == TIMEOUT);
    check("it is resumed", ResumeThread(thread) == 1);
    check("it runs", WaitForSingleObject(event, 100) == SUCCESS && got == 1);
    check("and ends", WaitForSingleObjectEx(thread, FOREVER, 0) == SUCCESS && ids[1] == id);
    check("each has errors of its own", GetLastError() == 11);
    check("its handle is closed", CloseHandle(thread) && ResumeThread(thread) == FOREVER);
    check("an event is reset", ResetEvent(event) && WaitForSingleObject(event, 0) == TIMEOUT);
    thread = XapipCreateThread(NULL, 0x10000, (void *)thread_main, (void *)2, 0, 3, &id);
    check("on a processor", thread && WaitForSingleObject(thread, 100) == SUCCESS && got == 2);
    CloseHandle(thread);
    CloseHandle(event);
}

static void on_apc(void *context)
{
    apc_calls += (u32)context;
}

static void check_time(void)
{
    s64 timeout = 0;
    check("a time-out", XapiFormatTimeOut(&timeout, 7) == &timeout && timeout == -70000);
    check("or none", XapiFormatTimeOut(&timeout, FOREVER) == NULL);
    u32 before = GetTickCount();
    Sleep(20);
    u32 passed = GetTickCount() - before;
    check("sleep", passed >= 20 && passed <= 21);
    check("not disturbed", SleepEx(1, 1) == SUCCESS && RtlSleep(1, 0) == SUCCESS);
    NtQueueApcThread(0xFFFFFFFE, (void *)on_apc, (void *)5, NULL, NULL);
    check("or by a call, as any number but 0 lets it", SleepEx(1000, 0x100) == USER_APC && apc_calls == 5);
}

static u32 task_message[7] = {0, 0, 0, 0xABC}, task_saw, task_exits;

static void task(u32 *message)
{
    task_exits = XamTaskShouldExit(0);
    task_saw = message[3];
}

static void check_tasks(void)
{
    u32 handle = 0;
    check("a task is scheduled", XamTaskSchedule((void *)task, task_message, NULL, &handle) == SUCCESS && handle);
    check("it is over", XamTaskWaitOnCompletion(handle) == SUCCESS && task_saw == 0xABC && !task_exits);
    check("its handle goes", XamTaskCloseHandle(handle) == SUCCESS && XamTaskCloseHandle(handle) != SUCCESS);
}

void check_win32(void)
{
    static const u16 wide[] = {'a', 0x20AC, 'c', 0};
    check_errors();
    check_threads();
    check_time();
    check_tasks();
    check("lengths of strings", lstrlenA("four") == 4 && lstrlenW(wide) == 3);
    check("none has none", lstrlenA(NULL) == 0 && lstrlenW(NULL) == 0);
}
