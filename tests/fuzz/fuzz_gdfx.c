/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes the reader of disc images. The input stands at sector 32; what is before it is zeros. */
#include "emu/host/image_gdfx.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

enum { FIRST = GDFX_DESCRIPTOR * GDFX_SECTOR };

struct input {
    const u8 *data;
    u64 size;
};

static bool read_input(void *context, u64 offset, void *out, size_t size, struct err *err)
{
    const struct input *in = context;
    if (offset > FIRST + in->size || size > FIRST + in->size - offset)
        return err_set(err, "the reader asked for 0x%zX bytes at 0x%llX", size, (unsigned long long)offset);
    for (size_t i = 0; i < size; i++)
        ((u8 *)out)[i] = offset + i < FIRST ? 0 : in->data[offset + i - FIRST];
    return true;
}

static bool check_file(void *context, const struct image_file *file, struct err *err)
{
    const struct input *in = context;
    u64 size = 0;
    (void)err;
    CHECK(file->path[0] && !strchr(file->path, '\\') && !strchr(file->path, '\n'), "a path of %zu bytes",
          strlen(file->path));
    CHECK(!file->is_directory || !file->size, "a directory with bytes");
    for (u32 i = 0; i < file->run_count; size += file->runs[i++].size)
        CHECK(file->runs[i].offset <= FIRST + in->size && file->runs[i].size <= FIRST + in->size - file->runs[i].offset,
              "0x%llX bytes at 0x%llX", (unsigned long long)file->runs[i].size,
              (unsigned long long)file->runs[i].offset);
    CHECK(size == file->size, "a file of 0x%llX bytes in runs of 0x%llX", (unsigned long long)file->size,
          (unsigned long long)size);
    return true;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct err err;
    struct input in = {data, size};
    const struct image_source source = {.read = read_input, .context = &in, .size = FIRST + size};
    const struct image_listener listener = {.add = check_file, .context = &in};
    image_gdfx_list(&source, &listener, &err);
    return 0;
}
