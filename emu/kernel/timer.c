/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/kernel/timer.h"

#include "emu/kernel/dpc.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

enum {
    TIMER_ABSOLUTE = 0x01, /* u8 of the header */
    TIMER_INSERTED = 0x03, /* u8 of the header */
    TIMER_DUE = 0x10,      /* u64, 100 ns: system time if absolute, else interrupt time */
    TIMER_DPC = 0x20,
    TIMER_PERIOD = 0x24,
    EXTIMER_SIZE = 0x70,
};

static void arm(struct engine *e, struct object *timer, u64 due)
{
    timer->due = due;
    timer->timer_order = ++e->m->timer_order;
    memory_set8(e, timer->guest + TIMER_INSERTED, 1);
    u64 base = memory_get8(e, timer->guest + TIMER_ABSOLUTE) ? e->m->boot_time : 0;
    memory_set64(e, timer->guest + TIMER_DUE, base + FILETIME_PER_TICK(due));
    sched_deadline(e, due);
}

void timer_disarm(struct engine *e, struct object *timer)
{
    timer->due = 0;
    timer->timer_order = 0;
    memory_set8(e, timer->guest + TIMER_INSERTED, 0);
}

static void forget_apc(struct object *timer)
{
    timer->apc_routine = 0;
    timer->apc_context = 0;
    timer->apc_thread = 0;
}

void timer_forget_thread(struct engine *e, u32 id)
{
    for (u32 slot = 1; slot <= e->m->object_pool.high; slot++) {
        struct object *timer = &e->m->objects[slot];
        if (timer->type != OBJECT_TIMER || timer->apc_thread != id)
            continue;
        if (timer->due) {
            timer_disarm(e, timer);
            object_note(e, NULL, &timer->undone);
        }
        forget_apc(timer);
    }
}

static void emit_expiry(struct engine *e, const struct object *timer, u64 due)
{
    struct event event = event_begin(e, EVENT_timer, 0);
    event.v[F_timer_hsid] = timer->hsid;
    event.v[F_timer_due] = due;
    event.v[F_timer_period] = timer->period_ms;
    event_emit(e, &event);
}

/* Its DPC and its APC are told the system time. */
static void queue_calls(struct engine *e, struct object *timer)
{
    struct thread *thread = thread_by_id(e, timer->apc_thread);
    u64 now = e->m->boot_time + FILETIME_PER_TICK(engine_time(e));
    if (timer->dpc)
        dpc_queue(e, timer->dpc, (u32)now, (u32)(now >> 32));
    if (!timer->apc_routine || !thread)
        return;
    struct apc apc = {
        .routine = timer->apc_routine,
        .context = timer->apc_context,
        .argument1 = (u32)now,
        .argument2 = (u32)(now >> 32),
    };
    apc_queue(e, thread, &apc);
}

/* Signals it, as the clock (k NULL) or as the call that set a time already past. */
static void expire(struct engine *e, const struct kcall *k, struct object *timer, u64 due, u64 next)
{
    object_reference(e, timer);
    timer_disarm(e, timer);
    emit_expiry(e, timer, due);
    signal_set(e, timer, 1);
    if (timer->period_ms)
        arm(e, timer, next + timer->period_ms * TICKS_PER_MS);
    wait_signal(e, k, timer);
    queue_calls(e, timer);
    object_release(e, timer);
}

/* A periodic timer keeps its beat: it counts on from when it was due, not from when the slice began. */
void timer_expire(struct engine *e, struct object *timer)
{
    expire(e, NULL, timer, timer->due, timer->due);
}

static void set(struct kcall *k, struct object *timer, s64 due, u32 period_ms)
{
    struct engine *e = k->e;
    timer_disarm(e, timer);
    signal_set(e, timer, 0);
    timer->period_ms = period_ms;
    memory_set32(e, timer->guest + TIMER_PERIOD, period_ms);
    memory_set8(e, timer->guest + TIMER_ABSOLUTE, due >= 0);
    object_note(e, k, &timer->armed);
    u64 now = engine_time(e);
    u64 tick = wait_deadline_from(e, due);
    if (tick <= now)
        expire(e, k, timer, now, now);
    else if (tick != TICKS_NEVER)
        arm(e, timer, tick);
}

static bool cancel(struct kcall *k, struct object *timer)
{
    bool armed = timer->due != 0;
    timer_disarm(k->e, timer);
    if (armed)
        object_note(k->e, k, &timer->undone);
    forget_apc(timer);
    timer->period_ms = 0;
    return armed;
}

