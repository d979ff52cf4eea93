/* SPDX-License-Identifier: BSD-3-Clause
 * Mounting: the lists and starting content that come through the gate at boot, and the list that the host gets back. */
#include "emu/vfs/blocks.h"
#include "emu/vfs/tree.h"
#include "replay/nondet.h"
#include "schema/status.h"

#include <stdio.h>

/* One line of a list: "d PATH" or "f SIZE FILETIME PATH". */
struct entry {
    bool directory;
    u64 size;
    u64 time;
    char path[VPATH_MAX];
};

static bool read_number(const char **p, const char *end, u64 *value)
{
    const char *start = *p;
    *value = 0;
    while (*p < end && **p >= '0' && **p <= '9' && *value <= UINT64_MAX / 10 - 1)
        *value = *value * 10 + (u64)(*(*p)++ - '0');
    return *p > start && *p < end && *(*p)++ == ' ';
}

static bool read_entry(const char *p, const char *end, struct entry *entry)
{
    if (end - p < 3 || p[1] != ' ' || (p[0] != 'd' && p[0] != 'f'))
        return false;
    *entry = (struct entry){.directory = p[0] == 'd'};
    p += 2;
    if (!entry->directory && (!read_number(&p, end, &entry->size) || !read_number(&p, end, &entry->time)))
        return false;
    size_t length = (size_t)(end - p);
    if (length == 0 || length >= sizeof entry->path || memchr(p, '\0', length))
        return false;
    memcpy(entry->path, p, length);
    entry->path[length] = '\0';
    return true;
}

/* The directory of an entry's path, and its name; 0: a directory on the way has no line of its own before. */
static u32 entry_parent(const struct engine *e, u32 root, const char *path, char name[VNAME_MAX])
{
    u32 at = root;
    for (;;) {
        size_t length = strcspn(path, "\\");
        if (length == 0 || length >= VNAME_MAX || (path[0] == '.' && (length == 1 || (length == 2 && path[1] == '.'))))
            return 0;
        memcpy(name, path, length);
        name[length] = '\0';
        if (path[length] == '\0')
            return at;
        at = tree_child(e, at, name);
        if (at == 0 || !vfs_is_directory(e, at))
            return 0;
        path += length + 1;
    }
}

static bool add_entry(struct engine *e, enum vfs_device device, const struct entry *entry, u32 index, struct err *err)
{
    struct vfs *v = &e->m->vfs;
    char name[VNAME_MAX] = {0};
    u32 parent = entry_parent(e, v->root[device], entry->path, name);
    if (parent == 0)
        return err_set(err, "list of %s: line %u: no such place: \"%s\"", vfs_device_path(device), index + 1,
                       entry->path);
    if (tree_child(e, parent, name)) {
        engine_note(e, "%s: \"%s\" differs from another name in case only: left out", vfs_device_path(device),
                    entry->path);
        return true;
    }
    u32 node = tree_add(e, parent, name, entry->directory);
    if (node == 0)
        return err_set(err, "list of %s: more than %u files", vfs_device_path(device), VNODES_MAX - 1);
    struct vnode *n = &v->nodes[node];
    n->created = n->written = entry->time;
    n->host_index = index;
    if (vfs_is_disc(device)) {
        n->size = entry->size;
        n->attributes = VFS_READONLY | (entry->directory ? VFS_DIRECTORY : 0);
    } else if (!blocks_resize(e, node, entry->size)) {
        return err_set(err, "%s: no room for its starting content (%u MiB)", vfs_device_path(device),
                       VBLOCKS_MAX / (1024 * 1024 / VBLOCK_SIZE));
    }
    return true;
}

/* The answer's bytes live until the next question, and adding entries asks none. */
static bool add_list(struct engine *e, enum vfs_device device, const char *p, const char *end, struct err *err)
{
    for (u32 index = 0; p < end; index++) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));
        struct entry entry;
        if (!line_end || !read_entry(p, line_end, &entry))
            return err_set(err, "list of %s: line %u is damaged", vfs_device_path(device), index + 1);
        if (!add_entry(e, device, &entry, index, err))
            return false;
        p = line_end + 1;
    }
    return true;
}

static bool mount_root(struct engine *e, enum vfs_device device, struct err *err)
{
    u32 node = tree_add(e, 0, "", true);
    if (node == 0)
        return err_set(err, "no room for %s", vfs_device_path(device));
    e->m->vfs.nodes[node].device = device;
    e->m->vfs.root[device] = node;
    return true;
}

static bool mount_disc(struct engine *e, struct err *err)
{
    struct nondet_answer list;
    if (!mount_root(e, DEVICE_DISC, err) || !nondet_ask(e->gate, INPUT_disc_list, 0, engine_time(e), &list, err))
        return false;
    const char *p = (const char *)list.data;
    return add_list(e, DEVICE_DISC, p, p + list.size, err);
}

/* A title's own link of that name takes the place of such a one. */
static bool preset_link(struct engine *e, const char *name, enum vfs_device device, struct err *err)
{
    if (vfs_link(e, name, vfs_device_path(device)) != STATUS_SUCCESS)
        return err_set(err, "no room for the link %s", name);
    e->m->vfs.links[e->m->vfs.link_count - 1].preset = 1;
    return true;
}

