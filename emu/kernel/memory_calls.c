/* SPDX-License-Identifier: BSD-3-Clause
 * Kernel calls on memory: virtual ranges, physical ranges, the kernel's pool and stacks.
 *
 * As on the console, sizes of virtual allocations are multiples of 64 KiB when the kernel chooses the place, and of the
 * region's page otherwise; physical allocations are handed out from the top. Sizes that are negative are taken as their
 * magnitude: titles are known to pass them. */
#include "emu/kernel/heap.h"
#include "emu/kernel/kcall.h"
#include "emu/memory/memory.h"

enum protect {
    PROTECT_NOACCESS = 0x01,
    PROTECT_READONLY = 0x02,
    PROTECT_READWRITE = 0x04,
    PROTECT_EXECUTE = 0x10,
    PROTECT_EXECUTE_READ = 0x20,
    PROTECT_EXECUTE_READWRITE = 0x40,
    PROTECT_NOCACHE = 0x200,
    PROTECT_WRITECOMBINE = 0x400,
};

enum memory_flags {
    MEM_COMMIT = 0x1000,
    MEM_RESERVE = 0x2000,
    MEM_DECOMMIT = 0x4000,
    MEM_RELEASE = 0x8000,
    MEM_FREE = 0x10000,
    MEM_PRIVATE = 0x20000,
    MEM_RESET = 0x80000,
    MEM_TOP_DOWN = 0x100000,
    MEM_NOZERO = 0x800000,
    MEM_LARGE_PAGES = 0x20000000,
    MEM_HEAP = 0x40000000,
};
#define MEM_16MB_PAGES 0x80000000u

enum { STATISTICS_SIZE = 104, BASIC_INFORMATION_SIZE = 28 };

static u8 bits_of(u32 protect)
{
    u8 bits = PAGE_COMMITTED;
    if (protect & (PROTECT_READONLY | PROTECT_EXECUTE_READ))
        bits |= PAGE_READ;
    if (protect & (PROTECT_READWRITE | PROTECT_EXECUTE_READWRITE))
        bits |= PAGE_READ | PAGE_WRITE;
    if (protect & (PROTECT_EXECUTE | PROTECT_EXECUTE_READ | PROTECT_EXECUTE_READWRITE))
        bits |= PAGE_EXECUTE;
    if (protect & PROTECT_NOCACHE)
        bits |= PAGE_NOCACHE;
    if (protect & PROTECT_WRITECOMBINE)
        bits |= PAGE_WRITECOMBINE;
    return bits;
}

static u32 protect_of(u8 bits)
{
    u32 protect = bits & PAGE_WRITE ? PROTECT_READWRITE : bits & PAGE_READ ? PROTECT_READONLY : PROTECT_NOACCESS;
    if (bits & PAGE_EXECUTE)
        protect = protect == PROTECT_NOACCESS ? PROTECT_EXECUTE : protect << 4;
    if (bits & PAGE_NOCACHE)
        protect |= PROTECT_NOCACHE;
    if (bits & PAGE_WRITECOMBINE)
        protect |= PROTECT_WRITECOMBINE;
    return protect;
}

/* Exactly one kind of access. */
static bool is_valid_protect(u32 protect)
{
    u32 kind = protect & 0xFF;
    return kind != 0 && (kind & (kind - 1)) == 0;
}

/* Where virtual allocations live, and in what pages. */
struct region {
    u32 low;
    u32 high;
    u32 page_size;
};

static struct region region_of(u32 address)
{
    if (address >= RANGE_SMALL_HIGH)
        return (struct region){RANGE_SMALL_HIGH, RANGE_STACK_HIGH, 0x10000};
    return (struct region){RANGE_SMALL_LOW, RANGE_SMALL_HIGH, PAGE_SIZE};
}

/* The pages of a request whose base is given: from, size; false: outside the region. */
static bool request_pages(u32 base, u32 size, const struct region *region, u32 *from, u32 *rounded)
{
    u64 end = ((u64)base + size + region->page_size - 1) & ~(u64)(region->page_size - 1);
    *from = base & ~(region->page_size - 1);
    *rounded = (u32)(end - *from);
    return base >= region->low && end <= region->high && size != 0;
}

