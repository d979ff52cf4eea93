/* SPDX-License-Identifier: BSD-3-Clause
 * The kernel calls of a generated run: objects, handles, waits and their wakers, critical sections, threads. */
#include "tests/gen/run.h"

#include <stdlib.h>

/* ---- A call's events. ---- */

static void call_begin(struct gen_run *run, struct gen_thread *thread, u16 op, u32 lr, u32 handle, const char *path)
{
    if (run->engine.import_calls) {
        run_event(run, thread, GEN_IMPORT_CALL)->op = op;
        run_put(run, thread);
    }
    struct gen_event *event = run_event(run, thread, GEN_CALL);
    event->op = op;
    event->lr = lr;
    event->handle = run->engine.tells_handles ? handle : 0;
    event->path = path;
    run_put(run, thread);
}

static void call_end(struct gen_run *run, struct gen_thread *thread, u16 op, u32 status)
{
    struct gen_event *event = run_event(run, thread, GEN_RETURN);
    event->op = op;
    event->status = status;
    run_put(run, thread);
}

/* The same for a call of the title's code, which is a step of its thread. */
static void step_begin(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn, u32 handle,
                       const char *path)
{
    struct gen_step *step = run_step(run, thread, insn);
    step->call += run->engine.import_calls;
    call_begin(run, thread, insn->op, insn->lr, handle, path);
    step->time = run->time;
}

static void step_end(struct gen_run *run, struct gen_thread *thread, u16 op, u32 status)
{
    u32 result = thread->index;
    call_end(run, thread, op, status);
    if (run->keeps_steps) {
        struct gen_step *step = &thread->steps[thread->step_count - 1];
        step->status = status;
        step->result = result;
        step->result_time = run->time;
    }
}

void run_extra_call(struct gen_run *run, struct gen_thread *thread, u16 op, u32 lr)
{
    struct gen_step *step = run_step(run, thread, run->title->insns);
    step->op = op;
    step->lr = lr;
    step->call += run->engine.import_calls;
    call_begin(run, thread, op, lr, 0, NULL);
    step->time = run->time;
    step_end(run, thread, op, GEN_SUCCESS);
}

/* ---- Objects and handles. ---- */

struct gen_handle *run_variable(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    u32 loop = thread->loops ? thread->loop[thread->loops - 1].count : 0;
    switch (insn->mode) {
    case MODE_LOCAL:
        return &thread->locals[insn->var];
    case MODE_INSTANCE:
        return &run->vars[insn->var + thread->instance];
    case MODE_AFTER:
        return &run->vars[insn->var + thread->instance + 1];
    case MODE_LOOP:
        return &run->vars[insn->var + loop];
    default:
        return &run->vars[insn->var];
    }
}

static u32 object_make(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn, u8 type)
{
    u32 number =
        run->free_object_count && !run->keeps_steps ? run->free_objects[--run->free_object_count] : run->object_count++;
    if (number >= run->object_capacity) {
        run->object_capacity = run->object_capacity ? 2 * run->object_capacity : 128;
        run->objects = realloc(run->objects, run->object_capacity * sizeof *run->objects);
        run->free_objects = realloc(run->free_objects, run->object_capacity * sizeof *run->free_objects);
        CHECK(run->objects && run->free_objects, "no memory for objects");
    }
    u32 at = (u32)(insn - run->title->insns);
    run->objects[number] = (struct gen_object_state){
        .type = type, .is_live = true, .maker = thread->origin, .insn = at, .nth = thread->nth[at] - 1};
    return number;
}

static void object_unused(struct gen_run *run, u32 number)
{
    struct gen_object_state *object = &run->objects[number];
    if (object->handles > 0 || (object->type == GEN_THREAD && run->threads[object->thread].state != THREAD_DONE))
        return;
    object->is_live = false;
    run->free_objects[run->free_object_count++] = number;
}

static u32 slot_take(struct gen_run *run)
{
    if (run->slot_count == 0)
        return run->next_slot++;
    u32 best = run->slot_count - 1;
    for (u32 i = 0; i < run->slot_count && !run->engine.newest_first; i++)
        if (run->slots[i] < run->slots[best])
            best = i;
    u32 slot = run->slots[best];
    run->slots[best] = run->slots[--run->slot_count];
    return slot;
}

static void slot_give_back(struct gen_run *run, u32 slot)
{
    if (run->engine.never_again)
        return;
    if (run->slot_count == run->slot_capacity) {
        run->slot_capacity = run->slot_capacity ? 2 * run->slot_capacity : 64;
        run->slots = realloc(run->slots, run->slot_capacity * sizeof *run->slots);
        CHECK(run->slots, "no memory for handles");
    }
    run->slots[run->slot_count++] = slot;
}

