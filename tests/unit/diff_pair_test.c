/* SPDX-License-Identifier: BSD-3-Clause
 * Pairs of threads and of objects: by spawn, by calls, by the user's map; and the tables of them. */
#include "diff/commands.h"
#include "diff/pair_objects.h"
#include "diff/pairs.h"
#include "schema/export.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct journal_writer *w;
static u32 indexes[64];
static u64 seq;
static char path_a[64], path_b[64], map[70], output[70], text[1 << 14];
static struct run *run_a, *run_b;
static struct pairing pairing;

static void begin(char *path)
{
    struct err err;
    strcpy(path, "/tmp/lockstep-pair-XXXXXX");
    close(mkstemp(path));
    w = journal_create(path, &err);
    assert_non_null(w);
    memset(indexes, 0, sizeof indexes);
    seq = 0;
}

static void put(u32 thread, struct event e)
{
    e.thread = thread;
    e.index = indexes[thread]++;
    e.seq = seq;
    e.time = seq++ * 10;
    journal_append(w, &e);
}

static void call(u32 thread, const char *op, u32 lr)
{
    put(thread, (struct event){.kind = EVENT_call, .count = 11, .op = export_by_name(op)->op, .lr = lr});
}

static void spawn(u32 parent, u32 child, u32 entry, u32 stack)
{
    struct event e = {.kind = EVENT_thread_create, .count = 8, .op = export_by_name("ExCreateThread")->op, .lr = 0x100};
    e.v[F_thread_create_child] = child;
    e.v[F_thread_create_entry] = entry;
    e.v[F_thread_create_context] = 0x40000000 + child * 0x1000;
    e.v[F_thread_create_stack] = stack;
    call(parent, "ExCreateThread", 0x100);
    put(parent, e);
}

static void make_event(u32 thread, u32 handle, u64 hsid)
{
    u32 op = export_by_name("NtCreateEvent")->op;
    struct event e = {.kind = EVENT_handle_create, .count = 4, .op = op, .lr = 0x200};
    e.v[F_handle_create_handle] = handle;
    e.v[F_handle_create_type] = OBJECT_EVENT;
    e.v[F_handle_create_hsid] = hsid;
    call(thread, "NtCreateEvent", 0x200);
    put(thread, e);
}

/* A main thread, two workers of one entry, a thread nobody is known to have made. */
static void title(u32 first, bool reverse, u32 stack)
{
    u32 main_thread = first, workers[2] = {first + 1 + reverse, first + 2 - reverse}, other = first + 3;
    for (u32 i = 0; i < 20; i++)
        call(main_thread, "NtClose", 0x10 + i * 4);
    spawn(main_thread, workers[0], 0x82001000, stack);
    spawn(main_thread, workers[1], 0x82001000, stack);
    for (u32 i = 0; i < 30; i++)
        call(other, "KeSetEvent", 0x900 + i % 3 * 4);
    make_event(workers[0], 0x1000 + first, 0xA0 + first);
    make_event(workers[0], 0x2000 + first, 0xB0 + first);
    make_event(workers[1], 0x3000 + first, 0xC0 + first);
}

static int setup(void **state)
{
    (void)state;
    struct err err;
    begin(path_a);
    title(10, false, 0x80000);
    assert_true(journal_finish(w, &err));
    begin(path_b);
    title(20, true, 0);
    assert_true(journal_finish(w, &err));
    snprintf(map, sizeof map, "%s.map", path_a);
    snprintf(output, sizeof output, "%s.out", path_a);
    run_a = run_open(path_a, &err);
    run_b = run_open(path_b, &err);
    return !run_a || !run_b;
}

static int teardown(void **state)
{
    (void)state;
    pair_finish(&pairing);
    run_close(run_a);
    run_close(run_b);
    unlink(map);
    unlink(output);
    unlink(path_a);
    return unlink(path_b);
}

static void write_map(const char *lines)
{
    FILE *file = fopen(map, "w");
    fputs(lines, file);
    fclose(file);
}

static const struct pair *pair_of(u32 thread)
{
    return &pairing.pairs[pairing.of_a[run_thread_place(run_a, thread)]];
}

static void assert_pair(u32 a, u32 b, u8 how)
{
    const struct pair *pair = pair_of(a);
    assert_int_equal(pair->b == PAIR_NOBODY ? 0 : run_thread(run_b, pair->b)->thread, b);
    assert_string_equal(pair_how_name(pair->how), pair_how_name(how));
}

