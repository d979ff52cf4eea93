/* SPDX-License-Identifier: BSD-3-Clause
 * Patches: made of two titles, they turn the one into the other, in every form of either; broken ones with the sentence
 * each gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "emu/loader/lzx.h"
#include "tests/unit/loader_sample.h"

#define BASE 0x82000000u

static const u8 other_key[16] = "0123456789abcdef";

/* The sample, and its successor: code changed, a page moved to another, data grown. */
static u8 *make_title(bool is_new, u32 compress, bool encrypt, const u8 *key, size_t *size)
{
    struct err err;
    struct mkxex_options options = {
        .compress = compress, .encrypt = encrypt, .title_id = 0x4C530042, .stack_size = 0x20000, .name = "sample.exe"};
    memcpy(options.key, key, sizeof options.key);
    u8 *elf = sample_elf(BASE), *xex = NULL;
    if (is_new) {
        for (u32 i = 0x20; i < 0x80; i += 4)
            elf[0x1000 + i] ^= 0x55;
        memset(elf + 0x1200 + 0x800, 0, 0x700);
        store_be32(elf + SAMPLE_SECTION_HEADERS + 40 * 4 + 20, SAMPLE_BSS_SIZE + 0x18000); /* of .bss */
        options.stack_size = 0x40000;
    }
    if (!mkxex_build(elf, SAMPLE_ELF_SIZE, &options, &xex, size, &err))
        fail_msg("%s", err.text);
    free(elf);
    return xex;
}

struct fixture {
    u8 *old, *new, *patch;
    size_t old_size, new_size, patch_size;
    struct xex base, want;
    struct xex_image image, want_image;
    struct xex_keys keys;
    struct xex_patched got;
    struct err err;
};

static void make(struct fixture *f, u32 compress, bool encrypt, const u8 *key)
{
    memset(f, 0, sizeof *f);
    struct mkxex_options options = {.encrypt = encrypt};
    memcpy(options.key, key, sizeof options.key);
    f->keys.count = 1;
    memcpy(f->keys.key[0], key, sizeof f->keys.key[0]);
    f->old = make_title(false, compress, encrypt, key, &f->old_size);
    f->new = make_title(true, compress, encrypt, key, &f->new_size);
    if (!mkxex_patch(f->old, f->old_size, f->new, f->new_size, &options, &f->patch, &f->patch_size, &f->err))
        fail_msg("%s", f->err.text);
    assert_true(xex_parse(&f->base, f->old, f->old_size, &f->err));
    assert_true(xex_parse(&f->want, f->new, f->new_size, &f->err));
    assert_true(xex_image_init(&f->image, &f->base, &f->keys, &f->err));
    assert_true(xex_image_init(&f->want_image, &f->want, &f->keys, &f->err));
}

static bool apply(struct fixture *f)
{
    /* An exact copy, so that a read behind the end is seen by the address sanitizer. */
    u8 *copy = malloc(f->patch_size);
    memcpy(copy, f->patch, f->patch_size);
    xex_patched_finish(&f->got);
    bool good = xex_patch(&f->got, &f->base, &f->image, &f->keys, copy, f->patch_size, &f->err);
    free(copy);
    return good;
}

static void drop(struct fixture *f)
{
    xex_patched_finish(&f->got);
    xex_image_finish(&f->image);
    xex_image_finish(&f->want_image);
    free(f->old);
    free(f->new);
    free(f->patch);
}

static void test_patch_makes_the_new_title(void **state)
{
    (void)state;
    static const u8 development_key[16];
    for (u32 form = 0; form < 9; form++) {
        struct fixture f;
        make(&f, form / 3, form % 3, form % 3 == 2 ? other_key : development_key);
        if (!apply(&f))
            fail_msg("form %u: %s", form, f.err.text);
        assert_int_equal(f.got.xex.header_size, f.want.header_size);
        assert_memory_equal(f.got.header, f.new, f.want.header_size);
        assert_int_equal(f.got.image.size, f.want_image.size);
        assert_memory_equal(f.got.image.data, f.want_image.data, f.want_image.size);
        assert_int_equal(f.got.xex.stack_size, 0x40000);
        assert_int_equal(xex_check(&f.got.xex, &f.got.image, NULL, NULL), 0);
        assert_true(f.patch_size < 0x3000);
        drop(&f);
    }
}

static u8 *descriptor(u8 *f)
{
    for (u32 i = 0; i < load_be32(f + 0x14); i++)
        if (load_be32(f + XEX_HEADER_KEYS + 8 * i) == XEX_DELTA_PATCH)
            return f + load_be32(f + XEX_HEADER_KEYS + 8 * i + 4);
    fail_msg("no descriptor");
    return NULL;
}

