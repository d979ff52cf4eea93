/* SPDX-License-Identifier: BSD-3-Clause
 * The run loop: slices of virtual time, the six hardware threads one after another, the clock's jumps, and the wedge.
 * It can stop between any two blocks (or instructions, when stepping) and go on as if it had not. */
#include "emu/machine.h"

#include "emu/change.h"
#include "emu/chaos.h"
#include "emu/device.h"
#include "emu/engine.h"
#include "emu/kernel/debug.h"
#include "emu/kernel/exception.h"
#include "emu/kernel/kcall.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/variable.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

/* It is hashed whole. */
#define CONFIG(type, name, initial, minimum, text) +sizeof(type)
_Static_assert(sizeof(struct config) ==
#include "schema/config.def"
               , "struct config has padding");

void config_default(struct config *config)
{
    *config = (struct config){
#define CONFIG(type, name, initial, minimum, text) .name = initial,
#include "schema/config.def"
    };
}

static void emit_hash(struct engine *e)
{
    u64 memory, machine;
    u64 root = machine_hash(e, &memory, &machine);
    struct event event = event_begin(e, EVENT_hash, 0);
    event.v[F_hash_root] = root;
    event.v[F_hash_memory] = memory;
    event.v[F_hash_machine] = machine;
    event_emit(e, &event);
}

void machine_end(struct engine *e, enum end_reason reason, u64 code)
{
    struct machine *m = e->m;
    if (m->ended)
        return;
    m->ended = reason;
    m->exit_code = (u32)code;
    emit_hash(e);
    struct event event = event_begin(e, EVENT_end, 0);
    event.v[F_end_reason] = reason;
    event.v[F_end_code] = code;
    event.v[F_end_instructions] = m->instructions;
    event_emit(e, &event);
}

/* Hashes go by the clock alone, so that every engine takes them at the same places. */
static void hash_if_due(struct engine *e)
{
    struct machine *m = e->m;
    u64 interval = m->config.hash_interval_ms * TICKS_PER_MS;
    if (interval == 0 || m->tick < m->next_hash)
        return;
    m->next_hash = (m->tick / interval + 1) * interval;
    emit_hash(e);
}

static void start_slice(struct engine *e, u64 start)
{
    struct machine *m = e->m;
    m->tick = start;
    hash_if_due(e);
    variable_tick(e);
    wait_expire(e);
    m->slice++;
    chaos_slice(e);
    for (u32 i = 0; i < HW_THREADS; i++) {
        m->hw[i].retired = m->hw[i].carry;
        m->hw[i].carry = 0;
        m->hw[i].thread = 0;
    }
    device_tick(e);
    change_slice(e);
    if (e->observer.slice)
        e->observer.slice(e->observer.context, e);
    m->hw_place = 0;
}

/* Between slices: finds where virtual time goes on. False: it does not, *result says why. */
static bool next_slice(struct engine *e, const struct until *until, enum machine_result *result)
{
    struct machine *m = e->m;
    u64 start = m->slice_end;
    if (!sched_has_ready(m) && m->next_deadline > start)
        start = m->next_deadline;
    if (start == TICKS_NEVER) {
        machine_end(e, END_WEDGED, 0);
        *result = MACHINE_ENDED;
        return false;
    }
    if (until->tick && start >= until->tick) {
        *result = MACHINE_REACHED;
        return false;
    }
    start_slice(e, start);
    return true;
}

static void start_thread(struct engine *e, struct thread *thread)
{
    thread->started = 1;
    struct event event = event_begin(e, EVENT_thread_start, thread->id);
    event.v[F_thread_start_entry] = thread->entry;
    event.v[F_thread_start_lineage] = thread->lineage;
    event.v[F_thread_start_priority] = thread->priority;
    event.v[F_thread_start_hw] = thread->hw;
    event_emit(e, &event);
}

static void end_by_fault(struct engine *e, struct thread *thread)
{
    const struct ppc *c = &thread->cpu;
    struct event event = event_begin(e, EVENT_fault, thread->id);
    event.lr = (u32)c->lr;
    event.v[F_fault_kind] = c->fault;
    event.v[F_fault_address] = c->fault_address;
    event.v[F_fault_pc] = c->pc;
    event.v[F_fault_r1] = (u32)c->r[1];
    event_emit(e, &event);
    bool missing = c->fault == FAULT_INSTRUCTION_UNIMPLEMENTED;
    machine_end(e, missing ? END_UNIMPLEMENTED : END_FAULT, c->fault_address);
}

