/* SPDX-License-Identifier: BSD-3-Clause
 * Checks from inside that events, semaphores, mutants, timers, APCs, critical sections, spin locks, lists and threads
 * behave as the console's. Prints a line a check; the exit code is the number of failures. */
#include "sync.h"

static u32 failures;

void check(const char *name, int good)
{
    DbgPrint("%s %s\n", good ? "ok" : "FAIL", name);
    failures += !good;
}

volatile u32 trace[TRACE], traced;

void trace_add(u32 value)
{
    if (traced < TRACE)
        trace[traced] = value;
    traced++;
}

u32 spawn(void (*start)(void *), void *context, u32 hw_mask)
{
    u32 thread = 0;
    if (ExCreateThread(&thread, 0x10000, NULL, NULL, (void *)start, context, hw_mask << 24))
        check("a thread is created", 0);
    return thread;
}

u32 wait_ms(u32 object, s64 ms)
{
    s64 timeout = -ms * 10000;
    return NtWaitForSingleObjectEx(object, USER, 0, ms < 0 ? NULL : &timeout);
}

u32 join(u32 thread)
{
    u32 status = wait_ms(thread, 10000);
    NtClose(thread);
    return status;
}

void *pointer_of(u32 thread)
{
    void *pointer = NULL;
    check("a thread has an address", ObReferenceObjectByHandle(thread, NULL, &pointer) == SUCCESS && pointer);
    return pointer;
}

void sleep_ms(s64 ms)
{
    s64 interval = -ms * 10000;
    KeDelayExecutionThread(USER, 0, &interval);
}

u32 new_event(u32 type, u32 state)
{
    u32 event = 0;
    check("an event is created", NtCreateEvent(&event, NULL, type, state) == SUCCESS && event);
    return event;
}

u32 new_semaphore(s32 count, s32 limit)
{
    u32 semaphore = 0;
    check("a semaphore is created", NtCreateSemaphore(&semaphore, NULL, count, limit) == SUCCESS && semaphore);
    return semaphore;
}

int main(void)
{
    check_events();
    check_semaphores();
    check_mutants();
    check_multiple();
    check_timers();
    check_apcs();
    check_sections();
    check_read_write_locks();
    check_spin_locks();
    check_lists();
    check_tls();
    check_threads();
    check_pointers();
    check_queues();
    check_alerts();
    check_kernel_apcs();
    check_irql();
    check_device_queues();
    check_notifications();
    check_fibers();
    check_objects();
    DbgPrint("sync: %u failures\n", failures);
    return (int)failures;
}
