/* SPDX-License-Identifier: BSD-3-Clause
 * What instructions may ask about the block that runs. */
#ifndef EMU_CPU_BLOCK_H
#define EMU_CPU_BLOCK_H

#include "emu/cpu/op.h"

/* Instructions of the present cpu_run call that retired before o. */
u32 cpu_instructions_before(const struct engine *e, const struct ppc_op *o);

#endif
