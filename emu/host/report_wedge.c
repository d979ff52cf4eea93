/* SPDX-License-Identifier: BSD-3-Clause
 * Reading who waits for what out of the machine. */
#include "emu/host/report.h"
#include "emu/kernel/object.h"
#include "emu/kernel/service.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

#include <stdio.h>

static const struct thread *thread_of_id(const struct machine *m, u32 id)
{
    for (u32 slot = 1; id && slot <= m->thread_pool.high; slot++) {
        if (m->threads[slot].id == id)
            return &m->threads[slot];
    }
    return NULL;
}

/* A critical section names its owner by the address of its KTHREAD. */
static u32 critical_section_owner(struct engine *e, u32 address)
{
    u32 kthread = memory_get32(e, address + SECTION_OWNER);
    for (u32 slot = 1; kthread && slot <= e->m->thread_pool.high; slot++) {
        if (e->m->threads[slot].kthread == kthread)
            return e->m->threads[slot].id;
    }
    return 0;
}

static u32 owner_of(struct engine *e, const struct object *object)
{
    switch (object->type) {
    case OBJECT_MUTANT:
        return object->owner;
    case OBJECT_CRITICAL_SECTION:
        return critical_section_owner(e, object->guest);
    case OBJECT_THREAD:
        return e->m->threads[object->body].id;
    default:
        return 0;
    }
}

static u32 handle_of(const struct machine *m, u32 object)
{
    for (u32 i = 1; i <= m->handle_pool.high; i++) {
        if (m->handles[i].object == object)
            return handle_number(i);
    }
    return 0;
}

enum { KE_PULSE_EVENT = 0x07F, NT_PULSE_EVENT = 0x0E2 };

static struct wedge_act act_of(const struct act *act)
{
    return (struct wedge_act){act->time, act->thread, act->lr, act->op, act->count};
}

static bool is_pulse(u32 op)
{
    return op == export_op(MODULE_XBOXKRNL, KE_PULSE_EVENT) || op == export_op(MODULE_XBOXKRNL, NT_PULSE_EVENT);
}

static void fill_wait(struct engine *e, struct wedge_wait *wait, u32 slot)
{
    const struct machine *m = e->m;
    const struct object *object = &m->objects[slot];
    const struct thread *creator = thread_of_id(m, object->creator);
    wait->type = (u8)object->type;
    snprintf(wait->name, sizeof wait->name, "%s", object->name);
    wait->hsid = object->hsid;
    wait->handle = handle_of(m, slot);
    wait->address = object->guest;
    wait->creator = object->creator;
    wait->creator_lineage = creator ? creator->lineage : 0;
    wait->create_lr = object->create_lr;
    wait->create_op = object->create_op;
    wait->created_ordinal = object->create_ordinal;
    wait->owner = owner_of(e, object);
    wait->was_signalled = object->signal_op != 0 || object->signal_time != 0;
    wait->signal_thread = object->signal_thread;
    wait->signal_lr = object->signal_lr;
    wait->signal_op = object->signal_op;
    wait->signal_time = object->signal_time;
    wait->signal_woke = object->signal_woke;
    wait->pulsed = is_pulse(object->signal_op);
    wait->is_armed = object->due != 0;
    wait->armed = act_of(&object->armed);
    wait->undone = act_of(&object->undone);
    wait->refused = act_of(&object->refused);
}

static u8 state_of(const struct thread *t)
{
    if (t->suspend_count || t->state == THREAD_SUSPENDED)
        return WEDGE_SUSPENDED;
    return t->state == THREAD_WAITING ? WEDGE_WAITING : t->state == THREAD_TERMINATED ? WEDGE_TERMINATED : WEDGE_READY;
}

static void fill_thread(struct engine *e, struct wedge_report *report, const struct thread *t)
{
    struct wedge_thread *out = wedge_add_thread(report);
    out->thread = t->id;
    out->lineage = t->lineage;
    out->entry = t->entry;
    out->parent = t->parent;
    out->state = state_of(t);
    out->suspend_count = t->suspend_count;
    out->started = t->started != 0;
    out->pc = t->cpu.pc;
    out->lr = (u32)t->cpu.lr;
    out->backtrace_count = report_backtrace(e, &t->cpu, out->backtrace, WEDGE_BACKTRACE_MAX);
    out->since = t->created;
    if (t->state != THREAD_WAITING)
        return;
    out->op = t->wait.op;
    out->since = t->wait.since;
    out->deadline = t->wait.deadline;
    out->wait_all = t->wait.all;
    out->alertable = t->wait.alertable;
    for (u32 i = 0; i < t->wait.count; i++)
        fill_wait(e, wedge_add_wait(report), t->wait.node[i].object);
}

void report_fill_wedge(struct engine *e, bool stalled, struct wedge_report *report)
{
    const struct machine *m = e->m;
    report->wedged = m->ended == END_WEDGED;
    report->tick = engine_time(e);
    if (!report->wedged && !stalled)
        return;
    for (u32 slot = 1; slot <= m->thread_pool.high; slot++) {
        bool idle = service_is_idle(m, slot);
        if (m->threads[slot].id && m->threads[slot].state != THREAD_TERMINATED && !idle)
            fill_thread(e, report, &m->threads[slot]);
    }
}
