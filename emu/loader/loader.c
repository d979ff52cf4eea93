/* SPDX-License-Identifier: BSD-3-Clause
 * Placing a title in guest memory: image, page protection, copy of its header, loader entry, machine.title. */
#include "emu/loader/loader.h"

#include "emu/kernel/heap.h"
#include "emu/kernel/variable.h"
#include "emu/memory/memory.h"
#include "schema/export.h"
#include "schema/status.h"

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
    LDR_ORIGINAL_BASE = 0x44,
    LDR_CHECKSUM = 0x48,
    LDR_TIME = 0x50,
    LDR_XEX_HEADER = 0x58,
    LDR_SIZE = 0x64,
};

enum { STACK_LEAST = 0x4000, STACK_STEP = 0x1000, XEX_EXECUTABLE_MODULE_HANDLE = 0x193, NOTES_MAX = 8 };

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

/* An image goes where it was linked to: nothing in it says how it could be moved. */
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

static u32 make_module(struct engine *e, const struct xex *x, u32 header, const char *name, struct err *err)
{
    u32 module = heap_alloc(e, LDR_SIZE + 2 * XEX_NAME_MAX);
    if (!module)
        err_set(err, "no kernel memory for the loader entry of %s", name);
    if (!module)
        return 0;
    poke32(e, module + LDR_DLL_BASE, x->image_base);
    poke32(e, module + LDR_IMAGE_BASE, x->image_base);
    poke32(e, module + LDR_IMAGE_SIZE, x->image_size);
    poke32(e, module + LDR_FULL_SIZE, x->image_size);
    poke32(e, module + LDR_ENTRY, x->entry);
    poke32(e, module + LDR_LOAD_COUNT, 1u << 16);
    poke32(e, module + LDR_ORIGINAL_BASE, x->original_base);
    poke32(e, module + LDR_CHECKSUM, x->checksum);
    poke32(e, module + LDR_TIME, x->time);
    poke32(e, module + LDR_XEX_HEADER, header);
    poke_unicode(e, module + LDR_FULL_NAME, module + LDR_SIZE, name);
    poke_unicode(e, module + LDR_BASE_NAME, module + LDR_SIZE, name);
    return module;
}

static u32 copy_header(struct engine *e, const struct xex *x, struct err *err)
{
    u32 header = heap_alloc(e, x->header_size);
    if (header)
        memory_poke(e, header, x->file, x->header_size);
    else
        err_set(err, "no kernel memory for a header of 0x%X bytes", x->header_size);
    return header;
}

u32 loader_place(struct engine *e, const struct xex *x, const struct xex_image *image, const char *name, u32 *header,
                 u32 *module, struct err *err)
{
    if (!place_image(e, x, image, err))
        return STATUS_CONFLICTING_ADDRESSES;
    *header = copy_header(e, x, err);
    *module = *header ? make_module(e, x, *header, name, err) : 0;
    return *module ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

void loader_remove(struct engine *e, u32 image_base, u32 image_size, u32 header, u32 module)
{
    u32 size = (image_size + PAGE_SIZE - 1) & ~(u32)(PAGE_SIZE - 1);
    memory_protect(e, image_base, size, 0);
    memory_zero(e, image_base, size);
    if (header)
        heap_free(e, header);
    if (module)
        heap_free(e, module);
}

/* Of the first thread, and of those that are made without a size: whole small pages. */
static u32 stack_size(u32 given)
{
    u32 size = given > UINT32_MAX - STACK_STEP ? given : (given + STACK_STEP - 1) & ~(u32)(STACK_STEP - 1);
    return size < STACK_LEAST ? STACK_LEAST : size;
}

static void fill_title(struct title *title, const struct xex *x)
{
    title->image_base = x->image_base;
    title->image_size = x->image_size;
    title->entry = x->entry;
    title->stack_size = stack_size(x->stack_size);
    title->tls_slots = x->tls.slots;
    title->tls_data = x->tls.address;
    title->tls_data_size = x->tls.size;
    title->tls_raw_size = x->tls.raw_size;
    title->title_id = x->execution.title_id;
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

/* XexExecutableModuleHandle points to the title's loader entry. */
static bool load_image(struct engine *e, const struct xex *x, const struct xex_image *image, struct err *err)
{
    struct title *title = &e->m->title;
    u32 imports = 0;
    note_hashes(e, x, image);
    fill_title(title, x);
    if (loader_place(e, x, image, title->name, &title->header, &title->module, err) != STATUS_SUCCESS)
        return false;
    u32 handle = variable_address(e, export_op(MODULE_XBOXKRNL, XEX_EXECUTABLE_MODULE_HANDLE));
    if (handle)
        poke32(e, handle, title->module);
    return loader_import(e, x, image, &imports, err) == STATUS_SUCCESS;
}

/* The title's identity: its file's hash, and that of its patch. */
static void hash_files(struct title *title, const struct loader_files *files)
{
    XXH128_canonical_t hash[2];
    XXH128_canonicalFromHash(&hash[0], XXH3_128bits(files->title, files->title_size));
    if (files->patch) {
        XXH128_canonicalFromHash(&hash[1], XXH3_128bits(files->patch, files->patch_size));
        XXH128_canonicalFromHash(&hash[0], XXH3_128bits(hash, sizeof hash));
    }
    memcpy(title->hash, hash[0].digest, sizeof title->hash);
}

static bool load_patched(struct engine *e, const struct xex *x, const struct xex_image *image,
                         const struct loader_files *files, struct err *err)
{
    struct xex_patched patched;
    struct err why;
    bool good = xex_patch(&patched, x, image, files->keys, files->patch, files->patch_size, &why) ||
                err_set(err, "%s: %s", files->patch_name, why.text);
    good = good && check_title(&patched.xex, err) && load_image(e, &patched.xex, &patched.image, err);
    xex_patched_finish(&patched);
    return good;
}

bool loader_load_files(struct engine *e, const struct loader_files *files, struct err *err)
{
    struct xex x;
    struct xex_image image;
    memset(&e->m->title, 0, sizeof e->m->title);
    hash_files(&e->m->title, files);
    if (!xex_parse(&x, files->title, files->title_size, err) || !check_title(&x, err))
        return false;
    bool good = xex_image_init(&image, &x, files->keys, err) &&
                (files->patch ? load_patched(e, &x, &image, files, err) : load_image(e, &x, &image, err));
    xex_image_finish(&image);
    return good;
}

bool loader_load(struct engine *e, const u8 *file, size_t size, struct err *err)
{
    return loader_load_files(e, &(struct loader_files){.title = file, .title_size = size}, err);
}
