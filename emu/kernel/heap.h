/* SPDX-License-Identifier: BSD-3-Clause
 * State of guest memory allocation: kernel pools, virtual and physical ranges. Which pages are taken stands in
 * machine.page[] and machine.physical[]; here is what those cannot tell.
 *
 * The kernel's own memory lies where no title allocates (titles' ranges end at 7EFFFFFF, physical mirrors begin at
 * A0000000, images stand low in 80000000..): big blocks as page ranges in HEAP_BIG_LOW.., small ones by size class from
 * HEAP_SMALL_LOW up. Titles may read and write all of it (KTHREADs, pool blocks), so what is read back from there (a
 * free list's link, a block's header) is checked before it is used. Freed memory is zeroed, so that equal states have
 * equal bytes and a new allocation is zero without further work. */
#ifndef EMU_KERNEL_HEAP_H
#define EMU_KERNEL_HEAP_H

#include "schema/base.h"

enum physical_bits { PHYSICAL_USED = 1, PHYSICAL_FIRST = 2 };

enum { HEAP_CLASSES = 24 };

enum heap_regions {
    RANGE_SMALL_LOW = 0x00010000, /* virtual memory in 4 KiB pages */
    RANGE_SMALL_HIGH = 0x40000000,
    RANGE_LARGE_HIGH = 0x70000000, /* from RANGE_SMALL_HIGH: in 64 KiB pages */
    RANGE_STACK_HIGH = 0x7F000000, /* from RANGE_LARGE_HIGH: thread stacks */
};
#define HEAP_BIG_LOW    0x8C000000u
#define HEAP_SMALL_LOW  0x8E000000u
#define HEAP_SMALL_HIGH 0x8FFE0000u /* behind it: kernel variables, then the trampolines */

/* The kernel's small blocks, in guest memory of its own: free lists by size class. */
struct heap {
    u32 next;               /* first address never used */
    u32 limit;              /* end of the range committed */
    u32 free[HEAP_CLASSES]; /* guest address of the first free block of a class; its first word points on */
};

struct engine;

/* Kernel pool: zeroed block of at least size bytes, 16-byte aligned; 0 when exhausted. */
u32 heap_alloc(struct engine *e, u32 size);
void heap_free(struct engine *e, u32 address);
u32 heap_size(struct engine *e, u32 address);

/* Virtual ranges in [low, high): reserved or committed with the protection bits of emu/memory/memory.h. 0: no room.
 * fixed != 0 asks for that very address. Whole pages of page_size (4 KiB or 64 KiB). top_down: from the end. */
u32 range_alloc(struct engine *e, u32 low, u32 high, u32 fixed, u32 size, u32 page_size, u8 bits, bool top_down);
bool range_free(struct engine *e, u32 address);
/* Size of the allocation that begins at address; 0: none does. */
u32 range_size(struct engine *e, u32 address);

/* Physical memory in [low, high] (physical addresses), seen through the mirror of its page size (64 KiB: A0000000, 16
 * MiB: C0000000, 4 KiB: E0000000) and through the one of 16 MiB pages, top down. Returns the guest address; 0: no room.
 */
u32 physical_alloc(struct engine *e, u32 low, u32 high, u32 size, u32 alignment, u32 page_size, u8 bits);
bool physical_free(struct engine *e, u32 address);

/* A thread stack with guard space on both ends; returns its base (highest address), 0: no room. */
u32 stack_alloc(struct engine *e, u32 size);
void stack_free(struct engine *e, u32 base);

#endif
