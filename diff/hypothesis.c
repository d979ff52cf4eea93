/* SPDX-License-Identifier: BSD-3-Clause
 * Reading and writing hypotheses (diff/hypothesis.h). */
#include "diff/hypothesis.h"
#include "diff/beside.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const states[] = {"open", "confirmed", "refuted"};

const char *hypothesis_state_name(u8 state)
{
    return state < HYPOTHESIS_STATES ? states[state] : "unknown";
}

bool hypothesis_read_state(const char *name, u8 *state)
{
    for (u8 i = 0; i < HYPOTHESIS_STATES; i++)
        if (!strcmp(name, states[i])) {
            *state = i;
            return true;
        }
    return false;
}

/* ---- Reading. ---- */

/* One line of it: the journal may be anybody's. */
static void read_text(sqlite3_stmt *row, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    snprintf(out, size, "%s", text ? text : "");
    for (char *c = out; *c; c++)
        if ((u8)*c < 0x20 || *c == 0x7F)
            *c = ' ';
}

/* NULL: the journal has none. */
static sqlite3_stmt *prepare(struct journal_reader *journal, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(journal_sqlite(journal), sql, -1, &statement, NULL);
    return statement;
}

static void read_facts(struct journal_reader *journal, struct hypothesis *h)
{
    char sign[4];
    sqlite3_stmt *all = prepare(
        journal, "SELECT sign, text, thread, idx, seq, time FROM hypothesis_facts WHERE name = ? ORDER BY rowid");
    if (all)
        sqlite3_bind_text(all, 1, h->name, -1, SQLITE_STATIC);
    while (all && sqlite3_step(all) == SQLITE_ROW) {
        h->facts = realloc(h->facts, (h->fact_count + 1) * sizeof *h->facts);
        CHECK(h->facts, "out of memory");
        struct hypothesis_fact *f = &h->facts[h->fact_count++];
        read_text(all, 0, sign, sizeof sign);
        *f = (struct hypothesis_fact){.sign = sign[0] == '-' ? '-' : '+',
                                      .is_event = sqlite3_column_type(all, 2) != SQLITE_NULL,
                                      .thread = (u32)sqlite3_column_int64(all, 2),
                                      .index = (u32)sqlite3_column_int64(all, 3),
                                      .seq = (u64)sqlite3_column_int64(all, 4),
                                      .time = (u64)sqlite3_column_int64(all, 5)};
        read_text(all, 1, f->text, sizeof f->text);
    }
    sqlite3_finalize(all);
}

u32 hypothesis_all(struct journal_reader *journal, struct hypothesis **list)
{
    char state[16];
    u32 count = 0;
    sqlite3_stmt *all = prepare(journal, "SELECT name, state, text FROM hypotheses ORDER BY rowid");
    *list = NULL;
    while (all && sqlite3_step(all) == SQLITE_ROW) {
        *list = realloc(*list, (count + 1) * sizeof **list);
        CHECK(*list, "out of memory");
        struct hypothesis *h = &(*list)[count++];
        *h = (struct hypothesis){0};
        read_text(all, 0, h->name, sizeof h->name);
        read_text(all, 1, state, sizeof state);
        read_text(all, 2, h->text, sizeof h->text);
        if (!hypothesis_read_state(state, &h->state))
            h->state = HYPOTHESIS_STATES;
        read_facts(journal, h);
    }
    sqlite3_finalize(all);
    return count;
}

void hypothesis_free(struct hypothesis *list, u32 count)
{
    for (u32 i = 0; i < count; i++)
        free(list[i].facts);
    free(list);
}

/* ---- Writing. ---- */

static sqlite3 *open_tables(const char *path, struct err *err)
{
    static const char tables[] =
        "CREATE TABLE IF NOT EXISTS hypotheses(name TEXT UNIQUE, state TEXT, text TEXT);"
        "CREATE TABLE IF NOT EXISTS hypothesis_facts(name TEXT, sign TEXT, text TEXT, thread INTEGER, "
        "idx INTEGER, seq INTEGER, time INTEGER)";
    sqlite3 *db = beside_open(path, err);
    if (!db || !sqlite3_exec(db, tables, NULL, NULL, NULL))
        return db;
    beside_close(db, false, path, err);
    return NULL;
}

/* A statement whose parameters 1 ... are these texts. */
static sqlite3_stmt *statement_of(sqlite3 *db, const char *sql, const char *const texts[], int count)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL))
        return NULL;
    for (int i = 0; i < count; i++)
        sqlite3_bind_text(s, i + 1, texts[i], -1, SQLITE_STATIC);
    return s;
}

static bool has(sqlite3 *db, const char *name)
{
    sqlite3_stmt *find = statement_of(db, "SELECT 1 FROM hypotheses WHERE name = ?", &name, 1);
    bool found = find && sqlite3_step(find) == SQLITE_ROW;
    sqlite3_finalize(find);
    return found;
}

static bool put_fact(sqlite3 *db, const char *name, const struct hypothesis_fact *f)
{
    const char sign[2] = {f->sign, 0}, *const texts[] = {name, sign, f->text};
    sqlite3_stmt *put = statement_of(db, "INSERT INTO hypothesis_facts VALUES(?, ?, ?, ?, ?, ?, ?)", texts, 3);
    if (put && f->is_event) {
        sqlite3_bind_int64(put, 4, f->thread);
        sqlite3_bind_int64(put, 5, f->index);
        sqlite3_bind_int64(put, 6, (sqlite3_int64)f->seq);
        sqlite3_bind_int64(put, 7, (sqlite3_int64)f->time);
    }
    return beside_step(db, put);
}

bool hypothesis_add(const char *path, const struct hypothesis *h, struct err *err)
{
    const char *const texts[] = {h->name, hypothesis_state_name(h->state), h->text};
    sqlite3 *db = open_tables(path, err);
    if (!db)
        return false;
    if (has(db, h->name)) {
        sqlite3_close(db);
        return err_set(err, "%s has a hypothesis %s already", path, h->name);
    }
    bool ok = beside_step(db, statement_of(db, "INSERT INTO hypotheses VALUES(?, ?, ?)", texts, 3));
    for (u32 i = 0; ok && i < h->fact_count; i++)
        ok = put_fact(db, h->name, &h->facts[i]);
    return beside_close(db, ok, path, err);
}

bool hypothesis_note(const char *path, const char *name, const struct hypothesis_fact *fact, bool *found,
                     struct err *err)
{
    sqlite3 *db = open_tables(path, err);
    if (!db)
        return false;
    *found = has(db, name);
    return beside_close(db, !*found || put_fact(db, name, fact), path, err);
}

bool hypothesis_set(const char *path, const char *name, u8 state, bool *found, struct err *err)
{
    const char *const texts[] = {name, hypothesis_state_name(state)};
    sqlite3 *db = open_tables(path, err);
    if (!db)
        return false;
    bool ok = beside_step(db, statement_of(db, "UPDATE hypotheses SET state = ?2 WHERE name = ?1", texts, 2));
    *found = ok && sqlite3_changes(db) > 0;
    return beside_close(db, ok, path, err);
}

bool hypothesis_remove(const char *path, const char *name, bool *found, struct err *err)
{
    sqlite3 *db = open_tables(path, err);
    if (!db)
        return false;
    bool ok = beside_step(db, statement_of(db, "DELETE FROM hypotheses WHERE name = ?", &name, 1));
    *found = ok && sqlite3_changes(db) > 0;
    ok = ok && beside_step(db, statement_of(db, "DELETE FROM hypothesis_facts WHERE name = ?", &name, 1));
    return beside_close(db, ok, path, err);
}
