/* SPDX-License-Identifier: BSD-3-Clause
 * Calls on files: dispositions, statuses and what they report, reading and writing, information classes, directories;
 * and titles that pass wild pointers and sizes. */
#include "tests/unit/rig.h"

#include "emu/kernel/file.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/wait.h"

#include <stdio.h>

enum {
    OUT = RIG_DATA,
    IOSB = RIG_DATA + 0x10,
    OFFSET = RIG_DATA + 0x20,
    INFO = RIG_DATA + 0x100,
    ATTRIBUTES = RIG_DATA + 0x1000,
    NAME = RIG_DATA + 0x2000,
    BUFFER = RIG_DATA + 0x10000,
};
#define READ 0x80000000u
enum { WRITE = 0x40000000, ALL = 0x10000000, SHARE_ALL = 7 };
enum { SUPERSEDE, OPEN, CREATE, OPEN_IF, OVERWRITE, OVERWRITE_IF };

static struct rig *make(void)
{
    struct rig *rig = rig_create();
    rig->disc = "d data\nf 200000 1000 data\\big.bin\nf 5 1000 data\\Small.txt\n";
    rig->partitions[DEVICE_CACHE0] = "d old\nf 5000 7 old\\a.bin\nf 3 8 z.bin\n";
    rig_mount(rig);
    /* No latency: calls return at once (one test asks for it). */
    rig->e->m->config.disc_latency_ticks = rig->e->m->config.cache_latency_ticks = 0;
    rig->e->m->config.disc_bytes_per_tick = rig->e->m->config.cache_bytes_per_tick = 0xFFFFFFFF;
    return rig;
}

static u32 create(struct rig *rig, const char *path, u32 access, u32 share, u32 disposition, u32 options)
{
    rig_attributes(rig, ATTRIBUTES, path);
    return (u32)rig_call(rig, xboxkrnl_NtCreateFile, OUT, access, ATTRIBUTES, IOSB, 0, 0, share, disposition, options);
}

static u32 handle(struct rig *rig)
{
    return memory_get32(rig->e, OUT);
}

static u32 information(struct rig *rig)
{
    return memory_get32(rig->e, IOSB + 4);
}

static u32 opened(struct rig *rig, const char *path, u32 access)
{
    assert_int_equal(create(rig, path, access, SHARE_ALL, OPEN_IF, 0), STATUS_SUCCESS);
    return handle(rig);
}

static void close_file(struct rig *rig, u32 file)
{
    assert_true(handle_close(rig->e, NULL, file));
}

static u32 read_at(struct rig *rig, u32 file, u32 size, u64 offset)
{
    memory_set64(rig->e, OFFSET, offset);
    return (u32)rig_call(rig, xboxkrnl_NtReadFile, file, 0, 0, 0, IOSB, BUFFER, size, OFFSET);
}

static u32 write_at(struct rig *rig, u32 file, u32 size, u64 offset)
{
    memory_set64(rig->e, OFFSET, offset);
    return (u32)rig_call(rig, xboxkrnl_NtWriteFile, file, 0, 0, 0, IOSB, BUFFER, size, OFFSET);
}

static void test_dispositions_report_what_they_did(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        u32 disposition;
        u32 status;
        u32 information;
    } row[] = {
        {"cache:\\z.bin", OPEN, 0x00000000, 1},        {"cache:\\none", OPEN, 0xC0000034, 5},
        {"cache:\\z.bin", CREATE, 0xC0000035, 4},      {"cache:\\n1", CREATE, 0x00000000, 2},
        {"cache:\\n1", OPEN_IF, 0x00000000, 1},        {"cache:\\n2", OPEN_IF, 0x00000000, 2},
        {"cache:\\n3", OVERWRITE, 0xC0000034, 5},      {"cache:\\n2", OVERWRITE, 0x00000000, 3},
        {"cache:\\n4", OVERWRITE_IF, 0x00000000, 2},   {"cache:\\n4", OVERWRITE_IF, 0x00000000, 3},
        {"cache:\\n5", SUPERSEDE, 0x00000000, 2},      {"cache:\\n5", SUPERSEDE, 0x00000000, 0},
        {"cache:\\no\\x", CREATE, 0xC000003A, 5},      {"cache:\\x", 6, 0xC000000D, 0},
        {"game:\\data\\big.bin", OPEN, 0xC0000022, 4}, {"game:\\new", CREATE, 0xC0000022, 5},
        {"nowhere:\\x", OPEN, 0xC000003A, 5},          {"cache:\\old", OVERWRITE, 0xC0000035, 4},
    };
    struct rig *rig = make();
    for (u32 i = 0; i < countof(row); i++) {
        u32 status = create(rig, row[i].path, READ | WRITE, SHARE_ALL, row[i].disposition, 0);
        if (status != row[i].status || information(rig) != row[i].information)
            fail_msg("row %u: %08X, %u", i, status, information(rig));
        assert_int_equal(memory_get32(rig->e, IOSB), status);
        assert_int_equal(handle(rig) != 0, status == STATUS_SUCCESS);
        if (status == STATUS_SUCCESS)
            close_file(rig, handle(rig));
        assert_string_equal(rig_string(rig, rig_event(rig, EVENT_file)->v[F_file_path]), row[i].path);
        assert_int_equal(rig_event(rig, EVENT_file)->v[F_file_status], status);
    }
    rig_destroy(rig);
}

