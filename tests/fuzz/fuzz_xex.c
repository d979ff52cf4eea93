/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes the reader of XEX2 files: headers, image, sections, import records, hashes. */
#include "emu/loader/xex.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

enum { IMAGE_MAX = 1 << 24 };

static void read_records(const struct xex *x, const struct xex_image *image)
{
    struct xex_record record;
    struct err err;
    for (u32 l = 0; l < x->library_count; l++)
        for (u32 i = 0; i < x->libraries[l].record_count; i++)
            if (!xex_record_at(x, image, &x->libraries[l], i, &record, &err))
                break;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct xex x;
    struct err err;
    if (!xex_parse(&x, data, size, &err))
        return 0;
    for (u32 i = 0; i < x.key_count; i++)
        xex_header_at(&x, i);
    struct xex_page page = {0};
    while (xex_page_next(&x, &page))
        ;
    struct xex_image image = {0};
    if (x.image_size <= IMAGE_MAX && xex_image_init(&image, &x, NULL, &err)) {
        if (xex_pe_parse(&image, &x, &err))
            read_records(&x, &image);
        xex_check(&x, &image, NULL, NULL);
    }
    xex_image_finish(&image);
    return 0;
}
