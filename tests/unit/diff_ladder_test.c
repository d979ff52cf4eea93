/* SPDX-License-Identifier: BSD-3-Clause
 * The ladder on small pairs of runs: thread 1 waits for an event that thread 2 sets, or does not. */
#include "diff/wedge_rebuild.h"
#include "diff/whatif.h"
#include "tests/unit/diff_sample.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

enum { MAKE = 0x12000100, WAIT = 0x12000200, SIGNAL = 0x12000300, OTHER = 0x12000400, LATER = 50000000 };

enum what { SETS, PULSES, NEVER_RUNS, NOT_CREATED, WAITS_FIRST, WAITS_FOR_UNKNOWN, RETURNS_AT_ONCE };

static void create_thread(struct sample *s, u32 parent, u32 child, u64 time)
{
    struct event e = sample_event(EVENT_thread_create, parent, time, "ExCreateThread", MAKE + 8);
    e.v[F_thread_create_child] = child;
    e.v[F_thread_create_entry] = 0x82010000 + child * 0x1000;
    e.v[F_thread_create_lineage] = 0x100 + child;
    e.v[F_thread_create_hsid] = 0x200 + child;
    sample_add(s, e);
}

static void start_thread(struct sample *s, u32 thread, u64 time)
{
    struct event e = sample_event(EVENT_thread_start, thread, time, NULL, 0);
    e.v[F_thread_start_entry] = 0x82010000 + thread * 0x1000;
    e.v[F_thread_start_lineage] = 0x100 + thread;
    sample_add(s, e);
}

/* An event, by that call, from there (0: not told). */
static void make_by(struct sample *s, u32 thread, u64 time, const char *op, u32 lr, u64 handle, u64 hsid)
{
    sample_call(s, thread, time, op, lr, 0);
    struct event e = sample_event(EVENT_handle_create, thread, time + 1, op, lr);
    e.v[F_handle_create_handle] = handle;
    e.v[F_handle_create_type] = OBJECT_EVENT;
    e.v[F_handle_create_hsid] = hsid;
    sample_add(s, e);
    sample_return(s, thread, time + 2, op, lr, 0);
}

static void make_event(struct sample *s, u64 time, u32 lr, u64 handle, u64 hsid)
{
    make_by(s, 1, time, "NtCreateEvent", lr, handle, hsid);
}

static void begin_wait(struct sample *s, u32 thread, u64 time, u32 lr, u64 handle, u64 hsid)
{
    sample_call(s, thread, time, "NtWaitForSingleObjectEx", lr, handle);
    sample_wait(s, thread, time + 1, "NtWaitForSingleObjectEx", UINT64_MAX, hsid);
}

/* What thread 2 does; true: thread 1's wait ends. */
static bool second(struct sample *s, enum what what)
{
    if (what == NEVER_RUNS || what == NOT_CREATED)
        return false;
    start_thread(s, 2, 40);
    sample_call(s, 2, 42, "KeTlsGetValue", OTHER, 0);
    sample_return(s, 2, 43, "KeTlsGetValue", OTHER, 0);
    if (what == WAITS_FIRST)
        begin_wait(s, 2, 44, OTHER + 4, 0x14, 0xE2);
    if (what == WAITS_FOR_UNKNOWN)
        begin_wait(s, 2, 44, OTHER + 4, 0, 0);
    if (what != SETS && what != PULSES)
        return false;
    sample_call(s, 2, LATER, what == SETS ? "NtSetEvent" : "NtPulseEvent", SIGNAL, 0x10);
    sample_return(s, 2, LATER + 1, what == SETS ? "NtSetEvent" : "NtPulseEvent", SIGNAL, 0);
    return what == SETS;
}

static void write_run(struct sample *s, enum what what)
{
    sample_begin(s);
    start_thread(s, 1, 1);
    make_event(s, 10, MAKE, 0x10, 0xE1);
    make_event(s, 15, MAKE + 4, 0x14, 0xE2);
    if (what != NOT_CREATED)
        create_thread(s, 1, 2, 20);
    begin_wait(s, 1, 30, WAIT, 0x10, 0xE1);
    if (what == RETURNS_AT_ONCE)
        sample_return(s, 1, 32, "NtWaitForSingleObjectEx", WAIT, 0);
    if (second(s, what))
        sample_return(s, 1, LATER + 2, "NtWaitForSingleObjectEx", WAIT, 0);
    sample_end(s);
}

