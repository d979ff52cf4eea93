/* SPDX-License-Identifier: BSD-3-Clause
 * Idioms of waiting, each planted in a thread that does nothing else. */
#include "diff/idioms_compare.h"
#include "tests/unit/diff_sample.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

enum { MAKE = 0x12000100, WAIT = 0x12000200, SIGNAL = 0x12000300, AFTER = 0x12000400, HANDLE = 0x10, OTHER = 0x20 };

static void call(struct sample *s, u32 thread, const char *op, u32 lr, u64 a0)
{
    sample_call(s, thread, s->seq, op, lr, a0);
    sample_return(s, thread, s->seq, op, lr, 0);
}

static void make(struct sample *s, u32 thread, const char *op, u64 handle, u32 type)
{
    sample_call(s, thread, s->seq, op, MAKE, 0);
    sample_create(s, thread, s->seq, op, handle, type, 0xE00 + handle);
    sample_return(s, thread, s->seq, op, MAKE, 0);
}

static void begin_wait(struct sample *s, u64 handle)
{
    sample_call(s, 1, s->seq, "NtWaitForSingleObjectEx", WAIT, handle);
    sample_wait(s, 1, s->seq, "NtWaitForSingleObjectEx", UINT64_MAX, 0xE00 + handle);
}

static void end_wait(struct sample *s)
{
    sample_return(s, 1, s->seq, "NtWaitForSingleObjectEx", WAIT, 0);
}

static void wait_for(struct sample *s, u64 handle)
{
    begin_wait(s, handle);
    call(s, 2, "NtSetEvent", SIGNAL + 4, handle);
    end_wait(s);
}

static void close_handle(struct sample *s, u64 handle)
{
    struct event e = sample_event(EVENT_handle_destroy, 1, s->seq, "NtClose", AFTER);
    sample_call(s, 1, s->seq, "NtClose", AFTER, handle);
    e.v[F_handle_destroy_handle] = handle;
    e.v[F_handle_destroy_hsid] = 0xE00 + handle;
    e.time = s->seq;
    sample_add(s, e);
    sample_return(s, 1, s->seq, "NtClose", AFTER, 0);
}

/* ---- The idioms. ---- */

static void self_signal(struct sample *s)
{
    make(s, 1, "NtCreateEvent", HANDLE, OBJECT_EVENT);
    call(s, 1, "NtSetEvent", SIGNAL, HANDLE);
    begin_wait(s, HANDLE);
    end_wait(s);
}

static void hand_off(struct sample *s)
{
    make(s, 2, "NtCreateSemaphore", OTHER, OBJECT_SEMAPHORE);
    make(s, 1, "NtCreateEvent", HANDLE, OBJECT_EVENT);
    call(s, 1, "NtReleaseSemaphore", SIGNAL, OTHER);
    wait_for(s, HANDLE);
}

static void rendezvous(struct sample *s)
{
    make(s, 1, "NtCreateEvent", HANDLE, OBJECT_EVENT);
    wait_for(s, HANDLE);
    close_handle(s, HANDLE);
}

static void set_reset(struct sample *s)
{
    make(s, 2, "NtCreateEvent", HANDLE, OBJECT_EVENT);
    wait_for(s, HANDLE);
    call(s, 1, "NtClearEvent", AFTER, HANDLE);
}

static void timer(struct sample *s)
{
    make(s, 2, "NtCreateTimer", HANDLE, OBJECT_TIMER);
    call(s, 1, "NtSetTimerEx", SIGNAL, HANDLE);
    begin_wait(s, HANDLE);
    end_wait(s);
}

static void lock(struct sample *s)
{
    make(s, 2, "NtCreateMutant", HANDLE, OBJECT_MUTANT);
    begin_wait(s, HANDLE);
    end_wait(s);
    call(s, 1, "NtReleaseMutant", AFTER, HANDLE);
}

static void join(struct sample *s)
{
    make(s, 1, "ExCreateThread", HANDLE, OBJECT_THREAD);
    begin_wait(s, HANDLE);
    end_wait(s);
}

