/* SPDX-License-Identifier: BSD-3-Clause
 * Finding names in the tables that `attach` put into a journal (diff/symbols.h). Each address is looked up in the
 * database once; the answer stays in a table by address. */
#include "diff/symbols.h"
#include "cli/cli.h"

#include <sqlite3.h>
#include <stdlib.h>

/* What stands at an address: a function, or the text that names a place in data. */
struct place {
    bool is_function;
    struct symbols_function function;
    char *text;
};

struct slot {
    u32 address;
    bool is_used;
    bool is_no_wrapper;        /* no wrapper's call stands there: asked before */
    const struct place *place; /* NULL: nothing is known */
};

enum query {
    QUERY_FUNCTION,
    QUERY_DATA,
    QUERY_TABLE,
    QUERY_NOTE,
    QUERY_WRAPPER,
    QUERY_CALLERS,
    QUERY_CALLS,
    QUERY_BRANCHES,
    QUERY_SOURCE,
    QUERY_NAME,
    QUERY_COUNT,
    QUERIES
};

#define ANY_SOURCE "source IN (SELECT id FROM symbol_sources)"

static const char *const queries[QUERIES] = {
    [QUERY_FUNCTION] = "SELECT start, end, name, how FROM symbol_functions WHERE start<=?1 ORDER BY start DESC LIMIT 1",
    [QUERY_DATA] = "SELECT start, end, name FROM symbol_data WHERE start<=?1 ORDER BY start DESC LIMIT 1",
    [QUERY_TABLE] = "SELECT kind, start, width FROM symbol_tables WHERE start<=?1 AND end>?1 LIMIT 1",
    [QUERY_NOTE] = "SELECT file FROM symbol_notes WHERE address>=?1 AND address<?2 AND " ANY_SOURCE
                   " ORDER BY source DESC LIMIT 1",
    [QUERY_WRAPPER] = "SELECT function, site, op, depth FROM symbol_wrappers WHERE site=?1 AND " ANY_SOURCE " LIMIT 1",
    [QUERY_CALLERS] = "SELECT site, target, function, kind FROM symbol_calls WHERE target=?1 ORDER BY site",
    [QUERY_CALLS] = "SELECT site, target, function, kind FROM symbol_calls WHERE site>=?1 AND site<?2 AND " ANY_SOURCE
                    " ORDER BY site",
    [QUERY_BRANCHES] = "SELECT pc, function, target, compare, kind, condition, registers FROM symbol_branches WHERE "
                       "function=?1 ORDER BY pc",
    [QUERY_SOURCE] = "SELECT id, kind, path, (SELECT count(*) FROM symbol_labels WHERE source=id) +"
                     " (SELECT count(*) FROM symbol_notes WHERE source=id)"
                     " FROM symbol_sources ORDER BY id LIMIT 1 OFFSET ?1",
    [QUERY_NAME] = "SELECT min(start), count(*), max(start) FROM symbol_functions WHERE name=?1",
    [QUERY_COUNT] = "SELECT count(*) FROM symbol_functions",
};

struct symbols {
    sqlite3 *db;
    bool are_there;
    sqlite3_stmt *statements[QUERIES];
    struct slot *slots; /* open addressing; slot_count is a power of two */
    u32 slot_count;
    u32 used;
    struct place **places;
    size_t place_count;
};

static void release(void *data)
{
    struct symbols *s = data;
    for (u32 i = 0; i < QUERIES; i++)
        sqlite3_finalize(s->statements[i]);
    for (size_t i = 0; i < s->place_count; i++) {
        free((char *)s->places[i]->function.name);
        free((char *)s->places[i]->function.how);
        free((char *)s->places[i]->function.note);
        free(s->places[i]->text);
        free(s->places[i]);
    }
    free(s->places);
    free(s->slots);
    free(s);
}

struct symbols *symbols_open(struct journal_reader *journal)
{
    struct journal_companion *companion = journal_companion(journal);
    if (companion->data)
        return companion->data;
    struct symbols *s = calloc(1, sizeof *s);
    CHECK(s, "out of memory");
    s->db = journal_sqlite(journal);
    s->slot_count = 1024;
    s->slots = calloc(s->slot_count, sizeof *s->slots);
    CHECK(s->slots, "out of memory");
    s->are_there = !sqlite3_prepare_v2(s->db, queries[QUERY_FUNCTION], -1, &s->statements[QUERY_FUNCTION], NULL);
    *companion = (struct journal_companion){s, release};
    return s;
}

