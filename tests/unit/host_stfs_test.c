/* SPDX-License-Identifier: BSD-3-Clause
 * Packages: what is written of a folder reads as the folder does, in every form; tables stand where the console has
 * them; broken packages of every kind with the sentence each gets. */
#define _GNU_SOURCE
#include "tests/unit/image_sample.h"

#include "emu/host/image_stfs.h"
#include "emu/host/stfs_write.h"
#include "emu/loader/xex.h"

static int make_folder(void **state)
{
    (void)state;
    return make_sample("", 100, 100);
}

static void write_package(const char *name, enum stfs_kind kind, bool scatter)
{
    struct err err;
    u64 size;
    const struct stfs_options options = {
        .kind = kind, .scatter = scatter, .title_id = 0x4C530001, .content_type = 0x4000, .name = "test"};
    struct folder *folder = folder_open(in_place("game"), 0, &err);
    if (!folder || !stfs_write(folder, in_place(name), &options, &size, &err))
        fail_msg("%s", err.text);
    folder_close(folder);
}

static void test_package_reads_as_its_folder(void **state)
{
    (void)state;
    struct err err;
    size_t a_size, b_size;
    for (u32 form = 0; form < 6; form++) {
        write_package("a.pkg", (enum stfs_kind)(form / 2), form % 2);
        assert_true(folder_is_image(in_place("a.pkg")));
        struct folder *a = folder_open(in_place("game"), FILETIME, &err);
        struct folder *b = folder_open_image(in_place("a.pkg"), FILETIME, &err);
        assert_non_null(a);
        if (!b)
            fail_msg("%s", err.text);
        const char *a_list = folder_list(a, &a_size), *b_list = folder_list(b, &b_size);
        assert_int_equal(a_size, b_size);
        assert_memory_equal(a_list, b_list, a_size);
        assert_int_equal(compare_files(a, b, 0x2345), 106);
        folder_close(a);
        folder_close(b);
    }
}

static void test_same_folder_gives_same_bytes(void **state)
{
    (void)state;
    struct err err;
    u8 *a, *b;
    size_t a_size, b_size;
    write_package("a.pkg", STFS_CON, true);
    write_package("b.pkg", STFS_CON, true);
    assert_true(file_load(in_place("a.pkg"), &a, &a_size, &err));
    assert_true(file_load(in_place("b.pkg"), &b, &b_size, &err));
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a, b, a_size);
    free(a);
    free(b);
}

/* Walks blocks as they lie: each place is a data block's, or a table's that is due there. */
static void test_tables_stand_before_what_they_cover(void **state)
{
    (void)state;
    for (u32 copies = 1; copies <= 2; copies++) {
        u32 at = 0;
        for (u32 block = 0; block < 3 * 28900; block++) {
            if (block == 28900) {
                assert_int_equal(image_stfs_table(block, 2, copies), at);
                at += copies;
            }
            if (block && block % 28900 == 0) {
                assert_int_equal(image_stfs_table(block, 1, copies), at);
                at += copies;
            }
            if (block == 170) {
                assert_int_equal(image_stfs_table(block, 1, copies), at);
                at += copies;
            }
            if (block % 170 == 0) {
                assert_int_equal(image_stfs_table(block, 0, copies), at);
                at += copies;
            }
            if (image_stfs_block(block, copies) != at)
                fail_msg("block %u: %u instead of %u", block, image_stfs_block(block, copies), at);
            at++;
        }
    }
}

/* ---- Broken packages, in memory ---- */

/* Of the writable form: header, two copies of the first table (the second is valid), the directory's first block. */
enum { TABLE = 0xA000 + STFS_BLOCK, DIRECTORY = TABLE + STFS_BLOCK, DATA_ENTRY = DIRECTORY, B_ENTRY = DIRECTORY + 64 };

/* Whoever breaks a package can make its digests right again. */
static void rehash(u8 *f)
{
    u8 *top = f + TABLE + image_stfs_table(0, 1, 2) * STFS_BLOCK;
    xex_digest(f + TABLE, f + DIRECTORY, STFS_BLOCK, NULL, 0);
    xex_digest(top, f + TABLE, STFS_BLOCK, NULL, 0);
    xex_digest(f + STFS_TOP_DIGEST, top, STFS_BLOCK, NULL, 0);
}

