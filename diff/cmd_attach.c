/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep attach: puts a title's static database, maps, labels and notes beside a journal, into tables of their own.
 */
#include "diff/attach.h"
#include "diff/commands.h"
#include "diff/symbols.h"
#include "schema/symbols.h"

#include <stdlib.h>

struct attach {
    const char *path;
    sqlite3 *db;
    char *title_hash; /* the journal's; NULL: it does not say */
};

/* A recording that runs holds the file open: then nobody else may write into it. */
static bool open_to_write(struct attach *a, struct err *err)
{
    if (sqlite3_open_v2(a->path, &a->db, SQLITE_OPEN_READWRITE, NULL))
        return err_set(err, "cannot open %s: %s", a->path, sqlite3_errmsg(a->db));
    sqlite3_busy_timeout(a->db, 1000);
    if (sqlite3_exec(a->db, "PRAGMA trusted_schema=OFF; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;", NULL, NULL,
                     NULL))
        return sqlite3_errcode(a->db) == SQLITE_BUSY
                   ? err_set(err, "%s is in use: a recording or another tool has it open", a->path)
                   : err_set(err, "cannot write %s: %s", a->path, sqlite3_errmsg(a->db));
    return true;
}

static bool has_table(struct attach *a, const struct symbols_table *table)
{
    return !sqlite3_table_column_metadata(a->db, "main", table->name, NULL, NULL, NULL, NULL, NULL, NULL);
}

/* Runs the SQL with each table's name for %w. */
static bool each_table(struct attach *a, const char *format, bool merged_too, struct err *err)
{
    const struct symbols_table *table;
    for (u32 i = 0; (table = symbols_table(i)); i++) {
        if ((table->is_merged && !merged_too) || !has_table(a, table))
            continue;
        char *sql = sqlite3_mprintf(format, table->name);
        bool ok = attach_run(a->db, sql, err);
        sqlite3_free(sql);
        if (!ok)
            return false;
    }
    return true;
}

static bool remove_source(struct attach *a, u32 id, struct err *err)
{
    char format[128];
    snprintf(format, sizeof format, "DELETE FROM %%w WHERE source=%u", id);
    if (!each_table(a, format, false, err))
        return false;
    char sql[256];
    snprintf(sql, sizeof sql,
             "DELETE FROM symbol_labels WHERE source=%u; DELETE FROM symbol_notes WHERE source=%u;"
             "DELETE FROM symbol_sources WHERE id=%u;",
             id, id, id);
    return attach_run(a->db, sql, err);
}

/* Of several with this path or number, all are removed. */
static bool remove_named(struct attach *a, const char *name, u32 *count, struct err *err)
{
    sqlite3_stmt *find = attach_prepare(
        a->db, "SELECT id FROM symbol_sources WHERE path=?1 OR cast(id AS TEXT)=?1 OR ?1='all' ORDER BY id", err);
    bool ok = find != NULL;
    u32 ids[256];
    *count = 0;
    if (ok)
        sqlite3_bind_text(find, 1, name, -1, SQLITE_STATIC);
    while (ok && *count < countof(ids) && sqlite3_step(find) == SQLITE_ROW)
        ids[(*count)++] = (u32)sqlite3_column_int64(find, 0);
    sqlite3_finalize(find);
    for (u32 i = 0; ok && i < *count; i++)
        ok = remove_source(a, ids[i], err);
    return ok;
}

static bool add_source(struct attach *a, const char *kind, const char *path, u32 *id, struct err *err)
{
    u32 replaced;
    if (!remove_named(a, path, &replaced, err))
        return false;
    sqlite3_stmt *insert = attach_prepare(a->db, "INSERT INTO symbol_sources(kind, path) VALUES(?1, ?2)", err);
    if (!insert)
        return false;
    sqlite3_bind_text(insert, 1, kind, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, path, -1, SQLITE_STATIC);
    bool ok =
        sqlite3_step(insert) == SQLITE_DONE || err_set(err, "cannot write %s: %s", a->path, sqlite3_errmsg(a->db));
    sqlite3_finalize(insert);
    *id = (u32)sqlite3_last_insert_rowid(a->db);
    return ok;
}

static const char *const kind_names[] = {
    [ATTACH_FUNCTION] = "function", [ATTACH_DATA] = "data", [ATTACH_UNKNOWN] = "unknown"};

/* What the journal and the database are of. */
static bool check_title(const struct attach *a, const char *path, const char *hash, struct err *err)
{
    if (!a->title_hash)
        fprintf(stderr, "lockstep attach: %s does not say which title it is of: that %s fits was not checked\n",
                a->path, path);
    return !a->title_hash || !hash || !strcmp(a->title_hash, hash) ||
           err_set(err, "%s is of another title than %s (XXH3 %s, the journal's is %s)", path, a->path, hash,
                   a->title_hash);
}

static bool attach_title(struct attach *a, const char *path, struct err *err)
{
    u32 id;
    sqlite3 *from = attach_open_title(path, err);
    sqlite3_stmt *row = from ? attach_prepare(from, "SELECT title_hash FROM symbol_sources", err) : NULL;
    bool ok = row && sqlite3_step(row) == SQLITE_ROW &&
              check_title(a, path, (const char *)sqlite3_column_text(row, 0), err) &&
              add_source(a, "title", path, &id, err) && attach_copy_title(a->db, from, id, err);
    sqlite3_finalize(row);
    sqlite3_close(from);
    return ok;
}

