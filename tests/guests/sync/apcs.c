/* SPDX-License-Identifier: BSD-3-Clause
 * Kernel APCs, alerts, IRQL, priorities and processors of threads. */
#include "sync.h"

enum { KERNEL = 0 };

static u32 apc[10], dpc[7];

static void on_normal(u32 context, u32 first, u32 second)
{
    trace_add(context + first * 10 + second * 100);
}

/* Runs before the other, and may change what that is given. */
static void on_kernel(u32 *which, u32 *routine, u32 *context, u32 *first, u32 *second)
{
    trace_add(which == apc && *routine == (u32)on_normal ? 1000 : 0);
    *context += 1;
    (void)first;
    (void)second;
}

static void on_kernel_alone(u32 *which, u32 *routine, u32 *context, u32 *first, u32 *second)
{
    *routine = 0;
    trace_add(2000);
    (void)which;
    (void)context;
    (void)first;
    (void)second;
}

static void queue_apc(void *thread, void *kernel, void *normal, u32 mode)
{
    traced = 0;
    KeInitializeApc(apc, thread, kernel, NULL, normal, mode, (void *)3);
    check("an APC is queued", KeInsertQueueApc(apc, (void *)2, (void *)1, 0) == 1);
}

static volatile u32 stop;

static void spin(void *context)
{
    while (!stop)
        ;
    (void)context;
}

static u32 wait_result;

static void wait_for_ever(void *context)
{
    wait_result = wait_ms((u32)context, 50);
}

static u32 inner;

static void on_wait_within(u32 context, u32 first, u32 second)
{
    trace_add(wait_ms(inner, 100));
    (void)context;
    (void)first;
    (void)second;
}

static u64 waited;

static void wait_long(void *context)
{
    u64 before = KeQueryInterruptTime();
    wait_result = wait_ms((u32)context, 20);
    waited = KeQueryInterruptTime() - before;
}

/* An APC that waits itself, in a wait; the outer wait keeps its time and its place. */
static void check_interrupted(void)
{
    u32 event = new_event(AUTO, 0), thread = spawn(wait_long, (void *)event, 2);
    void *pointer = pointer_of(thread);
    inner = new_event(AUTO, 0);
    sleep_ms(5);
    queue_apc(pointer, NULL, (void *)on_wait_within, KERNEL);
    sleep_ms(2);
    NtSetEvent(event, NULL);
    sleep_ms(2);
    check("an APC may wait, in a wait that is not over meanwhile", traced == 0 && wait_ms(event, 0) == SUCCESS);
    NtSetEvent(inner, NULL);
    sleep_ms(1);
    check("until what it waits for comes", traced == 1 && trace[0] == SUCCESS && wait_ms(thread, 0) == TIMEOUT);
    join(thread);
    check("the wait's time is the old one", wait_result == TIMEOUT && waited >= 200000 && waited < 210000);
    ObDereferenceObject(pointer);
    thread = spawn(wait_long, (void *)event, 2);
    pointer = pointer_of(thread);
    sleep_ms(2);
    KeSuspendThread(pointer);
    queue_apc(pointer, NULL, (void *)on_normal, KERNEL);
    sleep_ms(2);
    check("not one that is suspended", traced == 0);
    KeResumeThread(pointer);
    sleep_ms(1);
    check("until that is over", traced == 1 && wait_ms(thread, 0) == TIMEOUT);
    join(thread);
    check("then it waits on", wait_result == TIMEOUT && waited >= 200000 && waited < 210000);
    ObDereferenceObject(pointer);
    NtClose(event);
    NtClose(inner);
}

static void nothing(u32 *which, u32 *routine, u32 *context, u32 *first, u32 *second)
{
    trace_add(*routine);
    (void)which;
    (void)context;
    (void)first;
    (void)second;
}

static void check_held_off(void)
{
    void *self = pointer_of(0xFFFFFFFE);
    KeEnterCriticalRegion();
    queue_apc(self, (void *)nothing, NULL, USER);
    check("without a normal routine it is the kernel's, even in a critical region", traced == 1 && trace[0] == 0);
    KeLeaveCriticalRegion();
    u32 old = KfRaiseIrql(1);
    queue_apc(self, (void *)nothing, NULL, KERNEL);
    check("not above passive level", traced == 0);
    KfLowerIrql(old);
    check("but when that is left", traced == 1);
    ObDereferenceObject(self);
}

