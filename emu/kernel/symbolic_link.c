/* SPDX-License-Identifier: BSD-3-Clause
 * Symbolic links as objects: opened by name, asked for their target. */
#include "emu/kernel/file.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"
#include "emu/vfs/vfs.h"

static u32 open_link(struct kcall *k, const char *name, u32 out)
{
    struct object *object = object_create(k->e, k, OBJECT_SYMBOLIC_LINK, 0);
    if (!object)
        return STATUS_NO_MEMORY;
    memcpy(object->name, name, strlen(name));
    u32 status = sync_publish(k, object, out);
    object_release(k->e, object);
    return status;
}

/* Such a link stays when its handle is closed: ObDeleteSymbolicLink ends it. */
u64 xboxkrnl_NtCreateSymbolicLinkObject(struct kcall *k)
{
    char name[sizeof k->m->objects[0].name], target[VPATH_MAX];
    u32 flags;
    u32 status = sync_name(k, kcall_u32(k, 1), name, sizeof name, &flags);
    if (status != STATUS_SUCCESS)
        return status;
    if (!memory_is_writable(k->e, kcall_u32(k, 0), 4))
        return STATUS_ACCESS_VIOLATION;
    if (!name[0] || !file_read_string(k->e, kcall_u32(k, 2), target, sizeof target))
        return STATUS_INVALID_PARAMETER;
    status = vfs_link(k->e, name, target);
    return status == STATUS_SUCCESS ? open_link(k, name, kcall_u32(k, 0)) : status;
}

u64 xboxkrnl_NtOpenSymbolicLinkObject(struct kcall *k)
{
    char name[sizeof k->m->objects[0].name];
    u32 flags, out = kcall_u32(k, 0);
    u32 status = sync_name(k, kcall_u32(k, 1), name, sizeof name, &flags);
    if (status != STATUS_SUCCESS)
        return status;
    if (!memory_is_writable(k->e, out, 4))
        return STATUS_ACCESS_VIOLATION;
    if (!vfs_link_target(k->e, name))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return open_link(k, name, out);
}

static u32 put_string(struct kcall *k, u32 string, const char *text)
{
    u32 length = (u32)strlen(text);
    if (memory_get16(k->e, string + 2) < length)
        return STATUS_BUFFER_TOO_SMALL;
    bool good =
        memory_write(k->e, memory_get32(k->e, string + 4), text, length) && memory_set16(k->e, string, (u16)length);
    return good ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
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
    return put_string(k, string, target);
}

/* The target of a link by its name, into the caller's string. */
u64 xboxkrnl_ObTranslateSymbolicLink(struct kcall *k)
{
    char name[VPATH_MAX];
    if (!file_read_string(k->e, kcall_u32(k, 0), name, sizeof name))
        return STATUS_INVALID_PARAMETER;
    const char *target = vfs_link_target(k->e, name);
    return target ? put_string(k, kcall_u32(k, 1), target) : STATUS_OBJECT_NAME_NOT_FOUND;
}
