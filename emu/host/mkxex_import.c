/* SPDX-License-Identifier: BSD-3-Clause
 * Collecting a title's imports from the ELF's sections .xeximp.<library>.tab, and writing their records into the image.
 */
#include "emu/host/mkxex.h"
#include "schema/export.h"

#include <stdio.h>
#include <stdlib.h>

enum { ENTRY_SIZE = 12, RECORDS_MAX = 0xFFFF, MTCTR_R11 = 0x7D6903A6, BCTR = 0x4E800420 };

/* Ids are constants of the kernel's libraries, the same in every title. */
static const struct {
    const char *section;
    enum module module;
    u32 id;
} libraries[] = {
    {".xeximp.xboxkrnl.tab", MODULE_XBOXKRNL, 0x45DC17E0},
    {".xeximp.xam.tab", MODULE_XAM, 0xFCA15C76},
    {".xeximp.xbdm.tab", MODULE_XBDM, 0xECEB8109},
};

static bool check_place(const struct mkxex_image *image, u32 address, u32 size, const char *what, const char *name,
                        struct err *err)
{
    u32 start = address - image->base;
    if (address & 3 || start >= image->size || size > image->size - start)
        return err_set(err, "import %s: its %s at 0x%08X is not in the image", name, what, address);
    return true;
}

/* One entry of a table: writes the records' words and appends their addresses. */
static bool add_import(struct mkxex_library *library, struct mkxex_image *image, u32 number, enum module module,
                       const u8 *entry, struct err *err)
{
    u32 pointer = load_be32(entry);
    u32 thunk = load_be32(entry + 4);
    u32 ordinal = load_be32(entry + 8);
    const struct export *export = ordinal <= 0xFFFF ? export_find(export_op(module, ordinal)) : NULL;
    const char *name = export ? export->name : library->name;
    if (ordinal > 0xFFFF || (!export && module != MODULE_NONE))
        return err_set(err, "import of %s: it has no export with ordinal 0x%X", library->name, ordinal);
    if (export && export->is_variable != !thunk)
        return err_set(err, "import %s: it is a %s, it needs %s thunk", export->name,
                       export->is_variable ? "variable" : "function", export->is_variable ? "no" : "a");
    if (!check_place(image, pointer, 4, "pointer", name, err))
        return false;
    store_be32(image->data + (pointer - image->base), number << 16 | ordinal);
    library->records[library->record_count++] = pointer;
    if (!thunk)
        return true;
    if (!check_place(image, thunk, 16, "thunk", name, err))
        return false;
    u8 *words = image->data + (thunk - image->base);
    u32 word = 1u << 24 | number << 16 | ordinal;
    store_be32(words, word);
    store_be32(words + 4, word);
    store_be32(words + 8, MTCTR_R11);
    store_be32(words + 12, BCTR);
    library->records[library->record_count++] = thunk;
    return true;
}

/* Of the kernel, or what stands between the section's prefix and ".tab". */
static enum module name_library(struct mkxex_library *library, const char *section)
{
    for (u32 i = 0; i < countof(libraries); i++) {
        if (strcmp(libraries[i].section, section) != 0)
            continue;
        snprintf(library->name, sizeof library->name, "%s", module_name(libraries[i].module));
        library->id = libraries[i].id;
        return libraries[i].module;
    }
    snprintf(library->name, sizeof library->name, "%.*s", (int)(strlen(section) - 12), section + 8);
    return MODULE_NONE;
}

static bool add_library(struct mkxex_imports *imports, struct mkxex_image *image, const struct mkxex_section *section,
                        struct err *err)
{
    u32 count = section->size / ENTRY_SIZE;
    if (section->size % ENTRY_SIZE || !section->data || count > RECORDS_MAX / 2)
        return err_set(err, "ELF section %s: 0x%X bytes are not a table of entries of 12 bytes", section->name,
                       section->size);
    if (!count)
        return true;
    if (imports->count == MKXEX_LIBRARIES)
        return err_set(err, "ELF section %s: imports of more than %d libraries", section->name, MKXEX_LIBRARIES);
    u32 number = imports->count++;
    struct mkxex_library *library = &imports->libraries[number];
    enum module module = name_library(library, section->name);
    for (u32 i = 0; i < number; i++)
        if (strcmp(imports->libraries[i].name, library->name) == 0)
            return err_set(err, "ELF section %s: there are two of that name", section->name);
    library->records = mkxex_alloc(2 * count * sizeof *library->records);
    for (u32 i = 0; i < count; i++)
        if (!add_import(library, image, number, module, section->data + ENTRY_SIZE * i, err))
            return false;
    return true;
}

static bool is_import_table(const char *name)
{
    size_t length = strlen(name);
    return strncmp(name, ".xeximp.", 8) == 0 && length > 12 && strcmp(name + length - 4, ".tab") == 0;
}

bool mkxex_imports_init(struct mkxex_imports *imports, const struct mkxex_elf *elf, struct mkxex_image *image,
                        struct err *err)
{
    struct mkxex_section section;
    *imports = (struct mkxex_imports){0};
    for (u32 i = 0; i < elf->section_count; i++) {
        if (!mkxex_elf_section(elf, i, &section, err))
            return false;
        if (!is_import_table(section.name))
            continue;
        if (!add_library(imports, image, &section, err))
            return false;
    }
    return true;
}

void mkxex_imports_finish(struct mkxex_imports *imports)
{
    for (u32 i = 0; i < imports->count; i++)
        free(imports->libraries[i].records);
    *imports = (struct mkxex_imports){0};
}
