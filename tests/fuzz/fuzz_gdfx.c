/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes the reader of disc images. The input stands at sector 32; what is before it is zeros. */
#include "tests/fuzz/image.h"

#include "emu/host/image_gdfx.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct err err;
    struct fuzz_image in = {.data = data, .size = size, .first = GDFX_DESCRIPTOR * GDFX_SECTOR};
    const struct image_source source = {.read = fuzz_read, .context = &in, .size = in.first + size};
    const struct image_listener listener = {.add = fuzz_check_file, .context = &in};
    image_gdfx_list(&source, &listener, &err);
    return 0;
}