/* clang-format off */
static void break_magic(u8 *f) { f[0] = 'X'; }
static void break_volume(u8 *f) { store_be32(f + STFS_VOLUME_TYPE, 1); }
static void break_header_size(u8 *f) { store_be32(f + STFS_HEADER_SIZE, 0x7FFFFFFF); }
static void break_header_small(u8 *f) { store_be32(f + STFS_HEADER_SIZE, 0x200); }
static void break_descriptor(u8 *f) { f[STFS_DESCRIPTOR] = 0; }
static void break_directory_count(u8 *f) { f[STFS_DIRECTORY_COUNT + 1] = 0xFF; }
static void break_directory_first(u8 *f) { memset(f + STFS_DIRECTORY_FIRST, 0xFF, 3); }
static void break_directory_next(u8 *f) { store_be32(f + TABLE + 20, STFS_USED | 0x123456); rehash(f); }
static void break_parent(u8 *f) { store_be16(f + DATA_ENTRY + 0x32, 1000); rehash(f); }
static void break_parent_file(u8 *f) { store_be16(f + DATA_ENTRY + 0x32, 1); rehash(f); }
static void break_parent_self(u8 *f) { store_be16(f + DATA_ENTRY + 0x32, 0); rehash(f); }
static void break_name_long(u8 *f) { f[DATA_ENTRY + 0x28] |= 0x3F; rehash(f); }
static void break_name_slash(u8 *f) { f[DATA_ENTRY] = '/'; rehash(f); }
static void break_name_line(u8 *f) { f[DATA_ENTRY] = '\n'; rehash(f); }
static void break_name_up(u8 *f) { memcpy(f + DATA_ENTRY, "..", 2); f[DATA_ENTRY + 0x28] = 0x82; rehash(f); }
static void break_first(u8 *f) { memset(f + B_ENTRY + 0x2F, 0xFF, 3); rehash(f); }
static void break_size(u8 *f) { store_be32(f + B_ENTRY + 0x34, 0xFFFFFFFF); rehash(f); }
static void break_chain(u8 *f) { memset(f + TABLE + 24 * 2, 0xFF, 24 * 100); rehash(f); }
static void break_loop(u8 *f) { store_be32(f + B_ENTRY + 0x34, 0x200000); store_be32(f + TABLE + 24 * 2 + 20, STFS_USED | 2); rehash(f); }
static void break_table(u8 *f) { f[TABLE + 24 * 5] ^= 1; }
static void break_table_digest(u8 *f) { f[STFS_TOP_DIGEST] ^= 1; }
static void break_directory(u8 *f) { f[DIRECTORY + STFS_BLOCK - 1] ^= 1; }
/* clang-format on */

static const struct broken broken[] = {
    {break_magic, "not a package: it does not begin with CON, LIVE or PIRS"},
    {break_volume, "package at 0x3A9: volume type 1 is not supported, only STFS (0)"},
    {break_header_size, "package at 0x340: a header of 0x7FFFFFFF bytes in a package of 0x"},
    {break_header_small, "package at 0x340: a header of 0x200 bytes in a package of 0x"},
    {break_descriptor, "package at 0x379: a volume descriptor of 0x0 bytes, not 0x24"},
    {break_directory_count, "package at 0x37C: a directory of 65282 blocks is too large"},
    {break_directory_first, "package: block 16777215 of the directory (at 0x"},
    {break_directory_next, "package: block 1193046 of the directory (at 0x"},
    {break_parent, "package: directory entry 0 lies in entry 1000, which is no directory"},
    {break_parent_file, "package: directory entry 0 lies in entry 1, which is no directory"},
    {break_parent_self, "package: directory entry 0 lies deeper than 32 levels"},
    {break_name_long, "package: directory entry 0 has a name that no file can have"},
    {break_name_slash, "package: directory entry 0 has a name that no file can have"},
    {break_name_line, "package: directory entry 0 has a name that no file can have"},
    {break_name_up, "package: directory entry 0 has a name that no file can have"},
    {break_first, "package: block 16777215 of data/B.bin (at 0x"},
    {break_size, "package: block 16777215 of data/B.bin (at 0x"},
    {break_chain, "package: block 16777215 of "},
    {break_loop, "package: data/B.bin claims blocks that other files have"},
    {break_table, "package: the hash table of block 0 (at 0xB000) does not match its digest"},
    {break_table_digest, "package: the hash table of block 0 (at 0xB7000) does not match its digest"},
    {break_directory, "package: block 0 of the directory (at 0xC000) does not match its digest"},
};

