/* SPDX-License-Identifier: BSD-3-Clause
 * Decoded blocks: a cache keyed by address, and the loop that runs one block. Blocks lie in one pool; an invalidated
 * one is only unlinked, since it may be running, and the whole pool is emptied when it is full. */
#include "emu/cpu/block.h"
#include "emu/memory/memory.h"

#include <stdlib.h>

enum { PAGE_WORDS = PAGE_SIZE / 4 };

#define POOL_BYTES (64u << 20)

struct block {
    u32 pc;
    u16 count;
    u16 ends_by_branch; /* the last instruction sets pc */
    struct ppc_op ops[];
};

struct code_page {
    u32 number;
    struct code_page *next;
    struct block *at[PAGE_WORDS];
};

struct block_cache {
    struct code_page **pages; /* by page number */
    struct code_page *first;
    u8 *pool;
    u32 pool_used;
    u32 retired;              /* by the present cpu_run_block call before `ops` */
    const struct ppc_op *ops; /* running */
    struct ppc *running;
};

struct block_cache *block_cache_create(void)
{
    struct block_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    cache->pages = calloc(PAGES, sizeof(struct code_page *));
    cache->pool = malloc(POOL_BYTES);
    if (cache->pages && cache->pool)
        return cache;
    block_cache_destroy(cache);
    return NULL;
}

static void cache_empty(struct block_cache *cache)
{
    while (cache->first) {
        struct code_page *page = cache->first;
        cache->first = page->next;
        cache->pages[page->number] = NULL;
        free(page);
    }
    cache->pool_used = 0;
}

void block_cache_destroy(struct block_cache *cache)
{
    if (!cache)
        return;
    cache_empty(cache);
    free(cache->pages);
    free(cache->pool);
    free(cache);
}

void block_cache_clear(struct engine *e)
{
    cache_empty(e->blocks);
}

void block_cache_invalidate(struct engine *e, u32 ea, u32 size)
{
    struct block_cache *cache = e->blocks;
    u32 last = size ? ea + (size - 1) : ea;
    for (u32 number = ea >> PAGE_SHIFT; number <= last >> PAGE_SHIFT; number++) {
        struct code_page *page = cache->pages[number];
        u32 start = number == ea >> PAGE_SHIFT ? (ea & (PAGE_SIZE - 1)) / 4 : 0;
        u32 end = number == last >> PAGE_SHIFT ? (last & (PAGE_SIZE - 1)) / 4 : PAGE_WORDS - 1;
        for (u32 i = start < BLOCK_MAX ? 0 : start - BLOCK_MAX + 1; page && i <= end; i++)
            if (page->at[i] && i + page->at[i]->count > start) {
                page->at[i] = NULL;
                if (cache->running && cache->running->stop == CPU_RUN)
                    cache->running->stop = CPU_REFETCH;
            }
    }
}

static bool ends_block(const struct ppc_op *o)
{
    if (o->id == PPC_INSNS || o->word == PPC_SPIN_HINT)
        return true;
    const struct ppc_insn *insn = ppc_insn(o->id);
    return insn->class == PPC_BRANCH || insn->class == PPC_TRAP;
}

static struct code_page *page_of(struct block_cache *cache, u32 pc)
{
    u32 number = pc >> PAGE_SHIFT;
    struct code_page *page = cache->pages[number];
    if (page)
        return page;
    page = calloc(1, sizeof *page);
    CHECK(page, "no memory for decoded code");
    page->number = number;
    page->next = cache->first;
    cache->first = page;
    cache->pages[number] = page;
    return page;
}

/* Decodes the block at pc; NULL: not executable. */
static struct block *block_decode(struct engine *e, u32 pc)
{
    struct block_cache *cache = e->blocks;
    u32 word;
    if (!memory_fetch(e, pc, &word))
        return NULL;
    if (POOL_BYTES - cache->pool_used < sizeof(struct block) + BLOCK_MAX * sizeof(struct ppc_op))
        cache_empty(cache);
    struct block *block = (struct block *)(cache->pool + cache->pool_used);
    *block = (struct block){.pc = pc};
    u32 room = (PAGE_SIZE - (pc & (PAGE_SIZE - 1))) / 4;
    while (block->count < BLOCK_MAX && block->count < room) {
        u32 at = pc + 4 * block->count;
        if (!memory_fetch(e, at, &word))
            break;
        struct ppc_op *o = &block->ops[block->count++];
        ppc_op_decode(o, word, at);
        if (ends_block(o)) {
            block->ends_by_branch = 1;
            break;
        }
    }
    cache->pool_used += (u32)(sizeof *block + block->count * sizeof(struct ppc_op));
    page_of(cache, pc)->at[(pc & (PAGE_SIZE - 1)) / 4] = block;
    memory_mark_code(e, pc);
    return block;
}

static inline struct block *block_find(struct engine *e, u32 pc)
{
    const struct code_page *page = e->blocks->pages[pc >> PAGE_SHIFT];
    if (likely(page)) {
        struct block *block = page->at[(pc & (PAGE_SIZE - 1)) / 4];
        if (likely(block))
            return block;
    }
    return block_decode(e, pc);
}

u32 cpu_instructions_before(const struct engine *e, const struct ppc_op *o)
{
    return e->blocks->retired + (u32)(o - e->blocks->ops);
}

/* Runs n ops; the count that retired. */
static inline u32 run_ops(struct engine *e, struct ppc *c, const struct ppc_op *ops, u32 n)
{
    const struct ppc_op *o = ops, *end = ops + n;
    do {
        o->run(c, o, e);
        if (unlikely(c->stop))
            return (u32)(o - ops) + (c->stop != CPU_FAULT);
    } while (++o < end);
    return n;
}

/* Runs at most `limit` instructions of the block at pc; the count that retired. */
static inline u32 run_part(struct engine *e, struct ppc *c, u32 limit)
{
    const struct block *block = block_find(e, c->pc);
    if (unlikely(!block)) {
        ppc_fault(c, FAULT_EXECUTE, c->pc);
        c->block_left = 0;
        return 0;
    }
    u32 left = block->count;
    if (unlikely(c->block_left) && c->block_left < left)
        left = c->block_left;
    e->blocks->ops = block->ops;
    u32 done = run_ops(e, c, block->ops, left < limit ? left : limit);
    if (likely(done == block->count && block->ends_by_branch)) {
        c->block_left = 0;
        return done;
    }
    c->pc = block->pc + 4 * done;
    c->block_left = c->stop == CPU_FAULT ? 0 : left - done;
    return done;
}

u32 cpu_run_block(struct engine *e, struct ppc *c, u32 limit)
{
    struct block_cache *cache = e->blocks;
    cache->running = c;
    cache->retired = 0;
    c->pc &= ~3u;
    if (unlikely(!limit))
        return 0;
    do {
        cache->retired += run_part(e, c, limit - cache->retired);
        if (likely(c->stop != CPU_REFETCH))
            break;
        c->stop = CPU_RUN;
    } while (c->block_left && cache->retired < limit);
    cache->running = NULL;
    return cache->retired;
}

void cpu_reset(struct ppc *c)
{
    memset(c, 0, sizeof *c);
    c->msr = 0x9030;
    c->vscr = 0x00010000;
}
