/* SPDX-License-Identifier: BSD-3-Clause
 * Logs that end early, and runs that stand still: what their last events tell. */
#include "tests/unit/diff_first_sample.h"

/* The same twice, the second time not to its end. */
static void make_pair(void (*run)(bool is_whole, u32 way), u32 way)
{
    begin(path_a, ids_a);
    run(true, way);
    end();
    begin(path_b, ids_b);
    run(false, way);
    end();
    compare();
}

static u8 end_in_b(u32 role)
{
    return first.ends[1].of[run_thread_place(run_b, ids_b[role])];
}

/* Main makes two workers. The first waits for good; the log ends as the second enters a section: that nobody holds,
 * that the first may hold, for which it is told to wait, or that it only tries. */
enum { FREE, HELD, WAITED_FOR, TRIED };

static void enterer(bool is_whole, u32 way)
{
    const char *enter = way == TRIED ? "RtlTryEnterCriticalSection" : "RtlEnterCriticalSection";
    done(0, "KeTlsAlloc", 0x10);
    spawn(0, 1, 0x82001000);
    spawn(0, 2, 0x82002000);
    put(0, (struct event){.kind = EVENT_thread_exit, .count = 1});
    if (way == HELD || way == TRIED)
        done(1, "RtlEnterCriticalSection", 0x200);
    wait_for(1, 0x210);
    done(2, "RtlEnterCriticalSection", 0x300);
    done(2, "RtlLeaveCriticalSection", 0x310);
    call(2, enter, 0x300);
    if (way == WAITED_FOR)
        put(2, (struct event){.kind = EVENT_wait_begin, .count = 8, .op = export_by_name(enter)->op, .lr = 0x300});
    if (!is_whole)
        return;
    back(2, enter, 0x300, 1);
    done(2, "RtlLeaveCriticalSection", 0x310);
    done(2, "NtClose", 0x320);
    wake(1, 0x210, 0);
    done(1, "NtClose", 0x220);
}

static void test_who_enters_a_section_that_nobody_holds_is_cut_off(void **state)
{
    (void)state;
    make_pair(enterer, FREE);
    assert_int_equal(first.verdict, FIRST_DIVERGED);
    for (u32 i = 0; i < first.count; i++)
        assert_string_equal(first_class_name(first.list[i].class), "TRUNCATED");
    assert_int_equal(end_in_b(2), ENDS_RUNNING);
}

static void test_who_enters_a_section_that_may_be_held_is_in_doubt(void **state)
{
    (void)state;
    make_pair(enterer, HELD);
    assert_int_equal(first.verdict, FIRST_UNCERTAIN);
    assert_true(first.count == 2);
    for (u32 i = 0; i < first.count; i++)
        assert_true(first.list[i].is_uncertain);
    assert_int_equal(end_in_b(2), ENDS_BLOCKED);
}

static void test_who_is_told_to_wait_for_a_section_is_blocked(void **state)
{
    (void)state;
    make_pair(enterer, WAITED_FOR);
    assert_int_equal(end_in_b(2), ENDS_BLOCKED);
    assert_string_equal(first_class_name(first.list[0].class), "WEDGE");
    assert_false(first.list[0].is_uncertain);
}

static void test_who_only_tries_a_section_is_cut_off(void **state)
{
    (void)state;
    make_pair(enterer, TRIED);
    assert_int_equal(end_in_b(2), ENDS_RUNNING);
    assert_string_equal(first_class_name(first.list[0].class), "TRUNCATED");
}

/* A worker waits, main wakes it and waits itself; the log ends, or the worker never comes out of it. */
static void woken(bool is_whole, u32 is_late)
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

static void test_who_is_woken_at_the_very_end_is_cut_off(void **state)
{
    (void)state;
    make_pair(woken, false);
    assert_string_equal(first_class_name(first.list[0].class), "TRUNCATED");
    assert_true(first.ends[1].is_woken[run_thread_place(run_b, ids_b[1])]);
}

static void test_a_wait_behind_the_last_signal_is_a_wedge(void **state)
{
    (void)state;
    make_pair(woken, true);
    assert_string_equal(first_class_name(first.list[0].class), "WEDGE");
    assert_false(first.ends[1].is_woken[run_thread_place(run_b, ids_b[1])]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_teardown(test_who_enters_a_section_that_nobody_holds_is_cut_off, teardown),
    cmocka_unit_test_teardown(test_who_enters_a_section_that_may_be_held_is_in_doubt, teardown),
    cmocka_unit_test_teardown(test_who_is_told_to_wait_for_a_section_is_blocked, teardown),
    cmocka_unit_test_teardown(test_who_only_tries_a_section_is_cut_off, teardown),
    cmocka_unit_test_teardown(test_who_is_woken_at_the_very_end_is_cut_off, teardown),
    cmocka_unit_test_teardown(test_a_wait_behind_the_last_signal_is_a_wedge, teardown),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
