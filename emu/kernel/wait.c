/* SPDX-License-Identifier: BSD-3-Clause
 * Waits as data. A waiting thread's record holds a node for each of its objects; an object's nodes form its list of
 * waiters, in order of arrival. While a waiting thread is suspended its nodes are out of those lists (on NT the
 * suspending APC takes the thread out of its wait and resuming files it anew, behind the others). */
#include "emu/kernel/wait.h"

#include "emu/kernel/heap.h"
#include "emu/kernel/queue.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/timer.h"
#include "emu/memory/memory.h"

s32 signal_get(struct engine *e, const struct object *object)
{
    return (s32)memory_get32(e, object->guest + 4);
}

void signal_set(struct engine *e, const struct object *object, s32 state)
{
    memory_set32(e, object->guest + 4, (u32)state);
}

static struct wait_node *node_at(struct machine *m, u32 number)
{
    number--;
    return &m->threads[number / WAIT_OBJECTS_MAX].wait.node[number % WAIT_OBJECTS_MAX];
}

static struct thread *thread_of_node(struct machine *m, u32 number)
{
    return &m->threads[(number - 1) / WAIT_OBJECTS_MAX];
}

static struct object *object_of(struct machine *m, const struct wait *wait, u32 i)
{
    return &m->objects[wait->node[i].object];
}

static void link_nodes(struct machine *m, struct thread *thread)
{
    struct wait *wait = &thread->wait;
    for (u32 i = 0; i < wait->count; i++) {
        struct object *object = object_of(m, wait, i);
        u32 number = thread_slot(m, thread) * WAIT_OBJECTS_MAX + i + 1;
        wait->node[i].next = 0;
        wait->node[i].previous = object->last_waiter;
        if (object->last_waiter)
            node_at(m, object->last_waiter)->next = number;
        else
            object->first_waiter = number;
        object->last_waiter = number;
    }
}

static void unlink_nodes(struct machine *m, struct thread *thread)
{
    struct wait *wait = &thread->wait;
    for (u32 i = 0; i < wait->count; i++) {
        struct wait_node *node = &wait->node[i];
        struct object *object = object_of(m, wait, i);
        if (node->previous)
            node_at(m, node->previous)->next = node->next;
        else
            object->first_waiter = node->next;
        if (node->next)
            node_at(m, node->next)->previous = node->previous;
        else
            object->last_waiter = node->previous;
        node->next = 0;
        node->previous = 0;
    }
}

static bool is_signaled(struct engine *e, const struct object *object, const struct thread *thread)
{
    if (!object->guest)
        return true; /* a file: its operations are over when the call that began them returns */
    if (object->type == OBJECT_MUTANT && object->owner == thread->id)
        return true;
    return queue_is(object) ? queue_is_open(e, object) : signal_get(e, object) > 0;
}

static u32 take_mutant(struct engine *e, struct object *object, const struct thread *thread)
{
    s32 state = signal_get(e, object) - 1;
    signal_set(e, object, state);
    if (state != 0)
        return 0;
    object->owner = thread->id;
    memory_set32(e, object->guest + MUTANT_OWNER, thread->kthread);
    bool abandoned = memory_get8(e, object->guest + MUTANT_ABANDONED) != 0;
    memory_set8(e, object->guest + MUTANT_ABANDONED, 0);
    return abandoned ? STATUS_ABANDONED_WAIT_0 : 0;
}

static void note_taken(struct engine *e, struct object *object, const struct thread *thread)
{
    struct act *act = &object->undone;
    *act = (struct act){engine_time(e), thread->id, (u32)thread->cpu.lr, 0, act->count + 1};
}

