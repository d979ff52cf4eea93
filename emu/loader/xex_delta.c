/* SPDX-License-Identifier: BSD-3-Clause
 * Patches (.xexp): XEX2 files that turn a title's header and image into those of its successor.
 *
 * Descriptor (key 5FF): 00 size  04 target version  08 source version  0C digest of the source's signature[20]
 *   20 the source's file key, wrapped under the target's[16]  30 size of the target's header  34 offset and 38 size in
 *   the source's header of what moves to 3C in the target's  40, 44, 48 the same of the image  4C records, for the
 *   header. The file format info is as for LZX; a block of the payload = the next block's size and digest, records.
 * Record: 00 u32 old place  04 u32 new place  08 u16 size  0A u16 kind: 0 zeros, 1 the old place's bytes, else so many
 *   bytes of an LZX stream follow that begins with the old place's `size` bytes in its window. All zeros: the last one.
 * Both are patched in place, one record after another; old places are read as they are then. The patch's file key is
 * wrapped under the target's. Facts read off Xenia. */
#include "emu/loader/lzx.h"
#include "emu/loader/xex.h"

#include <stdlib.h>

enum descriptor_place {
    DELTA_SOURCE_DIGEST = 0x0C,
    DELTA_SOURCE_KEY = 0x20,
    DELTA_HEADER_SIZE = 0x30,
    DELTA_HEADER_MOVE = 0x34,
    DELTA_IMAGE_MOVE = 0x40,
    DELTA_RECORDS = 0x4C,
};

enum { RECORD = 12, SIGNATURE_SIZE = 0x100, HEADER_MAX = 0x1000000 };

struct patch {
    const struct xex *x; /* the patch file */
    const u8 *descriptor;
    u32 descriptor_size;
    u8 *bytes; /* what is patched */
    u32 size;
    const char *what;
};

/* One record at `at` of size bytes; *used: how many it takes. */
static bool apply_record(struct patch *p, const u8 *at, size_t size, size_t *used, struct err *err)
{
    u32 old = load_be32(at), new = load_be32(at + 4), count = load_be16(at + 8), kind = load_be16(at + 10);
    struct err why;
    *used = RECORD + (kind > 1 ? kind : 0u);
    if (*used > size)
        return err_set(err, "patch of the %s: a record of 0x%X bytes ends behind its block", p->what, kind);
    if (new > p->size || count > p->size - new)
        return err_set(err, "patch of the %s: a record for 0x%X bytes at 0x%X ends behind its 0x%X bytes", p->what,
                       count, new, p->size);
    if (kind == 0) {
        memset(p->bytes + new, 0, count);
        return true;
    }
    if (old > p->size || count > p->size - old)
        return err_set(err, "patch of the %s: a record from 0x%X bytes at 0x%X ends behind its 0x%X bytes", p->what,
                       count, old, p->size);
    if (kind == 1) {
        memmove(p->bytes + new, p->bytes + old, count);
        return true;
    }
    u32 known = count < p->x->window ? count : p->x->window;
    return lzx_decode_delta(p->x->window, at + RECORD, kind, p->bytes + old + (count - known), known, p->bytes + new,
                            count, &why) ||
           err_set(err, "patch of the %s, record for 0x%X: %s", p->what, new, why.text);
}

static bool apply_records(struct patch *p, const u8 *at, size_t size, struct err *err)
{
    static const u8 last[RECORD];
    while (size >= RECORD && memcmp(at, last, RECORD) != 0) {
        size_t used;
        if (!apply_record(p, at, size, &used, err))
            return false;
        at += used;
        size -= used;
    }
    return true;
}

/* What the descriptor moves before the records, and zeros behind the new end. */
static bool move(struct patch *p, u32 place, u32 old_size, struct err *err)
{
    u32 from = load_be32(p->descriptor + place), count = load_be32(p->descriptor + place + 4);
    u32 to = load_be32(p->descriptor + place + 8);
    if (from > old_size || count > old_size - from || to > p->size || count > p->size - to)
        return err_set(err, "patch of the %s: 0x%X bytes cannot move from 0x%X to 0x%X", p->what, count, from, to);
    if (from)
        memmove(p->bytes + to, p->bytes + from, count);
    if (to + count < old_size)
        memset(p->bytes + to + count, 0, old_size - to - count);
    return true;
}

static bool find_descriptor(struct patch *p, struct err *err)
{
    for (u32 i = 0; i < p->x->key_count; i++) {
        struct xex_header h = xex_header_at(p->x, i);
        if (h.key != XEX_DELTA_PATCH)
            continue;
        p->descriptor = p->x->file + h.value;
        p->descriptor_size = h.size + 4;
        return p->descriptor_size >= DELTA_RECORDS ||
               err_set(err, "header at 0x%X: the patch's descriptor is too short", h.value);
    }
    return err_set(err, "header at 0x18: no optional header describes the patch");
}

static bool check_source(const struct patch *p, const struct xex *base, struct err *err)
{
    u8 digest[XEX_DIGEST];
    xex_digest(digest, base->file + base->security + XEX_SECURITY_SIGNATURE, SIGNATURE_SIZE, NULL, 0);
    return memcmp(digest, p->descriptor + DELTA_SOURCE_DIGEST, sizeof digest) == 0 ||
           err_set(err, "the patch is for another title, or for another version of it");
}

