/* SPDX-License-Identifier: BSD-3-Clause
 * File objects: what a file's handle stands for, and what the calls on files have in common.
 *
 * An operation is done when it is called; its latency is a function of the device and the bytes moved (config), and the
 * call returns after it. So every operation is synchronous in virtual time: an event, an APC or a packet at an I/O
 * completion port (for those with an APC context and no APC) that was asked for is there when the call returns, with
 * STATUS_SUCCESS and never STATUS_PENDING. Another thread that waits on the event may go on while the caller still
 * spends the latency. */
#ifndef EMU_KERNEL_FILE_H
#define EMU_KERNEL_FILE_H

#include "emu/kernel/kcall.h"
#include "emu/kernel/object.h"
#include "emu/vfs/vfs.h"

enum file_access {
    FILE_READ_DATA = 0x1, /* directories: list */
    FILE_WRITE_DATA = 0x2,
    FILE_APPEND_DATA = 0x4,
    FILE_EXECUTE = 0x20,
    FILE_WRITE_ATTRIBUTES = 0x100,
    FILE_DELETE = 0x10000,
};

/* What a handle's object points to. */
struct file {
    struct object *object;
    struct open_file *open;
    struct vnode *node;
    u32 handle;
};

/* The file behind a handle; false: *status says why not. */
bool file_from_handle(struct kcall *k, u32 handle, struct file *file, u32 *status);
/* The path that an OBJECT_ATTRIBUTES names, with its root directory's before it; false: *status. */
bool file_read_path(struct kcall *k, u32 attributes, char path[VPATH_MAX], u32 *status);
/* A counted string (ANSI_STRING); false: unreadable, too long, or a NUL within. */
bool file_read_string(struct engine *e, u32 address, char *out, u32 capacity);

/* Writes status and information, if there is an address. Returns the status. */
u32 file_answer(struct kcall *k, u32 iosb, u32 status, u32 information);
/* The file event of an operation. */
void file_emit(struct kcall *k, const char *path, u32 status, u32 handle, u64 offset, u64 length, u64 hash);
void file_emit_node(struct kcall *k, const struct file *file, u32 status, u64 offset, u64 length, u64 hash);

/* A call's operation goes to the device: its event (argument 1) is reset. */
void file_begin(struct kcall *k);
/* What ends a call with event and APC (arguments 1..4 are event, APC, its context, iosb): answers, signals, queues, and
 * blocks for the latency of the bytes moved. An error signals nothing; a warning does, as on NT. */
u64 file_complete(struct kcall *k, const struct file *file, u32 status, u32 information, u32 bytes);
/* The event handle of argument 1 is one, or 0. */
bool file_check_event(struct kcall *k, u32 *status);

/* The title deletes it, now or with the last handle. */
u32 file_delete_node(struct engine *e, u32 node);
/* Cuts a file that is written over. */
u32 file_truncate(struct engine *e, u32 node);

/* Called when an object of type OBJECT_FILE goes: closes its open file. */
void file_finish(struct engine *e, struct object *object);

#endif
