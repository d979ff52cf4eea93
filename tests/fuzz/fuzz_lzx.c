/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes the LZX decoder, and the packer against it. First byte: window and size of the output, or what to pack. */
#include "emu/host/mkxex.h"
#include "emu/loader/lzx.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

enum { PACK_MAX = 3000 }; /* packing is slow */

static void unpack(const u8 *data, size_t size, u32 window, u32 out_size)
{
    struct err err;
    u8 *out = malloc(out_size);
    lzx_decode(window, data, size, out, out_size, &err);
    free(out);
}

static void pack(const u8 *data, u32 size, u32 window, u32 block)
{
    static const u8 kinds[] = {LZX_VERBATIM, LZX_UNCOMPRESSED, LZX_ALIGNED_OFFSETS};
    struct err err;
    struct mkxex_stream stream;
    const struct mkxex_lzx how = {
        .window = window, .block = block, .kinds = kinds, .kind_count = block % 2 ? countof(kinds) : 0};
    mkxex_lzx_pack(data, size, &how, &stream);
    u8 *out = malloc(size);
    CHECK(lzx_decode(window, stream.data, stream.size, out, size, &err), "%s", err.text);
    CHECK(!memcmp(out, data, size), "%u bytes are not the same", size);
    free(out);
    free(stream.data);
    free(stream.frame_ends);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    if (size < 4 || size > 1 << 18)
        return 0;
    u32 window = LZX_WINDOW_MIN << data[0] % 7, number = load_be16(data + 1);
    if (data[0] & 0x80)
        pack(data + 3, size < PACK_MAX ? (u32)size - 3 : PACK_MAX - 3, window, number % PACK_MAX + 200);
    else
        unpack(data + 3, size - 3, window, 1 + 3 * number);
    return 0;
}
