/* SPDX-License-Identifier: BSD-3-Clause
 * The virtual file system: paths, directories, files, and their bytes. All of it is machine state; the title's files
 * come through the gate (disc_list, disc_read), the starting content of writable partitions too (partition_list,
 * partition_file). Statuses are NTSTATUS (schema/status.def). Names compare without case, as on the console.
 *
 * A list at the gate (disc_list, partition_list) is text, one entry a line, sorted by path, directories before their
 * content:  "d PATH\n" or "f SIZE FILETIME PATH\n" (numbers decimal; PATH with `\` between names, no leading one). The
 * index of an entry is its line, from 0. disc_list: key 0 is the disc, 1 to MOUNTS_MAX a mount, whose list begins with
 * the line "m NAME\n" (an empty list: nothing is mounted). disc_read: key = mount << 56 | index << 32 | block number,
 * blocks of VFS_DISC_BLOCK bytes. */
#ifndef EMU_VFS_VFS_H
#define EMU_VFS_VFS_H

#include "emu/engine.h"

enum { VFS_DISC_BLOCK = 65536, VPATH_MAX = 512 };

enum vfs_attributes {
    VFS_READONLY = 1,
    VFS_DIRECTORY = 0x10,
    VFS_ARCHIVE = 0x20,
    VFS_NORMAL = 0x80,
};

/* A device that is read from, through the gate: the disc, or a mount. */
static inline bool vfs_is_disc(u32 device)
{
    return device == DEVICE_DISC || device >= DEVICE_MOUNT;
}

/* Mounts the disc, the writable partitions and what the user mounts, asking the gate for their lists; makes the usual
 * links (game:, d:, cache:...). */
bool vfs_mount(struct engine *e, struct err *err);

/* Node of a path like "game:\data\x.bin", "\Device\Cdrom0\x" or "cache:\y"; *status tells why not (0 is returned). */
u32 vfs_find(struct engine *e, const char *path, u32 *status);
/* Makes a file or directory on a writable partition; its parent must exist. */
u32 vfs_make(struct engine *e, const char *path, bool directory, u32 *status);
/* Bytes. *moved <= size; STATUS_END_OF_FILE at the end. A gate that cannot answer sets e->err and STATUS_UNSUCCESSFUL;
 * the run loop stops on it. */
u32 vfs_read(struct engine *e, u32 node, u64 offset, u32 size, u8 *out, u32 *moved);
u32 vfs_write(struct engine *e, u32 node, u64 offset, u32 size, const u8 *bytes);
u32 vfs_resize(struct engine *e, u32 node, u64 size);
/* Counts of opens: a node that was deleted goes with the last. */
void vfs_open(struct engine *e, u32 node);
void vfs_close(struct engine *e, u32 node);
/* Unlinks; freed with the last close. */
u32 vfs_delete(struct engine *e, u32 node);
u32 vfs_rename(struct engine *e, u32 node, const char *path);
/* "cache:\dir\name" of a node, for events and messages. */
void vfs_path(const struct engine *e, u32 node, char *out, size_t capacity);
bool vfs_is_writable(const struct engine *e, u32 node);
bool vfs_is_directory(const struct engine *e, u32 node);
struct vnode *vfs_node(struct engine *e, u32 node);
/* Free and all blocks of VBLOCK_SIZE of the writable partitions. */
void vfs_space(const struct engine *e, u32 *free_blocks, u32 *all_blocks);
/* Hash of everything in machine.vfs; blocks not written since the last call are not read again. */
u64 vfs_hash(struct engine *e);
/* Children in the order of their names; 0: no more. */
u32 vfs_child(const struct engine *e, u32 directory, u32 after);

/* The order of names: no case. */
int vfs_compare(const char *a, const char *b);

/* Symbolic links: name like "\\??\\x:" or "x:". STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_NOT_FOUND ... */
u32 vfs_link(struct engine *e, const char *name, const char *target);
u32 vfs_unlink(struct engine *e, const char *name);
const char *vfs_link_target(const struct engine *e, const char *name); /* NULL: no such link */

/* The host's view, for saving a partition's final content: its list as at the gate (returns the length needed, without
 * the final NUL; cut at capacity), and what vfs_find knows the device by. Names of partitions at the gate: enum
 * vfs_device. */
size_t vfs_list(const struct engine *e, enum vfs_device device, char *out, size_t capacity);
const char *vfs_device_path(enum vfs_device device);

/* Virtual time as 100 ns units since 1601, as files and clocks show it. */
u64 vfs_now(const struct engine *e);

#endif