static bool pages_have(const struct machine *m, u32 from, u32 size, u8 bits)
{
    for (u32 page = from >> PAGE_SHIFT; page < (u32)(((u64)from + size) >> PAGE_SHIFT); page++)
        if ((m->page[page] & bits) != bits)
            return false;
    return true;
}

/* Do they belong to one allocation? */
static bool pages_are_one(const struct machine *m, u32 from, u32 size)
{
    for (u32 page = (from >> PAGE_SHIFT) + 1; page < (u32)(((u64)from + size) >> PAGE_SHIFT); page++)
        if (m->page[page] & PAGE_FIRST)
            return false;
    return pages_have(m, from, size, PAGE_RESERVED);
}

/* Sets the protection of pages that are reserved, keeping the marks of their allocation. */
static void pages_protect(struct engine *e, u32 from, u32 size, u8 bits)
{
    for (u32 page = from >> PAGE_SHIFT; page < (u32)(((u64)from + size) >> PAGE_SHIFT); page++)
        memory_protect(e, page << PAGE_SHIFT, PAGE_SIZE, bits | (e->m->page[page] & (PAGE_FIRST | PAGE_RESERVED)));
}

static u32 allocate_anywhere(struct kcall *k, u32 *base, u32 *size, u32 type, u8 bits)
{
    bool large = type & MEM_LARGE_PAGES;
    struct region region = region_of(large ? RANGE_SMALL_HIGH : 0);
    if (large)
        region.high = RANGE_LARGE_HIGH;
    u64 rounded = ((u64)*size + 0xFFFF) & ~0xFFFFull;
    if (rounded > region.high - region.low)
        return STATUS_NO_MEMORY;
    u32 address = range_alloc(k->e, region.low, region.high, 0, (u32)rounded, 0x10000, bits, type & MEM_TOP_DOWN);
    if (address == 0)
        return STATUS_NO_MEMORY;
    *base = address;
    *size = (u32)rounded;
    return STATUS_SUCCESS;
}

static u32 allocate_at(struct kcall *k, u32 *base, u32 *size, u32 type, u8 bits)
{
    struct region region = region_of(*base);
    u32 from, rounded;
    if (!request_pages(*base, *size, &region, &from, &rounded))
        return STATUS_INVALID_PARAMETER;
    if (!(type & MEM_RESERVE)) {
        if (!pages_are_one(k->m, from, rounded))
            return STATUS_CONFLICTING_ADDRESSES;
        pages_protect(k->e, from, rounded, bits);
    } else if (!range_alloc(k->e, region.low, region.high, from, rounded, region.page_size, bits, false)) {
        return STATUS_CONFLICTING_ADDRESSES;
    }
    *base = from;
    *size = rounded;
    return STATUS_SUCCESS;
}

/* Reads the base and size that a call passes by reference. */
static bool read_range(struct kcall *k, u32 *base, u32 *size)
{
    if (!memory_is_writable(k->e, kcall_u32(k, 0), 4) || !memory_is_writable(k->e, kcall_u32(k, 1), 4))
        return false;
    *base = memory_get32(k->e, kcall_u32(k, 0));
    *size = memory_get32(k->e, kcall_u32(k, 1));
    if (*size & 0x80000000u)
        *size = -*size;
    return true;
}

static u64 write_range(struct kcall *k, u32 base, u32 size)
{
    memory_set32(k->e, kcall_u32(k, 0), base);
    memory_set32(k->e, kcall_u32(k, 1), size);
    return STATUS_SUCCESS;
}