/* What satisfying a wait does to the object; the result is or-ed into the status. */
static u32 consume(struct engine *e, struct object *object, const struct thread *thread)
{
    switch (object->type) {
    case OBJECT_CRITICAL_SECTION:
        signal_set(e, object, 0);
        memory_set32(e, object->guest + SECTION_OWNER, thread->kthread);
        memory_set32(e, object->guest + SECTION_RECURSION, 1);
        return 0;
    case OBJECT_MUTANT:
        return take_mutant(e, object, thread);
    case OBJECT_QUEUE:
    case OBJECT_IO_COMPLETION:
        return queue_take(e, object); /* in place of a status */
    case OBJECT_SEMAPHORE:
        signal_set(e, object, signal_get(e, object) - 1);
        note_taken(e, object, thread);
        return 0;
    case OBJECT_EVENT:
    case OBJECT_TIMER:
        if ((memory_get8(e, object->guest) & 7) != HEADER_EVENT_AUTO)
            return 0;
        signal_set(e, object, 0);
        if (object->type == OBJECT_EVENT)
            note_taken(e, object, thread);
        return 0;
    default:
        return 0;
    }
}

static bool try_all(struct engine *e, struct thread *thread, struct object *const *objects, u32 count, u32 *status)
{
    for (u32 i = 0; i < count; i++) {
        if (!is_signaled(e, objects[i], thread))
            return false;
    }
    *status = 0;
    for (u32 i = 0; i < count; i++)
        *status |= consume(e, objects[i], thread);
    return true;
}

static bool try_any(struct engine *e, struct thread *thread, struct object *const *objects, u32 count, u32 *status)
{
    for (u32 i = 0; i < count; i++) {
        if (!is_signaled(e, objects[i], thread))
            continue;
        *status = consume(e, objects[i], thread) | i;
        return true;
    }
    return false;
}

static bool try_wait(struct engine *e, struct thread *thread, struct object *const *objects, u32 count, bool all,
                     u32 *status)
{
    if (count == 0)
        return false;
    return all ? try_all(e, thread, objects, count, status) : try_any(e, thread, objects, count, status);
}

static u32 result_of(struct engine *e, const struct thread *thread, u32 action, u32 argument0, u32 status)
{
    switch (action) {
    case WAIT_DELAY:
        return status == STATUS_TIMEOUT ? STATUS_SUCCESS : status;
    case WAIT_RESULT:
        return argument0;
    case WAIT_CRITICAL_SECTION:
        return STATUS_SUCCESS;
    case WAIT_COMPLETION:
        return status >= HEAP_BIG_LOW ? completion_take(e, thread, status) : status;
    default:
        return status;
    }
}

static void emit_begin(struct kcall *k, const struct wait_request *request)
{
    struct event event = event_begin(k->e, EVENT_wait_begin, k->thread->id);
    event.op = k->op;
    event.lr = k->lr;
    event.v[F_wait_begin_count] = request->count;
    event.v[F_wait_begin_all] = request->all;
    event.v[F_wait_begin_alertable] = request->alertable;
    event.v[F_wait_begin_deadline] = request->deadline;
    for (u32 i = 0; i < request->count && i < 4; i++)
        event.v[F_wait_begin_object0 + i] = request->objects[i]->hsid;
    event_emit(k->e, &event);
}

static void emit_end(struct engine *e, const struct thread *thread, u32 status, const struct object *object)
{
    struct event event = event_begin(e, EVENT_wait_end, thread->id);
    event.op = thread->wait.op;
    event.lr = thread->wait.lr;
    event.v[F_wait_end_status] = status;
    event.v[F_wait_end_since] = thread->wait.since;
    if (object) {
        event.v[F_wait_end_object] = object->hsid;
        event.v[F_wait_end_waker] = object->signal_thread;
        event.v[F_wait_end_waker_lr] = object->signal_lr;
    }
    event_emit(e, &event);
}