/* A new handle of an object, and its event. */
static struct gen_handle handle_make(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn,
                                     u32 object)
{
    u32 at = (u32)(insn - run->title->insns);
    /* The place in the title counts, not the LR: calls through one wrapper have the same. */
    u64 origin = gen_mix((u64)thread->tid << 40 ^ (u64)at << 8 ^ run->engine.style) + thread->nth[at];
    struct gen_handle handle = {run->engine.handle_base + 4 * slot_take(run), object, gen_mix(origin ^ insn->op)};
    struct gen_event *event = run_event(run, thread, GEN_HANDLE_CREATE);
    if (run->objects[object].hsid == 0) {
        run->objects[object].raw = handle.raw;
        run->objects[object].hsid = handle.hsid;
    }
    run->objects[object].handles++;
    event->handle = handle.raw;
    event->hsid = handle.hsid;
    event->object_type = run->objects[object].type;
    event->path = run->objects[object].type == GEN_FILE ? thread->path : NULL;
    run_put(run, thread);
    return handle;
}

static void do_create(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    u8 type = insn->code == CODE_OPEN ? GEN_FILE : insn->op == OP_NtCreateEvent ? GEN_EVENT : GEN_SEMAPHORE;
    step_begin(run, thread, insn, 0, insn->code == CODE_OPEN ? thread->path : NULL);
    u32 object = object_make(run, thread, insn, type);
    run->objects[object].is_manual = insn->arg;
    *run_variable(run, thread, insn) = handle_make(run, thread, insn, object);
    step_end(run, thread, insn->op, GEN_SUCCESS);
}

static void do_duplicate(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    struct gen_handle *from = &thread->locals[insn->arg];
    step_begin(run, thread, insn, from->raw, NULL);
    *run_variable(run, thread, insn) = handle_make(run, thread, insn, from->object);
    step_end(run, thread, insn->op, GEN_SUCCESS);
}

static void do_close(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    struct gen_handle *handle = run_variable(run, thread, insn);
    step_begin(run, thread, insn, handle->raw, NULL);
    struct gen_event *event = run_event(run, thread, GEN_HANDLE_DESTROY);
    event->handle = handle->raw;
    event->hsid = handle->hsid;
    run_put(run, thread);
    slot_give_back(run, (handle->raw - run->engine.handle_base) / 4);
    run->objects[handle->object].handles--;
    object_unused(run, handle->object);
    step_end(run, thread, insn->op, GEN_SUCCESS);
}

/* ---- Signals and waits. ---- */

static bool is_satisfied(const struct gen_run *run, const struct gen_thread *thread)
{
    for (u32 i = 0; i < thread->wait_count; i++)
        if (run->objects[thread->wait_objects[i]].count == 0)
            return false;
    return true;
}

static void consume(struct gen_run *run, const struct gen_thread *thread)
{
    for (u32 i = 0; i < thread->wait_count; i++) {
        struct gen_object_state *object = &run->objects[thread->wait_objects[i]];
        object->count -= !object->is_manual;
    }
}

static void put_wake(struct gen_run *run, struct gen_thread *thread, enum gen_kind kind, struct gen_handle handle,
                     u32 target)
{
    struct gen_event *event = run_event(run, thread, kind);
    event->is_noise = true;
    event->handle = handle.raw;
    event->hsid = handle.hsid;
    event->target = target;
    run_put(run, thread);
}

/* Wakes whoever waits for this object and has all it waits for. A thread that ends signals itself without a handle. */
static void wake(struct gen_run *run, struct gen_thread *thread, u32 number, struct gen_handle handle)
{
    for (u32 i = 0; i < run->thread_count && run->objects[number].waiters > 0; i++) {
        struct gen_thread *waiter = &run->threads[i];
        bool waits = false;
        for (u32 k = 0; k < waiter->wait_count; k++)
            waits |= waiter->state == THREAD_BLOCKED && waiter->wait_objects[k] == number;
        if (!waits || !is_satisfied(run, waiter))
            continue;
        consume(run, waiter);
        for (u32 k = 0; k < waiter->wait_count; k++)
            run->objects[waiter->wait_objects[k]].waiters--;
        waiter->is_in_call = true;
        run_make_ready(run, waiter);
        struct gen_handle of = handle.raw ? handle : waiter->wait_handles[0];
        put_wake(run, thread, GEN_SIGNAL_MATCH, of, waiter->tid);
        put_wake(run, thread, GEN_WAKE_REQUESTED, of, waiter->tid);
    }
}

