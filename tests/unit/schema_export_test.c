/* SPDX-License-Identifier: BSD-3-Clause */
#include "schema/export.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_tables_pass_their_check(void **state)
{
    (void)state;
    struct err err = {""};
    if (!export_check(&err))
        fail_msg("%s", err.text);
}

static void test_every_row_is_found_by_op_and_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < export_count(); i++) {
        const struct export *e = export_at(i);
        assert_ptr_equal(export_find(e->op), e);
        const struct export *named = export_by_name(e->name);
        assert_non_null(named);
        assert_string_equal(named->name, e->name);
    }
    assert_null(export_by_name("NtCreateEven"));
    assert_null(export_by_name(""));
    assert_null(export_find(0));
    assert_null(export_find(export_op(MODULE_XBOXKRNL, 0xFFFF)));
    assert_null(export_find(99u << 16 | 1));
}

static void test_unknown_ops_get_a_name(void **state)
{
    (void)state;
    char buffer[64];
    assert_string_equal(export_op_name(export_op(MODULE_XBOXKRNL, 0xD1), buffer, sizeof buffer), "NtCreateEvent");
    assert_string_equal(export_op_name(export_op(MODULE_XAM, 0xBFF), buffer, sizeof buffer), "xam.xex#3071");
    assert_string_equal(export_op_name(7u << 16, buffer, sizeof buffer), "op#458752");
}

static void test_modules_go_by_library_name(void **state)
{
    (void)state;
    assert_int_equal(module_by_name("xboxkrnl.exe"), MODULE_XBOXKRNL);
    assert_int_equal(module_by_name("XAM.xex"), MODULE_XAM);
    assert_int_equal(module_by_name("xam"), MODULE_NONE);
    assert_int_equal(module_by_name("xbdm.xexx"), MODULE_NONE);
    assert_null(module_name(MODULE_NONE));
}

static void test_read_file_has_the_consoles_arguments(void **state)
{
    (void)state;
    const struct export *e = export_by_name("NtReadFile");
    assert_int_equal(e->op, export_op(MODULE_XBOXKRNL, 0xF0));
    assert_int_equal(e->result, ARG_STATUS);
    assert_int_equal(e->count, 8);
    assert_string_equal(e->arguments[5].name, "data");
    assert_int_equal(e->arguments[5].type, ARG_BUF);
    assert_int_equal(e->arguments[5].direction, ARG_OUT);
    assert_int_equal(e->arguments[5].length, 6);
    assert_int_equal(e->arguments[5].unit, 1);
    assert_int_equal(e->arguments[7].type, ARG_S64);
    assert_true(e->arguments[7].optional);
    assert_true(argument_is_pointer(&e->arguments[7]));
    assert_false(argument_is_pointer(&e->arguments[6]));
}

static void test_lengths_of_buffers(void **state)
{
    (void)state;
    const struct export *wait = export_by_name("NtWaitForMultipleObjectsEx");
    assert_int_equal(wait->arguments[1].length, 0);
    assert_int_equal(wait->arguments[1].unit, 4);
    const struct export *query = export_by_name("NtQueryFullAttributesFile");
    assert_int_equal(query->arguments[1].length, -1);
    assert_int_equal(query->arguments[1].unit, 56);
}

static void test_bad_signatures_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "u32",
        "u32(",
        "u33()",
        "u32(u32)",
        "u32(u32 a,)",
        "u32(u32 a) ",
        "u32(void a)",
        "u32(in a)",
        "u32(..., u32 a)",
        "u32(u32 a, u32 a)",
        "u32(buf[a] b, u32 a)",
        "u32(out buf b)",
        "u32(out buf[a] b)",
        "u32(out buf[0] b)",
        "u32(out buf[a*] b, u32 a)",
        "u32(out buf[99999] b)",
        "u32(out buf[s] b, str s)",
        "u32(out str s)",
        "u32(u32 a_name_that_is_far_too_long)",
        "u32(u32 a, u32 b, u32 c, u32 d, u32 e, u32 f, u32 g, u32 h, u32 i, u32 j, u32 k, u32 l, u32 m, u32 n, u32 o, "
        "u32 p, u32 q)",
    };
    for (size_t i = 0; i < countof(bad); i++) {
        struct export e = {0};
        struct argument arguments[EXPORT_ARGUMENTS_MAX];
        struct err err = {""};
        if (export_parse(&e, arguments, bad[i], &err) || e.has_signature)
            fail_msg("accepted \"%s\"", bad[i]);
        assert_non_null(strstr(err.text, "signature"));
    }
}

static void test_good_signatures_are_read(void **state)
{
    (void)state;
    struct export e = {0};
    struct argument arguments[EXPORT_ARGUMENTS_MAX];
    struct err err = {""};
    assert_true(export_parse(&e, arguments, "void()", &err));
    assert_true(e.has_signature);
    assert_int_equal(e.count, 0);
    assert_true(export_parse(&e, arguments, "s32(out? buf[n*2] b, inout u32 n, double d, ...)", &err));
    assert_int_equal(e.count, 4);
    assert_int_equal(e.arguments[0].length, 1);
    assert_int_equal(e.arguments[0].unit, 2);
    assert_int_equal(e.arguments[1].direction, ARG_INOUT);
    assert_int_equal(e.arguments[2].type, ARG_DOUBLE);
    assert_int_equal(e.arguments[3].type, ARG_VARARGS);
    assert_true(export_parse(&e, arguments, "", &err));
    assert_false(e.has_signature);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_pass_their_check),
        cmocka_unit_test(test_every_row_is_found_by_op_and_name),
        cmocka_unit_test(test_unknown_ops_get_a_name),
        cmocka_unit_test(test_modules_go_by_library_name),
        cmocka_unit_test(test_read_file_has_the_consoles_arguments),
        cmocka_unit_test(test_lengths_of_buffers),
        cmocka_unit_test(test_bad_signatures_are_refused),
        cmocka_unit_test(test_good_signatures_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
