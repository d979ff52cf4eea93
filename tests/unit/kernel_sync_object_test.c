/* SPDX-License-Identifier: BSD-3-Clause
 * Handles, names, references and identities. */
#include "tests/unit/kernel_sync_bench.h"

static u32 attributes(struct bench *b, u32 ea, const char *name, u32 flags)
{
    u32 length = (u32)strlen(name);
    memory_set32(b->e, ea, 0);
    memory_set32(b->e, ea + 4, ea + 12);
    memory_set32(b->e, ea + 8, flags);
    memory_set16(b->e, ea + 12, (u16)length);
    memory_set16(b->e, ea + 14, (u16)(length + 1));
    memory_set32(b->e, ea + 16, ea + 20);
    memory_write(b->e, ea + 20, name, length + 1);
    return ea;
}

static void test_handles_are_the_consoles(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    u32 first = bench_create_event(b, 0, 0), second = bench_create_event(b, 0, 0);
    assert_int_equal(first, 0xF8000004);
    assert_int_equal(second, 0xF8000008);
    const struct event *made = bench_event(b, EVENT_handle_create, 1);
    assert_int_equal(made->v[F_handle_create_handle], second);
    assert_int_equal(made->v[F_handle_create_type], OBJECT_EVENT);
    assert_true(made->v[F_handle_create_hsid] != 0);
    assert_int_equal(bench_call(b, 1, NtClose, first), STATUS_SUCCESS);
    assert_int_equal(bench_call(b, 1, NtClose, first), STATUS_INVALID_HANDLE);
    assert_int_equal(bench_call(b, 1, NtClose, 0), STATUS_INVALID_HANDLE);
    assert_int_equal(bench_call(b, 1, NtClose, 0xFFFFFFFF), STATUS_INVALID_HANDLE);
    assert_int_equal(bench_create_event(b, 0, 0), first);
    bench_destroy(b);
}

static void test_duplicates_share_their_object(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 event = bench_create_event(b, 1, 0);
    assert_int_equal(bench_call(b, 1, NtDuplicateObject, event, BENCH_DATA, 0), STATUS_SUCCESS);
    u32 copy = bench_word(b, BENCH_DATA);
    assert_int_not_equal(copy, event);
    const struct event *told = bench_event(b, EVENT_handle_duplicate, 1);
    assert_true(told->v[F_handle_duplicate_hsid] == bench_event(b, EVENT_handle_create, 1)->v[F_handle_create_hsid]);
    bench_block_on(b, 2, copy);
    bench_call(b, 1, NtClose, copy);
    bench_call(b, 1, NtSetEvent, event, 0);
    assert_true(bench_is_ready(b, 2));
    assert_int_equal(bench_call(b, 1, NtDuplicateObject, event, BENCH_DATA, 1), STATUS_SUCCESS);
    assert_int_equal(bench_call(b, 1, NtSetEvent, event, 0), STATUS_INVALID_HANDLE);
    assert_int_equal(bench_call(b, 1, NtSetEvent, bench_word(b, BENCH_DATA), 0), STATUS_SUCCESS);
    assert_int_equal(bench_call(b, 1, NtDuplicateObject, event, BENCH_DATA, 0), STATUS_INVALID_HANDLE);
    bench_destroy(b);
}

/* Closing the last handle of what a thread waits on does not wake it, and its object lives as long as the wait. */
static void test_waited_objects_outlive_their_handles(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 event = bench_create_event(b, 1, 0);
    bench_call(b, 2, NtWaitForSingleObjectEx, event, 1, 0, bench_timeout(b, 1));
    u32 slot = bench_thread(b, 2)->wait.node[0].object;
    bench_call(b, 1, NtClose, event);
    assert_int_equal(b->m->objects[slot].type, OBJECT_EVENT);
    bench_time(b, 1000 + TICKS_PER_MS);
    assert_int_equal(b->m->objects[slot].type, OBJECT_FREE);
    bench_destroy(b);
}

