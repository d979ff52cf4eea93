/* SPDX-License-Identifier: BSD-3-Clause
 * Changes of a run that the user asked for, at the places where the machine offers them to the gate (nondet_take): what
 * is put there is an input like any, so that the changed run replays by itself.
 *
 * A kernel call that is forced is not made: its handler does not run, so nothing of what it would have done is there,
 * half or whole; its arguments are told, its cost is charged, out arguments are written only where the change brings
 * bytes for them, and the result is returned at once, also by a call that would have blocked. A call that is amended is
 * made, with all its effects, and when it returns (at once, or after its wait) the bytes and the result are put over
 * its own. Bytes that have nowhere to go, because the argument is no writable memory, end the run with an error.
 *
 * A hold and a poke of a thread apply where its first block at or after their tick begins, in its own time: nothing
 * else of the schedule moves. A held thread may not run until its time is over, unless a wait of it is over sooner. */
#ifndef EMU_CHANGE_H
#define EMU_CHANGE_H

#include "emu/kernel/kcall.h"

/* In the bytes of a force or an amend: u64 result, u32 CHANGE_HAS_RESULT or 0, then u32 argument, u32 size, bytes for
 * each out argument. */
enum { CHANGE_HAS_RESULT = 1, CHANGE_HEAD = 12 };

/* A slice's length and order, as the gate gives them; by hardware thread the slot that goes first, 0: none. */
struct schedule {
    u64 length;
    u8 order[HW_THREADS];
    u32 favoured[HW_THREADS];
};
enum { SCHEDULE_BYTES = 36 };

/* From this slice on another seed. */
void change_chaos(struct engine *e);
/* False: the slice is as chaos.c would have it. */
bool change_schedule(struct engine *e, struct schedule *schedule);
/* Between two slices, when the next one's order is settled. */
void change_slice(struct engine *e);
/* Before the call is told. True: it is put off, and will be made again. */
bool change_delay(struct kcall *k);
/* In place of the handler. True: *result is the call's. */
bool change_call(struct kcall *k, u64 *result);
/* Before its return is told: the result that it has. */
u64 change_return(struct engine *e, const struct thread *thread, u32 op, u64 result, const u64 *arg);

/* Instructions of this slice before which the thread's blocks may begin. */
u64 change_place(struct engine *e, const struct thread *thread);
/* The thread stands there. True: it is held. */
bool change_thread(struct engine *e, struct thread *thread);

#endif
