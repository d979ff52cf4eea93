/* SPDX-License-Identifier: BSD-3-Clause
 * Who waits for whom: the roots and circles of the wedges that titles really make. */
#include "replay/journal.h"
#include "replay/wedge.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <unistd.h>

static struct wedge_report report;

static int setup(void **state)
{
    (void)state;
    wedge_init(&report);
    report.wedged = true;
    report.tick = 1234567890;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    wedge_finish(&report);
    return 0;
}

static struct wedge_thread *waiting(u32 id)
{
    struct wedge_thread *t = wedge_add_thread(&report);
    t->thread = id;
    t->state = WEDGE_WAITING;
    t->entry = 0x82000000 + id * 0x100;
    t->lineage = 0x1122334455667700 + id;
    return t;
}

static struct wedge_wait *on(enum object_type type, u64 hsid)
{
    struct wedge_wait *w = wedge_add_wait(&report);
    w->type = (u8)type;
    w->hsid = hsid;
    return w;
}

static void on_owned(enum object_type type, u32 owner)
{
    on(type, 0x100 + owner)->owner = owner;
}

static void on_signalled(enum object_type type, u32 thread)
{
    struct wedge_wait *w = on(type, 0x200 + thread);
    w->was_signalled = true;
    w->signal_thread = thread;
}

static void check_root(u32 i, u32 thread, enum wedge_reason reason, u32 certain, u32 likely)
{
    assert_true(i < report.root_count);
    assert_int_equal(report.threads[report.roots[i].place].thread, thread);
    assert_string_equal(wedge_reason_name((enum wedge_reason)report.roots[i].reason), wedge_reason_name(reason));
    assert_int_equal(report.roots[i].certain, certain);
    assert_int_equal(report.roots[i].likely, likely);
}

static void test_lock_order_inversion_is_a_certain_cycle(void **state)
{
    (void)state;
    waiting(1);
    on_owned(OBJECT_THREAD, 2);
    waiting(2);
    on_owned(OBJECT_CRITICAL_SECTION, 3);
    waiting(3);
    on_owned(OBJECT_MUTANT, 2);
    waiting(4);
    on_signalled(OBJECT_EVENT, 3);
    wedge_analyse(&report);
    assert_int_equal(report.cycle_count, 1);
    assert_true(report.cycles[0].certain);
    assert_int_equal(report.cycles[0].count, 2);
    assert_int_equal(report.root_count, 2);
    check_root(0, 2, WEDGE_IN_CYCLE, 2, 3);
    check_root(1, 3, WEDGE_IN_CYCLE, 2, 3);
}

static void test_lost_wake_up_is_the_root(void **state)
{
    (void)state;
    waiting(1);
    on_owned(OBJECT_THREAD, 2); /* joins the worker */
    waiting(2);
    on(OBJECT_EVENT, 77); /* whose item's event nobody set */
    for (u32 dispatcher = 3; dispatcher < 7; dispatcher++) {
        waiting(dispatcher);
        on_signalled(OBJECT_SEMAPHORE, 2); /* which the worker released for each item */
    }
    waiting(7);
    on_signalled(OBJECT_EVENT, 0); /* a timer's */
    wedge_analyse(&report);
    assert_int_equal(report.cycle_count, 0);
    assert_int_equal(report.root_count, 2);
    check_root(0, 2, WEDGE_NEVER_SIGNALLED, 1, 5);
    assert_int_equal(report.waits[report.roots[0].wait].hsid, 77);
    check_root(1, 7, WEDGE_LAST_BY_MACHINE, 0, 0);
}

static void test_suspended_worker_is_the_root_of_a_join_chain(void **state)
{
    (void)state;
    waiting(1);
    on_owned(OBJECT_THREAD, 2);
    waiting(2);
    on_owned(OBJECT_THREAD, 3);
    struct wedge_thread *worker = waiting(3);
    worker->state = WEDGE_SUSPENDED;
    worker->suspend_count = 1;
    wedge_analyse(&report);
    assert_int_equal(report.root_count, 1);
    check_root(0, 3, WEDGE_NEVER_RESUMED, 2, 2);
    assert_int_equal(report.roots[0].wait, UINT32_MAX);
}

static void test_worker_that_never_ran_comes_first(void **state)
{
    (void)state;
    waiting(1);
    on_owned(OBJECT_THREAD, 2);
    waiting(2);
    on(OBJECT_EVENT, 77);
    struct wedge_thread *paused = waiting(3);
    paused->state = WEDGE_SUSPENDED;
    paused->suspend_count = 1;
    paused->started = true;
    struct wedge_thread *worker = waiting(4);
    worker->state = WEDGE_SUSPENDED;
    worker->suspend_count = 1;
    wedge_analyse(&report);
    assert_int_equal(report.root_count, 3);
    check_root(0, 4, WEDGE_NEVER_RESUMED, 0, 0);
    check_root(1, 2, WEDGE_NEVER_SIGNALLED, 1, 1);
    check_root(2, 3, WEDGE_LEFT_SUSPENDED, 0, 0);
}

static void test_pulse_that_woke_nobody_is_the_root(void **state)
{
    (void)state;
    for (u32 woke = 0; woke < 2; woke++) {
        waiting(1);
        on_signalled(OBJECT_EVENT, 2);
        report.waits[0].pulsed = true;
        report.waits[0].signal_woke = woke;
        waiting(2);
        on_signalled(OBJECT_SEMAPHORE, 1);
        wedge_analyse(&report);
        check_root(0, 1, woke ? WEDGE_IN_LIKELY_CYCLE : WEDGE_PULSED_TO_NOBODY, 0, 1);
        assert_int_equal(report.root_count, woke ? 2 : 1);
        wedge_finish(&report);
    }
}

