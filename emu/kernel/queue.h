/* SPDX-License-Identifier: BSD-3-Clause
 * Queues (KQUEUE): entries that threads wait for, of whom only so many run at once. A thread that took an entry belongs
 * to the queue until it takes one from another; while it is blocked elsewhere the next may go on. Its entries are in
 * order, its waiters last come, first served. I/O completion ports are queues of packets.
 *     header type 4, signal state: entries; +10 list of entries  +18 running  +1C at most  +20 list of threads */
#ifndef EMU_KERNEL_QUEUE_H
#define EMU_KERNEL_QUEUE_H

#include "emu/kernel/object.h"

enum { QUEUE_ENTRIES = 0x10, QUEUE_RUNNING = 0x18, QUEUE_MOST = 0x1C, QUEUE_THREADS = 0x20, QUEUE_SIZE = 0x28 };

static inline bool queue_is(const struct object *object)
{
    return object->type == OBJECT_QUEUE || object->type == OBJECT_IO_COMPLETION;
}

/* most 0: as many as there are hardware threads. False: not writable. */
bool queue_initialise(struct engine *e, u32 guest, u32 most);
/* Has it an entry, and may another thread run? */
bool queue_is_open(struct engine *e, const struct object *queue);
/* Takes the first entry out; 0: there is none. */
u32 queue_take(struct engine *e, struct object *queue);
/* At the end or the head; returns how many there were. *good: the entry can be written. */
s32 queue_put(struct kcall *k, struct object *queue, u32 entry, bool head, bool *good);
/* The calling thread waits for an entry: the result is its address, or the wait's status. */
u64 queue_remove(struct kcall *k, struct object *queue, u32 mode, u32 timeout, u32 action);

/* The thread blocks, or ends: its queue has one running less. And it goes on. Without a queue they do nothing. */
void queue_on_block(struct engine *e, const struct kcall *k, struct thread *thread);
void queue_on_wake(struct engine *e, struct thread *thread);

/* completion.c: the packet that a thread waited for at a port goes where its call asks for it; the result is the
 * call's. */
u32 completion_take(struct engine *e, const struct thread *thread, u32 packet);
/* A packet for the port; false: no memory. */
bool completion_put(struct kcall *k, struct object *port, u32 key, u32 context, u32 status, u32 information);
/* The port goes: so do its packets. */
void completion_finish(struct engine *e, struct object *port);

#endif
