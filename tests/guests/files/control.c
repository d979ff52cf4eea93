/* SPDX-License-Identifier: BSD-3-Clause
 * Device control, and what an operation does to its event, its port and its APC. */
#include "files.h"

enum {
    CHECK_VERIFY = 0x24800,
    GEOMETRY = 0x70000,
    PARTITION = 0x74004,
    UNKNOWN_CODE = 0x7FFF0,
    NOT_KNOWN = 0xC0000010,
    TOO_SMALL = 0xC0000023,
    INVALID = 0xC000000D,
    VIOLATION = 0xC0000005,
};

static u32 information, apc_calls;
static struct io_status_block io;

static u32 control(u32 file, u32 code, void *out, u32 size)
{
    io = (struct io_status_block){0xAAAA, 0xAAAA};
    return NtDeviceIoControlFile(file, 0, NULL, NULL, &io, code, NULL, 0, out, size);
}

static void check_disk(void)
{
    u32 file = 0, words[4] = {0, 0, 0, 0};
    u64 pair[2] = {9, 9};
    check("a partition is opened", open_as("\\Device\\Harddisk0\\Cache0", READ, OPEN, 0, &file, &information) == OK);
    check("its geometry", control(file, GEOMETRY, words, 8) == OK && io.status == OK && io.information == 8);
    check("in sectors", words[0] != 0 && words[1] == 512 && words[2] == 0);
    check("its place", control(file, PARTITION, pair, 16) == OK && io.information == 16);
    check("is as large", pair[0] == 0 && pair[1] == (u64)words[0] * words[1]);
    check("too little room", control(file, GEOMETRY, words, 7) == TOO_SMALL && io.status == TOO_SMALL);
    check("for either", control(file, PARTITION, pair, 15) == TOO_SMALL && io.information == 0);
    check("no room", control(file, PARTITION, NULL, 16) == VIOLATION);
    check("what the device does not know", control(file, UNKNOWN_CODE, words, 16) == NOT_KNOWN);
    check("nor what discs are asked", control(file, CHECK_VERIFY, NULL, 0) == NOT_KNOWN);
    NtClose(file);
    check("no handle", control(file, GEOMETRY, words, 8) == BAD_HANDLE);
    open_as("game:\\data\\hello.txt", READ, OPEN, 0, &file, &information);
    check("a file is no device", control(file, GEOMETRY, words, 8) == INVALID);
    NtClose(file);
    NtCreateEvent(&file, NULL, 0, 0);
    check("nor is an event", control(file, GEOMETRY, words, 8) == 0xC0000024);
    NtClose(file);
}

static void check_drive(void)
{
    u32 file = 0;
    check("the drive is opened", open_as("\\Device\\Cdrom0", READ, OPEN, 0, &file, &information) == OK);
    check("a disc is in it", control(file, CHECK_VERIFY, NULL, 0) == OK && io.status == OK && io.information == 0);
    check("it is no disk", control(file, PARTITION, &information, 16) == NOT_KNOWN);
    NtClose(file);
}

static void on_control(void *context, struct io_status_block *block, u32 reserved)
{
    (void)reserved;
    apc_calls += block->status == OK && block->information == 8 && (u32)context == 7;
}

static int is_set(u32 event)
{
    s64 none = 0;
    return NtWaitForSingleObjectEx(event, ANY_USER, 0, &none) == OK;
}

static void check_told(void)
{
    u32 file = 0, event = 0, words[2];
    s64 none = 0;
    NtCreateEvent(&event, NULL, 0, 0);
    open_as("\\Device\\Harddisk0\\Cache1", READ, OPEN, 0, &file, &information);
    check("with an event and an APC",
          NtDeviceIoControlFile(file, event, (void *)on_control, (void *)7, &io, GEOMETRY, NULL, 0, words, 8) == OK);
    check("the event is set", is_set(event));
    check("the APC waits", apc_calls == 0 && KeDelayExecutionThread(ANY_USER, 1, &none) == APC && apc_calls == 1);
    NtDeviceIoControlFile(file, event, (void *)on_control, NULL, &io, UNKNOWN_CODE, NULL, 0, words, 8);
    check("a failure resets the event", !is_set(event));
    check("and queues nothing", KeDelayExecutionThread(ANY_USER, 1, &none) != APC && apc_calls == 1);
    check("a bad event", NtDeviceIoControlFile(file, file, NULL, NULL, &io, GEOMETRY, NULL, 0, words, 8) != OK);
    NtClose(file);
    NtClose(event);
}

/* An error tells nobody, a warning does. */
static void check_outcomes(void)
{
    u32 file = 0, event = 0;
    u8 bytes[200];
    s64 behind = 4000;
    struct ansi_string pattern;
    NtCreateEvent(&event, NULL, 0, 1);
    open_as("game:\\data\\hello.txt", READ, OPEN, 0, &file, &information);
    check("a read behind the end", NtReadFile(file, event, NULL, NULL, &io, bytes, 5, &behind) == END);
    check("leaves its event reset", !is_set(event));
    NtClose(file);
    RtlInitAnsiString(&pattern, "*");
    open_as("game:\\data", READ, OPEN, DIRECTORY, &file, &information);
    u32 status = OK;
    for (u32 i = 0; i < 100 && status == OK; i++)
        status = NtQueryDirectoryFile(file, event, NULL, NULL, &io, bytes, sizeof bytes, &pattern, 0);
    check("a directory's end is a warning", status == NO_MORE && is_set(event));
    NtClose(file);
    NtClose(event);
}

void check_controls(void)
{
    check_disk();
    check_drive();
    check_told();
    check_outcomes();
}
