/* SPDX-License-Identifier: BSD-3-Clause
 * The scheduler: which guest thread runs on which hardware thread, in virtual time alone. Ready queues are per hardware
 * thread and priority, first in first out. Nothing here asks who is fastest: all ties go by order of arrival. */
#ifndef EMU_KERNEL_SCHED_H
#define EMU_KERNEL_SCHED_H

#include "emu/engine.h"

/* Puts a thread behind those of its priority that may run. It stays in the queue while it runs. The caller sets
 * ready_at. */
void sched_ready(struct engine *e, struct thread *thread);
/* Takes it out of the queue (state becomes THREAD_SUSPENDED; the caller says what it is instead). */
void sched_unready(struct engine *e, struct thread *thread);
/* Its quantum is over: it goes behind the others of its priority. */
void sched_rotate(struct engine *e, struct thread *thread);
void sched_set_priority(struct engine *e, struct thread *thread, u32 priority);
/* Chooses a hardware thread of the mask (keeps the present one if it may) and moves the thread there. */
void sched_set_affinity(struct engine *e, struct thread *thread, u32 mask);
/* The running thread goes behind the others of its priority. */
void sched_give_up(struct engine *e);

/* A wait or timer expires at `tick`: the clock will stop there. */
void sched_deadline(struct engine *e, u64 tick);

/* The thread that hardware thread hw runs at its present place in the slice: highest priority, first come. *until is
 * lowered to the place (in instructions of the slice) where one of higher priority, or any if NULL is returned, may
 * run. */
struct thread *sched_pick(struct engine *e, struct hw *hw, u64 *until);
bool sched_has_ready(const struct machine *m);

static inline u32 thread_slot(const struct machine *m, const struct thread *thread)
{
    return (u32)(thread - m->threads);
}

#endif
