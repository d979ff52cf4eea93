/* SPDX-License-Identifier: BSD-3-Clause
 * Disc images: what is written of a folder reads as the folder does, from every known place of the partition; broken
 * images of every kind with the sentence each gets. */
#define _GNU_SOURCE
#include "tests/unit/image_sample.h"

#include "emu/host/image_gdfx.h"
#include "emu/host/image_write.h"

static int make_folder(void **state)
{
    (void)state;
    return make_sample(" of a directory of many sectors", 300, 1);
}

static void write_image(const char *name)
{
    struct err err;
    u64 size;
    struct folder *folder = folder_open(in_place("game"), 0, &err);
    if (!folder || !image_write(folder, in_place(name), &size, &err))
        fail_msg("%s", err.text);
    folder_close(folder);
}

static void test_image_reads_as_its_folder(void **state)
{
    (void)state;
    struct err err;
    size_t a_size, b_size;
    write_image("a.iso");
    struct folder *a = folder_open(in_place("game"), FILETIME, &err);
    struct folder *b = folder_open_image(in_place("a.iso"), FILETIME, &err);
    assert_non_null(a);
    if (!b)
        fail_msg("%s", err.text);
    const char *a_list = folder_list(a, &a_size), *b_list = folder_list(b, &b_size);
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a_list, b_list, a_size);
    assert_non_null(memmem(b_list, b_size, "d empty\n", 8));
    assert_int_equal(compare_files(a, b, 0x1000), 306);
    folder_close(a);
    folder_close(b);
}

static void test_same_folder_gives_same_bytes(void **state)
{
    (void)state;
    struct err err;
    u8 *a, *b;
    size_t a_size, b_size;
    write_image("a.iso");
    write_image("b.iso");
    assert_true(file_load(in_place("a.iso"), &a, &a_size, &err));
    assert_true(file_load(in_place("b.iso"), &b, &b_size, &err));
    assert_int_equal(a_size, b_size);
    assert_int_equal(a_size % GDFX_SECTOR, 0);
    assert_memory_equal(a, b, a_size);
    free(a);
    free(b);
}

/* A dump of a whole disc: the partition lies far inside; the file has holes before it. */
static void test_partition_at_every_known_place(void **state)
{
    (void)state;
    static const u64 starts[] = {0xFB20, 0x20600, 0x2080000, 0xFD90000, 0x18300000};
    struct err err;
    u8 *image;
    size_t size, want_size, list_size;
    write_image("a.iso");
    assert_true(file_load(in_place("a.iso"), &image, &size, &err));
    struct folder *want = folder_open(in_place("game"), FILETIME, &err);
    for (u32 i = 0; i < countof(starts); i++) {
        FILE *out = fopen(in_place("whole.iso"), "wb");
        assert_int_equal(fseeko(out, (off_t)starts[i], SEEK_SET), 0);
        assert_int_equal(fwrite(image, 1, size, out), size);
        fclose(out);
        assert_true(folder_is_image(in_place("whole.iso")));
        struct folder *got = folder_open_image(in_place("whole.iso"), FILETIME, &err);
        if (!got)
            fail_msg("%s", err.text);
        const char *list = folder_list(got, &list_size);
        assert_memory_equal(list, folder_list(want, &want_size), list_size);
        assert_int_equal(compare_files(want, got, 0x1000), 306);
        folder_close(got);
    }
    folder_close(want);
    free(image);
}

static void test_other_files_are_no_images(void **state)
{
    (void)state;
    struct err err;
    assert_false(folder_is_image(in_place("game/data.txt")));
    assert_false(folder_is_image(in_place("game")));
    assert_false(folder_is_image(in_place("nowhere")));
    assert_null(folder_open_image(in_place("game/data.txt"), 0, &err));
    assert_non_null(strstr(err.text, "game/data.txt: not a disc image: no partition at any known place"));
}

static void test_names_that_no_disc_has(void **state)
{
    (void)state;
    struct err err;
    u64 size;
    mkdir(in_place("odd"), 0755);
    make_file("odd/tab\there", 3);
    struct folder *folder = folder_open(in_place("odd"), 0, &err);
    assert_non_null(folder);
    assert_false(image_write(folder, in_place("odd.iso"), &size, &err));
    assert_non_null(strstr(err.text, "a name that no file can have"));
    assert_int_not_equal(access(in_place("odd.iso"), F_OK), 0);
    assert_int_not_equal(access(in_place("odd.iso.new"), F_OK), 0);
    folder_close(folder);
}

/* ---- Broken images, in memory ---- */

static void put32(u8 *p, u32 value)
{
    for (u32 i = 0; i < 4; i++)
        p[i] = (u8)(value >> (8 * i));
}

enum { MAGIC = GDFX_DESCRIPTOR * GDFX_SECTOR, ROOT = MAGIC + GDFX_SECTOR, DATA = ROOT + GDFX_SECTOR };