static void test_threads_pair_by_origin(void **state)
{
    (void)state;
    struct err err;
    assert_true(pair_threads(&pairing, run_a, run_b, NULL, &err));
    assert_pair(10, 20, PAIR_CALLS);
    assert_pair(11, 22, PAIR_SPAWN); /* the first that was spawned, whatever its id */
    assert_pair(12, 21, PAIR_SPAWN);
    assert_pair(13, 23, PAIR_CALLS);
}

static void test_a_map_overrides(void **state)
{
    (void)state;
    struct err err;
    write_map("# two lines\n11 21\n13 -\n");
    assert_true(pair_threads(&pairing, run_a, run_b, map, &err));
    assert_pair(11, 21, PAIR_MAP);
    assert_pair(12, 22, PAIR_SPAWN);
    assert_pair(13, 0, PAIR_MAP);
}

static void test_a_bad_map_is_named(void **state)
{
    (void)state;
    struct err err;
    write_map("11 21\n11 22\n");
    assert_false(pair_threads(&pairing, run_a, run_b, map, &err));
    assert_non_null(strstr(err.text, "line 2"));
}

static void test_objects_pair_by_birth(void **state)
{
    (void)state;
    struct err err;
    struct objects a, b;
    struct object_pairing p;
    assert_true(pair_threads(&pairing, run_a, run_b, NULL, &err));
    assert_true(objects_make(&a, run_a, &err));
    assert_true(objects_make(&b, run_b, &err));
    pair_objects(&p, &pairing, &a, &b);
    const u64 twins[][2] = {{0xA0 + 10, 0xA0 + 20}, {0xB0 + 10, 0xB0 + 20}, {0xC0 + 10, 0xC0 + 20}};
    for (u32 i = 0; i < countof(twins); i++) {
        const struct object_pair *pair = &p.pairs[p.of_a[objects_by_hsid(&a, twins[i][0])]];
        assert_int_equal(pair->how, OBJECT_PAIR_BIRTH);
        assert_int_equal(b.rows[pair->b].hsid, twins[i][1]);
    }
    pair_objects_finish(&p);
    objects_free(&a);
    objects_free(&b);
}

/* Runs a table's function in a child, as if --json had been given; its output, without blanks, into text. */
static void print(char *name, int (*verb)(const struct cli *cli))
{
    char *argv[] = {name, path_a, path_b, "--json", NULL};
    fflush(stdout);
    pid_t child = fork();
    if (!child) {
        struct cli cli;
        struct err err;
        if (!freopen(output, "w", stdout) || !cli_parse(&cli, 4, argv, &err))
            _exit(99);
        int code = verb(&cli);
        fflush(stdout);
        _exit(code);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    FILE *file = fopen(output, "r");
    size_t size = 0;
    for (int c; (c = fgetc(file)) != EOF && size < sizeof text - 1;)
        if (c != ' ' && c != '\n')
            text[size++] = (char)c;
    text[size] = 0;
    fclose(file);
}

static void test_tables(void **state)
{
    (void)state;
    print("threads", pairs_threads);
    assert_non_null(strstr(text, "{\"pairs\":[{\"a\":10,\"b\":20,\"entry\":null,\"confidence\":"));
    assert_non_null(strstr(text, "{\"a\":11,\"b\":22,\"entry\":\"0x82001000\",\"confidence\":0.97"));
    print("objects", pairs_objects);
    assert_non_null(strstr(text, "\"how\":\"birth\""));
    print("spawns", cmd_spawns);
    assert_non_null(strstr(text, "\"what\":\"stack\",\"a_value\":\"0x80000\",\"b_value\":\"0x0\",\"status\":\"DIFF\""));
    assert_non_null(strstr(text, "\"what\":\"context\""));
    assert_non_null(strstr(text, "\"status\":\"RUN-SPECIFIC\""));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_threads_pair_by_origin, setup, teardown),
    cmocka_unit_test_setup_teardown(test_a_map_overrides, setup, teardown),
    cmocka_unit_test_setup_teardown(test_a_bad_map_is_named, setup, teardown),
    cmocka_unit_test_setup_teardown(test_objects_pair_by_birth, setup, teardown),
    cmocka_unit_test_setup_teardown(test_tables, setup, teardown),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
