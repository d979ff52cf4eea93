/* SPDX-License-Identifier: BSD-3-Clause
 * What the fuzzers of images share: the input as a source, zeros before it, and checks of what a reader finds. */
#ifndef TESTS_FUZZ_IMAGE_H
#define TESTS_FUZZ_IMAGE_H

#include "emu/host/image.h"

struct fuzz_image {
    const u8 *data;
    u64 size;
    u64 first; /* where the data begins */
};

static inline bool fuzz_read(void *context, u64 offset, void *out, size_t size, struct err *err)
{
    const struct fuzz_image *in = context;
    (void)err;
    CHECK(offset <= in->first + in->size && size <= in->first + in->size - offset,
          "the reader asked for 0x%zX bytes at 0x%llX", size, (unsigned long long)offset);
    for (size_t i = 0; i < size; i++)
        ((u8 *)out)[i] = offset + i < in->first ? 0 : in->data[offset + i - in->first];
    return true;
}

static inline bool fuzz_check_file(void *context, const struct image_file *file, struct err *err)
{
    const struct fuzz_image *in = context;
    u64 size = 0, end = in->first + in->size;
    (void)err;
    CHECK(file->path[0] && !strchr(file->path, '\\') && !strchr(file->path, '\n'), "a path of %zu bytes",
          strlen(file->path));
    CHECK(!file->is_directory || !file->size, "a directory with bytes");
    for (u32 i = 0; i < file->run_count; size += file->runs[i++].size)
        CHECK(file->runs[i].offset <= end && file->runs[i].size <= end - file->runs[i].offset, "0x%llX bytes at 0x%llX",
              (unsigned long long)file->runs[i].size, (unsigned long long)file->runs[i].offset);
    CHECK(size == file->size, "a file of 0x%llX bytes in runs of 0x%llX", (unsigned long long)file->size,
          (unsigned long long)size);
    return true;
}

#endif
