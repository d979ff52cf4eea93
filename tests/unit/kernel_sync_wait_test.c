/* SPDX-License-Identifier: BSD-3-Clause
 * Events, semaphores, mutants, timers and the waits on them: who wakes, in which order, with which status. */
#include "tests/unit/kernel_sync_bench.h"

static void test_auto_event_wakes_one_in_order_of_arrival(void **state)
{
    (void)state;
    struct bench *b = bench_create(4);
    u32 event = bench_create_event(b, 1, 0);
    bench_block_on(b, 3, event);
    bench_block_on(b, 2, event);
    bench_block_on(b, 4, event);
    b->lr = 0x82004444;
    assert_int_equal(bench_call(b, 1, NtSetEvent, event, BENCH_DATA), STATUS_SUCCESS);
    assert_int_equal(bench_word(b, BENCH_DATA), 0);
    assert_true(bench_is_ready(b, 3) && !bench_is_ready(b, 2) && !bench_is_ready(b, 4));
    assert_int_equal(bench_result(b, 3), STATUS_SUCCESS);
    const struct event *end = bench_event(b, EVENT_wait_end, 3);
    assert_non_null(end);
    assert_int_equal(end->v[F_wait_end_waker], 1);
    assert_int_equal(end->v[F_wait_end_waker_lr], 0x82004444);
    bench_call(b, 1, NtSetEvent, event, 0);
    assert_true(bench_is_ready(b, 2) && !bench_is_ready(b, 4));
    bench_call(b, 1, NtSetEvent, event, 0);
    assert_true(bench_is_ready(b, 4));
    /* Nobody waits: it stays set for the next. */
    bench_call(b, 1, NtSetEvent, event, 0);
    bench_call(b, 1, NtSetEvent, event, BENCH_DATA);
    assert_int_equal(bench_word(b, BENCH_DATA), 1);
    assert_int_equal(bench_call(b, 2, NtWaitForSingleObjectEx, event, 1, 0, 0), STATUS_SUCCESS);
    assert_false(b->blocked);
    bench_block_on(b, 2, event);
    bench_destroy(b);
}

static void test_manual_event_wakes_all_and_stays(void **state)
{
    (void)state;
    struct bench *b = bench_create(3);
    u32 event = bench_create_event(b, 0, 0);
    bench_block_on(b, 2, event);
    bench_block_on(b, 3, event);
    bench_call(b, 1, NtSetEvent, event, 0);
    assert_true(bench_is_ready(b, 2) && bench_is_ready(b, 3));
    assert_int_equal(bench_call(b, 2, NtWaitForSingleObjectEx, event, 1, 0, 0), STATUS_SUCCESS);
    assert_int_equal(bench_call(b, 1, NtClearEvent, event), STATUS_SUCCESS);
    bench_block_on(b, 2, event);
    /* A pulse wakes who waits now and leaves it reset. */
    assert_int_equal(bench_call(b, 1, NtPulseEvent, event, BENCH_DATA), STATUS_SUCCESS);
    assert_true(bench_is_ready(b, 2));
    bench_block_on(b, 3, event);
    assert_int_equal(bench_call(b, 1, NtQueryEvent, event, BENCH_DATA), STATUS_SUCCESS);
    assert_int_equal(bench_word(b, BENCH_DATA), 0);
    assert_int_equal(bench_word(b, BENCH_DATA + 4), 0);
    bench_destroy(b);
}

