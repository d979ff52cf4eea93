/* SPDX-License-Identifier: BSD-3-Clause
 * Guest memory: 4 GiB of the arena, its regions, mirrors and page protection.
 *
 *   00000000-3FFFFFFF  virtual, 4 KiB pages (the first 64 KiB never mapped)
 *   40000000-7EFFFFFF  virtual, 64 KiB pages (thread stacks at 70000000)
 *   7F000000-7FFFFFFF  device registers
 *   80000000-8FFFFFFF  executable images, 64 KiB pages     90000000-9FFFFFFF  the same with 4 KiB pages
 *   A0000000-BFFFFFFF  physical memory, 64 KiB pages
 *   C0000000-DFFFFFFF  its mirror, 16 MiB pages
 *   E0000000-FFCFFFFF  its mirror from physical 1000, 4 KiB pages
 *
 * The mirrors are host mappings of the same memory, so e->mem + ea is right for any of them. Protection is state
 * (machine.page, one byte a 4 KiB page); e->page_access is derived from it, and says where a plain load or store may go
 * straight: a page not yet written since the last state hash, or one that holds decoded code, takes the slow way once.
 *
 * Every access by guest instructions checks; so does every access by the kernel on the guest's behalf (memory_read...).
 * An access that fails is a guest fault or a status, never a host fault. */
#ifndef EMU_MEMORY_MEMORY_H
#define EMU_MEMORY_MEMORY_H

#include "emu/engine.h"

enum { PAGE_SIZE = 4096, PAGE_SHIFT = 12, PAGES = 1 << 20 };

/* Bits of machine.page[]: state. */
enum page_bits {
    PAGE_READ = 1,
    PAGE_WRITE = 2,
    PAGE_EXECUTE = 4,
    PAGE_RESERVED = 8, /* address space taken, not committed */
    PAGE_COMMITTED = 16,
    PAGE_NOCACHE = 32,
    PAGE_WRITECOMBINE = 64,
    PAGE_FIRST = 128, /* an allocation begins here */
};

/* Bits of e->page_access[]: derived. */
enum access_bits {
    ACCESS_READ = 1,  /* loads go straight */
    ACCESS_WRITE = 2, /* stores go straight */
    ACCESS_CODE = 4,  /* decoded blocks stand on this page: stores take the slow way */
};

/* Reserves the arena and maps the mirrors. The host's address differs from run to run and is never state. */
bool memory_create(struct engine *e, struct err *err);
void memory_destroy(struct engine *e);

/* Sets the state bits of whole pages; mirrors of physical pages are separate pages with their own protection. */
void memory_protect(struct engine *e, u32 ea, u32 size, u8 bits);
/* Fills with zero bytes, whatever the protection. */
void memory_zero(struct engine *e, u32 ea, u32 size);
/* Rebuilds e->page_access after machine state was put back. */
void memory_derive(struct engine *e);

/* Slow way of guest loads and stores: false sets c's fault. They allow any alignment and page crossing. */
bool memory_load_slow(struct engine *e, struct ppc *c, u32 ea, u32 size, void *out);
bool memory_store_slow(struct engine *e, struct ppc *c, u32 ea, u32 size, const void *bytes);

static inline bool memory_is_straight(const struct engine *e, u32 ea, u32 size, u32 access)
{
    return (e->page_access[ea >> PAGE_SHIFT] & access) && (ea & (PAGE_SIZE - 1)) <= PAGE_SIZE - size;
}

/* Guest loads and stores, as instructions do them; bytes are in guest order. False: c->stop and c->fault are set. */
static inline bool memory_load(struct engine *e, struct ppc *c, u32 ea, u32 size, void *out)
{
    if (unlikely(!memory_is_straight(e, ea, size, ACCESS_READ)))
        return memory_load_slow(e, c, ea, size, out);
    memcpy(out, e->mem + ea, size);
    return true;
}

static inline bool memory_store(struct engine *e, struct ppc *c, u32 ea, u32 size, const void *bytes)
{
    if (unlikely(!memory_is_straight(e, ea, size, ACCESS_WRITE)))
        return memory_store_slow(e, c, ea, size, bytes);
    memcpy(e->mem + ea, bytes, size);
    return true;
}

/* The word at ea for decoding. False: not executable. */
bool memory_fetch(struct engine *e, u32 ea, u32 *word);
/* Decoded code stands on the page now: stores to it (through any mirror) call block_cache_invalidate. */
void memory_mark_code(struct engine *e, u32 ea);

/* The kernel's accesses on the guest's behalf: any range, checked against protection. False: nothing was moved. */
bool memory_read(struct engine *e, u32 ea, void *out, u32 size);
bool memory_write(struct engine *e, u32 ea, const void *bytes, u32 size);
bool memory_is_readable(const struct engine *e, u32 ea, u32 size);
bool memory_is_writable(const struct engine *e, u32 ea, u32 size);
/* NUL-terminated; at most capacity - 1 bytes. False: unreadable or longer. */
bool memory_read_string(struct engine *e, u32 ea, char *out, u32 capacity);
/* One value; an unreadable address reads 0, an unwritable one is left (for kernel structures that the caller owns). */
u8 memory_get8(struct engine *e, u32 ea);
u16 memory_get16(struct engine *e, u32 ea);
u32 memory_get32(struct engine *e, u32 ea);
u64 memory_get64(struct engine *e, u32 ea);
bool memory_set8(struct engine *e, u32 ea, u8 value);
bool memory_set16(struct engine *e, u32 ea, u16 value);
bool memory_set32(struct engine *e, u32 ea, u32 value);
bool memory_set64(struct engine *e, u32 ea, u64 value);
/* The kernel's and the loader's own writes, past the guest's protection (image pages, kernel structures). */
void memory_poke(struct engine *e, u32 ea, const void *bytes, u32 size);

/* Physical address of ea in A0000000..FFCFFFFF; false elsewhere. */
bool memory_physical(u32 ea, u32 *pa);

/* The hash of guest memory: XXH3 of each page and of those; only pages written since the last call are read. */
u64 memory_hash(struct engine *e);

#endif
