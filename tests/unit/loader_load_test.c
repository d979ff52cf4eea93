/* SPDX-License-Identifier: BSD-3-Clause
 * A title in guest memory: bytes, protection, header, module, imports; and titles that cannot be loaded. */
#include "tests/unit/loader_sample.h"

#include "emu/kernel/title_header.h"
#include "emu/kernel/variable.h"
#include "emu/loader/loader.h"
#include "emu/memory/memory.h"
#include "schema/export.h"
#include "schema/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define BASE 0x82000000u

struct bench {
    struct engine *e;
    u8 *file;
    size_t size;
    u32 notes;
    char note[1024]; /* the last */
    struct err err;
};

static void take_note(void *context, const char *line)
{
    struct bench *b = context;
    b->notes++;
    snprintf(b->note, sizeof b->note, "%s", line);
}

static void set_up(struct bench *b)
{
    memset(b, 0, sizeof *b);
    b->e = engine_create(&b->err);
    assert_non_null(b->e);
    b->e->note = take_note;
    b->e->note_context = b;
    assert_true(variable_init(b->e, &b->err));
    b->file = sample_xex(BASE, true, true, &b->size, &b->err);
    assert_non_null(b->file);
}

static void tear_down(struct bench *b)
{
    engine_destroy(b->e);
    free(b->file);
}

static void test_image_is_placed(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    if (!loader_load(b.e, b.file, b.size, &b.err))
        fail_msg("%s", b.err.text);
    assert_int_equal(b.notes, 0);
    const u8 *page = b.e->m->page;
    for (u32 place = SAMPLE_TEXT; place < SAMPLE_THUNK; place++)
        assert_int_equal(memory_get8(b.e, BASE + place), sample_byte(place));
    for (u32 place = SAMPLE_DATA + 8; place < SAMPLE_END; place += 3)
        assert_int_equal(memory_get8(b.e, BASE + place), sample_byte(place));
    assert_int_equal(page[BASE >> 12], PAGE_COMMITTED | PAGE_READ);
    assert_int_equal(page[(BASE + SAMPLE_TEXT) >> 12], PAGE_COMMITTED | PAGE_READ | PAGE_EXECUTE);
    assert_int_equal(page[(BASE + SAMPLE_RODATA) >> 12], PAGE_COMMITTED | PAGE_READ);
    assert_int_equal(page[(BASE + SAMPLE_DATA) >> 12], PAGE_COMMITTED | PAGE_READ | PAGE_WRITE);
    assert_int_equal(page[(BASE + SAMPLE_END - 1) >> 12], PAGE_COMMITTED | PAGE_READ | PAGE_WRITE);
    assert_int_equal(page[(BASE + SAMPLE_END) >> 12], 0);
    assert_false(memory_is_writable(b.e, BASE + SAMPLE_TEXT, 4));
    tear_down(&b);
}

static void test_title_is_filled(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    assert_true(loader_load(b.e, b.file, b.size, &b.err));
    const struct title *title = &b.e->m->title;
    assert_int_equal(title->image_base, BASE);
    assert_int_equal(title->image_size, SAMPLE_END);
    assert_int_equal(title->entry, BASE + SAMPLE_TEXT);
    assert_int_equal(title->stack_size, 0x20000);
    assert_int_equal(title->tls_data, BASE + SAMPLE_TLS);
    assert_int_equal(title->tls_data_size, 0x20);
    assert_int_equal(title->tls_raw_size, 8);
    assert_int_equal(title->title_id, 0x4C530042);
    assert_string_equal(title->name, "sample.exe");
    static const u8 zero[16];
    assert_memory_not_equal(title->hash, zero, sizeof zero);
    tear_down(&b);
}

static void test_header_and_module_are_in_guest_memory(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    assert_true(loader_load(b.e, b.file, b.size, &b.err));
    const struct title *title = &b.e->m->title;
    u8 header[0x1000];
    assert_true(memory_read(b.e, title->header, header, sizeof header));
    assert_memory_equal(header, b.file, sizeof header);
    assert_int_equal(memory_get32(b.e, title->module + 0x1C), BASE);
    assert_int_equal(memory_get32(b.e, title->module + 0x58), title->header);
    u32 name = memory_get32(b.e, title->module + 0x2C + 4);
    assert_int_equal(memory_get16(b.e, title->module + 0x2C), 20);
    assert_int_equal(memory_get16(b.e, name + 2), 'a');
    assert_int_equal(title_header_field(b.e, title->header, XEX_STACK_SIZE), 0x20000);
    u32 execution = title_header_field(b.e, title->header, XEX_EXECUTION_INFO);
    assert_int_equal(memory_get32(b.e, execution + 12), 0x4C530042);
    u32 base = title_header_field(b.e, title->header, XEX_IMAGE_BASE);
    assert_int_equal(memory_get32(b.e, base), BASE);
    assert_int_equal(title_header_field(b.e, title->header, XEX_RESOURCES), 0);
    tear_down(&b);
}

