/* SPDX-License-Identifier: BSD-3-Clause
 * The arena and guest memory's pages: mapping, protection, the slow ways of access, and the hash tree over pages.
 * A page of physical memory is known by its address in A0000000 (`canonical`), whatever mirror it is reached through.
 */
#define _GNU_SOURCE
#include "emu/memory/memory.h"

#include "emu/cpu/cpu.h"
#include "emu/device.h"
#include "emu/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define GUEST_SIZE     0x100000000ull
#define DEVICE_START   0x7F000000u
#define IMAGE_START    0x80000000u
#define PHYSICAL_START 0xA0000000u
#define MIRROR_C       0xC0000000u
#define MIRROR_E       0xE0000000u
#define MIRROR_E_END   0xFFD00000u
#define PHYSICAL_SIZE  0x20000000u

enum { GROUP_PAGES = 1024, GROUPS = PAGES / GROUP_PAGES };

struct memory_pages {
    u64 hash[PAGES]; /* of canonical pages; a page never touched hashes like zero bytes */
    u64 group_hash[GROUPS];
    u64 zero_hash;
    u8 group_stale[GROUPS];
    u8 dirty[PAGES]; /* written since its hash was taken */
    u8 code[PAGES];  /* decoded blocks stand on it, by whichever address */
    u32 dirty_count;
    u32 dirty_list[PAGES];
};

static u32 canonical(u32 page)
{
    if (page < PHYSICAL_START >> PAGE_SHIFT)
        return page;
    if (page < MIRROR_C >> PAGE_SHIFT)
        return page;
    if (page < MIRROR_E >> PAGE_SHIFT)
        return page - (MIRROR_C >> PAGE_SHIFT) + (PHYSICAL_START >> PAGE_SHIFT);
    return page - (MIRROR_E >> PAGE_SHIFT) + (PHYSICAL_START >> PAGE_SHIFT) + 1;
}

static bool is_backed(u32 page)
{
    return page < DEVICE_START >> PAGE_SHIFT ||
           (page >= IMAGE_START >> PAGE_SHIFT && page < MIRROR_E_END >> PAGE_SHIFT);
}

/* All guest pages that show a canonical one; at most three. */
static u32 aliases(u32 page, u32 out[3])
{
    out[0] = page;
    if (page < PHYSICAL_START >> PAGE_SHIFT)
        return 1;
    u32 frame = page - (PHYSICAL_START >> PAGE_SHIFT);
    u32 count = 1;
    out[count++] = (MIRROR_C >> PAGE_SHIFT) + frame;
    if (frame >= 1 && (MIRROR_E >> PAGE_SHIFT) + frame - 1 < MIRROR_E_END >> PAGE_SHIFT)
        out[count++] = (MIRROR_E >> PAGE_SHIFT) + frame - 1;
    return count;
}

static bool map_part(u8 *base, int fd, u32 start, u32 size, u32 offset)
{
    return mmap(base + start, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd, offset) !=
           MAP_FAILED;
}

static bool map_guest(u8 *base, struct err *err)
{
    int fd = memfd_create("lockstep guest memory", MFD_CLOEXEC);
    if (fd < 0)
        return err_set(err, "guest memory: memfd_create: %s", strerror(errno));
    bool mapped = ftruncate(fd, PHYSICAL_START + (off_t)PHYSICAL_SIZE) == 0 && map_part(base, fd, 0, DEVICE_START, 0) &&
                  map_part(base, fd, IMAGE_START, PHYSICAL_START - IMAGE_START + PHYSICAL_SIZE, IMAGE_START) &&
                  map_part(base, fd, MIRROR_C, PHYSICAL_SIZE, PHYSICAL_START) &&
                  map_part(base, fd, MIRROR_E, MIRROR_E_END - MIRROR_E, PHYSICAL_START + PAGE_SIZE);
    int reason = errno;
    close(fd);
    return mapped || err_set(err, "guest memory: mapping 4 GiB of address space: %s", strerror(reason));
}

static size_t arena_size(void)
{
    return GUEST_SIZE + PAGE_SIZE + ((sizeof(struct machine) + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1));
}

