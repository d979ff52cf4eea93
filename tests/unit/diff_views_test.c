/* SPDX-License-Identifier: BSD-3-Clause
 * Objects, waits, calls and files of small runs: our own, and logs of other engines with all that they leave out. */
#include "diff/calls.h"
#include "diff/files.h"
#include "diff/waits.h"
#include "schema/role.h"
#include "tests/unit/diff_sample.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

enum { EVENT_HSID = 0xE1, SEMAPHORE_HSID = 0x5E, THREAD_HSID = 0x7D };

struct views {
    struct run *run;
    struct objects objects;
    struct waits waits;
};

static void open_views(struct views *v, struct sample *s)
{
    struct err err = {""};
    sample_end(s);
    v->run = run_open(s->path, &err);
    assert_non_null(v->run);
    assert_true(waits_make(&v->waits, &v->objects, v->run, &err));
}

static void close_views(struct views *v, struct sample *s)
{
    waits_free(&v->waits);
    objects_free(&v->objects);
    run_close(v->run);
    sample_remove(s);
}

static void append_thread(struct sample *s, u32 parent, u32 child, u64 time, u64 hsid)
{
    struct event e = sample_event(EVENT_thread_create, parent, time, "ExCreateThread", 0x82000010);
    e.v[F_thread_create_child] = child;
    e.v[F_thread_create_entry] = 0x82002000;
    e.v[F_thread_create_hsid] = hsid;
    sample_add(s, e);
}

static void append_duplicate(struct sample *s, u32 thread, u64 time, u64 handle, u64 source, u64 hsid)
{
    struct event e = sample_event(EVENT_handle_duplicate, thread, time, "NtDuplicateObject", 0x82000020);
    e.v[F_handle_duplicate_handle] = handle;
    e.v[F_handle_duplicate_source] = source;
    e.v[F_handle_duplicate_hsid] = hsid;
    sample_add(s, e);
}

static void append_destroy(struct sample *s, u32 thread, u64 time, u64 handle)
{
    struct event e = sample_event(EVENT_handle_destroy, thread, time, "NtClose", 0x82000030);
    e.v[F_handle_destroy_handle] = handle;
    sample_add(s, e);
}

/* Thread 1 makes an event and a thread 2; thread 2 waits on the event, thread 1 sets it by its duplicate; 1 joins 2. */
static void append_own_run(struct sample *s)
{
    sample_call(s, 1, 10, "NtCreateEvent", 0x82000000, 0);
    sample_create(s, 1, 11, "NtCreateEvent", 0xF8000004, OBJECT_EVENT, EVENT_HSID);
    sample_return(s, 1, 12, "NtCreateEvent", 0x82000000, 0);
    append_duplicate(s, 1, 13, 0xF8000008, 0xF8000004, EVENT_HSID);
    append_thread(s, 1, 2, 14, THREAD_HSID);
    sample_create(s, 1, 15, "ExCreateThread", 0xF800000C, OBJECT_THREAD, THREAD_HSID);
    sample_call(s, 2, 20, "NtWaitForSingleObjectEx", 0x82002010, 0xF8000004);
    sample_wait(s, 2, 21, "NtWaitForSingleObjectEx", UINT64_MAX, EVENT_HSID);
    sample_call(s, 1, 30, "NtSetEvent", 0x82000040, 0xF8000008);
    struct event end = sample_event(EVENT_wait_end, 2, 31, "NtWaitForSingleObjectEx", 0x82002010);
    end.v[F_wait_end_since] = 21;
    end.v[F_wait_end_object] = EVENT_HSID;
    end.v[F_wait_end_waker] = 1;
    end.v[F_wait_end_waker_lr] = 0x82000040;
    sample_add(s, end);
    sample_return(s, 2, 32, "NtWaitForSingleObjectEx", 0x82002010, 0);
    append_destroy(s, 1, 33, 0xF8000004);
    append_destroy(s, 1, 34, 0xF8000008);
    sample_create(s, 1, 35, "NtCreateSemaphore", 0xF8000004, OBJECT_SEMAPHORE, SEMAPHORE_HSID);
    sample_call(s, 1, 36, "NtReleaseSemaphore", 0x82000050, 0xF8000004);
    sample_add(s, sample_event(EVENT_thread_exit, 2, 40, NULL, 0));
    sample_call(s, 1, 41, "NtWaitForSingleObjectEx", 0x82000060, 0xF800000C);
    sample_return(s, 1, 42, "NtWaitForSingleObjectEx", 0x82000060, 0);
    sample_call(s, 1, 50, "NtWaitForSingleObjectEx", 0x82000070, 0xF8000004);
    sample_wait(s, 1, 51, "NtWaitForSingleObjectEx", UINT64_MAX, SEMAPHORE_HSID);
}

