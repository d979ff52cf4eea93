/* SPDX-License-Identifier: BSD-3-Clause
 * The functions address_name and return_name (diff/sql.h): names for any integer of a query. */
#include "diff/sql_source.h"

#ifdef LOCKSTEP_EXTENSION
SQLITE_EXTENSION_INIT3
#endif
#include <stdlib.h>

/* The journal of the connection, opened when a name is first asked for; NULL: it has none. */
struct names {
    struct journal_reader *journal;
    u32 users; /* both functions */
    bool is_opened;
};

static struct symbols *symbols_of(sqlite3_context *context)
{
    struct names *names = sqlite3_user_data(context);
    const char *path = sqlite3_db_filename(sqlite3_context_db_handle(context), "main");
    struct err err;
    if (!names->is_opened)
        names->journal = path && *path ? journal_open(path, &err) : NULL;
    names->is_opened = true;
    return names->journal ? symbols_open(names->journal) : NULL;
}

static void put_name(sqlite3_context *out, sqlite3_value *value,
                     const char *(*find)(struct symbols *, u32, char *, size_t))
{
    char buffer[SYMBOLS_TEXT];
    s64 address = sqlite3_value_int64(value);
    bool is_address = sqlite3_value_type(value) == SQLITE_INTEGER && address > 0 && address <= UINT32_MAX;
    struct symbols *symbols = is_address ? symbols_of(out) : NULL;
    if (symbols)
        sql_put_text(out, find(symbols, (u32)address, buffer, sizeof buffer));
}

static void address_name(sqlite3_context *out, int count, sqlite3_value **values)
{
    (void)count;
    put_name(out, values[0], symbols_find_name);
}

static void return_name(sqlite3_context *out, int count, sqlite3_value **values)
{
    (void)count;
    put_name(out, values[0], symbols_find_return_name);
}

static void release(void *data)
{
    struct names *names = data;
    if (--names->users)
        return;
    journal_close(names->journal);
    free(names);
}

int sql_register_names(sqlite3 *db)
{
    struct names *names = calloc(1, sizeof *names);
    CHECK(names, "out of memory");
    names->users = 2;
    int first =
        sqlite3_create_function_v2(db, "address_name", 1, SQLITE_UTF8, names, address_name, NULL, NULL, release);
    int second = sqlite3_create_function_v2(db, "return_name", 1, SQLITE_UTF8, names, return_name, NULL, NULL, release);
    return first ? first : second;
}
