/* SPDX-License-Identifier: BSD-3-Clause
 * Timers, APCs, thread-local slots, and threads themselves. */
#include "sync.h"

static u32 calls, seen_context, seen_first, seen_second;

static void on_apc(u32 context, u32 first, u32 second)
{
    calls++;
    seen_context = context;
    seen_first = first;
    seen_second = second;
}

static u32 alertable_sleep(s64 ms)
{
    s64 interval = -ms * 10000;
    return KeDelayExecutionThread(USER, 1, &interval);
}

static void check_periodic(void)
{
    u32 timer = 0, beats = 0;
    s64 due = -20000;
    check("a timer is created", NtCreateTimer(&timer, NULL, AUTO) == SUCCESS);
    u64 before = KeQueryInterruptTime();
    NtSetTimerEx(timer, &due, NULL, USER, NULL, 0, 3, NULL);
    while (beats < 5 && wait_ms(timer, 100) == SUCCESS)
        beats++;
    u64 passed = KeQueryInterruptTime() - before;
    check("a periodic timer keeps its beat", beats == 5 && passed >= 140000 && passed < 142000);
    NtCancelTimer(timer, NULL);
    check("a cancelled one is silent", wait_ms(timer, 10) == TIMEOUT);
    NtClose(timer);
}

static void check_timer_apc(void)
{
    u32 timer = 0;
    s64 due = -10000;
    calls = 0;
    NtCreateTimer(&timer, NULL, MANUAL);
    NtSetTimerEx(timer, &due, (void *)on_apc, USER, (void *)77, 0, 0, NULL);
    check("a timer's APC ends an alertable delay", alertable_sleep(100) == USER_APC);
    u64 now = 0;
    KeQuerySystemTime(&now);
    u64 told = (u64)seen_second << 32 | seen_first;
    check("it is told context and time", calls == 1 && seen_context == 77 && told <= now && now - told < 20000);
    NtClose(timer);
}

/* Setting a timer that was signalled resets it; cancelling does not. */
static void check_set_again(void)
{
    u32 timer = 0, state = 9;
    s64 past = -1, later = -50000;
    NtCreateTimer(&timer, NULL, MANUAL);
    NtSetTimerEx(timer, &past, NULL, USER, NULL, 0, 0, NULL);
    check("a manual timer stays signalled", wait_ms(timer, 5) == SUCCESS && wait_ms(timer, 0) == SUCCESS);
    NtCancelTimer(timer, &state);
    check("cancelled or not", state == 1 && wait_ms(timer, 0) == SUCCESS);
    NtSetTimerEx(timer, &later, NULL, USER, NULL, 0, 0, &state);
    check("until it is set again", state == 1 && wait_ms(timer, 0) == TIMEOUT);
    u64 before = KeQueryInterruptTime();
    NtSetTimerEx(timer, &later, NULL, USER, NULL, 0, 0, &state);
    check("which counts from the last time", state == 0 && wait_ms(timer, 100) == SUCCESS);
    check("and from its beginning", KeQueryInterruptTime() - before >= 50000);
    check("a negative period is none", NtSetTimerEx(timer, &later, NULL, USER, NULL, 0, (u32)-1, NULL) == 0xC000000D);
    NtClose(timer);
}

static u32 dpc_calls;

static void on_dpc(u32 *dpc, u32 *count, u32 first, u32 second)
{
    (void)dpc;
    (void)first;
    (void)second;
    ++*count;
}

static void check_dpcs(void)
{
    u32 dpc[7], timer[10] = {0};
    KeInitializeDpc(dpc, (void *)on_dpc, &dpc_calls);
    KeInitializeTimerEx(timer, AUTO);
    KeSetTimerEx(timer, -10000, 2, dpc);
    sleep_ms(8);
    KeCancelTimer(timer);
    check("a timer's DPC runs with each beat", dpc_calls == 4);
    sleep_ms(5);
    check("and no more when it is cancelled", dpc_calls == 4);
    check("a DPC may be queued", KeInsertQueueDpc(dpc, NULL, NULL) == 1);
    sleep_ms(1);
    check("and has run soon", dpc_calls == 5);
}

