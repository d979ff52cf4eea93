/* SPDX-License-Identifier: BSD-3-Clause
 * Device queues, as drivers keep them: a device that is idle takes a request at once and is busy from then on; what
 * comes meanwhile is queued, in order or by key. All of it stands in the title's memory. */
#include "emu/kernel/ring.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

/* KDEVICE_QUEUE: u16 type, u8 size, u8 busy, lock, list; KDEVICE_QUEUE_ENTRY: list, key, u8 inserted. */
enum { TYPE_AND_SIZE = 0x00141000, BUSY = 3, LOCK = 4, LIST = 8, QUEUE_SIZE = 0x10 };
enum { KEY = 8, INSERTED = 12, ENTRY_SIZE = 0x10 };
/* The title can write the links: a ring that does not come back to its head ends here. */
enum { ENTRIES_MAX = 4096 };

u64 xboxkrnl_KeInitializeDeviceQueue(struct kcall *k)
{
    u32 queue = kcall_u32(k, 0), list = queue + LIST;
    if (!memory_is_writable(k->e, queue, QUEUE_SIZE))
        return sync_fault(k, FAULT_WRITE, queue);
    memory_set32(k->e, queue, TYPE_AND_SIZE);
    memory_set32(k->e, queue + LOCK, 0);
    ring_empty(k->e, list);
    return 0;
}

/* Both structures of a call can be touched; else a guest fault is set. */
static bool are_there(struct kcall *k, u32 queue, u32 entry)
{
    bool has_queue = memory_is_writable(k->e, queue, QUEUE_SIZE);
    if (has_queue && memory_is_writable(k->e, entry, ENTRY_SIZE))
        return true;
    sync_fault(k, FAULT_WRITE, has_queue ? entry : queue);
    return false;
}

/* The first entry whose key is greater (or as great, if equal counts), or the head. */
static u32 find_key(struct engine *e, u32 list, u32 key, bool equal)
{
    u32 at = memory_get32(e, list);
    for (u32 i = 0; at != list && i < ENTRIES_MAX; i++, at = memory_get32(e, at)) {
        u32 other = memory_get32(e, at + KEY);
        if (key < other || (equal && key == other))
            break;
    }
    return at;
}

static u64 insert_before(struct kcall *k, u32 at, u32 entry)
{
    u32 bad = ring_insert(k->e, at, entry);
    if (bad)
        return sync_fault(k, FAULT_WRITE, bad);
    memory_set8(k->e, entry + INSERTED, 1);
    return 1;
}

static u64 insert(struct kcall *k, bool by_key)
{
    u32 queue = kcall_u32(k, 0), entry = kcall_u32(k, 1), list = queue + LIST;
    if (!are_there(k, queue, entry))
        return 0;
    if (by_key)
        memory_set32(k->e, entry + KEY, kcall_u32(k, 2));
    if (memory_get8(k->e, queue + BUSY))
        return insert_before(k, by_key ? find_key(k->e, list, kcall_u32(k, 2), false) : list, entry);
    memory_set8(k->e, queue + BUSY, 1);
    memory_set8(k->e, entry + INSERTED, 0);
    return 0;
}

u64 xboxkrnl_KeInsertDeviceQueue(struct kcall *k)
{
    return insert(k, false);
}

u64 xboxkrnl_KeInsertByKeyDeviceQueue(struct kcall *k)
{
    return insert(k, true);
}

static bool take_out(struct kcall *k, u32 entry)
{
    u32 bad = memory_is_writable(k->e, entry + INSERTED, 1) ? ring_remove(k->e, entry) : entry + INSERTED;
    if (bad)
        sync_fault(k, FAULT_WRITE, bad);
    else
        memory_set8(k->e, entry + INSERTED, 0);
    return !bad;
}

/* The next request; a device with none is idle again. */
static u64 remove_next(struct kcall *k, bool by_key)
{
    u32 queue = kcall_u32(k, 0), list = queue + LIST;
    if (!memory_is_writable(k->e, queue, QUEUE_SIZE))
        return sync_fault(k, FAULT_WRITE, queue);
    u32 first = memory_get32(k->e, list);
    u32 entry = by_key ? find_key(k->e, list, kcall_u32(k, 1), true) : first;
    if (first == list) {
        memory_set8(k->e, queue + BUSY, 0);
        return 0;
    }
    if (entry == list)
        entry = first;
    return take_out(k, entry) ? entry : 0;
}

u64 xboxkrnl_KeRemoveDeviceQueue(struct kcall *k)
{
    return remove_next(k, false);
}

u64 xboxkrnl_KeRemoveByKeyDeviceQueue(struct kcall *k)
{
    return remove_next(k, true);
}

u64 xboxkrnl_KeRemoveEntryDeviceQueue(struct kcall *k)
{
    u32 entry = kcall_u32(k, 1);
    if (!are_there(k, kcall_u32(k, 0), entry))
        return 0;
    return memory_get8(k->e, entry + INSERTED) && take_out(k, entry);
}
