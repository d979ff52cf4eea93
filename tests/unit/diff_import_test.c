/* SPDX-License-Identifier: BSD-3-Clause
 * From a line to a record: the JSON scanner, the rules, the fields. */
#include "diff/import_assign.h"
#include "diff/import_format.h"
#include "diff/import_json.h"

#include <stdio.h>

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

static struct import_parser parser;
static struct import_values values;
static struct import_record record;

static bool scan(const char *line)
{
    const char *why;
    size_t place;
    bool ok = import_json_scan(line, strlen(line), &values, &why, &place);
    assert_true(ok ? !why : !!why);
    return ok;
}

static void test_scan_refuses_what_is_no_json(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",      "{",     "{\"a\":1,}", "{\"a\" 1}", "[1,]",        "01",  "-",          "1.",
        "1e",    "\"a",   "\"\t\"",     "\"\\x\"",   "\"\\u12g4\"", "tru", "{\"a\":1}x", "{a:1}",
        "[1 2]", "nulll", "{\"a\":}",   "+1",        "\"\\",        "'a'", "[1}",        ".5"};
    for (size_t i = 0; i < countof(bad); i++)
        if (scan(bad[i]))
            fail_msg("taken: %s", bad[i]);
    char deep[2 * IMPORT_JSON_DEPTH + 8];
    memset(deep, '[', IMPORT_JSON_DEPTH + 1);
    deep[IMPORT_JSON_DEPTH + 1] = 0;
    assert_false(scan(deep));
    assert_false(import_json_scan("\"a\0b\"", 5, &values, &(const char *){0}, &(size_t){0}));
}

static void test_scan_finds_values_by_path(void **state)
{
    (void)state;
    const char *line = " { \"a\" : -0.5e+3 , \"b\":{\"c\":[\"x\\\"y\",true]},\"d\":null, \"\":\"\\u00e9\"}\r";
    assert_true(scan(line));
    assert_int_equal(values.count, 8);
    const struct import_value *c = &values.list[3];
    assert_true(c->path == import_path(import_path(0, "b", 1), "c", 1));
    assert_int_equal(c->count, 2);
    assert_true(values.list[4].path == import_path(c->path, "[]", 2));
    assert_memory_equal(line + values.list[4].at, "x\\\"y", 4);
    assert_int_equal(values.list[5].type, IMPORT_WORD);
    assert_int_equal(values.list[5].ordinal, 1);
    assert_int_equal(values.list[6].type, IMPORT_NULL);
}

static void test_scan_checks_what_the_list_cannot_hold(void **state)
{
    (void)state;
    static char line[8 * IMPORT_VALUES_MAX];
    size_t size = 0;
    line[size++] = '[';
    for (u32 i = 0; i < 2 * IMPORT_VALUES_MAX; i++)
        size += (size_t)sprintf(line + size, "%u,", i % 10);
    line[size - 1] = ']';
    line[size] = 0;
    assert_true(scan(line));
    assert_int_equal(values.count, IMPORT_VALUES_MAX);
    assert_int_equal(values.list[0].count, 2 * IMPORT_VALUES_MAX);
    line[size - 2] = ',';
    assert_false(scan(line));
}

static void test_unescape_writes_utf8(void **state)
{
    (void)state;
    char out[64];
    const char *raw = "a\\\\b\\n\\u00e9\\ud83d\\ude00\\\"";
    size_t size = import_json_unescape(raw, strlen(raw), out);
    assert_int_equal(size, 11);
    assert_memory_equal(out, "a\\b\n\xC3\xA9\xF0\x9F\x98\x80\"", 11);
}

static void test_number_has_64_bits(void **state)
{
    (void)state;
    u64 n;
    assert_true(import_number("-1", 2, false, &n) && n == UINT64_MAX);
    assert_true(import_number("0xFFFFFFFFC0000034", 18, false, &n) && n == 0xFFFFFFFFC0000034);
    assert_true(import_number("18446744073709551615", 20, false, &n) && n == UINT64_MAX);
    assert_false(import_number("18446744073709551616", 20, false, &n));
    assert_true(import_number("-9223372036854775808", 20, false, &n) && n == (u64)1 << 63);
    assert_false(import_number("-9223372036854775809", 20, false, &n));
    assert_false(import_number("12345678901234567", 17, true, &n));
    assert_false(import_number("1.5", 3, false, &n));
    assert_false(import_number("", 0, false, &n));
    assert_true(import_number("bcaf14d76932b128", 16, true, &n) && n == 0xbcaf14d76932b128);
}

static void test_form_is_one_that_can_be_written_again(void **state)
{
    (void)state;
    bool prefixed;
    assert_int_equal(import_form_of("0", 1, false, &prefixed), IMPORT_DEC);
    assert_int_equal(import_form_of("-7", 2, false, &prefixed), IMPORT_DEC);
    assert_int_equal(import_form_of("-0", 2, false, &prefixed), IMPORT_TEXT);
    assert_int_equal(import_form_of("007", 3, false, &prefixed), IMPORT_TEXT);
    assert_int_equal(import_form_of("0x00aF", 6, false, &prefixed), IMPORT_TEXT);
    assert_int_equal(import_form_of("0x00af", 6, false, &prefixed), IMPORT_HEX);
    assert_true(prefixed);
    assert_int_equal(import_form_of("0X1", 3, false, &prefixed), IMPORT_TEXT);
    assert_int_equal(import_form_of("00F0", 4, true, &prefixed), IMPORT_HEX);
    assert_int_equal(import_form_of("12345678901234567", 17, true, &prefixed), IMPORT_TEXT);
}

static void test_record_keeps_fields_in_order_and_drops_kept_ones(void **state)
{
    (void)state;
    struct import_record r = {0};
    for (u32 i = 0; i < IMPORT_FIELDS_MAX; i++)
        import_add_field(&r, (struct import_field){.at = i, .size = 1, .target = i % 2 ? IMPORT_VALUE : IMPORT_KEEP});
    import_add_field(&r, (struct import_field){.at = 90, .size = 1, .target = IMPORT_KEEP});
    assert_int_equal(r.fields[IMPORT_FIELDS_MAX - 1].at, IMPORT_FIELDS_MAX - 1);
    import_add_field(&r, (struct import_field){.at = 91, .size = 1, .target = IMPORT_TIME});
    assert_int_equal(r.field_count, IMPORT_FIELDS_MAX);
    assert_int_equal(r.fields[IMPORT_FIELDS_MAX - 1].at, 91);
    assert_int_equal(r.fields[IMPORT_FIELDS_MAX - 3].at, IMPORT_FIELDS_MAX - 3);
}

/* ---- Phase A. ---- */

static int begin(const char *format)
{
    struct err err;
    return !import_parser_init(&parser, import_format_by_name(format), &err);
}

static int begin_phase_a(void **state)
{
    (void)state;
    return begin("phase-a");
}

static int end(void **state)
{
    (void)state;
    import_parser_finish(&parser);
    return 0;
}

static void parse(const char *line)
{
    import_parse(&parser, line, strlen(line), &record);
}

static void rule(const char *text)
{
    struct err err;
    if (!import_rules_read(parser.rules, "test", text, strlen(text), &err))
        fail_msg("%s", err.text);
}

static void test_phase_a_takes_any_order_of_keys(void **state)
{
    (void)state;
    parse("{\"payload\":{\"lr\":\"0x82001000\",\"name\":\"NtClose\"},\"host_ns\":\"77\",\"tid_event_idx\":3,\"tid\":6,"
          "\"kind\":\"kernel.call\"}");
    assert_int_equal(record.kind, EVENT_call);
    assert_int_equal(record.op, export_by_name("NtClose")->op);
    assert_int_equal(record.lr, 0x82001000);
    assert_true(record.has_thread);
    assert_int_equal(record.field_count, 3);
    assert_int_equal(record.fields[0].target, IMPORT_TIME);
    assert_int_equal(record.fields[0].size, 2);
    assert_int_equal(record.fields[1].target, IMPORT_INDEX);
    assert_int_equal(record.fields[2].target, IMPORT_THREAD);
}

static void test_phase_a_tells_what_is_missing(void **state)
{
    (void)state;
    parse("{\"kind\":\"thread.create\",\"tid\":6,\"payload\":{\"entry_pc\":\"0x82001000\",\"suspended\":false}}");
    assert_int_equal(record.count, F_thread_create_flags + 1);
    assert_int_equal(record.missing,
                     1 << F_thread_create_child | 1 << F_thread_create_context | 1 << F_thread_create_stack);
}

static void test_phase_a_keeps_kinds_it_does_not_know(void **state)
{
    (void)state;
    parse("{\"kind\":\"vd.swap\",\"tid\":6,\"payload\":{\"frame\":7,\"mode\":\"fast\",\"at\":\"0x10\"}}");
    assert_int_equal(record.kind, EVENT_foreign);
    assert_true(op_is_foreign(record.op));
    assert_int_equal(record.field_count, 3);
    assert_int_equal(record.fields[1].target, IMPORT_KEEP);
    assert_int_equal(record.fields[2].form, IMPORT_HEX);
    assert_int_equal(record.fields[2].size, 2);
}

static void test_phase_a_result_is_wide_where_the_export_says_so(void **state)
{
    (void)state;
    const char *format =
        "{\"kind\":\"kernel.return\",\"payload\":{\"name\":\"%s\",\"return_value\":-1,\"status\":\"0x1\"}}";
    char line[128];
    snprintf(line, sizeof line, format, "KeQueryPerformanceFrequency");
    parse(line);
    assert_int_equal(record.fields[0].transform, IMPORT_AS_IS);
    snprintf(line, sizeof line, format, "NtClose");
    parse(line);
    assert_int_equal(record.fields[0].transform, IMPORT_LOW32);
    assert_int_equal(record.fields[1].target, IMPORT_KEEP);
}

static void test_phase_a_unifies_spellings(void **state)
{
    (void)state;
    parse("{\"kind\":\"kernel.call\",\"payload\":{\"name\":\"xeKeReleaseSemaphore\"}}");
    assert_int_equal(record.op, export_by_name("KeReleaseSemaphore")->op);
}

static void test_phase_a_waits_name_up_to_four_objects(void **state)
{
    (void)state;
    parse("{\"kind\":\"wait.begin\",\"payload\":{\"handles_semantic_ids\":[\"1111111111111111\",\"2222222222222222\","
          "\"3333333333333333\",\"4444444444444444\",\"5555555555555555\"],\"timeout_ns\":300}}");
    assert_int_equal(record.constant[F_wait_begin_count], 5);
    assert_int_equal(record.field_count, 6);
    assert_int_equal(record.fields[0].form, IMPORT_HEX);
    assert_int_equal(record.fields[3].value, F_wait_begin_object3);
    assert_int_equal(record.fields[4].target, IMPORT_KEEP);
    assert_int_equal(record.fields[5].transform, IMPORT_DEADLINE);
}

static void test_rules_of_the_user_count_last(void **state)
{
    (void)state;
    rule("event import.call call\nop MyClose NtClose\nvalue call payload.fn op\nvalue call payload.a0 a0\n");
    parse("{\"kind\":\"import.call\",\"payload\":{\"fn\":\"MyClose\",\"a0\":\"0xf8000001\"}}");
    assert_int_equal(record.kind, EVENT_call);
    assert_int_equal(record.op, export_by_name("NtClose")->op);
    assert_int_equal(record.count, 1);
    assert_int_equal(record.fields[0].value, F_call_a0);
}

static void test_rules_name_what_is_wrong(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"event x nothing", "no kind of event is called \"nothing\""},
        {"value call a b c d", "too few or too many words after \"value\""},
        {"value call a nothing", "neither a role nor a field of this kind: \"nothing\""},
        {"value call a a0 high", "a value is taken as-is, low32 or deadline, not \"high\""},
        {"op x NoSuchExport", "no kernel export is called \"NoSuchExport\""},
        {"object 1 cow", "no type of object is called \"cow\""},
        {"probe x NtClose", "a probe's address is a number below 2^32, not \"x\""},
        {"\n\nclock ns many", "line 3: a clock has a number of units a second, not \"many\""},
        {"word call a b c", "a word means `declared` or FIELD=NUMBER"},
    };
    for (size_t i = 0; i < countof(bad); i++) {
        struct err err;
        assert_false(import_rules_read(parser.rules, "test", bad[i][0], strlen(bad[i][0]), &err));
        if (!strstr(err.text, bad[i][1]))
            fail_msg("%s", err.text);
    }
}

