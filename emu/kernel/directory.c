/* SPDX-License-Identifier: BSD-3-Clause
 * Directories of objects: names that begin with a directory's name and a `\` are in it. Some are always there. UNKNOWN:
 * whether the console refuses names whose directory does not exist; here they are taken as they are. */
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"
#include "emu/vfs/vfs.h"

enum { ENTRY_SIZE = 12 /* OBJECT_STRING, type */ };

#define STATUS_NO_MORE_ENTRIES 0x8000001Au

static bool is_preset(const char *name)
{
    static const char *const names[] = {"\\", "\\??", "\\Device", "\\BaseNamedObjects"};
    for (u32 i = 0; i < countof(names); i++)
        if (vfs_compare(name, names[i]) == 0)
            return true;
    return false;
}

static u64 open_new(struct kcall *k, const char *name)
{
    struct object *object = object_create(k->e, k, OBJECT_DIRECTORY, 0);
    if (!object)
        return STATUS_NO_MEMORY;
    memcpy(object->name, name, strlen(name));
    u32 status = sync_publish(k, object, kcall_u32(k, 0));
    object_release(k->e, object);
    return status;
}

u64 xboxkrnl_NtCreateDirectoryObject(struct kcall *k)
{
    struct object *made;
    return sync_create(k, kcall_u32(k, 0), kcall_u32(k, 1), OBJECT_DIRECTORY, 0, 0, 0, &made);
}

u64 xboxkrnl_NtOpenDirectoryObject(struct kcall *k)
{
    char name[sizeof k->m->objects[0].name];
    u32 flags;
    u32 status = sync_name(k, kcall_u32(k, 1), name, sizeof name, &flags);
    if (status != STATUS_SUCCESS)
        return status;
    if (is_preset(name))
        return open_new(k, name);
    struct object *object = name[0] ? object_by_name(k->e, OBJECT_FREE, name) : NULL;
    if (!object)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return object->type == OBJECT_DIRECTORY ? sync_publish(k, object, kcall_u32(k, 0)) : STATUS_OBJECT_TYPE_MISMATCH;
}

/* The object's name in the directory; NULL: it is elsewhere. */
static const char *name_in(const struct object *object, const char *directory)
{
    size_t length = strlen(directory);
    char head[sizeof object->name];
    if (object->type == OBJECT_FREE || object->type == OBJECT_FILE || strlen(object->name) <= length)
        return NULL;
    memcpy(head, object->name, length);
    head[length] = '\0';
    const char *rest = object->name + length + (length > 1);
    if (vfs_compare(head, directory) != 0 || (length > 1 && object->name[length] != '\\'))
        return NULL;
    return *rest && !strchr(rest, '\\') ? rest : NULL;
}

static bool put_entry(struct kcall *k, const struct object *object, const char *name, u32 out)
{
    u32 length = (u32)strlen(name);
    return memory_set16(k->e, out, (u16)length) && memory_set16(k->e, out + 2, (u16)(length + 1)) &&
           memory_set32(k->e, out + 4, out + ENTRY_SIZE) && memory_set32(k->e, out + 8, object->type) &&
           memory_write(k->e, out + ENTRY_SIZE, name, length + 1);
}

/* One entry a call: its name and what it is, then the name's text. The context is the place behind it. UNKNOWN: how the
 * console tells the type; here it is the number of its kind. */
u64 xboxkrnl_NtQueryDirectoryObject(struct kcall *k)
{
    struct machine *m = k->m;
    u32 status, out = kcall_u32(k, 1), context = kcall_u32(k, 4), returned = kcall_u32(k, 5);
    struct object *directory = sync_handle(k, kcall_u32(k, 0), OBJECT_DIRECTORY, &status);
    if (!directory)
        return status;
    if (!memory_is_writable(k->e, context, 4) || (returned && !memory_is_writable(k->e, returned, 4)))
        return STATUS_ACCESS_VIOLATION;
    u32 slot = k->arg[3] & 0xFF ? 0 : memory_get32(k->e, context);
    for (slot++; slot && slot <= m->object_pool.high; slot++) {
        const char *name = name_in(&m->objects[slot], directory->name);
        if (!name)
            continue;
        u32 size = ENTRY_SIZE + (u32)strlen(name) + 1;
        if (returned)
            memory_set32(k->e, returned, size);
        if (kcall_u32(k, 2) < size)
            return STATUS_BUFFER_TOO_SMALL;
        if (!put_entry(k, &m->objects[slot], name, out))
            return STATUS_ACCESS_VIOLATION;
        memory_set32(k->e, context, slot);
        return STATUS_SUCCESS;
    }
    return STATUS_NO_MORE_ENTRIES;
}

/* A permanent object lives by a handle that nobody has; made temporary, it goes with its last one. */
static void make_temporary(struct engine *e, struct object *object)
{
    if (!object->permanent)
        return;
    object->permanent = 0;
    if (--object->handles == 0)
        memset(object->name, 0, sizeof object->name);
    object_release(e, object);
}

u64 xboxkrnl_NtMakeTemporaryObject(struct kcall *k)
{
    u32 status;
    struct object *object = sync_handle(k, kcall_u32(k, 0), OBJECT_FREE, &status);
    if (object)
        make_temporary(k->e, object);
    return status;
}

u64 xboxkrnl_ObMakeTemporaryObject(struct kcall *k)
{
    struct object *object = object_known_at(k->e, kcall_u32(k, 0));
    if (object)
        make_temporary(k->e, object);
    return 0;
}
