/* SPDX-License-Identifier: BSD-3-Clause
 * XEX2: the round trip ELF, file, image in all forms, and broken files of every kind with the sentence each gets. */
#include "tests/unit/loader_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <nettle/aes.h>

#define BASE    0x82000000u
#define BASE_4K 0x92000000u

/* The sample as a file, parsed, with its image. */
struct fixture {
    u8 *file;
    size_t size;
    struct xex x;
    struct xex_image image;
    struct err err;
};

static void make(struct fixture *f, u32 base, u32 compress, bool encrypt)
{
    memset(f, 0, sizeof *f);
    f->file = sample_xex(base, compress, encrypt, &f->size, &f->err);
    assert_non_null(f->file);
}

static bool load(struct fixture *f, const struct xex_keys *keys)
{
    return xex_parse(&f->x, f->file, f->size, &f->err) && xex_image_init(&f->image, &f->x, keys, &f->err);
}

static void drop(struct fixture *f)
{
    xex_image_finish(&f->image);
    free(f->file);
}

static bool is_import(u32 place)
{
    return (place >= SAMPLE_THUNK && place < SAMPLE_THUNK + 16) || (place >= SAMPLE_DATA && place < SAMPLE_DATA + 8);
}

static void check_image(const struct fixture *f)
{
    assert_int_equal(f->image.size, SAMPLE_END);
    for (u32 i = SAMPLE_TEXT; i < SAMPLE_END; i++)
        if (!is_import(i) && f->image.data[i] != sample_byte(i))
            fail_msg("byte at 0x%X is 0x%02X, not 0x%02X", i, f->image.data[i], sample_byte(i));
    assert_int_equal(load_be32(f->image.data + SAMPLE_THUNK), 0x01000000 | SAMPLE_FUNCTION);
    assert_int_equal(load_be32(f->image.data + SAMPLE_DATA + 4), SAMPLE_VARIABLE);
}

static void check_headers(const struct fixture *f, u32 base)
{
    const struct xex *x = &f->x;
    assert_int_equal(x->image_base, base);
    assert_int_equal(x->entry, base + SAMPLE_TEXT);
    assert_int_equal(x->stack_size, 0x20000);
    assert_int_equal(x->execution.title_id, 0x4C530042);
    assert_int_equal(x->tls.address, base + SAMPLE_TLS);
    assert_int_equal(x->tls.raw_size, 8);
    assert_int_equal(x->tls.size, 0x20);
    assert_string_equal(x->pe_name, "sample.exe");
    assert_int_equal(x->library_count, 1);
    assert_string_equal(x->libraries[0].name, "xboxkrnl.exe");
    assert_int_equal(x->libraries[0].record_count, 3);
    assert_int_equal(f->image.section_count, 4);
    assert_string_equal(f->image.sections[0].name, ".text");
    assert_int_equal(f->image.sections[0].flags & 0xE0000000, 0x60000000);
    assert_int_equal(f->image.sections[3].address, base + SAMPLE_BSS);
    assert_int_equal(f->image.sections[3].flags & 0xE0000000, 0xC0000000);
}

static void check_pages(const struct fixture *f)
{
    struct xex_page page = {0};
    u32 covered = 0;
    while (xex_page_next(&f->x, &page)) {
        u32 place = page.address - f->x.image_base;
        u32 text_end = SAMPLE_TEXT + f->x.page_size;
        u32 want = place >= SAMPLE_TEXT && place < text_end && place < SAMPLE_RODATA ? XEX_PAGE_CODE
                   : place >= SAMPLE_DATA && place < SAMPLE_BSS + SAMPLE_BSS_SIZE    ? XEX_PAGE_DATA
                                                                                     : XEX_PAGE_RODATA;
        assert_int_equal(page.kind, want);
        covered += page.size;
    }
    assert_int_equal(covered, (SAMPLE_BSS + SAMPLE_BSS_SIZE + f->x.page_size - 1) & ~(f->x.page_size - 1));
}

