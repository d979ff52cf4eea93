/* SPDX-License-Identifier: BSD-3-Clause
 * The reader's insides, shared by replay/journal_*.c alone. */
#ifndef REPLAY_JOURNAL_READ_H
#define REPLAY_JOURNAL_READ_H

#include "replay/block_head.h"
#include "replay/journal.h"

#include <sqlite3.h>

struct journal_text {
    char *text; /* NULL: missing or damaged */
    size_t size;
};

struct journal_pair {
    char *key;
    char *value;
};

struct journal_op {
    u32 op;
    char *name;
};

struct journal_reader {
    char *path;
    char *copy; /* folder of a private copy, or NULL */
    sqlite3 *db;
    struct journal_pair *metas;
    size_t meta_count;
    bool whole;
    bool foreign; /* a log of another engine: its indexes may have holes */
    struct journal_block *blocks;
    size_t block_count;
    u64 events;
    u64 inputs;
    struct journal_text *strings; /* by id - 1 */
    u32 string_count, string_capacity;
    bool strings_loaded;
    struct journal_op *ops; /* in order of op */
    u32 op_count;
    struct template **templates; /* by id - 1; NULL: damaged */
    u32 template_count;
    struct journal_site *sites; /* by id */
    u32 site_count, site_capacity;
    sqlite3_stmt *head, *data; /* a block's by id */
    struct buffer text;        /* of block text_block */
    u64 text_block;
    u64 bytes_read;
    struct block_opened opened;
    const struct journal_block *opened_block;
    struct journal_opened opened_face; /* what its user sees */
    sqlite3_stmt *input;
    u64 next_input;
    char **damages; /* sentences about what opening met */
    size_t damage_count;
    struct journal_companion companion;
};

/* Remembers a sentence for journal_verify. */
void reader_note(struct journal_reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Rows of "SELECT id, ... WHERE id>?1 ORDER BY id", going on behind rows that cannot be read (a note is made). */
void reader_scan(struct journal_reader *r, const char *sql, const char *what, s64 before,
                 void (*row)(struct journal_reader *r, sqlite3_stmt *row));
void reader_load_strings(struct journal_reader *r);

/* The i-th count that meta keeps: its key, and how many are there. False: no more. */
bool reader_total(struct journal_reader *r, size_t i, const char **key, u64 *found);

/* Opens the database of a journal, read-only; the file is not changed. */
bool reader_open_file(struct journal_reader *r, struct err *err);
bool reader_open_copy(struct journal_reader *r, struct err *err);
bool reader_open_bytes(struct journal_reader *r, const void *data, size_t size, struct err *err);
void reader_close_file(struct journal_reader *r);

/* The block's events (events: room for block->count; fields, text: replay/block.h); false: damage, err names it. */
bool reader_block(struct journal_reader *r, const struct journal_block *block, struct event *events, u64 *fields,
                  struct buffer *text, struct err *err);
/* Those at some sites (a flag by site) alone. */
bool reader_block_sites(struct journal_reader *r, const struct journal_block *block, const u8 *sites,
                        struct event *events, u32 *count, struct err *err);
void reader_load_tables(struct journal_reader *r);
void reader_free_tables(struct journal_reader *r);

#endif