static void block(struct kcall *k, const struct wait_request *request)
{
    struct engine *e = k->e;
    struct thread *thread = k->thread;
    struct wait *wait = &thread->wait;
    emit_begin(k, request);
    wait->since = engine_time(e);
    wait->deadline = request->deadline;
    wait->order = ++k->m->timer_order;
    wait->count = request->count;
    wait->all = request->all;
    wait->alertable = request->alertable;
    wait->user_mode = request->user_mode;
    wait->action = (u8)request->action;
    wait->argument0 = request->argument0;
    wait->argument1 = request->argument1;
    wait->op = k->op;
    wait->lr = k->lr;
    for (u32 i = 0; i < request->count; i++) {
        object_reference(e, request->objects[i]);
        wait->node[i].object = object_slot(k->m, request->objects[i]);
    }
    link_nodes(k->m, thread);
    sched_unready(e, thread);
    thread->state = THREAD_WAITING;
    if (wait->deadline != TICKS_NEVER)
        sched_deadline(e, wait->deadline);
    k->blocked = true;
    if (!request->count || !queue_is(request->objects[0]))
        queue_on_block(e, k, thread);
}

/* Which alert ends an alertable wait; it is used up. One of kernel mode comes after user APCs. */
static bool take_alert(struct thread *thread, bool user_mode, bool after_apcs)
{
    u32 bit = user_mode && !after_apcs ? ALERT_USER : ALERT_KERNEL;
    bool alerted = thread->alerted & bit;
    thread->alerted &= ~bit;
    return alerted;
}

/* A user APC is waiting for just such a wait: it is delivered, and the wait is over. */
static u64 interrupt_at_once(struct kcall *k, const struct wait_request *request)
{
    u64 result =
        callback_tell_return(k, result_of(k->e, k->thread, request->action, request->argument0, STATUS_USER_APC));
    k->no_return = apc_deliver(k->e, k->thread, result);
    return result;
}

static bool is_at_limit(struct engine *e, const struct object *object, const struct thread *thread)
{
    return object->type == OBJECT_MUTANT && object->owner == thread->id && signal_get(e, object) == INT32_MIN;
}

static bool has_twins(const struct wait_request *request)
{
    for (u32 i = 0; i < request->count; i++) {
        for (u32 j = 0; j < i; j++) {
            if (request->objects[i] == request->objects[j])
                return true;
        }
    }
    return false;
}

/* Waiting for all of a list that names an object twice is refused, as on NT: it could never be satisfied as a whole. */
u64 wait_file(struct kcall *k, const struct wait_request *request)
{
    CHECK(request->count <= WAIT_OBJECTS_MAX, "a wait for %u objects", request->count);
    if (request->all && has_twins(request))
        return STATUS_INVALID_PARAMETER_MIX;
    for (u32 i = 0; i < request->count; i++) {
        if (is_at_limit(k->e, request->objects[i], k->thread))
            return STATUS_MUTANT_LIMIT_EXCEEDED;
    }
    u32 status;
    if (try_wait(k->e, k->thread, request->objects, request->count, request->all, &status))
        return result_of(k->e, k->thread, request->action, request->argument0, status);
    if (request->alertable && take_alert(k->thread, request->user_mode, false))
        return STATUS_ALERTED;
    if (request->alertable && request->user_mode && apc_is_user_pending(k->m, k->thread))
        return interrupt_at_once(k, request);
    if (request->alertable && take_alert(k->thread, request->user_mode, true))
        return STATUS_ALERTED;
    if (request->deadline <= engine_time(k->e))
        return result_of(k->e, k->thread, request->action, request->argument0, STATUS_TIMEOUT);
    block(k, request);
    return 0;
}

u64 wait_result_after(struct kcall *k, u64 ticks, u32 result)
{
    struct wait_request request = {
        .deadline = engine_time(k->e) + ticks,
        .action = WAIT_RESULT,
        .argument0 = result,
    };
    return wait_file(k, &request);
}

/* Takes the wait's record away, and the references it held. */
static void clear(struct engine *e, struct thread *thread, bool linked)
{
    struct wait *wait = &thread->wait;
    if (linked)
        unlink_nodes(e->m, thread);
    for (u32 i = 0; i < wait->count; i++)
        object_release(e, object_of(e->m, wait, i));
    memset(wait, 0, offsetof(struct wait, node) + wait->count * sizeof wait->node[0]);
}

