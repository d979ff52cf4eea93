/* SPDX-License-Identifier: BSD-3-Clause
 * Kernel variables that titles import: their guest addresses and contents. */
#ifndef EMU_KERNEL_VARIABLE_H
#define EMU_KERNEL_VARIABLE_H

#include "emu/engine.h"

/* What a title's file is called, as ExLoadedImageName and ExLoadedCommandLine tell, whatever it is to the host. */
#define VARIABLE_IMAGE_FILE "default.xex"

/* Makes all variables that have a row in state DONE or STUB; after the title's header is in memory. */
bool variable_init(struct engine *e, struct err *err);
/* Guest address of a variable; 0: it has none (the loader then uses a poison address and says so). */
u32 variable_address(const struct engine *e, u32 op);
/* Brings KeTimeStampBundle up to the clock; called at a slice's start. */
void variable_tick(struct engine *e);

#endif
