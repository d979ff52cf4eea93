/* SPDX-License-Identifier: BSD-3-Clause
 * Rows into SQLite (replay/journal_store.h). */
#include "replay/journal_store.h"
#include "replay/block.h"
#include "replay/journal_format.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INSERT_META, INSERT_STRING, INSERT_INPUT, INSERT_BLOCK, INSERT_DATA, STATEMENTS };

static const char *const statement_sql[STATEMENTS] = {
    [INSERT_META] = "INSERT OR REPLACE INTO meta VALUES(?,?,?)",
    [INSERT_STRING] = "INSERT INTO strings VALUES(?,?,?)",
    [INSERT_INPUT] = "INSERT INTO inputs VALUES(?,?,?,?,?,?,?,?)",
    [INSERT_BLOCK] = "INSERT INTO blocks VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
    [INSERT_DATA] = "INSERT INTO block_data VALUES(?,?)",
};

/* One thread's stream: its running key hash, and its part of the cut at hand. */
struct stream {
    u32 thread;
    u32 count;
    u32 start;
    struct key_hash *keys;
};

struct journal_store {
    char *path;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    bool in_transaction;
    bool failed;
    struct err err;
    struct block_encoder *encoder;
    struct stream *streams; /* in order of first event */
    u32 stream_count;
    u32 *slots; /* open addressing by thread: place + 1 */
    u32 slot_count;
    const struct event **sorted; /* BLOCK_EVENTS_MAX */
    u64 blocks, events, inputs, strings;
};

static void fail(struct journal_store *s, const char *what)
{
    if (s->failed)
        return;
    int reason = s->db ? sqlite3_system_errno(s->db) : errno;
    const char *text = s->db ? sqlite3_errmsg(s->db) : "";
    if (reason)
        err_set(&s->err, "journal %s: cannot %s: %s (%s)", s->path, what, strerror(reason), text);
    else
        err_set(&s->err, "journal %s: cannot %s: %s", s->path, what, text);
    s->failed = true;
}

static bool execute(struct journal_store *s, const char *sql, const char *what)
{
    if (!s->failed && sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail(s, what);
    return !s->failed;
}

/* A device or folder in the file's place must not be taken away. */
static bool may_replace(const char *path, struct err *err)
{
    struct stat status;
    if (!stat(path, &status) && !S_ISREG(status.st_mode))
        return err_set(err, "journal %s: cannot create it: there is something that is not a file", path);
    return true;
}

static void remove_old(const char *path)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < countof(tails); i++) {
        char name[4096];
        int n = snprintf(name, sizeof name, "%s%s", path, tails[i]);
        if (n > 0 && (size_t)n < sizeof name)
            unlink(name);
    }
}

/* The tables are committed before the write-ahead log is switched on, so that the file is a journal from the first
 * moment. */
static bool prepare(struct journal_store *s)
{
    char sql[256];
    snprintf(sql, sizeof sql, "PRAGMA page_size=65536; PRAGMA application_id=%d; PRAGMA user_version=%d;",
             JOURNAL_APPLICATION_ID, JOURNAL_FORMAT);
    if (!execute(s, "PRAGMA synchronous=OFF;", "create it") || !execute(s, sql, "create it") ||
        !execute(s, "BEGIN;" JOURNAL_TABLES "COMMIT;", "create its tables") ||
        !execute(s, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;", "start its write-ahead log"))
        return false;
    for (u32 i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v3(s->db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[i], NULL))
            fail(s, "prepare it");
    return !s->failed;
}

struct journal_store *store_create(const char *path, struct err *err)
{
    if (!may_replace(path, err))
        return NULL;
    struct journal_store *s = calloc(1, sizeof *s);
    CHECK(s, "out of memory");
    s->path = strdup(path);
    s->encoder = block_encoder_create();
    s->sorted = malloc(BLOCK_EVENTS_MAX * sizeof *s->sorted);
    s->slot_count = 64;
    s->slots = calloc(s->slot_count, sizeof *s->slots);
    CHECK(s->path && s->sorted && s->slots, "out of memory");
    remove_old(path);
    if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL))
        fail(s, "create it");
    sqlite3_busy_timeout(s->db, 1000);
    if (prepare(s))
        return s;
    if (err)
        *err = s->err;
    store_destroy(s);
    return NULL;
}

