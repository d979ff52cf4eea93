/* SPDX-License-Identifier: BSD-3-Clause
 * Pads: their state comes through the gate when a title polls it. */
#ifndef EMU_HID_PAD_H
#define EMU_HID_PAD_H

#include "emu/engine.h"

enum { PADS = 4, PAD_STATE_SIZE = 16 };

/* The answer at the gate is XINPUT_STATE as titles see it, big-endian: u32 packet number, u16 buttons, u8 left and
 * right trigger, s16 left stick x, y, right stick x, y; or nothing: not connected. False: not connected, or the gate
 * could not answer (e->err). */
bool pad_read(struct engine *e, u32 pad, u8 state[PAD_STATE_SIZE]);

#endif