static void test_directories_and_files_are_told_apart(void **state)
{
    (void)state;
    struct rig *rig = make();
    assert_int_equal(create(rig, "cache:\\old", READ, SHARE_ALL, OPEN, 0x40), STATUS_FILE_IS_A_DIRECTORY);
    assert_int_equal(create(rig, "cache:\\z.bin", READ, SHARE_ALL, OPEN, 1), STATUS_NOT_A_DIRECTORY);
    assert_int_equal(create(rig, "cache:\\old", READ, SHARE_ALL, OPEN, 0x41), STATUS_INVALID_PARAMETER);
    assert_int_equal(create(rig, "cache:\\old", READ, SHARE_ALL, SUPERSEDE, 1), STATUS_INVALID_PARAMETER);
    assert_int_equal(create(rig, "cache:\\dir", READ, SHARE_ALL, CREATE, 1), STATUS_SUCCESS);
    u32 directory = handle(rig);
    assert_int_equal(read_at(rig, directory, 4, 0), STATUS_INVALID_DEVICE_REQUEST);
    /* Relative to an open directory, and never out of its device. */
    rig_attributes(rig, ATTRIBUTES, "..\\..\\old\\a.bin");
    memory_set32(rig->e, ATTRIBUTES, directory);
    assert_int_equal(rig_call(rig, xboxkrnl_NtOpenFile, OUT, READ, ATTRIBUTES, IOSB, SHARE_ALL, 0x40), STATUS_SUCCESS);
    rig_attributes(rig, ATTRIBUTES, "game:\\data\\big.bin");
    memory_set32(rig->e, ATTRIBUTES, 0xFFFFFFFD);
    assert_int_equal(rig_call(rig, xboxkrnl_NtOpenFile, OUT, READ, ATTRIBUTES, IOSB, SHARE_ALL, 0x40), STATUS_SUCCESS);
    rig_destroy(rig);
}

static void test_sharing(void **state)
{
    (void)state;
    struct rig *rig = make();
    assert_int_equal(create(rig, "cache:\\z.bin", READ, 1, OPEN, 0), STATUS_SUCCESS);
    u32 first = handle(rig);
    assert_int_equal(create(rig, "cache:\\z.bin", READ, 1, OPEN, 0), STATUS_SUCCESS);
    assert_int_equal(create(rig, "cache:\\z.bin", WRITE, SHARE_ALL, OPEN, 0), STATUS_SHARING_VIOLATION);
    assert_int_equal(create(rig, "cache:\\z.bin", READ, 2, OPEN, 0), STATUS_SHARING_VIOLATION);
    assert_int_equal(create(rig, "cache:\\z.bin", 0x80, 0, OPEN, 0), STATUS_SUCCESS); /* attributes only */
    assert_int_not_equal(first, handle(rig));
    rig_destroy(rig);
}

