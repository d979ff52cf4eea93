/* SPDX-License-Identifier: BSD-3-Clause
 * The flat image: PE header, sections at their addresses, kind of each page. */
#include "emu/host/mkxex.h"

#include <stdlib.h>

#define SPACE_FIRST 0x80000000u
#define SPACE_4K    0x90000000u
#define SPACE_END   0xA0000000u

enum {
    LARGE_PAGE = 0x10000,
    SMALL_PAGE = 0x1000,
    PE_PLACE = 0x80,
    PE_OPTIONAL = 224,
    PE_SECTIONS = PE_PLACE + 24 + PE_OPTIONAL,
    PE_FILE_ALIGNMENT = 0x200,
    PE_EXCEPTIONS = PE_PLACE + 24 + 96 + 3 * 8, /* row of the data directory */
    PDATA_ROW = 8,
};

/* What the sections take: their span and number. */
struct span {
    u32 low;
    u64 high;
    u32 count;
};

void *mkxex_alloc(size_t size)
{
    void *p = calloc(1, size);
    CHECK(p, "out of memory (0x%zX bytes)", size);
    return p;
}

static void put16(u8 *p, u32 value)
{
    p[0] = (u8)value;
    p[1] = (u8)(value >> 8);
}

static void put32(u8 *p, u32 value)
{
    put16(p, value);
    put16(p + 2, value >> 16);
}

static u32 pe_header_size(u32 count)
{
    return (PE_SECTIONS + 40 * count + PE_FILE_ALIGNMENT - 1) & ~(u32)(PE_FILE_ALIGNMENT - 1);
}

static u32 pe_flags(const struct mkxex_section *section)
{
    u32 flags = section->type == ELF_NOBITS ? 0x80 : section->flags & ELF_EXEC ? 0x20 : 0x40;
    return flags | 0x40000000u | (section->flags & ELF_EXEC ? 0x20000000u : 0) |
           (section->flags & ELF_WRITE ? 0x80000000u : 0);
}

static bool measure(struct span *span, const struct mkxex_elf *elf, struct err *err)
{
    struct mkxex_section s;
    *span = (struct span){.low = UINT32_MAX};
    for (u32 i = 0; i < elf->section_count; i++) {
        if (!mkxex_elf_section(elf, i, &s, err))
            return false;
        if (!mkxex_section_is_image(&s))
            continue;
        u64 end = (u64)s.address + s.size;
        if (s.address < SPACE_FIRST || end > SPACE_END)
            return err_set(err, "ELF section %u (%s): 0x%08X..0x%08llX lies outside 0x80000000..0x9FFFFFFF", i, s.name,
                           s.address, (unsigned long long)end - 1);
        span->low = s.address < span->low ? s.address : span->low;
        span->high = end > span->high ? end : span->high;
        span->count++;
    }
    if (!span->count)
        return err_set(err, "the ELF has no sections to load");
    if (span->count > XEX_PE_SECTIONS_MAX)
        return err_set(err, "the ELF has %u sections to load, at most %u are possible", span->count,
                       XEX_PE_SECTIONS_MAX);
    return true;
}

/* Base and size from the span; room for the PE header below the first section. */
static bool place(struct mkxex_image *image, const struct span *span, struct err *err)
{
    image->base = span->low & ~(u32)(LARGE_PAGE - 1);
    if (span->low - image->base < pe_header_size(span->count))
        image->base -= LARGE_PAGE;
    image->page_size = image->base >= SPACE_4K ? SMALL_PAGE : LARGE_PAGE;
    if (image->base < SPACE_FIRST)
        return err_set(err, "no room for the PE header below the first section at 0x%08X", span->low);
    if (image->base < SPACE_4K && span->high > SPACE_4K)
        return err_set(err, "the image at 0x%08X..0x%08llX crosses 0x90000000, where pages have another size",
                       image->base, (unsigned long long)span->high - 1);
    image->size = (u32)((span->high - image->base + image->page_size - 1) & ~(u64)(image->page_size - 1));
    return true;
}

static bool set_kinds(struct mkxex_image *image, const struct mkxex_section *s, struct err *err)
{
    u8 kind = s->flags & ELF_EXEC ? XEX_PAGE_CODE : s->flags & ELF_WRITE ? XEX_PAGE_DATA : XEX_PAGE_RODATA;
    u32 first = (s->address - image->base) / image->page_size;
    u32 last = (s->address - image->base + s->size - 1) / image->page_size;
    if (s->flags & ELF_EXEC && s->flags & ELF_WRITE)
        return err_set(err, "ELF section %s is both code and writable", s->name);
    for (u32 i = first; i <= last && kind != XEX_PAGE_RODATA; i++) {
        if (image->kinds[i] != XEX_PAGE_RODATA && image->kinds[i] != kind)
            return err_set(err, "ELF section %s: code and writable data share the page of 0x%X bytes at 0x%08X",
                           s->name, image->page_size, image->base + i * image->page_size);
        image->kinds[i] = kind;
    }
    return true;
}

