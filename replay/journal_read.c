/* SPDX-License-Identifier: BSD-3-Clause
 * Reading a journal: what made it, its strings, its inputs, the index of its blocks. Every row carries a hash; a row
 * whose hash is wrong is not there, and journal_verify says so. */
#include "replay/journal_read.h"
#include "replay/block.h"
#include "replay/journal_format.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void reader_note(struct journal_reader *r, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->damages = realloc(r->damages, (r->damage_count + 1) * sizeof *r->damages);
    CHECK(r->damages, "out of memory");
    r->damages[r->damage_count] = strdup(text);
    CHECK(r->damages[r->damage_count], "out of memory");
    r->damage_count++;
}

void reader_scan(struct journal_reader *r, const char *sql, const char *what, s64 before,
                 void (*row)(struct journal_reader *r, sqlite3_stmt *row))
{
    sqlite3_stmt *scan = NULL;
    if (sqlite3_prepare_v2(r->db, sql, -1, &scan, NULL)) {
        reader_note(r, "table of %s: %s", what, sqlite3_errmsg(r->db));
        return;
    }
    s64 last = before, skip = 1;
    for (int step = SQLITE_OK; step != SQLITE_DONE;) {
        if (step != SQLITE_ROW) {
            sqlite3_reset(scan);
            sqlite3_bind_int64(scan, 1, last);
        }
        step = sqlite3_step(scan);
        s64 id = step == SQLITE_ROW ? sqlite3_column_int64(scan, 0) : last;
        if (step == SQLITE_ROW && id > last) {
            row(r, scan);
            last = id;
            skip = 1;
        } else if (step != SQLITE_DONE) {
            if (skip == 1)
                reader_note(r, "table of %s: rows behind %lld cannot be read: %s", what, (long long)last,
                            step == SQLITE_ROW ? "out of order" : sqlite3_errmsg(r->db));
            step = skip > (s64)1 << 40 ? SQLITE_DONE : SQLITE_ERROR;
            last += skip;
            skip *= 2;
        }
    }
    sqlite3_finalize(scan);
}

static u64 column_number(sqlite3_stmt *row, int place)
{
    return (u64)sqlite3_column_int64(row, place);
}

/* Texts are taken as the bytes that are there: no conversion, NULs kept. A NUL is put behind. */
static char *column_copy(sqlite3_stmt *row, int place, size_t *size)
{
    const void *bytes = sqlite3_column_blob(row, place);
    *size = (size_t)sqlite3_column_bytes(row, place);
    char *copy = malloc(*size + 1);
    CHECK(copy, "out of memory");
    if (*size)
        memcpy(copy, bytes, *size);
    copy[*size] = 0;
    return copy;
}

static void read_meta_row(struct journal_reader *r, sqlite3_stmt *row)
{
    size_t key_size, value_size;
    char *key = column_copy(row, 0, &key_size), *value = column_copy(row, 1, &value_size);
    if (column_number(row, 2) != meta_row_hash(key, key_size, value, value_size)) {
        reader_note(r, "meta row %zu is damaged: its hash is wrong", r->meta_count);
        free(key);
        free(value);
        return;
    }
    r->metas = realloc(r->metas, (r->meta_count + 1) * sizeof *r->metas);
    CHECK(r->metas, "out of memory");
    r->metas[r->meta_count++] = (struct journal_pair){key, value};
}

static bool read_metas(struct journal_reader *r, struct err *err)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(r->db, "SELECT key, value, hash FROM meta ORDER BY key", -1, &row, NULL))
        return err_set(err, "journal %s: its tables cannot be read: %s", r->path, sqlite3_errmsg(r->db));
    int step;
    while ((step = sqlite3_step(row)) == SQLITE_ROW)
        read_meta_row(r, row);
    if (step != SQLITE_DONE)
        reader_note(r, "table of meta rows: %s", sqlite3_errmsg(r->db));
    sqlite3_finalize(row);
    r->whole = journal_get(r, "journal.whole") != NULL;
    r->foreign = journal_get(r, "clock.name") != NULL;
    return true;
}