static void test_read_moves_position_and_ends(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 file = opened(rig, "game:\\data\\big.bin", READ);
    assert_int_equal(read_at(rig, file, 70000, 100), STATUS_SUCCESS);
    assert_int_equal(information(rig), 70000);
    for (u32 i = 0; i < 70000; i += 997)
        assert_int_equal(memory_get8(rig->e, BUFFER + i), rig_byte(1, 100 + i));
    assert_int_equal(rig_event(rig, EVENT_file)->v[F_file_length], 70000);
    u64 hash = rig_event(rig, EVENT_file)->v[F_file_hash];
    assert_int_equal(rig_call(rig, xboxkrnl_NtReadFile, file, 0, 0, 0, IOSB, BUFFER, 4, 0), STATUS_SUCCESS);
    assert_int_equal(memory_get8(rig->e, BUFFER), rig_byte(1, 70100));
    assert_int_equal(read_at(rig, file, 1000, 199999), STATUS_SUCCESS);
    assert_int_equal(information(rig), 1);
    assert_int_equal(read_at(rig, file, 1, 200000), STATUS_END_OF_FILE);
    assert_int_equal(information(rig), 0);
    assert_int_equal(read_at(rig, file, 4, (u64)-2), STATUS_END_OF_FILE); /* at the position */
    assert_int_equal(read_at(rig, file, 4, (u64)-3), STATUS_INVALID_PARAMETER);
    assert_int_equal(read_at(rig, file, 70000, 100), STATUS_SUCCESS);
    assert_int_equal(rig_event(rig, EVENT_file)->v[F_file_hash], hash);
    rig_destroy(rig);
}

static void test_write_appends_and_needs_access(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 file = opened(rig, "cache:\\w", READ | WRITE);
    memory_set32(rig->e, BUFFER, 0x01020304);
    assert_int_equal(write_at(rig, file, 4, 0), STATUS_SUCCESS);
    assert_int_equal(write_at(rig, file, 2, (u64)-1), STATUS_SUCCESS); /* at the end */
    assert_int_equal(read_at(rig, file, 100, 0), STATUS_SUCCESS);
    assert_int_equal(information(rig), 6);
    assert_int_equal(memory_get16(rig->e, BUFFER + 4), 0x0102);
    u32 reader = opened(rig, "cache:\\w", READ);
    assert_int_equal(write_at(rig, reader, 4, 0), STATUS_ACCESS_DENIED);
    u32 writer = opened(rig, "cache:\\w", WRITE);
    assert_int_equal(read_at(rig, writer, 4, 0), STATUS_ACCESS_DENIED);
    u32 appender = opened(rig, "cache:\\w", FILE_APPEND_DATA);
    assert_int_equal(write_at(rig, appender, 1, 0), STATUS_SUCCESS);
    assert_int_equal(vfs_node(rig->e, rig->e->m->vfs.open[1].node)->size, 7);
    assert_int_equal(write_at(rig, file, 0x1000, 1ull << 40), STATUS_DISK_FULL);
    assert_int_equal(write_at(rig, file, 0x1000, INT64_MAX), STATUS_DISK_FULL);
    assert_int_equal(vfs_node(rig->e, rig->e->m->vfs.open[1].node)->size, 7);
    rig_destroy(rig);
}

static void test_wild_arguments_are_statuses(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 file = opened(rig, "cache:\\old\\a.bin", READ | WRITE);
    static const u32 wild[] = {
        0, 1, 0xFFFFFFFF, 0xFFFFFFFC, 0x7FFFFFFF, 0x80000000, 0xC0000000, RIG_DATA - 2, RIG_DATA + RIG_DATA_SIZE - 2};
    for (u32 i = 0; i < countof(wild); i++) {
        u32 w = wild[i];
        rig->e->m->vfs.open[1].position = 0;
        assert_int_not_equal(rig_call(rig, xboxkrnl_NtCreateFile, OUT, READ, w, IOSB, 0, 0, 7, OPEN, 0), 0);
        assert_int_not_equal(rig_call(rig, xboxkrnl_NtCreateFile, w, READ, ATTRIBUTES, IOSB, 0, 0, 7, OPEN, 0), 0);
        rig_call(rig, xboxkrnl_NtCreateFile, OUT, READ, ATTRIBUTES, w, w, 0, 7, OPEN, 0);
        assert_int_equal(rig_call(rig, xboxkrnl_NtReadFile, file, 0, 0, 0, IOSB, w, 0x100, 0), STATUS_ACCESS_VIOLATION);
        assert_int_equal(rig_call(rig, xboxkrnl_NtReadFile, w, 0, 0, 0, IOSB, BUFFER, 4, 0), STATUS_INVALID_HANDLE);
        assert_int_equal(rig_call(rig, xboxkrnl_NtWriteFile, file, 0, 0, 0, IOSB, w, 0x100, 0),
                         STATUS_ACCESS_VIOLATION);
        assert_int_equal(rig_call(rig, xboxkrnl_NtReadFileScatter, file, 0, 0, 0, IOSB, w, 0x1000, 0),
                         STATUS_ACCESS_VIOLATION);
        rig_call(rig, xboxkrnl_NtReadFile, file, w, 0, 0, w, BUFFER, 0xFFFFFFFF, w);
        rig_call(rig, xboxkrnl_NtQueryInformationFile, file, w, w, w, 5);
        rig_call(rig, xboxkrnl_NtSetInformationFile, file, w, w, w, 10);
        rig_call(rig, xboxkrnl_NtQueryFullAttributesFile, w, w);
        rig_call(rig, xboxkrnl_NtQueryDirectoryFile, file, w, w, w, w, w, w, w, w);
        rig_call(rig, xboxkrnl_NtQueryVolumeInformationFile, file, w, w, w, 3);
        rig_call(rig, xboxkrnl_NtDeleteFile, w);
        rig_call(rig, xboxkrnl_ObCreateSymbolicLink, w, w);
    }
    assert_int_equal(write_at(rig, file, 0xFFFFFFFF, 0), STATUS_ACCESS_VIOLATION);
    assert_int_equal(read_at(rig, file, 0xFFFFFFFF, 4999), STATUS_SUCCESS);
    assert_int_equal(information(rig), 1);
    memory_set16(rig->e, ATTRIBUTES + 12, 0xFFFF); /* the name's length */
    assert_int_equal(rig_call(rig, xboxkrnl_NtOpenFile, OUT, READ, ATTRIBUTES, IOSB, 7, 0), STATUS_OBJECT_NAME_INVALID);
    rig_destroy(rig);
}