bool symbols_are_there(const struct symbols *s)
{
    return s->are_there;
}

/* Ready to be stepped; NULL: nothing was attached, or its tables are damaged. */
static sqlite3_stmt *ask(struct symbols *s, enum query query, u32 first, u32 second)
{
    sqlite3_stmt **statement = &s->statements[query];
    if (!s->are_there || (!*statement && sqlite3_prepare_v2(s->db, queries[query], -1, statement, NULL)))
        return NULL;
    sqlite3_reset(*statement);
    sqlite3_bind_int64(*statement, 1, first);
    sqlite3_bind_int64(*statement, 2, second);
    return *statement;
}

static u32 column(sqlite3_stmt *row, int place)
{
    return (u32)sqlite3_column_int64(row, place);
}

static const char *column_text(sqlite3_stmt *row, int place)
{
    const char *text = (const char *)sqlite3_column_text(row, place);
    return text ? text : "";
}

/* A copy that a terminal can show. */
static char *copy_text(const char *text)
{
    char *copy = strdup(text);
    CHECK(copy, "out of memory");
    for (char *p = copy; *p; p++)
        if ((u8)*p < 0x20 || *p == 0x7F)
            *p = '?';
    return copy;
}

static struct place *new_place(struct symbols *s)
{
    struct place *place = calloc(1, sizeof *place);
    s->places = realloc(s->places, (s->place_count + 1) * sizeof *s->places);
    CHECK(place && s->places, "out of memory");
    return s->places[s->place_count++] = place;
}

static struct slot *find_slot(const struct symbols *s, u32 address)
{
    u32 at = address * 0x9E3779B1u >> 7;
    for (;; at++) {
        struct slot *slot = &s->slots[at & (s->slot_count - 1)];
        if (!slot->is_used || slot->address == address)
            return slot;
    }
}

static void grow(struct symbols *s)
{
    struct slot *old = s->slots;
    u32 count = s->slot_count;
    s->slot_count *= 2;
    s->slots = calloc(s->slot_count, sizeof *s->slots);
    CHECK(s->slots, "out of memory");
    for (u32 i = 0; i < count; i++)
        if (old[i].is_used)
            *find_slot(s, old[i].address) = old[i];
    free(old);
}

static const struct place *remember(struct symbols *s, u32 address, const struct place *place)
{
    if (s->used * 2 >= s->slot_count)
        grow(s);
    struct slot *slot = find_slot(s, address);
    s->used += !slot->is_used;
    *slot = (struct slot){address, true, false, place};
    return place;
}

static char *note_of(struct symbols *s, u32 start, u32 end)
{
    sqlite3_stmt *row = ask(s, QUERY_NOTE, start, end);
    return row && sqlite3_step(row) == SQLITE_ROW ? copy_text(column_text(row, 0)) : NULL;
}

static const struct place *function_place(struct symbols *s, sqlite3_stmt *row)
{
    u32 start = column(row, 0), end = column(row, 1);
    struct slot *slot = find_slot(s, start);
    if (slot->is_used)
        return slot->place;
    struct place *place = new_place(s);
    char unnamed[16];
    snprintf(unnamed, sizeof unnamed, "sub_%08X", start);
    bool is_named = sqlite3_column_type(row, 2) != SQLITE_NULL;
    place->is_function = true;
    place->function = (struct symbols_function){start, end, copy_text(is_named ? column_text(row, 2) : unnamed),
                                                copy_text(column_text(row, 3)), NULL};
    place->function.note = note_of(s, start, end);
    return remember(s, start, place);
}

static const struct place *text_place(struct symbols *s, const char *text)
{
    struct place *place = new_place(s);
    place->text = copy_text(text);
    return place;
}

/* The name of data that begins exactly there; false: it has none. */
static bool data_name(struct symbols *s, u32 address, char *name, size_t capacity)
{
    sqlite3_stmt *row = ask(s, QUERY_DATA, address, 0);
    if (!row || sqlite3_step(row) != SQLITE_ROW || column(row, 0) != address)
        return false;
    snprintf(name, capacity, "%.200s", column_text(row, 2));
    return true;
}

