/* SPDX-License-Identifier: BSD-3-Clause
 * The payload of a title with LZX compression: frames as chunks, some of them to a block, each block with the size and
 * digest of the next. */
#include "emu/host/mkxex.h"

#include "emu/loader/lzx.h"

#include <stdlib.h>

enum { BLOCK_FRAMES = 8, LZX_BLOCK = 2 * LZX_FRAME, BLOCK_ALIGN = 16 };

static u32 frame_start(const struct mkxex_stream *stream, u32 frame)
{
    return frame ? stream->frame_ends[frame - 1] : 0;
}

static u32 last_frame(const struct mkxex_stream *stream, u32 first)
{
    return stream->frame_count - first < BLOCK_FRAMES ? stream->frame_count : first + BLOCK_FRAMES;
}

static u32 block_size(const struct mkxex_stream *stream, u32 first)
{
    u32 last = last_frame(stream, first);
    u32 size = XEX_BLOCK_HEADER + frame_start(stream, last) - frame_start(stream, first) + 2 * (last - first) + 2;
    return (size + BLOCK_ALIGN - 1) & ~(u32)(BLOCK_ALIGN - 1);
}

/* The chunks of the block that begins with frame `first`; its end is zeros already. */
static void put_chunks(const struct mkxex_stream *stream, u32 first, u8 *block)
{
    u8 *at = block + XEX_BLOCK_HEADER;
    for (u32 i = first; i < last_frame(stream, first); i++) {
        u32 start = frame_start(stream, i), size = stream->frame_ends[i] - start;
        CHECK(size && size <= UINT16_MAX, "a frame of 0x%X bytes", size);
        store_be16(at, (u16)size);
        memcpy(at + 2, stream->data + start, size);
        at += 2 + size;
    }
}

void mkxex_blocks(const struct mkxex_image *image, u8 **payload, u32 *size, u8 first[XEX_BLOCK_HEADER])
{
    struct mkxex_stream stream;
    const struct mkxex_lzx how = {.window = MKXEX_WINDOW, .block = LZX_BLOCK};
    mkxex_lzx_pack(image->data, image->size, &how, &stream);
    *size = 0;
    for (u32 i = 0; i < stream.frame_count; i += BLOCK_FRAMES)
        *size += block_size(&stream, i);
    *payload = mkxex_alloc(*size);
    /* From the last block to the first, since each has the digest of the one behind it. */
    u8 next[XEX_BLOCK_HEADER] = {0};
    u32 at = *size;
    for (u32 i = (stream.frame_count - 1) / BLOCK_FRAMES * BLOCK_FRAMES;; i -= BLOCK_FRAMES) {
        u32 bytes = block_size(&stream, i);
        at -= bytes;
        put_chunks(&stream, i, *payload + at);
        memcpy(*payload + at, next, sizeof next);
        store_be32(next, bytes);
        xex_digest(next + 4, *payload + at, bytes, NULL, 0);
        if (!i)
            break;
    }
    memcpy(first, next, sizeof next);
    free(stream.data);
    free(stream.frame_ends);
}