static void test_handles_free_their_slots(void **state)
{
    (void)state;
    struct rig *rig = make();
    for (u32 i = 0; i < 2 * OPEN_FILES_MAX; i++)
        close_file(rig, opened(rig, "game:\\data\\big.bin", READ));
    assert_int_equal(rig->e->m->vfs.open_high, 1);
    u32 count = 0;
    while (create(rig, "game:\\data\\big.bin", READ, SHARE_ALL, OPEN, 0) == STATUS_SUCCESS)
        count++;
    assert_int_equal(count, OPEN_FILES_MAX - 1);
    assert_int_equal(create(rig, "cache:\\late", READ, SHARE_ALL, CREATE, 0), STATUS_TOO_MANY_OPENED_FILES);
    u32 status;
    assert_int_equal(vfs_find(rig->e, "cache:\\late", &status), 0);
    rig_destroy(rig);
}

static void test_information_classes(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 file = opened(rig, "cache:\\old\\a.bin", ALL);
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryInformationFile, file, IOSB, INFO, 24, 5), STATUS_SUCCESS);
    assert_int_equal(information(rig), 24);
    assert_int_equal(memory_get64(rig->e, INFO), 8192);
    assert_int_equal(memory_get64(rig->e, INFO + 8), 5000);
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryInformationFile, file, IOSB, INFO, 23, 5),
                     STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryInformationFile, file, IOSB, INFO, 56, 34), STATUS_SUCCESS);
    assert_int_equal(memory_get64(rig->e, INFO + 40), 5000);
    assert_int_equal(memory_get32(rig->e, INFO + 48), VFS_NORMAL);
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryInformationFile, file, IOSB, INFO, 99, 99),
                     STATUS_INVALID_INFO_CLASS);
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryInformationFile, file, IOSB, INFO, 8, 9), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(memory_get32(rig->e, INFO), strlen("\\old\\a.bin"));
    memory_set64(rig->e, INFO, 42);
    assert_int_equal(rig_call(rig, xboxkrnl_NtSetInformationFile, file, IOSB, INFO, 8, 14), STATUS_SUCCESS);
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryInformationFile, file, IOSB, INFO + 8, 8, 14), STATUS_SUCCESS);
    assert_int_equal(memory_get64(rig->e, INFO + 8), 42);
    assert_int_equal(rig_call(rig, xboxkrnl_NtSetInformationFile, file, IOSB, INFO, 8, 20), STATUS_SUCCESS);
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryInformationFile, file, IOSB, INFO, 24, 5), STATUS_SUCCESS);
    assert_int_equal(memory_get64(rig->e, INFO + 8), 42);
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryVolumeInformationFile, file, IOSB, INFO, 24, 3), STATUS_SUCCESS);
    assert_true(memory_get64(rig->e, INFO) > memory_get64(rig->e, INFO + 8));
    rig_attributes(rig, ATTRIBUTES, "game:\\DATA\\small.TXT");
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryFullAttributesFile, ATTRIBUTES, INFO), STATUS_SUCCESS);
    assert_int_equal(memory_get64(rig->e, INFO + 40), 5);
    assert_int_equal(memory_get64(rig->e, INFO + 16), 1000);
    rig_attributes(rig, ATTRIBUTES, "cache:\\missing");
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryFullAttributesFile, ATTRIBUTES, INFO), STATUS_OBJECT_NAME_NOT_FOUND);
    rig_destroy(rig);
}