static void test_round_trip_keeps_every_byte(void **state)
{
    (void)state;
    for (u32 form = 0; form < 6; form++) {
        struct fixture f;
        make(&f, BASE, form / 2, form % 2);
        if (!load(&f, NULL))
            fail_msg("form %u: %s", form, f.err.text);
        assert_int_equal(f.x.compression, form / 2);
        assert_int_equal(f.x.encryption, form % 2 ? XEX_AES : XEX_PLAIN);
        check_image(&f);
        check_headers(&f, BASE);
        check_pages(&f);
        assert_int_equal(xex_check(&f.x, &f.image, NULL, NULL), 0);
        drop(&f);
    }
}

static void test_small_pages_above_90000000(void **state)
{
    (void)state;
    struct fixture f;
    make(&f, BASE_4K, XEX_BASIC, true);
    assert_true(load(&f, NULL));
    assert_int_equal(f.x.page_size, 0x1000);
    assert_int_equal(f.image.size, SAMPLE_BSS + SAMPLE_BSS_SIZE);
    check_headers(&f, BASE_4K);
    check_pages(&f);
    assert_int_equal(xex_check(&f.x, &f.image, NULL, NULL), 0);
    drop(&f);
}

static void test_compression_drops_zeros(void **state)
{
    (void)state;
    struct fixture whole, less;
    make(&whole, BASE, XEX_UNCOMPRESSED, false);
    make(&less, BASE, XEX_BASIC, false);
    assert_in_range(less.size, 1, 0x8000);
    assert_in_range(whole.size, SAMPLE_END, SAMPLE_END + 0x2000);
    drop(&whole);
    drop(&less);
}

static void test_same_elf_gives_same_bytes(void **state)
{
    (void)state;
    struct fixture a, b;
    make(&a, BASE, XEX_BASIC, true);
    make(&b, BASE, XEX_BASIC, true);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.file, b.file, a.size);
    drop(&a);
    drop(&b);
}

static void test_records_are_found(void **state)
{
    (void)state;
    struct fixture f;
    struct xex_record r[3];
    make(&f, BASE, XEX_BASIC, false);
    assert_true(load(&f, NULL));
    for (u32 i = 0; i < 3; i++)
        assert_true(xex_record_at(&f.x, &f.image, &f.x.libraries[0], i, &r[i], &f.err));
    assert_int_equal(r[0].kind, XEX_RECORD_POINTER);
    assert_int_equal(r[0].address, BASE + SAMPLE_DATA);
    assert_int_equal(r[1].kind, XEX_RECORD_THUNK);
    assert_int_equal(r[1].address, BASE + SAMPLE_THUNK);
    assert_int_equal(r[1].ordinal, SAMPLE_FUNCTION);
    assert_int_equal(r[2].kind, XEX_RECORD_POINTER);
    assert_int_equal(r[2].ordinal, SAMPLE_VARIABLE);
    drop(&f);
}

/* ---- Hashes ---- */

struct heard {
    u32 count, bad;
    char last_bad[128];
};

static void hear(void *context, const char *what, bool good)
{
    struct heard *heard = context;
    heard->count++;
    heard->bad += !good;
    if (!good)
        snprintf(heard->last_bad, sizeof heard->last_bad, "%s", what);
}

static void test_changed_page_is_named(void **state)
{
    (void)state;
    struct fixture f;
    struct heard heard = {0};
    make(&f, BASE, XEX_UNCOMPRESSED, false);
    f.file[load_be32(f.file + 8) + SAMPLE_RODATA] ^= 1;
    assert_true(load(&f, NULL));
    assert_int_equal(xex_check(&f.x, &f.image, hear, &heard), 1);
    assert_int_equal(heard.count, 8); /* header, one import table, six pages */
    assert_string_equal(heard.last_bad, "page descriptor 2 (0x82020000, 0x10000 bytes)");
    drop(&f);
}

