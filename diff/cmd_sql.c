/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep sql: questions in SQL, with the tables of diff/sql.h. */
#include "diff/commands.h"
#include "diff/sql.h"
#include "diff/table.h"

#include <sqlite3.h>
#include <stdlib.h>

struct answer {
    struct table table;
    struct table_column columns[TABLE_COLUMNS_MAX];
    char *names[TABLE_COLUMNS_MAX]; /* each once: JSON objects need that */
    u32 count;
    bool json;
};

static bool begin(struct answer *a, sqlite3_stmt *statement, enum table_form form, struct err *err)
{
    int count = sqlite3_column_count(statement);
    if (count > TABLE_COLUMNS_MAX)
        return err_set(err, "the answer has %d columns; at most %d can be printed", count, TABLE_COLUMNS_MAX);
    for (a->count = 0; a->count < (u32)count; a->count++) {
        int i = (int)a->count;
        const char *name = sqlite3_column_name(statement, i);
        bool is_twice = false;
        for (int k = 0; k < i; k++)
            is_twice = is_twice || !strcmp(a->names[k], name);
        a->names[i] = is_twice ? sqlite3_mprintf("%s:%d", name, i + 1) : sqlite3_mprintf("%s", name);
        CHECK(a->names[i], "out of memory");
        a->columns[i] = (struct table_column){a->names[i], TABLE_TEXT, 0};
    }
    a->json = form == TABLE_AS_JSON;
    if (!a->json)
        table_begin(&a->table, form, stdout, a->columns, a->count);
    return true;
}

/* Values keep the type that SQLite gives them, row by row. */
static void put_json(const struct answer *a, sqlite3_stmt *statement)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    for (int i = 0; i < (int)a->count; i++)
        switch (sqlite3_column_type(statement, i)) {
        case SQLITE_NULL:
            json_null(&j, a->names[i]);
            break;
        case SQLITE_INTEGER:
            json_s64(&j, a->names[i], sqlite3_column_int64(statement, i));
            break;
        case SQLITE_FLOAT:
            json_real(&j, a->names[i], sqlite3_column_double(statement, i));
            break;
        default:
            json_bytes(&j, a->names[i], sqlite3_column_text(statement, i), (size_t)sqlite3_column_bytes(statement, i));
        }
    json_close(&j);
    json_finish(&j);
}

static void put_row(struct answer *a, sqlite3_stmt *statement)
{
    if (a->json) {
        put_json(a, statement);
        return;
    }
    for (int i = 0; i < (int)a->count; i++)
        if (sqlite3_column_type(statement, i) == SQLITE_NULL)
            table_none(&a->table);
        else
            table_bytes(&a->table, (const char *)sqlite3_column_text(statement, i),
                        (size_t)sqlite3_column_bytes(statement, i));
    table_row(&a->table);
}

/* One statement; *rest is what follows it. */
static bool run_one(sqlite3 *db, const char *sql, const char **rest, enum table_form form, struct err *err)
{
    sqlite3_stmt *statement;
    struct answer a = {.count = 0};
    if (sqlite3_prepare_v2(db, sql, -1, &statement, rest))
        return err_set(err, "%s", sqlite3_errmsg(db));
    if (!statement)
        return true;
    int code = sqlite3_step(statement);
    bool ok = true;
    if (sqlite3_column_count(statement)) {
        ok = begin(&a, statement, form, err);
        for (; ok && code == SQLITE_ROW; code = sqlite3_step(statement))
            put_row(&a, statement);
        if (ok && !a.json)
            table_end(&a.table);
    }
    for (u32 i = 0; i < a.count; i++)
        sqlite3_free(a.names[i]);
    if (ok && code != SQLITE_DONE)
        ok = err_set(err, "%s", sqlite3_errmsg(db));
    sqlite3_finalize(statement);
    return ok;
}

int cmd_sql(const struct cli *cli)
{
    struct err err;
    sqlite3 *db = NULL;
    enum table_form form;
    if (!table_form(&form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    struct journal_reader *journal = journal_open(cli->operands[0], &err); /* says what is wrong better than SQLite */
    if (!journal)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    journal_close(journal);
    bool ok = !sqlite3_open_v2(cli->operands[0], &db, SQLITE_OPEN_READONLY, NULL) && !sql_register(db);
    if (!ok)
        err_set(&err, "%s: %s", cli->operands[0], sqlite3_errmsg(db));
    for (const char *sql = cli->operands[1]; ok && *sql;)
        ok = run_one(db, sql, &sql, form, &err);
    sqlite3_close(db);
    return ok ? EXIT_OK : cli_fail(cli, EXIT_HOST_ERROR, &err);
}
