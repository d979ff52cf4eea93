/* SPDX-License-Identifier: BSD-3-Clause
 * Paths and what is done to the files they name. A path is \??\LINK\..., LINK:\... or \Device\...; separators are `\`
 * and
 * `/`; `.` and `..` are walked, and `..` at a device's root stays there. */
#include "emu/vfs/vfs.h"

#include "emu/vfs/blocks.h"
#include "emu/vfs/tree.h"
#include "replay/nondet.h"
#include "schema/status.h"

#include <stdio.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { LINK_ROUNDS = 8, FATX_NAME_MAX = 42 };

static const char *const device_paths[DEVICES] = {
    [DEVICE_DISC] = "\\Device\\Cdrom0",
    [DEVICE_CACHE0] = "\\Device\\Harddisk0\\Cache0",
    [DEVICE_CACHE1] = "\\Device\\Harddisk0\\Cache1",
    [DEVICE_HDD] = "\\Device\\Harddisk0\\Partition1",
    [DEVICE_MOUNT] = "\\Device\\Mount0",
    [DEVICE_MOUNT + 1] = "\\Device\\Mount1",
    [DEVICE_MOUNT + 2] = "\\Device\\Mount2",
    [DEVICE_MOUNT + 3] = "\\Device\\Mount3",
};

/* How a device's files are called in events and messages. */
static const char *const device_names[DEVICES] = {
    [DEVICE_NONE] = "(deleted):",
    [DEVICE_DISC] = "game:",
    [DEVICE_CACHE0] = "cache:",
    [DEVICE_CACHE1] = "cache1:",
    [DEVICE_HDD] = "\\Device\\Harddisk0\\Partition1",
    [DEVICE_MOUNT] = "\\Device\\Mount0",
    [DEVICE_MOUNT + 1] = "\\Device\\Mount1",
    [DEVICE_MOUNT + 2] = "\\Device\\Mount2",
    [DEVICE_MOUNT + 3] = "\\Device\\Mount3",
};

static bool is_separator(char c)
{
    return c == '\\' || c == '/';
}

/* Length of prefix if the path begins with it as whole components (any case, any separator); 0: it does not. */
static size_t prefix_length(const char *path, const char *prefix)
{
    size_t i = 0;
    for (; prefix[i]; i++) {
        char a[2] = {is_separator(path[i]) ? '\\' : path[i]};
        char b[2] = {prefix[i]};
        if (tree_compare(a, b) != 0)
            return 0;
    }
    return path[i] == '\0' || is_separator(path[i]) ? i : 0;
}

static enum vfs_device device_of(const char *path, const char **rest)
{
    for (u32 device = DEVICE_NONE + 1; device < DEVICES; device++) {
        size_t length = prefix_length(path, device_paths[device]);
        if (length) {
            *rest = path + length;
            return (enum vfs_device)device;
        }
    }
    return DEVICE_NONE;
}

static const char *strip_namespace(const char *path)
{
    size_t length = prefix_length(path, "\\??");
    if (length == 0)
        length = prefix_length(path, "\\DosDevices");
    return length && path[length] ? path + length + 1 : path;
}

static struct vlink *link_find(const struct engine *e, const char *name, size_t length)
{
    const struct vfs *v = &e->m->vfs;
    char key[sizeof v->links[0].name];
    if (length == 0 || length >= sizeof key)
        return NULL;
    memcpy(key, name, length);
    key[length] = '\0';
    for (u32 i = 0; i < v->link_count; i++)
        if (tree_compare(v->links[i].name, key) == 0)
            return (struct vlink *)&v->links[i];
    return NULL;
}

/* Length of the first component: through the colon, or up to the separator. */
static size_t link_length(const char *path)
{
    size_t length = 0;
    while (path[length] && !is_separator(path[length])) {
        if (path[length++] == ':')
            break;
    }
    return length;
}

/* Follows links until a device is reached; *rest points behind its name, into buffer or path. */
static enum vfs_device expand(const struct engine *e, const char *path, char buffer[VPATH_MAX], const char **rest,
                              u32 *status)
{
    char from[VPATH_MAX];
    if (strlen(path) >= VPATH_MAX) {
        *status = STATUS_OBJECT_NAME_INVALID;
        return DEVICE_NONE;
    }
    memcpy(buffer, path, strlen(path) + 1);
    for (u32 round = 0; round < LINK_ROUNDS; round++) {
        enum vfs_device device = device_of(buffer, rest);
        if (device)
            return device;
        const char *name = strip_namespace(buffer);
        size_t length = link_length(name);
        const struct vlink *link = link_find(e, name, length);
        *status = name[length] ? STATUS_OBJECT_PATH_NOT_FOUND : STATUS_OBJECT_NAME_NOT_FOUND;
        if (!link)
            return DEVICE_NONE;
        const char *glue = name[length] && !is_separator(name[length]) ? "\\" : "";
        int size = snprintf(from, sizeof from, "%s%s%s", link->target, glue, name + length);
        if (size < 0 || size >= VPATH_MAX) {
            *status = STATUS_OBJECT_NAME_INVALID;
            return DEVICE_NONE;
        }
        memcpy(buffer, from, (size_t)size + 1);
    }
    *status = STATUS_OBJECT_PATH_NOT_FOUND;
    return DEVICE_NONE;
}

