/* SPDX-License-Identifier: BSD-3-Clause
 * What the files of synchronisation share: making an object behind a handle, finding one from an argument, the
 * dispatcher header in guest memory, and guest faults of calls. */
#ifndef EMU_KERNEL_SYNC_H
#define EMU_KERNEL_SYNC_H

#include "emu/kernel/object.h"

/* Bytes of each kind in guest memory. */
enum {
    HEADER_SIZE = 0x10,
    SEMAPHORE_SIZE = 0x14, /* +10 limit */
    MUTANT_SIZE = 0x20,    /* +10 list of the owner's mutants, +18 owner (KTHREAD), +1C abandoned */
    TIMER_SIZE = 0x28,     /* +10 due time, +18 list, +20 DPC, +24 period in ms */
};

enum { MUTANT_LIST = 0x10, MUTANT_OWNER = 0x18, MUTANT_ABANDONED = 0x1C };
/* RTL_CRITICAL_SECTION: an event's header (its second byte holds the spin count / 256), then these. */
enum { SECTION_LOCKS = 0x10, SECTION_RECURSION = 0x14, SECTION_OWNER = 0x18, SECTION_SIZE = 0x1C };

/* The call touched memory that is not there or may not be touched: a guest fault at the call. Returns 0. */
u64 sync_fault(struct kcall *k, enum fault_kind kind, u32 ea);

/* Fills a dispatcher header: type, signal state, empty wait list. False: not writable. */
bool sync_header(struct engine *e, u32 guest, u8 type, s32 state);

/* The object of a handle; *status: STATUS_SUCCESS, STATUS_INVALID_HANDLE or STATUS_OBJECT_TYPE_MISMATCH. */
struct object *sync_handle(struct kcall *k, u32 handle, enum object_type type, u32 *status);
/* The object of a header by address (OBJECT_FREE: any). NULL: a guest fault is set. */
struct object *sync_pointer(struct kcall *k, u32 guest, enum object_type type);

/* What NtCreateEvent and its like have in common. Opens the object of that name, or makes a new one with its header.
 * *made is the new one, or NULL. The handle is written to out; returns the status. */
u32 sync_create(struct kcall *k, u32 out, u32 attributes, enum object_type type, u32 size, u8 header, s32 state,
                struct object **made);

/* Reads the name and flags of an OBJECT_ATTRIBUTES (0: no name); behind its root directory's, if there is one. The
 * status says why not. */
u32 sync_name(struct kcall *k, u32 attributes, char *name, u32 capacity, u32 *flags);
/* A handle to the object, written to out. */
u32 sync_publish(struct kcall *k, struct object *object, u32 out);

/* Writes a result through an optional out pointer: STATUS_SUCCESS, or STATUS_ACCESS_VIOLATION. */
u32 sync_out(struct kcall *k, u32 ea, u32 value);

/* object.c: the object of a structure that has no dispatcher header type of its own (critical sections). */
struct object *object_at_as(struct engine *e, const struct kcall *k, u32 guest, enum object_type type);
/* The call makes a structure at this address (its header is written already): it has a new identity, of the calling
 * thread and site, and nothing has happened to it. Threads that wait on the old one, which a console would lose, wait
 * on the new one. Objects of handles keep their identity. */
void object_initialise(struct engine *e, const struct kcall *k, u32 guest, enum object_type type);
/* Known already, or NULL. */
struct object *object_known_at(struct engine *e, u32 guest);

/* handle.c: a handle without its event, and a second handle with its own. 0: the table is full. */
u32 handle_open(struct engine *e, struct object *object);
u32 handle_duplicate(struct engine *e, const struct kcall *k, u32 source, struct object *object);

#endif
