/* SPDX-License-Identifier: BSD-3-Clause
 * Opening and making files: NtCreateFile, NtOpenFile, IoCreateFile, NtDeleteFile. */
#include "emu/kernel/file.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

enum disposition { SUPERSEDE, OPEN, CREATE, OPEN_IF, OVERWRITE, OVERWRITE_IF, DISPOSITIONS };

/* What iosb.information says of a create. */
enum outcome { SUPERSEDED, OPENED, CREATED, OVERWRITTEN, EXISTS, DOES_NOT_EXIST };

enum options { OPTION_DIRECTORY = 0x1, OPTION_NON_DIRECTORY = 0x40, OPTION_DELETE_ON_CLOSE = 0x1000 };

enum share { SHARE_READ = 1, SHARE_WRITE = 2, SHARE_DELETE = 4 };

enum generic {
    GENERIC_ALL = 0x10000000,
    GENERIC_EXECUTE = 0x20000000,
    GENERIC_WRITE = 0x40000000,
    MAXIMUM_ALLOWED = 0x02000000,
};
#define GENERIC_READ 0x80000000u

enum { OBJECT_SIZE = 0x40, WRITE_ACCESS = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE };

struct request {
    char path[VPATH_MAX];
    u32 access;
    u32 attributes;
    u32 share;
    u32 disposition;
    u32 options;
};

static u32 map_access(u32 access, bool writable)
{
    u32 mapped = access & 0x001FFFFF;
    if (access & (GENERIC_READ | GENERIC_ALL | MAXIMUM_ALLOWED))
        mapped |= 0x120089;
    if (access & (GENERIC_WRITE | GENERIC_ALL) || (access & MAXIMUM_ALLOWED && writable))
        mapped |= 0x120116;
    if (access & (GENERIC_EXECUTE | GENERIC_ALL | MAXIMUM_ALLOWED))
        mapped |= 0x1200A0;
    if (access & GENERIC_ALL || (access & MAXIMUM_ALLOWED && writable))
        mapped |= FILE_DELETE;
    return mapped;
}

/* What an access takes part in, in bits of enum share. */
static u32 use_of(u32 access)
{
    return (access & (FILE_READ_DATA | FILE_EXECUTE) ? SHARE_READ : 0) |
           (access & (FILE_WRITE_DATA | FILE_APPEND_DATA) ? SHARE_WRITE : 0) |
           (access & FILE_DELETE ? SHARE_DELETE : 0);
}

static bool is_shared(const struct vfs *v, u32 node, u32 access, u32 share)
{
    u32 use = use_of(access);
    if (use == 0 || v->nodes[node].opens == 0)
        return true;
    for (u32 slot = 1; slot <= v->open_high; slot++) {
        const struct open_file *other = &v->open[slot];
        u32 others = use_of(other->access);
        if (other->node == node && others && ((use & ~other->share) || (others & ~share)))
            return false;
    }
    return true;
}

static u32 slot_take(struct vfs *v)
{
    u32 slot = v->open_free;
    if (slot) {
        v->open_free = v->open[slot].next_free;
        v->open[slot].next_free = 0;
    } else if (v->open_high + 1 < OPEN_FILES_MAX) {
        slot = ++v->open_high;
    }
    return slot;
}

/* The handle for an opened node; 0: *status. */
static u32 open_handle(struct kcall *k, u32 node, const struct request *request, u32 access, u32 *status)
{
    struct vfs *v = &k->m->vfs;
    *status = STATUS_TOO_MANY_OPENED_FILES;
    struct object *object = object_create(k->e, k, OBJECT_FILE, OBJECT_SIZE);
    if (!object)
        return 0;
    memory_set8(k->e, object->guest, HEADER_EVENT_MANUAL);
    signal_set(k->e, object, 1);
    u32 slot = slot_take(v);
    if (slot) {
        v->open[slot] = (struct open_file){
            .node = node,
            .access = access,
            .share = request->share,
            .options = request->options,
            .delete_on_close = (request->options & OPTION_DELETE_ON_CLOSE) != 0,
        };
        object->body = slot;
        vfs_open(k->e, node);
        vfs_path(k->e, node, object->name, sizeof object->name);
    }
    u32 handle = slot ? handle_create(k->e, k, object) : 0;
    object_release(k->e, object);
    if (handle)
        *status = STATUS_SUCCESS;
    return handle;
}

