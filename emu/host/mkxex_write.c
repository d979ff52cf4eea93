/* SPDX-License-Identifier: BSD-3-Clause
 * Writing a XEX2 file: headers, runs of basic compression, hash chains, encryption. The format's manual is in
 * emu/loader/xex.h. The file key comes from the image, so that the same input gives the same bytes. */
#include "emu/host/mkxex.h"

#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <stdlib.h>

enum {
    KEYS_MAX = 11,
    HEADER_PAGE = 0x1000,
    ZERO_RUN_MIN = 0x1000,
    TLS_SLOT_COUNT = 64,
    LIBRARY_VERSION = 2u << 28 | 1861u << 8, /* 2.0.1861.0 */
};

/* A part of zero or more data bytes, then zero bytes. */
struct run {
    u32 data;
    u32 zero;
};

struct writer {
    const struct mkxex_elf *elf;
    const struct mkxex_image *image;
    const struct mkxex_imports *imports;
    const struct mkxex_options *options;
    u8 *header; /* the header's bytes */
    u32 capacity;
    u32 at;
    u32 key_count;
    u32 security;
    u32 page_count;
    struct run *runs;
    u32 run_count;
    u8 *payload;
    u32 payload_size;
    u8 block[XEX_BLOCK_HEADER]; /* what the header says of the first LZX block */
};

static void put_bytes(struct writer *w, const void *bytes, u32 size)
{
    CHECK(size <= w->capacity - w->at, "header of 0x%X bytes is full", w->capacity);
    memcpy(w->header + w->at, bytes, size);
    w->at += size;
}

static void put16(struct writer *w, u32 value)
{
    u8 bytes[2];
    store_be16(bytes, (u16)value);
    put_bytes(w, bytes, sizeof bytes);
}

static void put32(struct writer *w, u32 value)
{
    u8 bytes[4];
    store_be32(bytes, value);
    put_bytes(w, bytes, sizeof bytes);
}

static void skip(struct writer *w, u32 size)
{
    CHECK(size <= w->capacity - w->at, "header of 0x%X bytes is full", w->capacity);
    w->at += size;
}

/* Keys must come in rising order. */
static void put_key(struct writer *w, u32 key, u32 value)
{
    u8 *p = w->header + XEX_HEADER_KEYS + 8 * w->key_count;
    CHECK(w->key_count < KEYS_MAX && (!w->key_count || load_be32(p - 8) < key), "key 0x%08X", key);
    store_be32(p, key);
    store_be32(p + 4, value);
    w->key_count++;
}

/* Bytes of zeros from `at` on, in units of 16. */
static u32 zeros_at(const struct mkxex_image *image, u32 at)
{
    static const u8 zero[16];
    u32 end = at;
    while (end < image->size && memcmp(image->data + end, zero, sizeof zero) == 0)
        end += sizeof zero;
    return end - at;
}

static struct run run_at(const struct mkxex_image *image, u32 start)
{
    u32 at = start;
    while (at < image->size) {
        u32 zero = zeros_at(image, at);
        if (zero >= ZERO_RUN_MIN)
            return (struct run){at - start, zero};
        at += zero ? zero : 16;
    }
    return (struct run){at - start, 0};
}

/* Two passes: the first counts. */
static void find_runs(struct writer *w)
{
    for (int pass = 0; pass < 2; pass++) {
        u32 count = 0;
        for (u32 at = 0; at < w->image->size; count++) {
            struct run run = run_at(w->image, at);
            if (pass)
                w->runs[count] = run;
            at += run.data + run.zero;
        }
        w->run_count = count;
        if (!pass)
            w->runs = mkxex_alloc(count * sizeof *w->runs);
    }
}

