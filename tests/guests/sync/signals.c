/* SPDX-License-Identifier: BSD-3-Clause
 * Events, semaphores, mutants, and waits for several of them. */
#include "sync.h"

enum { ROUNDS = 200, WAITERS = 4 };

static u32 ping, pong, rounds_seen;

static void answer(void *context)
{
    (void)context;
    for (u32 i = 0; i < ROUNDS; i++) {
        wait_ms(ping, -1);
        rounds_seen++;
        NtSetEvent(pong, NULL);
    }
}

static void check_ping_pong(void)
{
    ping = new_event(AUTO, 0);
    pong = new_event(AUTO, 0);
    u32 thread = spawn(answer, NULL, 2);
    u32 good = 1;
    for (u32 i = 0; i < ROUNDS; i++) {
        NtSetEvent(ping, NULL);
        good &= wait_ms(pong, 1000) == SUCCESS && rounds_seen == i + 1;
    }
    check("two threads take turns", good);
    check("the other ended", join(thread) == SUCCESS);
    NtClose(ping);
    NtClose(pong);
}

static u32 gate, arrivals, order[WAITERS], woken;

static void wait_at_gate(void *context)
{
    u32 number = (u32)context;
    arrivals++;
    wait_ms(gate, -1);
    order[woken++] = number;
}

/* All on one hardware thread, so that arrival is the order of creation. */
static void start_waiters(u32 *threads)
{
    arrivals = 0;
    woken = 0;
    for (u32 i = 0; i < WAITERS; i++) {
        threads[i] = spawn(wait_at_gate, (void *)i, 4);
        while (arrivals != i + 1)
            sleep_ms(1);
    }
    sleep_ms(1);
}

static void check_wake_order(void)
{
    u32 threads[WAITERS];
    gate = new_event(AUTO, 0);
    start_waiters(threads);
    u32 good = 1;
    for (u32 i = 0; i < WAITERS; i++) {
        NtSetEvent(gate, NULL);
        sleep_ms(1);
        good &= woken == i + 1 && order[i] == i;
    }
    check("an auto-reset event wakes one a set, in order", good);
    for (u32 i = 0; i < WAITERS; i++)
        join(threads[i]);
    NtClose(gate);
    gate = new_event(MANUAL, 0);
    start_waiters(threads);
    NtSetEvent(gate, NULL);
    good = 1;
    for (u32 i = 0; i < WAITERS; i++)
        good &= join(threads[i]) == SUCCESS;
    check("a manual-reset event wakes all", good && woken == WAITERS);
    check("and stays set", wait_ms(gate, 0) == SUCCESS);
    NtClearEvent(gate);
    check("until it is cleared", wait_ms(gate, 0) == TIMEOUT);
    NtClose(gate);
}

/* Who waits is woken (by an auto-reset event the first alone); nobody later is. */
static void check_pulses(void)
{
    u32 threads[WAITERS];
    s32 previous = 9;
    gate = new_event(AUTO, 0);
    check("a pulse that nobody waits for is lost",
          NtPulseEvent(gate, &previous) == SUCCESS && previous == 0 && wait_ms(gate, 0) == TIMEOUT);
    start_waiters(threads);
    u32 good = 1;
    for (u32 i = 0; i < WAITERS; i++) {
        NtPulseEvent(gate, NULL);
        sleep_ms(1);
        good &= woken == i + 1 && order[i] == i;
    }
    check("one of an auto-reset event wakes the first", good);
    for (u32 i = 0; i < WAITERS; i++)
        join(threads[i]);
    NtSetEvent(gate, NULL);
    check("it tells that the event was set", NtPulseEvent(gate, &previous) == SUCCESS && previous == 1);
    check("and leaves it reset", wait_ms(gate, 0) == TIMEOUT);
    NtClose(gate);
    gate = new_event(MANUAL, 0);
    start_waiters(threads);
    NtPulseEvent(gate, NULL);
    for (u32 i = 0; i < WAITERS; i++)
        good &= join(threads[i]) == SUCCESS;
    check("one of a manual-reset event wakes all", good && woken == WAITERS && wait_ms(gate, 0) == TIMEOUT);
    NtClose(gate);
    u32 semaphore = new_semaphore(1, 1);
    check("a semaphore has no pulse", NtPulseEvent(semaphore, NULL) == 0xC0000024);
    NtClose(semaphore);
}

