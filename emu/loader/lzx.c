/* SPDX-License-Identifier: BSD-3-Clause
 * Unpacking LZX. The stream's manual is in lzx.h. Behind the input's end zeros are read, and the place is checked
 * before anything is believed. */
#include "emu/loader/lzx.h"

#include <stdlib.h>

enum { FAST_BITS = 10, NO_SYMBOL = 0xFFFF };

/* A canonical code. Codes are compared as 16-bit numbers, filled up with zeros from below. */
struct tree {
    u16 fast[1 << FAST_BITS];    /* symbol << 5 | length by the first bits; 0: longer, or none */
    u32 limit[LZX_CODE_MAX + 1]; /* end of the codes of that length, which is the start of the next length's */
    u16 first[LZX_CODE_MAX + 1]; /* place of the length's first symbol */
    u16 symbols[LZX_MAIN_MAX];   /* by length, then by number */
};

struct lzx {
    const u8 *in;
    size_t in_size;
    size_t in_at; /* may go behind the end */
    u64 bits;     /* the next ones, from the highest on */
    u32 have;
    u8 *out;
    size_t out_size;
    size_t at;
    u32 window;
    u32 slots;
    u32 offsets[3];
    u32 block_type;
    u32 block_left;
    bool pad; /* the uncompressed block has an odd count of bytes */
    u8 main_lengths[LZX_MAIN_MAX];
    u8 length_lengths[LZX_LENGTHS];
    struct tree main, length, aligned, pretree;
};

bool lzx_window_is_valid(u32 window)
{
    return window >= LZX_WINDOW_MIN && window <= LZX_WINDOW_MAX && !(window & (window - 1));
}

u32 lzx_slots(u32 window)
{
    u32 slots = 0;
    while (slots < LZX_SLOTS_MAX && lzx_slot_base(slots) < window)
        slots++;
    return slots;
}

/* Of the byte with the next bit. */
static size_t place(const struct lzx *z)
{
    return z->in_at - (z->have + 7) / 8;
}

static void fill(struct lzx *z)
{
    while (z->have <= 48) {
        u64 low = z->in_at < z->in_size ? z->in[z->in_at] : 0;
        u64 high = z->in_at + 1 < z->in_size ? z->in[z->in_at + 1] : 0;
        z->bits |= (high << 8 | low) << (48 - z->have);
        z->have += 16;
        z->in_at += 2;
    }
}

static void drop(struct lzx *z, u32 count)
{
    z->bits <<= count;
    z->have -= count;
}

/* count <= 17 */
static u32 take(struct lzx *z, u32 count)
{
    if (!count)
        return 0;
    fill(z);
    u32 value = (u32)(z->bits >> (64 - count));
    drop(z, count);
    return value;
}

static bool check_input(const struct lzx *z, struct err *err)
{
    if (8 * z->in_at - z->have <= 8 * z->in_size)
        return true;
    return err_set(err, "LZX stream at 0x%zX: it ends there, after 0x%zX of 0x%zX bytes", z->in_size, z->at,
                   z->out_size);
}

static void fill_fast(struct tree *t, u32 symbol, u32 length, u32 code)
{
    u32 start = code >> (LZX_CODE_MAX - FAST_BITS);
    for (u32 i = 0; i < 1u << (FAST_BITS - length); i++)
        t->fast[start + i] = (u16)(symbol << 5 | length);
}

/* False: the lengths are not those of a code, which uses all the room there is or none. */
static bool tree_build(struct tree *t, const u8 *lengths, u32 count)
{
    u32 counts[LZX_CODE_MAX + 1] = {0};
    memset(t, 0, sizeof *t);
    for (u32 i = 0; i < count; i++)
        counts[lengths[i]]++;
    for (u32 n = 1, place_of = 0; n <= LZX_CODE_MAX; n++) {
        t->limit[n] = t->limit[n - 1] + (counts[n] << (LZX_CODE_MAX - n));
        t->first[n] = (u16)place_of;
        place_of += counts[n];
    }
    if (t->limit[LZX_CODE_MAX] != 0 && t->limit[LZX_CODE_MAX] != 1u << LZX_CODE_MAX)
        return false;
    u32 used[LZX_CODE_MAX + 1] = {0};
    for (u32 i = 0; i < count; i++) {
        u32 n = lengths[i];
        if (!n)
            continue;
        if (n <= FAST_BITS)
            fill_fast(t, i, n, t->limit[n - 1] + (used[n] << (LZX_CODE_MAX - n)));
        t->symbols[t->first[n] + used[n]++] = (u16)i;
    }
    return true;
}

/* NO_SYMBOL: the tree is empty. */
static u32 symbol(struct lzx *z, const struct tree *t)
{
    fill(z);
    u32 entry = t->fast[z->bits >> (64 - FAST_BITS)];
    if (entry) {
        drop(z, entry & 31);
        return entry >> 5;
    }
    u32 code = (u32)(z->bits >> (64 - LZX_CODE_MAX));
    for (u32 n = FAST_BITS + 1; n <= LZX_CODE_MAX; n++) {
        if (code >= t->limit[n])
            continue;
        drop(z, n);
        return t->symbols[t->first[n] + ((code - t->limit[n - 1]) >> (LZX_CODE_MAX - n))];
    }
    return NO_SYMBOL;
}