static void gather_payload(struct writer *w)
{
    const struct mkxex_image *image = w->image;
    if (w->options->compress == XEX_LZX) {
        mkxex_blocks(image, &w->payload, &w->payload_size, w->block);
        return;
    }
    w->payload = mkxex_alloc(image->size);
    if (w->options->compress == XEX_UNCOMPRESSED) {
        memcpy(w->payload, image->data, image->size);
        w->payload_size = image->size;
        return;
    }
    u32 at = 0;
    for (u32 i = 0; i < w->run_count; i++) {
        memcpy(w->payload + w->payload_size, image->data + at, w->runs[i].data);
        w->payload_size += w->runs[i].data;
        at += w->runs[i].data + w->runs[i].zero;
    }
}

static bool is_resource(const struct mkxex_elf *elf, u32 i, struct mkxex_section *section)
{
    struct err err;
    return mkxex_elf_section(elf, i, section, &err) && mkxex_section_is_image(section) &&
           strncmp(section->name, ".xexres.", 8) == 0;
}

static void put_resources(struct writer *w)
{
    struct mkxex_section section;
    u32 start = w->at, count = 0;
    for (u32 i = 0; i < w->elf->section_count; i++)
        count += is_resource(w->elf, i, &section);
    if (!count)
        return;
    put_key(w, XEX_RESOURCES, start);
    put32(w, 4 + 16 * count);
    for (u32 i = 0; i < w->elf->section_count; i++) {
        char name[8] = {0};
        if (!is_resource(w->elf, i, &section))
            continue;
        memcpy(name, section.name + 8, strnlen(section.name + 8, sizeof name));
        put_bytes(w, name, sizeof name);
        put32(w, section.address);
        put32(w, section.size);
    }
}

static void put_format(struct writer *w)
{
    put_key(w, XEX_FILE_FORMAT, w->at);
    put32(w, w->options->compress == XEX_LZX ? 12 + XEX_BLOCK_HEADER : 8 + 8 * w->run_count);
    put16(w, w->options->encrypt ? XEX_AES : XEX_PLAIN);
    put16(w, w->options->compress);
    if (w->options->compress == XEX_LZX) {
        put32(w, MKXEX_WINDOW);
        put_bytes(w, w->block, sizeof w->block);
    }
    for (u32 i = 0; i < w->run_count; i++) {
        put32(w, w->runs[i].data);
        put32(w, w->runs[i].zero);
    }
}

static u32 padded_name_size(const char *name)
{
    return ((u32)strlen(name) + 4) & ~3u;
}

static void put_name(struct writer *w, const char *name)
{
    u32 end = w->at + padded_name_size(name);
    put_bytes(w, name, (u32)strlen(name));
    skip(w, end - w->at);
}

/* Digests are filled from the last table to the first, since each covers the one behind it. */
static void put_imports(struct writer *w)
{
    const struct mkxex_imports *imports = w->imports;
    u32 start = w->at, strings = 0, tables[MKXEX_LIBRARIES];
    for (u32 i = 0; i < imports->count; i++)
        strings += padded_name_size(imports->libraries[i].name);
    put_key(w, XEX_IMPORTS, start);
    skip(w, 4);
    put32(w, strings);
    put32(w, imports->count);
    for (u32 i = 0; i < imports->count; i++)
        put_name(w, imports->libraries[i].name);
    for (u32 i = 0; i < imports->count; i++) {
        const struct mkxex_library *library = &imports->libraries[i];
        tables[i] = w->at;
        put32(w, XEX_TABLE_ADDRESSES + 4 * library->record_count);
        skip(w, XEX_DIGEST);
        put32(w, library->id);
        put32(w, LIBRARY_VERSION);
        put32(w, LIBRARY_VERSION);
        put16(w, i);
        put16(w, library->record_count);
        for (u32 r = 0; r < library->record_count; r++)
            put32(w, library->records[r]);
    }
    store_be32(w->header + start, w->at - start);
    for (u32 i = imports->count; i-- > 0;) {
        u8 *table = w->header + tables[i];
        u8 *digest = i ? w->header + tables[i - 1] + 4 : w->header + w->security + XEX_SECURITY_IMPORT_DIGEST;
        xex_digest(digest, table + 4, load_be32(table) - 4, NULL, 0);
    }
}

