/* SPDX-License-Identifier: BSD-3-Clause
 * The journal as a whole: what is written comes back, in order of the run and of each thread. */
#include "replay/journal.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64], path[96];

enum { STRINGS = 20 };

static u64 next_random(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Any kind, any number of values, values of all sizes. */
static struct event random_event(u64 *state, u64 seq, u32 *indexes, u32 threads)
{
    struct event e = {.seq = seq, .time = seq * 37 + next_random(state) % 20};
    e.thread = (u32)(next_random(state) % threads);
    e.index = indexes[e.thread]++;
    do
        e.kind = (u8)(next_random(state) % EVENT_KINDS);
    while (!event_type(e.kind));
    e.op = next_random(state) % 4 ? (u32)(1u << 16 | next_random(state) % 40) : (u32)next_random(state);
    e.lr = 0x82000000 + (u32)(next_random(state) % 50) * 4;
    e.count = (u8)(next_random(state) % (event_type(e.kind)->field_count + 1));
    for (u32 i = 0; i < e.count; i++)
        if (event_type(e.kind)->fields[i].meaning == MEANING_STRING)
            e.v[i] = next_random(state) % (STRINGS + 1);
        else
            e.v[i] = next_random(state) >> next_random(state) % 64;
    return e;
}

static void write_random(u64 count, u32 threads, u64 seed)
{
    u32 indexes[64] = {0};
    struct err err;
    struct journal_writer *w = journal_create(path, &err);
    assert_non_null(w);
    for (u32 i = 1; i <= STRINGS; i++)
        assert_int_equal(journal_intern(w, "twenty characters...", i), i);
    for (u64 i = 0; i < count; i++) {
        struct event e = random_event(&seed, i, indexes, threads);
        journal_append(w, &e);
    }
    assert_true(journal_finish(w, &err));
}

static void print_sentence(void *context, const char *sentence)
{
    (void)context;
    print_error("%s\n", sentence);
}

static void check_all(struct journal_reader *r, u64 count, u32 threads, u64 seed)
{
    u32 indexes[64] = {0};
    struct err err = {""};
    const struct event *got;
    struct journal_cursor *c = journal_cursor_all(r, 0, &err);
    for (u64 i = 0; i < count; i++) {
        struct event want = random_event(&seed, i, indexes, threads);
        int found = journal_cursor_next(c, &got, &err);
        if (found != 1)
            print_error("%s\n", err.text);
        assert_int_equal(found, 1);
        assert_memory_equal(got, &want, sizeof want);
    }
    assert_int_equal(journal_cursor_next(c, &got, &err), 0);
    journal_cursor_close(c);
}

static void check_threads(struct journal_reader *r, u64 count, u32 threads)
{
    u64 found = 0;
    struct err err;
    for (u32 thread = 0; thread < threads; thread++) {
        const struct event *got;
        struct journal_cursor *c = journal_cursor_thread(r, thread, 0, &err);
        for (u32 index = 0; journal_cursor_next(c, &got, &err) == 1; index++, found++) {
            assert_int_equal(got->thread, thread);
            assert_int_equal(got->index, index);
        }
        journal_cursor_close(c);
    }
    assert_int_equal(found, count);
}

static void test_round_trip(void **state)
{
    (void)state;
    static const struct {
        u64 count;
        u32 threads;
    } cases[] = {{0, 1}, {1, 1}, {1000, 3}, {65535, 1}, {65536, 1}, {65537, 7}, {150000, 40}};
    for (size_t i = 0; i < countof(cases); i++) {
        struct err err;
        write_random(cases[i].count, cases[i].threads, 88 + i);
        struct journal_reader *r = journal_open(path, &err);
        assert_non_null(r);
        assert_true(journal_is_whole(r));
        assert_int_equal(journal_event_count(r), cases[i].count);
        check_all(r, cases[i].count, cases[i].threads, 88 + i);
        check_threads(r, cases[i].count, cases[i].threads);
        assert_int_equal(journal_verify(r, print_sentence, NULL), 0);
        journal_close(r);
    }
}

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/lockstep-journal-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/run.lsj", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