static bool bad_tree(const struct lzx *z, const char *which, struct err *err)
{
    return err_set(err, "LZX stream at 0x%zX: the code lengths of the %s are no code", place(z), which);
}

/* A run of equal lengths: how many, and which. */
static bool length_run(struct lzx *z, u32 code, u8 before, u32 *count, u8 *length)
{
    *length = 0;
    *count = code == 17 ? 4 + take(z, 4) : code == 18 ? 20 + take(z, 5) : 4 + take(z, 1);
    if (code != 19)
        return true;
    code = symbol(z, &z->pretree);
    if (code > 16)
        return false;
    *length = (u8)((before + 17 - code) % 17);
    return true;
}

/* Lengths [first, last) of one tree, as differences from the block before. */
static bool read_lengths(struct lzx *z, u8 *lengths, u32 first, u32 last, const char *which, struct err *err)
{
    u8 pretree[LZX_PRETREE];
    for (u32 i = 0; i < LZX_PRETREE; i++)
        pretree[i] = (u8)take(z, 4);
    if (!tree_build(&z->pretree, pretree, LZX_PRETREE))
        return bad_tree(z, which, err);
    for (u32 i = first; i < last;) {
        u32 code = symbol(z, &z->pretree);
        if (code == NO_SYMBOL || !check_input(z, err))
            return code == NO_SYMBOL ? bad_tree(z, which, err) : false;
        if (code <= 16) {
            lengths[i] = (u8)((lengths[i] + 17 - code) % 17);
            i++;
            continue;
        }
        u32 count;
        u8 length;
        if (!length_run(z, code, lengths[i], &count, &length) || count > last - i)
            return bad_tree(z, which, err);
        memset(lengths + i, length, count);
        i += count;
    }
    return true;
}

static bool begin_compressed(struct lzx *z, struct err *err)
{
    u8 aligned[LZX_ALIGNED];
    u32 symbols = LZX_LITERALS + 8 * z->slots;
    if (z->block_type == LZX_ALIGNED_OFFSETS) {
        for (u32 i = 0; i < LZX_ALIGNED; i++)
            aligned[i] = (u8)take(z, 3);
        if (!tree_build(&z->aligned, aligned, LZX_ALIGNED))
            return bad_tree(z, "aligned tree", err);
    }
    if (!read_lengths(z, z->main_lengths, 0, LZX_LITERALS, "main tree", err) ||
        !read_lengths(z, z->main_lengths, LZX_LITERALS, symbols, "main tree", err))
        return false;
    if (!tree_build(&z->main, z->main_lengths, symbols))
        return bad_tree(z, "main tree", err);
    if (!read_lengths(z, z->length_lengths, 0, LZX_LENGTHS, "length tree", err))
        return false;
    return tree_build(&z->length, z->length_lengths, LZX_LENGTHS) || bad_tree(z, "length tree", err);
}

/* From bits to bytes: the rest of the word is skipped, or a whole word when none is begun. */
static bool begin_uncompressed(struct lzx *z, struct err *err)
{
    fill(z);
    drop(z, z->have % 16 ? z->have % 16 : 16);
    z->in_at = place(z);
    z->bits = 0;
    z->have = 0;
    for (u32 i = 0; i < 3; i++) {
        u32 low = take(z, 16);
        z->offsets[i] = low | take(z, 16) << 16;
    }
    z->in_at = place(z);
    z->bits = 0;
    z->have = 0;
    z->pad = z->block_left % 2;
    return check_input(z, err);
}

static bool begin_block(struct lzx *z, struct err *err)
{
    if (z->block_type == LZX_UNCOMPRESSED && z->pad)
        z->in_at++;
    z->pad = false;
    size_t start = place(z);
    z->block_type = take(z, 3);
    z->block_left = take(z, 12) << 12;
    z->block_left |= take(z, 12);
    if (!check_input(z, err))
        return false;
    if (z->block_type == LZX_UNCOMPRESSED)
        return begin_uncompressed(z, err);
    if (z->block_type == LZX_VERBATIM || z->block_type == LZX_ALIGNED_OFFSETS)
        return begin_compressed(z, err);
    return err_set(err, "LZX stream at 0x%zX: unknown type of block %u", start, z->block_type);
}

