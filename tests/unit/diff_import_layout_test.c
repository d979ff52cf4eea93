/* SPDX-License-Identifier: BSD-3-Clause
 * Lines of known layouts: the values are those that the scanner finds, and the journal is the one that the parser alone
 * makes, byte for byte. */
#include "diff/import_assign.h"
#include "diff/import_format.h"
#include "diff/import_json.h"
#include "diff/import_sink.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINES = 60000, LINE_MAX = 2048, ORDERS = 5, PAYLOADS = 7 };

static const char *const kinds[] = {"kernel.call",   "kernel.return", "handle.create", "wait.begin",
                                    "thread.create", "signal.match",  "strange"};
static const char *const heads[] = {"kind",   "tid",           "tid_event_idx", "host_ns",
                                    "engine", "deterministic", "new",           "payload"};
static const char *const keys[] = {"name",
                                   "lr",
                                   "ord",
                                   "return_value",
                                   "status",
                                   "raw_handle_id",
                                   "handle_semantic_id",
                                   "object_type",
                                   "object_name",
                                   "handles_semantic_ids",
                                   "timeout_ns",
                                   "wait_all",
                                   "alertable",
                                   "entry_pc",
                                   "suspended",
                                   "child_tid",
                                   "args",
                                   "unknown",
                                   "\\u006e"};
/* Whatever a value may look like: numbers, strings, others. */
static const char *const numbers[] = {"7",
                                      "0",
                                      "4096",
                                      "-1",
                                      "1",
                                      "123456789012345678",
                                      "1234567890123456",
                                      "-9223372036854775808",
                                      "9223372036854775807",
                                      "9223372036854775808",
                                      "18446744073709551615",
                                      "99999999999999999999",
                                      "-0",
                                      "007",
                                      "1.5",
                                      "-12.50",
                                      "1e3",
                                      "-"};
static const char *const strings[] = {"0x82000010",
                                      "0x0000000f",
                                      "NtSetEvent",
                                      "NtClose",
                                      "bcaf14d76932b128",
                                      "Event",
                                      "",
                                      "0x1F",
                                      "0x00aF",
                                      "0XFF",
                                      "0x",
                                      "deadbeef",
                                      "DEADBEEF12345678",
                                      "1234567890123456",
                                      "12345678",
                                      "007",
                                      "-5",
                                      "0x1234567890abcdef",
                                      "0x12345678901234567",
                                      "hello there",
                                      "a%b",
                                      "\xC3\xA9t\xC3\xA9",
                                      "Semaphore",
                                      "any",
                                      "18446744073709551615",
                                      "99999999999999999999",
                                      "deadbeef0",
                                      "DEADbeef",
                                      "0x82000010 ",
                                      "008",
                                      "00000010",
                                      "00000042",
                                      "cafe0001",
                                      "cafe0002",
                                      "-6",
                                      "12345678901234567",
                                      "22345678901234567",
                                      "a\\\\b",
                                      "\\u0041",
                                      "\\q",
                                      "\t"};
static const char *const others[] = {"true",
                                     "false",
                                     "null",
                                     "[\"3bd922fbb385c2c9\"]",
                                     "{\"handle\":\"0xf8000020\"}",
                                     "{\"r3\":5,\"path\":\"cache:/a\"}",
                                     "{}",
                                     "[]",
                                     "[1,\"x\",{\"y\":[2]}]",
                                     "tru",
                                     "\"open"};

static u32 random_below(u64 *state, u32 n)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (u32)((*state >> 20) % n);
}

/* Of the key's type, but for a few. */
static size_t put_value(u64 *random, u32 key, char *out)
{
    u32 odd = random_below(random, 60);
    if (odd == 0)
        return (size_t)sprintf(out, "%s", others[random_below(random, countof(others))]);
    if ((key % 2 == 0) == (odd == 1))
        return (size_t)sprintf(out, "%s",
                               numbers[random_below(random, random_below(random, 4) ? 5 : countof(numbers))]);
    return (size_t)sprintf(out, "\"%s\"",
                           strings[random_below(random, odd > 20 ? 5 : countof(strings) - (odd > 9 ? 4 : 0))]);
}

static size_t put_payload(u64 *random, u32 order, char *out)
{
    size_t size = (size_t)sprintf(out, "{");
    for (u32 i = 0, count = order % 4 + 1; i < count; i++) {
        u32 key = (order * 7 + i * 5) % countof(keys);
        size += (size_t)sprintf(out + size, "%s\"%s\":", i ? "," : "", keys[key]);
        size += put_value(random, key, out + size);
    }
    return size + (size_t)sprintf(out + size, "}");
}

