/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/stfs_write.h"

#include "emu/host/image_stfs.h"
#include "emu/loader/xex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { ENTRIES_PER_BLOCK = STFS_BLOCK / STFS_ENTRY, BLOCKS_MAX = STFS_TABLE_ENTRIES * STFS_TABLE_ENTRIES * 64 };

/* A file or directory, in the list's order; entry i of the package's directory. */
struct item {
    struct folder_entry entry;
    u32 parent;
    u32 blocks;
    u32 *chain; /* numbers of its blocks, in order */
};

struct writer {
    struct folder *folder;
    const struct stfs_options *options;
    struct item *items;
    u32 count;
    u32 directory_blocks; /* they come first: blocks 0, 1, ... */
    u32 blocks;           /* of data in all */
    u32 copies;
    u32 *next;         /* by block */
    u8 (*digests)[20]; /* by block */
    FILE *out;
};

static void put24(u8 *p, u32 value)
{
    p[0] = (u8)value;
    p[1] = (u8)(value >> 8);
    p[2] = (u8)(value >> 16);
}

static u32 find_parent(const struct writer *w, u32 i)
{
    const char *path = w->items[i].entry.path, *slash = strrchr(path, '/');
    for (u32 n = i; slash && n-- > 0;)
        if (strlen(w->items[n].entry.path) == (size_t)(slash - path) &&
            !strncmp(w->items[n].entry.path, path, (size_t)(slash - path)))
            return n;
    return STFS_ROOT;
}

static bool gather(struct writer *w, struct err *err)
{
    struct folder_entry entry;
    while (folder_at(w->folder, w->count, &entry))
        w->count++;
    if (w->count >= STFS_ROOT)
        return err_set(err, "%u files are too many for a package", w->count);
    w->items = calloc(w->count + 1, sizeof *w->items);
    if (!w->items)
        return err_set(err, "no memory for %u files", w->count);
    w->directory_blocks = (w->count + ENTRIES_PER_BLOCK - 1) / ENTRIES_PER_BLOCK;
    u64 blocks = w->directory_blocks;
    for (u32 i = 0; i < w->count; i++) {
        struct item *item = &w->items[i];
        folder_at(w->folder, i, &item->entry);
        const char *slash = strrchr(item->entry.path, '/');
        if (strlen(slash ? slash + 1 : item->entry.path) > STFS_NAME_MAX)
            return err_set(err, "%s: a name in a package has at most %d bytes", item->entry.path, STFS_NAME_MAX);
        if (item->entry.size > UINT32_MAX)
            return err_set(err, "%s: too large for a package", item->entry.path);
        item->parent = find_parent(w, i);
        item->blocks = (u32)((item->entry.size + STFS_BLOCK - 1) / STFS_BLOCK);
        blocks += item->blocks;
    }
    w->blocks = (u32)blocks;
    return blocks <= BLOCKS_MAX || err_set(err, "%llu blocks are too many for a package", (unsigned long long)blocks);
}

static bool allocate(struct writer *w, struct err *err)
{
    w->next = malloc((w->blocks + 1) * sizeof *w->next);
    w->digests = calloc(w->blocks + 1, sizeof *w->digests);
    bool good = w->next && w->digests;
    for (u32 i = 0; good && i < w->count; i++)
        good = (w->items[i].chain = malloc((w->items[i].blocks + 1) * sizeof(u32))) != NULL;
    return good || err_set(err, "no memory for a package of %u blocks", w->blocks);
}

static void give_block(struct writer *w, struct item *item, u32 n, u32 block)
{
    item->chain[n] = block;
    w->next[block] = STFS_END;
    if (n)
        w->next[item->chain[n - 1]] = block;
}

/* One file behind the other, or a block of each in turn. */
static void lay_out(struct writer *w)
{
    u32 block = w->directory_blocks;
    for (u32 i = 0; i < w->directory_blocks; i++)
        w->next[i] = i + 1 < w->directory_blocks ? i + 1 : STFS_END;
    if (!w->options->scatter) {
        for (u32 i = 0; i < w->count; i++)
            for (u32 n = 0; n < w->items[i].blocks; n++)
                give_block(w, &w->items[i], n, block++);
        return;
    }
    for (u32 n = 0; block < w->blocks; n++)
        for (u32 i = 0; i < w->count; i++)
            if (n < w->items[i].blocks)
                give_block(w, &w->items[i], n, block++);
}

