/* SPDX-License-Identifier: BSD-3-Clause
 * From an empty machine to a title's first instruction. */
#ifndef EMU_BOOT_H
#define EMU_BOOT_H

#include "emu/engine.h"

struct loader_files;

/* The configuration is set in e->m->config, the gate in e->gate. Asks the gate what a boot needs (time, seed, settings,
 * directories), loads the title and makes its main thread. The files' keys must outlive the engine. */
bool boot_title(struct engine *e, const struct loader_files *files, struct err *err);

#endif
