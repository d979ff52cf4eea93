/* SPDX-License-Identifier: BSD-3-Clause
 * Reading a big-endian 32-bit PowerPC ELF: every offset is checked against the file. Source: the System V ABI, PowerPC
 * processor supplement. */
#include "emu/host/mkxex.h"

enum {
    HEADER_SIZE = 52,
    SECTION_SIZE = 40,
    SEGMENT_SIZE = 32,
    ET_EXEC = 2,
    EM_PPC = 20,
    PT_TLS = 7,
    SHN_HIGH = 0xFF00
};

static bool is_inside(const struct mkxex_elf *elf, u64 offset, u64 size)
{
    return offset <= elf->size && size <= elf->size - offset;
}

static bool check_header(const struct mkxex_elf *elf, struct err *err)
{
    const u8 *f = elf->file;
    if (elf->size < HEADER_SIZE || memcmp(f, "\177ELF", 4) != 0)
        return err_set(err, "not an ELF file");
    if (f[4] != 1 || f[5] != 2)
        return err_set(err, "ELF header at 0x4: not a 32-bit big-endian file");
    if (load_be16(f + 18) != EM_PPC)
        return err_set(err, "ELF header at 0x12: machine %u is not PowerPC", load_be16(f + 18));
    if (load_be16(f + 16) != ET_EXEC)
        return err_set(err, "ELF header at 0x10: type %u is not a linked program", load_be16(f + 16));
    return true;
}

static bool open_sections(struct mkxex_elf *elf, struct err *err)
{
    const u8 *f = elf->file;
    elf->sections = load_be32(f + 32);
    elf->section_count = load_be16(f + 48);
    u32 names = load_be16(f + 50);
    if (!elf->section_count)
        return err_set(err, "ELF header at 0x30: there are no section headers");
    if (load_be16(f + 46) != SECTION_SIZE || !is_inside(elf, elf->sections, (u64)SECTION_SIZE * elf->section_count))
        return err_set(err, "ELF header at 0x20: the section headers at 0x%X lie outside the file", elf->sections);
    if (names >= elf->section_count)
        return err_set(err, "ELF header at 0x32: there is no section %u with the names", names);
    const u8 *header = f + elf->sections + SECTION_SIZE * names;
    u32 offset = load_be32(header + 16);
    elf->names_size = load_be32(header + 20);
    if (!is_inside(elf, offset, elf->names_size))
        return err_set(err, "ELF section %u: the section names lie outside the file", names);
    elf->names = f + offset;
    return true;
}

static bool open_tls(struct mkxex_elf *elf, struct err *err)
{
    const u8 *f = elf->file;
    u32 offset = load_be32(f + 28);
    u32 count = load_be16(f + 44);
    if (count && (load_be16(f + 42) != SEGMENT_SIZE || !is_inside(elf, offset, (u64)SEGMENT_SIZE * count)))
        return err_set(err, "ELF header at 0x1C: the program headers at 0x%X lie outside the file", offset);
    for (u32 i = 0; i < count; i++) {
        const u8 *segment = f + offset + SEGMENT_SIZE * i;
        if (load_be32(segment) != PT_TLS)
            continue;
        elf->tls_address = load_be32(segment + 8);
        elf->tls_raw_size = load_be32(segment + 16);
        elf->tls_size = load_be32(segment + 20);
    }
    return true;
}

bool mkxex_elf_open(struct mkxex_elf *elf, const u8 *file, size_t size, struct err *err)
{
    *elf = (struct mkxex_elf){.file = file, .size = size};
    if (!check_header(elf, err) || !open_sections(elf, err) || !open_tls(elf, err))
        return false;
    elf->entry = load_be32(file + 24);
    return true;
}

bool mkxex_elf_section(const struct mkxex_elf *elf, u32 i, struct mkxex_section *section, struct err *err)
{
    CHECK(i < elf->section_count, "section %u of %u", i, elf->section_count);
    const u8 *header = elf->file + elf->sections + SECTION_SIZE * i;
    u32 name = load_be32(header);
    u32 offset = load_be32(header + 16);
    memset(section, 0, sizeof *section);
    section->type = load_be32(header + 4);
    section->flags = load_be32(header + 8);
    section->address = load_be32(header + 12);
    section->size = load_be32(header + 20);
    for (u32 n = 0; n < sizeof section->name - 1 && name + n < elf->names_size && elf->names[name + n]; n++)
        section->name[n] = (char)elf->names[name + n];
    if (section->type == ELF_NOBITS || section->type == 0)
        return true;
    if (!is_inside(elf, offset, section->size))
        return err_set(err, "ELF section %u (%s): its 0x%X bytes at 0x%X lie outside the file", i, section->name,
                       section->size, offset);
    section->data = elf->file + offset;
    return true;
}

bool mkxex_section_is_image(const struct mkxex_section *section)
{
    bool is_tbss = section->type == ELF_NOBITS && section->flags & ELF_TLS;
    return section->flags & ELF_ALLOC && section->type && section->size && !is_tbss;
}