static void test_handles_stand_for_objects_for_a_while(void **state)
{
    (void)state;
    struct sample s;
    struct views v;
    sample_begin(&s);
    append_own_run(&s);
    open_views(&v, &s);
    u32 event = objects_by_hsid(&v.objects, EVENT_HSID), semaphore = objects_by_hsid(&v.objects, SEMAPHORE_HSID);
    assert_int_equal(v.objects.count, 3);
    assert_int_equal(objects_by_handle(&v.objects, 0xF8000004, 8), event);
    assert_int_equal(objects_by_handle(&v.objects, 0xF8000008, 8), event);
    assert_int_equal(objects_by_handle(&v.objects, 0xF8000004, UINT64_MAX), semaphore);
    assert_int_equal(objects_by_handle(&v.objects, 0xF8000008, UINT64_MAX), OBJECTS_NONE);
    const struct object *row = &v.objects.rows[event];
    assert_int_equal(row->alias_count, 2);
    assert_int_equal(v.objects.aliases[row->first_alias + 1].how, ALIAS_DUPLICATED);
    assert_int_equal(row->end_time, 34);
    assert_int_equal(row->signal_count, 1);
    assert_int_equal(row->op, sample_op("NtCreateEvent"));
    assert_int_equal(objects_signal_threads(&v.objects, event), 1);
    assert_int_equal(objects_unknown_signals(&v.objects), 0);
    close_views(&v, &s);
}

static void test_a_threads_end_signals_its_object(void **state)
{
    (void)state;
    struct sample s;
    struct views v;
    sample_begin(&s);
    append_own_run(&s);
    open_views(&v, &s);
    u32 thread = objects_by_hsid(&v.objects, THREAD_HSID), place = run_thread_place(v.run, 2);
    assert_int_equal(objects_by_thread(&v.objects, place), thread);
    assert_int_equal(v.objects.rows[thread].target, place);
    assert_int_equal(v.objects.rows[thread].signal_count, 1);
    assert_int_equal(v.objects.signals[v.objects.rows[thread].first_signal].role, ROLE_EXIT);
    close_views(&v, &s);
}

static void test_waits_of_our_own_run(void **state)
{
    (void)state;
    struct sample s;
    struct views v;
    sample_begin(&s);
    append_own_run(&s);
    open_views(&v, &s);
    assert_int_equal(v.waits.count, 3);
    const struct wait *join = &v.waits.rows[0], *open = &v.waits.rows[1], *told = &v.waits.rows[2];
    assert_int_equal(told->state, WAIT_ENDED);
    assert_true(told->blocked);
    assert_int_equal(told->waker, WAKER_TOLD);
    assert_int_equal(told->waker_place, run_thread_place(v.run, 1));
    assert_int_equal(told->waker_op, sample_op("NtSetEvent"));
    assert_int_equal(told->waker_time, 30);
    assert_int_equal(told->end_time, 31);
    assert_false(join->blocked);
    assert_int_equal(join->waker, WAKER_EARLIER);
    assert_int_equal(join->waker_place, run_thread_place(v.run, 2));
    assert_int_equal(open->state, WAIT_OPEN);
    assert_int_equal(open->lr, 0x82000070);
    assert_int_equal(waits_open(&v.waits, run_thread_place(v.run, 1)), 1);
    assert_int_equal(waits_open(&v.waits, run_thread_place(v.run, 2)), UINT32_MAX);
    close_views(&v, &s);
}