static void finish(struct engine *e, struct thread *thread, u32 status, const struct object *object, bool linked)
{
    emit_end(e, thread, status, object);
    u64 result = kcall_return(e, thread, result_of(e, thread, thread->wait.action, thread->wait.argument0, status));
    clear(e, thread, linked);
    queue_on_wake(e, thread);
    thread->ready_at = engine_time(e);
    thread->state = THREAD_SUSPENDED;
    sched_ready(e, thread);
    if (status == STATUS_USER_APC)
        apc_deliver(e, thread, result);
    else
        apc_deliver_kernel(e, thread, result);
}

/* The node's thread waits and its object was signalled: may it go on? Then the objects are consumed. */
static bool satisfy(struct engine *e, u32 number, u32 *status)
{
    struct machine *m = e->m;
    struct thread *thread = thread_of_node(m, number);
    struct object *object = &m->objects[node_at(m, number)->object];
    if (!thread->wait.all) {
        if (!is_signaled(e, object, thread))
            return false;
        *status = consume(e, object, thread) | ((number - 1) % WAIT_OBJECTS_MAX);
        return true;
    }
    struct object *objects[WAIT_OBJECTS_MAX];
    for (u32 i = 0; i < thread->wait.count; i++)
        objects[i] = object_of(m, &thread->wait, i);
    return try_all(e, thread, objects, thread->wait.count, status);
}

static void note_signaller(struct engine *e, const struct kcall *k, struct object *object)
{
    object->signal_time = engine_time(e);
    object->signal_thread = k ? k->thread->id : 0;
    object->signal_lr = k ? k->lr : 0;
    object->signal_op = k ? k->op : 0;
    object->signal_woke = 0;
}

void wait_signal(struct engine *e, const struct kcall *k, struct object *object)
{
    struct machine *m = e->m;
    note_signaller(e, k, object);
    object_reference(e, object);
    bool last_first = queue_is(object);
    u32 number = last_first ? object->last_waiter : object->first_waiter;
    while (number) {
        u32 status;
        if (satisfy(e, number, &status)) {
            object->signal_woke++;
            finish(e, thread_of_node(m, number), status, object, true);
            number = last_first ? object->last_waiter : object->first_waiter;
        } else {
            number = last_first ? node_at(m, number)->previous : node_at(m, number)->next;
        }
    }
    object_release(e, object);
}

void wait_abort(struct engine *e, struct thread *thread, u32 status)
{
    CHECK(thread->state == THREAD_WAITING && !thread->suspend_count, "thread %u does not wait", thread->id);
    finish(e, thread, status, NULL, true);
}

void wait_forget_interrupted(struct engine *e, struct thread *thread)
{
    for (u32 i = 0; i < thread->interrupted.count; i++)
        object_release(e, object_of(e->m, &thread->interrupted, i));
    memset(&thread->interrupted, 0, sizeof thread->interrupted);
    thread->interrupted_depth = 0;
}

void wait_drop(struct engine *e, struct thread *thread)
{
    if (thread->state == THREAD_WAITING) {
        clear(e, thread, thread->suspend_count == 0);
        thread->state = THREAD_SUSPENDED;
    }
    wait_forget_interrupted(e, thread);
}

void wait_park(struct engine *e, struct thread *thread)
{
    unlink_nodes(e->m, thread);
}

void wait_resume(struct engine *e, struct thread *thread)
{
    struct wait *wait = &thread->wait;
    struct object *objects[WAIT_OBJECTS_MAX];
    for (u32 i = 0; i < wait->count; i++)
        objects[i] = object_of(e->m, wait, i);
    u32 status;
    if (try_wait(e, thread, objects, wait->count, wait->all, &status)) {
        finish(e, thread, status, wait->all ? NULL : objects[status & 0x3F], false);
    } else if (wait->alertable && take_alert(thread, wait->user_mode, false)) {
        finish(e, thread, STATUS_ALERTED, NULL, false);
    } else if (wait->alertable && wait->user_mode && apc_is_user_pending(e->m, thread)) {
        finish(e, thread, STATUS_USER_APC, NULL, false);
    } else if (wait->alertable && take_alert(thread, wait->user_mode, true)) {
        finish(e, thread, STATUS_ALERTED, NULL, false);
    } else if (wait->deadline <= engine_time(e)) {
        finish(e, thread, STATUS_TIMEOUT, NULL, false);
    } else {
        link_nodes(e->m, thread);
        if (wait->deadline != TICKS_NEVER)
            sched_deadline(e, wait->deadline);
        wait_interrupt(e, thread);
    }
}

