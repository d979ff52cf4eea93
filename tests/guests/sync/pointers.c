/* SPDX-License-Identifier: BSD-3-Clause
 * Dispatcher objects by address, their headers in memory, previous states; and what can be asked of those by handle. */
#include "sync.h"

static struct header event, mutant[2];
static struct {
    struct header header;
    s32 limit;
} semaphore;
static struct {
    struct header header;
    u64 due;
    u32 list[2];
    u32 dpc, period;
} timer;

static u32 wait_at(void *object, s64 ms)
{
    s64 timeout = -ms * 10000;
    return KeWaitForSingleObject(object, 3, 0, 0, ms < 0 ? NULL : &timeout);
}

static void check_event_header(void)
{
    KeInitializeEvent(&event, AUTO, 0);
    check("an event's header", event.type == 1 && event.signal == 0);
    check("is set", KeSetEvent(&event, 0, 0) == 0 && event.signal == 1);
    check("was set", KeSetEvent(&event, 0, 0) == 1);
    check("is reset", KeResetEvent(&event) == 1 && event.signal == 0 && KeResetEvent(&event) == 0);
    check("a pulse that nobody waits for", KePulseEvent(&event, 0, 0) == 0 && event.signal == 0);
    KeSetEvent(&event, 0, 0);
    check("a wait takes it", wait_at(&event, 0) == SUCCESS && event.signal == 0 && wait_at(&event, 0) == TIMEOUT);
}

static void take_once(void *context)
{
    wait_at(context, -1);
}

static void check_boost(void)
{
    void *woken = NULL;
    KeInitializeEvent(&event, AUTO, 0);
    KeSetEventBoostPriority(&event, &woken);
    check("nobody was woken", woken == NULL && event.signal == 1);
    KeResetEvent(&event);
    u32 thread = spawn(take_once, &event, 2);
    void *pointer = pointer_of(thread);
    sleep_ms(1);
    KeSetEventBoostPriority(&event, &woken);
    check("one was", woken == pointer && join(thread) == SUCCESS && event.signal == 0);
    ObDereferenceObject(pointer);
}

static void check_semaphore_header(void)
{
    KeInitializeSemaphore(&semaphore, 1, 3);
    check("a semaphore's header", semaphore.header.type == 5 && semaphore.header.signal == 1 && semaphore.limit == 3);
    check("is released", KeReleaseSemaphore(&semaphore, 0, 2, 0) == 1 && semaphore.header.signal == 3);
    check("is taken", wait_at(&semaphore, 0) == SUCCESS && semaphore.header.signal == 2);
}

static void take_and_end(void *context)
{
    wait_at(context, -1);
}

static void check_mutant_header(void)
{
    KeInitializeMutant(mutant, 1);
    check("a mutant's header", mutant[0].type == 2 && mutant[0].signal == 0);
    check("again", wait_at(mutant, 0) == SUCCESS && mutant[0].signal == -1);
    check("is given back", KeReleaseMutant(mutant, 0, 0, 0) == -1 && KeReleaseMutant(mutant, 0, 0, 0) == 0);
    check("and free", mutant[0].signal == 1);
    join(spawn(take_and_end, mutant, 2));
    check("abandoned by a thread that ended", wait_at(mutant, 0) == ABANDONED);
    KeReleaseMutant(mutant, 0, 0, 0);
}

static void check_timer_header(void)
{
    KeInitializeTimerEx(&timer, MANUAL);
    check("a timer's header", timer.header.type == 8 && timer.header.signal == 0 && timer.header.bytes[2] == 0);
    check("is set", KeSetTimer(&timer, -20000, NULL) == 0 && timer.header.bytes[2] == 1);
    check("was set", KeSetTimer(&timer, -20000, NULL) == 1);
    check("expires", wait_at(&timer, 10) == SUCCESS && timer.header.signal == 1 && timer.header.bytes[2] == 0);
    check("and stays signalled", wait_at(&timer, 0) == SUCCESS);
    KeSetTimerEx(&timer, -1000000, 5, NULL);
    check("is cancelled", timer.period == 5 && KeCancelTimer(&timer) == 1 && KeCancelTimer(&timer) == 0);
    u64 now = 0;
    KeQuerySystemTime(&now);
    check("at a time of the clock", KeSetTimer(&timer, (s64)(now + 30000), NULL) == 0);
    u64 before = KeQueryInterruptTime();
    check("it waits until then", wait_at(&timer, 100) == SUCCESS && KeQueryInterruptTime() - before < 40000);
}