static void add_marks(struct journal_block *block, const u8 *bytes, size_t size)
{
    if (size < 8)
        return;
    u64 *marks = malloc(size / 8 * sizeof *marks);
    CHECK(marks, "out of memory");
    for (size_t i = 0; i < size / 8; i++)
        marks[i] = load_le64(bytes + 8 * i);
    block->marks = marks;
    block->mark_count = (u32)(size / 8);
}

static void read_block_row(struct journal_reader *r, sqlite3_stmt *row)
{
    struct journal_block block = {
        .id = column_number(row, 0),
        .thread = (u32)column_number(row, 1),
        .position = column_number(row, 2),
        .first_index = (u32)column_number(row, 3),
        .last_index = (u32)column_number(row, 4),
        .first_seq = column_number(row, 5),
        .last_seq = column_number(row, 6),
        .first_time = column_number(row, 7),
        .last_time = column_number(row, 8),
        .count = (u32)column_number(row, 9),
        .keys = (u32)column_number(row, 10),
        .quiet_keys = (u32)column_number(row, 11),
        .key_hash = column_number(row, 12),
        .head_hash = column_number(row, 13),
        .data_hash = column_number(row, 14),
        .hash = column_number(row, 16),
    };
    const u8 *marks = sqlite3_column_blob(row, 15);
    size_t size = (size_t)sqlite3_column_bytes(row, 15);
    if (block.hash != block_row_hash(&block, marks, size)) {
        reader_note(r, "block %llu: its index row is damaged: the hash is wrong", (unsigned long long)block.id);
        return;
    }
    add_marks(&block, marks, size);
    if (r->block_count % 1024 == 0) {
        r->blocks = realloc(r->blocks, (r->block_count + 1024) * sizeof *r->blocks);
        CHECK(r->blocks, "out of memory");
    }
    r->blocks[r->block_count++] = block;
    r->events += block.count <= BLOCK_EVENTS_MAX ? block.count : 0;
}

/* Keys before each block, and the table of the streams they belong to. */
static void sum_keys(struct journal_reader *r)
{
    struct total {
        u32 thread;
        u64 keys, quiet;
    } *totals = NULL;
    size_t count = 0, at = 0;
    for (size_t i = 0; i < r->block_count; i++) {
        struct journal_block *block = &r->blocks[i];
        for (at = 0; at < count && totals[at].thread != block->thread; at++)
            ;
        if (at == count) {
            totals = realloc(totals, ++count * sizeof *totals);
            CHECK(totals, "out of memory");
            totals[at] = (struct total){.thread = block->thread};
        }
        block->keys_before = totals[at].keys;
        block->quiet_before = totals[at].quiet;
        totals[at].keys += block->keys;
        totals[at].quiet += block->quiet_keys;
    }
    free(totals);
}

static bool read_index(struct journal_reader *r, struct err *err)
{
    s64 inputs = 0;
    sqlite3_stmt *count = NULL;
    reader_load_tables(r);
    reader_scan(
        r,
        "SELECT id, thread, position, first_index, last_index, first_seq, last_seq, first_time, last_time, count, keys,"
        " quiet_keys, key_hash, head_hash, data_hash, marks, hash FROM blocks WHERE id>?1 ORDER BY id",
        "blocks", 0, read_block_row);
    sum_keys(r);
    if (sqlite3_prepare_v2(r->db,
                           "SELECT seq, kind, key, tick, size, hash, row_hash, data FROM inputs WHERE seq>=?1"
                           " ORDER BY seq LIMIT 1",
                           -1, &r->input, NULL) ||
        sqlite3_prepare_v2(r->db, "SELECT head FROM block_heads WHERE id=?1", -1, &r->head, NULL) ||
        sqlite3_prepare_v2(r->db, "SELECT data FROM block_data WHERE id=?1", -1, &r->data, NULL) ||
        sqlite3_prepare_v2(r->db, "SELECT max(seq)+1 FROM inputs", -1, &count, NULL))
        return err_set(err, "journal %s: its tables cannot be read: %s", r->path, sqlite3_errmsg(r->db));
    if (sqlite3_step(count) == SQLITE_ROW)
        inputs = sqlite3_column_int64(count, 0);
    else
        reader_note(r, "table of inputs: %s", sqlite3_errmsg(r->db));
    sqlite3_finalize(count);
    r->inputs = inputs > 0 ? (u64)inputs : 0;
    return true;
}

