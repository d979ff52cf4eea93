/* SPDX-License-Identifier: BSD-3-Clause
 * The static database of a title: the manual of its tables.
 *
 * `lockstep symbols TITLE -o title.db` writes one from the title's image, an SQLite file; `lockstep attach` copies it
 * into a journal, into tables of the same names, beside maps and labels of the user's. The journal's own tables and
 * hashes are not touched. Addresses are the console's, as numbers; `end` is behind the last byte.
 *
 *   symbol_sources(id, kind, path, title_hash, title_path, image, image_end, build)
 *       What was read: kind is "title", "map" (of the vendor's linker), "gnu-map", "nm", "labels" or "notes". In a
 *       title's database there is one, 1. title_hash: XXH3-128 of the title's file, as in a journal's meta title.hash;
 *       NULL: not known. image to image_end: where the title's image lies.
 *   symbol_sections(source, start, end, name, access)
 *       access as in "r-x".
 *   symbol_functions(start, end, name, how, source)
 *       All functions, as they are merged: none overlap. name NULL: none is known, tools say sub_XXXXXXXX. how it was
 *       found: "pdata" (exception table), "import" (thunk of an import), "entry" (where the title starts), "call"
 *       (something calls it), "helper" (saves or restores registers for its callers), "tail" (something ends by
 *       jumping to it), "pointer" (its address stands in data or is made by code), "prologue" (stands behind other
 *       code and makes a stack frame), "leaf" (stands behind other code and makes none), or the kind of the source
 *       that names it.
 *   symbol_labels(source, start, end, name, how, kind)
 *       In journals: what each source says, from which symbol_functions and symbol_data are merged. end 0: not known;
 *       kind: "function", "data" or "unknown".
 *   symbol_data(start, end, name, source)
 *       Named data, merged as functions are.
 *   symbol_calls(source, site, target, function, kind)
 *       kind: "call" (bl; the LR is site + 4), "tail" (b to another function), "save" and "restore" (of registers, by a
 *       helper), "indirect" (bctrl, blrl). target of an indirect call: NULL, or the import whose pointer was loaded.
 *   symbol_branches(source, pc, function, target, kind, condition, compare, registers)
 *       Conditional branches. target NULL: kind "bclr" (a return) or "bcctr". condition as in "cr6.eq", "!cr6.eq",
 *       "--ctr" (decremented and not 0), "--ctr=0", joined by " ". compare: the instruction in the same straight run of
 *       code that set that field, NULL: none there; registers: those that it read, as in "r3 r11".
 *   symbol_imports(source, address, kind, op, library, ordinal, name)
 *       kind: "thunk" (what code calls), "pointer" (a word that holds the function's address), "variable" (a word that
 *       holds the variable's address), "jump" (a function of the title that goes on to the thunk and does not come
 *       back, so that the kernel sees the LR of its caller). op: module << 16 | ordinal.
 *   symbol_wrappers(source, site, function, op, name, depth)
 *       Small functions that do little but call one import (helpers that turn statuses and strings aside), with each
 *       place where they do: the LR site + 4 tells the wrapper and not who wanted the call. depth 1: calls the import;
 *       2: calls a wrapper of depth 1, and so on.
 *   symbol_tables(source, start, end, kind, site, function, width, count, base, scale, bounded)
 *       kind "jump": site is the bctr; an entry of width bytes, times scale, added to base, is where it goes.
 *       bounded: a comparison before it says how many entries there are; else they are as many as lead into the
 *       function. kind "pointers": two or more words in a row that point to functions (vtables and the like).
 *   symbol_slots(source, address, start, number, target)
 *       The entries of these tables: number-th of the table at start, from 0.
 *   symbol_strings(source, start, end, kind, text)
 *       Text in data, NUL-terminated, of 4 characters or more. kind: "ascii" or "utf-16".
 *   symbol_references(source, site, target, function)
 *       Addresses inside the image that code makes in a register or loads from and stores to; site: where it is whole.
 *   symbol_notes(source, address, file, title, text)
 *       In journals: the user's notes on functions. title: the first heading, or first line. */
#ifndef SCHEMA_SYMBOLS_H
#define SCHEMA_SYMBOLS_H

#include "schema/base.h"

/* "LSSD" in SQLite's header of a title's database. */
enum { SYMBOLS_APPLICATION_ID = 0x4C535344, SYMBOLS_FORMAT = 1 };

struct symbols_table {
    const char *name;
    const char *columns; /* as SQL declares them, with the primary key */
    const char *index;   /* one more column to search by, or NULL */
    bool is_merged;      /* made anew in each database; the others' rows are copied from one into another */
};

/* NULL: there are no more. */
const struct symbols_table *symbols_table(u32 i);
/* The SQL that makes it, unless it is there. */
size_t symbols_table_sql(const struct symbols_table *table, char *sql, size_t capacity);

#endif
