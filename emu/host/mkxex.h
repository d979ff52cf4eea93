/* SPDX-License-Identifier: BSD-3-Clause
 * Making a XEX2 title from a big-endian PowerPC ELF: mkxex_elf.c reads the ELF, mkxex_image.c lays out the flat image
 * with its PE header, mkxex_import.c collects the imports, mkxex_write.c writes the file; mkxex_lzx.c packs,
 * mkxex_block.c makes a payload of what is packed. The same input gives the same bytes.
 *
 * What the ELF must have: ELF32, big-endian, PowerPC, linked (ET_EXEC), with section headers, at 80000000..9FFFFFFF.
 * Pages are 64 KiB below 90000000 and 4 KiB from there on; code and writable data may not share a page. The PE header
 * takes the image's first bytes: when the first section begins too low for it, the image begins one page of 64 KiB
 * lower. Imports stand in sections .xeximp.<library>.tab (xboxkrnl, xam, xbdm), not allocated, of 12-byte entries {u32
 * address of the pointer, u32 address of the 16-byte thunk or 0 for a variable, u32 ordinal}; what stands at those
 * addresses is filled in here; of any other <library> the name is taken as it stands (.xeximp.helper.dll.tab), and its
 * ordinals are not known here. Exports of a library stand in .xexexp.tab, not allocated, of 72-byte entries {u32
 * address, u32 ordinal, name[64]}, the name may be empty; their tables go between the PE header and the first section.
 * PT_TLS gives the TLS data. A section .xexres.NAME is the resource NAME;
 * .pdata is the exception table (emu/kernel/unwind.h). */
#ifndef EMU_HOST_MKXEX_H
#define EMU_HOST_MKXEX_H

#include "emu/loader/xex.h"
#include "schema/base.h"

struct mkxex_options {
    u32 compress; /* enum xex_compression; not delta */
    bool encrypt;
    u8 key[16]; /* to encrypt with; zero: the development key */
    u32 title_id;
    u32 stack_size;
    char name[XEX_NAME_MAX]; /* of the PE file, "title.exe" */
    bool library;            /* a DLL; its entry point is DllMain */
    const u8 *patch_of;      /* a title's file: a patch that turns it into this one is made; NULL: none */
    size_t patch_of_size;
};

/* Makes the file. *out is for free(). */
bool mkxex_build(const u8 *elf, size_t size, const struct mkxex_options *options, u8 **out, size_t *out_size,
                 struct err *err);

struct mkxex_section {
    char name[64];
    u32 type;
    u32 flags;
    u32 address;
    u32 size;
    const u8 *data; /* NULL: zero fill */
};

enum { ELF_WRITE = 1, ELF_ALLOC = 2, ELF_EXEC = 4, ELF_TLS = 0x400, ELF_NOBITS = 8 };

struct mkxex_elf {
    const u8 *file;
    size_t size;
    u32 entry;
    u32 section_count;
    u32 sections; /* offset of the section headers */
    const u8 *names;
    u32 names_size;
    u32 tls_address;
    u32 tls_raw_size;
    u32 tls_size;
};

bool mkxex_elf_open(struct mkxex_elf *elf, const u8 *file, size_t size, struct err *err);
/* i < section_count. */
bool mkxex_elf_section(const struct mkxex_elf *elf, u32 i, struct mkxex_section *section, struct err *err);
/* True if it takes room in the image. */
bool mkxex_section_is_image(const struct mkxex_section *section);

struct mkxex_image {
    u8 *data;
    u8 *kinds; /* of each page, enum xex_page_kind */
    u32 base;
    u32 size;
    u32 page_size;
    u32 entry;
    u32 header_end; /* of the PE header, in the image */
    u32 exports;    /* address of the table by ordinal, 0: none */
    u32 names;      /* place in the image of the directory by name, 0: none */
    u32 names_size;
};

/* The caller ends it with mkxex_image_finish, also after a failure. */
bool mkxex_image_init(struct mkxex_image *image, const struct mkxex_elf *elf, struct err *err);
void mkxex_image_finish(struct mkxex_image *image);

enum { MKXEX_LIBRARIES = 16 };

struct mkxex_library {
    char name[XEX_NAME_MAX]; /* "xboxkrnl.exe" */
    u32 id;
    u32 record_count;
    u32 *records; /* addresses */
};

struct mkxex_imports {
    u32 count; /* of libraries in use */
    struct mkxex_library libraries[MKXEX_LIBRARIES];
};

/* Collects the imports and writes their records into the image. Ended by mkxex_imports_finish, also after a failure. */
bool mkxex_imports_init(struct mkxex_imports *imports, const struct mkxex_elf *elf, struct mkxex_image *image,
                        struct err *err);
void mkxex_imports_finish(struct mkxex_imports *imports);

/* Puts the tables of exports into the image. */
bool mkxex_exports(struct mkxex_image *image, const struct mkxex_elf *elf, struct err *err);

/* Writes the file from its parts. */
void mkxex_write(const struct mkxex_elf *elf, const struct mkxex_image *image, const struct mkxex_imports *imports,
                 const struct mkxex_options *options, u8 **out, size_t *out_size);

/* How to pack. */
struct mkxex_lzx {
    u32 window;
    u32 block; /* unpacked bytes of a block, less than 16 MiB */
    u32 known; /* bytes of the input that the reader has already: matches reach back into them; whole frames */
    const u8 *kinds;
    u32 kind_count; /* the blocks' types (enum lzx_block) in turn; 0: of each the smallest */
};

/* What is packed; free() both. */
struct mkxex_stream {
    u8 *data;
    u32 size;
    u32 *frame_ends; /* places in data */
    u32 frame_count;
};

void mkxex_lzx_pack(const u8 *in, u32 size, const struct mkxex_lzx *how, struct mkxex_stream *out);

/* Lengths of no more than `limit` bits for symbols of these weights; 0 where the weight is. */
void mkxex_code_lengths(const u32 *weights, u32 count, u32 limit, u8 *lengths);
/* The canonical codes of these lengths. */
void mkxex_codes(const u8 *lengths, u32 count, u16 *codes);

enum { MKXEX_WINDOW = 0x20000 };

/* The payload of an image under LZX, free() it; first is what the header says of the first block. */
void mkxex_blocks(const struct mkxex_image *image, u8 **payload, u32 *size, u8 first[XEX_BLOCK_HEADER]);

/* A patch (.xexp) that turns the one title's file into the other's, packed and encrypted as the options say. */
bool mkxex_patch(const u8 *old, size_t old_size, const u8 *new, size_t new_size, const struct mkxex_options *options,
                 u8 **out, size_t *out_size, struct err *err);
/* Encrypts a payload with a file key, and wraps the key under another, into wrapped. */
void mkxex_encrypt(u8 *payload, u32 size, const u8 file_key[16]);
void mkxex_wrap(u8 wrapped[16], const u8 key[16], const u8 file_key[16]);
/* The file key that a title's image gets. */
void mkxex_file_key(u8 file_key[XEX_DIGEST], const u8 *image, size_t size);

/* malloc that cannot fail: running out of memory here is the end of the program. */
void *mkxex_alloc(size_t size);

#endif
