/* SPDX-License-Identifier: BSD-3-Clause
 * Every optional header that is known, in one title: what xex_keys.def says is done with it is done, and all of them
 * are what RtlImageXexHeaderField gives. */
#include "tests/unit/loader_sample.h"
#include "tests/unit/rig.h"

#include "emu/kernel/title_header.h"
#include "emu/kernel/variable.h"
#include "emu/loader/loader.h"
#include "emu/memory/memory.h"
#include "schema/export.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BASE     0x82000000u
#define OLD_BASE 0x92000000u
#define FLAGS    0x80000021u

enum {
    HEADER_SIZE = 0x2000,
    OUT = RIG_DATA + 0x100,
    TEXT = RIG_DATA + 0x200,
    STACK = 0x34567,
    CHECKSUM = 0x00C0FFEE,
    WHEN = 0x45678901,
    BLOB_SIZE = 20, /* with its size word */
};

static const u32 keys[] = {
#define XEX_KEY(key, name, use, what) key,
#include "emu/loader/xex_keys.def"
};

struct titled {
    struct rig *rig;
    u8 *file;
    size_t size;
};

/* What a header says that is not taken from the sample: what the checks below know, or a number of its own. */
static u32 new_value(u32 key)
{
    switch (key) {
    case XEX_ORIGINAL_BASE:
        return OLD_BASE;
    case XEX_STACK_SIZE:
        return STACK;
    case XEX_SYSTEM_FLAGS:
    case XEX_SYSTEM_FLAGS + 0x100:
    case XEX_SYSTEM_FLAGS + 0x200:
        return FLAGS;
    default:
        return key ^ 0x5A5A5A5A;
    }
}

/* Behind the header's other parts, of what the sample does not have. */
static u32 put_new(u8 *header, u32 at, u32 key)
{
    u32 words = (key & 0xFF) == 0xFF ? BLOB_SIZE / 4 : key & 0xFF;
    for (u32 i = 0; i < words; i++)
        store_be32(header + at + 4 * i, key + i);
    if ((key & 0xFF) == 0xFF)
        store_be32(header + at, BLOB_SIZE);
    if (key == XEX_RESOURCES) {
        memcpy(header + at + 4, "sounds\0\0", 8);
        store_be32(header + at + 12, BASE + SAMPLE_RODATA);
        store_be32(header + at + 16, 0x40);
    }
    if (key == XEX_CHECKSUM_TIME) {
        store_be32(header + at, CHECKSUM);
        store_be32(header + at + 4, WHEN);
    }
    if (key == XEX_EXPORTS_BY_NAME)
        store_be32(header + at, SAMPLE_RODATA);
    return at + 4 * words;
}

/* The sample again, plain, with all headers. */
static void write_file(struct titled *t, const struct xex *x, const struct xex_image *image)
{
    t->size = HEADER_SIZE + image->size;
    t->file = calloc(1, t->size);
    u8 *header = t->file;
    u32 at = XEX_HEADER_KEYS + 8 * countof(keys), security_size = load_be32(x->file + x->security);
    memcpy(header, x->file, XEX_HEADER_KEYS);
    memcpy(header + at, x->file + x->security, security_size);
    store_be32(header + 0x08, HEADER_SIZE);
    store_be32(header + 0x10, at);
    store_be32(header + 0x14, countof(keys));
    at += security_size;
    for (u32 i = 0; i < countof(keys); i++) {
        struct xex_header h = {0};
        for (u32 n = 0; n < x->key_count && h.key != keys[i]; n++)
            h = xex_header_at(x, n);
        bool has = h.key == keys[i] && h.key != XEX_STACK_SIZE && h.key != XEX_SYSTEM_FLAGS;
        store_be32(header + XEX_HEADER_KEYS + 8 * i, keys[i]);
        store_be32(header + XEX_HEADER_KEYS + 8 * i + 4, (keys[i] & 0xFF) > 1 ? at
                                                         : has                ? h.value
                                                                              : new_value(keys[i]));
        if (!has) {
            at = put_new(header, at, keys[i]);
            continue;
        }
        memcpy(header + at, x->file + h.value, h.offset ? h.offset - h.value + h.size : 0);
        if (keys[i] == XEX_FILE_FORMAT)
            store_be32(header + at + 4, 0); /* neither encrypted nor compressed */
        at += h.offset ? h.offset - h.value + h.size : 0;
    }
    assert_true(at <= HEADER_SIZE);
    memcpy(t->file + HEADER_SIZE, image->data, image->size);
}

