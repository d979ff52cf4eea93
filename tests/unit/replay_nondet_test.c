/* SPDX-License-Identifier: BSD-3-Clause
 * The gate: what was asked while recording is answered by the journal, and by nothing else. */
#include "replay/journal.h"
#include "replay/nondet.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[64];

struct host {
    u32 asked;
    u8 bytes[300];
    size_t size;
    bool fails;
};

static bool give(void *context, enum input_kind kind, u64 key, u64 tick, struct nondet_answer *answer, struct err *err)
{
    struct host *host = context;
    (void)kind;
    (void)tick;
    host->asked++;
    if (host->fails)
        return err_set(err, "the host has no answer");
    host->bytes[0] = (u8)key;
    *answer = (struct nondet_answer){host->bytes, host->size};
    return true;
}

/* A number, a setting, a disc block. */
static bool ask_three(struct nondet *gate, u64 tick, struct err *err)
{
    struct nondet_answer answer;
    u64 number;
    return nondet_ask_u64(gate, INPUT_boot_time, 5, tick, &number, err) && number == 5 &&
           nondet_ask(gate, INPUT_partition_file, 7, tick + 1, &answer, err) && answer.data[0] == 7 &&
           nondet_ask(gate, INPUT_disc_read, 9, tick + 2, &answer, err) && answer.data[0] == 9;
}

static void record(bool whole)
{
    struct err err = {""};
    struct host host = {.size = 8};
    struct nondet_host way = {.context = &host, .answer = give};
    struct journal_writer *w = journal_create(path, &err);
    assert_non_null(w);
    struct nondet *gate = nondet_create(NONDET_RECORD, &way, w, NULL);
    assert_true(ask_three(gate, 100, &err));
    assert_int_equal(host.asked, 3);
    nondet_destroy(gate);
    if (whole)
        assert_true(journal_finish(w, &err));
    else
        journal_abandon(w);
}

struct replay {
    struct host host;
    struct nondet_host way;
    struct journal_reader *r;
    struct nondet *gate;
    struct err err;
};

static struct replay *replay_start(void)
{
    struct replay *p = calloc(1, sizeof *p);
    p->host.size = 8;
    p->way = (struct nondet_host){.context = &p->host, .answer = give};
    p->r = journal_open(path, &p->err);
    assert_non_null(p->r);
    p->gate = nondet_create(NONDET_REPLAY, &p->way, NULL, p->r);
    return p;
}

static void replay_stop(struct replay *p)
{
    nondet_destroy(p->gate);
    journal_close(p->r);
    free(p);
}

static void test_replay_asks_the_host_for_the_title_alone(void **state)
{
    (void)state;
    record(true);
    struct replay *p = replay_start();
    assert_true(ask_three(p->gate, 100, &p->err));
    assert_int_equal(p->host.asked, 1);
    assert_false(nondet_has_diverged(p->gate));
    replay_stop(p);
}

static void test_another_title_is_told_apart(void **state)
{
    (void)state;
    record(true);
    struct replay *p = replay_start();
    p->host.bytes[5] = 1;
    assert_false(ask_three(p->gate, 100, &p->err));
    assert_non_null(strstr(p->err.text, "disc_read (key 0x9)"));
    assert_false(nondet_has_diverged(p->gate));
    replay_stop(p);
}

static void test_another_question_is_a_divergence(void **state)
{
    (void)state;
    record(true);
    struct replay *p = replay_start();
    u64 number;
    assert_false(ask_three(p->gate, 101, &p->err));
    assert_true(nondet_has_diverged(p->gate));
    assert_string_equal(p->err.text, "question 0: the journal holds boot_time (key 0x5) at tick 100, the replay asks "
                                     "boot_time (key 0x5) at tick 101");
    assert_false(nondet_ask_u64(p->gate, INPUT_partition_file, 7, 101, &number, &p->err));
    replay_stop(p);
}

static void test_whole_journal_holds_no_more_questions(void **state)
{
    (void)state;
    record(true);
    struct replay *p = replay_start();
    u64 number;
    assert_true(ask_three(p->gate, 100, &p->err));
    assert_false(nondet_ask_u64(p->gate, INPUT_pad, 0, 200, &number, &p->err));
    assert_true(nondet_has_diverged(p->gate));
    assert_false(nondet_is_exhausted(p->gate));
    replay_stop(p);
}

static void test_end_of_a_cut_journal_is_no_divergence(void **state)
{
    (void)state;
    record(false);
    struct replay *p = replay_start();
    u64 number;
    assert_true(ask_three(p->gate, 100, &p->err));
    assert_false(nondet_ask_u64(p->gate, INPUT_pad, 0, 200, &number, &p->err));
    assert_false(nondet_has_diverged(p->gate));
    assert_true(nondet_is_exhausted(p->gate));
    assert_non_null(strstr(p->err.text, "cut short"));
    replay_stop(p);
}

