/* SPDX-License-Identifier: BSD-3-Clause
 * Order and groups of long tables. */
#include "diff/order.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

enum { COUNT = 20000, GROUPS = 37 };

/* Numbers of every size, with equals among them. */
static u64 *make_numbers(void)
{
    u64 *numbers = malloc(COUNT * sizeof *numbers), seed = 3;
    for (u32 i = 0; i < COUNT; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        numbers[i] = seed >> (seed >> 58);
    }
    numbers[5] = numbers[6] = UINT64_MAX;
    return numbers;
}

static void test_order_is_ascending_and_stable(void **state)
{
    (void)state;
    u64 *numbers = make_numbers();
    u32 *order = order_make(numbers, COUNT);
    bool *seen = calloc(COUNT, sizeof *seen);
    for (u32 i = 0; i < COUNT; i++) {
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
        if (i)
            assert_true(numbers[order[i - 1]] < numbers[order[i]] ||
                        (numbers[order[i - 1]] == numbers[order[i]] && order[i - 1] < order[i]));
    }
    free(order_make(numbers, 0));
    free(seen);
    free(order);
    free(numbers);
}

static void check_order(const u64 *numbers, u32 count)
{
    u32 *order = order_make(numbers, count);
    for (u32 i = 1; i < count; i++) {
        u64 before = numbers[order[i - 1]], here = numbers[order[i]];
        assert_true(before < here || (before == here && order[i - 1] < order[i]));
    }
    free(order);
}

/* Of any width, and far from 0; in a table of any length, since the numbers' places stand beside them. */
static void test_numbers_of_any_width(void **state)
{
    (void)state;
    u64 *numbers = make_numbers(), *narrow = malloc(COUNT * sizeof *narrow);
    for (u32 bits = 1; bits <= 64; bits += 3)
        for (u32 count = 0; count < COUNT; count = 5 * count + 1) {
            for (u32 i = 0; i < count; i++)
                narrow[i] = UINT64_MAX - (numbers[i] * 0x9E3779B97F4A7C15u >> (64 - bits));
            check_order(narrow, count);
        }
    free(narrow);
    free(numbers);
}

static void test_groups_keep_the_order_given(void **state)
{
    (void)state;
    u64 *numbers = make_numbers();
    u32 *order = order_make(numbers, COUNT), *group_of = malloc(COUNT * sizeof *group_of), total = 0;
    struct groups groups = {0};
    for (u32 i = 0; i < COUNT; i++)
        group_of[i] = i % 11 ? (u32)(numbers[i] % GROUPS) : UINT32_MAX;
    groups_make(&groups, order, COUNT, group_of, GROUPS);
    for (u32 g = 0; g < GROUPS; g++)
        for (u32 i = groups.first[g]; i < groups.first[g + 1]; i++, total++) {
            assert_int_equal(group_of[groups.rows[i]], g);
            assert_true(i == groups.first[g] || numbers[groups.rows[i - 1]] <= numbers[groups.rows[i]]);
        }
    assert_int_equal(total, COUNT - (COUNT + 10) / 11);
    groups_free(&groups);
    free(group_of);
    free(order);
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_ascending_and_stable),
        cmocka_unit_test(test_numbers_of_any_width),
        cmocka_unit_test(test_groups_keep_the_order_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
