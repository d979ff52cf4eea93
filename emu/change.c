/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/change.h"

#include "emu/kernel/sched.h"
#include "emu/kernel/thread.h"
#include "emu/memory/memory.h"
#include "replay/nondet.h"

static u32 get32(const u8 *bytes)
{
    return (u32)bytes[0] | (u32)bytes[1] << 8 | (u32)bytes[2] << 16 | (u32)bytes[3] << 24;
}

static u64 get64(const u8 *bytes)
{
    return get32(bytes) | (u64)get32(bytes + 4) << 32;
}

static bool is_changed(struct engine *e)
{
    return e->gate && nondet_has_changes(e->gate);
}

static bool take(struct engine *e, enum input_kind kind, u64 key, u64 about, size_t least, struct nondet_answer *answer)
{
    if (!nondet_take(e->gate, kind, key, about, engine_time(e), answer))
        return false;
    if (answer->size >= least)
        return true;
    err_set(&e->err, "a change of the run (%s) is cut short: %zu bytes", input_type(kind)->name, answer->size);
    return false;
}

static void poke(struct engine *e, const struct nondet_answer *answer)
{
    u32 ea = get32(answer->data), size = (u32)answer->size - 4;
    if (size && memory_is_readable(e, ea, size))
        memory_poke(e, ea, answer->data + 4, size);
    else if (size)
        err_set(&e->err, "%u bytes cannot be put at 0x%08X: there is no memory at tick %llu", size, ea,
                (unsigned long long)engine_time(e));
}

static void favour(struct engine *e, u32 id)
{
    struct machine *m = e->m;
    struct thread *thread = thread_by_id(e, id);
    if (!thread) {
        err_set(&e->err, "thread %u, which is to run first, is not there at tick %llu", id,
                (unsigned long long)engine_time(e));
        return;
    }
    u32 i = 0;
    while (m->hw_order[i] != thread->hw)
        i++;
    memmove(m->hw_order + 1, m->hw_order, i);
    m->hw_order[0] = thread->hw;
    m->hw[thread->hw].favoured = thread_slot(m, thread);
}

void change_slice(struct engine *e)
{
    struct nondet_answer answer;
    if (!is_changed(e))
        return;
    while (take(e, INPUT_poke, 0, 0, 4, &answer))
        poke(e, &answer);
    while (take(e, INPUT_order, e->m->slice, 0, 4, &answer))
        favour(e, get32(answer.data));
}

static bool is_order(const u8 order[HW_THREADS])
{
    u32 seen = 0;
    for (u32 i = 0; i < HW_THREADS; i++)
        seen |= 1u << (order[i] & 31);
    return seen == (1u << HW_THREADS) - 1;
}

void change_chaos(struct engine *e)
{
    struct nondet_answer answer;
    if (!is_changed(e) || !take(e, INPUT_chaos, e->m->slice, 0, 8, &answer))
        return;
    e->m->config.chaos_seed = get64(answer.data);
    e->m->chaos = e->m->config.chaos_seed;
}

bool change_schedule(struct engine *e, struct schedule *schedule)
{
    struct nondet_answer answer;
    if (!is_changed(e) || !take(e, INPUT_schedule, e->m->slice, 0, SCHEDULE_BYTES, &answer))
        return false;
    schedule->length = get32(answer.data);
    memcpy(schedule->order, answer.data + 4, HW_THREADS);
    if (!schedule->length || !is_order(schedule->order)) {
        err_set(&e->err, "the schedule of slice %llu is none", (unsigned long long)e->m->slice);
        return false;
    }
    for (u32 i = 0; i < HW_THREADS; i++) {
        const struct thread *thread = thread_by_id(e, get32(answer.data + 12 + 4 * i));
        schedule->favoured[i] = thread ? thread_slot(e->m, thread) : 0;
    }
    return true;
}

static u64 about_call(const struct thread *thread, u32 op)
{
    return (u64)thread->id << 32 | op;
}

bool change_delay(struct kcall *k)
{
    struct nondet_answer answer;
    struct thread *t = k->thread;
    if (!is_changed(k->e) || !take(k->e, INPUT_delay, k->m->calls, about_call(t, k->op), 8, &answer))
        return false;
    t->cpu.pc -= 4;
    t->ready_at = engine_time(k->e) + get64(answer.data);
    sched_give_up(k->e);
    return true;
}

static void put_outs(struct engine *e, u32 op, const u64 *arg, const struct nondet_answer *answer)
{
    char name[64];
    size_t at = CHANGE_HEAD;
    while (answer->size - at >= 8) {
        u32 i = get32(answer->data + at), size = get32(answer->data + at + 4);
        at += 8;
        bool fits = i < EXPORT_ARGUMENTS_MAX && size <= answer->size - at;
        if (!fits || !memory_write(e, (u32)arg[i], answer->data + at, size)) {
            err_set(&e->err, "%u bytes cannot be put where argument %u of %s points to (tick %llu)", size, i,
                    export_op_name(op, name, sizeof name), (unsigned long long)engine_time(e));
            return;
        }
        at += size;
    }
}

bool change_call(struct kcall *k, u64 *result)
{
    struct nondet_answer answer;
    if (!is_changed(k->e) || !take(k->e, INPUT_force, k->m->calls, about_call(k->thread, k->op), CHANGE_HEAD, &answer))
        return false;
    put_outs(k->e, k->op, k->arg, &answer);
    *result = get64(answer.data);
    return true;
}

u64 change_return(struct engine *e, const struct thread *thread, u32 op, u64 result, const u64 *arg)
{
    struct nondet_answer answer;
    if (!is_changed(e) || !take(e, INPUT_amend, e->m->events, about_call(thread, op), CHANGE_HEAD, &answer))
        return result;
    put_outs(e, op, arg, &answer);
    return get32(answer.data + 8) & CHANGE_HAS_RESULT ? get64(answer.data) : result;
}

u64 change_place(struct engine *e, const struct thread *thread)
{
    const struct machine *m = e->m;
    if (!is_changed(e))
        return UINT64_MAX;
    u64 due = nondet_due(e->gate, thread->id);
    if (due <= m->tick)
        return 0;
    return due >= m->slice_end ? UINT64_MAX : (due - m->tick) * m->config.instructions_per_tick;
}

bool change_thread(struct engine *e, struct thread *thread)
{
    struct nondet_answer answer;
    while (take(e, INPUT_poke, thread->id, 0, 4, &answer))
        poke(e, &answer);
    if (!take(e, INPUT_hold, thread->id, 0, 8, &answer))
        return false;
    thread->ready_at = engine_time(e) + get64(answer.data);
    return true;
}
