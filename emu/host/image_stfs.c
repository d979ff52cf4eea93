/* SPDX-License-Identifier: BSD-3-Clause
 * Reading packages. A hostile one may hold chains that loop, directories that contain themselves, and files that share
 * blocks: no more blocks are followed than the package has. */
#include "emu/host/image_stfs.h"

#include "emu/loader/xex.h"

#include <stdio.h>
#include <stdlib.h>

enum { LEVEL_1 = STFS_TABLE_ENTRIES * STFS_TABLE_ENTRIES, LEVEL_2 = LEVEL_1 * STFS_TABLE_ENTRIES };

/* The table read last, one of each level. */
struct table {
    u64 offset; /* 0: none */
    u8 bytes[STFS_BLOCK];
};

struct package {
    const struct image_source *source;
    const struct image_listener *listener;
    u64 first;  /* where blocks begin */
    u32 copies; /* of each table */
    u32 flags;
    u32 used;    /* data blocks */
    u32 left;    /* that files may still claim */
    u8 *entries; /* of the directory */
    u32 entry_count;
    struct image_run *runs;
    u32 run_capacity;
    u8 (*digests)[IMAGE_DIGEST]; /* of the present file's blocks */
    u32 digest_capacity;
    u8 top[IMAGE_DIGEST];
    struct table tables[STFS_LEVELS];
};

static u32 le16(const u8 *p)
{
    return (u32)p[0] | (u32)p[1] << 8;
}

static u32 le24(const u8 *p)
{
    return le16(p) | (u32)p[2] << 16;
}

u32 image_stfs_block(u32 block, u32 copies)
{
    u32 at = block + copies * (block / STFS_TABLE_ENTRIES + 1);
    if (block >= STFS_TABLE_ENTRIES)
        at += copies * (block / LEVEL_1 + 1);
    if (block >= LEVEL_1)
        at += copies * (block / LEVEL_2 + 1);
    return at;
}

/* A table stands right before the first block that it covers and the tables of lower levels before that; but the first
 * of a level stands where its level begins to be needed, behind all that the first table below covers. */
u32 image_stfs_table(u32 block, u32 level, u32 copies)
{
    const u32 step_1 = STFS_TABLE_ENTRIES + copies, step_2 = LEVEL_1 + (STFS_TABLE_ENTRIES + 1) * copies;
    if (level == 2)
        return step_2;
    if (level == 1)
        return block < LEVEL_1 ? step_1 : block / LEVEL_1 * step_2 + copies;
    if (block < STFS_TABLE_ENTRIES)
        return 0;
    u32 at = block / STFS_TABLE_ENTRIES * step_1 + (block / LEVEL_1 + 1) * copies;
    return block < LEVEL_1 ? at : at + copies;
}

static u64 offset_of(const struct package *p, u32 place)
{
    return p->first + (u64)place * STFS_BLOCK;
}

static bool is_right(const struct package *p, const u8 *bytes, const u8 *digest)
{
    u8 found[IMAGE_DIGEST];
    xex_digest(found, bytes, STFS_BLOCK, NULL, 0);
    return p->source->trusts || memcmp(found, digest, IMAGE_DIGEST) == 0;
}

/* Its digest is what the table above says, or the header. */
static bool read_table(struct package *p, u32 block, u32 level, bool second, const u8 *digest, const u8 **entry,
                       struct err *err)
{
    static const u32 spans[STFS_LEVELS] = {1, STFS_TABLE_ENTRIES, LEVEL_1};
    struct table *t = &p->tables[level];
    u64 offset = offset_of(p, image_stfs_table(block, level, p->copies) + (second && p->copies == 2));
    if (t->offset != offset) {
        t->offset = 0;
        if (offset > p->source->size || p->source->size - offset < STFS_BLOCK)
            return err_set(err, "package: the hash table of block %u (at 0x%llX) lies behind the end at 0x%llX", block,
                           (unsigned long long)offset, (unsigned long long)p->source->size);
        if (!p->source->read(p->source->context, offset, t->bytes, STFS_BLOCK, err))
            return false;
        if (!is_right(p, t->bytes, digest))
            return err_set(err, "package: the hash table of block %u (at 0x%llX) does not match its digest", block,
                           (unsigned long long)offset);
        t->offset = offset;
    }
    *entry = t->bytes + block / spans[level] % STFS_TABLE_ENTRIES * STFS_TABLE_ENTRY;
    return true;
}

/* A block's entry; from the top table down, each tells which copy of the next is valid. */
static bool find_entry(struct package *p, u32 block, const u8 **entry, struct err *err)
{
    const u8 *digest = p->top;
    bool second = p->flags & STFS_FLAG_SECOND;
    u32 level = p->used > LEVEL_1 ? 2 : p->used > STFS_TABLE_ENTRIES ? 1 : 0;
    for (; level; level--) {
        if (!read_table(p, block, level, second, digest, entry, err))
            return false;
        second = load_be32(*entry + 20) & STFS_SECOND;
        digest = *entry;
    }
    return read_table(p, block, 0, second, digest, entry, err);
}

