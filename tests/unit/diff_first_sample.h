/* SPDX-License-Identifier: BSD-3-Clause
 * Pairs of hand-made runs, and what `first` says of them. */
#ifndef TESTS_UNIT_DIFF_FIRST_SAMPLE_H
#define TESTS_UNIT_DIFF_FIRST_SAMPLE_H

#include "diff/first.h"
#include "schema/export.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <unistd.h>

/* A run under construction. Threads are called by role; `ids` are what its log calls them. */
static struct journal_writer *w;
static const u32 *ids;
static u32 indexes[16];
static u64 seq;
static const u32 ids_a[] = {6, 10, 14, 17}, ids_b[] = {1, 5, 9, 13};
static char path_a[64], path_b[64];
static struct run *run_a, *run_b;
static struct pairing pairing;
static struct first first;

static inline void begin(char *path, const u32 *thread_ids)
{
    struct err err;
    strcpy(path, "/tmp/lockstep-first-XXXXXX");
    close(mkstemp(path));
    w = journal_create(path, &err);
    assert_non_null(w);
    ids = thread_ids;
    memset(indexes, 0, sizeof indexes);
    seq = 0;
}

static inline void end(void)
{
    struct err err;
    assert_true(journal_finish(w, &err));
}

static inline void put(u32 role, struct event e)
{
    e.thread = ids[role];
    e.index = indexes[role]++;
    e.seq = seq;
    e.time = seq++ * 100;
    journal_append(w, &e);
}

static inline void call(u32 role, const char *op, u32 lr)
{
    put(role, (struct event){.kind = EVENT_call, .count = 11, .op = export_by_name(op)->op, .lr = lr});
}

static inline void back(u32 role, const char *op, u32 lr, u64 result)
{
    put(role, (struct event){.kind = EVENT_return, .count = 1, .op = export_by_name(op)->op, .lr = lr, .v = {result}});
}

static inline void done(u32 role, const char *op, u32 lr)
{
    call(role, op, lr);
    back(role, op, lr, 0);
}

static inline void spawn(u32 parent, u32 child, u32 entry)
{
    struct event e = {.kind = EVENT_thread_create, .count = 8, .op = export_by_name("ExCreateThread")->op, .lr = 0x100};
    call(parent, "ExCreateThread", 0x100);
    e.v[F_thread_create_child] = ids[child];
    e.v[F_thread_create_entry] = entry;
    e.v[F_thread_create_ordinal] = 0;
    put(parent, e);
    back(parent, "ExCreateThread", 0x100, 0);
}

/* A wait that blocks; wake ends it. */
static inline void wait_for(u32 role, u32 lr)
{
    struct event e = {
        .kind = EVENT_wait_begin, .count = 8, .op = export_by_name("NtWaitForSingleObjectEx")->op, .lr = lr};
    e.v[F_wait_begin_count] = 1;
    e.v[F_wait_begin_deadline] = UINT64_MAX;
    call(role, "NtWaitForSingleObjectEx", lr);
    put(role, e);
}

static inline void wake(u32 role, u32 lr, u32 waker)
{
    struct event e = {
        .kind = EVENT_wait_end, .count = 5, .op = export_by_name("NtWaitForSingleObjectEx")->op, .lr = lr};
    e.v[F_wait_end_waker] = ids[waker];
    put(role, e);
    back(role, "NtWaitForSingleObjectEx", lr, 0);
}

static inline void compare(void)
{
    struct err err;
    struct first_options o = {
        .keys.parts = KEY_DEFAULT, .limit = UINT64_MAX, .last_time = {UINT64_MAX, UINT64_MAX}, .values_most = 1 << 20};
    run_a = run_open(path_a, &err);
    run_b = run_open(path_b, &err);
    assert_non_null(run_a);
    assert_non_null(run_b);
    assert_true(pair_threads(&pairing, run_a, run_b, NULL, &err));
    first_find(&first, &pairing, &o);
}

static inline int teardown(void **state)
{
    (void)state;
    first_finish(&first);
    pair_finish(&pairing);
    run_close(run_a);
    run_close(run_b);
    unlink(path_a);
    return unlink(path_b);
}

/* The first divergence: class, keys before it, and the log's numbers of what both did next (-1: nothing). */
static inline void assert_first(u8 verdict, u8 class, u32 role, u64 matched, s64 index_a, s64 index_b)
{
    assert_int_equal(first.verdict, verdict);
    assert_true(first.count > 0);
    const struct first_divergence *d = &first.list[0];
    assert_string_equal(first_class_name(d->class), first_class_name(class));
    assert_int_equal(run_thread(run_a, d->side[0].thread)->thread, ids_a[role]);
    assert_int_equal(run_thread(run_b, d->side[1].thread)->thread, ids_b[role]);
    assert_int_equal(d->matched, matched);
    assert_int_equal(d->side[0].has_next ? (s64)d->side[0].next.call.index : -1, index_a);
    assert_int_equal(d->side[1].has_next ? (s64)d->side[1].next.call.index : -1, index_b);
}

#endif
