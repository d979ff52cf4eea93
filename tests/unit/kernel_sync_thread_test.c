/* SPDX-License-Identifier: BSD-3-Clause
 * Threads, what titles see of them in memory, TLS, critical sections, spin locks, and callbacks on a thread's stack. */
#include "tests/unit/kernel_sync_bench.h"

#include "emu/kernel/layout.h"

enum { SECTION = BENCH_DATA + 0x800, ROUTINE = 0x42030000 };

static u32 create_thread(struct bench *b, u32 startup, u32 start, u32 context, u32 flags)
{
    assert_int_equal(
        bench_call(b, 1, ExCreateThread, BENCH_DATA, 0x8000, BENCH_DATA + 4, startup, start, context, flags),
        STATUS_SUCCESS);
    return bench_word(b, BENCH_DATA + 4);
}

static void test_new_thread_begins_at_its_start_up_routine(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    b->lr = 0x82005000;
    u32 id = create_thread(b, 0x42000100, 0x42000200, 0x1234, 0x04000001);
    struct thread *thread = bench_thread(b, id);
    assert_int_equal(thread->state, THREAD_SUSPENDED);
    assert_int_equal(thread->cpu.pc, 0x42000100);
    assert_int_equal(thread->cpu.r[3], 0x42000200);
    assert_int_equal(thread->cpu.r[4], 0x1234);
    assert_int_equal(thread->cpu.r[13], thread->pcr);
    assert_int_equal(thread->cpu.lr, BENCH_RETURN_PC);
    assert_int_equal(thread->hw, 2);
    assert_int_equal(thread->entry, 0x42000200);
    const struct event *event = bench_event(b, EVENT_thread_create, 1);
    assert_int_equal(event->v[F_thread_create_entry], 0x42000200);
    assert_int_equal(event->v[F_thread_create_stack], 0x8000);
    assert_int_equal(event->v[F_thread_create_ordinal], 0);
    assert_int_equal(event->lr, 0x82005000);
    u32 handle = bench_word(b, BENCH_DATA);
    assert_int_equal(bench_call(b, 1, NtResumeThread, handle, BENCH_DATA + 8), STATUS_SUCCESS);
    assert_int_equal(bench_word(b, BENCH_DATA + 8), 1);
    assert_true(bench_is_ready(b, id));
    u32 plain = create_thread(b, 0, 0x42000200, 0x55, 0);
    assert_int_equal(bench_thread(b, plain)->cpu.pc, 0x42000200);
    assert_int_equal(bench_thread(b, plain)->cpu.r[3], 0x55);
    assert_int_equal(bench_thread(b, plain)->spawn_ordinal, 1);
    assert_true(bench_thread(b, plain)->lineage != thread->lineage);
    bench_destroy(b);
}

static void test_structures_in_guest_memory(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    u32 id = create_thread(b, 0, 0x42000200, 0, 0x08000000);
    struct thread *thread = bench_thread(b, id);
    u32 kthread = bench_word(b, thread->pcr + 0x100);
    assert_int_equal(kthread, thread->kthread);
    assert_int_equal(memory_get8(b->e, kthread), HEADER_THREAD);
    assert_int_equal(bench_word(b, kthread + 0x14C), id);
    assert_int_equal(bench_word(b, kthread + 0x150), 0x42000200);
    assert_int_equal(memory_get8(b->e, thread->pcr + 0x10C), 3);
    assert_int_equal(bench_word(b, thread->pcr), thread->tls);
    assert_int_equal(bench_word(b, kthread + 0x68), thread->tls);
    assert_int_equal(bench_word(b, kthread + 0x5C), thread->stack_base);
    assert_int_equal(thread->stack_base - thread->stack_limit, 0x10000);
    assert_int_equal(bench_word(b, (u32)thread->cpu.r[1]), 0);
    assert_int_equal(thread->cpu.r[1] % 16, 0);
    u32 process = bench_word(b, kthread + KTHREAD_PROCESS);
    assert_int_equal(process, bench_word(b, bench_thread(b, 1)->kthread + KTHREAD_PROCESS));
    assert_int_equal(memory_get8(b->e, process + KPROCESS_TYPE), 1);
    assert_int_equal(bench_call(b, 1, KeSetAffinityThread, kthread, 0x20, BENCH_DATA), STATUS_SUCCESS);
    assert_int_equal(bench_word(b, BENCH_DATA), 8);
    assert_int_equal(memory_get8(b->e, thread->pcr + 0x10C), 5);
    assert_int_equal(bench_call(b, 1, KeSetAffinityThread, kthread, 0, 0), STATUS_INVALID_PARAMETER);
    bench_destroy(b);
}

