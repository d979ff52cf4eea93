/* SPDX-License-Identifier: BSD-3-Clause
 * Singly linked lists with a header: +0 first entry, +4 depth (u16), +6 sequence (u16, one more with each push). An
 * entry's first word points to the next. */
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

enum { LIST_SIZE = 8 };

static bool load(struct kcall *k, u8 *header)
{
    u32 ea = kcall_u32(k, 0);
    if (memory_is_writable(k->e, ea, LIST_SIZE) && memory_read(k->e, ea, header, LIST_SIZE))
        return true;
    sync_fault(k, FAULT_WRITE, ea);
    return false;
}

static void store(struct kcall *k, u32 first, u32 depth, u32 sequence)
{
    u8 header[LIST_SIZE];
    store_be32(header, first);
    store_be16(header + 4, (u16)depth);
    store_be16(header + 6, (u16)sequence);
    memory_write(k->e, kcall_u32(k, 0), header, LIST_SIZE);
}

u64 xboxkrnl_InterlockedPushEntrySList(struct kcall *k)
{
    u8 header[LIST_SIZE];
    u32 entry = kcall_u32(k, 1);
    if (!load(k, header))
        return 0;
    u32 first = load_be32(header);
    if (!memory_set32(k->e, entry, first))
        return sync_fault(k, FAULT_WRITE, entry);
    store(k, entry, load_be16(header + 4) + 1u, load_be16(header + 6) + 1u);
    return first;
}

u64 xboxkrnl_InterlockedPopEntrySList(struct kcall *k)
{
    u8 header[LIST_SIZE];
    if (!load(k, header))
        return 0;
    u32 first = load_be32(header);
    if (!first)
        return 0;
    if (!memory_is_readable(k->e, first, 4))
        return sync_fault(k, FAULT_READ, first);
    store(k, memory_get32(k->e, first), load_be16(header + 4) - 1u, load_be16(header + 6));
    return first;
}

u64 xboxkrnl_InterlockedFlushSList(struct kcall *k)
{
    u8 header[LIST_SIZE];
    if (!load(k, header))
        return 0;
    store(k, 0, 0, load_be16(header + 6));
    return load_be32(header);
}
