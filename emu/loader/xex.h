/* SPDX-License-Identifier: BSD-3-Clause
 * XEX2, the executable format of the console: reading one that lies in memory, and the flat image that it unpacks to.
 * All numbers of the file are big-endian; only the PE header inside the image is little-endian.
 *
 * File = header (header_size bytes) + payload.
 *   00 "XEX2"  04 module flags  08 header size = payload's offset  10 offset of the security info
 *   14 count of optional headers  18 {key, value}[count], in rising order of key (the console refuses others)
 * The key's low byte says what the value is: 00 and 01 the value itself, FF the offset of a blob that begins with its
 * size, else the offset of that many words. xex_keys.def says what each is for and what is done with it.
 *
 * Security info:
 *   000 size  004 image size  008 signature[256]  10C image flags (10000000: pages of 4 KiB, else 64 KiB)
 *   110 load address  114 image digest  128 count of import tables  12C import digest  140 media id[16]
 *   150 file key[16], AES-ECB under the console's key  160 export table  164 header digest  178 region  17C media
 *   180 count of page descriptors  184 descriptors {u32 pages << 4 | kind, u8 digest[20]}
 * Digests are SHA-1 in chains. Pages: digest(i) = SHA1(pages of descriptor i, descriptor i); it stands in descriptor i
 * - 1, the first in 114. Import tables: SHA1(table behind its size word) stands in the table before, the first in 12C.
 * Header: SHA1(everything behind the signed part up to header size, then the header's start up to the signature), in
 * 164.
 *
 * Import blob (103FF): u32 size, u32 bytes of strings, u32 count of strings, the strings (each padded to 4), then
 * tables {u32 size, u8 digest[20], u32 id, u32 version, u32 minimum version, u16 name, u16 records, u32
 * address[records]}. A record's word in the image is kind << 24 | library << 16 | ordinal. Kind 0 is a pointer that the
 * loader fills; kind 1 is a thunk of 16 bytes that the loader rewrites. A function has one of each, a variable the
 * first alone.
 *
 * File format blob (3FF): u32 size, u16 encryption (1: AES-CBC, zero vector, one chain over the payload), u16
 * compression (0 none, 1 basic, 2 LZX, 3 delta). Basic: {u32 data, u32 zero}[], the payload holds the data runs alone.
 * LZX: u32 window, then the first block's {u32 size, u8 digest[20]}. A block of the payload = the same of the next
 * block (size 0: none), chunks {u16 size, bytes}, a chunk of size 0, padding; the digest is of the whole block. The
 * chunks' bytes in a row are the stream of lzx.h.
 *
 * Exports of a library. By ordinal, at the address in 160 of the security info: u32 magic[3], 2 numbers, 3 versions,
 *   20 base >> 16  24 count  28 first ordinal  2C u32 offset from base[count] (0: none). By name (key E10402: offset in
 *   the image, size): a PE export directory, little-endian, whose offsets of tables and names count from itself;
 *   18 count of names  1C functions (offsets from base)  20 names  24 u16 places in functions.
 *
 * A patch (.xexp, module flags 10 to 40) turns one title's header and image into another's; see xex_delta.c.
 *
 * Facts read off Xenia, XenonRecomp and SynthXEX. */
#ifndef EMU_LOADER_XEX_H
#define EMU_LOADER_XEX_H

#include "schema/base.h"

enum xex_key {
    XEX_RESOURCES = 0x000002FF,
    XEX_FILE_FORMAT = 0x000003FF,
    XEX_DELTA_PATCH = 0x000005FF,
    XEX_BOUNDING_PATH = 0x000080FF,
    XEX_ORIGINAL_BASE = 0x00010001,
    XEX_ENTRY_POINT = 0x00010100,
    XEX_IMAGE_BASE = 0x00010201,
    XEX_IMPORTS = 0x000103FF,
    XEX_CHECKSUM_TIME = 0x00018002,
    XEX_PE_NAME = 0x000183FF,
    XEX_TLS_INFO = 0x00020104,
    XEX_STACK_SIZE = 0x00020200,
    XEX_SYSTEM_FLAGS = 0x00030000,
    XEX_EXECUTION_INFO = 0x00040006,
    XEX_EXPORTS_BY_NAME = 0x00E10402,
};

