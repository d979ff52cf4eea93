/* SPDX-License-Identifier: BSD-3-Clause
 * Numbers for the ids of threads (diff/import_threads.h). */
#include "diff/import_threads.h"
#include "diff/import_assign.h"
#include "replay/journal.h"
#include "replay/journal_store.h"

#include <stdio.h>
#include <stdlib.h>

/* Addresses of structures are multiples of their size; each id has one key. */
static u64 key_of(u64 id)
{
    return id ^ id >> 17;
}

u64 import_threads_number(struct import_threads *t, u64 id, struct journal_store *store)
{
    char key[32], value[24];
    const u32 *known = import_table_get(&t->numbers, key_of(id));
    if (known)
        return IMPORT_THREADS_FIRST + *known;
    u32 number = t->numbers.count;
    if (number == IMPORT_THREADS_MAX)
        return UINT64_MAX;
    import_table_set(&t->numbers, key_of(id), number);
    snprintf(key, sizeof key, "thread.%u", IMPORT_THREADS_FIRST + number);
    snprintf(value, sizeof value, (s64)id < 0 ? "%lld" : "%llu", (unsigned long long)id);
    store_meta(store, key, value);
    return IMPORT_THREADS_FIRST + number;
}

void import_threads_restore(struct import_threads *t, struct journal_reader *journal)
{
    for (u32 number = 0; number < IMPORT_THREADS_MAX; number++) {
        char key[32];
        u64 id;
        snprintf(key, sizeof key, "thread.%u", IMPORT_THREADS_FIRST + number);
        const char *value = journal_get(journal, key);
        if (!value || !import_number(value, strlen(value), false, &id))
            return;
        import_table_set(&t->numbers, key_of(id), number);
    }
}

void import_threads_free(struct import_threads *t)
{
    import_table_free(&t->numbers);
}
