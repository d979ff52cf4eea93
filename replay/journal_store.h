/* SPDX-License-Identifier: BSD-3-Clause
 * The writer's lower half: events into blocks, rows into SQLite. Used by one thread at a time: a recording's background
 * thread (and by journal_create before there is one), or an import. The first failure sticks: everything after it does
 * nothing. */
#ifndef REPLAY_JOURNAL_STORE_H
#define REPLAY_JOURNAL_STORE_H

#include "replay/journal.h"

struct journal_store;

struct journal_store *store_create(const char *path, struct err *err);
/* Goes on writing a journal that an import left cut short, behind what was committed. The reader may be closed then.
 * NULL: err; it is whole, or damaged. */
struct journal_store *store_resume(struct journal_reader *r, struct err *err);
/* Closes without a word. */
void store_destroy(struct journal_store *s);
/* A guess at the unit that all times are whole ones of: makes blocks smaller. */
void store_quantum(struct journal_store *s, u64 quantum);

void store_meta(struct journal_store *s, const char *key, const char *value);
/* All whose keys begin so. */
void store_forget_meta(struct journal_store *s, const char *prefix);
void store_string(struct journal_store *s, u32 id, const char *text, size_t size);
/* An op has the first name that it is given. */
void store_op(struct journal_store *s, u32 op, const char *name);
void store_input(struct journal_store *s, u64 seq, const struct journal_input_record *record);
/* Ids count from 1. */
u32 store_template(struct journal_store *s, const void *body, size_t size);
/* Ids count from 0; no two are alike. */
u32 store_site(struct journal_store *s, const struct journal_site *site);

/* One event; `fields` has as many numbers as its site says. A thread's stream may hold BLOCK_EVENTS_MAX events and
 * BLOCK_TEXT_MAX of text until store_cut: store_is_full tells when it is time. */
void store_append(struct journal_store *s, u32 thread, u32 site, u64 seq, u64 time, u32 index, const u64 *fields);
/* A text of the event that came last. */
void store_append_text(struct journal_store *s, const void *text, size_t size);
bool store_is_full(const struct journal_store *s);
/* A block for each thread that has events. */
void store_cut(struct journal_store *s);
/* One cut: events of any threads in order of seq, one behind the other, each without the values that it has not. */
void store_events(struct journal_store *s, const u8 *events, u32 count);
static inline size_t store_event_size(const struct event *event)
{
    return offsetof(struct event, v) + event->count * sizeof event->v[0];
}

bool store_has_work(const struct journal_store *s); /* something is not committed */
void store_commit(struct journal_store *s);
/* Commits put their pages into the file itself as soon as there are so many: what a finish has left to do is less then.
 */
void store_checkpoint(struct journal_store *s, u32 pages);
/* Commits, marks the journal as whole and makes one file of it. */
void store_finish(struct journal_store *s);

/* False while all is well; true: *err says why nothing is written any more. */
bool store_failed(const struct journal_store *s, struct err *err);

#endif