struct both {
    struct sample a, b;
    struct run *run_a, *run_b;
    struct ladder ladder;
};

static void compare(struct both *x, enum what what)
{
    struct err err;
    write_run(&x->a, SETS);
    write_run(&x->b, what);
    x->run_a = run_open(x->a.path, &err);
    x->run_b = run_open(x->b.path, &err);
    assert_non_null(x->run_a);
    assert_non_null(x->run_b);
    assert_true(ladder_make(&x->ladder, x->run_a, x->run_b, NULL, &err));
}

static void finish(struct both *x)
{
    ladder_free(&x->ladder);
    run_close(x->run_a);
    run_close(x->run_b);
    sample_remove(&x->a);
    sample_remove(&x->b);
}

static const struct ladder_need *root_need(const struct both *x)
{
    assert_int_equal(x->ladder.root_count, 1);
    return ladder_need(&x->ladder, &x->ladder.rungs[x->ladder.roots[0]]);
}

static void assert_expected(const struct both *x, const struct ladder_need *n, const char *op, u32 lr)
{
    assert_true(n->producer_count > 0);
    const struct ladder_producer *p = &x->ladder.producers[n->first_producer];
    assert_string_equal(run_op_name(x->run_a, p->op), op);
    assert_int_equal(p->lr, lr);
}

static void test_a_good_run_has_no_ladder(void **state)
{
    (void)state;
    struct both x;
    compare(&x, SETS);
    assert_int_equal(x.ladder.blocked_count, 0);
    assert_int_equal(x.ladder.root_count, 0);
    finish(&x);
}

static void test_who_came_past_is_the_root(void **state)
{
    (void)state;
    struct both x;
    compare(&x, PULSES);
    const struct ladder_need *n = root_need(&x);
    assert_int_equal(n->state, LADDER_RUNS); /* it did not end, and is not blocked */
    assert_expected(&x, n, "NtSetEvent", SIGNAL);
    assert_int_equal(n->parting.common, 1);
    assert_true(n->parting.has_a && n->parting.has_b);
    finish(&x);
}

static void test_a_thread_that_never_ran_is_a_rung(void **state)
{
    (void)state;
    struct both x;
    compare(&x, NEVER_RUNS);
    const struct ladder_rung *r = &x.ladder.rungs[x.ladder.roots[0]];
    assert_int_equal(x.ladder.root_count, 1);
    assert_int_equal(r->kind, LADDER_RESUME);
    assert_int_equal(r->held, 1);
    finish(&x);
}

static void test_a_thread_that_was_never_created_is_a_rung(void **state)
{
    (void)state;
    struct both x;
    compare(&x, NOT_CREATED);
    assert_int_equal(x.ladder.root_count, 1);
    assert_int_equal(x.ladder.rungs[x.ladder.roots[0]].kind, LADDER_CREATION);
    finish(&x);
}

/* Thread 2 waits for what A never waits for: thread 1 rests on it. */
static void test_what_hangs_before_is_gone_down(void **state)
{
    (void)state;
    struct both x;
    compare(&x, WAITS_FIRST);
    assert_int_equal(x.ladder.blocked_count, 2);
    root_need(&x);
    const struct ladder_rung *root = &x.ladder.rungs[x.ladder.roots[0]];
    assert_int_equal(run_thread(x.run_b, root->place)->thread, 2);
    assert_int_equal(root->held, 1);
    finish(&x);
}

/* Of what a source does not name nobody can tell who should have signalled it. */
static void test_an_object_that_is_not_told_is_no_ones(void **state)
{
    (void)state;
    struct both x;
    compare(&x, WAITS_FOR_UNKNOWN);
    bool found = false;
    for (u32 i = 0; i < x.ladder.rung_count; i++) {
        const struct ladder_rung *rung = &x.ladder.rungs[i];
        if (run_thread(x.run_b, rung->place)->thread != 2)
            continue;
        assert_int_equal(rung->need_count, 1);
        assert_int_equal(x.ladder.needs[rung->first_need].state, LADDER_UNKNOWN);
        found = true;
    }
    assert_true(found);
    finish(&x);
}

