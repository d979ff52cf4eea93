/* SPDX-License-Identifier: BSD-3-Clause
 * Timers: KTIMER headers that the clock signals. When one is due stands in its object (due, timer_order); wait_expire
 * asks for it at a slice's start. */
#ifndef EMU_KERNEL_TIMER_H
#define EMU_KERNEL_TIMER_H

#include "emu/kernel/object.h"

/* The timer is due: it is signalled, its APC is queued, a periodic one is armed again. */
void timer_expire(struct engine *e, struct object *timer);
/* Takes it out of the clock's hands. */
void timer_disarm(struct engine *e, struct object *timer);
/* A thread ended: timers whose APCs go to it are cancelled. */
void timer_forget_thread(struct engine *e, u32 id);

#endif
