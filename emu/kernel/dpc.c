/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/kernel/dpc.h"

#include "emu/kernel/service.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/memory/memory.h"

/* KDPC in guest memory. */
enum {
    KDPC_ENQUEUED = 0x02, /* u8 */
    KDPC_CPU = 0x03,      /* u8: hardware thread + 1, 0: any */
    KDPC_ROUTINE = 0x0C,
    KDPC_CONTEXT = 0x10,
    KDPC_ARGUMENT1 = 0x14,
    KDPC_ARGUMENT2 = 0x18,
    KDPC_SIZE = 0x1C,
    KDPC_TYPE = 0x13,
};

bool dpc_queue(struct engine *e, u32 dpc, u32 argument1, u32 argument2)
{
    u8 block[KDPC_SIZE];
    if (!memory_is_writable(e, dpc, KDPC_SIZE) || !memory_read(e, dpc, block, sizeof block) || block[KDPC_ENQUEUED])
        return false;
    struct apc apc = {
        .mode = APC_DPC,
        .routine = load_be32(block + KDPC_ROUTINE),
        .context = load_be32(block + KDPC_CONTEXT),
        .argument1 = argument1,
        .argument2 = argument2,
        .guest = dpc,
    };
    memory_set32(e, dpc + KDPC_ARGUMENT1, argument1);
    memory_set32(e, dpc + KDPC_ARGUMENT2, argument2);
    memory_set8(e, dpc + KDPC_ENQUEUED, 1);
    u32 cpu = block[KDPC_CPU];
    if (!service_queue(e, SERVICE_DPC, &apc, cpu >= 1 && cpu <= HW_THREADS ? cpu - 1 : HW_THREADS)) {
        memory_set8(e, dpc + KDPC_ENQUEUED, 0);
        return false;
    }
    return true;
}

u64 xboxkrnl_KeInitializeDpc(struct kcall *k)
{
    u8 dpc[KDPC_SIZE] = {0, KDPC_TYPE};
    store_be32(dpc + KDPC_ROUTINE, kcall_u32(k, 1));
    store_be32(dpc + KDPC_CONTEXT, kcall_u32(k, 2));
    if (!memory_write(k->e, kcall_u32(k, 0), dpc, sizeof dpc))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
    return 0;
}

u64 xboxkrnl_KeInsertQueueDpc(struct kcall *k)
{
    u32 dpc = kcall_u32(k, 0);
    if (!memory_is_writable(k->e, dpc, KDPC_SIZE))
        return sync_fault(k, FAULT_WRITE, dpc);
    return dpc_queue(k->e, dpc, kcall_u32(k, 1), kcall_u32(k, 2));
}

u64 xboxkrnl_KeRemoveQueueDpc(struct kcall *k)
{
    return apc_remove(k->e, kcall_u32(k, 0));
}
