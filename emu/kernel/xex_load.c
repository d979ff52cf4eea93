/* SPDX-License-Identifier: BSD-3-Clause
 * Loading executables: from files, from memory, and their headers alone. Of the flags, of which the console's kernel
 * knows more kinds of load, only what tells a library from a title is looked at; least versions are not. What calls
 * check, and in which order, is read off what others found in the console's kernel. */
#include "emu/kernel/kcall.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/title_header.h"
#include "emu/loader/library.h"
#include "emu/memory/memory.h"
#include "emu/vfs/vfs.h"

enum { LOAD_LIBRARY = 0x8 };
/* Headers are read in steps of a disc's sector, and are whole sectors. */
enum { SECTOR = 0x800, HEADERS_MAX = 0x10000, HEADER_SIZE_AT = 8 };

u64 xboxkrnl_XexLoadImage(struct kcall *k)
{
    char path[VPATH_MAX];
    u32 out = kcall_u32(k, 3);
    if (!memory_read_string(k->e, kcall_u32(k, 0), path, sizeof path))
        return STATUS_INVALID_PARAMETER;
    u32 own = library_find(k->e, path) ? 0 : xex_own_module(k->m, path);
    if (out && !memory_set32(k->e, out, own))
        return sync_fault(k, FAULT_WRITE, out);
    return own ? STATUS_SUCCESS : library_load(k, path, out);
}

u64 xboxkrnl_XexLoadImageFromMemory(struct kcall *k)
{
    char name[VPATH_MAX];
    u32 out = kcall_u32(k, 5);
    if (out && !memory_set32(k->e, out, 0))
        return sync_fault(k, FAULT_WRITE, out);
    if (!memory_read_string(k->e, kcall_u32(k, 2), name, sizeof name))
        return sync_fault(k, FAULT_READ, kcall_u32(k, 2));
    if (strpbrk(name, "\\/:"))
        return STATUS_OBJECT_PATH_INVALID; /* what comes from memory has no path */
    if (!(kcall_u32(k, 3) & LOAD_LIBRARY))
        return STATUS_ACCESS_DENIED; /* there is a title already */
    if (xex_own_module(k->m, name))
        return STATUS_OBJECT_NAME_COLLISION;
    return library_load_from_memory(k, name, kcall_u32(k, 0), kcall_u32(k, 1), out);
}

/* How the system loads a title when there is none: what asks here is one. XexLoadImageFromMemory, which is known, and
 * this end in the same steps, and there that is what a title gets. */
u64 xboxkrnl_XexLoadExecutable(struct kcall *k)
{
    u32 out = kcall_u32(k, 1);
    if (out && !memory_set32(k->e, out, 0))
        return sync_fault(k, FAULT_WRITE, out);
    return STATUS_ACCESS_DENIED;
}

/* The kernel's modules and the title stay. */
u64 xboxkrnl_XexUnloadImage(struct kcall *k)
{
    struct library *library = library_by_handle(k->e, kcall_u32(k, 0));
    if (!library && xex_is_own(k, kcall_u32(k, 0)))
        return STATUS_SUCCESS;
    return library ? library_unload(k, library) : STATUS_INVALID_HANDLE;
}

/* The file's bytes from at to end, or to its own end, into guest memory. */
static u32 read_part(struct kcall *k, u32 node, u32 out, u32 at, u32 end)
{
    u8 bytes[SECTOR];
    u32 moved = sizeof bytes, status = STATUS_SUCCESS;
    for (; at < end && moved == sizeof bytes; at += moved) {
        status = vfs_read(k->e, node, at, sizeof bytes, bytes, &moved);
        if (status != STATUS_SUCCESS)
            break;
        if (!memory_write(k->e, out + at, bytes, moved))
            return (u32)sync_fault(k, FAULT_WRITE, out + at);
    }
    return status == STATUS_END_OF_FILE && at ? STATUS_SUCCESS : status;
}

static u32 find_file(struct kcall *k, u32 name, u32 *status)
{
    char path[VPATH_MAX];
    u32 length = memory_get16(k->e, name);
    if (length >= sizeof path || !memory_read(k->e, memory_get32(k->e, name + 4), path, length)) {
        *status = STATUS_OBJECT_NAME_INVALID;
        return 0;
    }
    path[length] = '\0';
    u32 node = vfs_find(k->e, path, status);
    if (!node || !vfs_is_directory(k->e, node))
        return node;
    *status = STATUS_FILE_IS_A_DIRECTORY;
    return 0;
}

/* What it has read by then stays in the buffer, whatever the result. */
u64 xboxkrnl_XexLoadImageHeaders(struct kcall *k)
{
    u32 out = kcall_u32(k, 1), room = kcall_u32(k, 2), status;
    if (room < SECTOR)
        return STATUS_BUFFER_TOO_SMALL;
    u32 node = find_file(k, kcall_u32(k, 0), &status);
    if (!node)
        return status;
    status = read_part(k, node, out, 0, SECTOR);
    if (status != STATUS_SUCCESS)
        return status;
    u8 magic[4];
    u32 size = memory_get32(k->e, out + HEADER_SIZE_AT);
    if (vfs_node(k->e, node)->size < SECTOR || !memory_read(k->e, out, magic, 4) || memcmp(magic, "XEX2", 4) != 0)
        return STATUS_INVALID_IMAGE_FORMAT;
    if (size < SECTOR || size > HEADERS_MAX || size % SECTOR)
        return STATUS_INVALID_IMAGE_FORMAT;
    return size <= room ? read_part(k, node, out, SECTOR, size) : STATUS_BUFFER_TOO_SMALL;
}
