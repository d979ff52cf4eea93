/* SPDX-License-Identifier: BSD-3-Clause
 * vectors FILE [SUITE]: runs instruction vectors (tests/unit/cpu_vector.h has the format) through the interpreter.
 * Prints a line a suite, the first failures of each, and at the end "N passed, N failed". */
#include "tests/unit/cpu_vector.h"

enum { SHOWN = 3 };

struct tally {
    char suite[64];
    u32 passed, failed;
};

static struct tally suites[1024];
static u32 suite_count;

static struct tally *tally_of(const char *suite)
{
    for (u32 i = suite_count; i-- > 0;)
        if (!strcmp(suites[i].suite, suite))
            return &suites[i];
    if (suite_count == countof(suites))
        return NULL;
    struct tally *tally = &suites[suite_count++];
    snprintf(tally->suite, sizeof tally->suite, "%.63s", suite);
    return tally;
}

static void run_file(FILE *file, const char *only)
{
    static struct vector_bench bench;
    struct err err;
    if (!vector_bench_open(&bench, &err)) {
        fprintf(stderr, "vectors: %s\n", err.text);
        exit(1);
    }
    char line[8192], *name;
    while (fgets(line, sizeof line, file)) {
        if (*line == '#' || *line == '\n')
            continue;
        bool passed = vector_run(&bench, line, &name);
        struct tally *tally = only && strcmp(only, line) ? NULL : tally_of(line);
        if (!tally)
            continue;
        tally->passed += passed;
        tally->failed += !passed;
        if (!passed && (tally->failed <= SHOWN || only))
            printf("  %s %s: %s\n", line, name, bench.why);
    }
    vector_bench_close(&bench);
}

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    if (!file) {
        fprintf(stderr, "usage: vectors FILE [SUITE]\n");
        return 2;
    }
    run_file(file, argc > 2 ? argv[2] : NULL);
    fclose(file);
    u32 passed = 0, failed = 0;
    for (u32 i = 0; i < suite_count; i++) {
        printf("%-12s %6u passed %6u failed\n", suites[i].suite, suites[i].passed, suites[i].failed);
        passed += suites[i].passed;
        failed += suites[i].failed;
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
