/* SPDX-License-Identifier: BSD-3-Clause
 * What titles ask and set about files and volumes, by information class. Layouts are the console's, big-endian. */
#include "emu/kernel/file.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

enum information {
    FILE_BASIC = 4,
    FILE_STANDARD = 5,
    FILE_INTERNAL = 6,
    FILE_EA = 7,
    FILE_NAME = 9,
    FILE_RENAME = 10,
    FILE_DISPOSITION = 13,
    FILE_POSITION = 14,
    FILE_MODE = 16,
    FILE_ALIGNMENT = 17,
    FILE_ALLOCATION = 19,
    FILE_END = 20,
    FILE_SECTOR = 26,
    FILE_COMPLETION = 30,
    FILE_NETWORK_OPEN = 34,
};

enum { VOLUME_VOLUME = 1, VOLUME_SIZE = 3, VOLUME_DEVICE = 4, VOLUME_ATTRIBUTE = 5 };

enum { SECTOR = 512, DISC_SECTOR = 2048, NETWORK_OPEN_SIZE = 56, RENAME_SIZE = 16 };

static u64 allocation_of(const struct vnode *n)
{
    u64 unit = vfs_is_disc(n->device) ? DISC_SECTOR : VBLOCK_SIZE;
    return (n->size + unit - 1) / unit * unit;
}

static void put_times(u8 *out, const struct vnode *n)
{
    store_be64(out, n->created);
    store_be64(out + 8, n->written);
    store_be64(out + 16, n->written);
    store_be64(out + 24, n->written);
}

static void put_network_open(u8 out[NETWORK_OPEN_SIZE], const struct vnode *n)
{
    put_times(out, n);
    store_be64(out + 32, allocation_of(n));
    store_be64(out + 40, n->size);
    store_be32(out + 48, n->attributes);
    store_be32(out + 52, 0);
}

static u32 put_standard(u8 *out, const struct vnode *n)
{
    store_be64(out, allocation_of(n));
    store_be64(out + 8, n->size);
    store_be32(out + 16, 1); /* links */
    out[20] = n->delete_pending != 0;
    out[21] = (n->attributes & VFS_DIRECTORY) != 0;
    return 24;
}

static u32 put_basic(u8 *out, const struct vnode *n)
{
    put_times(out, n);
    store_be32(out + 32, n->attributes);
    return 40;
}

/* The answer's size; 0: no such class. Fits 64 bytes. */
static u32 put_information(const struct file *file, u32 class, u8 *out)
{
    const struct vnode *n = file->node;
    switch (class) {
    case FILE_BASIC:
        return put_basic(out, n);
    case FILE_STANDARD:
        return put_standard(out, n);
    case FILE_INTERNAL:
        store_be64(out, file->open->node);
        return 8;
    case FILE_EA:
        return 4;
    case FILE_POSITION:
        store_be64(out, file->open->position);
        return 8;
    case FILE_MODE:
        store_be32(out, file->open->options & 0x103E);
        return 4;
    case FILE_ALIGNMENT:
        return 4;
    case FILE_SECTOR:
        store_be32(out, vfs_is_disc(n->device) ? DISC_SECTOR : SECTOR);
        return 4;
    case FILE_NETWORK_OPEN:
        put_network_open(out, n);
        return NETWORK_OPEN_SIZE;
    default:
        return 0;
    }
}

