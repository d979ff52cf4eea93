/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/kernel/sync.h"

#include "emu/kernel/thread.h"
#include "emu/memory/memory.h"

enum { OBJ_PERMANENT = 0x10, OBJ_OPENIF = 0x80 };

u64 sync_fault(struct kcall *k, enum fault_kind kind, u32 ea)
{
    k->no_return = true;
    k->thread->cpu.stop = CPU_FAULT;
    k->thread->cpu.fault = kind;
    k->thread->cpu.fault_address = ea;
    return 0;
}

bool sync_header(struct engine *e, u32 guest, u8 type, s32 state)
{
    u8 header[HEADER_SIZE] = {type};
    store_be32(header + 4, (u32)state);
    store_be32(header + 8, guest + 8);
    store_be32(header + 12, guest + 8);
    return memory_write(e, guest, header, sizeof header);
}

struct object *sync_handle(struct kcall *k, u32 handle, enum object_type type, u32 *status)
{
    struct object *object = handle_object(k->e, k, handle, OBJECT_FREE);
    *status = STATUS_SUCCESS;
    if (!object)
        *status = STATUS_INVALID_HANDLE;
    else if (type != OBJECT_FREE && object->type != type)
        *status = STATUS_OBJECT_TYPE_MISMATCH;
    return *status == STATUS_SUCCESS ? object : NULL;
}

struct object *sync_pointer(struct kcall *k, u32 guest, enum object_type type)
{
    struct object *object = object_at(k->e, k, guest);
    if (object && (type == OBJECT_FREE || object->type == type))
        return object;
    bool is_read_only = !object && guest && memory_is_readable(k->e, guest, HEADER_SIZE);
    sync_fault(k, object ? FAULT_BUGCHECK : is_read_only ? FAULT_WRITE : FAULT_READ, guest);
    return NULL;
}

u32 sync_out(struct kcall *k, u32 ea, u32 value)
{
    if (ea && !memory_set32(k->e, ea, value))
        return STATUS_ACCESS_VIOLATION;
    return STATUS_SUCCESS;
}

/* OBJECT_ATTRIBUTES: +0 root, +4 name (ANSI_STRING: u16 length, u16 capacity, u32 buffer), +8 flags. */
static u32 read_name(struct engine *e, u32 attributes, char *name, u32 capacity, u32 *flags)
{
    name[0] = '\0';
    *flags = 0;
    if (!attributes)
        return STATUS_SUCCESS;
    u8 block[12], string[8];
    if (!memory_read(e, attributes, block, sizeof block))
        return STATUS_ACCESS_VIOLATION;
    *flags = load_be32(block + 8);
    u32 ea = load_be32(block + 4);
    if (!ea)
        return STATUS_SUCCESS;
    if (!memory_read(e, ea, string, sizeof string))
        return STATUS_ACCESS_VIOLATION;
    u32 length = load_be16(string);
    if (length >= capacity)
        return STATUS_OBJECT_NAME_INVALID;
    if (!memory_read(e, load_be32(string + 4), name, length))
        return STATUS_ACCESS_VIOLATION;
    name[length] = '\0';
    return STATUS_SUCCESS;
}

/* Pseudo handles of \\?? and of the directory of named objects, whose names have no path here. */
#define ROOT_DOS_DEVICES   0xFFFFFFFDu
#define ROOT_NAMED_OBJECTS 0xFFFFFFFCu

u32 sync_name(struct kcall *k, u32 attributes, char *name, u32 capacity, u32 *flags)
{
    u32 status = read_name(k->e, attributes, name, capacity, flags);
    u32 root = attributes ? memory_get32(k->e, attributes) : 0;
    if (status != STATUS_SUCCESS || !root || root == ROOT_DOS_DEVICES || root == ROOT_NAMED_OBJECTS || !name[0])
        return status;
    struct object *directory = sync_handle(k, root, OBJECT_DIRECTORY, &status);
    if (!directory)
        return status;
    size_t length = strlen(directory->name), gap = length > 1 ? 1 : 0;
    if (length + gap + strlen(name) >= capacity)
        return STATUS_OBJECT_NAME_INVALID;
    memmove(name + length + gap, name, strlen(name) + 1);
    memcpy(name, directory->name, length);
    if (gap)
        name[length] = '\\';
    return STATUS_SUCCESS;
}

u32 sync_publish(struct kcall *k, struct object *object, u32 out)
{
    u32 handle = handle_create(k->e, k, object);
    if (!handle)
        return STATUS_NO_MEMORY;
    if (memory_set32(k->e, out, handle))
        return STATUS_SUCCESS;
    handle_close(k->e, k, handle);
    return STATUS_ACCESS_VIOLATION;
}

/* A name that is taken: opened if it is of the same type and the caller allows that. */
static u32 open_named(struct kcall *k, struct object *object, u32 out, enum object_type type, u32 flags)
{
    if (object->type != type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    if (!(flags & OBJ_OPENIF))
        return STATUS_OBJECT_NAME_COLLISION;
    u32 status = sync_publish(k, object, out);
    return status == STATUS_SUCCESS ? STATUS_OBJECT_NAME_EXISTS : status;
}

u32 sync_create(struct kcall *k, u32 out, u32 attributes, enum object_type type, u32 size, u8 header, s32 state,
                struct object **made)
{
    char name[sizeof k->m->objects[0].name];
    u32 flags;
    *made = NULL;
    u32 status = sync_name(k, attributes, name, sizeof name, &flags);
    if (status != STATUS_SUCCESS)
        return status;
    struct object *old = name[0] ? object_by_name(k->e, OBJECT_FREE, name) : NULL;
    if (old)
        return open_named(k, old, out, type, flags);
    struct object *object = object_create(k->e, k, type, size);
    if (!object)
        return STATUS_NO_MEMORY;
    memcpy(object->name, name, strlen(name));
    if (object->guest)
        sync_header(k->e, object->guest, header, state);
    status = sync_publish(k, object, out);
    if (status == STATUS_SUCCESS)
        *made = object;
    if (*made && flags & OBJ_PERMANENT && name[0]) {
        object_reference(k->e, object);
        object->handles++;
        object->permanent = 1;
    }
    object_release(k->e, object);
    return status;
}
