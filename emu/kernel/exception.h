/* SPDX-License-Identifier: BSD-3-Clause
 * Exceptions: raised by the title or by a fault of its code, offered to the handlers of the functions on its stack
 * (emu/kernel/unwind.h) as handler(record, establisher, context, dispatcher), innermost first. NT's model for its RISC
 * machines, which the console's names and structures follow:
 *     record      +0 code, +4 flags, +8 another record, +C address, +10 count of parameters, +14 parameters (15)
 *     establisher what r1 was where the handler's function began; filters and termination handlers get it in r12
 *     context     of the place of the exception; while frames are undone, of the frame, with the target's address
 *     dispatcher  +0 pc in the function (at the call), +4 its row, +8 establisher, +C context. UNKNOWN: their order
 * Rows, scope tables, frames and r12 are as code of the vendor's compiler has and takes them.
 * A handler's search, an unwinding, a filter that runs: each is a frame on the thread's own stack, and goes on when the
 * guest's routine returns. Handlers of the code that an APC came in between are asked after its own (on the console its
 * frames and the kernel's stand on the same stack); those below a library's entry point are not, and DPCs, interrupts
 * and audio callbacks have stacks of their own.
 * What no handler takes is a guest fault, as before. */
#ifndef EMU_KERNEL_EXCEPTION_H
#define EMU_KERNEL_EXCEPTION_H

#include "emu/engine.h"

struct kcall;

/* The thread faulted: goes to its handlers. False: there are none, or they left it. */
bool exception_deliver(struct engine *e, struct thread *thread);
/* A kernel call raises a status, as NT's do by ExRaiseStatus; without handlers it is a bug check with it. */
u64 exception_raise(struct kcall *k, u32 status);
/* The trampoline at machine.return_pc calls it: what an exception frame called has returned. */
void exception_on_return(struct engine *e, struct thread *thread);

#endif
