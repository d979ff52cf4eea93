/* SPDX-License-Identifier: BSD-3-Clause
 * The journal: what a run was, on disk. This is the manual of its format, number 2.
 *
 * One SQLite file (application_id "LSJ1", user_version = the format's number, pages of 8 KiB), so that any SQLite tool
 * opens it. All hashes are XXH3-64, stored as SQLite's signed integers; "over words" means over the numbers as 64-bit
 * little-endian words; "seeded" that the first hash is the seed of the second.
 *
 *   meta(key, value, hash)        what made the run: engine, build, title, configuration; "schema", the kinds of
 *                                 event in words; "wedge", the wedge report (replay/wedge.h). With each commit:
 *                                 journal.events, .inputs, .strings, .blocks, .metas ... (counts); at the end:
 *                                 journal.whole, without which the journal was cut short. resume.* (what
 *                                 import --resume needs) is there only until then.
 *                                 hash: over value, seeded by that of key.
 *   strings(id, text, hash)       what events point to; ids from 1 in order of first use.
 *                                 hash: over text, seeded by id.
 *   ops(op, name, hash)           what a foreign log calls and no export is (OP_FOREIGN).
 *                                 hash: over name, seeded by op.
 *   templates(id, body, hash)     lines of a foreign log without what varies (replay/template.h); ids from 1.
 *                                 hash: over body, seeded by id.
 *   sites(id, kind, op, lr, count, missing, declared, template, hash)
 *                                 every (kind, op, LR ...) that occurs, ids from 0 in order of first use: the
 *                                 alphabet that blocks are written in. hash: over words id ... template.
 *   inputs(seq, kind, key, tick, size, hash, row_hash, data)
 *                                 the gate's answers, seq from 0. hash: over the answer; data: the answer, NULL for
 *                                 a kind that is HASHED (schema/inputs.def); row_hash: over words seq ... hash.
 *   blocks(id, thread, position, first_index, last_index, first_seq, last_seq, first_time, last_time, count, keys,
 *          quiet_keys, key_hash, head_hash, data_hash, marks, hash)
 *                                 the index: ids from 1 in order of writing. position: the thread's events before
 *                                 it. keys: its events of class KEY; quiet_keys: those that are no noise
 *                                 (schema/noise.def) and not declared. key_hash: the running hash over the thread's
 *                                 keys up to the block's end. marks: the running hashes at every 4096th key that lies
 *                                 in this block, and then those at every 4096th quiet key, 64-bit little-endian.
 *                                 hash: over marks, seeded by that over words id ... data_hash.
 *   block_heads(id, head)         the block's head (replay/block.h), head_hash over it.
 *   block_data(id, data)          the block's columns, data_hash over them.
 *
 * A key is LR << 32 | op. The running hash over a thread's keys is 0 before the first; over each 4096 of them (as
 * 64-bit little-endian words) it becomes their hash seeded by what it was; a block's key_hash does the same with those
 * that are left over. So two journals compare by marks wherever their blocks were cut, without unpacking.
 *
 * A block holds events of one thread. All threads' pending events are cut at the same place of the run: when 65,536 are
 * pending, when 100 ms of virtual time have passed since the last cut, or when 8 MiB of answers are pending (an import
 * cuts less often). These depend on the run alone, so equal runs make equal blocks.
 *
 * Cuts are committed whole, in order, with the inputs and strings that came before them: what is there after kill -9
 * or a full disk is a prefix of the run. At most 0.1 s of host time passes between a cut and its commit,
 * unless the disk is slower than the run. After a power cut it is a prefix too, but the last commits may be missing; a
 * journal that was finished is on the disk. While a recording runs, and after it was killed, a write-ahead log
 * (RUN.lsj-wal) belongs to the file; a whole journal is one file. Readers see what was committed when they opened it,
 * and change nothing.
 *
 * Damage is found by the hashes, named, and read around. */
#ifndef REPLAY_JOURNAL_H
#define REPLAY_JOURNAL_H

#include "schema/base.h"
#include "schema/event.h"
#include "schema/input.h"

enum { JOURNAL_FORMAT = 2 };

/* ---- Writing. All calls from one thread; encoding, compression and SQLite work on the writer's thread. ---- */

struct journal_writer;

/* Creates the file (replaces a journal that is there; what is none stays, and NULL). */
struct journal_writer *journal_create(const char *path, struct err *err);
/* Meta: any time before journal_finish; a second value for a key replaces the first. Committed with the next cut. */
void journal_meta(struct journal_writer *w, const char *key, const char *value);
void journal_meta_u64(struct journal_writer *w, const char *key, u64 value);
/* Takes a copy. Waits when the queue is full; never drops. After a disk error it goes on without writing: see
 * journal_failed. */
void journal_append(struct journal_writer *w, const struct event *event);
/* Same text, same id; ids count from 1 in order of first use. */
u32 journal_intern(struct journal_writer *w, const char *text, size_t size);
void journal_input(struct journal_writer *w, enum input_kind kind, u64 key, u64 tick, const void *data, size_t size);
/* Cuts and commits what was appended so far, and waits for it. Where a cut falls is part of the file, so call it at
 * places that depend on the run alone. */