/* Length and path behind the volume; a short buffer gets its beginning. */
static u32 query_name(struct kcall *k, const struct file *file, u32 out, u32 length, u32 *written)
{
    char path[VPATH_MAX];
    u8 size[4];
    vfs_path(k->e, file->open->node, path, sizeof path);
    const char *name = strchr(path, '\\');
    u32 full = (u32)strlen(name);
    u32 room = length - 4 < full ? length - 4 : full;
    store_be32(size, full);
    if (!memory_write(k->e, out, size, 4) || !memory_write(k->e, out + 4, name, room))
        return STATUS_ACCESS_VIOLATION;
    *written = 4 + room;
    return room < full ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static u32 query(struct kcall *k, const struct file *file, u32 *written)
{
    u32 out = kcall_u32(k, 2);
    u32 length = kcall_u32(k, 3);
    u32 class = kcall_u32(k, 4);
    u8 bytes[64] = {0};
    if (class == FILE_NAME)
        return length < 4 ? STATUS_INFO_LENGTH_MISMATCH : query_name(k, file, out, length, written);
    u32 size = put_information(file, class, bytes);
    if (size == 0)
        return STATUS_INVALID_INFO_CLASS;
    if (length < size)
        return STATUS_INFO_LENGTH_MISMATCH;
    if (!memory_write(k->e, out, bytes, size))
        return STATUS_ACCESS_VIOLATION;
    *written = size;
    return STATUS_SUCCESS;
}

u64 xboxkrnl_NtQueryInformationFile(struct kcall *k)
{
    struct file file;
    u32 status;
    u32 written = 0;
    if (!file_from_handle(k, kcall_u32(k, 0), &file, &status))
        return status;
    status = query(k, &file, &written);
    file_emit_node(k, &file, status, 0, file.node->size, 0);
    return file_answer(k, kcall_u32(k, 1), status, written);
}

/* Times of zero and attributes of zero are left as they are. */
static u32 set_basic(const struct file *file, const u8 *in)
{
    struct vnode *n = file->node;
    u32 attributes = load_be32(in + 32) & (VFS_READONLY | 0x2 | 0x4 | VFS_ARCHIVE | VFS_NORMAL);
    if (vfs_is_disc(n->device))
        return STATUS_MEDIA_WRITE_PROTECTED;
    if (load_be64(in) && !(load_be64(in) >> 63))
        n->created = load_be64(in);
    if (load_be64(in + 16) && !(load_be64(in + 16) >> 63))
        n->written = load_be64(in + 16);
    if (attributes)
        n->attributes = attributes | (n->attributes & VFS_DIRECTORY);
    return STATUS_SUCCESS;
}

/* {replace, root directory, ANSI_STRING}: the string's text must be readable; a relative name stays in its directory.
 */
static u32 set_rename(struct kcall *k, const struct file *file, const u8 *in)
{
    char path[VPATH_MAX], name[VPATH_MAX];
    u32 status;
    if (!(file->open->access & FILE_DELETE))
        return STATUS_ACCESS_DENIED;
    if (!file_read_string(k->e, kcall_u32(k, 2) + 8, name, sizeof name) || name[0] == '\0')
        return STATUS_OBJECT_NAME_INVALID;
    if (strpbrk(name, "\\:")) {
        memcpy(path, name, sizeof path);
    } else {
        vfs_path(k->e, file->open->node, path, sizeof path);
        char *last = strrchr(path, '\\') + 1;
        if (strlen(name) >= (size_t)(path + sizeof path - last))
            return STATUS_OBJECT_NAME_INVALID;
        memcpy(last, name, strlen(name) + 1);
    }
    u32 target = vfs_find(k->e, path, &status);
    if (target && target != file->open->node && load_be32(in)) {
        if (vfs_node(k->e, target)->opens || vfs_is_directory(k->e, target))
            return STATUS_ACCESS_DENIED;
        status = vfs_delete(k->e, target);
        if (status != STATUS_SUCCESS)
            return status;
    }
    status = vfs_rename(k->e, file->open->node, path);
    if (status == STATUS_SUCCESS)
        vfs_path(k->e, file->open->node, file->object->name, sizeof file->object->name);
    return status;
}

static u32 set_disposition(struct kcall *k, const struct file *file, bool delete)
{
    if (!(file->open->access & FILE_DELETE))
        return STATUS_ACCESS_DENIED;
    if (delete)
        return file_delete_node(k->e, file->open->node);
    file->node->delete_pending = 0;
    return STATUS_SUCCESS;
}

static u32 set_size(struct kcall *k, const struct file *file, u64 size, bool allocation)
{
    if (!(file->open->access & (FILE_WRITE_DATA | FILE_APPEND_DATA)))
        return STATUS_ACCESS_DENIED;
    if (size >> 63)
        return STATUS_INVALID_PARAMETER;
    /* A larger allocation reserves room and moves no end. */
    if (allocation && size >= file->node->size)
        return file->node->attributes & VFS_DIRECTORY ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
    return vfs_resize(k->e, file->open->node, size);
}

static u32 set_position(const struct file *file, u64 position)
{
    if (position >> 63)
        return STATUS_INVALID_PARAMETER;
    file->open->position = position;
    return STATUS_SUCCESS;
}

/* Once for a file; it keeps the port. */
static u32 set_completion(struct kcall *k, const struct file *file, u32 handle, u32 key)
{
    u32 status;
    struct object *port = sync_handle(k, handle, OBJECT_IO_COMPLETION, &status);
    if (!port)
        return status;
    if (file->open->completion)
        return STATUS_INVALID_PARAMETER;
    object_reference(k->e, port);
    file->open->completion = object_slot(k->m, port);
    file->open->completion_key = key;
    return STATUS_SUCCESS;
}

static u32 set_size_of(u32 class)
{
    switch (class) {
    case FILE_BASIC:
        return 40;
    case FILE_RENAME:
        return RENAME_SIZE;
    case FILE_DISPOSITION:
        return 1;
    case FILE_POSITION:
    case FILE_ALLOCATION:
    case FILE_END:
    case FILE_COMPLETION:
        return 8;
    default:
        return 0;
    }
}

static u32 set(struct kcall *k, const struct file *file)
{
    u32 class = kcall_u32(k, 4);
    u32 size = set_size_of(class);
    u8 in[64] = {0};
    if (size == 0)
        return STATUS_INVALID_INFO_CLASS;
    if (kcall_u32(k, 3) < size)
        return STATUS_INFO_LENGTH_MISMATCH;
    if (!memory_read(k->e, kcall_u32(k, 2), in, size))
        return STATUS_ACCESS_VIOLATION;
    switch (class) {
    case FILE_BASIC:
        return set_basic(file, in);
    case FILE_RENAME:
        return set_rename(k, file, in);
    case FILE_DISPOSITION:
        return set_disposition(k, file, in[0]);
    case FILE_POSITION:
        return set_position(file, load_be64(in));
    case FILE_COMPLETION:
        return set_completion(k, file, load_be32(in), load_be32(in + 4));
    default:
        return set_size(k, file, load_be64(in), class == FILE_ALLOCATION);
    }
}

u64 xboxkrnl_NtSetInformationFile(struct kcall *k)
{
    struct file file;
    u32 status;
    if (!file_from_handle(k, kcall_u32(k, 0), &file, &status))
        return status;
    status = set(k, &file);
    file_emit_node(k, &file, status, file.open->position, file.node->size, 0);
    return file_answer(k, kcall_u32(k, 1), status, 0);
}

u64 xboxkrnl_NtQueryFullAttributesFile(struct kcall *k)
{
    char path[VPATH_MAX];
    u8 bytes[NETWORK_OPEN_SIZE];
    u32 status;
    if (!file_read_path(k, kcall_u32(k, 0), path, &status))
        return status;
    u32 node = vfs_find(k->e, path, &status);
    u64 size = 0;
    if (node) {
        put_network_open(bytes, vfs_node(k->e, node));
        size = vfs_node(k->e, node)->size;
        if (!memory_write(k->e, kcall_u32(k, 1), bytes, sizeof bytes))
            status = STATUS_ACCESS_VIOLATION;
    }
    file_emit(k, path, status, 0, 0, size, 0);
    return status;
}

/* The answer's size without its text, which comes behind it. */
static u32 put_volume(struct kcall *k, const struct file *file, u32 class, u8 *out, const char **text)
{
    bool disc = vfs_is_disc(file->node->device);
    u32 free_blocks, all_blocks;
    vfs_space(k->e, &free_blocks, &all_blocks);
    *text = "";
    switch (class) {
    case VOLUME_VOLUME: /* creation time, serial number, length of the label, padding */
        store_be32(out + 8, file->node->device);
        return 24;
    case VOLUME_SIZE:
        store_be64(out, disc ? 0x3A0000 : all_blocks);
        store_be64(out + 8, disc ? 0 : free_blocks);
        store_be32(out + 16, disc ? 1 : VBLOCK_SIZE / SECTOR);
        store_be32(out + 20, disc ? DISC_SECTOR : SECTOR);
        return 24;
    case VOLUME_DEVICE: /* FILE_DEVICE_CD_ROM, read-only; FILE_DEVICE_DISK */
        store_be32(out, disc ? 2 : 7);
        store_be32(out + 4, disc ? 2 : 0);
        return 8;
    case VOLUME_ATTRIBUTE:
        *text = disc ? "GDFX" : "FATX";
        store_be32(out, disc ? 0x80000 : 0);
        store_be32(out + 4, disc ? 255 : 42);
        store_be32(out + 8, 4);
        return 12;
    default:
        return 0;
    }
}

u64 xboxkrnl_NtQueryVolumeInformationFile(struct kcall *k)
{
    struct file file;
    const char *text;
    u32 status;
    u8 bytes[32] = {0};
    if (!file_from_handle(k, kcall_u32(k, 0), &file, &status))
        return status;
    u32 size = put_volume(k, &file, kcall_u32(k, 4), bytes, &text);
    u32 full = size + (u32)strlen(text);
    memcpy(bytes + size, text, strlen(text));
    if (size == 0)
        status = STATUS_INVALID_INFO_CLASS;
    else if (kcall_u32(k, 3) < full)
        status = STATUS_INFO_LENGTH_MISMATCH;
    else if (!memory_write(k->e, kcall_u32(k, 2), bytes, full))
        status = STATUS_ACCESS_VIOLATION;
    else
        status = STATUS_SUCCESS;
    return file_answer(k, kcall_u32(k, 1), status, status == STATUS_SUCCESS ? full : 0);
}