static void test_a_return_that_comes_at_once_is_none(void **state)
{
    (void)state;
    struct both x;
    compare(&x, RETURNS_AT_ONCE);
    assert_int_equal(x.ladder.blocked_count, 1);
    assert_int_equal(signals_wait(x.ladder.signals_b, x.ladder.rungs[0].wait)->state, WAIT_PHANTOM);
    finish(&x);
}

static void test_whatif_frees_all(void **state)
{
    (void)state;
    struct both x;
    u32 count;
    compare(&x, WAITS_FIRST);
    u32 *least = whatif_least(&x.ladder, &count);
    assert_int_equal(count, 1);
    bool freed[8] = {0};
    assert_int_equal(whatif_fire(&x.ladder, least[0], freed), 2);
    assert_int_equal(whatif_find(&x.ladder, "T1"), 0);
    assert_int_equal(whatif_find(&x.ladder, "0xE2"), least[0]);
    assert_int_equal(whatif_find(&x.ladder, "0x77"), (u32)LADDER_NONE);
    free(least);
    finish(&x);
}

/* Whether for all of them is not told. */
static void begin_wait_for_two(struct sample *s, u32 thread, u64 time, u64 first_hsid, u64 second_hsid)
{
    sample_call(s, thread, time, "NtWaitForMultipleObjectsEx", WAIT, 2);
    struct event e = sample_event(EVENT_wait_begin, thread, time + 1, "NtWaitForMultipleObjectsEx", 0);
    e.v[F_wait_begin_count] = 2;
    e.v[F_wait_begin_deadline] = UINT64_MAX;
    e.v[F_wait_begin_object0] = first_hsid;
    e.v[F_wait_begin_object1] = second_hsid;
    e.missing = 1u << F_wait_begin_all;
    sample_add(s, e);
}

enum taking { NOT_TAKEN, TAKEN, TAKEN_BY_UNTOLD, RESET_OF_UNTOLD, RESET_OF_OTHER };

/* Thread 2's wait for two has ended. */
static void end_wait_for_two(struct sample *s, u64 first_hsid, u64 second_hsid)
{
    begin_wait_for_two(s, 2, 34, first_hsid, second_hsid);
    struct event e = sample_event(EVENT_return, 2, 36, "NtWaitForMultipleObjectsEx", WAIT);
    e.missing = 1u << F_return_result;
    sample_add(s, e);
}

static void clear_event(struct sample *s, u64 handle)
{
    struct event e = sample_event(EVENT_call, 2, 34, "NtClearEvent", SIGNAL + 8);
    e.v[F_call_a0] = handle;
    e.missing = handle ? 0 : 1u << F_call_a0;
    sample_add(s, e);
    sample_return(s, 2, 35, "NtClearEvent", SIGNAL + 8, 0);
}

/* Thread 2 sets the first event, or both, and something may have taken it; thread 1 hangs in a wait for both. */
static bool is_for_all(enum taking how)
{
    struct both x;
    struct err err;
    write_run(&x.a, SETS);
    sample_begin(&x.b);
    start_thread(&x.b, 1, 1);
    make_event(&x.b, 10, MAKE, 0x10, 0xE1);
    make_event(&x.b, 15, MAKE + 4, 0x14, 0xE2);
    create_thread(&x.b, 1, 2, 20);
    start_thread(&x.b, 2, 25);
    sample_call(&x.b, 2, 30, "NtSetEvent", SIGNAL, 0x10);
    sample_return(&x.b, 2, 31, "NtSetEvent", SIGNAL, 0);
    if (how == TAKEN) {
        sample_call(&x.b, 2, 32, "NtSetEvent", SIGNAL, 0x14);
        sample_return(&x.b, 2, 33, "NtSetEvent", SIGNAL, 0);
        end_wait_for_two(&x.b, 0xE2, 0xE1);
    } else if (how == TAKEN_BY_UNTOLD) {
        end_wait_for_two(&x.b, 0, 0);
    } else if (how == RESET_OF_UNTOLD || how == RESET_OF_OTHER) {
        clear_event(&x.b, how == RESET_OF_OTHER ? 0x14 : 0);
    }
    sample_call(&x.b, 2, LATER / 2, "KeTlsGetValue", OTHER, 0);
    sample_return(&x.b, 2, LATER / 2 + 1, "KeTlsGetValue", OTHER, 0);
    begin_wait_for_two(&x.b, 1, LATER, 0xE1, 0xE2);
    sample_end(&x.b);
    x.run_a = run_open(x.a.path, &err);
    x.run_b = run_open(x.b.path, &err);
    assert_non_null(x.run_a);
    assert_non_null(x.run_b);
    assert_true(ladder_make(&x.ladder, x.run_a, x.run_b, NULL, &err));
    assert_int_equal(x.ladder.blocked_count, 1);
    assert_int_equal(x.ladder.rungs[0].need_count, x.ladder.rungs[0].is_all ? 1 : 2);
    bool is_all = x.ladder.rungs[0].is_all;
    finish(&x);
    return is_all;
}

