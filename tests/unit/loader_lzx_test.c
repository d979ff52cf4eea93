/* SPDX-License-Identifier: BSD-3-Clause
 * LZX: what was packed here comes back, for every type of block, window and length; streams made by hand; broken
 * streams of every kind with the sentence each gets. */
#include "emu/host/mkxex.h"
#include "emu/loader/lzx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static u32 seed = 1;

static u32 draw(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

/* Text-like: words that come again from near and far, noise between them. */
static u8 *make_text(u32 size, u32 noise)
{
    u8 *text = malloc(size);
    for (u32 at = 0; at < size;) {
        u32 length = 1 + draw() % 400, from = at ? draw() % at : 0;
        bool is_noise = !at || draw() % 100 < noise;
        length = is_noise ? length % 40 + 1 : length;
        for (u32 i = 0; i < length && at < size; i++, at++)
            text[at] = is_noise ? (u8)(draw() % 7 * 13) : text[from + i];
    }
    return text;
}

static u8 *make_random(u32 size)
{
    u8 *bytes = malloc(size ? size : 1);
    for (u32 i = 0; i < size; i++)
        bytes[i] = (u8)draw();
    return bytes;
}

/* Packs, unpacks and compares; returns the packed size. */
static u32 round_trip(const u8 *in, u32 size, u32 window, u32 block, const u8 *kinds, u32 kind_count)
{
    struct err err;
    struct mkxex_stream stream;
    const struct mkxex_lzx how = {.window = window, .block = block, .kinds = kinds, .kind_count = kind_count};
    mkxex_lzx_pack(in, size, &how, &stream);
    assert_int_equal(stream.frame_count, (size + LZX_FRAME - 1) / LZX_FRAME);
    /* Exact copies, so that a read or write outside is seen by the address sanitizer. */
    u8 *copy = malloc(stream.size), *out = malloc(size);
    memcpy(copy, stream.data, stream.size);
    if (!lzx_decode(window, copy, stream.size, out, size, &err))
        fail_msg("%u bytes, window 0x%X, blocks of 0x%X: %s", size, window, block, err.text);
    assert_memory_equal(out, in, size);
    /* Less of the input is never enough, but for the last word's padding. */
    assert_false(stream.size > 2 && lzx_decode(window, copy, stream.size - 3, out, size, &err));
    free(stream.data);
    free(stream.frame_ends);
    free(copy);
    free(out);
    return stream.size;
}

static const u8 each_kind[] = {LZX_VERBATIM, LZX_ALIGNED_OFFSETS, LZX_UNCOMPRESSED};
static const u8 mixed[] = {LZX_UNCOMPRESSED, LZX_ALIGNED_OFFSETS, LZX_UNCOMPRESSED,   LZX_UNCOMPRESSED,
                           LZX_VERBATIM,     LZX_VERBATIM,        LZX_ALIGNED_OFFSETS};

static void test_each_type_of_block(void **state)
{
    (void)state;
    enum { SIZE = 300001 };
    u8 *text = make_text(SIZE, 30);
    u32 plain = round_trip(text, SIZE, 0x20000, 0x10000, each_kind + 2, 1);
    assert_in_range(plain, SIZE, SIZE + 200);
    u32 verbatim = round_trip(text, SIZE, 0x20000, 0x10000, each_kind, 1);
    assert_in_range(verbatim, SIZE / 100, SIZE / 4);
    u32 aligned = round_trip(text, SIZE, 0x20000, 0x10000, each_kind + 1, 1);
    assert_in_range(aligned, verbatim - verbatim / 20, verbatim + verbatim / 20);
    u32 best = round_trip(text, SIZE, 0x20000, 0x10000, NULL, 0);
    assert_in_range(best, 1, (verbatim < aligned ? verbatim : aligned) + 8);
    free(text);
}

static void test_blocks_and_frames_end_anywhere(void **state)
{
    (void)state;
    static const u32 blocks[] = {1, 2, 3, 77, 1000, 0x7FFF, 0x8000, 0x8001, 0x12345, 0x40000};
    static const u32 sizes[] = {1, 2, 3, 100, 0x7FFF, 0x8000, 0x8001, 0x10000, 0x1C001};
    for (u32 b = 0; b < countof(blocks); b++) {
        for (u32 s = 0; s < countof(sizes); s++) {
            u32 size = blocks[b] < 100 && sizes[s] > 0x8001 ? 0x8100 : sizes[s];
            if (blocks[b] < 4 && size > 100)
                size = 500;
            u8 *text = make_text(size, 50);
            round_trip(text, size, 0x8000, blocks[b], mixed, countof(mixed));
            free(text);
        }
    }
}

static void test_every_window(void **state)
{
    (void)state;
    for (u32 window = LZX_WINDOW_MIN; window <= LZX_WINDOW_MAX; window *= 2) {
        /* What lies a window back comes again, once just in reach and once just out of it. */
        u32 size = window + 0x9000;
        u8 *bytes = make_random(size);
        memcpy(bytes + window + 0x100 - 3, bytes + 0x100, 0x200);
        memcpy(bytes + window + 0x1000 - 2, bytes + 0x1000, 0x200);
        round_trip(bytes, size, window, 0x10000, each_kind, 2);
        free(bytes);
    }
}

static void test_random_bytes_grow_little(void **state)
{
    (void)state;
    u8 *bytes = make_random(100000);
    assert_in_range(round_trip(bytes, 100000, 0x8000, 0x8000, NULL, 0), 100000, 100100);
    round_trip(bytes, 100000, 0x8000, 0x8000, each_kind, 2);
    memset(bytes, 0, 100000);
    assert_in_range(round_trip(bytes, 100000, 0x8000, 0x20000, NULL, 0), 1, 200);
    free(bytes);
}

/* ---- Streams made by hand ---- */

struct bits {
    u8 bytes[512];
    u32 count; /* of bits */
};

static void put(struct bits *b, u32 value, u32 count)
{
    for (u32 i = count; i-- > 0; b->count++) {
        u32 word = b->count / 16, bit = 15 - b->count % 16;
        if (i < 32 && value >> i & 1)
            b->bytes[2 * word + bit / 8] |= (u8)(1 << bit % 8);
    }
}

static void put_header(struct bits *b, u32 type, u32 size)
{
    put(b, 0, 1);
    put(b, type, 3);
    put(b, size, 24);
}

/* Lengths of `count` symbols, all zero but these two, which get 1 bit each. */
static void put_pair(struct bits *b, u32 count, u32 first, u32 second)
{
    for (u32 i = 0; i < 20; i++) /* pretree: 0 and 16 (which is 1 down from 0) of 1 bit */
        put(b, i == 0 || i == 16, 4);
    for (u32 i = 0; i < count; i++)
        put(b, i == first || i == second, 1);
}

/* A block with the literal 'a' and one match's symbol. */
static void put_trees(struct bits *b, u32 match)
{
    put_pair(b, 256, 'a', 1000);
    put_pair(b, 240, match, 1000);
    put_pair(b, 249, 1000, 1000);
}

static void test_stream_made_by_hand(void **state)
{
    (void)state;
    struct err err;
    struct bits b = {0};
    u8 out[10];
    put_header(&b, LZX_VERBATIM, 10);
    put_trees(&b, 4); /* slot 0, length 6 */
    put(&b, 0, 1);    /* a */
    put(&b, 1, 1);    /* six more */
    put(&b, 0, 3);    /* a a a */
    if (!lzx_decode(0x8000, b.bytes, (b.count + 15) / 16 * 2, out, sizeof out, &err))
        fail_msg("%s", err.text);
    assert_memory_equal(out, "aaaaaaaaaa", 10);
}

static void test_uncompressed_made_by_hand(void **state)
{
    (void)state;
    struct err err;
    struct bits b = {0};
    u8 out[3];
    put_header(&b, LZX_UNCOMPRESSED, 3);
    b.count = 32; /* 28 bits, then up to the word's end */
    memcpy(b.bytes + 4, "\1\0\0\0\1\0\0\0\1\0\0\0xyz", 15);
    assert_true(lzx_decode(0x8000, b.bytes, 19, out, sizeof out, &err));
    assert_memory_equal(out, "xyz", 3);
    assert_false(lzx_decode(0x8000, b.bytes, 18, out, sizeof out, &err));
    assert_string_equal(err.text, "LZX stream at 0x12: it ends there, after 0x0 of 0x3 bytes");
}

/* ---- Broken streams ---- */

/* clang-format off */
static void break_translation(struct bits *b) { put(b, 1, 1); }
static void break_type(struct bits *b) { put_header(b, 4, 10); }
static void break_end(struct bits *b) { put_header(b, LZX_VERBATIM, 10); b->count = 16; }
static void break_reach(struct bits *b) { put_header(b, LZX_VERBATIM, 10); put_trees(b, 4); put(b, 1, 1); put(b, 0, 32); }
static void break_offset(struct bits *b) { put_header(b, LZX_VERBATIM, 10); put_trees(b, 8 * 6); put(b, 1, 2); put(b, 0, 32); }
static void break_length(struct bits *b) { put_header(b, LZX_VERBATIM, 4); put_trees(b, 4); put(b, 1, 2); put(b, 0, 32); }
static void break_more(struct bits *b) { put_header(b, LZX_VERBATIM, 10); put_trees(b, 7); put(b, 1, 2); put(b, 0, 32); }
static void break_pretree(struct bits *b) { put_header(b, LZX_VERBATIM, 10); put(b, 1, 4); put(b, 0, 200); }
static void break_empty_pretree(struct bits *b) { put_header(b, LZX_VERBATIM, 10); put(b, 0, 200); }
static void break_aligned(struct bits *b) { put_header(b, LZX_ALIGNED_OFFSETS, 10); put(b, 1, 3); put(b, 0, 200); }
static void break_main(struct bits *b) { put_header(b, LZX_VERBATIM, 10); put_pair(b, 256, 'a', 'b'); put_pair(b, 240, 4, 1000); put(b, 0, 32); }
static void break_length_tree(struct bits *b) { put_header(b, LZX_VERBATIM, 10); put_pair(b, 256, 'a', 'b'); put_pair(b, 240, 999, 999); put_pair(b, 249, 3, 999); }
static void break_no_codes(struct bits *b) { put_header(b, LZX_VERBATIM, 10); put_pair(b, 256, 999, 999); put_pair(b, 240, 999, 999); put_pair(b, 249, 999, 999); put(b, 0, 32); }
static void break_run(struct bits *b)
{
    put_header(b, LZX_VERBATIM, 10);
    put_pair(b, 256, 'a', 'b');
    for (u32 i = 0; i < 20; i++)
        put(b, i == 0 || i == 18, 4);
    for (u32 i = 0; i < 5; i++)
        put(b, 0x3F, 6); /* 51 zeros */
}

static const struct {
    void (*make)(struct bits *b);
    const char *error;
} broken[] = {
    {break_translation,   "LZX stream at 0x0: it translates x86 calls, which no title has"},
    {break_type,          "LZX stream at 0x0: unknown type of block 4"},
    {break_end,           "LZX stream at 0x2: it ends there, after 0x0 of 0xA bytes"},
    {break_reach,         "a match reaches 0x1 bytes back, there are 0x0 (window 0x8000)"},
    {break_offset,        "a match reaches 0x6 bytes back, there are 0x1 (window 0x8000)"},
    {break_length,        "a match of 0x6 bytes crosses the end of its frame or block"},
    {break_more,          "a match's length has no code"},
    {break_pretree,       "the code lengths of the main tree are no code"},
    {break_empty_pretree, "the code lengths of the main tree are no code"},
    {break_aligned,       "the code lengths of the aligned tree are no code"},
    {break_main,          "the code lengths of the main tree are no code"},
    {break_length_tree,   "the code lengths of the length tree are no code"},
    {break_no_codes,      "a block without codes"},
    {break_run,           "the code lengths of the main tree are no code"},
};
/* clang-format on */

static void test_broken_streams_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(broken); i++) {
        struct bits b = {0};
        struct err err;
        u8 *out = malloc(10);
        broken[i].make(&b);
        u32 size = (b.count + 15) / 16 * 2;
        u8 *copy = malloc(size);
        memcpy(copy, b.bytes, size);
        if (lzx_decode(0x8000, copy, size, out, 10, &err))
            fail_msg("accepted: %s", broken[i].error);
        if (!strstr(err.text, broken[i].error))
            fail_msg("%zu: \"%s\" lacks \"%s\"", i, err.text, broken[i].error);
        free(copy);
        free(out);
    }
}

