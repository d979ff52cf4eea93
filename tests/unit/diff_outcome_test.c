/* SPDX-License-Identifier: BSD-3-Clause
 * What kind of failure a pair of runs is: threads 2 and 3 wait for what threads 4 and 5 signal, or do not. */
#include "diff/onepage.h"
#include "tests/unit/diff_sample.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

enum { MAKE = 0x12000100, WAIT = 0x12000200, SIGNAL = 0x12000300, OTHER = 0x12000400, SPAWN = 0x12000500 };

/* What B does otherwise. */
enum fault { NOTHING, ONE_SKIPS, BOTH_SKIP, NOT_MADE, NOT_RESUMED, CALLS_MORE, IS_CUT };

static void start(struct sample *s, u32 thread)
{
    struct event e = sample_event(EVENT_thread_start, thread, s->seq, NULL, 0);
    e.v[F_thread_start_entry] = 0x82010000 + thread * 0x1000;
    e.v[F_thread_start_lineage] = 0x100 + thread;
    sample_add(s, e);
}

static void spawn(struct sample *s, u32 child)
{
    sample_call(s, 1, s->seq, "ExCreateThread", SPAWN + 4 * child, 0);
    struct event e = sample_event(EVENT_thread_create, 1, s->seq, "ExCreateThread", SPAWN + 4 * child);
    e.v[F_thread_create_child] = child;
    e.v[F_thread_create_entry] = 0x82010000 + child * 0x1000;
    e.v[F_thread_create_lineage] = 0x100 + child;
    e.v[F_thread_create_hsid] = 0x200 + child;
    sample_add(s, e);
    sample_create(s, 1, s->seq, "ExCreateThread", 0x100 + child, OBJECT_THREAD, 0x200 + child);
    sample_return(s, 1, s->seq, "ExCreateThread", SPAWN + 4 * child, 0);
}

static void call(struct sample *s, u32 thread, const char *op, u32 lr, u64 a0)
{
    sample_call(s, thread, s->seq, op, lr, a0);
    sample_return(s, thread, s->seq, op, lr, 0);
}

static void make_event(struct sample *s, u32 lr, u64 handle)
{
    sample_call(s, 1, s->seq, "NtCreateEvent", lr, 0);
    sample_create(s, 1, s->seq, "NtCreateEvent", handle, OBJECT_EVENT, 0xE00 + handle);
    sample_return(s, 1, s->seq, "NtCreateEvent", lr, 0);
}

static void leave(struct sample *s, u32 thread)
{
    sample_call(s, thread, s->seq, "ExTerminateThread", OTHER + 0x80, 0);
    sample_add(s, sample_event(EVENT_thread_exit, thread, s->seq, "ExTerminateThread", OTHER + 0x80));
}

/* Main makes two events and four threads. */
static void run_main(struct sample *s, enum fault fault)
{
    start(s, 1);
    make_event(s, MAKE, 0x12);
    make_event(s, MAKE + 4, 0x13);
    if (fault == CALLS_MORE)
        call(s, 1, "NtClose", OTHER + 0x40, 0x99);
    for (u32 child = 2; child <= 5; child++) {
        if (fault != NOT_MADE || child != 4)
            spawn(s, child);
        if (!((fault == NOT_MADE || fault == NOT_RESUMED) && child == 4))
            call(s, 1, "NtResumeThread", SPAWN + 0x40 + 4 * child, 0x100 + child);
    }
    leave(s, 1);
}

static bool signals(enum fault fault, u32 thread)
{
    if (fault == BOTH_SKIP)
        return false;
    return thread == 5 || (fault != ONE_SKIPS && fault != NOT_MADE && fault != NOT_RESUMED);
}

static void run_producer(struct sample *s, enum fault fault, u32 thread)
{
    if (thread == 4 && (fault == NOT_MADE || fault == NOT_RESUMED))
        return;
    start(s, thread);
    call(s, thread, "KeTlsGetValue", OTHER, 0);
    if (signals(fault, thread))
        call(s, thread, "NtSetEvent", SIGNAL + 4 * thread, 0x10 + thread - 2);
    else
        call(s, thread, "KeTlsSetValue", OTHER + 4, 0);
    leave(s, thread);
}

