/* SPDX-License-Identifier: BSD-3-Clause
 * Saving the writable partitions: the machine's files become files of a host folder. */
#define _GNU_SOURCE
#include "emu/host/folder.h"
#include "emu/host/settings.h"
#include "emu/vfs/vfs.h"
#include "schema/status.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool make_folder(const char *path, struct err *err)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST || err_set(err, "%s: %s", path, strerror(errno));
}

static bool save_file(struct engine *e, u32 node, const char *path, struct err *err)
{
    const struct vnode *file = &e->m->vfs.nodes[node];
    u8 *bytes = malloc(file->size + 1);
    u32 moved = 0;
    if (!bytes)
        return err_set(err, "%s: no memory for its %llu bytes", path, (unsigned long long)file->size);
    bool ok = file->size == 0 || vfs_read(e, node, 0, (u32)file->size, bytes, &moved) == STATUS_SUCCESS;
    if (ok && moved == file->size)
        ok = file_save(path, bytes, moved, file->written, err);
    else
        ok = err_set(err, "%s: the machine's file could not be read whole", path);
    free(bytes);
    return ok;
}

static bool save_directory(struct engine *e, u32 directory, const char *path, struct err *err)
{
    if (!make_folder(path, err))
        return false;
    for (u32 node = vfs_child(e, directory, 0); node; node = vfs_child(e, directory, node)) {
        const struct vnode *child = &e->m->vfs.nodes[node];
        char below[4096];
        if ((size_t)snprintf(below, sizeof below, "%s/%s", path, child->name) >= sizeof below)
            return err_set(err, "%s: path too long", path);
        bool ok = vfs_is_directory(e, node) ? save_directory(e, node, below, err) : save_file(e, node, below, err);
        if (!ok)
            return false;
    }
    return true;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st;
    (void)kind;
    (void)walk;
    return remove(path);
}

static bool remove_tree(const char *path, struct err *err)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
        return true;
    return err_set(err, "%s: %s", path, strerror(errno));
}

/* The new content is written whole beside the old one, which then gives way: a full disk loses nothing. */
static bool save_partition(struct engine *e, u32 device, const char *path, struct err *err)
{
    char fresh[4096], old[4096];
    if ((size_t)snprintf(fresh, sizeof fresh, "%s.new", path) >= sizeof fresh)
        return err_set(err, "%s: path too long", path);
    snprintf(old, sizeof old, "%s.old", path);
    if (!remove_tree(fresh, err) || !save_directory(e, e->m->vfs.root[device], fresh, err))
        return false;
    if (rename(path, old) != 0 && errno != ENOENT)
        return err_set(err, "%s: %s", path, strerror(errno));
    if (rename(fresh, path) != 0)
        return err_set(err, "%s: %s", path, strerror(errno));
    return remove_tree(old, err);
}

bool settings_save_partitions(struct engine *e, const char *cache, struct err *err)
{
    if (!make_folder(cache, err))
        return false;
    for (u32 device = 0; device < DEVICES; device++) {
        const char *name = partition_folder(device);
        char path[4000];
        struct stat st;
        if (!name || !e->m->vfs.root[device])
            continue;
        snprintf(path, sizeof path, "%s/%s", cache, name);
        if (!vfs_child(e, e->m->vfs.root[device], 0) && stat(path, &st) != 0)
            continue;
        if (!save_partition(e, device, path, err))
            return false;
    }
    return true;
}
