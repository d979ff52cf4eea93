/* SPDX-License-Identifier: BSD-3-Clause
 * The virtual tables: opening a journal for them, conditions, cursors (diff/sql.h). */
#include "diff/sql_source.h"

#ifdef LOCKSTEP_EXTENSION
SQLITE_EXTENSION_INIT1
__attribute__((visibility("default"))) int sqlite3_lockstep_init(sqlite3 *db, char **message,
                                                                 const sqlite3_api_routines *api);
#endif
#include <stdio.h>
#include <stdlib.h>

/* What a condition may narrow, in the order of the filter's arguments. */
enum condition {
    ON_THREAD,
    ON_OP,
    ON_LR,
    ON_KIND,
    ON_TIME_FROM,
    ON_TIME_TO,
    ON_SEQ_FROM,
    ON_SEQ_TO,
    ON_INDEX_FROM,
    ON_INDEX_TO,
    CONDITIONS
};

static const char *const names[SQL_TABLES] = {
#define TABLE(name, what) #name,
#define COLUMN(table, name, type, what)
#include "diff/sql_tables.def"
};

static const struct {
    u8 table;
    s8 column;
    const char *name, *type;
} columns[] = {
#define TABLE(name, what)
#define COLUMN(table, name, type, what) {SQL_##table, C_##table##_##name, #name, type},
#include "diff/sql_tables.def"
};

struct sql_vtab {
    sqlite3_vtab base;
    enum sql_table table;
    struct sql_source *source;
};

/* ---- Values. ---- */

void sql_put_u64(sqlite3_context *out, u64 value)
{
    sqlite3_result_int64(out, (sqlite3_int64)value);
}

void sql_put_time(sqlite3_context *out, u64 time)
{
    if (time != UINT64_MAX)
        sql_put_u64(out, time);
}

void sql_put_text(sqlite3_context *out, const char *text)
{
    if (text)
        sqlite3_result_text(out, text, -1, SQLITE_TRANSIENT);
}

void sql_put_op(struct sql_cursor *c, sqlite3_context *out, u32 op)
{
    if (op)
        sql_put_text(out, run_op_name(c->source->run, op));
}

void sql_put_lr(sqlite3_context *out, u32 lr)
{
    if (lr)
        sql_put_u64(out, lr);
}

void sql_put_function(struct sql_cursor *c, sqlite3_context *out, u32 lr)
{
    char name[SYMBOLS_TEXT];
    if (lr)
        sql_put_text(out, symbols_find_return_name(symbols_open(run_journal(c->source->run)), lr, name, sizeof name));
}

void sql_put_name(struct sql_cursor *c, sqlite3_context *out, u32 address)
{
    char name[SYMBOLS_TEXT];
    if (address)
        sql_put_text(out, symbols_find_name(symbols_open(run_journal(c->source->run)), address, name, sizeof name));
}

void sql_put_thread(struct sql_cursor *c, sqlite3_context *out, u32 place)
{
    if (place != UINT32_MAX)
        sql_put_u64(out, run_thread(c->source->run, place)->thread);
}

void sql_put_hsid(sqlite3_context *out, u64 hsid)
{
    char text[24];
    snprintf(text, sizeof text, "0x%016llX", (unsigned long long)hsid);
    sql_put_text(out, hsid ? text : NULL);
}

void sql_put_string(struct sql_cursor *c, sqlite3_context *out, u64 id)
{
    size_t size;
    const char *text = journal_string(run_journal(c->source->run), id > UINT32_MAX ? 0 : (u32)id, &size);
    if (id)
        sqlite3_result_text(out, text, (int)size, SQLITE_TRANSIENT);
}

/* ---- Journals. ---- */

static struct sql_source *source_open(struct sql_source **list, const char *path, struct err *err)
{
    for (struct sql_source *s = *list; s; s = s->next)
        if (!strcmp(s->path, path)) {
            s->users++;
            return s;
        }
    struct sql_source *s = calloc(1, sizeof *s);
    CHECK(s, "out of memory");
    s->path = sqlite3_mprintf("%s", path);
    s->run = s->path ? run_open(s->path, err) : NULL;
    if (!s->run) {
        sqlite3_free(s->path);
        free(s);
        return NULL;
    }
    s->facts = sites_make(s->run);
    s->users = 1;
    s->next = *list;
    *list = s;
    return s;
}

static void source_close(struct sql_source **list, struct sql_source *s)
{
    if (--s->users)
        return;
    for (; *list; list = &(*list)->next)
        if (*list == s) {
            *list = s->next;
            break;
        }
    waits_free(&s->waits);
    if (s->has_waits)
        objects_free(&s->objects);
    files_free(&s->files);
    run_close(s->run);
    free(s->facts);
    sqlite3_free(s->path);
    free(s);
}