static void test_base_priorities(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    u32 kthread = bench_thread(b, 1)->kthread;
    assert_int_equal(bench_thread(b, 1)->priority, 13);
    assert_int_equal(bench_call(b, 1, KeSetBasePriorityThread, kthread, 2), 0);
    assert_int_equal(bench_thread(b, 1)->priority, 15);
    assert_int_equal(bench_call(b, 1, KeSetBasePriorityThread, kthread, (u32)-16), 2);
    assert_int_equal(bench_thread(b, 1)->priority, 10);
    assert_int_equal((s32)bench_call(b, 1, KeQueryBasePriorityThread, kthread), -16);
    assert_int_equal((s32)bench_call(b, 1, KeSetBasePriorityThread, kthread, 16), -16);
    assert_int_equal(bench_thread(b, 1)->priority, 17);
    bench_destroy(b);
}

static void test_a_routine_that_does_nothing(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    assert_int_equal(bench_call(b, 1, KiApcNormalRoutineNop, 0x1234, 19), 0x1234);
    bench_destroy(b);
}

static void test_suspend_counts(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 handle = handle_create(b->e, NULL, &b->m->objects[bench_thread(b, 2)->object]);
    for (u32 i = 0; i < 127; i++) {
        assert_int_equal(bench_call(b, 1, NtSuspendThread, handle, BENCH_DATA), STATUS_SUCCESS);
        assert_int_equal(bench_word(b, BENCH_DATA), i);
    }
    assert_int_equal(bench_call(b, 1, NtSuspendThread, handle, 0), STATUS_SUSPEND_COUNT_EXCEEDED);
    for (u32 i = 127; i > 0; i--) {
        assert_false(bench_is_ready(b, 2));
        bench_call(b, 1, NtResumeThread, handle, BENCH_DATA);
        assert_int_equal(bench_word(b, BENCH_DATA), i);
    }
    assert_true(bench_is_ready(b, 2));
    assert_int_equal(bench_call(b, 1, NtResumeThread, handle, BENCH_DATA), STATUS_SUCCESS);
    assert_int_equal(bench_word(b, BENCH_DATA), 0);
    /* Itself: the call is over, but it does not run on. */
    assert_int_equal(bench_call(b, 1, NtSuspendThread, 0xFFFFFFFE, 0), STATUS_SUCCESS);
    assert_int_equal(bench_thread(b, 1)->state, THREAD_SUSPENDED);
    bench_destroy(b);
}

static void test_tls(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    b->m->title.tls_slots = 0;
    u32 first = (u32)bench_call(b, 1, KeTlsAlloc, 0);
    assert_int_equal(bench_call(b, 1, KeTlsSetValue, first, 77), 1);
    assert_int_equal(bench_call(b, 1, KeTlsGetValue, first), 77);
    assert_int_equal(bench_call(b, 2, KeTlsGetValue, first), 0);
    assert_int_equal(bench_word(b, bench_thread(b, 1)->tls - 4 * (first + 1)), 77);
    u32 taken = 1;
    while ((u32)bench_call(b, 1, KeTlsAlloc, 0) != 0xFFFFFFFF)
        taken++;
    assert_int_equal(taken, 64);
    assert_int_equal(bench_call(b, 2, KeTlsFree, first), 1);
    assert_int_equal(bench_call(b, 2, KeTlsFree, first), 0);
    assert_int_equal(bench_call(b, 2, KeTlsFree, 0xFFFFFFFF), 0);
    assert_int_equal(bench_call(b, 2, KeTlsAlloc, 0), first);
    assert_int_equal(bench_call(b, 1, KeTlsGetValue, first), 0);
    assert_int_equal(bench_call(b, 1, KeTlsSetValue, 1000000, 1), 0);
    bench_destroy(b);
}