static bool put_at(struct writer *w, u32 place, const u8 bytes[STFS_BLOCK], struct err *err)
{
    u64 first = (STFS_HEADER_LEAST + STFS_BLOCK - 1) / STFS_BLOCK;
    return (fseeko(w->out, (off_t)((first + place) * STFS_BLOCK), SEEK_SET) == 0 &&
            fwrite(bytes, STFS_BLOCK, 1, w->out) == 1) ||
           err_set(err, "%s", strerror(errno));
}

static bool put_block(struct writer *w, u32 block, const u8 bytes[STFS_BLOCK], struct err *err)
{
    xex_digest(w->digests[block], bytes, STFS_BLOCK, NULL, 0);
    return put_at(w, image_stfs_block(block, w->copies), bytes, err);
}

static void make_entry(const struct writer *w, const struct item *item, u8 *p)
{
    const char *slash = strrchr(item->entry.path, '/'), *name = slash ? slash + 1 : item->entry.path;
    size_t length = strlen(name);
    memcpy(p, name, length);
    p[0x28] = (u8)(length | (item->entry.is_directory ? STFS_ENTRY_DIRECTORY : 0) |
                   (item->blocks && !w->options->scatter ? STFS_ENTRY_ROW : 0));
    put24(p + 0x29, item->blocks);
    put24(p + 0x2C, item->blocks);
    put24(p + 0x2F, item->blocks ? item->chain[0] : 0);
    store_be16(p + 0x32, (u16)item->parent);
    store_be32(p + 0x34, (u32)item->entry.size);
}

static bool put_directory(struct writer *w, struct err *err)
{
    for (u32 block = 0; block < w->directory_blocks; block++) {
        u8 bytes[STFS_BLOCK] = {0};
        for (u32 i = 0; i < ENTRIES_PER_BLOCK && block * ENTRIES_PER_BLOCK + i < w->count; i++)
            make_entry(w, &w->items[block * ENTRIES_PER_BLOCK + i], bytes + i * STFS_ENTRY);
        if (!put_block(w, block, bytes, err))
            return false;
    }
    return true;
}

static bool put_file(struct writer *w, u32 i, struct err *err)
{
    const struct item *item = &w->items[i];
    for (u32 n = 0; n < item->blocks; n++) {
        u8 bytes[STFS_BLOCK] = {0};
        u64 at = (u64)n * STFS_BLOCK, left = item->entry.size - at;
        size_t size = left < STFS_BLOCK ? (size_t)left : STFS_BLOCK, moved;
        const u8 *data;
        if (!folder_read(w->folder, i, at, size, &data, &moved, err))
            return false;
        if (moved != size)
            return err_set(err, "%s: it became shorter", item->entry.path);
        memcpy(bytes, data, size);
        if (!put_block(w, item->chain[n], bytes, err))
            return false;
    }
    return true;
}

/* Tables from the lowest level up, since each holds the digests of those below; digest is the top one's in the end.
 * Of two copies both are written, and the second is the valid one everywhere, so that readers must look. */
static bool put_tables(struct writer *w, u8 digest[20], struct err *err)
{
    u32 count = w->blocks, span = 1;
    for (u32 level = 0; level == 0 || count > 1; level++, span *= STFS_TABLE_ENTRIES) {
        u32 tables = (count + STFS_TABLE_ENTRIES - 1) / STFS_TABLE_ENTRIES;
        for (u32 t = 0; t < tables; t++) {
            u8 bytes[STFS_BLOCK] = {0};
            for (u32 i = 0; i < STFS_TABLE_ENTRIES && t * STFS_TABLE_ENTRIES + i < count; i++) {
                u32 n = t * STFS_TABLE_ENTRIES + i;
                memcpy(bytes + i * STFS_TABLE_ENTRY, w->digests[n], 20);
                store_be32(bytes + i * STFS_TABLE_ENTRY + 20,
                           level ? (w->copies == 2 ? STFS_SECOND : 0) : STFS_USED | w->next[n]);
            }
            store_be32(bytes + 0xFF0, w->blocks);
            u32 place = image_stfs_table(t * STFS_TABLE_ENTRIES * span, level, w->copies);
            static const u8 stale[STFS_BLOCK];
            if (!put_at(w, place + w->copies - 1, bytes, err) || (w->copies == 2 && !put_at(w, place, stale, err)))
                return false;
            xex_digest(w->digests[t], bytes, STFS_BLOCK, NULL, 0);
        }
        count = tables;
    }
    memcpy(digest, w->digests[0], 20);
    return true;
}

