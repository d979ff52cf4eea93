/* SPDX-License-Identifier: BSD-3-Clause
 * Content and devices, enumerators, overlapped operations. */
#include "checks.h"

enum { SAVED_GAME = 1, CREATE_NEW = 1, CREATE_ALWAYS, OPEN_EXISTING, OPEN_ALWAYS, TRUNCATE_EXISTING };
enum { CREATED = 1, OPENED = 2, ALREADY_EXISTS = 0xB7, PATH_NOT_FOUND = 3, FILE_NOT_FOUND = 2, HDD = 1 };

struct content {
    u32 device;
    u32 type;
    u16 display_name[128];
    char name[44];
};

static struct content first = {HDD, SAVED_GAME, {'F'}, "first"}, second = {HDD, SAVED_GAME, {'S'}, "second"};

static u32 open_file(const char *path, u32 disposition, u32 *handle)
{
    struct ansi_string name = {(u16)strlen(path), (u16)(strlen(path) + 1), (char *)path};
    struct object_attributes attributes = {0, &name, 0x40};
    struct io_status_block io;
    return NtCreateFile(handle, 0xC0100000, &attributes, &io, NULL, 0x80, 0, disposition, 0x20);
}

static void check_packages(void)
{
    u32 disposition = 0, license = 5, file = 0;
    struct io_status_block io;
    check("nothing there yet", XamContentCreate(0, "save", &first, OPEN_EXISTING, NULL, NULL, NULL) == PATH_NOT_FOUND);
    check("content is made", XamContentCreate(0, "save", &first, CREATE_NEW, &disposition, &license, NULL) == SUCCESS);
    check("as new", disposition == CREATED && license == 0);
    check("a file in it", open_file("save:\\data.bin", 2, &file) == SUCCESS);
    NtWriteFile(file, 0, NULL, NULL, &io, "hello", 5, NULL);
    NtClose(file);
    check("is flushed", XamContentFlush("save", NULL) == SUCCESS);
    check("content is closed", XamContentClose("save", NULL) == SUCCESS);
    check("once", XamContentClose("save", NULL) == FILE_NOT_FOUND && XamContentFlush("save", NULL) == FILE_NOT_FOUND);
    check("the file is gone", open_file("save:\\data.bin", 1, &file) != SUCCESS);
    check("it is there already", XamContentCreate(0, "save", &first, CREATE_NEW, NULL, NULL, NULL) == ALREADY_EXISTS);
    check("and opened",
          XamContentCreateEx(0, "again", &first, OPEN_ALWAYS, &disposition, NULL, 0, 0, NULL) == SUCCESS &&
              disposition == OPENED);
    check("with its file", open_file("again:\\data.bin", 1, &file) == SUCCESS);
    NtClose(file);
    XamContentClose("again", NULL);
    check("emptied", XamContentCreate(0, "save", &first, TRUNCATE_EXISTING, &disposition, NULL, NULL) == SUCCESS &&
                         disposition == CREATED && open_file("save:\\data.bin", 1, &file) != SUCCESS);
    XamContentClose("save", NULL);
    check("the second", XamContentCreate(0, "save", &second, CREATE_ALWAYS, NULL, NULL, NULL) == SUCCESS);
    XamContentClose("save", NULL);
    u8 picture[8] = {0x89, 'P', 'N', 'G'}, got[8] = {0};
    u32 size = 0;
    check("no picture", XamContentGetThumbnail(0, (void *)&first, NULL, &size, NULL) == FILE_NOT_FOUND && size == 0);
    check("a picture", XamContentSetThumbnail(0, (void *)&first, picture, 8, NULL) == SUCCESS);
    check("has a size", XamContentGetThumbnail(0, (void *)&first, NULL, &size, NULL) == SUCCESS && size == 8);
    size = 7;
    check("needs room", XamContentGetThumbnail(0, (void *)&first, got, &size, NULL) == 0x7A && size == 8);
    check("is the same",
          XamContentGetThumbnail(0, (void *)&first, got, &size, NULL) == SUCCESS && !memcmp(got, picture, 8));
    check("not too large a one", XamContentSetThumbnail(0, (void *)&first, picture, 0x4001, NULL) == INVALID_PARAMETER);
    struct content bad = first;
    memcpy(bad.name, "none", 5);
    check("nor without content", XamContentSetThumbnail(0, (void *)&bad, picture, 8, NULL) == FILE_NOT_FOUND);
    bad = first;
    memcpy(bad.name, "..\\x", 5);
    check("no way out of its folder",
          XamContentCreate(0, "save", &bad, CREATE_NEW, NULL, NULL, NULL) == INVALID_PARAMETER);
}

