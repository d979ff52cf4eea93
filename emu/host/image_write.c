/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/image_write.h"

#include "emu/host/image_gdfx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { COPY_SIZE = 1 << 20, ATTRIBUTES_FILE = 0x20 };

/* A file or directory; number 0 is the root. */
struct node {
    const char *path;
    const char *name;
    u32 parent;
    u32 entry; /* of the folder */
    u64 size;  /* of a directory's table too */
    bool is_directory;
    u32 sector;
    u32 place; /* of its entry in the parent's table */
};

struct writer {
    struct folder *folder;
    struct node *nodes;
    u32 count;
    struct node **sorted; /* by parent, then by name */
    u64 sectors;
    FILE *out;
};

/* The nodes in a directory, as a part of writer.sorted. */
struct range {
    u32 first;
    u32 last;
};

static bool is_below(const struct node *directory, const char *path)
{
    size_t length = strlen(directory->path);
    return !length || (!strncmp(path, directory->path, length) && path[length] == '/');
}

/* The list has each directory before its content, so that the parent is the last node or above it. */
static void add_node(struct writer *w, u32 i, const struct folder_entry *entry)
{
    struct node *node = &w->nodes[i + 1];
    u32 parent = i;
    while (!w->nodes[parent].is_directory || !is_below(&w->nodes[parent], entry->path))
        parent = w->nodes[parent].parent;
    const char *slash = strrchr(entry->path, '/');
    *node = (struct node){.path = entry->path,
                          .name = slash ? slash + 1 : entry->path,
                          .parent = parent,
                          .entry = i,
                          .size = entry->size,
                          .is_directory = entry->is_directory};
}

static u8 upper(char c)
{
    return (u8)(c >= 'a' && c <= 'z' ? c - 32 : c);
}

static int compare_nodes(const void *a, const void *b)
{
    const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;
    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    const char *p = x->name, *q = y->name;
    while (*p && upper(*p) == upper(*q)) {
        p++;
        q++;
    }
    return upper(*p) != upper(*q) ? upper(*p) - upper(*q) : strcmp(x->name, y->name);
}

static bool gather(struct writer *w, struct err *err)
{
    struct folder_entry entry;
    u32 count = 0;
    while (folder_at(w->folder, count, &entry))
        count++;
    w->nodes = calloc(count + 1, sizeof *w->nodes);
    w->sorted = malloc((count + 1) * sizeof(struct node *));
    if (!w->nodes || !w->sorted)
        return err_set(err, "no memory for %u files", count);
    w->nodes[0] = (struct node){.path = "", .name = "", .is_directory = true};
    for (u32 i = 0; i < count; i++) {
        folder_at(w->folder, i, &entry);
        if (entry.size > UINT32_MAX || strlen(entry.path) >= 1024)
            return err_set(err, "%.200s: too large, or its path is too long, for a disc image", entry.path);
        add_node(w, i, &entry);
        w->sorted[i] = &w->nodes[i + 1];
    }
    w->count = count + 1;
    qsort(w->sorted, count, sizeof(struct node *), compare_nodes);
    return true;
}

static struct range content(const struct writer *w, u32 directory)
{
    struct range r = {0, w->count - 1};
    while (r.first < r.last && w->sorted[r.first]->parent != directory)
        r.first++;
    u32 end = r.first;
    while (end < r.last && w->sorted[end]->parent == directory)
        end++;
    r.last = end;
    return r;
}

/* Places of a range's entries: the middle one is the root of the tree, and so on below. */
static void place_entries(struct writer *w, struct range r, u32 *at)
{
    if (r.first == r.last)
        return;
    u32 middle = r.first + (r.last - r.first) / 2;
    u32 size = GDFX_ENTRY + (u32)strlen(w->sorted[middle]->name);
    if (*at % GDFX_SECTOR + size > GDFX_SECTOR)
        *at = (*at / GDFX_SECTOR + 1) * GDFX_SECTOR;
    w->sorted[middle]->place = *at;
    *at += (size + 3) & ~3u;
    place_entries(w, (struct range){r.first, middle}, at);
    place_entries(w, (struct range){middle + 1, r.last}, at);
}

static u32 sectors_of(u64 size)
{
    return (u32)((size + GDFX_SECTOR - 1) / GDFX_SECTOR);
}

/* Directories first, then files, in the list's order. */
static bool lay_out(struct writer *w, struct err *err)
{
    w->sectors = GDFX_DESCRIPTOR + 1;
    for (u32 i = 0; i < w->count; i++) {
        struct node *node = &w->nodes[i];
        if (!node->is_directory)
            continue;
        u32 size = 0;
        place_entries(w, content(w, i), &size);
        if (size > 4 * GDFX_NONE)
            return err_set(err, "%s: too many files in one directory for a disc image", node->path);
        node->size = size ? (u64)sectors_of(size) * GDFX_SECTOR : GDFX_SECTOR;
        node->sector = (u32)w->sectors;
        w->sectors += sectors_of(node->size);
    }
    for (u32 i = 0; i < w->count; i++) {
        if (w->nodes[i].is_directory)
            continue;
        w->nodes[i].sector = (u32)w->sectors;
        w->sectors += sectors_of(w->nodes[i].size);
    }
    return w->sectors <= UINT32_MAX || err_set(err, "too much for a disc image");
}