static void test_broken_packages_are_named(void **state)
{
    (void)state;
    struct err err;
    u8 *package;
    size_t size;
    write_package("a.pkg", STFS_CON, true);
    assert_true(file_load(in_place("a.pkg"), &package, &size, &err));
    assert_memory_equal(package + DATA_ENTRY, "data\0", 5);
    assert_memory_equal(package + B_ENTRY, "B.bin\0", 6);
    assert_true(list_copy(image_stfs_list, package, size, &err));
    check_broken(image_stfs_list, package, size, broken, countof(broken));
    for (size_t cut = 0; cut < size - STFS_BLOCK; cut += 17001)
        assert_false(list_copy(image_stfs_list, package, cut, &err));
    free(package);
}

static size_t index_of(struct folder *folder, const char *path)
{
    struct folder_entry entry;
    for (size_t i = 0; folder_at(folder, i, &entry); i++)
        if (!strcmp(entry.path, path))
            return i;
    fail_msg("there is no %s", path);
    return 0;
}

/* A byte of a file is another: reads that touch its block fail, and say which; others do not. */
static void test_a_bad_block_of_a_file_is_named(void **state)
{
    (void)state;
    struct err err;
    u8 *package;
    const u8 *data;
    size_t size, moved;
    write_package("a.pkg", STFS_CON, false);
    assert_true(file_load(in_place("a.pkg"), &package, &size, &err));
    u32 first = package[B_ENTRY + 0x2F] | (u32)package[B_ENTRY + 0x30] << 8;
    package[0xA000 + image_stfs_block(first, 2) * STFS_BLOCK + 100] ^= 4;
    FILE *out = fopen(in_place("bad.pkg"), "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(package, 1, size, out), size);
    fclose(out);
    struct folder *folder = folder_open_image(in_place("bad.pkg"), FILETIME, &err);
    assert_non_null(folder);
    assert_true(folder_read(folder, index_of(folder, "data/a.bin"), 0, 5000, &data, &moved, &err));
    assert_int_equal(moved, 4097);
    assert_false(folder_read(folder, index_of(folder, "data/B.bin"), 0, 10, &data, &moved, &err));
    assert_non_null(strstr(err.text, "bad.pkg/data/B.bin: its block 0 does not match its digest in the package"));
    folder_close(folder);
    free(package);
}

static void test_names_that_no_package_has(void **state)
{
    (void)state;
    struct err err;
    u64 size;
    const struct stfs_options options = {.kind = STFS_LIVE};
    mkdir(in_place("odd"), 0755);
    make_file("odd/a name of more than forty bytes, which is one too many", 3);
    struct folder *folder = folder_open(in_place("odd"), 0, &err);
    assert_non_null(folder);
    assert_false(stfs_write(folder, in_place("odd.pkg"), &options, &size, &err));
    assert_non_null(strstr(err.text, "a name in a package has at most 40 bytes"));
    assert_int_not_equal(access(in_place("odd.pkg"), F_OK), 0);
    folder_close(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_package_reads_as_its_folder),         cmocka_unit_test(test_same_folder_gives_same_bytes),
        cmocka_unit_test(test_tables_stand_before_what_they_cover), cmocka_unit_test(test_broken_packages_are_named),
        cmocka_unit_test(test_a_bad_block_of_a_file_is_named),      cmocka_unit_test(test_names_that_no_package_has),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
