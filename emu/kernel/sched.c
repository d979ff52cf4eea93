/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/kernel/sched.h"

static bool is_queued(const struct hw *hw, const struct thread *thread, u32 slot)
{
    return hw->first[thread->priority] == slot || thread->previous_ready != 0;
}

static void queue_append(struct machine *m, struct thread *thread)
{
    struct hw *hw = &m->hw[thread->hw];
    u32 slot = thread_slot(m, thread);
    u32 priority = thread->priority;
    CHECK(!is_queued(hw, thread, slot), "thread %u is in a ready queue twice", thread->id);
    thread->next_ready = 0;
    thread->previous_ready = hw->last[priority];
    if (hw->last[priority])
        m->threads[hw->last[priority]].next_ready = slot;
    else
        hw->first[priority] = slot;
    hw->last[priority] = slot;
    hw->ready_mask |= 1u << priority;
}

static void queue_remove(struct machine *m, struct thread *thread)
{
    struct hw *hw = &m->hw[thread->hw];
    u32 slot = thread_slot(m, thread);
    u32 priority = thread->priority;
    CHECK(is_queued(hw, thread, slot), "thread %u is in no ready queue", thread->id);
    if (thread->previous_ready)
        m->threads[thread->previous_ready].next_ready = thread->next_ready;
    else
        hw->first[priority] = thread->next_ready;
    if (thread->next_ready)
        m->threads[thread->next_ready].previous_ready = thread->previous_ready;
    else
        hw->last[priority] = thread->previous_ready;
    if (!hw->first[priority])
        hw->ready_mask &= ~(1u << priority);
    thread->next_ready = 0;
    thread->previous_ready = 0;
}

static u32 quantum(const struct machine *m)
{
    return m->config.quantum_ticks * m->config.instructions_per_tick;
}

void sched_ready(struct engine *e, struct thread *thread)
{
    struct machine *m = e->m;
    CHECK(thread->state != THREAD_READY && thread->state != THREAD_TERMINATED, "thread %u made ready in state %u",
          thread->id, thread->state);
    thread->state = THREAD_READY;
    thread->quantum_left = quantum(m);
    queue_append(m, thread);
}

void sched_unready(struct engine *e, struct thread *thread)
{
    CHECK(thread->state == THREAD_READY, "thread %u leaves the ready queue in state %u", thread->id, thread->state);
    queue_remove(e->m, thread);
    thread->state = THREAD_SUSPENDED;
}

void sched_rotate(struct engine *e, struct thread *thread)
{
    queue_remove(e->m, thread);
    thread->quantum_left = quantum(e->m);
    queue_append(e->m, thread);
}

void sched_set_priority(struct engine *e, struct thread *thread, u32 priority)
{
    CHECK(priority < PRIORITIES, "priority %u", priority);
    if (thread->priority == priority)
        return;
    bool queued = thread->state == THREAD_READY;
    if (queued)
        queue_remove(e->m, thread);
    thread->priority = (u8)priority;
    if (queued)
        queue_append(e->m, thread);
}

void sched_set_affinity(struct engine *e, struct thread *thread, u32 mask)
{
    mask &= (1u << HW_THREADS) - 1;
    CHECK(mask != 0, "empty affinity of thread %u", thread->id);
    thread->affinity = mask;
    if (mask & (1u << thread->hw))
        return;
    bool queued = thread->state == THREAD_READY;
    if (queued) {
        queue_remove(e->m, thread);
        u64 now = engine_time(e);
        if (thread->ready_at < now)
            thread->ready_at = now;
    }
    thread->hw = (u8)__builtin_ctz(mask);
    if (queued)
        queue_append(e->m, thread);
}

void sched_give_up(struct engine *e)
{
    struct thread *thread = &e->m->threads[e->m->running];
    if (thread->state == THREAD_READY)
        sched_rotate(e, thread);
}

void sched_deadline(struct engine *e, u64 tick)
{
    if (tick < e->m->next_deadline)
        e->m->next_deadline = tick;
}

/* The first instruction count of this slice at which the thread may run. */
static u64 ready_from(const struct machine *m, const struct thread *thread)
{
    if (thread->ready_at <= m->tick)
        return 0;
    return (thread->ready_at - m->tick) * m->config.instructions_per_tick;
}

/* First thread of the queue that may run at `now`; else *later is lowered to when one may. */
static struct thread *queue_pick(struct machine *m, u32 first, u64 now, u64 *later)
{
    for (u32 slot = first; slot; slot = m->threads[slot].next_ready) {
        u64 from = ready_from(m, &m->threads[slot]);
        if (from <= now)
            return &m->threads[slot];
        if (from < *later)
            *later = from;
    }
    return NULL;
}

struct thread *sched_pick(struct engine *e, struct hw *hw, u64 *until)
{
    struct machine *m = e->m;
    struct thread *favoured = &m->threads[hw->favoured];
    if (hw->favoured && favoured->state == THREAD_READY && &m->hw[favoured->hw] == hw &&
        ready_from(m, favoured) <= hw->retired)
        return favoured;
    for (u32 mask = hw->ready_mask; mask;) {
        u32 priority = 31 - (u32)__builtin_clz(mask);
        struct thread *thread = queue_pick(m, hw->first[priority], hw->retired, until);
        if (thread)
            return thread;
        mask &= ~(1u << priority);
    }
    return NULL;
}

bool sched_has_ready(const struct machine *m)
{
    for (u32 i = 0; i < HW_THREADS; i++) {
        if (m->hw[i].ready_mask)
            return true;
    }
    return false;
}
