/* SPDX-License-Identifier: BSD-3-Clause
 * Symbolic links as objects: opened by name, asked for their target. */
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"
#include "emu/vfs/vfs.h"

u64 xboxkrnl_NtOpenSymbolicLinkObject(struct kcall *k)
{
    char name[sizeof k->m->objects[0].name];
    u32 flags, out = kcall_u32(k, 0);
    u32 status = sync_name(k->e, kcall_u32(k, 1), name, sizeof name, &flags);
    if (status != STATUS_SUCCESS)
        return status;
    if (!memory_is_writable(k->e, out, 4))
        return STATUS_ACCESS_VIOLATION;
    if (!vfs_link_target(k->e, name))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    struct object *object = object_create(k->e, k, OBJECT_SYMBOLIC_LINK, 0);
    if (!object)
        return STATUS_NO_MEMORY;
    memcpy(object->name, name, sizeof name);
    u32 handle = handle_create(k->e, k, object);
    object_release(k->e, object);
    memory_set32(k->e, out, handle);
    return handle ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

/* The target goes into the caller's string; how long it is goes out even if there is no room. */
u64 xboxkrnl_NtQuerySymbolicLinkObject(struct kcall *k)
{
    u32 status, string = kcall_u32(k, 1), returned = kcall_u32(k, 2);
    struct object *object = sync_handle(k, kcall_u32(k, 0), OBJECT_SYMBOLIC_LINK, &status);
    if (!object)
        return status;
    const char *target = vfs_link_target(k->e, object->name);
    if (!target)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    u32 length = (u32)strlen(target);
    if (returned && !memory_set32(k->e, returned, length))
        return STATUS_ACCESS_VIOLATION;
    if (memory_get16(k->e, string + 2) < length)
        return STATUS_BUFFER_TOO_SMALL;
    if (!memory_write(k->e, memory_get32(k->e, string + 4), target, length) || !memory_set16(k->e, string, (u16)length))
        return STATUS_ACCESS_VIOLATION;
    return STATUS_SUCCESS;
}