void journal_flush(struct journal_writer *w);
/* True once writing has failed (full disk ...); err says why, naming the file. */
bool journal_failed(struct journal_writer *w, struct err *err);
/* Writes what is left, marks the journal as whole, closes and frees. False: what was committed is there, and cut short.
 */
bool journal_finish(struct journal_writer *w, struct err *err);
/* Closes and frees without marking it whole. */
void journal_abandon(struct journal_writer *w);

/* ---- Reading. ---- */

struct journal_reader;

struct journal_reader *journal_open(const char *path, struct err *err);
/* Whether the file is what a writer leaves that is killed before its first commit: empty, or without a journal's
 * tables. It may be created anew. */
bool journal_is_unbegun(const char *path);
/* The same from a file's bytes (a write-ahead log has no place in them); they are copied. */
struct journal_reader *journal_open_bytes(const void *data, size_t size, struct err *err);
void journal_close(struct journal_reader *r);

/* NULL if there is no such key. Owned by the reader. */
const char *journal_get(const struct journal_reader *r, const char *key);
bool journal_get_u64(const struct journal_reader *r, const char *key, u64 *value);
/* All keys, in order. */
size_t journal_meta_count(const struct journal_reader *r);
void journal_meta_at(const struct journal_reader *r, size_t i, const char **key, const char **value);
/* False: cut short; what is there is what was committed. */
bool journal_is_whole(const struct journal_reader *r);

u64 journal_event_count(const struct journal_reader *r);
u64 journal_input_count(const struct journal_reader *r);
const char *journal_string(struct journal_reader *r, u32 id, size_t *size); /* "" for 0 or unknown */

u32 journal_string_count(struct journal_reader *r);
/* An op's name: the export's, or what a foreign log called it. buffer is for names that are made up. */
const char *journal_op_name(struct journal_reader *r, u32 op, char *buffer, size_t capacity);
/* The text of a value that means TEXT; valid until the event's cursor moves on. */
const char *journal_event_text(struct journal_reader *r, const struct event *event, u32 field, size_t *size);
/* For tables that tools add of their own (symbols, anchors). */
struct sqlite3 *journal_sqlite(struct journal_reader *r);

/* ---- Sites: the alphabet of the run. ---- */

struct template;
struct journal_site {
    u8 kind;
    u8 count;      /* values in v[] */
    u16 missing;   /* which of them the source does not tell */
    bool declared; /* the source says that the event is not deterministic */
    u32 op, lr;
    u32 template;                /* id of its line's template; 0: none */
    const struct template *body; /* that template; NULL: none */
    u32 fields;                  /* numbers kept for each event: count, or what the template says */
};
u32 journal_site_count(const struct journal_reader *r);
const struct journal_site *journal_site(const struct journal_reader *r, u32 id);
/* LR << 32 | op: equal in two journals for the same place of the same title. */
u64 journal_site_key(const struct journal_site *site);
/* Takes part in alignment; quiet: and is neither noise nor declared. */
bool journal_site_is_key(const struct journal_site *site, bool quiet);

/* ---- Blocks. ---- */

enum { JOURNAL_MARK = 4096 }; /* keys between two marks */

/* A row of the block index. Times are the least and the greatest in the block. */
struct journal_block {
    u64 id; /* from 1, in order of writing */
    u32 thread;
    u32 count;
    u64 position; /* of its first event in the thread's stream */
    u32 first_index, last_index;
    u64 first_seq, last_seq;
    u64 first_time, last_time;
    u32 keys, quiet_keys;
    u64 key_hash; /* running hash over the thread's keys, up to this block's end */
    u64 head_hash, data_hash;
    u64 hash;
    u64 keys_before, quiet_before; /* of the thread, before this block (not in the row) */
    const u64 *marks;              /* those at keys, then those at quiet keys */
    u32 mark_count;
};
size_t journal_block_count(const struct journal_reader *r);
const struct journal_block *journal_block_at(const struct journal_reader *r, size_t i);

/* One block's events in columns, without the values. */
enum journal_column { COLUMN_SITE = 1, COLUMN_TIME = 2, COLUMN_SEQ = 4, COLUMN_INDEX = 8, COLUMNS_ALL = 15 };
struct journal_columns { /* starts as zeros; columns not asked for keep what they had, or are NULL */
    u32 count, capacity;
    u32 *site, *index;
    u64 *time, *seq;
};
/* Those wanted (enum journal_column), for so many events. */
void journal_columns_room(struct journal_columns *columns, u32 wanted, u32 count);
void journal_columns_free(struct journal_columns *columns);
bool journal_block_columns(struct journal_reader *r, size_t i, u32 wanted, struct journal_columns *columns,
                           struct err *err);
/* Adds how often each site occurs in the block to counts[] (journal_site_count of them); reads its head alone. */
bool journal_block_sites(struct journal_reader *r, size_t i, u64 *counts, struct err *err);
/* All events of a block (room for block->count). */
bool journal_block_events(struct journal_reader *r, size_t i, struct event *events, struct err *err);
/* Its events of some kinds alone and their places in the block (offsets: or NULL), which costs what stands before them
 * in the block too. Room for as many as there are: journal_block_kinds tells. */
