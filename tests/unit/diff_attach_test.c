/* SPDX-License-Identifier: BSD-3-Clause
 * Names beside a journal: reading maps, nm and labels, merging them, asking for them. */
#include "diff/attach.h"
#include "diff/symbols.h"
#include "schema/symbols.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <unistd.h>

static char path[64];

static void write_text(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int setup(void **state)
{
    (void)state;
    strcpy(path, "/tmp/lockstep-attach-XXXXXX");
    close(mkstemp(path));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

static void read_labels(struct attach_labels *labels, const char *text)
{
    struct err err = {""};
    write_text(text);
    assert_true(attach_read(labels, path, &err));
    assert_string_equal(err.text, "");
}

static void expect_label(const struct attach_labels *labels, size_t i, u32 start, u32 end, enum attach_kind kind,
                         const char *name)
{
    assert_in_range(i + 1, 1, labels->count);
    assert_int_equal(labels->list[i].start, start);
    assert_int_equal(labels->list[i].end, end);
    assert_int_equal(labels->list[i].kind, kind);
    assert_string_equal(labels->list[i].name, name);
}

static void test_read_nm(void **state)
{
    (void)state;
    struct attach_labels labels;
    read_labels(&labels,
                "         U NtClose\n82010000 T _start\n82010040 00000010 t helper\n82020000 00000004 b counter\n"
                "00000007 a constant\n82030000 V weak_data\n");
    assert_string_equal(labels.kind, "nm");
    assert_int_equal(labels.count, 4);
    expect_label(&labels, 0, 0x82010000, 0, ATTACH_FUNCTION, "_start");
    expect_label(&labels, 1, 0x82010040, 0x82010050, ATTACH_FUNCTION, "helper");
    expect_label(&labels, 2, 0x82020000, 0x82020004, ATTACH_DATA, "counter");
    expect_label(&labels, 3, 0x82030000, 0, ATTACH_DATA, "weak_data");
    attach_free(&labels);
    read_labels(&labels, "main T 82010000 20\ncounter D 82020000\n");
    expect_label(&labels, 0, 0x82010000, 0x82010020, ATTACH_FUNCTION, "main");
    expect_label(&labels, 1, 0x82020000, 0, ATTACH_DATA, "counter");
    attach_free(&labels);
}

static void test_read_labels(void **state)
{
    (void)state;
    struct attach_labels labels;
    read_labels(&labels, "# mine\n0x82506B08 \"audio dispatch\" 200\n\n824D21F0 worker # known\n");
    assert_string_equal(labels.kind, "labels");
    assert_int_equal(labels.count, 2);
    expect_label(&labels, 0, 0x82506B08, 0x82506D08, ATTACH_UNKNOWN, "audio dispatch");
    expect_label(&labels, 1, 0x824D21F0, 0, ATTACH_UNKNOWN, "worker");
    attach_free(&labels);
}

static void test_read_vendor_map(void **state)
{
    (void)state;
    struct attach_labels labels;
    read_labels(&labels, " Title\r\n\r\n Preferred load address is 82000000\r\n\r\n"
                         " Start         Length     Name                   Class\r\n"
                         " 0001:00000000 000001f8H .rdata                  DATA\r\n"
                         " 0003:00000000 0020a760H .text                   CODE\r\n\r\n"
                         "  Address         Publics by Value              Rva+Base       Lib:Object\r\n\r\n"
                         " 0000:00000000       ___absolute                00000000     <absolute>\r\n"
                         " 0001:00000010       ?table@@3PAHA              82000410     main.obj\r\n"
                         " 0003:00000470       main                       82060470 f   main.obj\r\n"
                         " 0003:00033090       __savegprlr_30             82093090     LIBCMT:crtgpr.obj\r\n\r\n"
                         " entry point at        0003:0002ba28\r\n\r\n Static symbols\r\n\r\n"
                         " 0003:00000800       ?inner@@YAXXZ              82060800 f i CIL library: CIL module\r\n");
    assert_string_equal(labels.kind, "map");
    assert_int_equal(labels.count, 4);
    expect_label(&labels, 0, 0x82000410, 0, ATTACH_DATA, "?table@@3PAHA");
    expect_label(&labels, 1, 0x82060470, 0, ATTACH_FUNCTION, "main");
    expect_label(&labels, 2, 0x82093090, 0, ATTACH_FUNCTION, "__savegprlr_30");
    expect_label(&labels, 3, 0x82060800, 0, ATTACH_FUNCTION, "?inner@@YAXXZ");
    attach_free(&labels);
}

static void test_read_gnu_map(void **state)
{
    (void)state;
    struct attach_labels labels;
    read_labels(&labels, "Memory Configuration\n\n*default*        0x00000000         0xffffffff\n\n"
                         "Linker script and memory map\n\n"
                         "                0x82001000                        . = (0x82000000 + 0x1000)\n\n"
                         ".text           0x82010000     0x3e10\n *(.text .text.*)\n"
                         " .text          0x82010000       0x3c crt0.o\n"
                         "                0x82010000                _start\n"
                         " .text.helper   0x82010040       0x20 main.o\n"
                         " .text.unlikely.a_long_name_that_wraps\n"
                         "                0x82010060       0x10 main.o\n"
                         "                0x82010070                main\n"
                         "                [!provide]                PROVIDE (__end = .)\n\n"
                         ".data           0x82020000       0x10\n .data          0x82020000       0x10 main.o\n"
                         "                0x82020004                counter\n");
    assert_string_equal(labels.kind, "gnu-map");
    assert_int_equal(labels.count, 5);
    expect_label(&labels, 0, 0x82010000, 0, ATTACH_FUNCTION, "_start");
    expect_label(&labels, 1, 0x82010040, 0x82010060, ATTACH_FUNCTION, "helper");
    expect_label(&labels, 2, 0x82010060, 0x82010070, ATTACH_FUNCTION, "a_long_name_that_wraps");
    expect_label(&labels, 3, 0x82010070, 0, ATTACH_FUNCTION, "main");
    expect_label(&labels, 4, 0x82020004, 0, ATTACH_DATA, "counter");
    attach_free(&labels);
}

static void test_bad_files_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *why;
    } bad[] = {
        {"", "names nothing"},
        {"82010000 main\nnonsense\n", "line 2: expected ADDRESS NAME"},
        {"82010000 T main\nnonsense is here\n", "line 2: not a line of nm"},
        {"182010000 main\n", "line 1: the address is not one of 32 bits"},
        {"fffffff0 T main\nfffffff0 20 T more\n", "line 2: the address"},
        {"\177ELF", "is an ELF file"},
    };
    for (size_t i = 0; i < countof(bad); i++) {
        struct attach_labels labels;
        struct err err = {""};
        write_text(bad[i].text);
        assert_false(attach_read(&labels, path, &err));
        attach_free(&labels);
        assert_non_null(strstr(err.text, bad[i].why));
        assert_non_null(strstr(err.text, path));
    }
}