static struct journal_reader *reader_new(const char *path)
{
    struct journal_reader *r = calloc(1, sizeof *r);
    CHECK(r, "out of memory");
    r->path = strdup(path);
    CHECK(r->path, "out of memory");
    return r;
}

static struct journal_reader *reader_start(struct journal_reader *r, bool opened, struct err *err)
{
    if (opened && read_metas(r, err) && read_index(r, err))
        return r;
    journal_close(r);
    return NULL;
}

struct journal_reader *journal_open(const char *path, struct err *err)
{
    struct journal_reader *r = reader_new(path);
    return reader_start(r, reader_open_file(r, err), err);
}

struct journal_reader *journal_open_bytes(const void *data, size_t size, struct err *err)
{
    struct journal_reader *r = reader_new("in memory");
    return reader_start(r, reader_open_bytes(r, data, size, err), err);
}

void journal_close(struct journal_reader *r)
{
    if (!r)
        return;
    if (r->companion.release)
        r->companion.release(r->companion.data);
    sqlite3_finalize(r->head);
    sqlite3_finalize(r->data);
    reader_free_tables(r);
    buffer_free(&r->text);
    block_opened_free(&r->opened);
    for (size_t i = 0; i < r->block_count; i++)
        free((void *)(uintptr_t)r->blocks[i].marks);
    sqlite3_finalize(r->input);
    reader_close_file(r);
    for (size_t i = 0; i < r->meta_count; i++) {
        free(r->metas[i].key);
        free(r->metas[i].value);
    }
    for (u32 i = 0; i < r->string_count; i++)
        free(r->strings[i].text);
    for (size_t i = 0; i < r->damage_count; i++)
        free(r->damages[i]);
    free(r->metas);
    free(r->strings);
    free(r->damages);
    free(r->blocks);
    free(r->path);
    free(r);
}

struct journal_companion *journal_companion(struct journal_reader *r)
{
    return &r->companion;
}

const char *journal_get(const struct journal_reader *r, const char *key)
{
    for (size_t i = 0; i < r->meta_count; i++)
        if (!strcmp(r->metas[i].key, key))
            return r->metas[i].value;
    return NULL;
}

bool journal_get_u64(const struct journal_reader *r, const char *key, u64 *value)
{
    const char *text = journal_get(r, key);
    char *end;
    if (!text || text[0] < '0' || text[0] > '9')
        return false;
    unsigned long long number = strtoull(text, &end, 0);
    if (*end)
        return false;
    *value = number;
    return true;
}

size_t journal_meta_count(const struct journal_reader *r)
{
    return r->meta_count;
}

void journal_meta_at(const struct journal_reader *r, size_t i, const char **key, const char **value)
{
    CHECK(i < r->meta_count, "meta %zu of %zu", i, r->meta_count);
    *key = r->metas[i].key;
    *value = r->metas[i].value;
}

bool journal_is_whole(const struct journal_reader *r)
{
    return r->whole;
}
u64 journal_event_count(const struct journal_reader *r)
{
    return r->events;
}
u64 journal_input_count(const struct journal_reader *r)
{
    return r->inputs;
}
size_t journal_block_count(const struct journal_reader *r)
{
    return r->block_count;
}

const struct journal_block *journal_block_at(const struct journal_reader *r, size_t i)
{
    CHECK(i < r->block_count, "block %zu of %zu", i, r->block_count);
    return &r->blocks[i];
}

/* ---- Strings. ---- */

enum { STRING_GAP_MAX = 1 << 20 };

static void string_add(struct journal_reader *r, struct journal_text string)
{
    if (r->string_count == r->string_capacity) {
        r->string_capacity += r->string_capacity / 2 + 1024;
        r->strings = realloc(r->strings, r->string_capacity * sizeof *r->strings);
        CHECK(r->strings, "out of memory");
    }
    r->strings[r->string_count++] = string;
}

