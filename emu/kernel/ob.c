/* SPDX-License-Identifier: BSD-3-Clause
 * The object manager's exports: closing and duplicating handles, references by pointer. */
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/variable.h"
#include "emu/memory/memory.h"

enum { DUPLICATE_CLOSE_SOURCE = 1 };

u64 xboxkrnl_NtClose(struct kcall *k)
{
    return handle_close(k->e, k, kcall_u32(k, 0)) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

static u32 duplicate(struct kcall *k, u32 source, struct object *object, u32 out)
{
    if (!out)
        return STATUS_SUCCESS;
    u32 handle = handle_duplicate(k->e, k, source, object);
    if (!handle)
        return STATUS_NO_MEMORY;
    if (memory_set32(k->e, out, handle))
        return STATUS_SUCCESS;
    handle_close(k->e, k, handle);
    return STATUS_ACCESS_VIOLATION;
}

u64 xboxkrnl_NtDuplicateObject(struct kcall *k)
{
    u32 source = kcall_u32(k, 0);
    struct object *object = handle_object(k->e, k, source, OBJECT_FREE);
    if (!object)
        return STATUS_INVALID_HANDLE;
    u32 status = duplicate(k, source, object, kcall_u32(k, 1));
    if (kcall_u32(k, 2) & DUPLICATE_CLOSE_SOURCE)
        handle_close(k->e, k, source);
    return status;
}

/* The type that a title asks for: the address of the kernel's type variable. 0, or one that is not known, is any. */
static enum object_type wanted_type(const struct engine *e, u32 pointer)
{
    static const struct {
        u16 ordinal;
        u8 type;
    } types[] = {{0x00E, OBJECT_EVENT},         {0x012, OBJECT_MUTANT},   {0x017, OBJECT_SEMAPHORE},
                 {0x01B, OBJECT_THREAD},        {0x01C, OBJECT_TIMER},    {0x03E, OBJECT_FILE},
                 {0x036, OBJECT_IO_COMPLETION}, {0x106, OBJECT_DIRECTORY}};
    for (u32 i = 0; pointer && i < countof(types); i++) {
        if (variable_address(e, export_op(MODULE_XBOXKRNL, types[i].ordinal)) == pointer)
            return types[i].type;
    }
    return OBJECT_FREE;
}

/* Hands out the object's address, with a reference. Objects without one in guest memory (files) cannot be had so. */
static u32 give_pointer(struct kcall *k, struct object *object, u32 out)
{
    if (!object->guest)
        return STATUS_NOT_SUPPORTED;
    if (!memory_set32(k->e, out, object->guest))
        return STATUS_ACCESS_VIOLATION;
    object_reference(k->e, object);
    object->pointers++;
    return STATUS_SUCCESS;
}

u64 xboxkrnl_ObReferenceObjectByHandle(struct kcall *k)
{
    u32 status;
    struct object *object = sync_handle(k, kcall_u32(k, 0), wanted_type(k->e, kcall_u32(k, 1)), &status);
    return object ? give_pointer(k, object, kcall_u32(k, 2)) : status;
}

u64 xboxkrnl_ObReferenceObject(struct kcall *k)
{
    struct object *object = object_known_at(k->e, kcall_u32(k, 0));
    if (!object)
        return 0;
    object_reference(k->e, object);
    object->pointers++;
    return 0;
}

/* A title that drops more references than it took would free what handles stand for: the excess is not counted. */
u64 xboxkrnl_ObDereferenceObject(struct kcall *k)
{
    struct object *object = object_known_at(k->e, kcall_u32(k, 0));
    if (!object || object->pointers == 0)
        return 0;
    object->pointers--;
    object_release(k->e, object);
    return 0;
}

static u64 lookup_thread(struct kcall *k)
{
    struct thread *thread = thread_by_id(k->e, kcall_u32(k, 0));
    if (!thread || thread->state == THREAD_TERMINATED)
        return STATUS_INVALID_PARAMETER;
    return give_pointer(k, &k->m->objects[thread->object], kcall_u32(k, 1));
}

u64 xboxkrnl_ObLookupThreadByThreadId(struct kcall *k)
{
    return lookup_thread(k);
}

u64 xboxkrnl_ObLookupAnyThreadByThreadId(struct kcall *k)
{
    return lookup_thread(k);
}

u64 xboxkrnl_ObOpenObjectByPointer(struct kcall *k)
{
    struct object *object = object_known_at(k->e, kcall_u32(k, 0));
    return object ? sync_publish(k, object, kcall_u32(k, 1)) : STATUS_INVALID_HANDLE;
}

u64 xboxkrnl_ObOpenObjectByName(struct kcall *k)
{
    char name[sizeof k->m->objects[0].name];
    u32 flags;
    u32 status = sync_name(k, kcall_u32(k, 0), name, sizeof name, &flags);
    if (status != STATUS_SUCCESS)
        return status;
    struct object *object = name[0] ? object_by_name(k->e, OBJECT_FREE, name) : NULL;
    if (!object)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    enum object_type type = wanted_type(k->e, kcall_u32(k, 1));
    if (type != OBJECT_FREE && object->type != type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    return sync_publish(k, object, kcall_u32(k, 3));
}

/* Every object that can be had by pointer begins with its dispatcher header. */
u64 xboxkrnl_ObGetWaitableObject(struct kcall *k)
{
    return kcall_u32(k, 0);
}

/* (name, flags, type, parse context, out object). */
u64 xboxkrnl_ObReferenceObjectByName(struct kcall *k)
{
    char name[sizeof k->m->objects[0].name];
    u32 string = kcall_u32(k, 0), length = memory_get16(k->e, string);
    if (length >= sizeof name)
        return STATUS_OBJECT_NAME_INVALID;
    if (!memory_read(k->e, memory_get32(k->e, string + 4), name, length))
        return STATUS_ACCESS_VIOLATION;
    name[length] = '\0';
    struct object *object = name[0] ? object_by_name(k->e, OBJECT_FREE, name) : NULL;
    if (!object)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    enum object_type type = wanted_type(k->e, kcall_u32(k, 2));
    if (type != OBJECT_FREE && object->type != type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    return give_pointer(k, object, kcall_u32(k, 4));
}

/* All objects here are the title's own. */
u64 xboxkrnl_ObIsTitleObject(struct kcall *k)
{
    return object_known_at(k->e, kcall_u32(k, 0)) != NULL;
}
