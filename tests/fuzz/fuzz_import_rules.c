/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes the reader of import's rules; what it takes must do no harm to a line. */
#include "tests/fuzz/import.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static const char line[] =
        "{\"kind\":\"kernel.call\",\"tid\":6,\"host_ns\":7,\"a\":\"b\",\"c\":[\"0x1\",2,\"x\",null]}";
    struct err err;
    struct import_parser parser;
    CHECK(import_parser_init(&parser, import_format_by_name("phase-a"), &err), "%s", err.text);
    if (import_rules_read(parser.rules, "fuzz", (const char *)data, size, &err))
        fuzz_line(&parser, line, sizeof line - 1);
    import_parser_finish(&parser);
    return 0;
}
