/* SPDX-License-Identifier: BSD-3-Clause
 * The store's insides, shared by journal_store.c (rows into SQLite) and journal_streams.c (events into blocks) alone.
 */
#ifndef REPLAY_JOURNAL_ROWS_H
#define REPLAY_JOURNAL_ROWS_H

#include "replay/journal_store.h"
#include "replay/key_chain.h"

#include <sqlite3.h>

enum store_statement {
    INSERT_META,
    DELETE_METAS,
    INSERT_STRING,
    INSERT_INPUT,
    INSERT_OP,
    INSERT_TEMPLATE,
    INSERT_SITE,
    INSERT_BLOCK,
    INSERT_HEAD,
    INSERT_DATA,
    STATEMENTS
};

enum { CHAIN_ALL, CHAIN_QUIET, CHAINS };

/* One thread's stream: where it stands, and its part of the cut at hand. */
struct stream {
    u32 thread;
    u64 position; /* events in blocks */
    struct block_encoder *encoder;
    struct key_chain chains[CHAINS];
    struct journal_block block; /* the row at hand */
    u32 first, last;            /* of a recording's cut; first UINT32_MAX: none */
};

struct store_site_row {
    struct journal_site site;
    bool is_key, is_quiet;
};

struct journal_store {
    char *path;
    int lock; /* journal_lock's; negative: none */
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    bool unsynced; /* its tables are not on the disk for certain */
    bool in_transaction;
    bool failed;
    struct err err;
    u64 quantum;
    struct store_site_row *sites;
    u32 site_count, site_capacity;
    u32 *site_slots; /* of sites without a template: open addressing, id + 1 */
    u32 site_slot_count, site_slots_used;
    u32 templates;
    struct stream *streams; /* in order of first event */
    u32 stream_count;
    u32 last_stream;
    struct cut_events *cut; /* room for store_events */
    u32 *slots;             /* open addressing by thread: place + 1 */
    u32 slot_count;
    bool full;
    size_t text_size; /* of texts since the last cut */
    u64 blocks, events, inputs, strings;
};

/* Without a database; store_open_rows makes it ready for rows once there is one. */
struct journal_store *store_new(const char *path);
bool store_open_rows(struct journal_store *s, int flags);
void store_fail(struct journal_store *s, const char *what);
/* Keeps a site without a row; returns its id. */
u32 store_site_keep(struct journal_store *s, const struct journal_site *site);
struct stream *store_stream_of(struct journal_store *s, u32 thread); /* valid until a new thread comes */
/* A statement ready for its values; NULL once writing has failed. */
sqlite3_stmt *store_row_begin(struct journal_store *s, enum store_statement statement);
void store_row_end(struct journal_store *s, sqlite3_stmt *row);
void store_bind_numbers(sqlite3_stmt *row, const u64 *values, u32 count); /* at places 1 ... */
/* The block's row, head and data; sets its id and hashes. */
void store_block(struct journal_store *s, struct journal_block *block, const struct buffer *marks,
                 const struct buffer *head, const struct buffer *data);
void store_streams_free(struct journal_store *s);

#endif