u64 xboxkrnl_NtAllocateVirtualMemory(struct kcall *k)
{
    u32 base, size;
    u32 type = kcall_u32(k, 2);
    u32 protect = kcall_u32(k, 3);
    if (!read_range(k, &base, &size))
        return STATUS_ACCESS_VIOLATION;
    u32 action = type & (MEM_COMMIT | MEM_RESERVE | MEM_RESET);
    if (size == 0 || action == 0 || ((action & MEM_RESET) && action != MEM_RESET))
        return STATUS_INVALID_PARAMETER;
    if (!is_valid_protect(protect))
        return STATUS_INVALID_PAGE_PROTECTION;
    if (action == MEM_RESET)
        return STATUS_SUCCESS;
    if (base == 0)
        type |= MEM_RESERVE;
    u8 bits = type & MEM_COMMIT ? bits_of(protect) : 0;
    u32 status = base ? allocate_at(k, &base, &size, type, bits) : allocate_anywhere(k, &base, &size, type, bits);
    return status == STATUS_SUCCESS ? write_range(k, base, size) : status;
}

static u32 release(struct kcall *k, u32 base, u32 *size)
{
    u32 all = range_size(k->e, base);
    if (all == 0)
        return pages_have(k->m, base & ~(PAGE_SIZE - 1), PAGE_SIZE, PAGE_RESERVED) ? STATUS_FREE_VM_NOT_AT_BASE
                                                                                   : STATUS_MEMORY_NOT_ALLOCATED;
    *size = all;
    range_free(k->e, base);
    return STATUS_SUCCESS;
}

static u32 decommit(struct kcall *k, u32 *base, u32 *size)
{
    struct region region = region_of(*base);
    u32 from, rounded;
    if (!(k->m->page[*base >> PAGE_SHIFT] & PAGE_RESERVED))
        return STATUS_MEMORY_NOT_ALLOCATED;
    if (*size == 0 && (*size = range_size(k->e, *base)) == 0)
        return STATUS_FREE_VM_NOT_AT_BASE;
    if (!request_pages(*base, *size, &region, &from, &rounded) || !pages_are_one(k->m, from, rounded))
        return STATUS_UNABLE_TO_FREE_VM;
    memory_zero(k->e, from, rounded);
    pages_protect(k->e, from, rounded, 0);
    *base = from;
    *size = rounded;
    return STATUS_SUCCESS;
}

u64 xboxkrnl_NtFreeVirtualMemory(struct kcall *k)
{
    u32 base, size;
    u32 type = kcall_u32(k, 2);
    if (!read_range(k, &base, &size))
        return STATUS_ACCESS_VIOLATION;
    if (base < RANGE_SMALL_LOW || base >= RANGE_STACK_HIGH)
        return STATUS_MEMORY_NOT_ALLOCATED;
    u32 status = STATUS_INVALID_PARAMETER;
    if (type == MEM_RELEASE)
        status = release(k, base, &size);
    else if (type == MEM_DECOMMIT)
        status = decommit(k, &base, &size);
    return status == STATUS_SUCCESS ? write_range(k, base, size) : status;
}

u64 xboxkrnl_NtProtectVirtualMemory(struct kcall *k)
{
    u32 base, size, from, rounded;
    u32 protect = kcall_u32(k, 2);
    if (!read_range(k, &base, &size) || !memory_is_writable(k->e, kcall_u32(k, 3), 4))
        return STATUS_ACCESS_VIOLATION;
    if (!is_valid_protect(protect))
        return STATUS_INVALID_PAGE_PROTECTION;
    struct region region = region_of(base);
    if (!request_pages(base, size, &region, &from, &rounded))
        return STATUS_INVALID_PARAMETER;
    if (!pages_are_one(k->m, from, rounded))
        return STATUS_CONFLICTING_ADDRESSES;
    if (!pages_have(k->m, from, rounded, PAGE_COMMITTED))
        return STATUS_NOT_COMMITTED;
    memory_set32(k->e, kcall_u32(k, 3), protect_of(k->m->page[from >> PAGE_SHIFT]));
    pages_protect(k->e, from, rounded, bits_of(protect));
    return write_range(k, from, rounded);
}

/* First page of the allocation that a page belongs to. */
static u32 first_page(const struct machine *m, u32 page)
{
    while (page > 0 && (m->page[page] & (PAGE_RESERVED | PAGE_FIRST)) == PAGE_RESERVED)
        page--;
    return page;
}