static void test_a_wait_that_hangs_beside_a_signal_is_for_all(void **state)
{
    (void)state;
    assert_true(is_for_all(NOT_TAKEN));
    assert_true(is_for_all(RESET_OF_OTHER));
}

static void test_but_not_where_another_may_have_taken_it(void **state)
{
    (void)state;
    assert_false(is_for_all(TAKEN));
    assert_false(is_for_all(TAKEN_BY_UNTOLD));
    assert_false(is_for_all(RESET_OF_UNTOLD));
}

static void test_a_report_is_rebuilt_from_events(void **state)
{
    (void)state;
    struct both x;
    struct wedge_report report;
    u32 count;
    compare(&x, WAITS_FIRST);
    wedge_init(&report);
    wedge_rebuild(&report, x.ladder.signals_b);
    assert_true(report.wedged);
    assert_int_equal(report.thread_count, 2);
    assert_int_equal(report.wait_count, 2);
    u32 *order = wedge_blocking_order(&report, &count);
    assert_int_equal(count, 2);
    assert_int_equal(report.threads[order[0]].thread, 1);
    free(order);
    wedge_finish(&report);
    finish(&x);
}

/* ---- Runs of two titles: none of their threads is a pair. ---- */

enum { SETS_OF_STRANGER = 3000 };

/* Thread 5 makes something by that call, which thread 6 sets and it waits for, over and over. */
static void write_stranger(struct sample *s, const char *made_by, u32 lr, u64 hsid)
{
    sample_begin(s);
    for (u32 thread = 5; thread <= 6; thread++) {
        struct event e = sample_event(EVENT_thread_start, thread, thread, NULL, 0);
        e.v[F_thread_start_entry] = 0x83010000 + thread * 0x1000;
        e.v[F_thread_start_lineage] = 0x500 + thread;
        sample_add(s, e);
    }
    make_by(s, 5, 10, made_by, lr, 0x40, hsid);
    for (u64 i = 0, time = 20; i < SETS_OF_STRANGER; i++, time += 10) {
        begin_wait(s, 5, time, LATER + 4, 0x40, hsid);
        sample_call(s, 6, time + 2, "NtSetEvent", LATER + 8, 0x40);
        sample_return(s, 6, time + 3, "NtSetEvent", LATER + 8, 0);
        sample_return(s, 5, time + 4, "NtWaitForSingleObjectEx", LATER + 4, 0);
    }
    sample_end(s);
}

typedef bool make_fn(struct ladder *ladder, struct run *a, struct run *b, const char *map, struct err *err);

/* The ladder as JSON; *bytes: what it read of A. The caller frees it. */
static char *text_of(const struct sample *a, const struct sample *b, make_fn *make_ladder, u64 *bytes, bool *is_all)
{
    struct err err;
    struct ladder l;
    struct json j;
    char *text;
    size_t size;
    struct run *run_a = run_open(a->path, &err), *run_b = run_open(b->path, &err);
    assert_true(run_a && run_b && make_ladder(&l, run_a, run_b, NULL, &err));
    FILE *out = open_memstream(&text, &size);
    json_begin(&j, out);
    json_object(&j, NULL);
    ladder_json(&l, &j);
    json_close(&j);
    json_finish(&j);
    fclose(out);
    *bytes = run_bytes_read(run_a);
    *is_all = l.signals_a->wait_count > 0;
    ladder_free(&l);
    run_close(run_a);
    run_close(run_b);
    return text;
}

