/* SPDX-License-Identifier: BSD-3-Clause
 * IRQL and spin locks. A lock is a word that holds its owner's PCR. A slice may end while a lock is held, so that
 * another thread can meet it taken: it gives up its slice and makes the call again. */
#include "emu/kernel/layout.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/memory/memory.h"

static u32 set_irql(struct kcall *k, u32 irql)
{
    u32 old = k->thread->irql;
    k->thread->irql = irql & 0xFF;
    memory_set8(k->e, k->thread->pcr + PCR_IRQL, (u8)irql);
    return old;
}

/* Kernel APCs that were held off come now. */
static u64 lower_irql(struct kcall *k, u32 irql)
{
    set_irql(k, irql);
    if (k->thread->cpu.stop != CPU_FAULT)
        apc_run_kernel(k, 0);
    return 0;
}

u64 xboxkrnl_KeRaiseIrqlToDpcLevel(struct kcall *k)
{
    return set_irql(k, IRQL_DISPATCH);
}

u64 xboxkrnl_KfRaiseIrql(struct kcall *k)
{
    return set_irql(k, kcall_u32(k, 0));
}

u64 xboxkrnl_KfLowerIrql(struct kcall *k)
{
    return lower_irql(k, kcall_u32(k, 0));
}

/* False: it is held, or its word cannot be touched (a fault is set then). */
static bool try_acquire(struct kcall *k, u32 ea)
{
    if (!memory_is_writable(k->e, ea, 4)) {
        sync_fault(k, FAULT_WRITE, ea);
        return false;
    }
    if (memory_get32(k->e, ea) != 0)
        return false;
    memory_set32(k->e, ea, k->thread->pcr);
    return true;
}

static u64 retry(struct kcall *k)
{
    return k->thread->cpu.stop == CPU_FAULT ? 0 : kcall_retry(k);
}

static void release(struct kcall *k, u32 ea)
{
    if (!memory_set32(k->e, ea, 0))
        sync_fault(k, FAULT_WRITE, ea);
}

u64 xboxkrnl_KeAcquireSpinLockAtRaisedIrql(struct kcall *k)
{
    return try_acquire(k, kcall_u32(k, 0)) ? 0 : retry(k);
}

u64 xboxkrnl_KeTryToAcquireSpinLockAtRaisedIrql(struct kcall *k)
{
    return try_acquire(k, kcall_u32(k, 0));
}

u64 xboxkrnl_KeReleaseSpinLockFromRaisedIrql(struct kcall *k)
{
    release(k, kcall_u32(k, 0));
    return 0;
}

u64 xboxkrnl_KfAcquireSpinLock(struct kcall *k)
{
    return try_acquire(k, kcall_u32(k, 0)) ? set_irql(k, IRQL_DISPATCH) : retry(k);
}

u64 xboxkrnl_KfReleaseSpinLock(struct kcall *k)
{
    release(k, kcall_u32(k, 0));
    return lower_irql(k, kcall_u32(k, 1));
}
