/* SPDX-License-Identifier: BSD-3-Clause
 * Coverage: what a journal's source could capture, so that *not captured* is never mistaken for *never happened*.
 *
 * A log of another engine holds what somebody chose to log. Import writes that as meta; without these keys (our own
 * recordings) everything is captured, or with `events` = none, nothing.
 *
 * coverage.ops: all, none, only or all-but; the latter two with
 * coverage.ops.list: names of ops, apart by blanks.
 *
 * coverage.tells: what the log tells of: call return handle thread wait signal file print snapshot (kinds of event),
 * lr, arguments. What is not in it is unknown, however often it happened.
 *
 * coverage.threads, coverage.handles: the only threads (the log's ids) or handles captured; no key: all.
 *
 * coverage.from, coverage.to: the window captured, in the journal's clock; no key: the whole run.
 *
 * coverage.cap: capture stopped after so many events (of an op, or in all: a count that reaches it is a least).
 *
 * coverage.dropped: events that the source says it dropped, and those of which import could keep the line alone.
 *
 * All but the first three are only known where the user says so in rules (`coverage KEY WORD...`, import --map). */
#ifndef DIFF_COVERAGE_H
#define DIFF_COVERAGE_H

#include "diff/import_table.h"
#include "replay/journal.h"

enum coverage_ops { COVERAGE_ALL, COVERAGE_NONE, COVERAGE_ONLY, COVERAGE_ALL_BUT };

struct coverage;

struct coverage *coverage_create(void); /* everything */
struct coverage *coverage_read(struct journal_reader *r);
struct coverage *coverage_copy(const struct coverage *coverage);
void coverage_destroy(struct coverage *coverage); /* accepts NULL */

/* Of our own machine, which leaves nothing out. What another engine's log could tell is what somebody says of it. */
bool coverage_is_recording(struct journal_reader *r);
/* Was the op captured, whether it occurs or not? */
bool coverage_has_op(const struct coverage *coverage, u32 op);
bool coverage_has_thread(const struct coverage *coverage, u32 thread);
bool coverage_has_handle(const struct coverage *coverage, u64 handle);
/* Is a count of calls of an op a least, since the capture was stopped, lost events, or was of some threads, handles or
 * times only? of_thread: of one that was captured. calls: all that the journal has. why: which of these. */
bool coverage_is_least(const struct coverage *coverage, u32 op, bool of_thread, u64 count, u64 calls, char *why,
                       size_t size);
bool coverage_has_all_handles(const struct coverage *coverage);
bool coverage_has_all_threads(const struct coverage *coverage);
bool coverage_has_all_times(const struct coverage *coverage);
u64 coverage_dropped(const struct coverage *coverage);
bool coverage_has_time(const struct coverage *coverage, u64 time);
/* "lr", "return" and so on. */
bool coverage_tells(const struct coverage *coverage, const char *what);
u64 coverage_cap(const struct coverage *coverage); /* 0: none */
enum coverage_ops coverage_kind(const struct coverage *coverage);
/* The ops of `only` and `all-but`. */
size_t coverage_op_count(const struct coverage *coverage);
u32 coverage_op_at(const struct coverage *coverage, size_t i);

/* ---- Writing: what import knows of each source. ---- */

void coverage_set_ops(struct coverage *coverage, enum coverage_ops kind);
void coverage_add_op(struct coverage *coverage, u32 op, const char *name);
/* Takes ops out of the list: of those whose op + 1 is a key of the table. */
void coverage_keep_ops(struct coverage *coverage, const struct import_table *called);
/* Keys and words as in the table above, without "coverage."; false: no such key, or no numbers where it has them. */
bool coverage_set(struct coverage *coverage, const char *key, const char *words);
void coverage_add_tells(struct coverage *coverage, const char *what);
void coverage_add_dropped(struct coverage *coverage, u64 events);
/* What one or the other source captured. */
void coverage_merge(struct coverage *coverage, const struct coverage *other);
void coverage_write(const struct coverage *coverage, void (*meta)(void *context, const char *key, const char *value),
                    void *context);

#endif
