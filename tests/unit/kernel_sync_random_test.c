/* SPDX-License-Identifier: BSD-3-Clause
 * Random calls on everything that can be waited on, with suspending, resuming, APCs, time-outs and ends of threads in
 * between: all lists must still hang together, nobody sleeps over a signal, nothing is lost or kept. */
#include "tests/unit/kernel_sync_bench.h"

struct random {
    u64 state;
};

static u32 pick(struct random *r, u32 n)
{
    r->state = r->state * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(r->state >> 33) % n;
}

/* Every waiter stands once for each node in its objects' lists, linked both ways; nothing else does. */
static void check_waiters(struct bench *b)
{
    struct machine *m = b->m;
    u32 linked = 0, expected = 0;
    for (u32 slot = 1; slot <= m->object_pool.high; slot++) {
        u32 before = 0;
        for (u32 n = m->objects[slot].first_waiter; n;) {
            struct thread *thread = &m->threads[(n - 1) / WAIT_OBJECTS_MAX];
            struct wait_node *node = &thread->wait.node[(n - 1) % WAIT_OBJECTS_MAX];
            assert_int_equal(thread->state, THREAD_WAITING);
            assert_int_equal(node->object, slot);
            assert_int_equal(node->previous, before);
            before = n;
            n = node->next;
            linked++;
        }
        assert_int_equal(m->objects[slot].last_waiter, before);
    }
    for (u32 slot = 1; slot <= m->thread_pool.high; slot++) {
        if (m->threads[slot].state == THREAD_WAITING && !m->threads[slot].suspend_count)
            expected += m->threads[slot].wait.count;
    }
    assert_int_equal(linked, expected);
}

/* Nobody waits for one thing that is there: it would have been woken. Counts stay in their ranges. */
static void check_signals(struct bench *b)
{
    for (u32 slot = 1; slot <= b->m->object_pool.high; slot++) {
        struct object *object = &b->m->objects[slot];
        if (object->type == OBJECT_FREE || !object->guest)
            continue;
        s32 signal = signal_get(b->e, object);
        if (object->type == OBJECT_SEMAPHORE)
            assert_true(signal >= 0 && signal <= 4);
        if (object->type == OBJECT_MUTANT)
            assert_true(signal <= 1 && (signal == 1) == (object->owner == 0));
        for (u32 n = object->first_waiter; n && signal > 0;) {
            struct thread *thread = &b->m->threads[(n - 1) / WAIT_OBJECTS_MAX];
            assert_true(thread->wait.all);
            n = thread->wait.node[(n - 1) % WAIT_OBJECTS_MAX].next;
        }
    }
}

/* References are what handles, waits, pointers and living threads add up to; free slots are zero but for their chain.
 */
static void check_references(struct bench *b)
{
    struct machine *m = b->m;
    static u32 count[OBJECTS_MAX];
    memset(count, 0, sizeof count);
    for (u32 i = 1; i <= m->handle_pool.high; i++)
        count[m->handles[i].object]++;
    for (u32 slot = 1; slot <= m->thread_pool.high; slot++) {
        const struct thread *thread = &m->threads[slot];
        for (u32 i = 0; i < thread->wait.count; i++)
            count[thread->wait.node[i].object]++;
        for (u32 i = 0; i < thread->interrupted.count; i++)
            count[thread->interrupted.node[i].object]++;
        if (thread->state != THREAD_FREE && thread->state != THREAD_TERMINATED)
            count[thread->object]++;
    }
    for (u32 slot = 1; slot <= m->object_pool.high; slot++) {
        struct object object = m->objects[slot];
        u32 own = object.type != OBJECT_FREE && !object.owns_guest; /* known by address */
        if (object.type != OBJECT_FREE) {
            assert_int_equal(object.references, count[slot] + object.pointers + own);
            continue;
        }
        static const struct object zero;
        object.next_hash = 0;
        assert_memory_equal(&object, &zero, sizeof zero);
    }
}

static u32 random_wait(struct bench *b, struct random *r, u32 id, const u32 *handles, u32 count)
{
    u32 timeout = pick(r, 3) ? bench_timeout(b, pick(r, 5)) : 0;
    u32 alertable = pick(r, 2);
    if (pick(r, 2))
        return (u32)bench_call(b, id, NtWaitForSingleObjectEx, handles[pick(r, count)], 1, alertable, timeout);
    u32 values[4], n = 1 + pick(r, 4);
    for (u32 i = 0; i < n; i++)
        values[i] = handles[pick(r, count)];
    bench_put(b, values, n);
    return (u32)bench_call(b, id, NtWaitForMultipleObjectsEx, n, BENCH_DATA + 0x100, pick(r, 2), 1, alertable, timeout);
}

/* Whatever it waits for, owns or runs: its place is taken by a new thread. */
static void replace_thread(struct bench *b, struct random *r, u32 *id)
{
    struct kcall k = {.e = b->e, .m = b->m, .thread = bench_thread(b, *id), .lr = 0x82002000};
    struct thread_request request = {.start_pc = BENCH_ENTRY, .entry = BENCH_ENTRY, .flags = pick(r, 64) << 24};
    struct thread *thread = thread_create(b->e, &k, &request);
    assert_non_null(thread);
    thread->started = 1;
    thread_terminate(b->e, bench_thread(b, *id), 0);
    b->m->ended = 0; /* the first thread's end is the title's */
    *id = thread->id;
}

