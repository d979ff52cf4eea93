/* SPDX-License-Identifier: BSD-3-Clause
 * Tables as text, JSON and CSV (diff/table.h). */
#include "diff/table.h"

#include <inttypes.h>
#include <stdlib.h>

bool table_form(enum table_form *form, const struct cli *cli, struct err *err)
{
    bool json = cli_takes(cli, "json") && cli_has(cli, "json"), csv = cli_takes(cli, "csv") && cli_has(cli, "csv");
    if (json && csv)
        return err_set(err, "--json and --csv: only one of them");
    *form = json ? TABLE_AS_JSON : csv ? TABLE_AS_CSV : TABLE_AS_TEXT;
    return true;
}

/* Characters, not bytes: what a column's width counts. */
static u32 width_of(const char *text)
{
    u32 n = 0;
    for (; *text; text++)
        n += ((u8)*text & 0xC0) != 0x80;
    return n;
}

/* ---- A row is put together as one line. ---- */

static char *line_room(struct table *t, size_t more)
{
    if (t->line_capacity - t->line_size < more) {
        t->line_capacity = (t->line_size + more) * 2;
        t->line = realloc(t->line, t->line_capacity);
        CHECK(t->line, "out of memory");
    }
    return t->line + t->line_size;
}

static void add(struct table *t, const char *text, size_t size)
{
    if (size)
        memcpy(line_room(t, size), text, size);
    t->line_size += size;
}

static void add_blanks(struct table *t, size_t count)
{
    if (count)
        memset(line_room(t, count), ' ', count);
    t->line_size += count;
}

static void add_char(struct table *t, char c)
{
    *line_room(t, 1) = c;
    t->line_size++;
}

static void end_line(struct table *t)
{
    add_char(t, '\n');
    fwrite(t->line, 1, t->line_size, t->out);
    t->line_size = 0;
}