static void test_host_failure_stays(void **state)
{
    (void)state;
    struct err err = {""};
    u64 number = 77;
    struct host host = {.size = 9};
    struct nondet_host way = {.context = &host, .answer = give};
    struct nondet *gate = nondet_create(NONDET_LIVE, &way, NULL, NULL);
    assert_false(nondet_ask_u64(gate, INPUT_boot_seed, 0, 0, &number, &err));
    assert_non_null(strstr(err.text, "9 bytes"));
    host.fails = true;
    assert_false(nondet_ask_u64(gate, INPUT_boot_seed, 0, 0, &number, &err));
    assert_string_equal(err.text, "the host has no answer");
    host.fails = false;
    assert_false(nondet_ask_u64(gate, INPUT_boot_seed, 0, 0, &number, &err));
    assert_int_equal(number, 77);
    nondet_destroy(gate);
}

static int setup(void **state)
{
    (void)state;
    strcpy(path, "/tmp/lockstep-nondet-XXXXXX");
    return close(mkstemp(path));
}

static int teardown(void **state)
{
    (void)state;
    static const char *const tails[] = {"-wal", "-shm"};
    for (u32 i = 0; i < countof(tails); i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", path, tails[i]);
        unlink(name);
    }
    return unlink(path);
}

/* The host has a change for one place of two, and a hold of thread 3. */
static bool change(void *context, enum input_kind kind, u64 key, u64 about, u64 tick, struct nondet_answer *answer)
{
    static const u8 bytes[8] = {42};
    u32 *given = context;
    if (kind == INPUT_force ? about != (5ull << 32 | 7) : kind != INPUT_hold || key != 3 || tick < 150)
        return false;
    ++*given;
    *answer = (struct nondet_answer){bytes, sizeof bytes};
    return true;
}

static u64 due(void *context, u64 thread)
{
    return *(u32 *)context < 2 && thread == 3 ? 150 : UINT64_MAX;
}

static void assert_changed_run(struct nondet *gate)
{
    struct nondet_answer answer;
    assert_true(nondet_has_changes(gate));
    assert_false(nondet_take(gate, INPUT_force, 1, 6ull << 32 | 7, 100, &answer));
    assert_true(nondet_take(gate, INPUT_force, 2, 5ull << 32 | 7, 110, &answer));
    assert_int_equal(answer.size, 8);
    assert_int_equal(answer.data[0], 42);
    assert_true(nondet_due(gate, 4) == UINT64_MAX);
    assert_true(nondet_due(gate, 3) <= 155);
    assert_true(nondet_take(gate, INPUT_hold, 3, 0, 155, &answer));
    assert_true(nondet_due(gate, 3) == UINT64_MAX);
}

static void test_changes_are_replayed_at_their_places(void **state)
{
    (void)state;
    struct err err = {""};
    u32 given = 0;
    struct nondet_host way = {.context = &given, .change = change, .due = due};
    struct journal_writer *w = journal_create(path, &err);
    struct nondet *gate = nondet_create(NONDET_RECORD, &way, w, NULL);
    assert_changed_run(gate);
    assert_int_equal(given, 2);
    nondet_destroy(gate);
    assert_true(journal_finish(w, &err));
    struct replay *p = replay_start();
    assert_changed_run(p->gate);
    assert_int_equal(p->host.asked, 0);
    assert_false(nondet_has_changes(p->gate));
    assert_false(nondet_has_diverged(p->gate));
    replay_stop(p);
}

static void test_a_change_that_was_not_taken_is_a_divergence(void **state)
{
    (void)state;
    struct err err = {""};
    struct journal_writer *w = journal_create(path, &err);
    journal_input(w, INPUT_force, 1, 100, "12345678", 8);
    assert_true(journal_finish(w, &err));
    struct replay *p = replay_start();
    struct nondet_answer answer;
    u64 number;
    assert_false(nondet_take(p->gate, INPUT_force, 2, 0, 100, &answer));
    assert_false(nondet_take(p->gate, INPUT_force, 1, 0, 101, &answer));
    assert_false(nondet_ask_u64(p->gate, INPUT_boot_time, 0, 0, &number, &p->err));
    assert_true(nondet_has_diverged(p->gate));
    assert_non_null(strstr(p->err.text, "the journal holds force (key 0x1)"));
    replay_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay_asks_the_host_for_the_title_alone),
        cmocka_unit_test(test_another_title_is_told_apart),
        cmocka_unit_test(test_another_question_is_a_divergence),
        cmocka_unit_test(test_whole_journal_holds_no_more_questions),
        cmocka_unit_test(test_end_of_a_cut_journal_is_no_divergence),
        cmocka_unit_test(test_host_failure_stays),
        cmocka_unit_test(test_changes_are_replayed_at_their_places),
        cmocka_unit_test(test_a_change_that_was_not_taken_is_a_divergence),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