static void duplicate(struct sample *s)
{
    make(s, 1, "NtCreateEvent", HANDLE, OBJECT_EVENT);
    sample_call(s, 1, s->seq, "NtDuplicateObject", AFTER, HANDLE);
    struct event e = sample_event(EVENT_handle_create, 1, s->seq, "NtDuplicateObject", 0);
    e.v[F_handle_create_handle] = OTHER;
    e.v[F_handle_create_type] = OBJECT_EVENT;
    e.v[F_handle_create_hsid] = 0xE00 + HANDLE;
    sample_add(s, e);
    sample_return(s, 1, s->seq, "NtDuplicateObject", AFTER, 0);
    wait_for(s, HANDLE);
}

static void consume(struct sample *s)
{
    make(s, 2, "NtCreateEvent", HANDLE, OBJECT_EVENT);
    wait_for(s, HANDLE);
    wait_for(s, HANDLE);
}

static void plain(struct sample *s)
{
    make(s, 2, "NtCreateEvent", HANDLE, OBJECT_EVENT);
    wait_for(s, HANDLE);
}

/* ---- One run. ---- */

struct one {
    struct sample sample;
    struct run *run;
};

static void write_run(struct one *x, void (*plant)(struct sample *))
{
    struct err err;
    sample_begin(&x->sample);
    sample_add(&x->sample, sample_event(EVENT_thread_start, 1, 0, NULL, 0));
    sample_add(&x->sample, sample_event(EVENT_thread_start, 2, 0, NULL, 0));
    plant(&x->sample);
    sample_end(&x->sample);
    x->run = run_open(x->sample.path, &err);
    assert_non_null(x->run);
}

static void remove_run(struct one *x)
{
    run_close(x->run);
    sample_remove(&x->sample);
}

static const struct idiom_step *step_of(const struct idiom_row *row, u8 kind)
{
    for (u32 i = 0; i < row->at[0].step_count; i++)
        if (row->at[0].steps[i].kind == kind)
            return &row->at[0].steps[i];
    return NULL;
}

/* The thread's only idiom is this one, and that step of it is at that op. */
static void assert_idiom(void (*plant)(struct sample *), u8 idiom, u64 count, u8 kind, const char *op)
{
    struct one x;
    struct err err;
    struct event e;
    struct idiom_comparison c;
    write_run(&x, plant);
    assert_true(idioms_open(&c, x.run, NULL, &err));
    idioms_compare(&c, run_thread_place(x.run, 1), UINT32_MAX);
    assert_int_equal(c.row_count, 1);
    assert_string_equal(idiom_name(c.rows[0].idiom), idiom_name(idiom));
    assert_int_equal(c.rows[0].count[0], count);
    const struct idiom_step *step = step_of(&c.rows[0], kind);
    assert_non_null(step);
    assert_true(run_event(x.run, step->place, idiom_step_position(&c.idioms[0], step), &e, &err));
    assert_string_equal(run_op_name(x.run, e.op), op);
    idioms_close(&c);
    remove_run(&x);
}

static void test_each_idiom_is_named(void **state)
{
    (void)state;
    assert_idiom(self_signal, IDIOM_SELF_SIGNAL, 1, STEP_SIGNAL, "NtSetEvent");
    assert_idiom(hand_off, IDIOM_HAND_OFF, 1, STEP_SIGNAL, "NtReleaseSemaphore");
    assert_idiom(rendezvous, IDIOM_RENDEZVOUS, 1, STEP_CLOSE, "NtClose");
    assert_idiom(set_reset, IDIOM_SET_RESET, 1, STEP_RESET, "NtClearEvent");
    assert_idiom(timer, IDIOM_TIMED, 1, STEP_ARM, "NtSetTimerEx");
    assert_idiom(lock, IDIOM_LOCK, 1, STEP_RELEASE, "NtReleaseMutant");
    assert_idiom(join, IDIOM_JOIN, 1, STEP_CREATE, "ExCreateThread");
    assert_idiom(duplicate, IDIOM_DUPLICATE, 1, STEP_DUPLICATE, "NtDuplicateObject");
    assert_idiom(consume, IDIOM_CONSUME, 2, STEP_WAKE, "NtSetEvent");
    assert_idiom(plain, IDIOM_WAIT, 1, STEP_WAIT, "NtWaitForSingleObjectEx");
}

/* ---- Two runs: three rounds, of which B's second is not the same. ---- */

