/* SPDX-License-Identifier: BSD-3-Clause
 * Which journals a replay accepts: those of this engine and its semantics, with every value of the configuration. */
#include "emu/host/settings.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64], path[96];

/* A journal as record begins it, without the rows of `key`; then key = value, unless value is NULL. */
static bool accepts(const char *key, const char *value, struct config *config, bool *strict, struct err *err)
{
    struct config wanted;
    const char *name;
    struct journal_writer *w = journal_create(path, err);
    assert_non_null(w);
    config_default(&wanted);
    wanted.slice_ticks += 7;
    if (strcmp(key, "engine") != 0)
        journal_meta(w, "engine", "lockstep");
    if (strcmp(key, "strict") != 0)
        journal_meta_u64(w, "strict", 1);
    if (strcmp(key, "machine.semantics") != 0)
        journal_meta_u64(w, "machine.semantics", MACHINE_SEMANTICS);
    for (size_t i = 0;; i++) {
        char row[80];
        u64 number = config_get(&wanted, i, &name);
        if (!name)
            break;
        snprintf(row, sizeof row, "config.%s", name);
        if (strcmp(row, key) != 0)
            journal_meta_u64(w, row, number);
    }
    if (value)
        journal_meta(w, key, value);
    assert_true(journal_finish(w, err));
    struct journal_reader *r = journal_open(path, err);
    assert_non_null(r);
    bool accepted = settings_from_journal(r, config, strict, err);
    journal_close(r);
    return accepted;
}

static void test_settings_come_back_from_a_journal(void **state)
{
    (void)state;
    struct config config, initial;
    struct err err;
    config_default(&initial);
    bool strict = false;
    assert_true(accepts("", NULL, &config, &strict, &err));
    assert_true(strict);
    assert_true(accepts("strict", "0", &config, &strict, &err));
    assert_false(strict);
    assert_int_equal(config.slice_ticks, initial.slice_ticks + 7);
}

static void test_settings_refuse_another_journal(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value, *says;
    } cases[] = {
        {"engine", NULL, "another engine (unnamed)"},
        {"engine", "xenia", "another engine (xenia)"},
        {"machine.semantics", "4000000", "machine semantics 4000000"},
        {"machine.semantics", NULL, "no machine.semantics"},
        {"machine.semantics", "one", "no machine.semantics"},
        {"strict", NULL, "--strict"},
        {"config.slice_ticks", NULL, "no config.slice_ticks"},
        {"config.slice_ticks", "0", "slice_ticks"},
        {"config.flux", "3", "config.flux = 3"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct config config;
        bool strict;
        struct err err;
        assert_false(accepts(cases[i].key, cases[i].value, &config, &strict, &err));
        if (!strstr(err.text, cases[i].says))
            fail_msg("%s is not said in: %s", cases[i].says, err.text);
    }
}

static int make_folder(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/settings-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/run.lsj", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return unlink(path) || rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_come_back_from_a_journal),
        cmocka_unit_test(test_settings_refuse_another_journal),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