static void test_windows_are_checked(void **state)
{
    (void)state;
    static const u32 bad[] = {0, 1, 0x4000, 0x8001, 0xC000, 0x400000, 0x80000000};
    struct err err;
    u8 out[4];
    for (u32 i = 0; i < countof(bad); i++)
        assert_false(lzx_decode(bad[i], out, 0, out, sizeof out, &err));
    assert_int_equal(lzx_slots(0x8000), 30);
    assert_int_equal(lzx_slots(0x40000), 36);
    assert_int_equal(lzx_slots(0x80000), 38);
    assert_int_equal(lzx_slots(0x100000), 42);
    assert_int_equal(lzx_slots(0x200000), 50);
}

/* Any byte may be wrong: the decoder says so or gives other bytes, and stays inside. */
static void test_flipped_bits_are_survived(void **state)
{
    (void)state;
    enum { SIZE = 5000 };
    struct err err;
    struct mkxex_stream stream;
    u8 *text = make_text(SIZE, 40), *out = malloc(SIZE);
    const struct mkxex_lzx how = {.window = 0x8000, .block = 1500, .kinds = each_kind, .kind_count = 3};
    u32 refused = 0;
    mkxex_lzx_pack(text, SIZE, &how, &stream);
    for (u32 i = 0; i < 8 * stream.size; i += 3) {
        stream.data[i / 8] ^= (u8)(1 << i % 8);
        refused += !lzx_decode(0x8000, stream.data, stream.size, out, SIZE, &err);
        stream.data[i / 8] ^= (u8)(1 << i % 8);
    }
    assert_true(refused > 100);
    free(stream.data);
    free(stream.frame_ends);
    free(text);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_type_of_block),
        cmocka_unit_test(test_blocks_and_frames_end_anywhere),
        cmocka_unit_test(test_every_window),
        cmocka_unit_test(test_random_bytes_grow_little),
        cmocka_unit_test(test_stream_made_by_hand),
        cmocka_unit_test(test_uncompressed_made_by_hand),
        cmocka_unit_test(test_broken_streams_are_named),
        cmocka_unit_test(test_windows_are_checked),
        cmocka_unit_test(test_flipped_bits_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