static void random_timer_step(struct bench *b, struct random *r, u32 id, u32 timer)
{
    if (pick(r, 4) == 0)
        bench_call(b, id, NtCancelTimer, timer, 0);
    else
        bench_call(b, id, NtSetTimerEx, timer, bench_timeout(b, pick(r, 4)), pick(r, 2) * 0x42030000, 1, 0, 0,
                   pick(r, 3), 0);
}

static void random_apc_step(struct bench *b, struct random *r, struct thread *target, u32 id)
{
    u32 apc = BENCH_DATA + 0xA00 + 0x40 * pick(r, 4);
    switch (pick(r, 3)) {
    case 0:
        apc_queue(b->e, target, &(struct apc){.routine = 0x42030000});
        break;
    case 1:
        bench_call(b, id, KeRemoveQueueApc, apc);
        break;
    default:
        if (memory_get8(b->e, apc + 3) == 0)
            bench_call(b, id, KeInitializeApc, apc, target->kthread, 0, 0, 0x42030000, pick(r, 2), 0);
        bench_call(b, id, KeInsertQueueApc, apc, 1, 2, 0);
    }
}

static void random_step(struct bench *b, struct random *r, u32 id, struct thread *other, u32 *handles, u32 count)
{
    u32 handle = handles[pick(r, count)];
    u32 section = BENCH_DATA + 0x800 + 32 * pick(r, 2);
    switch (pick(r, 18)) {
    case 0:
        bench_call(b, id, NtSetEvent, handle, 0);
        break;
    case 1:
        bench_call(b, id, NtPulseEvent, handle, 0);
        break;
    case 2:
        bench_call(b, id, NtReleaseSemaphore, handle, 1 + pick(r, 3), 0);
        break;
    case 3:
    case 4:
        bench_call(b, id, NtReleaseMutant, handle, 0);
        break;
    case 5:
        bench_call(b, id, RtlEnterCriticalSection, section);
        break;
    case 6:
        if (bench_word(b, section + 0x18) == bench_thread(b, id)->kthread)
            bench_call(b, id, RtlLeaveCriticalSection, section);
        break;
    case 7:
        thread_suspend(b->e, other);
        break;
    case 8:
    case 9:
        thread_resume(b->e, other);
        break;
    case 10:
        random_apc_step(b, r, other, id);
        break;
    case 11:
        random_timer_step(b, r, id, pick(r, 2) ? handle : handles[7]);
        break;
    case 13:
        bench_call(b, id, NtSignalAndWaitForSingleObjectEx, handle, handles[pick(r, count)], 1, pick(r, 2),
                   bench_timeout(b, pick(r, 5)));
        break;
    case 14:
        bench_call(b, id, NtClearEvent, handle);
        break;
    case 15:
        bench_call(b, id, KeDelayExecutionThread, 1, pick(r, 2), bench_timeout(b, pick(r, 4)));
        break;
    case 12:
        bench_call(b, id, NtDuplicateObject, handle, BENCH_DATA, 1);
        for (u32 i = 0; i < count; i++)
            handles[i] = handles[i] == handle ? bench_word(b, BENCH_DATA) : handles[i];
        break;
    default:
        random_wait(b, r, id, handles, count);
    }
}

static void run_random(u64 seed)
{
    struct random r = {seed};
    u32 ids[] = {1, 2, 3, 4, 5, 6};
    struct bench *b = bench_create(6);
    u32 handles[] = {bench_create_event(b, 0, 0),     bench_create_event(b, 1, 0),
                     bench_create_semaphore(b, 1, 4), bench_create_semaphore(b, 0, 4),
                     bench_create_mutant(b, 1, 0),    bench_create_mutant(b, 1, 1),
                     bench_create_event(b, 1, 1),     0};
    bench_call(b, 1, NtCreateTimer, BENCH_DATA, 0, 1);
    handles[7] = bench_word(b, BENCH_DATA);
    bench_call(b, 1, RtlInitializeCriticalSection, BENCH_DATA + 0x800);
    bench_call(b, 1, RtlInitializeCriticalSection, BENCH_DATA + 0x820);
    for (u32 step = 0; step < 2000; step++) {
        u32 *place = &ids[pick(&r, 6)], id = *place;
        struct thread *thread = bench_thread(b, id);
        if (thread->state == THREAD_READY && thread->in_callback && pick(&r, 2))
            callback_on_return(b->e, thread);
        else if (thread->state == THREAD_READY)
            random_step(b, &r, id, bench_thread(b, ids[pick(&r, 6)]), handles, countof(handles));
        else if (pick(&r, 4) == 0)
            thread_resume(b->e, thread);
        if (pick(&r, 8) == 0)
            bench_time(b, b->m->tick + pick(&r, 200000));
        thread->cpu.stop = CPU_RUN; /* a stack full of callbacks is a fault */
        if (pick(&r, 50) == 0)
            replace_thread(b, &r, place);
        check_waiters(b);
        check_signals(b);
        check_references(b);
    }
    bench_destroy(b);
}

static void test_random_calls_keep_the_lists_whole(void **state)
{
    (void)state;
    for (u64 seed = 1; seed <= 20; seed++)
        run_random(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_calls_keep_the_lists_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