static bool patch_header(struct patch *p, struct xex_patched *out, const struct xex *base, struct err *err)
{
    u32 target = load_be32(p->descriptor + DELTA_HEADER_SIZE);
    if (!target)
        target = load_be32(p->descriptor + DELTA_HEADER_MOVE + 8) + load_be32(p->descriptor + DELTA_HEADER_MOVE + 4);
    if (target > HEADER_MAX)
        return err_set(err, "patch of the header: 0x%X bytes are too many", target);
    p->what = "header";
    p->size = target > base->header_size ? target : base->header_size;
    p->bytes = out->header = calloc(1, p->size + 1);
    if (!out->header)
        return err_set(err, "patch of the header: no memory for 0x%X bytes", p->size);
    memcpy(out->header, base->file, base->header_size);
    struct err why;
    return move(p, DELTA_HEADER_MOVE, base->header_size, err) &&
           apply_records(p, p->descriptor + DELTA_RECORDS, p->descriptor_size - DELTA_RECORDS, err) &&
           (xex_parse(&out->xex, out->header, target, &why) || err_set(err, "patched header: %s", why.text));
}

/* The patch's own file key. */
static bool find_key(const struct patch *p, const struct xex_patched *out, const struct xex *base,
                     const struct xex_image *image, const struct xex_keys *keys, u8 file_key[16], struct err *err)
{
    const struct xex *x = &out->xex;
    const u8 *key = xex_key(image, keys);
    u8 source[16], target[16], named[16];
    xex_unwrap(source, key, base->file + base->security + XEX_SECURITY_FILE_KEY);
    xex_unwrap(target, key, x->file + x->security + XEX_SECURITY_FILE_KEY);
    xex_unwrap(named, target, p->descriptor + DELTA_SOURCE_KEY);
    xex_unwrap(file_key, target, p->x->file + p->x->security + XEX_SECURITY_FILE_KEY);
    return p->x->encryption != XEX_AES || memcmp(named, source, sizeof named) == 0 ||
           err_set(err, "the patch's keys do not fit the title's");
}

static bool apply_blocks(struct patch *p, const u8 *payload, size_t size, struct err *err)
{
    const u8 *next = p->x->file + p->x->block;
    size_t at = 0;
    for (u32 bytes; (bytes = load_be32(next)) != 0; at += bytes) {
        u8 digest[XEX_DIGEST];
        const u8 *block = payload + at;
        if (bytes < XEX_BLOCK_HEADER || bytes > size - at)
            return err_set(err, "payload at 0x%zX: a block of 0x%X bytes, 0x%zX are left", p->x->header_size + at,
                           bytes, size - at);
        xex_digest(digest, block, bytes, NULL, 0);
        if (memcmp(digest, next + 4, XEX_DIGEST) != 0)
            return err_set(err, "payload at 0x%zX: the block's hash does not match", p->x->header_size + at);
        if (!apply_records(p, block + XEX_BLOCK_HEADER, bytes - XEX_BLOCK_HEADER, err))
            return false;
        next = block;
    }
    return true;
}

static bool patch_image(struct patch *p, struct xex_patched *out, const struct xex_image *image, const u8 file_key[16],
                        struct err *err)
{
    u32 target = out->xex.image_size;
    size_t size;
    p->what = "image";
    p->size = target > image->size ? target : image->size;
    p->bytes = out->image.data = calloc(1, p->size);
    if (!p->bytes)
        return err_set(err, "patch of the image: no memory for 0x%X bytes", p->size);
    memcpy(p->bytes, image->data, image->size);
    out->image.size = target;
    u8 *payload = xex_payload(p->x, file_key, &size, err);
    bool good = payload && move(p, DELTA_IMAGE_MOVE, image->size, err) && apply_blocks(p, payload, size, err);
    free(payload);
    struct err why;
    return good && (xex_pe_parse(&out->image, &out->xex, &why) || err_set(err, "patched image: %s", why.text));
}

bool xex_patch(struct xex_patched *out, const struct xex *base, const struct xex_image *image,
               const struct xex_keys *keys, const u8 *file, size_t size, struct err *err)
{
    struct xex x;
    struct patch p = {.x = &x};
    u8 file_key[16];
    memset(out, 0, sizeof *out);
    if (!xex_parse(&x, file, size, err))
        return false;
    if (!xex_is_patch(&x))
        return err_set(err, "header at 0x4: this is no patch (module flags 0x%X)", x.module_flags);
    if (x.compression < XEX_LZX)
        return err_set(err, "header: a patch with compression %u has no records", x.compression);
    return find_descriptor(&p, err) && check_source(&p, base, err) && patch_header(&p, out, base, err) &&
           find_key(&p, out, base, image, keys, file_key, err) && patch_image(&p, out, image, file_key, err);
}

void xex_patched_finish(struct xex_patched *p)
{
    xex_image_finish(&p->image);
    free(p->header);
    p->header = NULL;
}
