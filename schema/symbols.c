/* SPDX-License-Identifier: BSD-3-Clause
 * The tables of schema/symbols.h as SQL. */
#include "schema/symbols.h"

#include <stdio.h>

#define BY_SOURCE(columns, key) "source, " columns ", PRIMARY KEY(source, " key ")"

/* clang-format off */
static const struct symbols_table tables[] = {
    {"symbol_sources",    "id INTEGER PRIMARY KEY, kind, path, title_hash, title_path, image, image_end, build", NULL, true},
    {"symbol_functions",  "start INTEGER PRIMARY KEY, end, name, how, source", NULL, true},
    {"symbol_data",       "start INTEGER PRIMARY KEY, end, name, source", NULL, true},
    {"symbol_labels",     BY_SOURCE("start, end, name, how, kind", "start"), NULL, true},
    {"symbol_notes",      BY_SOURCE("address, file, title, text", "address"), NULL, true},
    {"symbol_sections",   BY_SOURCE("start, end, name, access", "start"), NULL, false},
    {"symbol_calls",      BY_SOURCE("site, target, function, kind", "site"), "target", false},
    {"symbol_branches",   BY_SOURCE("pc, function, target, kind, condition, compare, registers", "pc"), "function", false},
    {"symbol_imports",    BY_SOURCE("address, kind, op, library, ordinal, name", "address"), NULL, false},
    {"symbol_wrappers",   BY_SOURCE("site, function, op, name, depth", "site"), "function", false},
    {"symbol_tables",     BY_SOURCE("start, end, kind, site, function, width, count, base, scale, bounded", "start"),
     NULL, false},
    {"symbol_slots",      BY_SOURCE("address, start, number, target", "address"), "target", false},
    {"symbol_strings",    BY_SOURCE("start, end, kind, text", "start"), NULL, false},
    {"symbol_references", BY_SOURCE("site, target, function", "site"), "target", false},
};
/* clang-format on */

const struct symbols_table *symbols_table(u32 i)
{
    return i < countof(tables) ? &tables[i] : NULL;
}

size_t symbols_table_sql(const struct symbols_table *table, char *sql, size_t capacity)
{
    const char *end = strstr(table->columns, "PRIMARY KEY(") ? " WITHOUT ROWID" : "";
    int size = snprintf(sql, capacity, "CREATE TABLE IF NOT EXISTS %s(%s)%s;", table->name, table->columns, end);
    if (table->index)
        size += snprintf(sql + size, capacity - (size_t)size, "CREATE INDEX IF NOT EXISTS %s_by_%s ON %s(%s);",
                         table->name, table->index, table->name, table->index);
    return (size_t)size;
}
