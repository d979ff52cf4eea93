/* SPDX-License-Identifier: BSD-3-Clause
 * Perturbing the schedule from a seed (--chaos): other slice lengths, another order of hardware threads, now and then a
 * ready thread that goes before all others. The seed is configuration, so it is in the journal, and such a run replays
 * like any. Without a seed these give the plain schedule. */
#ifndef EMU_CHAOS_H
#define EMU_CHAOS_H

#include "emu/engine.h"

void chaos_init(struct engine *e);
/* Length of the next slice in ticks. */
u64 chaos_slice(struct engine *e);
/* Fills machine.hw_order and hw[].favoured for the next slice. */
void chaos_order(struct engine *e);

#endif