static void check_several(void)
{
    void *objects[3] = {&event, &semaphore, &timer};
    s64 none = 0;
    KeResetEvent(&event);
    check("any of several, the first there is",
          KeWaitForMultipleObjects(3, objects, ANY, 3, 0, 0, &none, NULL) == 1 && semaphore.header.signal == 1);
    check("all of several are not there", KeWaitForMultipleObjects(3, objects, ALL, 3, 0, 0, &none, NULL) == TIMEOUT);
    KeSetEvent(&event, 0, 0);
    check("now they are", KeWaitForMultipleObjects(3, objects, ALL, 3, 0, 0, &none, NULL) == SUCCESS);
    check("and were taken", event.signal == 0 && semaphore.header.signal == 0 && timer.header.signal == 1);
    objects[2] = &event;
    check("all of one twice is refused", KeWaitForMultipleObjects(3, objects, ALL, 3, 0, 0, &none, NULL) == 0xC0000030);
}

/* By handle. */
static void check_queries(void)
{
    u32 handle = new_event(MANUAL, 1), words[4] = {9, 9, 9, 9};
    check("an event tells type and state", NtQueryEvent(handle, words) == SUCCESS && words[0] == 0 && words[1] == 1);
    NtClose(handle);
    handle = new_semaphore(2, 7);
    check("a semaphore its count and limit",
          NtQuerySemaphore(handle, words) == SUCCESS && words[0] == 2 && words[1] == 7);
    check("an event is none", NtQueryEvent(handle, words) == 0xC0000024);
    NtClose(handle);
    NtCreateMutant(&handle, NULL, 1);
    u8 *bytes = (u8 *)words;
    check("a mutant whose it is",
          NtQueryMutant(handle, words) == SUCCESS && words[0] == 0 && bytes[4] == 1 && bytes[5] == 0);
    NtReleaseMutant(handle, NULL);
    check("free", NtQueryMutant(handle, words) == SUCCESS && words[0] == 1 && bytes[4] == 0);
    NtClose(handle);
    NtCreateTimer(&handle, NULL, AUTO);
    s64 due = -50000;
    u64 *left = (u64 *)words;
    NtSetTimerEx(handle, &due, NULL, USER, NULL, 0, 0, NULL);
    check("a timer what is left",
          NtQueryTimer(handle, words) == SUCCESS && *left > 40000 && *left <= 50000 && !bytes[8]);
    wait_ms(handle, 10);
    check("then nothing", NtQueryTimer(handle, words) == SUCCESS && *left == 0);
    NtClose(handle);
}

static u32 ping, pong, turns;

static void answer(void *context)
{
    (void)context;
    for (u32 i = 0; i < 20; i++)
        NtSignalAndWaitForSingleObjectEx(i ? pong : ping, ping, USER, 0, NULL), turns++;
    NtSetEvent(pong, NULL);
}

static void check_signal_and_wait(void)
{
    ping = new_event(AUTO, 0);
    pong = new_event(AUTO, 0);
    u32 thread = spawn(answer, NULL, 4), good = 1;
    for (u32 i = 0; i < 20; i++) {
        s64 timeout = -1000000;
        good &= i == 19 ? wait_ms(pong, 100) == SUCCESS
                        : NtSignalAndWaitForSingleObjectEx(ping, pong, USER, 0, &timeout) == SUCCESS || i == 0;
        if (i == 18)
            NtSetEvent(ping, NULL);
    }
    check("signalling and waiting take turns", good);
    join(thread);
    u32 semaphore_ = new_semaphore(1, 1);
    s64 none = 0;
    check("not beyond a limit", NtSignalAndWaitForSingleObjectEx(semaphore_, pong, USER, 0, &none) == 0xC0000047);
    check("nor a mutant of others", NtCreateMutant(&thread, NULL, 0) == SUCCESS &&
                                        NtSignalAndWaitForSingleObjectEx(thread, pong, USER, 0, &none) == 0xC0000046);
    u32 handles[] = {ping, pong, semaphore_, thread};
    for (u32 i = 0; i < 4; i++)
        NtClose(handles[i]);
}

void check_pointers(void)
{
    check_event_header();
    check_boost();
    check_semaphore_header();
    check_mutant_header();
    check_timer_header();
    check_several();
    check_queries();
    check_signal_and_wait();
}