/* Places in the file and in the security info. */
enum xex_place {
    XEX_HEADER_KEYS = 0x18,
    XEX_SECURITY_IMAGE_SIZE = 0x004,
    XEX_SECURITY_SIGNATURE = 0x008,
    XEX_SECURITY_SIGNED_SIZE = 0x108,
    XEX_SECURITY_IMAGE_FLAGS = 0x10C,
    XEX_SECURITY_LOAD_ADDRESS = 0x110,
    XEX_SECURITY_IMAGE_DIGEST = 0x114,
    XEX_SECURITY_IMPORT_COUNT = 0x128,
    XEX_SECURITY_IMPORT_DIGEST = 0x12C,
    XEX_SECURITY_MEDIA_ID = 0x140,
    XEX_SECURITY_FILE_KEY = 0x150,
    XEX_SECURITY_EXPORTS = 0x160,
    XEX_SECURITY_HEADER_DIGEST = 0x164,
    XEX_SECURITY_REGION = 0x178,
    XEX_SECURITY_MEDIA = 0x17C,
    XEX_SECURITY_PAGE_COUNT = 0x180,
    XEX_SECURITY_PAGES = 0x184,
    XEX_PAGE_SIZE = 24,
    XEX_BLOCK_HEADER = 24,
    XEX_TABLE_ADDRESSES = 40, /* in an import table */
    XEX_EXPORT_BASE = 0x20,   /* in a table of exports */
    XEX_EXPORT_COUNT = 0x24,
    XEX_EXPORT_FIRST = 0x28,
    XEX_EXPORT_OFFSETS = 0x2C,
    XEX_NAMES_COUNT = 0x18, /* in a directory of names */
    XEX_NAMES_FUNCTIONS = 0x1C,
    XEX_NAMES_NAMES = 0x20,
    XEX_NAMES_PLACES = 0x24,
};

enum xex_module_flag { XEX_MODULE_TITLE = 1, XEX_MODULE_DLL = 8, XEX_MODULE_PATCHES = 0x70 };
enum xex_encryption { XEX_PLAIN, XEX_AES };
enum xex_compression { XEX_UNCOMPRESSED, XEX_BASIC, XEX_LZX, XEX_DELTA };
enum xex_page_kind { XEX_PAGE_CODE = 1, XEX_PAGE_DATA = 2, XEX_PAGE_RODATA = 3 };
enum xex_record_kind { XEX_RECORD_POINTER, XEX_RECORD_THUNK };

#define XEX_IMAGE_PAGES_4K 0x10000000u

enum { XEX_LIBRARIES_MAX = 32, XEX_DIGEST = 20, XEX_NAME_MAX = 64, XEX_PE_SECTIONS_MAX = 96, XEX_TLS_MAX = 0x1000000 };

struct xex_library {
    char name[XEX_NAME_MAX];
    u32 offset; /* of its table in the file */
    u32 size;   /* of its table */
    u32 id;
    u32 version;
    u32 minimum;
    u32 record_count;
};

struct xex_tls {
    u32 slots;
    u32 address;
    u32 size; /* with zero fill */
    u32 raw_size;
};

struct xex_execution {
    u32 media_id, version, base_version, title_id;
    u8 platform, table, disc, discs;
    u32 savegame_id;
};

/* What the headers say. Points into the file, which the caller keeps. */
struct xex {
    const u8 *file;
    size_t size;
    u32 module_flags;
    u32 header_size;
    u32 key_count;
    u32 security; /* offset */
    u32 image_size;
    u32 image_flags;
    u32 image_base;
    u32 load_address;
    u32 page_size;
    u32 descriptor_count;
    u32 import_table_count; /* as the security info says */
    u32 entry;              /* 0: none */
    u32 stack_size;         /* 0: none given */
    u32 system_flags;
    u32 original_base; /* where it was linked to; image_base if it was not moved since */
    u32 checksum;      /* of the linker's PE file, 0: not given */
    u32 time;          /* when it was linked, seconds since 1970; 0: not given */
    u32 exports;       /* address of the table by ordinal, 0: none */
    u32 names;         /* address of the directory by name, 0: none */
    u32 imports;       /* offset of the blob, 0: none */
    u32 library_count;
    struct xex_library libraries[XEX_LIBRARIES_MAX];
    struct xex_tls tls;
    struct xex_execution execution;
    u32 encryption;
    u32 compression;
    u32 runs; /* offset of the basic compression's runs */
    u32 run_count;
    u32 window; /* of LZX */
    u32 block;  /* offset of the first block's size and digest, LZX */
    char pe_name[XEX_NAME_MAX];
};

struct xex_header {
    u32 key;
    u32 value;  /* itself, or an offset */
    u32 offset; /* of what the value points to, behind a blob's size word; 0: the value is meant itself */
    u32 size;   /* of it in bytes */
};

