/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/vfs/blocks.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct vfs_cache {
    u64 hash[VBLOCKS_MAX];
    u8 known[VBLOCKS_MAX];
};

static void block_written(struct engine *e, u32 block)
{
    if (e->files)
        e->files->known[block] = 0;
}

u64 blocks_hash(struct engine *e)
{
    const struct vfs *v = &e->m->vfs;
    if (!e->files)
        e->files = calloc(1, sizeof *e->files);
    CHECK(e->files, "no memory for hashes of file blocks");
    struct vfs_cache *cache = e->files;
    for (u32 block = 1; block <= v->block_high; block++) {
        if (!cache->known[block])
            cache->hash[block] = XXH3_64bits(v->blocks[block], VBLOCK_SIZE);
        cache->known[block] = 1;
    }
    return XXH3_64bits(&cache->hash[1], v->block_high * sizeof cache->hash[0]);
}

static u32 block_new(struct vfs *v)
{
    u32 block = v->block_free;
    if (block) {
        v->block_free = v->block_next[block];
        v->block_next[block] = 0;
    } else if (v->block_high + 1 < VBLOCKS_MAX) {
        block = ++v->block_high;
    }
    return block;
}

static void chain_free(struct engine *e, u32 block)
{
    struct vfs *v = &e->m->vfs;
    while (block) {
        u32 next = v->block_next[block];
        memset(v->blocks[block], 0, VBLOCK_SIZE);
        block_written(e, block);
        v->block_next[block] = v->block_free;
        v->block_free = block;
        block = next;
    }
}

/* The i-th block of the file; i < block_count. */
static u32 chain_at(const struct vfs *v, const struct vnode *n, u32 i)
{
    if (i + 1 == n->block_count)
        return n->last_block;
    u32 block = n->first_block;
    while (i--)
        block = v->block_next[block];
    return block;
}

u32 blocks_free(const struct engine *e)
{
    const struct vfs *v = &e->m->vfs;
    u32 count = VBLOCKS_MAX - 1 - v->block_high;
    for (u32 block = v->block_free; block; block = v->block_next[block])
        count++;
    return count;
}

static void chain_cut(struct engine *e, struct vnode *n, u32 count)
{
    struct vfs *v = &e->m->vfs;
    if (count >= n->block_count)
        return;
    if (count == 0) {
        chain_free(e, n->first_block);
        n->first_block = n->last_block = 0;
    } else {
        u32 last = chain_at(v, n, count - 1);
        chain_free(e, v->block_next[last]);
        v->block_next[last] = 0;
        n->last_block = last;
    }
    n->block_count = count;
}

static bool chain_grow(struct engine *e, struct vnode *n, u32 count)
{
    struct vfs *v = &e->m->vfs;
    u32 before = n->block_count;
    while (n->block_count < count) {
        u32 block = block_new(v);
        if (block == 0) {
            chain_cut(e, n, before);
            return false;
        }
        if (n->last_block)
            v->block_next[n->last_block] = block;
        else
            n->first_block = block;
        n->last_block = block;
        n->block_count++;
    }
    return true;
}

bool blocks_resize(struct engine *e, u32 node, u64 size)
{
    struct vfs *v = &e->m->vfs;
    struct vnode *n = &v->nodes[node];
    if (size > (u64)VBLOCKS_MAX * VBLOCK_SIZE)
        return false;
    u32 count = (u32)((size + VBLOCK_SIZE - 1) / VBLOCK_SIZE);
    if (!chain_grow(e, n, count))
        return false;
    chain_cut(e, n, count);
    u32 tail = (u32)(size % VBLOCK_SIZE);
    if (size < n->size && tail) {
        memset(v->blocks[n->last_block] + tail, 0, VBLOCK_SIZE - tail);
        block_written(e, n->last_block);
    }
    n->size = size;
    return true;
}

void blocks_read(const struct engine *e, u32 node, u64 offset, u32 size, u8 *out)
{
    const struct vfs *v = &e->m->vfs;
    const struct vnode *n = &v->nodes[node];
    if (size == 0)
        return;
    CHECK(offset + size <= n->size, "read behind the end of a file");
    u32 block = chain_at(v, n, (u32)(offset / VBLOCK_SIZE));
    u32 at = (u32)(offset % VBLOCK_SIZE);
    while (size) {
        u32 part = VBLOCK_SIZE - at < size ? VBLOCK_SIZE - at : size;
        memcpy(out, v->blocks[block] + at, part);
        block = v->block_next[block];
        out += part;
        size -= part;
        at = 0;
    }
}

void blocks_write(struct engine *e, u32 node, u64 offset, u32 size, const u8 *bytes)
{
    struct vfs *v = &e->m->vfs;
    const struct vnode *n = &v->nodes[node];
    if (size == 0)
        return;
    CHECK(offset + size <= n->size, "write behind the end of a file");
    u32 block = chain_at(v, n, (u32)(offset / VBLOCK_SIZE));
    u32 at = (u32)(offset % VBLOCK_SIZE);
    while (size) {
        u32 part = VBLOCK_SIZE - at < size ? VBLOCK_SIZE - at : size;
        memcpy(v->blocks[block] + at, bytes, part);
        block_written(e, block);
        block = v->block_next[block];
        bytes += part;
        size -= part;
        at = 0;
    }
}