void check_events(void)
{
    check_pulses();
    check_ping_pong();
    check_wake_order();
    u32 event = new_event(AUTO, 1);
    u64 before = KeQueryInterruptTime();
    check("an event may begin set", wait_ms(event, 5) == SUCCESS);
    check("a wait times out", wait_ms(event, 5) == TIMEOUT);
    u64 passed = KeQueryInterruptTime() - before;
    check("after its time", passed >= 50000 && passed < 60000);
    NtClose(event);
    check("a closed handle is none", NtSetEvent(event, NULL) == 0xC0000008);
}

static u32 items, room, produced, consumed;

static void consume(void *context)
{
    u32 count = (u32)context;
    for (u32 i = 0; i < count; i++) {
        wait_ms(items, -1);
        __sync_fetch_and_add(&consumed, 1);
        NtReleaseSemaphore(room, 1, NULL);
    }
}

void check_semaphores(void)
{
    items = new_semaphore(0, 8);
    room = new_semaphore(8, 8);
    u32 threads[2] = {spawn(consume, (void *)100, 8), spawn(consume, (void *)100, 16)};
    for (produced = 0; produced < 200; produced++) {
        wait_ms(room, -1);
        NtReleaseSemaphore(items, 1, NULL);
    }
    check("consumers end", join(threads[0]) == SUCCESS && join(threads[1]) == SUCCESS);
    check("nothing is lost or made up", consumed == 200);
    s32 previous = -1;
    check("a semaphore's limit holds", NtReleaseSemaphore(room, 1, &previous) == 0xC0000047);
    NtClose(items);
    NtClose(room);
}

static u32 mutant;

static void own_and_end(void *context)
{
    (void)context;
    wait_ms(mutant, -1);
}

void check_mutants(void)
{
    check("a mutant is created", NtCreateMutant(&mutant, NULL, 1) == SUCCESS);
    check("its owner may own it again", wait_ms(mutant, 0) == SUCCESS);
    u32 thread = spawn(own_and_end, NULL, 2);
    check("others wait", wait_ms(thread, 3) == TIMEOUT);
    s32 previous = 0;
    check("its owner gives it back", NtReleaseMutant(mutant, &previous) == SUCCESS && previous == -1);
    check("twice", NtReleaseMutant(mutant, NULL) == SUCCESS);
    check("the next one ends with it", join(thread) == SUCCESS);
    check("which the third is told", wait_ms(mutant, 100) == ABANDONED);
    check("once", NtReleaseMutant(mutant, NULL) == SUCCESS && wait_ms(mutant, 0) == SUCCESS);
    NtReleaseMutant(mutant, NULL);
    check("who does not own it cannot", NtReleaseMutant(mutant, NULL) == 0xC0000046);
    NtClose(mutant);
}

static u32 all_status, set[3];

static void wait_for_all(void *context)
{
    (void)context;
    all_status = NtWaitForMultipleObjectsEx(3, set, ALL, USER, 0, NULL);
}

void check_multiple(void)
{
    set[0] = new_event(AUTO, 0);
    set[1] = new_semaphore(0, 3);
    set[2] = new_event(MANUAL, 0);
    s64 soon = -20000;
    check("any: times out", NtWaitForMultipleObjectsEx(3, set, ANY, USER, 0, &soon) == TIMEOUT);
    NtReleaseSemaphore(set[1], 1, NULL);
    NtSetEvent(set[2], NULL);
    check("any: the first of the list", NtWaitForMultipleObjectsEx(3, set, ANY, USER, 0, NULL) == 1);
    check("any: then the next", NtWaitForMultipleObjectsEx(3, set, ANY, USER, 0, NULL) == 2);
    all_status = 1234;
    u32 thread = spawn(wait_for_all, NULL, 2);
    sleep_ms(1);
    NtSetEvent(set[0], NULL);
    sleep_ms(1);
    check("all: not before all are there", all_status == 1234);
    check("all: nothing is taken before", wait_ms(set[0], 0) == SUCCESS);
    NtReleaseSemaphore(set[1], 1, NULL);
    sleep_ms(1);
    check("all: still not", all_status == 1234);
    NtSetEvent(set[0], NULL);
    check("all: now", join(thread) == SUCCESS && all_status == SUCCESS);
    check("all: and all were taken", wait_ms(set[0], 0) == TIMEOUT && wait_ms(set[1], 0) == TIMEOUT);
    check("none is too few", NtWaitForMultipleObjectsEx(0, set, ANY, USER, 0, NULL) == 0xC00000EF);
    check("65 are too many", NtWaitForMultipleObjectsEx(65, set, ANY, USER, 0, NULL) == 0xC00000EF);
    check("all or any", NtWaitForMultipleObjectsEx(3, set, 2, USER, 0, NULL) == 0xC00000F1);
    for (u32 i = 0; i < 3; i++)
        NtClose(set[i]);
}
