/* SPDX-License-Identifier: BSD-3-Clause
 * Packages of the console (STFS: "CON ", "LIVE", "PIRS"), read-only: content that was downloaded or saved. Numbers are
 * big-endian but where `le` stands. Blocks of 4096 bytes.
 *
 * Header: 000 magic  340 u32 header size  344 u32 content type  360 u32 title id  3A9 u32 volume type (0: STFS)
 *   379 descriptor: 00 its size (24 hex)  02 flags (1: read-only form, 2: the top table's second copy is the valid one)
 *       03 u16 le blocks of the directory  05 u24 le its first block  08 digest of the top table  1C u32 blocks in use
 *   411 display name, UTF-16
 * Behind the header, rounded up to a block, lie blocks. Before each 170 data blocks stands a table of their hashes,
 * before each 170 of those a table of the next level, and one of a third level. In the writable form each table has two
 * copies; a bit of the entry one level up tells which is valid. Table: {digest[20], u32 state << 30 | next}[170]: next
 * is the number of the block that follows in the file's chain (FFFFFF: none); in the upper levels bit 30 says that the
 * second copy of the table below is valid. FF0: u32 count of blocks.
 * Directory entry, 64 of them to a block: 00 name[40]  28 length of the name, 40: its blocks lie in a row,
 *   80: directory  29 u24 le blocks  2C u24 le blocks  2F u24 le first block  32 u16 number of its directory's
 *   entry (FFFF: the root)  34 u32 size  38 u32, 3C u32 dates
 *
 * Digests are SHA-1 of whole blocks; the header has the top table's. Tables and the directory are checked when the
 * package is opened, files when they are read. The header's own signature is not. Facts read off Xenia and Velocity. */
#ifndef EMU_HOST_IMAGE_STFS_H
#define EMU_HOST_IMAGE_STFS_H

#include "emu/host/image.h"

enum {
    STFS_BLOCK = 4096,
    STFS_HEADER_SIZE = 0x340,
    STFS_CONTENT_TYPE = 0x344,
    STFS_TITLE_ID = 0x360,
    STFS_DESCRIPTOR = 0x379,
    STFS_FLAGS = STFS_DESCRIPTOR + 2,
    STFS_DIRECTORY_COUNT = STFS_DESCRIPTOR + 3,
    STFS_DIRECTORY_FIRST = STFS_DESCRIPTOR + 5,
    STFS_TOP_DIGEST = STFS_DESCRIPTOR + 8,
    STFS_BLOCKS_USED = STFS_DESCRIPTOR + 0x1C,
    STFS_VOLUME_TYPE = 0x3A9,
    STFS_DISPLAY_NAME = 0x411,
    STFS_HEADER_LEAST = 0x971A,
    STFS_TABLE_ENTRIES = 170,
    STFS_TABLE_ENTRY = 24,
    STFS_LEVELS = 3,
    STFS_END = 0xFFFFFF,
    STFS_ENTRY = 64,
    STFS_NAME_MAX = 40,
    STFS_ENTRY_ROW = 0x40, /* flags in byte 28 */
    STFS_ENTRY_DIRECTORY = 0x80,
    STFS_FLAG_READ_ONLY = 1,
    STFS_FLAG_SECOND = 2,
    STFS_ROOT = 0xFFFF,
};

#define STFS_USED   0x80000000u
#define STFS_SECOND 0x40000000u /* of an upper table's entry */

/* Where data block `block` lies behind the header, in blocks; copies: 1 in the read-only form, else 2. */
u32 image_stfs_block(u32 block, u32 copies);
/* The same of the (first copy of the) table of that level that covers the data block. */
u32 image_stfs_table(u32 block, u32 level, u32 copies);

/* Begins like a package, however broken the rest. */
bool image_stfs_find(const struct image_source *source);
/* All files and directories; every place is checked to lie in the package, so that files can be read blindly. */
bool image_stfs_list(const struct image_source *source, const struct image_listener *listener, struct err *err);

#endif