static void put16(u8 *p, u32 value)
{
    p[0] = (u8)value;
    p[1] = (u8)(value >> 8);
}

static void put32(u8 *p, u32 value)
{
    put16(p, value);
    put16(p + 2, value >> 16);
}

/* The place of a range's root, in units of 4. */
static u32 root_place(const struct writer *w, struct range r)
{
    return r.first == r.last ? 0 : w->sorted[r.first + (r.last - r.first) / 2]->place / 4;
}

static void put_entries(const struct writer *w, struct range r, u8 *table)
{
    if (r.first == r.last)
        return;
    u32 middle = r.first + (r.last - r.first) / 2;
    const struct node *node = w->sorted[middle];
    struct range left = {r.first, middle}, right = {middle + 1, r.last};
    u8 *p = table + node->place;
    size_t length = strlen(node->name);
    put16(p, root_place(w, left));
    put16(p + 2, root_place(w, right));
    put32(p + 4, node->sector);
    put32(p + 8, (u32)node->size);
    p[12] = node->is_directory ? GDFX_DIRECTORY : ATTRIBUTES_FILE;
    p[13] = (u8)length;
    memcpy(p + GDFX_ENTRY, node->name, length);
    put_entries(w, left, table);
    put_entries(w, right, table);
}

static bool put_bytes(struct writer *w, const void *bytes, size_t size, struct err *err)
{
    return fwrite(bytes, 1, size, w->out) == size || err_set(err, "%s", strerror(errno));
}

static bool put_descriptor(struct writer *w, struct err *err)
{
    static const u8 empty[GDFX_DESCRIPTOR * GDFX_SECTOR];
    u8 sector[GDFX_SECTOR] = {0};
    memcpy(sector, GDFX_MAGIC, GDFX_MAGIC_SIZE);
    memcpy(sector + GDFX_MAGIC_AGAIN, GDFX_MAGIC, GDFX_MAGIC_SIZE);
    put32(sector + GDFX_ROOT_SECTOR, w->nodes[0].sector);
    put32(sector + GDFX_ROOT_SIZE, (u32)w->nodes[0].size);
    return put_bytes(w, empty, sizeof empty, err) && put_bytes(w, sector, sizeof sector, err);
}

static bool put_directory(struct writer *w, u32 i, struct err *err)
{
    size_t size = (size_t)w->nodes[i].size;
    u8 *table = malloc(size);
    if (!table)
        return err_set(err, "no memory for a directory of %zu bytes", size);
    memset(table, 0xFF, size);
    put_entries(w, content(w, i), table);
    bool good = put_bytes(w, table, size, err);
    free(table);
    return good;
}

static bool put_file(struct writer *w, const struct node *node, struct err *err)
{
    static const u8 padding[GDFX_SECTOR];
    const u8 *data;
    size_t moved;
    for (u64 at = 0; at < node->size; at += moved) {
        size_t size = node->size - at < COPY_SIZE ? (size_t)(node->size - at) : COPY_SIZE;
        if (!folder_read(w->folder, node->entry, at, size, &data, &moved, err) || !put_bytes(w, data, moved, err))
            return false;
        if (moved != size)
            return err_set(err, "%s: it became shorter", node->path);
    }
    return put_bytes(w, padding, (size_t)((u64)sectors_of(node->size) * GDFX_SECTOR - node->size), err);
}

static bool put_all(struct writer *w, struct err *err)
{
    bool good = put_descriptor(w, err);
    for (u32 i = 0; good && i < w->count; i++)
        good = !w->nodes[i].is_directory || put_directory(w, i, err);
    for (u32 i = 0; good && i < w->count; i++)
        good = w->nodes[i].is_directory || put_file(w, &w->nodes[i], err);
    return good;
}

static bool write_to(struct writer *w, const char *path, struct err *err)
{
    w->out = fopen(path, "wb");
    if (!w->out)
        return err_set(err, "%s: %s", path, strerror(errno));
    struct err why;
    bool good = put_all(w, &why) || err_set(err, "%s: %s", path, why.text);
    if (fclose(w->out) != 0 && good)
        good = err_set(err, "%s: %s", path, strerror(errno));
    return good && folder_is_same(w->folder, path, err);
}

bool image_write(struct folder *folder, const char *path, u64 *size, struct err *err)
{
    char temporary[4096];
    struct writer w = {.folder = folder};
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.new", path) >= sizeof temporary)
        return err_set(err, "%s: path too long", path);
    bool good = gather(&w, err) && lay_out(&w, err);
    if (good) {
        good = write_to(&w, temporary, err);
        if (good && rename(temporary, path) != 0)
            good = err_set(err, "%s: %s", path, strerror(errno));
        if (!good)
            remove(temporary);
    }
    *size = w.sectors * GDFX_SECTOR;
    free(w.nodes);
    free(w.sorted);
    return good;
}