static void test_imports_are_resolved(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    assert_true(loader_load(b.e, b.file, b.size, &b.err));
    u32 thunk = BASE + SAMPLE_THUNK;
    assert_int_equal(memory_get32(b.e, thunk), 0x44000042);
    assert_int_equal(memory_get32(b.e, thunk + 4), 0x4E800020);
    assert_int_equal(memory_get32(b.e, thunk + 8), export_op(MODULE_XBOXKRNL, SAMPLE_FUNCTION));
    assert_int_equal(memory_get32(b.e, thunk + 12), 0x60000000);
    assert_int_equal(memory_get32(b.e, BASE + SAMPLE_DATA), thunk);
    u32 variable = variable_address(b.e, export_op(MODULE_XBOXKRNL, SAMPLE_VARIABLE));
    assert_int_not_equal(variable, 0);
    assert_int_equal(memory_get32(b.e, BASE + SAMPLE_DATA + 4), variable);
    assert_int_equal(memory_get32(b.e, variable), b.e->m->title.module);
    tear_down(&b);
}

/* Other words in the unpacked image stand for titles with other imports. */
static void test_bad_imports_are_named(void **state)
{
    (void)state;
    struct bench b;
    struct xex x;
    struct xex_image image;
    set_up(&b);
    u32 op = 0, libraries = 0;
    for (size_t i = 0; i < export_count(); i++)
        if (export_at(i)->is_variable && export_at(i)->module == MODULE_XBOXKRNL &&
            !variable_address(b.e, export_at(i)->op))
            op = export_at(i)->op;
    assert_int_not_equal(op, 0);
    assert_true(loader_load(b.e, b.file, b.size, &b.err));
    assert_true(xex_parse(&x, b.file, b.size, &b.err));
    assert_true(xex_image_init(&image, &x, NULL, &b.err));
    store_be32(image.data + SAMPLE_DATA + 4, op & 0xFFFF);
    assert_int_equal(loader_import(b.e, &x, &image, &libraries, &b.err), STATUS_SUCCESS);
    assert_int_equal(memory_get32(b.e, BASE + SAMPLE_DATA + 4), loader_poison(op));
    assert_int_equal(b.notes, 1);
    assert_non_null(strstr(b.note, "which is not there"));
    store_be32(image.data + SAMPLE_DATA + 4, 0xFFF);
    assert_int_equal(loader_import(b.e, &x, &image, &libraries, &b.err), STATUS_NOT_FOUND);
    assert_non_null(strstr(b.err.text, "xboxkrnl.exe has no export with ordinal 0xFFF"));
    store_be32(image.data + SAMPLE_DATA + 4, 0x01000000 | SAMPLE_VARIABLE);
    assert_int_equal(loader_import(b.e, &x, &image, &libraries, &b.err), STATUS_INVALID_IMAGE_FORMAT);
    assert_non_null(strstr(b.err.text, "XexExecutableModuleHandle of xboxkrnl.exe is a variable, it cannot be called"));
    snprintf(x.libraries[0].name, sizeof x.libraries[0].name, "other.xex");
    assert_int_equal(loader_import(b.e, &x, &image, &libraries, &b.err), STATUS_DLL_NOT_FOUND);
    assert_non_null(strstr(b.err.text, "the library other.xex: game:\\other.xex is not there"));
    xex_image_finish(&image);
    tear_down(&b);
}

static void test_wrong_hash_is_a_warning(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    b.file[0x0C] ^= 1;
    assert_true(loader_load(b.e, b.file, b.size, &b.err));
    assert_int_equal(b.notes, 1);
    assert_string_equal(b.note, "warning: the title's hash of header does not match");
    tear_down(&b);
}

static void test_what_is_no_title_is_refused(void **state)
{
    (void)state;
    static const struct {
        u32 flags;
        const char *error;
    } cases[] = {
        {9, "header at 0x4: this is a library, not a title (module flags 0x9)"},
        {0x41, "header at 0x4: this is a patch, not a title (module flags 0x41)"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct bench b;
        set_up(&b);
        store_be32(b.file + 4, cases[i].flags);
        assert_false(loader_load(b.e, b.file, b.size, &b.err));
        assert_string_equal(b.err.text, cases[i].error);
        tear_down(&b);
    }
}

static void test_taken_memory_is_refused(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    memory_protect(b.e, BASE + SAMPLE_END - 0x1000, 0x1000, PAGE_COMMITTED | PAGE_READ);
    assert_false(loader_load(b.e, b.file, b.size, &b.err));
    assert_string_equal(b.err.text, "image: 0x60000 bytes at 0x82000000 are not free in guest memory");
    tear_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image_is_placed),
        cmocka_unit_test(test_title_is_filled),
        cmocka_unit_test(test_header_and_module_are_in_guest_memory),
        cmocka_unit_test(test_imports_are_resolved),
        cmocka_unit_test(test_bad_imports_are_named),
        cmocka_unit_test(test_wrong_hash_is_a_warning),
        cmocka_unit_test(test_what_is_no_title_is_refused),
        cmocka_unit_test(test_taken_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
