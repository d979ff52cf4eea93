/* SPDX-License-Identifier: BSD-3-Clause
 * The hashes of a XEX: header, import tables, LZX blocks, pages. The signature over them is not checked; a wrong hash
 * is worth a warning, since a title that was patched by hand still runs. */
#include "emu/loader/xex.h"

#include <nettle/sha1.h>
#include <stdio.h>

struct check {
    void (*report)(void *context, const char *what, bool good);
    void *context;
    u32 bad;
};

void xex_digest(u8 digest[XEX_DIGEST], const u8 *first, size_t first_size, const u8 *second, size_t second_size)
{
    struct sha1_ctx sha;
    sha1_init(&sha);
    sha1_update(&sha, first_size, first);
    sha1_update(&sha, second_size, second);
    sha1_digest(&sha, XEX_DIGEST, digest);
}

void xex_header_digest(u8 digest[XEX_DIGEST], const u8 *file, u32 header_size, u32 security)
{
    u32 signed_end = security + 8 + 0x174;
    xex_digest(digest, file + signed_end, header_size - signed_end, file, security + 8);
}

static void check_one(struct check *c, const char *what, const u8 *want, const u8 *got)
{
    bool good = memcmp(want, got, XEX_DIGEST) == 0;
    c->bad += !good;
    if (c->report)
        c->report(c->context, what, good);
}

static void check_imports(struct check *c, const struct xex *x)
{
    u8 got[XEX_DIGEST];
    char what[128];
    const u8 *want = x->file + x->security + XEX_SECURITY_IMPORT_DIGEST;
    for (u32 i = 0; i < x->library_count; i++) {
        const u8 *table = x->file + x->libraries[i].offset;
        xex_digest(got, table + 4, x->libraries[i].size - 4, NULL, 0);
        snprintf(what, sizeof what, "import table %u (%s)", i, x->libraries[i].name);
        check_one(c, what, want, got);
        want = table + 4;
    }
}

static void check_pages(struct check *c, const struct xex *x, const struct xex_image *image)
{
    u8 got[XEX_DIGEST];
    char what[128];
    struct xex_page page = {0};
    const u8 *want = x->file + x->security + XEX_SECURITY_IMAGE_DIGEST;
    for (u32 i = 0; xex_page_next(x, &page); i++) {
        u32 start = page.address - x->image_base;
        u32 size = start > image->size ? 0 : image->size - start < page.size ? image->size - start : page.size;
        const u8 *descriptor = x->file + page.offset;
        xex_digest(got, image->data + (size ? start : 0), size, descriptor, XEX_PAGE_SIZE);
        snprintf(what, sizeof what, "page descriptor %u (0x%08X, 0x%X bytes)", i, page.address, page.size);
        check_one(c, what, want, got);
        want = descriptor + 4;
    }
}

static void check_blocks(struct check *c, const struct xex_image *image)
{
    char what[128];
    for (u32 i = 0; i < image->block_count; i++) {
        snprintf(what, sizeof what, "LZX block %u", i);
        c->bad += !image->block_good[i];
        if (c->report)
            c->report(c->context, what, image->block_good[i]);
    }
}

u32 xex_check(const struct xex *x, const struct xex_image *image,
              void (*report)(void *context, const char *what, bool good), void *context)
{
    struct check c = {.report = report, .context = context};
    u8 got[XEX_DIGEST];
    xex_header_digest(got, x->file, x->header_size, x->security);
    check_one(&c, "header", x->file + x->security + XEX_SECURITY_HEADER_DIGEST, got);
    check_imports(&c, x);
    check_blocks(&c, image);
    check_pages(&c, x, image);
    return c.bad;
}
