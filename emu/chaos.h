/* SPDX-License-Identifier: BSD-3-Clause
 * The schedule's freedom: how long the next slice is, in which order the hardware threads run in it, and now and then a
 * ready thread that goes before all others. Plain: the configured length, in order, nobody. Perturbed from a seed
 * (--chaos): drawn. The seed is configuration, so it is in the journal, and such a run replays like any. A change of
 * the run (emu/change.h) goes before both; nothing is drawn for its slice. */
#ifndef EMU_CHAOS_H
#define EMU_CHAOS_H

#include "emu/engine.h"

void chaos_init(struct engine *e);
/* Sets machine.slice_end, hw_order and hw[].favoured of the slice that begins at machine.tick. */
void chaos_slice(struct engine *e);

#endif