u64 xboxkrnl_NtQueryVirtualMemory(struct kcall *k)
{
    const u8 *state = k->m->page;
    u32 page = kcall_u32(k, 0) >> PAGE_SHIFT;
    u32 out = kcall_u32(k, 1);
    if (!memory_is_writable(k->e, out, BASIC_INFORMATION_SIZE))
        return STATUS_ACCESS_VIOLATION;
    if (page < RANGE_SMALL_LOW >> PAGE_SHIFT)
        return STATUS_INVALID_PARAMETER;
    bool taken = state[page] & (PAGE_RESERVED | PAGE_COMMITTED);
    u8 same = taken ? (u8)~PAGE_FIRST : PAGE_RESERVED | PAGE_COMMITTED;
    u32 end = page + 1;
    while (end < PAGES && (state[end] & same) == (state[page] & same) && !(taken && state[end] & PAGE_FIRST))
        end++;
    u32 first = taken ? first_page(k->m, page) : 0;
    u32 word[7] = {page << PAGE_SHIFT, first << PAGE_SHIFT, 0, (end - page) << PAGE_SHIFT,
                   MEM_FREE,           PROTECT_NOACCESS,    0};
    if (taken) {
        word[2] = protect_of(state[first]);
        word[4] = state[page] & PAGE_COMMITTED ? MEM_COMMIT : MEM_RESERVE;
        word[5] = state[page] & PAGE_COMMITTED ? protect_of(state[page]) : 0;
        word[6] = MEM_PRIVATE;
    }
    for (u32 i = 0; i < countof(word); i++)
        memory_set32(k->e, out + i * 4, word[i]);
    return STATUS_SUCCESS;
}

static u64 allocate_physical(struct kcall *k, u32 low, u32 high, u32 alignment)
{
    u32 size = kcall_u32(k, 1);
    u32 protect = kcall_u32(k, 2);
    if (size == 0 || !is_valid_protect(protect & 0xFF) || !(bits_of(protect) & PAGE_READ))
        return 0;
    u32 page_size = protect & MEM_16MB_PAGES ? 0x1000000 : protect & MEM_LARGE_PAGES ? 0x10000 : PAGE_SIZE;
    return physical_alloc(k->e, low, high, size, alignment, page_size, bits_of(protect));
}

u64 xboxkrnl_MmAllocatePhysicalMemoryEx(struct kcall *k)
{
    return allocate_physical(k, kcall_u32(k, 3), kcall_u32(k, 4), kcall_u32(k, 5));
}

u64 xboxkrnl_MmAllocatePhysicalMemory(struct kcall *k)
{
    return allocate_physical(k, 0, 0xFFFFFFFF, 0);
}

u64 xboxkrnl_MmFreePhysicalMemory(struct kcall *k)
{
    physical_free(k->e, kcall_u32(k, 1));
    return 0;
}

u64 xboxkrnl_MmQueryAddressProtect(struct kcall *k)
{
    u8 bits = k->m->page[kcall_u32(k, 0) >> PAGE_SHIFT];
    return bits & PAGE_COMMITTED ? protect_of(bits) : 0;
}

/* Pages that are not committed are left as they are; so is everything if the protection makes no sense. */
u64 xboxkrnl_MmSetAddressProtect(struct kcall *k)
{
    u32 base = kcall_u32(k, 0);
    u64 end = (u64)base + kcall_u32(k, 1);
    u32 protect = kcall_u32(k, 2);
    if (!is_valid_protect(protect) || end > 1ull << 32)
        return 0;
    for (u64 at = base & ~(PAGE_SIZE - 1); at < end; at += PAGE_SIZE)
        if (k->m->page[at >> PAGE_SHIFT] & PAGE_COMMITTED)
            pages_protect(k->e, (u32)at, PAGE_SIZE, bits_of(protect));
    return 0;
}

u64 xboxkrnl_MmQueryAllocationSize(struct kcall *k)
{
    return range_size(k->e, kcall_u32(k, 0));
}

u64 xboxkrnl_MmGetPhysicalAddress(struct kcall *k)
{
    u32 pa;
    return memory_physical(kcall_u32(k, 0), &pa) ? pa : 0;
}

u64 xboxkrnl_MmIsAddressValid(struct kcall *k)
{
    return (k->m->page[kcall_u32(k, 0) >> PAGE_SHIFT] & PAGE_COMMITTED) != 0;
}