/* The offset of a match; it moves to the front of the last three. */
static u32 match_offset(struct lzx *z, u32 slot)
{
    if (slot < 3) {
        u32 offset = z->offsets[slot];
        z->offsets[slot] = z->offsets[0];
        return z->offsets[0] = offset;
    }
    u32 extra = lzx_extra_bits(slot), more;
    if (z->block_type == LZX_ALIGNED_OFFSETS && extra >= 3) {
        more = take(z, extra - 3) << 3;
        u32 low = symbol(z, &z->aligned);
        if (low == NO_SYMBOL)
            return 0;
        more |= low;
    } else {
        more = take(z, extra);
    }
    z->offsets[2] = z->offsets[1];
    z->offsets[1] = z->offsets[0];
    return z->offsets[0] = lzx_slot_base(slot) - 2 + more;
}

static bool copy_match(struct lzx *z, u32 code, size_t end, struct err *err)
{
    u32 length = (code & 7) + LZX_MATCH_MIN;
    if (length == 7 + LZX_MATCH_MIN) {
        u32 more = symbol(z, &z->length);
        if (more == NO_SYMBOL)
            return err_set(err, "LZX stream at 0x%zX: a match's length has no code", place(z));
        length += more;
    }
    u32 offset = match_offset(z, code >> 3);
    if (!offset || offset > z->at || offset > z->window)
        return err_set(err, "LZX stream at 0x%zX: a match reaches 0x%X bytes back, there are 0x%zX (window 0x%X)",
                       place(z), offset, z->at, z->window);
    if (length > end - z->at)
        return err_set(err, "LZX stream at 0x%zX: a match of 0x%X bytes crosses the end of its frame or block",
                       place(z), length);
    for (u8 *p = z->out + z->at, *stop = p + length; p < stop; p++)
        *p = *(p - offset);
    z->at += length;
    return true;
}

static bool read_symbols(struct lzx *z, size_t end, struct err *err)
{
    while (z->at < end) {
        u32 code = symbol(z, &z->main);
        if (code < LZX_LITERALS)
            z->out[z->at++] = (u8)code;
        else if (code == NO_SYMBOL)
            return err_set(err, "LZX stream at 0x%zX: a block without codes", place(z));
        else if (!copy_match(z, code - LZX_LITERALS, end, err))
            return check_input(z, NULL) ? false : check_input(z, err);
    }
    return check_input(z, err);
}

static bool read_bytes(struct lzx *z, size_t end, struct err *err)
{
    size_t size = end - z->at;
    if (z->in_at > z->in_size || size > z->in_size - z->in_at) {
        z->in_at += size;
        return check_input(z, err);
    }
    memcpy(z->out + z->at, z->in + z->in_at, size);
    z->in_at += size;
    z->at = end;
    return true;
}

static bool read_frame(struct lzx *z, struct err *err)
{
    size_t frame_end = z->out_size - z->at < LZX_FRAME ? z->out_size : z->at + LZX_FRAME;
    while (z->at < frame_end) {
        if (!z->block_left && !begin_block(z, err))
            return false;
        size_t start = z->at, left = frame_end - z->at;
        size_t end = z->block_left < left ? start + z->block_left : frame_end;
        if (!(z->block_type == LZX_UNCOMPRESSED ? read_bytes : read_symbols)(z, end, err))
            return false;
        z->block_left -= (u32)(end - start);
    }
    drop(z, z->have % 16);
    return true;
}

/* From out + at on. */
static bool decode(u32 window, const u8 *in, size_t in_size, u8 *out, size_t at, size_t out_size, struct err *err)
{
    if (!lzx_window_is_valid(window))
        return err_set(err, "LZX stream: a window of 0x%X bytes is not a power of two from 0x%X to 0x%X", window,
                       LZX_WINDOW_MIN, LZX_WINDOW_MAX);
    struct lzx *z = calloc(1, sizeof *z);
    if (!z)
        return err_set(err, "LZX stream: no memory to unpack it");
    z->in = in;
    z->in_size = in_size;
    z->out = out;
    z->out_size = out_size;
    z->at = at;
    z->window = window;
    z->slots = lzx_slots(window);
    z->offsets[0] = z->offsets[1] = z->offsets[2] = 1;
    bool good = !take(z, 1) || err_set(err, "LZX stream at 0x0: it translates x86 calls, which no title has");
    while (good && z->at < out_size)
        good = read_frame(z, err);
    free(z);
    return good;
}

bool lzx_decode(u32 window, const u8 *in, size_t in_size, u8 *out, size_t out_size, struct err *err)
{
    return decode(window, in, in_size, out, 0, out_size, err);
}

bool lzx_decode_delta(u32 window, const u8 *in, size_t in_size, const u8 *old, size_t old_size, u8 *out,
                      size_t out_size, struct err *err)
{
    if (!lzx_window_is_valid(window) || old_size > window)
        return err_set(err, "LZX stream: 0x%zX bytes of the old file do not fit into a window of 0x%X", old_size,
                       window);
    u8 *both = calloc(1, window + out_size);
    if (!both)
        return err_set(err, "LZX stream: no memory to unpack it");
    if (old_size)
        memcpy(both + window - old_size, old, old_size);
    bool good = decode(window, in, in_size, both, window, window + out_size, err);
    if (good && out_size)
        memcpy(out, both + window, out_size);
    free(both);
    return good;
}
