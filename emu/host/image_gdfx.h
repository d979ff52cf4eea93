/* SPDX-License-Identifier: BSD-3-Clause
 * Disc images of the console (GDFX, also called XDVDFS; a bare one is an XISO), read-only. Sectors of 2048 bytes,
 * numbers little-endian, sectors counted from the partition's start, which is at one of a few known places.
 *
 * Sector 32: 00 "MICROSOFT*XBOX*MEDIA"  14 sector and 18 size of the root directory  1C file time  7EC the text again
 * A directory is a binary tree by name (without case), its root at offset 0. Entry, on a multiple of 4, not across the
 * end of a sector: 00 u16 left and 02 u16 right, offsets in units of 4 (0 and FFFF: none)  04 sector  08 size
 * 0C attributes (10: directory)  0D length of the name  0E name. Padding is FF; an empty directory is nothing else.
 * Facts read off Xenia and extract-xiso. */
#ifndef EMU_HOST_IMAGE_GDFX_H
#define EMU_HOST_IMAGE_GDFX_H

#include "emu/host/image.h"

enum {
    GDFX_SECTOR = 2048,
    GDFX_DESCRIPTOR = 32,
    GDFX_ROOT_SECTOR = 0x14,
    GDFX_ROOT_SIZE = 0x18,
    GDFX_MAGIC_SIZE = 20,
    GDFX_MAGIC_AGAIN = 0x7EC,
    GDFX_ENTRY = 14, /* without its name */
    GDFX_DIRECTORY = 0x10,
    GDFX_NONE = 0xFFFF,
};

#define GDFX_MAGIC "MICROSOFT*XBOX*MEDIA"

/* Where the partition begins. False: there is none at any known place (or the source cannot be read). */
bool image_gdfx_find(const struct image_source *source, u64 *start, struct err *err);
/* Walks the whole tree; every place is checked to lie in the image, so that files can be read blindly. */
bool image_gdfx_list(const struct image_source *source, const struct image_listener *listener, struct err *err);

#endif