static void put_pe_section(struct mkxex_image *image, const struct mkxex_section *s, u32 number)
{
    u8 *p = image->data + PE_SECTIONS + 40 * number;
    memcpy(p, s->name, strnlen(s->name, 8));
    put32(p + 8, s->size);
    put32(p + 12, s->address - image->base);
    put32(p + 16, s->size);
    put32(p + 20, s->address - image->base);
    put32(p + 36, pe_flags(s));
}

/* Overlaps would make the result depend on the order of sections. */
static bool check_overlap(const struct mkxex_elf *elf, u32 i, const struct mkxex_section *s, struct err *err)
{
    struct mkxex_section other;
    for (u32 j = 0; j < i; j++) {
        if (!mkxex_elf_section(elf, j, &other, err))
            return false;
        if (mkxex_section_is_image(&other) && s->address < (u64)other.address + other.size &&
            other.address < (u64)s->address + s->size)
            return err_set(err, "ELF sections %s and %s overlap at 0x%08X", other.name, s->name, s->address);
    }
    return true;
}

static int compare_rows(const void *a, const void *b)
{
    return memcmp(a, b, PDATA_ROW); /* big-endian: by address */
}

/* The exception table: its rows ascend, as the kernel searches them by halves. */
static bool put_pdata(struct mkxex_image *image, const struct mkxex_section *s, struct err *err)
{
    if (s->size % PDATA_ROW)
        return err_set(err, "ELF section %s: 0x%X bytes are no whole rows of %d", s->name, s->size, PDATA_ROW);
    qsort(image->data + (s->address - image->base), s->size / PDATA_ROW, PDATA_ROW, compare_rows);
    put32(image->data + PE_EXCEPTIONS, s->address - image->base);
    put32(image->data + PE_EXCEPTIONS + 4, s->size);
    return true;
}

static bool put_sections(struct mkxex_image *image, const struct mkxex_elf *elf, struct err *err)
{
    struct mkxex_section s;
    u32 number = 0;
    for (u32 i = 0; i < elf->section_count; i++) {
        if (!mkxex_elf_section(elf, i, &s, err))
            return false;
        if (!mkxex_section_is_image(&s))
            continue;
        if (!check_overlap(elf, i, &s, err) || !set_kinds(image, &s, err))
            return false;
        if (s.data)
            memcpy(image->data + (s.address - image->base), s.data, s.size);
        if (s.data && !strcmp(s.name, ".pdata") && !put_pdata(image, &s, err))
            return false;
        put_pe_section(image, &s, number++);
    }
    return true;
}

static void put_pe_header(struct mkxex_image *image, u32 count)
{
    u8 *pe = image->data + PE_PLACE;
    u8 *optional = pe + 24;
    memcpy(image->data, "MZ", 2);
    put32(image->data + 0x3C, PE_PLACE);
    memcpy(pe, "PE\0\0", 4);
    put16(pe + 4, 0x1F2); /* big-endian PowerPC */
    put16(pe + 6, count);
    put16(pe + 20, PE_OPTIONAL);
    put16(pe + 22, 0x0102); /* 32-bit, executable */
    put16(optional, 0x10B);
    put32(optional + 16, image->entry - image->base);
    put32(optional + 28, image->base);
    put32(optional + 32, image->page_size);
    put32(optional + 36, PE_FILE_ALIGNMENT);
    put32(optional + 56, image->size);
    put32(optional + 60, pe_header_size(count));
    put16(optional + 68, 14); /* subsystem: the console */
    put32(optional + 92, 16);
}

static bool check_tls(const struct mkxex_image *image, const struct mkxex_elf *elf, struct err *err)
{
    u32 start = elf->tls_address - image->base;
    if (elf->tls_raw_size && (start >= image->size || elf->tls_raw_size > image->size - start))
        return err_set(err, "ELF program headers: the TLS data at 0x%08X lies outside the image", elf->tls_address);
    if (elf->tls_raw_size > elf->tls_size || elf->tls_size > XEX_TLS_MAX)
        return err_set(err, "ELF program headers: 0x%X bytes of TLS with 0x%X bytes of data", elf->tls_size,
                       elf->tls_raw_size);
    return true;
}

bool mkxex_image_init(struct mkxex_image *image, const struct mkxex_elf *elf, struct err *err)
{
    struct span span;
    *image = (struct mkxex_image){.entry = elf->entry};
    if (!measure(&span, elf, err) || !place(image, &span, err))
        return false;
    if (image->entry < span.low || image->entry >= span.high || image->entry & 3)
        return err_set(err, "ELF header at 0x18: the entry point 0x%08X is not in the image", image->entry);
    image->data = mkxex_alloc(image->size);
    image->kinds = mkxex_alloc(image->size / image->page_size);
    memset(image->kinds, XEX_PAGE_RODATA, image->size / image->page_size);
    image->header_end = pe_header_size(span.count);
    put_pe_header(image, span.count);
    return put_sections(image, elf, err) && check_tls(image, elf, err);
}

void mkxex_image_finish(struct mkxex_image *image)
{
    free(image->data);
    free(image->kinds);
    *image = (struct mkxex_image){0};
}
