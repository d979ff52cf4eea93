/* SPDX-License-Identifier: BSD-3-Clause
 * What the readers of images (disc images, packages) have in common: where bytes come from, and who hears of each file.
 */
#ifndef EMU_HOST_IMAGE_H
#define EMU_HOST_IMAGE_H

#include "schema/base.h"

enum { IMAGE_DEPTH_MAX = 32, IMAGE_FILES_MAX = 100000, IMAGE_PATH_SIZE = 1024, IMAGE_DIGEST = 20, IMAGE_BLOCK = 4096 };

/* read: all of the bytes, or false with errno's reason in err. */
struct image_source {
    bool (*read)(void *context, u64 offset, void *out, size_t size, struct err *err);
    void *context;
    u64 size;
    bool trusts; /* digests are taken as right: for fuzzers, which would get no further */
};

/* Bytes of a file that lie in a row in the image. */
struct image_run {
    u64 offset;
    u64 size;
};

struct image_file {
    const char *path; /* with `/` between names */
    u64 size;         /* 0 for directories */
    bool is_directory;
    const struct image_run *runs; /* in the file's order; together they have its size */
    u32 run_count;
    /* SHA-1 of each IMAGE_BLOCK bytes, the last filled up with what follows in the image; NULL: there are none. */
    const u8 (*digests)[IMAGE_DIGEST];
    u32 digest_count;
};

/* Everything that it hears is checked: runs lie in the image, and paths have only names that a file can have. */
struct image_listener {
    bool (*add)(void *context, const struct image_file *file, struct err *err);
    void *context;
};

/* A name that a file can have: not empty, no separators, nothing that disturbs a terminal, not `.` or `..`. */
static inline bool image_is_name(const u8 *name, u32 size)
{
    bool good = size && !(name[0] == '.' && (size == 1 || (size == 2 && name[1] == '.')));
    for (u32 i = 0; i < size; i++)
        good = good && name[i] >= 0x20 && name[i] != '/' && name[i] != '\\' && name[i] != 0x7F;
    return good;
}

#endif