static void put_pe_name(struct writer *w)
{
    const char *name = w->options->name[0] ? w->options->name : "title.exe";
    put_key(w, XEX_PE_NAME, w->at);
    put32(w, 4 + padded_name_size(name));
    put_name(w, name);
}

static void put_tls(struct writer *w)
{
    put_key(w, XEX_TLS_INFO, w->at);
    put32(w, TLS_SLOT_COUNT);
    put32(w, w->elf->tls_address);
    put32(w, w->elf->tls_size);
    put32(w, w->elf->tls_raw_size);
}

static void put_execution(struct writer *w)
{
    put_key(w, XEX_EXECUTION_INFO, w->at);
    put32(w, 0); /* media id */
    put32(w, 1u << 28);
    put32(w, 1u << 28);
    put32(w, w->options->title_id);
    put_bytes(w, "\0\0\1\1", 4); /* platform, table, disc 1 of 1 */
    put32(w, 0);
}

static void put_security(struct writer *w)
{
    const struct mkxex_image *image = w->image;
    w->security = w->at;
    u8 *s = w->header + w->at;
    skip(w, XEX_SECURITY_PAGES + XEX_PAGE_SIZE * w->page_count);
    store_be32(s, w->at - w->security);
    store_be32(s + XEX_SECURITY_IMAGE_SIZE, image->size);
    store_be32(s + XEX_SECURITY_SIGNED_SIZE, 0x174);
    store_be32(s + XEX_SECURITY_IMAGE_FLAGS, image->page_size == 0x1000 ? XEX_IMAGE_PAGES_4K : 0);
    store_be32(s + XEX_SECURITY_LOAD_ADDRESS, image->base);
    store_be32(s + XEX_SECURITY_IMPORT_COUNT, w->imports->count);
    store_be32(s + XEX_SECURITY_EXPORTS, image->exports);
    store_be32(s + XEX_SECURITY_REGION, UINT32_MAX);
    store_be32(s + XEX_SECURITY_MEDIA, UINT32_MAX);
    store_be32(s + XEX_SECURITY_PAGE_COUNT, w->page_count);
    for (u32 i = 0; i < w->page_count; i++)
        store_be32(s + XEX_SECURITY_PAGES + XEX_PAGE_SIZE * i, 1u << 4 | image->kinds[i]);
    for (u32 i = w->page_count; i-- > 0;) {
        u8 *descriptor = s + XEX_SECURITY_PAGES + XEX_PAGE_SIZE * i;
        u8 *digest = i ? descriptor - XEX_PAGE_SIZE + 4 : s + XEX_SECURITY_IMAGE_DIGEST;
        xex_digest(digest, image->data + (size_t)i * image->page_size, image->page_size, descriptor, XEX_PAGE_SIZE);
    }
}

void mkxex_file_key(u8 file_key[XEX_DIGEST], const u8 *image, size_t size)
{
    xex_digest(file_key, (const u8 *)"lockstep", 8, image, size);
}

void mkxex_wrap(u8 wrapped[16], const u8 key[16], const u8 file_key[16])
{
    struct aes128_ctx wrap;
    aes128_set_encrypt_key(&wrap, key);
    aes128_encrypt(&wrap, AES_BLOCK_SIZE, wrapped, file_key);
}

void mkxex_encrypt(u8 *payload, u32 size, const u8 file_key[16])
{
    struct CBC_CTX(struct aes128_ctx, AES_BLOCK_SIZE) cbc;
    aes128_set_encrypt_key(&cbc.ctx, file_key);
    memset(cbc.iv, 0, sizeof cbc.iv);
    CBC_ENCRYPT(&cbc, aes128_encrypt, size, payload, payload);
}

