/* SPDX-License-Identifier: BSD-3-Clause
 * Deferred procedure calls: routine(dpc, context, argument1, argument2) at dispatch level. A thread of the kernel's
 * own, above all others, runs them one after another; it is made with the first one and idles in between. */
#ifndef EMU_KERNEL_DPC_H
#define EMU_KERNEL_DPC_H

#include "emu/engine.h"

/* False: it is queued already, or cannot be. */
bool dpc_queue(struct engine *e, u32 dpc, u32 argument1, u32 argument2);
/* The DPC thread's routine returned. */
void dpc_on_return(struct engine *e, struct thread *thread);

#endif