void wait_interrupt(struct engine *e, struct thread *thread)
{
    struct wait *wait = &thread->wait;
    if (thread->interrupted_depth || !apc_is_kernel_due(e, thread))
        return;
    unlink_nodes(e->m, thread);
    thread->interrupted = *wait;
    memset(wait, 0, sizeof *wait);
    thread->interrupted_depth = thread->in_callback + 1;
    thread->state = THREAD_SUSPENDED;
    thread->ready_at = engine_time(e);
    sched_ready(e, thread);
    queue_on_wake(e, thread);
    apc_deliver_kernel(e, thread, thread->cpu.r[3]);
}

bool wait_on_return(struct engine *e, struct thread *thread)
{
    if (!thread->interrupted_depth || thread->interrupted_depth != thread->in_callback + 1)
        return false;
    if (apc_deliver_kernel(e, thread, thread->cpu.r[3]))
        return true;
    struct kcall k = {.e = e, .m = e->m, .thread = thread, .slot = thread_slot(e->m, thread)};
    thread->wait = thread->interrupted;
    memset(&thread->interrupted, 0, sizeof thread->interrupted);
    thread->interrupted_depth = 0;
    sched_unready(e, thread);
    thread->state = THREAD_WAITING;
    queue_on_block(e, &k, thread);
    wait_resume(e, thread);
    return true;
}

/* The next thing that is due: a thread's time-out or a timer. */
struct due {
    u64 tick;
    u64 order;
    struct thread *thread;
    struct object *timer;
};

static bool is_sooner(u64 tick, u64 order, const struct due *due)
{
    return tick < due->tick || (tick == due->tick && order < due->order);
}

static struct due find_due(struct machine *m)
{
    struct due due = {TICKS_NEVER, 0, NULL, NULL};
    for (u32 slot = 1; slot <= m->thread_pool.high; slot++) {
        struct thread *thread = &m->threads[slot];
        if (thread->state != THREAD_WAITING || thread->suspend_count)
            continue;
        if (is_sooner(thread->wait.deadline, thread->wait.order, &due))
            due = (struct due){thread->wait.deadline, thread->wait.order, thread, NULL};
    }
    for (u32 slot = 1; slot <= m->object_pool.high; slot++) {
        struct object *timer = &m->objects[slot];
        if (timer->due && is_sooner(timer->due, timer->timer_order, &due))
            due = (struct due){timer->due, timer->timer_order, NULL, timer};
    }
    return due;
}

void wait_expire(struct engine *e)
{
    struct machine *m = e->m;
    if (m->next_deadline > m->tick)
        return;
    struct due due = find_due(m);
    while (due.tick <= m->tick) {
        if (due.timer)
            timer_expire(e, due.timer);
        else
            wait_abort(e, due.thread, STATUS_TIMEOUT);
        due = find_due(m);
    }
    m->next_deadline = due.tick;
}

/* Sum and product that stop at "never". */
static u64 later(u64 tick, u64 units)
{
    u64 ticks;
    if (__builtin_mul_overflow(units, 5, &ticks) || __builtin_add_overflow(tick, ticks, &tick))
        return TICKS_NEVER;
    return tick;
}

u64 wait_deadline_from(struct engine *e, s64 timeout)
{
    if (timeout < 0)
        return later(engine_time(e), -(u64)timeout);
    if ((u64)timeout <= e->m->boot_time)
        return 0;
    return later(0, (u64)timeout - e->m->boot_time);
}

u64 wait_deadline(struct engine *e, u32 timeout_address)
{
    if (!timeout_address)
        return TICKS_NEVER;
    return wait_deadline_from(e, (s64)memory_get64(e, timeout_address));
}