void check_kernel_apcs(void)
{
    void *self = pointer_of(0xFFFFFFFE);
    queue_apc(self, NULL, (void *)on_normal, KERNEL);
    check("a kernel APC to oneself runs at once", traced == 1 && trace[0] == 123);
    queue_apc(self, (void *)on_kernel, (void *)on_normal, KERNEL);
    check("after its kernel routine", traced == 2 && trace[0] == 1000 && trace[1] == 124);
    queue_apc(self, (void *)on_kernel_alone, (void *)on_normal, KERNEL);
    check("which may take it back", traced == 1 && trace[0] == 2000);
    KeEnterCriticalRegion();
    queue_apc(self, NULL, (void *)on_normal, KERNEL);
    check("not in a critical region", traced == 0 && KeInsertQueueApc(apc, NULL, NULL, 0) == 0);
    KeLeaveCriticalRegion();
    check("but behind it", traced == 1);
    queue_apc(self, (void *)on_kernel, (void *)on_normal, USER);
    check("one of user mode waits", traced == 0);
    check("and may be taken out", KeRemoveQueueApc(apc) == 1 && KeRemoveQueueApc(apc) == 0);
    queue_apc(self, (void *)on_kernel, (void *)on_normal, USER);
    s64 long_ = -10000000;
    check("or ends an alertable wait", KeDelayExecutionThread(USER, 1, &long_) == USER_APC);
    check("with both its routines", traced == 2 && trace[0] == 1000 && trace[1] == 124);
    ObDereferenceObject(self);
    u32 thread = spawn(spin, NULL, 2), event = new_event(AUTO, 0);
    void *pointer = pointer_of(thread);
    sleep_ms(1);
    queue_apc(pointer, (void *)on_kernel, (void *)on_normal, KERNEL);
    sleep_ms(2);
    check("another thread that runs is interrupted", traced == 2);
    stop = 1;
    join(thread);
    check("one that ended takes none", KeInsertQueueApc(apc, NULL, NULL, 0) == 0);
    ObDereferenceObject(pointer);
    thread = spawn(wait_for_ever, (void *)event, 2);
    pointer = pointer_of(thread);
    sleep_ms(1);
    queue_apc(pointer, NULL, (void *)on_normal, KERNEL);
    sleep_ms(1);
    check("one that waits is interrupted", traced == 1 && wait_ms(thread, 0) == TIMEOUT);
    NtSetEvent(event, NULL);
    join(thread);
    check("and goes on waiting", wait_result == SUCCESS);
    ObDereferenceObject(pointer);
    NtClose(event);
    check_interrupted();
    check_held_off();
}

static volatile u32 alert_result[2];

static void wait_alertably(void *context)
{
    u32 event = new_event(AUTO, 0);
    s64 timeout = -1000000;
    alert_result[(u32)context] = NtWaitForSingleObjectEx(event, (u32)context, 1, &timeout);
    NtClose(event);
}

static u32 alert_in(u32 wait_mode, u32 alert_mode)
{
    alert_result[wait_mode] = 99;
    u32 thread = spawn(wait_alertably, (void *)wait_mode, 2);
    void *pointer = pointer_of(thread);
    sleep_ms(1);
    KeAlertThread(pointer, alert_mode);
    sleep_ms(1);
    u32 result = alert_result[wait_mode];
    u32 lives = NtSuspendThread(thread, NULL) == SUCCESS;
    check("resuming with an alert tells what NtResumeThread does", KeAlertResumeThread(pointer) == lives);
    join(thread);
    ObDereferenceObject(pointer);
    return result;
}

void check_alerts(void)
{
    void *self = pointer_of(0xFFFFFFFE);
    s64 short_ = -10000;
    check("an alert is remembered", KeAlertThread(self, USER) == 0 && KeAlertThread(self, USER) == 1);
    check("for the next wait that allows it", KeDelayExecutionThread(USER, 1, &short_) == ALERTED);
    check("once", KeDelayExecutionThread(USER, 1, &short_) == SUCCESS);
    KeAlertThread(self, USER);
    check("not for one that does not", KeDelayExecutionThread(USER, 0, &short_) == SUCCESS);
    check("it can be asked for", KeTestAlertThread(USER) == 1 && KeTestAlertThread(USER) == 0);
    KeAlertThread(self, USER);
    check("one of user mode is not for the kernel", KeDelayExecutionThread(KERNEL, 1, &short_) == SUCCESS);
    check("but stays", KeTestAlertThread(USER) == 1);
    traced = 0;
    NtQueueApcThread(0xFFFFFFFE, (void *)on_normal, (void *)1, NULL, NULL);
    NtQueueApcThread(0xFFFFFFFE, (void *)on_normal, (void *)2, NULL, NULL);
    check("asking delivers user APCs", KeTestAlertThread(USER) == 0 && traced == 2 && trace[0] == 1 && trace[1] == 2);
    ObDereferenceObject(self);
    check("a waiting thread is alerted", alert_in(USER, USER) == ALERTED);
    check("by the kernel too", alert_in(USER, KERNEL) == ALERTED);
    check("and in kernel mode", alert_in(KERNEL, KERNEL) == ALERTED);
    check("there not by user mode", alert_in(KERNEL, USER) == 99);
}

