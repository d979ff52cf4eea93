/* SPDX-License-Identifier: BSD-3-Clause
 * Tables as text, JSON and CSV (diff/table.h). */
#include "diff/table.h"
#include "cli/digits.h"
#include "cli/plain.h"
#include "diff/table_show.h"

#include <stdlib.h>
#include <unistd.h>

bool table_form(enum table_form *form, const struct cli *cli, struct err *err)
{
    bool json = cli_takes(cli, "json") && cli_has(cli, "json"), csv = cli_takes(cli, "csv") && cli_has(cli, "csv");
    if (json && csv)
        return err_set(err, "--json and --csv: only one of them");
    *form = json ? TABLE_AS_JSON : csv ? TABLE_AS_CSV : TABLE_AS_TEXT;
    return true;
}

/* Characters, not bytes: what a column's width counts. */
static u32 width_of_bytes(const char *text, size_t size)
{
    u32 n = 0;
    for (size_t i = 0; i < size; i++)
        n += ((u8)text[i] & 0xC0) != 0x80;
    return n;
}

static u32 width_of(const char *text)
{
    return width_of_bytes(text, strlen(text));
}

/* ---- Rows are put together in one buffer, which is written when it is large, or a line is one of a terminal. ---- */

enum { TABLE_HOLD = 65536, TABLE_SLACK = 64 };

/* Room for so many bytes and the slack. */
static char *room(struct table *t, size_t more)
{
    more += TABLE_SLACK;
    if (unlikely(t->capacity - t->size < more)) {
        t->capacity = (t->size + more) * 2;
        t->buffer = realloc(t->buffer, t->capacity);
        CHECK(t->buffer, "out of memory");
    }
    return t->buffer + t->size;
}

static void add(struct table *t, const char *text, size_t size)
{
    memcpy(room(t, size), text, size);
    t->size += size;
}

static void add_char(struct table *t, char c)
{
    *room(t, 1) = c;
    t->size++;
}

/* May write up to 15 blanks more. */
static char *blanks(char *p, u32 count)
{
    for (u32 done = 0; done < count; done += 16)
        memcpy(p + done, "                ", 16);
    return p + count;
}

static void flush(struct table *t)
{
    fwrite(t->buffer, 1, t->size, t->out);
    t->size = 0;
}

static void put_csv(struct table *t, const char *text, size_t size)
{
    bool is_plain = plain_length(text, size, '"', ',') == size;
    bool quoted = !is_plain && (memchr(text, '"', size) || memchr(text, ',', size) || memchr(text, '\n', size) ||
                                memchr(text, '\r', size));
    if (!quoted) {
        add(t, text, size);
        return;
    }
    add_char(t, '"');
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"')
            add_char(t, '"');
        add_char(t, text[i]);
    }
    add_char(t, '"');
}

static bool is_number(const struct table_column *column)
{
    return column->type == TABLE_U64 || column->type == TABLE_S64 || column->type == TABLE_TIME ||
           column->type == TABLE_DURATION || column->type == TABLE_RATIO;
}

static void put_padded(struct table *t, u32 column, const char *text, size_t size, u32 width)
{
    u32 pad = t->width[column] > width ? t->width[column] - width : 0;
    char *p = room(t, size + pad);
    bool is_right = is_number(&t->columns[column]);
    if (is_right)
        p = blanks(p, pad);
    memcpy(p, text, size);
    p += size;
    if (column + 1 == t->column_count)
        *p++ = '\n';
    else
        p = blanks(p, is_right ? 2 : pad + 2);
    t->size = (size_t)(p - t->buffer);
}

static void put_heading(struct table *t)
{
    for (u32 i = 0; i < t->column_count; i++) {
        const char *name = t->columns[i].name;
        if (t->form == TABLE_AS_TEXT) {
            put_padded(t, i, name, strlen(name), width_of(name));
            continue;
        }
        if (i)
            add_char(t, ',');
        put_csv(t, name, strlen(name));
    }
    if (t->form == TABLE_AS_CSV)
        add_char(t, '\n');
}

static void put_pending(struct table *t)
{
    const char *text = t->pending;
    put_heading(t);
    for (u64 row = 0; row < t->pending_rows; row++)
        for (u32 i = 0; i < t->column_count; i++) {
            put_padded(t, i, text, strlen(text), width_of(text));
            text += strlen(text) + 1;
        }
    free(t->pending);
    t->pending = NULL;
    t->pending_size = t->pending_rows = 0;
}

/* JSON: what comes before each cell. */
static void make_keys(struct table *t)
{
    for (u32 i = 0; i < t->column_count; i++) {
        size_t size = strlen(t->columns[i].name);
        add(t, i ? ", " : "{", i ? 2 : 1);
        t->size += json_escape_into(room(t, 6 * size + 8), t->columns[i].name, size);
        add(t, ": ", 2);
        t->key_end[i] = (u32)t->size;
    }
    t->keys = t->buffer;
    t->buffer = NULL;
    t->size = t->capacity = 0;
}