static void write_run(struct sample *s, enum fault fault)
{
    sample_begin(s);
    run_main(s, fault);
    for (u32 waiter = 2; waiter <= 3; waiter++) {
        start(s, waiter);
        sample_call(s, waiter, s->seq, "NtWaitForSingleObjectEx", WAIT, 0x10 + waiter);
        sample_wait(s, waiter, s->seq, "NtWaitForSingleObjectEx", UINT64_MAX, 0xE10 + waiter);
    }
    if (fault != IS_CUT) {
        run_producer(s, fault, 4);
        run_producer(s, fault, 5);
        for (u32 waiter = 2; waiter <= 3; waiter++)
            if (signals(fault, waiter + 2)) {
                sample_return(s, waiter, s->seq, "NtWaitForSingleObjectEx", WAIT, 0);
                leave(s, waiter);
            }
    } else {
        start(s, 4);
        call(s, 4, "KeTlsGetValue", OTHER, 0);
    }
    sample_end(s);
}

struct both {
    struct sample a, b;
    struct run *run[2];
    struct onepage page;
};

static const struct outcome *compare(struct both *x, enum fault fault)
{
    struct err err;
    write_run(&x->a, NOTHING);
    write_run(&x->b, fault);
    x->run[0] = run_open(x->a.path, &err);
    x->run[1] = run_open(x->b.path, &err);
    assert_non_null(x->run[0]);
    assert_non_null(x->run[1]);
    assert_true(onepage_make(&x->page, x->run[0], x->run[1], NULL, &err));
    return &x->page.outcome;
}

static void finish(struct both *x)
{
    onepage_free(&x->page);
    for (u32 side = 0; side < 2; side++)
        run_close(x->run[side]);
    sample_remove(&x->a);
    sample_remove(&x->b);
}

static void assert_class(const struct outcome *o, enum outcome_class class)
{
    assert_string_equal(outcome_name(o->class), outcome_name(class));
    assert_true(o->fact_count > 0);
}

/* A fact of that sign rests on an event of that thread of A. */
static void assert_cites(const struct outcome *o, char sign, u32 thread, const char *text)
{
    for (u32 i = 0; i < o->fact_count; i++) {
        const struct outcome_fact *f = &o->facts[i];
        if (f->sign == sign && f->has[0] && f->thread[0] == thread && strstr(f->text, text))
            return;
    }
    outcome_print(o, stderr);
    fail_msg("no fact %c of thread %u of A has: %s", sign, thread, text);
}

static void test_runs_that_agree_have_none(void **state)
{
    (void)state;
    struct both x;
    assert_class(compare(&x, NOTHING), OUTCOME_NONE);
    finish(&x);
}

static void test_one_thread_that_parts(void **state)
{
    (void)state;
    struct both x;
    const struct outcome *o = compare(&x, ONE_SKIPS);
    assert_class(o, OUTCOME_STATE);
    assert_cites(o, '+', 4, "what is missing: NtSetEvent");
    assert_cites(o, '+', 4, "BRANCH");
    finish(&x);
}

static void test_a_thread_that_was_never_made(void **state)
{
    (void)state;
    struct both x;
    const struct outcome *o = compare(&x, NOT_MADE);
    assert_class(o, OUTCOME_SPAWN);
    assert_cites(o, '+', 1, "what is missing: ExCreateThread");
    finish(&x);
}

static void test_a_thread_that_was_never_resumed(void **state)
{
    (void)state;
    struct both x;
    const struct outcome *o = compare(&x, NOT_RESUMED);
    assert_class(o, OUTCOME_SPAWN);
    assert_cites(o, '+', 1, "what is missing: NtResumeThread");
    finish(&x);
}

static void test_two_threads_that_part_by_themselves(void **state)
{
    (void)state;
    struct both x;
    const struct outcome *o = compare(&x, BOTH_SKIP);
    assert_class(o, OUTCOME_DISTRIBUTED);
    assert_cites(o, '+', 4, "what is missing: NtSetEvent");
    assert_cites(o, '+', 5, "what is missing: NtSetEvent");
    assert_cites(o, '+', 4, "producer sites of A that never fire in B: 2");
    finish(&x);
}

static void test_a_call_more_misses_nothing(void **state)
{
    (void)state;
    struct both x;
    const struct outcome *o = compare(&x, CALLS_MORE);
    assert_class(o, OUTCOME_STATE);
    assert_int_equal(o->facts[o->fact_count - 1].sign, '-');
    finish(&x);
}

static void test_a_log_that_is_cut_off_decides_nothing(void **state)
{
    (void)state;
    struct both x;
    assert_class(compare(&x, IS_CUT), OUTCOME_UNCERTAIN);
    finish(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_that_agree_have_none),
        cmocka_unit_test(test_one_thread_that_parts),
        cmocka_unit_test(test_a_thread_that_was_never_made),
        cmocka_unit_test(test_a_thread_that_was_never_resumed),
        cmocka_unit_test(test_two_threads_that_part_by_themselves),
        cmocka_unit_test(test_a_call_more_misses_nothing),
        cmocka_unit_test(test_a_log_that_is_cut_off_decides_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