static void rename_record(struct rig *rig, const char *name, bool replace)
{
    memory_set32(rig->e, INFO, replace);
    memory_set32(rig->e, INFO + 4, 0);
    memory_set16(rig->e, INFO + 8, (u16)strlen(name));
    memory_set16(rig->e, INFO + 10, (u16)strlen(name));
    memory_set32(rig->e, INFO + 12, rig_text(rig, NAME, name));
}

static void test_rename_and_delete(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 status;
    u32 file = opened(rig, "cache:\\old\\a.bin", ALL);
    rename_record(rig, "b.bin", false);
    assert_int_equal(rig_call(rig, xboxkrnl_NtSetInformationFile, file, IOSB, INFO, 16, 10), STATUS_SUCCESS);
    assert_int_not_equal(vfs_find(rig->e, "cache:\\old\\b.bin", &status), 0);
    rename_record(rig, "cache:\\z.bin", false);
    assert_int_equal(rig_call(rig, xboxkrnl_NtSetInformationFile, file, IOSB, INFO, 16, 10),
                     STATUS_OBJECT_NAME_COLLISION);
    rename_record(rig, "cache:\\z.bin", true);
    assert_int_equal(rig_call(rig, xboxkrnl_NtSetInformationFile, file, IOSB, INFO, 16, 10), STATUS_SUCCESS);
    assert_int_equal(vfs_node(rig->e, vfs_find(rig->e, "cache:\\z.bin", &status))->size, 5000);
    memory_set8(rig->e, INFO, 1);
    assert_int_equal(rig_call(rig, xboxkrnl_NtSetInformationFile, file, IOSB, INFO, 1, 13), STATUS_SUCCESS);
    assert_int_equal(create(rig, "cache:\\z.bin", READ, 7, OPEN, 0), STATUS_DELETE_PENDING);
    close_file(rig, file);
    assert_int_equal(create(rig, "cache:\\z.bin", READ, 7, OPEN, 0), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(create(rig, "cache:\\tmp", ALL, 7, CREATE, 0x1000), STATUS_SUCCESS); /* delete on close */
    close_file(rig, handle(rig));
    assert_int_equal(create(rig, "cache:\\tmp", READ, 7, OPEN, 0), STATUS_OBJECT_NAME_NOT_FOUND);
    rig_attributes(rig, ATTRIBUTES, "cache:\\old");
    assert_int_equal(rig_call(rig, xboxkrnl_NtDeleteFile, ATTRIBUTES), STATUS_SUCCESS);
    rig_attributes(rig, ATTRIBUTES, "game:\\data\\big.bin");
    assert_int_equal(rig_call(rig, xboxkrnl_NtDeleteFile, ATTRIBUTES), STATUS_CANNOT_DELETE);
    rig_destroy(rig);
}

static u32 next_name(struct rig *rig, u32 directory, const char *pattern, bool restart, char name[64])
{
    u32 string = 0;
    memset(name, 0, 64);
    if (pattern) {
        memory_set16(rig->e, NAME, (u16)strlen(pattern));
        memory_set32(rig->e, NAME + 4, rig_text(rig, NAME + 8, pattern));
        string = NAME;
    }
    u32 status =
        (u32)rig_call(rig, xboxkrnl_NtQueryDirectoryFile, directory, 0, 0, 0, IOSB, BUFFER, 200, string, restart);
    if (status == STATUS_SUCCESS)
        memory_read(rig->e, BUFFER + 64, name, memory_get32(rig->e, BUFFER + 60));
    return status;
}

static void test_directory_gives_names_in_order(void **state)
{
    (void)state;
    struct rig *rig = make();
    char name[64];
    for (u32 i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "cache:\\old\\%c%u.%s", 'e' - (char)i, i, i % 2 ? "dat" : "bin");
        close_file(rig, opened(rig, name, WRITE));
    }
    u32 directory = opened(rig, "cache:\\old", READ);
    const char *all[] = {"a.bin", "a4.bin", "b3.dat", "c2.bin", "d1.dat", "e0.bin"};
    for (u32 i = 0; i < countof(all); i++) {
        assert_int_equal(next_name(rig, directory, "*", false, name), STATUS_SUCCESS);
        assert_string_equal(name, all[i]);
        if (i == 2) { /* the one given last goes, and the enumeration goes on */
            u32 status;
            assert_int_equal(vfs_delete(rig->e, vfs_find(rig->e, "cache:\\old\\b3.dat", &status)), STATUS_SUCCESS);
        }
    }
    assert_int_equal(next_name(rig, directory, NULL, false, name), STATUS_NO_MORE_FILES);
    assert_int_equal(next_name(rig, directory, "*.DAT", true, name), STATUS_SUCCESS);
    assert_string_equal(name, "d1.dat");
    assert_int_equal(next_name(rig, directory, NULL, false, name), STATUS_NO_MORE_FILES);
    u32 other = opened(rig, "cache:\\old", READ);
    assert_int_equal(next_name(rig, other, "x*", false, name), STATUS_NO_SUCH_FILE);
    assert_int_equal(next_name(rig, other, "?2.*n", true, name), STATUS_SUCCESS);
    assert_string_equal(name, "c2.bin");
    rig_destroy(rig);
}

