/* SPDX-License-Identifier: BSD-3-Clause
 * Resolving imports. Of the kernel: thunks become kernel calls, variable records point to kernel variables; a
 * function's pointer record points to its thunk, which calls the same function. Of a library: thunks jump to the
 * export, pointer records point to it. */
#include "emu/kernel/variable.h"
#include "emu/loader/library.h"
#include "emu/loader/loader.h"
#include "emu/memory/memory.h"
#include "schema/export.h"
#include "schema/status.h"

enum {
    SC_2 = 0x44000042,
    BLR = 0x4E800020,
    NOP = 0x60000000,
    LIS_R11 = 0x3D600000,
    ORI_R11 = 0x616B0000,
    MTCTR_R11 = 0x7D6903A6,
    BCTR = 0x4E800420
};

static void write_thunk(struct engine *e, u32 address, u32 op)
{
    be32 words[4];
    be32_set(&words[0], SC_2);
    be32_set(&words[1], BLR);
    be32_set(&words[2], op);
    be32_set(&words[3], NOP);
    memory_poke(e, address, words, sizeof words);
}

static void write_pointer(struct engine *e, u32 address, u32 value)
{
    be32 word;
    be32_set(&word, value);
    memory_poke(e, address, &word, sizeof word);
}

static u32 variable_or_poison(struct engine *e, const struct export *export)
{
    u32 value = variable_address(e, export->op);
    if (value)
        return value;
    engine_note(e, "the title imports the variable %s, which is not there: it points to 0x%08X", export->name,
                loader_poison(export->op));
    return loader_poison(export->op);
}

/* The thunk of the function whose pointer record is number i: the record behind it, if that is the same function's. */
static u32 function_pointer(const struct xex *x, const struct xex_image *image, const struct xex_library *library,
                            u32 i, const struct export *export)
{
    struct xex_record next;
    if (i + 1 < library->record_count && xex_record_at(x, image, library, i + 1, &next, NULL) &&
        next.kind == XEX_RECORD_THUNK && next.ordinal == (export->op & 0xFFFF))
        return next.address;
    return loader_poison(export->op);
}

static u32 import_record(struct engine *e, const struct xex *x, const struct xex_image *image,
                         const struct xex_library *library, u32 i, struct err *err)
{
    struct xex_record record;
    if (!xex_record_at(x, image, library, i, &record, err))
        return STATUS_INVALID_IMAGE_FORMAT;
    u32 op = export_op(module_by_name(library->name), record.ordinal);
    const struct export *export = export_find(op);
    u32 place = library->offset + XEX_TABLE_ADDRESSES + 4 * i;
    if (!export) {
        err_set(err, "imports at 0x%X: %s has no export with ordinal 0x%X", place, library->name, record.ordinal);
        return STATUS_NOT_FOUND;
    }
    if (record.kind == XEX_RECORD_THUNK && export->is_variable) {
        err_set(err, "imports at 0x%X: %s of %s is a variable, it cannot be called", place, export->name,
                library->name);
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    if (record.kind == XEX_RECORD_THUNK)
        write_thunk(e, record.address, op);
    else if (export->is_variable)
        write_pointer(e, record.address, variable_or_poison(e, export));
    else
        write_pointer(e, record.address, function_pointer(x, image, library, i, export));
    return STATUS_SUCCESS;
}

/* The thunk's last two words jump to r11 already, but a title may have written anything there. */
static void write_jump(struct engine *e, u32 address, u32 target)
{
    be32 words[4];
    be32_set(&words[0], LIS_R11 | target >> 16);
    be32_set(&words[1], ORI_R11 | (target & 0xFFFF));
    be32_set(&words[2], MTCTR_R11);
    be32_set(&words[3], BCTR);
    memory_poke(e, address, words, sizeof words);
}

static u32 import_from_library(struct engine *e, const struct xex *x, const struct xex_image *image,
                               const struct xex_library *from, const struct library *library, struct err *err)
{
    for (u32 i = 0; i < from->record_count; i++) {
        struct xex_record record;
        if (!xex_record_at(x, image, from, i, &record, err))
            return STATUS_INVALID_IMAGE_FORMAT;
        u32 target = library_export(e, library, record.ordinal);
        if (!target) {
            err_set(err, "imports at 0x%X: %s has no export with ordinal 0x%X",
                    from->offset + XEX_TABLE_ADDRESSES + 4 * i, from->name, record.ordinal);
            return STATUS_NOT_FOUND;
        }
        if (record.kind == XEX_RECORD_THUNK)
            write_jump(e, record.address, target);
        else
            write_pointer(e, record.address, target);
    }
    return STATUS_SUCCESS;
}

static u32 import_library(struct engine *e, const struct xex *x, const struct xex_image *image,
                          const struct xex_library *from, u32 *libraries, struct err *err)
{
    struct err why;
    u32 status;
    struct library *library = library_need(e, from->name, &status, &why);
    if (!library) {
        err_set(err, "imports at 0x%X: the library %s: %s", from->offset, from->name, why.text);
        return status;
    }
    *libraries |= 1u << (library - e->m->libraries);
    return import_from_library(e, x, image, from, library, err);
}

u32 loader_import(struct engine *e, const struct xex *x, const struct xex_image *image, u32 *libraries, struct err *err)
{
    u32 status = STATUS_SUCCESS;
    for (u32 l = 0; l < x->library_count && status == STATUS_SUCCESS; l++) {
        const struct xex_library *library = &x->libraries[l];
        if (module_by_name(library->name) == MODULE_NONE) {
            status = import_library(e, x, image, library, libraries, err);
            continue;
        }
        for (u32 i = 0; i < library->record_count && status == STATUS_SUCCESS; i++)
            status = import_record(e, x, image, library, i, err);
    }
    return status;
}
