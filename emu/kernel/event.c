/* SPDX-License-Identifier: BSD-3-Clause
 * Events. Type 0 stays set (notification), type 1 is reset by the wait that it satisfies (synchronization). */
#include "emu/kernel/event.h"

#include "emu/kernel/sync.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

s32 event_set(struct kcall *k, struct object *event)
{
    s32 previous = signal_get(k->e, event);
    signal_set(k->e, event, 1);
    wait_signal(k->e, k, event);
    return previous;
}

s32 event_reset(struct kcall *k, struct object *event)
{
    s32 previous = signal_get(k->e, event);
    signal_set(k->e, event, 0);
    if (previous)
        object_note(k->e, k, &event->undone);
    return previous;
}

static s32 pulse(struct kcall *k, struct object *event)
{
    s32 previous = event_set(k, event);
    signal_set(k->e, event, 0);
    return previous;
}

u64 xboxkrnl_NtCreateEvent(struct kcall *k)
{
    u32 type = kcall_u32(k, 2);
    if (type > HEADER_EVENT_AUTO)
        return STATUS_INVALID_PARAMETER;
    struct object *made;
    s32 state = (k->arg[3] & 0xFF) != 0;
    return sync_create(k, kcall_u32(k, 0), kcall_u32(k, 1), OBJECT_EVENT, HEADER_SIZE, (u8)type, state, &made);
}

u64 xboxkrnl_NtSetEvent(struct kcall *k)
{
    u32 status;
    struct object *event = sync_handle(k, kcall_u32(k, 0), OBJECT_EVENT, &status);
    if (!event)
        return status;
    s32 previous = event_set(k, event);
    return sync_out(k, kcall_u32(k, 1), (u32)previous);
}

u64 xboxkrnl_NtPulseEvent(struct kcall *k)
{
    u32 status;
    struct object *event = sync_handle(k, kcall_u32(k, 0), OBJECT_EVENT, &status);
    if (!event)
        return status;
    s32 previous = pulse(k, event);
    return sync_out(k, kcall_u32(k, 1), (u32)previous);
}

u64 xboxkrnl_NtClearEvent(struct kcall *k)
{
    u32 status;
    struct object *event = sync_handle(k, kcall_u32(k, 0), OBJECT_EVENT, &status);
    if (event)
        event_reset(k, event);
    return status;
}

u64 xboxkrnl_NtQueryEvent(struct kcall *k)
{
    u32 status;
    struct object *event = sync_handle(k, kcall_u32(k, 0), OBJECT_EVENT, &status);
    if (!event)
        return status;
    u8 information[8];
    store_be32(information, memory_get8(k->e, event->guest));
    store_be32(information + 4, (u32)signal_get(k->e, event));
    return memory_write(k->e, kcall_u32(k, 1), information, sizeof information) ? STATUS_SUCCESS
                                                                                : STATUS_ACCESS_VIOLATION;
}

u64 xboxkrnl_KeInitializeEvent(struct kcall *k)
{
    u32 guest = kcall_u32(k, 0);
    if (!sync_header(k->e, guest, (u8)(k->arg[1] & 1), (k->arg[2] & 0xFF) != 0))
        return sync_fault(k, FAULT_WRITE, guest);
    object_initialise(k->e, k, guest, OBJECT_EVENT);
    return 0;
}

u64 xboxkrnl_KeSetEvent(struct kcall *k)
{
    struct object *event = sync_pointer(k, kcall_u32(k, 0), OBJECT_EVENT);
    return event ? (u32)event_set(k, event) : 0;
}

u64 xboxkrnl_KePulseEvent(struct kcall *k)
{
    struct object *event = sync_pointer(k, kcall_u32(k, 0), OBJECT_EVENT);
    return event ? (u32)pulse(k, event) : 0;
}

u64 xboxkrnl_KeResetEvent(struct kcall *k)
{
    struct object *event = sync_pointer(k, kcall_u32(k, 0), OBJECT_EVENT);
    return event ? (u32)event_reset(k, event) : 0;
}

/* An event that one thread takes: whom it wakes goes out. There are no boosts (KeSetDisableBoostThread). */
u64 xboxkrnl_KeSetEventBoostPriority(struct kcall *k)
{
    struct object *event = sync_pointer(k, kcall_u32(k, 0), OBJECT_EVENT);
    u32 out = kcall_u32(k, 1);
    if (!event)
        return 0;
    u32 first = event->first_waiter ? k->m->threads[(event->first_waiter - 1) / WAIT_OBJECTS_MAX].kthread : 0;
    if (out && first && !memory_set32(k->e, out, first))
        return sync_fault(k, FAULT_WRITE, out);
    event_set(k, event);
    return 0;
}
