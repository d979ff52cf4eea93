/* SPDX-License-Identifier: BSD-3-Clause
 * Tables in their three forms. */
#include "diff/table.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

static const struct run_clock ns = {"ns", 1000000000, 100}, ticks = {"tick", 50000000, 1}, lines = {"line", 0, 1};

static const struct table_column columns[] = {
    {"op", TABLE_TEXT, 0},     {"lr", TABLE_HEX, 8},     {"count", TABLE_U64, 0},
    {"delta", TABLE_S64, 0},   {"at", TABLE_TIME, 0},    {"open", TABLE_BOOL, 0},
    {"ratio", TABLE_RATIO, 0}, {"where", TABLE_CITE, 0}, {"latency", TABLE_DURATION, 0},
};

static void put_rows(struct table *t)
{
    table_text(t, "a,\"b\"");
    table_hex(t, 0x8200100);
    table_u64(t, 12345);
    table_s64(t, -7);
    table_time(t, &ns, 1935433700);
    table_bool(t, true);
    table_ratio(t, 1, 4);
    table_cite(t, NULL, "a.lsj", 17, 339);
    table_duration(t, &ns, 23000);
    table_row(t);
    table_text(t, NULL);
    table_hex(t, 1);
    table_none(t);
    table_none(t);
    table_time(t, &lines, 42);
    table_bool(t, false);
    table_ratio(t, 1, 0);
    table_cite(t, "B", "b.lsj", 1, 2);
    table_duration(t, &lines, 3);
    table_row(t);
}

static char *written(enum table_form form)
{
    char *text;
    size_t size;
    struct table t;
    FILE *out = open_memstream(&text, &size);
    table_begin(&t, form, out, columns, countof(columns));
    put_rows(&t);
    table_end(&t);
    fclose(out);
    return text;
}

static void test_text_is_aligned(void **state)
{
    (void)state;
    char *text = written(TABLE_AS_TEXT);
    assert_string_equal(text, "op     lr          count  delta           at  open  ratio  where     latency\n"
                              "a,\"b\"  0x08200100  12345     -7  1.935433700  yes   0.250  17@339  23.000 us\n"
                              "-      0x00000001      -      -           42  no        -  B:1@2      3 line\n");
    free(text);
}

static void test_json_is_an_object_a_line(void **state)
{
    (void)state;
    char *text = written(TABLE_AS_JSON);
    assert_string_equal(
        text, "{\"op\": \"a,\\\"b\\\"\", \"lr\": \"0x08200100\", \"count\": 12345, \"delta\": -7, \"at\": 1935433700, "
              "\"open\": true, \"ratio\": 0.25, \"where\": {\"journal\": \"a.lsj\", \"thread\": 17, \"index\": 339}, "
              "\"latency\": 23000}\n"
              "{\"op\": null, \"lr\": \"0x00000001\", \"count\": null, \"delta\": null, \"at\": 42, \"open\": false, "
              "\"ratio\": null, \"where\": {\"journal\": \"b.lsj\", \"thread\": 1, \"index\": 2}, \"latency\": 3}\n");
    free(text);
}

static void test_csv_is_quoted_where_it_must(void **state)
{
    (void)state;
    char *text = written(TABLE_AS_CSV);
    assert_string_equal(text, "op,lr,count,delta,at,open,ratio,where,latency\n"
                              "\"a,\"\"b\"\"\",0x08200100,12345,-7,1935433700,true,0.25,a.lsj:17@339,23000\n"
                              ",0x00000001,,,42,false,,b.lsj:1@2,3\n");
    free(text);
}

static void test_rows_within_an_object(void **state)
{
    (void)state;
    char *text;
    size_t size;
    struct table t;
    struct json j;
    FILE *out = open_memstream(&text, &size);
    json_begin(&j, out);
    json_object(&j, NULL);
    table_begin_within(&t, &j, "rows", columns + 2, 1);
    for (u64 i = 0; i < 2; i++) {
        table_u64(&t, i);
        table_row(&t);
    }
    table_end(&t);
    json_u64(&j, "total", 2);
    json_close(&j);
    json_finish(&j);
    fclose(out);
    assert_string_equal(text, "{\"rows\": [{\"count\": 0}, {\"count\": 1}], \"total\": 2}\n");
    free(text);
}

static void test_long_tables_stream(void **state)
{
    (void)state;
    char *text;
    size_t size, lines_there = 0;
    struct table t;
    FILE *out = open_memstream(&text, &size);
    table_begin(&t, TABLE_AS_TEXT, out, columns, 1);
    for (u32 i = 0; i < TABLE_MEASURE + 5; i++) {
        table_text(&t, i < TABLE_MEASURE ? "row" : "a longer row");
        table_row(&t);
        assert_true(i + 1 < TABLE_MEASURE || !t.pending);
    }
    table_end(&t);
    fclose(out);
    for (const char *p = text; *p; p++)
        lines_there += *p == '\n';
    assert_int_equal(lines_there, TABLE_MEASURE + 6);
    free(text);
}

