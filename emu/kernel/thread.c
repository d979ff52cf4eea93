/* SPDX-License-Identifier: BSD-3-Clause
 * Making and ending guest threads, and the structures in guest memory that describe them to titles. */
#include "emu/kernel/thread.h"

#include "emu/kernel/event.h"
#include "emu/kernel/heap.h"
#include "emu/kernel/layout.h"
#include "emu/kernel/notify.h"
#include "emu/kernel/queue.h"
#include "emu/kernel/ring.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/service.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/timer.h"
#include "emu/kernel/wait.h"
#include "emu/loader/library.h"
#include "emu/memory/memory.h"

enum {
    STACK_LOWEST = 0x4000,
    STACK_UNIT = 0x10000,
    STACK_TOP_ROOM = 0x100, /* the first function saves its link and arguments above its frame */
    TLS_SLOTS_DEFAULT = 64,
    QUANTUM = 60,
    KERNEL_STACK_OFFSET = 0xF0,
    STATE_TERMINATED = 4,
};

#define MSR_MASK 0xFDFFD7FFu

static struct thread *slot_take(struct machine *m)
{
    struct pool *pool = &m->thread_pool;
    u32 slot = pool->first_free;
    if (slot) {
        pool->first_free = m->threads[slot].next_ready;
        m->threads[slot].next_ready = 0;
        return &m->threads[slot];
    }
    return pool->high + 1 < THREADS_MAX ? &m->threads[++pool->high] : NULL;
}

static void slot_give(struct machine *m, struct thread *thread)
{
    memset(thread, 0, sizeof *thread);
    thread->next_ready = m->thread_pool.first_free;
    m->thread_pool.first_free = thread_slot(m, thread);
}

u32 thread_tls_slots(const struct machine *m)
{
    u32 slots = m->title.tls_slots ? m->title.tls_slots : TLS_SLOTS_DEFAULT;
    return slots < TLS_SLOTS ? slots : TLS_SLOTS;
}

/* The title's process structure; the first thread makes it, all others share it. */
static u32 process_of(struct engine *e)
{
    const struct machine *m = e->m;
    for (u32 slot = 1; slot <= m->thread_pool.high; slot++) {
        if (m->threads[slot].kthread)
            return memory_get32(e, m->threads[slot].kthread + KTHREAD_PROCESS);
    }
    u32 ea = heap_alloc(e, KPROCESS_SIZE);
    if (!ea)
        return 0;
    ring_empty(e, ea + KPROCESS_THREADS);
    ring_empty(e, ea + KPROCESS_LIST_54);
    memory_set32(e, ea + KPROCESS_QUANTUM, QUANTUM);
    memory_set8(e, ea + KPROCESS_PRIORITY_CLASS, PRIORITY_LOWEST);
    memory_set8(e, ea + KPROCESS_PRIORITY_DEFAULT, PRIORITY_DEFAULT);
    memory_set8(e, ea + KPROCESS_PRIORITY_MAX, PRIORITY_HIGHEST);
    memory_set8(e, ea + KPROCESS_QUANTUM_DECAY, 6);
    memory_set32(e, ea + KPROCESS_STACK_SIZE, m->title.stack_size);
    memory_set32(e, ea + KPROCESS_TLS_DATA, m->title.tls_data);
    memory_set32(e, ea + KPROCESS_TLS_DATA_SIZE, m->title.tls_data_size);
    memory_set32(e, ea + KPROCESS_TLS_RAW_SIZE, m->title.tls_raw_size);
    memory_set16(e, ea + KPROCESS_TLS_SLOTS_SIZE, (u16)(thread_tls_slots(m) * 4));
    memory_set8(e, ea + KPROCESS_TYPE, PROCESS_TITLE);
    return ea;
}

/* TLS: dynamic slots lie below the address that the PCR gives, slot 0 next to it; the static data begins there. */
static u32 tls_offset(const struct machine *m)
{
    return (thread_tls_slots(m) * 4 + 15) & ~15u;
}