static void on_timer(u64 set, u64 cancelled)
{
    struct wedge_wait *w = on(OBJECT_TIMER, 0x300);
    w->armed = (struct wedge_act){set, 1, 0x82000010, 0, set != 0};
    w->undone = (struct wedge_act){cancelled, 1, 0x82000020, 0, cancelled != 0};
}

static void test_timers_say_why_they_do_not_come(void **state)
{
    (void)state;
    waiting(1);
    on(OBJECT_EVENT, 1); /* to stop */
    on_timer(10, 20);
    waiting(2);
    on_timer(0, 0);
    waiting(3);
    on_timer(30, 20); /* set again, came, and was taken */
    report.waits[report.wait_count - 1].was_signalled = true;
    wedge_analyse(&report);
    assert_int_equal(report.root_count, 3);
    check_root(0, 1, WEDGE_TIMER_CANCELLED, 0, 0);
    assert_int_equal(report.roots[0].wait, 1);
    check_root(1, 2, WEDGE_TIMER_NEVER_SET, 0, 0);
    check_root(2, 3, WEDGE_LAST_BY_MACHINE, 0, 0);
}

static void test_refused_release_is_a_root_until_another_comes(void **state)
{
    (void)state;
    for (u64 signal = 10; signal <= 30; signal += 20) {
        waiting(1);
        on_signalled(OBJECT_SEMAPHORE, 7);
        report.waits[0].signal_time = signal;
        report.waits[0].refused = (struct wedge_act){20, 7, 0x82000030, 0, 3};
        wedge_analyse(&report);
        assert_int_equal(report.root_count, 1);
        check_root(0, 1, signal < 20 ? WEDGE_RELEASE_REFUSED : WEDGE_SIGNALLER_ENDED, 0, 0);
        wedge_finish(&report);
    }
}

static void test_ping_pong_is_a_likely_cycle(void **state)
{
    (void)state;
    waiting(1);
    on_signalled(OBJECT_EVENT, 2);
    waiting(2);
    on_signalled(OBJECT_EVENT, 1);
    waiting(3);
    on_signalled(OBJECT_EVENT, 1);
    wedge_analyse(&report);
    assert_int_equal(report.cycle_count, 1);
    assert_false(report.cycles[0].certain);
    assert_int_equal(report.root_count, 2);
    check_root(0, 1, WEDGE_IN_LIKELY_CYCLE, 0, 2);
}

static void test_ended_owners_and_signallers_are_named(void **state)
{
    (void)state;
    waiting(1);
    on_owned(OBJECT_CRITICAL_SECTION, 9);
    waiting(2);
    on_signalled(OBJECT_EVENT, 3);
    waiting(3)->state = WEDGE_TERMINATED;
    waiting(4);
    on_signalled(OBJECT_EVENT, 4);
    waiting(5);
    wedge_analyse(&report);
    assert_int_equal(report.root_count, 4);
    check_root(0, 1, WEDGE_OWNER_ENDED, 0, 0);
    check_root(1, 2, WEDGE_SIGNALLER_ENDED, 0, 0);
    check_root(2, 4, WEDGE_LAST_BY_ITSELF, 0, 0);
    check_root(3, 5, WEDGE_WAITS_FOR_NOTHING, 0, 0);
}

static char *text_of(const struct wedge_report *which)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    wedge_print(which, out);
    fclose(out);
    return text;
}

static void test_journal_gives_the_same_report(void **state)
{
    (void)state;
    char path[] = "/tmp/lockstep-wedge-XXXXXX";
    struct err err;
    close(mkstemp(path));
    struct wedge_thread *t = waiting(1);
    t->since = 50000000;
    t->op = 1 << 16 | 0xB0;
    t->backtrace[t->backtrace_count++] = 0x82001234;
    t->backtrace[t->backtrace_count++] = 0x82005678;
    struct wedge_wait *w = on(OBJECT_EVENT, 0xFEDCBA9876543210);
    strcpy(w->name, "an event\twith \"odd\" name");
    w->signal_time = 99;
    w->was_signalled = w->pulsed = true;
    w->create_op = 1 << 16 | 0xD1;
    w->undone = (struct wedge_act){98, 5, 0x82000040, 0, 12};
    waiting(4);
    on_timer(1000, 2000);
    waiting(5);
    on(OBJECT_SEMAPHORE, 9)->refused = (struct wedge_act){98, 5, 0x82000040, 1 << 16 | 0xD1, 2};
    report.threads[2].started = true;
    report.threads[2].suspend_count = 1;
    waiting(2);
    on_owned(OBJECT_THREAD, 1);
    wedge_analyse(&report);

    struct journal_writer *writer = journal_create(path, &err);
    assert_non_null(writer);
    wedge_write(writer, &report);
    assert_true(journal_finish(writer, &err));
    struct journal_reader *r = journal_open(path, &err);
    assert_non_null(r);
    struct wedge_report back;
    wedge_init(&back);
    assert_true(wedge_read(r, &back, &err));
    report.waits[0].name[8] = '.'; /* a control character is not kept */
    char *want = text_of(&report), *got = text_of(&back);
    assert_string_equal(got, want);
    free(want);
    free(got);
    wedge_finish(&back);
    journal_close(r);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lock_order_inversion_is_a_certain_cycle, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_wake_up_is_the_root, setup, teardown),
        cmocka_unit_test_setup_teardown(test_suspended_worker_is_the_root_of_a_join_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_worker_that_never_ran_comes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pulse_that_woke_nobody_is_the_root, setup, teardown),
        cmocka_unit_test_setup_teardown(test_timers_say_why_they_do_not_come, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_release_is_a_root_until_another_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ping_pong_is_a_likely_cycle, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ended_owners_and_signallers_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(test_journal_gives_the_same_report, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
