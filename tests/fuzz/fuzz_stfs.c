/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes the reader of packages, with their digests checked and taken on trust. */
#include "tests/fuzz/image.h"

#include "emu/host/image_stfs.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct err err;
    struct fuzz_image in = {.data = data, .size = size, .first = 0};
    struct image_source source = {.read = fuzz_read, .context = &in, .size = in.first + size};
    const struct image_listener listener = {.add = fuzz_check_file, .context = &in};
    image_stfs_list(&source, &listener, &err);
    source.trusts = true;
    image_stfs_list(&source, &listener, &err);
    return 0;
}
