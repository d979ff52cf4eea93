/* SPDX-License-Identifier: BSD-3-Clause
 * Replay's proof: it finds a planted difference in every field of every kind, and nothing in an equal run. */
#include "replay/verify.h"
#include "schema/export.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { EVENTS = 400 };

static char path[64];
static struct journal_reader *journal;

/* Kinds in turn, each with all its fields; strings are interned in order. */
static struct event event_at(u32 i)
{
    struct event e = {.seq = i, .time = 1000 + i * 10, .thread = 1 + i % 3, .index = i / 3, .lr = 0x82000000 + i};
    u32 kind = i % EVENT_KINDS;
    const struct event_type *type = event_type(kind) ? event_type(kind) : event_type(EVENT_print);
    e.kind = (u8)type->kind;
    e.op = export_op(MODULE_XBOXKRNL, 0xD1);
    e.count = (u8)type->field_count;
    for (u32 f = 0; f < e.count; f++)
        e.v[f] = type->fields[f].meaning == MEANING_STRING ? 1 + i % 5 : i + f;
    return e;
}

static void string_at(u32 i, char *text)
{
    sprintf(text, "string %u", i);
}

static void write_journal(bool whole)
{
    struct err err = {""};
    char text[32];
    struct journal_writer *w = journal_create(path, &err);
    assert_non_null(w);
    for (u32 i = 0; i < 5; i++) {
        string_at(i, text);
        assert_int_equal(journal_intern(w, text, strlen(text)), i + 1);
    }
    for (u32 i = 0; i < EVENTS; i++) {
        struct event e = event_at(i);
        journal_append(w, &e);
    }
    if (whole)
        assert_true(journal_finish(w, &err));
    else
        journal_abandon(w);
    journal = journal_open(path, &err);
    assert_non_null(journal);
}

static struct verifier *verifier_start(const char *odd_string)
{
    struct err err;
    char text[32];
    struct verifier *v = verifier_create(journal, &err);
    assert_non_null(v);
    for (u32 i = 0; i < 5; i++) {
        string_at(i, text);
        const char *given = odd_string && i == 3 ? odd_string : text;
        assert_int_equal(verifier_intern(v, given, strlen(given)), i + 1);
    }
    return v;
}

static void emit_all(struct verifier *v, u32 count)
{
    for (u32 i = 0; i < count; i++) {
        struct event e = event_at(i);
        verifier_emit(v, &e);
    }
}

static void test_equal_run_is_exact(void **state)
{
    (void)state;
    struct verifier *v = verifier_start(NULL);
    u64 hashes = 0;
    for (u32 i = 0; i < EVENTS; i++)
        hashes += event_at(i).kind == EVENT_hash;
    emit_all(v, EVENTS - 1);
    assert_false(verifier_is_complete(v));
    struct event last = event_at(EVENTS - 1);
    verifier_emit(v, &last);
    assert_false(verifier_divergence(v)->found);
    assert_int_equal(verifier_compared(v), EVENTS);
    assert_int_equal(verifier_hashes(v), hashes);
    assert_true(hashes > 0);
    assert_true(verifier_is_complete(v));
    verifier_destroy(v);
}

static const struct divergence *plant(struct verifier *v, u32 at, const struct event *planted)
{
    emit_all(v, at);
    verifier_emit(v, planted);
    const struct divergence *d = verifier_divergence(v);
    assert_true(d->found);
    assert_int_equal(d->seq, at);
    assert_int_equal(d->tick, event_at(at).time);
    assert_int_equal(d->thread, event_at(at).thread);
    assert_string_not_equal(d->want, d->got);
    assert_int_equal(verifier_compared(v), at);
    assert_false(verifier_is_complete(v));
    struct event next = event_at(at + 1);
    verifier_emit(v, &next);
    assert_int_equal(verifier_compared(v), at);
    return d;
}

