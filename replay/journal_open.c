/* SPDX-License-Identifier: BSD-3-Clause
 * Opening the file of a journal. A recording may be running, or may have been killed and have left its write-ahead log:
 * both are read in place when SQLite can, and from a private copy when the folder cannot be written. */
#include "replay/journal_format.h"
#include "replay/journal_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    HEADER_SIZE = 100,
    HEADER_WRITE_VERSION = 18,
    HEADER_READ_VERSION = 19,
    HEADER_APPLICATION = 68,
    PATH_SIZE = 4096
};

static bool check_header(const struct journal_reader *r, const u8 *header, size_t size, struct err *err)
{
    if (size < HEADER_SIZE || memcmp(header, "SQLite format 3", 16) ||
        load_be32(header + HEADER_APPLICATION) != JOURNAL_APPLICATION_ID)
        return err_set(err, "%s is not a journal", r->path);
    return true;
}

static bool check_file(const struct journal_reader *r, struct err *err)
{
    u8 header[HEADER_SIZE];
    FILE *file = fopen(r->path, "rb");
    if (!file)
        return err_set(err, "cannot open journal %s: %s", r->path, strerror(errno));
    errno = 0;
    size_t size = fread(header, 1, sizeof header, file);
    int error = errno;
    fclose(file);
    if (error)
        return err_set(err, "cannot read journal %s: %s", r->path, strerror(error));
    return check_header(r, header, size, err);
}

static bool has_tables(const char *path)
{
    sqlite3_stmt *query = NULL;
    sqlite3 *db = NULL;
    /* Writable, since what was not committed must be rolled back. */
    bool has = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) ||
               sqlite3_prepare_v2(db, "SELECT 1 FROM sqlite_schema WHERE name = 'meta'", -1, &query, NULL) ||
               sqlite3_step(query) != SQLITE_DONE;
    sqlite3_finalize(query);
    sqlite3_close(db);
    return has;
}

bool journal_is_unbegun(const char *path)
{
    const struct journal_reader r = {.path = (char *)path};
    struct err err;
    u8 header[HEADER_SIZE];
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(header, 1, sizeof header, file) : sizeof header;
    bool is_ours = file && (!size || check_header(&r, header, size, &err));
    if (file)
        fclose(file);
    return is_ours && (!size || !has_tables(path));
}

static bool query_number(struct journal_reader *r, const char *sql, s64 *value)
{
    sqlite3_stmt *query = NULL;
    bool ok = !sqlite3_prepare_v2(r->db, sql, -1, &query, NULL) && sqlite3_step(query) == SQLITE_ROW;
    if (ok)
        *value = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    return ok;
}

/* From here on one snapshot is read, whatever a running recording adds. */
static bool begin(struct journal_reader *r, struct err *err)
{
    s64 format, others;
    sqlite3_busy_timeout(r->db, 1000);
    sqlite3_exec(r->db, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;", NULL, NULL, NULL);
    if (sqlite3_exec(r->db, "BEGIN", NULL, NULL, NULL) || !query_number(r, "PRAGMA user_version", &format) ||
        !query_number(r, "SELECT count(*) FROM sqlite_schema WHERE type IN ('view','trigger')", &others))
        return err_set(err, "journal %s cannot be read: %s", r->path, sqlite3_errmsg(r->db));
    if (format > JOURNAL_FORMAT)
        return err_set(err, "journal %s has format %lld; this program knows formats up to %d: use a newer one", r->path,
                       (long long)format, JOURNAL_FORMAT);
    if (format < JOURNAL_FORMAT)
        return err_set(err,
                       "journal %s has format %lld, from before the first release; this program reads format %d: "
                       "record it again",
                       r->path, (long long)format, JOURNAL_FORMAT);
    if (others)
        return err_set(err, "%s is not a journal: it has views or triggers", r->path);
    return true;
}

bool reader_open_file(struct journal_reader *r, struct err *err)
{
    if (!check_file(r, err))
        return false;
    s64 ignored;
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    if (!sqlite3_open_v2(r->path, &r->db, flags, NULL) &&
        (query_number(r, "PRAGMA schema_version", &ignored) ||
         (sqlite3_errcode(r->db) != SQLITE_CANTOPEN && sqlite3_errcode(r->db) != SQLITE_READONLY)))
        return begin(r, err);
    sqlite3_close(r->db);
    r->db = NULL;
    return reader_open_copy(r, err);
}

static bool copy_to(FILE *from, const char *path)
{
    static const size_t chunk = 1 << 16;
    FILE *to = fopen(path, "wb");
    u8 *bytes = malloc(chunk);
    bool ok = to && bytes;
    for (size_t n; ok && (n = fread(bytes, 1, chunk, from)) > 0;)
        ok = fwrite(bytes, 1, n, to) == n;
    ok = ok && !ferror(from);
    if (to && fclose(to))
        ok = false;
    free(bytes);
    return ok;
}

/* The log may be missing; the journal may not. */
static bool copy_file(const struct journal_reader *r, const char *tail, bool needed, struct err *err)
{
    char source[PATH_SIZE], target[PATH_SIZE];
    snprintf(source, sizeof source, "%s%s", r->path, tail);
    snprintf(target, sizeof target, "%s/journal%s", r->copy, tail);
    FILE *from = fopen(source, "rb");
    if (!from)
        return !needed || err_set(err, "cannot open journal %s: %s", source, strerror(errno));
    bool ok = copy_to(from, target) || err_set(err, "cannot copy %s to %s: %s", source, target, strerror(errno));
    fclose(from);
    return ok;
}

bool reader_open_copy(struct journal_reader *r, struct err *err)
{
    const char *folder = getenv("TMPDIR");
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/lockstep-XXXXXX", folder && folder[0] ? folder : "/tmp");
    if (!mkdtemp(path))
        return err_set(err, "cannot make a folder %s for a copy of journal %s: %s", path, r->path, strerror(errno));
    r->copy = strdup(path);
    CHECK(r->copy, "out of memory");
    if (!copy_file(r, "", true, err) || !copy_file(r, "-wal", false, err))
        return false;
    snprintf(path, sizeof path, "%s/journal", r->copy);
    if (sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
        return err_set(err, "journal %s cannot be opened: %s", r->path, sqlite3_errmsg(r->db));
    return begin(r, err);
}

bool reader_open_bytes(struct journal_reader *r, const void *data, size_t size, struct err *err)
{
    if (!check_header(r, data, size, err))
        return false;
    u8 *bytes = sqlite3_malloc64(size);
    CHECK(bytes, "out of memory");
    memcpy(bytes, data, size);
    /* Memory has no write-ahead log. */
    bytes[HEADER_WRITE_VERSION] = bytes[HEADER_READ_VERSION] = 1;
    unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY;
    if (sqlite3_open_v2(":memory:", &r->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ||
        sqlite3_deserialize(r->db, "main", bytes, (sqlite3_int64)size, (sqlite3_int64)size, flags))
        return err_set(err, "journal %s cannot be opened: %s", r->path, sqlite3_errmsg(r->db));
    return begin(r, err);
}

void reader_close_file(struct journal_reader *r)
{
    static const char *const tails[] = {"", "-wal", "-shm"};
    sqlite3_close(r->db);
    for (size_t i = 0; r->copy && i < countof(tails); i++) {
        char name[PATH_SIZE];
        snprintf(name, sizeof name, "%s/journal%s", r->copy, tails[i]);
        unlink(name);
    }
    if (r->copy)
        rmdir(r->copy);
    free(r->copy);
}
