/* SPDX-License-Identifier: BSD-3-Clause
 * Making a patch: the differences of two titles' headers and images, as records for emu/loader/xex_delta.c. Both go by
 * pieces of one frame: one that is the same is left, one of zeros or one that lies elsewhere in the old image takes a
 * record without bytes, any other is packed with the old piece in its window. */
#include "emu/host/mkxex.h"
#include "emu/loader/lzx.h"

#include <stdlib.h>

enum {
    PIECE = 0x4000,
    RECORD = 12,
    DESCRIPTOR = 0x4C,
    HEADER_PAGE = 0x1000,
    BLOCK_ALIGN = 16,
    BLOCK_FULL = 0x10000,
    SECURITY_SIZE = XEX_SECURITY_PAGES,
    KEYS = 4,
};

/* Bytes that grow. */
struct bytes {
    u8 *data;
    u32 size;
    u32 capacity;
};

struct side {
    struct xex xex;
    struct xex_image image;
};

static u8 *grow(struct bytes *b, u32 size)
{
    if (b->size + size > b->capacity) {
        b->capacity = 2 * (b->size + size);
        b->data = realloc(b->data, b->capacity);
        CHECK(b->data, "no memory for 0x%X bytes", b->capacity);
    }
    u8 *at = b->data + b->size;
    memset(at, 0, size);
    b->size += size;
    return at;
}

static void put_record(struct bytes *b, u32 old, u32 new, u32 count, u32 kind)
{
    u8 *p = grow(b, RECORD);
    store_be32(p, old);
    store_be32(p + 4, new);
    store_be16(p + 8, (u16)count);
    store_be16(p + 10, (u16)kind);
}

/* The old piece at the same place stands in the window, with zeros before it. */
static void put_packed(struct bytes *b, const u8 *old, const u8 *new, u32 at, u32 count)
{
    u8 *both = mkxex_alloc(LZX_WINDOW_MIN + count);
    struct mkxex_stream stream;
    const struct mkxex_lzx how = {.window = LZX_WINDOW_MIN, .block = PIECE, .known = LZX_WINDOW_MIN};
    memcpy(both + LZX_WINDOW_MIN - count, old, count);
    memcpy(both + LZX_WINDOW_MIN, new, count);
    mkxex_lzx_pack(both, LZX_WINDOW_MIN + count, &how, &stream);
    CHECK(stream.size > 1 && stream.size <= UINT16_MAX, "a piece of 0x%X bytes packed", stream.size);
    put_record(b, at, at, count, stream.size);
    memcpy(grow(b, stream.size), stream.data, stream.size);
    free(stream.data);
    free(stream.frame_ends);
    free(both);
}

static bool is_zero(const u8 *p, u32 size)
{
    return !size || (!p[0] && !memcmp(p, p + 1, size - 1));
}

/* A later piece of the old bytes, which no record has changed yet, that is the same; 0: none. */
static u32 find_later(const u8 *old, u32 size, const u8 *piece, u32 at)
{
    for (u32 place = at + PIECE; place + PIECE <= size; place += PIECE)
        if (!memcmp(old + place, piece, PIECE))
            return place;
    return 0;
}

/* What turns the old bytes into the new ones; both are of that size. */
static void put_piece(struct bytes *b, const u8 *old, const u8 *new, u32 size, u32 at)
{
    u32 count = size - at < PIECE ? size - at : PIECE, later;
    if (!memcmp(old + at, new + at, count))
        return;
    if (is_zero(new + at, count))
        put_record(b, 0, at, count, 0);
    else if (count == PIECE && (later = find_later(old, size, new + at, at)) != 0)
        put_record(b, later, at, count, 1);
    else
        put_packed(b, old + at, new + at, at, count);
}

/* The same bytes, with zeros up to size. */
static u8 *padded(const u8 *bytes, u32 size, u32 padded_size)
{
    u8 *copy = mkxex_alloc(padded_size + 1);
    memcpy(copy, bytes, size);
    return copy;
}

static u32 larger(u32 a, u32 b)
{
    return a > b ? a : b;
}

static bool open_side(struct side *s, const u8 *file, size_t size, const struct xex_keys *keys, const char *which,
                      struct err *err)
{
    struct err why;
    return (xex_parse(&s->xex, file, size, &why) && xex_image_init(&s->image, &s->xex, keys, &why)) ||
           err_set(err, "%s: %s", which, why.text);
}

/* Records of the image, cut into blocks; each begins with room for the next one's size and digest. */
static void put_blocks(struct bytes *b, const struct side *old, const struct side *new, u8 first[XEX_BLOCK_HEADER])
{
    u32 size = larger(old->image.size, new->image.size), begun[0x4000], count = 0;
    u8 *from = padded(old->image.data, old->image.size, size), *to = padded(new->image.data, new->image.size, size);
    for (u32 at = 0; at < new->image.size;) {
        CHECK(count < countof(begun), "more than %zu blocks", countof(begun));
        u32 start = begun[count++] = b->size;
        grow(b, XEX_BLOCK_HEADER);
        for (; at < new->image.size && b->size - start < BLOCK_FULL; at += PIECE)
            put_piece(b, from, to, new->image.size, at);
        grow(b, RECORD);
        grow(b, (BLOCK_ALIGN - b->size % BLOCK_ALIGN) % BLOCK_ALIGN);
    }
    u8 next[XEX_BLOCK_HEADER] = {0};
    for (u32 i = count, end = b->size; i-- > 0; end = begun[i]) {
        memcpy(b->data + begun[i], next, sizeof next);
        store_be32(next, end - begun[i]);
        xex_digest(next + 4, b->data + begun[i], end - begun[i], NULL, 0);
    }
    memcpy(first, next, sizeof next);
    free(from);
    free(to);
}

