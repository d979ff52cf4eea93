/* SPDX-License-Identifier: BSD-3-Clause
 * The estimate instructions: the architecture's bounds of error over random operands, order, and special operands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/cpu/estimate.h"
#include "emu/cpu/softfp.h"

enum { ROUNDS = 200000 };

static u64 next_random(u64 *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static double value_of(u32 single)
{
    return (double)fp_float(single);
}

static double size_of(double x)
{
    return x < 0 ? -x : x;
}

/* 2^x, and log2 of a positive x, by series: good to twelve digits. */
static double power_of_two(double x)
{
    s32 whole = (s32)x - (x < 0);
    double t = (x - whole) * 0.69314718055994530942, term = 1, total = 1;
    for (u32 n = 1; n < 25; n++) {
        term *= t / n;
        total += term;
    }
    return total * fp_double((u64)(whole + 1023) << 52);
}

static double logarithm_of(double x)
{
    u64 bits = fp_bits(x);
    double exponent = (double)((s32)(bits >> 52) - 1023);
    double m = fp_double((bits & 0xFFFFFFFFFFFFFull) | 1023ull << 52), t = (m - 1) / (m + 1), power = t, total = 0;
    for (u32 n = 1; n < 80; n += 2) {
        total += power / n;
        power *= t * t;
    }
    return exponent + total * 2 * 1.44269504088896340736;
}

/* A normal single whose reciprocal and root are normal too. */
static u32 random_single(u64 *seed)
{
    u64 bits = next_random(seed);
    return (u32)(2 + bits % 250) << 23 | (bits >> 40 & 0x7FFFFF);
}

static void test_vector_reciprocals_keep_the_bound(void **state)
{
    (void)state;
    u64 seed = 1;
    for (u32 i = 0; i < ROUNDS; i++) {
        u32 x = random_single(&seed);
        double r = value_of(estimate_reciprocal(x, true)) * value_of(x);
        double root = value_of(estimate_root(x, true));
        double square = root * root * value_of(x);
        if (size_of(r - 1) > 1.0 / 4096 || square < 0.99951177835 || square > 1.00048834085)
            fail_msg("%08x: 1/x is off by %g, the root's square by %g", x, r - 1, square - 1);
        assert_int_equal(estimate_reciprocal(x ^ 0x80000000u, true), estimate_reciprocal(x, true) ^ 0x80000000u);
        assert_int_equal(estimate_root(x | 0x80000000u, true), 0x7FC00000);
    }
}

static void test_vector_power_and_logarithm_keep_the_bounds(void **state)
{
    (void)state;
    u64 seed = 2;
    for (u32 i = 0; i < ROUNDS; i++) {
        double t = (double)(s64)next_random(&seed) * 0x1p-63 * 125;
        u32 x = fp_float_bits((float)t);
        double p = value_of(estimate_power(x, true)) / power_of_two(value_of(x));
        if (size_of(p - 1) > 1.0 / 16)
            fail_msg("%08x: 2^x is off by %g", x, p - 1);
        x = random_single(&seed);
        double l = logarithm_of(value_of(x)), error = size_of(value_of(estimate_logarithm(x, true)) - l);
        if (size_of(value_of(x) - 1) > 0.125 && (error > 1.0 / 32 || error > size_of(l) / 8))
            fail_msg("%08x: log2 x is off by %g", x, error);
    }
}

static void test_whole_powers_are_exact(void **state)
{
    (void)state;
    for (s32 n = -126; n < 128; n++) {
        u32 number = fp_float_bits((float)n), power = (u32)(n + 127) << 23;
        assert_int_equal(estimate_power(number, true), power);
        assert_int_equal(estimate_logarithm(power, true), number);
    }
}

static void test_vector_results_keep_their_order(void **state)
{
    (void)state;
    for (u32 x = 0x3F800000; x < 0x407FFE00; x += 0x200) {
        assert_true(value_of(estimate_logarithm(x + 0x200, true)) >= value_of(estimate_logarithm(x, true)));
        assert_true(value_of(estimate_power(x + 0x200, true)) >= value_of(estimate_power(x, true)));
        /* Where one line ends and the next begins, the processor's reciprocals may rise by less than their error. */
        double slack = (x + 0x200) & 0x3FFFF ? 0 : 1.0 / 8192;
        assert_true(value_of(estimate_reciprocal(x + 0x200, true)) <= value_of(estimate_reciprocal(x, true)) + slack);
        assert_true(value_of(estimate_root(x + 0x200, true)) <= value_of(estimate_root(x, true)) + slack);
    }
}

