/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/kernel/queue.h"

#include "emu/kernel/ring.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

enum { ENTRY_NEXT = 0, ENTRY_PREVIOUS = 4, ENTRY_SIZE = 8 };

static s32 running(struct engine *e, const struct object *queue)
{
    return (s32)memory_get32(e, queue->guest + QUEUE_RUNNING);
}

static void count_running(struct engine *e, const struct object *queue, s32 step)
{
    memory_set32(e, queue->guest + QUEUE_RUNNING, (u32)running(e, queue) + (u32)step);
}

bool queue_initialise(struct engine *e, u32 guest, u32 most)
{
    if (!memory_is_writable(e, guest, QUEUE_SIZE) || !sync_header(e, guest, HEADER_QUEUE, 0))
        return false;
    ring_empty(e, guest + QUEUE_ENTRIES);
    ring_empty(e, guest + QUEUE_THREADS);
    memory_set32(e, guest + QUEUE_RUNNING, 0);
    memory_set32(e, guest + QUEUE_MOST, most ? most : HW_THREADS);
    return true;
}

bool queue_is_open(struct engine *e, const struct object *queue)
{
    return signal_get(e, queue) > 0 && running(e, queue) < (s32)memory_get32(e, queue->guest + QUEUE_MOST);
}

/* An entry that is out of a queue has no next. */
u32 queue_take(struct engine *e, struct object *queue)
{
    u32 list = queue->guest + QUEUE_ENTRIES, entry = memory_get32(e, list + ENTRY_NEXT);
    if (entry == list || !memory_is_writable(e, entry, ENTRY_SIZE))
        return 0;
    u32 next = memory_get32(e, entry + ENTRY_NEXT);
    memory_set32(e, list + ENTRY_NEXT, next);
    memory_set32(e, next + ENTRY_PREVIOUS, list);
    memory_set32(e, entry + ENTRY_NEXT, 0);
    signal_set(e, queue, signal_get(e, queue) - 1);
    return entry;
}

s32 queue_put(struct kcall *k, struct object *queue, u32 entry, bool head, bool *good)
{
    struct engine *e = k->e;
    s32 before = signal_get(e, queue);
    *good = memory_is_writable(e, entry, ENTRY_SIZE);
    if (!*good)
        return before;
    u32 list = queue->guest + QUEUE_ENTRIES;
    u32 previous = head ? list : memory_get32(e, list + ENTRY_PREVIOUS);
    u32 next = head ? memory_get32(e, list + ENTRY_NEXT) : list;
    memory_set32(e, entry + ENTRY_NEXT, next);
    memory_set32(e, entry + ENTRY_PREVIOUS, previous);
    memory_set32(e, previous + ENTRY_NEXT, entry);
    memory_set32(e, next + ENTRY_PREVIOUS, entry);
    signal_set(e, queue, before + 1);
    wait_signal(e, k, queue);
    return before;
}

/* The queue that a thread belongs to; NULL: none, or its memory is something else now. */
static struct object *queue_of(struct engine *e, const struct thread *thread)
{
    struct object *queue = thread->queue ? object_known_at(e, thread->queue) : NULL;
    return queue && queue_is(queue) ? queue : NULL;
}

void queue_on_block(struct engine *e, const struct kcall *k, struct thread *thread)
{
    struct object *queue = queue_of(e, thread);
    if (!queue)
        return;
    count_running(e, queue, -1);
    wait_signal(e, k, queue);
}

void queue_on_wake(struct engine *e, struct thread *thread)
{
    struct object *queue = queue_of(e, thread);
    if (queue)
        count_running(e, queue, 1);
}

u64 queue_remove(struct kcall *k, struct object *queue, u32 mode, u32 timeout, u32 action)
{
    struct thread *thread = k->thread;
    struct wait_request request = {.objects = {queue}, .count = 1, .user_mode = (mode & 0xFF) != 0, .action = action};
    object_reference(k->e, queue);
    if (thread->queue == queue->guest)
        count_running(k->e, queue, -1); /* what there is, it may take itself */
    else
        queue_on_block(k->e, k, thread);
    thread->queue = queue->guest;
    request.deadline = wait_deadline(k->e, timeout);
    u64 result = wait_file(k, &request);
    if (!k->blocked)
        queue_on_wake(k->e, thread);
    object_release(k->e, queue);
    return result;
}

u64 xboxkrnl_KeInitializeQueue(struct kcall *k)
{
    u32 guest = kcall_u32(k, 0);
    if (!queue_initialise(k->e, guest, kcall_u32(k, 1)))
        return sync_fault(k, FAULT_WRITE, guest);
    object_initialise(k->e, k, guest, OBJECT_QUEUE);
    return 0;
}

static u64 insert(struct kcall *k, bool head)
{
    struct object *queue = sync_pointer(k, kcall_u32(k, 0), OBJECT_QUEUE);
    if (!queue)
        return 0;
    bool good;
    s32 before = queue_put(k, queue, kcall_u32(k, 1), head, &good);
    return good ? (u32)before : sync_fault(k, FAULT_WRITE, kcall_u32(k, 1));
}

u64 xboxkrnl_KeInsertQueue(struct kcall *k)
{
    return insert(k, false);
}

u64 xboxkrnl_KeInsertHeadQueue(struct kcall *k)
{
    return insert(k, true);
}

u64 xboxkrnl_KeRemoveQueue(struct kcall *k)
{
    struct object *queue = sync_pointer(k, kcall_u32(k, 0), OBJECT_QUEUE);
    u32 timeout = kcall_u32(k, 2);
    if (!queue)
        return 0;
    if (timeout && !memory_is_readable(k->e, timeout, 8))
        return sync_fault(k, FAULT_READ, timeout);
    return queue_remove(k, queue, kcall_u32(k, 1), timeout, WAIT_PLAIN);
}

/* Whoever belonged to it does so no more, and its entries are the caller's: a ring without the head. */
u64 xboxkrnl_KeRundownQueue(struct kcall *k)
{
    struct engine *e = k->e;
    struct object *queue = sync_pointer(k, kcall_u32(k, 0), OBJECT_QUEUE);
    if (!queue)
        return 0;
    for (u32 slot = 1; slot <= k->m->thread_pool.high; slot++)
        if (k->m->threads[slot].queue == queue->guest)
            k->m->threads[slot].queue = 0;
    u32 list = queue->guest + QUEUE_ENTRIES, first = memory_get32(e, list + ENTRY_NEXT);
    u32 last = memory_get32(e, list + ENTRY_PREVIOUS);
    ring_empty(e, list);
    signal_set(e, queue, 0);
    memory_set32(e, queue->guest + QUEUE_RUNNING, 0);
    if (first == list)
        return 0;
    memory_set32(e, first + ENTRY_PREVIOUS, last);
    memory_set32(e, last + ENTRY_NEXT, first);
    return first;
}
