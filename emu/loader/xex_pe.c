/* SPDX-License-Identifier: BSD-3-Clause
 * The PE header at the image's start: little-endian, the only such thing in a title. The console takes machine 0x1F2
 * (big-endian PowerPC) with subsystem 14 alone; anything else means a damaged image or a wrong key. */
#include "emu/loader/xex.h"

static u32 le16(const u8 *p)
{
    return (u32)p[0] | (u32)p[1] << 8;
}

static u32 le32(const u8 *p)
{
    return le16(p) | le16(p + 2) << 16;
}

/* Sections that lie behind the image are left out: linkers leave rows of what the title does not need (.idata, .reloc).
 */
static bool parse_sections(struct xex_image *image, const struct xex *x, u64 at, u32 count, struct err *err)
{
    if (count > XEX_PE_SECTIONS_MAX || at + 40ull * count > image->size)
        return err_set(err, "PE header at 0x%08X: %u sections do not fit", x->image_base, count);
    for (u32 i = 0; i < count; i++) {
        const u8 *p = image->data + at + 40 * i;
        struct xex_section *s = &image->sections[image->section_count];
        u32 start = le32(p + 12), size = le32(p + 8);
        if (start > image->size || size > image->size - start)
            continue;
        for (u32 n = 0; n < 8 && p[n]; n++)
            s->name[n] = (char)(p[n] >= 0x20 && p[n] < 0x7F ? p[n] : '?');
        s->size = size;
        s->address = x->image_base + start;
        s->flags = le32(p + 36);
        image->section_count++;
    }
    return true;
}

bool xex_pe_parse(struct xex_image *image, const struct xex *x, struct err *err)
{
    const u8 *data = image->data;
    memset(image->sections, 0, sizeof image->sections);
    image->section_count = 0;
    if (image->size < 0x40 || data[0] != 'M' || data[1] != 'Z')
        return err_set(err, "image at 0x%08X: no PE header", x->image_base);
    u64 at = le32(data + 0x3C);
    if (at + 24 + 96 > image->size || memcmp(data + at, "PE\0\0", 4) != 0)
        return err_set(err, "image at 0x%08X: no PE header at 0x%llX", x->image_base, (unsigned long long)at);
    const u8 *pe = data + at;
    u32 optional_size = le16(pe + 20);
    if (le16(pe + 4) != 0x1F2 || !(le16(pe + 22) & 0x100))
        return err_set(err, "PE header at 0x%08X: not for a big-endian PowerPC (machine 0x%X)", x->image_base + (u32)at,
                       le16(pe + 4));
    if (optional_size < 96 || le16(pe + 24) != 0x10B || le16(pe + 24 + 68) != 14)
        return err_set(err, "PE header at 0x%08X: not for the console (subsystem %u)", x->image_base + (u32)at,
                       le16(pe + 24 + 68));
    return parse_sections(image, x, at + 24 + optional_size, le16(pe + 6), err);
}
