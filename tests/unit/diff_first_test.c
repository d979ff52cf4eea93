/* SPDX-License-Identifier: BSD-3-Clause
 * The first divergence on hand-made pairs of runs: which pair, which call, which class, and what comes after what. */
#include "tests/unit/diff_first_sample.h"

#include <sqlite3.h>

enum { TIMEOUT = 0x102, NOT_FOUND = (int)0xC0000034 };

enum fault { NO_FAULT, NO_SIGNAL, WRONG_RESULT, SWAPPED, EXTRA };

/* Main (0) makes a worker (1); it asks for a file, signals; main waits for that signal each round. False: the signal
 * was lost. */
static bool rounds(u32 count, u32 jitter, u32 fault_round, enum fault fault)
{
    call(0, "KeTlsAlloc", 0x10);
    back(0, "KeTlsAlloc", 0x10, 0);
    spawn(0, 1, 0x82001000);
    for (u32 i = 0; i < count; i++) {
        bool is_faulty = fault && i == fault_round;
        wait_for(0, 0x20);
        for (u32 k = 0; k < (i * jitter) % 5; k++)
            done(1, "RtlEnterCriticalSection", 0x200);
        call(1, "NtQueryFullAttributesFile", 0x210);
        back(1, "NtQueryFullAttributesFile", 0x210, is_faulty && fault == WRONG_RESULT ? (u64)NOT_FOUND : 0);
        if (is_faulty && fault == EXTRA)
            done(1, "NtClose", 0x218);
        done(1, is_faulty && fault == SWAPPED ? "NtClose" : "NtReadFile",
             is_faulty && fault == SWAPPED ? 0x230 : 0x220);
        done(1, is_faulty && fault == SWAPPED ? "NtReadFile" : "NtClose",
             is_faulty && fault == SWAPPED ? 0x220 : 0x230);
        if (!is_faulty || fault != NO_SIGNAL)
            done(1, "NtSetEvent", 0x240);
        call(1, "KeDelayExecutionThread", 0x250);
        if (is_faulty && fault == NO_SIGNAL)
            return false;
        back(1, "KeDelayExecutionThread", 0x250, 0);
        wake(0, 0x20, 1);
    }
    return true;
}

static void make(u32 rounds_b, u32 fault_round, enum fault fault)
{
    begin(path_a, ids_a);
    rounds(9, 1, 0, NO_FAULT);
    done(0, "NtClose", 0x30);
    end();
    begin(path_b, ids_b);
    if (rounds(rounds_b, 2, fault_round, fault) && rounds_b == 9)
        done(0, "NtClose", 0x30);
    end();
    compare();
}

static void test_other_ids_and_contention_are_no_divergence(void **state)
{
    (void)state;
    make(9, 0, NO_FAULT);
    assert_int_equal(first.verdict, FIRST_SAME);
    assert_int_equal(first.count, 0);
    assert_int_equal(first.equal, 2);
    assert_int_not_equal(first.noise[NOISE_CRITICAL_SECTION].events[0], first.noise[NOISE_CRITICAL_SECTION].events[1]);
}

static void test_a_missing_signal_comes_before_its_waiter(void **state)
{
    (void)state;
    make(9, 4, NO_SIGNAL);
    assert_first(FIRST_DIVERGED, FIRST_BRANCH, 1, 4 * 5 + 3, 66, 66);
    assert_int_equal(first.count, 2);
    assert_int_equal(first.list[1].class, FIRST_WEDGE);
    assert_int_equal(first.list[1].cause, 0);
}

static void test_a_wrong_result_is_a_divergence(void **state)
{
    (void)state;
    make(9, 4, WRONG_RESULT);
    assert_int_equal(first.count, 1);
    assert_int_equal(first.list[0].class, FIRST_RETURN_VALUE);
    assert_int_equal(first.list[0].matched, 4 * 5);
    assert_string_equal(run_op_name(run_a, first.list[0].side[0].next.call.op), "NtQueryFullAttributesFile");
}