/* An empty journal with these rows beside it. */
static struct journal_reader *journal_with(const char *rows, bool merge)
{
    struct err err;
    unlink(path);
    struct journal_writer *w = journal_create(path, &err);
    journal_meta(w, "engine", "test");
    assert_true(journal_finish(w, &err));
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_true(attach_tables(db, true, &err));
    if (!attach_run(db, rows, &err) || (merge && !attach_merge(db, &err)))
        fail_msg("%s", err.text);
    sqlite3_close(db);
    struct journal_reader *r = journal_open(path, &err);
    assert_non_null(r);
    return r;
}

#define LABEL(source, start, end, name, kind)                                                                          \
    "INSERT INTO symbol_labels VALUES(" #source "," #start "," #end "," name ",'how',"                                 \
    "'" kind "');"

static void expect_name(struct journal_reader *r, u32 address, const char *name)
{
    char text[SYMBOLS_TEXT];
    assert_string_equal(symbols_name(symbols_open(r), address, text, sizeof text), name);
}

static void test_merge(void **state)
{
    (void)state;
    struct journal_reader *r = journal_with(
        "INSERT INTO symbol_sources(id, kind) VALUES(1, 'title'), (2, 'map'), (3, 'labels');"
        "INSERT INTO symbol_sections VALUES(1, 0x82010000, 0x82020000, '.text', 'r-x'),"
        "(1, 0x82020000, 0x82030000, '.data', 'rw-');" LABEL(1, 0x82010000, 0x82010040, "NULL", "function") LABEL(
            1, 0x82010040, 0x82010060, "NULL", "function") LABEL(1, 0x82010050, 0x82010060, "NULL", "function")
            LABEL(1, 0x82010100, 0x82010200, "NULL", "function") LABEL(2, 0x82010040, 0x82010060, "'sized'", "function")
                LABEL(2, 0x82010000, 0, "'map_name'", "function") LABEL(3, 0x82010000, 0, "'my_name'", "unknown")
                    LABEL(3, 0x82010180, 0, "'inside'", "unknown") LABEL(3, 0x82020000, 0, "'table'", "unknown")
                        LABEL(3, 0x8202FFF0, 0, "'last'", "unknown"),
        true);
    expect_name(r, 0x82010000, "my_name");
    expect_name(r, 0x8201003C, "my_name+0x3c");
    expect_name(r, 0x82010050, "sized+0x10");
    expect_name(r, 0x82010060, "0x82010060");
    expect_name(r, 0x82010104, "sub_82010100+0x4");
    expect_name(r, 0x8201017C, "sub_82010100+0x7c");
    expect_name(r, 0x820101FC, "inside+0x7c");
    expect_name(r, 0x82010200, "0x82010200");
    expect_name(r, 0x82020FFF, "table+0xfff");
    expect_name(r, 0x82021000, "0x82021000");
    expect_name(r, 0x8202FFFF, "last+0xf");
    expect_name(r, 0x82030000, "0x82030000");
    struct symbols_function f;
    assert_true(symbols_function(symbols_open(r), 0x82010010, &f));
    assert_int_equal(f.start, 0x82010000);
    assert_int_equal(f.end, 0x82010040);
    assert_false(symbols_function(symbols_open(r), 0x82020000, &f));
    journal_close(r);
}

