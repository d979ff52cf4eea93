/* SPDX-License-Identifier: BSD-3-Clause
 * Tests of cli/: the rows, the parser, values of options, JSON. */
#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static bool parse(struct cli *cli, struct err *err, ...)
{
    char *argv[16];
    int argc = 0;
    va_list words;
    va_start(words, err);
    while ((argv[argc] = va_arg(words, char *)))
        argc++;
    va_end(words);
    return cli_parse(cli, argc, argv, err);
}

static void test_parse_takes_every_form_of_option(void **state)
{
    (void)state;
    struct cli cli;
    struct err err;
    assert_true(parse(&cli, &err, "record", "--seed=7", "-oOUT", "--cold", "game", "--events", "none", "-q", NULL));
    assert_string_equal(cli.verb->name, "record");
    assert_int_equal(cli.operand_count, 1);
    assert_string_equal(cli.operands[0], "game");
    assert_string_equal(cli_value(&cli, "output"), "OUT");
    assert_string_equal(cli_value(&cli, "events"), "none");
    assert_string_equal(cli_value(&cli, "seed"), "7");
    assert_true(cli_has(&cli, "cold"));
    assert_true(cli_has(&cli, "quiet"));
    assert_false(cli_has(&cli, "strict"));
    assert_null(cli_value(&cli, "chaos"));
}

static void test_parse_reads_operands_behind_two_dashes(void **state)
{
    (void)state;
    struct cli cli;
    struct err err;
    assert_true(parse(&cli, &err, "run", "--", "--cold", NULL));
    assert_string_equal(cli.operands[0], "--cold");
    assert_false(cli_has(&cli, "cold"));
}

static void test_parse_says_what_is_wrong(void **state)
{
    (void)state;
    struct cli cli;
    struct err err;
    assert_false(parse(&cli, &err, "run", "a", "--bogus", NULL));
    assert_non_null(strstr(err.text, "--bogus"));
    assert_false(parse(&cli, &err, "run", NULL));
    assert_non_null(strstr(err.text, "TITLE is missing"));
    assert_false(parse(&cli, &err, "run", "a", "b", NULL));
    assert_non_null(strstr(err.text, "too much: b"));
    assert_false(parse(&cli, &err, "run", "a", "--seed", NULL));
    assert_non_null(strstr(err.text, "--seed needs a value"));
    assert_false(parse(&cli, &err, "run", "a", "--cold=yes", NULL));
    assert_non_null(strstr(err.text, "--cold takes no value"));
    assert_false(parse(&cli, &err, "run", "a", "-z", NULL));
    assert_non_null(strstr(err.text, "-z"));
    assert_false(parse(&cli, &err, "nothing", NULL));
}

static void test_next_gives_repeated_options_in_order(void **state)
{
    (void)state;
    struct cli cli;
    struct err err;
    u32 place = 0;
    assert_true(parse(&cli, &err, "run", "--set", "a=1", "t", "--seed", "3", "--set=b=2", NULL));
    assert_string_equal(cli_next(&cli, "set", &place), "a=1");
    assert_string_equal(cli_next(&cli, "set", &place), "b=2");
    assert_null(cli_next(&cli, "set", &place));
    assert_string_equal(cli_value(&cli, "set"), "b=2");
}

static void test_rows_are_distinct_and_end_with_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < cli_verb_count(); i++) {
        const struct cli_verb *v = cli_verb_at(i);
        assert_true(v->option_count >= 1 && v->option_count <= CLI_OPTIONS_MAX);
        assert_string_equal(v->options[v->option_count - 1].name, "help");
        assert_true(v->operands_min <= v->operands_max && v->operands_max <= CLI_OPERANDS_MAX);
        assert_ptr_equal(cli_verb_find(v->name), v);
        for (u32 a = 0; a < v->option_count; a++) {
            for (u32 b = 0; b < a; b++) {
                assert_string_not_equal(v->options[a].name, v->options[b].name);
                assert_true(!v->options[a].letter || v->options[a].letter != v->options[b].letter);
            }
        }
    }
}

static void test_suggest_finds_the_near_and_not_the_far(void **state)
{
    (void)state;
    assert_string_equal(cli_verb_suggest("recrod"), "record");
    assert_string_equal(cli_verb_suggest("ver"), "verify");
    assert_null(cli_verb_suggest("frobnicate"));
    assert_null(cli_verb_suggest(""));
}

