/* SPDX-License-Identifier: BSD-3-Clause
 * Loads that fail, each with its status; loads from memory; headers alone. */
#include "modules.h"

static u8 file_bytes[0x40000];

/* The file's size; 0: it cannot be read. */
static u32 read_whole(const char *path)
{
    struct ansi_string name;
    struct object_attributes attributes = {0, &name, 0x40};
    struct io_status_block io = {0};
    u32 file;
    RtlInitAnsiString(&name, path);
    if (NtOpenFile((void *)&file, 0x120089, &attributes, &io, 7, 0x20) != OK)
        return 0;
    u32 status = NtReadFile(file, 0, NULL, NULL, &io, file_bytes, sizeof file_bytes, NULL);
    NtClose(file);
    return status == OK ? io.information : 0;
}

static u32 load(const char *name)
{
    void *module = (void *)1;
    u32 status = XexLoadImage(name, 8, 0, (void *)&module);
    check("a failure gives no handle", status == OK || !module);
    return status;
}

void check_statuses(void)
{
    check("a missing one", load("missing.dll") == NOT_FOUND);
    check("one that refuses", load("refuse.dll") == REFUSED);
    check("is not there", handle_of("refuse.dll") == NULL);
    check("no library", load("other.xex") == BAD_IMAGE && load("game:\\default.xex") == BAD_IMAGE);
    check("no image", load("note.txt") == BAD_IMAGE);
    check("one whose place is taken", load("clash.dll") == CONFLICT);
    check("one that imports what is not exported", load("lacks.dll") == NO_IMPORT);
    check("one with data of its own in each thread", load("threads.dll") == REFUSED_BY_NAME);
    check("none of them is there", !handle_of("clash.dll") && !handle_of("lacks.dll") && !handle_of("threads.dll"));
    void *module = NULL;
    check("a module of the kernel is loaded",
          XexLoadImage("xam.xex", 8, 0, (void *)&module) == OK && module && module == handle_of("xam.xex"));
    check("and stays when it is unloaded", XexUnloadImage(module) == OK && module == handle_of("xam.xex"));
    check("what is none is not", XexUnloadImage((u8 *)module + 4) == BAD_HANDLE && XexUnloadImage(NULL) == BAD_HANDLE);
    check("a title does not load another",
          XexLoadExecutable("game:\\default.xex", (void *)&module, 1, 0) == DENIED && !module);
}

static u32 from_memory(const char *name, u32 size, u32 flags, void **module)
{
    *module = (void *)1;
    return XexLoadImageFromMemory(file_bytes, size, name, flags, 0, (void *)module);
}

void check_memory(void)
{
    void *module, *helper = handle_of("helper.dll");
    function *f;
    u32 size = read_whole("game:\\extra.dll");
    check("the file", size > 0x1000 && size < sizeof file_bytes);
    check("from memory", from_memory("copy.dll", size, 8, &module) == OK && module && module == handle_of("copy.dll"));
    check("it was attached", procedure(module, (void *)1, &f) == OK && f(7, 0) == 7 + EXTRA_ANSWER + 1);
    void *other;
    check("the name is taken", from_memory("COPY.DLL", size, 8, &other) == COLLISION && !other);
    check("by a file too",
          from_memory("helper.dll", size, 8, &other) == COLLISION && handle_of("helper.dll") == helper);
    check("and by the kernel", from_memory("xam.xex", size, 8, &other) == COLLISION);
    check("its place is taken", from_memory("more.dll", size, 8, &other) == CONFLICT && !other);
    check("unloaded", XexUnloadImage(module) == OK && handle_of("copy.dll") == NULL);
    check("a name with a path", from_memory("game:\\copy.dll", size, 8, &module) == BAD_PATH && !module);
    check("a title from memory", from_memory("copy.xex", size, 1, &module) == DENIED && !module);
    check("cut short", from_memory("copy.dll", size / 2, 8, &module) == BAD_IMAGE && !module);
    check("nothing", from_memory("copy.dll", 0, 8, &module) == BAD_IMAGE && !module);
    check("without an out", XexLoadImageFromMemory(file_bytes, size, "copy.dll", 8, 0, NULL) == OK);
    module = handle_of("copy.dll");
    check("it is there", module && XexUnloadImage(module) == OK && !handle_of("copy.dll"));
}

static u8 header[0x2000];

static u32 headers_of(const char *path, u32 room)
{
    struct ansi_string name;
    RtlInitAnsiString(&name, path);
    memset(header, 0x55, sizeof header);
    return XexLoadImageHeaders(&name, header, room);
}

void check_headers(void)
{
    u32 size = read_whole("game:\\default.xex"), length = *(u32 *)(file_bytes + 8);
    check("a title's file", size && length >= 0x800 && length < sizeof header);
    check("its headers", headers_of("game:\\default.xex", sizeof header) == OK &&
                             memcmp(header, file_bytes, length) == 0 && header[length] == 0x55);
    check("exactly enough room", headers_of("game:\\default.xex", length) == OK);
    check("too little room", headers_of("game:\\default.xex", length - 1) == TOO_SMALL &&
                                 memcmp(header, file_bytes, 0x800) == 0 && header[0x800] == 0x55);
    check("no room", headers_of("game:\\default.xex", 0x7FF) == TOO_SMALL && header[0] == 0x55);
    check("by the device's name", headers_of("\\Device\\Cdrom0\\default.xex", sizeof header) == OK);
    check("no such file", headers_of("game:\\missing.xex", sizeof header) == NO_FILE && header[0] == 0x55);
    check("no executable", headers_of("game:\\note.txt", sizeof header) == BAD_IMAGE && header[0] == 'n');
    void *own = *(void **)XexExecutableModuleHandle;
    check("fields of what was read", headers_of("game:\\default.xex", sizeof header) == OK &&
                                         (u32)RtlImageXexHeaderField(header, 0x10100) ==
                                             (u32)RtlImageXexHeaderField(*(void **)((u8 *)own + 0x58), 0x10100) &&
                                         RtlImageXexHeaderField(header, 0x10100));
}