/* An id that is damaged itself leaves no gap: that would cost memory for strings that never were. */
static void read_string_row(struct journal_reader *r, sqlite3_stmt *row)
{
    u64 id = column_number(row, 0), next = (u64)r->string_count + 1;
    struct journal_text string;
    if (id < next || id - next > STRING_GAP_MAX) {
        reader_note(r, "string %llu is out of place", (unsigned long long)id);
        return;
    }
    string.text = column_copy(row, 1, &string.size);
    if (column_number(row, 2) != string_row_hash((u32)id, string.text, string.size)) {
        reader_note(r, "string %llu is damaged: its hash is wrong", (unsigned long long)id);
        free(string.text);
        string.text = NULL;
        if (id > next)
            return;
    }
    if (id > next)
        reader_note(r, "strings %llu to %llu are missing", (unsigned long long)next, (unsigned long long)id - 1);
    while ((u64)r->string_count + 1 < id)
        string_add(r, (struct journal_text){0});
    string_add(r, string);
}

void reader_load_strings(struct journal_reader *r)
{
    if (r->strings_loaded)
        return;
    r->strings_loaded = true;
    reader_scan(r, "SELECT id, text, hash FROM strings WHERE id>?1 ORDER BY id", "strings", 0, read_string_row);
}

const char *journal_string(struct journal_reader *r, u32 id, size_t *size)
{
    reader_load_strings(r);
    bool known = id && id <= r->string_count && r->strings[id - 1].text;
    if (size)
        *size = known ? r->strings[id - 1].size : 0;
    return known ? r->strings[id - 1].text : "";
}

u32 journal_string_count(struct journal_reader *r)
{
    reader_load_strings(r);
    return r->string_count;
}

struct sqlite3 *journal_sqlite(struct journal_reader *r)
{
    return r->db;
}

/* ---- Inputs. ---- */

static bool check_input(struct journal_reader *r, u64 seq, struct journal_input_record *record, struct err *err)
{
    sqlite3_stmt *row = r->input;
    const struct input_type *type = input_type((u32)column_number(row, 1));
    record->kind = (enum input_kind)(u32)column_number(row, 1);
    record->key = column_number(row, 2);
    record->tick = column_number(row, 3);
    record->size = (size_t)column_number(row, 4);
    record->hash = column_number(row, 5);
    record->data = NULL;
    if (column_number(row, 6) != input_row_hash(seq, record))
        return err_set(err, "journal %s: input %llu is damaged: its row's hash is wrong", r->path,
                       (unsigned long long)seq);
    if (!type)
        return err_set(err, "journal %s: input %llu is of an unknown kind %u", r->path, (unsigned long long)seq,
                       (u32)record->kind);
    if (type->kept == INPUT_HASHED)
        return true;
    const void *bytes = sqlite3_column_blob(row, 7);
    record->data = bytes ? bytes : (const u8 *)"";
    if ((size_t)sqlite3_column_bytes(row, 7) != record->size || hash_bytes(record->data, record->size) != record->hash)
        return err_set(err, "journal %s: input %llu (%s, key 0x%llX) is damaged: its bytes' hash is wrong", r->path,
                       (unsigned long long)seq, type->name, (unsigned long long)record->key);
    return true;
}

int journal_next_input(struct journal_reader *r, struct journal_input_record *record, struct err *err)
{
    u64 want = r->next_input;
    if (want >= r->inputs)
        return 0;
    r->next_input++;
    sqlite3_reset(r->input);
    sqlite3_bind_int64(r->input, 1, (sqlite3_int64)want);
    int step = sqlite3_step(r->input);
    if (step != SQLITE_ROW) {
        err_set(err, "journal %s: input %llu cannot be read: %s", r->path, (unsigned long long)want,
                step == SQLITE_DONE ? "it is missing" : sqlite3_errmsg(r->db));
        return -1;
    }
    u64 seq = column_number(r->input, 0);
    if (seq != want) {
        r->next_input = seq > want ? seq : r->next_input;
        err_set(err, "journal %s: input %llu is missing", r->path, (unsigned long long)want);
        return -1;
    }
    return check_input(r, seq, record, err) ? 1 : -1;
}
