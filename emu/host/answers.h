/* SPDX-License-Identifier: BSD-3-Clause
 * The host's side of the gate: what the outside world answers to a run. */
#ifndef EMU_HOST_ANSWERS_H
#define EMU_HOST_ANSWERS_H

#include "emu/host/folder.h"
#include "emu/machine.h"
#include "replay/nondet.h"

struct pad_script;

/* What the user mounts beside the disc. */
struct mount {
    char name[16]; /* without the colon; "": none */
    char path[4096];
    struct folder *folder;
    char *list; /* as at the gate, with its name's line */
    size_t list_size;
};

struct answers {
    u64 boot_time; /* 100 ns units since 1601 */
    u64 seed;
    u64 setting[SETTINGS];
    struct folder *disc;
    struct mount mounts[MOUNTS_MAX];
    struct folder *partition[DEVICES]; /* by enum vfs_device; NULL: empty */
    struct pad_script *pads;           /* NULL: no pad is connected */
    u8 launch_data[LAUNCH_DATA_MAX];
    u32 launch_size;
    u8 number[8];
    u8 pad[16];
};

/* context is a struct answers. */
bool answers_give(void *context, enum input_kind kind, u64 key, u64 tick, struct nondet_answer *answer,
                  struct err *err);
void answers_finish(struct answers *a);

/* Opens what "NAME=PATH" says (a folder, a disc image, a package) as the next mount, or in place of the one of that
 * name. */
bool answers_mount(struct answers *a, const char *text, u64 filetime, struct err *err);
/* False: the text is not of that form, or the NAME is taken by a drive of the console. */
bool answers_check_mount(const char *text, struct err *err);

/* Hex digits. False: not such a text, or more than a title can leave. */
bool answers_launch_data(struct answers *a, const char *text, struct err *err);

/* The sub-folder of --cache that holds a writable partition; NULL if it is none. */
const char *partition_folder(u32 device);

/* A script: one line a change, "TIME PAD BUTTONS [LT RT LX LY RX RY]"; TIME as on the command line, numbers decimal or
 * 0x; `#` begins a comment. A pad is connected from its first line on. */
struct pad_script *pads_load(const char *path, struct err *err);
void pads_free(struct pad_script *script);
/* The 16-byte state at that tick, big-endian as XINPUT_STATE; false: not connected. */
bool pads_state(const struct pad_script *script, u64 pad, u64 tick, u8 out[16]);

#endif