void check_timers(void)
{
    check_dpcs();
    check_periodic();
    check_timer_apc();
    check_set_again();
    s64 past = -1, zero = 0;
    check("a zero delay is a yield", KeDelayExecutionThread(USER, 0, &zero) != TIMEOUT);
    check("a short delay is over soon", KeDelayExecutionThread(USER, 0, &past) == SUCCESS);
}

static u32 go, apc_result;

static void wait_alertably(void *context)
{
    (void)context;
    apc_result = NtWaitForSingleObjectEx(go, USER, 1, NULL);
}

void check_apcs(void)
{
    calls = 0;
    for (u32 i = 1; i <= 3; i++)
        NtQueueApcThread(0xFFFFFFFE, (void *)on_apc, (void *)i, (void *)10, (void *)20);
    sleep_ms(1);
    check("APCs wait for an alertable wait", calls == 0);
    check("which they end at once", alertable_sleep(1000) == USER_APC);
    check("all of them, in order", calls == 3 && seen_context == 3 && seen_first == 10 && seen_second == 20);
    check("then there are none", alertable_sleep(1) == SUCCESS);
    go = new_event(AUTO, 0);
    u32 thread = spawn(wait_alertably, NULL, 2);
    sleep_ms(1);
    NtQueueApcThread(thread, (void *)on_apc, NULL, NULL, NULL);
    check("another thread's wait too", join(thread) == SUCCESS && apc_result == USER_APC && calls == 4);
    NtClose(go);
}

static u32 slot, mismatches;

static void use_slot(void *context)
{
    if (KeTlsGetValue(slot) != NULL)
        mismatches++;
    KeTlsSetValue(slot, context);
    sleep_ms(2);
    if (KeTlsGetValue(slot) != context)
        mismatches++;
}

void check_tls(void)
{
    slot = KeTlsAlloc();
    KeTlsSetValue(slot, (void *)1);
    u32 threads[3];
    for (u32 i = 0; i < 3; i++)
        threads[i] = spawn(use_slot, (void *)(100 + i), 1u << i);
    for (u32 i = 0; i < 3; i++)
        join(threads[i]);
    check("each thread has its own value", mismatches == 0 && KeTlsGetValue(slot) == (void *)1);
    check("a slot is given back once", KeTlsFree(slot) == 1 && KeTlsFree(slot) == 0);
}

static volatile u32 steps;

static void step_for_ever(void *context)
{
    (void)context;
    for (;;) {
        steps++;
        sleep_ms(1);
    }
}

static void end_early(void *context)
{
    ExTerminateThread((u32)context);
}

static volatile u32 high_ran, low_ran, high_first;

static void note_high(void *context)
{
    (void)context;
    high_ran = 1;
    high_first = !low_ran;
}

static void note_low(void *context)
{
    (void)context;
    low_ran = 1;
}

/* Both wait for the hardware thread that this one holds; the later but higher one goes first. */
static u32 race_priorities(void)
{
    u32 low = 0, high = 0;
    void *pointer = NULL;
    high_ran = low_ran = high_first = 0;
    ExCreateThread(&low, 0x10000, NULL, NULL, (void *)note_low, NULL, SUSPENDED | 1 << 24);
    ExCreateThread(&high, 0x10000, NULL, NULL, (void *)note_high, NULL, SUSPENDED | 1 << 24);
    ObReferenceObjectByHandle(low, NULL, &pointer);
    KeSetBasePriorityThread(pointer, -2);
    u32 remembered = KeQueryBasePriorityThread(pointer) == -2;
    ObDereferenceObject(pointer);
    NtResumeThread(low, NULL);
    NtResumeThread(high, NULL);
    return join(high) == SUCCESS && join(low) == SUCCESS && high_first && remembered;
}

