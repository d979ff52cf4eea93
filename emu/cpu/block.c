/* SPDX-License-Identifier: BSD-3-Clause
 * Decoded blocks: a cache keyed by address, and the loop that runs them. Blocks lie in one pool; an invalidated one is
 * only unlinked, since it may be running, and the whole pool is emptied when it is full. */
#include "emu/cpu/block.h"
#include "emu/memory/memory.h"
#include "emu/trace.h"

#include <stdlib.h>

enum { PAGE_WORDS = PAGE_SIZE / 4, RECENT = 1 << 14 };

#define POOL_BYTES (64u << 20)

struct block {
    u32 pc;
    u16 count;
    u16 ends_by_branch;  /* the last instruction sets pc */
    struct ppc_op ops[]; /* count, and one that ends them (ppc_op_end) */
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
    u32 retired;              /* by the present cpu_run call before `ops` */
    const struct ppc_op *ops; /* running */
    struct ppc *running;
    struct block *recent[RECENT]; /* by address, the one found last */
};

static inline struct block **recent_place(struct block_cache *cache, u32 pc)
{
    return &cache->recent[pc / 4 % RECENT];
}

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
    memset(cache->recent, 0, sizeof cache->recent);
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
                *recent_place(cache, page->at[i]->pc) = NULL;
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
    if (POOL_BYTES - cache->pool_used < sizeof(struct block) + (BLOCK_MAX + 1) * sizeof(struct ppc_op))
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
        if (e->trace && trace_wants(e->trace, o))
            ppc_op_trace(o);
        if (ends_block(o)) {
            block->ends_by_branch = 1;
            break;
        }
    }
    ppc_op_end(&block->ops[block->count], pc + 4 * block->count);
    cache->pool_used += (u32)(sizeof *block + (block->count + 1) * sizeof(struct ppc_op));
    page_of(cache, pc)->at[(pc & (PAGE_SIZE - 1)) / 4] = block;
    memory_mark_code(e, pc);
    return block;
}

static __attribute__((noinline)) struct block *block_look_up(struct engine *e, u32 pc)
{
    const struct code_page *page = e->blocks->pages[pc >> PAGE_SHIFT];
    struct block *block = page ? page->at[(pc & (PAGE_SIZE - 1)) / 4] : NULL;
    if (!block)
        block = block_decode(e, pc);
    if (block)
        *recent_place(e->blocks, pc) = block;
    return block;
}

static inline struct block *block_find(struct engine *e, struct block_cache *cache, u32 pc)
{
    struct block *block = *recent_place(cache, pc);
    if (likely(block && block->pc == pc))
        return block;
    return block_look_up(e, pc);
}

u32 cpu_instructions_before(const struct engine *e, const struct ppc_op *o)
{
    return e->blocks->retired + (u32)(o - e->blocks->ops);
}

/* Runs n instructions one by one: part of a block. The count that retired. */
static u32 run_ops(struct engine *e, struct ppc *c, const struct ppc_op *ops, u32 n)
{
    for (const struct ppc_op *o = ops; o < ops + n; o++) {
        o->run(c, o, e);
        if (unlikely(c->stop))
            return (u32)(o - ops) + (c->stop != CPU_FAULT);
    }
    return n;
}

static u32 run_ops_traced(struct engine *e, struct ppc *c, const struct ppc_op *ops, u32 n)
{
    for (const struct ppc_op *o = ops; o < ops + n; o++) {
        trace_run(e, c, o);
        if (c->stop)
            return (u32)(o - ops) + (c->stop != CPU_FAULT);
    }
    return n;
}

/* Sets pc and block_left after `done` of the `left` instructions of a block that is not run to its end. */
static void leave_block(struct ppc *c, const struct block *block, u32 left, u32 done)
{
    c->block_left = 0;
    if (done == block->count && block->ends_by_branch)
        return;
    c->pc = block->pc + 4 * done;
    if (c->stop != CPU_FAULT)
        c->block_left = left - done;
}

/* Runs what is left of a block, or as much as `limit` allows. */
static __attribute__((noinline)) u32 run_part(struct engine *e, struct ppc *c, u32 limit)
{
    const struct block *block = block_find(e, e->blocks, c->pc);
    if (!block) {
        ppc_fault(c, FAULT_EXECUTE, c->pc);
        c->block_left = 0;
        return 0;
    }
    u32 left = c->block_left && c->block_left < block->count ? c->block_left : block->count;
    e->blocks->ops = block->ops;
    u32 done = (e->trace ? run_ops_traced : run_ops)(e, c, block->ops, left < limit ? left : limit);
    leave_block(c, block, left, done);
    return done;
}

/* Runs whole blocks as long as fewer than `bound` instructions have retired and c->stop is not set. */
static inline void run_whole(struct engine *e, struct block_cache *cache, struct ppc *c, u32 bound)
{
    u32 retired = cache->retired;
    while (retired < bound) {
        const struct block *block = block_find(e, cache, c->pc);
        if (unlikely(!block)) {
            ppc_fault(c, FAULT_EXECUTE, c->pc);
            return;
        }
        cache->ops = block->ops;
        const struct ppc_op *stopped = block->ops->form(c, block->ops, e);
        if (unlikely(stopped)) {
            u32 done = (u32)(stopped - block->ops) + (c->stop != CPU_FAULT);
            leave_block(c, block, block->count, done);
            cache->retired += done;
            return;
        }
        cache->retired = retired += block->count;
    }
}

u32 cpu_run(struct engine *e, struct ppc *c, u32 budget, u32 limit)
{
    struct block_cache *cache = e->blocks;
    u32 fits = limit < BLOCK_MAX ? 0 : limit - BLOCK_MAX + 1;
    if (unlikely(e->retrace))
        trace_renew(e);
    cache->running = c;
    cache->retired = 0;
    c->pc &= ~3u;
    while (cache->retired < limit && (cache->retired < budget || c->block_left)) {
        if (!c->block_left && cache->retired < fits)
            run_whole(e, cache, c, budget < fits ? budget : fits);
        else
            cache->retired += run_part(e, c, limit - cache->retired);
        if (c->stop == CPU_REFETCH)
            c->stop = CPU_RUN;
        else if (c->stop)
            break;
    }
    cache->running = NULL;
    return cache->retired;
}

u32 cpu_run_block(struct engine *e, struct ppc *c, u32 limit)
{
    return cpu_run(e, c, 1, limit);
}

void cpu_reset(struct ppc *c)
{
    memset(c, 0, sizeof *c);
    c->msr = 0x9030;
    c->vscr = 0x00010000;
}
