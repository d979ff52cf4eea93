/* SPDX-License-Identifier: BSD-3-Clause
 * The writer's lower half: rows into SQLite. Used by the background thread alone (and by journal_create before there is
 * one). The first failure sticks: everything after it does nothing. */
#ifndef REPLAY_JOURNAL_STORE_H
#define REPLAY_JOURNAL_STORE_H

#include "replay/journal.h"

struct journal_store;

struct journal_store *store_create(const char *path, struct err *err);
/* Closes without a word. */
void store_destroy(struct journal_store *s);

void store_meta(struct journal_store *s, const char *key, const char *value);
void store_string(struct journal_store *s, u32 id, const char *text, size_t size);
void store_input(struct journal_store *s, u64 seq, const struct journal_input_record *record);
/* One cut: events of any threads in order of seq become a block per thread. */
void store_events(struct journal_store *s, const struct event *events, u32 count);

bool store_has_work(const struct journal_store *s); /* something is not committed */
void store_commit(struct journal_store *s);
/* Commits, marks the journal as whole and makes one file of it. */
void store_finish(struct journal_store *s);

/* False while all is well; true: *err says why nothing is written any more. */
bool store_failed(const struct journal_store *s, struct err *err);

#endif