static void put_descriptor(struct bytes *b, const struct side *old, const struct side *new, const u8 old_key[16],
                           const u8 new_key[16])
{
    const struct xex *x = &old->xex, *y = &new->xex;
    u32 start = b->size, size = larger(x->header_size, y->header_size);
    u8 *p = grow(b, DESCRIPTOR);
    store_be32(p + 4, y->execution.version);
    store_be32(p + 8, x->execution.version);
    xex_digest(p + 0x0C, x->file + x->security + XEX_SECURITY_SIGNATURE, 0x100, NULL, 0);
    mkxex_wrap(p + 0x20, new_key, old_key);
    store_be32(p + 0x30, y->header_size);
    store_be32(p + 0x38, x->header_size < y->header_size ? x->header_size : y->header_size);
    store_be32(p + 0x44, x->image_size < y->image_size ? x->image_size : y->image_size);
    u8 *from = padded(x->file, x->header_size, size), *to = padded(y->file, y->header_size, size);
    for (u32 at = 0; at < y->header_size; at += PIECE)
        put_piece(b, from, to, y->header_size, at);
    grow(b, RECORD);
    grow(b, (4 - b->size % 4) % 4);
    store_be32(b->data + start, b->size - start);
    free(from);
    free(to);
}

static void put_key(struct bytes *header, u32 key, u32 value)
{
    u32 n = load_be32(header->data + 0x14);
    store_be32(header->data + XEX_HEADER_KEYS + 8 * n, key);
    store_be32(header->data + XEX_HEADER_KEYS + 8 * n + 4, value);
    store_be32(header->data + 0x14, n + 1);
}

static void put_security(struct bytes *header, const struct side *new, const u8 new_key[16], const u8 file_key[16])
{
    store_be32(header->data + 0x10, header->size);
    u8 *s = grow(header, SECURITY_SIZE);
    const u8 *like = new->xex.file + new->xex.security;
    store_be32(s, SECURITY_SIZE);
    memcpy(s + XEX_SECURITY_IMAGE_SIZE, like + XEX_SECURITY_IMAGE_SIZE, 4);
    memcpy(s + XEX_SECURITY_IMAGE_FLAGS, like + XEX_SECURITY_IMAGE_FLAGS, 4);
    memcpy(s + XEX_SECURITY_LOAD_ADDRESS, like + XEX_SECURITY_LOAD_ADDRESS, 4);
    store_be32(s + XEX_SECURITY_SIGNED_SIZE, 0x174);
    mkxex_wrap(s + XEX_SECURITY_FILE_KEY, new_key, file_key);
}

static void put_file(const struct side *old, const struct side *new, const struct mkxex_options *options,
                     const u8 *console_key, struct bytes *out)
{
    struct bytes header = {0}, payload = {0};
    u8 old_key[16], new_key[16], file_key[XEX_DIGEST], first[XEX_BLOCK_HEADER];
    xex_unwrap(old_key, console_key, old->xex.file + old->xex.security + XEX_SECURITY_FILE_KEY);
    xex_unwrap(new_key, console_key, new->xex.file + new->xex.security + XEX_SECURITY_FILE_KEY);
    put_blocks(&payload, old, new, first);
    mkxex_file_key(file_key, payload.data, payload.size);
    memcpy(grow(&header, XEX_HEADER_KEYS + 8 * KEYS), "XEX2", 4);
    store_be32(header.data + 4, 0x50 | (options->library ? XEX_MODULE_DLL : XEX_MODULE_TITLE));
    put_security(&header, new, new_key, file_key);
    put_key(&header, XEX_FILE_FORMAT, header.size);
    u8 *format = grow(&header, 12 + XEX_BLOCK_HEADER);
    store_be32(format, 12 + XEX_BLOCK_HEADER);
    store_be16(format + 4, options->encrypt ? XEX_AES : XEX_PLAIN);
    store_be16(format + 6, XEX_DELTA);
    store_be32(format + 8, LZX_WINDOW_MIN);
    memcpy(format + 12, first, sizeof first);
    put_key(&header, XEX_DELTA_PATCH, header.size);
    put_descriptor(&header, old, new, old_key, new_key);
    grow(&header, (HEADER_PAGE - header.size % HEADER_PAGE) % HEADER_PAGE);
    store_be32(header.data + 8, header.size);
    u32 security = load_be32(header.data + 0x10);
    xex_header_digest(header.data + security + XEX_SECURITY_HEADER_DIGEST, header.data, header.size, security);
    if (options->encrypt)
        mkxex_encrypt(payload.data, payload.size, file_key);
    memcpy(grow(out, header.size), header.data, header.size);
    memcpy(grow(out, payload.size), payload.data, payload.size);
    free(header.data);
    free(payload.data);
}

bool mkxex_patch(const u8 *old_file, size_t old_size, const u8 *new_file, size_t new_size,
                 const struct mkxex_options *options, u8 **out, size_t *out_size, struct err *err)
{
    struct side old = {0}, new = {0};
    struct xex_keys keys = {.count = 1};
    struct bytes bytes = {0};
    memcpy(keys.key[0], options->key, sizeof keys.key[0]);
    bool good = open_side(&old, old_file, old_size, &keys, "the title to patch", err) &&
                open_side(&new, new_file, new_size, &keys, "the new title", err);
    if (good) {
        put_file(&old, &new, options, options->key, &bytes);
        *out = bytes.data;
        *out_size = bytes.size;
    }
    xex_image_finish(&old.image);
    xex_image_finish(&new.image);
    return good;
}