/* ---- Text. ---- */

static int begin_audit(void **state)
{
    (void)state;
    return begin("audit");
}

static int begin_recomp(void **state)
{
    (void)state;
    return begin("recomp");
}

static int begin_xenia_log(void **state)
{
    (void)state;
    return begin("xenia-log");
}

static void test_recomp_call_begins_with_a_word_that_is_no_pair(void **state)
{
    (void)state;
    parse("AC6_IMPORT_CALL tick=12 thread=2 lr=0x1 module=xboxkrnl.exe name=NtClose r3=0x8");
    assert_int_equal(record.kind, EVENT_call);
    parse("e=7AC6_IMPORT_CALL tick=12 thread=2 lr=0x1 module=xboxkrnl.exe name=NtClose r3=0x8");
    assert_int_equal(record.kind, 0);
}

static void test_audit_needs_pairs_outside_quotes(void **state)
{
    (void)state;
    parse("i> F8000018 audit_69 op=NtSetEvent handle=0xF800007C lr=0x82100ef8 tid=6");
    assert_int_equal(record.kind, EVENT_call);
    parse("i> F8000018 audit_69 op=NtSetEvent handle=0xF800007C note=\" lr=0x82100ef8\" tid=6");
    assert_int_equal(record.kind, 0);
}

static void test_xenia_argument_of_too_many_digits_is_one_text(void **state)
{
    (void)state;
    parse("d> F8000008 NtClose(7018FB94(00000000))");
    assert_int_equal(record.kind, EVENT_call);
    u32 pointer = record.field_count;
    parse("d> F8000008 NtClose(70000000000018FB94(00000000))");
    assert_int_equal(record.field_count, pointer - 1);
    parse("d> F8000008 NtClose(q(00000000))");
    assert_int_equal(record.field_count, pointer - 1);
}

