/* SPDX-License-Identifier: BSD-3-Clause
 * Time as titles ask for it: all of it comes from the virtual clock. Units of 100 ns are 5 ticks. */
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

u64 xboxkrnl_KeQueryPerformanceFrequency(struct kcall *k)
{
    (void)k;
    return TICKS_PER_SECOND;
}

u64 xboxkrnl_KeQuerySystemTime(struct kcall *k)
{
    u64 now = k->m->boot_time + FILETIME_PER_TICK(engine_time(k->e));
    if (!memory_set64(k->e, kcall_u32(k, 0), now))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
    return 0;
}

u64 xboxkrnl_KeQueryInterruptTime(struct kcall *k)
{
    return FILETIME_PER_TICK(engine_time(k->e));
}

/* A busy wait: the hardware thread retires as many instructions as pass in that time. */
u64 xboxkrnl_KeStallExecutionProcessor(struct kcall *k)
{
    u64 ticks = (u64)kcall_u32(k, 0) * (TICKS_PER_SECOND / 1000000);
    k->m->hw[k->thread->hw].retired += ticks * k->m->config.instructions_per_tick;
    return 0;
}
