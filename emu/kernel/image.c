/* SPDX-License-Identifier: BSD-3-Clause
 * Images in memory by their PE headers, which are little-endian: whose an address is, where its header and its
 * directories are. */
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/loader/library.h"
#include "emu/memory/memory.h"

enum { IMAGES_LARGE = 0x8, IMAGES_SMALL = 0x9, SMALL_PAGES = 0x40000000 }; /* by the address's first digit */
enum { PE_OFFSET = 0x3C, PE_DIRECTORIES = 24 + 96, PE_DIRECTORY_COUNT = 24 + 92, DIRECTORIES_MAX = 16 };

struct image {
    u32 base;
    u32 size;
    u32 module;
};

/* The image that an address is in; false: none. */
static bool find_image(const struct machine *m, u32 address, struct image *image)
{
    *image = (struct image){m->title.image_base, m->title.image_size, m->title.module};
    for (u32 i = 0; address - image->base >= image->size; i++) {
        if (i == m->library_count)
            return false;
        const struct library *library = &m->libraries[i];
        *image = (struct image){library->image_base, library->state ? library->image_size : 0, library->module};
    }
    return true;
}

static u32 get_le32(struct engine *e, u32 ea)
{
    return __builtin_bswap32(memory_get32(e, ea));
}

/* Where the PE header of the image that begins there stands; 0: nowhere. */
static u32 pe_header(struct engine *e, u32 base)
{
    struct image image;
    u8 bytes[4];
    if (!find_image(e->m, base, &image) || image.base != base || !memory_read(e, base, bytes, 2) ||
        memcmp(bytes, "MZ", 2) != 0)
        return 0;
    u32 offset = get_le32(e, base + PE_OFFSET);
    bool good = offset < image.size && memory_read(e, base + offset, bytes, 4) && memcmp(bytes, "PE\0\0", 4) == 0;
    return good ? base + offset : 0;
}

u64 xboxkrnl_RtlImageNtHeader(struct kcall *k)
{
    return pe_header(k->e, kcall_u32(k, 0));
}

/* All images are mapped as images here, so the second argument does not count. */
u64 xboxkrnl_RtlImageDirectoryEntryToData(struct kcall *k)
{
    u32 base = kcall_u32(k, 0), entry = (u16)k->arg[2], pe = pe_header(k->e, base);
    if (!memory_set32(k->e, kcall_u32(k, 3), 0))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 3));
    if (!pe || entry >= DIRECTORIES_MAX || entry >= get_le32(k->e, pe + PE_DIRECTORY_COUNT))
        return 0;
    u32 offset = get_le32(k->e, pe + PE_DIRECTORIES + 8 * entry);
    if (offset)
        memory_set32(k->e, kcall_u32(k, 3), get_le32(k->e, pe + PE_DIRECTORIES + 8 * entry + 4));
    return offset ? base + offset : 0;
}

/* The base of the image, as NT's; its module goes out. UNKNOWN: whether the console's result is the base. */
u64 xboxkrnl_XexPcToFileHeader(struct kcall *k)
{
    struct image image;
    bool found = find_image(k->m, kcall_u32(k, 0), &image);
    if (!memory_set32(k->e, kcall_u32(k, 1), found ? image.module : 0))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 1));
    return found ? image.base : 0;
}

/* The library's entry point is called on the way; when it returns, the thread's own way back ends it. */
u64 xboxkrnl_XexUnloadImageAndExitThread(struct kcall *k)
{
    struct library *library = library_by_handle(k->e, kcall_u32(k, 0));
    u32 code = kcall_u32(k, 1);
    if (library)
        library_unload(k, library);
    if (!k->no_return) {
        k->no_return = true;
        thread_exit(k->e, k->thread, code);
        return 0;
    }
    library_then_exit(k->e, k->thread, code);
    return 0;
}

/* The number of a page in the images' part of the address space, with a bit for small pages; 0: of no image. UNKNOWN:
 * what else stands there; others set bit 0 for small pages. */
u64 xboxkrnl_KeGetImagePageTableEntry(struct kcall *k)
{
    u32 address = kcall_u32(k, 0);
    if (address >> 28 == IMAGES_LARGE)
        return (address & 0x0FFFFFFF) >> 16;
    return address >> 28 == IMAGES_SMALL ? SMALL_PAGES | (address & 0x0FFFFFFF) >> 12 : 0;
}
