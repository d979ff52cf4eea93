/* SPDX-License-Identifier: BSD-3-Clause
 * Tables beside a journal's own (diff/beside.h). */
#include "diff/beside.h"

/* A recorder may be writing the journal; between its commits it holds it for a tenth of a second and more. */
enum { PATIENCE = 20000 };

sqlite3 *beside_open(const char *path, struct err *err)
{
    sqlite3 *db;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL)) {
        err_set(err, "cannot write %s: %s", path, sqlite3_errmsg(db));
        sqlite3_close(db);
        return NULL;
    }
    sqlite3_busy_timeout(db, PATIENCE);
    if (sqlite3_exec(db, "PRAGMA trusted_schema=OFF; BEGIN IMMEDIATE", NULL, NULL, NULL)) {
        err_set(err, "cannot write %s: %s", path, sqlite3_errmsg(db));
        sqlite3_close(db);
        return NULL;
    }
    return db;
}

bool beside_step(sqlite3 *db, sqlite3_stmt *statement)
{
    bool ok = statement && sqlite3_step(statement) == SQLITE_DONE;
    return sqlite3_finalize(statement) == SQLITE_OK && ok && db;
}

bool beside_close(sqlite3 *db, bool ok, const char *path, struct err *err)
{
    ok = ok && !sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (!ok)
        err_set(err, "cannot write %s: %s", path, sqlite3_errmsg(db));
    sqlite3_close(db);
    return ok;
}
