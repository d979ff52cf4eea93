/* SPDX-License-Identifier: BSD-3-Clause
 * Placing a title in guest memory: image, page protection, copy of its header, loader entry, machine.title. */
#include "emu/loader/loader.h"

#include "emu/kernel/heap.h"
#include "emu/kernel/variable.h"
#include "emu/memory/memory.h"
#include "schema/export.h"

#include <xxhash.h>

/* The console's loader entry of a module (the fields that titles and the kernel read; facts from Xenia). */
enum ldr_place {
    LDR_DLL_BASE = 0x18,
    LDR_IMAGE_BASE = 0x1C,
    LDR_IMAGE_SIZE = 0x20,
    LDR_FULL_NAME = 0x24,
    LDR_BASE_NAME = 0x2C,
    LDR_FULL_SIZE = 0x38,
    LDR_ENTRY = 0x3C,
    LDR_LOAD_COUNT = 0x40,
    LDR_XEX_HEADER = 0x58,
    LDR_SIZE = 0x64,
};

enum { DEFAULT_STACK = 0x40000, XEX_EXECUTABLE_MODULE_HANDLE = 0x193, NOTES_MAX = 8 };

static bool is_range_free(const struct engine *e, u32 address, u32 size)
{
    for (u32 page = address >> PAGE_SHIFT; page <= (address + size - 1) >> PAGE_SHIFT; page++)
        if (e->m->page[page])
            return false;
    return true;
}

static u8 page_bits(u32 kind)
{
    switch (kind) {
    case XEX_PAGE_CODE:
        return PAGE_COMMITTED | PAGE_READ | PAGE_EXECUTE;
    case XEX_PAGE_DATA:
        return PAGE_COMMITTED | PAGE_READ | PAGE_WRITE;
    default:
        return PAGE_COMMITTED | PAGE_READ;
    }
}

static bool place_image(struct engine *e, const struct xex *x, const struct xex_image *image, struct err *err)
{
    u32 size = (image->size + x->page_size - 1) & ~(x->page_size - 1);
    if (!is_range_free(e, x->image_base, size))
        return err_set(err, "image: 0x%X bytes at 0x%08X are not free in guest memory", size, x->image_base);
    struct xex_page page = {0};
    while (xex_page_next(x, &page))
        if (page.size)
            memory_protect(e, page.address, page.size, page_bits(page.kind));
    memory_poke(e, x->image_base, image->data, image->size);
    return true;
}

static void poke32(struct engine *e, u32 ea, u32 value)
{
    be32 word;
    be32_set(&word, value);
    memory_poke(e, ea, &word, sizeof word);
}

/* A UNICODE_STRING at `at` whose text stands at `text`. */
static void poke_unicode(struct engine *e, u32 at, u32 text, const char *name)
{
    u32 length = (u32)strlen(name);
    be16 unit;
    for (u32 i = 0; i <= length; i++) {
        be16_set(&unit, (u8)name[i]);
        memory_poke(e, text + 2 * i, &unit, sizeof unit);
    }
    poke32(e, at, 2 * length << 16 | (2 * length + 2));
    poke32(e, at + 4, text);
}

/* The loader entry, and XexExecutableModuleHandle, which points to it. */
static bool make_module(struct engine *e, const struct xex *x, struct err *err)
{
    struct title *title = &e->m->title;
    u32 module = heap_alloc(e, LDR_SIZE + 2 * sizeof title->name);
    if (!module)
        return err_set(err, "no kernel memory for the title's module");
    title->module = module;
    poke32(e, module + LDR_DLL_BASE, x->image_base);
    poke32(e, module + LDR_IMAGE_BASE, x->image_base);
    poke32(e, module + LDR_IMAGE_SIZE, x->image_size);
    poke32(e, module + LDR_FULL_SIZE, x->image_size);
    poke32(e, module + LDR_ENTRY, x->entry);
    poke32(e, module + LDR_LOAD_COUNT, 1u << 16);
    poke32(e, module + LDR_XEX_HEADER, title->header);
    poke_unicode(e, module + LDR_FULL_NAME, module + LDR_SIZE, title->name);
    poke_unicode(e, module + LDR_BASE_NAME, module + LDR_SIZE, title->name);
    u32 handle = variable_address(e, export_op(MODULE_XBOXKRNL, XEX_EXECUTABLE_MODULE_HANDLE));
    if (handle)
        poke32(e, handle, module);
    return true;
}