struct xex_page {
    u32 address;
    u32 size;
    u32 kind;   /* enum xex_page_kind */
    u32 offset; /* of the descriptor in the file */
};

struct xex_record {
    u32 address;
    u32 kind; /* enum xex_record_kind */
    u32 ordinal;
};

struct xex_section {
    char name[9];
    u32 address;
    u32 size;
    u32 flags; /* as in PE: 0x20000000 executable, 0x40000000 readable, 0x80000000 writable */
};

static inline bool xex_is_patch(const struct xex *x)
{
    return x->module_flags & XEX_MODULE_PATCHES;
}

/* Keys to try on an encrypted file, after the development key (16 zero bytes), which is always tried. */
struct xex_keys {
    u32 count;
    u8 key[8][16];
};

/* The flat image, from image_base on. */
struct xex_image {
    u8 *data; /* image_size bytes */
    u32 size;
    u32 key;          /* which one fitted: 0 the development key, n the caller's n-th, counted from 1 */
    u32 block_count;  /* of LZX */
    bool *block_good; /* by block: its digest fits */
    u32 section_count;
    struct xex_section sections[XEX_PE_SECTIONS_MAX];
};

/* Reads and checks all headers. False: err names the place and the reason. */
bool xex_parse(struct xex *x, const u8 *file, size_t size, struct err *err);
/* i < key_count. xex_parse has checked them all. */
struct xex_header xex_header_at(const struct xex *x, u32 i);

/* What is done with an optional header: a row of xex_keys.def, which explains the uses. */
enum xex_use { XEX_USED, XEX_TITLE, XEX_SHOWN };

struct xex_key_info {
    u32 key;
    enum xex_use use;
    const char *name; /* "entry point" */
    const char *what; /* acts on it, or what it is for */
};

/* NULL: unknown. */
const struct xex_key_info *xex_key_info(u32 key);
/* "used" and the like. */
const char *xex_use_name(enum xex_use use);

/* Walks the page descriptors: *page begins zeroed; false behind the last. */
bool xex_page_next(const struct xex *x, struct xex_page *page);

/* Decrypts and unpacks; keys may be NULL. The caller ends it with xex_image_finish, also after a failure. */
bool xex_image_init(struct xex_image *image, const struct xex *x, const struct xex_keys *keys, struct err *err);
void xex_image_finish(struct xex_image *image);

/* The title that a patch makes of another. */
struct xex_patched {
    u8 *header;
    struct xex xex; /* points into the header */
    struct xex_image image;
};

/* Applies a patch file to a title whose headers and image were read with these keys. The caller ends it with
 * xex_patched_finish, also after a failure. */
bool xex_patch(struct xex_patched *out, const struct xex *base, const struct xex_image *image,
               const struct xex_keys *keys, const u8 *file, size_t size, struct err *err);
void xex_patched_finish(struct xex_patched *p);

/* The file key that stands wrapped under another, as AES-ECB. */
void xex_unwrap(u8 out[16], const u8 key[16], const u8 wrapped[16]);
/* The console's key that fitted the image. */
const u8 *xex_key(const struct xex_image *image, const struct xex_keys *keys);
/* The whole payload, decrypted with the file key if it is encrypted; free() it. */
u8 *xex_payload(const struct xex *x, const u8 file_key[16], size_t *size, struct err *err);

/* Unpacks the decrypted payload of a title with LZX compression into the image. */
bool xex_lzx_unpack(struct xex_image *image, const struct xex *x, const u8 *payload, size_t size, struct err *err);

/* The image's PE header and its sections. False: not one that the console would take. */
bool xex_pe_parse(struct xex_image *image, const struct xex *x, struct err *err);

/* One import record: checked to lie in the image and to be of a known kind. i < record_count. */
bool xex_record_at(const struct xex *x, const struct xex_image *image, const struct xex_library *library, u32 i,
                   struct xex_record *record, struct err *err);

/* Checks every hash; report hears of each, good or bad. Returns how many were bad. report may be NULL. */
u32 xex_check(const struct xex *x, const struct xex_image *image,
              void (*report)(void *context, const char *what, bool good), void *context);

/* SHA-1 of two runs of bytes in a row. */
void xex_digest(u8 digest[XEX_DIGEST], const u8 *first, size_t first_size, const u8 *second, size_t second_size);

/* The header's digest, from its bytes and the place of the security info. */
void xex_header_digest(u8 digest[XEX_DIGEST], const u8 *file, u32 header_size, u32 security);

#endif
