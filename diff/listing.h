/* SPDX-License-Identifier: BSD-3-Clause
 * The lists of files that a run was given (inputs disc_list and partition_list; their text: emu/vfs/vfs.h), read by
 * those who look back at what it knew. */
#ifndef DIFF_LISTING_H
#define DIFF_LISTING_H

#include "schema/base.h"

struct listing_entry {
    u32 index; /* as inputs count the list's entries */
    bool is_folder;
    u64 size; /* of a file, in bytes */
    const char *path;
    size_t path_size;
};

/* Starts at the text of a list; `mount` gets the drive's name that a mount's list begins with, or stays empty. */
struct listing {
    const char *at;
    u32 index;
    char mount[64];
};

void listing_begin(struct listing *listing, const char *text);
bool listing_next(struct listing *listing, struct listing_entry *entry);

/* How well a list's path fits one that a title gave. */
enum listing_fit {
    LISTING_WHOLE, /* it is all that stands behind the device */
    LISTING_TAIL,  /* one ends with the other, at a name: a link into a folder, a device's long name, a name alone */
};

bool listing_fits(const struct listing_entry *entry, const char *path, enum listing_fit fit);
/* The entry that `path` names; of several tails the longest. False: none is it. */
bool listing_find(const char *text, const char *path, enum listing_fit fit, struct listing_entry *entry);

#endif
