/* SPDX-License-Identifier: BSD-3-Clause
 * Objects by handle, name and address: references, duplicates, types. */
#include "sync.h"

static struct object_attributes attributes;
static struct ansi_string name;

static const struct object_attributes *named(const char *text, u32 flags)
{
    RtlInitAnsiString(&name, text);
    attributes = (struct object_attributes){0, &name, flags};
    return &attributes;
}

static void check_names(void)
{
    u32 first = 0, second = 0, third = 0;
    check("a named event", NtCreateEvent(&first, named("Mine", 0), AUTO, 0) == SUCCESS);
    check("not twice", NtCreateEvent(&second, named("mine", 0), AUTO, 0) == 0xC0000035);
    check("but opened", NtCreateEvent(&second, named("MINE", 0x80), AUTO, 1) == 0x40000000 && second != first);
    check("as it is", wait_ms(second, 0) == TIMEOUT);
    check("not as another kind", NtCreateMutant(&third, named("Mine", 0x80), 0) == 0xC0000024);
    check("found by name", ObOpenObjectByName(named("Mine", 0), ExEventObjectType, NULL, &third) == SUCCESS);
    NtSetEvent(third, NULL);
    check("the same one", wait_ms(first, 0) == SUCCESS);
    check("not as another type", ObOpenObjectByName(named("Mine", 0), ExMutantObjectType, NULL, &third) == 0xC0000024);
    NtClose(first);
    NtClose(second);
    check("its name lives", ObOpenObjectByName(named("Mine", 0), NULL, NULL, &first) == SUCCESS);
    NtClose(first);
    NtClose(third);
    check("with its handles", ObOpenObjectByName(named("Mine", 0), NULL, NULL, &first) == 0xC0000034);
}

static void check_references(void)
{
    u32 handle = new_event(MANUAL, 1), other = 0;
    struct header *pointer = NULL, *again = NULL;
    check("an event has an address",
          ObReferenceObjectByHandle(handle, (void *)ExEventObjectType, (void *)&pointer) == SUCCESS);
    check("which is its header", pointer->type == 0 && pointer->signal == 1 && ObGetWaitableObject(pointer) == pointer);
    check("of no other type",
          ObReferenceObjectByHandle(handle, (void *)ExTimerObjectType, (void *)&again) == 0xC0000024);
    check("a handle by address", ObOpenObjectByPointer(pointer, &other) == SUCCESS && other != handle);
    NtClose(handle);
    check("the object lives by it", wait_ms(other, 0) == SUCCESS);
    u32 copy = 0;
    check("a second handle",
          NtDuplicateObject(other, &copy, 0) == SUCCESS && copy != other && wait_ms(copy, 0) == SUCCESS);
    check("in place of the first", NtDuplicateObject(copy, &handle, 1) == SUCCESS && NtClose(copy) == 0xC0000008);
    NtClose(handle);
    NtClose(other);
    check("and by references", pointer->signal == 1);
    ObReferenceObject(pointer);
    ObDereferenceObject(pointer);
    check("all of them", KeResetEvent(pointer) == 1);
    ObDereferenceObject(pointer);
}

static void idle(void *context)
{
    wait_ms((u32)context, -1);
}

static void check_thread_objects(void)
{
    u32 id = 0, handle = 0, event = new_event(AUTO, 0);
    ExCreateThread(&handle, 0x10000, &id, NULL, (void *)idle, (void *)event, 0);
    u8 *by_handle = pointer_of(handle), *by_id = NULL, *any = NULL;
    check("a thread is found by its id", ObLookupThreadByThreadId(id, (void *)&by_id) == SUCCESS && by_id == by_handle);
    check("by either call", ObLookupAnyThreadByThreadId(id, (void *)&any) == SUCCESS && any == by_id);
    check("which it shows", *(u32 *)(by_id + 0x14C) == id && by_id[0] == 6);
    check("no other", ObLookupThreadByThreadId(0x7FFF, (void *)&any) == 0xC000000D);
    NtSetEvent(event, NULL);
    s64 while_ = -10000000;
    check("it is waited for by address", KeWaitForSingleObject(by_id, 3, 0, 0, &while_) == SUCCESS);
    check("when it has ended", *(s32 *)(by_id + 4) == 1 && ObLookupThreadByThreadId(id, (void *)&any) == 0xC000000D);
    ObDereferenceObject(by_handle);
    ObDereferenceObject(by_id);
    ObDereferenceObject(any);
    NtClose(handle);
    NtClose(event);
}

