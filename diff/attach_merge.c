/* SPDX-License-Identifier: BSD-3-Clause
 * Merging what several sources say of a title's addresses (diff/attach.h). */
#include "diff/attach.h"

#include <stdlib.h>

/* How far a name reaches that has no size. */
enum { FUNCTION_REACH = 0x10000, DATA_REACH = 0x1000 };

struct label {
    u32 start;
    u32 end;
    u32 source; /* 0: dropped */
    enum attach_kind kind;
    bool is_sized; /* the source said so, and it is no analysis */
    char *name;    /* NULL: none */
    char *how;
};

struct section {
    u32 start;
    u32 end;
    bool is_code;
};

struct merge {
    sqlite3 *db;
    struct label *labels;
    size_t label_count;
    struct section *sections;
    size_t section_count;
};

bool attach_run(sqlite3 *db, const char *sql, struct err *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           err_set(err, "cannot write %s: %s", sqlite3_db_filename(db, "main"), sqlite3_errmsg(db));
}

sqlite3_stmt *attach_prepare(sqlite3 *db, const char *sql, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL))
        err_set(err, "cannot read %s: %s", sqlite3_db_filename(db, "main"), sqlite3_errmsg(db));
    return statement;
}

static char *copy_column(sqlite3_stmt *row, int place)
{
    const char *text = (const char *)sqlite3_column_text(row, place);
    char *copy = text ? strdup(text) : NULL;
    CHECK(copy || !text, "out of memory");
    return copy;
}

static bool load_sections(struct merge *m, struct err *err)
{
    sqlite3_stmt *row = attach_prepare(m->db, "SELECT start, end, access LIKE '%x' FROM symbol_sections", err);
    if (!row)
        return false;
    while (sqlite3_step(row) == SQLITE_ROW) {
        m->sections = realloc(m->sections, (m->section_count + 1) * sizeof *m->sections);
        CHECK(m->sections, "out of memory");
        m->sections[m->section_count++] = (struct section){
            (u32)sqlite3_column_int64(row, 0), (u32)sqlite3_column_int64(row, 1), sqlite3_column_int(row, 2) != 0};
    }
    sqlite3_finalize(row);
    return true;
}

static const struct section *section_of(const struct merge *m, u32 address)
{
    for (size_t i = 0; i < m->section_count; i++)
        if (address >= m->sections[i].start && address < m->sections[i].end)
            return &m->sections[i];
    return NULL;
}

/* Where nothing is known of the title, what a user labels is taken for code. */
static enum attach_kind kind_of(const struct merge *m, const char *kind, u32 start)
{
    const struct section *section = section_of(m, start);
    if (!strcmp(kind, "unknown"))
        return m->section_count && !(section && section->is_code) ? ATTACH_DATA : ATTACH_FUNCTION;
    return strcmp(kind, "data") ? ATTACH_FUNCTION : ATTACH_DATA;
}

static bool load_labels(struct merge *m, struct err *err)
{
    sqlite3_stmt *row =
        attach_prepare(m->db,
                       "SELECT l.start, l.end, l.source, l.kind, s.kind<>'title' AND l.end<>0, l.name, l.how FROM "
                       "symbol_labels l JOIN symbol_sources s ON s.id=l.source ORDER BY l.start, l.source",
                       err);
    size_t capacity = 0;
    if (!row)
        return false;
    while (sqlite3_step(row) == SQLITE_ROW) {
        if (m->label_count == capacity) {
            capacity = capacity ? capacity * 2 : 1024;
            m->labels = realloc(m->labels, capacity * sizeof *m->labels);
            CHECK(m->labels, "out of memory");
        }
        u32 start = (u32)sqlite3_column_int64(row, 0);
        const char *kind = (const char *)sqlite3_column_text(row, 3);
        m->labels[m->label_count++] = (struct label){start,
                                                     (u32)sqlite3_column_int64(row, 1),
                                                     (u32)sqlite3_column_int64(row, 2),
                                                     kind_of(m, kind ? kind : "unknown", start),
                                                     sqlite3_column_int(row, 4) != 0,
                                                     copy_column(row, 5),
                                                     copy_column(row, 6)};
    }
    sqlite3_finalize(row);
    return true;
}

