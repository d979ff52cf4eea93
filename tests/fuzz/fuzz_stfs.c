/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes the reader of packages. */
#include "tests/fuzz/image.h"

#include "emu/host/image_stfs.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct err err;
    struct fuzz_image in = {.data = data, .size = size, .first = 0};
    const struct image_source source = {.read = fuzz_read, .context = &in, .size = in.first + size, .trusts = true};
    const struct image_listener listener = {.add = fuzz_check_file, .context = &in};
    image_stfs_list(&source, &listener, &err);
    return 0;
}