static bool make_tls(struct engine *e, struct thread *thread)
{
    const struct title *title = &e->m->title;
    u32 block = heap_alloc(e, tls_offset(e->m) + title->tls_data_size + 16);
    if (!block)
        return false;
    thread->tls = block + tls_offset(e->m);
    u8 bytes[256];
    u32 raw = title->tls_raw_size < title->tls_data_size ? title->tls_raw_size : title->tls_data_size;
    for (u32 done = 0; done < raw;) {
        u32 part = raw - done < sizeof bytes ? raw - done : (u32)sizeof bytes;
        if (!memory_read(e, title->tls_data + done, bytes, part))
            break;
        memory_write(e, thread->tls + done, bytes, part);
        done += part;
    }
    return true;
}

static void fill_pcr(struct engine *e, const struct thread *thread)
{
    u32 pcr = thread->pcr;
    memory_set32(e, pcr + PCR_TLS, thread->tls);
    memory_set32(e, pcr + PCR_MSR_MASK, MSR_MASK);
    memory_set64(e, pcr + PCR_SELF, pcr);
    memory_set32(e, pcr + PCR_STACK_BASE, thread->stack_base);
    memory_set32(e, pcr + PCR_STACK_LIMIT, thread->stack_limit);
    memory_set32(e, pcr + PCR_THREAD, thread->kthread);
    memory_set32(e, pcr + PCR_PRCB, pcr + PCR_THREAD);
}

static void fill_kthread(struct engine *e, const struct thread *thread, u32 process)
{
    u32 ea = thread->kthread;
    static const u32 lists[] = {KTHREAD_MUTANTS,      KTHREAD_APCS_KERNEL, KTHREAD_APCS_USER,
                                KTHREAD_PROCESS_LIST, KTHREAD_TIMERS,      KTHREAD_LIST_154};
    sync_header(e, ea, HEADER_THREAD, 0);
    for (u32 i = 0; i < countof(lists); i++)
        ring_empty(e, ea + lists[i]);
    memory_set32(e, ea + KTHREAD_STACK_BASE, thread->stack_base);
    memory_set32(e, ea + KTHREAD_STACK_LIMIT, thread->stack_limit);
    memory_set32(e, ea + KTHREAD_STACK_KERNEL, thread->stack_base - KERNEL_STACK_OFFSET);
    memory_set32(e, ea + KTHREAD_STACK_ALLOCATION, thread->stack_base);
    memory_set32(e, ea + KTHREAD_TLS, thread->tls);
    memory_set8(e, ea + KTHREAD_STATE, 2);
    memory_set8(e, ea + KTHREAD_PROCESS_TYPE_0, PROCESS_TITLE);
    memory_set8(e, ea + KTHREAD_PROCESS_TYPE, PROCESS_TITLE);
    memory_set32(e, ea + KTHREAD_PROCESS, process);
    memory_set8(e, ea + KTHREAD_MAY_QUEUE_APCS, 1);
    memory_set32(e, ea + KTHREAD_MSR_MASK, MSR_MASK);
    memory_set32(e, ea + KTHREAD_QUANTUM, QUANTUM);
    memory_set32(e, ea + KTHREAD_PRCB, thread->pcr + PCR_THREAD);
    memory_set32(e, ea + KTHREAD_PRCB_2, thread->pcr + PCR_THREAD);
    memory_set8(e, ea + KTHREAD_PRIORITY_CLASS, PRIORITY_LOWEST);
    memory_set8(e, ea + KTHREAD_PRIORITY_DEFAULT, PRIORITY_DEFAULT);
    memory_set8(e, ea + KTHREAD_PRIORITY_MAX, PRIORITY_HIGHEST);
    memory_set64(e, ea + KTHREAD_CREATE_TIME, e->m->boot_time + FILETIME_PER_TICK(thread->created));
    memory_set32(e, ea + KTHREAD_ID, thread->id);
    memory_set32(e, ea + KTHREAD_START, thread->entry);
    memory_set32(e, ea + KTHREAD_FLAGS, thread->create_flags);
}