static bool put_header(struct writer *w, const u8 digest[20], struct err *err)
{
    static const char magic[][5] = {[STFS_CON] = "CON ", [STFS_LIVE] = "LIVE", [STFS_PIRS] = "PIRS"};
    u8 h[(STFS_HEADER_LEAST + STFS_BLOCK - 1) / STFS_BLOCK * STFS_BLOCK] = {0};
    memcpy(h, magic[w->options->kind], 4);
    store_be32(h + STFS_HEADER_SIZE, STFS_HEADER_LEAST);
    store_be32(h + STFS_CONTENT_TYPE, w->options->content_type);
    store_be32(h + STFS_TITLE_ID, w->options->title_id);
    h[STFS_DESCRIPTOR] = 0x24;
    h[STFS_FLAGS] = w->copies == 2 ? STFS_FLAG_SECOND : STFS_FLAG_READ_ONLY;
    h[STFS_DIRECTORY_COUNT] = (u8)w->directory_blocks;
    h[STFS_DIRECTORY_COUNT + 1] = (u8)(w->directory_blocks >> 8);
    memcpy(h + STFS_TOP_DIGEST, digest, 20);
    store_be32(h + STFS_BLOCKS_USED, w->blocks);
    for (u32 i = 0; w->options->name && w->options->name[i] && i < 63; i++)
        store_be16(h + STFS_DISPLAY_NAME + 2 * i, (u8)w->options->name[i]);
    return (fseeko(w->out, 0, SEEK_SET) == 0 && fwrite(h, sizeof h, 1, w->out) == 1) ||
           err_set(err, "%s", strerror(errno));
}

static bool put_all(struct writer *w, struct err *err)
{
    u8 digest[20] = {0};
    bool good = put_directory(w, err);
    for (u32 i = 0; good && i < w->count; i++)
        good = put_file(w, i, err);
    return good && (!w->blocks || put_tables(w, digest, err)) && put_header(w, digest, err);
}

static bool write_to(struct writer *w, const char *path, u64 *size, struct err *err)
{
    struct err why;
    w->out = fopen(path, "wb");
    if (!w->out)
        return err_set(err, "%s: %s", path, strerror(errno));
    bool good = put_all(w, &why) || err_set(err, "%s: %s", path, why.text);
    if (good && fseeko(w->out, 0, SEEK_END) == 0)
        *size = (u64)ftello(w->out);
    if (fclose(w->out) != 0 && good)
        good = err_set(err, "%s: %s", path, strerror(errno));
    return good && folder_is_same(w->folder, path, err);
}

bool stfs_write(struct folder *folder, const char *path, const struct stfs_options *options, u64 *size, struct err *err)
{
    char temporary[4096];
    struct writer w = {.folder = folder, .options = options, .copies = options->kind == STFS_CON ? 2 : 1};
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.new", path) >= sizeof temporary)
        return err_set(err, "%s: path too long", path);
    bool good = gather(&w, err) && allocate(&w, err);
    if (good) {
        lay_out(&w);
        good = write_to(&w, temporary, size, err);
        if (good && rename(temporary, path) != 0)
            good = err_set(err, "%s: %s", path, strerror(errno));
        if (!good)
            remove(temporary);
    }
    for (u32 i = 0; w.items && i < w.count; i++)
        free(w.items[i].chain);
    free(w.items);
    free(w.next);
    free(w.digests);
    return good;
}
