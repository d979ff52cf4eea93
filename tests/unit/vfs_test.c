/* SPDX-License-Identifier: BSD-3-Clause
 * Paths, directories and bytes of the virtual file system. */
#include "tests/unit/rig.h"

#include "emu/vfs/tree.h"

#include <stdio.h>

static const char disc[] = "d data\n"
                           "f 200000 1000 data\\big.bin\n"
                           "f 5 1000 data\\Small.txt\n"
                           "f 0 1000 default.xex\n";

static struct rig *make(void)
{
    struct rig *rig = rig_create();
    rig->disc = disc;
    rig->partitions[DEVICE_CACHE0] = "d old\nf 5000 7 old\\a.bin\nf 3 8 z.bin\n";
    rig->mount = "m Dlc\nd more\nf 70000 1000 more\\x.bin\n";
    rig_mount(rig);
    return rig;
}

static u32 status_of(struct rig *rig, const char *path)
{
    u32 status = 0xFFFFFFFF;
    u32 node = vfs_find(rig->e, path, &status);
    assert_int_equal(node != 0, status == STATUS_SUCCESS);
    return status;
}

static void test_find_takes_every_spelling(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 status;
    u32 node = vfs_find(rig->e, "game:\\data\\big.bin", &status);
    assert_int_not_equal(node, 0);
    const char *same[] = {"d:\\DATA\\BIG.BIN",
                          "\\??\\game:\\data\\big.bin",
                          "\\Device\\Cdrom0\\data\\big.bin",
                          "game:/data/big.bin",
                          "game:data\\big.bin",
                          "game:\\data\\..\\data\\.\\big.bin",
                          "\\DosDevices\\D:\\\\data\\big.bin",
                          "game:\\..\\..\\data\\big.bin",
                          "\\device\\CDROM0\\..\\..\\data\\big.bin"};
    for (u32 i = 0; i < countof(same); i++)
        assert_int_equal(vfs_find(rig->e, same[i], &status), node);
    rig_destroy(rig);
}