bool sql_need_waits(struct sql_source *s, struct err *err)
{
    if (s->has_waits)
        return true;
    bool ok = waits_make(&s->waits, &s->objects, s->run, err);
    s->has_waits = ok;
    if (ok)
        waits_guess(&s->waits);
    else
        objects_free(&s->objects);
    return ok;
}

bool sql_need_files(struct sql_source *s, struct err *err)
{
    s->has_files = s->has_files || (sql_need_waits(s, err) && files_make(&s->files, s->run, &s->objects, err));
    return s->has_files;
}

/* ---- Tables. ---- */

/* Of all connections: one journal is opened once. */
static struct sql_source *sources;

static s8 column_of(enum sql_table table, const char *name)
{
    for (size_t i = 0; i < countof(columns); i++)
        if (columns[i].table == table && !strcmp(columns[i].name, name))
            return columns[i].column;
    return -1;
}

static char *declaration(enum sql_table table)
{
    char *sql = sqlite3_mprintf("CREATE TABLE x(");
    for (size_t i = 0, n = 0; i < countof(columns) && sql; i++)
        if (columns[i].table == table) {
            char *longer = sqlite3_mprintf("%s%s%s %s", sql, n++ ? ", " : "", columns[i].name, columns[i].type);
            sqlite3_free(sql);
            sql = longer;
        }
    char *whole = sqlite3_mprintf("%s)", sql ? sql : "");
    sqlite3_free(sql);
    return whole;
}

/* The argument of CREATE VIRTUAL TABLE without its quotes; else the file of the connection. */
static char *path_of(sqlite3 *db, int argc, const char *const *argv)
{
    const char *given = argc > 3 ? argv[3] : NULL;
    if (!given)
        return sqlite3_mprintf("%s", sqlite3_db_filename(db, "main") ? sqlite3_db_filename(db, "main") : "");
    size_t size = strlen(given);
    bool quoted = size >= 2 && (given[0] == '\'' || given[0] == '"') && given[size - 1] == given[0];
    return quoted ? sqlite3_mprintf("%.*s", (int)size - 2, given + 1) : sqlite3_mprintf("%s", given);
}

static int vtab_connect(sqlite3 *db, void *context, int argc, const char *const *argv, sqlite3_vtab **out,
                        char **message)
{
    struct err err = {"the connection has no file: open a journal, or create the table with its path"};
    enum sql_table table = (enum sql_table)(size_t)context;
    char *path = path_of(db, argc, argv), *sql = declaration(table);
    struct sql_source *source = path && *path ? source_open(&sources, path, &err) : NULL;
    int code = source && sql ? sqlite3_declare_vtab(db, sql) : SQLITE_ERROR;
    sqlite3_free(path);
    sqlite3_free(sql);
    if (code) {
        *message = sqlite3_mprintf("%s", err.text);
        if (source)
            source_close(&sources, source);
        return code;
    }
    struct sql_vtab *vtab = sqlite3_malloc64(sizeof *vtab);
    CHECK(vtab, "out of memory");
    *vtab = (struct sql_vtab){.table = table, .source = source};
    *out = &vtab->base;
    return SQLITE_OK;
}

static int vtab_disconnect(sqlite3_vtab *base)
{
    struct sql_vtab *vtab = (struct sql_vtab *)base;
    source_close(&sources, vtab->source);
    sqlite3_free(vtab);
    return SQLITE_OK;
}

/* Which condition a constraint is; -1: none that narrows. */
static int condition_of(enum sql_table table, int column, u8 op)
{
    bool is_equal = op == SQLITE_INDEX_CONSTRAINT_EQ;
    bool is_from = is_equal || op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_GE;
    bool is_to = op == SQLITE_INDEX_CONSTRAINT_LT || op == SQLITE_INDEX_CONSTRAINT_LE;
    static const struct {
        const char *name;
        s8 equal, from, to;
    } by_name[] = {{"thread", ON_THREAD, -1, -1},
                   {"op", ON_OP, -1, -1},
                   {"lr", ON_LR, -1, -1},
                   {"kind", ON_KIND, -1, -1},
                   {"time", -1, ON_TIME_FROM, ON_TIME_TO},
                   {"seq", -1, ON_SEQ_FROM, ON_SEQ_TO},
                   {"idx", -1, ON_INDEX_FROM, ON_INDEX_TO}};
    for (size_t i = 0; i < countof(by_name) && column >= 0; i++) {
        if (column_of(table, by_name[i].name) != column)
            continue;
        return is_equal && by_name[i].equal >= 0 ? by_name[i].equal
               : is_from                         ? by_name[i].from
               : is_to                           ? by_name[i].to
                                                 : -1;
    }
    return -1;
}