static void test_swapped_calls_are_an_order(void **state)
{
    (void)state;
    make(9, 4, SWAPPED);
    assert_int_equal(first.list[0].class, FIRST_ORDER);
    assert_int_equal(first.list[0].matched, 4 * 5 + 1);
    assert_int_equal(first.list[0].meeting.skipped[0], 2);
}

static void test_an_extra_call_and_where_they_meet_again(void **state)
{
    (void)state;
    make(9, 4, EXTRA);
    assert_int_equal(first.list[0].class, FIRST_BRANCH);
    assert_int_equal(first.list[0].meeting.shape, ALIGN_EXTRA);
    assert_int_equal(first.list[0].meeting.skipped[0], 0);
    assert_int_equal(first.list[0].meeting.skipped[1], 1);
    assert_int_equal(first.list[0].meeting.together, 4 * 5 + 4);
}

static void test_a_log_that_ends_early(void **state)
{
    (void)state;
    make(5, 0, NO_FAULT);
    assert_int_equal(first.verdict, FIRST_DIVERGED);
    assert_string_equal(first_class_name(first.list[0].class), "TRUNCATED");
    assert_int_equal(first.list[0].matched, 5 * 5);
    assert_false(first.list[0].side[1].has_next);
}

static void test_a_reference_that_ends_early_is_uncertain(void **state)
{
    (void)state;
    begin(path_a, ids_a);
    call(0, "KeTlsAlloc", 0x10);
    back(0, "KeTlsAlloc", 0x10, 0);
    end();
    begin(path_b, ids_b);
    done(0, "KeTlsAlloc", 0x10);
    done(0, "NtClose", 0x20);
    end();
    compare();
    assert_int_equal(first.verdict, FIRST_UNCERTAIN);
    assert_int_equal(first.list[0].facts[first.list[0].fact_count - 1].sign, '?');
}

/* A cache worker: one round signals its own event and waits, the others hand over and wait for somebody else. The bad
 * run hangs in the second; who made the worker has ended by then, else the log could as well be cut off there. */
static void cache_worker(u32 rounds_done, bool hangs)
{
    done(0, "KeTlsAlloc", 0x10);
    spawn(0, 1, 0x82001000);
    put(0, (struct event){.kind = EVENT_thread_exit, .count = 1});
    for (u32 i = 0; i < rounds_done; i++) {
        done(1, "NtCreateEvent", 0x300);
        done(1, i ? "NtReleaseSemaphore" : "NtSetEvent", i ? 0x320 : 0x310);
        wait_for(1, 0x330);
        if (hangs && i == rounds_done - 1)
            return;
        wake(1, 0x330, 0);
        done(1, "NtClose", 0x340);
    }
}

static void test_the_second_wait_is_not_compared_with_the_first(void **state)
{
    (void)state;
    begin(path_a, ids_a);
    cache_worker(9, false);
    end();
    begin(path_b, ids_b);
    cache_worker(2, true);
    end();
    compare();
    assert_first(FIRST_DIVERGED, FIRST_WEDGE, 1, 4 + 3, 18, -1);
}

static void poll(u32 count, u32 extra_at, bool varies)
{
    done(0, "KeTlsAlloc", 0x10);
    for (u32 i = 0; i < count; i++) {
        done(0, "NtClose", 0x20);
        for (u32 k = 0; k < 1 + (varies ? i % 4 : 0); k++)
            done(0, "KeQuerySystemTime", 0x30);
        if (i == extra_at)
            done(0, "KeQuerySystemTime", 0x40);
        done(0, "NtSetEvent", 0x50);
    }
    put(0, (struct event){.kind = EVENT_thread_exit, .count = 1});
}

static void make_polls(u32 extra_at, bool varies)
{
    begin(path_a, ids_a);
    poll(20, UINT32_MAX, false);
    end();
    begin(path_b, ids_b);
    poll(20, extra_at, varies);
    end();
    compare();
}

static void test_polls_that_vary_are_no_divergence(void **state)
{
    (void)state;
    make_polls(UINT32_MAX, true);
    assert_int_equal(first.verdict, FIRST_SAME);
}

