/* SPDX-License-Identifier: BSD-3-Clause
 * A machine whose guest threads make kernel calls one by one at a test's word: nothing runs, so every order is the
 * test's. Guest memory for arguments lies at BENCH_DATA; the last call's outcome stands in struct bench. */
#ifndef TESTS_UNIT_KERNEL_SYNC_BENCH_H
#define TESTS_UNIT_KERNEL_SYNC_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "emu/kernel/kcall.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

enum { BENCH_DATA = 0x10000000, BENCH_DATA_SIZE = 0x10000, BENCH_EVENTS = 512, BENCH_ENTRY = 0x42010000 };
#define BENCH_BOOT_TIME 132000000000000000ull
#define BENCH_RETURN_PC 0x8FFF0000u

struct bench {
    struct engine *e;
    struct machine *m;
    struct err err;
    u32 lr;       /* of the next call */
    bool blocked; /* outcome of the last call */
    bool no_return;
    bool retry;
    struct event events[BENCH_EVENTS];
    u32 event_count;
};

static inline void bench_emit(void *context, const struct event *event)
{
    struct bench *b = context;
    b->events[b->event_count++ % BENCH_EVENTS] = *event;
}

/* The last event of a kind and thread (0: any); NULL: none. */
static inline const struct event *bench_event(const struct bench *b, enum event_kind kind, u32 thread)
{
    for (u32 i = b->event_count; i > 0 && i + BENCH_EVENTS > b->event_count; i--) {
        const struct event *event = &b->events[(i - 1) % BENCH_EVENTS];
        if (event->kind == kind && (thread == 0 || event->thread == thread))
            return event;
    }
    return NULL;
}

static inline struct thread *bench_thread(struct bench *b, u32 id)
{
    struct thread *thread = thread_by_id(b->e, id);
    assert_non_null(thread);
    return thread;
}

/* threads guest threads with ids from 1; all can run. */
static inline struct bench *bench_create(u32 threads)
{
    struct bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->e = engine_create(&b->err);
    assert_non_null(b->e);
    b->m = b->e->m;
    b->e->observer = (struct observer){.context = b, .emit = bench_emit};
    b->lr = 0x82001000;
    b->m->boot_time = BENCH_BOOT_TIME;
    b->m->return_pc = BENCH_RETURN_PC;
    b->m->tick = 1000;
    memory_protect(b->e, BENCH_DATA, BENCH_DATA_SIZE, PAGE_READ | PAGE_WRITE | PAGE_RESERVED | PAGE_COMMITTED);
    for (u32 i = 0; i < threads; i++) {
        struct kcall k = {.e = b->e, .m = b->m, .thread = &b->m->threads[1], .slot = 1, .lr = 0x82002000};
        struct thread_request request = {
            .start_pc = BENCH_ENTRY + i * 16, .entry = BENCH_ENTRY + i * 16, .stack_size = 0x10000};
        struct thread *thread = thread_create(b->e, i ? &k : NULL, &request);
        assert_non_null(thread);
        assert_int_equal(thread->id, i + 1);
        thread->started = 1;
    }
    b->m->title_thread = 1;
    return b;
}

static inline void bench_destroy(struct bench *b)
{
    engine_destroy(b->e);
    free(b);
}

/* Thread id makes a call (missing arguments are 0). The result, which is what r3 got if the call returned. */
#define bench_call(b, id, handler, ...)                                                                                \
    bench_call_array(b, id, xboxkrnl_##handler, (const u64[KCALL_ARGUMENTS]){__VA_ARGS__})

static inline u64 bench_call_array(struct bench *b, u32 id, u64 (*handler)(struct kcall *k),
                                   const u64 arg[KCALL_ARGUMENTS])
{
    struct thread *thread = bench_thread(b, id);
    assert_int_equal(thread->state, THREAD_READY);
    u32 slot = thread_slot(b->m, thread);
    struct kcall k = {.e = b->e, .m = b->m, .thread = thread, .slot = slot, .lr = b->lr};
    memcpy(k.arg, arg, sizeof k.arg);
    b->m->running = slot;
    u64 result = handler(&k);
    b->m->running = 0;
    b->blocked = k.blocked;
    b->no_return = k.no_return;
    b->retry = k.retry;
    if (!k.blocked && !k.no_return && !k.retry)
        thread->cpu.r[3] = result;
    return result;
}

/* Virtual time goes on to a tick, as at slices' starts. */
static inline void bench_time(struct bench *b, u64 tick)
{
    b->m->tick = tick;
    wait_expire(b->e);
}

static inline u32 bench_word(struct bench *b, u32 ea)
{
    return memory_get32(b->e, ea);
}

/* Puts a time-out into guest memory, in ms from now (negative 100 ns units), and gives its address. */
static inline u32 bench_timeout(struct bench *b, s64 ms)
{
    u32 ea = BENCH_DATA + BENCH_DATA_SIZE - 16;
    memory_set64(b->e, ea, (u64)(-ms * 10000));
    return ea;
}

static inline u32 bench_create_event(struct bench *b, u32 type, u32 state)
{
    assert_int_equal(bench_call(b, 1, NtCreateEvent, BENCH_DATA, 0, type, state), STATUS_SUCCESS);
    return bench_word(b, BENCH_DATA);
}

static inline u32 bench_create_semaphore(struct bench *b, u32 count, u32 limit)
{
    assert_int_equal(bench_call(b, 1, NtCreateSemaphore, BENCH_DATA, 0, count, limit), STATUS_SUCCESS);
    return bench_word(b, BENCH_DATA);
}

static inline u32 bench_create_mutant(struct bench *b, u32 id, u32 owned)
{
    assert_int_equal(bench_call(b, id, NtCreateMutant, BENCH_DATA, 0, owned), STATUS_SUCCESS);
    return bench_word(b, BENCH_DATA);
}

/* Thread id waits on one handle for ever; it must block. */
static inline void bench_block_on(struct bench *b, u32 id, u32 handle)
{
    bench_call(b, id, NtWaitForSingleObjectEx, handle, 1, 0, 0);
    assert_true(b->blocked);
    assert_int_equal(bench_thread(b, id)->state, THREAD_WAITING);
}

static inline bool bench_is_ready(struct bench *b, u32 id)
{
    return bench_thread(b, id)->state == THREAD_READY;
}

static inline u32 bench_result(struct bench *b, u32 id)
{
    return (u32)bench_thread(b, id)->cpu.r[3];
}

/* Waits on count handles or pointers at BENCH_DATA + 0x100. */
static inline void bench_put(struct bench *b, const u32 *values, u32 count)
{
    for (u32 i = 0; i < count; i++)
        memory_set32(b->e, BENCH_DATA + 0x100 + i * 4, values[i]);
}

#endif