static bool initialise(struct engine *e, u32 guest, u32 type)
{
    if (!memory_is_writable(e, guest, TIMER_SIZE))
        return false;
    sync_header(e, guest, (u8)(HEADER_TIMER_MANUAL + type), 0);
    memory_set64(e, guest + TIMER_DUE, 0);
    memory_set32(e, guest + TIMER_PERIOD, 0);
    return true;
}

u64 xboxkrnl_NtCreateTimer(struct kcall *k)
{
    u32 type = kcall_u32(k, 2);
    if (type > 1)
        return STATUS_INVALID_PARAMETER;
    struct object *made;
    return sync_create(k, kcall_u32(k, 0), kcall_u32(k, 1), OBJECT_TIMER, EXTIMER_SIZE,
                       (u8)(HEADER_TIMER_MANUAL + type), 0, &made);
}

u64 xboxkrnl_NtSetTimerEx(struct kcall *k)
{
    u32 status;
    struct object *timer = sync_handle(k, kcall_u32(k, 0), OBJECT_TIMER, &status);
    if (!timer)
        return status;
    u32 due = kcall_u32(k, 1);
    if (!memory_is_readable(k->e, due, 8))
        return STATUS_ACCESS_VIOLATION;
    if ((s32)k->arg[6] < 0)
        return STATUS_INVALID_PARAMETER;
    s32 previous = signal_get(k->e, timer);
    forget_apc(timer);
    if (kcall_u32(k, 2)) {
        timer->apc_routine = kcall_u32(k, 2);
        timer->apc_context = kcall_u32(k, 4);
        timer->apc_thread = k->thread->id;
    }
    set(k, timer, (s64)memory_get64(k->e, due), kcall_u32(k, 6));
    return sync_out(k, kcall_u32(k, 7), (u32)previous);
}

u64 xboxkrnl_NtCancelTimer(struct kcall *k)
{
    u32 status;
    struct object *timer = sync_handle(k, kcall_u32(k, 0), OBJECT_TIMER, &status);
    if (!timer)
        return status;
    cancel(k, timer);
    return sync_out(k, kcall_u32(k, 1), (u32)signal_get(k->e, timer));
}

/* TIMER_BASIC_INFORMATION: remaining time in 100 ns, signal state. */
u64 xboxkrnl_NtQueryTimer(struct kcall *k)
{
    u32 status;
    struct object *timer = sync_handle(k, kcall_u32(k, 0), OBJECT_TIMER, &status);
    if (!timer)
        return status;
    u64 now = engine_time(k->e);
    u8 information[16] = {0};
    store_be64(information, timer->due > now ? FILETIME_PER_TICK(timer->due - now) : 0);
    information[8] = signal_get(k->e, timer) > 0;
    return memory_write(k->e, kcall_u32(k, 1), information, sizeof information) ? STATUS_SUCCESS
                                                                                : STATUS_ACCESS_VIOLATION;
}

u64 xboxkrnl_KeInitializeTimerEx(struct kcall *k)
{
    u32 guest = kcall_u32(k, 0);
    struct object *old = object_known_at(k->e, guest);
    if (old && old->type == OBJECT_TIMER && !old->owns_guest)
        cancel(k, old);
    if (!initialise(k->e, guest, kcall_u32(k, 1) & 1))
        return sync_fault(k, FAULT_WRITE, guest);
    object_initialise(k->e, k, guest, OBJECT_TIMER);
    return 0;
}

static u64 set_by_pointer(struct kcall *k, s64 due, u32 period_ms, u32 dpc)
{
    struct object *timer = sync_pointer(k, kcall_u32(k, 0), OBJECT_TIMER);
    if (!timer)
        return 0;
    bool armed = timer->due != 0;
    timer->dpc = dpc;
    memory_set32(k->e, timer->guest + TIMER_DPC, dpc);
    set(k, timer, due, period_ms);
    return armed;
}

u64 xboxkrnl_KeSetTimer(struct kcall *k)
{
    return set_by_pointer(k, (s64)k->arg[1], 0, kcall_u32(k, 2));
}

u64 xboxkrnl_KeSetTimerEx(struct kcall *k)
{
    return set_by_pointer(k, (s64)k->arg[1], kcall_u32(k, 2), kcall_u32(k, 3));
}

u64 xboxkrnl_KeCancelTimer(struct kcall *k)
{
    struct object *timer = sync_pointer(k, kcall_u32(k, 0), OBJECT_TIMER);
    return timer && cancel(k, timer);
}