void store_destroy(struct journal_store *s)
{
    if (!s)
        return;
    for (u32 i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(s->statements[i]);
    sqlite3_close(s->db);
    for (u32 i = 0; i < s->stream_count; i++)
        key_hash_destroy(s->streams[i].keys);
    block_encoder_destroy(s->encoder);
    free(s->streams);
    free(s->slots);
    free(s->sorted);
    free(s->path);
    free(s);
}

bool store_failed(const struct journal_store *s, struct err *err)
{
    if (s->failed && err)
        *err = s->err;
    return s->failed;
}

/* A statement ready for its values; NULL once writing has failed. */
static sqlite3_stmt *row_begin(struct journal_store *s, u32 statement)
{
    if (!s->in_transaction && execute(s, "BEGIN", "write to it"))
        s->in_transaction = true;
    return s->failed ? NULL : s->statements[statement];
}

static void row_end(struct journal_store *s, sqlite3_stmt *row)
{
    if (sqlite3_step(row) != SQLITE_DONE)
        fail(s, "write to it");
    sqlite3_reset(row);
    sqlite3_clear_bindings(row);
}

static void bind_number(sqlite3_stmt *row, int place, u64 value)
{
    sqlite3_bind_int64(row, place, (sqlite3_int64)value);
}

void store_meta(struct journal_store *s, const char *key, const char *value)
{
    sqlite3_stmt *row = row_begin(s, INSERT_META);
    if (!row)
        return;
    size_t key_size = strlen(key), size = strlen(value);
    sqlite3_bind_text64(row, 1, key, key_size, SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_text64(row, 2, value, size, SQLITE_STATIC, SQLITE_UTF8);
    bind_number(row, 3, meta_row_hash(key, key_size, value, size));
    row_end(s, row);
}

void store_string(struct journal_store *s, u32 id, const char *text, size_t size)
{
    sqlite3_stmt *row = row_begin(s, INSERT_STRING);
    if (!row)
        return;
    bind_number(row, 1, id);
    sqlite3_bind_text64(row, 2, size ? text : "", size, SQLITE_STATIC, SQLITE_UTF8);
    bind_number(row, 3, string_row_hash(id, text, size));
    row_end(s, row);
    s->strings++;
}

void store_input(struct journal_store *s, u64 seq, const struct journal_input_record *record)
{
    sqlite3_stmt *row = row_begin(s, INSERT_INPUT);
    if (!row)
        return;
    u64 values[] = {
        seq, record->kind, record->key, record->tick, record->size, record->hash, input_row_hash(seq, record)};
    for (u32 i = 0; i < countof(values); i++)
        bind_number(row, (int)i + 1, values[i]);
    if (record->data)
        sqlite3_bind_blob64(row, 8, record->data, record->size, SQLITE_STATIC);
    row_end(s, row);
    s->inputs++;
}

static void store_block(struct journal_store *s, const struct journal_block *block, const struct buffer *packed)
{
    sqlite3_stmt *row = row_begin(s, INSERT_BLOCK);
    if (!row)
        return;
    u64 values[] = {block->id,         block->thread,    block->first_index,
                    block->last_index, block->first_seq, block->last_seq,
                    block->first_time, block->last_time, block->count,
                    block->raw_size,   block->key_hash,  block_row_hash(block, packed->data, packed->size)};
    for (u32 i = 0; i < countof(values); i++)
        bind_number(row, (int)i + 1, values[i]);
    row_end(s, row);
    row = row_begin(s, INSERT_DATA);
    if (!row)
        return;
    bind_number(row, 1, block->id);
    sqlite3_bind_blob64(row, 2, packed->data, packed->size, SQLITE_STATIC);
    row_end(s, row);
}

static void store_stream(struct journal_store *s, struct stream *stream, const struct event *const *events)
{
    const struct event *first = events[0], *last = events[stream->count - 1];
    struct journal_block block = {
        .id = ++s->blocks,
        .thread = stream->thread,
        .first_index = first->index,
        .last_index = last->index,
        .first_seq = first->seq,
        .last_seq = last->seq,
        .first_time = first->time,
        .last_time = first->time,
        .count = stream->count,
    };
    for (u32 i = 0; i < stream->count; i++) {
        key_hash_add(stream->keys, events[i]);
        block.first_time = events[i]->time < block.first_time ? events[i]->time : block.first_time;
        block.last_time = events[i]->time > block.last_time ? events[i]->time : block.last_time;
    }
    const struct buffer *packed;
    block.raw_size = block_encode(s->encoder, events, stream->count, &packed);
    block.key_hash = key_hash_value(stream->keys);
    store_block(s, &block, packed);
    s->events += stream->count;
}

static u32 slot_of(const struct journal_store *s, u32 thread)
{
    u32 slot = thread * 0x9E3779B1u & (s->slot_count - 1);
    while (s->slots[slot] && s->streams[s->slots[slot] - 1].thread != thread)
        slot = (slot + 1) & (s->slot_count - 1);
    return slot;
}

static void streams_grow(struct journal_store *s)
{
    s->slot_count *= 2;
    free(s->slots);
    s->slots = calloc(s->slot_count, sizeof *s->slots);
    CHECK(s->slots, "out of memory");
    for (u32 i = 0; i < s->stream_count; i++)
        s->slots[slot_of(s, s->streams[i].thread)] = i + 1;
}

/* Valid until a new thread comes. */
static struct stream *stream_of(struct journal_store *s, u32 thread)
{
    u32 slot = slot_of(s, thread);
    if (s->slots[slot])
        return &s->streams[s->slots[slot] - 1];
    if (s->stream_count % 32 == 0) {
        s->streams = realloc(s->streams, (s->stream_count + 32) * sizeof *s->streams);
        CHECK(s->streams, "out of memory");
    }
    s->streams[s->stream_count] = (struct stream){.thread = thread, .keys = key_hash_create()};
    s->slots[slot] = ++s->stream_count;
    if (s->stream_count * 2 > s->slot_count)
        streams_grow(s);
    return &s->streams[s->stream_count - 1];
}

/* Events of one thread come in runs. */
static u32 run_of(const struct event *events, u32 count)
{
    u32 n = 1;
    while (n < count && events[n].thread == events[0].thread)
        n++;
    return n;
}

void store_events(struct journal_store *s, const struct event *events, u32 count)
{
    CHECK(count <= BLOCK_EVENTS_MAX, "a cut of %u events", count);
    if (s->failed)
        return;
    for (u32 i = 0; i < s->stream_count; i++)
        s->streams[i].count = 0;
    for (u32 i = 0, run; i < count; i += run) {
        run = run_of(events + i, count - i);
        stream_of(s, events[i].thread)->count += run;
    }
    u32 start = 0;
    for (u32 i = 0; i < s->stream_count; i++) {
        s->streams[i].start = start;
        start += s->streams[i].count;
        s->streams[i].count = 0;
    }
    for (u32 i = 0, run; i < count; i += run) {
        run = run_of(events + i, count - i);
        struct stream *stream = stream_of(s, events[i].thread);
        for (u32 k = 0; k < run; k++)
            s->sorted[stream->start + stream->count++] = &events[i + k];
    }
    for (u32 i = 0; i < s->stream_count; i++)
        if (s->streams[i].count)
            store_stream(s, &s->streams[i], s->sorted + s->streams[i].start);
}

bool store_has_work(const struct journal_store *s)
{
    return s->in_transaction && !s->failed;
}

void store_commit(struct journal_store *s)
{
    if (!s->in_transaction)
        return;
    execute(s, "COMMIT", "write to it");
    s->in_transaction = false;
}

static void store_meta_u64(struct journal_store *s, const char *key, u64 value)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    store_meta(s, key, text);
}

static u64 meta_count(struct journal_store *s)
{
    sqlite3_stmt *count = NULL;
    u64 rows = 0;
    if (sqlite3_prepare_v2(s->db, "SELECT count(*) FROM meta", -1, &count, NULL) || sqlite3_step(count) != SQLITE_ROW)
        fail(s, "read it");
    else
        rows = (u64)sqlite3_column_int64(count, 0);
    sqlite3_finalize(count);
    return rows;
}

void store_finish(struct journal_store *s)
{
    store_commit(s);
    store_meta_u64(s, "journal.events", s->events);
    store_meta_u64(s, "journal.inputs", s->inputs);
    store_meta_u64(s, "journal.strings", s->strings);
    store_meta_u64(s, "journal.blocks", s->blocks);
    store_meta(s, "journal.whole", "1");
    store_meta_u64(s, "journal.metas", meta_count(s) + 1);
    store_commit(s);
    if (s->failed)
        return;
    /* Somebody may be reading: then the log stays beside the file, and the next reader or nobody takes it in. */
    sqlite3_exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE;", NULL, NULL, NULL);
}