/* A wait as other engines log it: the call, its begin, the return. */
static void append_foreign_wait(struct sample *s, u32 thread, u64 begin, u64 end, u64 hsid)
{
    struct event call = sample_event(EVENT_call, thread, begin, "NtWaitForSingleObjectEx", 0x82002000 + thread);
    call.missing = 0x7FF;
    sample_add(s, call);
    sample_wait(s, thread, begin, NULL, UINT64_MAX, hsid);
    sample_return(s, thread, end, "NtWaitForSingleObjectEx", 0, 0);
}

static void clock_of_ns(struct sample *s)
{
    journal_meta(s->w, "clock.name", "ns");
    journal_meta_u64(s->w, "clock.hz", 1000000000);
}

/* Everything returns at once, and thread 2 never does anything afterwards. */
static void test_phantom_returns(void **state)
{
    (void)state;
    struct sample s;
    struct views v;
    sample_begin(&s);
    clock_of_ns(&s);
    append_foreign_wait(&s, 1, 1000, 3500, EVENT_HSID);
    append_foreign_wait(&s, 2, 5000, 7500, EVENT_HSID);
    sample_call(&s, 1, 9000000, "NtClose", 0x82000000, 0);
    sample_call(&s, 1, 9000001, "NtClose", 0x82000000, 0);
    open_views(&v, &s);
    assert_true(v.waits.eager);
    assert_int_equal(v.waits.count, 2);
    assert_int_equal(v.waits.rows[0].state, WAIT_ENDED);
    assert_int_equal(v.waits.rows[0].end_time, 9000000);
    assert_int_equal(v.waits.rows[0].lr, 0x82002001);
    assert_int_equal(v.waits.rows[1].state, WAIT_PHANTOM);
    assert_int_equal(waits_open(&v.waits, run_thread_place(v.run, 2)), 1);
    close_views(&v, &s);
}

/* One wait of the run took its time: the engine's returns are true. */
static void test_late_returns_are_no_phantoms(void **state)
{
    (void)state;
    struct sample s;
    struct views v;
    sample_begin(&s);
    clock_of_ns(&s);
    append_foreign_wait(&s, 1, 1000, 155000000, EVENT_HSID);
    append_foreign_wait(&s, 2, 155000000, 155023000, EVENT_HSID);
    open_views(&v, &s);
    assert_false(v.waits.eager);
    assert_int_equal(v.waits.rows[1].state, WAIT_ENDED);
    close_views(&v, &s);
}

static void test_a_dump_proves_a_phantom(void **state)
{
    (void)state;
    struct sample s;
    struct views v;
    sample_begin(&s);
    clock_of_ns(&s);
    append_foreign_wait(&s, 1, 1000, 155000000, EVENT_HSID);
    append_foreign_wait(&s, 2, 155000000, 155023000, EVENT_HSID);
    struct event e = sample_event(EVENT_snapshot, 0, 155100000, NULL, 0);
    e.v[F_snapshot_thread] = 2;
    e.v[F_snapshot_state] = journal_intern(s.w, "Blocked", 7);
    sample_add(&s, e);
    open_views(&v, &s);
    u32 place = run_thread_place(v.run, 2);
    assert_int_equal(waits_open(&v.waits, place), v.waits.first[place]);
    assert_int_equal(v.waits.rows[v.waits.first[place]].state, WAIT_PHANTOM);
    assert_true(v.waits.rows[v.waits.first[place]].by_snapshot);
    assert_int_equal(waits_open(&v.waits, run_thread_place(v.run, 1)), UINT32_MAX);
    close_views(&v, &s);
}