static u32 check_kind(const struct kcall *k, u32 node, const struct request *request)
{
    bool directory = vfs_is_directory(k->e, node);
    bool replaces = request->disposition == SUPERSEDE || request->disposition >= OVERWRITE;
    if (request->options & OPTION_DIRECTORY && !directory)
        return STATUS_NOT_A_DIRECTORY;
    if (request->options & OPTION_NON_DIRECTORY && directory)
        return STATUS_FILE_IS_A_DIRECTORY;
    if (replaces && directory)
        return STATUS_OBJECT_NAME_COLLISION;
    return STATUS_SUCCESS;
}

/* May this file be opened so? Replaced files need write access to their partition. */
static u32 check_access(struct kcall *k, u32 node, const struct request *request, u32 access)
{
    const struct vnode *n = vfs_node(k->e, node);
    bool replaces = request->disposition == SUPERSEDE || request->disposition >= OVERWRITE;
    bool writes = replaces || access & WRITE_ACCESS || request->options & OPTION_DELETE_ON_CLOSE;
    if (n->delete_pending)
        return STATUS_DELETE_PENDING;
    if (writes && !vfs_is_writable(k->e, node))
        return STATUS_ACCESS_DENIED;
    if (n->attributes & VFS_READONLY && request->options & OPTION_DELETE_ON_CLOSE)
        return STATUS_CANNOT_DELETE;
    if (n->attributes & VFS_READONLY && !vfs_is_directory(k->e, node) && (replaces || use_of(access) & SHARE_WRITE))
        return STATUS_ACCESS_DENIED;
    return is_shared(&k->m->vfs, node, access, request->share) ? STATUS_SUCCESS : STATUS_SHARING_VIOLATION;
}

static u32 make_new(struct kcall *k, const struct request *request, u32 *node)
{
    u32 status;
    *node = vfs_make(k->e, request->path, request->options & OPTION_DIRECTORY, &status);
    if (*node == 0)
        return status;
    struct vnode *n = vfs_node(k->e, *node);
    if (!vfs_is_directory(k->e, *node)) {
        u32 keep = request->attributes & (VFS_READONLY | 0x2 | 0x4 | VFS_ARCHIVE);
        n->attributes = keep ? keep : VFS_NORMAL;
    }
    return STATUS_SUCCESS;
}

/* What the disposition asks for, without the handle. */
static u32 find_or_make(struct kcall *k, const struct request *request, u32 *node, u32 *outcome)
{
    u32 status;
    *node = vfs_find(k->e, request->path, &status);
    *outcome = *node ? EXISTS : DOES_NOT_EXIST;
    if (*node == 0 && status != STATUS_OBJECT_NAME_NOT_FOUND)
        return status;
    bool must_exist = request->disposition == OPEN || request->disposition == OVERWRITE;
    if (*node == 0 && must_exist)
        return status;
    if (*node && request->disposition == CREATE)
        return STATUS_OBJECT_NAME_COLLISION;
    if (*node == 0) {
        status = make_new(k, request, node);
        if (status == STATUS_SUCCESS)
            *outcome = CREATED;
        return status;
    }
    status = check_kind(k, *node, request);
    if (status == STATUS_SUCCESS)
        status = check_access(k, *node, request, map_access(request->access, vfs_is_writable(k->e, *node)));
    if (status != STATUS_SUCCESS)
        return status;
    *outcome = OPENED;
    if (request->disposition == OPEN || request->disposition == OPEN_IF)
        return STATUS_SUCCESS;
    *outcome = request->disposition == SUPERSEDE ? SUPERSEDED : OVERWRITTEN;
    return file_truncate(k->e, *node);
}

