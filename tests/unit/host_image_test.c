/* SPDX-License-Identifier: BSD-3-Clause
 * Disc images: what is written of a folder reads as the folder does, from every known place of the partition; broken
 * images of every kind with the sentence each gets. */
#define _GNU_SOURCE
#include "emu/host/image_gdfx.h"
#include "emu/host/image_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FILETIME 127770912000000000ull

static char place[512]; /* a folder of this run */

static const char *in_place(const char *name)
{
    static char path[2][1024];
    static u32 turn;
    char *p = path[turn++ % 2];
    snprintf(p, sizeof path[0], "%s/%s", place, name);
    return p;
}

static void make_file(const char *name, u32 size)
{
    struct err err;
    u8 *bytes = malloc(size + 1);
    for (u32 i = 0; i < size; i++)
        bytes[i] = (u8)(i * 7 + i / 256 + (u32)name[0]);
    assert_true(file_save(in_place(name), bytes, size, FILETIME, &err));
    free(bytes);
}

static int make_folder(void **state)
{
    (void)state;
    char name[64];
    const char *tmp = getenv("TMPDIR");
    snprintf(place, sizeof place, "%s/lockstep-image-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(place))
        return -1;
    for (const char *const *p =
             (const char *const[]){"game", "game/data", "game/data/deep", "game/empty", "game/many", NULL};
         *p; p++)
        mkdir(in_place(*p), 0755);
    make_file("game/default.xex", 5000);
    make_file("game/data/B.bin", 2048);
    make_file("game/data/a.bin", 2049);
    make_file("game/data/nothing", 0);
    make_file("game/data/deep/x", 1);
    make_file("game/data.txt", 70000);
    for (u32 i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "game/many/file number %u of a directory of many sectors", i * 7919 % 300);
        make_file(name, i);
    }
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[600];
    snprintf(command, sizeof command, "rm -rf '%s'", place);
    return system(command);
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

static void compare_files(struct folder *a, struct folder *b)
{
    struct err err;
    struct folder_entry entry;
    u32 files = 0;
    for (size_t i = 0; folder_at(a, i, &entry); i++) {
        if (entry.is_directory)
            continue;
        files++;
        for (u64 at = 0; at <= entry.size; at += 0x1000) {
            const u8 *x, *y;
            size_t nx, ny;
            assert_true(folder_read(a, i, at, 0x1000, &x, &nx, &err));
            assert_true(folder_read(b, i, at, 0x1000, &y, &ny, &err));
            assert_int_equal(nx, ny);
            assert_int_equal(nx, entry.size - at < 0x1000 ? entry.size - at : 0x1000);
            if (nx)
                assert_memory_equal(x, y, nx);
        }
    }
    assert_int_equal(files, 306);
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
    compare_files(a, b);
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
        compare_files(want, got);
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

struct memory {
    const u8 *bytes;
    u64 size;
};

static bool read_memory(void *context, u64 offset, void *out, size_t size, struct err *err)
{
    const struct memory *m = context;
    if (offset > m->size || size > m->size - offset)
        return err_set(err, "outside: 0x%zX bytes at 0x%llX", size, (unsigned long long)offset);
    memcpy(out, m->bytes + offset, size);
    return true;
}

static bool ignore(void *context, const struct image_file *file, struct err *err)
{
    (void)err;
    *(u32 *)context += 1;
    return file->path[0] != 0;
}

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

static const struct {
    void (*mutate)(u8 *file);
    const char *error;
} broken[] = {
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

static bool list_copy(const u8 *image, u64 size, struct err *err)
{
    /* An exact copy, so that a read behind the end is seen by the address sanitizer. */
    u8 *copy = malloc(size ? size : 1);
    u32 count = 0;
    memcpy(copy, image, size);
    struct memory memory = {copy, size};
    const struct image_source source = {.read = read_memory, .context = &memory, .size = size};
    const struct image_listener listener = {.add = ignore, .context = &count};
    bool good = image_gdfx_list(&source, &listener, err);
    free(copy);
    return good;
}

static void test_broken_images_are_named(void **state)
{
    (void)state;
    struct err err;
    u8 *image;
    size_t size;
    write_image("a.iso");
    assert_true(file_load(in_place("a.iso"), &image, &size, &err));
    assert_memory_equal(image + ROOT + 13, "\13default.xex", 12);
    assert_true(list_copy(image, size, &err));
    for (size_t i = 0; i < countof(broken); i++) {
        u8 *copy = malloc(size);
        memcpy(copy, image, size);
        broken[i].mutate(copy);
        if (list_copy(copy, size, &err))
            fail_msg("accepted: %s", broken[i].error);
        if (!strstr(err.text, broken[i].error))
            fail_msg("\"%s\" lacks \"%s\"", err.text, broken[i].error);
        free(copy);
    }
    for (size_t cut = 0; cut < size - GDFX_SECTOR; cut += 7001)
        assert_false(list_copy(image, cut, &err));
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