static void test_static_tls_data_comes_first(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    memory_set32(b->e, BENCH_DATA + 0x3000, 0xCAFEF00D);
    b->m->title.tls_data = BENCH_DATA + 0x3000;
    b->m->title.tls_raw_size = 4;
    b->m->title.tls_data_size = 0x20;
    u32 id = create_thread(b, 0, 0x42000200, 0, 0);
    u32 tls = bench_thread(b, id)->tls;
    assert_int_equal(bench_word(b, tls), 0xCAFEF00D);
    assert_int_equal(bench_word(b, tls + 4), 0);
    bench_destroy(b);
}

static void test_critical_section_goes_from_hand_to_hand(void **state)
{
    (void)state;
    struct bench *b = bench_create(4);
    bench_call(b, 1, RtlInitializeCriticalSectionAndSpinCount, SECTION, 1000);
    assert_int_equal(memory_get8(b->e, SECTION + 1), 4);
    assert_int_equal((s32)bench_word(b, SECTION + 0x10), -1);
    bench_call(b, 1, RtlEnterCriticalSection, SECTION);
    bench_call(b, 1, RtlEnterCriticalSection, SECTION);
    assert_int_equal(bench_word(b, SECTION + 0x14), 2);
    assert_int_equal(bench_word(b, SECTION + 0x18), bench_thread(b, 1)->kthread);
    assert_int_equal(bench_call(b, 2, RtlTryEnterCriticalSection, SECTION), 0);
    bench_call(b, 2, RtlEnterCriticalSection, SECTION);
    assert_true(b->blocked);
    bench_call(b, 3, RtlEnterCriticalSection, SECTION);
    assert_int_equal(bench_word(b, SECTION + 0x10), 3);
    bench_call(b, 1, RtlLeaveCriticalSection, SECTION);
    assert_false(bench_is_ready(b, 2));
    bench_call(b, 1, RtlLeaveCriticalSection, SECTION);
    assert_true(bench_is_ready(b, 2) && !bench_is_ready(b, 3));
    assert_int_equal(bench_word(b, SECTION + 0x18), bench_thread(b, 2)->kthread);
    /* Nobody comes in between. */
    assert_int_equal(bench_call(b, 4, RtlTryEnterCriticalSection, SECTION), 0);
    bench_call(b, 2, RtlLeaveCriticalSection, SECTION);
    bench_call(b, 3, RtlLeaveCriticalSection, SECTION);
    assert_int_equal((s32)bench_word(b, SECTION + 0x10), -1);
    assert_int_equal(bench_word(b, SECTION + 0x18), 0);
    assert_int_equal(bench_call(b, 4, RtlTryEnterCriticalSection, SECTION), 1);
    assert_int_equal(bench_call(b, 4, RtlTryEnterCriticalSection, SECTION), 1);
    bench_destroy(b);
}

/* A section that was never initialised (all zero) looks locked, and is waited on for ever, as on the console. */
static void test_uninitialised_section_blocks(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    bench_call(b, 1, RtlEnterCriticalSection, SECTION);
    assert_true(b->blocked);
    bench_destroy(b);
}

static void test_section_in_wild_memory_is_a_fault(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    bench_call(b, 1, RtlEnterCriticalSection, 0x20);
    assert_int_equal(bench_thread(b, 1)->cpu.fault, FAULT_WRITE);
    bench_destroy(b);
}