void thread_show(struct engine *e, const struct thread *thread)
{
    memory_set8(e, thread->pcr + PCR_IRQL, (u8)thread->irql);
    memory_set8(e, thread->pcr + PCR_CPU, thread->hw);
    memory_set32(e, thread->pcr + PCR_CPU_MASK, 1u << thread->hw);
    memory_set8(e, thread->kthread + KTHREAD_CPU, thread->hw);
    memory_set8(e, thread->kthread + KTHREAD_PRIORITY, thread->priority);
    memory_set8(e, thread->kthread + KTHREAD_BASE_PRIORITY, thread->base_priority);
    memory_set8(e, thread->kthread + KTHREAD_SUSPEND_COUNT, (u8)thread->suspend_count);
}

static void free_memory(struct engine *e, struct thread *thread)
{
    if (thread->own_stack)
        stack_free(e, thread->own_stack);
    if (thread->tls)
        heap_free(e, thread->tls - tls_offset(e->m));
    if (thread->pcr)
        heap_free(e, thread->pcr);
    thread->tls = 0;
    thread->pcr = 0;
}

static bool make_memory(struct engine *e, struct thread *thread, u32 size)
{
    if (size == 0)
        size = e->m->title.stack_size;
    if (size < STACK_LOWEST)
        size = STACK_LOWEST;
    if (size > UINT32_MAX - STACK_UNIT)
        return false;
    size = (size + STACK_UNIT - 1) & ~(u32)(STACK_UNIT - 1);
    thread->pcr = heap_alloc(e, PCR_SIZE);
    thread->stack_base = thread->pcr ? stack_alloc(e, size) : 0;
    thread->stack_limit = thread->stack_base - size;
    thread->own_stack = thread->stack_base;
    return thread->stack_base && make_tls(e, thread);
}

static void set_registers(struct engine *e, struct thread *thread, const struct thread_request *request)
{
    struct ppc *c = &thread->cpu;
    cpu_reset(c);
    c->r[1] = thread->stack_base - STACK_TOP_ROOM;
    c->r[3] = request->r3;
    c->r[4] = request->r4;
    c->r[13] = thread->pcr;
    c->lr = e->m->return_pc;
    c->pc = request->start_pc;
    memory_set32(e, (u32)c->r[1], 0);
}

static void emit_create(struct engine *e, const struct kcall *k, const struct thread *thread, u32 stack_size)
{
    struct event event = event_begin(e, EVENT_thread_create, k ? k->thread->id : 0);
    event.op = k ? k->op : 0;
    event.lr = k ? k->lr : 0;
    event.v[F_thread_create_child] = thread->id;
    event.v[F_thread_create_entry] = thread->entry;
    event.v[F_thread_create_context] = thread->context;
    event.v[F_thread_create_stack] = stack_size;
    event.v[F_thread_create_flags] = thread->create_flags;
    event.v[F_thread_create_lineage] = thread->lineage;
    event.v[F_thread_create_ordinal] = thread->spawn_ordinal;
    event.v[F_thread_create_hsid] = e->m->objects[thread->object].hsid;
    event_emit(e, &event);
}

static void set_identity(struct engine *e, const struct kcall *k, struct thread *thread,
                         const struct thread_request *request)
{
    struct machine *m = e->m;
    if (m->next_thread_id == 0)
        m->next_thread_id = 1;
    thread->id = m->next_thread_id++;
    thread->created = engine_time(e);
    thread->entry = request->entry;
    thread->start_pc = request->start_pc;
    thread->context = request->context;
    thread->create_flags = request->flags;
    thread->parent = k ? k->thread->id : 0;
    thread->spawn_lr = k ? k->lr : 0;
    thread->lineage = request->lineage;
    if (!thread->lineage)
        thread->lineage = identity_thread(e, k ? k->thread : NULL, request->entry, &thread->spawn_ordinal);
}