static void test_scatter_fills_pages(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 file = opened(rig, "game:\\data\\big.bin", READ);
    memory_set32(rig->e, INFO, BUFFER + 0x3000);
    memory_set32(rig->e, INFO + 4, BUFFER);
    assert_int_equal(rig_call(rig, xboxkrnl_NtReadFileScatter, file, 0, 0, 0, IOSB, INFO, 0x2000, 0), STATUS_SUCCESS);
    assert_int_equal(information(rig), 0x2000);
    assert_int_equal(memory_get8(rig->e, BUFFER + 0x3005), rig_byte(1, 5));
    assert_int_equal(memory_get8(rig->e, BUFFER + 7), rig_byte(1, 0x1007));
    u32 copy = opened(rig, "cache:\\copy", READ | WRITE);
    assert_int_equal(rig_call(rig, xboxkrnl_NtWriteFileGather, copy, 0, 0, 0, IOSB, INFO, 0x2000, 0), STATUS_SUCCESS);
    assert_int_equal(rig_call(rig, xboxkrnl_NtWriteFileGather, copy, 0, 0, 0, IOSB, INFO, 0x1800, 0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(rig_call(rig, xboxkrnl_NtFlushBuffersFile, copy, IOSB), STATUS_SUCCESS);
    assert_int_equal(rig_call(rig, xboxkrnl_NtFlushBuffersFile, 1, IOSB), STATUS_INVALID_HANDLE);
    assert_int_equal(read_at(rig, copy, 1, 0x1007), STATUS_SUCCESS);
    assert_int_equal(memory_get8(rig->e, BUFFER), rig_byte(1, 0x1007));
    rig_attributes(rig, ATTRIBUTES, "cache:\\copy");
    assert_int_equal(rig_call(rig, xboxkrnl_IoCreateFile, OUT, READ, ATTRIBUTES, IOSB, 0, 0, SHARE_ALL, CREATE, 0, 0),
                     STATUS_OBJECT_NAME_COLLISION);
    rig_destroy(rig);
}

static void test_latency_blocks_the_caller(void **state)
{
    (void)state;
    struct rig *rig = make();
    u32 file = opened(rig, "game:\\data\\big.bin", READ);
    rig->e->m->config.disc_latency_ticks = 1000;
    rig->e->m->config.disc_bytes_per_tick = 10;
    rig->e->m->threads[1].state = THREAD_SUSPENDED;
    sched_ready(rig->e, &rig->e->m->threads[1]);
    read_at(rig, file, 5000, 0);
    const struct thread *t = &rig->e->m->threads[1];
    assert_int_equal(t->state, THREAD_WAITING);
    assert_int_equal(t->wait.deadline, 1500);
    assert_int_equal(t->wait.argument0, STATUS_SUCCESS);
    assert_int_equal(information(rig), 5000);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dispositions_report_what_they_did),
        cmocka_unit_test(test_directories_and_files_are_told_apart),
        cmocka_unit_test(test_sharing),
        cmocka_unit_test(test_read_moves_position_and_ends),
        cmocka_unit_test(test_write_appends_and_needs_access),
        cmocka_unit_test(test_wild_arguments_are_statuses),
        cmocka_unit_test(test_handles_free_their_slots),
        cmocka_unit_test(test_information_classes),
        cmocka_unit_test(test_rename_and_delete),
        cmocka_unit_test(test_directory_gives_names_in_order),
        cmocka_unit_test(test_scatter_fills_pages),
        cmocka_unit_test(test_latency_blocks_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
