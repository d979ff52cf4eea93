/* SPDX-License-Identifier: BSD-3-Clause
 * Alerts: end an alertable wait, or wait for the next one. One of kernel mode (0) is for waits of both modes, one of
 * user mode (1) for its own. */
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/wait.h"

static u32 mode_bit(const struct kcall *k, u32 i)
{
    return k->arg[i] & 0xFF ? ALERT_USER : ALERT_KERNEL;
}

static bool alert(struct engine *e, struct thread *thread, u32 bit)
{
    bool before = thread->alerted & bit;
    bool ends = thread->state == THREAD_WAITING && !thread->suspend_count && thread->wait.alertable &&
                (bit == ALERT_KERNEL || thread->wait.user_mode);
    if (ends)
        wait_abort(e, thread, STATUS_ALERTED);
    else if (thread->state != THREAD_TERMINATED)
        thread->alerted |= bit;
    return before;
}

u64 xboxkrnl_KeAlertThread(struct kcall *k)
{
    struct object *object = sync_pointer(k, kcall_u32(k, 0), OBJECT_THREAD);
    return object && alert(k->e, &k->m->threads[object->body], mode_bit(k, 1));
}

u64 xboxkrnl_KeAlertResumeThread(struct kcall *k)
{
    struct object *object = sync_pointer(k, kcall_u32(k, 0), OBJECT_THREAD);
    struct thread *thread = object ? &k->m->threads[object->body] : NULL;
    if (!thread || thread->state == THREAD_TERMINATED)
        return 0;
    alert(k->e, thread, ALERT_KERNEL);
    return thread_resume(k->e, thread);
}

/* Of the calling thread: was it alerted? In user mode its user APCs are delivered, too. */
u64 xboxkrnl_KeTestAlertThread(struct kcall *k)
{
    u32 bit = mode_bit(k, 0);
    u32 before = (k->thread->alerted & bit) != 0;
    k->thread->alerted &= ~bit;
    if (bit == ALERT_USER && apc_is_user_pending(k->m, k->thread)) {
        before = (u32)callback_tell_return(k, before);
        k->no_return = apc_deliver_all(k->e, k->thread, before);
    }
    return before;
}