struct walk {
    u32 node;   /* 0: not there */
    u32 parent; /* of the last component; 0: a root, or a directory on the way is missing */
    char leaf[VNAME_MAX];
};

/* Copies the next component; false: *status. An empty leaf: the path is over. */
static bool next_component(const char **path, char leaf[VNAME_MAX], u32 *status)
{
    const char *p = *path;
    size_t length = 0;
    while (is_separator(*p))
        p++;
    while (p[length] && !is_separator(p[length]))
        length++;
    if (length >= VNAME_MAX) {
        *status = STATUS_OBJECT_NAME_INVALID;
        return false;
    }
    memcpy(leaf, p, length);
    leaf[length] = '\0';
    *path = p + length;
    return true;
}

/* One component down, or up for `..`. */
static void step(const struct engine *e, struct walk *w, const char *leaf)
{
    const struct vnode *nodes = e->m->vfs.nodes;
    if (strcmp(leaf, ".") == 0)
        return;
    if (strcmp(leaf, "..") == 0) {
        if (nodes[w->node].parent)
            w->node = nodes[w->node].parent;
        w->parent = nodes[w->node].parent;
        memcpy(w->leaf, nodes[w->node].name, VNAME_MAX);
        return;
    }
    w->parent = w->node;
    memcpy(w->leaf, leaf, VNAME_MAX);
    w->node = tree_child(e, w->node, leaf);
}

/* False: *status. True: the walk's parent exists; node may be 0 (and *status says that it is not there). */
static bool walk_path(const struct engine *e, const char *path, struct walk *w, u32 *status)
{
    char buffer[VPATH_MAX];
    const char *rest;
    enum vfs_device device = expand(e, path, buffer, &rest, status);
    if (!device)
        return false;
    *w = (struct walk){.node = e->m->vfs.root[device]};
    *status = STATUS_NO_SUCH_DEVICE;
    if (w->node == 0)
        return false;
    for (;;) {
        char leaf[VNAME_MAX] = {0};
        if (!next_component(&rest, leaf, status))
            return false;
        if (leaf[0] == '\0')
            break;
        if (w->node == 0 || !vfs_is_directory(e, w->node)) {
            *status = STATUS_OBJECT_PATH_NOT_FOUND;
            return false;
        }
        step(e, w, leaf);
    }
    *status = w->node ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
    return true;
}

u32 vfs_find(struct engine *e, const char *path, u32 *status)
{
    struct walk w;
    return walk_path(e, path, &w, status) ? w.node : 0;
}

/* Names that the console's file system takes. */
static bool is_valid_name(const char *name)
{
    if (strlen(name) > FATX_NAME_MAX || name[0] == '\0')
        return false;
    for (; *name; name++)
        if ((u8)*name < 0x20 || strchr("\"*+,/:;<=>?\\|", *name))
            return false;
    return true;
}

u32 vfs_make(struct engine *e, const char *path, bool directory, u32 *status)
{
    struct walk w;
    if (!walk_path(e, path, &w, status))
        return 0;
    *status = STATUS_OBJECT_NAME_COLLISION;
    if (w.node)
        return 0;
    *status = STATUS_ACCESS_DENIED;
    if (!vfs_is_writable(e, w.parent))
        return 0;
    *status = STATUS_OBJECT_NAME_INVALID;
    if (!is_valid_name(w.leaf))
        return 0;
    u32 node = tree_add(e, w.parent, w.leaf, directory);
    *status = node ? STATUS_SUCCESS : STATUS_DISK_FULL;
    if (node)
        e->m->vfs.nodes[node].created = e->m->vfs.nodes[node].written = vfs_now(e);
    return node;
}

