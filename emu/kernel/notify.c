/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/kernel/notify.h"

#include "emu/kernel/heap.h"
#include "emu/kernel/ring.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/memory/memory.h"

enum { ROUTINE = 0, PRIORITY = 4, ENTRY = 8, REGISTRATION_SIZE = 16 };
/* The title can write the links: a ring that does not come back to its head ends here. */
enum { REGISTRATIONS_MAX = 64 };

/* The list's head, an empty ring when it is first asked for; 0: there is no memory. */
static u32 head_of(struct engine *e, enum notify_list list)
{
    u32 *head = &e->m->notify[list];
    if (*head == 0 && (*head = heap_alloc(e, 8)) != 0)
        ring_empty(e, *head);
    return *head;
}

/* As ring_insert. */
static u32 insert(struct engine *e, u32 head, u32 registration)
{
    u32 priority = memory_get32(e, registration + PRIORITY), next = memory_get32(e, head);
    for (u32 i = 0; next != head && i < REGISTRATIONS_MAX; i++) {
        if (memory_get32(e, next - ENTRY + PRIORITY) < priority)
            break;
        next = memory_get32(e, next);
    }
    return ring_insert(e, next, registration + ENTRY);
}

static u64 change_list(struct kcall *k, enum notify_list list)
{
    u32 registration = kcall_u32(k, 0), head = head_of(k->e, list);
    if (!memory_is_readable(k->e, registration, REGISTRATION_SIZE))
        return sync_fault(k, FAULT_READ, registration);
    if (!head)
        return 0;
    u32 bad = k->arg[1] & 0xFF ? insert(k->e, head, registration) : ring_remove(k->e, registration + ENTRY);
    return bad ? sync_fault(k, FAULT_WRITE, bad) : 0;
}

u64 xboxkrnl_ExRegisterThreadNotification(struct kcall *k)
{
    return change_list(k, NOTIFY_THREAD);
}

u64 xboxkrnl_ExRegisterTitleTerminateNotification(struct kcall *k)
{
    return change_list(k, NOTIFY_TITLE_END);
}

static u32 collect(struct engine *e, enum notify_list list, u32 registrations[REGISTRATIONS_MAX])
{
    u32 head = e->m->notify[list], count = 0;
    u32 entry = head ? memory_get32(e, head) : 0;
    while (entry && entry != head && count < REGISTRATIONS_MAX) {
        registrations[count++] = entry - ENTRY;
        entry = memory_get32(e, entry);
    }
    return count;
}

static bool has(struct engine *e, enum notify_list list)
{
    u32 registrations[REGISTRATIONS_MAX];
    return collect(e, list, registrations) != 0;
}

/* The first runs first, so it is pushed last. */
bool notify_push(struct engine *e, struct thread *thread, enum notify_list list, u32 second, u32 third, u64 result)
{
    u32 registrations[REGISTRATIONS_MAX];
    u32 count = collect(e, list, registrations);
    if (count == REGISTRATIONS_MAX)
        engine_note(e, "%d notifications are told; a list that has more, or does not end, is cut there", count);
    for (u32 i = count; i-- > 0;) {
        const u32 arguments[] = {registrations[i], second, third};
        u32 routine = memory_get32(e, registrations[i] + ROUTINE);
        u64 after = i + 1 == count ? result : thread->cpu.r[3];
        if (!callback_push(e, thread, routine, arguments, countof(arguments), after))
            return true; /* a fault is set */
    }
    return count != 0;
}

void notify_created(struct kcall *k, struct thread *made, u64 status)
{
    const u32 argument = made->id;
    if (!has(k->e, NOTIFY_THREAD))
        return;
    thread_suspend(k->e, made);
    status = callback_tell_return(k, status);
    k->no_return = true;
    if (callback_push(k->e, k->thread, callback_trampoline(k->m, TRAMPOLINE_THREAD_CREATED), &argument, 1, status))
        notify_push(k->e, k->thread, NOTIFY_THREAD, made->kthread, true, argument);
}

void notify_on_created(struct engine *e, struct thread *creator)
{
    struct thread *made = thread_by_id(e, (u32)creator->cpu.r[3]);
    if (made)
        thread_resume(e, made);
}

enum end_reason notify_end_reason(const struct machine *m)
{
    return m->launching ? END_LAUNCHED : END_EXITED;
}

/* The end comes when the thread that asked first is done with the routines. UNKNOWN: what the console does; so no
 * routine is lost, but one that waits for this thread waits for ever. */
static void wait_for_the_end(struct engine *e, struct thread *thread)
{
    thread->cpu.pc = callback_trampoline(e->m, TRAMPOLINE_TITLE_END);
    thread->cpu.block_left = 0;
    thread_suspend(e, thread);
}

void notify_title_end(struct engine *e, struct thread *thread, u32 code)
{
    struct machine *m = e->m;
    u32 ending = m->title_ending, slot = thread_slot(m, thread);
    if (ending && ending != slot) {
        wait_for_the_end(e, thread);
        return;
    }
    m->title_ending = slot;
    thread->cpu.pc = callback_trampoline(m, TRAMPOLINE_TITLE_END);
    thread->cpu.block_left = 0;
    thread->cpu.r[3] = code;
    if (ending || !notify_push(e, thread, NOTIFY_TITLE_END, 0, 0, code))
        machine_end(e, notify_end_reason(m), code);
}

void notify_on_title_end(struct engine *e, struct thread *thread)
{
    if (e->m->title_ending != thread_slot(e->m, thread))
        wait_for_the_end(e, thread); /* it was resumed */
    else
        machine_end(e, notify_end_reason(e->m), (u32)thread->cpu.r[3]);
}