/* The list's first line is "m NAME". */
static bool mount_image(struct engine *e, u32 number, struct err *err)
{
    enum vfs_device device = (enum vfs_device)(DEVICE_MOUNT + number);
    struct nondet_answer list;
    char name[sizeof e->m->vfs.links[0].name];
    if (!nondet_ask(e->gate, INPUT_disc_list, number + 1, engine_time(e), &list, err))
        return false;
    if (!list.size)
        return true;
    const char *p = (const char *)list.data, *end = p + list.size;
    const char *line_end = memchr(p, '\n', list.size);
    size_t length = line_end ? (size_t)(line_end - p) : 0;
    if (length < 3 || length > sizeof name || p[0] != 'm' || p[1] != ' ')
        return err_set(err, "list of %s: line 1 is damaged", vfs_device_path(device));
    snprintf(name, sizeof name, "%.*s:", (int)(length - 2), p + 2);
    return mount_root(e, device, err) && add_list(e, device, line_end + 1, end, err) &&
           preset_link(e, name, device, err);
}

static bool mount_images(struct engine *e, struct err *err)
{
    for (u32 i = 0; i < MOUNTS_MAX; i++)
        if (!mount_image(e, i, err))
            return false;
    return true;
}

static bool fill_file(struct engine *e, enum vfs_device device, u32 node, struct err *err)
{
    const struct vnode *n = &e->m->vfs.nodes[node];
    struct nondet_answer answer;
    u64 key = (u64)device << 32 | n->host_index;
    if (!nondet_ask(e->gate, INPUT_partition_file, key, engine_time(e), &answer, err))
        return false;
    if (answer.size != n->size)
        return err_set(err, "%s: \"%s\" has %zu bytes, its list said %llu", vfs_device_path(device), n->name,
                       answer.size, (unsigned long long)n->size);
    blocks_write(e, node, 0, (u32)n->size, answer.data);
    return true;
}

static bool mount_partition(struct engine *e, enum vfs_device device, struct err *err)
{
    struct nondet_answer list;
    if (!mount_root(e, device, err) || !nondet_ask(e->gate, INPUT_partition_list, device, engine_time(e), &list, err) ||
        !add_list(e, device, (const char *)list.data, (const char *)list.data + list.size, err))
        return false;
    u32 root = e->m->vfs.root[device];
    for (u32 node = tree_next(e, root, root); node; node = tree_next(e, root, node)) {
        struct vnode *n = &e->m->vfs.nodes[node];
        if (n->size && !fill_file(e, device, node, err))
            return false;
        n->host_index = 0;
    }
    return true;
}

static bool preset_links(struct engine *e, struct err *err)
{
    static const struct {
        const char *name;
        enum vfs_device device;
    } preset[] = {
        {"game:", DEVICE_DISC},     {"d:", DEVICE_DISC},        {"cache:", DEVICE_CACHE0},
        {"cache0:", DEVICE_CACHE0}, {"cache1:", DEVICE_CACHE1}, {"hdd:", DEVICE_HDD},
    };
    for (u32 i = 0; i < countof(preset); i++) {
        if (!preset_link(e, preset[i].name, preset[i].device, err))
            return false;
    }
    return true;
}

bool vfs_mount(struct engine *e, struct err *err)
{
    return mount_disc(e, err) && mount_partition(e, DEVICE_CACHE0, err) && mount_partition(e, DEVICE_CACHE1, err) &&
           mount_partition(e, DEVICE_HDD, err) && preset_links(e, err) && mount_images(e, err);
}

/* The path below the device, with `\` between names. */
static void relative_path(const struct engine *e, u32 node, char *out, size_t capacity)
{
    const struct vnode *nodes = e->m->vfs.nodes;
    u32 up[VPATH_MAX / 2];
    u32 depth = 0;
    size_t at = 0;
    for (; nodes[node].parent && depth < countof(up); node = nodes[node].parent)
        up[depth++] = node;
    out[0] = '\0';
    while (depth > 0 && at < capacity)
        at += (size_t)snprintf(out + at, capacity - at, "%s%s", at ? "\\" : "", nodes[up[--depth]].name);
}

size_t vfs_list(const struct engine *e, enum vfs_device device, char *out, size_t capacity)
{
    u32 root = e->m->vfs.root[device];
    size_t length = 0;
    for (u32 node = root ? tree_next(e, root, root) : 0; node; node = tree_next(e, root, node)) {
        const struct vnode *n = &e->m->vfs.nodes[node];
        char path[VPATH_MAX * 2];
        relative_path(e, node, path, sizeof path);
        size_t room = length < capacity ? capacity - length : 0;
        char *at = room ? out + length : NULL;
        int size = n->attributes & VFS_DIRECTORY ? snprintf(at, room, "d %s\n", path)
                                                 : snprintf(at, room, "f %llu %llu %s\n", (unsigned long long)n->size,
                                                            (unsigned long long)n->written, path);
        length += (size_t)size;
    }
    if (capacity && length == 0)
        out[0] = '\0';
    return length;
}