/* Runs that end early leave zeros; the hashes of the pages behind say so. */
static void test_short_runs_leave_zeros(void **state)
{
    (void)state;
    struct fixture f;
    struct heard heard = {0};
    make(&f, BASE, XEX_BASIC, false);
    assert_true(xex_parse(&f.x, f.file, f.size, &f.err));
    u32 last = f.x.runs + 8 * (f.x.run_count - 1);
    store_be32(f.file + last - 8, 0); /* the run with .data's end: no data, no zeros */
    store_be32(f.file + last - 4, 0);
    store_be32(f.file + last, 0);
    store_be32(f.file + last + 4, 0);
    assert_true(load(&f, NULL));
    assert_int_equal(f.image.data[SAMPLE_DATA + SAMPLE_DATA_SIZE - 1], 0);
    assert_int_equal(xex_check(&f.x, &f.image, hear, &heard), 2); /* the header too */
    assert_string_equal(heard.last_bad, "page descriptor 3 (0x82030000, 0x10000 bytes)");
    drop(&f);
}

static void test_changed_block_is_named(void **state)
{
    (void)state;
    struct fixture f;
    struct heard heard = {0};
    make(&f, BASE, XEX_LZX, false);
    assert_true(xex_parse(&f.x, f.file, f.size, &f.err));
    f.file[f.x.block + 4] ^= 1; /* the digest as the header has it */
    assert_true(load(&f, NULL));
    assert_int_equal(f.image.block_count, 2);
    check_image(&f);
    assert_int_equal(xex_check(&f.x, &f.image, hear, &heard), 2); /* the header too */
    assert_int_equal(heard.count, 10);                            /* and an import table, two blocks, six pages */
    assert_string_equal(heard.last_bad, "LZX block 0");
    drop(&f);
}

static void test_changed_header_is_named(void **state)
{
    (void)state;
    struct fixture f;
    struct heard heard = {0};
    make(&f, BASE, XEX_BASIC, false);
    f.file[0x0C] ^= 1; /* the header's unused word */
    assert_true(load(&f, NULL));
    assert_int_equal(xex_check(&f.x, &f.image, hear, &heard), 1);
    assert_string_equal(heard.last_bad, "header");
    drop(&f);
}

static void test_changed_import_table_is_named(void **state)
{
    (void)state;
    struct fixture f;
    struct heard heard = {0};
    make(&f, BASE, XEX_BASIC, false);
    assert_true(xex_parse(&f.x, f.file, f.size, &f.err));
    f.file[f.x.libraries[0].offset + 31] ^= 1; /* version */
    assert_true(load(&f, NULL));
    assert_int_equal(xex_check(&f.x, &f.image, hear, &heard), 2); /* it is part of the header too */
    assert_string_equal(heard.last_bad, "import table 0 (xboxkrnl.exe)");
    drop(&f);
}

/* ---- Keys ---- */

static void wrap_under_key(struct fixture *f, const u8 key[16])
{
    static const u8 zero[16];
    struct aes128_ctx old, new;
    u8 *wrapped = f->file + load_be32(f->file + 0x10) + XEX_SECURITY_FILE_KEY;
    aes128_set_decrypt_key(&old, zero);
    aes128_set_encrypt_key(&new, key);
    aes128_decrypt(&old, 16, wrapped, wrapped);
    aes128_encrypt(&new, 16, wrapped, wrapped);
}

static void check_keys(u32 compress)
{
    struct fixture f;
    struct xex_keys keys = {.count = 2, .key = {"not this one...", "but this one..."}};
    make(&f, BASE, compress, true);
    wrap_under_key(&f, keys.key[1]);
    assert_false(load(&f, NULL));
    assert_string_equal(f.err.text, "payload at 0x1000: encrypted with a key that is not the development key");
    xex_image_finish(&f.image);
    keys.count = 1;
    assert_false(load(&f, &keys));
    assert_string_equal(
        f.err.text,
        "payload at 0x1000: encrypted with a key that is neither the development key nor one of those given");
    xex_image_finish(&f.image);
    keys.count = 2;
    assert_true(load(&f, &keys));
    assert_int_equal(f.image.key, 2);
    check_image(&f);
    drop(&f);
}

