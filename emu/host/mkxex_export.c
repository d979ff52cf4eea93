/* SPDX-License-Identifier: BSD-3-Clause
 * A library's tables of exports, by ordinal and by name, from the ELF's section .xexexp.tab. Their forms are in
 * emu/loader/xex.h. */
#include "emu/host/mkxex.h"

#include <stdlib.h>

enum { ENTRY_SIZE = 72, NAME_SIZE = 64, COUNT_MAX = 0x1000, DIRECTORY_SIZE = 0x28 };

struct export_entry {
    u32 address;
    u32 ordinal;
    const char *name; /* "": none */
};

struct maker {
    struct mkxex_image *image;
    u32 at;                       /* in the image */
    u32 end;                      /* of the room */
    struct export_entry *entries; /* by ordinal */
    u32 count;
};

static int compare_ordinals(const void *a, const void *b)
{
    const struct export_entry *x = a, *y = b;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static bool read_entries(struct maker *m, const struct mkxex_section *section, struct err *err)
{
    m->count = section->size / ENTRY_SIZE;
    if (!section->data || section->size % ENTRY_SIZE || m->count > COUNT_MAX)
        return err_set(err, "ELF section %s: 0x%X bytes are not a table of entries of %d bytes", section->name,
                       section->size, ENTRY_SIZE);
    m->entries = mkxex_alloc((m->count + 1) * sizeof *m->entries);
    for (u32 i = 0; i < m->count; i++) {
        const u8 *p = section->data + ENTRY_SIZE * i;
        m->entries[i] = (struct export_entry){load_be32(p), load_be32(p + 4), (const char *)p + 8};
        if (m->entries[i].address - m->image->base >= m->image->size)
            return err_set(err, "export 0x%X: 0x%08X is not in the image", m->entries[i].ordinal,
                           m->entries[i].address);
        if (!m->entries[i].ordinal || m->entries[i].ordinal > 0xFFFF || memchr(p + 8, 0, NAME_SIZE) == NULL)
            return err_set(err, "export 0x%X: its ordinal or its name is too large", m->entries[i].ordinal);
    }
    qsort(m->entries, m->count, sizeof *m->entries, compare_ordinals);
    for (u32 i = 1; i < m->count; i++)
        if (m->entries[i].ordinal == m->entries[i - 1].ordinal)
            return err_set(err, "export 0x%X: there are two of that ordinal", m->entries[i].ordinal);
    return true;
}

/* Between the PE header and the first section. NULL: err. */
static u8 *take_room(struct maker *m, u32 size, u32 *place, struct err *err)
{
    *place = m->at;
    if (size > m->end - m->at) {
        err_set(err, "the exports' tables do not fit between the PE header and the first section (0x%X bytes)",
                m->end - m->image->header_end);
        return NULL;
    }
    m->at = (m->at + size + 3) & ~3u;
    return m->image->data + *place;
}

static bool put_ordinals(struct maker *m, struct err *err)
{
    u32 first = m->entries[0].ordinal, count = m->entries[m->count - 1].ordinal - first + 1, place;
    u8 *table = take_room(m, XEX_EXPORT_OFFSETS + 4 * count, &place, err);
    if (!table)
        return false;
    store_be32(table, 0x48000000);
    store_be32(table + 4, 0x00485645);
    store_be32(table + 8, 0x48000000);
    store_be32(table + XEX_EXPORT_BASE, m->image->base >> 16);
    store_be32(table + XEX_EXPORT_COUNT, count);
    store_be32(table + XEX_EXPORT_FIRST, first);
    for (u32 i = 0; i < m->count; i++)
        store_be32(table + XEX_EXPORT_OFFSETS + 4 * (m->entries[i].ordinal - first),
                   m->entries[i].address - m->image->base);
    m->image->exports = m->image->base + place;
    return true;
}

static void put_le32(u8 *p, u32 value)
{
    store_be32(p, __builtin_bswap32(value));
}

static bool put_names(struct maker *m, struct err *err)
{
    u32 named = 0, place, text = DIRECTORY_SIZE;
    for (u32 i = 0; i < m->count; i++) {
        named += m->entries[i].name[0] != '\0';
        text += 10;
    }
    if (!named)
        return true;
    text = (text + 3) & ~3u;
    u32 size = text;
    for (u32 i = 0; i < m->count; i++)
        size += (u32)strlen(m->entries[i].name) + 1;
    u8 *directory = take_room(m, size, &place, err);
    if (!directory)
        return false;
    u32 functions = DIRECTORY_SIZE, names = functions + 4 * m->count, places = names + 4 * named, n = 0;
    put_le32(directory + 0x14, m->count);
    put_le32(directory + XEX_NAMES_COUNT, named);
    put_le32(directory + XEX_NAMES_FUNCTIONS, functions);
    put_le32(directory + XEX_NAMES_NAMES, names);
    put_le32(directory + XEX_NAMES_PLACES, places);
    for (u32 i = 0; i < m->count; i++) {
        put_le32(directory + functions + 4 * i, m->entries[i].address - m->image->base);
        if (!m->entries[i].name[0])
            continue;
        put_le32(directory + names + 4 * n, text);
        directory[places + 2 * n] = (u8)i;
        directory[places + 2 * n++ + 1] = (u8)(i >> 8);
        memcpy(directory + text, m->entries[i].name, strlen(m->entries[i].name) + 1);
        text += (u32)strlen(m->entries[i].name) + 1;
    }
    m->image->names = place;
    m->image->names_size = size;
    return true;
}

/* Where the first section begins, in the image. */
static bool find_room(struct maker *m, const struct mkxex_elf *elf, struct err *err)
{
    struct mkxex_section section;
    m->at = m->image->header_end;
    m->end = m->image->size;
    for (u32 i = 0; i < elf->section_count; i++) {
        if (!mkxex_elf_section(elf, i, &section, err))
            return false;
        if (mkxex_section_is_image(&section) && section.address - m->image->base < m->end)
            m->end = section.address - m->image->base;
    }
    return true;
}

bool mkxex_exports(struct mkxex_image *image, const struct mkxex_elf *elf, struct err *err)
{
    struct maker m = {.image = image};
    struct mkxex_section section;
    for (u32 i = 0; i < elf->section_count; i++) {
        if (!mkxex_elf_section(elf, i, &section, err))
            return false;
        if (strcmp(section.name, ".xexexp.tab") != 0 || !section.size)
            continue;
        bool good =
            find_room(&m, elf, err) && read_entries(&m, &section, err) && put_ordinals(&m, err) && put_names(&m, err);
        free(m.entries);
        return good;
    }
    return true;
}