static void do_signal(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    struct gen_handle handle = *run_variable(run, thread, insn);
    struct gen_object_state *object = &run->objects[handle.object];
    step_begin(run, thread, insn, handle.raw, NULL);
    if (object->type == GEN_SEMAPHORE)
        object->count++;
    else
        object->count = 1;
    wake(run, thread, handle.object, handle);
    step_end(run, thread, insn->op, GEN_SUCCESS);
}

/* False: the thread is to be blocked. */
static bool end_at_once(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    bool is_timed = insn->code == CODE_WAIT_TIMED;
    if (is_timed && thread->is_out_of_time) {
        thread->status = GEN_TIMEOUT;
        run->time += GEN_WAIT_NS;
        step_end(run, thread, insn->op, GEN_TIMEOUT);
        return true;
    }
    bool is_now = is_satisfied(run, thread);
    if (is_now)
        consume(run, thread);
    if (is_now || (run->engine.phantoms && !is_timed))
        step_end(run, thread, insn->op, GEN_SUCCESS);
    if (is_timed)
        thread->status = GEN_SUCCESS;
    return is_now;
}

/* A call a round, until it is signalled. */
static void do_poll(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    struct gen_object_state *object = &run->objects[run_variable(run, thread, insn)->object];
    if (object->count > 0) {
        object->count -= !object->is_manual;
        return;
    }
    step_begin(run, thread, insn, 0, NULL);
    if (run->keeps_steps)
        thread->steps[thread->step_count - 1].is_poll = true;
    step_end(run, thread, insn->op, GEN_SUCCESS);
    thread->insn--;
}

static void do_wait(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    const struct gen_handle *handles = run_variable(run, thread, insn);
    thread->wait_count = insn->arg;
    step_begin(run, thread, insn, handles->raw, NULL);
    struct gen_event *event = run_event(run, thread, GEN_WAIT_BEGIN);
    event->wait_count = (u8)insn->arg;
    event->is_timed = insn->code == CODE_WAIT_TIMED;
    for (u32 i = 0; i < insn->arg; i++) {
        thread->wait_objects[i] = handles[i].object;
        thread->wait_handles[i] = handles[i];
        event->wait_hsid[i] = handles[i].hsid;
        event->wait_handle[i] = handles[i].raw;
    }
    run_put(run, thread);
    if (end_at_once(run, thread, insn))
        return;
    for (u32 i = 0; i < insn->arg; i++)
        run->objects[thread->wait_objects[i]].waiters++;
    thread->state = THREAD_BLOCKED;
}

/* ---- Critical sections. ---- */

static void pair_of_contention(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    const struct gen_insn *leave = insn;
    while (leave->code != CODE_LEAVE)
        leave++;
    call_begin(run, thread, insn->op, insn->lr, 0, NULL);
    call_end(run, thread, insn->op, GEN_SUCCESS);
    call_begin(run, thread, leave->op, leave->lr, 0, NULL);
    call_end(run, thread, leave->op, GEN_SUCCESS);
}

/* What contention spares is a step without events. */
static bool spare(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn, bool spares)
{
    u64 bit = (u64)1 << insn->var;
    if (spares)
        run_step(run, thread, insn)->is_spared = true;
    thread->spared = insn->code == CODE_ENTER && spares ? thread->spared | bit : thread->spared & ~bit;
    return spares;
}

static void do_enter(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    u32 *owner = &run->sections[insn->var];
    bool is_jitter = run->engine.jitter && gen_chance(&run->random, run->engine.jitter);
    bool is_more = is_jitter && gen_chance(&run->random, 500);
    if (is_more)
        pair_of_contention(run, thread, insn);
    if (spare(run, thread, insn, is_jitter && !is_more))
        return;
    step_begin(run, thread, insn, 0, NULL);
    if (*owner == 0) {
        *owner = thread->slot + 1;
        step_end(run, thread, insn->op, GEN_SUCCESS);
        return;
    }
    if (run->engine.style == STYLE_CANARY) {
        struct gen_event *event = run_event(run, thread, GEN_WAIT_BEGIN);
        event->is_noise = true;
        event->wait_count = 1;
        event->wait_hsid[0] = gen_mix(run->title->seed ^ insn->var ^ 0xC5);
        run_put(run, thread);
    }
    thread->section = insn->var;
    thread->state = THREAD_IN_SECTION;
}