static const char database[] =
    "INSERT INTO symbol_sources(id, kind) VALUES(1, 'title');"
    "INSERT INTO symbol_functions VALUES(0x82010000, 0x82010020, 'caller', 'call', 1),"
    "(0x82010020, 0x82010040, 'WaitFor', 'call', 1), (0x82010040, 0x82010050, 'NtClose', 'import', 1);"
    "INSERT INTO symbol_calls VALUES(1, 0x8201001C, 0x82010020, 0x82010000, 'call'),"
    "(1, 0x82010030, 0x82010040, 0x82010020, 'call'), (1, 0x82010034, NULL, 0x82010020, 'indirect');"
    "INSERT INTO symbol_wrappers VALUES(1, 0x82010030, 0x82010020, 0x100CF, 'NtClose', 1);"
    "INSERT INTO symbol_branches VALUES(1, 0x82010024, 0x82010020, 0x8201003C, 'bc', 'cr6.eq', 0x82010020, 'r3');"
    "INSERT INTO symbol_tables VALUES(1, 0x82020000, 0x82020010, 'pointers', NULL, NULL, 4, 4, NULL, NULL, 0),"
    "(1, 0x82020010, 0x82020013, 'jump', 0x82010008, 0x82010000, 1, 3, 0x82010000, 4, 1);"
    "INSERT INTO symbol_tables VALUES(1, 0x82020100, 0x82020108, 'pointers', NULL, NULL, 4, 2, NULL, NULL, 0);"
    "INSERT INTO symbol_data VALUES(0x82020100, 0x82020110, 'vtable', 1);"
    "INSERT INTO symbol_notes VALUES(1, 0x82010024, 'wait.md', 'waits', 'text');";

static bool take_call(void *context, const struct symbols_call *call)
{
    *(u32 *)context = call->site;
    return false;
}

static bool take_branch(void *context, const struct symbols_branch *branch)
{
    assert_int_equal(branch->target, 0x8201003C);
    assert_int_equal(branch->compare, 0x82010020);
    assert_string_equal(branch->condition, "cr6.eq");
    assert_string_equal(branch->registers, "r3");
    *(u32 *)context = branch->pc;
    return true;
}