/* clang-format off */
static void break_kind(u8 *f) { store_be32(f + 4, XEX_MODULE_TITLE); }
static void break_source(u8 *f) { descriptor(f)[0x0C] ^= 1; }
static void break_descriptor(u8 *f) { store_be32(f + XEX_HEADER_KEYS + 8, 0x000006FF); }
static void break_descriptor_size(u8 *f) { store_be32(descriptor(f), 0x40); }
static void break_header_size(u8 *f) { store_be32(descriptor(f) + 0x30, 0x7FFFFFFF); }
static void break_header_move(u8 *f) { store_be32(descriptor(f) + 0x34, 0x7FFFFFFF); }
static void break_header_record(u8 *f) { store_be32(descriptor(f) + 0x4C + 4, 0x7FFFFFFF); }
static void break_header_bytes(u8 *f) { store_be16(descriptor(f) + 0x4C + 10, 0xFFFF); }
static void break_header_old(u8 *f) { store_be32(descriptor(f) + 0x4C, 0x7FFFFFFF); }
static void break_image_move(u8 *f) { store_be32(descriptor(f) + 0x44, 0x7FFFFFFF); }
static void break_block(u8 *f) { f[load_be32(f + 8) + 0x30] ^= 1; }
static void break_block_size(u8 *f) { store_be32(f + load_be32(f + XEX_HEADER_KEYS + 4) + 12, 0x7FFFFFFF); }
static void break_window(u8 *f) { store_be32(f + load_be32(f + XEX_HEADER_KEYS + 4) + 8, 0x8001); }
/* clang-format on */

static const struct {
    void (*mutate)(u8 *file);
    const char *error;
} broken[] = {
    {break_kind, "security info at 0x1BC: the page descriptors cover 0x0 bytes"},
    {break_source, "the patch is for another title, or for another version of it"},
    {break_descriptor, "no optional header describes the patch"},
    {break_descriptor_size, "the patch's descriptor is too short"},
    {break_header_size, "patch of the header: 0x7FFFFFFF bytes are too many"},
    {break_header_move, "patch of the header: 0x1000 bytes cannot move from 0x7FFFFFFF to 0x0"},
    {break_header_record, "patch of the header: a record for 0x1000 bytes at 0x7FFFFFFF ends behind its 0x1000 bytes"},
    {break_header_bytes, "patch of the header: a record of 0xFFFF bytes ends behind its block"},
    {break_header_old, "patch of the header: a record from 0x1000 bytes at 0x7FFFFFFF ends behind its 0x1000 bytes"},
    {break_image_move, "patch of the image: 0x7FFFFFFF bytes cannot move from 0x0 to 0x0"},
    {break_block, "the block's hash does not match"},
    {break_block_size, "a block of 0x7FFFFFFF bytes, 0x"},
    {break_window, "no LZX stream has a window of 0x8001 bytes"},
};

static void test_broken_patches_are_named(void **state)
{
    (void)state;
    static const u8 development_key[16];
    for (size_t i = 0; i < countof(broken); i++) {
        struct fixture f;
        make(&f, XEX_BASIC, false, development_key);
        broken[i].mutate(f.patch);
        if (apply(&f))
            fail_msg("accepted: %s", broken[i].error);
        if (!strstr(f.err.text, broken[i].error))
            fail_msg("\"%s\" lacks \"%s\"", f.err.text, broken[i].error);
        drop(&f);
    }
}

static void test_other_keys_are_noticed(void **state)
{
    (void)state;
    static const u8 development_key[16];
    struct fixture f;
    make(&f, XEX_BASIC, true, development_key);
    descriptor(f.patch)[0x20] ^= 1;
    assert_false(apply(&f));
    assert_non_null(strstr(f.err.text, "the patch's keys do not fit the title's"));
    drop(&f);
}

/* Files cut at every place, and every byte of the headers turned: an error, or a title; nothing else. */
static void test_damage_anywhere_is_survived(void **state)
{
    (void)state;
    static const u8 development_key[16];
    struct fixture f;
    u32 refused = 0;
    make(&f, XEX_BASIC, true, development_key);
    size_t whole = f.patch_size;
    for (u32 i = 0; i < 0x400; i++) {
        f.patch[i] ^= 0x11;
        refused += !apply(&f);
        f.patch[i] ^= 0x11;
    }
    assert_true(refused > 100);
    for (f.patch_size = 0; f.patch_size < whole; f.patch_size += f.patch_size < 0x200 ? 3 : 0x111)
        assert_false(apply(&f));
    drop(&f);
}

static void test_delta_reaches_into_the_old_bytes(void **state)
{
    (void)state;
    enum { SIZE = 0x3000 };
    static u8 both[LZX_WINDOW_MIN + SIZE], out[SIZE];
    u8 *old = both + LZX_WINDOW_MIN - SIZE, *new = both + LZX_WINDOW_MIN;
    struct err err;
    struct mkxex_stream stream;
    const struct mkxex_lzx how = {.window = LZX_WINDOW_MIN, .block = SIZE, .known = LZX_WINDOW_MIN};
    for (u32 i = 0, x = 1; i < SIZE; i++)
        old[i] = (u8)((x = x * 1103515245 + 12345) >> 16);
    memcpy(new, old, SIZE);
    new[0x1000] ^= 1;
    mkxex_lzx_pack(both, sizeof both, &how, &stream);
    assert_true(stream.size < 0x400); /* random bytes: only the old ones make it small */
    assert_true(lzx_decode_delta(LZX_WINDOW_MIN, stream.data, stream.size, old, SIZE, out, SIZE, &err));
    assert_memory_equal(out, new, SIZE);
    assert_false(lzx_decode(LZX_WINDOW_MIN, stream.data, stream.size, out, SIZE, &err));
    assert_false(lzx_decode_delta(LZX_WINDOW_MIN, stream.data, stream.size, both, sizeof both, out, SIZE, &err));
    free(stream.data);
    free(stream.frame_ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patch_makes_the_new_title),        cmocka_unit_test(test_broken_patches_are_named),
        cmocka_unit_test(test_other_keys_are_noticed),           cmocka_unit_test(test_damage_anywhere_is_survived),
        cmocka_unit_test(test_delta_reaches_into_the_old_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