static bool insert_labels(struct attach *a, u32 id, const struct attach_labels *labels, struct err *err)
{
    sqlite3_stmt *insert =
        attach_prepare(a->db,
                       labels->last_wins ? "INSERT OR REPLACE INTO symbol_labels VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
                                         : "INSERT OR IGNORE INTO symbol_labels VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                       err);
    bool ok = insert != NULL;
    for (size_t i = 0; ok && i < labels->count; i++) {
        const struct attach_label *label = &labels->list[i];
        sqlite3_reset(insert);
        sqlite3_bind_int64(insert, 1, id);
        sqlite3_bind_int64(insert, 2, label->start);
        sqlite3_bind_int64(insert, 3, label->end);
        sqlite3_bind_text(insert, 4, label->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 5, labels->kind, -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 6, kind_names[label->kind], -1, SQLITE_STATIC);
        ok = sqlite3_step(insert) == SQLITE_DONE || err_set(err, "cannot write %s: %s", a->path, sqlite3_errmsg(a->db));
    }
    sqlite3_finalize(insert);
    return ok;
}

static bool attach_text(struct attach *a, const char *path, struct err *err)
{
    struct attach_labels labels;
    u32 id;
    bool ok = attach_read(&labels, path, err) && add_source(a, labels.kind, path, &id, err) &&
              insert_labels(a, id, &labels, err);
    attach_free(&labels);
    return ok;
}

static bool is_database(const char *path)
{
    char head[16] = "";
    FILE *file = fopen(path, "rb");
    bool is = file && fread(head, 1, sizeof head, file) == sizeof head && !memcmp(head, "SQLite format 3", 16);
    if (file)
        fclose(file);
    return is;
}

static bool attach_folder(struct attach *a, const char *folder, struct err *err)
{
    u32 id, count, others;
    if (!add_source(a, "notes", folder, &id, err) || !attach_notes(a->db, id, folder, &count, &others, err))
        return false;
    if (others)
        fprintf(stderr, "lockstep attach: %s: %u files name no function\n", folder, others);
    return count || err_set(err, "%s has no note: no file NAME.md whose name is a function's or sub_ADDRESS", folder);
}

/* In the order of the options; notes last, since their names may be those that the others bring. */
static bool attach_all(struct attach *a, const struct cli *cli, struct err *err)
{
    const char *path;
    u32 place = 0;
    bool ok = true;
    while (ok && (path = cli_next(cli, "symbols", &place)))
        ok = (is_database(path) ? attach_title : attach_text)(a, path, err);
    ok = ok && attach_merge(a->db, err);
    place = 0;
    while (ok && (path = cli_next(cli, "notes", &place)))
        ok = attach_folder(a, path, err);
    return ok;
}

static bool remove_all(struct attach *a, const struct cli *cli, struct err *err)
{
    const char *name;
    u32 place = 0, count;
    while ((name = cli_next(cli, "remove", &place))) {
        if (!remove_named(a, name, &count, err))
            return false;
        if (!count)
            return err_set(err, "%s has no %s attached: --list shows what it has", a->path, name);
    }
    sqlite3_stmt *left = attach_prepare(a->db, "SELECT 1 FROM symbol_sources", err);
    bool any = left && sqlite3_step(left) == SQLITE_ROW;
    sqlite3_finalize(left);
    return left && (any ? attach_merge(a->db, err) : each_table(a, "DROP TABLE %w", true, err));
}

/* All or nothing. */
static bool change(struct attach *a, const struct cli *cli, struct err *err)
{
    bool ok = open_to_write(a, err) && attach_tables(a->db, false, err);
    ok = ok && (!cli_has(cli, "remove") || remove_all(a, cli, err));
    ok = ok && (!(cli_has(cli, "symbols") || cli_has(cli, "notes")) || attach_all(a, cli, err));
    ok = ok && attach_run(a->db, "COMMIT", err);
    sqlite3_close(a->db);
    return ok;
}

static void list(struct journal_reader *r, bool as_json)
{
    struct symbols *s = symbols_open(r);
    struct symbols_source source;
    for (u32 i = 0; symbols_source_at(s, i, &source); i++) {
        if (!as_json) {
            printf("%3u %-8s %8llu %s\n", source.id, source.kind, (unsigned long long)source.count, source.path);
            continue;
        }
        struct json j;
        json_begin(&j, stdout);
        json_object(&j, NULL);
        json_u64(&j, "source", source.id);
        json_text(&j, "kind", source.kind);
        json_u64(&j, "count", source.count);
        json_text(&j, "path", source.path);
        json_close(&j);
        json_finish(&j);
    }
    if (!as_json)
        printf("%llu functions are known\n", (unsigned long long)symbols_function_count(s));
}

int cmd_attach(const struct cli *cli)
{
    struct err err;
    struct attach a = {.path = cli->operands[0]};
    bool changes = cli_has(cli, "symbols") || cli_has(cli, "notes") || cli_has(cli, "remove");
    if (!changes && !cli_has(cli, "list")) {
        err_set(&err, "nothing to attach: give --symbols FILE, --notes DIR, --remove WHAT or --list");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    struct journal_reader *r = journal_open(a.path, &err);
    if (r && changes) {
        const char *hash = journal_get(r, "title.hash");
        a.title_hash = hash ? strdup(hash) : NULL;
        journal_close(r);
        r = change(&a, cli, &err) ? journal_open(a.path, &err) : NULL;
        free(a.title_hash);
    }
    if (!r)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    list(r, cli_has(cli, "json"));
    journal_close(r);
    return EXIT_OK;
}
