/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/names.h"

#include "emu/host/mkxex.h"
#include "schema/export.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { SECTION_HEADER = 40, SECTION_LINK = 24, SECTION_SYMBOLS = 2, SYMBOL = 16, SYMBOL_FUNCTION = 2 };

/* A name whose end is not known covers no more: behind the last one there is much that it does not name. */
enum { OPEN_MAX = 0x10000 };

void names_finish(struct names *names)
{
    free(names->list);
    memset(names, 0, sizeof *names);
}

static void add(struct names *names, u32 address, u32 size, const char *text)
{
    if (names->count == names->capacity) {
        names->capacity = names->capacity ? names->capacity * 2 : 256;
        names->list = realloc(names->list, names->capacity * sizeof *names->list);
        CHECK(names->list, "no memory for %u names", names->capacity);
    }
    struct name *name = &names->list[names->count++];
    name->address = address;
    name->size = size;
    snprintf(name->text, sizeof name->text, "%s", text);
}

bool names_add_imports(struct names *names, const struct xex *x, const struct xex_image *image, struct err *err)
{
    struct xex_record record;
    char buffer[96];
    for (u32 l = 0; l < x->library_count; l++)
        for (u32 i = 0; i < x->libraries[l].record_count; i++) {
            if (!xex_record_at(x, image, &x->libraries[l], i, &record, err))
                return false;
            u32 op = export_op(module_by_name(x->libraries[l].name), record.ordinal);
            if (record.kind == XEX_RECORD_THUNK)
                add(names, record.address, 0, export_op_name(op, buffer, sizeof buffer));
        }
    return true;
}

static bool add_symbols(struct names *names, const struct mkxex_section *symbols, const struct mkxex_section *strings,
                        struct err *err)
{
    if (!symbols->data || !strings->data || !strings->size || strings->data[strings->size - 1])
        return err_set(err, "the ELF's symbols have no names");
    for (u32 i = 0; i + SYMBOL <= symbols->size; i += SYMBOL) {
        const u8 *symbol = symbols->data + i;
        u32 name = load_be32(symbol);
        if ((symbol[12] & 15) != SYMBOL_FUNCTION)
            continue;
        if (name >= strings->size)
            return err_set(err, "the ELF's symbol %u: its name lies outside the string table", i / SYMBOL);
        add(names, load_be32(symbol + 4), load_be32(symbol + 8), (const char *)strings->data + name);
    }
    return true;
}

bool names_add_elf(struct names *names, const u8 *elf, size_t size, struct err *err)
{
    struct mkxex_elf file;
    if (!mkxex_elf_open(&file, elf, size, err))
        return false;
    for (u32 i = 0; i < file.section_count; i++) {
        struct mkxex_section symbols, strings;
        if (!mkxex_elf_section(&file, i, &symbols, err))
            return false;
        if (symbols.type != SECTION_SYMBOLS)
            continue;
        u32 link = load_be32(file.file + file.sections + SECTION_HEADER * i + SECTION_LINK);
        if (link >= file.section_count)
            return err_set(err, "the ELF's symbols have no names");
        return mkxex_elf_section(&file, link, &strings, err) && add_symbols(names, &symbols, &strings, err);
    }
    return err_set(err, "the ELF has no symbols");
}

/* " 0003:00027d28       mainCRTStartup             82087d28 f   xapilib:xapi0.obj": the word behind the name is the
 * address; what is no function has no f behind it. */
static bool add_map_line(struct names *names, const char *line)
{
    char name[sizeof names->list[0].text];
    unsigned section, offset, address;
    char kind[4];
    if (sscanf(line, " %x:%x %95s %8x %3s", &section, &offset, name, &address, kind) != 5 || strcmp(kind, "f") != 0)
        return false;
    add(names, address, NAME_OPEN, name);
    return true;
}

/* nm's letter of a function, alone: a name may begin with it too. */
static bool is_code(const char *kind)
{
    return kind[0] && !kind[1] && strchr("tTwWvV", kind[0]);
}

/* What nm prints, "82010058 00000014 T read_wild" or without the size, and labels, "82010058 read_wild" with or without
 * a size behind. An address has eight digits, or 0x before it, so that prose is none. */
static bool add_symbol_line(struct names *names, const char *line)
{
    char name[sizeof names->list[0].text], kind[3], word[12];
    unsigned address, size = 0;
    int end = 0;
    if (sscanf(line, "%11s", word) != 1 || (strncmp(word, "0x", 2) != 0 && strspn(word, "0123456789abcdefABCDEF") != 8))
        return false;
    bool found =
        sscanf(line, "%x %x %2s %95s %n", &address, &size, kind, name, &end) == 4 && is_code(kind) && !line[end];
    if (!found) {
        size = end = 0;
        found = sscanf(line, "%x %2s %95s %n", &address, kind, name, &end) == 3 && is_code(kind) && !line[end];
    }
    if (!found) {
        end = 0;
        found = sscanf(line, "%x %95s %n%x %n", &address, name, &end, &size, &end) >= 2 && !line[end];
    }
    if (found)
        add(names, address, size ? size : NAME_OPEN, name);
    return found;
}

static bool add_line(struct names *names, const char *line)
{
    return add_map_line(names, line) || add_symbol_line(names, line);
}

bool names_add_text(struct names *names, const u8 *text, size_t size, struct err *err)
{
    u32 before = names->count;
    for (size_t at = 0; at < size;) {
        char line[512];
        const u8 *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;
        if (length < sizeof line) {
            memcpy(line, text + at, length);
            line[length] = '\0';
            add_line(names, line);
        }
        at += length + 1;
    }
    return names->count > before || err_set(err, "neither an ELF file, nor names in a form that is known");
}

bool names_add_database(struct names *names, const char *path, struct err *err)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;
    u32 before = names->count;
    bool good =
        sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, "SELECT start, end, ifnull(name, printf('sub_%08X', start)) FROM symbol_functions", -1,
                           &rows, NULL) == SQLITE_OK;
    while (good && sqlite3_step(rows) == SQLITE_ROW) {
        u32 start = (u32)sqlite3_column_int64(rows, 0), end = (u32)sqlite3_column_int64(rows, 1);
        add(names, start, end > start ? end - start : NAME_OPEN, (const char *)sqlite3_column_text(rows, 2));
    }
    if (!good)
        err_set(err, "names of functions cannot be read: %s", db ? sqlite3_errmsg(db) : "no memory");
    sqlite3_finalize(rows);
    sqlite3_close(db);
    return good && (names->count > before || err_set(err, "it names no function"));
}

/* What analysis calls a function that has no name. */
static bool is_made_up(const struct name *name)
{
    return strncmp(name->text, "sub_", 4) == 0;
}

static int by_address(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    if (is_made_up(x) != is_made_up(y))
        return is_made_up(x) ? 1 : -1;
    return strcmp(x->text, y->text);
}

void names_sort(struct names *names)
{
    if (names->count)
        qsort(names->list, names->count, sizeof *names->list, by_address);
}

const struct name *names_find(const struct names *names, u32 address)
{
    u32 low = 0, high = names->count;
    while (low < high) {
        u32 middle = (low + high) / 2;
        if (names->list[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return NULL;
    /* Of several names at one address, the first. */
    const struct name *name = &names->list[low - 1];
    while (name > names->list && name[-1].address == name->address)
        name--;
    u32 size = name->size == NAME_OPEN ? OPEN_MAX : name->size ? name->size : 1;
    return address - name->address < size ? name : NULL;
}
