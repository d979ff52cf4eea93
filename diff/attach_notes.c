/* SPDX-License-Identifier: BSD-3-Clause
 * Notes on functions: markdown files named like them (diff/attach.h). */
#include "diff/attach.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS = 8, PATH_SIZE = 4096 };

/* "sub_82173990" or a function's name; 0: it is neither. */
static u32 address_of(sqlite3 *db, const char *stem)
{
    static const char prefix[] = "sub_";
    const char *digits = stem + (strncmp(stem, prefix, strlen(prefix)) ? 0 : strlen(prefix));
    if (strlen(digits) == DIGITS && strspn(digits, "0123456789abcdefABCDEF") == DIGITS)
        return (u32)strtoul(digits, NULL, 16);
    sqlite3_stmt *row = NULL;
    u32 address = 0;
    if (!sqlite3_prepare_v2(db, "SELECT start FROM symbol_functions WHERE name=?1", -1, &row, NULL) &&
        !sqlite3_bind_text(row, 1, stem, -1, SQLITE_STATIC) && sqlite3_step(row) == SQLITE_ROW)
        address = (u32)sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return address;
}

/* The first line that is not empty, without the marks of a heading. */
static size_t title_of(const char **text)
{
    *text += strspn(*text, "\r\n\t ");
    *text += strspn(*text, "# ");
    return strcspn(*text, "\r\n");
}

static bool add_note(sqlite3 *db, u32 source, const char *folder, const char *file, u32 address, struct err *err)
{
    char path[PATH_SIZE], *text;
    size_t size;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    if (!attach_load(path, &text, &size, err))
        return false;
    const char *title = text;
    size_t title_size = title_of(&title);
    sqlite3_stmt *insert = attach_prepare(db,
                                          "INSERT OR REPLACE INTO symbol_notes(source, address, file, title, text) "
                                          "VALUES(?1, ?2, ?3, ?4, ?5)",
                                          err);
    if (insert) {
        sqlite3_bind_int64(insert, 1, source);
        sqlite3_bind_int64(insert, 2, address);
        sqlite3_bind_text(insert, 3, file, -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 4, title, (int)title_size, SQLITE_STATIC);
        sqlite3_bind_text(insert, 5, text, (int)size, SQLITE_STATIC);
    }
    bool ok = insert && (sqlite3_step(insert) == SQLITE_DONE || err_set(err, "%s: %s", path, sqlite3_errmsg(db)));
    sqlite3_finalize(insert);
    free(text);
    return ok;
}

static bool read_file(sqlite3 *db, u32 source, const char *folder, const char *file, u32 *count, u32 *others,
                      struct err *err)
{
    char stem[PATH_SIZE];
    size_t size = strlen(file);
    if (size <= 3 || strcmp(file + size - 3, ".md"))
        return true;
    snprintf(stem, sizeof stem, "%.*s", (int)size - 3, file);
    u32 address = address_of(db, stem);
    ++*(address ? count : others);
    return !address || add_note(db, source, folder, file, address, err);
}

bool attach_notes(sqlite3 *db, u32 source, const char *folder, u32 *count, u32 *others, struct err *err)
{
    struct dirent **files;
    int n = scandir(folder, &files, NULL, alphasort);
    if (n < 0)
        return err_set(err, "cannot read the folder %s: %s", folder, strerror(errno));
    bool ok = true;
    *count = *others = 0;
    for (int i = 0; i < n; i++) {
        ok = ok && read_file(db, source, folder, files[i]->d_name, count, others, err);
        free(files[i]);
    }
    free(files);
    return ok;
}