static void test_questions(void **state)
{
    (void)state;
    struct journal_reader *r = journal_with(database, false);
    struct symbols *s = symbols_open(r);
    struct symbols_wrapper w;
    char text[SYMBOLS_TEXT];
    u32 found = 0;
    assert_true(symbols_are_there(s));
    assert_string_equal(symbols_return_name(s, 0x82010020, text, sizeof text), "caller+0x20");
    expect_name(r, 0x82010020, "WaitFor");
    expect_name(r, 0x82020000, "pointers_82020000 base");
    expect_name(r, 0x8202000C, "pointers_82020000 slot 3");
    expect_name(r, 0x8202000E, "pointers_82020000 slot 3+2");
    expect_name(r, 0x82020012, "jumptable_82020010 slot 2");
    expect_name(r, 0x82020100, "vtable base");
    expect_name(r, 0x82020104, "vtable slot 1");
    expect_name(r, 0x82020108, "vtable+0x8");
    assert_true(symbols_wrapper(s, 0x82010034, &w));
    assert_int_equal(w.function, 0x82010020);
    assert_int_equal(w.op, 0x100CF);
    assert_int_equal(w.depth, 1);
    assert_false(symbols_wrapper(s, 0x82010020, &w));
    assert_false(symbols_wrapper(s, 0x82010020, &w));
    assert_true(symbols_wrapper(s, 0x82010034, &w));
    assert_int_equal(symbols_callers(s, 0x82010020, take_call, &found), 1);
    assert_int_equal(found, 0x8201001C);
    assert_int_equal(symbols_calls(s, 0x82010020, take_call, &found), 1);
    assert_int_equal(found, 0x82010030);
    assert_int_equal(symbols_branches(s, 0x82010020, take_branch, &found), 1);
    assert_int_equal(found, 0x82010024);
    journal_close(r);
}

static void test_annotate(void **state)
{
    (void)state;
    struct journal_reader *r = journal_with(database, false);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    symbols_annotate(symbols_open(r),
                     "pc 0x82010028 lr 0x82010020, called from 0x82010034; 0x8201002, 0x820100200, "
                     "hsid 0x8201002882010028 0x90000000 entry 0x82010020 (of 2), lr 0x82010020 (caller+0x20)",
                     out);
    fclose(out);
    assert_string_equal(
        text,
        "pc 0x82010028 (WaitFor+0x8, note wait.md) lr 0x82010020 (caller+0x20), called from "
        "0x82010034 (WaitFor+0x14, wrapper, note wait.md); 0x8201002, 0x820100200, hsid 0x8201002882010028 0x90000000 "
        "entry 0x82010020 (WaitFor, note wait.md) (of 2), lr 0x82010020 (caller+0x20)");
    free(text);
    journal_close(r);
}

/* Many addresses, more than the first table by address holds. */
static void test_cache_grows(void **state)
{
    (void)state;
    struct journal_reader *r = journal_with(database, false);
    for (u32 round = 0; round < 2; round++) {
        for (u32 i = 0; i < 10000; i++)
            expect_name(r, 0x82010000, "caller");
        for (u32 address = 0x82010004; address < 0x82010020; address++) {
            char name[32];
            snprintf(name, sizeof name, "caller+0x%x", address - 0x82010000);
            expect_name(r, address, name);
        }
        for (u32 address = 0x83000000; address < 0x83004000; address += 4) {
            char name[32];
            snprintf(name, sizeof name, "0x%08X", address);
            expect_name(r, address, name);
        }
    }
    journal_close(r);
}

static void test_nothing_attached(void **state)
{
    (void)state;
    struct err err;
    unlink(path);
    struct journal_writer *w = journal_create(path, &err);
    assert_true(journal_finish(w, &err));
    struct journal_reader *r = journal_open(path, &err);
    struct symbols *s = symbols_open(r);
    struct symbols_source source;
    struct symbols_wrapper wrapper;
    u32 found;
    assert_false(symbols_are_there(s));
    expect_name(r, 0x82010000, "0x82010000");
    assert_false(symbols_wrapper(s, 0x82010000, &wrapper));
    assert_int_equal(symbols_callers(s, 0x82010000, take_call, &found), 0);
    assert_false(symbols_source_at(s, 0, &source));
    assert_ptr_equal(s, symbols_open(r));
    journal_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_nm),
        cmocka_unit_test(test_read_labels),
        cmocka_unit_test(test_read_vendor_map),
        cmocka_unit_test(test_read_gnu_map),
        cmocka_unit_test(test_bad_files_are_told),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_annotate),
        cmocka_unit_test(test_cache_grows),
        cmocka_unit_test(test_nothing_attached),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
