/* SPDX-License-Identifier: BSD-3-Clause
 * Bytes of files on writable partitions: chains of blocks in the machine's state. A free block is zero, and so are the
 * bytes of a last block behind the file's end. */
#ifndef EMU_VFS_BLOCKS_H
#define EMU_VFS_BLOCKS_H

#include "emu/vfs/vfs.h"

/* Sets the file's size, zero-filled when it grows. False: no room, nothing was changed. */
bool blocks_resize(struct engine *e, u32 node, u64 size);
/* Copies within the file's size. */
void blocks_read(const struct engine *e, u32 node, u64 offset, u32 size, u8 *out);
void blocks_write(struct engine *e, u32 node, u64 offset, u32 size, const u8 *bytes);
u32 blocks_free(const struct engine *e);
/* Hash of all blocks; those not written since the last call are not read again. */
u64 blocks_hash(struct engine *e);

#endif