static int vtab_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
    static const double shares[CONDITIONS] = {0.05, 0.01, 0.002, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3};
    const struct sql_vtab *vtab = (const struct sql_vtab *)base;
    int arguments = 0, used[CONDITIONS] = {0};
    double rows = 1e6;
    for (int i = 0; i < info->nConstraint; i++) {
        int condition = condition_of(vtab->table, info->aConstraint[i].iColumn, info->aConstraint[i].op);
        if ((condition == ON_OP || condition == ON_KIND) && strcmp(sqlite3_vtab_collation(info, i), "BINARY"))
            continue; /* "ntclose" is NtClose to NOCASE */
        if (info->aConstraint[i].usable && condition >= 0 && !used[condition])
            used[condition] = i + 1;
    }
    for (int c = 0; c < CONDITIONS; c++)
        if (used[c]) {
            info->aConstraintUsage[used[c] - 1].argvIndex = ++arguments;
            info->idxNum |= 1 << c;
            rows *= shares[c];
        }
    info->estimatedCost = rows;
    info->estimatedRows = (sqlite3_int64)rows + 1;
    bool by_thread = info->idxNum & 1 << ON_THREAD && (vtab->table == SQL_events || vtab->table == SQL_waits);
    if (by_thread && info->nOrderBy == 1 && !info->aOrderBy[0].desc &&
        info->aOrderBy[0].iColumn == column_of(vtab->table, "seq"))
        info->orderByConsumed = 1;
    return SQLITE_OK;
}

/* ---- Cursors. ---- */

static int vtab_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    struct sql_vtab *vtab = (struct sql_vtab *)base;
    struct sql_cursor *c = calloc(1, sizeof *c);
    CHECK(c, "out of memory");
    c->source = vtab->source;
    c->table = vtab->table;
    c->wanted = malloc(run_site_count(vtab->source->run) + 1u);
    CHECK(c->wanted, "out of memory");
    *out = &c->base;
    return SQLITE_OK;
}

static int vtab_close(sqlite3_vtab_cursor *base)
{
    struct sql_cursor *c = (struct sql_cursor *)base;
    free(c->wanted);
    free(c->rows);
    free(c->calls);
    free(c);
    return SQLITE_OK;
}

static int failed(struct sql_cursor *c, const struct err *err)
{
    sqlite3_free(c->base.pVtab->zErrMsg);
    c->base.pVtab->zErrMsg = sqlite3_mprintf("%s", err->text);
    return SQLITE_ERROR;
}

/* A value of another type than the column's narrows nothing: SQLite compares it by its own rules. */
static void take_condition(struct sql_filter *f, const struct run *run, enum condition condition, sqlite3_value *value)
{
    bool is_number = sqlite3_value_type(value) == SQLITE_INTEGER, is_text = sqlite3_value_type(value) == SQLITE_TEXT;
    s64 number = is_number ? sqlite3_value_int64(value) : 0;
    const char *text = is_text ? (const char *)sqlite3_value_text(value) : "";
    u64 from = number > 0 ? (u64)number : 0, to = number < 0 ? 0 : (u64)number + 1;
    if (condition == ON_THREAD && is_number) {
        f->window.place = number >= 0 && number <= UINT32_MAX ? run_thread_place(run, (u32)number) : UINT32_MAX;
        f->nothing = f->nothing || f->window.place == UINT32_MAX;
    } else if (condition == ON_LR && is_number) {
        f->by_lr = true;
        f->lr = (u32)number;
        f->nothing = f->nothing || number <= 0 || number > UINT32_MAX;
    } else if (condition == ON_OP && is_text && strlen(text) < sizeof f->op) {
        f->by_op = true;
        snprintf(f->op, sizeof f->op, "%s", text);
    } else if (condition == ON_KIND && is_text && strlen(text) < sizeof f->kind) {
        f->by_kind = true;
        snprintf(f->kind, sizeof f->kind, "%s", text);
    } else if (condition == ON_TIME_FROM && is_number) {
        f->window.from_time = from;
    } else if (condition == ON_TIME_TO && is_number) {
        f->window.to_time = to;
    } else if (condition == ON_SEQ_FROM && is_number) {
        f->window.from_seq = from;
    } else if (condition == ON_SEQ_TO && is_number) {
        f->window.to_seq = to;
    } else if (condition == ON_INDEX_FROM && is_number) {
        f->from_index = from;
    } else if (condition == ON_INDEX_TO && is_number) {
        f->to_index = to;
    }
}