/* Two producers of the same event between begin and end: the later one is the waker; one before it all is not. */
static void test_wakers_are_found(void **state)
{
    (void)state;
    struct sample s;
    struct views v;
    sample_begin(&s);
    clock_of_ns(&s);
    sample_create(&s, 1, 1, NULL, 0x10, OBJECT_EVENT, EVENT_HSID);
    sample_call(&s, 1, 2, "NtSetEvent", 0x82000001, 0x10);
    append_foreign_wait(&s, 2, 3, 4, EVENT_HSID);
    struct event call = sample_event(EVENT_call, 2, 100, "NtWaitForSingleObjectEx", 0x82002000);
    sample_add(&s, call);
    sample_wait(&s, 2, 101, NULL, UINT64_MAX, EVENT_HSID);
    sample_call(&s, 1, 5000000, "NtSetEvent", 0x82000002, 0x10);
    sample_call(&s, 1, 5000001, "NtSetEvent", 0x82000003, 0x10);
    sample_return(&s, 2, 5000002, "NtWaitForSingleObjectEx", 0x82002000, 0);
    struct event unknown = sample_event(EVENT_call, 1, 5000003, "NtSetEvent", 0x82000004);
    unknown.missing = 1;
    sample_add(&s, unknown);
    open_views(&v, &s);
    assert_int_equal(v.waits.rows[0].waker, WAKER_EARLIER);
    assert_int_equal(v.waits.rows[0].waker_lr, 0x82000001);
    assert_int_equal(v.waits.rows[1].waker, WAKER_FOUND);
    assert_int_equal(v.waits.rows[1].waker_lr, 0x82000003);
    assert_int_equal(objects_unknown_signals(&v.objects), 1);
    close_views(&v, &s);
}

/* A duplicate told as handle.create: of its source where the call tells it, else nobody's. */
static void test_foreign_duplicates(void **state)
{
    (void)state;
    struct sample s;
    struct views v;
    sample_begin(&s);
    sample_call(&s, 1, 1, "NtCreateEvent", 0x82000001, 0);
    sample_create(&s, 1, 2, NULL, 0x10, OBJECT_EVENT, EVENT_HSID);
    sample_call(&s, 1, 3, "NtDuplicateObject", 0x82000002, 0x10);
    sample_create(&s, 1, 4, NULL, 0x14, OBJECT_EVENT, EVENT_HSID + 1);
    struct event call = sample_event(EVENT_call, 1, 5, "NtDuplicateObject", 0x82000003);
    call.missing = 1;
    sample_add(&s, call);
    sample_create(&s, 1, 6, NULL, 0x18, OBJECT_EVENT, EVENT_HSID + 2);
    open_views(&v, &s);
    u32 event = objects_by_hsid(&v.objects, EVENT_HSID), other = objects_by_hsid(&v.objects, EVENT_HSID + 2);
    assert_int_equal(objects_by_hsid(&v.objects, EVENT_HSID + 1), event);
    assert_int_equal(v.objects.rows[event].lr, 0x82000001);
    assert_int_not_equal(other, event);
    assert_int_equal(v.objects.aliases[v.objects.rows[other].first_alias].how, ALIAS_DUPLICATE_OF_UNKNOWN);
    close_views(&v, &s);
}

/* A signal by a handle that names nothing, and what the engine says of it behind. */
static void append_matched(struct sample *s, bool is_mute, u32 lr, u64 hsid, u64 handle)
{
    struct event call = sample_event(EVENT_call, 1, s->seq, "NtSetEvent", lr);
    struct event match = sample_event(EVENT_signal_match, 1, s->seq + 1, NULL, 0);
    call.v[F_call_a0] = 0x70;
    call.missing = is_mute;
    match.v[F_signal_match_hsid] = hsid;
    match.v[F_signal_match_handle] = handle;
    sample_add(s, call);
    if (!lr) /* which is another call's */
        sample_call(s, 1, s->seq, "KeTlsGetValue", 0x82000077, 0);
    sample_add(s, match);
}

static u32 object_signalled_at(const struct views *v, u32 lr)
{
    for (u32 i = 0; i < v->objects.signal_count; i++)
        if (run_site(v->run, v->objects.signals[i].site)->lr == lr)
            return v->objects.signals[i].object;
    return UINT32_MAX - 1;
}

