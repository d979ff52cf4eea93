/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>

#include "guest/tool/abi.c"

#include <cmocka.h>

static struct abi place(const char *signature)
{
    struct export e = {0};
    struct argument arguments[EXPORT_ARGUMENTS_MAX];
    struct err err = {""};
    struct abi abi;
    if (!export_parse(&e, arguments, signature, &err))
        fail_msg("%s", err.text);
    abi_place(&abi, &e);
    return abi;
}

static void test_words_go_straight(void **state)
{
    (void)state;
    struct abi abi = place("status(out u64 a, in s64 b, ptr c, u32 d, str e, u8 f, bool g, handle h)");
    assert_true(abi_is_plain(&abi));
    assert_int_equal(abi.place[0].gpr, 3);
    assert_int_equal(abi.place[7].gpr, 10);
}

static void test_pairs_begin_at_an_odd_register(void **state)
{
    (void)state;
    struct abi abi = place("bool(ptr timer, s64 due, ptr dpc)");
    assert_true(abi.needs_moves);
    assert_false(abi.needs_frame);
    assert_int_equal(abi.place[0].gpr, 3);
    assert_int_equal(abi.place[1].gpr, 5);
    assert_int_equal(abi.place[2].gpr, 7);
}

static void test_no_register_is_used_after_a_pair_on_the_stack(void **state)
{
    (void)state;
    struct abi abi = place("u32(u32 a, u32 b, u32 c, u32 d, u32 e, u32 f, u32 g, u64 h, u32 i)");
    assert_int_equal(abi.place[6].gpr, 9);
    assert_int_equal(abi.place[7].gpr, -1);
    assert_int_equal(abi.place[7].offset, 0);
    assert_int_equal(abi.place[8].gpr, -1);
    assert_int_equal(abi.place[8].offset, 8);
    assert_true(abi.needs_frame);
}

static void test_stack_pairs_are_aligned(void **state)
{
    (void)state;
    struct abi abi = place("u32(u32 a, u32 b, u32 c, u32 d, u32 e, u32 f, u32 g, u32 h, u32 i, u64 j, u32 k)");
    assert_int_equal(abi.place[8].offset, 0);
    assert_int_equal(abi.place[9].offset, 8);
    assert_int_equal(abi.place[10].offset, 16);
    assert_int_equal(abi_frame_size(&abi), 0x70);
}

static void test_doubles_burn_a_slot_of_the_console_only(void **state)
{
    (void)state;
    struct abi abi = place("u32(u32 a, double b, u32 c)");
    assert_true(abi.place[1].is_float);
    assert_int_equal(abi.place[2].gpr, 4); /* the console wants it in r5 */
    assert_true(abi.needs_moves);
    assert_false(abi_is_plain(&abi));
}

static void test_results_and_varargs(void **state)
{
    (void)state;
    struct abi abi = place("u64()");
    assert_true(abi.has_wide_result);
    assert_false(abi_is_plain(&abi));
    abi = place("s32(ptr buffer, str format, ...)");
    assert_true(abi.has_varargs);
    assert_int_equal(abi.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_go_straight),
        cmocka_unit_test(test_pairs_begin_at_an_odd_register),
        cmocka_unit_test(test_no_register_is_used_after_a_pair_on_the_stack),
        cmocka_unit_test(test_stack_pairs_are_aligned),
        cmocka_unit_test(test_doubles_burn_a_slot_of_the_console_only),
        cmocka_unit_test(test_results_and_varargs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
