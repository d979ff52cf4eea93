/* SPDX-License-Identifier: BSD-3-Clause
 * Who may open a file beside whom, and what becomes of files that are deleted or renamed over. */
#include "files.h"

enum {
    WRITE = 2,
    SHARE_READ = 1,
    SHARE_WRITE = 2,
    SHARE_DELETE = 4,
    READ_ONLY = 1,
    NON_DIRECTORY = 0x40,
    DELETE_ON_CLOSE = 0x1000,
    RENAME = 10,
    DISPOSITION = 13,
    BASIC = 4,
    SHARING = 0xC0000043,
    PENDING = 0xC0000056,
    CANNOT_DELETE = 0xC0000121,
    NOT_EMPTY = 0xC0000101,
    INVALID = 0xC000000D,
};

static struct io_status_block io;

/* The handle, or 0; *status. */
static u32 open_share(const char *path, u32 access, u32 share, u32 disposition, u32 options, u32 *status)
{
    struct name n;
    u32 file = 0;
    *status =
        NtCreateFile(&file, access | 0x100000, named(&n, path), &io, NULL, 0x80, share, disposition, options | 0x20);
    return file;
}

static u32 status_of(const char *path, u32 access, u32 share, u32 options)
{
    u32 status, file = open_share(path, access, share, OPEN, options, &status);
    if (file)
        NtClose(file);
    return status;
}

static void check_shares(void)
{
    static const char path[] = "cache:\\shared.bin";
    u32 status, file = open_share(path, READ | WRITE | DELETE, SHARE_READ, CREATE, 0, &status);
    check("a file is kept from writers", status == OK && status_of(path, WRITE, SHARE_ALL, 0) == SHARING);
    check("and from who would delete it", status_of(path, DELETE, SHARE_ALL, 0) == SHARING);
    check("not from readers that let it be written", status_of(path, READ, SHARE_WRITE | SHARE_DELETE, 0) == SHARING);
    check("who let it be read too", status_of(path, READ, SHARE_ALL, 0) == OK);
    check("attributes may always be seen", status_of(path, 0x80, 0, 0) == OK);
    NtClose(file);
    check("then it is free", status_of(path, WRITE, 0, 0) == OK);
}

static u32 dispose(u32 file, u8 delete)
{
    return NtSetInformationFile(file, &io, &delete, 1, DISPOSITION);
}

static void check_deleted(void)
{
    static const char path[] = "cache:\\gone.bin";
    u32 status, file = open_share(path, READ | WRITE | DELETE, SHARE_ALL, CREATE, 0, &status);
    u32 other = open_share(path, READ, SHARE_ALL, OPEN, 0, &status);
    check("an open file is deleted", dispose(file, 1) == OK && status_of(path, READ, SHARE_ALL, 0) == PENDING);
    check("but for second thoughts", dispose(file, 0) == OK && status_of(path, READ, SHARE_ALL, 0) == OK);
    dispose(file, 1);
    NtClose(file);
    check("it goes with its last handle", status_of(path, READ, SHARE_ALL, 0) == PENDING);
    NtClose(other);
    check("that is closed", status_of(path, READ, SHARE_ALL, 0) == NO_FILE);
    open_share(path, READ, SHARE_ALL, CREATE, DELETE_ON_CLOSE, &status);
    check("only who may delete does so at the end", status == INVALID);
    file = open_share(path, READ | DELETE, SHARE_ALL, CREATE, DELETE_ON_CLOSE, &status);
    check("a passing file", status == OK && status_of(path, READ, SHARE_ALL, 0) == OK);
    NtClose(file);
    check("has passed", status_of(path, READ, SHARE_ALL, 0) == NO_FILE);
    file = open_share("cache:\\full", READ | DELETE, SHARE_ALL, CREATE, DIRECTORY, &status);
    other = open_share("cache:\\full\\x", READ | DELETE, SHARE_ALL, CREATE, DELETE_ON_CLOSE, &status);
    check("a directory that holds one stays", dispose(file, 1) == NOT_EMPTY);
    NtClose(other);
    check("an empty one goes", dispose(file, 1) == OK && NtClose(file) == OK);
    check("for good", status_of("cache:\\full", READ, SHARE_ALL, DIRECTORY) == NO_FILE);
}

static void check_read_only(void)
{
    static const char path[] = "cache:\\fixed.bin";
    struct name n;
    u32 basic[10] = {0}, status, file = open_share(path, READ | WRITE | DELETE, SHARE_ALL, CREATE, 0, &status);
    basic[8] = READ_ONLY;
    check("a file is made read-only", NtSetInformationFile(file, &io, basic, sizeof basic, BASIC) == OK);
    check("it is not deleted", dispose(file, 1) == CANNOT_DELETE && NtDeleteFile(named(&n, path)) == CANNOT_DELETE);
    NtClose(file);
    check("nor opened to be written", status_of(path, WRITE, SHARE_ALL, 0) == DENIED);
    check("nor to go", status_of(path, READ | DELETE, SHARE_ALL, DELETE_ON_CLOSE) == CANNOT_DELETE);
    file = open_share(path, READ | 0x100, SHARE_ALL, OPEN, 0, &status);
    basic[8] = 0x80;
    NtSetInformationFile(file, &io, basic, sizeof basic, BASIC);
    NtClose(file);
    check("until it is no more", NtDeleteFile(named(&n, path)) == OK);
}

static u32 rename_to(u32 file, const char *path, u32 replace)
{
    struct ansi_string name;
    RtlInitAnsiString(&name, path);
    u32 rename[4] = {replace, 0, name.length << 16 | name.capacity, (u32)name.text};
    return NtSetInformationFile(file, &io, rename, sizeof rename, RENAME);
}

static void check_renamed(void)
{
    struct name n;
    u32 status, full[14], file = open_share("cache:\\new.bin", READ | WRITE | DELETE, SHARE_ALL, CREATE, 0, &status);
    s64 offset = 0;
    NtWriteFile(file, 0, NULL, NULL, &io, "12345", 5, &offset);
    u32 old = open_share("cache:\\old.bin", READ, SHARE_ALL, CREATE, 0, &status);
    check("a name that is taken", rename_to(file, "cache:\\old.bin", 0) == COLLISION);
    check("by an open file cannot be had", rename_to(file, "cache:\\old.bin", 1) == DENIED);
    NtClose(old);
    check("else it can", rename_to(file, "cache:\\old.bin", 1) == OK);
    NtClose(file);
    check("with all there is", NtQueryFullAttributesFile(named(&n, "cache:\\old.bin"), full) == OK && full[11] == 5);
    check("and one name is free", status_of("cache:\\new.bin", READ, SHARE_ALL, 0) == NO_FILE);
    file = open_share("cache:\\old.bin", READ | WRITE, SHARE_ALL, OPEN, 0, &status);
    check("who may not delete may not rename", rename_to(file, "cache:\\x.bin", 0) == DENIED);
    NtClose(file);
    NtDeleteFile(named(&n, "cache:\\old.bin"));
}

void check_sharing(void)
{
    check_shares();
    check_deleted();
    check_read_only();
    check_renamed();
}
