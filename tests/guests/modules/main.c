/* SPDX-License-Identifier: BSD-3-Clause
 * Checks from inside how libraries are loaded, found, called and dropped, resources, and a mounted drive (dlc:, if
 * there is one). Prints a line a check; the exit code is the number of failures. */
#include "modules.h"

enum { ATTACH = 1, THREAD = 2, THREAD_END = 3, HANDLE = 4 };

u32 helper_add(u32 a, u32 b);
u32 helper_told(u32 reason);

GUEST_IMPORT("helper.dll", 3, helper_add);
GUEST_IMPORT("helper.dll", 7, helper_told);

__attribute__((section(".xexres.text"), used)) static const char resource[] = "a resource of the title";

u32 title_twice(u32 n);

u32 title_twice(u32 n)
{
    return 2 * n;
}

GUEST_EXPORT(5, title_twice);

static u32 failures;

void check(const char *name, int good)
{
    DbgPrint("%s %s\n", good ? "ok" : "FAIL", name);
    failures += !good;
}

void *handle_of(const char *name)
{
    void *handle = NULL;
    XexGetModuleHandle(name, (void *)&handle);
    return handle;
}

u32 procedure(void *module, const void *which, function **f)
{
    void *address = NULL;
    u32 status = XexGetProcedureAddress(module, (u32)(unsigned long)which, (void *)&address);
    *f = (function *)address;
    return status;
}

static void check_imports(void)
{
    function *f;
    void *helper = handle_of("helper.dll");
    check("an imported function", helper_add(40, 2) == 42);
    check("attached before main", helper_told(ATTACH) == 1 && helper_told(0) == 0);
    check("its handle", helper && helper_told(HANDLE) == (u32)(unsigned long)helper);
    check("by ordinal", procedure(helper, (void *)3, &f) == OK && f && f(1, 2) == 3);
    check("by name", procedure(helper, "helper_add", &f) == OK && f && f(3, 4) == 7);
    check("a gap between ordinals", procedure(helper, (void *)4, &f) == NO_ORDINAL && !f);
    check("no such ordinal", procedure(helper, (void *)8, &f) == NO_ORDINAL && !f);
    check("no such name", procedure(helper, "helper_sub", &f) == NO_NAME && !f);
}

static void check_loading(void)
{
    void *extra = NULL, *again = NULL;
    function *f;
    check("not there yet", handle_of("extra.dll") == NULL);
    check("load", XexLoadImage("game:\\extra.dll", 8, 0, (void *)&extra) == OK && extra);
    check("it calls what it imports", procedure(extra, (void *)1, &f) == OK && f(7, 0) == 7 + EXTRA_ANSWER + 1);
    check("loaded once", XexLoadImage("EXTRA.DLL", 8, 0, (void *)&again) == OK && again == extra);
    check("one user less", XexUnloadImage(extra) == OK && handle_of("extra.dll") == extra);
    check("the last user", XexUnloadImage(extra) == OK && handle_of("extra.dll") == NULL);
    check("gone", XexUnloadImage(extra) == BAD_HANDLE);
    check("loaded again", XexLoadImage("extra.dll", 8, 0, (void *)&extra) == OK &&
                              procedure(extra, (void *)1, &f) == OK && f(1, 0) == EXTRA_ANSWER + 2);
    check("what it imports from stays", XexUnloadImage(extra) == OK && handle_of("helper.dll") != NULL);
}

static void thread(void *context)
{
    (void)context;
}

/* With a library of its own, or none. */
static void leave(void *name)
{
    void *library = NULL;
    if (name)
        XexLoadImage(name, 8, 0, (void *)&library);
    XexUnloadImageAndExitThread(library, name ? 33 : 34);
    check("behind it", 0);
}

static void check_leaving(void)
{
    for (u32 i = 0; i < 2; i++) {
        u32 handle = 0;
        u8 *kthread = NULL;
        ExCreateThread((void *)&handle, 0, NULL, NULL, (void *)leave, i ? NULL : "extra.dll", 0);
        ObReferenceObjectByHandle(handle, NULL, (void *)&kthread);
        NtWaitForSingleObjectEx(handle, 1, 0, NULL);
        NtClose(handle);
        check("a thread ends with its library", *(u32 *)(kthread + 0x140) == 33 + i && handle_of("extra.dll") == NULL);
        ObDereferenceObject(kthread);
    }
}

static void check_threads(void)
{
    u32 handle = 0, id = 0;
    check("a thread", ExCreateThread((void *)&handle, 0, (void *)&id, NULL, (void *)thread, NULL, 0) == OK);
    NtWaitForSingleObjectEx(handle, 1, 0, NULL);
    NtClose(handle);
    check("libraries heard of it", helper_told(THREAD) == 1);
    check("and of its end", helper_told(THREAD_END) == 1);
}

static void check_title(void)
{
    void *own = *(void **)XexExecutableModuleHandle, *data = NULL;
    u32 size = 0;
    check("a resource",
          XexGetModuleSection(own, "text", (void *)&data, &size) == OK && data == resource && size == sizeof resource);
    check("no such resource", XexGetModuleSection(own, "none", (void *)&data, &size) == NO_SECTION);
    check("no privileges", !XexCheckExecutablePrivilege(0) && !XexCheckExecutablePrivilege(40));
    check("its own handle", handle_of(NULL) == own && handle_of("default.exe") == own);
    check("by its file's name", handle_of("default.xex") == own && handle_of("DEFAULT.XEX") == own);
    check("an image's page", KeGetImagePageTableEntry((void *)0x82011234) == 0x201 &&
                                 KeGetImagePageTableEntry((void *)0x92011234) == 0x40002011);
    check("what is no image has none",
          KeGetImagePageTableEntry((void *)0x70000000) == 0 && KeGetImagePageTableEntry((void *)0xA0010000) == 0);
    check("nobody debugs", *(void **)KeDebugMonitorData == NULL && *(void **)KeCertMonitorData == NULL);
    function *f;
    check("its own exports", procedure(own, (void *)5, &f) == OK && f(21, 0) == 42);
    check("and by name", procedure(NULL, "title_twice", &f) == OK && f(4, 0) == 8);
    check("what it does not export", procedure(own, (void *)6, &f) == NO_ORDINAL && !f);
}

static void read_mount(void)
{
    struct ansi_string name;
    struct object_attributes attributes = {0, &name, 0x40};
    struct io_status_block io;
    char text[64] = {0};
    u32 file;
    RtlInitAnsiString(&name, "dlc:\\data\\note.txt");
    if (NtOpenFile((void *)&file, 0x120089, &attributes, &io, 7, 0x20) != OK)
        return;
    NtReadFile(file, 0, NULL, NULL, &io, text, sizeof text - 1, NULL);
    DbgPrint("dlc: %s\n", text);
    check("a mount is not written to", NtOpenFile((void *)&file, 0x120116, &attributes, &io, 7, 0x20) != OK);
}

int main(void)
{
    check_imports();
    check_loading();
    check_statuses();
    check_memory();
    check_headers();
    check_threads();
    check_leaving();
    check_title();
    read_mount();
    return (int)failures;
}
