/* SPDX-License-Identifier: BSD-3-Clause
 * One writer for one journal. The lock is on a byte far behind any that SQLite locks or a file has, so readers never
 * meet it, and it goes away with its process, however that ends. */
#ifndef REPLAY_JOURNAL_LOCK_H
#define REPLAY_JOURNAL_LOCK_H

#include "schema/base.h"

/* Takes the journal that is there, for as long as the descriptor is open. -1: err, another process is writing it. -2:
 * it cannot be locked: no such file, not ours to write, or a file system without locks. */
int journal_lock(const char *path, struct err *err);
/* Creates the file, empty, and takes it. What was there must be gone. */
int journal_lock_new(const char *path, struct err *err);

#endif