static bool copy_header(struct engine *e, const struct xex *x, struct err *err)
{
    u32 header = heap_alloc(e, x->header_size);
    if (!header)
        return err_set(err, "no kernel memory for the title's header of 0x%X bytes", x->header_size);
    memory_poke(e, header, x->file, x->header_size);
    e->m->title.header = header;
    return true;
}

static void fill_title(struct title *title, const struct xex *x)
{
    memset(title, 0, sizeof *title);
    title->image_base = x->image_base;
    title->image_size = x->image_size;
    title->entry = x->entry;
    title->stack_size = x->stack_size ? x->stack_size : DEFAULT_STACK;
    title->tls_slots = x->tls.slots;
    title->tls_data = x->tls.address;
    title->tls_data_size = x->tls.size;
    title->tls_raw_size = x->tls.raw_size;
    title->title_id = x->execution.title_id;
    title->system_flags = x->system_flags;
    XXH128_canonical_t hash;
    XXH128_canonicalFromHash(&hash, XXH3_128bits(x->file, x->size));
    memcpy(title->hash, hash.digest, sizeof title->hash);
    const char *name = x->pe_name[0] ? x->pe_name : "default.exe";
    memcpy(title->name, name, strlen(name));
}

struct notes {
    struct engine *e;
    u32 bad;
};

static void note_hash(void *context, const char *what, bool good)
{
    struct notes *notes = context;
    if (!good && ++notes->bad <= NOTES_MAX)
        engine_note(notes->e, "warning: the title's hash of %s does not match", what);
}

static void note_hashes(struct engine *e, const struct xex *x, const struct xex_image *image)
{
    struct notes notes = {.e = e};
    u32 bad = xex_check(x, image, note_hash, &notes);
    if (bad > NOTES_MAX)
        engine_note(e, "warning: %u more of the title's hashes do not match", bad - NOTES_MAX);
    if (x->import_table_count != x->library_count)
        engine_note(e, "warning: the title's security info counts %u import tables, there are %u",
                    x->import_table_count, x->library_count);
}

static bool check_title(const struct xex *x, struct err *err)
{
    if (x->module_flags & XEX_MODULE_PATCHES)
        return err_set(err, "header at 0x4: this is a patch, not a title (module flags 0x%X)", x->module_flags);
    if (x->module_flags & XEX_MODULE_DLL)
        return err_set(err, "header at 0x4: this is a library, not a title (module flags 0x%X)", x->module_flags);
    if (!x->entry)
        return err_set(err, "header at 0x18: no optional header gives the entry point");
    return true;
}

static bool load_image(struct engine *e, const struct xex *x, const struct xex_image *image, struct err *err)
{
    note_hashes(e, x, image);
    fill_title(&e->m->title, x);
    return place_image(e, x, image, err) && copy_header(e, x, err) && make_module(e, x, err) &&
           loader_import(e, x, image, err);
}

bool loader_load_keys(struct engine *e, const u8 *file, size_t size, const struct xex_keys *keys, struct err *err)
{
    struct xex x;
    struct xex_image image;
    if (!xex_parse(&x, file, size, err) || !check_title(&x, err))
        return false;
    bool good = xex_image_init(&image, &x, keys, err) && load_image(e, &x, &image, err);
    xex_image_finish(&image);
    return good;
}

bool loader_load(struct engine *e, const u8 *file, size_t size, struct err *err)
{
    return loader_load_keys(e, file, size, NULL, err);
}

u32 loader_header_field(struct engine *e, u32 key)
{
    u32 header = e->m->title.header;
    u32 count = header ? memory_get32(e, header + 0x14) : 0;
    for (u32 i = 0; i < count; i++) {
        u32 at = header + XEX_HEADER_KEYS + 8 * i;
        if (memory_get32(e, at) != key)
            continue;
        u32 kind = key & 0xFF;
        return kind == 0 ? memory_get32(e, at + 4) : kind == 1 ? at + 4 : header + memory_get32(e, at + 4);
    }
    return 0;
}
