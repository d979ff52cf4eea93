/* SPDX-License-Identifier: BSD-3-Clause
 * Writing tables of one's own into a journal, beside what its hashes cover (diff/anchor.h, diff/hypothesis.h). */
#ifndef DIFF_BESIDE_H
#define DIFF_BESIDE_H

#include "schema/base.h"

#include <sqlite3.h>

/* Begins a transaction. NULL: err. */
sqlite3 *beside_open(const char *path, struct err *err);
/* Steps the statement (NULL: it could not be prepared), which changes rows and gives none, and finalises it. */
bool beside_step(sqlite3 *db, sqlite3_stmt *statement);
/* Commits if all went well, and closes. False: err. */
bool beside_close(sqlite3 *db, bool ok, const char *path, struct err *err);

#endif
