/* SPDX-License-Identifier: BSD-3-Clause
 * The payload of a title with LZX compression: a chain of blocks, each with the size and digest of the next, cut into
 * chunks. The chunks are put in a row and unpacked. */
#include "emu/loader/lzx.h"
#include "emu/loader/xex.h"

#include <stdlib.h>

struct chain {
    const struct xex *x;
    const u8 *payload;
    size_t size;
    size_t at;
    u8 *stream;
    size_t stream_size;
};

/* Places as the user sees them, in the file. */
static size_t file_place(const struct chain *c, size_t at)
{
    return c->x->header_size + at;
}

static bool gather_chunks(struct chain *c, size_t end, struct err *err)
{
    for (size_t at = c->at + XEX_BLOCK_HEADER;;) {
        if (end - at < 2)
            return err_set(err, "payload at 0x%zX: the LZX block that begins at 0x%zX has no last chunk",
                           file_place(c, at), file_place(c, c->at));
        u32 size = load_be16(c->payload + at);
        at += 2;
        if (!size)
            return true;
        if (size > end - at)
            return err_set(err, "payload at 0x%zX: a chunk of 0x%X bytes ends behind its LZX block",
                           file_place(c, at - 2), size);
        memcpy(c->stream + c->stream_size, c->payload + at, size);
        c->stream_size += size;
        at += size;
    }
}

static bool gather_blocks(struct chain *c, struct xex_image *image, struct err *err)
{
    const u8 *next = c->x->file + c->x->block;
    for (u32 size; (size = load_be32(next)) != 0; c->at += size) {
        if (size < XEX_BLOCK_HEADER || size > c->size - c->at)
            return err_set(err, "payload at 0x%zX: an LZX block of 0x%X bytes, 0x%zX are left", file_place(c, c->at),
                           size, c->size - c->at);
        u8 digest[XEX_DIGEST];
        const u8 *block = c->payload + c->at;
        xex_digest(digest, block, size, NULL, 0);
        image->block_good[image->block_count++] = memcmp(digest, next + 4, XEX_DIGEST) == 0;
        if (!gather_chunks(c, c->at + size, err))
            return false;
        next = block;
    }
    return true;
}

bool xex_lzx_unpack(struct xex_image *image, const struct xex *x, const u8 *payload, size_t size, struct err *err)
{
    struct chain c = {.x = x, .payload = payload, .size = size};
    free(image->block_good);
    image->block_count = 0;
    image->block_good = calloc(size / XEX_BLOCK_HEADER + 1, sizeof *image->block_good);
    c.stream = malloc(size + 1);
    bool good = image->block_good && c.stream;
    if (!good)
        err_set(err, "payload at 0x%X: no memory for 0x%zX bytes", x->header_size, size);
    good = good && gather_blocks(&c, image, err) &&
           lzx_decode(x->window, c.stream, c.stream_size, image->data, image->size, err);
    free(c.stream);
    return good;
}
