/* SPDX-License-Identifier: BSD-3-Clause
 * Writing a folder as a disc image (image_gdfx.h): descriptor, directories, files. The same folder gives the same
 * bytes.
 */
#ifndef EMU_HOST_IMAGE_WRITE_H
#define EMU_HOST_IMAGE_WRITE_H

#include "emu/host/folder.h"

/* Never half a file: by a temporary one beside it. Read again before it gets its name; *size is the image's. */
bool image_write(struct folder *folder, const char *path, u64 *size, struct err *err);

#endif