static void test_spin_lock(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 lock = BENCH_DATA + 0x900;
    assert_int_equal(bench_call(b, 1, KfAcquireSpinLock, lock), 0);
    assert_int_equal(bench_word(b, lock), bench_thread(b, 1)->pcr);
    assert_int_equal(memory_get8(b->e, bench_thread(b, 1)->pcr + 0x18), 2);
    assert_int_equal(bench_call(b, 2, KeTryToAcquireSpinLockAtRaisedIrql, lock), 0);
    bench_call(b, 2, KfAcquireSpinLock, lock);
    assert_true(b->retry);
    assert_int_equal(bench_thread(b, 2)->irql, 0);
    bench_call(b, 1, KfReleaseSpinLock, lock, 0);
    assert_int_equal(bench_call(b, 2, KfAcquireSpinLock, lock), 0);
    assert_false(b->retry);
    assert_int_equal(bench_call(b, 1, KeRaiseIrqlToDpcLevel, 0), 0);
    assert_int_equal(bench_call(b, 1, KfRaiseIrql, 3), 2);
    bench_call(b, 1, KfLowerIrql, 1);
    assert_int_equal(bench_thread(b, 1)->irql, 1);
    bench_destroy(b);
}

static void test_user_apc_ends_an_alertable_wait(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    struct thread *thread = bench_thread(b, 2);
    u32 event = bench_create_event(b, 1, 0);
    u32 handle = handle_create(b->e, NULL, &b->m->objects[thread->object]);
    thread->cpu.r[14] = 0x1122334455667788;
    thread->cpu.pc = 0x42000300;
    u64 stack = thread->cpu.r[1];
    bench_call(b, 2, NtWaitForSingleObjectEx, event, 1, 1, 0);
    assert_true(b->blocked);
    assert_int_equal(bench_call(b, 1, NtQueueApcThread, handle, ROUTINE, 10, 20, 30), STATUS_SUCCESS);
    assert_true(bench_is_ready(b, 2));
    assert_int_equal(thread->cpu.pc, ROUTINE);
    assert_int_equal(thread->cpu.r[3], 10);
    assert_int_equal(thread->cpu.r[5], 30);
    assert_int_equal(thread->cpu.lr, BENCH_RETURN_PC + 16);
    assert_true(thread->cpu.r[1] < stack - sizeof(struct ppc));
    assert_int_equal(bench_event(b, EVENT_wait_end, 2)->v[F_wait_end_status], STATUS_USER_APC);
    /* Two more come while it runs: both run before the wait returns. */
    bench_call(b, 1, NtQueueApcThread, handle, ROUTINE + 0x10, 1, 0, 0);
    bench_call(b, 1, NtQueueApcThread, handle, ROUTINE + 0x20, 2, 0, 0);
    thread->cpu.r[14] = 0;
    callback_on_return(b->e, thread);
    assert_int_equal(thread->cpu.pc, ROUTINE + 0x10);
    callback_on_return(b->e, thread);
    assert_int_equal(thread->cpu.pc, ROUTINE + 0x20);
    callback_on_return(b->e, thread);
    assert_int_equal(thread->cpu.pc, 0x42000300);
    assert_int_equal(thread->cpu.r[3], STATUS_USER_APC);
    assert_true(thread->cpu.r[14] == 0x1122334455667788 && thread->cpu.r[1] == stack);
    assert_int_equal(thread->in_callback, 0);
    bench_destroy(b);
}

static void test_apc_before_the_wait(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 event = bench_create_event(b, 1, 0);
    u32 handle = handle_create(b->e, NULL, &b->m->objects[bench_thread(b, 2)->object]);
    bench_call(b, 1, NtQueueApcThread, handle, ROUTINE, 0, 0, 0);
    /* Not alertable: the APC stays. */
    bench_call(b, 2, NtWaitForSingleObjectEx, event, 1, 0, 0);
    assert_true(b->blocked);
    bench_call(b, 1, NtSetEvent, event, 0);
    bench_call(b, 2, KeDelayExecutionThread, 1, 1, bench_timeout(b, 5));
    assert_true(b->no_return && !b->blocked);
    assert_int_equal(bench_thread(b, 2)->cpu.pc, ROUTINE);
    assert_int_equal(bench_event(b, EVENT_return, 2)->v[F_return_result], STATUS_USER_APC);
    callback_on_return(b->e, bench_thread(b, 2));
    assert_int_equal(bench_result(b, 2), STATUS_USER_APC);
    bench_destroy(b);
}