static void take(struct label *into, struct label *from)
{
    if (from->name) {
        free(into->name);
        into->name = from->name;
        into->source = from->source;
        from->name = NULL;
    }
    if (from->end) {
        into->end = from->end;
        into->is_sized = from->is_sized;
    }
    from->source = 0;
}

/* Labels of one kind at one address become the first of them. */
static void join(struct merge *m)
{
    struct label *heads[2] = {NULL, NULL};
    for (size_t i = 0; i < m->label_count; i++) {
        struct label *label = &m->labels[i], **head = &heads[label->kind];
        if (*head && (*head)->start == label->start)
            take(*head, label);
        else
            *head = label;
    }
}

/* What only an analysis saw is not there inside something whose size is known better. */
static void drop_inner(struct merge *m, enum attach_kind kind)
{
    u32 end = 0;
    for (size_t i = 0; i < m->label_count; i++) {
        struct label *label = &m->labels[i];
        if (!label->source || label->kind != kind)
            continue;
        if (label->start < end && !label->name)
            label->source = 0;
        else if (label->is_sized)
            end = label->end;
    }
}

static u32 limit_of(const struct merge *m, const struct label *label, u32 reach)
{
    const struct section *section = section_of(m, label->start);
    u32 limit = label->start + (label->kind == ATTACH_DATA ? DATA_REACH : FUNCTION_REACH);
    if (label->end)
        limit = label->end;
    else if (reach > label->start)
        limit = reach;
    else if (section && section->end < limit)
        limit = section->end;
    return limit < label->start ? UINT32_MAX : limit;
}

/* Each ends where the next begins at the latest; one without an end that begins inside another takes over from there.
 */
static void limit(struct merge *m, enum attach_kind kind)
{
    struct label *last = NULL;
    u32 reach = 0;
    for (size_t i = 0; i < m->label_count; i++) {
        struct label *label = &m->labels[i];
        if (!label->source || label->kind != kind)
            continue;
        if (last && last->end > label->start)
            last->end = label->start;
        label->end = limit_of(m, label, reach);
        reach = label->end > reach ? label->end : reach;
        last = label;
    }
}

static bool write_label(sqlite3_stmt *insert, const struct label *label)
{
    sqlite3_reset(insert);
    sqlite3_bind_int64(insert, 1, label->start);
    sqlite3_bind_int64(insert, 2, label->end);
    sqlite3_bind_text(insert, 3, label->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 4, label->source);
    if (label->kind == ATTACH_FUNCTION)
        sqlite3_bind_text(insert, 5, label->how, -1, SQLITE_STATIC);
    return sqlite3_step(insert) == SQLITE_DONE;
}

static bool write_all(const struct merge *m, struct err *err)
{
    static const char *const sql[] = {
        [ATTACH_FUNCTION] = "INSERT INTO symbol_functions(start, end, name, source, how) VALUES(?1, ?2, ?3, ?4, ?5)",
        [ATTACH_DATA] = "INSERT INTO symbol_data(start, end, name, source) VALUES(?1, ?2, ?3, ?4)",
    };
    bool ok = attach_run(m->db, "DELETE FROM symbol_functions; DELETE FROM symbol_data;", err);
    for (u32 kind = 0; ok && kind < countof(sql); kind++) {
        sqlite3_stmt *insert = attach_prepare(m->db, sql[kind], err);
        ok = insert != NULL;
        for (size_t i = 0; ok && i < m->label_count; i++)
            if (m->labels[i].source && m->labels[i].kind == (enum attach_kind)kind)
                ok = write_label(insert, &m->labels[i]) ||
                     err_set(err, "cannot write %s: %s", sqlite3_db_filename(m->db, "main"), sqlite3_errmsg(m->db));
        sqlite3_finalize(insert);
    }
    return ok;
}

bool attach_merge(sqlite3 *db, struct err *err)
{
    struct merge m = {.db = db};
    bool ok = load_sections(&m, err) && load_labels(&m, err);
    if (ok) {
        join(&m);
        for (u32 kind = ATTACH_FUNCTION; kind <= ATTACH_DATA; kind++) {
            drop_inner(&m, (enum attach_kind)kind);
            limit(&m, (enum attach_kind)kind);
        }
        ok = write_all(&m, err);
    }
    for (size_t i = 0; i < m.label_count; i++) {
        free(m.labels[i].name);
        free(m.labels[i].how);
    }
    free(m.labels);
    free(m.sections);
    return ok;
}
