/* SPDX-License-Identifier: BSD-3-Clause
 * Any bytes as a XEX2 file: headers, image, import records, hashes. */
#include "emu/loader/xex.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* A large image takes time to clear, and finds nothing that a small one does not. */
enum { IMAGE_MAX = 0x100000 };

static void look_around(const struct xex *x, const struct xex_image *image)
{
    struct err err;
    struct xex_record record;
    for (u32 l = 0; l < x->library_count; l++)
        for (u32 i = 0; i < x->libraries[l].record_count; i++)
            (void)xex_record_at(x, image, &x->libraries[l], i, &record, &err);
    (void)xex_check(x, image, NULL, NULL);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static const struct xex_keys keys = {.count = 1, .key = {"another key ...."}};
    struct xex x;
    struct xex_image image;
    struct err err;
    if (!xex_parse(&x, data, size, &err) || x.image_size > IMAGE_MAX)
        return 0;
    for (u32 i = 0; i < x.key_count; i++)
        (void)xex_header_at(&x, i);
    if (xex_image_init(&image, &x, &keys, &err))
        look_around(&x, &image);
    xex_image_finish(&image);
    return 0;
}
