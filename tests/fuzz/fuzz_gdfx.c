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

static bool check_entry(void *context, const char *path, u64 offset, u64 size, bool is_directory, struct err *err)
{
    const struct input *in = context;
    (void)err;
    CHECK(path[0] && !strchr(path, '\\') && !strchr(path, '\n'), "a path of %zu bytes", strlen(path));
    CHECK(!size || (offset <= FIRST + in->size && size <= FIRST + in->size - offset), "0x%llX bytes at 0x%llX",
          (unsigned long long)size, (unsigned long long)offset);
    CHECK(!is_directory || !size, "a directory with bytes");
    return true;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct err err;
    struct input in = {data, size};
    const struct image_source source = {.read = read_input, .context = &in, .size = FIRST + size};
    const struct image_listener listener = {.add = check_entry, .context = &in};
    image_gdfx_list(&source, &listener, &err);
    return 0;
}
