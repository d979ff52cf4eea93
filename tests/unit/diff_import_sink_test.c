/* SPDX-License-Identifier: BSD-3-Clause
 * Lines that go through the tree of templates make the journal that the parser alone makes, byte for byte. */
#include "diff/import_format.h"
#include "diff/import_sink.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINES = 4000 };

static const char *const endings[] = {
    "\"kernel.call\",\"payload\":{\"name\":\"NtSetEvent\",\"ord\":1,\"lr\":\"0x82000010\",\"args_resolved\":{}}",
    "\"kernel.call\",\"payload\":{\"name\":\"NtOpenFile\",\"args_resolved\":{\"path\":\"cache:\\\\a\\\\%u.bin\"}}",
    "\"kernel.call\",\"payload\":{\"name\":\"NtOpenFile\",\"args_resolved\":{\"path\":\"\\u0041%u\"}}",
    "\"kernel.return\",\"payload\":{\"name\":\"NtSetEvent\",\"return_value\":-%u,\"status\":\"0x%08x\"}",
    ("\"kernel.return\",\"payload\":{\"name\":\"NtSetEvent\",\"return_value\":18446744072635810%03u,\"status\":\"0xC%"
     "07X\"}"),
    "\"wait.begin\",\"payload\":{\"handles_semantic_ids\":[\"3bd922fb%08x\"],\"timeout_ns\":-1,\"alertable\":false}",
    "\"strange\",\"payload\":{\"n\":00%u}",
    "\"kernel.call\",\"payload\":{\"name\":\"NtClose\",\"x\":\"\\q%u\"}",
};

/* Line i: now and then with an index that does not ascend. */
static size_t make_line(u32 i, char *out, size_t capacity)
{
    char ending[256];
    u32 n = i * 7919u % 613;
    snprintf(ending, sizeof ending, endings[i * 31 % 17 % countof(endings)], n, n * n);
    return (size_t)snprintf(out, capacity,
                            "{\"schema_version\":1,\"engine\":\"e\",\"tid\":%u,\"tid_event_idx\":%u,\"host_ns\":%u,"
                            "\"deterministic\":%s,\"kind\":%s}",
                            i % 3, i % 101 ? i : i / 2, i * 100, i % 5 ? "true" : "false", ending);
}

static u64 import(const char *path, bool quick)
{
    struct err err;
    struct import_parser parser;
    struct import_record record;
    struct import_sink *sink = sink_create(path, &(struct import_sink_setup){.timed = true, .quantum = 100}, &err);
    u64 matched = 0;
    assert_non_null(sink);
    assert_true(import_parser_init(&parser, import_format_by_name("phase-a"), &err));
    for (u32 i = 0; i < LINES; i++) {
        char line[512];
        size_t size = make_line(i, line, sizeof line - 65);
        line[size] = '\n';
        if (quick && sink_match(sink, line, line + size + 1)) {
            matched++;
            continue;
        }
        import_parse(&parser, line, size, &record);
        sink_line(sink, line, size, &record, NULL);
    }
    assert_int_equal(sink_counts(sink)->lines, LINES);
    import_parser_finish(&parser);
    assert_true(sink_finish(sink, &err));
    return matched;
}

static void test_both_ways_make_one_journal(void **state)
{
    (void)state;
    char paths[2][64], command[160];
    for (u32 i = 0; i < 2; i++) {
        strcpy(paths[i], "/tmp/lockstep-sink-XXXXXX");
        close(mkstemp(paths[i]));
    }
    u64 matched = import(paths[0], true);
    assert_in_range(matched, LINES / 2, LINES - 100);
    assert_int_equal(import(paths[1], false), 0);
    snprintf(command, sizeof command, "cmp %s %s", paths[0], paths[1]);
    assert_int_equal(system(command), 0);
    unlink(paths[0]);
    unlink(paths[1]);
}

/* What a line of another log means is for its parser to say, though its shape be known. */
static void test_each_log_tells_of_its_shapes(void **state)
{
    (void)state;
    struct err err;
    struct import_parser parser;
    struct import_record record;
    char path[64] = "/tmp/lockstep-sink-XXXXXX", line[512];
    close(mkstemp(path));
    struct import_sink *sink = sink_create(path, &(struct import_sink_setup){.timed = true, .quantum = 1}, &err);
    assert_non_null(sink);
    assert_true(import_parser_init(&parser, import_format_by_name("phase-a"), &err));
    for (u32 source = 0; source < 3; source++) {
        sink_source(sink, source);
        for (u32 i = 0; i < 3; i++) {
            size_t size = (size_t)snprintf(line, sizeof line - 65, "{\"tid\":1,\"tid_event_idx\":%u,\"kind\":\"x\"}",
                                           source * 3 + i);
            line[size] = '\n';
            const char *end = sink_match(sink, line, line + size + 1);
            assert_ptr_equal(end, i ? line + size : NULL);
            if (end)
                continue;
            import_parse(&parser, line, size, &record);
            sink_line(sink, line, size, &record, NULL);
        }
    }
    import_parser_finish(&parser);
    assert_true(sink_finish(sink, &err));
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways_make_one_journal),
        cmocka_unit_test(test_each_log_tells_of_its_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
