/* SPDX-License-Identifier: BSD-3-Clause
 * What calls on files have in common: paths from guest structures, open files behind handles, answers, latency, events.
 */
#include "emu/kernel/file.h"

#include "emu/kernel/event.h"
#include "emu/kernel/queue.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

/* Pseudo handle of \??\ as root directory. */
#define ROOT_DOS_DEVICES 0xFFFFFFFDu

bool file_read_string(struct engine *e, u32 address, char *out, u32 capacity)
{
    u8 header[8];
    if (!memory_read(e, address, header, sizeof header))
        return false;
    u32 length = load_be16(header);
    if (length >= capacity || !memory_read(e, load_be32(header + 4), out, length))
        return false;
    out[length] = '\0';
    return !memchr(out, '\0', length);
}

/* Puts the root directory's path before a relative name. */
static bool prepend_root(struct kcall *k, u32 root, char path[VPATH_MAX], u32 *status)
{
    struct file file;
    char base[VPATH_MAX];
    if (!file_from_handle(k, root, &file, status))
        return false;
    vfs_path(k->e, file.open->node, base, sizeof base);
    size_t length = strlen(base);
    if (base[length - 1] != '\\' && path[0] != '\\')
        base[length++] = '\\';
    *status = STATUS_OBJECT_NAME_INVALID;
    if (length + strlen(path) >= VPATH_MAX)
        return false;
    memmove(path + length, path, strlen(path) + 1);
    memcpy(path, base, length);
    return true;
}

bool file_read_path(struct kcall *k, u32 attributes, char path[VPATH_MAX], u32 *status)
{
    u8 bytes[12];
    *status = STATUS_INVALID_PARAMETER;
    if (!memory_read(k->e, attributes, bytes, sizeof bytes) || load_be32(bytes + 4) == 0)
        return false;
    *status = STATUS_OBJECT_NAME_INVALID;
    if (!file_read_string(k->e, load_be32(bytes + 4), path, VPATH_MAX))
        return false;
    u32 root = load_be32(bytes);
    return root == 0 || root == ROOT_DOS_DEVICES || prepend_root(k, root, path, status);
}

bool file_from_handle(struct kcall *k, u32 handle, struct file *file, u32 *status)
{
    file->object = handle_object(k->e, k, handle, OBJECT_FILE);
    if (!file->object) {
        *status = handle_object(k->e, k, handle, OBJECT_FREE) ? STATUS_OBJECT_TYPE_MISMATCH : STATUS_INVALID_HANDLE;
        return false;
    }
    file->open = &k->m->vfs.open[file->object->body];
    file->node = vfs_node(k->e, file->open->node);
    file->handle = handle;
    return true;
}

u32 file_answer(struct kcall *k, u32 iosb, u32 status, u32 information)
{
    u8 bytes[8];
    store_be32(bytes, status);
    store_be32(bytes + 4, information);
    if (iosb)
        memory_write(k->e, iosb, bytes, sizeof bytes);
    return status;
}

void file_emit(struct kcall *k, const char *path, u32 status, u32 handle, u64 offset, u64 length, u64 hash)
{
    struct event event = event_begin(k->e, EVENT_file, k->thread->id);
    event.op = k->op;
    event.lr = k->lr;
    event.v[F_file_path] = event_string(k->e, path);
    event.v[F_file_status] = status;
    event.v[F_file_handle] = handle;
    event.v[F_file_offset] = offset;
    event.v[F_file_length] = length;
    event.v[F_file_hash] = hash;
    event_emit(k->e, &event);
}

void file_emit_node(struct kcall *k, const struct file *file, u32 status, u64 offset, u64 length, u64 hash)
{
    char path[VPATH_MAX];
    vfs_path(k->e, file->open->node, path, sizeof path);
    file_emit(k, path, status, file->handle, offset, length, hash);
}

bool file_check_event(struct kcall *k, u32 *status)
{
    u32 handle = kcall_u32(k, 1);
    *status = STATUS_INVALID_HANDLE;
    if (handle && !handle_object(k->e, k, handle, OBJECT_EVENT))
        return false;
    *status = STATUS_SUCCESS;
    return true;
}

void file_begin(struct kcall *k)
{
    struct object *event = handle_object(k->e, k, kcall_u32(k, 1), OBJECT_EVENT);
    if (event)
        event_reset(k, event);
}

static u64 latency(const struct kcall *k, const struct vnode *node, u32 bytes)
{
    const struct config *c = &k->m->config;
    bool disc = vfs_is_disc(node->device);
    u32 rate = disc ? c->disc_bytes_per_tick : c->cache_bytes_per_tick;
    return (disc ? c->disc_latency_ticks : c->cache_latency_ticks) + bytes / (rate ? rate : 1);
}

u64 file_complete(struct kcall *k, const struct file *file, u32 status, u32 information, u32 bytes)
{
    u32 iosb = kcall_u32(k, 4);
    u32 apc = kcall_u32(k, 2) & ~1u; /* the low bit is a flag of the caller's */
    file_answer(k, iosb, status, information);
    if (status >> 30 == 3)
        return status;
    struct object *event = handle_object(k->e, k, kcall_u32(k, 1), OBJECT_EVENT);
    if (event)
        event_set(k, event);
    event_set(k, file->object);
    if (apc)
        apc_queue(k->e, k->thread, &(struct apc){.routine = apc, .context = kcall_u32(k, 3), .argument1 = iosb});
    else if (file->open->completion && kcall_u32(k, 3))
        completion_put(k, &k->m->objects[file->open->completion], file->open->completion_key, kcall_u32(k, 3), status,
                       information);
    u64 ticks = bytes ? latency(k, file->node, bytes) : 0;
    return ticks ? wait_result_after(k, ticks, status) : status;
}

u32 file_delete_node(struct engine *e, u32 node)
{
    struct vnode *n = vfs_node(e, node);
    if (!vfs_is_writable(e, node) || n->parent == 0)
        return STATUS_CANNOT_DELETE;
    if (n->attributes & VFS_READONLY)
        return STATUS_CANNOT_DELETE;
    if (n->first_child)
        return STATUS_DIRECTORY_NOT_EMPTY;
    n->delete_pending = 1;
    return n->opens ? STATUS_SUCCESS : vfs_delete(e, node);
}

u32 file_truncate(struct engine *e, u32 node)
{
    u32 status = vfs_resize(e, node, 0);
    if (status == STATUS_SUCCESS)
        vfs_node(e, node)->written = vfs_now(e);
    return status;
}

void file_finish(struct engine *e, struct object *object)
{
    struct vfs *v = &e->m->vfs;
    u32 slot = object->body;
    if (slot == 0)
        return;
    struct open_file *open = &v->open[slot];
    u32 node = open->node;
    if (open->delete_on_close)
        file_delete_node(e, node);
    struct vnode *n = vfs_node(e, node);
    if (n->delete_pending && n->opens == 1 && !n->deleted)
        vfs_delete(e, node);
    vfs_close(e, node);
    if (open->completion)
        object_release(e, &e->m->objects[open->completion]);
    memset(open, 0, sizeof *open);
    open->next_free = v->open_free;
    v->open_free = slot;
    object->body = 0;
}
