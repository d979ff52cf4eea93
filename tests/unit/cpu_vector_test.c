/* SPDX-License-Identifier: BSD-3-Clause
 * The interpreter against the vectors of tests/golden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/cpu_vector.h"

static void run_golden(const char *path, u32 at_least)
{
    static struct vector_bench bench;
    struct err err;
    if (!vector_bench_open(&bench, &err))
        fail_msg("%s", err.text);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char line[4096], *name;
    u32 passed = 0, failed = 0;
    while (fgets(line, sizeof line, file)) {
        if (*line == '#')
            continue;
        if (vector_run(&bench, line, &name)) {
            passed++;
        } else {
            print_error("%s: %s\n", name, bench.why);
            failed++;
        }
    }
    fclose(file);
    vector_bench_close(&bench);
    assert_int_equal(failed, 0);
    assert_true(passed >= at_least);
}

static void test_integer_vectors_pass(void **state)
{
    (void)state;
    run_golden("tests/golden/ppc_base.tsv", 800);
}

static void test_float_vectors_pass(void **state)
{
    (void)state;
    run_golden("tests/golden/ppc_fp.tsv", 1160);
}

static void test_vector_float_vectors_pass(void **state)
{
    (void)state;
    run_golden("tests/golden/ppc_vmx_float.tsv", 570);
}

static void test_vmx128_vectors_pass(void **state)
{
    (void)state;
    run_golden("tests/golden/ppc_vmx128.tsv", 560);
}

static void test_a_wrong_vector_fails(void **state)
{
    (void)state;
    static struct vector_bench bench;
    struct err err;
    assert_true(vector_bench_open(&bench, &err));
    char wrong[] = "addi\tx\t38630001\tr3=0000000000000001\tr3=0000000000000003\n", *name;
    assert_false(vector_run(&bench, wrong, &name));
    assert_string_equal(name, "x");
    char unknown[] = "addi\tx\t38630001\tq3=01\t\n";
    assert_false(vector_run(&bench, unknown, &name));
    vector_bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integer_vectors_pass),      cmocka_unit_test(test_float_vectors_pass),
        cmocka_unit_test(test_vector_float_vectors_pass), cmocka_unit_test(test_vmx128_vectors_pass),
        cmocka_unit_test(test_a_wrong_vector_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
