/* SPDX-License-Identifier: BSD-3-Clause
 * Objects, handles and identities. An object is what handles and guest pointers stand for. Its signal state lies in the
 * dispatcher header in guest memory:
 *     +0 type  +1 absolute  +2 size  +3 inserted  +4 signal state (s32)  +8 wait list (flink, blink)
 * Header types: 0 manual-reset event, 1 auto-reset event, 2 mutant, 5 semaphore, 6 thread, 8 manual timer, 9 auto
 * timer. */
#ifndef EMU_KERNEL_OBJECT_H
#define EMU_KERNEL_OBJECT_H

#include "emu/engine.h"
#include "emu/kernel/kcall.h"

enum header_type {
    HEADER_EVENT_MANUAL = 0,
    HEADER_EVENT_AUTO = 1,
    HEADER_MUTANT = 2,
    HEADER_PROCESS = 3,
    HEADER_QUEUE = 4,
    HEADER_SEMAPHORE = 5,
    HEADER_THREAD = 6,
    HEADER_TIMER_MANUAL = 8,
    HEADER_TIMER_AUTO = 9,
};

/* A new object with identity of the calling thread and site (k may be NULL: made by the machine itself). guest_size
 * bytes of kernel memory are allocated for its header and body (0: none). NULL: the pool is full. One reference, no
 * handle. */
struct object *object_create(struct engine *e, const struct kcall *k, enum object_type type, u32 guest_size);
void object_reference(struct engine *e, struct object *object);
/* Drops one; the last one frees it. */
void object_release(struct engine *e, struct object *object);
/* The object of a dispatcher header by address: found, or made on first use (titles make headers without a call, so
 * its creator is then who used it first; create_op says by which call). The header's wait list, which nobody else
 * reads, gets a mark of the object's identity: where that is gone the title has made the header anew, or uses the
 * memory for something else, and the object gets a new identity or is dropped. NULL: not a header, or not writable. */
struct object *object_at(struct engine *e, const struct kcall *k, u32 guest);

static inline u32 object_slot(const struct machine *m, const struct object *object)
{
    return (u32)(object - m->objects);
}

/* The call k does something to an object that a wedge may have to tell of (k NULL: the machine does). */
void object_note(struct engine *e, const struct kcall *k, struct act *act);

/* A handle to the object (takes a reference of its own) and its event; 0: the table is full. */
u32 handle_create(struct engine *e, const struct kcall *k, struct object *object);
/* NULL: no such handle, or of another type (OBJECT_FREE: any). Pseudo handles: -2 the calling thread, -1 the process.
 */
struct object *handle_object(struct engine *e, const struct kcall *k, u32 handle, enum object_type type);
/* What a slot of machine.handles is called by titles. */
u32 handle_number(u32 slot);
bool handle_close(struct engine *e, const struct kcall *k, u32 handle);

/* By name, for named events and the like; NULL: none. */
struct object *object_by_name(struct engine *e, enum object_type type, const char *name);

/* Identities (design.md, idea 4): stable across runs and engines.
 * hsid: creator's lineage, creation site (LR), how many-th there. */
u64 identity_object(struct engine *e, const struct thread *creator, u32 lr, u32 *ordinal);
u64 identity_thread(struct engine *e, const struct thread *parent, u32 entry, u32 *ordinal);

#endif