static void test_other_keys_are_tried(void **state)
{
    (void)state;
    check_keys(XEX_BASIC);
    check_keys(XEX_LZX);
}

/* ---- Broken files ---- */

/* Offset of the entry of a key in the list of optional headers. */
static u32 key_place(const u8 *file, u32 key)
{
    for (u32 i = 0; i < load_be32(file + 0x14); i++)
        if (load_be32(file + 0x18 + 8 * i) == key)
            return 0x18 + 8 * i;
    fail_msg("no key 0x%08X", key);
    return 0;
}

static u8 *key_bytes(u8 *file, u32 key)
{
    return file + load_be32(file + key_place(file, key) + 4);
}

static u8 *security(u8 *file)
{
    return file + load_be32(file + 0x10);
}

/* clang-format off */
static void break_magic(u8 *f, size_t *s) { (void)s; f[3] = '1'; }
static void break_short(u8 *f, size_t *s) { (void)f; *s = 20; }
static void break_header_cut(u8 *f, size_t *s) { (void)f; *s = 0x800; }
static void break_header_size(u8 *f, size_t *s) { (void)s; store_be32(f + 8, 0x10); }
static void break_key_count(u8 *f, size_t *s) { (void)s; store_be32(f + 0x14, 0x10000000); }
static void break_key_order(u8 *f, size_t *s) { (void)s; store_be32(f + 0x18 + 8, 0x3FE); }
static void break_key_twice(u8 *f, size_t *s) { (void)s; store_be32(f + 0x18 + 16, 0x10100); }
static void break_key_offset(u8 *f, size_t *s) { (void)s; store_be32(f + key_place(f, XEX_IMPORTS) + 4, 0xFFFFFFF0); }
static void break_blob_size(u8 *f, size_t *s) { (void)s; store_be32(key_bytes(f, XEX_PE_NAME), 0x10000); }
static void break_blob_empty(u8 *f, size_t *s) { (void)s; store_be32(key_bytes(f, XEX_PE_NAME), 0); }
static void break_security(u8 *f, size_t *s) { (void)s; store_be32(f + 0x10, 0xFF0); }
static void break_page_count(u8 *f, size_t *s) { (void)s; store_be32(security(f) + 0x180, 0x0FFFFFFF); }
static void break_page_kind(u8 *f, size_t *s) { (void)s; store_be32(security(f) + 0x184, 0x10); }
static void break_page_size(u8 *f, size_t *s) { (void)s; store_be32(security(f) + 0x184, 0xFFFFFFF1); }
static void break_page_cover(u8 *f, size_t *s) { (void)s; store_be32(security(f) + 0x184, 0x03); }
static void break_image_size(u8 *f, size_t *s) { (void)s; store_be32(security(f) + 4, 0xF0000000); }
static void break_image_zero(u8 *f, size_t *s) { (void)s; store_be32(security(f) + 4, 0); }
static void break_image_base(u8 *f, size_t *s) { (void)s; store_be32(f + key_place(f, XEX_IMAGE_BASE) + 4, 0x30000000); }
static void break_payload(u8 *f, size_t *s) { (void)f; *s -= 0x10; }
static void break_run_size(u8 *f, size_t *s) { (void)s; store_be32(key_bytes(f, XEX_FILE_FORMAT) + 8, 0xFFFFFFFF); }
static void break_run_zeros(u8 *f, size_t *s) { (void)s; store_be32(key_bytes(f, XEX_FILE_FORMAT) + 12, 0xFFFFF000); }
static void break_run_overlap(u8 *f, size_t *s) { (void)s; u8 *r = key_bytes(f, XEX_FILE_FORMAT) + 12; store_be32(r, load_be32(r) + 0x1000); }
static void break_encryption(u8 *f, size_t *s) { (void)s; store_be16(key_bytes(f, XEX_FILE_FORMAT) + 4, 2); }
static void break_compression(u8 *f, size_t *s) { (void)s; store_be16(key_bytes(f, XEX_FILE_FORMAT) + 6, 9); }
static void break_lzx(u8 *f, size_t *s) { (void)s; store_be16(key_bytes(f, XEX_FILE_FORMAT) + 6, 2); }
static void break_lzx_short(u8 *f, size_t *s) { (void)s; store_be32(key_bytes(f, XEX_FILE_FORMAT), 0x23); break_lzx(f, s); }
static void break_delta(u8 *f, size_t *s) { (void)s; store_be16(key_bytes(f, XEX_FILE_FORMAT) + 6, 3); store_be32(key_bytes(f, XEX_FILE_FORMAT) + 8, 0x8000); }
static void break_entry(u8 *f, size_t *s) { (void)s; store_be32(f + key_place(f, XEX_ENTRY_POINT) + 4, BASE + SAMPLE_END); }
static void break_tls(u8 *f, size_t *s) { (void)s; store_be32(key_bytes(f, XEX_TLS_INFO) + 4, BASE + SAMPLE_END - 4); }
static void break_strings(u8 *f, size_t *s) { (void)s; store_be32(key_bytes(f, XEX_IMPORTS) + 4, 0xFFFFFFF8); }
static void break_table_name(u8 *f, size_t *s) { (void)s; key_bytes(f, XEX_IMPORTS)[12 + 16 + 37] = 7; }
static void break_table_size(u8 *f, size_t *s) { (void)s; store_be32(key_bytes(f, XEX_IMPORTS) + 12 + 16, 8); }
static void break_table_empty(u8 *f, size_t *s) { (void)s; store_be16(key_bytes(f, XEX_IMPORTS) + 12 + 16 + 38, 0); }
static void break_table_count(u8 *f, size_t *s) { (void)s; store_be16(key_bytes(f, XEX_IMPORTS) + 12 + 16 + 38, 4); }
static void break_pe(u8 *f, size_t *s) { (void)s; f[load_be32(f + 8)] = 0; }
static void break_pe_machine(u8 *f, size_t *s) { (void)s; f[load_be32(f + 8) + 0x84] = 0x4C; }

