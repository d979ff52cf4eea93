/* SPDX-License-Identifier: BSD-3-Clause
 * State of the virtual file system: devices, directories, files and the bytes of writable partitions. The title's own
 * files (game:) stand here as names and sizes; their bytes come through the gate, block by block. */
#ifndef EMU_VFS_VFS_STATE_H
#define EMU_VFS_VFS_STATE_H

#include "schema/base.h"

enum {
    VNODES_MAX = 65536,
    OPEN_FILES_MAX = 4096,
    VBLOCK_SIZE = 4096,
    VBLOCKS_MAX = 65536,
    LINKS_MAX = 64,
    VNAME_MAX = 96,
    MOUNTS_MAX = 4
};

/* DEVICE_MOUNT and the MOUNTS_MAX - 1 behind it: what the user mounts beside the disc, read-only like it. */
enum vfs_device {
    DEVICE_NONE,
    DEVICE_DISC,
    DEVICE_CACHE0,
    DEVICE_CACHE1,
    DEVICE_HDD,
    DEVICE_MOUNT,
    DEVICES = DEVICE_MOUNT + MOUNTS_MAX
};

/* A file or directory. */
struct vnode {
    u64 size;
    u64 created; /* 100 ns units since 1601 */
    u64 written;
    u32 parent;
    u32 first_child; /* children are kept in the order of their names */
    u32 next;        /* sibling */
    u32 first_block; /* of its data: chain through vfs.block_next; writable partitions only */
    u32 last_block;
    u32 host_index; /* in the device's list at the gate: disc files, and starting content not read yet */
    u32 attributes;
    u32 opens;
    u32 deleted; /* unlinked, waiting for the last close */
    u32 device;
    u32 block_count;
    u32 delete_pending; /* goes with its last handle; cannot be opened any more */
    char name[VNAME_MAX];
};

/* What a file handle's object stands for (object.body is its slot). */
struct open_file {
    u64 position;
    u32 node;
    u32 access; /* as granted: generic rights mapped */
    u32 share;
    u32 options;
    u32 enumerating; /* the pattern is set */
    u32 delete_on_close;
    u32 next_free;
    u32 completion; /* object slot of the I/O completion port that is told of its operations */
    u32 completion_key;
    u32 zero;
    char pattern[64];
    char place[VNAME_MAX]; /* enumeration: the name given last */
};

/* \??\game: -> \Device\Cdrom0 and the like. */
struct vlink {
    u32 preset; /* made at the mount; a title's own link of that name takes its place */
    char name[32];
    char target[96];
};

struct vfs {
    u32 node_high;
    u32 node_free;
    u32 open_high;
    u32 open_free;
    u32 block_high;
    u32 block_free;
    u32 root[DEVICES];
    u32 link_count;
    struct vlink links[LINKS_MAX];
    struct vnode nodes[VNODES_MAX];
    struct open_file open[OPEN_FILES_MAX];
    u32 block_next[VBLOCKS_MAX];
    u8 blocks[VBLOCKS_MAX][VBLOCK_SIZE];
};

#endif