/* A perturbed schedule puts a thread before all others for a slice now and then, whatever its priority. */
static void check_priorities(void)
{
    enum { RACES = 8, EXCEPTIONS = 2 };
    u32 good = 0;
    for (u32 i = 0; i < RACES; i++) {
        good += race_priorities();
        sleep_ms(1);
    }
    check("threads of lower priority go later", good >= RACES - EXCEPTIONS);
}

/* Code that was just written runs, with the sweeps that a console needs. */
static void check_caches(void)
{
    static u32 code[32] __attribute__((aligned(128)));
    u32 *place = NULL, size = 4096;
    code[0] = 0x38600007; /* li r3,7 */
    code[1] = 0x4E800020; /* blr */
    check("memory for code", NtAllocateVirtualMemory((void **)&place, &size, 0x3000, 0x40, 0) == SUCCESS);
    memcpy(place, code, sizeof code);
    KeSweepDcacheRange(place, sizeof code);
    KeSweepIcacheRange(place, sizeof code);
    KeFlushEntireTb();
    KeFlushCurrentEntireTb();
    u32 (*run)(void) = (u32(*)(void))place;
    check("code that was written runs", run() == 7);
    place[0] = 0x38600008; /* li r3,8 */
    KeFlushCacheRange(place, sizeof code);
    KeSweepIcacheRange(place, sizeof code);
    check("and runs anew when it changed", run() == 8);
    NtFreeVirtualMemory((void **)&place, &size, 0x8000, 0);
    check("a routine for APCs that need none", KiApcNormalRoutineNop(0, 0) == 0);
    u8 *own = pointer_of(0xFFFFFFFE);
    KeEnableFpuExceptions(1);
    check("a thread shows that it wants exceptions of floating point", own[0x71] == 1);
    KeEnableFpuExceptions(0);
    check("or not", own[0x71] == 0);
    ObDereferenceObject(own);
}

static u32 stack_size;

static void show_stack(void *context)
{
    (void)context;
    void *limits[2];
    RtlGetStackLimits(&limits[0], &limits[1]);
    stack_size = (u32)limits[1] - (u32)limits[0];
}

/* The title's header gives it: what mkxex writes there, 256 KiB. */
static void check_stacks(void)
{
    static const u32 asked[] = {0, 0x1000, 0x10001, 0x50000}, given[] = {0x40000, 0x10000, 0x20000, 0x50000};
    for (u32 i = 0; i < 4; i++) {
        u32 thread = 0;
        ExCreateThread(&thread, asked[i], NULL, NULL, (void *)show_stack, NULL, 0);
        join(thread);
        check("a thread's stack is as large as asked, or as the title's header says", stack_size == given[i]);
    }
    u8 *own = pointer_of(0xFFFFFFFE);
    check("which its process knows", *(u32 *)(*(u8 **)(own + 0x84) + 0x1C) == 0x40000);
    ObDereferenceObject(own);
}

void check_threads(void)
{
    check_caches();
    check_stacks();
    u32 thread = spawn(step_for_ever, NULL, 2), count = 0;
    sleep_ms(5);
    check("a thread runs beside", steps > 0);
    NtSuspendThread(thread, &count);
    sleep_ms(1);
    u32 before = steps;
    sleep_ms(5);
    check("not when suspended", count == 0 && steps == before);
    NtSuspendThread(thread, &count);
    NtResumeThread(thread, NULL);
    sleep_ms(5);
    check("nor when resumed once of twice", count == 1 && steps == before);
    NtResumeThread(thread, &count);
    sleep_ms(5);
    check("then it goes on", count == 1 && steps > before);
    NtSuspendThread(thread, NULL);
    NtClose(thread);
    u32 ended = spawn(end_early, (void *)5, 2);
    void *pointer = NULL;
    ObReferenceObjectByHandle(ended, NULL, &pointer);
    check("a thread may end itself", join(ended) == SUCCESS);
    check("its exit status can be read", pointer && *(u32 *)((u8 *)pointer + 0x140) == 5);
    ObDereferenceObject(pointer);
    check_priorities();
}