struct broken {
    void (*mutate)(u8 *file, size_t *size);
    const char *error;
};

static const struct broken broken[] = {
    {break_magic,       "header at 0x0: not an XEX2 file (it begins with 58 45 58 31)"},
    {break_short,       "header at 0x0: the file is 20 bytes long, an XEX2 header takes at least 24"},
    {break_header_cut,  "header at 0x8: the header ends at 0x1000, the file already at 0x800"},
    {break_header_size, "header at 0x8: a header of 0x10 bytes is too small"},
    {break_key_count,   "header at 0x14: 268435456 optional headers do not fit into the header of 0x1000 bytes"},
    {break_key_order,   "header at 0x20: optional header 1 (key 0x000003FE) is not in rising order of keys"},
    {break_key_twice,   "header at 0x28: optional header 2 (key 0x00010100) is not in rising order of keys"},
    {break_key_offset,  "header at 0x30: optional header 3 (key 0x000103FF) points behind the header"},
    {break_blob_size,   "header at 0x38: optional header 4 (key 0x000183FF) points behind the header"},
    {break_blob_empty,  "the blob of key 0x000183FF says that it is 0 bytes long"},
    {break_security,    "header at 0x10: the security info at 0xFF0 points behind the header"},
    {break_page_count,  "268435455 page descriptors do not fit into the header"},
    {break_page_kind,   "page descriptor 0 has the unknown kind 0"},
    {break_page_size,   "page descriptor 0 points behind the image of 0x60000 bytes"},
    {break_page_cover,  "the page descriptors cover 0x50000 bytes of the image's 0x60000"},
    {break_image_size,  "an image of 0xF0000000 bytes does not fit at 0x82000000"},
    {break_image_zero,  "an image of 0x0 bytes does not fit at 0x82000000"},
    {break_image_base,  "images cannot be placed at 0x30000000"},
    {break_payload,     "0x10 bytes are missing, the file ends at 0x"},
    {break_run_size,    "run 0 (0xFFFFFFFF bytes and 0xFDE0 zero bytes) ends behind the image"},
    {break_run_zeros,   "run 0 (0x220 bytes and 0xFFFFF000 zero bytes) ends behind the image"},
    {break_run_overlap, "ends behind the image"},
    {break_encryption,  "unknown encryption 2"},
    {break_compression, "unknown compression 9"},
    {break_lzx,         "no LZX stream has a window of 0x220 bytes"},
    {break_lzx_short,   "the file format info is too short for LZX"},
    {break_delta,       "payload at 0x1000: this is a patch; it has no image of its own"},
    {break_entry,       "entry point: 0x82060000 is not an instruction of the image at 0x82000000..0x8205FFFF"},
    {break_tls,         "data at 0x8205FFFC lies outside the image"},
    {break_strings,     "0xFFFFFFF8 bytes of strings do not fit"},
    {break_table_name,  "the table names string 7, there is no such string"},
    {break_table_size,  "the table's size 0x8 is wrong, 0x34 bytes are left"},
    {break_table_empty, "the table has no records"},
    {break_table_count, "4 records do not fit into the table of 0x34 bytes"},
    {break_pe,          "image at 0x82000000: no PE header"},
    {break_pe_machine,  "PE header at 0x82000080: not for a big-endian PowerPC (machine 0x14C)"},
};
/* clang-format on */

