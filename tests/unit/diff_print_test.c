/* SPDX-License-Identifier: BSD-3-Clause
 * Events as text and JSON: named by signatures, typed by meaning. */
#include "diff/print.h"
#include "diff/select.h"
#include "schema/export.h"
#include "schema/status.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <unistd.h>

static char path[64];
static struct journal_reader *journal;

static int setup(void **state)
{
    (void)state;
    struct err err;
    strcpy(path, "/tmp/lockstep-print-XXXXXX");
    close(mkstemp(path));
    struct journal_writer *w = journal_create(path, &err);
    journal_intern(w, "cache:\\a\n\"b\"", 12);
    assert_true(journal_finish(w, &err));
    journal = journal_open(path, &err);
    assert_non_null(journal);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    journal_close(journal);
    return unlink(path);
}

static void check(const struct event *event, const char *text, const char *json)
{
    char *got = NULL;
    size_t size;
    FILE *out = open_memstream(&got, &size);
    print_event(journal, event, out);
    fflush(out);
    assert_string_equal(got, text);
    rewind(out);
    fclose(out);
    free(got);
    out = open_memstream(&got, &size);
    print_event_json(journal, event, 0xABCDEF, out);
    fclose(out);
    assert_string_equal(got, json);
    free(got);
}

static u32 op_of(const char *name)
{
    return export_by_name(name)->op;
}

static void test_call_names_its_arguments(void **state)
{
    (void)state;
    struct event e = {.kind = EVENT_call, .count = 11, .time = 61725000, .thread = 3, .index = 7, .seq = 99};
    e.op = op_of("NtCreateEvent");
    e.lr = 0x82001234;
    memcpy(e.v, (u64[]){0x70010000, 0, 1, 0, 5, 6, 7, 8, 9, 10, 1}, 11 * sizeof e.v[0]);
    check(&e,
          "    1.234500 T3   #7       call           NtCreateEvent(event=0x70010000, attributes=0x0, type=1, "
          "initial=false)"
          " \"cache:\\a.\"b\"\" lr=0x82001234\n",
          "{\"thread\": 3, \"index\": 7, \"time\": 61725000, \"kind\": \"call\", \"op\": \"NtCreateEvent\", "
          "\"lr\": \"0x82001234\", \"function\": null, \"wrapper\": false, \"args\": {\"event\": \"0x70010000\", "
          "\"attributes\": \"0x00000000\", \"type\": 1, "
          "\"initial\": false}, \"args_named\": {}, \"result\": null, \"status\": null, \"text\": "
          "\"cache:\\\\a\\n\\\"b\\\"\", \"seq\": 99, "
          "\"lineage\": \"0x0000000000ABCDEF\"}\n");
}

static void test_return_names_status_and_outs(void **state)
{
    (void)state;
    struct event e = {.kind = EVENT_return, .count = 4, .thread = 3, .index = 8, .lr = 0x82001234};
    e.op = op_of("NtCreateEvent");
    e.v[F_return_result] = STATUS_OBJECT_NAME_EXISTS;
    e.v[F_return_out0] = 0xF8000010;
    check(&e,
          "    0.000000 T3   #8       return         NtCreateEvent = STATUS_OBJECT_NAME_EXISTS event=0xF8000010"
          " lr=0x82001234\n",
          "{\"thread\": 3, \"index\": 8, \"time\": 0, \"kind\": \"return\", \"op\": \"NtCreateEvent\", "
          "\"lr\": \"0x82001234\", \"function\": null, \"wrapper\": false, \"args\": {\"event\": \"0xF8000010\"}, "
          "\"args_named\": {}, "
          "\"result\": \"0x40000000\", "
          "\"status\": \"STATUS_OBJECT_NAME_EXISTS\", \"text\": null, \"seq\": 0, \"lineage\": "
          "\"0x0000000000ABCDEF\"}\n");
}

static void test_other_kinds_are_typed_by_meaning(void **state)
{
    (void)state;
    struct event e = {.kind = EVENT_wait_begin, .count = 5, .thread = 1};
    memcpy(e.v, (u64[]){1, 0, 1, UINT64_MAX, 0x1234}, 5 * sizeof e.v[0]);
    check(&e,
          "    0.000000 T1   #0       wait_begin     count=1 all=false alertable=true deadline=never "
          "object0=0x0000000000001234\n",
          "{\"thread\": 1, \"index\": 0, \"time\": 0, \"kind\": \"wait_begin\", \"op\": null, \"lr\": null, "
          "\"function\": null, \"wrapper\": false, "
          "\"args\": {\"count\": 1, \"all\": false, \"alertable\": true, \"deadline\": null, "
          "\"object0\": \"0x0000000000001234\"}, \"args_named\": {}, \"result\": null, \"status\": null, \"text\": "
          "null, \"seq\": 0, "
          "\"lineage\": \"0x0000000000ABCDEF\"}\n");
}

static void test_out_scalars_are_counted_by_signature(void **state)
{
    (void)state;
    assert_int_equal(print_out_argument(op_of("NtCreateEvent"), 0), 0);
    assert_int_equal(print_out_argument(op_of("NtCreateEvent"), 1), -1);
    assert_int_equal(print_out_argument(op_of("NtReadFile"), 0), -1);
    assert_int_equal(print_out_argument(0, 0), -1);
}

static void test_pattern_stars_stand_for_any_text(void **state)
{
    (void)state;
    assert_true(select_matches("Nt*Event", "NtSetEvent"));
    assert_true(select_matches("*", ""));
    assert_true(select_matches("*Event*", "KeResetEvent"));
    assert_true(select_matches("Nt*a*a", "Ntbaaa"));
    assert_false(select_matches("Nt*Event", "NtSetEvents"));
    assert_false(select_matches("NtClose", "NtClos"));
    assert_false(select_matches("", "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_call_names_its_arguments),
        cmocka_unit_test(test_return_names_status_and_outs),
        cmocka_unit_test(test_other_kinds_are_typed_by_meaning),
        cmocka_unit_test(test_out_scalars_are_counted_by_signature),
        cmocka_unit_test(test_pattern_stars_stand_for_any_text),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
