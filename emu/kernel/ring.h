/* SPDX-License-Identifier: BSD-3-Clause
 * The kernel's lists, rings of LIST_ENTRY in guest memory: +0 the next one, +4 the one before. The title can write the
 * links, so they may lead anywhere. */
#ifndef EMU_KERNEL_RING_H
#define EMU_KERNEL_RING_H

#include "emu/memory/memory.h"

static inline void ring_empty(struct engine *e, u32 head)
{
    memory_set32(e, head, head);
    memory_set32(e, head + 4, head);
}

/* 0, or the address that cannot be written: then nothing was. */
static inline u32 ring_insert(struct engine *e, u32 before_this, u32 entry)
{
    u32 before = memory_get32(e, before_this + 4), changed[] = {entry, entry + 4, before, before_this + 4};
    for (u32 i = 0; i < countof(changed); i++)
        if (!memory_is_writable(e, changed[i], 4))
            return changed[i];
    memory_set32(e, entry, before_this);
    memory_set32(e, entry + 4, before);
    memory_set32(e, before, entry);
    memory_set32(e, before_this + 4, entry);
    return 0;
}

/* The same. */
static inline u32 ring_remove(struct engine *e, u32 entry)
{
    u32 next = memory_get32(e, entry), before = memory_get32(e, entry + 4);
    if (!memory_is_writable(e, before, 4))
        return before;
    if (!memory_is_writable(e, next + 4, 4))
        return next + 4;
    memory_set32(e, before, next);
    memory_set32(e, next + 4, before);
    return 0;
}

#endif
