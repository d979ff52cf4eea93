/* SPDX-License-Identifier: BSD-3-Clause
 * The title's heap: first fit over one list of blocks, in order of address, guarded by one critical section that every
 * thread fights for. Freed blocks are filled, as debug heaps do; allocated ones are left as they are. */
#include "coldboot.h"

enum { HEAP_SIZE = 0x800000, HEAP_SPIN = 200 };

#define FREED 0xFEEEFEEEu

struct block {
    u32 size; /* of the whole block, header included; bit 0: in use */
    u32 zero[3];
};

static struct critical_section lock;
static u8 *start;
static u32 in_use;

static struct block *next_block(struct block *block)
{
    return (struct block *)((u8 *)block + (block->size & ~1u));
}

bool heap_init(void)
{
    void *base = NULL;
    u32 size = HEAP_SIZE;
    RtlInitializeCriticalSectionAndSpinCount(&lock, HEAP_SPIN);
    if (NtAllocateVirtualMemory((void *)&base, &size, MEMORY_RESERVE | MEMORY_COMMIT, PAGE_READ_WRITE, 0))
        return false;
    start = base;
    ((struct block *)start)->size = HEAP_SIZE;
    return true;
}

/* Joins the free blocks that follow. */
static void merge(struct block *block)
{
    u8 *end = start + HEAP_SIZE;
    for (struct block *next = next_block(block); (u8 *)next < end && !(next->size & 1); next = next_block(block))
        block->size += next->size;
}

static void *take(u32 need)
{
    u8 *end = start + HEAP_SIZE;
    for (struct block *block = (struct block *)start; (u8 *)block < end; block = next_block(block)) {
        if (block->size & 1)
            continue;
        merge(block);
        if (block->size < need)
            continue;
        if (block->size > need) {
            u32 rest = block->size - need;
            block->size = need;
            next_block(block)->size = rest;
        }
        block->size |= 1;
        in_use += need;
        return block + 1;
    }
    return NULL;
}

void *heap_alloc(u32 size)
{
    RtlEnterCriticalSection(&lock);
    void *block = take(((size + 15) & ~15u) + sizeof(struct block));
    RtlLeaveCriticalSection(&lock);
    return block;
}

void heap_free(void *data)
{
    struct block *block = (struct block *)data - 1;
    if (!data)
        return;
    RtlEnterCriticalSection(&lock);
    block->size &= ~1u;
    in_use -= block->size;
    u32 words = block->size / 4 - 4;
    u32 *fill = data;
    for (u32 i = 0; i < words && i < 64; i++)
        fill[i] = FREED;
    RtlLeaveCriticalSection(&lock);
}

u32 heap_in_use(void)
{
    RtlEnterCriticalSection(&lock);
    u32 bytes = in_use;
    RtlLeaveCriticalSection(&lock);
    return bytes;
}
