/* SPDX-License-Identifier: BSD-3-Clause
 * Reading disc images. A hostile image may hold loops, trees that are lists, and directories that contain themselves:
 * each entry of a directory is visited once, depth and count are limited. */
#include "emu/host/image_gdfx.h"

#include <stdio.h>
#include <stdlib.h>

enum { PLACES = 0x10000, TABLE_MAX = 4 * PLACES };

struct walk {
    const struct image_source *source;
    const struct image_listener *listener;
    u64 start;
    u32 entries;
};

/* One directory while it is read. */
struct table {
    u8 *bytes;
    u32 size;
    u64 offset; /* in the image */
    const char *path;
    u32 depth;
    u16 *waiting; /* entries found but not read, as offsets / 4 */
    u32 waiting_count;
    bool *seen; /* by offset / 4 */
};

static u32 le16(const u8 *p)
{
    return (u32)p[0] | (u32)p[1] << 8;
}

static u32 le32(const u8 *p)
{
    return le16(p) | le16(p + 2) << 16;
}

bool image_gdfx_find(const struct image_source *source, u64 *start, struct err *err)
{
    static const u64 starts[] = {0, 0xFB20, 0x20600, 0x2080000, 0xFD90000, 0x18300000};
    u8 sector[GDFX_SECTOR];
    for (size_t i = 0; i < countof(starts); i++) {
        u64 at = starts[i] + GDFX_DESCRIPTOR * GDFX_SECTOR;
        if (at + sizeof sector > source->size)
            break;
        if (!source->read(source->context, at, sector, sizeof sector, err))
            return false;
        *start = starts[i];
        if (!memcmp(sector, GDFX_MAGIC, GDFX_MAGIC_SIZE) &&
            !memcmp(sector + GDFX_MAGIC_AGAIN, GDFX_MAGIC, GDFX_MAGIC_SIZE))
            return true;
    }
    return err_set(err, "not a disc image: no partition at any known place");
}

static bool walk_directory(struct walk *w, const char *path, u64 offset, u32 size, u32 depth, struct err *err);

static bool check_name(const struct table *t, u32 at, const u8 *name, u32 size, struct err *err)
{
    return image_is_name(name, size) ||
           err_set(err, "image at 0x%llX: a name that no file can have", (unsigned long long)(t->offset + at));
}

static bool visit(struct walk *w, const struct table *t, u32 at, const u8 *entry, struct err *err)
{
    char path[IMAGE_PATH_SIZE];
    u32 size = le32(entry + 8), length = entry[13];
    u64 offset = w->start + (u64)le32(entry + 4) * GDFX_SECTOR, place = t->offset + at;
    bool is_directory = entry[12] & GDFX_DIRECTORY;
    if (!check_name(t, at, entry + GDFX_ENTRY, length, err))
        return false;
    if ((size_t)snprintf(path, sizeof path, "%s%s%.*s", t->path, t->path[0] ? "/" : "", (int)length,
                         (const char *)entry + GDFX_ENTRY) >= sizeof path)
        return err_set(err, "image at 0x%llX: a path of more than %d bytes", (unsigned long long)place,
                       IMAGE_PATH_SIZE - 1);
    if (++w->entries > IMAGE_FILES_MAX)
        return err_set(err, "image at 0x%llX: more than %d files", (unsigned long long)place, IMAGE_FILES_MAX);
    if (size && (offset > w->source->size || size > w->source->size - offset))
        return err_set(err, "image at 0x%llX: %s (0x%X bytes at 0x%llX) ends behind the image of 0x%llX bytes",
                       (unsigned long long)place, path, size, (unsigned long long)offset,
                       (unsigned long long)w->source->size);
    const struct image_run run = {offset, size};
    const struct image_file file = {.path = path,
                                    .size = is_directory ? 0 : size,
                                    .is_directory = is_directory,
                                    .runs = &run,
                                    .run_count = size && !is_directory};
    if (!w->listener->add(w->listener->context, &file, err))
        return false;
    return !is_directory || walk_directory(w, path, offset, size, t->depth + 1, err);
}

static bool find_more(struct table *t, u32 at, u32 place, struct err *err)
{
    if (!place || place == GDFX_NONE)
        return true;
    if (t->seen[place])
        return err_set(err, "image at 0x%llX: an entry of a directory is reached twice",
                       (unsigned long long)(t->offset + at));
    t->seen[place] = true;
    t->waiting[t->waiting_count++] = (u16)place;
    return true;
}

static bool read_entries(struct walk *w, struct table *t, struct err *err)
{
    t->seen[0] = true;
    t->waiting[t->waiting_count++] = 0;
    while (t->waiting_count) {
        u32 at = 4u * t->waiting[--t->waiting_count];
        const u8 *entry = t->bytes + at;
        if (at + GDFX_ENTRY > t->size || entry[13] > t->size - at - GDFX_ENTRY)
            return err_set(err, "image at 0x%llX: an entry lies outside its directory",
                           (unsigned long long)(t->offset + at));
        if (!find_more(t, at, le16(entry), err) || !find_more(t, at, le16(entry + 2), err) ||
            !visit(w, t, at, entry, err))
            return false;
    }
    return true;
}

static bool is_empty(const struct table *t)
{
    return t->size < GDFX_ENTRY ||
           !memcmp(t->bytes, "\377\377\377\377\377\377\377\377\377\377\377\377\377\377", GDFX_ENTRY);
}

static bool walk_directory(struct walk *w, const char *path, u64 offset, u32 size, u32 depth, struct err *err)
{
    struct table t = {.size = size, .offset = offset, .path = path, .depth = depth};
    if (depth > IMAGE_DEPTH_MAX)
        return err_set(err, "image at 0x%llX: directories deeper than %d levels", (unsigned long long)offset,
                       IMAGE_DEPTH_MAX);
    if (size > TABLE_MAX)
        return err_set(err, "image at 0x%llX: a directory of 0x%X bytes is too large", (unsigned long long)offset,
                       size);
    t.bytes = malloc(size + 1);
    t.waiting = malloc(PLACES * sizeof *t.waiting);
    t.seen = calloc(PLACES, sizeof *t.seen);
    bool good = (t.bytes && t.waiting && t.seen) || err_set(err, "image: no memory for a directory");
    good = good && (!size || w->source->read(w->source->context, offset, t.bytes, size, err));
    good = good && (is_empty(&t) || read_entries(w, &t, err));
    free(t.bytes);
    free(t.waiting);
    free(t.seen);
    return good;
}

bool image_gdfx_list(const struct image_source *source, const struct image_listener *listener, struct err *err)
{
    struct walk w = {.source = source, .listener = listener};
    u8 descriptor[GDFX_SECTOR];
    if (!image_gdfx_find(source, &w.start, err))
        return false;
    u64 at = w.start + GDFX_DESCRIPTOR * GDFX_SECTOR;
    if (!source->read(source->context, at, descriptor, sizeof descriptor, err))
        return false;
    u64 offset = w.start + (u64)le32(descriptor + GDFX_ROOT_SECTOR) * GDFX_SECTOR;
    u32 size = le32(descriptor + GDFX_ROOT_SIZE);
    if (offset > source->size || size > source->size - offset)
        return err_set(err, "image at 0x%llX: the root directory (0x%X bytes at 0x%llX) ends behind the image",
                       (unsigned long long)(at + GDFX_ROOT_SECTOR), size, (unsigned long long)offset);
    return walk_directory(&w, "", offset, size, 0, err);
}
