/* SPDX-License-Identifier: BSD-3-Clause
 * What the virtual tables of SQL are made of, shared by diff/sql*.c alone. */
#ifndef DIFF_SQL_SOURCE_H
#define DIFF_SQL_SOURCE_H

#include "diff/calls.h"
#include "diff/files.h"
#include "diff/sites.h"
#include "diff/sql.h"
#include "diff/symbols.h"
#include "diff/waits.h"

/* clang-format off */
enum sql_table {
#define TABLE(name, what) SQL_##name,
#define COLUMN(table, name, type, what)
#include "diff/sql_tables.def"
    SQL_TABLES,
};

/* Place of each column in its table: C_events_seq and so on. */
#define TABLE(name, what)                                                                                              \
    };                                                                                                                 \
    enum sql_columns_##name {
#define COLUMN(table, name, type, what) C_##table##_##name,
enum sql_columns_none {
    C_none,
#include "diff/sql_tables.def"
};
/* clang-format on */

/* An opened journal with the views that were asked for; shared by all the tables of one path. */
struct sql_source {
    struct sql_source *next;
    u32 users;
    char *path;
    struct run *run;
    struct site_fact *facts;
    struct objects objects;
    struct waits waits;
    struct files files;
    bool has_waits, has_files;
};

/* What of a query's conditions narrows the work; SQLite checks all of them again. */
struct sql_filter {
    struct window window;
    bool nothing; /* no row can fit */
    bool by_op, by_lr, by_kind;
    bool narrows;             /* some blocks may hold nothing */
    u64 from_index, to_index; /* from <= index < to */
    char op[128], kind[32];
    u32 lr;
};

struct sql_row {
    u64 position, seq, time;
    u32 site, index;
};

struct sql_cursor {
    sqlite3_vtab_cursor base;
    struct sql_source *source;
    enum sql_table table;
    struct sql_filter filter;
    u8 *wanted; /* by site */
    /* Events and calls: rows of one thread, a stretch at a time; others: rows of the view. */
    u32 place;
    u64 position, end; /* of the thread: what has not been looked at */
    struct sql_row *rows;
    struct call *calls;
    u64 count, capacity, at;
    bool has_event, has_return;
    struct event event, result; /* of the row, once a column needed them */
};

/* False: err says why. */
bool sql_need_waits(struct sql_source *s, struct err *err);
bool sql_need_files(struct sql_source *s, struct err *err);

/* Events and calls: the next stretch that has rows; false with err empty: there is none. */
bool sql_events_more(struct sql_cursor *c, struct err *err);
bool sql_calls_more(struct sql_cursor *c, struct err *err);
void sql_events_column(struct sql_cursor *c, sqlite3_context *out, int column);
void sql_calls_column(struct sql_cursor *c, sqlite3_context *out, int column);
/* The views: how many rows there are, whether the filter lets one through, and its columns. */
u64 sql_view_count(const struct sql_cursor *c);
bool sql_view_wants(const struct sql_cursor *c, u64 row);
void sql_view_column(struct sql_cursor *c, sqlite3_context *out, int column);

int sql_register_names(sqlite3 *db);

/* Values of many columns; NULL where there is none. */
void sql_put_op(struct sql_cursor *c, sqlite3_context *out, u32 op);
void sql_put_lr(sqlite3_context *out, u32 lr);
void sql_put_function(struct sql_cursor *c, sqlite3_context *out, u32 lr);
void sql_put_name(struct sql_cursor *c, sqlite3_context *out, u32 address);
void sql_put_thread(struct sql_cursor *c, sqlite3_context *out, u32 place);
void sql_put_hsid(sqlite3_context *out, u64 hsid);
void sql_put_string(struct sql_cursor *c, sqlite3_context *out, u64 id);
void sql_put_text(sqlite3_context *out, const char *text);
void sql_put_u64(sqlite3_context *out, u64 value);
/* UINT64_MAX: NULL. */
void sql_put_time(sqlite3_context *out, u64 time);

#endif