/* What the engine says of a signal counts as of when it said so, whether calls could have told it or not. */
static void check_matches(bool is_mute)
{
    struct sample s;
    struct views v;
    sample_begin(&s);
    sample_create(&s, 1, 1, "NtCreateEvent", 0x10, OBJECT_EVENT, EVENT_HSID);
    sample_create(&s, 1, 2, "NtCreateEvent", 0x20, OBJECT_EVENT, EVENT_HSID + 1);
    append_matched(&s, is_mute, 1, EVENT_HSID, 0);
    append_matched(&s, is_mute, 2, 0, 0x20);
    append_matched(&s, is_mute, 3, EVENT_HSID + 2, 0x30);
    append_matched(&s, is_mute, 0, EVENT_HSID, 0);
    sample_create(&s, 1, s.seq, "NtCreateEvent", 0x30, OBJECT_EVENT, EVENT_HSID + 2);
    append_destroy(&s, 1, s.seq, 0x20);
    append_matched(&s, is_mute, 4, 0, 0x20);
    sample_create(&s, 1, s.seq, "NtCreateEvent", 0x20, OBJECT_EVENT, EVENT_HSID + 3);
    append_matched(&s, is_mute, 5, 0, 0x20);
    sample_create(&s, 1, s.seq, "NtCreateEvent", 0x40, OBJECT_EVENT, EVENT_HSID); /* a twin */
    append_matched(&s, is_mute, 6, EVENT_HSID, 0);
    open_views(&v, &s);
    assert_int_equal(object_signalled_at(&v, 1), 0);
    assert_int_equal(object_signalled_at(&v, 2), 1);
    assert_int_equal(object_signalled_at(&v, 3), OBJECTS_NONE);
    assert_int_equal(object_signalled_at(&v, 0), OBJECTS_NONE);
    assert_int_equal(object_signalled_at(&v, 4), OBJECTS_NONE);
    assert_int_equal(object_signalled_at(&v, 5), objects_by_hsid(&v.objects, EVENT_HSID + 3));
    assert_int_equal(object_signalled_at(&v, 6), objects_by_handle(&v.objects, 0x40, UINT64_MAX));
    assert_int_not_equal(object_signalled_at(&v, 6), 0);
    assert_int_equal(objects_unknown_signals(&v.objects), 3);
    close_views(&v, &s);
}

static void test_a_match_tells_what_was_known_then(void **state)
{
    (void)state;
    check_matches(false);
    check_matches(true);
}

/* Dispatcher objects by address: a wait tells whose address it is, a reference gives a handle's object one. */
static void test_addresses(void **state)
{
    (void)state;
    struct sample s;
    struct views v;
    sample_begin(&s);
    sample_call(&s, 1, 1, "KeSetEvent", 0x82000001, 0x70001000);
    sample_call(&s, 2, 2, "KeWaitForSingleObject", 0x82000002, 0x70001000);
    sample_wait(&s, 2, 3, "KeWaitForSingleObject", UINT64_MAX, EVENT_HSID);
    sample_create(&s, 1, 4, "NtCreateSemaphore", 0x10, OBJECT_SEMAPHORE, SEMAPHORE_HSID);
    sample_call(&s, 1, 5, "ObReferenceObjectByHandle", 0x82000003, 0x10);
    struct event e = sample_event(EVENT_return, 1, 6, "ObReferenceObjectByHandle", 0x82000003);
    e.v[F_return_out0] = 0x70002000;
    sample_add(&s, e);
    sample_call(&s, 1, 7, "KeReleaseSemaphore", 0x82000004, 0x70002000);
    open_views(&v, &s);
    u32 event = objects_by_hsid(&v.objects, EVENT_HSID), semaphore = objects_by_hsid(&v.objects, SEMAPHORE_HSID);
    assert_int_not_equal(event, OBJECTS_NONE);
    assert_int_equal(v.objects.rows[event].type, OBJECT_EVENT);
    assert_int_equal(v.objects.rows[event].signal_count, 1);
    assert_int_equal(v.objects.rows[event].wait_count, 1);
    assert_int_equal(v.objects.rows[semaphore].signal_count, 1);
    close_views(&v, &s);
}