static u32 disc_read(struct engine *e, const struct vnode *n, u64 offset, u32 size, u8 *out)
{
    while (size) {
        u64 block = offset / VFS_DISC_BLOCK;
        u32 at = (u32)(offset % VFS_DISC_BLOCK);
        u64 left = n->size - block * VFS_DISC_BLOCK;
        u32 expected = left < VFS_DISC_BLOCK ? (u32)left : VFS_DISC_BLOCK;
        struct nondet_answer answer;
        u64 mount = n->device == DEVICE_DISC ? 0 : n->device - DEVICE_MOUNT + 1;
        u64 key = mount << 56 | (u64)n->host_index << 32 | block;
        if (!nondet_ask(e->gate, INPUT_disc_read, key, engine_time(e), &answer, &e->err))
            return STATUS_UNSUCCESSFUL;
        if (answer.size != expected) {
            err_set(&e->err, "%s: block %u has %zu bytes instead of %u: the file changed", n->name, (u32)block,
                    answer.size, expected);
            return STATUS_UNSUCCESSFUL;
        }
        u32 part = expected - at < size ? expected - at : size;
        memcpy(out, answer.data + at, part);
        out += part;
        offset += part;
        size -= part;
    }
    return STATUS_SUCCESS;
}

u32 vfs_read(struct engine *e, u32 node, u64 offset, u32 size, u8 *out, u32 *moved)
{
    const struct vnode *n = &e->m->vfs.nodes[node];
    *moved = 0;
    if (n->attributes & VFS_DIRECTORY)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (size == 0)
        return STATUS_SUCCESS;
    if (offset >= n->size)
        return STATUS_END_OF_FILE;
    if (size > n->size - offset)
        size = (u32)(n->size - offset);
    u32 status = STATUS_SUCCESS;
    if (vfs_is_disc(n->device))
        status = disc_read(e, n, offset, size, out);
    else
        blocks_read(e, node, offset, size, out);
    if (status == STATUS_SUCCESS)
        *moved = size;
    return status;
}

u32 vfs_write(struct engine *e, u32 node, u64 offset, u32 size, const u8 *bytes)
{
    struct vnode *n = &e->m->vfs.nodes[node];
    if (n->attributes & VFS_DIRECTORY)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!vfs_is_writable(e, node))
        return STATUS_MEDIA_WRITE_PROTECTED;
    if (size == 0)
        return STATUS_SUCCESS;
    if (offset + size < offset || (offset + size > n->size && !blocks_resize(e, node, offset + size)))
        return STATUS_DISK_FULL;
    blocks_write(e, node, offset, size, bytes);
    n->written = vfs_now(e);
    return STATUS_SUCCESS;
}

u32 vfs_resize(struct engine *e, u32 node, u64 size)
{
    struct vnode *n = &e->m->vfs.nodes[node];
    if (n->attributes & VFS_DIRECTORY)
        return STATUS_INVALID_PARAMETER;
    if (!vfs_is_writable(e, node))
        return STATUS_MEDIA_WRITE_PROTECTED;
    if (size == n->size)
        return STATUS_SUCCESS;
    if (!blocks_resize(e, node, size))
        return STATUS_DISK_FULL;
    n->written = vfs_now(e);
    return STATUS_SUCCESS;
}

void vfs_open(struct engine *e, u32 node)
{
    e->m->vfs.nodes[node].opens++;
}

void vfs_close(struct engine *e, u32 node)
{
    struct vnode *n = &e->m->vfs.nodes[node];
    CHECK(n->opens > 0, "node %u is not open", node);
    if (--n->opens == 0 && n->deleted)
        tree_free(e, node);
}

u32 vfs_delete(struct engine *e, u32 node)
{
    struct vnode *n = &e->m->vfs.nodes[node];
    if (n->deleted)
        return STATUS_DELETE_PENDING;
    if (!vfs_is_writable(e, node) || n->parent == 0)
        return STATUS_ACCESS_DENIED;
    if (n->first_child)
        return STATUS_DIRECTORY_NOT_EMPTY;
    tree_detach(e, node);
    n->deleted = 1;
    if (n->opens == 0)
        tree_free(e, node);
    return STATUS_SUCCESS;
}

u32 vfs_rename(struct engine *e, u32 node, const char *path)
{
    const struct vnode *nodes = e->m->vfs.nodes;
    struct walk w;
    u32 status;
    if (!vfs_is_writable(e, node) || nodes[node].parent == 0)
        return STATUS_ACCESS_DENIED;
    if (!walk_path(e, path, &w, &status))
        return status;
    if (w.node == node && w.parent == nodes[node].parent && strcmp(w.leaf, nodes[node].name) == 0)
        return STATUS_SUCCESS;
    if (w.node && w.node != node)
        return STATUS_OBJECT_NAME_COLLISION;
    if (w.parent == 0 || nodes[w.parent].device != nodes[node].device)
        return STATUS_NOT_SAME_DEVICE;
    if (!is_valid_name(w.leaf))
        return STATUS_OBJECT_NAME_INVALID;
    for (u32 up = w.parent; up; up = nodes[up].parent)
        if (up == node)
            return STATUS_INVALID_PARAMETER;
    tree_detach(e, node);
    tree_attach(e, w.parent, node, w.leaf);
    return STATUS_SUCCESS;
}