/* Without a mask a thread runs where its creator does. */
static void set_place(struct engine *e, const struct kcall *k, struct thread *thread,
                      const struct thread_request *request)
{
    u32 mask = (request->flags >> 24) & ((1u << HW_THREADS) - 1);
    if (!mask)
        mask = 1u << (k ? k->thread->hw : 0);
    thread->base_priority = (u8)(request->priority ? request->priority : PRIORITY_DEFAULT);
    sched_set_priority(e, thread, thread->base_priority);
    sched_set_affinity(e, thread, mask);
    thread->ready_at = thread->created;
}

struct thread *thread_create(struct engine *e, const struct kcall *k, const struct thread_request *request)
{
    struct machine *m = e->m;
    u32 process = process_of(e);
    struct thread *thread = process ? slot_take(m) : NULL;
    if (!thread)
        return NULL;
    struct object *object = object_create(e, k, OBJECT_THREAD, KTHREAD_SIZE);
    if (!object || !make_memory(e, thread, request->stack_size)) {
        free_memory(e, thread);
        slot_give(m, thread);
        if (object) {
            object->type = OBJECT_OTHER; /* there is no thread to forget */
            object_release(e, object);
        }
        return NULL;
    }
    object->body = thread_slot(m, thread);
    thread->object = object_slot(m, object);
    thread->kthread = object->guest;
    thread->state = THREAD_SUSPENDED;
    set_identity(e, k, thread, request);
    set_registers(e, thread, request);
    fill_pcr(e, thread);
    fill_kthread(e, thread, process);
    set_place(e, k, thread, request);
    thread->suspend_count = request->flags & 1;
    thread_show(e, thread);
    m->threads_alive++;
    emit_create(e, k, thread, request->stack_size);
    if (!thread->suspend_count)
        sched_ready(e, thread);
    return thread;
}

static void emit_exit(struct engine *e, const struct thread *thread)
{
    struct event event = event_begin(e, EVENT_thread_exit, thread->id);
    event.v[F_thread_exit_code] = thread->exit_code;
    event_emit(e, &event);
}

/* The signal is the ending thread's own, made from nowhere in its code. */
static struct kcall own_call(struct engine *e, struct thread *thread)
{
    return (struct kcall){.e = e, .m = e->m, .thread = thread, .slot = thread_slot(e->m, thread)};
}

/* The first thread's end is the title's, unless another thread ends the title: then it is that one's. */
static bool ends_title(const struct machine *m, u32 slot)
{
    return slot == (m->title_ending ? m->title_ending : m->title_thread);
}

void thread_terminate(struct engine *e, struct thread *thread, u32 exit_code)
{
    struct machine *m = e->m;
    struct object *object = &m->objects[thread->object];
    struct kcall k = own_call(e, thread);
    if (thread->state != THREAD_WAITING)
        queue_on_block(e, &k, thread);
    thread->queue = 0;
    if (thread->state == THREAD_READY)
        sched_unready(e, thread);
    wait_drop(e, thread);
    thread->state = THREAD_TERMINATED;
    thread->exit_code = exit_code;
    thread->exited = engine_time(e);
    emit_exit(e, thread);
    apc_flush(e, thread);
    timer_forget_thread(e, thread->id);
    mutant_forget_thread(e, &k, thread);
    memory_set8(e, thread->kthread + KTHREAD_STATE, STATE_TERMINATED);
    memory_set8(e, thread->kthread + KTHREAD_TERMINATED, 1);
    memory_set32(e, thread->kthread + KTHREAD_EXIT_STATUS, exit_code);
    memory_set64(e, thread->kthread + KTHREAD_EXIT_TIME, m->boot_time + FILETIME_PER_TICK(thread->exited));
    signal_set(e, object, 1);
    wait_signal(e, &k, object);
    free_memory(e, thread);
    if (!service_forget(e, thread))
        m->threads_alive--;
    bool is_last = m->threads_alive == 0 || ends_title(m, thread_slot(m, thread));
    object_release(e, object);
    if (is_last)
        machine_end(e, notify_end_reason(m), exit_code);
}