static void test_find_says_what_is_missing(void **state)
{
    (void)state;
    struct rig *rig = make();
    assert_int_equal(status_of(rig, "game:\\none"), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(status_of(rig, "game:\\none\\x"), STATUS_OBJECT_PATH_NOT_FOUND);
    assert_int_equal(status_of(rig, "game:\\default.xex\\x"), STATUS_OBJECT_PATH_NOT_FOUND);
    assert_int_equal(status_of(rig, "x:\\none"), STATUS_OBJECT_PATH_NOT_FOUND);
    assert_int_equal(status_of(rig, "x:"), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(status_of(rig, ""), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(status_of(rig, "game:"), STATUS_SUCCESS);
    assert_int_equal(status_of(rig, "\\Device\\Cdrom01\\data"), STATUS_OBJECT_PATH_NOT_FOUND);
    char deep[VPATH_MAX + 8];
    memset(deep, 'a', sizeof deep);
    memcpy(deep, "game:\\", 6);
    deep[sizeof deep - 1] = '\0';
    assert_int_equal(status_of(rig, deep), STATUS_OBJECT_NAME_INVALID);
    deep[200] = '\0';
    assert_int_equal(status_of(rig, deep), STATUS_OBJECT_NAME_INVALID);
    rig_destroy(rig);
}

static void test_links_follow_each_other_but_not_for_ever(void **state)
{
    (void)state;
    struct rig *rig = make();
    assert_int_equal(vfs_link(rig->e, "\\??\\save:", "cache:\\old"), STATUS_SUCCESS);
    assert_int_equal(status_of(rig, "save:\\a.bin"), STATUS_SUCCESS);
    assert_int_equal(vfs_link(rig->e, "save:", "game:"), STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(vfs_link(rig->e, "d:", "\\Device\\Cdrom0\\data"), STATUS_SUCCESS); /* a preset one */
    assert_int_equal(status_of(rig, "d:\\big.bin"), STATUS_SUCCESS);
    assert_int_equal(vfs_unlink(rig->e, "\\??\\SAVE:"), STATUS_SUCCESS);
    assert_int_equal(vfs_unlink(rig->e, "save:"), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(vfs_link(rig->e, "a:", "b:\\x"), STATUS_SUCCESS);
    assert_int_equal(vfs_link(rig->e, "b:", "a:\\x"), STATUS_SUCCESS);
    assert_int_not_equal(status_of(rig, "a:\\y"), STATUS_SUCCESS);
    for (u32 i = 0; i < LINKS_MAX * 2; i++) {
        char name[16];
        snprintf(name, sizeof name, "l%u:", i);
        vfs_link(rig->e, name, "game:");
    }
    assert_int_equal(rig->e->m->vfs.link_count, LINKS_MAX);
    rig_destroy(rig);
}

static void test_read_crosses_disc_blocks(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 status, moved;
    u8 buffer[300];
    u32 node = vfs_find(rig->e, "game:\\data\\big.bin", &status);
    assert_int_equal(vfs_read(rig->e, node, 65500, sizeof buffer, buffer, &moved), STATUS_SUCCESS);
    assert_int_equal(moved, sizeof buffer);
    for (u32 i = 0; i < moved; i++)
        assert_int_equal(buffer[i], rig_byte(1, 65500 + i));
    assert_int_equal(vfs_read(rig->e, node, 199990, sizeof buffer, buffer, &moved), STATUS_SUCCESS);
    assert_int_equal(moved, 10);
    assert_int_equal(vfs_read(rig->e, node, 200000, 1, buffer, &moved), STATUS_END_OF_FILE);
    assert_int_equal(vfs_read(rig->e, node, UINT64_MAX, 0xFFFFFFFF, buffer, &moved), STATUS_END_OF_FILE);
    assert_int_equal(vfs_read(rig->e, node, 5, 0, buffer, &moved), STATUS_SUCCESS);
    rig->short_blocks = true;
    assert_int_equal(vfs_read(rig->e, node, 0, 4, buffer, &moved), STATUS_UNSUCCESSFUL);
    assert_non_null(strstr(rig->e->err.text, "big.bin"));
    rig_destroy(rig);
}

static void test_mount_loads_starting_content(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 status, moved;
    u8 buffer[5000];
    u32 node = vfs_find(rig->e, "cache:\\old\\a.bin", &status);
    assert_int_equal(vfs_node(rig->e, node)->written, 7);
    assert_int_equal(vfs_read(rig->e, node, 0, sizeof buffer, buffer, &moved), STATUS_SUCCESS);
    for (u32 i = 0; i < sizeof buffer; i++)
        assert_int_equal(buffer[i], rig_byte(1, i));
    char list[256];
    assert_int_equal(vfs_list(rig->e, DEVICE_CACHE0, list, sizeof list), strlen(rig->partitions[DEVICE_CACHE0]));
    assert_string_equal(list, rig->partitions[DEVICE_CACHE0]);
    rig_destroy(rig);
}

static void test_mount_refuses_damaged_lists(void **state)
{
    (void)state;
    const char *bad[] = {"x",
                         "f 5 a\n",
                         "f 5 1 \n",
                         "d a",
                         "f 18446744073709551616 0 a\n",
                         "d ..\n",
                         "d a\\..\n",
                         "f 1 1 none\\a\n",
                         "f 1 1 a\nd a\\b\n",
                         "d \\a\n",
                         "\n",
                         "f 99999999999 0 a\n"};
    for (u32 i = 0; i < countof(bad); i++) {
        struct rig *rig = rig_create();
        rig->partitions[DEVICE_CACHE0] = bad[i];
        assert_false(vfs_mount(rig->e, &rig->err));
        assert_true(rig->err.text[0] != '\0');
        rig_destroy(rig);
    }
}

static void test_write_grows_and_frees(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 status, moved, free_before, free_after, all;
    vfs_space(rig->e, &free_before, &all);
    u64 hash = vfs_hash(rig->e);
    u32 node = vfs_make(rig->e, "cache:\\new.bin", false, &status);
    u8 bytes[9000], back[9000];
    for (u32 i = 0; i < sizeof bytes; i++)
        bytes[i] = (u8)(i * 13);
    assert_int_equal(vfs_write(rig->e, node, 10000, sizeof bytes, bytes), STATUS_SUCCESS);
    assert_int_equal(vfs_node(rig->e, node)->size, 19000);
    assert_int_equal(vfs_read(rig->e, node, 10000, sizeof back, back, &moved), STATUS_SUCCESS);
    assert_memory_equal(bytes, back, sizeof bytes);
    assert_int_equal(vfs_read(rig->e, node, 0, 1, back, &moved), STATUS_SUCCESS);
    assert_int_equal(back[0], 0);
    assert_int_not_equal(vfs_hash(rig->e), hash);
    assert_int_equal(vfs_resize(rig->e, node, 10001), STATUS_SUCCESS);
    assert_int_equal(vfs_resize(rig->e, node, 10003), STATUS_SUCCESS);
    assert_int_equal(vfs_read(rig->e, node, 10000, 3, back, &moved), STATUS_SUCCESS);
    assert_int_equal(back[0], bytes[0]);
    assert_int_equal(back[1], 0);
    assert_int_equal(vfs_write(rig->e, node, UINT64_MAX - 3, 100, bytes), STATUS_DISK_FULL);
    assert_int_equal(vfs_resize(rig->e, node, 1ull << 40), STATUS_DISK_FULL);
    assert_int_equal(vfs_delete(rig->e, node), STATUS_SUCCESS);
    vfs_space(rig->e, &free_after, &all);
    assert_int_equal(free_before, free_after);
    rig_destroy(rig);
}

static void test_hash_does_not_depend_on_what_was_hashed_before(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 status;
    u32 node = vfs_find(rig->e, "cache:\\z.bin", &status);
    u64 first = vfs_hash(rig->e);
    assert_int_equal(vfs_write(rig->e, node, 1, 1, (const u8 *)"\xA5"), STATUS_SUCCESS);
    u64 second = vfs_hash(rig->e);
    assert_int_not_equal(first, second);
    free(rig->e->files);
    rig->e->files = NULL;
    assert_int_equal(vfs_hash(rig->e), second);
    rig_destroy(rig);
}

static void test_full_disk_changes_nothing(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 status, free_blocks, all;
    u32 node = vfs_make(rig->e, "cache:\\full", false, &status);
    vfs_space(rig->e, &free_blocks, &all);
    assert_int_equal(vfs_resize(rig->e, node, (u64)(free_blocks + 1) * VBLOCK_SIZE), STATUS_DISK_FULL);
    assert_int_equal(vfs_node(rig->e, node)->size, 0);
    u32 still;
    vfs_space(rig->e, &still, &all);
    assert_int_equal(still, free_blocks);
    rig_destroy(rig);
}

static void test_disc_cannot_be_written(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 status;
    u32 node = vfs_find(rig->e, "game:\\data\\big.bin", &status);
    assert_int_equal(vfs_write(rig->e, node, 0, 1, (const u8 *)"x"), STATUS_MEDIA_WRITE_PROTECTED);
    assert_int_equal(vfs_resize(rig->e, node, 0), STATUS_MEDIA_WRITE_PROTECTED);
    assert_int_equal(vfs_delete(rig->e, node), STATUS_ACCESS_DENIED);
    assert_int_equal(vfs_rename(rig->e, node, "game:\\x"), STATUS_ACCESS_DENIED);
    assert_int_equal(vfs_make(rig->e, "game:\\new", false, &status), 0);
    assert_int_equal(status, STATUS_ACCESS_DENIED);
    rig_destroy(rig);
}

static void test_delete_waits_for_the_last_close(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 status, moved;
    u8 byte;
    u32 node = vfs_find(rig->e, "cache:\\z.bin", &status);
    vfs_open(rig->e, node);
    assert_int_equal(vfs_delete(rig->e, node), STATUS_SUCCESS);
    assert_int_equal(status_of(rig, "cache:\\z.bin"), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(vfs_read(rig->e, node, 0, 1, &byte, &moved), STATUS_SUCCESS);
    assert_int_equal(vfs_delete(rig->e, node), STATUS_DELETE_PENDING);
    vfs_close(rig->e, node);
    assert_int_equal(vfs_make(rig->e, "cache:\\again", false, &status), node); /* the slot is free */
    u32 directory = vfs_find(rig->e, "cache:\\old", &status);
    assert_int_equal(vfs_delete(rig->e, directory), STATUS_DIRECTORY_NOT_EMPTY);
    assert_int_equal(vfs_delete(rig->e, rig->e->m->vfs.root[DEVICE_CACHE0]), STATUS_ACCESS_DENIED);
    rig_destroy(rig);
}

static void test_rename_keeps_order_and_refuses_loops(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 status;
    u32 a = vfs_find(rig->e, "cache:\\old\\a.bin", &status);
    u32 old = vfs_find(rig->e, "cache:\\old", &status);
    assert_int_equal(vfs_rename(rig->e, a, "cache:\\m.bin"), STATUS_SUCCESS);
    assert_int_equal(vfs_rename(rig->e, a, "cache:\\M.BIN"), STATUS_SUCCESS); /* case only */
    assert_int_equal(vfs_rename(rig->e, a, "cache:\\z.bin"), STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(vfs_rename(rig->e, a, "cache1:\\z.bin"), STATUS_NOT_SAME_DEVICE);
    assert_int_equal(vfs_rename(rig->e, a, "cache:\\a:b"), STATUS_OBJECT_NAME_INVALID);
    assert_int_equal(vfs_rename(rig->e, old, "cache:\\old\\sub"), STATUS_INVALID_PARAMETER);
    char list[256], path[64];
    vfs_list(rig->e, DEVICE_CACHE0, list, sizeof list);
    assert_string_equal(list, "f 5000 7 M.BIN\nd old\nf 3 8 z.bin\n");
    vfs_path(rig->e, a, path, sizeof path);
    assert_string_equal(path, "cache:\\M.BIN");
    vfs_path(rig->e, a, path, 9);
    assert_string_equal(path, "cache:\\M");
    rig_destroy(rig);
}

static void test_mounts_are_read_only_drives(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 status, moved;
    u8 bytes[16];
    u32 node = vfs_find(rig->e, "dlc:\\MORE\\x.bin", &status);
    assert_int_not_equal(node, 0);
    assert_int_equal(vfs_find(rig->e, "\\Device\\Mount1\\more\\x.bin", &status), node);
    assert_int_equal(status_of(rig, "\\Device\\Mount0"), STATUS_NO_SUCH_DEVICE);
    assert_int_equal(vfs_read(rig->e, node, 65530, sizeof bytes, bytes, &moved), STATUS_SUCCESS);
    assert_int_equal(moved, sizeof bytes);
    for (u32 i = 0; i < moved; i++)
        assert_int_equal(bytes[i], rig_byte(1, 65530 + i));
    assert_int_equal(vfs_make(rig->e, "dlc:\\new", false, &status), 0);
    assert_int_equal(status, STATUS_ACCESS_DENIED);
    assert_int_equal(vfs_link(rig->e, "dlc:", "\\Device\\Cdrom0"), STATUS_SUCCESS); /* the title's own */
    assert_int_equal(status_of(rig, "dlc:\\default.xex"), STATUS_SUCCESS);
    rig_destroy(rig);
}

static void test_damaged_mounts_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"d more\n", "m \n", "m x", "m this name is far too long for any drive\n",
                                      "m x\nf 1 1\n"};
    for (u32 i = 0; i < countof(bad); i++) {
        struct rig *rig = rig_create();
        rig->mount = bad[i];
        assert_false(vfs_mount(rig->e, &rig->err));
        assert_non_null(strstr(rig->err.text, "list of \\Device\\Mount1: line 1 is damaged"));
        rig_destroy(rig);
    }
}

static void test_make_refuses_names_the_console_refuses(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 status;
    const char *bad[] = {"cache:\\a*", "cache:\\a?b", "cache:\\a\x01",
                         "cache:\\1234567890123456789012345678901234567890123"};
    for (u32 i = 0; i < countof(bad); i++) {
        assert_int_equal(vfs_make(rig->e, bad[i], false, &status), 0);
        assert_int_equal(status, STATUS_OBJECT_NAME_INVALID);
    }
    assert_int_equal(vfs_make(rig->e, "cache:\\old", true, &status), 0);
    assert_int_equal(status, STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(vfs_make(rig->e, "cache:\\no\\x", true, &status), 0);
    assert_int_equal(status, STATUS_OBJECT_PATH_NOT_FOUND);
    assert_int_not_equal(vfs_make(rig->e, "cache:\\..\\..\\top", true, &status), 0);
    assert_int_equal(status_of(rig, "cache:\\top"), STATUS_SUCCESS);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find_takes_every_spelling),
        cmocka_unit_test(test_find_says_what_is_missing),
        cmocka_unit_test(test_links_follow_each_other_but_not_for_ever),
        cmocka_unit_test(test_read_crosses_disc_blocks),
        cmocka_unit_test(test_mount_loads_starting_content),
        cmocka_unit_test(test_mount_refuses_damaged_lists),
        cmocka_unit_test(test_write_grows_and_frees),
        cmocka_unit_test(test_hash_does_not_depend_on_what_was_hashed_before),
        cmocka_unit_test(test_full_disk_changes_nothing),
        cmocka_unit_test(test_disc_cannot_be_written),
        cmocka_unit_test(test_delete_waits_for_the_last_close),
        cmocka_unit_test(test_rename_keeps_order_and_refuses_loops),
        cmocka_unit_test(test_mounts_are_read_only_drives),
        cmocka_unit_test(test_damaged_mounts_are_refused),
        cmocka_unit_test(test_make_refuses_names_the_console_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
