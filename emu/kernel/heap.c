/* SPDX-License-Identifier: BSD-3-Clause
 * Guest memory allocation: page ranges (virtual and physical), thread stacks, and the kernel's small blocks.
 *
 * A page of an allocation has PAGE_RESERVED; its first page has PAGE_FIRST too. A page without PAGE_RESERVED and
 * PAGE_COMMITTED is free. A small block has a header of 16 bytes before it: magic ^ address, size asked for, size
 * class. */
#include "emu/kernel/heap.h"

#include "emu/engine.h"
#include "emu/memory/memory.h"

enum {
    BLOCK_HEADER = 16,
    BLOCK_LIMIT = 3 * 1024, /* bigger requests are page ranges */
    HEAP_GROWTH = 0x10000,
    STACK_GUARD = 0x10000,
    PHYSICAL_LOW = 0x10000, /* the first 64 KiB are the hardware's */
    PHYSICAL_TOP = 0x1FFF0000,
};
#define BLOCK_MAGIC 0x4C4B424Cu

/* Sizes of classes: 32, 48, 64, 96, 128 ... each step by half or a third. */
static u32 class_size(u32 class)
{
    u32 base = 32u << (class / 2);
    return class % 2 ? base + base / 2 : base;
}

static u32 class_of(u32 size)
{
    u32 class = 0;
    while (class_size(class) < size)
        class ++;
    return class;
}

static bool page_is_free(const struct engine *e, u32 page)
{
    return !(e->m->page[page] & (PAGE_RESERVED | PAGE_COMMITTED));
}

static bool range_is_free(const struct engine *e, u32 address, u32 size, u32 *conflict)
{
    u32 first = address >> PAGE_SHIFT;
    u32 last = (u32)(((u64)address + size - 1) >> PAGE_SHIFT);
    /* From the end, so that an ascending search can jump behind the last page in its way. */
    for (u32 page = last + 1; page-- > first;) {
        if (!page_is_free(e, page)) {
            *conflict = page;
            return false;
        }
    }
    return true;
}

static void range_mark(struct engine *e, u32 address, u32 size, u8 bits)
{
    memory_protect(e, address, PAGE_SIZE, bits | PAGE_RESERVED | PAGE_FIRST);
    if (size > PAGE_SIZE)
        memory_protect(e, address + PAGE_SIZE, size - PAGE_SIZE, bits | PAGE_RESERVED);
}

static u32 range_find_up(struct engine *e, u64 low, u64 high, u32 size, u32 page_size)
{
    for (u64 at = low; at + size <= high;) {
        u32 conflict;
        if (range_is_free(e, (u32)at, size, &conflict))
            return (u32)at;
        at = ((u64)conflict + 1) << PAGE_SHIFT;
        at = (at + page_size - 1) & ~(u64)(page_size - 1);
    }
    return 0;
}

static u32 range_find_down(struct engine *e, u64 low, u64 high, u32 size, u32 page_size)
{
    if (high < size)
        return 0;
    for (u64 at = (high - size) & ~(u64)(page_size - 1); at >= low; at -= page_size) {
        u32 conflict;
        if (range_is_free(e, (u32)at, size, &conflict))
            return (u32)at;
        if (at < low + page_size)
            break;
    }
    return 0;
}

static bool round_size(u32 size, u32 page_size, u32 *out)
{
    u64 rounded = ((u64)size + page_size - 1) & ~(u64)(page_size - 1);
    if (size == 0 || rounded > 0xFFFF0000u)
        return false;
    *out = (u32)rounded;
    return true;
}

u32 range_alloc(struct engine *e, u32 low, u32 high, u32 fixed, u32 size, u32 page_size, u8 bits, bool top_down)
{
    CHECK(page_size >= PAGE_SIZE && !(page_size & (page_size - 1)), "page size %u", page_size);
    if (!round_size(size, page_size, &size))
        return 0;
    u32 address;
    if (fixed) {
        u32 conflict;
        fixed &= ~(page_size - 1);
        if (fixed < low || (u64)fixed + size > high || !range_is_free(e, fixed, size, &conflict))
            return 0;
        address = fixed;
    } else {
        u64 from = ((u64)low + page_size - 1) & ~(u64)(page_size - 1);
        address =
            top_down ? range_find_down(e, from, high, size, page_size) : range_find_up(e, from, high, size, page_size);
    }
    if (address)
        range_mark(e, address, size, bits);
    return address;
}

