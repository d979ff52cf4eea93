/* SPDX-License-Identifier: BSD-3-Clause
 * State of the virtual file system: devices, directories, files and the bytes of writable partitions. The title's own files
 * (game:) stand here as names and sizes; their bytes come through the gate, block by block. */
#ifndef EMU_VFS_VFS_STATE_H
#define EMU_VFS_VFS_STATE_H

#include "schema/base.h"

enum { VNODES_MAX = 65536, OPEN_FILES_MAX = 4096, VBLOCK_SIZE = 4096, VBLOCKS_MAX = 65536, LINKS_MAX = 64 };

enum vfs_device { DEVICE_NONE, DEVICE_DISC, DEVICE_CACHE0, DEVICE_CACHE1, DEVICE_HDD, DEVICES };

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
    u32 host_index;  /* in the device's list at the gate: disc files, and starting content not read yet */
    u32 attributes;
    u32 opens;
    u32 deleted;     /* unlinked, waiting for the last close */
    u32 device;
    char name[96];
};

struct open_file {
    u64 position;
    u32 node;
    u32 access;
    u32 options;
    u32 next_free;
    u32 directory_place; /* enumeration: next child */
    u32 completion_event;
    char pattern[32];
};

/* \??\game: -> \Device\Cdrom0 and the like. */
struct vlink {
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