static void test_scalar_estimates_keep_the_bounds(void **state)
{
    (void)state;
    u64 seed = 3;
    for (u32 i = 0; i < ROUNDS; i++) {
        u64 bits = next_random(&seed), x = (u64)(900 + bits % 250) << 52 | bits >> 12, root_of = bits >> 1;
        double r = fp_double(estimate_fres(x)) * fp_double(x);
        assert_true(size_of(r - 1) <= 1.0 / 256);
        if (root_of >> 52 == 0x7FF || !root_of)
            continue;
        double root = fp_double(estimate_frsqrte(root_of)), square = root * fp_double(root_of) * root;
        if (square < 0.96875 * 0.96875 || square > 1.03125 * 1.03125)
            fail_msg("%016llx: the root's square is off by %g", (unsigned long long)root_of, square - 1);
    }
    for (u64 x = 0x3FF0000000000000ull; x < 0x4010000000000000ull; x += 0x0000100000000000ull) {
        u64 next = x + 0x0000100000000000ull;
        assert_true(fp_double(estimate_fres(next)) <= fp_double(estimate_fres(x)));
        assert_true(fp_double(estimate_frsqrte(next)) <= fp_double(estimate_frsqrte(x)));
    }
}

static void test_special_operands(void **state)
{
    (void)state;
    static const struct {
        u32 x, reciprocal, root, power, logarithm;
    } cases[] = {
        {0x00000000, 0x7F800000, 0x7F800000, 0x3F800000, 0xFF800000},
        {0x80000000, 0xFF800000, 0xFF800000, 0x3F800000, 0xFF800000},
        {0x00000001, 0x7F800000, 0x7F800000, 0x3F800000, 0xFF800000},
        {0x807FFFFF, 0xFF800000, 0xFF800000, 0x3F800000, 0xFF800000},
        {0x7F800000, 0x00000000, 0x00000000, 0x7F800000, 0x7F800000},
        {0xFF800000, 0x80000000, 0x7FC00000, 0x00000000, 0x7FC00000},
        {0x7F800001, 0x7FC00001, 0x7FC00001, 0x7FC00001, 0x7FC00001},
        {0xFFC12345, 0xFFC12345, 0xFFC12345, 0xFFC12345, 0xFFC12345},
    };
    for (u32 i = 0; i < countof(cases); i++) {
        u32 x = cases[i].x;
        assert_int_equal(estimate_reciprocal(x, true), cases[i].reciprocal);
        assert_int_equal(estimate_root(x, true), cases[i].root);
        assert_int_equal(estimate_power(x, true), cases[i].power);
        assert_int_equal(estimate_logarithm(x, true), cases[i].logarithm);
    }
    assert_int_equal(estimate_power(0xC2FC0000, true), 0x00800000); /* 2^-126 */
    assert_int_equal(estimate_power(0xC2FE0000, true), 0);          /* 2^-127 */
    assert_int_equal(estimate_power(0x43000000, true), 0x7F800000); /* 2^128 */
    assert_int_equal(estimate_reciprocal(0x7F000000, true), 0);     /* 2^127, and a little less than 2^-127 */
    assert_int_equal(estimate_root(0x3F800000, true), 0x3F7FF400);
}

static void test_denormals_count_without_flushing(void **state)
{
    (void)state;
    assert_int_equal(estimate_root(0x00000001, false), 0x64B4FD00); /* 2^74.5 */
    assert_int_equal(estimate_logarithm(0x00000001, false), 0xC3150000);
    assert_int_equal(estimate_reciprocal(0x00000001, false), 0x7F800000);
    assert_int_equal(estimate_reciprocal(0x00400000, false), 0x7EFFF800); /* of 2^-127 */
    double tiny = value_of(estimate_reciprocal(0x7F000000, false));
    assert_true(tiny > 0 && size_of(tiny * 0x1p127 - 1) < 1.0 / 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector_reciprocals_keep_the_bound),
        cmocka_unit_test(test_vector_power_and_logarithm_keep_the_bounds),
        cmocka_unit_test(test_whole_powers_are_exact),
        cmocka_unit_test(test_vector_results_keep_their_order),
        cmocka_unit_test(test_scalar_estimates_keep_the_bounds),
        cmocka_unit_test(test_special_operands),
        cmocka_unit_test(test_denormals_count_without_flushing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