static void test_u64_reads_decimal_and_hex(void **state)
{
    (void)state;
    u64 v = 99;
    assert_true(cli_read_u64("0", &v) && v == 0);
    assert_true(cli_read_u64("18446744073709551615", &v) && v == UINT64_MAX);
    assert_true(cli_read_u64("0xFFFFffffFFFFffff", &v) && v == UINT64_MAX);
    v = 99;
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "0x", "12a", "18446744073709551616", "1.5"};
    for (size_t i = 0; i < countof(bad); i++)
        assert_false(cli_read_u64(bad[i], &v));
    assert_int_equal(v, 99);
}

static void test_ticks_reads_units_and_fractions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        u64 ticks;
    } good[] = {{"5s", 250000000}, {"2.5s", 125000000}, {"1", 50000000},     {"250ms", 12500000},
                {"10us", 500},     {"123t", 123},       {"0.02us", 1},       {"0s", 0},
                {"1.5ms", 75000},  {"0.000000001s", 0}, {"3.00s", 150000000}};
    static const char *const bad[] = {"", "s", "5 s", "5x", ".5s", "5.s", "-5s", "5ss", "99999999999999999s"};
    u64 v = 0;
    for (size_t i = 0; i < countof(good); i++)
        assert_true(cli_read_ticks(good[i].text, &v) && v == good[i].ticks);
    for (size_t i = 0; i < countof(bad); i++)
        assert_false(cli_read_ticks(bad[i], &v));
}

static void test_filetime_counts_from_1601(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        u64 filetime;
    } good[] = {{"1970-01-01T00:00:00Z", 116444736000000000},      {"2000-02-29T12:00:00Z", 125962992000000000},
                {"2005-11-22T00:00:00.5Z", 127770912005000000},    {"2005-11-22T02:00:00+02:00", 127770912000000000},
                {"2005-11-21T19:00:00-05:00", 127770912000000000}, {"127770912000000000", 127770912000000000}};
    static const char *const bad[] = {"",
                                      "now",
                                      "2005-13-01T00:00:00Z",
                                      "2005-02-29T00:00:00Z",
                                      "2005-11-22",
                                      "2005-11-22T00:00:00",
                                      "2005-11-22T24:00:00Z",
                                      "2005-11-22T00:00:00Zx",
                                      "1600-01-01T00:00:00Z"};
    u64 v = 0;
    for (size_t i = 0; i < countof(good); i++)
        assert_true(cli_read_filetime(good[i].text, &v) && v == good[i].filetime);
    for (size_t i = 0; i < countof(bad); i++)
        assert_false(cli_read_filetime(bad[i], &v));
}

static void test_where_tells_times_from_events(void **state)
{
    (void)state;
    struct cli cli;
    struct err err;
    u64 tick = 0, event = 0;
    assert_true(parse(&cli, &err, "replay", "a.lsj", "--until", "event:456", NULL));
    assert_true(cli_where(&cli, "until", &tick, &event, &err) && tick == 0 && event == 456);
    assert_true(parse(&cli, &err, "replay", "a.lsj", "--until", "2.5s", NULL));
    event = 0;
    assert_true(cli_where(&cli, "until", &tick, &event, &err) && tick == 125000000 && event == 0);
    assert_true(parse(&cli, &err, "replay", "a.lsj", "--until", "later", NULL));
    assert_false(cli_where(&cli, "until", &tick, &event, &err));
    assert_non_null(strstr(err.text, "--until later"));
}

static void test_setting_splits_at_the_equals_sign(void **state)
{
    (void)state;
    char key[8];
    u64 v = 0;
    assert_true(cli_read_setting("abc=0x10", key, sizeof key, &v) && v == 16);
    assert_string_equal(key, "abc");
    assert_false(cli_read_setting("abc", key, sizeof key, &v));
    assert_false(cli_read_setting("=1", key, sizeof key, &v));
    assert_false(cli_read_setting("abc=x", key, sizeof key, &v));
    assert_false(cli_read_setting("abcdefgh=1", key, sizeof key, &v));
}