static void rounds(struct sample *s, u32 broken, const char *instead, bool never_ends)
{
    make(s, 2, "NtCreateEvent", OTHER, OBJECT_EVENT);
    for (u32 i = 0; i < 3; i++) {
        u64 handle = 0x100 + 4 * i;
        make(s, 1, "NtCreateEvent", handle, OBJECT_EVENT);
        call(s, 1, i == broken && instead ? instead : "NtSetEvent", SIGNAL, handle);
        begin_wait(s, handle);
        if (i == broken && never_ends)
            return;
        end_wait(s);
        close_handle(s, handle);
    }
}

static void good(struct sample *s)
{
    rounds(s, 9, NULL, false);
}

static void pulses(struct sample *s)
{
    rounds(s, 1, "NtPulseEvent", true);
}

static void hangs_in(struct sample *s)
{
    rounds(s, 1, NULL, true);
    struct event e = sample_event(EVENT_end, 0, s->seq, NULL, 0);
    e.v[F_end_reason] = END_WEDGED;
    sample_add(s, e);
}

/* Thread 2 has an event at the very end: it still runs, and nothing is known to hang. */
static void is_cut(struct sample *s)
{
    rounds(s, 1, NULL, true);
    call(s, 2, "KeTlsGetValue", AFTER + 8, 0);
    call(s, 3, "KeTlsGetValue", AFTER + 8, 0);
}

static void clears(struct sample *s)
{
    rounds(s, 1, "NtClearEvent", false);
}

/* Its log has no set at all. */
static void tells_no_sets(struct sample *s)
{
    make(s, 2, "NtCreateEvent", OTHER, OBJECT_EVENT);
    for (u32 i = 0; i < 3; i++) {
        make(s, 1, "NtCreateEvent", 0x100 + 4 * i, OBJECT_EVENT);
        begin_wait(s, 0x100 + 4 * i);
        end_wait(s);
        close_handle(s, 0x100 + 4 * i);
    }
}

/* The row of A's idiom: its state, round from 1, and how both go on at the step that differs. */
static void assert_broken(void (*plant)(struct sample *), u8 state, u32 round, u8 step_a, const char *op_b)
{
    struct one a, b;
    struct err err;
    struct idiom_comparison c;
    write_run(&a, good);
    write_run(&b, plant);
    assert_true(idioms_open(&c, a.run, b.run, &err));
    idioms_compare(&c, run_thread_place(a.run, 1), run_thread_place(b.run, 1));
    idioms_share(&c);
    const struct idiom_row *row = &c.rows[0];
    assert_string_equal(idiom_name(row->idiom), "self-signal");
    assert_string_equal(idiom_state_name(row->state), idiom_state_name(state));
    if (round) {
        assert_int_equal(row->round + 1, round);
        assert_int_equal(row->at[0].steps[row->step[0]].kind, step_a);
        if (op_b)
            assert_string_equal(run_op_name(b.run, row->at[1].steps[row->step[1]].op), op_b);
        else
            assert_int_equal(row->step[1], row->at[1].step_count);
    }
    idioms_close(&c);
    remove_run(&a);
    remove_run(&b);
}

static void test_where_an_idiom_is_broken(void **state)
{
    (void)state;
    assert_broken(good, IDIOM_SAME, 0, 0, NULL);
    assert_broken(pulses, IDIOM_BROKEN, 2, STEP_SIGNAL, "NtPulseEvent");
    assert_broken(hangs_in, IDIOM_BROKEN, 2, STEP_WAKE, NULL);
    assert_broken(clears, IDIOM_BROKEN, 2, STEP_SIGNAL, "NtWaitForSingleObjectEx");
}

static void test_a_log_that_is_cut_off_breaks_nothing(void **state)
{
    (void)state;
    assert_broken(is_cut, IDIOM_OPEN, 2, STEP_WAKE, NULL);
}

static void test_what_a_log_never_tells_breaks_nothing(void **state)
{
    (void)state;
    assert_broken(tells_no_sets, IDIOM_UNTOLD, 1, STEP_SIGNAL, "NtWaitForSingleObjectEx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_idiom_is_named),
        cmocka_unit_test(test_where_an_idiom_is_broken),
        cmocka_unit_test(test_a_log_that_is_cut_off_breaks_nothing),
        cmocka_unit_test(test_what_a_log_never_tells_breaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
