/* SPDX-License-Identifier: BSD-3-Clause
 * Anchors: named places of a run, kept in the journal in a table of their own,
 *     anchors(name, thread, idx, seq, time, what)
 * beside what the hashes cover. A place is an event (thread, index, seq), or a time alone (these are NULL). */
#ifndef DIFF_ANCHOR_H
#define DIFF_ANCHOR_H

#include "replay/journal.h"

enum { ANCHOR_NAME_SIZE = 64, ANCHOR_WHAT_SIZE = 256 };

struct anchor {
    char name[ANCHOR_NAME_SIZE];
    bool is_event; /* thread and index are known */
    u32 thread, index;
    u64 seq; /* UINT64_MAX: a time alone */
    u64 time;
    char what[ANCHOR_WHAT_SIZE]; /* as the user asked for it */
};

bool anchor_find(struct journal_reader *journal, const char *name, struct anchor *anchor);
/* In order of time; *anchors is the caller's to free. */
u32 anchor_all(struct journal_reader *journal, struct anchor **anchors);
/* Replaces one of that name. */
bool anchor_store(const char *path, const struct anchor *anchor, struct err *err);
/* *removed: there was one. */
bool anchor_remove(const char *path, const char *name, bool *removed, struct err *err);

#endif