static void check_enumeration(void)
{
    struct content items[4];
    u32 size = 0, handle = 0, count = 0;
    check("content is told", XamContentCreateEnumerator(0, HDD, SAVED_GAME, 0, 1, &size, &handle) == SUCCESS);
    check("in items", size == sizeof(struct content));
    check("the first", XamEnumerate(handle, 0, items, size, &count, NULL) == SUCCESS && count == 1 &&
                           !strcmp(items[0].name, "first") && items[0].display_name[0] == 'F');
    check("the second",
          XamEnumerate(handle, 0, items, size, &count, NULL) == SUCCESS && !strcmp(items[0].name, "second"));
    check("and no more", XamEnumerate(handle, 0, items, size, &count, NULL) == NO_MORE_FILES && count == 0);
    NtClose(handle);
    check("not of other kinds", XamContentCreateEnumerator(0, HDD, 2, 0, 1, &size, &handle) == SUCCESS &&
                                    XamEnumerate(handle, 0, items, size, &count, NULL) == NO_MORE_FILES);
    NtClose(handle);
    check("no such device", XamContentCreateEnumerator(0, 9, SAVED_GAME, 0, 1, &size, &handle) == BAD_ARGUMENT);
    check("no such handle", XamEnumerate(0x1234, 0, items, size, &count, NULL) == 6);
    u64 xuid = 0, own;
    u32 creator = 0;
    XamUserGetXUID(0, 1, &own);
    check("made by the user",
          XamContentGetCreator(0, &first, &creator, &xuid, NULL) == SUCCESS && creator && xuid == own);
    char path[260] = "";
    check("it has a path", XamContentResolve(0, &first, path, sizeof path, 0, 0, 0) == SUCCESS && path[0] == '\\');
    u32 mask = 5;
    check("without licences", XamContentGetLicenseMask(&mask, NULL) == SUCCESS && mask == 0);
}

static void check_devices(void)
{
    u8 data[80], items[4 * 80];
    u16 name[28];
    u32 size = 0, handle = 0, count = 0;
    check("a hard disc", XamContentGetDeviceData(HDD, data) == SUCCESS && data[3] == HDD && data[7] == 1);
    check("not another", XamContentGetDeviceData(7, data) == NOT_CONNECTED);
    check("its name", XamContentGetDeviceName(HDD, name, 28) == SUCCESS && is_wide(name, "Hard Drive"));
    check("in too little room", XamContentGetDeviceName(HDD, name, 5) == 0x7A);
    check("is there",
          XamContentGetDeviceState(HDD, NULL) == SUCCESS && XamContentGetDeviceState(7, NULL) == NOT_CONNECTED);
    check("all devices", XamContentCreateDeviceEnumerator(SAVED_GAME, 0, 4, &size, &handle) == SUCCESS && size == 320);
    check("are two", XamEnumerate(handle, 0, items, size, &count, NULL) == SUCCESS && count == 2 && items[3] == HDD);
    NtClose(handle);
}

static u32 completed, completed_length;

static void on_completion(u32 result, u32 length, struct overlapped *overlapped)
{
    completed = result == overlapped->result;
    completed_length = length;
}

static void check_overlapped(void)
{
    struct overlapped overlapped = {0};
    u32 disposition, length = 9;
    NtCreateEvent(&overlapped.event, NULL, 1, 0);
    overlapped.routine = (u32)on_completion;
    check("overlapped",
          XamContentCreate(0, "save", &first, OPEN_EXISTING, &disposition, NULL, &overlapped) == IO_PENDING);
    s64 second_long = -10000000;
    check("its event is set", NtWaitForSingleObjectEx(overlapped.event, 1, 0, &second_long) == SUCCESS);
    check("its result", XamGetOverlappedResult(&overlapped, &length, 1) == SUCCESS && length == OPENED);
    check("its routine is called",
          KeDelayExecutionThread(1, 1, &second_long) == 0xC0 && completed && completed_length == OPENED);
    XamContentClose("save", NULL);
    overlapped.routine = 0;
    check("a failure too",
          XamContentDelete(0, &(struct content){HDD, SAVED_GAME, {0}, "none"}, &overlapped) == IO_PENDING &&
              overlapped.result == PATH_NOT_FOUND && overlapped.extended == 0x80070003);
    overlapped.result = IO_PENDING;
    check("one that is not over", XamGetOverlappedResult(&overlapped, NULL, 0) == 0x3E4);
    XMsgCompleteIORequest(&overlapped, 1, 2, 3);
    check("is completed by hand", overlapped.result == 1 && overlapped.extended == 2 && overlapped.length == 3);
    check("content is deleted",
          XamContentDelete(0, &first, NULL) == SUCCESS && XamContentDelete(0, &second, NULL) == SUCCESS);
    check("and gone", XamContentDelete(0, &first, NULL) == PATH_NOT_FOUND);
    NtClose(overlapped.event);
}

void check_content(void)
{
    check_packages();
    check_enumeration();
    check_devices();
    check_overlapped();
}