static void test_calls_pair_with_their_returns(void **state)
{
    (void)state;
    struct sample s;
    struct calls calls;
    struct err err = {""};
    struct window window = WINDOW_ALL;
    sample_begin(&s);
    sample_call(&s, 1, 10, "NtWaitForSingleObjectEx", 0x82000001, 0);
    sample_call(&s, 1, 20, "NtSetEvent", 0x82000002, 0); /* in an APC, inside of the wait */
    sample_return(&s, 1, 25, "NtSetEvent", 0x82000002, 0);
    sample_return(&s, 1, 30, "NtWaitForSingleObjectEx", 0x82000001, 0);
    sample_call(&s, 2, 40, "NtSetEvent", 0x82000003, 0);
    sample_return(&s, 2, 41, "NtSetEvent", 0x82000003, 0);
    sample_call(&s, 2, 50, "ExTerminateThread", 0x82000004, 0);
    sample_end(&s);
    struct run *run = run_open(s.path, &err);
    assert_true(calls_make(&calls, run, &window, false, &err));
    assert_int_equal(calls.total, 4);
    assert_int_equal(calls.count, 3);
    assert_int_equal(calls.rows[0].op, sample_op("NtSetEvent"));
    assert_int_equal(calls.rows[0].count, 2);
    assert_int_equal(calls.rows[0].threads, 2);
    assert_int_equal(calls.rows[0].least, 1);
    assert_int_equal(calls.rows[0].most, 5);
    assert_int_equal(calls.rows[1].op, sample_op("ExTerminateThread"));
    assert_int_equal(calls.rows[1].returned, 0);
    assert_int_equal(calls.rows[2].total, 20);
    calls_free(&calls);
    window.from_time = 15;
    window.to_time = 45;
    assert_true(calls_make(&calls, run, &window, true, &err));
    assert_int_equal(calls.count, 2);
    assert_int_equal(calls.total, 2);
    calls_free(&calls);
    assert_int_equal(calls_enclosing(run, run_thread_place(run, 1), 2, 8), 1);
    assert_int_equal(calls_enclosing(run, run_thread_place(run, 1), 3, 8), 0);
    run_close(run);
    sample_remove(&s);
}

static void append_open(struct sample *s, u64 time, const char *op, const char *path, u64 handle, u64 status)
{
    struct event e = sample_event(EVENT_call, 1, time, op, 0x82000001);
    e.v[F_call_text] = journal_intern(s->w, path, strlen(path));
    sample_add(s, e);
    if (handle)
        sample_create(s, 1, time + 1, NULL, handle, OBJECT_FILE, handle);
    sample_return(s, 1, time + 2, op, 0x82000001, status);
}

static void test_files_of_a_log_without_file_events(void **state)
{
    (void)state;
    struct sample s;
    struct views v;
    struct files files;
    struct err err = {""};
    sample_begin(&s);
    append_open(&s, 10, "NtQueryFullAttributesFile", "cache:\\a", 0, 0xC0000034);
    append_open(&s, 20, "NtCreateFile", "cache:\\b", 0x44, 0);
    struct event e = sample_event(EVENT_call, 1, 30, "NtReadFile", 0x82000002);
    e.v[F_call_a0] = 0x44;
    e.v[F_call_a6] = 512;
    sample_add(&s, e);
    sample_return(&s, 1, 31, "NtReadFile", 0x82000002, 0);
    open_views(&v, &s);
    assert_true(files_make(&files, v.run, &v.objects, &err));
    assert_int_equal(files.count, 2);
    assert_int_equal(files.rows[0].acts[FILE_QUERY], 1);
    assert_int_equal(files.rows[0].failures, 1);
    assert_int_equal(files.rows[0].last_status, 0xC0000034);
    assert_int_equal(files.rows[1].acts[FILE_OPEN], 1);
    assert_int_equal(files.rows[1].acts[FILE_READ], 1);
    assert_int_equal(files.rows[1].bytes_read, 512);
    assert_int_equal(files.rows[1].failures, 0);
    files_free(&files);
    close_views(&v, &s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handles_stand_for_objects_for_a_while),
        cmocka_unit_test(test_a_threads_end_signals_its_object),
        cmocka_unit_test(test_waits_of_our_own_run),
        cmocka_unit_test(test_phantom_returns),
        cmocka_unit_test(test_late_returns_are_no_phantoms),
        cmocka_unit_test(test_a_dump_proves_a_phantom),
        cmocka_unit_test(test_wakers_are_found),
        cmocka_unit_test(test_foreign_duplicates),
        cmocka_unit_test(test_a_match_tells_what_was_known_then),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_calls_pair_with_their_returns),
        cmocka_unit_test(test_files_of_a_log_without_file_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