static u32 next_of(const u8 *entry)
{
    return load_be32(entry + 20) & STFS_END;
}

/* size bytes of a block lie in the package. */
static bool check_block(const struct package *p, u32 block, u32 size, const char *what, struct err *err)
{
    u64 offset = offset_of(p, image_stfs_block(block, p->copies));
    return (block < LEVEL_2 && offset <= p->source->size && size <= p->source->size - offset) ||
           err_set(err, "package: block %u of %s (at 0x%llX) lies behind the end at 0x%llX", block, what,
                   (unsigned long long)offset, (unsigned long long)p->source->size);
}

static bool read_directory(struct package *p, const u8 *header, struct err *err)
{
    u32 count = le16(header + STFS_DIRECTORY_COUNT), block = le24(header + STFS_DIRECTORY_FIRST);
    if (count > IMAGE_FILES_MAX / (STFS_BLOCK / STFS_ENTRY))
        return err_set(err, "package at 0x%X: a directory of %u blocks is too large", STFS_DIRECTORY_COUNT, count);
    p->entries = malloc((size_t)count * STFS_BLOCK + 1);
    if (!p->entries)
        return err_set(err, "package: no memory for a directory of %u blocks", count);
    for (u32 i = 0; i < count; i++) {
        u64 offset = offset_of(p, image_stfs_block(block, p->copies));
        u8 *bytes = p->entries + (size_t)i * STFS_BLOCK;
        const u8 *entry;
        if (!check_block(p, block, STFS_BLOCK, "the directory", err) ||
            !p->source->read(p->source->context, offset, bytes, STFS_BLOCK, err) || !find_entry(p, block, &entry, err))
            return false;
        if (!is_right(p, bytes, entry))
            return err_set(err, "package: block %u of the directory (at 0x%llX) does not match its digest", block,
                           (unsigned long long)offset);
        block = next_of(entry);
        p->entry_count += STFS_BLOCK / STFS_ENTRY;
    }
    return true;
}

static const u8 *entry_at(const struct package *p, u32 i)
{
    return p->entries + (size_t)i * STFS_ENTRY;
}

static u32 name_size(const u8 *entry)
{
    return entry[0x28] & 0x3F;
}

/* The path of an entry, from its directories' entries. */
static bool make_path(const struct package *p, u32 i, char path[IMAGE_PATH_SIZE], struct err *err)
{
    u32 chain[IMAGE_DEPTH_MAX], depth = 0;
    size_t at = 0;
    for (u32 n = i; n != STFS_ROOT; n = load_be16(entry_at(p, n) + 0x32)) {
        if (depth == IMAGE_DEPTH_MAX)
            return err_set(err, "package: directory entry %u lies deeper than %d levels", i, IMAGE_DEPTH_MAX);
        if (n >= p->entry_count || (n != i && !(entry_at(p, n)[0x28] & STFS_ENTRY_DIRECTORY)))
            return err_set(err, "package: directory entry %u lies in entry %u, which is no directory", i, n);
        if (name_size(entry_at(p, n)) > STFS_NAME_MAX || !image_is_name(entry_at(p, n), name_size(entry_at(p, n))))
            return err_set(err, "package: directory entry %u has a name that no file can have", n);
        chain[depth++] = n;
    }
    while (depth) {
        const u8 *entry = entry_at(p, chain[--depth]);
        at += (size_t)snprintf(path + at, IMAGE_PATH_SIZE - at, "%s%.*s", at ? "/" : "", (int)name_size(entry),
                               (const char *)entry);
        if (at >= IMAGE_PATH_SIZE)
            return err_set(err, "package: directory entry %u has a path of more than %d bytes", i, IMAGE_PATH_SIZE - 1);
    }
    return true;
}

static bool add_run(struct package *p, struct image_file *file, u64 offset, u32 size, struct err *err)
{
    struct image_run *last = file->run_count ? &p->runs[file->run_count - 1] : NULL;
    if (last && last->offset + last->size == offset) {
        last->size += size;
        return true;
    }
    if (file->run_count == p->run_capacity) {
        u32 capacity = p->run_capacity ? 2 * p->run_capacity : 64;
        struct image_run *grown = realloc(p->runs, capacity * sizeof *grown);
        if (!grown)
            return err_set(err, "package: no memory for the places of %s", file->path);
        p->runs = grown;
        p->run_capacity = capacity;
    }
    p->runs[file->run_count++] = (struct image_run){offset, size};
    return true;
}

