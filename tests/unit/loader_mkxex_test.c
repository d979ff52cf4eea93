/* SPDX-License-Identifier: BSD-3-Clause
 * mkxex: what it says to an ELF that cannot become a title. The good case is loader_xex_test.c's round trip. */
#include "tests/unit/loader_sample.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BASE 0x82000000u

enum {
    HEADER = SAMPLE_SECTION_HEADERS,
    TEXT = HEADER + 40,
    RODATA = HEADER + 80,
    DATA = HEADER + 120,
    TABLE = HEADER + 200
};

/* clang-format off */
static void break_magic(u8 *f) { f[0] = 'M'; }
static void break_class(u8 *f) { f[4] = 2; }
static void break_order(u8 *f) { f[5] = 1; }
static void break_machine(u8 *f) { store_be16(f + 18, 62); }
static void break_type(u8 *f) { store_be16(f + 16, 1); }
static void break_stripped(u8 *f) { store_be16(f + 48, 0); }
static void break_headers(u8 *f) { store_be32(f + 32, 0xFFFFFFF0); }
static void break_names(u8 *f) { store_be16(f + 50, 99); }
static void break_segments(u8 *f) { store_be32(f + 28, 0xFFFFFFF0); }
static void break_content(u8 *f) { store_be32(f + DATA + 16, 0x7FFFFFFF); }
static void break_address(u8 *f) { store_be32(f + TEXT + 12, 0x10000); }
static void break_entry(u8 *f) { store_be32(f + 24, 0x82000000); }
static void break_writable_code(u8 *f) { store_be32(f + TEXT + 8, 7); }
static void break_shared_page(u8 *f) { store_be32(f + DATA + 12, BASE + SAMPLE_TEXT + 0x1000); store_be32(f + DATA + 20, 0x100); }
static void break_overlap(u8 *f) { store_be32(f + RODATA + 12, BASE + SAMPLE_TEXT + 0x80); }
static void break_tls(u8 *f) { store_be32(f + 52 + 8, BASE + SAMPLE_END); }
static void break_table_size(u8 *f) { store_be32(f + TABLE + 20, 23); }
static void break_pointer(u8 *f) { store_be32(f + SAMPLE_TABLE, 0); }
static void break_thunk(u8 *f) { store_be32(f + SAMPLE_TABLE + 4, BASE + SAMPLE_END - 8); }
static void break_ordinal(u8 *f) { store_be32(f + SAMPLE_TABLE + 8, 0xFFF); }
static void break_variable(u8 *f) { store_be32(f + SAMPLE_TABLE + 16, BASE + SAMPLE_THUNK); }
static void break_function(u8 *f) { store_be32(f + SAMPLE_TABLE + 4, 0); }
static void break_library(u8 *f) { memcpy(f + SAMPLE_NAMES + 0x20, ".xexexp.tab", 12); store_be32(f + TABLE, 0x20); }

static const struct {
    void (*mutate)(u8 *elf);
    const char *error;
} broken[] = {
    {break_magic,         "not an ELF file"},
    {break_class,         "ELF header at 0x4: not a 32-bit big-endian file"},
    {break_order,         "ELF header at 0x4: not a 32-bit big-endian file"},
    {break_machine,       "ELF header at 0x12: machine 62 is not PowerPC"},
    {break_type,          "ELF header at 0x10: type 1 is not a linked program"},
    {break_stripped,      "ELF header at 0x30: there are no section headers"},
    {break_headers,       "ELF header at 0x20: the section headers at 0xFFFFFFF0 lie outside the file"},
    {break_names,         "ELF header at 0x32: there is no section 99 with the names"},
    {break_segments,      "ELF header at 0x1C: the program headers at 0xFFFFFFF0 lie outside the file"},
    {break_content,       "ELF section 3 (.data): its 0x6000 bytes at 0x7FFFFFFF lie outside the file"},
    {break_address,       "ELF section 1 (.text): 0x00010000..0x000100FF lies outside 0x80000000..0x9FFFFFFF"},
    {break_entry,         "ELF header at 0x18: the entry point 0x82000000 is not in the image"},
    {break_writable_code, "ELF section .text is both code and writable"},
    {break_shared_page,   "ELF section .data: code and writable data share the page of 0x10000 bytes at 0x82010000"},
    {break_overlap,       "ELF sections .text and .rodata overlap at 0x82010080"},
    {break_tls,           "ELF program headers: the TLS data at 0x82060000 lies outside the image"},
    {break_table_size,    "ELF section .xeximp.xboxkrnl.tab: 0x17 bytes are not a table of entries of 12 bytes"},
    {break_pointer,       "import DbgPrint: its pointer at 0x00000000 is not in the image"},
    {break_thunk,         "import DbgPrint: its thunk at 0x8205FFF8 is not in the image"},
    {break_ordinal,       "import of xboxkrnl.exe: it has no export with ordinal 0xFFF"},
    {break_variable,      "import XexExecutableModuleHandle: it is a variable, it needs no thunk"},
    {break_function,      "import DbgPrint: it is a function, it needs a thunk"},
    {break_library,       "ELF section .xexexp.tab: 0x18 bytes are not a table of entries of 72 bytes"},
};
/* clang-format on */

static void test_broken_elfs_are_named(void **state)
{
    (void)state;
    static const struct mkxex_options options = {.compress = true};
    for (size_t i = 0; i < countof(broken); i++) {
        struct err err;
        u8 *elf = sample_elf(BASE), *out = NULL;
        size_t size;
        broken[i].mutate(elf);
        if (mkxex_build(elf, SAMPLE_ELF_SIZE, &options, &out, &size, &err))
            fail_msg("accepted: %s", broken[i].error);
        assert_string_equal(err.text, broken[i].error);
        free(elf);
    }
}

static void test_cut_elfs_are_survived(void **state)
{
    (void)state;
    static const struct mkxex_options options = {.compress = true};
    for (size_t size = 0; size < 0x7200; size += size < 0x500 ? 1 : 0x333) {
        struct err err;
        u8 *elf = sample_elf(BASE), *cut = malloc(size ? size : 1), *out = NULL;
        size_t out_size;
        memcpy(cut, elf, size);
        assert_false(mkxex_build(cut, size, &options, &out, &out_size, &err));
        free(elf);
        free(cut);
    }
}

/* The PE header needs room below the first section: there is none at the very start of a page. */
static void test_base_leaves_room_for_the_header(void **state)
{
    (void)state;
    struct err err;
    struct xex x;
    u8 *elf = sample_elf(BASE), *out = NULL;
    size_t size;
    static const struct mkxex_options options = {.compress = true};
    assert_true(mkxex_build(elf, SAMPLE_ELF_SIZE, &options, &out, &size, &err));
    assert_true(xex_parse(&x, out, size, &err));
    assert_int_equal(x.image_base, BASE);
    free(out);
    store_be32(elf + TEXT + 12, BASE + SAMPLE_TEXT + 0x400);
    store_be32(elf + 24, BASE + SAMPLE_TEXT + 0x400);
    assert_true(mkxex_build(elf, SAMPLE_ELF_SIZE, &options, &out, &size, &err));
    assert_true(xex_parse(&x, out, size, &err));
    assert_int_equal(x.image_base, BASE + SAMPLE_TEXT);
    free(out);
    free(elf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken_elfs_are_named),
        cmocka_unit_test(test_cut_elfs_are_survived),
        cmocka_unit_test(test_base_leaves_room_for_the_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