static void test_difference_in_each_field_of_each_kind_is_found(void **state)
{
    (void)state;
    for (u32 kind = 1; kind < EVENT_KINDS; kind++) {
        const struct event_type *type = event_type(kind);
        for (u32 f = 0; type && f < type->field_count; f++) {
            struct verifier *v = verifier_start(NULL);
            struct event e = event_at(kind + EVENT_KINDS);
            e.v[f] ^= (u64)1 << (f % 3);
            const struct divergence *d = plant(v, kind + EVENT_KINDS, &e);
            assert_string_equal(d->field, type->fields[f].name);
            assert_int_equal(d->kind, kind);
            verifier_destroy(v);
        }
    }
}

static void test_difference_in_each_part_of_the_head_is_found(void **state)
{
    (void)state;
    static const char *const fields[] = {"kind", "time", "op", "lr", "thread", "count", "index", "seq"};
    for (u32 i = 0; i < countof(fields); i++) {
        struct verifier *v = verifier_start(NULL);
        struct event e = event_at(66);
        e.kind = i == 0 ? EVENT_print : e.kind;
        e.time += i == 1;
        e.op = i == 2 ? export_op(MODULE_XBOXKRNL, 0xF0) : e.op;
        e.lr += i == 3 ? 4 : 0;
        e.thread += i == 4;
        e.count = (u8)(e.count - (i == 5));
        e.index += i == 6;
        e.seq += i == 7;
        const struct divergence *d = plant(v, 66, &e);
        assert_string_equal(d->field, fields[i]);
        if (i == 2) {
            assert_string_equal(d->want, "NtCreateEvent");
            assert_string_equal(d->got, "NtReadFile");
        }
        verifier_destroy(v);
    }
}

static void test_another_string_is_found_where_it_is_used(void **state)
{
    (void)state;
    struct verifier *v = verifier_start("another");
    struct event e = event_at(0);
    const struct divergence *d = plant(v, 0, &e);
    assert_string_equal(d->field, "string");
    assert_string_equal(d->want, "\"string 3\"");
    assert_string_equal(d->got, "\"another\"");
    verifier_destroy(v);
}

static void test_more_events_than_a_whole_journal_are_found(void **state)
{
    (void)state;
    struct verifier *v = verifier_start(NULL);
    emit_all(v, EVENTS + 1);
    assert_string_equal(verifier_divergence(v)->field, "end");
    assert_false(verifier_is_complete(v));
    verifier_destroy(v);
}

static void test_cut_journal_is_complete_at_its_end(void **state)
{
    (void)state;
    struct verifier *v = verifier_start(NULL);
    emit_all(v, EVENTS + 10);
    assert_int_equal(verifier_intern(v, "behind the end", 14), 6);
    assert_false(verifier_divergence(v)->found);
    assert_int_equal(verifier_compared(v), EVENTS);
    assert_true(verifier_is_complete(v));
    verifier_destroy(v);
}

static int setup_whole(void **state)
{
    (void)state;
    strcpy(path, "/tmp/lockstep-verify-XXXXXX");
    close(mkstemp(path));
    write_journal(true);
    return 0;
}

static int setup_cut(void **state)
{
    (void)state;
    strcpy(path, "/tmp/lockstep-verify-XXXXXX");
    close(mkstemp(path));
    write_journal(false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const tails[] = {"", "-wal", "-shm"};
    journal_close(journal);
    for (u32 i = 0; i < countof(tails); i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", path, tails[i]);
        unlink(name);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_equal_run_is_exact, setup_whole, teardown),
        cmocka_unit_test_setup_teardown(test_difference_in_each_field_of_each_kind_is_found, setup_whole, teardown),
        cmocka_unit_test_setup_teardown(test_difference_in_each_part_of_the_head_is_found, setup_whole, teardown),
        cmocka_unit_test_setup_teardown(test_another_string_is_found_where_it_is_used, setup_whole, teardown),
        cmocka_unit_test_setup_teardown(test_more_events_than_a_whole_journal_are_found, setup_whole, teardown),
        cmocka_unit_test_setup_teardown(test_cut_journal_is_complete_at_its_end, setup_cut, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
