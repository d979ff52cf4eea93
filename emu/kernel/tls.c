/* SPDX-License-Identifier: BSD-3-Clause
 * Dynamic thread-local slots. A slot's index is the same in all threads; slot i is the word at tls - 4 * (i + 1). */
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/memory/memory.h"

static const u32 tls_none = 0xFFFFFFFF;

static u32 slot_address(const struct thread *thread, u32 index)
{
    return thread->tls - 4 * (index + 1);
}

u64 xboxkrnl_KeTlsAlloc(struct kcall *k)
{
    u32 slots = thread_tls_slots(k->m);
    for (u32 i = 0; i < slots; i++) {
        if (!k->m->tls_used[i]) {
            k->m->tls_used[i] = 1;
            return i;
        }
    }
    return tls_none;
}

/* The next owner of the slot finds zero in every thread. */
u64 xboxkrnl_KeTlsFree(struct kcall *k)
{
    u32 index = kcall_u32(k, 0);
    if (index >= thread_tls_slots(k->m) || !k->m->tls_used[index])
        return 0;
    k->m->tls_used[index] = 0;
    for (u32 slot = 1; slot <= k->m->thread_pool.high; slot++) {
        if (k->m->threads[slot].tls)
            memory_set32(k->e, slot_address(&k->m->threads[slot], index), 0);
    }
    return 1;
}

u64 xboxkrnl_KeTlsGetValue(struct kcall *k)
{
    u32 index = kcall_u32(k, 0);
    return index < thread_tls_slots(k->m) ? memory_get32(k->e, slot_address(k->thread, index)) : 0;
}

u64 xboxkrnl_KeTlsSetValue(struct kcall *k)
{
    u32 index = kcall_u32(k, 0);
    if (index >= thread_tls_slots(k->m))
        return 0;
    return memory_set32(k->e, slot_address(k->thread, index), kcall_u32(k, 1));
}