/* Rows behind those that are measured are written another way: the cells stay as they are. */
static void test_rows_behind_the_measured_look_like_those(void **state)
{
    (void)state;
    static const char *const names[] = {"plain", "t\xC3\xA9xt", "a\tb\x7F", "", "a name that is much longer than 16"};
    static const struct table_column two[] = {{"name", TABLE_TEXT, 0}, {"n", TABLE_U64, 0}, {"more", TABLE_TEXT, 0}};
    for (int form = TABLE_AS_TEXT; form <= TABLE_AS_CSV; form++) {
        char *text, *row[2 * TABLE_MEASURE + 1], *rest = NULL;
        size_t size, count = 0, heading = form != TABLE_AS_JSON;
        struct table t;
        FILE *out = open_memstream(&text, &size);
        table_begin(&t, (enum table_form)form, out, two, countof(two));
        for (u32 i = 0; i < 2 * TABLE_MEASURE; i++) {
            table_text(&t, names[i % countof(names)]);
            table_u64(&t, i % countof(names) * 1000);
            table_text(&t, "x");
            table_row(&t);
        }
        table_end(&t);
        fclose(out);
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
            row[count++] = line;
        assert_int_equal(count, 2 * TABLE_MEASURE + heading);
        for (size_t i = heading; i + TABLE_MEASURE < count; i++)
            assert_string_equal(row[i], row[i + TABLE_MEASURE]);
        free(text);
    }
}

static void test_names_of_columns_are_quoted_as_cells_are(void **state)
{
    (void)state;
    static const struct table_column odd[] = {{"a,\"b\"", TABLE_U64, 0}};
    static const char *const want[] = {
        [TABLE_AS_JSON] = "{\"a,\\\"b\\\"\": 7}\n", [TABLE_AS_CSV] = "\"a,\"\"b\"\"\"\n7\n"};
    for (int form = TABLE_AS_JSON; form <= TABLE_AS_CSV; form++) {
        char *text;
        size_t size;
        struct table t;
        FILE *out = open_memstream(&text, &size);
        table_begin(&t, (enum table_form)form, out, odd, 1);
        table_u64(&t, 7);
        table_row(&t);
        table_end(&t);
        fclose(out);
        assert_string_equal(text, want[form]);
        free(text);
    }
}

static void test_clocks(void **state)
{
    (void)state;
    char text[64];
    assert_string_equal(table_show_time(&ticks, 50000001, text, sizeof text), "1.00000002");
    assert_string_equal(table_show_time(&lines, 7, text, sizeof text), "7");
    assert_string_equal(table_show_time(&ns, UINT64_MAX, text, sizeof text), "18446744073.709551615");
    assert_string_equal(table_show_duration(&ticks, 1, text, sizeof text), "20 ns");
    assert_string_equal(table_show_duration(&ns, 154000000, text, sizeof text), "154.000 ms");
}

/* The way without floating point says what the way with it says. */
static void test_durations_are_rounded_as_printf_rounds(void **state)
{
    (void)state;
    static const char *const names[] = {"s", "ms", "us", "ns"};
    static const u64 units[] = {1000000000, 1000000, 1000, 1}, clocks[] = {1000000000, 50000000, 10000000, 49875000};
    u64 seed = 7;
    for (u32 i = 0; i < 200000; i++) {
        struct run_clock clock = {"x", clocks[i % countof(clocks)], 1};
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        u64 duration = (seed >> 20) >> (seed >> 59) % 40;
        duration = i % 5 ? duration : duration / 500 * 500;
        double exact = (double)duration * 1e9 / (double)clock.hz;
        u32 unit = 0;
        while (unit < 3 && exact < (double)units[unit])
            unit++;
        char want[64], got[64];
        snprintf(want, sizeof want, "%.*f %s", unit == 3 ? 0 : 3, exact / (double)units[unit], names[unit]);
        assert_string_equal(table_show_duration(&clock, duration, got, sizeof got), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_aligned),
        cmocka_unit_test(test_json_is_an_object_a_line),
        cmocka_unit_test(test_csv_is_quoted_where_it_must),
        cmocka_unit_test(test_rows_within_an_object),
        cmocka_unit_test(test_long_tables_stream),
        cmocka_unit_test(test_rows_behind_the_measured_look_like_those),
        cmocka_unit_test(test_names_of_columns_are_quoted_as_cells_are),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_durations_are_rounded_as_printf_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