static bool add_digest(struct package *p, struct image_file *file, const u8 *digest, struct err *err)
{
    if (file->digest_count == p->digest_capacity) {
        u32 capacity = p->digest_capacity ? 2 * p->digest_capacity : 64;
        u8(*grown)[IMAGE_DIGEST] = realloc(p->digests, capacity * sizeof *grown);
        if (!grown)
            return err_set(err, "package: no memory for the digests of %s", file->path);
        p->digests = grown;
        p->digest_capacity = capacity;
    }
    memcpy(p->digests[file->digest_count++], digest, IMAGE_DIGEST);
    return true;
}

static bool find_runs(struct package *p, const u8 *entry, struct image_file *file, struct err *err)
{
    u32 block = le24(entry + 0x2F);
    bool in_a_row = entry[0x28] & STFS_ENTRY_ROW;
    for (u64 left = file->size; left;) {
        u32 size = left < STFS_BLOCK ? (u32)left : STFS_BLOCK;
        if (!p->left--)
            return err_set(err, "package: %s claims blocks that other files have", file->path);
        const u8 *in_table;
        if (!check_block(p, block, size, file->path, err) ||
            !add_run(p, file, offset_of(p, image_stfs_block(block, p->copies)), size, err) ||
            !find_entry(p, block, &in_table, err) || !add_digest(p, file, in_table, err))
            return false;
        left -= size;
        block = in_a_row ? block + 1 : next_of(in_table);
    }
    file->runs = p->runs;
    file->digests = (const u8(*)[IMAGE_DIGEST])p->digests;
    return true;
}

static bool list_entries(struct package *p, struct err *err)
{
    char path[IMAGE_PATH_SIZE];
    for (u32 i = 0; i < p->entry_count; i++) {
        const u8 *entry = entry_at(p, i);
        if (!name_size(entry))
            continue;
        struct image_file file = {.path = path, .is_directory = entry[0x28] & STFS_ENTRY_DIRECTORY};
        file.size = file.is_directory ? 0 : load_be32(entry + 0x34);
        if (!make_path(p, i, path, err) || !find_runs(p, entry, &file, err) ||
            !p->listener->add(p->listener->context, &file, err))
            return false;
    }
    return true;
}

bool image_stfs_find(const struct image_source *source)
{
    u8 magic[4];
    return source->size > STFS_BLOCK && source->read(source->context, 0, magic, sizeof magic, NULL) &&
           (!memcmp(magic, "CON ", 4) || !memcmp(magic, "LIVE", 4) || !memcmp(magic, "PIRS", 4));
}

static bool read_header(struct package *p, u8 header[STFS_BLOCK], struct err *err)
{
    if (!image_stfs_find(p->source))
        return err_set(err, "not a package: it does not begin with CON, LIVE or PIRS");
    if (!p->source->read(p->source->context, 0, header, STFS_BLOCK, err))
        return false;
    u32 size = load_be32(header + STFS_HEADER_SIZE);
    if (load_be32(header + STFS_VOLUME_TYPE) != 0)
        return err_set(err, "package at 0x%X: volume type %u is not supported, only STFS (0)", STFS_VOLUME_TYPE,
                       load_be32(header + STFS_VOLUME_TYPE));
    if (size < STFS_BLOCK || size > p->source->size)
        return err_set(err, "package at 0x%X: a header of 0x%X bytes in a package of 0x%llX", STFS_HEADER_SIZE, size,
                       (unsigned long long)p->source->size);
    if (header[STFS_DESCRIPTOR] != 0x24)
        return err_set(err, "package at 0x%X: a volume descriptor of 0x%X bytes, not 0x24", STFS_DESCRIPTOR,
                       header[STFS_DESCRIPTOR]);
    p->first = ((u64)size + STFS_BLOCK - 1) & ~(u64)(STFS_BLOCK - 1);
    p->flags = header[STFS_FLAGS];
    p->copies = p->flags & STFS_FLAG_READ_ONLY ? 1 : 2;
    p->used = load_be32(header + STFS_BLOCKS_USED);
    memcpy(p->top, header + STFS_TOP_DIGEST, IMAGE_DIGEST);
    p->left = (u32)(p->source->size / STFS_BLOCK + 1);
    return true;
}

bool image_stfs_list(const struct image_source *source, const struct image_listener *listener, struct err *err)
{
    u8 header[STFS_BLOCK];
    struct package *p = calloc(1, sizeof *p);
    if (!p)
        return err_set(err, "package: no memory to read it");
    p->source = source;
    p->listener = listener;
    bool good = read_header(p, header, err) && read_directory(p, header, err) && list_entries(p, err);
    free(p->entries);
    free(p->runs);
    free(p->digests);
    free(p);
    return good;
}