static void test_names(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    u32 name = attributes(b, BENCH_DATA + 0x300, "Alpha", 0x80);
    assert_int_equal(bench_call(b, 1, NtCreateEvent, BENCH_DATA, name, 1, 0), STATUS_SUCCESS);
    u32 first = bench_word(b, BENCH_DATA);
    attributes(b, name, "ALPHA", 0x80);
    assert_int_equal(bench_call(b, 1, NtCreateEvent, BENCH_DATA, name, 1, 0), STATUS_OBJECT_NAME_EXISTS);
    u32 second = bench_word(b, BENCH_DATA);
    bench_call(b, 1, NtSetEvent, second, 0);
    assert_int_equal(bench_call(b, 1, NtWaitForSingleObjectEx, first, 1, 0, 0), STATUS_SUCCESS);
    assert_int_equal(bench_call(b, 1, NtCreateSemaphore, BENCH_DATA, name, 0, 1), STATUS_OBJECT_TYPE_MISMATCH);
    attributes(b, name, "alpha", 0);
    assert_int_equal(bench_call(b, 1, NtCreateEvent, BENCH_DATA, name, 1, 0), STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(bench_call(b, 1, ObOpenObjectByName, name, 0, 0, BENCH_DATA), STATUS_SUCCESS);
    bench_call(b, 1, NtClose, bench_word(b, BENCH_DATA));
    bench_call(b, 1, NtClose, first);
    bench_call(b, 1, NtClose, second);
    assert_int_equal(bench_call(b, 1, ObOpenObjectByName, name, 0, 0, BENCH_DATA), STATUS_OBJECT_NAME_NOT_FOUND);
    memory_set16(b->e, name + 12, 5000);
    assert_int_equal(bench_call(b, 1, NtCreateEvent, BENCH_DATA, name, 1, 0), STATUS_OBJECT_NAME_INVALID);
    assert_int_equal(bench_call(b, 1, NtCreateEvent, BENCH_DATA, 0x33, 1, 0), STATUS_ACCESS_VIOLATION);
    bench_destroy(b);
}

static void test_references_by_pointer(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    u32 event = bench_create_event(b, 1, 1);
    assert_int_equal(bench_call(b, 1, ObReferenceObjectByHandle, event, 0, BENCH_DATA), STATUS_SUCCESS);
    u32 pointer = bench_word(b, BENCH_DATA);
    assert_int_equal(memory_get8(b->e, pointer), HEADER_EVENT_AUTO);
    bench_call(b, 1, NtClose, event);
    assert_int_equal(bench_call(b, 1, KeWaitForSingleObject, pointer, 3, 1, 0, 0), STATUS_SUCCESS);
    assert_int_equal(bench_call(b, 1, ObOpenObjectByPointer, pointer, BENCH_DATA), STATUS_SUCCESS);
    u32 again = bench_word(b, BENCH_DATA);
    for (u32 i = 0; i < 5; i++)
        bench_call(b, 1, ObDereferenceObject, pointer);
    assert_int_equal(bench_call(b, 1, NtSetEvent, again, 0), STATUS_SUCCESS);
    bench_call(b, 1, NtClose, again);
    assert_null(object_known_at(b->e, pointer));
    u32 kept = bench_create_event(b, 0, 0);
    bench_call(b, 1, ObReferenceObjectByHandle, kept, 0, BENCH_DATA);
    pointer = bench_word(b, BENCH_DATA);
    bench_call(b, 1, ObReferenceObject, pointer);
    bench_call(b, 1, ObDereferenceObject, pointer);
    bench_call(b, 1, NtClose, kept);
    assert_non_null(object_known_at(b->e, pointer));
    bench_call(b, 1, ObDereferenceObject, pointer);
    assert_null(object_known_at(b->e, pointer));
    bench_call(b, 1, ObDereferenceObject, 0x12345);
    assert_int_equal(bench_call(b, 1, ObReferenceObjectByHandle, 0xFFFFFFFE, 0, BENCH_DATA), STATUS_SUCCESS);
    assert_int_equal(bench_word(b, BENCH_DATA), bench_thread(b, 1)->kthread);
    assert_int_equal(bench_call(b, 1, ObLookupThreadByThreadId, 1, BENCH_DATA), STATUS_SUCCESS);
    assert_int_equal(bench_call(b, 1, ObLookupAnyThreadByThreadId, 1, BENCH_DATA + 4), STATUS_SUCCESS);
    assert_int_equal(bench_word(b, BENCH_DATA + 4), bench_word(b, BENCH_DATA));
    assert_int_equal(bench_call(b, 1, ObGetWaitableObject, bench_word(b, BENCH_DATA)), bench_word(b, BENCH_DATA));
    assert_int_equal(bench_call(b, 1, ObLookupThreadByThreadId, 99, BENCH_DATA), STATUS_INVALID_PARAMETER);
    bench_destroy(b);
}

static void test_handles_run_out(void **state)
{
    (void)state;
    struct bench *b = bench_create(1);
    u32 event = bench_create_event(b, 1, 0);
    u32 made = 1;
    while (bench_call(b, 1, NtDuplicateObject, event, BENCH_DATA, 0) == STATUS_SUCCESS)
        made++;
    assert_int_equal(made, HANDLES_MAX - 1);
    assert_int_equal(bench_call(b, 1, NtCreateEvent, BENCH_DATA, 0, 0, 0), STATUS_NO_MEMORY);
    bench_call(b, 1, NtClose, event);
    assert_int_equal(bench_create_event(b, 0, 0), event);
    bench_destroy(b);
}

/* Headers that titles make themselves are known from first use; they cannot fill the pool for ever. */
static void test_headers_made_by_the_title(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 base = 0x20000000, size = 0x80000;
    memory_protect(b->e, base, size, PAGE_READ | PAGE_WRITE | PAGE_RESERVED | PAGE_COMMITTED);
    bench_call(b, 2, KeWaitForSingleObject, base, 3, 1, 0, 0);
    assert_true(b->blocked);
    for (u32 ea = base + 16; ea < base + size; ea += 16)
        assert_int_equal(bench_call(b, 1, KeSetEvent, ea, 0, 0), 0);
    assert_int_equal(bench_call(b, 1, KeSetEvent, base + 16, 0, 0), 1);
    bench_call(b, 1, KeSetEvent, base, 0, 0);
    assert_true(bench_is_ready(b, 2));
    assert_int_equal(bench_thread(b, 1)->cpu.stop, CPU_RUN);
    bench_destroy(b);
}

static const struct object *at(struct bench *b, u32 ea)
{
    const struct object *object = object_known_at(b->e, ea);
    assert_non_null(object);
    return object;
}

/* Who initialised it, where, and which time; not who used it first. */
static void test_initialising_gives_identity(void **state)
{
    (void)state;
    struct bench *b = bench_create(2);
    u32 ea = BENCH_DATA + 0x400;
    struct {
        u64 (*handler)(struct kcall *k);
        u64 arguments[3];
        enum object_type type;
    } calls[] = {
        {xboxkrnl_KeInitializeEvent, {0, 1, 0}, OBJECT_EVENT},
        {xboxkrnl_KeInitializeSemaphore, {0, 1, 9}, OBJECT_SEMAPHORE},
        {xboxkrnl_KeInitializeMutant, {0, 0}, OBJECT_MUTANT},
        {xboxkrnl_KeInitializeTimerEx, {0, 1}, OBJECT_TIMER},
        {xboxkrnl_RtlInitializeCriticalSection, {0}, OBJECT_CRITICAL_SECTION},
        {xboxkrnl_RtlInitializeCriticalSectionAndSpinCount, {0, 100}, OBJECT_CRITICAL_SECTION},
    };
    for (u32 i = 0; i < countof(calls); i++, ea += 0x40) {
        b->lr = 0x82003000 + i * 4;
        const u64 arguments[KCALL_ARGUMENTS] = {ea, calls[i].arguments[1], calls[i].arguments[2]};
        bench_call_array(b, 2, calls[i].handler, arguments);
        struct object first = *at(b, ea);
        assert_int_equal(first.type, calls[i].type);
        assert_int_equal(first.creator, 2);
        assert_int_equal(first.create_lr, b->lr);
        assert_int_equal(first.create_ordinal, 0);
        b->lr = 0x82004000;
        if (first.type != OBJECT_CRITICAL_SECTION)
            bench_call(b, 1, KeSetEvent, ea); /* a fault where it is of another type; no new identity */
        bench_thread(b, 1)->cpu.stop = CPU_RUN;
        assert_true(at(b, ea)->hsid == first.hsid);
        b->lr = first.create_lr;
        bench_call_array(b, 2, calls[i].handler, arguments);
        assert_true(at(b, ea)->hsid != first.hsid);
        assert_int_equal(at(b, ea)->create_ordinal, 1);
        assert_int_equal(at(b, ea)->signal_lr, 0);
    }
    bench_destroy(b);
}

/* The title makes the header anew without a call, in the same memory: what was known of the old one is not told of the
 * new one. With a waiter the object stays, under a new name. */
static void test_memory_used_again_has_a_new_identity(void **state)
{
    (void)state;
    struct bench *b = bench_create(3);
    u32 ea = BENCH_DATA + 0x400;
    bench_call(b, 1, KeInitializeEvent, ea, 1, 0);
    bench_call(b, 1, KeSetEvent, ea);
    u64 hsid = at(b, ea)->hsid;
    sync_header(b->e, ea, HEADER_EVENT_AUTO, 0);
    b->lr = 0x82005000;
    bench_call(b, 2, KeWaitForSingleObject, ea, 3, 1, 0, 0);
    assert_true(b->blocked);
    assert_true(at(b, ea)->hsid != hsid);
    assert_int_equal(at(b, ea)->creator, 2);
    assert_int_equal(at(b, ea)->create_lr, 0x82005000);
    assert_int_equal(at(b, ea)->signal_thread, 0);
    hsid = at(b, ea)->hsid;
    sync_header(b->e, ea, HEADER_EVENT_AUTO, 0);
    bench_call(b, 3, KeResetEvent, ea);
    assert_true(at(b, ea)->hsid != hsid);
    assert_int_equal(at(b, ea)->creator, 3);
    bench_call(b, 1, KeSetEvent, ea);
    assert_true(bench_is_ready(b, 2));
    /* Freed, and zeros now: a manual event as any fresh one. */
    memory_zero(b->e, ea, 16);
    bench_call(b, 1, KeResetEvent, ea);
    assert_int_equal(at(b, ea)->creator, 1);
    /* No header at all: there is no object any more. */
    memory_set32(b->e, ea, 0x77000000);
    bench_call(b, 1, KeSetEvent, ea);
    assert_int_equal(bench_thread(b, 1)->cpu.stop, CPU_FAULT);
    assert_null(object_known_at(b->e, ea));
    bench_destroy(b);
}

static void test_what_was_done_to_an_object_is_kept(void **state)
{
    (void)state;
    struct bench *b = bench_create(3);
    u32 event = BENCH_DATA + 0x400, timer = BENCH_DATA + 0x440, semaphore = BENCH_DATA + 0x480;
    bench_call(b, 1, KeInitializeEvent, event, 1, 0);
    bench_call(b, 1, KeInitializeTimerEx, timer, 0);
    bench_call(b, 1, KeInitializeSemaphore, semaphore, 1, 1);
    b->lr = 0x82006000;
    bench_call(b, 1, KePulseEvent, event);
    assert_int_equal(at(b, event)->signal_woke, 0);
    assert_int_equal(at(b, event)->signal_lr, 0x82006000);
    bench_call(b, 2, KeWaitForSingleObject, event, 3, 1, 0, 0);
    bench_call(b, 1, KePulseEvent, event);
    assert_int_equal(at(b, event)->signal_woke, 1);
    bench_call(b, 1, KeSetEvent, event);
    assert_int_equal(at(b, event)->signal_woke, 0);
    u32 taken = at(b, event)->undone.count;
    b->lr = 0x82006010;
    bench_call(b, 3, KeResetEvent, event);
    assert_int_equal(at(b, event)->undone.count, taken + 1);
    assert_int_equal(at(b, event)->undone.thread, 3);
    assert_int_equal(at(b, event)->undone.lr, 0x82006010);
    bench_call(b, 1, KeSetTimer, timer, (u64)-10000, 0);
    assert_int_equal(at(b, timer)->armed.thread, 1);
    assert_int_equal(at(b, timer)->undone.count, 0);
    bench_call(b, 2, KeCancelTimer, timer);
    bench_call(b, 2, KeCancelTimer, timer);
    assert_int_equal(at(b, timer)->undone.count, 1);
    assert_int_equal(at(b, timer)->undone.thread, 2);
    bench_call(b, 2, KeReleaseSemaphore, semaphore, 1, 1, 0);
    bench_thread(b, 2)->cpu.stop = CPU_RUN;
    assert_int_equal(at(b, semaphore)->refused.thread, 2);
    assert_int_equal(at(b, semaphore)->refused.count, 1);
    bench_destroy(b);
}

/* The same calls give the same names whatever else the machine did, and other sites give others. */
static void test_identities(void **state)
{
    (void)state;
    u64 hsid[2];
    for (u32 run = 0; run < 2; run++) {
        struct bench *b = bench_create(2);
        if (run) { /* other handles, addresses and ids by another thread */
            b->lr = 0x82009000;
            for (u32 i = 0; i < 10; i++)
                bench_call(b, 2, NtCreateEvent, BENCH_DATA, 0, 0, 0);
        }
        b->lr = 0x82001000;
        u64 seen[3];
        for (u32 i = 0; i < 3; i++) {
            bench_create_event(b, 0, 0);
            seen[i] = bench_event(b, EVENT_handle_create, 1)->v[F_handle_create_hsid];
        }
        assert_true(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2]);
        hsid[run] = seen[2];
        bench_destroy(b);
    }
    assert_true(hsid[0] == hsid[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handles_are_the_consoles),
        cmocka_unit_test(test_duplicates_share_their_object),
        cmocka_unit_test(test_waited_objects_outlive_their_handles),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_references_by_pointer),
        cmocka_unit_test(test_handles_run_out),
        cmocka_unit_test(test_headers_made_by_the_title),
        cmocka_unit_test(test_initialising_gives_identity),
        cmocka_unit_test(test_memory_used_again_has_a_new_identity),
        cmocka_unit_test(test_what_was_done_to_an_object_is_kept),
        cmocka_unit_test(test_identities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