/* Inside a table: "base" where it begins, else which slot. */
static const struct place *table_place(struct symbols *s, u32 address)
{
    char name[SYMBOLS_TEXT], text[SYMBOLS_TEXT + 32];
    sqlite3_stmt *row = ask(s, QUERY_TABLE, address, 0);
    if (!row || sqlite3_step(row) != SQLITE_ROW || !column(row, 2))
        return NULL;
    u32 start = column(row, 1), width = column(row, 2), slot = (address - start) / width,
        rest = (address - start) % width;
    const char *kind = strcmp(column_text(row, 0), "jump") ? "pointers" : "jumptable";
    if (!data_name(s, start, name, sizeof name))
        snprintf(name, sizeof name, "%s_%08X", kind, start);
    if (address == start)
        snprintf(text, sizeof text, "%s base", name);
    else
        snprintf(text, sizeof text, rest ? "%s slot %u+%u" : "%s slot %u", name, slot, rest);
    return text_place(s, text);
}

static const struct place *data_place(struct symbols *s, u32 address)
{
    char text[SYMBOLS_TEXT];
    const struct place *place = table_place(s, address);
    if (place)
        return place;
    sqlite3_stmt *row = ask(s, QUERY_DATA, address, 0);
    if (!row || sqlite3_step(row) != SQLITE_ROW || address >= column(row, 1))
        return NULL;
    u32 offset = address - column(row, 0);
    snprintf(text, sizeof text, offset ? "%.200s+0x%x" : "%.200s", column_text(row, 2), offset);
    return text_place(s, text);
}

static const struct place *find_place(struct symbols *s, u32 address)
{
    struct slot *slot = find_slot(s, address);
    if (slot->is_used || !s->are_there)
        return slot->place;
    const struct place *place = NULL;
    sqlite3_stmt *row = ask(s, QUERY_FUNCTION, address, 0);
    if (row && sqlite3_step(row) == SQLITE_ROW && address < column(row, 1))
        place = function_place(s, row);
    return remember(s, address, place ? place : data_place(s, address));
}

bool symbols_function(struct symbols *s, u32 address, struct symbols_function *function)
{
    const struct place *place = find_place(s, address);
    if (!place || !place->is_function)
        return false;
    *function = place->function;
    return true;
}

static const char *place_name(const struct place *place, u32 address, char *buffer, size_t capacity)
{
    if (!place)
        return NULL;
    if (!place->is_function)
        snprintf(buffer, capacity, "%s", place->text);
    else if (address == place->function.start)
        snprintf(buffer, capacity, "%s", place->function.name);
    else
        snprintf(buffer, capacity, "%s+0x%x", place->function.name, address - place->function.start);
    return buffer;
}

const char *symbols_find_name(struct symbols *s, u32 address, char *buffer, size_t capacity)
{
    return place_name(find_place(s, address), address, buffer, capacity);
}

const char *symbols_find_return_name(struct symbols *s, u32 lr, char *buffer, size_t capacity)
{
    const struct place *place = find_place(s, lr - 4);
    return place && place->is_function ? place_name(place, lr, buffer, capacity) : NULL;
}

static const char *or_plain(const char *name, u32 address, char *buffer, size_t capacity)
{
    if (!name)
        snprintf(buffer, capacity, "0x%08X", address);
    return buffer;
}

/* The start of the one function of that name. */
static bool find_named(struct symbols *s, const char *name, u32 *address, struct err *err)
{
    u64 number;
    char hex[16];
    sqlite3_stmt *row = ask(s, QUERY_NAME, 0, 0);
    if (row) {
        sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
        u32 count = sqlite3_step(row) == SQLITE_ROW ? column(row, 1) : 0, first = column(row, 0), last = column(row, 2);
        sqlite3_reset(row);
        *address = first;
        if (count > 1)
            return err_set(err, "%u functions have that name, from 0x%08X to 0x%08X: give the address", count, first,
                           last);
        if (count)
            return true;
    }
    snprintf(hex, sizeof hex, "0x%.8s", strlen(name) == 12 && !strncmp(name, "sub_", 4) ? name + 4 : "");
    if (cli_read_u64(hex, &number) && number <= UINT32_MAX) {
        *address = (u32)number;
        return true;
    }
    return err_set(err, s->are_there ? "neither an address nor the name of a function that is known"
                                     : "not an address, and the journal has no symbols; lockstep attach adds them");
}