static void test_one_call_of_a_noisy_kind_in_straight_code_is(void **state)
{
    (void)state;
    make_polls(7, false);
    assert_first(FIRST_DIVERGED, FIRST_BRANCH, 0, 1 + 7 * 3 + 2, 2 + 7 * 6 + 4, 2 + 7 * 6 + 4);
    assert_int_equal(first.list[0].side[1].next.call.lr, 0x40);
}

/* Few calls of the kind in all: their number is the same, one comes a call later. */
static void rare_polls(u32 late_at)
{
    for (u32 i = 0; i < 3; i++) {
        done(0, "NtClose", 0x20);
        if (i != late_at)
            done(0, "KeQuerySystemTime", 0x30);
        done(0, "NtSetEvent", 0x50);
        if (i == late_at)
            done(0, "KeQuerySystemTime", 0x30);
    }
    for (u32 i = 0; i < 8; i++)
        done(0, "NtReadFile", 0x60);
    put(0, (struct event){.kind = EVENT_thread_exit, .count = 1});
}

static void test_rare_polls_that_change_places_are_an_order(void **state)
{
    (void)state;
    begin(path_a, ids_a);
    rare_polls(UINT32_MAX);
    end();
    begin(path_b, ids_b);
    rare_polls(1);
    end();
    compare();
    assert_first(FIRST_DIVERGED, FIRST_ORDER, 0, 4, 8, 8);
}

static void test_what_a_log_never_tells_is_uncaptured(void **state)
{
    (void)state;
    for (u32 side = 0; side < 2; side++) {
        begin(side ? path_b : path_a, side ? ids_b : ids_a);
        for (u32 i = 0; i < 9; i++) {
            done(0, "NtClose", 0x20);
            if (!side)
                done(0, "NtReadFile", 0x30);
            done(0, "NtSetEvent", 0x40);
        }
        end();
    }
    compare();
    assert_int_equal(first.verdict, FIRST_UNCERTAIN);
    assert_string_equal(first_class_name(first.list[0].class), "UNCAPTURED");
}

static void test_arguments_are_compared(void **state)
{
    (void)state;
    for (u32 side = 0; side < 2; side++) {
        begin(side ? path_b : path_a, side ? ids_b : ids_a);
        struct event e = {.kind = EVENT_call, .count = 11, .op = export_by_name("NtCreateSemaphore")->op, .lr = 0x60};
        e.v[0] = side ? 0x7000 : 0x9000; /* an address: no two runs share it */
        e.v[3] = side ? 1 : 0x7FFFFFFF;
        put(0, e);
        back(0, "NtCreateSemaphore", 0x60, 0);
        end();
    }
    compare();
    assert_first(FIRST_DIVERGED, FIRST_ARGUMENT, 0, 0, 0, 0);
    assert_int_equal(first.list[0].values.argument, 3);
}

static void test_a_reference_run_teaches_what_varies(void **state)
{
    (void)state;
    struct err err;
    struct jitter jitter = {0};
    char path_c[64];
    make(9, 4, EXTRA);
    begin(path_c, ids_b);
    rounds(9, 0, 6, EXTRA);
    done(0, "NtClose", 0x30);
    end();
    assert_true(jitter_learn(&jitter, run_a, path_c, KEY_DEFAULT, &err));
    unlink(path_c);
    assert_int_equal(jitter.letter_count, 1);
    assert_int_equal(jitter.sites[0].lr, 0x218);
    assert_int_equal(jitter.sites[0].least, 0);
    assert_int_equal(jitter.sites[0].most, 1);
    assert_int_equal(first.verdict, FIRST_DIVERGED);
    first_finish(&first);
    struct first_options o = {.keys = {KEY_DEFAULT, KEYS_ALL, jitter.letters, jitter.letter_count},
                              .limit = UINT64_MAX,
                              .last_time = {UINT64_MAX, UINT64_MAX},
                              .values_most = 1 << 20,
                              .jitter = &jitter};
    first_find(&first, &pairing, &o);
    assert_int_equal(first.verdict, FIRST_SAME);
    assert_int_equal(first.noise[NOISE_CLASSES + 1].events[1], 1);
    jitter_free(&jitter);
}