void vfs_path(const struct engine *e, u32 node, char *out, size_t capacity)
{
    const struct vnode *nodes = e->m->vfs.nodes;
    u32 up[VPATH_MAX / 2];
    u32 depth = 0;
    u32 device = nodes[node].device;
    for (; node && nodes[node].name[0] && depth < countof(up); node = nodes[node].parent)
        up[depth++] = node;
    size_t at = 0;
    int size = snprintf(out, capacity, "%s%s", device_names[device < DEVICES ? device : 0], depth ? "" : "\\");
    while (size >= 0 && (at += (size_t)size) < capacity && depth > 0)
        size = snprintf(out + at, capacity - at, "\\%s", nodes[up[--depth]].name);
}

bool vfs_is_writable(const struct engine *e, u32 node)
{
    u32 device = e->m->vfs.nodes[node].device;
    return device != DEVICE_NONE && !vfs_is_disc(device);
}

bool vfs_is_directory(const struct engine *e, u32 node)
{
    return e->m->vfs.nodes[node].attributes & VFS_DIRECTORY;
}

struct vnode *vfs_node(struct engine *e, u32 node)
{
    CHECK(node > 0 && node <= e->m->vfs.node_high, "node %u", node);
    return &e->m->vfs.nodes[node];
}

u32 vfs_child(const struct engine *e, u32 directory, u32 after)
{
    const struct vnode *nodes = e->m->vfs.nodes;
    return after ? nodes[after].next : nodes[directory].first_child;
}

int vfs_compare(const char *a, const char *b)
{
    return tree_compare(a, b);
}

void vfs_space(const struct engine *e, u32 *free_blocks, u32 *all_blocks)
{
    *free_blocks = blocks_free(e);
    *all_blocks = VBLOCKS_MAX - 1;
}

u64 vfs_hash(struct engine *e)
{
    const struct vfs *v = &e->m->vfs;
    u64 part[5] = {
        XXH3_64bits(v, offsetof(struct vfs, nodes)),
        XXH3_64bits(v->nodes, (v->node_high + 1) * sizeof v->nodes[0]),
        XXH3_64bits(v->open, (v->open_high + 1) * sizeof v->open[0]),
        XXH3_64bits(v->block_next, (v->block_high + 1) * sizeof v->block_next[0]),
        blocks_hash(e),
    };
    return XXH3_64bits(part, sizeof part);
}

u64 vfs_now(const struct engine *e)
{
    return e->m->boot_time + FILETIME_PER_TICK(engine_time(e));
}

const char *vfs_device_path(enum vfs_device device)
{
    return device_paths[device];
}

u32 vfs_link(struct engine *e, const char *name, const char *target)
{
    struct vfs *v = &e->m->vfs;
    name = strip_namespace(name);
    if (strlen(name) == 0 || strlen(name) >= sizeof v->links[0].name || strlen(target) >= sizeof v->links[0].target)
        return STATUS_OBJECT_NAME_INVALID;
    struct vlink *link = link_find(e, name, strlen(name));
    if (link && !link->preset)
        return STATUS_OBJECT_NAME_COLLISION;
    if (!link && v->link_count == LINKS_MAX)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!link)
        link = &v->links[v->link_count++];
    memset(link, 0, sizeof *link);
    memcpy(link->name, name, strlen(name));
    memcpy(link->target, target, strlen(target));
    return STATUS_SUCCESS;
}

u32 vfs_unlink(struct engine *e, const char *name)
{
    struct vfs *v = &e->m->vfs;
    name = strip_namespace(name);
    struct vlink *link = link_find(e, name, strlen(name));
    if (!link)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    size_t behind = (size_t)(&v->links[v->link_count] - link - 1);
    memmove(link, link + 1, behind * sizeof *link);
    memset(&v->links[--v->link_count], 0, sizeof *link);
    return STATUS_SUCCESS;
}

const char *vfs_link_target(const struct engine *e, const char *name)
{
    name = strip_namespace(name);
    const struct vlink *link = link_find(e, name, strlen(name));
    return link ? link->target : NULL;
}
