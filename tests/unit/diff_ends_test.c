/* SPDX-License-Identifier: BSD-3-Clause
 * Logs that end early, and runs that stand still: what their last events tell. */
#include "tests/unit/diff_first_sample.h"

/* Main makes two workers. The first waits for good, perhaps with a section entered; the log ends as the second enters
 * one. */
static void enterer(bool is_whole, bool is_held)
{
    done(0, "KeTlsAlloc", 0x10);
    spawn(0, 1, 0x82001000);
    spawn(0, 2, 0x82002000);
    put(0, (struct event){.kind = EVENT_thread_exit, .count = 1});
    if (is_held)
        done(1, "RtlEnterCriticalSection", 0x200);
    wait_for(1, 0x210);
    done(2, "RtlEnterCriticalSection", 0x300);
    done(2, "RtlLeaveCriticalSection", 0x310);
    call(2, "RtlEnterCriticalSection", 0x300);
    if (!is_whole)
        return;
    back(2, "RtlEnterCriticalSection", 0x300, 0);
    done(2, "RtlLeaveCriticalSection", 0x310);
    done(2, "NtClose", 0x320);
    wake(1, 0x210, 0);
    done(1, "NtClose", 0x220);
}

static void make_enterer(bool is_held)
{
    begin(path_a, ids_a);
    enterer(true, is_held);
    end();
    begin(path_b, ids_b);
    enterer(false, is_held);
    end();
    compare();
}

static void test_who_enters_a_section_that_nobody_holds_is_cut_off(void **state)
{
    (void)state;
    make_enterer(false);
    assert_int_equal(first.verdict, FIRST_DIVERGED);
    for (u32 i = 0; i < first.count; i++)
        assert_string_equal(first_class_name(first.list[i].class), "TRUNCATED");
    assert_int_equal(first.ends[1].of[run_thread_place(run_b, ids_b[2])], ENDS_RUNNING);
}

static void test_who_enters_a_section_that_may_be_held_is_in_doubt(void **state)
{
    (void)state;
    make_enterer(true);
    assert_int_equal(first.verdict, FIRST_UNCERTAIN);
    assert_true(first.count == 2);
    for (u32 i = 0; i < first.count; i++)
        assert_true(first.list[i].is_uncertain);
    assert_int_equal(first.ends[1].of[run_thread_place(run_b, ids_b[2])], ENDS_BLOCKED);
}

/* A worker waits, main wakes it and waits itself; the log ends, or the worker never comes out of it. */
static void woken(bool is_whole, bool is_late)
{
    done(0, "KeTlsAlloc", 0x10);
    spawn(0, 1, 0x82001000);
    if (!is_late)
        wait_for(1, 0x210);
    put(0, (struct event){.kind = EVENT_wake_requested, .count = 3, .v = {7, 0, ids[1]}});
    if (is_late)
        wait_for(1, 0x210);
    wait_for(0, 0x20);
    if (!is_whole)
        return;
    wake(1, 0x210, 0);
    done(1, "NtSetEvent", 0x220);
    wake(0, 0x20, 1);
    done(0, "NtClose", 0x30);
}

static void make_woken(bool is_late)
{
    begin(path_a, ids_a);
    woken(true, is_late);
    end();
    begin(path_b, ids_b);
    woken(false, is_late);
    end();
    compare();
}

static void test_who_is_woken_at_the_very_end_is_cut_off(void **state)
{
    (void)state;
    make_woken(false);
    assert_string_equal(first_class_name(first.list[0].class), "TRUNCATED");
    assert_true(first.ends[1].is_woken[run_thread_place(run_b, ids_b[1])]);
}

static void test_a_wait_behind_the_last_signal_is_a_wedge(void **state)
{
    (void)state;
    make_woken(true);
    assert_string_equal(first_class_name(first.list[0].class), "WEDGE");
    assert_false(first.ends[1].is_woken[run_thread_place(run_b, ids_b[1])]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_teardown(test_who_enters_a_section_that_nobody_holds_is_cut_off, teardown),
    cmocka_unit_test_teardown(test_who_enters_a_section_that_may_be_held_is_in_doubt, teardown),
    cmocka_unit_test_teardown(test_who_is_woken_at_the_very_end_is_cut_off, teardown),
    cmocka_unit_test_teardown(test_a_wait_behind_the_last_signal_is_a_wedge, teardown),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
