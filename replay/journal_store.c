/* SPDX-License-Identifier: BSD-3-Clause
 * Rows into SQLite (replay/journal_store.h). */
#include "replay/journal_format.h"
#include "replay/journal_lock.h"
#include "replay/journal_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const statement_sql[STATEMENTS] = {
    [INSERT_META] = "INSERT OR REPLACE INTO meta VALUES(?,?,?)",
    [DELETE_METAS] = "DELETE FROM meta WHERE substr(key, 1, length(?1)) = ?1",
    [INSERT_STRING] = "INSERT INTO strings VALUES(?,?,?)",
    [INSERT_INPUT] = "INSERT INTO inputs VALUES(?,?,?,?,?,?,?,?)",
    [INSERT_OP] = "INSERT OR IGNORE INTO ops VALUES(?,?,?)",
    [INSERT_TEMPLATE] = "INSERT INTO templates VALUES(?,?,?)",
    [INSERT_SITE] = "INSERT INTO sites VALUES(?,?,?,?,?,?,?,?,?)",
    [INSERT_BLOCK] = "INSERT INTO blocks VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [INSERT_HEAD] = "INSERT INTO block_heads VALUES(?,?)",
    [INSERT_DATA] = "INSERT INTO block_data VALUES(?,?)",
};

static void fail_with(struct journal_store *s, const char *what, int reason, const char *text)
{
    if (s->failed)
        return;
    if (reason)
        err_set(&s->err, "journal %s: cannot %s: %s (%s)", s->path, what, strerror(reason), text);
    else
        err_set(&s->err, "journal %s: cannot %s: %s", s->path, what, text);
    s->failed = true;
}

void store_fail(struct journal_store *s, const char *what)
{
    fail_with(s, what, s->db ? sqlite3_system_errno(s->db) : errno, s->db ? sqlite3_errmsg(s->db) : "");
}