static void test_xenia_prefix_is_found_behind_a_time_of_any_length(void **state)
{
    (void)state;
    char line[200], junk[120];
    memset(junk, '-', sizeof junk - 1);
    junk[sizeof junk - 1] = 0;
    for (int time = 9; time < 12; time++) {
        snprintf(line, sizeof line, "%d%.117s d> F8000008 NtClose(7018FB94)", time, junk);
        parse(line);
        assert_int_equal(record.kind, EVENT_call);
    }
    snprintf(line, sizeof line, "9%s d> F8000008 NtClose(7018FB94)", junk);
    parse(line);
    assert_int_equal(record.kind, 0);
}

int main(void)
{
#define PHASE_A(test) cmocka_unit_test_setup_teardown(test, begin_phase_a, end)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan_refuses_what_is_no_json),
        cmocka_unit_test(test_scan_finds_values_by_path),
        cmocka_unit_test(test_scan_checks_what_the_list_cannot_hold),
        cmocka_unit_test(test_unescape_writes_utf8),
        cmocka_unit_test(test_number_has_64_bits),
        cmocka_unit_test(test_form_is_one_that_can_be_written_again),
        cmocka_unit_test(test_record_keeps_fields_in_order_and_drops_kept_ones),
        PHASE_A(test_phase_a_takes_any_order_of_keys),
        PHASE_A(test_phase_a_tells_what_is_missing),
        PHASE_A(test_phase_a_keeps_kinds_it_does_not_know),
        PHASE_A(test_phase_a_result_is_wide_where_the_export_says_so),
        PHASE_A(test_phase_a_unifies_spellings),
        PHASE_A(test_phase_a_waits_name_up_to_four_objects),
        PHASE_A(test_rules_of_the_user_count_last),
        PHASE_A(test_rules_name_what_is_wrong),
        cmocka_unit_test_setup_teardown(test_recomp_call_begins_with_a_word_that_is_no_pair, begin_recomp, end),
        cmocka_unit_test_setup_teardown(test_audit_needs_pairs_outside_quotes, begin_audit, end),
        cmocka_unit_test_setup_teardown(test_xenia_argument_of_too_many_digits_is_one_text, begin_xenia_log, end),
        cmocka_unit_test_setup_teardown(test_xenia_prefix_is_found_behind_a_time_of_any_length, begin_xenia_log, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