static void encrypt(struct writer *w)
{
    u8 file_key[XEX_DIGEST];
    if (!w->options->encrypt)
        return;
    mkxex_file_key(file_key, w->image->data, w->image->size);
    mkxex_wrap(w->header + w->security + XEX_SECURITY_FILE_KEY, w->options->key, file_key);
    mkxex_encrypt(w->payload, w->payload_size, file_key);
}

static void alloc_header(struct writer *w)
{
    u64 size = HEADER_PAGE + (u64)XEX_PAGE_SIZE * w->page_count + 8ull * w->run_count;
    for (u32 i = 0; i < w->imports->count; i++)
        size += 64 + 4ull * w->imports->libraries[i].record_count;
    w->capacity = (u32)((size + HEADER_PAGE - 1) & ~(u64)(HEADER_PAGE - 1));
    w->header = mkxex_alloc(w->capacity);
    w->at = XEX_HEADER_KEYS + 8 * KEYS_MAX;
}

static void put_header(struct writer *w)
{
    put_security(w);
    put_resources(w);
    put_format(w);
    put_key(w, XEX_ENTRY_POINT, w->image->entry);
    put_key(w, XEX_IMAGE_BASE, w->image->base);
    if (w->imports->count)
        put_imports(w);
    put_pe_name(w);
    put_tls(w);
    put_key(w, XEX_STACK_SIZE, w->options->stack_size);
    put_key(w, XEX_SYSTEM_FLAGS, 0);
    put_execution(w);
    if (w->image->names) {
        put_key(w, XEX_EXPORTS_BY_NAME, w->at);
        put32(w, w->image->names);
        put32(w, w->image->names_size);
    }
    memcpy(w->header, "XEX2", 4);
    store_be32(w->header + 0x04, w->options->library ? XEX_MODULE_DLL : XEX_MODULE_TITLE);
    store_be32(w->header + 0x08, (w->at + HEADER_PAGE - 1) & ~(u32)(HEADER_PAGE - 1));
    store_be32(w->header + 0x10, w->security);
    store_be32(w->header + 0x14, w->key_count);
}

void mkxex_write(const struct mkxex_elf *elf, const struct mkxex_image *image, const struct mkxex_imports *imports,
                 const struct mkxex_options *options, u8 **out, size_t *out_size)
{
    struct writer w = {.elf = elf, .image = image, .imports = imports, .options = options};
    w.page_count = image->size / image->page_size;
    if (options->compress == XEX_BASIC)
        find_runs(&w);
    alloc_header(&w);
    gather_payload(&w);
    put_header(&w);
    encrypt(&w);
    u32 header_size = load_be32(w.header + 8);
    xex_header_digest(w.header + w.security + XEX_SECURITY_HEADER_DIGEST, w.header, header_size, w.security);
    *out_size = (size_t)header_size + w.payload_size;
    *out = mkxex_alloc(*out_size);
    memcpy(*out, w.header, header_size);
    memcpy(*out + header_size, w.payload, w.payload_size);
    free(w.header);
    free(w.payload);
    free(w.runs);
}

bool mkxex_build(const u8 *elf_file, size_t size, const struct mkxex_options *options, u8 **out, size_t *out_size,
                 struct err *err)
{
    struct mkxex_elf elf;
    struct mkxex_image image = {0};
    struct mkxex_imports imports = {0};
    bool good = mkxex_elf_open(&elf, elf_file, size, err) && mkxex_image_init(&image, &elf, err) &&
                mkxex_imports_init(&imports, &elf, &image, err) && mkxex_exports(&image, &elf, err);
    if (good)
        mkxex_write(&elf, &image, &imports, options, out, out_size);
    mkxex_imports_finish(&imports);
    mkxex_image_finish(&image);
    if (!good || !options->patch_of)
        return good;
    u8 *whole = *out;
    good = mkxex_patch(options->patch_of, options->patch_of_size, whole, *out_size, options, out, out_size, err);
    free(whole);
    return good;
}
