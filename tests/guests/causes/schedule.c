/* SPDX-License-Identifier: BSD-3-Clause
 * Wedges of some schedules: on the plain one each pair of operations comes in the order that goes well, some ten
 * microseconds apart. */
#include "causes.h"

static struct section section, first_lock, second_lock;
static volatile u32 ready, done;
static u32 event, semaphore, other;

static void join(u32 a, u32 b)
{
    wait_us(a, FOREVER);
    wait_us(b, FOREVER);
}

/* ---- The pulse between the look and the wait. ---- */

static void pulser(void *context)
{
    (void)context;
    compute(512);
    RtlEnterCriticalSection(&section);
    ready = 1;
    RtlLeaveCriticalSection(&section);
    NtPulseEvent(event, NULL);
    NtSetEvent(other, NULL);
    STAY;
}

static void looker(void *context)
{
    (void)context;
    compute(498);
    RtlEnterCriticalSection(&section);
    u32 seen = ready;
    RtlLeaveCriticalSection(&section);
    compute(8);
    if (!seen)
        wait_us(event, FOREVER);
    wait_us(other, FOREVER);
}

void lost_wakeup(void)
{
    RtlInitializeCriticalSection(&section);
    event = new_event(MANUAL);
    other = new_event(MANUAL);
    u32 a = spawn(looker, NULL, 1, 0);
    join(a, spawn(pulser, NULL, 2, 0));
}

/* ---- Two locks, taken in both orders. ---- */

static void forwards(void *context)
{
    (void)context;
    compute(498);
    RtlEnterCriticalSection(&first_lock);
    compute(8);
    RtlEnterCriticalSection(&second_lock);
    RtlLeaveCriticalSection(&second_lock);
    RtlLeaveCriticalSection(&first_lock);
    STAY;
}

static void backwards(void *context)
{
    (void)context;
    compute(516);
    RtlEnterCriticalSection(&second_lock);
    compute(8);
    RtlEnterCriticalSection(&first_lock);
    RtlLeaveCriticalSection(&first_lock);
    RtlLeaveCriticalSection(&second_lock);
    STAY;
}

void lock_order(void)
{
    RtlInitializeCriticalSection(&first_lock);
    RtlInitializeCriticalSection(&second_lock);
    u32 a = spawn(forwards, NULL, 1, 0);
    join(a, spawn(backwards, NULL, 2, 0));
}

/* ---- Two signals, of which the second comes before the first was taken. ---- */

static void signal_once(void)
{
    if (event)
        NtSetEvent(event, NULL);
    else
        NtReleaseSemaphore(semaphore, 1, NULL);
    STAY;
}

static void signal_twice(void *context)
{
    (void)context;
    compute(500);
    signal_once();
    compute(14);
    signal_once();
}

static void take_early(void *context)
{
    (void)context;
    compute(510);
    wait_us(event ? event : semaphore, FOREVER);
}

static void take_late(void *context)
{
    (void)context;
    compute(700);
    wait_us(event ? event : semaphore, FOREVER);
}

static void two_signals(void)
{
    u32 a = spawn(take_early, NULL, 1, 0), b = spawn(signal_twice, NULL, 2, 0);
    join(a, spawn(take_late, NULL, 3, 0));
    wait_us(b, FOREVER);
}

void auto_reset(void)
{
    event = new_event(AUTO);
    two_signals();
}

void semaphore_limit(void)
{
    NtCreateSemaphore(&semaphore, NULL, 0, 1);
    two_signals();
}

/* ---- One of middle priority turns while one of low priority has the lock. ---- */

static void low(void *context)
{
    (void)context;
    compute(506);
    RtlEnterCriticalSection(&section);
    compute(14);
    RtlLeaveCriticalSection(&section);
    STAY;
}

static void middle(void *context)
{
    (void)context;
    sleep_us(513);
    NtSetEvent(other, NULL);
    while (!done)
        compute(1);
}

static void high(void *context)
{
    (void)context;
    sleep_us(580);
    RtlEnterCriticalSection(&section);
    done = 1;
    RtlLeaveCriticalSection(&section);
    STAY;
}

void priority(void)
{
    RtlInitializeCriticalSection(&section);
    other = new_event(MANUAL);
    u32 a = spawn(high, NULL, 3, 4), b = spawn(middle, NULL, 3, 2);
    join(a, spawn(low, NULL, 3, -2));
    wait_us(b, FOREVER);
}