/* Runs write(), gives what it wrote. The caller frees it. */
static char *written(void (*write)(struct json *j))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct json j;
    json_begin(&j, out);
    write(&j);
    fclose(out);
    return text;
}

static void write_nested(struct json *j)
{
    json_object(j, NULL);
    json_text(j, "end", "limit");
    json_array(j, "list");
    json_u64(j, NULL, UINT64_MAX);
    json_s64(j, NULL, INT64_MIN);
    json_object(j, NULL);
    json_bool(j, "yes", true);
    json_close(j);
    json_close(j);
    json_hex(j, "hash", 0xAB, 4);
    json_text(j, "none", NULL);
    json_close(j);
    json_finish(j);
    json_array(j, NULL);
    json_close(j);
    json_finish(j);
}

static void test_json_places_commas_and_levels(void **state)
{
    (void)state;
    char *text = written(write_nested);
    assert_string_equal(text, "{\"end\": \"limit\", \"list\": [18446744073709551615, -9223372036854775808, "
                              "{\"yes\": true}], \"hash\": \"0x00AB\", \"none\": null}\n[]\n");
    free(text);
}

static char *escaped(const char *bytes, size_t size)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    json_escape(out, bytes, size);
    fclose(out);
    return text;
}

static void test_json_escapes_what_is_not_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *json;
    } cases[] = {
        {"a\"b\\c\n\t\x01", 8, "\"a\\\"b\\\\c\\n\\t\\u0001\""},
        {"\0x", 2, "\"\\u0000x\""},
        {"bfnrt", 5, "\"bfnrt\""},
        {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 9, "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
        {"\xC3", 1, "\"\\ufffd\""},                                  /* cut short */
        {"\xC0\x80", 2, "\"\\ufffd\\ufffd\""},                       /* overlong */
        {"\xED\xA0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\""},            /* half of a surrogate pair */
        {"\xF4\x90\x80\x80", 4, "\"\\ufffd\\ufffd\\ufffd\\ufffd\""}, /* behind the last code point */
        {"\xFFz", 2, "\"\\ufffdz\""},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        char *text = escaped(cases[i].bytes, cases[i].size);
        assert_string_equal(text, cases[i].json);
        free(text);
    }
}

/* Eight bytes are looked at at once: each byte, at each place among plain ones, is as it is alone. */
static void test_json_escapes_a_byte_wherever_it_stands(void **state)
{
    (void)state;
    for (u32 byte = 0; byte < 256; byte++) {
        char one = (char)byte, alone[16], around[32], want[64], got[6 * 20 + 8];
        size_t alone_size = json_escape_into(alone, &one, 1) - 2;
        for (size_t at = 0; at < 20; at++) {
            memset(around, 'a', sizeof around);
            around[at] = one;
            size_t size = (size_t)snprintf(want, sizeof want, "\"%.*s%.*s%.*s\"", (int)at, "aaaaaaaaaaaaaaaaaaaaaa",
                                           (int)alone_size, alone + 1, (int)(19 - at), "aaaaaaaaaaaaaaaaaaaaaa");
            assert_int_equal(json_escape_into(got, around, 20), size);
            assert_memory_equal(got, want, size);
            char *written_too = escaped(around, 20);
            assert_string_equal(written_too, want);
            free(written_too);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_takes_every_form_of_option),
        cmocka_unit_test(test_parse_reads_operands_behind_two_dashes),
        cmocka_unit_test(test_parse_says_what_is_wrong),
        cmocka_unit_test(test_next_gives_repeated_options_in_order),
        cmocka_unit_test(test_rows_are_distinct_and_end_with_help),
        cmocka_unit_test(test_suggest_finds_the_near_and_not_the_far),
        cmocka_unit_test(test_u64_reads_decimal_and_hex),
        cmocka_unit_test(test_ticks_reads_units_and_fractions),
        cmocka_unit_test(test_filetime_counts_from_1601),
        cmocka_unit_test(test_where_tells_times_from_events),
        cmocka_unit_test(test_setting_splits_at_the_equals_sign),
        cmocka_unit_test(test_json_places_commas_and_levels),
        cmocka_unit_test(test_json_escapes_what_is_not_text),
        cmocka_unit_test(test_json_escapes_a_byte_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