bool symbols_address(struct symbols *s, const char *text, u32 *address, struct err *err)
{
    const char *plus = strrchr(text, '+');
    char name[SYMBOLS_TEXT];
    u64 number, offset = 0;
    u32 start = 0;
    if (cli_read_u64(text, &number)) {
        *address = (u32)number;
        return number <= UINT32_MAX || err_set(err, "an address has 32 bits");
    }
    bool has_offset = plus && cli_read_u64(plus + 1, &offset);
    snprintf(name, sizeof name, "%.*s", has_offset ? (int)(plus - text) : (int)sizeof name - 1, text);
    if (!find_named(s, name, &start, err))
        return false;
    *address = start + (u32)offset;
    return offset <= UINT32_MAX - start || err_set(err, "an address has 32 bits");
}

const char *symbols_name(struct symbols *s, u32 address, char *buffer, size_t capacity)
{
    return or_plain(symbols_find_name(s, address, buffer, capacity), address, buffer, capacity);
}

const char *symbols_return_name(struct symbols *s, u32 lr, char *buffer, size_t capacity)
{
    return or_plain(symbols_find_return_name(s, lr, buffer, capacity), lr, buffer, capacity);
}

bool symbols_wrapper(struct symbols *s, u32 lr, struct symbols_wrapper *wrapper)
{
    find_place(s, lr - 4);
    struct slot *slot = find_slot(s, lr - 4);
    sqlite3_stmt *row = slot->is_no_wrapper ? NULL : ask(s, QUERY_WRAPPER, lr - 4, 0);
    if (!row || sqlite3_step(row) != SQLITE_ROW) {
        slot->is_no_wrapper = slot->is_used;
        return false;
    }
    *wrapper = (struct symbols_wrapper){column(row, 0), column(row, 1), column(row, 2), column(row, 3)};
    return true;
}

static size_t each_call(sqlite3_stmt *row, bool (*each)(void *context, const struct symbols_call *), void *context)
{
    size_t count = 0;
    bool more = row != NULL;
    while (more && sqlite3_step(row) == SQLITE_ROW) {
        struct symbols_call call = {column(row, 0), column(row, 1), column(row, 2), column_text(row, 3)};
        more = each(context, &call);
        count++;
    }
    return count;
}

size_t symbols_callers(struct symbols *s, u32 target, bool (*each)(void *context, const struct symbols_call *),
                       void *context)
{
    return each_call(ask(s, QUERY_CALLERS, target, 0), each, context);
}

size_t symbols_calls(struct symbols *s, u32 function, bool (*each)(void *context, const struct symbols_call *),
                     void *context)
{
    struct symbols_function f;
    if (!symbols_function(s, function, &f))
        return 0;
    return each_call(ask(s, QUERY_CALLS, f.start, f.end), each, context);
}

size_t symbols_branches(struct symbols *s, u32 function, bool (*each)(void *context, const struct symbols_branch *),
                        void *context)
{
    size_t count = 0;
    sqlite3_stmt *row = ask(s, QUERY_BRANCHES, function, 0);
    bool more = row != NULL;
    while (more && sqlite3_step(row) == SQLITE_ROW) {
        struct symbols_branch branch = {column(row, 0),      column(row, 1),      column(row, 2),     column(row, 3),
                                        column_text(row, 4), column_text(row, 5), column_text(row, 6)};
        more = each(context, &branch);
        count++;
    }
    return count;
}

bool symbols_source_at(struct symbols *s, u32 i, struct symbols_source *source)
{
    sqlite3_stmt *row = ask(s, QUERY_SOURCE, i, 0);
    if (!row || sqlite3_step(row) != SQLITE_ROW)
        return false;
    *source = (struct symbols_source){column(row, 0), column_text(row, 1), column_text(row, 2),
                                      (u64)sqlite3_column_int64(row, 3)};
    return true;
}

u64 symbols_function_count(struct symbols *s)
{
    sqlite3_stmt *row = ask(s, QUERY_COUNT, 0, 0);
    return row && sqlite3_step(row) == SQLITE_ROW ? (u64)sqlite3_column_int64(row, 0) : 0;
}
