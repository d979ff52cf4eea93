/* SPDX-License-Identifier: BSD-3-Clause
 * Tables, row by row, as text for people, as JSON (an object a row) or as CSV with a heading (RFC 4180, lines end in
 * LF).
 *
 *     static const struct table_column columns[] = {
 *         {"op", TABLE_TEXT, 0}, {"lr", TABLE_HEX, 8}, {"count", TABLE_U64, 0}, {"last", TABLE_CITE, 0}};
 *     struct table t;
 *     table_begin(&t, form, stdout, columns, countof(columns));
 *     table_text(&t, "NtSetEvent");
 *     table_hex(&t, lr);
 *     table_u64(&t, n);
 *     table_cite(&t, NULL, run_path(run), thread, index);
 *     table_row(&t);
 *     table_end(&t);
 *
 * Cells come in the order of the columns, each by its column's type; table_none fits every type: what is unknown is "-"
 * in text, null in JSON and empty in CSV, never 0. Text columns are as wide as the first rows need (TABLE_MEASURE of
 * them), so that a table of any length streams. Times and durations are in their clock's units in JSON and CSV, in
 * seconds in text. */
#ifndef DIFF_TABLE_H
#define DIFF_TABLE_H

#include "cli/cli.h"
#include "diff/run.h"

enum { TABLE_COLUMNS_MAX = 40, TABLE_MEASURE = 200 };

enum table_form { TABLE_AS_TEXT, TABLE_AS_JSON, TABLE_AS_CSV };

enum table_type {
    TABLE_TEXT,
    TABLE_U64,
    TABLE_S64,
    TABLE_HEX,      /* `digits` of them, 0x before; a string in JSON */
    TABLE_BOOL,     /* yes, no; true, false */
    TABLE_TIME,     /* a place on the journal's clock */
    TABLE_DURATION, /* a difference of two */
    TABLE_RATIO,    /* a / b; none when b is 0 */
    TABLE_CITE,     /* where it stands in a journal: "17@339", "A:17@339"; JSON {"journal", "thread", "index"} */
};

struct table_column {
    const char *name; /* the JSON key and the heading: snake_case */
    u8 type;          /* enum table_type */
    u8 digits;        /* TABLE_HEX: at least so many */
};

struct table {
    enum table_form form;
    FILE *out;
    const struct table_column *columns;
    u32 column_count;
    u32 column; /* of the next cell */
    u64 rows;
    struct json *json; /* JSON: the caller's, or NULL */
    u32 width[TABLE_COLUMNS_MAX];
    char *pending; /* text: cells, each with its NUL, until the widths are known */
    size_t pending_size, pending_capacity;
    u64 pending_rows;
    char *keys; /* JSON: what comes before each cell, and where that ends */
    u32 key_end[TABLE_COLUMNS_MAX];
    char *buffer; /* rows that are not written yet */
    size_t size, capacity, hold;
};

/* From --json and --csv; false: both were given. */
bool table_form(enum table_form *form, const struct cli *cli, struct err *err);

/* `columns` must live as long as the table. */
void table_begin(struct table *t, enum table_form form, FILE *out, const struct table_column *columns, u32 count);
/* JSON as a part of the caller's object or array: the rows become the array `key`. */
void table_begin_within(struct table *t, struct json *json, const char *key, const struct table_column *columns,
                        u32 count);
void table_text(struct table *t, const char *text); /* NULL: none */
void table_bytes(struct table *t, const char *text, size_t size);
void table_u64(struct table *t, u64 value);
void table_s64(struct table *t, s64 value);
void table_hex(struct table *t, u64 value);
void table_hex_known(struct table *t, u64 value); /* 0: not told, as table_none */
void table_bool(struct table *t, bool value);
void table_time(struct table *t, const struct run_clock *clock, u64 time);
void table_duration(struct table *t, const struct run_clock *clock, u64 duration);
void table_ratio(struct table *t, u64 a, u64 b);
/* label: "A" and "B" where there are two journals, else NULL. journal: its path. */
void table_cite(struct table *t, const char *label, const char *journal, u32 thread, u32 index);
void table_none(struct table *t);
/* Ends the row; all its cells must be there. */
void table_row(struct table *t);
/* Prints what is pending and frees. The heading of a table without rows is printed all the same. */
void table_end(struct table *t);

/* A time as text: "1.935433700" seconds, as many digits as the clock has; a clock without hz gives the bare number. */
const char *table_show_time(const struct run_clock *clock, u64 time, char *out, size_t capacity);
/* An address as text, 0x82010B44; of one that is not told (0) "unknown". */
enum { TABLE_ADDRESS = 12 };
const char *table_show_address(u32 address, char out[TABLE_ADDRESS]);
/* "155 ms", "23.4 us"; a clock without hz gives "12 line". */
const char *table_show_duration(const struct run_clock *clock, u64 duration, char *out, size_t capacity);

#endif