static void begin(struct table *t, const struct table_column *columns, u32 count)
{
    CHECK(count && count <= TABLE_COLUMNS_MAX, "a table of %u columns", count);
    t->columns = columns;
    t->column_count = count;
    t->hold = isatty(fileno(t->out)) ? 0 : TABLE_HOLD;
    for (u32 i = 0; i < count; i++)
        t->width[i] = width_of(columns[i].name);
    if (t->form == TABLE_AS_JSON)
        make_keys(t);
}

void table_begin(struct table *t, enum table_form form, FILE *out, const struct table_column *columns, u32 count)
{
    *t = (struct table){.form = form, .out = out};
    begin(t, columns, count);
    if (form == TABLE_AS_CSV)
        put_heading(t);
}

void table_begin_within(struct table *t, struct json *json, const char *key, const struct table_column *columns,
                        u32 count)
{
    *t = (struct table){.form = TABLE_AS_JSON, .out = json->out, .json = json};
    begin(t, columns, count);
    json_array(json, key);
}

/* ---- Cells. ---- */

/* The next cell's column, which must be of that type. */
static const struct table_column *next_cell(struct table *t, int type)
{
    u32 i = t->column++;
    CHECK(i < t->column_count, "a row has more than %u cells", t->column_count);
    const struct table_column *column = &t->columns[i];
    CHECK(type < 0 || column->type == type, "column %s is of another type", column->name);
    if (t->form == TABLE_AS_JSON) {
        u32 from = i ? t->key_end[i - 1] : 0;
        add(t, t->keys + from, t->key_end[i] - from);
    } else if (t->form == TABLE_AS_CSV && i) {
        add_char(t, ',');
    }
    return column;
}

/* A text cell, until the widths are known. */
static void keep_pending(struct table *t, const char *text, size_t size, u32 width)
{
    u32 column = t->column - 1;
    if (t->pending_size + size + 1 > t->pending_capacity) {
        t->pending_capacity = (t->pending_size + size + 1) * 2;
        t->pending = realloc(t->pending, t->pending_capacity);
        CHECK(t->pending, "out of memory");
    }
    memcpy(t->pending + t->pending_size, text, size);
    t->pending[t->pending_size + size] = 0;
    t->pending_size += size + 1;
    t->width[column] = width > t->width[column] ? width : t->width[column];
}

/* A cell in the table's form. */
static void put_cell(struct table *t, const char *text, size_t size, u32 width)
{
    if (t->form != TABLE_AS_TEXT)
        add(t, text, size);
    else if (t->rows >= TABLE_MEASURE)
        put_padded(t, t->column - 1, text, size, width);
    else
        keep_pending(t, text, size, width);
}

static void put_plain(struct table *t, const char *text, size_t size)
{
    put_cell(t, text, size, (u32)size);
}

/* A text may hold anything: what would break a line or a terminal becomes '?' for people. */
static void put_for_people(struct table *t, const char *text, size_t size)
{
    char small[256], *copy = size < sizeof small ? small : malloc(size + 1);
    CHECK(copy, "out of memory");
    for (size_t i = 0; i < size; i++)
        copy[i] = (u8)text[i] < 0x20 || text[i] == 0x7F ? '?' : text[i];
    copy[size] = 0;
    put_cell(t, copy, size, width_of(copy));
    if (copy != small)
        free(copy);
}

void table_bytes(struct table *t, const char *text, size_t size)
{
    next_cell(t, TABLE_TEXT);
    if (t->form == TABLE_AS_JSON)
        t->size += json_escape_into(room(t, 6 * size + 8), text, size);
    else if (t->form == TABLE_AS_CSV)
        put_csv(t, text, size);
    else if (plain_length(text, size, 0x7F, 0x7F) == size)
        put_plain(t, text, size);
    else
        put_for_people(t, text, size);
}

void table_text(struct table *t, const char *text)
{
    if (text)
        table_bytes(t, text, strlen(text));
    else
        table_none(t);
}

void table_none(struct table *t)
{
    static const char *const none[] = {[TABLE_AS_TEXT] = "-", [TABLE_AS_JSON] = "null", [TABLE_AS_CSV] = ""};
    next_cell(t, -1);
    put_plain(t, none[t->form], strlen(none[t->form]));
}

static void put_u64(struct table *t, u64 value)
{
    char text[24], *end = text + sizeof text, *begin = digits_decimal(end, value, 1);
    put_plain(t, begin, (size_t)(end - begin));
}

void table_u64(struct table *t, u64 value)
{
    next_cell(t, TABLE_U64);
    put_u64(t, value);
}