static u32 check_request(const struct request *request)
{
    bool both = request->options & OPTION_DIRECTORY && request->options & OPTION_NON_DIRECTORY;
    bool bad_directory = request->options & OPTION_DIRECTORY && request->disposition != OPEN &&
                         request->disposition != CREATE && request->disposition != OPEN_IF;
    bool bad_delete =
        request->options & OPTION_DELETE_ON_CLOSE && !(request->access & (FILE_DELETE | GENERIC_ALL | MAXIMUM_ALLOWED));
    return both || bad_directory || bad_delete || request->disposition >= DISPOSITIONS ? STATUS_INVALID_PARAMETER
                                                                                       : STATUS_SUCCESS;
}

static u64 create(struct kcall *k, u32 out, u32 attributes, u32 iosb, struct request *request)
{
    u32 status;
    u32 node = 0, outcome = 0, handle = 0;
    if (!memory_is_writable(k->e, out, 4) || (iosb && !memory_is_writable(k->e, iosb, 8)))
        return STATUS_ACCESS_VIOLATION;
    memory_set32(k->e, out, 0);
    if (!file_read_path(k, attributes, request->path, &status))
        return file_answer(k, iosb, status, 0);
    status = check_request(request);
    if (status == STATUS_SUCCESS)
        status = find_or_make(k, request, &node, &outcome);
    if (status == STATUS_SUCCESS) {
        bool made = outcome == CREATED;
        handle = open_handle(k, node, request, map_access(request->access, vfs_is_writable(k->e, node)), &status);
        if (!handle && made)
            vfs_delete(k->e, node);
    }
    memory_set32(k->e, out, handle);
    file_emit(k, request->path, status, handle, 0, handle ? vfs_node(k->e, node)->size : 0, 0);
    return file_answer(k, iosb, status, outcome);
}

/* An initial allocation reserves room on the console and leaves the file's end at 0: here it is not needed, and is
 * checked for sense only. */
static bool read_size(struct kcall *k, u32 address)
{
    return address == 0 || (memory_is_readable(k->e, address, 8) && !(memory_get64(k->e, address) >> 63));
}

static u64 create_file(struct kcall *k)
{
    struct request request = {
        .access = kcall_u32(k, 1),
        .attributes = kcall_u32(k, 5),
        .share = kcall_u32(k, 6),
        .disposition = kcall_u32(k, 7),
        .options = kcall_u32(k, 8),
    };
    if (!read_size(k, kcall_u32(k, 4)))
        return STATUS_INVALID_PARAMETER;
    return create(k, kcall_u32(k, 0), kcall_u32(k, 2), kcall_u32(k, 3), &request);
}

u64 xboxkrnl_NtCreateFile(struct kcall *k)
{
    return create_file(k);
}

/* The tenth argument, options for the object manager, changes nothing here. */
u64 xboxkrnl_IoCreateFile(struct kcall *k)
{
    return create_file(k);
}

u64 xboxkrnl_NtOpenFile(struct kcall *k)
{
    struct request request = {
        .access = kcall_u32(k, 1),
        .share = kcall_u32(k, 4),
        .disposition = OPEN,
        .options = kcall_u32(k, 5),
    };
    return create(k, kcall_u32(k, 0), kcall_u32(k, 2), kcall_u32(k, 3), &request);
}

u64 xboxkrnl_NtDeleteFile(struct kcall *k)
{
    char path[VPATH_MAX];
    u32 status;
    if (!file_read_path(k, kcall_u32(k, 0), path, &status))
        return status;
    u32 node = vfs_find(k->e, path, &status);
    if (node)
        status = file_delete_node(k->e, node);
    file_emit(k, path, status, 0, 0, 0, 0);
    return status;
}