u32 range_size(struct engine *e, u32 address)
{
    u32 page = address >> PAGE_SHIFT;
    if (address & (PAGE_SIZE - 1) || !(e->m->page[page] & PAGE_FIRST))
        return 0;
    u32 end = page + 1;
    while (end < PAGES && (e->m->page[end] & (PAGE_RESERVED | PAGE_FIRST)) == PAGE_RESERVED)
        end++;
    return (end - page) << PAGE_SHIFT;
}

bool range_free(struct engine *e, u32 address)
{
    u32 size = range_size(e, address);
    if (size == 0)
        return false;
    memory_zero(e, address, size);
    memory_protect(e, address, size, 0);
    return true;
}

static u32 mirror_address(u32 pa, u32 page_size)
{
    if (page_size == 0x10000)
        return 0xA0000000u + pa;
    return page_size == 0x1000000 ? 0xC0000000u + pa : 0xE0000000u + pa - 0x1000;
}

/* The view of 16 MiB pages shows smaller allocations too, at C0000000 + physical address: the vendor's Direct3D makes
 * such addresses of all its command memory, and reads there. UNKNOWN: whether what is not allocated is seen as well. */
static void mirror_protect(struct engine *e, u32 pa, u32 size, u8 bits)
{
    memory_protect(e, mirror_address(pa, 0x1000000), size, bits);
}

/* The highest page in use of a range; 0: all are free. */
static u64 physical_last_used(const struct engine *e, u64 pa, u32 size)
{
    for (u64 page = (pa + size) >> PAGE_SHIFT; page-- > pa >> PAGE_SHIFT;)
        if (e->m->physical[page])
            return page << PAGE_SHIFT;
    return 0;
}

/* Each step goes below the page that was in the way, so that no page is looked at twice. */
static u32 physical_find(const struct engine *e, u64 low, u64 high, u32 size, u32 alignment)
{
    while (high >= low + size) {
        u64 at = (high - size) & ~(u64)(alignment - 1);
        if (at < low || at == 0)
            return 0;
        high = physical_last_used(e, at, size);
        if (high == 0)
            return (u32)at;
    }
    return 0;
}

u32 physical_alloc(struct engine *e, u32 low, u32 high, u32 size, u32 alignment, u32 page_size, u8 bits)
{
    /* The 4 KiB mirror ends at FFCFFFFF. */
    u64 top = page_size == PAGE_SIZE ? 0x1FD00000u : PHYSICAL_TOP;
    if ((u64)high + 1 < top)
        top = (u64)high + 1;
    if (low < PHYSICAL_LOW)
        low = PHYSICAL_LOW;
    if (alignment < page_size)
        alignment = page_size;
    if (alignment & (alignment - 1) || !round_size(size, page_size, &size))
        return 0;
    u32 pa = physical_find(e, low, top, size, alignment);
    if (pa == 0)
        return 0;
    for (u32 page = 0; page < size >> PAGE_SHIFT; page++)
        e->m->physical[(pa >> PAGE_SHIFT) + page] = PHYSICAL_USED | (page ? 0 : PHYSICAL_FIRST);
    u32 address = mirror_address(pa, page_size);
    mirror_protect(e, pa, size, PAGE_READ | PAGE_WRITE | PAGE_COMMITTED);
    range_mark(e, address, size, bits);
    return address;
}

bool physical_free(struct engine *e, u32 address)
{
    u32 pa;
    u32 size = range_size(e, address);
    if (size == 0 || !memory_physical(address, &pa) || !(e->m->physical[pa >> PAGE_SHIFT] & PHYSICAL_FIRST))
        return false;
    memset(&e->m->physical[pa >> PAGE_SHIFT], 0, size >> PAGE_SHIFT);
    bool freed = range_free(e, address); /* first: of a block of 16 MiB pages the view is the block itself */
    mirror_protect(e, pa, size, 0);
    return freed;
}

u32 stack_alloc(struct engine *e, u32 size)
{
    if (!round_size(size ? size : 1, 0x10000, &size) || size > RANGE_STACK_HIGH - RANGE_LARGE_HIGH)
        return 0;
    u32 start = range_alloc(e, RANGE_LARGE_HIGH, RANGE_STACK_HIGH, 0, size + 2 * STACK_GUARD, 0x10000, 0, false);
    if (start == 0)
        return 0;
    memory_protect(e, start + STACK_GUARD, size, PAGE_READ | PAGE_WRITE | PAGE_RESERVED | PAGE_COMMITTED);
    return start + STACK_GUARD + size;
}