bool memory_create(struct engine *e, struct err *err)
{
    u8 *base = mmap(NULL, arena_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return err_set(err, "reserving the arena (%zu MiB of address space): %s", arena_size() >> 20, strerror(errno));
    e->mem = base;
    e->page_access = calloc(PAGES, 1);
    e->pages = calloc(1, sizeof *e->pages);
    if (!e->page_access || !e->pages)
        return err_set(err, "no memory for page tables");
    e->m = (struct machine *)(void *)(base + GUEST_SIZE + PAGE_SIZE);
    if (mprotect(e->m, arena_size() - GUEST_SIZE - PAGE_SIZE, PROT_READ | PROT_WRITE) != 0)
        return err_set(err, "reserving machine state: %s", strerror(errno));
    if (!map_guest(base, err))
        return false;
    static const u8 zero[PAGE_SIZE];
    e->pages->zero_hash = XXH3_64bits(zero, sizeof zero);
    for (u32 i = 0; i < PAGES; i++)
        e->pages->hash[i] = e->pages->zero_hash;
    memset(e->pages->group_stale, 1, sizeof e->pages->group_stale);
    return true;
}

void memory_destroy(struct engine *e)
{
    if (e->mem)
        munmap(e->mem, arena_size());
    free(e->page_access);
    free(e->pages);
    e->mem = NULL;
    e->m = NULL;
    e->page_access = NULL;
    e->pages = NULL;
}

/* What plain loads and stores may do, from the page's state. */
static void derive_page(struct engine *e, u32 page)
{
    u8 bits = e->m->page[page];
    u8 access = 0;
    if ((bits & PAGE_COMMITTED) && is_backed(page)) {
        u32 c = canonical(page);
        if (bits & PAGE_READ)
            access |= ACCESS_READ;
        if ((bits & PAGE_WRITE) && e->pages->dirty[c] && !e->pages->code[c])
            access |= ACCESS_WRITE;
        if (e->trace && trace_hides(e->trace, page))
            access = 0;
        if (e->pages->code[c])
            access |= ACCESS_CODE;
    }
    e->page_access[page] = access;
}

static void derive_aliases(struct engine *e, u32 c)
{
    u32 alias[3];
    for (u32 i = 0, n = aliases(c, alias); i < n; i++)
        derive_page(e, alias[i]);
}

/* Decoded code on the page is out of date. */
static void drop_code(struct engine *e, u32 c)
{
    if (!e->pages->code[c])
        return;
    u32 alias[3];
    e->pages->code[c] = 0;
    for (u32 i = 0, n = aliases(c, alias); i < n; i++)
        block_cache_invalidate(e, alias[i] << PAGE_SHIFT, PAGE_SIZE);
}

static void touch(struct engine *e, u32 page)
{
    struct memory_pages *p = e->pages;
    u32 c = canonical(page);
    drop_code(e, c);
    if (!p->dirty[c]) {
        p->dirty[c] = 1;
        p->dirty_list[p->dirty_count++] = c;
        p->group_stale[c / GROUP_PAGES] = 1;
    }
    derive_aliases(e, c);
}

void memory_protect(struct engine *e, u32 ea, u32 size, u8 bits)
{
    CHECK(((ea | size) & (PAGE_SIZE - 1)) == 0, "memory_protect %08X size %X", ea, size);
    for (u32 page = ea >> PAGE_SHIFT, n = size >> PAGE_SHIFT; n > 0 && page < PAGES; n--, page++) {
        if ((e->m->page[page] & ~bits & PAGE_EXECUTE) && is_backed(page))
            drop_code(e, canonical(page));
        e->m->page[page] = bits;
        derive_page(e, page);
    }
}

void memory_zero(struct engine *e, u32 ea, u32 size)
{
    u64 end = (u64)ea + size;
    for (u64 at = ea; at < end;) {
        u32 page = (u32)(at >> PAGE_SHIFT);
        u64 next = ((u64)page + 1) << PAGE_SHIFT;
        u64 stop = next < end ? next : end;
        if (is_backed(page)) {
            u32 c = canonical(page);
            if (e->pages->dirty[c] || e->pages->hash[c] != e->pages->zero_hash) {
                touch(e, page);
                if (e->trace)
                    trace_zero(e, (u32)at, (u32)(stop - at));
                memset(e->mem + at, 0, stop - at);
            }
        }
        at = stop;
    }
}

void memory_derive(struct engine *e)
{
    struct memory_pages *p = e->pages;
    block_cache_clear(e);
    memset(p->code, 0, sizeof p->code);
    for (u32 page = 0; page < PAGES; page++)
        derive_page(e, page);
}

static bool may(const struct engine *e, u32 page, u8 bit)
{
    u8 bits = e->m->page[page];
    return (bits & PAGE_COMMITTED) && (bits & bit) && is_backed(page);
}

static bool range_may(const struct engine *e, u32 ea, u32 size, u8 bit)
{
    if (size == 0)
        return true;
    u64 last = (u64)ea + size - 1;
    if (last >= GUEST_SIZE)
        return false;
    for (u32 page = ea >> PAGE_SHIFT; page <= last >> PAGE_SHIFT; page++) {
        if (!may(e, page, bit))
            return false;
    }
    return true;
}

bool memory_is_readable(const struct engine *e, u32 ea, u32 size)
{
    return range_may(e, ea, size, PAGE_READ);
}
bool memory_is_writable(const struct engine *e, u32 ea, u32 size)
{
    return range_may(e, ea, size, PAGE_WRITE);
}

static bool data_fault(struct ppc *c, enum fault_kind kind, u32 ea)
{
    c->stop = CPU_FAULT;
    c->fault = kind;
    c->fault_address = ea;
    return false;
}

/* The first byte of the range that may not be accessed so. */
static u32 first_bad(const struct engine *e, u32 ea, u8 bit)
{
    if (!may(e, ea >> PAGE_SHIFT, bit))
        return ea;
    return (ea & ~(u32)(PAGE_SIZE - 1)) + PAGE_SIZE;
}

static bool is_device(u32 ea)
{
    return ea >= DEVICE_START && ea < IMAGE_START;
}

bool memory_load_slow(struct engine *e, struct ppc *c, u32 ea, u32 size, void *out)
{
    if (is_device(ea))
        return device_load(e, ea, size, out) || data_fault(c, FAULT_READ, ea);
    if (!memory_is_readable(e, ea, size))
        return data_fault(c, FAULT_READ, first_bad(e, ea, PAGE_READ));
    if (e->trace)
        trace_load(e, ea, size);
    memcpy(out, e->mem + ea, size);
    return true;
}

static void touch_range(struct engine *e, u32 ea, u32 size)
{
    if (size == 0)
        return;
    u32 last = (ea + size - 1) >> PAGE_SHIFT;
    for (u32 page = ea >> PAGE_SHIFT; page <= last; page++) {
        if (is_backed(page) && !(e->page_access[page] & ACCESS_WRITE))
            touch(e, page);
    }
}

bool memory_store_slow(struct engine *e, struct ppc *c, u32 ea, u32 size, const void *bytes)
{
    if (is_device(ea))
        return device_store(e, ea, size, bytes) || data_fault(c, FAULT_WRITE, ea);
    if (!memory_is_writable(e, ea, size))
        return data_fault(c, FAULT_WRITE, first_bad(e, ea, PAGE_WRITE));
    touch_range(e, ea, size);
    if (e->trace)
        trace_store(e, ea, size, bytes);
    memcpy(e->mem + ea, bytes, size);
    return true;
}

bool memory_fetch(struct engine *e, u32 ea, u32 *word)
{
    if ((ea & 3) || !may(e, ea >> PAGE_SHIFT, PAGE_EXECUTE))
        return false;
    *word = load_be32(e->mem + ea);
    return true;
}

void memory_mark_code(struct engine *e, u32 ea)
{
    u32 c = canonical(ea >> PAGE_SHIFT);
    if (e->pages->code[c])
        return;
    e->pages->code[c] = 1;
    derive_aliases(e, c);
}

bool memory_read(struct engine *e, u32 ea, void *out, u32 size)
{
    if (!memory_is_readable(e, ea, size))
        return false;
    memcpy(out, e->mem + ea, size);
    return true;
}

bool memory_write(struct engine *e, u32 ea, const void *bytes, u32 size)
{
    if (!memory_is_writable(e, ea, size))
        return false;
    touch_range(e, ea, size);
    if (e->trace)
        trace_store(e, ea, size, bytes);
    memcpy(e->mem + ea, bytes, size);
    return true;
}

bool memory_read_string(struct engine *e, u32 ea, char *out, u32 capacity)
{
    for (u32 i = 0; i < capacity; i++) {
        if (!memory_is_readable(e, ea + i, 1))
            return false;
        out[i] = (char)e->mem[ea + i];
        if (out[i] == '\0')
            return true;
    }
    return false;
}

u8 memory_get8(struct engine *e, u32 ea)
{
    u8 b = 0;
    memory_read(e, ea, &b, 1);
    return b;
}

u16 memory_get16(struct engine *e, u32 ea)
{
    be16 v = {{0}};
    memory_read(e, ea, &v, 2);
    return be16_get(v);
}

u32 memory_get32(struct engine *e, u32 ea)
{
    be32 v = {{0}};
    memory_read(e, ea, &v, 4);
    return be32_get(v);
}

u64 memory_get64(struct engine *e, u32 ea)
{
    be64 v = {{0}};
    memory_read(e, ea, &v, 8);
    return be64_get(v);
}

bool memory_set8(struct engine *e, u32 ea, u8 value)
{
    return memory_write(e, ea, &value, 1);
}

bool memory_set16(struct engine *e, u32 ea, u16 value)
{
    be16 v;
    be16_set(&v, value);
    return memory_write(e, ea, &v, 2);
}

bool memory_set32(struct engine *e, u32 ea, u32 value)
{
    be32 v;
    be32_set(&v, value);
    return memory_write(e, ea, &v, 4);
}

bool memory_set64(struct engine *e, u32 ea, u64 value)
{
    be64 v;
    be64_set(&v, value);
    return memory_write(e, ea, &v, 8);
}

void memory_poke(struct engine *e, u32 ea, const void *bytes, u32 size)
{
    if (size == 0)
        return;
    CHECK((u64)ea + size <= GUEST_SIZE && is_backed(ea >> PAGE_SHIFT) && is_backed((ea + size - 1) >> PAGE_SHIFT),
          "memory_poke %08X size %X", ea, size);
    for (u32 page = ea >> PAGE_SHIFT; page <= (ea + size - 1) >> PAGE_SHIFT; page++)
        touch(e, page);
    if (e->trace)
        trace_store(e, ea, size, bytes);
    memcpy(e->mem + ea, bytes, size);
}

bool memory_physical(u32 ea, u32 *pa)
{
    u32 page = ea >> PAGE_SHIFT;
    if (ea < PHYSICAL_START || !is_backed(page))
        return false;
    *pa = ((canonical(page) << PAGE_SHIFT) | (ea & (PAGE_SIZE - 1))) - PHYSICAL_START;
    return true;
}

u64 memory_hash(struct engine *e)
{
    struct memory_pages *p = e->pages;
    for (u32 i = 0; i < p->dirty_count; i++) {
        u32 c = p->dirty_list[i];
        p->hash[c] = XXH3_64bits(e->mem + ((u64)c << PAGE_SHIFT), PAGE_SIZE);
        p->dirty[c] = 0;
        derive_aliases(e, c);
    }
    p->dirty_count = 0;
    for (u32 g = 0; g < GROUPS; g++) {
        if (!p->group_stale[g])
            continue;
        p->group_hash[g] = XXH3_64bits(p->hash + (size_t)g * GROUP_PAGES, GROUP_PAGES * sizeof p->hash[0]);
        p->group_stale[g] = 0;
    }
    return XXH3_64bits(p->group_hash, sizeof p->group_hash);
}
