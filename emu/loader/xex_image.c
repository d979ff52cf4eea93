/* SPDX-License-Identifier: BSD-3-Clause
 * From a XEX's payload to the flat image: decryption and decompression. Which key fits is found by trying: only the
 * right one gives a PE header. */
#include "emu/loader/xex.h"

#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <stdlib.h>

static const u8 development_key[16];

/* One AES-CBC chain over the payload, so that runs can be read one after another. */
struct payload {
    const u8 *at;
    size_t left;
    bool encrypted;
    struct CBC_CTX(struct aes128_ctx, AES_BLOCK_SIZE) cbc;
};

void xex_unwrap(u8 out[16], const u8 key[16], const u8 wrapped[16])
{
    struct aes128_ctx unwrap;
    aes128_set_decrypt_key(&unwrap, key);
    aes128_decrypt(&unwrap, AES_BLOCK_SIZE, out, wrapped);
}

const u8 *xex_key(const struct xex_image *image, const struct xex_keys *keys)
{
    return image->key ? keys->key[image->key - 1] : development_key;
}

static void payload_init(struct payload *p, const struct xex *x, const u8 file_key[16])
{
    p->at = x->file + x->header_size;
    p->left = x->size - x->header_size;
    p->encrypted = x->encryption == XEX_AES;
    if (!p->encrypted)
        return;
    aes128_set_decrypt_key(&p->cbc.ctx, file_key);
    memset(p->cbc.iv, 0, sizeof p->cbc.iv);
}

static bool payload_read(struct payload *p, const struct xex *x, u8 *out, u32 size, struct err *err)
{
    size_t offset = (size_t)(p->at - x->file);
    if (size > p->left)
        return err_set(err, "payload at 0x%zX: 0x%X bytes are missing, the file ends at 0x%zX", offset,
                       (u32)(size - p->left), x->size);
    if (p->encrypted && size % AES_BLOCK_SIZE)
        return err_set(err, "payload at 0x%zX: 0x%X encrypted bytes are not whole blocks of 16", offset, size);
    if (p->encrypted)
        CBC_DECRYPT(&p->cbc, aes128_decrypt, size, out, p->at);
    else
        memcpy(out, p->at, size);
    p->at += size;
    p->left -= size;
    return true;
}

/* The runs of basic compression, checked against the image's size. What they do not cover stays zero; where that is
 * wrong, the page hashes tell. */
static bool read_runs(struct payload *p, struct xex_image *image, const struct xex *x, struct err *err)
{
    u64 at = 0;
    for (u32 i = 0; i < x->run_count; i++) {
        u32 offset = x->runs + 8 * i;
        u32 data = load_be32(x->file + offset);
        u32 zero = load_be32(x->file + offset + 4);
        if (at + data + zero > image->size)
            return err_set(err, "file format at 0x%X: run %u (0x%X bytes and 0x%X zero bytes) ends behind the image",
                           offset, i, data, zero);
        if (!payload_read(p, x, image->data + at, data, err))
            return false;
        at += (u64)data + zero;
    }
    return true;
}

u8 *xex_payload(const struct xex *x, const u8 file_key[16], size_t *size, struct err *err)
{
    struct payload p;
    payload_init(&p, x, file_key);
    *size = p.encrypted ? p.left - p.left % AES_BLOCK_SIZE : p.left;
    u8 *plain = malloc(*size + 1);
    if (!plain)
        err_set(err, "payload at 0x%X: no memory for 0x%zX bytes", x->header_size, *size);
    else if (p.encrypted)
        CBC_DECRYPT(&p.cbc, aes128_decrypt, *size, plain, p.at);
    else
        memcpy(plain, p.at, *size);
    return plain;
}

/* Blocks follow each other through the payload, so it is decrypted whole first. */
static bool read_blocks(struct xex_image *image, const struct xex *x, const u8 file_key[16], struct err *err)
{
    size_t size;
    u8 *plain = xex_payload(x, file_key, &size, err);
    bool good = plain && xex_lzx_unpack(image, x, plain, size, err);
    free(plain);
    return good;
}

static bool read_image(struct xex_image *image, const struct xex *x, const u8 key[16], struct err *err)
{
    struct payload p;
    u8 file_key[16];
    xex_unwrap(file_key, key, x->file + x->security + XEX_SECURITY_FILE_KEY);
    if (x->compression == XEX_LZX)
        return read_blocks(image, x, file_key, err);
    payload_init(&p, x, file_key);
    if (x->compression == XEX_BASIC)
        return read_runs(&p, image, x, err);
    return payload_read(&p, x, image->data, image->size, err);
}

/* After a failure: whether the key was right nevertheless, so that the file is what is wrong. */
static bool is_key_right(const struct xex_image *image, const struct xex *x)
{
    if (x->compression == XEX_LZX)
        return image->block_count && image->block_good[0];
    return image->data[0] == 'M' && image->data[1] == 'Z';
}

bool xex_image_init(struct xex_image *image, const struct xex *x, const struct xex_keys *keys, struct err *err)
{
    memset(image, 0, sizeof *image);
    if (x->compression == XEX_DELTA || xex_is_patch(x))
        return err_set(err, "payload at 0x%X: this is a patch; it has no image of its own", x->header_size);
    image->size = x->image_size;
    image->data = calloc(1, x->image_size);
    if (!image->data)
        return err_set(err, "image: no memory for 0x%X bytes", x->image_size);
    u32 tries = 1 + (x->encryption == XEX_AES && keys ? keys->count : 0);
    for (u32 i = 0; i < tries; i++) {
        image->key = i;
        bool read = read_image(image, x, i ? keys->key[i - 1] : development_key, err);
        if (!read && x->compression != XEX_LZX)
            return false;
        if (read && xex_pe_parse(image, x, err))
            return true;
        if (x->encryption != XEX_AES || is_key_right(image, x))
            return false;
    }
    return err_set(err, "payload at 0x%X: encrypted with a key that is %s", x->header_size,
                   tries > 1 ? "neither the development key nor one of those given" : "not the development key");
}

void xex_image_finish(struct xex_image *image)
{
    free(image->data);
    free(image->block_good);
    image->data = NULL;
    image->block_good = NULL;
}

bool xex_record_at(const struct xex *x, const struct xex_image *image, const struct xex_library *library, u32 i,
                   struct xex_record *record, struct err *err)
{
    CHECK(i < library->record_count, "record %u of %u", i, library->record_count);
    u32 offset = library->offset + XEX_TABLE_ADDRESSES + 4 * i;
    record->address = load_be32(x->file + offset);
    u32 start = record->address - x->image_base;
    if (record->address & 3 || start >= image->size || image->size - start < 4)
        return err_set(err, "imports at 0x%X: record %u of %s at 0x%08X lies outside the image", offset, i,
                       library->name, record->address);
    u32 word = load_be32(image->data + start);
    record->kind = word >> 24;
    record->ordinal = word & 0xFFFF;
    if (record->kind > XEX_RECORD_THUNK)
        return err_set(err, "imports at 0x%X: record %u of %s at 0x%08X is no import (0x%08X)", offset, i,
                       library->name, record->address, word);
    if (record->kind == XEX_RECORD_THUNK && image->size - start < 16)
        return err_set(err, "imports at 0x%X: the thunk of record %u of %s at 0x%08X reaches behind the image", offset,
                       i, library->name, record->address);
    return true;
}