/* Members in one of some orders, each with a value that fits or, now and then, with any. */
static size_t make_line(u64 *random, u32 i, char *out)
{
    u32 order = random_below(random, ORDERS), payload = random_below(random, PAYLOADS);
    const char *const blank = order == 3 ? " " : "";
    size_t size = (size_t)sprintf(out, "%s{", order == 4 ? "\t " : "");
    for (u32 n = 0; n < countof(heads); n++) {
        u32 which = (n * (2 * order + 1) + order) % countof(heads);
        size += (size_t)sprintf(out + size, "%s\"%s\":%s", n ? order == 3 ? ", " : "," : "", heads[which], blank);
        if (which && which != 2 && which < 7 && !random_below(random, 200))
            size += put_value(random, which, out + size);
        else if (which == 0)
            size += (size_t)sprintf(out + size, "\"%s\"", kinds[payload % countof(kinds)]);
        else if (which == 7)
            size += put_payload(random, payload, out + size);
        else if (which == 4)
            size += (size_t)sprintf(out + size, "\"e\"");
        else if (which == 5)
            size += (size_t)sprintf(out + size, "%s", random_below(random, 9) ? "true" : "false");
        else
            size += (size_t)sprintf(out + size, "%u", which == 1 ? i % 3 : which == 6 ? i * 977 : i % 97 ? i * 100 : i);
    }
    return size + (size_t)sprintf(out + size, "}%s", order == 2 ? "\r" : "");
}

static void check_values(struct import_parser *parser, const char *line, size_t size)
{
    static struct import_values scanned;
    const char *why;
    size_t place;
    const struct import_values *known = import_layouts_values(parser->layouts, line, &parser->reading);
    assert_true(import_json_scan(line, size, &scanned, &why, &place));
    assert_int_equal(known->count, scanned.count);
    for (u32 i = 0; i < known->count; i++) {
        struct import_value a = known->list[i], b = scanned.list[i];
        u64 number;
        assert_true(a.path == b.path && a.parent == b.parent && a.type == b.type && a.count == b.count);
        assert_true(a.at == b.at && a.size == b.size && a.key_size == b.key_size && a.ordinal == b.ordinal);
        assert_true(!a.key_size || a.key_at == b.key_at);
        assert_int_equal(a.is_decimal, a.type == IMPORT_NUMBER);
        assert_true(!a.is_decimal || (import_number(line + a.at, a.size, false, &number) && number == a.number));
    }
}

/* Returns how many lines needed no record. */
static u64 import(const char *path, bool remember, u64 *read)
{
    struct err err;
    struct import_parser parser;
    struct import_record record;
    struct import_sink *sink = sink_create(path, &(struct import_sink_setup){.timed = true, .quantum = 100}, &err);
    u64 recalled = 0, random = 88172645463325252;
    static char line[LINE_MAX + IMPORT_LAYOUT_BEHIND];
    assert_non_null(sink);
    assert_true(import_parser_init(&parser, import_format_by_name("phase-a"), &err));
    if (remember)
        import_parser_remember(&parser);
    for (u32 i = 0; i < LINES; i++) {
        size_t size = make_line(&random, i, line);
        line[size] = i % 4 ? '\n' : 0; /* what is behind it decides nothing */
        if (import_parser_read(&parser, line, size)) {
            ++*read;
            check_values(&parser, line, size);
            if (sink_recall(sink, &parser.reading)) {
                recalled++;
                continue;
            }
        }
        import_parse_read(&parser, line, size, &record);
        sink_line(sink, line, size, &record, parser.has_reading ? &parser.reading : NULL);
    }
    assert_int_equal(sink_counts(sink)->lines, LINES);
    import_parser_finish(&parser);
    assert_true(sink_finish(sink, &err));
    return recalled;
}

static void test_layouts_change_nothing(void **state)
{
    (void)state;
    char paths[2][64], command[160];
    u64 read = 0;
    for (u32 i = 0; i < 2; i++) {
        strcpy(paths[i], "/tmp/lockstep-layout-XXXXXX");
        close(mkstemp(paths[i]));
    }
    assert_int_equal(import(paths[0], false, &read), 0);
    assert_int_equal(read, 0);
    u64 recalled = import(paths[1], true, &read);
    printf("%u lines: of %llu the layout was known, %llu recalled\n", LINES, (unsigned long long)read,
           (unsigned long long)recalled);
    assert_in_range(read, LINES / 2, LINES);
    assert_in_range(recalled, LINES / 4, read);
    snprintf(command, sizeof command, "cmp %s %s", paths[0], paths[1]);
    assert_int_equal(system(command), 0);
    unlink(paths[0]);
    unlink(paths[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
