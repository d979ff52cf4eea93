/* SPDX-License-Identifier: BSD-3-Clause
 * The pictures of content, PNG files of at most 16 KiB, beside the packages. What is in one is the title's affair. */
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"
#include "emu/vfs/vfs.h"

enum { THUMBNAIL_MAX = 0x4000 };

static u32 set(struct kcall *k)
{
    char folder[VPATH_MAX], path[VPATH_MAX];
    u8 bytes[THUMBNAIL_MAX];
    u32 size = kcall_u32(k, 3), status;
    if (size > sizeof bytes || !memory_read(k->e, kcall_u32(k, 2), bytes, size))
        return ERROR_INVALID_PARAMETER;
    u32 error = xam_content_place(k, kcall_u32(k, 1), "Thumbnails", folder, path);
    if (error)
        return error;
    if (!xam_make_folders(k, folder))
        return ERROR_FUNCTION_FAILED;
    u32 node = vfs_find(k->e, path, &status);
    if (node && vfs_delete(k->e, node) != STATUS_SUCCESS)
        return ERROR_FUNCTION_FAILED;
    node = vfs_make(k->e, path, false, &status);
    return node && vfs_write(k->e, node, 0, size, bytes) == STATUS_SUCCESS ? ERROR_SUCCESS : ERROR_FUNCTION_FAILED;
}

/* user, content, bytes, size, overlapped. */
u64 xam_XamContentSetThumbnail(struct kcall *k)
{
    return xam_complete(k, kcall_u32(k, 4), set(k), 0);
}

/* Without a buffer only its size is told. */
static u32 get(struct kcall *k)
{
    char folder[VPATH_MAX], path[VPATH_MAX];
    u8 bytes[THUMBNAIL_MAX];
    u32 out = kcall_u32(k, 2), size_at = kcall_u32(k, 3), room = memory_get32(k->e, size_at), status, size;
    if (!memory_is_writable(k->e, size_at, 4))
        return ERROR_INVALID_PARAMETER;
    u32 error = xam_content_place(k, kcall_u32(k, 1), "Thumbnails", folder, path);
    u32 node = error ? 0 : vfs_find(k->e, path, &status);
    memory_set32(k->e, size_at, 0);
    if (error || !node)
        return error ? error : ERROR_FILE_NOT_FOUND;
    if (vfs_read(k->e, node, 0, sizeof bytes, bytes, &size) != STATUS_SUCCESS)
        size = 0;
    memory_set32(k->e, size_at, size);
    if (!out)
        return ERROR_SUCCESS;
    if (room < size)
        return ERROR_INSUFFICIENT_BUFFER;
    return memory_write(k->e, out, bytes, size) ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

/* user, content, buffer, its size, overlapped. */
u64 xam_XamContentGetThumbnail(struct kcall *k)
{
    return xam_complete(k, kcall_u32(k, 4), get(k), 0);
}
