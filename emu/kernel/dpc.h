/* SPDX-License-Identifier: BSD-3-Clause
 * Deferred procedure calls: routine(dpc, context, argument1, argument2) at dispatch level. A service thread
 * (emu/kernel/service.h), above all others, runs them one after another. */
#ifndef EMU_KERNEL_DPC_H
#define EMU_KERNEL_DPC_H

#include "emu/engine.h"

/* False: it is queued already, or cannot be. */
bool dpc_queue(struct engine *e, u32 dpc, u32 argument1, u32 argument2);

#endif
