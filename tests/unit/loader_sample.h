/* SPDX-License-Identifier: BSD-3-Clause
 * A small title for the loader's tests: an ELF made here, byte by byte, so that no toolchain is needed. Pages of 64
 * KiB: .text with a thunk at 80, .rodata, .data (the pointers of two imports at 0 and 4, TLS data at 10, a hole of
 * zeros), .bss. */
#ifndef TESTS_UNIT_LOADER_SAMPLE_H
#define TESTS_UNIT_LOADER_SAMPLE_H

#include "emu/host/mkxex.h"

#include <stdlib.h>

enum {
    SAMPLE_TEXT = 0x10000, /* offsets from the image's base */
    SAMPLE_THUNK = 0x10080,
    SAMPLE_RODATA = 0x20000,
    SAMPLE_DATA = 0x30000,
    SAMPLE_TLS = 0x30010,
    SAMPLE_BSS = 0x36000,
    SAMPLE_END = 0x60000,
    SAMPLE_TEXT_SIZE = 0x100,
    SAMPLE_DATA_SIZE = 0x6000,
    SAMPLE_BSS_SIZE = 0x20000,
    SAMPLE_FUNCTION = 0x003, /* DbgPrint */
    SAMPLE_VARIABLE = 0x193, /* XexExecutableModuleHandle */
    SAMPLE_SECTIONS = 7,
    SAMPLE_ELF_SIZE = 0x8000,
    SAMPLE_SECTION_HEADERS = 0x100,
    SAMPLE_NAMES = 0x300,
    SAMPLE_TABLE = 0x400,
};

struct sample_section {
    const char *name;
    u32 type, flags, place, size, offset;
};

static const struct sample_section sample_sections[SAMPLE_SECTIONS] = {
    {"", 0, 0, 0, 0, 0},
    {".text", 1, ELF_ALLOC | ELF_EXEC, SAMPLE_TEXT, SAMPLE_TEXT_SIZE, 0x1000},
    {".rodata", 1, ELF_ALLOC, SAMPLE_RODATA, 0x100, 0x1100},
    {".data", 1, ELF_ALLOC | ELF_WRITE, SAMPLE_DATA, SAMPLE_DATA_SIZE, 0x1200},
    {".bss", ELF_NOBITS, ELF_ALLOC | ELF_WRITE, SAMPLE_BSS, SAMPLE_BSS_SIZE, 0},
    {".xeximp.xboxkrnl.tab", 1, 0, 0, 24, SAMPLE_TABLE},
    {".shstrtab", 3, 0, 0, 0x100, SAMPLE_NAMES},
};

/* What the title's bytes are, from its image's base on; the holes are zero. */
static inline u8 sample_byte(u32 place)
{
    if (place >= SAMPLE_TEXT && place < SAMPLE_TEXT + SAMPLE_TEXT_SIZE)
        return (u8)(place * 7 + 1);
    if (place >= SAMPLE_RODATA && place < SAMPLE_RODATA + 0x100)
        return (u8)(place ^ 0x5A);
    if (place >= SAMPLE_DATA && place < SAMPLE_DATA + 0x1234)
        return (u8)(place * 3 + 5);
    return place == SAMPLE_DATA + SAMPLE_DATA_SIZE - 1 ? 0xEE : 0;
}

static inline void sample_put_section(u8 *elf, u32 base, u32 i, u32 name)
{
    const struct sample_section *s = &sample_sections[i];
    u8 *h = elf + SAMPLE_SECTION_HEADERS + 40 * i;
    memcpy(elf + SAMPLE_NAMES + name, s->name, strlen(s->name));
    store_be32(h, name);
    store_be32(h + 4, s->type);
    store_be32(h + 8, s->flags);
    store_be32(h + 12, s->place ? base + s->place : 0);
    store_be32(h + 16, s->offset);
    store_be32(h + 20, s->size);
    for (u32 n = 0; s->place && s->type != ELF_NOBITS && n < s->size; n++)
        elf[s->offset + n] = sample_byte(s->place + n);
}

/* free() it. */
static inline u8 *sample_elf(u32 base)
{
    u8 *elf = calloc(1, SAMPLE_ELF_SIZE);
    memcpy(elf, "\177ELF\1\2\1", 7);
    store_be16(elf + 16, 2);
    store_be16(elf + 18, 20);
    store_be32(elf + 24, base + SAMPLE_TEXT);
    store_be32(elf + 28, 52); /* program headers */
    store_be32(elf + 32, SAMPLE_SECTION_HEADERS);
    store_be16(elf + 42, 32);
    store_be16(elf + 44, 1);
    store_be16(elf + 46, 40);
    store_be16(elf + 48, SAMPLE_SECTIONS);
    store_be16(elf + 50, SAMPLE_SECTIONS - 1);
    store_be32(elf + 52, 7); /* PT_TLS */
    store_be32(elf + 52 + 8, base + SAMPLE_TLS);
    store_be32(elf + 52 + 16, 8);
    store_be32(elf + 52 + 20, 0x20);
    for (u32 i = 0, name = 0; i < SAMPLE_SECTIONS; i++) {
        sample_put_section(elf, base, i, name);
        name += (u32)strlen(sample_sections[i].name) + 1;
    }
    store_be32(elf + SAMPLE_TABLE, base + SAMPLE_DATA);
    store_be32(elf + SAMPLE_TABLE + 4, base + SAMPLE_THUNK);
    store_be32(elf + SAMPLE_TABLE + 8, SAMPLE_FUNCTION);
    store_be32(elf + SAMPLE_TABLE + 12, base + SAMPLE_DATA + 4);
    store_be32(elf + SAMPLE_TABLE + 20, SAMPLE_VARIABLE);
    return elf;
}

/* The title as a file. NULL: err. free() it. */
static inline u8 *sample_xex(u32 base, u32 compress, bool encrypt, size_t *size, struct err *err)
{
    struct mkxex_options options = {
        .compress = compress, .encrypt = encrypt, .title_id = 0x4C530042, .stack_size = 0x20000, .name = "sample.exe"};
    u8 *elf = sample_elf(base), *xex = NULL;
    bool good = mkxex_build(elf, SAMPLE_ELF_SIZE, &options, &xex, size, err);
    free(elf);
    return good ? xex : NULL;
}

#endif
