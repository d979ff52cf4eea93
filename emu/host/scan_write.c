/* SPDX-License-Identifier: BSD-3-Clause
 * Writing what was found into a title's static database (schema/symbols.h). */
#include "emu/host/scan_write.h"
#include "schema/export.h"
#include "schema/symbols.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SOURCE = 1, PATH_SIZE = 4096, SQL_SIZE = 512 };

/* An insertion into one table, filled column by column from the second on: the first is the source. */
struct rows {
    sqlite3 *db;
    sqlite3_stmt *insert;
    int place;
    bool failed;
};

static void rows_begin(struct rows *rows, const char *sql)
{
    rows->insert = NULL;
    rows->failed |= sqlite3_prepare_v2(rows->db, sql, -1, &rows->insert, NULL) != SQLITE_OK;
    rows->place = 1;
}

static void rows_number(struct rows *rows, u32 value)
{
    sqlite3_bind_int64(rows->insert, rows->place++, value);
}

/* 0 is "none". */
static void rows_address(struct rows *rows, u32 value)
{
    if (value)
        rows_number(rows, value);
    else
        sqlite3_bind_null(rows->insert, rows->place++);
}

static void rows_text(struct rows *rows, const char *text)
{
    sqlite3_bind_text(rows->insert, rows->place++, text && text[0] ? text : NULL, -1, SQLITE_TRANSIENT);
}

static void rows_next(struct rows *rows)
{
    if (rows->failed)
        return;
    rows->failed = sqlite3_step(rows->insert) != SQLITE_DONE;
    sqlite3_reset(rows->insert);
    rows->place = 1;
}

static void rows_end(struct rows *rows)
{
    sqlite3_finalize(rows->insert);
}

static const char *op_name(u32 op)
{
    static char buffer[64];
    return export_op_name(op, buffer, sizeof buffer);
}

static void write_functions(struct rows *rows, const struct scan *scan)
{
    rows_begin(rows, "INSERT INTO symbol_functions(start, end, name, how, source) VALUES(?, ?, ?, ?, 1)");
    for (u32 i = 0; i < scan->functions.count; i++) {
        const struct scan_function *f = &scan->functions.list[i];
        rows_number(rows, f->start);
        rows_number(rows, f->end);
        rows_text(rows, f->op ? op_name(f->op) : f->name);
        rows_text(rows, scan_how_name(f->how));
        rows_next(rows);
    }
    rows_end(rows);
}

static void write_calls(struct rows *rows, const struct scan *scan)
{
    static const char *const kinds[] = {[SCAN_BL] = "call",
                                        [SCAN_TAIL_CALL] = "tail",
                                        [SCAN_SAVE] = "save",
                                        [SCAN_RESTORE] = "restore",
                                        [SCAN_INDIRECT] = "indirect"};
    rows_begin(rows, "INSERT INTO symbol_calls(source, site, target, function, kind) VALUES(1, ?, ?, ?, ?)");
    for (u32 i = 0; i < scan->calls.count; i++) {
        const struct scan_call *c = &scan->calls.list[i];
        rows_number(rows, c->site);
        rows_address(rows, c->target);
        rows_number(rows, c->function);
        rows_text(rows, kinds[c->kind]);
        rows_next(rows);
    }
    rows_end(rows);
}

static void write_branches(struct rows *rows, const struct scan *scan)
{
    rows_begin(rows, "INSERT INTO symbol_branches(source, pc, function, target, kind, condition, compare, registers) "
                     "VALUES(1, ?, ?, ?, ?, ?, ?, ?)");
    for (u32 i = 0; i < scan->branches.count; i++) {
        const struct scan_branch *b = &scan->branches.list[i];
        rows_number(rows, b->pc);
        rows_number(rows, b->function);
        rows_address(rows, b->target);
        rows_text(rows, b->kind);
        rows_text(rows, b->condition);
        rows_address(rows, b->compare);
        rows_text(rows, b->registers);
        rows_next(rows);
    }
    rows_end(rows);
}

static void write_imports(struct rows *rows, const struct scan *scan)
{
    static const char *const kinds[] = {
        [SCAN_THUNK] = "thunk", [SCAN_POINTER_SLOT] = "pointer", [SCAN_VARIABLE] = "variable", [SCAN_JUMP] = "jump"};
    rows_begin(rows, "INSERT OR IGNORE INTO symbol_imports(source, address, kind, op, library, ordinal, name) "
                     "VALUES(1, ?, ?, ?, ?, ?, ?)");
    for (u32 i = 0; i < scan->imports.count; i++) {
        const struct scan_import *import = &scan->imports.list[i];
        rows_number(rows, import->address);
        rows_text(rows, kinds[import->kind]);
        rows_number(rows, import->op);
        rows_text(rows, module_name((enum module)(import->op >> 16)));
        rows_number(rows, import->op & 0xFFFF);
        rows_text(rows, op_name(import->op));
        rows_next(rows);
    }
    rows_end(rows);
}

static void write_wrappers(struct rows *rows, const struct scan *scan)
{
    rows_begin(rows, "INSERT INTO symbol_wrappers(source, site, function, op, name, depth) VALUES(1, ?, ?, ?, ?, ?)");
    for (u32 i = 0; i < scan->wrappers.count; i++) {
        const struct scan_wrapper *w = &scan->wrappers.list[i];
        rows_number(rows, w->site);
        rows_number(rows, w->function);
        rows_number(rows, w->op);
        rows_text(rows, op_name(w->op));
        rows_number(rows, w->depth);
        rows_next(rows);
    }
    rows_end(rows);
}

