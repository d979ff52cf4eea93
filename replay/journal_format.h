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
    "CREATE TABLE ops(op INTEGER PRIMARY KEY, name TEXT NOT NULL, hash INTEGER NOT NULL);"                             \
    "CREATE TABLE templates(id INTEGER PRIMARY KEY, body BLOB NOT NULL, hash INTEGER NOT NULL);"                       \
    "CREATE TABLE sites(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, op INTEGER NOT NULL, lr INTEGER NOT NULL,"      \
    " count INTEGER NOT NULL, missing INTEGER NOT NULL, declared INTEGER NOT NULL, template INTEGER NOT NULL,"         \
    " hash INTEGER NOT NULL);"                                                                                         \
    "CREATE TABLE blocks(id INTEGER PRIMARY KEY, thread INTEGER NOT NULL, position INTEGER NOT NULL,"                  \
    " first_index INTEGER NOT NULL, last_index INTEGER NOT NULL, first_seq INTEGER NOT NULL,"                          \
    " last_seq INTEGER NOT NULL, first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, count INTEGER NOT NULL,"     \
    " keys INTEGER NOT NULL, quiet_keys INTEGER NOT NULL, key_hash INTEGER NOT NULL, head_hash INTEGER NOT NULL,"      \
    " data_hash INTEGER NOT NULL, marks BLOB NOT NULL, hash INTEGER NOT NULL);"                                        \
    "CREATE TABLE block_heads(id INTEGER PRIMARY KEY, head BLOB NOT NULL);"                                            \
    "CREATE TABLE block_data(id INTEGER PRIMARY KEY, data BLOB NOT NULL);"

/* The numbers of a block's row, in order of its columns from id to data_hash. */
enum { BLOCK_NUMBERS = 15 };
static inline void block_row_numbers(const struct journal_block *b, u64 words[BLOCK_NUMBERS])
{
    const u64 numbers[BLOCK_NUMBERS] = {b->id,        b->thread,     b->position,   b->first_index, b->last_index,
                                        b->first_seq, b->last_seq,   b->first_time, b->last_time,   b->count,
                                        b->keys,      b->quiet_keys, b->key_hash,   b->head_hash,   b->data_hash};
    memcpy(words, numbers, sizeof numbers);
}

static inline u64 block_row_hash(const struct journal_block *b, const void *marks, size_t size)
{
    u64 words[BLOCK_NUMBERS];
    block_row_numbers(b, words);
    return hash_bytes_seeded(marks, size, hash_words(words, BLOCK_NUMBERS));
}

static inline u64 site_row_hash(u32 id, const struct journal_site *s)
{
    u64 words[] = {id, s->kind, s->op, s->lr, s->count, s->missing, s->declared, s->template};
    return hash_words(words, countof(words));
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

/* Of strings by id, of foreign ops' names by op, of templates by id. */
static inline u64 string_row_hash(u32 id, const void *text, size_t size)
{
    return hash_bytes_seeded(text, size, id);
}

#endif