/* The first entry is default.xex, the middle one of the root by name. */
/* clang-format off */
static void break_magic(u8 *f) { f[MAGIC + 3] = 'X'; }
static void break_magic_again(u8 *f) { f[MAGIC + GDFX_MAGIC_AGAIN] = 'X'; }
static void break_root(u8 *f) { put32(f + MAGIC + GDFX_ROOT_SECTOR, 0xFFFFFFFF); }
static void break_root_size(u8 *f) { put32(f + MAGIC + GDFX_ROOT_SIZE, 0xFFFFFFFF); }
static void break_root_large(u8 *f) { put32(f + MAGIC + GDFX_ROOT_SIZE, 0x40001); }
static void break_left(u8 *f) { f[ROOT] = 0xFE; f[ROOT + 1] = 0x01; }
static void break_right(u8 *f) { f[ROOT + 2] = 0xFF; f[ROOT + 3] = 0x7F; }
static void break_loop(u8 *f) { f[ROOT + 2] = f[ROOT]; f[ROOT + 3] = f[ROOT + 1]; }
static void break_sector(u8 *f) { put32(f + ROOT + 4, 0x7FFFFFFF); }
static void break_size(u8 *f) { put32(f + ROOT + 8, 0x7FFFFFFF); }
static void break_name_size(u8 *f) { f[ROOT + 13] = 0; }
static void break_name_slash(u8 *f) { f[ROOT + 14] = '/'; }
static void break_name_back(u8 *f) { f[ROOT + 15] = '\\'; }
static void break_name_line(u8 *f) { f[ROOT + 14] = '\n'; }
static void break_name_up(u8 *f) { memcpy(f + ROOT + 13, "\2..", 3); }
static void break_self(u8 *f) { f[ROOT + 12] = GDFX_DIRECTORY; put32(f + ROOT + 4, GDFX_DESCRIPTOR + 1); put32(f + ROOT + 8, GDFX_SECTOR); }
/* clang-format on */

static const struct broken broken[] = {
    {break_magic, "not a disc image: no partition at any known place"},
    {break_magic_again, "not a disc image: no partition at any known place"},
    {break_root, "image at 0x10014: the root directory (0x800 bytes at 0x7FFFFFFF800) ends behind the image"},
    {break_root_size, "image at 0x10014: the root directory (0xFFFFFFFF bytes at 0x10800) ends behind the image"},
    {break_root_large, "image at 0x10800: a directory of 0x40001 bytes is too large"},
    {break_left, "image at 0x10FF8: an entry lies outside its directory"},
    {break_right, "image at 0x307FC: an entry lies outside its directory"},
    {break_loop, "image at 0x10800: an entry of a directory is reached twice"},
    {break_sector, "ends behind the image of 0x"},
    {break_size, "ends behind the image of 0x"},
    {break_name_size, "image at 0x10800: a name that no file can have"},
    {break_name_slash, "image at 0x10800: a name that no file can have"},
    {break_name_back, "image at 0x10800: a name that no file can have"},
    {break_name_line, "image at 0x10800: a name that no file can have"},
    {break_name_up, "image at 0x10800: a name that no file can have"},
    {break_self, "directories deeper than 32 levels"},
};

static void test_broken_images_are_named(void **state)
{
    (void)state;
    struct err err;
    u8 *image;
    size_t size;
    write_image("a.iso");
    assert_true(file_load(in_place("a.iso"), &image, &size, &err));
    assert_memory_equal(image + ROOT + 13, "\13default.xex", 12);
    assert_true(list_copy(image_gdfx_list, image, size, &err));
    check_broken(image_gdfx_list, image, size, broken, countof(broken));
    for (size_t cut = 0; cut < size - GDFX_SECTOR; cut += 7001)
        assert_false(list_copy(image_gdfx_list, image, cut, &err));
    free(image);
}

/* A file twice under one name: nobody can tell which is meant. */
static void test_double_names_are_refused(void **state)
{
    (void)state;
    struct err err;
    u8 *image;
    size_t size;
    write_image("a.iso");
    assert_true(file_load(in_place("a.iso"), &image, &size, &err));
    u8 *found = memmem(image + DATA, size - DATA, "\5B.bin", 6);
    assert_non_null(found);
    found[1] = 'a';
    assert_true(file_save(in_place("twice.iso"), image, size, FILETIME, &err));
    assert_null(folder_open_image(in_place("twice.iso"), 0, &err));
    assert_non_null(strstr(err.text, "twice.iso: data/a.bin is there twice"));
    free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image_reads_as_its_folder),      cmocka_unit_test(test_same_folder_gives_same_bytes),
        cmocka_unit_test(test_partition_at_every_known_place), cmocka_unit_test(test_other_files_are_no_images),
        cmocka_unit_test(test_names_that_no_disc_has),         cmocka_unit_test(test_broken_images_are_named),
        cmocka_unit_test(test_double_names_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
