/* SPDX-License-Identifier: BSD-3-Clause
 * Copying a title's static database into a journal (diff/attach.h). */
#include "diff/attach.h"
#include "schema/symbols.h"

#include <stdio.h>

enum { COLUMNS_SIZE = 256, SQL_SIZE = 1024 };

static s64 number_of(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *row = NULL;
    s64 value = -1;
    if (!sqlite3_prepare_v2(db, sql, -1, &row, NULL) && sqlite3_step(row) == SQLITE_ROW)
        value = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return value;
}

sqlite3 *attach_open_title(const char *path, struct err *err)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) ||
        sqlite3_exec(db, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;", NULL, NULL, NULL))
        err_set(err, "cannot open %s: %s", path, sqlite3_errmsg(db));
    else if (number_of(db, "PRAGMA application_id") != SYMBOLS_APPLICATION_ID ||
             number_of(db, "SELECT count(*) FROM symbol_sources WHERE kind='title'") != 1)
        err_set(err, "%s is no title's database: `lockstep symbols TITLE -o FILE` makes one", path);
    else if (number_of(db, "PRAGMA user_version") != SYMBOLS_FORMAT)
        err_set(err, "%s has format %lld; this program knows format %d: make it anew with `lockstep symbols`", path,
                (long long)number_of(db, "PRAGMA user_version"), SYMBOLS_FORMAT);
    else
        return db;
    sqlite3_close(db);
    return NULL;
}

/* Rows of a query go into an insertion, behind the number of the source. */
static bool copy_rows(sqlite3_stmt *select, sqlite3_stmt *insert, u32 source)
{
    int step;
    while ((step = sqlite3_step(select)) == SQLITE_ROW) {
        sqlite3_reset(insert);
        sqlite3_bind_int64(insert, 1, source);
        for (int i = 0; i < sqlite3_column_count(select); i++)
            sqlite3_bind_value(insert, i + 2, sqlite3_column_value(select, i));
        if (sqlite3_step(insert) != SQLITE_DONE)
            return false;
    }
    return step == SQLITE_DONE;
}

static bool copy(sqlite3 *to, sqlite3 *from, u32 source, const char *select_sql, const char *insert_sql,
                 struct err *err)
{
    sqlite3_stmt *select = attach_prepare(from, select_sql, err);
    sqlite3_stmt *insert = select ? attach_prepare(to, insert_sql, err) : NULL;
    bool ok = insert && (copy_rows(select, insert, source) ||
                         err_set(err, "cannot copy %s: %s; %s", sqlite3_db_filename(from, "main"), sqlite3_errmsg(from),
                                 sqlite3_errmsg(to)));
    sqlite3_finalize(select);
    sqlite3_finalize(insert);
    return ok;
}

/* A table's columns but for the source and the key, and as many marks for their values. */
static bool copy_table(sqlite3 *to, sqlite3 *from, u32 source, const struct symbols_table *table, struct err *err)
{
    char columns[COLUMNS_SIZE], marks[COLUMNS_SIZE] = "?, ?", select[SQL_SIZE], insert[SQL_SIZE];
    snprintf(columns, sizeof columns, "%s", table->columns + strlen("source, "));
    *strstr(columns, ", PRIMARY KEY") = 0;
    for (const char *p = columns; (p = strchr(p, ',')); p++)
        strcat(marks, ", ?");
    snprintf(select, sizeof select, "SELECT %s FROM %s", columns, table->name);
    snprintf(insert, sizeof insert, "INSERT INTO %s(source, %s) VALUES(%s)", table->name, columns, marks);
    return copy(to, from, source, select, insert, err);
}

bool attach_tables(sqlite3 *db, bool of_title_too, struct err *err)
{
    const struct symbols_table *table;
    for (u32 i = 0; (table = symbols_table(i)); i++) {
        char sql[SQL_SIZE];
        symbols_table_sql(table, sql, sizeof sql);
        bool is_needed = table->is_merged || !strcmp(table->name, "symbol_sections");
        if ((is_needed || of_title_too) && !attach_run(db, sql, err))
            return false;
    }
    return true;
}

bool attach_copy_title(sqlite3 *to, sqlite3 *from, u32 source, struct err *err)
{
    const struct symbols_table *table;
    if (!attach_tables(to, true, err))
        return false;
    for (u32 i = 0; (table = symbols_table(i)); i++)
        if (!table->is_merged && !copy_table(to, from, source, table, err))
            return false;
    return copy(to, from, source, "SELECT start, end, name, how FROM symbol_functions",
                "INSERT INTO symbol_labels(source, start, end, name, how, kind) VALUES(?, ?, ?, ?, ?, 'function')",
                err) &&
           copy(to, from, source, "SELECT title_hash, title_path, image, image_end, build FROM symbol_sources",
                "UPDATE symbol_sources SET title_hash=?2, title_path=?3, image=?4, image_end=?5, build=?6 WHERE id=?1",
                err);
}
