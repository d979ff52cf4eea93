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

void check_objects(void)
{
    check_names();
    check_references();
    check_thread_objects();
}