struct journal_choice {
    u64 kinds;    /* a bit for each enum event_kind */
    u32 from, to; /* places in the block; to 0: as far as it goes */
};
bool journal_block_select(struct journal_reader *r, size_t i, struct journal_choice choice, struct event *events,
                          u32 *offsets, u32 *count, struct err *err);
/* Adds the block's events to the counts; false: damage, err names the block. */
bool journal_block_kinds(struct journal_reader *r, size_t i, u64 kinds[EVENT_KINDS], struct err *err);
/* Bytes of heads and data read so far: what a question cost. */
u64 journal_bytes_read(const struct journal_reader *r);

/* ---- A block held open, for several questions at the price of one: what views of a whole run are made from. One at a
 * time; opening another closes it, other calls leave it alone. ---- */

struct journal_opened {
    u32 count;      /* of events */
    u32 site_count; /* of the block's own sites: its letters */
    bool is_dense;  /* its events' indexes are first_index and the next ones */
    u32 first_index;
    const u32 *sites;   /* the journal's number of each letter */
    const u16 *letters; /* of each event; there once they were read */
};
/* Reads the head alone. NULL: damage. */
const struct journal_opened *journal_block_open(struct journal_reader *r, size_t i, struct err *err);
/* Reads the letters. */
bool journal_opened_read(struct journal_reader *r, struct err *err);
/* Which of the first `count` events have a letter whose flag is 1, not 0: their places, in order. places: room for one
 * more than that. */
u32 journal_letters_find(const u16 *letters, u32 count, const u8 *flags, u32 *places);

/* Which values of a site's events are wanted. */
enum { JOURNAL_PICKS_MAX = 8, JOURNAL_NO_VALUE = 0xFF };
struct journal_picks {
    u32 width;  /* values of an event, at most JOURNAL_PICKS_MAX */
    u8 *values; /* by site, width each: which of its v[], none that means TEXT; JOURNAL_NO_VALUE: none, and 0 comes out
                 */
};
/* Where they go: room for as many as are asked for. */
struct journal_picked {
    u64 *seqs;
    u64 *times;   /* NULL: not wanted; values that stand for a moment are counted from 0 then */
    u64 *values;  /* width an event */
    u16 *missing; /* a bit for each of them that the source does not tell */
};
/* Some events, by their places in the block, in order; costs no more than the columns that hold what is wanted. */
bool journal_opened_pick(struct journal_reader *r, const struct journal_picks *picks, const u32 *offsets, u32 count,
                         const struct journal_picked *out, struct err *err);

struct journal_input_record {
    enum input_kind kind;
    u64 key;
    u64 tick;
    const u8 *data; /* valid until the next call; NULL for a HASHED kind */
    size_t size;    /* of the answer, kept or not */
    u64 hash;       /* XXH3 of the answer */
};
/* Inputs in order. 1: one was read; 0: no more; -1: err. */
int journal_next_input(struct journal_reader *r, struct journal_input_record *record, struct err *err);

/* Events of the whole run in order of seq, or of one thread in order of index. */
struct journal_cursor;

/* Which events; blocks that hold none of them are not unpacked. Zeros but for the last two (UINT64_MAX) mean all. */
struct journal_filter {
    bool by_thread;
    u32 thread;
    u32 first_index; /* with by_thread */
    u64 first_seq;
    u64 first_time;
    u64 last_time;
    u64 last_seq;
    bool lines; /* journal_cursor_line will be asked */
    /* The user's to look at again: blocks without such events are passed over, others may come all the same. */
    const u8 *sites; /* a flag by site, or NULL; copied */
    bool by_index;   /* from least_index to most_index */
    u32 least_index, most_index;
};
struct journal_cursor *journal_cursor_open(struct journal_reader *r, const struct journal_filter *filter,
                                           struct err *err);
struct journal_cursor *journal_cursor_all(struct journal_reader *r, u64 first_seq, struct err *err);
struct journal_cursor *journal_cursor_thread(struct journal_reader *r, u32 thread, u32 first_index, struct err *err);
/* 1: *event points to one, valid until the next call; 0: no more; -1: damage, err names the block, the next call goes
 * on behind it. */
int journal_cursor_next(struct journal_cursor *c, const struct event **event, struct err *err);
/* The line of a foreign log that the last event was, without its end; valid until the next call. False: none was kept,
 * or the filter did not ask for lines. */
bool journal_cursor_line(struct journal_cursor *c, const char **line, size_t *size);
void journal_cursor_close(struct journal_cursor *c);

/* What a tool keeps with an open journal: empty at first; `release` is called with `data` when the journal closes,
 * while its database is still open. */
struct journal_companion {
    void *data;
    void (*release)(void *data);
};
struct journal_companion *journal_companion(struct journal_reader *r);

/* Checks every hash. Calls report with one sentence for each thing that is wrong; returns how many. */
u64 journal_verify(struct journal_reader *r, void (*report)(void *context, const char *sentence), void *context);

#endif