void table_s64(struct table *t, s64 value)
{
    char text[24], *end = text + sizeof text, *begin = digits_signed(end, value);
    next_cell(t, TABLE_S64);
    put_plain(t, begin, (size_t)(end - begin));
}

void table_hex(struct table *t, u64 value)
{
    char text[80], *end = text + sizeof text - 1, quote = t->form == TABLE_AS_JSON;
    const struct table_column *column = next_cell(t, TABLE_HEX);
    char *begin = digits_hex(end, value, column->digits ? column->digits : 1);
    *--begin = 'x';
    *--begin = '0';
    if (quote) {
        *--begin = '"';
        *end++ = '"';
    }
    put_plain(t, begin, (size_t)(end - begin));
}

void table_hex_known(struct table *t, u64 value)
{
    if (value)
        table_hex(t, value);
    else
        table_none(t);
}

void table_bool(struct table *t, bool value)
{
    const char *text = t->form != TABLE_AS_TEXT ? (value ? "true" : "false") : value ? "yes" : "no";
    next_cell(t, TABLE_BOOL);
    put_plain(t, text, strlen(text));
}

void table_time(struct table *t, const struct run_clock *clock, u64 time)
{
    char text[TABLE_SHOW], *end = text + sizeof text;
    next_cell(t, TABLE_TIME);
    if (t->form != TABLE_AS_TEXT) {
        put_u64(t, time);
        return;
    }
    char *begin = table_show_time_before(end, clock, time);
    put_plain(t, begin, (size_t)(end - begin));
}

void table_duration(struct table *t, const struct run_clock *clock, u64 duration)
{
    char text[TABLE_SHOW], *end = text + sizeof text;
    next_cell(t, TABLE_DURATION);
    if (t->form != TABLE_AS_TEXT) {
        put_u64(t, duration);
        return;
    }
    char *begin = table_show_duration_before(end, clock, duration);
    put_cell(t, begin, (size_t)(end - begin), width_of_bytes(begin, (size_t)(end - begin)));
}

void table_ratio(struct table *t, u64 a, u64 b)
{
    char text[32];
    if (!b) {
        table_none(t);
        return;
    }
    next_cell(t, TABLE_RATIO);
    put_plain(t, text,
              (size_t)snprintf(text, sizeof text, t->form == TABLE_AS_TEXT ? "%.3f" : "%.9g", (double)a / (double)b));
}

static void put_cite_json(struct table *t, const char *journal, u32 thread, u32 index)
{
    size_t size = strlen(journal);
    add(t, "{\"journal\": ", 12);
    t->size += json_escape_into(room(t, 6 * size + 8), journal, size);
    add(t, ", \"thread\": ", 12);
    put_u64(t, thread);
    add(t, ", \"index\": ", 11);
    put_u64(t, index);
    add_char(t, '}');
}

void table_cite(struct table *t, const char *label, const char *journal, u32 thread, u32 index)
{
    char text[1200], *end = text + sizeof text;
    const char *run = t->form == TABLE_AS_CSV ? journal : label;
    next_cell(t, TABLE_CITE);
    if (t->form == TABLE_AS_JSON) {
        put_cite_json(t, journal, thread, index);
        return;
    }
    char *begin = digits_decimal(end, index, 1);
    *--begin = '@';
    begin = digits_decimal(begin, thread, 1);
    if (run) {
        size_t size = strnlen(run, 1100);
        *--begin = ':';
        begin -= size;
        memcpy(begin, run, size);
    }
    size_t size = (size_t)(end - begin);
    if (t->form == TABLE_AS_CSV)
        put_csv(t, begin, size);
    else
        put_cell(t, begin, size, width_of_bytes(begin, size));
}

void table_row(struct table *t)
{
    CHECK(t->column == t->column_count, "a row of %u columns has %u cells", t->column_count, t->column);
    t->column = 0;
    t->rows++;
    if (t->form == TABLE_AS_CSV)
        add_char(t, '\n');
    if (t->form == TABLE_AS_JSON)
        add(t, "}\n", t->json ? 1 : 2);
    if (t->form == TABLE_AS_TEXT && t->rows <= TABLE_MEASURE) {
        t->pending_rows++;
        if (t->rows == TABLE_MEASURE)
            put_pending(t);
    }
    if (t->json) {
        json_raw(t->json, NULL, t->buffer, t->size);
        t->size = 0;
    } else if (t->size > t->hold) {
        flush(t);
    }
}

void table_end(struct table *t)
{
    CHECK(!t->column, "a row was not ended");
    if (t->form == TABLE_AS_TEXT && t->rows < TABLE_MEASURE)
        put_pending(t);
    if (t->json)
        json_close(t->json);
    else if (t->size)
        flush(t);
    free(t->buffer);
    free(t->keys);
    t->buffer = t->keys = NULL;
    t->size = t->capacity = 0;
}