void stack_free(struct engine *e, u32 base)
{
    if (base < RANGE_LARGE_HIGH || base >= RANGE_STACK_HIGH)
        return;
    u32 page = (base - 1) >> PAGE_SHIFT;
    while (page >= RANGE_LARGE_HIGH >> PAGE_SHIFT && (e->m->page[page] & (PAGE_FIRST | PAGE_RESERVED)) == PAGE_RESERVED)
        page--;
    range_free(e, page << PAGE_SHIFT);
}

static bool heap_grow(struct engine *e, u32 need)
{
    struct heap *heap = &e->m->heap;
    if (heap->next == 0)
        heap->next = heap->limit = HEAP_SMALL_LOW;
    while (heap->limit - heap->next < need) {
        if (heap->limit >= HEAP_SMALL_HIGH)
            return false;
        memory_protect(e, heap->limit, HEAP_GROWTH, PAGE_READ | PAGE_WRITE | PAGE_RESERVED | PAGE_COMMITTED);
        heap->limit += HEAP_GROWTH;
    }
    return true;
}

static bool is_small_block(const struct engine *e, u32 address)
{
    const struct heap *heap = &e->m->heap;
    return address >= HEAP_SMALL_LOW + BLOCK_HEADER && address < heap->next && address % 16 == 0;
}

/* The class of the block in use at address; HEAP_CLASSES: none is there. */
static u32 block_class(struct engine *e, u32 address)
{
    if (!is_small_block(e, address) || memory_get32(e, address - 16) != (BLOCK_MAGIC ^ address))
        return HEAP_CLASSES;
    u32 class = memory_get32(e, address - 8);
    if (class >= HEAP_CLASSES || memory_get32(e, address - 12) > class_size(class))
        return HEAP_CLASSES;
    return (u64)address - BLOCK_HEADER + class_size(class) <= e->m->heap.next ? class : HEAP_CLASSES;
}

/* Takes a block off its free list; a link that a title has scribbled over ends the list. */
static u32 free_list_pop(struct engine *e, u32 class)
{
    u32 block = e->m->heap.free[class];
    if (block == 0)
        return 0;
    u32 next = memory_get32(e, block);
    e->m->heap.free[class] = is_small_block(e, next) && memory_get32(e, next - 16) == 0 ? next : 0;
    memory_set32(e, block, 0);
    return block;
}

static u32 small_alloc(struct engine *e, u32 size)
{
    u32 class = class_of(size + BLOCK_HEADER);
    u32 block = free_list_pop(e, class);
    if (block == 0) {
        if (!heap_grow(e, class_size(class)))
            return 0;
        block = e->m->heap.next + BLOCK_HEADER;
        e->m->heap.next += class_size(class);
    }
    memory_zero(e, block, class_size(class) - BLOCK_HEADER);
    memory_set32(e, block - 16, BLOCK_MAGIC ^ block);
    memory_set32(e, block - 12, size);
    memory_set32(e, block - 8, class);
    return block;
}

u32 heap_alloc(struct engine *e, u32 size)
{
    if (size == 0)
        size = 1;
    if (size <= BLOCK_LIMIT)
        return small_alloc(e, size);
    return range_alloc(e, HEAP_BIG_LOW, HEAP_SMALL_LOW, 0, size, PAGE_SIZE, PAGE_READ | PAGE_WRITE | PAGE_COMMITTED,
                       false);
}

void heap_free(struct engine *e, u32 address)
{
    if (address >= HEAP_BIG_LOW && address < HEAP_SMALL_LOW) {
        range_free(e, address);
        return;
    }
    u32 class = block_class(e, address);
    if (class == HEAP_CLASSES)
        return;
    memory_zero(e, address - BLOCK_HEADER, class_size(class));
    memory_set32(e, address, e->m->heap.free[class]);
    e->m->heap.free[class] = address;
}

u32 heap_size(struct engine *e, u32 address)
{
    if (address >= HEAP_BIG_LOW && address < HEAP_SMALL_LOW)
        return range_size(e, address);
    return block_class(e, address) == HEAP_CLASSES ? 0 : memory_get32(e, address - 12);
}