static void put_csv(struct table *t, const char *text, size_t size)
{
    bool quoted =
        memchr(text, '"', size) || memchr(text, ',', size) || memchr(text, '\n', size) || memchr(text, '\r', size);
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

static void put_padded(struct table *t, u32 column, const char *text, size_t size)
{
    bool last = column + 1 == t->column_count;
    u32 width = width_of(text);
    u32 pad = t->width[column] > width ? t->width[column] - width : 0;
    if (is_number(&t->columns[column]))
        add_blanks(t, pad);
    add(t, text, size);
    if (!is_number(&t->columns[column]) && !last)
        add_blanks(t, pad);
    if (last)
        end_line(t);
    else
        add_blanks(t, 2);
}

static void put_heading(struct table *t)
{
    for (u32 i = 0; i < t->column_count; i++) {
        const char *name = t->columns[i].name;
        if (t->form == TABLE_AS_TEXT) {
            put_padded(t, i, name, strlen(name));
            continue;
        }
        if (i)
            add_char(t, ',');
        add(t, name, strlen(name));
    }
    if (t->form == TABLE_AS_CSV)
        end_line(t);
}

static void flush_pending(struct table *t)
{
    const char *text = t->pending;
    put_heading(t);
    for (u64 row = 0; row < t->pending_rows; row++)
        for (u32 i = 0; i < t->column_count; i++) {
            put_padded(t, i, text, strlen(text));
            text += strlen(text) + 1;
        }
    free(t->pending);
    t->pending = NULL;
    t->pending_size = t->pending_rows = 0;
}

static void begin(struct table *t, const struct table_column *columns, u32 count)
{
    CHECK(count && count <= TABLE_COLUMNS_MAX, "a table of %u columns", count);
    t->columns = columns;
    t->column_count = count;
    for (u32 i = 0; i < count; i++)
        t->width[i] = width_of(columns[i].name);
}

void table_begin(struct table *t, enum table_form form, FILE *out, const struct table_column *columns, u32 count)
{
    *t = (struct table){.form = form, .out = out};
    begin(t, columns, count);
    if (form == TABLE_AS_CSV)
        put_heading(t);
    if (form == TABLE_AS_JSON) {
        json_begin(&t->own, out);
        t->json = &t->own;
    }
}

void table_begin_within(struct table *t, struct json *json, const char *key, const struct table_column *columns,
                        u32 count)
{
    *t = (struct table){.form = TABLE_AS_JSON, .out = json->out, .json = json};
    begin(t, columns, count);
    json_array(json, key);
}

/* The next cell's column, which must be of that type; JSON: begins the row's object with its first cell. */
static const struct table_column *next_cell(struct table *t, int type)
{
    CHECK(t->column < t->column_count, "a row has more than %u cells", t->column_count);
    const struct table_column *column = &t->columns[t->column];
    CHECK(type < 0 || column->type == type, "column %s is of another type", column->name);
    if (t->form == TABLE_AS_JSON && !t->column)
        json_object(t->json, NULL);
    if (t->form == TABLE_AS_CSV && t->column)
        add_char(t, ',');
    return column;
}

/* The cell in text or CSV. */
static void put_cell(struct table *t, const char *text, size_t size)
{
    u32 column = t->column;
    if (t->form == TABLE_AS_CSV) {
        put_csv(t, text, size);
        return;
    }
    if (t->rows >= TABLE_MEASURE) {
        put_padded(t, column, text, strlen(text));
        return;
    }
    if (t->pending_size + size + 1 > t->pending_capacity) {
        t->pending_capacity = (t->pending_size + size + 1) * 2;
        t->pending = realloc(t->pending, t->pending_capacity);
        CHECK(t->pending, "out of memory");
    }
    memcpy(t->pending + t->pending_size, text, size + 1);
    t->pending_size += size + 1;
    u32 width = width_of(text);
    t->width[column] = width > t->width[column] ? width : t->width[column];
}

/* A text may hold anything: what would break a line or a terminal becomes '?' for people. */
static void put_safe(struct table *t, const char *text, size_t size)
{
    char small[256], *copy = size < sizeof small ? small : malloc(size + 1);
    CHECK(copy, "out of memory");
    for (size_t i = 0; i < size; i++)
        copy[i] = ((u8)text[i] < 0x20 || text[i] == 0x7F) && t->form == TABLE_AS_TEXT ? '?' : text[i];
    copy[size] = 0;
    put_cell(t, copy, size);
    if (copy != small)
        free(copy);
}

void table_bytes(struct table *t, const char *text, size_t size)
{
    const struct table_column *column = next_cell(t, TABLE_TEXT);
    if (t->form == TABLE_AS_JSON)
        json_bytes(t->json, column->name, text, size);
    else
        put_safe(t, text, size);
    t->column++;
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
    const struct table_column *column = next_cell(t, -1);
    if (t->form == TABLE_AS_JSON)
        json_null(t->json, column->name);
    else
        put_cell(t, t->form == TABLE_AS_TEXT ? "-" : "", t->form == TABLE_AS_TEXT);
    t->column++;
}

/* Digits up to `end`, at least so many; returns where they begin. */
static char *digits_before(char *end, u64 value, u32 base, u32 least)
{
    for (; value || least; value /= base, least -= least > 0)
        *--end = "0123456789ABCDEF"[value % base];
    return end;
}

static void put_u64(struct table *t, const struct table_column *column, u64 value)
{
    char text[32], *end = text + sizeof text - 1;
    *end = 0;
    if (t->form == TABLE_AS_JSON) {
        json_u64(t->json, column->name, value);
        return;
    }
    char *digits = digits_before(end, value, 10, 1);
    put_cell(t, digits, (size_t)(end - digits));
}

void table_u64(struct table *t, u64 value)
{
    put_u64(t, next_cell(t, TABLE_U64), value);
    t->column++;
}

void table_s64(struct table *t, s64 value)
{
    char text[32];
    const struct table_column *column = next_cell(t, TABLE_S64);
    if (t->form == TABLE_AS_JSON)
        json_s64(t->json, column->name, value);
    else
        put_cell(t, text, (size_t)snprintf(text, sizeof text, "%" PRId64, value));
    t->column++;
}

void table_hex(struct table *t, u64 value)
{
    char text[32], *end = text + sizeof text - 1;
    *end = 0;
    const struct table_column *column = next_cell(t, TABLE_HEX);
    if (t->form == TABLE_AS_JSON) {
        json_hex(t->json, column->name, value, column->digits);
    } else {
        char *digits = digits_before(end, value, 16, column->digits ? column->digits : 1);
        *--digits = 'x';
        *--digits = '0';
        put_cell(t, digits, (size_t)(end - digits));
    }
    t->column++;
}

void table_bool(struct table *t, bool value)
{
    const struct table_column *column = next_cell(t, TABLE_BOOL);
    const char *text = t->form == TABLE_AS_CSV ? (value ? "true" : "false") : value ? "yes" : "no";
    if (t->form == TABLE_AS_JSON)
        json_bool(t->json, column->name, value);
    else
        put_cell(t, text, strlen(text));
    t->column++;
}

/* Digits behind the point that a clock of hz can fill. */
static u32 digits_of(u64 hz)
{
    u32 digits = 0;
    for (u64 unit = 1; unit < hz && digits < 9; unit *= 10)
        digits++;
    return digits;
}

const char *table_show_time(const struct run_clock *clock, u64 time, char *out, size_t capacity)
{
    char text[48], *end = text + sizeof text - 1, *begin;
    u32 digits = clock->hz ? digits_of(clock->hz) : 0;
    u64 rest = clock->hz ? time % clock->hz : 0, fraction = 0;
    for (u32 i = 0; i < digits; i++) {
        rest *= 10;
        fraction = fraction * 10 + rest / clock->hz;
        rest %= clock->hz;
    }
    *end = 0;
    begin = digits ? digits_before(end, fraction, 10, digits) : end;
    if (digits)
        *--begin = '.';
    begin = digits_before(begin, clock->hz ? time / clock->hz : time, 10, 1);
    snprintf(out, capacity, "%s", begin);
    return out;
}

/* Whole nanoseconds, below 1000 s, of which three digits can be told without rounding halves. */
static bool is_plain(const struct run_clock *clock, u64 duration, u64 *ns)
{
    if (clock->hz > 1000000000 || 1000000000 % clock->hz || duration >= 1000000000000 / (1000000000 / clock->hz))
        return false;
    *ns = duration * (1000000000 / clock->hz);
    return *ns < 1000000 || (*ns < 1000000000 ? *ns % 1000 != 500 : *ns % 1000000 != 500000);
}

static void show_plain(u64 ns, char *out, size_t capacity)
{
    static const struct {
        const char *name;
        u64 ns;
    } units[] = {{" s", 1000000000}, {" ms", 1000000}, {" us", 1000}, {" ns", 1}};
    char text[48], *end = text + sizeof text - 4, *begin = end;
    u32 i = 0;
    while (i + 1 < countof(units) && ns < units[i].ns)
        i++;
    strcpy(end, units[i].name);
    if (units[i].ns > 1) {
        u64 thousandths = (ns + units[i].ns / 2000) / (units[i].ns / 1000);
        begin = digits_before(begin, thousandths % 1000, 10, 3);
        *--begin = '.';
        ns = thousandths / 1000;
    }
    begin = digits_before(begin, ns, 10, 1);
    snprintf(out, capacity, "%s", begin);
}

const char *table_show_duration(const struct run_clock *clock, u64 duration, char *out, size_t capacity)
{
    static const struct {
        const char *name;
        u64 ns;
    } units[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
    u64 whole;
    if (!clock->hz) {
        snprintf(out, capacity, "%" PRIu64 " %s", duration, clock->name);
        return out;
    }
    if (is_plain(clock, duration, &whole)) {
        show_plain(whole, out, capacity);
        return out;
    }
    double ns = (double)duration * 1e9 / (double)clock->hz;
    u32 i = 0;
    while (i + 1 < countof(units) && ns < (double)units[i].ns)
        i++;
    snprintf(out, capacity, "%.*f %s", units[i].ns == 1 ? 0 : 3, ns / (double)units[i].ns, units[i].name);
    return out;
}

void table_time(struct table *t, const struct run_clock *clock, u64 time)
{
    char text[48];
    const struct table_column *column = next_cell(t, TABLE_TIME);
    if (t->form == TABLE_AS_TEXT)
        put_cell(t, text, strlen(table_show_time(clock, time, text, sizeof text)));
    else
        put_u64(t, column, time);
    t->column++;
}

void table_duration(struct table *t, const struct run_clock *clock, u64 duration)
{
    char text[48];
    const struct table_column *column = next_cell(t, TABLE_DURATION);
    if (t->form == TABLE_AS_TEXT)
        put_cell(t, text, strlen(table_show_duration(clock, duration, text, sizeof text)));
    else
        put_u64(t, column, duration);
    t->column++;
}

void table_ratio(struct table *t, u64 a, u64 b)
{
    char text[32];
    if (!b) {
        table_none(t);
        return;
    }
    const struct table_column *column = next_cell(t, TABLE_RATIO);
    double ratio = (double)a / (double)b;
    if (t->form == TABLE_AS_JSON)
        json_real(t->json, column->name, ratio);
    else
        put_cell(t, text, (size_t)snprintf(text, sizeof text, t->form == TABLE_AS_TEXT ? "%.3f" : "%.9g", ratio));
    t->column++;
}

void table_cite(struct table *t, const char *label, const char *journal, u32 thread, u32 index)
{
    char text[1200];
    const struct table_column *column = next_cell(t, TABLE_CITE);
    if (t->form == TABLE_AS_JSON) {
        json_object(t->json, column->name);
        json_text(t->json, "journal", journal);
        json_u64(t->json, "thread", thread);
        json_u64(t->json, "index", index);
        json_close(t->json);
    } else {
        const char *run = t->form == TABLE_AS_CSV ? journal : label;
        char *end = text + sizeof text - 1;
        *end = 0;
        char *begin = digits_before(end, index, 10, 1);
        *--begin = '@';
        begin = digits_before(begin, thread, 10, 1);
        if (run) {
            size_t size = strnlen(run, 1100);
            *--begin = ':';
            begin -= size;
            memcpy(begin, run, size);
        }
        put_cell(t, begin, (size_t)(end - begin));
    }
    t->column++;
}

void table_row(struct table *t)
{
    CHECK(t->column == t->column_count, "a row of %u columns has %u cells", t->column_count, t->column);
    t->column = 0;
    t->rows++;
    if (t->form == TABLE_AS_CSV)
        end_line(t);
    if (t->form == TABLE_AS_JSON) {
        json_close(t->json);
        if (t->json == &t->own)
            json_finish(&t->own);
    }
    if (t->form == TABLE_AS_TEXT && t->rows <= TABLE_MEASURE) {
        t->pending_rows++;
        if (t->rows == TABLE_MEASURE)
            flush_pending(t);
    }
}

void table_end(struct table *t)
{
    CHECK(!t->column, "a row was not ended");
    if (t->form == TABLE_AS_TEXT && t->rows < TABLE_MEASURE)
        flush_pending(t);
    if (t->form == TABLE_AS_JSON && t->json != &t->own)
        json_close(t->json);
    free(t->line);
    t->line = NULL;
    t->line_size = t->line_capacity = 0;
}
