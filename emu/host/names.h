/* SPDX-License-Identifier: BSD-3-Clause
 * Names of a title's addresses: imports by their thunks, functions by what a user has of them. */
#ifndef EMU_HOST_NAMES_H
#define EMU_HOST_NAMES_H

#include "emu/loader/xex.h"

#define NAME_OPEN 0xFFFFFFFFu

struct name {
    u32 address;
    u32 size; /* 0: only the address itself has it; NAME_OPEN: up to the next, or 64 KiB */
    char text[96];
};

/* Sorted by address once names_sort was called; begins zeroed. */
struct names {
    struct name *list;
    u32 count;
    u32 capacity;
};

void names_finish(struct names *names);
/* The imports of a title. */
bool names_add_imports(struct names *names, const struct xex *x, const struct xex_image *image, struct err *err);
/* The functions of a linker's map (the vendor's: "SECTION:OFFSET NAME ADDRESS f ..."), of nm's output, or of lines
 * "0xADDRESS NAME [SIZE]"; where no size is told, each up to the next, or
 * 64 KiB. */
bool names_add_text(struct names *names, const u8 *text, size_t size, struct err *err);
/* Those of a title's static database (schema/symbols.h), or of a journal that names were attached to. */
bool names_add_database(struct names *names, const char *path, struct err *err);
/* The function symbols of an ELF file's bytes. */
bool names_add_elf(struct names *names, const u8 *elf, size_t size, struct err *err);
void names_sort(struct names *names);
/* The name at or around an address; NULL: none. */
const struct name *names_find(const struct names *names, u32 address);

#endif