static void test_timer_apc_goes_to_its_setter(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    bench_call(b, 1, NtCreateTimer, BENCH_DATA, 0, 0);
    u32 timer = bench_word(b, BENCH_DATA);
    bench_call(b, 2, NtSetTimerEx, timer, bench_timeout(b, 1), ROUTINE, 1, 99, 0, 0, 0);
    bench_call(b, 2, KeDelayExecutionThread, 1, 1, bench_timeout(b, 50));
    bench_time(b, 1000 + TICKS_PER_MS);
    assert_int_equal(bench_thread(b, 2)->cpu.pc, ROUTINE);
    assert_int_equal(bench_thread(b, 2)->cpu.r[3], 99);
    u64 now = BENCH_BOOT_TIME + (1000 + TICKS_PER_MS) / 5;
    assert_true(bench_thread(b, 2)->cpu.r[4] == (u32)now && bench_thread(b, 2)->cpu.r[5] == now >> 32);
    bench_destroy(b);
}

static void test_kernel_apcs_and_critical_regions(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 apc = BENCH_DATA + 0xB80;
    bench_thread(b, 1)->cpu.pc = 0x42000300;
    bench_call(b, 1, KeInitializeApc, apc, bench_thread(b, 1)->kthread, 0, 0, ROUTINE, 0, 11);
    bench_call(b, 1, KeEnterCriticalRegion, 0);
    assert_int_equal(bench_call(b, 1, KeInsertQueueApc, apc, 12, 13, 0), 1);
    assert_false(b->no_return);
    assert_int_equal(bench_call(b, 1, KeInsertQueueApc, apc, 12, 13, 0), 0);
    assert_int_equal(bench_call(b, 1, KeRemoveQueueApc, apc), 1);
    assert_int_equal(bench_call(b, 1, KeRemoveQueueApc, apc), 0);
    assert_int_equal(bench_call(b, 1, KeInsertQueueApc, apc, 12, 13, 0), 1);
    bench_call(b, 1, KeLeaveCriticalRegion, 0);
    assert_true(b->no_return);
    assert_int_equal(bench_thread(b, 1)->cpu.pc, ROUTINE);
    assert_int_equal(bench_thread(b, 1)->cpu.r[3], 11);
    assert_int_equal(bench_thread(b, 1)->cpu.r[5], 13);
    callback_on_return(b->e, bench_thread(b, 1));
    assert_int_equal(bench_thread(b, 1)->cpu.pc, 0x42000300);
    /* A user APC of the same kind waits for an alertable wait. */
    bench_call(b, 1, KeInitializeApc, apc, bench_thread(b, 2)->kthread, 0, 0, ROUTINE, 1, 11);
    assert_int_equal(bench_call(b, 1, KeInsertQueueApc, apc, 0, 0, 0), 1);
    bench_call(b, 2, KeDelayExecutionThread, 1, 1, bench_timeout(b, 5));
    assert_int_equal(bench_thread(b, 2)->cpu.pc, ROUTINE);
    bench_destroy(b);
}