/* Two threads of so many calls that not all values are compared any more; the last call differs. */
static void make_long(const char *last)
{
    enum { CALLS = FIRST_EVENTS / 2 + 1000 };
    static const char *const ops[] = {"NtSetEvent", "NtClose", "KeTlsGetValue"};
    u64 seed = 5;
    spawn(0, 1, 0x82100000);
    for (u32 i = 0; i < CALLS; i++) {
        struct event e = {.kind = EVENT_call, .count = 11, .lr = 0x200 + i % 97 * 4};
        e.op = export_by_name(ops[i / 97 % countof(ops)])->op;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        e.v[0] = seed >> 48;
        put(i % 2, e);
    }
    done(1, last, 0x900);
    end();
}

static u64 data_size(struct run *run)
{
    sqlite3_stmt *row;
    assert_int_equal(sqlite3_prepare_v2(journal_sqlite(run_journal(run)), "SELECT sum(length(data)) FROM block_data",
                                        -1, &row, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    u64 size = (u64)sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return size;
}

/* What lies between the begin and the last event is equal by its marks, and is not read. */
static void test_what_is_equal_is_not_read(void **state)
{
    (void)state;
    struct err err;
    struct first_options o = {.keys.parts = KEY_DEFAULT,
                              .limit = UINT64_MAX,
                              .last_time = {UINT64_MAX, UINT64_MAX},
                              .values_most = FIRST_VALUES};
    begin(path_a, ids_a);
    make_long("NtClose");
    begin(path_b, ids_b);
    make_long("NtSetEvent");
    run_a = run_open(path_a, &err);
    run_b = run_open(path_b, &err);
    u64 before = run_bytes_read(run_a) + run_bytes_read(run_b), all = data_size(run_a) + data_size(run_b);
    assert_true(pair_threads(&pairing, run_a, run_b, NULL, &err));
    first_find(&first, &pairing, &o);
    u64 read = run_bytes_read(run_a) + run_bytes_read(run_b) - before;
    assert_int_equal(first.verdict, FIRST_DIVERGED);
    assert_int_equal(first.list[0].matched, FIRST_EVENTS / 4 + 500);
    if (read * 8 >= all)
        fail_msg("%llu of %llu bytes were read", (unsigned long long)read, (unsigned long long)all);
    assert_true(all > 1000000);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_teardown(test_other_ids_and_contention_are_no_divergence, teardown),
    cmocka_unit_test_teardown(test_a_missing_signal_comes_before_its_waiter, teardown),
    cmocka_unit_test_teardown(test_a_wrong_result_is_a_divergence, teardown),
    cmocka_unit_test_teardown(test_swapped_calls_are_an_order, teardown),
    cmocka_unit_test_teardown(test_an_extra_call_and_where_they_meet_again, teardown),
    cmocka_unit_test_teardown(test_a_log_that_ends_early, teardown),
    cmocka_unit_test_teardown(test_a_reference_that_ends_early_is_uncertain, teardown),
    cmocka_unit_test_teardown(test_rare_polls_that_change_places_are_an_order, teardown),
    cmocka_unit_test_teardown(test_the_second_wait_is_not_compared_with_the_first, teardown),
    cmocka_unit_test_teardown(test_polls_that_vary_are_no_divergence, teardown),
    cmocka_unit_test_teardown(test_one_call_of_a_noisy_kind_in_straight_code_is, teardown),
    cmocka_unit_test_teardown(test_what_a_log_never_tells_is_uncaptured, teardown),
    cmocka_unit_test_teardown(test_arguments_are_compared, teardown),
    cmocka_unit_test_teardown(test_a_reference_run_teaches_what_varies, teardown),
    cmocka_unit_test_teardown(test_what_is_equal_is_not_read, teardown),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
