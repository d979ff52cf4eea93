/* SPDX-License-Identifier: BSD-3-Clause
 * Checks from inside that files, directories, links and memory behave as the console's. Needs an empty cache: (--cold).
 * Prints a line a check; the exit code is the number of failures. */
#include "files.h"

#include <xam.h>

static u32 failures;

void check(const char *name, int good)
{
    DbgPrint("%s %s\n", good ? "ok" : "FAIL", name);
    failures += !good;
}

const struct object_attributes *named(struct name *n, const char *path)
{
    RtlInitAnsiString(&n->string, path);
    n->attributes.root = 0;
    n->attributes.name = &n->string;
    n->attributes.attributes = 0x40;
    return &n->attributes;
}

u32 open_as(const char *path, u32 access, u32 disposition, u32 options, u32 *file, u32 *information)
{
    struct name n;
    struct io_status_block io = {0, 99};
    u32 status =
        NtCreateFile(file, access | 0x100000, named(&n, path), &io, NULL, 0x80, SHARE_ALL, disposition, options | 0x20);
    *information = io.information;
    return status;
}

u64 now(void)
{
    u64 time;
    KeQuerySystemTime(&time);
    return time;
}

static void check_disc(void)
{
    u32 file, information;
    char text[32] = "";
    struct io_status_block io;
    check("a file of the disc opens", open_as("game:\\data\\hello.txt", READ, OPEN, 0, &file, &information) == OK);
    check("and says that it was there", information == 1);
    u64 before = now();
    check("it is read", NtReadFile(file, 0, NULL, NULL, &io, text, sizeof text, NULL) == OK);
    check("which takes time", now() > before);
    check("all of it", io.status == OK && io.information == 12 && text[0] == 'h' && text[11] == '\n');
    check("then it ends", NtReadFile(file, 0, NULL, NULL, &io, text, sizeof text, NULL) == END && io.information == 0);
    s64 offset = 7;
    check("and again from a place", NtReadFile(file, 0, NULL, NULL, &io, text, 4, &offset) == OK && text[0] == 'd');
    check("it closes", NtClose(file) == OK);
    check("once", NtReadFile(file, 0, NULL, NULL, &io, text, 4, NULL) == BAD_HANDLE);
    check("the disc takes no new file", open_as("game:\\new", READ_WRITE, CREATE, 0, &file, &information) == DENIED);
    check("nor a write", open_as("d:\\data\\hello.txt", READ_WRITE, OPEN, 0, &file, &information) == DENIED);
    check("a missing file", open_as("d:\\none", READ, OPEN, 0, &file, &information) == NO_FILE && information == 5);
    check("a missing path", open_as("d:\\none\\x", READ, OPEN, 0, &file, &information) == NO_PATH);
    check("no way out", open_as("d:\\..\\..\\..\\data\\hello.txt", READ, OPEN, 0, &file, &information) == OK);
    NtClose(file);
}

static void check_cache(void)
{
    u32 file, again, information;
    u8 bytes[300], back[300];
    struct io_status_block io;
    for (u32 i = 0; i < sizeof bytes; i++)
        bytes[i] = (u8)(i * 7);
    check("a directory is made", open_as("cache:\\dir", READ, CREATE, DIRECTORY, &file, &information) == OK);
    check("as a new one", information == 2);
    NtClose(file);
    check("a file in it", open_as("cache:\\dir\\a.bin", READ_WRITE | DELETE, CREATE, 0, &file, &information) == OK);
    s64 offset = 5000;
    check("is written", NtWriteFile(file, 0, NULL, NULL, &io, bytes, sizeof bytes, &offset) == OK);
    check("in full", io.information == sizeof bytes);
    check("and read back", NtReadFile(file, 0, NULL, NULL, &io, back, sizeof back, &offset) == OK);
    u32 equal = 1;
    for (u32 i = 0; i < sizeof bytes; i++)
        equal &= bytes[i] == back[i];
    check("the same", equal);
    u64 standard[3];
    check("its size is known", NtQueryInformationFile(file, &io, standard, sizeof standard, 5) == OK);
    check("and right", standard[1] == 5300);
    check("it cannot be made twice", open_as("cache:\\DIR\\A.BIN", READ, CREATE, 0, &again, &information) == COLLISION);
    u8 delete = 1;
    check("it is deleted", NtSetInformationFile(file, &io, &delete, 1, 13) == OK);
    NtClose(file);
    check("and gone", open_as("cache:\\dir\\a.bin", READ, OPEN, 0, &file, &information) == NO_FILE);
}

static u32 apc_calls, apc_context;

static void on_read(void *context, struct io_status_block *io, u32 reserved)
{
    (void)reserved;
    apc_calls += io->status == OK;
    apc_context = (u32)context;
}