static void test_threads_by_pointer(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 kthread = bench_thread(b, 2)->kthread;
    assert_int_equal(bench_call(b, 1, KeSuspendThread, kthread), 0);
    assert_false(bench_is_ready(b, 2));
    assert_int_equal(bench_call(b, 1, KeResumeThread, kthread), 1);
    assert_true(bench_is_ready(b, 2));
    assert_int_equal(bench_call(b, 1, KeSetPriorityThread, kthread, 20), 13);
    assert_int_equal(bench_call(b, 1, KeSetPriorityThread, kthread, 13), 20);
    assert_int_equal(bench_thread(b, 2)->priority, 13);
    assert_int_equal(bench_call(b, 1, KeSetDisableBoostThread, kthread, 1), 0);
    assert_int_equal(bench_call(b, 1, KeSetDisableBoostThread, kthread, 0), 1);
    assert_int_equal(bench_call(b, 1, KeGetCurrentProcessType, 0), 1);
    assert_int_equal(bench_call(b, 1, NtYieldExecution, 0), STATUS_SUCCESS);
    bench_call(b, 1, KeSuspendThread, kthread);
    assert_int_equal(bench_call(b, 1, NtYieldExecution, 0), STATUS_NO_YIELD_PERFORMED);
    bench_call(b, 1, KeSuspendThread, BENCH_DATA);
    assert_int_equal(bench_thread(b, 1)->cpu.stop, CPU_FAULT);
    bench_destroy(b);
}

static void test_dpcs_run_one_after_another(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    u32 dpc = BENCH_DATA + 0xB00, second = BENCH_DATA + 0xB20, timer = BENCH_DATA + 0xB40;
    bench_call(b, 1, KeInitializeDpc, dpc, ROUTINE, 5);
    bench_call(b, 1, KeInitializeDpc, second, ROUTINE + 0x10, 6);
    assert_int_equal(bench_call(b, 1, KeInsertQueueDpc, dpc, 1, 2), 1);
    struct thread *thread = &b->m->threads[b->m->service[SERVICE_DPC]];
    assert_int_equal(thread->state, THREAD_READY);
    assert_int_equal(thread->priority, 31);
    assert_true(thread->lineage != bench_thread(b, 1)->lineage);
    assert_int_equal(thread->cpu.pc, ROUTINE);
    assert_int_equal(thread->cpu.r[3], dpc);
    assert_int_equal(thread->cpu.r[4], 5);
    assert_int_equal(thread->cpu.r[6], 2);
    assert_int_equal(bench_call(b, 1, KeInsertQueueDpc, second, 3, 4), 1);
    assert_int_equal(bench_call(b, 1, KeInsertQueueDpc, second, 3, 4), 0);
    assert_int_equal(bench_call(b, 1, KeRemoveQueueDpc, second), 1);
    assert_int_equal(bench_call(b, 1, KeRemoveQueueDpc, second), 0);
    assert_int_equal(bench_call(b, 1, KeInsertQueueDpc, second, 3, 4), 1);
    callback_on_return(b->e, thread);
    assert_int_equal(thread->cpu.pc, ROUTINE + 0x10);
    callback_on_return(b->e, thread);
    assert_int_equal(thread->state, THREAD_SUSPENDED);
    assert_int_equal(thread->in_callback, 0);
    bench_call(b, 1, KeInitializeTimerEx, timer, 0);
    bench_call(b, 1, KeSetTimerEx, timer, (u64)-10000, 0, dpc);
    bench_time(b, 1000 + TICKS_PER_MS);
    assert_int_equal(thread->cpu.pc, ROUTINE);
    assert_int_equal(thread->state, THREAD_READY);
    bench_destroy(b);
}

static void test_broken_callback_frames_hurt_nobody(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    struct thread *thread = bench_thread(b, 1);
    callback_on_return(b->e, thread);
    assert_int_equal(thread->cpu.stop, CPU_FAULT);
    thread->cpu.stop = CPU_RUN;
    u32 arguments[] = {1};
    assert_true(callback_push(b->e, thread, ROUTINE, arguments, 1, 5));
    u8 junk[sizeof(struct ppc)];
    memset(junk, 0xEE, sizeof junk);
    memory_write(b->e, (u32)thread->cpu.r[1] + 0x80, junk, sizeof junk);
    callback_on_return(b->e, thread);
    assert_int_equal(thread->cpu.stop, CPU_RUN);
    assert_true(thread->cpu.block_left <= BLOCK_MAX);
    thread->cpu.r[1] = 0x100;
    assert_false(callback_push(b->e, thread, ROUTINE, arguments, 1, 5));
    assert_int_equal(thread->cpu.fault, FAULT_WRITE);
    bench_destroy(b);
}