static void write_tables(struct rows *rows, const struct scan *scan)
{
    rows_begin(rows, "INSERT OR IGNORE INTO symbol_tables(source, start, end, kind, site, function, width, count, base,"
                     " scale, bounded) VALUES(1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (u32 i = 0; i < scan->tables.count; i++) {
        const struct scan_table *t = &scan->tables.list[i];
        rows_number(rows, t->start);
        rows_number(rows, t->start + t->count * t->width);
        rows_text(rows, t->kind == SCAN_POINTERS ? "pointers" : "jump");
        rows_address(rows, t->site);
        rows_address(rows, t->function);
        rows_number(rows, t->width);
        rows_number(rows, t->count);
        rows_number(rows, t->base);
        rows_number(rows, 1u << t->scale);
        rows_number(rows, t->is_bounded);
        rows_next(rows);
    }
    rows_end(rows);
    rows_begin(rows,
               "INSERT OR IGNORE INTO symbol_slots(source, address, start, number, target) VALUES(1, ?, ?, ?, ?)");
    for (u32 i = 0; i < scan->tables.count; i++) {
        const struct scan_table *t = &scan->tables.list[i];
        for (u32 k = 0; k < t->count; k++) {
            rows_number(rows, t->start + k * t->width);
            rows_number(rows, t->start);
            rows_number(rows, k);
            rows_number(rows, scan_table_target(scan, t, k));
            rows_next(rows);
        }
    }
    rows_end(rows);
}

static void write_strings(struct rows *rows, const struct scan *scan)
{
    rows_begin(rows, "INSERT INTO symbol_strings(source, start, end, kind, text) VALUES(1, ?, ?, ?, ?)");
    for (u32 i = 0; i < scan->strings.count; i++) {
        const struct scan_string *s = &scan->strings.list[i];
        u32 width = s->is_wide ? 2 : 1, size = (s->end - s->start) / width;
        char *text = malloc(size);
        CHECK(text, "out of memory");
        for (u32 k = 0; k < size; k++)
            text[k] = (char)scan->data[s->start - scan->base + k * width + width - 1];
        rows_number(rows, s->start);
        rows_number(rows, s->end);
        rows_text(rows, s->is_wide ? "utf-16" : "ascii");
        rows_text(rows, text);
        rows_next(rows);
        free(text);
    }
    rows_end(rows);
}

static void write_references(struct rows *rows, const struct scan *scan)
{
    rows_begin(rows, "INSERT INTO symbol_references(source, site, target, function) VALUES(1, ?, ?, ?)");
    for (u32 i = 0; i < scan->references.count; i++) {
        const struct scan_reference *r = &scan->references.list[i];
        rows_number(rows, r->site);
        rows_number(rows, r->target);
        rows_number(rows, r->function);
        rows_next(rows);
    }
    rows_end(rows);
}

static void write_title(struct rows *rows, const struct scan *scan, const struct scan_title *title)
{
    rows_begin(rows, "INSERT INTO symbol_sources(id, kind, path, title_hash, title_path, image, image_end, build) "
                     "VALUES(1, 'title', ?1, ?2, ?1, ?3, ?4, ?5)");
    rows_text(rows, title->path);
    rows_text(rows, title->hash);
    rows_number(rows, scan->base);
    rows_number(rows, scan->base + scan->size);
    rows_text(rows, title->build);
    rows_next(rows);
    rows_end(rows);
    rows_begin(rows, "INSERT INTO symbol_sections(source, start, end, name, access) VALUES(1, ?, ?, ?, ?)");
    for (u32 i = 0; i < scan->sections.count; i++) {
        const struct scan_section *s = &scan->sections.list[i];
        char access[4] = {'r', s->is_writable ? 'w' : '-', s->is_code ? 'x' : '-', 0};
        rows_number(rows, s->start);
        rows_number(rows, s->end);
        rows_text(rows, s->name);
        rows_text(rows, access);
        rows_next(rows);
    }
    rows_end(rows);
}

static bool make_tables(sqlite3 *db)
{
    const struct symbols_table *table;
    char sql[SQL_SIZE];
    snprintf(sql, sizeof sql, "PRAGMA synchronous=OFF; PRAGMA application_id=%d; PRAGMA user_version=%d; BEGIN;",
             SYMBOLS_APPLICATION_ID, SYMBOLS_FORMAT);
    bool ok = !sqlite3_exec(db, sql, NULL, NULL, NULL);
    for (u32 i = 0; ok && (table = symbols_table(i)); i++) {
        symbols_table_sql(table, sql, sizeof sql);
        ok = !sqlite3_exec(db, sql, NULL, NULL, NULL);
    }
    return ok;
}

static bool write_all(sqlite3 *db, const struct scan *scan, const struct scan_title *title)
{
    struct rows rows = {.db = db};
    if (!make_tables(db))
        return false;
    write_title(&rows, scan, title);
    write_functions(&rows, scan);
    write_calls(&rows, scan);
    write_branches(&rows, scan);
    write_imports(&rows, scan);
    write_wrappers(&rows, scan);
    write_tables(&rows, scan);
    write_strings(&rows, scan);
    write_references(&rows, scan);
    return !rows.failed && !sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
}

bool scan_write(const struct scan *scan, const struct scan_title *title, const char *path, struct err *err)
{
    char beside[PATH_SIZE];
    sqlite3 *db = NULL;
    snprintf(beside, sizeof beside, "%s.new", path);
    unlink(beside);
    bool ok = (!sqlite3_open_v2(beside, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) &&
               write_all(db, scan, title)) ||
              err_set(err, "cannot write %s: %s", path, sqlite3_errmsg(db));
    sqlite3_close(db);
    ok = ok && (!rename(beside, path) || err_set(err, "cannot write %s: %s", path, strerror(errno)));
    if (!ok)
        unlink(beside);
    return ok;
}