/* B hangs on an event. bare: A's waits are not asked for. */
static void check_stranger(const char *made_by, u32 lr, u64 hsid, bool bare)
{
    struct sample a, b;
    u64 read_some, read_all;
    bool has_waits, has_all_waits;
    write_stranger(&a, made_by, lr, hsid);
    write_run(&b, NEVER_RUNS);
    char *some = text_of(&a, &b, ladder_make, &read_some, &has_waits);
    char *all = text_of(&a, &b, ladder_make_all, &read_all, &has_all_waits);
    assert_string_equal(some, all);
    assert_true(has_all_waits);
    assert_int_equal(has_waits, !bare);
    assert_true(!bare || read_some < read_all);
    free(some);
    free(all);
    sample_remove(&a);
    sample_remove(&b);
}

static void test_a_run_that_knows_nothing_is_not_asked(void **state)
{
    (void)state;
    check_stranger("NtCreateSemaphore", MAKE, 0x5555, true);
}

static void test_an_object_of_the_same_site_is_asked_for(void **state)
{
    (void)state;
    check_stranger("NtCreateEvent", MAKE, 0x5555, false);
}

static void test_one_whose_site_is_not_told_is_not(void **state)
{
    (void)state;
    struct sample a, b;
    u64 bytes;
    bool has_waits;
    write_stranger(&a, "NtCreateEvent", 0, 0x5555);
    sample_begin(&b);
    start_thread(&b, 1, 1);
    make_event(&b, 10, 0, 0x10, 0xE1);
    begin_wait(&b, 1, 30, WAIT, 0x10, 0xE1);
    sample_end(&b);
    char *text = text_of(&a, &b, ladder_make_all, &bytes, &has_waits);
    assert_null(strstr(text, "\"sibling\": true"));
    free(text);
    sample_remove(&a);
    sample_remove(&b);
    check_stranger("NtCreateEvent", MAKE + 0x40, 0x5555, true);
}

static void test_an_object_of_the_same_identity_is_asked_for(void **state)
{
    (void)state;
    check_stranger("NtCreateSemaphore", MAKE, 0xE1, false);
}

/* Two of B's are made there: A's counterpart is the first's, which nobody waits for. */
static void test_a_sibling_is_asked_for(void **state)
{
    (void)state;
    struct sample a, b;
    u64 bytes;
    bool has_waits, has_all_waits;
    write_stranger(&a, "NtCreateEvent", MAKE, 0x5555);
    sample_begin(&b);
    start_thread(&b, 1, 1);
    make_event(&b, 10, MAKE, 0x10, 0xE1);
    make_event(&b, 20, MAKE, 0x14, 0xE2);
    begin_wait(&b, 1, 30, WAIT, 0x14, 0xE2);
    sample_end(&b);
    char *some = text_of(&a, &b, ladder_make, &bytes, &has_waits);
    char *all = text_of(&a, &b, ladder_make_all, &bytes, &has_all_waits);
    assert_string_equal(some, all);
    assert_non_null(strstr(some, "\"sibling\": true"));
    assert_true(has_waits);
    free(some);
    free(all);
    sample_remove(&a);
    sample_remove(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_run_has_no_ladder),
        cmocka_unit_test(test_who_came_past_is_the_root),
        cmocka_unit_test(test_a_thread_that_never_ran_is_a_rung),
        cmocka_unit_test(test_a_thread_that_was_never_created_is_a_rung),
        cmocka_unit_test(test_what_hangs_before_is_gone_down),
        cmocka_unit_test(test_an_object_that_is_not_told_is_no_ones),
        cmocka_unit_test(test_a_return_that_comes_at_once_is_none),
        cmocka_unit_test(test_whatif_frees_all),
        cmocka_unit_test(test_a_wait_that_hangs_beside_a_signal_is_for_all),
        cmocka_unit_test(test_but_not_where_another_may_have_taken_it),
        cmocka_unit_test(test_a_report_is_rebuilt_from_events),
        cmocka_unit_test(test_a_run_that_knows_nothing_is_not_asked),
        cmocka_unit_test(test_an_object_of_the_same_site_is_asked_for),
        cmocka_unit_test(test_one_whose_site_is_not_told_is_not),
        cmocka_unit_test(test_an_object_of_the_same_identity_is_asked_for),
        cmocka_unit_test(test_a_sibling_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