/* What the thread's code asked for at the end of its block. */
static void serve_stop(struct engine *e, struct thread *thread, u64 budget)
{
    u32 stop = thread->cpu.stop;
    thread->cpu.stop = CPU_RUN;
    if (stop == CPU_CALL) {
        kcall_dispatch(e, thread_slot(e->m, thread));
    } else if (stop == CPU_YIELD) {
        thread->ready_at = e->m->tick + budget / e->m->config.instructions_per_tick;
        sched_rotate(e, thread);
    } else if (stop == CPU_DEBUG) {
        debug_serve(e, thread);
    }
    bool faulted = thread->cpu.stop == CPU_FAULT || stop == CPU_FAULT;
    if (faulted && !exception_deliver(e, thread))
        end_by_fault(e, thread);
}

static bool is_reached(const struct machine *m, const struct until *until)
{
    return (until->events && m->events >= until->events) ||
           (until->instructions && m->instructions >= until->instructions);
}

enum { RUN_MAX = 1 << 30 };

static u32 run_limit(const struct engine *e, const struct until *until)
{
    if (e->stepping)
        return 1;
    if (until->instructions && until->instructions - e->m->instructions < RUN_MAX)
        return (u32)(until->instructions - e->m->instructions);
    return RUN_MAX;
}

/* Instructions before which the thread's blocks may begin. */
static u32 run_budget(const struct hw *hw, const struct thread *thread, u64 end)
{
    u64 place = hw->retired < end ? end - hw->retired : 0;
    u64 budget = place < thread->quantum_left ? place : thread->quantum_left;
    return budget < RUN_MAX ? (u32)budget : RUN_MAX;
}

/* A change may stop the thread where it stands, or lower the place in the slice where it is looked at again. */
static bool is_held(struct engine *e, const struct hw *hw, struct thread *thread, u64 *stop)
{
    u64 place = change_place(e, thread);
    if (place <= hw->retired) {
        if (change_thread(e, thread))
            return true;
        place = change_place(e, thread);
    }
    if (place > hw->retired && place < *stop)
        *stop = place;
    return false;
}

/* Runs one thread until it stops, its place in the slice ends, or `until` is reached. */
static void run_thread(struct engine *e, struct hw *hw, struct thread *thread, u64 end, u64 budget,
                       const struct until *until)
{
    struct machine *m = e->m;
    struct ppc *c = &thread->cpu;
    u32 slot = thread_slot(m, thread);
    if (hw->thread != slot)
        c->reserve_valid = 0;
    hw->thread = slot;
    m->running = slot;
    if (!thread->started)
        start_thread(e, thread);
    while ((run_budget(hw, thread, end) || c->block_left) && c->stop == CPU_RUN && !is_reached(m, until)) {
        u64 stop = end;
        if (!c->block_left && is_held(e, hw, thread, &stop))
            break;
        u32 retired = cpu_run(e, c, run_budget(hw, thread, stop), run_limit(e, until));
        e->in_block = 0;
        hw->retired += retired;
        m->instructions += retired;
        thread->quantum_left -= retired < thread->quantum_left ? retired : thread->quantum_left;
    }
    if (c->stop != CPU_RUN)
        serve_stop(e, thread, budget);
    if (thread->quantum_left == 0 && thread->state == THREAD_READY && !c->block_left)
        sched_rotate(e, thread);
    m->running = 0;
}

/* One hardware thread's part of the slice. */
static void run_hw(struct engine *e, struct hw *hw, const struct until *until)
{
    struct machine *m = e->m;
    u64 budget = (m->slice_end - m->tick) * m->config.instructions_per_tick;
    while (hw->retired < budget || (hw->thread && m->threads[hw->thread].cpu.block_left)) {
        if (m->ended || is_reached(m, until) || e->err.text[0])
            return;
        u64 end = budget;
        struct thread *thread = &m->threads[hw->thread];
        if (hw->thread && thread->cpu.block_left)
            end = 0; /* a run that was stopped within a block finishes it first */
        else
            thread = sched_pick(e, hw, &end);
        if (thread)
            run_thread(e, hw, thread, end, budget, until);
        else
            hw->retired = end;
    }
    hw->carry = hw->retired - budget;
    m->hw_place++;
}

enum machine_result machine_run(struct engine *e, const struct until *until)
{
    struct machine *m = e->m;
    enum machine_result result = MACHINE_REACHED;
    while (!m->ended) {
        if (e->err.text[0])
            return MACHINE_HOST_ERROR;
        if (is_reached(m, until))
            return MACHINE_REACHED;
        if (m->hw_place < HW_THREADS)
            run_hw(e, &m->hw[m->hw_order[m->hw_place]], until);
        else if (!next_slice(e, until, &result))
            return result;
    }
    return MACHINE_ENDED;
}
