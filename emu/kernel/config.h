/* SPDX-License-Identifier: BSD-3-Clause
 * The console's settings and equipment, as kernel and system library tell titles. */
#ifndef EMU_KERNEL_CONFIG_H
#define EMU_KERNEL_CONFIG_H

#include "emu/engine.h"

enum { CONFIG_AV_PACK = 6, CONFIG_VIDEO_FLAGS = 0x00040000, VIDEO_MODE_SIZE = 48 };

/* XVIDEO_MODE: 1280x720 at 60 Hz, wide, progressive, NTSC. */
void config_video_mode(u8 out[VIDEO_MODE_SIZE]);

#endif
