/* SPDX-License-Identifier: BSD-3-Clause
 * Scattered transfers, sizes, renaming and deleting, completion ports, volumes. */
#include "files.h"

enum { PAGE = 0x1000, PAGES = 3, END_OF_FILE = 20, POSITION = 14, RENAME = 10, BASIC = 4, COMPLETION = 30 };

static u32 information;
static struct io_status_block io;

static u32 open_new(const char *path)
{
    u32 file = 0;
    check("a file is made", open_as(path, READ_WRITE | DELETE, CREATE, 0, &file, &information) == OK);
    return file;
}

static void check_scatter(void)
{
    u8 *memory = NULL;
    u32 size = 2 * PAGES * PAGE, file = open_new("cache:\\scatter.bin"), pages[PAGES], back[PAGES], equal = 1;
    s64 offset = 0;
    NtAllocateVirtualMemory((void *)&memory, &size, 0x1000, 4, 0);
    for (u32 i = 0; i < PAGES; i++) {
        pages[i] = (u32)memory + (PAGES - 1 - i) * PAGE;
        back[i] = (u32)memory + (PAGES + i) * PAGE;
        memset((void *)pages[i], (int)(i + 1), PAGE);
    }
    u32 status = NtWriteFileGather(file, 0, NULL, NULL, &io, pages, PAGES * PAGE, &offset);
    check("pages are gathered", status == OK && io.information == PAGES * PAGE);
    status = NtReadFileScatter(file, 0, NULL, NULL, &io, back, PAGES * PAGE, &offset);
    check("and scattered", status == OK && io.information == PAGES * PAGE);
    for (u32 i = 0; i < PAGES; i++)
        equal &= *(u8 *)back[i] == i + 1 && ((u8 *)back[i])[PAGE - 1] == i + 1;
    check("in their order", equal);
    check("whole pages only", NtReadFileScatter(file, 0, NULL, NULL, &io, back, 100, &offset) == 0xC000000D);
    check("nothing is under way", NtCancelIoFile(file, &io) == OK && io.status == OK);
    check("what is written is there", NtFlushBuffersFile(file, &io) == OK && io.status == OK);
    NtClose(file);
    size = 0;
    NtFreeVirtualMemory((void *)&memory, &size, 0x8000, 0);
}

static u64 size_of(u32 file)
{
    u64 standard[3] = {0};
    NtQueryInformationFile(file, &io, standard, sizeof standard, 5);
    return standard[1];
}

static void check_sizes(void)
{
    u32 file = 0;
    struct name n;
    struct ansi_string name;
    open_as("cache:\\scatter.bin", READ_WRITE | DELETE, OPEN, 0, &file, &information);
    u64 value = 5000, position = 0, back = 99;
    check("a file is cut", NtSetInformationFile(file, &io, &value, 8, END_OF_FILE) == OK && size_of(file) == 5000);
    value = 9000;
    check("and grows", NtSetInformationFile(file, &io, &value, 8, END_OF_FILE) == OK && size_of(file) == 9000);
    s64 offset = 8000;
    check("with zeros", NtReadFile(file, 0, NULL, NULL, &io, &back, 8, &offset) == OK && back == 0);
    check("its place", NtQueryInformationFile(file, &io, &position, 8, POSITION) == OK && position == 8008);
    position = 16;
    check("is set", NtSetInformationFile(file, &io, &position, 8, POSITION) == OK);
    check("and read from", NtReadFile(file, 0, NULL, NULL, &io, &back, 8, NULL) == OK && back == 0x0101010101010101);
    RtlInitAnsiString(&name, "\\??\\cache:\\renamed.bin");
    u32 rename[4] = {0, 0, name.length << 16 | name.capacity, (u32)name.text};
    check("it is renamed", NtSetInformationFile(file, &io, rename, sizeof rename, RENAME) == OK);
    NtClose(file);
    check("away", open_as("cache:\\scatter.bin", READ, OPEN, 0, &file, &information) == NO_FILE);
    u32 full[14];
    check("to there", NtQueryFullAttributesFile(named(&n, "cache:\\renamed.bin"), full) == OK && full[11] == 9000);
    check("another call opens it", IoCreateFile(&file, READ | DELETE | 0x100000, named(&n, "cache:\\renamed.bin"), &io,
                                                NULL, 0x80, SHARE_ALL, OPEN, 0x20, 0) == OK);
    check("and reads on", NtReadFile(file, 0, NULL, NULL, &io, &back, 8, NULL) == OK && back == 0x0101010101010101);
    check("not to be shared", open_as("cache:\\renamed.bin", READ, OPEN, 0, &full[0], &information) == OK);
    NtClose(full[0]);
    NtClose(file);
    check("it is deleted by name", NtDeleteFile(named(&n, "cache:\\renamed.bin")) == OK);
    check("and gone", NtDeleteFile(named(&n, "cache:\\renamed.bin")) == NO_FILE);
}