static void do_leave(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    if (spare(run, thread, insn, thread->spared >> insn->var & 1))
        return;
    step_begin(run, thread, insn, 0, NULL);
    run->sections[insn->var] = 0;
    for (u32 i = 0; i < run->thread_count; i++) {
        struct gen_thread *next = &run->threads[i];
        if (next->state != THREAD_IN_SECTION || next->section != insn->var)
            continue;
        run->sections[insn->var] = next->slot + 1;
        next->section = ~0u;
        next->is_in_call = true;
        run_make_ready(run, next);
        break;
    }
    step_end(run, thread, insn->op, GEN_SUCCESS);
}

void run_resume_call(struct gen_run *run, struct gen_thread *thread)
{
    const struct gen_insn *insn = &run->title->insns[thread->insn - 1];
    if (insn->code != CODE_WAIT || !run->engine.phantoms)
        step_end(run, thread, insn->op, GEN_SUCCESS);
}

/* ---- Threads. ---- */

static u32 origin_of(const struct gen_title *title, u32 slot)
{
    if (!title->swapped || (slot != title->swapped && slot != title->swapped + 1))
        return slot;
    return 2 * title->swapped + 1 - slot;
}

static void do_spawn(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    const struct gen_entry *entry = &run->title->entries[insn->arg];
    CHECK(run->thread_count < run->title->threads, "more threads than the title was built for");
    u32 slot = run->thread_count++;
    struct gen_thread *child = &run->threads[slot];
    *child = (struct gen_thread){.slot = slot,
                                 .origin = origin_of(run->title, slot),
                                 .tid = run->engine.tids[slot],
                                 .insn = entry->start,
                                 .entry = insn->arg,
                                 .parent = thread->slot,
                                 .state = THREAD_SUSPENDED,
                                 .section = ~0u,
                                 .nth = child->nth};
    if (insn->mode == MODE_LOOP)
        child->instance = thread->loop[thread->loops - 1].count;
    step_begin(run, thread, insn, 0, NULL);
    child->object = object_make(run, thread, insn, GEN_THREAD);
    run->objects[child->object].is_manual = true;
    run->objects[child->object].thread = slot;
    struct gen_handle *handle = run_variable(run, thread, insn);
    *handle = handle_make(run, thread, insn, child->object);
    struct gen_event *event = run_event(run, thread, GEN_THREAD_CREATE);
    event->target = child->tid;
    event->entry = entry->address;
    event->context = entry->context;
    event->stack = entry->stack;
    event->is_suspended = true;
    event->handle = handle->raw;
    event->hsid = handle->hsid;
    run_put(run, thread);
    step_end(run, thread, insn->op, GEN_SUCCESS);
}

static void do_resume(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    const struct gen_handle *handle = run_variable(run, thread, insn);
    step_begin(run, thread, insn, handle->raw, NULL);
    run_make_ready(run, &run->threads[run->objects[handle->object].thread]);
    step_end(run, thread, insn->op, GEN_SUCCESS);
}

static void do_exit(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    if (insn->op)
        step_begin(run, thread, insn, 0, NULL);
    thread->state = THREAD_DONE;
    if (thread->slot != 0) {
        run->objects[thread->object].count = 1;
        wake(run, thread, thread->object, (struct gen_handle){0});
        object_unused(run, thread->object);
    }
    run_event(run, thread, GEN_THREAD_EXIT);
    run_put(run, thread);
}

void run_kernel(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    switch (insn->code) {
    case CODE_PLAIN:
        step_begin(run, thread, insn, 0, NULL);
        step_end(run, thread, insn->op, GEN_SUCCESS);
        break;
    case CODE_QUERY:
        step_begin(run, thread, insn, 0, thread->path);
        step_end(run, thread, insn->op, thread->status);
        break;
    case CODE_ENTER:
        do_enter(run, thread, insn);
        break;
    case CODE_LEAVE:
        do_leave(run, thread, insn);
        break;
    case CODE_CREATE:
    case CODE_OPEN:
        do_create(run, thread, insn);
        break;
    case CODE_DUPLICATE:
        do_duplicate(run, thread, insn);
        break;
    case CODE_CLOSE:
        do_close(run, thread, insn);
        break;
    case CODE_SIGNAL:
        do_signal(run, thread, insn);
        break;
    case CODE_POLL:
        do_poll(run, thread, insn);
        break;
    case CODE_WAIT:
    case CODE_WAIT_TIMED:
        do_wait(run, thread, insn);
        break;
    case CODE_SPAWN:
        do_spawn(run, thread, insn);
        break;
    case CODE_RESUME:
        do_resume(run, thread, insn);
        break;
    case CODE_EXIT:
        do_exit(run, thread, insn);
        break;
    }
}
