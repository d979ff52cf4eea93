/* SPDX-License-Identifier: BSD-3-Clause
 * Devices: their registers in guest memory (words, big-endian as the processor sees them), and what they do by the
 * clock at the start of a slice. */
#ifndef EMU_DEVICE_H
#define EMU_DEVICE_H

#include "emu/engine.h"

/* Once a slice, when its end is known. Who has more to do says so with sched_deadline. */
void device_tick(struct engine *e);

/* Whole aligned words of a device's registers. False: there is no such register, or the access is of another size. */
bool device_load(struct engine *e, u32 ea, u32 size, void *out);
bool device_store(struct engine *e, u32 ea, u32 size, const void *bytes);

#endif