/* The first block of the payload and its chunk. */
static u8 *block(u8 *f)
{
    return f + load_be32(f + 8);
}

/* clang-format off */
static void break_block_size(u8 *f, size_t *s) { (void)s; store_be32(key_bytes(f, XEX_FILE_FORMAT) + 12, 0x7FFFFFF0); }
static void break_block_small(u8 *f, size_t *s) { (void)s; store_be32(key_bytes(f, XEX_FILE_FORMAT) + 12, 23); }
static void break_block_none(u8 *f, size_t *s) { (void)s; store_be32(key_bytes(f, XEX_FILE_FORMAT) + 12, 0); }
static void break_block_next(u8 *f, size_t *s) { (void)s; store_be32(block(f), 0x7FFFFFF0); }
static void break_block_cut(u8 *f, size_t *s) { (void)f; *s -= 1; }
static void break_chunk(u8 *f, size_t *s) { (void)s; store_be16(block(f) + 24, 0xFFFF); }
static void break_chunk_end(u8 *f, size_t *s) { (void)s; store_be32(key_bytes(f, XEX_FILE_FORMAT) + 12, 26 + load_be16(block(f) + 24)); }
static void break_chunk_none(u8 *f, size_t *s) { (void)s; store_be16(block(f) + 24, 0); }
static void break_stream(u8 *f, size_t *s) { (void)s; block(f)[27] |= 0x80; }
/* clang-format on */

static const struct broken broken_lzx[] = {
    {break_block_size, "payload at 0x1000: an LZX block of 0x7FFFFFF0 bytes, 0x"},
    {break_block_small, "payload at 0x1000: an LZX block of 0x17 bytes, 0x"},
    {break_block_none, "LZX stream at 0x0: it ends there, after 0x0 of 0x60000 bytes"},
    {break_block_next, ": an LZX block of 0x7FFFFFF0 bytes, 0x"},
    {break_block_cut, ": an LZX block of 0x"},
    {break_chunk, "payload at 0x1018: a chunk of 0xFFFF bytes ends behind its LZX block"},
    {break_chunk_end, ": the LZX block that begins at 0x1000 has no last chunk"},
    {break_chunk_none, "LZX stream at 0x"},
    {break_stream, "LZX stream at 0x0: it translates x86 calls, which no title has"},
};