void thread_forget(struct engine *e, struct object *object)
{
    struct thread *thread = &e->m->threads[object->body];
    CHECK(thread->state == THREAD_TERMINATED, "thread %u is forgotten in state %u", thread->id, thread->state);
    slot_give(e->m, thread);
}

u32 thread_suspend(struct engine *e, struct thread *thread)
{
    u32 previous = thread->suspend_count++;
    if (previous == 0 && thread->state == THREAD_READY)
        sched_unready(e, thread);
    else if (previous == 0 && thread->state == THREAD_WAITING)
        wait_park(e, thread);
    thread_show(e, thread);
    return previous;
}

u32 thread_resume(struct engine *e, struct thread *thread)
{
    u32 previous = thread->suspend_count;
    if (previous == 0)
        return 0;
    thread->suspend_count--;
    thread_show(e, thread);
    if (previous == 1 && thread->state == THREAD_WAITING) {
        wait_resume(e, thread);
    } else if (previous == 1 && thread->state == THREAD_SUSPENDED) {
        thread->ready_at = engine_time(e);
        sched_ready(e, thread);
        apc_deliver_kernel(e, thread, thread->cpu.r[3]);
    }
    return previous;
}

struct thread *thread_by_id(struct engine *e, u32 id)
{
    for (u32 slot = 1; id && slot <= e->m->thread_pool.high; slot++) {
        if (e->m->threads[slot].id == id)
            return &e->m->threads[slot];
    }
    return NULL;
}

/* What is left to be done when a thread ends by its own doing. */
enum leaving { LEAVE_LIBRARIES, LEAVE_NOTIFY, LEAVE_TITLE, LEAVE_RUN_DOWN };

/* True: the title is called, and the thread's end goes on when it returns. */
static bool leave(struct engine *e, struct thread *thread, u32 exit_code)
{
    switch (thread->leaving) {
    case LEAVE_LIBRARIES:
        thread->leaving = LEAVE_NOTIFY;
        return library_tell_end(e, thread, exit_code);
    case LEAVE_NOTIFY:
        thread->leaving = LEAVE_TITLE;
        return notify_push(e, thread, NOTIFY_THREAD, thread->kthread, false, exit_code);
    case LEAVE_TITLE:
        thread->leaving = LEAVE_RUN_DOWN;
        memory_set8(e, thread->kthread + KTHREAD_MAY_QUEUE_APCS, 0);
        if (thread_slot(e->m, thread) != e->m->title_thread || e->m->title_ending)
            return false;
        e->m->title_ending = thread_slot(e->m, thread);
        return notify_push(e, thread, NOTIFY_TITLE_END, 0, 0, exit_code);
    default:
        return apc_run_down(e, thread, exit_code);
    }
}

/* Behind whatever is called stands what a start routine returns to. */
void thread_exit(struct engine *e, struct thread *thread, u32 exit_code)
{
    bool is_last = false;
    while (!is_last) {
        is_last = thread->leaving == LEAVE_RUN_DOWN;
        thread->cpu.pc = e->m->return_pc;
        thread->cpu.block_left = 0;
        if (leave(e, thread, exit_code) || thread->cpu.stop == CPU_FAULT)
            return;
    }
    thread_terminate(e, thread, exit_code);
}

void thread_on_return(struct engine *e, struct thread *thread)
{
    thread_exit(e, thread, (u32)thread->cpu.r[3]);
}