static u8 irql(void)
{
    register u32 pcr __asm__("r13");
    return *(volatile u8 *)(pcr + 0x18);
}

static u32 spun_on;

static void take_lock(void *context)
{
    (void)context;
    trace_add(1);
    u32 old = KfAcquireSpinLock(&spun_on);
    trace_add(2);
    KfReleaseSpinLock(&spun_on, old);
    trace_add(3);
}

/* A call that is made until it succeeds is one call: no APC runs in it. */
static void check_apc_while_spinning(void)
{
    traced = 0;
    KeAcquireSpinLockAtRaisedIrql(&spun_on);
    u32 thread = spawn(take_lock, NULL, 1);
    void *pointer = pointer_of(thread);
    sleep_ms(2);
    KeInitializeApc(apc, pointer, NULL, NULL, (void *)on_normal, KERNEL, (void *)4);
    KeInsertQueueApc(apc, NULL, NULL, 0);
    sleep_ms(2);
    check("a thread that spins runs no APC", traced == 1);
    KeReleaseSpinLockFromRaisedIrql(&spun_on);
    join(thread);
    check("before it has the lock and passive level again",
          traced == 4 && trace[1] == 2 && trace[2] == 4 && trace[3] == 3);
    ObDereferenceObject(pointer);
}

static volatile u32 dpc_ran;

static void on_dpc(u32 *which, u32 context, u32 first, u32 second)
{
    u32 type = KeGetCurrentProcessType();
    KeSetCurrentProcessType(2);
    dpc_ran = which == dpc && context == 5 && first == 6 && second == 7 && irql() >= 2;
    dpc_ran &= type == 0 && KeGetCurrentProcessType() == 2;
    KeSetCurrentProcessType(type);
}

static void check_priorities(void)
{
    u32 event = new_event(AUTO, 0), thread = spawn(wait_for_ever, (void *)event, 1), previous = 0;
    u8 *pointer = pointer_of(thread);
    sleep_ms(1);
    check("a thread's processor is set", KeSetAffinityThread(pointer, 8, &previous) == SUCCESS && previous == 1);
    check("and shown", pointer[0xBF] == 3);
    check("its priority", KeSetPriorityThread(pointer, 16) == 13 && KeSetPriorityThread(pointer, 15) == 16);
    check("and shown, too", pointer[0x70] == 15);
    check("a flag against boosts",
          KeSetDisableBoostThread(pointer, 1) == 0 && KeSetDisableBoostThread(pointer, 0) == 1);
    check("it is suspended", KeSuspendThread(pointer) == 0 && KeSuspendThread(pointer) == 1 && pointer[0xBC] == 2);
    NtSetEvent(event, NULL);
    sleep_ms(2);
    check("and waits then no more", wait_ms(thread, 0) == TIMEOUT);
    check("it is resumed",
          KeResumeThread(pointer) == 2 && KeResumeThread(pointer) == 1 && KeResumeThread(pointer) == 0);
    check("and ends", join(thread) == SUCCESS && wait_result == SUCCESS);
    ObDereferenceObject(pointer);
    NtClose(event);
    KeSetCurrentProcessType(2);
    check("it is of the title, and stays so", KeGetCurrentProcessType() == 1);
}

void check_irql(void)
{
    static u32 lock;
    check("IRQL is passive", irql() == 0);
    check("raised", KfRaiseIrql(1) == 0 && irql() == 1 && KeRaiseIrqlToDpcLevel() == 1 && irql() == 2);
    KeAcquireSpinLockAtRaisedIrql(&lock);
    check("a lock is taken", lock != 0 && KeTryToAcquireSpinLockAtRaisedIrql(&lock) == 0);
    KeReleaseSpinLockFromRaisedIrql(&lock);
    check("and free", lock == 0 && KeTryToAcquireSpinLockAtRaisedIrql(&lock) == 1);
    KeReleaseSpinLockFromRaisedIrql(&lock);
    KfLowerIrql(0);
    check("lowered", irql() == 0);
    KeInitializeDpc(dpc, (void *)on_dpc, (void *)5);
    check("a DPC is queued", KeInsertQueueDpc(dpc, (void *)6, (void *)7) == 1);
    sleep_ms(1);
    check("and has run, at its level", dpc_ran == 1 && KeRemoveQueueDpc(dpc) == 0);
    u64 before = KeQueryInterruptTime();
    KeStallExecutionProcessor(100);
    u64 passed = KeQueryInterruptTime() - before;
    check("a stall takes its time", passed >= 1000 && passed < 2000);
    u32 status = NtYieldExecution();
    check("a yield returns", status == SUCCESS || status == 0x40000024);
    check_priorities();
    check_apc_while_spinning();
}
