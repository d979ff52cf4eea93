/* SPDX-License-Identifier: BSD-3-Clause
 * What writer and reader share of the journal's format: the SQL, the hashes over rows. replay/journal.h is the manual.
 */
#ifndef REPLAY_JOURNAL_FORMAT_H
#define REPLAY_JOURNAL_FORMAT_H

#include "replay/hash.h"
#include "replay/journal.h"

enum { JOURNAL_APPLICATION_ID = 0x4C534A31 }; /* "LSJ1" in SQLite's header */

#define JOURNAL_TABLES                                                                                                 \
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID;"               \
    "CREATE TABLE strings(id INTEGER PRIMARY KEY, text TEXT NOT NULL, hash INTEGER NOT NULL);"                         \
    "CREATE TABLE inputs(seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, key INTEGER NOT NULL, tick INTEGER NOT NULL," \
    " size INTEGER NOT NULL, hash INTEGER NOT NULL, row_hash INTEGER NOT NULL, data BLOB);"                            \
    "CREATE TABLE blocks(id INTEGER PRIMARY KEY, thread INTEGER NOT NULL, first_index INTEGER NOT NULL,"               \
    " last_index INTEGER NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,"                             \
    " first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, count INTEGER NOT NULL, raw_size INTEGER NOT NULL,"     \
    " key_hash INTEGER NOT NULL, hash INTEGER NOT NULL);"                                                              \
    "CREATE TABLE block_data(id INTEGER PRIMARY KEY, data BLOB NOT NULL);"

static inline u64 block_row_hash(const struct journal_block *b, const void *data, size_t size)
{
    u64 words[] = {b->id,         b->thread,    b->first_index, b->last_index, b->first_seq, b->last_seq,
                   b->first_time, b->last_time, b->count,       b->raw_size,   b->key_hash};
    return hash_bytes_seeded(data, size, hash_words(words, countof(words)));
}

static inline u64 input_row_hash(u64 seq, const struct journal_input_record *r)
{
    u64 words[] = {seq, r->kind, r->key, r->tick, r->size, r->hash};
    return hash_words(words, countof(words));
}

static inline u64 meta_row_hash(const char *key, size_t key_size, const char *value, size_t value_size)
{
    return hash_bytes_seeded(value, value_size, hash_bytes(key, key_size));
}

static inline u64 string_row_hash(u32 id, const char *text, size_t size)
{
    return hash_bytes_seeded(text, size, id);
}

#endif