static void set_up(struct titled *t)
{
    struct err err;
    struct xex x;
    struct xex_image image;
    size_t size;
    u8 *sample = sample_xex(BASE, XEX_BASIC, false, &size, &err);
    t->rig = rig_create();
    assert_non_null(sample);
    assert_true(xex_parse(&x, sample, size, &err) && xex_image_init(&image, &x, NULL, &err));
    write_file(t, &x, &image);
    xex_image_finish(&image);
    free(sample);
    assert_true(variable_init(t->rig->e, &err));
    if (!loader_load(t->rig->e, t->file, t->size, &err))
        fail_msg("%s", err.text);
}

static void tear_down(struct titled *t)
{
    rig_destroy(t->rig);
    free(t->file);
}

static void test_all_are_given_to_a_title_that_asks(void **state)
{
    (void)state;
    struct titled t;
    set_up(&t);
    const struct title *title = &t.rig->e->m->title;
    for (u32 i = 0; i < countof(keys); i++) {
        u32 entry = XEX_HEADER_KEYS + 8 * i, value = load_be32(t.file + entry + 4), kind = keys[i] & 0xFF;
        u32 want = kind == 0 ? value : title->header + (kind == 1 ? entry + 4 : value);
        assert_int_equal(rig_call(t.rig, xboxkrnl_RtlImageXexHeaderField, title->header, keys[i]), want);
        if (kind)
            assert_int_equal(memory_get32(t.rig->e, want), load_be32(t.file + want - title->header));
        assert_int_equal(rig_call(t.rig, xboxkrnl_RtlImageXexHeaderField, title->header, keys[i] + 0x2000000), 0);
    }
    tear_down(&t);
}

/* ---- What is used ---- */

static u32 entry_word(const struct titled *t, u32 place)
{
    return memory_get32(t->rig->e, t->rig->e->m->title.module + place);
}

static bool has_resources(struct titled *t)
{
    rig_text(t->rig, TEXT, "sounds");
    u32 module = t->rig->e->m->title.module;
    return rig_call(t->rig, xboxkrnl_XexGetModuleSection, module, TEXT, OUT, OUT + 4) == STATUS_SUCCESS &&
           memory_get32(t->rig->e, OUT) == BASE + SAMPLE_RODATA && memory_get32(t->rig->e, OUT + 4) == 0x40;
}

static bool has_image(struct titled *t)
{
    return t->rig->e->m->title.image_base == BASE &&
           memory_get8(t->rig->e, BASE + SAMPLE_DATA + 9) == sample_byte(SAMPLE_DATA + 9);
}

static bool has_original_base(struct titled *t)
{
    return entry_word(t, 0x44) == OLD_BASE && entry_word(t, 0x1C) == BASE;
}

static bool has_entry(struct titled *t)
{
    return t->rig->e->m->title.entry == BASE + SAMPLE_TEXT && entry_word(t, 0x3C) == BASE + SAMPLE_TEXT;
}

static bool has_imports(struct titled *t)
{
    return memory_get32(t->rig->e, BASE + SAMPLE_THUNK + 8) == export_op(MODULE_XBOXKRNL, SAMPLE_FUNCTION);
}

static bool has_checksum(struct titled *t)
{
    return entry_word(t, 0x48) == CHECKSUM && entry_word(t, 0x50) == WHEN;
}

static bool has_name(struct titled *t)
{
    return strcmp(t->rig->e->m->title.name, "sample.exe") == 0;
}

static bool has_tls(struct titled *t)
{
    const struct title *title = &t->rig->e->m->title;
    return title->tls_slots == 64 && title->tls_data == BASE + SAMPLE_TLS && title->tls_data_size == 0x20;
}

