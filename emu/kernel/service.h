/* SPDX-License-Identifier: BSD-3-Clause
 * The kernel's own threads, which run the title's callbacks that no thread of its own asked for: DPCs, interrupts of
 * each hardware thread, the audio driver's. Each is made with its first callback, runs one after another in order of
 * arrival, and idles (suspended) in between. Titles do not live by them. */
#ifndef EMU_KERNEL_SERVICE_H
#define EMU_KERNEL_SERVICE_H

#include "emu/engine.h"

/* Queues the callback to the service's thread. hw: the hardware thread it begins on when the service idles;
 * HW_THREADS: where it is. False: there is no room. */
bool service_queue(struct engine *e, enum service service, const struct apc *apc, u32 hw);
/* Does the thread in this slot serve? */
bool service_is(const struct machine *m, u32 slot);
/* Does it, and has it nothing to do? */
bool service_is_idle(const struct machine *m, u32 slot);
/* Callbacks of that routine that are queued or run. */
u32 service_pending(const struct machine *m, enum service service);
/* A callback of the thread returned; does nothing for other threads. */
void service_on_return(struct engine *e, struct thread *thread);
/* The thread ended. True: it was a service's, which nobody counted as the title's. */
bool service_forget(struct engine *e, const struct thread *thread);

/* An interrupt: routine(source, context) on a hardware thread, at device level. */
bool service_interrupt(struct engine *e, u32 hw, u32 routine, u32 source, u32 context);

#endif