static void check_broken(const struct broken *list, size_t count, u32 compress)
{
    for (size_t i = 0; i < count; i++) {
        struct fixture f;
        make(&f, BASE, compress, false);
        list[i].mutate(f.file, &f.size);
        /* An exact copy, so that a read behind the end is seen by the address sanitizer. */
        u8 *copy = malloc(f.size);
        memcpy(copy, f.file, f.size);
        free(f.file);
        f.file = copy;
        if (load(&f, NULL))
            fail_msg("accepted: %s", list[i].error);
        if (!strstr(f.err.text, list[i].error))
            fail_msg("\"%s\" lacks \"%s\"", f.err.text, list[i].error);
        assert_null(strchr(f.err.text, '\n'));
        drop(&f);
    }
}

static void test_broken_files_are_named(void **state)
{
    (void)state;
    check_broken(broken, countof(broken), XEX_BASIC);
    check_broken(broken_lzx, countof(broken_lzx), XEX_LZX);
}

/* Linkers leave rows of sections that the image does not carry. */
static void test_sections_behind_the_image_are_left_out(void **state)
{
    (void)state;
    struct fixture f;
    make(&f, BASE, XEX_BASIC, false);
    f.file[load_be32(f.file + 8) + 0x80 + 24 + 224 + 11] = 0x40;
    assert_true(load(&f, NULL));
    assert_int_equal(f.image.section_count, 3);
    assert_string_equal(f.image.sections[0].name, ".rodata");
    drop(&f);
}

static void test_records_outside_the_image_are_named(void **state)
{
    (void)state;
    struct fixture f;
    struct xex_record r;
    make(&f, BASE, XEX_BASIC, false);
    assert_true(load(&f, NULL));
    u8 *address = f.file + f.x.libraries[0].offset + XEX_TABLE_ADDRESSES;
    store_be32(address, BASE + SAMPLE_END);
    assert_false(xex_record_at(&f.x, &f.image, &f.x.libraries[0], 0, &r, &f.err));
    assert_non_null(strstr(f.err.text, "record 0 of xboxkrnl.exe at 0x82060000 lies outside the image"));
    store_be32(address, BASE + SAMPLE_TEXT + 0x10);
    assert_false(xex_record_at(&f.x, &f.image, &f.x.libraries[0], 0, &r, &f.err));
    assert_non_null(strstr(f.err.text, "is no import"));
    drop(&f);
}

/* Every byte of the headers turned, and files cut at every place: they load, or give an error; nothing else. */
static void test_damage_anywhere_is_survived(void **state)
{
    (void)state;
    struct fixture f;
    u32 refused = 0;
    make(&f, BASE, XEX_BASIC, true);
    size_t whole = f.size;
    for (u32 i = 0; i < 0x400; i++) {
        for (u32 mask = 1; mask < 0x100; mask <<= 3) {
            f.file[i] ^= (u8)mask;
            refused += !load(&f, NULL);
            xex_image_finish(&f.image);
            f.file[i] ^= (u8)mask;
        }
    }
    assert_true(refused > 100);
    for (f.size = 0; f.size < whole; f.size += f.size < 0x400 ? 1 : 0x111) {
        memset(&f.image, 0, sizeof f.image);
        assert_false(load(&f, NULL));
        xex_image_finish(&f.image);
    }
    free(f.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_keeps_every_byte),
        cmocka_unit_test(test_small_pages_above_90000000),
        cmocka_unit_test(test_compression_drops_zeros),
        cmocka_unit_test(test_same_elf_gives_same_bytes),
        cmocka_unit_test(test_records_are_found),
        cmocka_unit_test(test_changed_page_is_named),
        cmocka_unit_test(test_short_runs_leave_zeros),
        cmocka_unit_test(test_changed_block_is_named),
        cmocka_unit_test(test_changed_header_is_named),
        cmocka_unit_test(test_changed_import_table_is_named),
        cmocka_unit_test(test_other_keys_are_tried),
        cmocka_unit_test(test_broken_files_are_named),
        cmocka_unit_test(test_sections_behind_the_image_are_left_out),
        cmocka_unit_test(test_records_outside_the_image_are_named),
        cmocka_unit_test(test_damage_anywhere_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
