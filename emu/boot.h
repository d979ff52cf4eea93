/* SPDX-License-Identifier: BSD-3-Clause
 * From an empty machine to a title's first instruction. */
#ifndef EMU_BOOT_H
#define EMU_BOOT_H

#include "emu/engine.h"

struct xex_keys;

/* The configuration is set in e->m->config, the gate in e->gate. Asks the gate what a boot needs (time, seed, settings,
 * directories), loads the title and makes its main thread. keys: for an encrypted title, as in emu/loader/loader.h. */
bool boot_title(struct engine *e, const u8 *file, size_t size, const struct xex_keys *keys, struct err *err);

#endif
