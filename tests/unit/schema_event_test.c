/* SPDX-License-Identifier: BSD-3-Clause
 * The tables of events, inputs and statuses. */
#include "schema/event.h"
#include "schema/input.h"
#include "schema/status.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

static void test_fields_belong_to_their_kind(void **state)
{
    (void)state;
    const struct event_type *type = event_type(EVENT_wait_end);
    assert_non_null(type);
    assert_string_equal(type->name, "wait_end");
    assert_int_equal(type->class, EVENT_CLASS_NOTE);
    assert_int_equal(type->field_count, 5);
    assert_string_equal(type->fields[F_wait_end_waker].name, "waker");
    assert_int_equal(type->fields[F_wait_end_waker].meaning, MEANING_THREAD);
    assert_int_equal(event_type(EVENT_call)->class, EVENT_CLASS_KEY);
    assert_int_equal(event_type(EVENT_hash)->class, EVENT_CLASS_CHECK);
    assert_string_equal(event_type(EVENT_fault)->fields[F_fault_r1].name, "r1");
}

static void test_every_field_has_name_and_text(void **state)
{
    (void)state;
    for (u32 kind = 0; kind < EVENT_KINDS; kind++) {
        const struct event_type *type = event_type(kind);
        if (!type)
            continue;
        assert_int_equal(type->kind, kind);
        assert_ptr_equal(event_type_by_name(type->name), type);
        assert_in_range(type->field_count, 1, EVENT_FIELDS_MAX);
        for (u32 i = 0; i < EVENT_FIELDS_MAX; i++)
            assert_int_equal(type->fields[i].name != NULL && type->fields[i].text != NULL, i < type->field_count);
    }
}

static void test_unknown_kinds_have_no_row(void **state)
{
    (void)state;
    assert_null(event_type(0));
    assert_null(event_type(EVENT_KINDS));
    assert_null(event_type(UINT32_MAX));
    assert_null(event_type_by_name("no such"));
    assert_null(input_type(0));
    assert_null(input_type(0xFFFF));
    assert_string_equal(object_type_name((enum object_type)999), "unknown");
}

static void test_description_is_cut_at_its_capacity(void **state)
{
    (void)state;
    static char whole[32768], part[100];
    size_t length = event_describe_all(whole, sizeof whole);
    assert_int_equal(length, strlen(whole));
    assert_true(length < sizeof whole - 1);
    assert_non_null(
        strstr(whole, "event 4 wait_end note: the wait was over\n  field 0 status status: what it returned\n"));
    assert_int_equal(event_describe_all(part, sizeof part), sizeof part - 1);
    assert_memory_equal(part, whole, sizeof part - 1);
}

static void test_names_of_enums(void **state)
{
    (void)state;
    assert_string_equal(end_reason_name(END_WEDGED), "wedged");
    assert_string_equal(fault_kind_name(FAULT_BUGCHECK), "bugcheck");
    assert_string_equal(object_type_name(OBJECT_CRITICAL_SECTION), "critical section");
}

static void test_inputs_tell_what_is_kept(void **state)
{
    (void)state;
    assert_int_equal(input_type(INPUT_disc_read)->kept, INPUT_HASHED);
    assert_int_equal(input_type(INPUT_pad)->kept, INPUT_STORED);
    assert_string_equal(input_type(INPUT_boot_time)->name, "boot_time");
}

static void test_statuses(void **state)
{
    (void)state;
    assert_string_equal(status_name(STATUS_TIMEOUT), "STATUS_TIMEOUT");
    assert_null(status_name(0x12345678));
    assert_int_equal(status_dos_error(STATUS_ACCESS_DENIED), 5);
    assert_int_equal(status_dos_error(0x12345678), 0x13D);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_belong_to_their_kind),
        cmocka_unit_test(test_every_field_has_name_and_text),
        cmocka_unit_test(test_unknown_kinds_have_no_row),
        cmocka_unit_test(test_description_is_cut_at_its_capacity),
        cmocka_unit_test(test_names_of_enums),
        cmocka_unit_test(test_inputs_tell_what_is_kept),
        cmocka_unit_test(test_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