void check_io(void)
{
    check_scatter();
    check_sizes();
}

void check_ports(void)
{
    u32 port = 0, file = 0, other = 0, key = 0, context = 0;
    char text[12] = "";
    s64 offset = 0, none = 0;
    NtCreateIoCompletion(&port, 0x1F0003, NULL, 0);
    open_as("game:\\data\\hello.txt", READ, OPEN, 0, &file, &information);
    u32 pair[2] = {port, 77};
    check("a port hears of a file", NtSetInformationFile(file, &io, pair, sizeof pair, COMPLETION) == OK);
    check("one port", NtSetInformationFile(file, &io, pair, sizeof pair, COMPLETION) == 0xC000000D);
    NtReadFile(file, 0, NULL, NULL, &io, text, 5, &offset);
    check("not of what has no context", NtRemoveIoCompletion(port, &key, &context, &io, &none) == TIMEOUT);
    check("of a read", NtReadFile(file, 0, NULL, (void *)0x55, &io, text, 5, &offset) == OK);
    struct io_status_block told = {9, 9};
    check("that is over", NtRemoveIoCompletion(port, &key, &context, &told, &none) == OK);
    check("with key, context and outcome", key == 77 && context == 0x55 && told.status == OK && told.information == 5);
    offset = 100;
    NtReadFile(file, 0, NULL, (void *)0x56, &io, text, 5, &offset);
    check("a read that fails at once is not told", NtRemoveIoCompletion(port, &key, &context, &told, &none) == TIMEOUT);
    NtClose(port);
    offset = 0;
    check("the file keeps its port", NtReadFile(file, 0, NULL, (void *)0x57, &io, text, 5, &offset) == OK);
    NtClose(file);
    NtCreateEvent(&other, NULL, 0, 0);
    open_as("game:\\data\\hello.txt", READ, OPEN, 0, &file, &information);
    pair[0] = other;
    check("an event is no port", NtSetInformationFile(file, &io, pair, sizeof pair, COMPLETION) == 0xC0000024);
    NtClose(file);
    NtClose(other);
}

void check_volumes(void)
{
    u32 file = 0, words[16] = {0};
    struct name n;
    open_as("cache:\\", READ, OPEN, DIRECTORY, &file, &information);
    check("a volume's size", NtQueryVolumeInformationFile(file, &io, words, 24, 3) == OK && io.information == 24);
    check("in sectors and units", words[5] == 512 && words[4] >= 1 && (words[0] | words[1]) != 0);
    check("what kind of device", NtQueryVolumeInformationFile(file, &io, words, 8, 4) == OK && words[0] == 7);
    check("a class that is none", NtQueryVolumeInformationFile(file, &io, words, 64, 77) == 0xC0000003);
    NtClose(file);
    open_as("game:\\", READ, OPEN, DIRECTORY, &file, &information);
    check("the disc is another", NtQueryVolumeInformationFile(file, &io, words, 8, 4) == OK && words[0] == 2);
    NtClose(file);
    check("no such device", NtOpenFile(&file, READ, named(&n, "\\Device\\None\\x"), &io, SHARE_ALL, 0x20) != OK);
}
