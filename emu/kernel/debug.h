/* SPDX-License-Identifier: BSD-3-Clause
 * Debug output that code gives without a kernel call. */
#ifndef EMU_KERNEL_DEBUG_H
#define EMU_KERNEL_DEBUG_H

#include "emu/engine.h"

/* The run loop calls it at CPU_DEBUG: prints as DbgPrint does, at the same cost. Registers stay as they are. UNKNOWN:
 * NT's debugger, if there is one, puts a status into r3. */
void debug_serve(struct engine *e, struct thread *thread);

#endif
