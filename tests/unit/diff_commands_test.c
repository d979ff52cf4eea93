/* SPDX-License-Identifier: BSD-3-Clause
 * info, log, verify and wedge as users call them, on a small journal. */
#include "diff/commands.h"
#include "replay/journal.h"
#include "replay/wedge.h"
#include "schema/export.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[64], output[70];
static char text[1 << 16];

static void append(struct journal_writer *w, struct event e)
{
    static u32 indexes[4];
    static u64 seq;
    e.seq = seq++;
    e.index = indexes[e.thread]++;
    journal_append(w, &e);
}

static struct event call_at(u32 thread, u64 time, const char *op, u32 lr)
{
    struct event e = {.kind = EVENT_call, .count = 11, .thread = thread, .time = time, .lr = lr};
    e.op = export_by_name(op)->op;
    return e;
}

/* Thread 1 makes thread 2; both call; thread 2 stays blocked. */
static void write_events(struct journal_writer *w)
{
    struct event create = {.kind = EVENT_thread_create, .count = 8, .thread = 1, .time = 100};
    create.v[F_thread_create_child] = 2;
    create.v[F_thread_create_entry] = 0x82002000;
    create.v[F_thread_create_lineage] = 0xBEEF;
    struct event start = {.kind = EVENT_thread_start, .count = 4, .thread = 2, .time = 50000000};
    start.v[F_thread_start_entry] = 0x82002000;
    start.v[F_thread_start_lineage] = 0xBEEF;
    append(w, call_at(1, 50, "NtCreateEvent", 0x82001000));
    append(w, create);
    append(w, call_at(1, 200, "NtClose", 0x82001010));
    append(w, start);
    append(w, call_at(2, 50000100, "NtSetEvent", 0x82002010));
    append(w, call_at(2, 60000000, "KeWaitForSingleObject", 0x82002020));
}

static int setup(void **state)
{
    (void)state;
    struct err err;
    strcpy(path, "/tmp/lockstep-verbs-XXXXXX");
    close(mkstemp(path));
    snprintf(output, sizeof output, "%s.out", path);
    struct journal_writer *w = journal_create(path, &err);
    journal_meta(w, "engine", "test engine");
    journal_input(w, INPUT_boot_time, 0, 0, "12345678", 8);
    write_events(w);
    struct wedge_report report;
    wedge_init(&report);
    report.wedged = true;
    wedge_add_thread(&report)->thread = 2;
    report.threads[0].state = WEDGE_WAITING;
    wedge_add_wait(&report)->type = OBJECT_EVENT;
    wedge_write(w, &report);
    wedge_finish(&report);
    assert_true(journal_finish(w, &err));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(output);
    return unlink(path);
}

/* Runs the verb in a child, its output into text; returns its exit code. */
static int run(int (*verb)(const struct cli *cli), const char **argv)
{
    fflush(stdout);
    pid_t child = fork();
    if (!child) {
        struct cli cli;
        struct err err;
        if (!freopen(output, "w", stdout) || !freopen("/dev/null", "w", stderr) ||
            !cli_parse(&cli, 0, (char **)argv, &err))
            _exit(99);
        int code = verb(&cli);
        fflush(stdout);
        _exit(code);
    }
    int status;
    waitpid(child, &status, 0);
    FILE *file = fopen(output, "r");
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static u32 lines(void)
{
    u32 count = 0;
    for (const char *p = text; *p; p++)
        count += *p == '\n';
    return count;
}

#define RUN(verb, ...) run(cmd_##verb, (const char *[]){#verb, path, __VA_ARGS__, NULL})

static void test_log_filters(void **state)
{
    (void)state;
    assert_int_equal(RUN(log, "--limit", "100"), 0);
    assert_int_equal(lines(), 6);
    RUN(log, "--thread", "2");
    assert_int_equal(lines(), 3);
    RUN(log, "--thread", "0xBEEF");
    assert_int_equal(lines(), 3);
    RUN(log, "--op", "Nt*");
    assert_int_equal(lines(), 3);
    RUN(log, "--op", "thread_*");
    assert_int_equal(lines(), 2);
    RUN(log, "--lr", "0x82001010");
    assert_int_equal(lines(), 1);
    assert_non_null(strstr(text, "NtClose"));
    RUN(log, "--from", "1s", "--to", "1.1s");
    assert_int_equal(lines(), 2);
    RUN(log, "-n", "2");
    assert_int_equal(lines(), 2);
    assert_int_equal(RUN(log, "--thread", "7"), 2);
}

static void test_log_json_has_the_lineage(void **state)
{
    (void)state;
    assert_int_equal(RUN(log, "--json", "--op", "NtSetEvent"), 0);
    assert_int_equal(lines(), 1);
    assert_non_null(strstr(text, "\"thread\": 2, \"index\": 1, \"time\": 50000100, \"kind\": \"call\""));
    assert_non_null(strstr(text, "\"lineage\": \"0x000000000000BEEF\""));
}

static void test_info_tells_what_is_there(void **state)
{
    (void)state;
    assert_int_equal(RUN(info, "--json"), 0);
    assert_non_null(strstr(text, "\"whole\": true, \"events\": 6, \"input_count\": 1"));
    assert_non_null(strstr(text, "\"engine\": \"test engine\""));
    assert_non_null(strstr(text, "\"kinds\": {\"call\": 4, \"thread_create\": 1, \"thread_start\": 1}"));
    assert_non_null(strstr(
        text, "{\"thread\": 2, \"lineage\": \"0x000000000000BEEF\", \"entry\": \"0x82002000\", \"function\": null, "
              "\"parent\": 1, \"events\": 3, \"first_time\": 50000000, \"last_time\": 60000000}"));
    assert_int_equal(RUN(info, "--"), 0);
    assert_non_null(strstr(text, "test engine"));
}

static void test_wedge_prints_the_stored_report(void **state)
{
    (void)state;
    assert_int_equal(RUN(wedge, "--json"), 0);
    assert_non_null(strstr(text, "{\"wedged\": true"));
    assert_non_null(strstr(text, "\"roots\": [{\"thread\": 2"));
    assert_non_null(strstr(text, "\"reason\": \"never-signalled\""));
}

static void test_verify_names_damage(void **state)
{
    (void)state;
    assert_int_equal(RUN(verify, "--json"), 0);
    assert_string_equal(
        text,
        "{\"damages\": [], \"contradictions\": [], \"captured_by_one\": [], \"verdict\": \"whole\", \"events\": 6, "
        "\"blocks\": 3, \"inputs\": 1}\n");
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE blocks SET first_time=7 WHERE id=1", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(RUN(verify, "--"), 1);
    assert_non_null(strstr(text, "block 1: its index row is damaged: the hash is wrong"));
    assert_int_equal(RUN(log, "--limit", "100"), 1);
    assert_int_equal(lines(), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_filters),
        cmocka_unit_test(test_log_json_has_the_lineage),
        cmocka_unit_test(test_info_tells_what_is_there),
        cmocka_unit_test(test_wedge_prints_the_stored_report),
        cmocka_unit_test(test_verify_names_damage),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
