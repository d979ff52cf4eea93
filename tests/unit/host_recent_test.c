/* SPDX-License-Identifier: BSD-3-Clause
 * What reports of faults remember of a run: the last calls of a thread, and files that were not there. */
#include "emu/host/recent.h"
#include "schema/status.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>

static void call(struct recent *recent, u32 thread, u32 op, u64 argument, u64 result)
{
    struct event e = {.kind = EVENT_call, .thread = thread, .op = op, .lr = 0x82000000, .count = 1, .v = {argument}};
    recent_hear(recent, &e, NULL);
    e.kind = EVENT_return;
    e.v[F_return_result] = result;
    recent_hear(recent, &e, NULL);
}

static void expect_call(const struct recent *recent, u32 thread, u32 i, u32 op, u32 times)
{
    const struct recent_call *got = recent_at(recent, thread, i);
    assert_non_null(got);
    assert_int_equal(got->op, op);
    assert_int_equal(got->times, times);
}

static void test_calls_that_repeat_take_one_place(void **state)
{
    (void)state;
    struct recent *recent = calloc(1, sizeof *recent);
    for (u32 op = 1; op < 12; op++)
        call(recent, 5, op, 0, 0);
    for (u32 i = 0; i < 100; i++)
        call(recent, 5, 12, 7, 8);
    call(recent, 5, 12, 7, 9); /* another result */
    call(recent, 5, 12, 6, 9); /* another argument */
    call(recent, 6, 12, 6, 9); /* another thread */
    for (u32 i = 0; i < 5; i++)
        expect_call(recent, 5, i, 7 + i, 1);
    expect_call(recent, 5, 5, 12, 100);
    expect_call(recent, 5, 6, 12, 1);
    expect_call(recent, 5, 7, 12, 1);
    assert_null(recent_at(recent, 5, 8));
    expect_call(recent, 6, 0, 12, 1);
    call(recent, 5 + RECENT_THREADS, 1, 0, 0); /* takes the other's turn */
    assert_null(recent_at(recent, 5, 0));
    expect_call(recent, 5 + RECENT_THREADS, 0, 1, 1);
    assert_null(recent_at(recent, 5 + RECENT_THREADS, 1));
    free(recent);
}

static void test_a_call_that_has_not_returned_is_the_last(void **state)
{
    (void)state;
    struct recent *recent = calloc(1, sizeof *recent);
    call(recent, 1, 3, 0, 0);
    call(recent, 1, 3, 0, 0);
    struct event e = {.kind = EVENT_call, .thread = 1, .op = 3, .lr = 0x82000000, .count = 1};
    recent_hear(recent, &e, NULL);
    expect_call(recent, 1, 0, 3, 2);
    expect_call(recent, 1, 1, 3, 1);
    assert_false(recent_at(recent, 1, 1)->returned);
    free(recent);
}

static void ask(struct recent *recent, u64 time, const char *path, u32 status)
{
    struct event e = {.kind = EVENT_file, .thread = 1, .time = time, .v = {[F_file_status] = status}};
    recent_hear(recent, &e, path);
}

static void test_files_that_are_not_there(void **state)
{
    (void)state;
    struct recent *recent = calloc(1, sizeof *recent);
    ask(recent, 1, "game:\\a", STATUS_OBJECT_NAME_NOT_FOUND);
    ask(recent, 2, "game:\\b", STATUS_SUCCESS);
    ask(recent, 3, "game:\\c", STATUS_END_OF_FILE);
    ask(recent, 4, "game:\\d", STATUS_OBJECT_PATH_NOT_FOUND);
    ask(recent, 5, "game:\\a", STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(recent->misses, 2);
    assert_string_equal(recent->miss[0].path, "game:\\d");
    assert_string_equal(recent->miss[1].path, "game:\\a");
    assert_int_equal(recent->miss[1].time, 5);
    for (u32 i = 0; i < 10; i++) {
        char path[300];
        snprintf(path, sizeof path, "%u%0250u", i, 0);
        ask(recent, 10 + i, path, STATUS_OBJECT_NAME_NOT_FOUND);
    }
    assert_int_equal(recent->misses, RECENT_MISSES);
    for (u32 i = 0; i < RECENT_MISSES; i++) {
        assert_int_equal(recent->miss[i].path[0], '0' + 10 - RECENT_MISSES + i);
        assert_int_equal(strlen(recent->miss[i].path), RECENT_PATH - 1);
    }
    free(recent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_that_repeat_take_one_place),
        cmocka_unit_test(test_a_call_that_has_not_returned_is_the_last),
        cmocka_unit_test(test_files_that_are_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