static int is_entry(const void *entry, const char *want)
{
    const struct ansi_string *string = entry;
    return string->length == strlen(want) && !memcmp(string->text, want, string->length);
}

static void check_directories(void)
{
    u32 directory = 0, other = 0, event = 0, context = 0, size = 0;
    char entry[64];
    check("a directory is made", NtCreateDirectoryObject(&directory, named("\\Mine", 0)) == SUCCESS);
    check("once", NtCreateDirectoryObject(&other, named("\\mine", 0)) == 0xC0000035);
    named("Inside", 0);
    attributes.root = directory;
    check("an object in it", NtCreateEvent(&event, &attributes, AUTO, 1) == SUCCESS);
    check("has its path", ObOpenObjectByName(named("\\Mine\\Inside", 0), NULL, NULL, &other) == SUCCESS);
    check("and is the same", wait_ms(other, 0) == SUCCESS && wait_ms(event, 0) == TIMEOUT);
    NtClose(other);
    check("it is opened", NtOpenDirectoryObject(&other, named("\\MINE", 0)) == SUCCESS);
    check("and read", NtQueryDirectoryObject(other, entry, sizeof entry, 1, &context, &size) == SUCCESS);
    check("an entry a call", is_entry(entry, "Inside") && size > 12 + 6);
    check("to its end", NtQueryDirectoryObject(other, entry, sizeof entry, 0, &context, &size) == 0x8000001A);
    check("with too little room it is not", NtQueryDirectoryObject(other, entry, 10, 1, &context, &size) == 0xC0000023);
    check("an event is none", NtOpenDirectoryObject(&size, named("\\Mine\\Inside", 0)) == 0xC0000024);
    check("there is no other", NtOpenDirectoryObject(&size, named("\\Yours", 0)) == 0xC0000034);
    check("that of drives is there",
          NtOpenDirectoryObject(&size, named("\\??", 0)) == SUCCESS && NtClose(size) == SUCCESS);
    void *pointer = NULL;
    RtlInitAnsiString(&name, "\\Mine\\Inside");
    check("an object is had by its name", ObReferenceObjectByName(&name, 0, NULL, NULL, &pointer) == SUCCESS);
    check("and is the title's", ObIsTitleObject(pointer) == 1);
    ObDereferenceObject(pointer);
    NtClose(event);
    NtClose(other);
    NtClose(directory);
    check("all gone", NtOpenDirectoryObject(&other, named("\\Mine", 0)) == 0xC0000034);
}

static void check_permanence(void)
{
    u32 event = 0;
    void *pointer = NULL;
    check("a permanent event",
          NtCreateEvent(&event, named("Stays", 0x10), AUTO, 0) == SUCCESS && NtClose(event) == SUCCESS);
    check("stays without a handle", ObOpenObjectByName(named("Stays", 0), NULL, NULL, &event) == SUCCESS);
    check("until it is made temporary", NtMakeTemporaryObject(event) == SUCCESS && NtClose(event) == SUCCESS);
    check("then it is gone", ObOpenObjectByName(named("Stays", 0), NULL, NULL, &event) == 0xC0000034);
    NtCreateEvent(&event, named("Stays", 0x10), AUTO, 0);
    ObReferenceObjectByHandle(event, NULL, &pointer);
    ObMakeTemporaryObject(pointer);
    ObDereferenceObject(pointer);
    NtClose(event);
    check("also by its address", ObOpenObjectByName(named("Stays", 0), NULL, NULL, &event) == 0xC0000034);
}

static void check_links(void)
{
    u32 link = 0;
    char text[40] = "";
    struct ansi_string target, got = {0, sizeof text, text};
    RtlInitAnsiString(&target, "\\Device\\Cdrom0");
    check("a link is made", NtCreateSymbolicLinkObject(&link, named("\\??\\disc:", 0), &target) == SUCCESS);
    check("once", NtCreateSymbolicLinkObject(&link, named("\\??\\disc:", 0), &target) == 0xC0000035);
    check("and translated", ObTranslateSymbolicLink(&name, &got) == SUCCESS && is_entry(&got, "\\Device\\Cdrom0"));
    got.length = 0;
    check("as by its handle", NtQuerySymbolicLinkObject(link, &got, NULL) == SUCCESS && got.length == target.length);
    NtClose(link);
    check("and deleted", ObDeleteSymbolicLink(&name) == SUCCESS && ObTranslateSymbolicLink(&name, &got) == 0xC0000034);
}

void check_objects(void)
{
    check_names();
    check_references();
    check_thread_objects();
    check_directories();
    check_permanence();
    check_links();
}
