/* SPDX-License-Identifier: BSD-3-Clause
 * What was captured: read, merged, written. */
#include "diff/coverage.h"
#include "diff/ops.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>

static char written[1024];

static void note(void *context, const char *key, const char *value)
{
    (void)context;
    size_t size = strlen(written);
    snprintf(written + size, sizeof written - size, "%s=%s\n", key + strlen("coverage."), value);
}

static const char *written_of(const struct coverage *c)
{
    written[0] = 0;
    coverage_write(c, note, NULL);
    return written;
}

static struct coverage *of(const char *ops, const char *tells)
{
    struct coverage *c = coverage_create();
    assert_true(coverage_set(c, "ops", ops));
    assert_true(coverage_set(c, "tells", tells));
    return c;
}

static void merged(const char *a, const char *b, const char *want)
{
    struct coverage *first = of(a, "call"), *second = of(b, "return");
    coverage_merge(first, second);
    assert_string_equal(written_of(first), want);
    coverage_destroy(first);
    coverage_destroy(second);
}

static void test_only_named_ops_are_captured(void **state)
{
    (void)state;
    struct coverage *c = of("only NtSetEvent MadeUp", "call lr");
    assert_true(coverage_has_op(c, ops_by_name("NtSetEvent")));
    assert_true(coverage_has_op(c, ops_by_name("MadeUp")));
    assert_false(coverage_has_op(c, ops_by_name("NtReleaseSemaphore")));
    assert_true(coverage_tells(c, "lr"));
    assert_false(coverage_tells(c, "wait"));
    assert_false(coverage_tells(c, "l"));
    coverage_destroy(c);
}

static void test_all_but_named_ops_are_captured(void **state)
{
    (void)state;
    struct coverage *c = of("all-but NtReadFile VdSwap", "call");
    assert_false(coverage_has_op(c, ops_by_name("VdSwap")));
    assert_true(coverage_has_op(c, ops_by_name("NtSetEvent")));
    struct import_table called = {0};
    import_table_set(&called, ops_by_name("VdSwap") + 1ULL, 0);
    coverage_keep_ops(c, &called);
    assert_true(coverage_has_op(c, ops_by_name("VdSwap")));
    assert_false(coverage_has_op(c, ops_by_name("NtReadFile")));
    import_table_free(&called);
    coverage_destroy(c);
}

static void test_threads_handles_and_time_can_be_limited(void **state)
{
    (void)state;
    struct coverage *c = coverage_create();
    assert_true(coverage_has_thread(c, 6) && coverage_has_handle(c, 1) && coverage_has_time(c, 0));
    assert_true(coverage_set(c, "threads", "6 0xA"));
    assert_true(coverage_set(c, "handles", "0xF8000060"));
    assert_true(coverage_set(c, "from", "100") && coverage_set(c, "to", "200") && coverage_set(c, "cap", "414"));
    assert_true(coverage_has_thread(c, 10) && !coverage_has_thread(c, 7));
    assert_true(coverage_has_handle(c, 0xF8000060) && !coverage_has_handle(c, 0));
    assert_true(coverage_has_time(c, 200) && !coverage_has_time(c, 201) && !coverage_has_time(c, 99));
    assert_int_equal(coverage_cap(c), 414);
    assert_string_equal(written_of(c), "ops=all\nthreads=0x6 0xA\nhandles=0xF8000060\nfrom=100\nto=200\ncap=414\n");
    assert_false(coverage_set(c, "threads", "x") || coverage_set(c, "cap", "") || coverage_set(c, "nothing", "1"));
    assert_false(coverage_set(c, "ops", "most"));
    coverage_destroy(c);
}

static void test_merged_logs_captured_what_one_did(void **state)
{
    (void)state;
    merged("all", "only NtClose", "ops=all\ntells=call return\n");
    merged("none", "only NtClose", "ops=only\nops.list=NtClose\ntells=call return\n");
    merged("only NtClose", "none", "ops=only\nops.list=NtClose\ntells=call return\n");
    merged("only NtClose", "only NtSetEvent NtClose", "ops=only\nops.list=NtClose NtSetEvent\ntells=call return\n");
    merged("only NtClose", "all-but NtClose VdSwap", "ops=all-but\nops.list=VdSwap\ntells=call return\n");
    merged("all-but NtClose VdSwap", "only VdSwap", "ops=all-but\nops.list=NtClose\ntells=call return\n");
    merged("all-but NtClose VdSwap", "all-but VdSwap NtReadFile", "ops=all-but\nops.list=VdSwap\ntells=call return\n");
    merged("only NtClose", "all", "ops=all\ntells=call return\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_named_ops_are_captured),
        cmocka_unit_test(test_all_but_named_ops_are_captured),
        cmocka_unit_test(test_threads_handles_and_time_can_be_limited),
        cmocka_unit_test(test_merged_logs_captured_what_one_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