/* Titles map the sound hardware's contexts and use the address as it is. */
u64 xboxkrnl_MmMapIoSpace(struct kcall *k)
{
    return kcall_u32(k, 1);
}

static u32 count_pages(const struct machine *m, u32 low, u32 high, u8 bits)
{
    u32 count = 0;
    for (u32 page = low >> PAGE_SHIFT; page < high >> PAGE_SHIFT; page++)
        count += (m->page[page] & bits) == bits;
    return count;
}

static u32 count_physical(const struct machine *m)
{
    u32 count = 0;
    for (u32 page = 0; page < PHYSICAL_PAGES; page++)
        count += m->physical[page] != 0;
    return count;
}

/* MMPROCESS_STATISTICS and around: size, total pages, kernel pages, eleven words of the title, eleven of the system,
 * highest page. The console's memory is one; here virtual pages are counted against the same 512 MiB. */
u64 xboxkrnl_MmQueryStatistics(struct kcall *k)
{
    u32 out = kcall_u32(k, 0);
    const struct machine *m = k->m;
    if (!memory_is_writable(k->e, out, STATISTICS_SIZE))
        return out ? STATUS_ACCESS_VIOLATION : STATUS_INVALID_PARAMETER;
    if (memory_get32(k->e, out) != STATISTICS_SIZE)
        return STATUS_BUFFER_TOO_SMALL;
    u32 physical = count_physical(m);
    u32 committed = count_pages(m, RANGE_SMALL_LOW, RANGE_LARGE_HIGH, PAGE_COMMITTED);
    u32 stacks = count_pages(m, RANGE_LARGE_HIGH, RANGE_STACK_HIGH, PAGE_COMMITTED);
    u32 image = count_pages(m, 0x80000000u, HEAP_BIG_LOW, PAGE_COMMITTED);
    u32 pool = count_pages(m, HEAP_BIG_LOW, HEAP_SMALL_HIGH, PAGE_COMMITTED);
    u32 reserved = count_pages(m, RANGE_SMALL_LOW, RANGE_LARGE_HIGH, PAGE_RESERVED);
    u32 kernel = 0x300;
    u32 used = kernel + physical + committed + stacks + image + pool;
    u32 word[STATISTICS_SIZE / 4] = {
        [0] = STATISTICS_SIZE,
        [1] = PHYSICAL_PAGES,
        [2] = kernel,
        [3] = used < PHYSICAL_PAGES ? PHYSICAL_PAGES - used : 0,
        [4] = RANGE_STACK_HIGH - RANGE_SMALL_LOW,
        [5] = reserved << PAGE_SHIFT,
        [6] = physical,
        [7] = pool,
        [8] = stacks,
        [9] = image,
        [11] = committed,
        [25] = PHYSICAL_PAGES - 1,
    };
    for (u32 i = 0; i < countof(word); i++)
        memory_set32(k->e, out + i * 4, word[i]);
    return STATUS_SUCCESS;
}

u64 xboxkrnl_MmCreateKernelStack(struct kcall *k)
{
    return stack_alloc(k->e, kcall_u32(k, 0));
}

u64 xboxkrnl_MmDeleteKernelStack(struct kcall *k)
{
    stack_free(k->e, kcall_u32(k, 0));
    return STATUS_SUCCESS;
}

u64 xboxkrnl_ExAllocatePool(struct kcall *k)
{
    return heap_alloc(k->e, kcall_u32(k, 0));
}

u64 xboxkrnl_ExAllocatePoolWithTag(struct kcall *k)
{
    return heap_alloc(k->e, kcall_u32(k, 0));
}

u64 xboxkrnl_ExAllocatePoolTypeWithTag(struct kcall *k)
{
    return heap_alloc(k->e, kcall_u32(k, 0));
}

u64 xboxkrnl_ExFreePool(struct kcall *k)
{
    heap_free(k->e, kcall_u32(k, 0));
    return 0;
}

u64 xboxkrnl_ExQueryPoolBlockSize(struct kcall *k)
{
    return heap_size(k->e, kcall_u32(k, 0));
}
