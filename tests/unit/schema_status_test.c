/* SPDX-License-Identifier: BSD-3-Clause
 * Tables of statuses: in order, so that they are found, and one row each. */
#include "schema/status.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_every_error_is_found(void **state)
{
    (void)state;
    static const u32 rows[][2] = {
#define DOS_ERROR(status, error) {status, error},
#include "schema/dos_error.def"
    };
    for (u32 i = 0; i < countof(rows); i++) {
        assert_true(i == 0 || rows[i][0] > rows[i - 1][0]);
        assert_int_equal(status_dos_error(rows[i][0]), rows[i][1]);
        if (rows[i][0] >> 28 == 0xC)
            assert_int_equal(status_dos_error(rows[i][0] | 0x10000000), rows[i][1]);
    }
    assert_int_equal(status_dos_error(0xC0FFFFFF), 0x13D);
    assert_int_equal(status_dos_error(0x80070005), 5);
}

static void test_names_are_of_one_status_each(void **state)
{
    (void)state;
    static const u32 rows[] = {
#define STATUS(name, value) value,
#include "schema/status.def"
    };
    for (u32 i = 0; i < countof(rows); i++)
        for (u32 n = 0; n < i; n++)
            assert_int_not_equal(rows[i], rows[n]);
    assert_string_equal(status_name(STATUS_TIMEOUT), "STATUS_TIMEOUT");
    assert_null(status_name(0xC0FFFFFF));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_error_is_found),
        cmocka_unit_test(test_names_are_of_one_status_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
