/* SPDX-License-Identifier: BSD-3-Clause
 * Reading and writing: NtReadFile, NtWriteFile, their scattered forms, NtFlushBuffersFile, NtCancelIoFile. */
#include "emu/kernel/event.h"
#include "emu/kernel/file.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { CHUNK = 0x4000, SEGMENT = 0x1000 };

/* Special values of a byte offset. */
#define OFFSET_END      0xFFFFFFFFFFFFFFFFull
#define OFFSET_POSITION 0xFFFFFFFFFFFFFFFEull

/* One transfer. Bytes go to or from one buffer, or pages named by an array of 32-bit addresses. */
struct transfer {
    struct file file;
    bool write;
    bool scattered;
    u32 buffer; /* or the array */
    u32 length;
    u64 offset;
    u32 moved;
};

static bool read_offset(struct kcall *k, struct transfer *t, u32 *status)
{
    u32 address = kcall_u32(k, 7);
    t->offset = t->file.open->position;
    *status = STATUS_ACCESS_VIOLATION;
    if (address) {
        u8 bytes[8];
        if (!memory_read(k->e, address, bytes, sizeof bytes))
            return false;
        u64 offset = load_be64(bytes);
        *status = STATUS_INVALID_PARAMETER;
        if (offset == OFFSET_END && t->write)
            t->offset = t->file.node->size;
        else if (offset >> 63 && offset != OFFSET_POSITION)
            return false;
        else if (offset != OFFSET_POSITION)
            t->offset = offset;
    }
    u32 access = t->file.open->access;
    if (t->write && access & FILE_APPEND_DATA && !(access & FILE_WRITE_DATA))
        t->offset = t->file.node->size;
    *status = STATUS_SUCCESS;
    return true;
}

/* Guest address of the transfer's byte `at`, and how many follow it there; 0 bytes: unreadable array. */
static u32 place(struct kcall *k, const struct transfer *t, u32 at, u32 *room)
{
    *room = t->length - at;
    if (!t->scattered)
        return t->buffer + at;
    u32 left = SEGMENT - at % SEGMENT;
    u8 bytes[4];
    if (*room > left)
        *room = left;
    if (!memory_read(k->e, t->buffer + at / SEGMENT * 4, bytes, sizeof bytes))
        *room = 0;
    return *room ? load_be32(bytes) + at % SEGMENT : 0;
}

static bool is_place_usable(struct kcall *k, const struct transfer *t, u32 length)
{
    for (u32 at = 0, room; at < length; at += room) {
        u32 ea = place(k, t, at, &room);
        if (room > length - at)
            room = length - at;
        if (room == 0 || !(t->write ? memory_is_readable(k->e, ea, room) : memory_is_writable(k->e, ea, room)))
            return false;
    }
    return true;
}

static u32 move_chunk(struct kcall *k, struct transfer *t, u8 *chunk, u32 size, u32 ea)
{
    u32 node = t->file.open->node;
    u64 offset = t->offset + t->moved;
    u32 moved = size;
    u32 status;
    if (t->write) {
        memory_read(k->e, ea, chunk, size);
        status = vfs_write(k->e, node, offset, size, chunk);
    } else {
        status = vfs_read(k->e, node, offset, size, chunk, &moved);
        memory_write(k->e, ea, chunk, moved);
    }
    if (status == STATUS_SUCCESS)
        t->moved += moved;
    return status;
}

static u32 move_bytes(struct kcall *k, struct transfer *t, u32 length, u64 *hash)
{
    u8 chunk[CHUNK];
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    u32 status = STATUS_SUCCESS;
    while (t->moved < length && status == STATUS_SUCCESS) {
        u32 before = t->moved;
        u32 room;
        u32 ea = place(k, t, before, &room);
        u32 size = length - before < room ? length - before : room;
        status = move_chunk(k, t, chunk, size < CHUNK ? size : CHUNK, ea);
        XXH3_64bits_update(&state, chunk, t->moved - before);
    }
    *hash = XXH3_64bits_digest(&state);
    return status;
}

static u32 check_transfer(struct kcall *k, const struct transfer *t)
{
    u32 need = t->write ? FILE_WRITE_DATA | FILE_APPEND_DATA : FILE_READ_DATA | FILE_EXECUTE;
    if (t->file.node->attributes & VFS_DIRECTORY)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!(t->file.open->access & need))
        return STATUS_ACCESS_DENIED;
    if (t->scattered && t->length % SEGMENT)
        return STATUS_INVALID_PARAMETER;
    return kcall_u32(k, 4) && !memory_is_writable(k->e, kcall_u32(k, 4), 8) ? STATUS_ACCESS_VIOLATION : STATUS_SUCCESS;
}

static u32 run_transfer(struct kcall *k, struct transfer *t, u64 *hash)
{
    u32 length = t->length;
    u64 size = t->file.node->size;
    file_begin(k);
    if (!t->write) {
        if (length && t->offset >= size)
            return STATUS_END_OF_FILE;
        if (length > size - t->offset)
            length = (u32)(size - t->offset);
    }
    if (!is_place_usable(k, t, length))
        return STATUS_ACCESS_VIOLATION;
    /* All of a write's room is taken first: a full disk takes nothing. */
    if (t->write && length && t->offset + length > size) {
        u32 status = t->offset + length < t->offset ? STATUS_DISK_FULL
                                                    : vfs_resize(k->e, t->file.open->node, t->offset + length);
        if (status != STATUS_SUCCESS)
            return status;
    }
    u32 status = move_bytes(k, t, length, hash);
    if (status == STATUS_SUCCESS)
        t->file.open->position = t->offset + t->moved;
    return status;
}

static u64 transfer(struct kcall *k, bool write, bool scattered)
{
    struct transfer t = {.write = write, .scattered = scattered, .buffer = kcall_u32(k, 5), .length = kcall_u32(k, 6)};
    u32 status;
    u64 hash = 0;
    if (!file_from_handle(k, kcall_u32(k, 0), &t.file, &status) || !file_check_event(k, &status))
        return status;
    status = check_transfer(k, &t);
    if (status == STATUS_SUCCESS && read_offset(k, &t, &status))
        status = run_transfer(k, &t, &hash);
    file_emit_node(k, &t.file, status, t.offset, t.moved, hash);
    return file_complete(k, &t.file, status, t.moved, t.moved);
}

u64 xboxkrnl_NtReadFile(struct kcall *k)
{
    return transfer(k, false, false);
}

u64 xboxkrnl_NtReadFileScatter(struct kcall *k)
{
    return transfer(k, false, true);
}

u64 xboxkrnl_NtWriteFile(struct kcall *k)
{
    return transfer(k, true, false);
}

u64 xboxkrnl_NtWriteFileGather(struct kcall *k)
{
    return transfer(k, true, true);
}

/* Writes reach the partition at once: there is nothing to flush. */
u64 xboxkrnl_NtFlushBuffersFile(struct kcall *k)
{
    struct file file;
    u32 status;
    if (!file_from_handle(k, kcall_u32(k, 0), &file, &status))
        return status;
    return file_answer(k, kcall_u32(k, 1), STATUS_SUCCESS, 0);
}

/* Operations are over when the call that began them returns: there is none to cancel. */
u64 xboxkrnl_NtCancelIoFile(struct kcall *k)
{
    struct file file;
    u32 status;
    if (!file_from_handle(k, kcall_u32(k, 0), &file, &status))
        return status;
    return file_answer(k, kcall_u32(k, 1), STATUS_SUCCESS, 0);
}