static void check_completion(void)
{
    u32 file, information, event = 0;
    char text[8];
    struct io_status_block io;
    s64 none = 0;
    NtCreateEvent(&event, NULL, 0, 0);
    open_as("game:\\data\\hello.txt", READ, OPEN, 0, &file, &information);
    check("a read with an event", NtReadFile(file, event, NULL, NULL, &io, text, 5, NULL) == OK);
    check("sets it", NtWaitForSingleObjectEx(event, ANY_USER, 0, &none) == OK);
    check("and the file", NtWaitForSingleObjectEx(file, ANY_USER, 0, &none) == OK);
    s64 offset = 0;
    check("a read with an APC", NtReadFile(file, 0, (void *)on_read, (void *)0x1234, &io, text, 5, &offset) == OK);
    check("does not run it yet", apc_calls == 0);
    s64 delay = -10000;
    check("an alertable wait does", KeDelayExecutionThread(ANY_USER, 1, &delay) == APC);
    check("with its context", apc_calls == 1 && apc_context == 0x1234);
    NtClose(file);
    NtClose(event);
}

struct entry {
    u32 next, index;
    u64 times[4], size, allocation;
    u32 attributes, name_length;
    char name[64];
};

static void check_directory(void)
{
    static const char *const paths[] = {"cache:\\list\\b.txt", "cache:\\list\\A.dat", "cache:\\list\\c.txt"};
    u32 file, information;
    struct io_status_block io;
    struct ansi_string pattern;
    struct entry entry;
    open_as("cache:\\list", READ, CREATE, DIRECTORY, &file, &information);
    NtClose(file);
    for (u32 i = 0; i < 3; i++) {
        open_as(paths[i], READ_WRITE, OVERWRITE_IF, 0, &file, &information);
        NtClose(file);
    }
    open_as("cache:\\list", READ, OPEN, DIRECTORY, &file, &information);
    RtlInitAnsiString(&pattern, "*.TXT");
    u32 status = NtQueryDirectoryFile(file, 0, NULL, NULL, &io, &entry, sizeof entry, &pattern, 0);
    check("a directory gives its first match", status == OK && entry.name_length == 5 && entry.name[0] == 'b');
    status = NtQueryDirectoryFile(file, 0, NULL, NULL, &io, &entry, sizeof entry, NULL, 0);
    check("its second", status == OK && entry.name[0] == 'c');
    check("no third", NtQueryDirectoryFile(file, 0, NULL, NULL, &io, &entry, sizeof entry, NULL, 0) == NO_MORE);
    RtlInitAnsiString(&pattern, "*");
    status = NtQueryDirectoryFile(file, 0, NULL, NULL, &io, &entry, sizeof entry, &pattern, 1);
    check("and starts again", status == OK && entry.name[0] == 'A');
    NtClose(file);
}

/* What the link says that it leads to. */
static void check_target(const struct ansi_string *name)
{
    struct object_attributes attributes = {0, name, 0x40};
    char text[40] = "";
    struct ansi_string target = {0, 40, text}, small = {0, 4, text};
    u32 handle = 0, length = 0;
    check("a link is opened", NtOpenSymbolicLinkObject(&handle, &attributes) == OK);
    check("it does not fit", NtQuerySymbolicLinkObject(handle, &small, &length) == 0xC0000023 && length == 19);
    check("its target", NtQuerySymbolicLinkObject(handle, &target, &length) == OK && target.length == 19 &&
                            !memcmp(text, "\\Device\\Cdrom0\\data", 19));
    NtClose(handle);
    struct ansi_string none;
    RtlInitAnsiString(&none, "\\??\\none:");
    attributes.name = &none;
    check("there is no other", NtOpenSymbolicLinkObject(&handle, &attributes) == 0xC0000034);
}

static void check_links(void)
{
    struct ansi_string link, target;
    u32 file, information;
    RtlInitAnsiString(&link, "\\??\\mine:");
    RtlInitAnsiString(&target, "\\Device\\Cdrom0\\data");
    check("a link is made", ObCreateSymbolicLink(&link, &target) == OK);
    check("once", ObCreateSymbolicLink(&link, &target) == COLLISION);
    check("and leads somewhere", open_as("mine:\\hello.txt", READ, OPEN, 0, &file, &information) == OK);
    NtClose(file);
    check_target(&link);
    check("it goes", ObDeleteSymbolicLink(&link) == OK);
    check("and is gone", open_as("mine:\\hello.txt", READ, OPEN, 0, &file, &information) == NO_PATH);
}

static void check_memory(void)
{
    void *base = NULL;
    u32 size = 100;
    check("memory is given", NtAllocateVirtualMemory(&base, &size, 0x3000, 4, 0) == OK && base && size == 0x10000);
    *(volatile u32 *)base = 5;
    check("and taken back", NtFreeVirtualMemory(&base, &size, 0x8000, 0) == OK);
    volatile u32 *physical = MmAllocatePhysicalMemoryEx(0, 0x1000, 4, 0, 0xFFFFFFFF, 0);
    u32 address = MmGetPhysicalAddress((void *)physical);
    *physical = 0xCAFE;
    check("physical memory", physical && address == ((u32)physical & 0x1FFFFFFF) + 0x1000);
    MmFreePhysicalMemory(0, (void *)physical);
    u8 pad[16];
    check("a pad that is not there", XamInputGetState(3, 0, pad) == 0x48F);
}

int main(void)
{
    check_disc();
    check_cache();
    check_completion();
    check_directory();
    check_links();
    check_memory();
    check_io();
    check_ports();
    check_volumes();
    check_controls();
    check_sharing();
    DbgPrint("files: %d failures\n", failures);
    return (int)failures;
}
