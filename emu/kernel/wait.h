/* SPDX-License-Identifier: BSD-3-Clause
 * Waits: filing a wait record, ending it, and the signals that end it. Semantics are the NT kernel's: objects are
 * tested in order, waiters are woken in order of arrival, satisfying a wait consumes auto-reset events, semaphore
 * counts and mutants. */
#ifndef EMU_KERNEL_WAIT_H
#define EMU_KERNEL_WAIT_H

#include "emu/kernel/object.h"

struct wait_request {
    struct object *objects[WAIT_OBJECTS_MAX];
    u32 count;
    bool all;
    bool alertable;
    bool user_mode;
    u64 deadline; /* tick; TICKS_NEVER: none; a past one: test only */
    u32 action;   /* enum wait_action */
    u32 argument0;
    u32 argument1;
};

/* Tests and consumes at once, or files the record and sets k->blocked. The result is for the handler to return. */
u64 wait_file(struct kcall *k, const struct wait_request *request);
/* The handler's result comes after a device latency: blocks until then, r3 = result. */
u64 wait_result_after(struct kcall *k, u64 ticks, u32 result);

/* The object was signalled: wakes who may go on. Sets signal_thread and so on from k (NULL: the machine). */
void wait_signal(struct engine *e, const struct kcall *k, struct object *object);
/* Ends the wait of a thread that is not suspended, with a status: an APC, a time-out. */
void wait_abort(struct engine *e, struct thread *thread, u32 status);
/* Takes a terminated thread's waits away, without an end. */
void wait_drop(struct engine *e, struct thread *thread);
/* A waiting thread is suspended: nothing wakes it; and resumed: its wait is tested and filed anew, with the old
 * deadline. */
void wait_park(struct engine *e, struct thread *thread);
void wait_resume(struct engine *e, struct thread *thread);
/* A kernel APC to a waiting thread: if it may run, it does so now, and the wait goes on when it has returned, filed
 * anew behind others and with the old deadline; but not within an APC that did so already. */
void wait_interrupt(struct engine *e, struct thread *thread);
/* A callback of the thread returned: goes on with the wait that it interrupted. False: there is none. */
bool wait_on_return(struct engine *e, struct thread *thread);
/* It will not go on with it. */
void wait_forget_interrupted(struct engine *e, struct thread *thread);
/* All waits and timers due at or before the clock: called at a slice's start; keeps machine.next_deadline. */
void wait_expire(struct engine *e);

/* Converts an NT time-out (100 ns; negative: relative, positive: absolute system time; NULL address: never) to a tick.
 */
u64 wait_deadline(struct engine *e, u32 timeout_address);
u64 wait_deadline_from(struct engine *e, s64 timeout);

/* Signal state of the header. */
s32 signal_get(struct engine *e, const struct object *object);
void signal_set(struct engine *e, const struct object *object, s32 state);

#endif
