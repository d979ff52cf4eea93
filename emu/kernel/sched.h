/* SPDX-License-Identifier: BSD-3-Clause
 * The scheduler: which guest thread runs on which hardware thread, in virtual time alone. Ready queues are per hardware
 * thread and priority, first in first out. Nothing here asks who is fastest: all ties go by order of arrival. */
#ifndef EMU_KERNEL_SCHED_H
#define EMU_KERNEL_SCHED_H

#include "emu/engine.h"

/* Puts a thread that may run now into its ready queue (at the front if it was preempted). */
void sched_ready(struct engine *e, struct thread *thread);
/* Takes it out of the queue or off its hardware thread: it waits, is suspended or ended. */
void sched_unready(struct engine *e, struct thread *thread);
void sched_set_priority(struct engine *e, struct thread *thread, u32 priority);
/* Chooses a hardware thread of the mask (keeps the present one if it may) and moves the thread there. */
void sched_set_affinity(struct engine *e, struct thread *thread, u32 mask);
/* The running thread goes behind the others of its priority. */
void sched_yield(struct engine *e);

/* A wait or timer expires at `tick`: the clock will stop there. */
void sched_deadline(struct engine *e, u64 tick);

static inline u32 thread_slot(const struct machine *m, const struct thread *thread)
{
    return (u32)(thread - m->threads);
}

#endif