static void test_lists(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    u32 list = BENCH_DATA + 0xA00, first = BENCH_DATA + 0xA10, second = BENCH_DATA + 0xA20;
    assert_int_equal(bench_call(b, 1, InterlockedPopEntrySList, list), 0);
    assert_int_equal(bench_call(b, 1, InterlockedPushEntrySList, list, first), 0);
    assert_int_equal(bench_call(b, 1, InterlockedPushEntrySList, list, second), first);
    assert_int_equal(bench_word(b, list + 4), 2 << 16 | 2);
    assert_int_equal(bench_call(b, 1, InterlockedPopEntrySList, list), second);
    assert_int_equal(bench_word(b, list + 4), 1 << 16 | 2);
    assert_int_equal(bench_call(b, 1, InterlockedFlushSList, list), first);
    assert_int_equal(bench_word(b, list), 0);
    bench_destroy(b);
}

static void test_clock(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    b->m->tick = 5 * 123456;
    assert_int_equal(bench_call(b, 1, KeQueryPerformanceFrequency, 0), 50000000);
    bench_call(b, 1, KeQuerySystemTime, BENCH_DATA);
    assert_true(memory_get64(b->e, BENCH_DATA) == BENCH_BOOT_TIME + 123456);
    assert_int_equal(bench_call(b, 1, KeQueryInterruptTime, 0), 123456);
    u64 before = b->m->hw[0].retired;
    bench_call(b, 1, KeStallExecutionProcessor, 10);
    assert_int_equal(b->m->hw[0].retired - before, 500 * b->m->config.instructions_per_tick);
    bench_destroy(b);
}

static void test_threads_run_out(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    u32 made = 1;
    while (bench_call(b, 1, ExCreateThread, BENCH_DATA, 0x4000, 0, 0, 0x42000200, 0, 1) == STATUS_SUCCESS)
        made++;
    assert_int_equal(made, THREADS_MAX - 1);
    u32 objects = b->m->object_pool.high;
    assert_int_equal(bench_call(b, 1, ExCreateThread, BENCH_DATA, 0x4000, 0, 0, 0x42000200, 0, 1), STATUS_NO_MEMORY);
    assert_int_equal(b->m->object_pool.high, objects);
    /* Ended threads make room. */
    struct thread *last = bench_thread(b, made);
    u32 handle = bench_word(b, BENCH_DATA);
    thread_terminate(b->e, last, 0);
    bench_call(b, 1, NtClose, handle);
    assert_int_equal(bench_call(b, 1, ExCreateThread, BENCH_DATA, 0x4000, BENCH_DATA + 4, 0, 0x42000200, 0, 1),
                     STATUS_SUCCESS);
    assert_int_equal(bench_word(b, BENCH_DATA + 4), made + 1);
    bench_destroy(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_thread_begins_at_its_start_up_routine),
        cmocka_unit_test(test_structures_in_guest_memory),
        cmocka_unit_test(test_base_priorities),
        cmocka_unit_test(test_a_routine_that_does_nothing),
        cmocka_unit_test(test_suspend_counts),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_static_tls_data_comes_first),
        cmocka_unit_test(test_critical_section_goes_from_hand_to_hand),
        cmocka_unit_test(test_uninitialised_section_blocks),
        cmocka_unit_test(test_section_in_wild_memory_is_a_fault),
        cmocka_unit_test(test_spin_lock),
        cmocka_unit_test(test_user_apc_ends_an_alertable_wait),
        cmocka_unit_test(test_apc_before_the_wait),
        cmocka_unit_test(test_timer_apc_goes_to_its_setter),
        cmocka_unit_test(test_kernel_apcs_and_critical_regions),
        cmocka_unit_test(test_threads_by_pointer),
        cmocka_unit_test(test_dpcs_run_one_after_another),
        cmocka_unit_test(test_broken_callback_frames_hurt_nobody),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_threads_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
