/* SPDX-License-Identifier: BSD-3-Clause
 * A run in columns tells the same as the journal's cursor, wherever the journal's blocks were cut. */
#include "diff/run.h"
#include "schema/export.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <unistd.h>

enum { EVENTS = 120000, THREADS = 5 };

static char paths[2][64];

static u64 next_random(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static const char *const names[] = {"NtSetEvent", "NtClose", "RtlEnterCriticalSection", "NtCreateEvent"};

/* Thread 1 makes the others; all call, return and wait at random. */
static struct event event_at(u32 i, u64 *seed, u32 *indexes, u64 *time)
{
    struct event e = {.seq = i, .time = *time += next_random(seed) % 900, .kind = EVENT_call, .count = 11};
    e.thread = i < THREADS ? 1 : 1 + (u32)next_random(seed) % THREADS;
    e.index = indexes[e.thread]++;
    e.op = export_by_name(names[next_random(seed) % countof(names)])->op;
    e.lr = 0x82000000 + (u32)(next_random(seed) % 40) * 4;
    e.v[0] = next_random(seed) % 5;
    if (i + 1 < THREADS) {
        e.kind = EVENT_thread_create;
        e.count = 8;
        e.v[F_thread_create_child] = i + 2;
        e.v[F_thread_create_entry] = 0x82001000 + i;
        e.v[F_thread_create_stack] = 4096 * i;
    } else if (next_random(seed) % 3 == 0) {
        e.kind = next_random(seed) % 5 ? EVENT_return : EVENT_wait_begin;
        e.count = 4;
        e.v[3] = next_random(seed);
    }
    return e;
}

/* cuts: one in so many events ends a block. */
static void write_run(const char *path, u32 cuts)
{
    struct err err;
    u64 seed = 99, cut_seed = 7, time = 0;
    u32 indexes[THREADS + 1] = {0};
    struct journal_writer *w = journal_create(path, &err);
    assert_non_null(w);
    for (u32 i = 0; i < EVENTS; i++) {
        struct event e = event_at(i, &seed, indexes, &time);
        journal_append(w, &e);
        if (next_random(&cut_seed) % cuts == 0)
            journal_flush(w);
    }
    assert_true(journal_finish(w, &err));
}

static int setup(void **state)
{
    (void)state;
    for (u32 i = 0; i < 2; i++) {
        strcpy(paths[i], "/tmp/lockstep-run-XXXXXX");
        close(mkstemp(paths[i]));
        write_run(paths[i], i ? 100000 : 1500);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (u32 i = 0; i < 2; i++)
        unlink(paths[i]);
    return 0;
}

static void check_event(struct run *run, const struct event *want, u64 position)
{
    struct err err;
    struct event got;
    struct run_span span;
    u32 place = run_thread_place(run, want->thread);
    assert_true(run_read(run, place, position, &span, &err) && span.count);
    const struct run_site *site = run_site(run, span.site[0]);
    assert_true(site->op == want->op && site->lr == want->lr && site->kind == want->kind);
    assert_true(span.index[0] == want->index && span.time[0] == want->time && span.seq[0] == want->seq);
    assert_true(run_event(run, place, position, &got, &err));
    assert_memory_equal(&got, want, sizeof got);
}

static void test_columns_and_events_are_the_cursors(void **state)
{
    (void)state;
    for (u32 i = 0; i < 2; i++) {
        struct err err;
        const struct event *e;
        u64 positions[THREADS + 1] = {0}, total = 0;
        struct run *run = run_open(paths[i], &err);
        struct journal_cursor *c = journal_cursor_all(run_journal(run), 0, &err);
        for (; journal_cursor_next(c, &e, &err) == 1; positions[e->thread]++, total++)
            if (total % 7 == 0)
                check_event(run, e, positions[e->thread]);
        assert_int_equal(total, EVENTS);
        for (u32 t = 0; t < run_thread_count(run); t++)
            assert_int_equal(run_thread(run, t)->events, positions[run_thread(run, t)->thread]);
        journal_cursor_close(c);
        run_close(run);
    }
}

/* Whichever event of a block is asked for first, and whatever after it. */
static void test_events_come_in_any_order(void **state)
{
    (void)state;
    struct err err;
    struct run *run = run_open(paths[1], &err), *other = run_open(paths[1], &err);
    u64 seed = 17;
    for (u32 place = 0; place < run_thread_count(run); place++) {
        u64 events = run_thread(run, place)->events, position = events - 1;
        for (u32 n = 0; n < 3000; n++) {
            struct event e;
            struct run_span span;
            assert_true(run_event(run, place, position, &e, &err));
            assert_true(run_read(other, place, position, &span, &err) && span.count);
            assert_true(e.seq == span.seq[0] && e.time == span.time[0] && e.index == span.index[0]);
            assert_int_equal(e.lr, run_site(other, span.site[0])->lr);
            position = n < 1000 && position ? position - 1 : next_random(&seed) % events;
        }
    }
    run_close(run);
    run_close(other);
}

static void test_threads_are_known_by_their_creation(void **state)
{
    (void)state;
    struct err err;
    struct run *run = run_open(paths[0], &err);
    assert_int_equal(run_thread_count(run), THREADS);
    const struct run_thread *t = run_thread(run, run_thread_place(run, 3));
    assert_true(t->created && !t->exited);
    assert_int_equal(t->entry, 0x82001001);
    assert_int_equal(t->stack, 4096);
    assert_int_equal(t->parent, run_thread_place(run, 1));
    assert_int_equal(t->created_seq, 1);
    assert_int_equal(run_thread_place(run, 77), UINT32_MAX);
    run_close(run);
}

static void check_places(struct run *run, u32 place)
{
    struct err err;
    struct run_span span;
    u64 events = run_thread(run, place)->events, seed = place + 3;
    for (u32 n = 0; n < 200; n++) {
        u64 position = next_random(&seed) % events;
        assert_true(run_read(run, place, position, &span, &err));
        u64 seq = span.seq[0], time = span.time[0];
        u32 index = span.index[0];
        assert_int_equal(run_position_at_seq(run, place, seq), position);
        assert_int_equal(run_position_at_index(run, place, index), position);
        assert_true(run_position_at_seq(run, place, seq + 1) == position + 1);
        u64 first = run_position_at_time(run, place, time);
        assert_true(run_read(run, place, first, &span, &err) && span.time[0] == time && first <= position);
    }
    assert_int_equal(run_position_at_seq(run, place, EVENTS), events);
    assert_int_equal(run_position_at_time(run, place, UINT64_MAX), events);
}

static void test_places_are_found(void **state)
{
    (void)state;
    for (u32 i = 0; i < 2; i++) {
        struct err err;
        struct run *run = run_open(paths[i], &err);
        for (u32 t = 0; t < run_thread_count(run); t++)
            check_places(run, t);
        run_close(run);
    }
}

/* Keys in small portions are the keys in one, and what a scan finds. */
static void check_keys(struct run *run, u32 place, bool quiet)
{
    struct err err;
    struct run_span span;
    u64 total = quiet ? run_thread(run, place)->quiet_keys : run_thread(run, place)->keys, found = 0;
    u32 *sites = malloc((total + 1) * sizeof *sites);
    u64 *positions = malloc((total + 1) * sizeof *positions);
    for (u64 n; (n = run_keys(run, place, found, quiet, sites + found, positions + found,
                              total + 1 - found < 777 ? total + 1 - found : 777, &err));)
        found += n;
    assert_int_equal(found, total);
    u64 key = 0;
    for (u64 at = 0; run_read(run, place, at, &span, &err) && span.count; at += span.count)
        for (u32 i = 0; i < span.count; i++) {
            const struct run_site *site = run_site(run, span.site[i]);
            if (!site->is_key || (quiet && site->noise))
                continue;
            assert_true(positions[key] == at + i && sites[key] == span.site[i]);
            key++;
        }
    assert_int_equal(key, total);
    free(sites);
    free(positions);
}

static void test_keys_are_in_order(void **state)
{
    (void)state;
    struct err err;
    struct run *run = run_open(paths[0], &err);
    for (u32 t = 0; t < run_thread_count(run); t++) {
        check_keys(run, t, false);
        check_keys(run, t, true);
    }
    run_close(run);
}

/* Blocks were cut elsewhere, marks are the same; and asking for them unpacks nothing. */
static void test_marks_do_not_depend_on_cuts(void **state)
{
    (void)state;
    struct err err;
    struct run *a = run_open(paths[0], &err), *b = run_open(paths[1], &err);
    assert_true(journal_block_count(run_journal(a)) > 2 * journal_block_count(run_journal(b)));
    u64 before = run_bytes_read(a), marks = 0;
    for (u32 t = 0; t < run_thread_count(a); t++)
        for (u32 quiet = 0; quiet < 2; quiet++) {
            u64 keys = quiet ? run_thread(a, t)->quiet_keys : run_thread(a, t)->keys, last = 0;
            for (u64 n = 0; n <= keys / RUN_MARK; n++, marks++) {
                u64 mark = run_key_mark(a, t, n, quiet);
                assert_true(mark == run_key_mark(b, t, n, quiet));
                assert_true(!n || (mark && mark != last));
                last = mark;
            }
        }
    assert_true(marks > 20);
    assert_int_equal(run_bytes_read(a), before);
    run_close(a);
    run_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_and_events_are_the_cursors),
        cmocka_unit_test(test_events_come_in_any_order),
        cmocka_unit_test(test_threads_are_known_by_their_creation),
        cmocka_unit_test(test_places_are_found),
        cmocka_unit_test(test_keys_are_in_order),
        cmocka_unit_test(test_marks_do_not_depend_on_cuts),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
