/* SPDX-License-Identifier: BSD-3-Clause
 * Putting symbols and notes beside a journal (schema/symbols.h): reading what the user has, and merging it. */
#ifndef DIFF_ATTACH_H
#define DIFF_ATTACH_H

#include "schema/base.h"

#include <sqlite3.h>

enum attach_kind { ATTACH_FUNCTION, ATTACH_DATA, ATTACH_UNKNOWN };

struct attach_label {
    u32 start;
    u32 end; /* 0: not known */
    enum attach_kind kind;
    char *name;
};

struct attach_labels {
    const char *kind; /* "map", "gnu-map", "nm" or "labels" */
    bool last_wins;   /* of two names for one address */
    struct attach_label *list;
    size_t count;
};

/* What a text file says; recognised by content:
 *     the vendor's linker map   the line "Publics by Value" stands in it; static symbols are read too
 *     GNU ld's map              "Linker script and memory map"; local functions only where each has a section
 *     output of nm              "82010000 T main", with nm -S also the size; or nm --format=posix
 *     labels                    "ADDRESS NAME [SIZE]" in lines, numbers in hex; # begins a comment; a name with blanks
 *                               stands in "quotes"
 * Free it, also after a failure. */
bool attach_read(struct attach_labels *labels, const char *path, struct err *err);
void attach_free(struct attach_labels *labels);
void attach_add(struct attach_labels *labels, u32 start, u32 end, enum attach_kind kind, const char *name, size_t size);
/* The formats that are a map: `text` is changed. */
void attach_read_vendor(struct attach_labels *labels, char *text);
void attach_read_gnu(struct attach_labels *labels, char *text);

/* A whole file with a NUL behind it; free() it. */
bool attach_load(const char *path, char **text, size_t *size, struct err *err);

/* Makes the tables of schema/symbols.h that are not there; those that only a title's database fills take room even when
 * they are empty. */
bool attach_tables(sqlite3 *db, bool of_title_too, struct err *err);

/* A title's database, to read; NULL: it is none, or of a format that is not known. */
sqlite3 *attach_open_title(const char *path, struct err *err);
/* Copies what it holds, as of this source. */
bool attach_copy_title(sqlite3 *to, sqlite3 *from, u32 source, struct err *err);

/* Makes symbol_functions and symbol_data anew from symbol_labels: names and sizes of later sources win, functions that
 * an analysis saw inside one whose size a later source knows are dropped, none overlap. */
bool attach_merge(sqlite3 *db, struct err *err);

/* Reads the notes DIR/NAME.md, NAME a function or sub_ADDRESS, into symbol_notes. *others: files of other names. */
bool attach_notes(sqlite3 *db, u32 source, const char *folder, u32 *count, u32 *others, struct err *err);

/* Runs SQL; false: err says what failed. */
bool attach_run(sqlite3 *db, const char *sql, struct err *err);
/* NULL: err says what failed. */
sqlite3_stmt *attach_prepare(sqlite3 *db, const char *sql, struct err *err);

#endif