static void choose_sites(struct sql_cursor *c)
{
    const struct sql_filter *f = &c->filter;
    for (u32 i = 0; i < run_site_count(c->source->run); i++) {
        const struct run_site *site = run_site(c->source->run, i);
        const struct event_type *type = event_type(site->kind);
        c->wanted[i] = (c->table != SQL_calls || site->kind == EVENT_call) && (!f->by_lr || site->lr == f->lr) &&
                       (!f->by_kind || (type && !strcmp(type->name, f->kind))) &&
                       (!f->by_op || (site->op && !strcmp(run_op_name(c->source->run, site->op), f->op)));
    }
}

static bool is_view(const struct sql_cursor *c)
{
    return c->table != SQL_events && c->table != SQL_calls;
}

static int more(struct sql_cursor *c)
{
    struct err err;
    bool found = c->table == SQL_events ? sql_events_more(c, &err) : sql_calls_more(c, &err);
    return found || !err.text[0] ? SQLITE_OK : failed(c, &err);
}

static int vtab_next(sqlite3_vtab_cursor *base)
{
    struct sql_cursor *c = (struct sql_cursor *)base;
    c->has_event = c->has_return = false;
    c->at++;
    while (is_view(c) && c->at < c->count && !sql_view_wants(c, c->at))
        c->at++;
    return is_view(c) || c->at < c->count ? SQLITE_OK : more(c);
}

static int vtab_filter(sqlite3_vtab_cursor *base, int number, const char *text, int argc, sqlite3_value **argv)
{
    struct sql_cursor *c = (struct sql_cursor *)base;
    struct err err;
    int argument = 0;
    (void)text;
    c->filter = (struct sql_filter){.window = WINDOW_ALL, .to_index = UINT64_MAX};
    for (int i = 0; i < CONDITIONS; i++)
        if (number & 1 << i && argument < argc)
            take_condition(&c->filter, c->source->run, (enum condition)i, argv[argument++]);
    c->count = c->at = c->position = c->end = 0;
    c->place = UINT32_MAX; /* next_thread begins before the first */
    c->has_event = c->has_return = false;
    if (c->filter.nothing)
        return SQLITE_OK;
    choose_sites(c);
    c->filter.narrows = c->filter.by_op || c->filter.by_lr || c->filter.by_kind || c->filter.from_index ||
                        c->filter.to_index != UINT64_MAX;
    if (!is_view(c))
        return more(c);
    if (!(c->table == SQL_files ? sql_need_files : sql_need_waits)(c->source, &err))
        return failed(c, &err);
    c->count = sql_view_count(c);
    while (c->at < c->count && !sql_view_wants(c, c->at))
        c->at++;
    return SQLITE_OK;
}

static int vtab_eof(sqlite3_vtab_cursor *base)
{
    const struct sql_cursor *c = (const struct sql_cursor *)base;
    return c->at >= c->count;
}

static int vtab_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int column)
{
    struct sql_cursor *c = (struct sql_cursor *)base;
    if (c->table == SQL_events)
        sql_events_column(c, out, column);
    else if (c->table == SQL_calls)
        sql_calls_column(c, out, column);
    else
        sql_view_column(c, out, column);
    return SQLITE_OK;
}

/* The same row has the same id however it is found. */
static int vtab_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid)
{
    const struct sql_cursor *c = (const struct sql_cursor *)base;
    *rowid = (sqlite3_int64)(c->table == SQL_events  ? c->rows[c->at].seq
                             : c->table == SQL_calls ? c->calls[c->at].seq
                                                     : c->at);
    return SQLITE_OK;
}

/* xCreate is xConnect: so the tables are there without being created, and can be created for another journal. */
static const sqlite3_module module = {
    .iVersion = 1,
    .xCreate = vtab_connect,
    .xConnect = vtab_connect,
    .xBestIndex = vtab_best_index,
    .xDisconnect = vtab_disconnect,
    .xDestroy = vtab_disconnect,
    .xOpen = vtab_open,
    .xClose = vtab_close,
    .xFilter = vtab_filter,
    .xNext = vtab_next,
    .xEof = vtab_eof,
    .xColumn = vtab_column,
    .xRowid = vtab_rowid,
};

int sql_register(sqlite3 *db)
{
    int code = sql_register_names(db);
    for (int i = 0; i < SQL_TABLES && !code; i++)
        code = sqlite3_create_module(db, names[i], &module, (void *)(size_t)i);
    return code;
}

#ifdef LOCKSTEP_EXTENSION
int sqlite3_lockstep_init(sqlite3 *db, char **message, const sqlite3_api_routines *api)
{
    (void)message;
    SQLITE_EXTENSION_INIT2(api);
    return sql_register(db);
}
#endif
