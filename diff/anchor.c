/* SPDX-License-Identifier: BSD-3-Clause
 * Reading and writing anchors (diff/anchor.h). */
#include "diff/anchor.h"
#include "diff/beside.h"

#include <stdio.h>
#include <stdlib.h>

static void read_row(sqlite3_stmt *row, struct anchor *anchor)
{
    *anchor = (struct anchor){.seq = UINT64_MAX};
    const char *name = (const char *)sqlite3_column_text(row, 0), *what = (const char *)sqlite3_column_text(row, 5);
    snprintf(anchor->name, sizeof anchor->name, "%s", name ? name : "");
    snprintf(anchor->what, sizeof anchor->what, "%s", what ? what : "");
    anchor->is_event = sqlite3_column_type(row, 1) != SQLITE_NULL;
    anchor->thread = (u32)sqlite3_column_int64(row, 1);
    anchor->index = (u32)sqlite3_column_int64(row, 2);
    if (sqlite3_column_type(row, 3) != SQLITE_NULL)
        anchor->seq = (u64)sqlite3_column_int64(row, 3);
    anchor->time = (u64)sqlite3_column_int64(row, 4);
}

/* NULL: the journal has no anchors. */
static sqlite3_stmt *prepare(struct journal_reader *journal, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(journal_sqlite(journal), sql, -1, &statement, NULL);
    return statement;
}

bool anchor_find(struct journal_reader *journal, const char *name, struct anchor *anchor)
{
    sqlite3_stmt *find = prepare(journal, "SELECT name, thread, idx, seq, time, what FROM anchors WHERE name = ?");
    if (!find)
        return false;
    sqlite3_bind_text(find, 1, name, -1, SQLITE_STATIC);
    bool found = sqlite3_step(find) == SQLITE_ROW;
    if (found)
        read_row(find, anchor);
    sqlite3_finalize(find);
    return found;
}

u32 anchor_all(struct journal_reader *journal, struct anchor **anchors)
{
    u32 count = 0;
    sqlite3_stmt *all =
        prepare(journal, "SELECT name, thread, idx, seq, time, what FROM anchors ORDER BY time, seq, name");
    *anchors = NULL;
    while (all && sqlite3_step(all) == SQLITE_ROW) {
        *anchors = realloc(*anchors, (count + 1) * sizeof **anchors);
        CHECK(*anchors, "out of memory");
        read_row(all, &(*anchors)[count++]);
    }
    sqlite3_finalize(all);
    return count;
}

bool anchor_store(const char *path, const struct anchor *anchor, struct err *err)
{
    sqlite3_stmt *put = NULL;
    sqlite3 *db = beside_open(path, err);
    if (!db)
        return false;
    sqlite3_exec(db,
                 "CREATE TABLE IF NOT EXISTS anchors(name TEXT PRIMARY KEY, thread INTEGER, idx INTEGER, seq INTEGER, "
                 "time INTEGER, what TEXT)",
                 NULL, NULL, NULL);
    if (!sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO anchors VALUES(?, ?, ?, ?, ?, ?)", -1, &put, NULL)) {
        sqlite3_bind_text(put, 1, anchor->name, -1, SQLITE_STATIC);
        if (anchor->is_event) {
            sqlite3_bind_int64(put, 2, anchor->thread);
            sqlite3_bind_int64(put, 3, anchor->index);
        }
        if (anchor->seq != UINT64_MAX)
            sqlite3_bind_int64(put, 4, (sqlite3_int64)anchor->seq);
        sqlite3_bind_int64(put, 5, (sqlite3_int64)anchor->time);
        sqlite3_bind_text(put, 6, anchor->what, -1, SQLITE_STATIC);
    }
    return beside_close(db, beside_step(db, put), path, err);
}

bool anchor_remove(const char *path, const char *name, bool *removed, struct err *err)
{
    sqlite3_stmt *remove_one = NULL;
    sqlite3 *db = beside_open(path, err);
    *removed = false;
    if (!db)
        return false;
    if (sqlite3_prepare_v2(db, "DELETE FROM anchors WHERE name = ?", -1, &remove_one, NULL)) {
        sqlite3_close(db); /* no table: nothing to remove */
        return true;
    }
    sqlite3_bind_text(remove_one, 1, name, -1, SQLITE_STATIC);
    bool ok = sqlite3_step(remove_one) == SQLITE_DONE;
    *removed = ok && sqlite3_changes(db) > 0;
    sqlite3_finalize(remove_one);
    return beside_close(db, ok, path, err);
}
