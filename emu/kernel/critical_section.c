/* SPDX-License-Identifier: BSD-3-Clause
 * Critical sections, with the console's layout: an auto-reset event's header, then lock count (-1: free; each owner
 * level and each waiter counts one), recursion, owner (KTHREAD). Leaving with waiters sets the event, so that the first
 * waiter owns the section next and nobody comes in between. Spinning before the wait is left out: it changes no
 * outcome. */
#include "emu/kernel/sync.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

struct section {
    s32 locks;
    s32 recursion;
    u32 owner;
};

static bool load(struct kcall *k, u32 ea, struct section *section)
{
    u8 bytes[SECTION_SIZE];
    if (!memory_is_writable(k->e, ea, SECTION_SIZE) || !memory_read(k->e, ea, bytes, sizeof bytes)) {
        sync_fault(k, FAULT_WRITE, ea);
        return false;
    }
    section->locks = (s32)load_be32(bytes + SECTION_LOCKS);
    section->recursion = (s32)load_be32(bytes + SECTION_RECURSION);
    section->owner = load_be32(bytes + SECTION_OWNER);
    return true;
}

static void store(struct kcall *k, u32 ea, const struct section *section)
{
    u8 bytes[SECTION_SIZE - SECTION_LOCKS];
    store_be32(bytes, (u32)section->locks);
    store_be32(bytes + 4, (u32)section->recursion);
    store_be32(bytes + 8, section->owner);
    memory_write(k->e, ea + SECTION_LOCKS, bytes, sizeof bytes);
}

static bool initialise(struct kcall *k, u32 ea, u32 spin_count)
{
    static const struct section free_section = {.locks = -1};
    if (!memory_is_writable(k->e, ea, SECTION_SIZE)) {
        sync_fault(k, FAULT_WRITE, ea);
        return false;
    }
    sync_header(k->e, ea, HEADER_EVENT_AUTO, 0);
    object_initialise(k->e, k, ea, OBJECT_CRITICAL_SECTION);
    u32 spins = spin_count / 256 + (spin_count % 256 != 0);
    memory_set8(k->e, ea + 1, spins > 255 ? 255 : (u8)spins);
    store(k, ea, &free_section);
    return true;
}

u64 xboxkrnl_RtlInitializeCriticalSection(struct kcall *k)
{
    initialise(k, kcall_u32(k, 0), 0);
    return 0;
}

u64 xboxkrnl_RtlInitializeCriticalSectionAndSpinCount(struct kcall *k)
{
    initialise(k, kcall_u32(k, 0), kcall_u32(k, 1));
    return STATUS_SUCCESS;
}

static void take(struct kcall *k, u32 ea, struct section *section)
{
    section->owner = k->thread->kthread;
    section->recursion = 1;
    store(k, ea, section);
}

static u64 wait_for(struct kcall *k, u32 ea, const struct section *section)
{
    struct object *object = object_at_as(k->e, k, ea, OBJECT_CRITICAL_SECTION);
    if (!object)
        return kcall_retry(k);
    if (object->type != OBJECT_CRITICAL_SECTION)
        return sync_fault(k, FAULT_BUGCHECK, ea);
    store(k, ea, section);
    struct wait_request request = {
        .objects = {object},
        .count = 1,
        .deadline = TICKS_NEVER,
        .action = WAIT_CRITICAL_SECTION,
        .argument0 = ea,
    };
    return wait_file(k, &request);
}

u64 xboxkrnl_RtlEnterCriticalSection(struct kcall *k)
{
    u32 ea = kcall_u32(k, 0);
    struct section section;
    if (!load(k, ea, &section))
        return 0;
    section.locks = (s32)((u32)section.locks + 1);
    if (section.owner == k->thread->kthread) {
        section.recursion = (s32)((u32)section.recursion + 1);
        store(k, ea, &section);
        return 0;
    }
    if (section.locks != 0)
        return wait_for(k, ea, &section);
    take(k, ea, &section);
    return 0;
}

u64 xboxkrnl_RtlTryEnterCriticalSection(struct kcall *k)
{
    u32 ea = kcall_u32(k, 0);
    struct section section;
    if (!load(k, ea, &section))
        return 0;
    if (section.locks == -1) {
        section.locks = 0;
        take(k, ea, &section);
        return 1;
    }
    if (section.owner != k->thread->kthread)
        return 0;
    section.locks = (s32)((u32)section.locks + 1);
    section.recursion = (s32)((u32)section.recursion + 1);
    store(k, ea, &section);
    return 1;
}

u64 xboxkrnl_RtlLeaveCriticalSection(struct kcall *k)
{
    u32 ea = kcall_u32(k, 0);
    struct section section;
    if (!load(k, ea, &section))
        return 0;
    section.locks = (s32)((u32)section.locks - 1);
    section.recursion = (s32)((u32)section.recursion - 1);
    if (section.recursion == 0)
        section.owner = 0;
    store(k, ea, &section);
    if (section.recursion != 0 || section.locks < 0)
        return 0;
    struct object *object = object_at_as(k->e, k, ea, OBJECT_CRITICAL_SECTION);
    if (!object)
        return kcall_retry(k);
    signal_set(k->e, object, 1);
    wait_signal(k->e, k, object);
    return 0;
}