static void test_semaphore_counts_and_limit(void **state)
{
    (void)state;
    struct bench *b = bench_create(4);
    u32 semaphore = bench_create_semaphore(b, 1, 3);
    assert_int_equal(bench_call(b, 2, NtWaitForSingleObjectEx, semaphore, 1, 0, 0), STATUS_SUCCESS);
    bench_block_on(b, 2, semaphore);
    bench_block_on(b, 3, semaphore);
    bench_block_on(b, 4, semaphore);
    assert_int_equal(bench_call(b, 1, NtReleaseSemaphore, semaphore, 2, BENCH_DATA), STATUS_SUCCESS);
    assert_int_equal(bench_word(b, BENCH_DATA), 0);
    assert_true(bench_is_ready(b, 2) && bench_is_ready(b, 3) && !bench_is_ready(b, 4));
    assert_int_equal(bench_call(b, 1, NtReleaseSemaphore, semaphore, 4, 0), STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    assert_false(bench_is_ready(b, 4));
    assert_int_equal(bench_call(b, 1, NtReleaseSemaphore, semaphore, 3, 0), STATUS_SUCCESS);
    bench_call(b, 1, NtQuerySemaphore, semaphore, BENCH_DATA);
    assert_int_equal(bench_word(b, BENCH_DATA), 2);
    assert_int_equal(bench_word(b, BENCH_DATA + 4), 3);
    assert_int_equal(bench_call(b, 1, NtReleaseSemaphore, semaphore, 0x7FFFFFFF, 0), STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    assert_int_equal(bench_call(b, 1, NtReleaseSemaphore, semaphore, 0, 0), STATUS_INVALID_PARAMETER);
    assert_int_equal(bench_call(b, 1, NtCreateSemaphore, BENCH_DATA, 0, 4, 3), STATUS_INVALID_PARAMETER);
    assert_int_equal(bench_call(b, 1, NtCreateSemaphore, BENCH_DATA, 0, 0, 0), STATUS_INVALID_PARAMETER);
    bench_destroy(b);
}

static void test_mutant_is_owned_again_and_handed_on(void **state)
{
    (void)state;
    struct bench *b = bench_create(3);
    u32 mutant = bench_create_mutant(b, 1, 1);
    assert_int_equal(bench_call(b, 1, NtWaitForSingleObjectEx, mutant, 1, 0, 0), STATUS_SUCCESS);
    bench_block_on(b, 2, mutant);
    bench_block_on(b, 3, mutant);
    assert_int_equal(bench_call(b, 1, NtReleaseMutant, mutant, BENCH_DATA), STATUS_SUCCESS);
    assert_int_equal((s32)bench_word(b, BENCH_DATA), -1);
    assert_false(bench_is_ready(b, 2));
    assert_int_equal(bench_call(b, 1, NtReleaseMutant, mutant, 0), STATUS_SUCCESS);
    assert_true(bench_is_ready(b, 2) && !bench_is_ready(b, 3));
    assert_int_equal(bench_call(b, 1, NtReleaseMutant, mutant, 0), STATUS_MUTANT_NOT_OWNED);
    bench_call(b, 2, NtQueryMutant, mutant, BENCH_DATA);
    assert_int_equal(bench_word(b, BENCH_DATA), 0);
    assert_int_equal(memory_get8(b->e, BENCH_DATA + 4), 1);
    bench_destroy(b);
}

static void test_ending_abandons_mutants(void **state)
{
    (void)state;
    struct bench *b = bench_create(4);
    u32 mutant = bench_create_mutant(b, 2, 1);
    bench_block_on(b, 3, mutant);
    bench_block_on(b, 4, mutant);
    bench_call(b, 2, ExTerminateThread, 7);
    assert_true(b->no_return);
    assert_true(bench_is_ready(b, 3) && !bench_is_ready(b, 4));
    assert_int_equal(bench_result(b, 3), STATUS_ABANDONED_WAIT_0);
    assert_int_equal(bench_call(b, 3, NtReleaseMutant, mutant, 0), STATUS_SUCCESS);
    assert_int_equal(bench_result(b, 4), STATUS_SUCCESS); /* told once */
    bench_destroy(b);
}

static void test_wait_any_takes_the_first_of_the_list(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 handles[] = {bench_create_event(b, 1, 0), bench_create_semaphore(b, 2, 5), bench_create_event(b, 1, 1)};
    bench_put(b, handles, 3);
    assert_int_equal(bench_call(b, 2, NtWaitForMultipleObjectsEx, 3, BENCH_DATA + 0x100, 1, 1, 0, 0), 1);
    assert_int_equal(bench_call(b, 2, NtWaitForMultipleObjectsEx, 3, BENCH_DATA + 0x100, 1, 1, 0, 0), 1);
    assert_int_equal(bench_call(b, 2, NtWaitForMultipleObjectsEx, 3, BENCH_DATA + 0x100, 1, 1, 0, 0), 2);
    bench_call(b, 2, NtWaitForMultipleObjectsEx, 3, BENCH_DATA + 0x100, 1, 1, 0, 0);
    assert_true(b->blocked);
    bench_call(b, 1, NtSetEvent, handles[2], 0);
    assert_int_equal(bench_result(b, 2), 2);
    /* Out of all lists again. */
    for (u32 i = 1; i <= b->m->object_pool.high; i++)
        assert_int_equal(b->m->objects[i].first_waiter, 0);
    bench_destroy(b);
}

static void test_wait_all_takes_nothing_before_all_are_there(void **state)
{
    (void)state;
    struct bench *b = bench_create(3);
    u32 handles[] = {bench_create_event(b, 1, 0), bench_create_semaphore(b, 0, 5), bench_create_mutant(b, 1, 1)};
    bench_put(b, handles, 3);
    bench_call(b, 2, NtWaitForMultipleObjectsEx, 3, BENCH_DATA + 0x100, 0, 1, 0, 0);
    assert_true(b->blocked);
    bench_call(b, 1, NtSetEvent, handles[0], 0);
    bench_call(b, 1, NtReleaseSemaphore, handles[1], 1, 0);
    assert_false(bench_is_ready(b, 2));
    /* Another thread may take what the first could not use yet. */
    assert_int_equal(bench_call(b, 3, NtWaitForSingleObjectEx, handles[0], 1, 0, 0), STATUS_SUCCESS);
    bench_call(b, 1, NtReleaseMutant, handles[2], 0);
    assert_false(bench_is_ready(b, 2));
    bench_call(b, 1, NtSetEvent, handles[0], 0);
    assert_true(bench_is_ready(b, 2));
    assert_int_equal(bench_result(b, 2), STATUS_SUCCESS);
    bench_call(b, 1, NtQuerySemaphore, handles[1], BENCH_DATA);
    assert_int_equal(bench_word(b, BENCH_DATA), 0);
    assert_int_equal(bench_call(b, 2, NtReleaseMutant, handles[2], 0), STATUS_SUCCESS);
    bench_destroy(b);
}

static void test_bad_waits_are_refused(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    u32 handles[] = {bench_create_event(b, 1, 0), 0xF8001234};
    bench_put(b, handles, 2);
    assert_int_equal(bench_call(b, 1, NtWaitForMultipleObjectsEx, 2, BENCH_DATA + 0x100, 1, 1, 0, 0),
                     STATUS_INVALID_HANDLE);
    assert_int_equal(bench_call(b, 1, NtWaitForMultipleObjectsEx, 0, BENCH_DATA + 0x100, 1, 1, 0, 0),
                     STATUS_INVALID_PARAMETER_1);
    assert_int_equal(bench_call(b, 1, NtWaitForMultipleObjectsEx, 65, BENCH_DATA + 0x100, 1, 1, 0, 0),
                     STATUS_INVALID_PARAMETER_1);
    assert_int_equal(bench_call(b, 1, NtWaitForMultipleObjectsEx, 1, BENCH_DATA + 0x100, 2, 1, 0, 0),
                     STATUS_INVALID_PARAMETER_3);
    assert_int_equal(bench_call(b, 1, NtWaitForMultipleObjectsEx, 2, 0x100, 1, 1, 0, 0), STATUS_ACCESS_VIOLATION);
    handles[1] = handles[0];
    bench_put(b, handles, 2);
    assert_int_equal(bench_call(b, 1, NtWaitForMultipleObjectsEx, 2, BENCH_DATA + 0x100, 0, 1, 0, 0),
                     STATUS_INVALID_PARAMETER_MIX);
    assert_int_equal(bench_call(b, 1, NtWaitForSingleObjectEx, 0, 1, 0, 0), STATUS_INVALID_HANDLE);
    assert_int_equal(bench_call(b, 1, NtSetEvent, bench_create_semaphore(b, 0, 1), 0), STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(bench_call(b, 1, NtReleaseMutant, handles[0], 0), STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(bench_call(b, 1, NtCreateEvent, 0, 0, 0, 0), STATUS_ACCESS_VIOLATION);
    bench_call(b, 1, KeWaitForSingleObject, 0x12345678, 3, 1, 0, 0);
    assert_int_equal(bench_thread(b, 1)->cpu.stop, CPU_FAULT);
    assert_int_equal(bench_thread(b, 1)->cpu.fault_address, 0x12345678);
    bench_destroy(b);
}

static void test_timeouts_end_waits_in_their_order(void **state)
{
    (void)state;
    struct bench *b = bench_create(4);
    u32 event = bench_create_event(b, 1, 0);
    assert_int_equal(bench_call(b, 2, NtWaitForSingleObjectEx, event, 1, 0, bench_timeout(b, 0)), STATUS_TIMEOUT);
    assert_false(b->blocked);
    bench_call(b, 2, NtWaitForSingleObjectEx, event, 1, 0, bench_timeout(b, 2));
    bench_call(b, 3, NtWaitForSingleObjectEx, event, 1, 0, bench_timeout(b, 1));
    bench_call(b, 4, KeDelayExecutionThread, 1, 0, bench_timeout(b, 2));
    assert_int_equal(b->m->next_deadline, 1000 + TICKS_PER_MS);
    bench_time(b, 1000 + TICKS_PER_MS - 1);
    assert_false(bench_is_ready(b, 3));
    bench_time(b, 1000 + TICKS_PER_MS);
    assert_true(bench_is_ready(b, 3) && !bench_is_ready(b, 2));
    assert_int_equal(bench_result(b, 3), STATUS_TIMEOUT);
    assert_int_equal(b->m->next_deadline, 1000 + 2 * TICKS_PER_MS);
    bench_time(b, 1000 + 5 * TICKS_PER_MS);
    assert_int_equal(bench_result(b, 2), STATUS_TIMEOUT);
    assert_int_equal(bench_result(b, 4), STATUS_SUCCESS);
    assert_true(b->m->next_deadline == TICKS_NEVER);
    /* Equal deadlines go by order of filing: 2 before 4. */
    const struct event *two = bench_event(b, EVENT_wait_end, 2), *four = bench_event(b, EVENT_wait_end, 4);
    assert_true(two->seq < four->seq);
    /* The event was not consumed, and they no longer wait on it. */
    bench_call(b, 1, NtSetEvent, event, 0);
    assert_int_equal(bench_call(b, 2, NtWaitForSingleObjectEx, event, 1, 0, 0), STATUS_SUCCESS);
    bench_destroy(b);
}

static void test_absolute_timeouts(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 event = bench_create_event(b, 1, 0);
    memory_set64(b->e, BENCH_DATA + 0x200, BENCH_BOOT_TIME + 10000); /* one ms after boot */
    bench_call(b, 2, NtWaitForSingleObjectEx, event, 1, 0, BENCH_DATA + 0x200);
    assert_true(b->blocked);
    assert_int_equal(bench_thread(b, 2)->wait.deadline, TICKS_PER_MS);
    bench_time(b, TICKS_PER_MS);
    assert_int_equal(bench_result(b, 2), STATUS_TIMEOUT);
    assert_int_equal(bench_call(b, 2, NtWaitForSingleObjectEx, event, 1, 0, BENCH_DATA + 0x200), STATUS_TIMEOUT);
    memory_set64(b->e, BENCH_DATA + 0x200, (u64)INT64_MIN);
    bench_call(b, 2, NtWaitForSingleObjectEx, event, 1, 0, BENCH_DATA + 0x200);
    assert_true(bench_thread(b, 2)->wait.deadline == TICKS_NEVER);
    bench_destroy(b);
}

static void test_timer_fires_once_or_with_a_period(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    bench_call(b, 1, NtCreateTimer, BENCH_DATA, 0, 1);
    u32 timer = bench_word(b, BENCH_DATA);
    assert_int_equal(bench_call(b, 1, NtSetTimerEx, timer, bench_timeout(b, 3), 0, 0, 0, 0, 2, BENCH_DATA),
                     STATUS_SUCCESS);
    assert_int_equal(bench_word(b, BENCH_DATA), 0);
    bench_call(b, 1, NtQueryTimer, timer, BENCH_DATA);
    assert_int_equal(memory_get64(b->e, BENCH_DATA), 30000);
    assert_int_equal(memory_get8(b->e, BENCH_DATA + 8), 0);
    bench_block_on(b, 2, timer);
    bench_time(b, 1000 + 3 * TICKS_PER_MS);
    assert_true(bench_is_ready(b, 2));
    const struct event *fired = bench_event(b, EVENT_timer, 0);
    assert_int_equal(fired->v[F_timer_due], 1000 + 3 * TICKS_PER_MS);
    assert_int_equal(b->m->next_deadline, 1000 + 5 * TICKS_PER_MS);
    /* Late slices do not move its beat. */
    bench_time(b, 1234 + 5 * TICKS_PER_MS);
    assert_int_equal(b->m->next_deadline, 1000 + 7 * TICKS_PER_MS);
    assert_int_equal(bench_call(b, 2, NtWaitForSingleObjectEx, timer, 1, 0, 0), STATUS_SUCCESS);
    bench_time(b, 1000 + 7 * TICKS_PER_MS);
    assert_int_equal(bench_call(b, 1, NtCancelTimer, timer, BENCH_DATA), STATUS_SUCCESS);
    assert_int_equal(bench_word(b, BENCH_DATA), 1);
    bench_time(b, 1000 + 30 * TICKS_PER_MS);
    assert_true(b->m->next_deadline == TICKS_NEVER);
    /* A time that is past fires at once. */
    memory_set64(b->e, BENCH_DATA + 0x200, 5);
    bench_call(b, 1, NtSetTimerEx, timer, BENCH_DATA + 0x200, 0, 0, 0, 0, 0, 0);
    assert_int_equal(bench_call(b, 2, NtWaitForSingleObjectEx, timer, 1, 0, 0), STATUS_SUCCESS);
    bench_destroy(b);
}

static void test_timer_by_pointer(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 timer = BENCH_DATA + 0x400;
    bench_call(b, 1, KeInitializeTimerEx, timer, 0, 1);
    assert_int_equal(bench_call(b, 1, KeSetTimer, timer, (u64)-20000, 0), 0);
    assert_int_equal(bench_call(b, 1, KeSetTimer, timer, (u64)-20000, 0), 1);
    assert_int_equal(memory_get8(b->e, timer + 3), 1);
    bench_call(b, 2, KeWaitForSingleObject, timer, 3, 1, 0, 0);
    assert_true(b->blocked);
    bench_time(b, 1000 + 2 * TICKS_PER_MS);
    assert_int_equal(bench_result(b, 2), STATUS_SUCCESS);
    assert_int_equal(bench_word(b, timer + 4), 1); /* a notification timer stays signalled */
    assert_int_equal(memory_get8(b->e, timer + 3), 0);
    assert_int_equal(bench_call(b, 1, KeCancelTimer, timer), 0);
    bench_destroy(b);
}

static void test_objects_by_pointer(void **state)
{
    (void)state;
    struct bench *b = bench_create(3);
    u32 event = BENCH_DATA + 0x400, semaphore = BENCH_DATA + 0x420, mutant = BENCH_DATA + 0x440;
    bench_call(b, 1, KeInitializeEvent, event, 1, 0);
    bench_call(b, 1, KeInitializeSemaphore, semaphore, 0, 2);
    bench_call(b, 1, KeInitializeMutant, mutant, 1);
    u32 pointers[] = {event, semaphore, mutant};
    bench_put(b, pointers, 3);
    bench_call(b, 2, KeWaitForMultipleObjects, 3, BENCH_DATA + 0x100, 0, 3, 1, 0, 0, 0);
    bench_call(b, 3, KeWaitForMultipleObjects, 3, BENCH_DATA + 0x100, 1, 3, 1, 0, 0, 0);
    assert_int_equal(bench_call(b, 1, KeReleaseSemaphore, semaphore, 0, 1, 0), 0);
    assert_int_equal(bench_result(b, 3), 1);
    assert_int_equal(bench_call(b, 1, KeReleaseSemaphore, semaphore, 0, 1, 0), 0);
    assert_int_equal(bench_call(b, 1, KeReleaseMutant, mutant, 0, 0, 0), 0);
    assert_int_equal(bench_call(b, 1, KeSetEvent, event, 0, 0), 0);
    assert_true(bench_is_ready(b, 2));
    assert_int_equal(bench_word(b, mutant + 0x18), bench_thread(b, 2)->kthread);
    assert_int_equal(bench_call(b, 1, KeResetEvent, event), 0);
    bench_call(b, 3, KeWaitForSingleObject, event, 3, 1, 0, 0);
    assert_int_equal(bench_call(b, 1, KePulseEvent, event, 0, 0), 0);
    assert_true(bench_is_ready(b, 3));
    assert_int_equal(bench_word(b, event + 4), 0);
    /* The same memory becomes something else. */
    bench_call(b, 1, KeInitializeSemaphore, event, 1, 1);
    assert_int_equal(bench_call(b, 2, KeWaitForSingleObject, event, 3, 1, 0, 0), STATUS_SUCCESS);
    assert_int_equal(bench_word(b, event + 4), 0);
    bench_destroy(b);
}

static void test_signal_and_wait(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 ping = bench_create_event(b, 1, 0), pong = bench_create_event(b, 1, 0);
    bench_block_on(b, 2, ping);
    bench_call(b, 1, NtSignalAndWaitForSingleObjectEx, ping, pong, 1, 0, 0);
    assert_true(b->blocked);
    assert_true(bench_is_ready(b, 2));
    bench_call(b, 2, NtSetEvent, pong, 0);
    assert_true(bench_is_ready(b, 1));
    u32 mutant = bench_create_mutant(b, 2, 1);
    assert_int_equal(bench_call(b, 1, NtSignalAndWaitForSingleObjectEx, mutant, pong, 1, 0, 0),
                     STATUS_MUTANT_NOT_OWNED);
    assert_int_equal(bench_call(b, 1, NtSignalAndWaitForSingleObjectEx, 0xFFFFFFFE, pong, 1, 0, 0),
                     STATUS_OBJECT_TYPE_MISMATCH);
    bench_destroy(b);
}

static void test_suspended_waiters_are_passed_over(void **state)
{
    (void)state;
    struct bench *b = bench_create(3);
    u32 event = bench_create_event(b, 1, 0);
    bench_block_on(b, 2, event);
    bench_block_on(b, 3, event);
    assert_int_equal(thread_suspend(b->e, bench_thread(b, 2)), 0);
    bench_call(b, 1, NtSetEvent, event, 0);
    assert_true(bench_is_ready(b, 3) && !bench_is_ready(b, 2));
    bench_block_on(b, 3, event);
    assert_int_equal(thread_resume(b->e, bench_thread(b, 2)), 1);
    assert_int_equal(bench_thread(b, 2)->state, THREAD_WAITING);
    /* It waits anew, behind the other. */
    bench_call(b, 1, NtSetEvent, event, 0);
    assert_true(bench_is_ready(b, 3) && !bench_is_ready(b, 2));
    thread_suspend(b->e, bench_thread(b, 2));
    bench_call(b, 1, NtSetEvent, event, 0);
    assert_false(bench_is_ready(b, 2));
    thread_resume(b->e, bench_thread(b, 2));
    assert_true(bench_is_ready(b, 2));
    assert_int_equal(bench_result(b, 2), STATUS_SUCCESS);
    bench_destroy(b);
}

static void test_thread_is_signalled_when_it_ends(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 handle = handle_create(b->e, NULL, &b->m->objects[bench_thread(b, 2)->object]);
    bench_block_on(b, 1, handle);
    bench_thread(b, 2)->cpu.r[3] = 42;
    b->m->running = 2;
    thread_on_return(b->e, bench_thread(b, 2));
    assert_true(bench_is_ready(b, 1));
    assert_int_equal(bench_event(b, EVENT_thread_exit, 2)->v[F_thread_exit_code], 42);
    assert_int_equal(bench_event(b, EVENT_wait_end, 1)->v[F_wait_end_waker], 2);
    assert_int_equal(bench_call(b, 1, NtWaitForSingleObjectEx, handle, 1, 0, 0), STATUS_SUCCESS);
    bench_call(b, 1, NtClose, handle);
    assert_null(thread_by_id(b->e, 2));
    assert_int_equal(b->m->ended, END_NONE);
    bench_call(b, 1, ExTerminateThread, 9);
    assert_int_equal(b->m->ended, END_EXITED);
    assert_int_equal(b->m->exit_code, 9);
    bench_destroy(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auto_event_wakes_one_in_order_of_arrival),
        cmocka_unit_test(test_manual_event_wakes_all_and_stays),
        cmocka_unit_test(test_semaphore_counts_and_limit),
        cmocka_unit_test(test_mutant_is_owned_again_and_handed_on),
        cmocka_unit_test(test_ending_abandons_mutants),
        cmocka_unit_test(test_wait_any_takes_the_first_of_the_list),
        cmocka_unit_test(test_wait_all_takes_nothing_before_all_are_there),
        cmocka_unit_test(test_bad_waits_are_refused),
        cmocka_unit_test(test_timeouts_end_waits_in_their_order),
        cmocka_unit_test(test_absolute_timeouts),
        cmocka_unit_test(test_timer_fires_once_or_with_a_period),
        cmocka_unit_test(test_timer_by_pointer),
        cmocka_unit_test(test_objects_by_pointer),
        cmocka_unit_test(test_signal_and_wait),
        cmocka_unit_test(test_suspended_waiters_are_passed_over),
        cmocka_unit_test(test_thread_is_signalled_when_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