static bool has_stack(struct titled *t)
{
    return t->rig->e->m->title.stack_size == 0x35000; /* whole pages */
}

static bool has_privileges(struct titled *t, u32 first)
{
    for (u32 i = 0; i < 32; i++)
        if (rig_call(t->rig, xboxkrnl_XexCheckExecutablePrivilege, first + i) != (FLAGS >> i & 1))
            return false;
    return true;
}

static bool has_flags_0(struct titled *t)
{
    return has_privileges(t, 0);
}

static bool has_flags_32(struct titled *t)
{
    return has_privileges(t, 32);
}

static bool has_flags_64(struct titled *t)
{
    return has_privileges(t, 64) && !rig_call(t->rig, xboxkrnl_XexCheckExecutablePrivilege, 96);
}

static bool has_execution(struct titled *t)
{
    return rig_call(t->rig, xam_XamGetExecutionId, OUT) == 0 &&
           memory_get32(t->rig->e, memory_get32(t->rig->e, OUT) + 12) == 0x4C530042 &&
           t->rig->e->m->title.title_id == 0x4C530042;
}

/* A directory of one name, f, at 0x10000 in the image. */
static bool has_names(struct titled *t)
{
    static const u32 words[] = {[0x18 / 4] = 1,       [0x1C / 4] = 0x28, [0x20 / 4] = 0x2C, [0x24 / 4] = 0x34,
                                [0x28 / 4] = 0x10000, [0x2C / 4] = 0x38, [0x38 / 4] = 'f'};
    for (u32 i = 0; i < countof(words); i++) {
        u32 little = __builtin_bswap32(words[i]);
        u8 bytes[4];
        store_be32(bytes, little);
        memory_poke(t->rig->e, BASE + SAMPLE_RODATA + 4 * i, bytes, sizeof bytes);
    }
    rig_text(t->rig, TEXT, "f");
    return rig_call(t->rig, xboxkrnl_XexGetProcedureAddress, 0, TEXT, OUT) == STATUS_SUCCESS &&
           memory_get32(t->rig->e, OUT) == BASE + 0x10000;
}

static const struct {
    u32 key;
    bool (*is_done)(struct titled *t);
} uses[] = {
    {XEX_RESOURCES, has_resources},
    {XEX_FILE_FORMAT, has_image},
    {XEX_DELTA_PATCH, NULL}, /* of patches alone: loader_delta_test */
    {XEX_ORIGINAL_BASE, has_original_base},
    {XEX_ENTRY_POINT, has_entry},
    {XEX_IMAGE_BASE, has_image},
    {XEX_IMPORTS, has_imports},
    {XEX_CHECKSUM_TIME, has_checksum},
    {XEX_PE_NAME, has_name},
    {XEX_TLS_INFO, has_tls},
    {XEX_STACK_SIZE, has_stack},
    {XEX_SYSTEM_FLAGS, has_flags_0},
    {XEX_SYSTEM_FLAGS + 0x100, has_flags_32},
    {XEX_SYSTEM_FLAGS + 0x200, has_flags_64},
    {XEX_EXECUTION_INFO, has_execution},
    {XEX_EXPORTS_BY_NAME, has_names},
};

static void test_what_is_used_is_done(void **state)
{
    (void)state;
    struct titled t;
    u32 used = 0;
    set_up(&t);
    for (u32 i = 0; i < countof(uses); i++) {
        assert_int_equal(xex_key_info(uses[i].key)->use, XEX_USED);
        if (uses[i].is_done && !uses[i].is_done(&t))
            fail_msg("header %08X (%s)", uses[i].key, xex_key_info(uses[i].key)->name);
    }
    for (u32 i = 0; i < countof(keys); i++) {
        assert_true(i == 0 || keys[i] > keys[i - 1]);
        used += xex_key_info(keys[i])->use == XEX_USED;
    }
    assert_int_equal(used, countof(uses));
    assert_null(xex_key_info(0x12345678));
    tear_down(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_given_to_a_title_that_asks),
        cmocka_unit_test(test_what_is_used_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