static bool execute(struct journal_store *s, const char *sql, const char *what)
{
    if (!s->failed && sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        store_fail(s, what);
    return !s->failed;
}

/* Whether its first bytes are those of a journal of any format; an empty file may become one. */
static bool is_journal(const char *path, u64 size)
{
    enum { HEADER = 100, APPLICATION = 68 };
    u8 header[HEADER];
    FILE *file = size ? fopen(path, "rb") : NULL;
    bool is = !size || (file && fread(header, 1, HEADER, file) == HEADER && !memcmp(header, "SQLite format 3", 16) &&
                        load_be32(header + APPLICATION) == JOURNAL_APPLICATION_ID);
    if (file)
        fclose(file);
    return is;
}

/* What is in the file's place and is no journal (a device, a folder, somebody's log) must not be taken away. */
static bool may_replace(const char *path, struct err *err)
{
    struct stat status;
    if (stat(path, &status))
        return true;
    if (!S_ISREG(status.st_mode))
        return err_set(err, "journal %s: cannot create it: there is something that is not a file", path);
    return is_journal(path, (u64)status.st_size) ||
           err_set(err, "journal %s: cannot create it: there is a file that is no journal", path);
}

static bool remove_old(const char *path)
{
    static const char *const tails[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < countof(tails); i++) {
        char name[4096];
        int n = snprintf(name, sizeof name, "%s%s", path, tails[i]);
        if (n > 0 && (size_t)n < sizeof name)
            unlink(name);
    }
    return !unlink(path) || errno == ENOENT;
}

static bool prepare_rows(struct journal_store *s)
{
    for (u32 i = 0; i < STATEMENTS && !s->failed; i++)
        if (sqlite3_prepare_v3(s->db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[i], NULL))
            store_fail(s, "prepare it");
    return !s->failed;
}

/* The tables are committed before the write-ahead log is switched on, so that the file is a journal from the first
 * moment. */
static bool make_tables(struct journal_store *s)
{
    char sql[256];
    snprintf(sql, sizeof sql, "PRAGMA page_size=8192; PRAGMA application_id=%d; PRAGMA user_version=%d;",
             JOURNAL_APPLICATION_ID, JOURNAL_FORMAT);
    return execute(s, "PRAGMA synchronous=OFF;", "create it") && execute(s, sql, "create it") &&
           execute(s, "BEGIN;" JOURNAL_TABLES "COMMIT;", "create its tables");
}

/* The folder knows the file; not all file systems can tell. */
static void sync_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int size = slash ? (int)(slash - path) + 1 : 1;
    snprintf(folder, sizeof folder, "%.*s", size, slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* What was written without syncs must be on the disk before the first commit may be; nobody waits for it before. */
static void sync_tables(struct journal_store *s)
{
    sqlite3_file *file = NULL;
    sqlite3_file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    int code = file && file->pMethods ? file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) : SQLITE_OK;
    if (code != SQLITE_OK) /* which the database knows nothing of */
        fail_with(s, "write its tables to the disk", 0, sqlite3_errstr(code));
    sync_folder(s->path);
    s->unsynced = false;
}

/* Milliseconds for which somebody who adds something beside a journal that is being written may hold it: a run must not
 * be lost for that. */
enum { PATIENCE = 30000 };

static bool open_database(struct journal_store *s, int flags)
{
    if (sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
        store_fail(s, flags ? "create it" : "open it");
    sqlite3_busy_timeout(s->db, PATIENCE);
    return !s->failed;
}

bool store_open_rows(struct journal_store *s, int flags)
{
    s->unsynced = flags != 0;
    return open_database(s, flags) && (!flags || make_tables(s)) &&
           execute(s, "PRAGMA journal_mode=WAL;", "start its write-ahead log") &&
           execute(s, "PRAGMA synchronous=NORMAL;", "start its write-ahead log") && prepare_rows(s);
}

static void describe(struct journal_store *s)
{
    char schema[32768];
    event_describe_all(schema, sizeof schema);
    store_meta(s, "schema", schema);
}

struct journal_store *store_new(const char *path)
{
    struct journal_store *s = calloc(1, sizeof *s);
    CHECK(s, "out of memory");
    s->path = strdup(path);
    CHECK(s->path, "out of memory");
    s->lock = -1;
    return s;
}

/* Takes away what was there and puts an empty file in its place, which no other writer takes. */
static bool begin_anew(struct journal_store *s)
{
    int old = journal_lock(s->path, &s->err);
    s->failed = old == -1;
    if (s->failed)
        return false;
    if (remove_old(s->path)) {
        s->lock = journal_lock_new(s->path, &s->err);
        s->failed = s->lock == -1;
    } else {
        store_fail(s, "take away what is there");
    }
    if (old >= 0)
        close(old);
    return !s->failed;
}

struct journal_store *store_create(const char *path, struct err *err)
{
    if (!may_replace(path, err))
        return NULL;
    struct journal_store *s = store_new(path);
    if (begin_anew(s) && store_open_rows(s, SQLITE_OPEN_CREATE)) {
        describe(s);
        return s;
    }
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
    if (s->lock >= 0)
        close(s->lock);
    store_streams_free(s);
    free(s->path);
    free(s);
}

bool store_failed(const struct journal_store *s, struct err *err)
{
    if (s->failed && err)
        *err = s->err;
    return s->failed;
}

void store_quantum(struct journal_store *s, u64 quantum)
{
    s->quantum = quantum;
}

sqlite3_stmt *store_row_begin(struct journal_store *s, enum store_statement statement)
{
    if (!s->in_transaction && execute(s, "BEGIN", "write to it"))
        s->in_transaction = true;
    return s->failed ? NULL : s->statements[statement];
}

void store_row_end(struct journal_store *s, sqlite3_stmt *row)
{
    if (sqlite3_step(row) != SQLITE_DONE)
        store_fail(s, "write to it");
    sqlite3_reset(row);
    sqlite3_clear_bindings(row);
}

static void bind_number(sqlite3_stmt *row, int place, u64 value)
{
    sqlite3_bind_int64(row, place, (sqlite3_int64)value);
}

void store_bind_numbers(sqlite3_stmt *row, const u64 *values, u32 count)
{
    for (u32 i = 0; i < count; i++)
        bind_number(row, (int)i + 1, values[i]);
}

void store_meta(struct journal_store *s, const char *key, const char *value)
{
    sqlite3_stmt *row = store_row_begin(s, INSERT_META);
    if (!row)
        return;
    size_t key_size = strlen(key), size = strlen(value);
    sqlite3_bind_text64(row, 1, key, key_size, SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_text64(row, 2, value, size, SQLITE_STATIC, SQLITE_UTF8);
    bind_number(row, 3, meta_row_hash(key, key_size, value, size));
    store_row_end(s, row);
}

void store_forget_meta(struct journal_store *s, const char *prefix)
{
    sqlite3_stmt *row = store_row_begin(s, DELETE_METAS);
    if (!row)
        return;
    sqlite3_bind_text(row, 1, prefix, -1, SQLITE_STATIC);
    store_row_end(s, row);
}

void store_string(struct journal_store *s, u32 id, const char *text, size_t size)
{
    sqlite3_stmt *row = store_row_begin(s, INSERT_STRING);
    if (!row)
        return;
    bind_number(row, 1, id);
    sqlite3_bind_text64(row, 2, size ? text : "", size, SQLITE_STATIC, SQLITE_UTF8);
    bind_number(row, 3, string_row_hash(id, text, size));
    store_row_end(s, row);
    s->strings++;
}

void store_input(struct journal_store *s, u64 seq, const struct journal_input_record *record)
{
    sqlite3_stmt *row = store_row_begin(s, INSERT_INPUT);
    if (!row)
        return;
    u64 values[] = {
        seq, record->kind, record->key, record->tick, record->size, record->hash, input_row_hash(seq, record)};
    store_bind_numbers(row, values, countof(values));
    if (record->data)
        sqlite3_bind_blob64(row, 8, record->data, record->size, SQLITE_STATIC);
    store_row_end(s, row);
    s->inputs++;
}

void store_op(struct journal_store *s, u32 op, const char *name)
{
    sqlite3_stmt *row = store_row_begin(s, INSERT_OP);
    if (!row)
        return;
    size_t size = strlen(name);
    bind_number(row, 1, op);
    sqlite3_bind_text64(row, 2, name, size, SQLITE_STATIC, SQLITE_UTF8);
    bind_number(row, 3, string_row_hash(op, name, size));
    store_row_end(s, row);
}

/* A row of an id and bytes, and their hash if there is one. */
static void store_bytes(struct journal_store *s, enum store_statement statement, u64 id, const void *bytes, size_t size,
                        const u64 *hash)
{
    sqlite3_stmt *row = store_row_begin(s, statement);
    if (!row)
        return;
    bind_number(row, 1, id);
    sqlite3_bind_blob64(row, 2, size ? bytes : "", size, SQLITE_STATIC);
    if (hash)
        bind_number(row, 3, *hash);
    store_row_end(s, row);
}

u32 store_template(struct journal_store *s, const void *body, size_t size)
{
    u32 id = ++s->templates;
    u64 hash = string_row_hash(id, body, size);
    store_bytes(s, INSERT_TEMPLATE, id, body, size, &hash);
    return id;
}

void store_block(struct journal_store *s, struct journal_block *block, const struct buffer *marks,
                 const struct buffer *head, const struct buffer *data)
{
    u64 numbers[BLOCK_NUMBERS];
    block->id = ++s->blocks;
    block->head_hash = hash_bytes(head->data, head->size);
    block->data_hash = hash_bytes(data->data, data->size);
    block_row_numbers(block, numbers);
    sqlite3_stmt *row = store_row_begin(s, INSERT_BLOCK);
    if (!row)
        return;
    store_bind_numbers(row, numbers, BLOCK_NUMBERS);
    sqlite3_bind_blob64(row, BLOCK_NUMBERS + 1, marks->size ? (const void *)marks->data : "", marks->size,
                        SQLITE_STATIC);
    bind_number(row, BLOCK_NUMBERS + 2, block_row_hash(block, marks->data, marks->size));
    store_row_end(s, row);
    store_bytes(s, INSERT_HEAD, block->id, head->data, head->size, NULL);
    store_bytes(s, INSERT_DATA, block->id, data->data, data->size, NULL);
}

bool store_has_work(const struct journal_store *s)
{
    return s->in_transaction && !s->failed;
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
        store_fail(s, "read it");
    else
        rows = (u64)sqlite3_column_int64(count, 0);
    sqlite3_finalize(count);
    return rows;
}

/* Without these nobody would see that a table's end was lost. */
static void put_totals(struct journal_store *s)
{
    store_meta_u64(s, "journal.events", s->events);
    store_meta_u64(s, "journal.inputs", s->inputs);
    store_meta_u64(s, "journal.strings", s->strings);
    store_meta_u64(s, "journal.blocks", s->blocks);
    store_meta_u64(s, "journal.sites", s->site_count);
    store_meta_u64(s, "journal.templates", s->templates);
    store_meta_u64(s, "journal.metas", 0);
    store_meta_u64(s, "journal.metas", s->failed ? 0 : meta_count(s));
}

void store_commit(struct journal_store *s)
{
    if (!s->in_transaction)
        return;
    put_totals(s);
    if (s->unsynced)
        sync_tables(s);
    execute(s, "COMMIT", "write to it");
    s->in_transaction = false;
}

void store_checkpoint(struct journal_store *s, u32 pages)
{
    sqlite3_wal_autocheckpoint(s->db, (int)pages);
}

void store_finish(struct journal_store *s)
{
    store_cut(s);
    store_meta(s, "journal.whole", "1");
    store_commit(s);
    if (s->failed)
        return;
    /* Somebody may be reading: then the log stays beside the file, and the next reader or nobody takes it in. */
    sqlite3_exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE;", NULL, NULL, NULL);
}
