/* SPDX-License-Identifier: BSD-3-Clause
 * Loading a title: XEX2 bytes to image, imports, TLS and machine.title. Source of the format's facts: the comments in
 * xex.h. Every length and offset of the file is checked; a bad file is an err that names the place. */
#ifndef EMU_LOADER_LOADER_H
#define EMU_LOADER_LOADER_H

#include "emu/engine.h"

/* Loads the file's image into guest memory, sets page protection, resolves imports, fills machine.title. Hash
 * mismatches are warnings (engine_note). */
bool loader_load(struct engine *e, const u8 *file, size_t size, struct err *err);

#endif
