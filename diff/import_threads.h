/* SPDX-License-Identifier: BSD-3-Clause
 * Ids of threads that a journal has no room for: beyond 32 bits, or negative, as logs have them that call a thread by
 * the address of its host's structure. Each gets a number of the import's own, and the journal's meta tells which is
 * whose: thread.2000000000 = 140737353996096. An id of the log that lies among these numbers gets one too. */
#ifndef DIFF_IMPORT_THREADS_H
#define DIFF_IMPORT_THREADS_H

#include "diff/import_table.h"

struct journal_reader;
struct journal_store;

enum { IMPORT_THREADS_FIRST = 2000000000, IMPORT_THREADS_MAX = 1 << 16 };

struct import_threads {
    struct import_table numbers; /* by id, from 0 */
};

static inline bool import_thread_fits(u64 id)
{
    return id <= UINT32_MAX && id - IMPORT_THREADS_FIRST >= IMPORT_THREADS_MAX;
}

/* The number of an id that does not fit. UINT64_MAX: there are too many of them. */
u64 import_threads_number(struct import_threads *threads, u64 id, struct journal_store *store);
/* Those that the journal tells. */
void import_threads_restore(struct import_threads *threads, struct journal_reader *journal);
void import_threads_free(struct import_threads *threads);

#endif
