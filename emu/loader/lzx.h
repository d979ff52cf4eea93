/* SPDX-License-Identifier: BSD-3-Clause
 * LZX as titles use it ("normal" compression): 16-bit little-endian words, read from the highest bit on.
 *
 * Stream = 1 bit (0: no translation of x86 calls, which no title has), then blocks {3 bits type, 24 bits of unpacked
 * bytes, body}. Output is cut into frames of 32 KiB: no match crosses a frame's end, and the stream is aligned to a
 * word there. Code lengths of the main tree (256 literals, then 8 for each slot of offsets) and of the length tree
 * (249) are kept from block to block and written as differences modulo 17, by a tree of 20 symbols of its own. verbatim
 * 1      main tree in two parts, length tree; then symbols aligned 2       8 lengths of 3 bits of the aligned tree
 * (lowest 3 bits of far offsets), then as verbatim uncompressed 3  1 to 16 bits up to a word, the three last offsets
 * (32 bits little-endian), bytes, a byte to make their count even A match's symbol - 256 = slot << 3 | length - 2 (7:
 * the length tree tells more). Slots 0, 1, 2 stand for the last three offsets. Facts from Microsoft's description of
 * LZX and libmspack's comments. */
#ifndef EMU_LOADER_LZX_H
#define EMU_LOADER_LZX_H

#include "schema/base.h"

enum {
    LZX_FRAME = 0x8000,
    LZX_WINDOW_MIN = 0x8000,
    LZX_WINDOW_MAX = 0x200000,
    LZX_SLOTS_MAX = 50,
    LZX_LITERALS = 256,
    LZX_MAIN_MAX = LZX_LITERALS + 8 * LZX_SLOTS_MAX,
    LZX_LENGTHS = 249,
    LZX_ALIGNED = 8,
    LZX_PRETREE = 20,
    LZX_MATCH_MIN = 2,
    LZX_MATCH_MAX = 257,
    LZX_CODE_MAX = 16, /* bits */
};

enum lzx_block { LZX_VERBATIM = 1, LZX_ALIGNED_OFFSETS = 2, LZX_UNCOMPRESSED = 3 };

/* False: not a power of two from 32 KiB to 2 MiB. */
bool lzx_window_is_valid(u32 window);

/* Of offsets that a window needs. */
u32 lzx_slots(u32 window);

static inline u32 lzx_extra_bits(u32 slot)
{
    return slot < 4 ? 0 : slot >= 36 ? 17 : slot / 2 - 1;
}

/* The slot's least offset, plus 2. */
static inline u32 lzx_slot_base(u32 slot)
{
    if (slot < 4)
        return slot;
    return slot >= 36 ? (slot - 34) << 17 : (2 + (slot & 1)) << lzx_extra_bits(slot);
}

/* Unpacks exactly out_size bytes. False: err names the place in the stream and the reason; out holds what came before.
 */
bool lzx_decode(u32 window, const u8 *in, size_t in_size, u8 *out, size_t out_size, struct err *err);

/* As patches use it: matches may reach back into `old`, which stands as if it had been unpacked right before (with
 * zeros before it, up to the window). old_size is at most the window's; out and old may overlap. */
bool lzx_decode_delta(u32 window, const u8 *in, size_t in_size, const u8 *old, size_t old_size, u8 *out,
                      size_t out_size, struct err *err);

#endif
