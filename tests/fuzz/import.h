/* SPDX-License-Identifier: BSD-3-Clause
 * What the fuzzers of import's parsers share: every line's record keeps the contract of diff/import.h, and another line
 * of the same shape has the same record. So has the line by its layout, and another line of the same reading. */
#ifndef TESTS_FUZZ_IMPORT_H
#define TESTS_FUZZ_IMPORT_H

#include "diff/import_assign.h"
#include "diff/import_format.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void check_form(const char *text, const struct import_field *f)
{
    bool prefixed;
    u64 number;
    CHECK(f->size, "a field of no bytes");
    if (f->form == IMPORT_DEC)
        CHECK(import_form_of(text, f->size, false, &prefixed) == IMPORT_DEC, "not canonical");
    else if (f->form == IMPORT_HEX)
        CHECK(f->size <= 16 && import_form_of(text, f->size, true, &prefixed) == IMPORT_HEX && !prefixed, "not hex");
    else
        CHECK(f->form == IMPORT_TEXT && !memchr(text, '\n', f->size), "no text");
    bool is_number = f->form != IMPORT_TEXT && import_number(text, f->size, f->form == IMPORT_HEX, &number);
    CHECK(is_number || f->form == IMPORT_TEXT, "no number");
    CHECK(f->target < IMPORT_THREAD || f->target == IMPORT_VALUE || f->form != IMPORT_TEXT, "a head that is a text");
    CHECK(f->transform != IMPORT_UNESCAPE || f->form == IMPORT_TEXT, "escapes in a number");
}

static void check_fields(const char *line, size_t size, const struct import_record *r)
{
    size_t end = 0;
    u32 seen = 0, heads = 0;
    CHECK(r->field_count <= IMPORT_FIELDS_MAX, "too many fields");
    for (u32 i = 0; i < r->field_count; i++) {
        const struct import_field *f = &r->fields[i];
        CHECK(f->at >= end && f->size <= size && f->at <= size - f->size, "fields out of order or of the line");
        end = f->at + f->size;
        check_form(line + f->at, f);
        if (f->target == IMPORT_VALUE) {
            CHECK(f->value < r->count && !(r->missing >> f->value & 1), "a value that is not told");
            CHECK(!(seen >> f->value & 1) && !r->constant[f->value], "a value told twice");
            seen |= 1U << f->value;
        } else if (f->target != IMPORT_KEEP) {
            CHECK(!(heads >> f->target & 1), "a head told twice");
            heads |= 1U << f->target;
        }
    }
    CHECK(r->has_thread == (heads >> IMPORT_THREAD & 1), "has_thread without one");
}

static void check_record(const char *line, size_t size, const struct import_record *r)
{
    const struct event_type *type = event_type(r->kind);
    if (!r->kind) {
        CHECK(r->class && !r->field_count && !r->count, "a line that is no event, with values");
        return;
    }
    CHECK(type && r->kind != EVENT_line && r->count <= type->field_count, "no such kind, or too many values");
    CHECK(!(r->missing >> r->count), "missing values that are none");
    for (u32 i = 0; i < EVENT_FIELDS_MAX; i++)
        CHECK(!r->constant[i] || (i < r->count && !(r->missing >> i & 1)), "a constant that is not told");
    check_fields(line, size, r);
}

/* The form of a field that is kept for the original only may differ: `12345678` is decimal there, `1234567A` hex. */
static bool is_same_field(const struct import_field *a, const struct import_field *b)
{
    return (a->form == b->form || a->target == IMPORT_KEEP) && a->target == b->target && a->value == b->value &&
           a->transform == b->transform;
}

static bool is_same(const struct import_record *a, const struct import_record *b)
{
    if (a->kind != b->kind || a->op != b->op || a->lr != b->lr || a->count != b->count || a->missing != b->missing ||
        a->declared != b->declared || a->thread != b->thread || a->field_count != b->field_count ||
        memcmp(a->constant, b->constant, sizeof a->constant) != 0)
        return false;
    for (u32 i = 0; i < a->field_count; i++)
        if (!is_same_field(&a->fields[i], &b->fields[i]))
            return false;
    return true;
}

/* What names something (F, V or !!), or a text of JSON that is a number there, is of this shape as it is only. */
static bool is_fixed(const char *line, size_t size, const struct import_record *r, const struct import_field *f)
{
    bool is_bare = import_is_object(line, size) && f->at && line[f->at - 1] != '"';
    return f->form == IMPORT_TEXT && (r->kind == EVENT_module_import || is_bare);
}

/* The line with other values in all its fields. Returns its size. */
static size_t other_values(const char *line, size_t size, const struct import_record *r, char *out)
{
    size_t from = 0, length = 0;
    for (u32 i = 0; i < r->field_count; i++) {
        const struct import_field *f = &r->fields[i];
        memcpy(out + length, line + from, f->at - from);
        length += f->at - from;
        from = f->at + f->size;
        if (f->form == IMPORT_HEX) {
            memset(out + length, '4', f->size);
            length += f->size;
        } else if (is_fixed(line, size, r, f)) {
            memcpy(out + length, line + f->at, f->size);
            length += f->size;
        } else {
            const char *text = f->form == IMPORT_DEC ? "77" : "q~q";
            memcpy(out + length, text, strlen(text));
            length += strlen(text);
        }
    }
    memcpy(out + length, line + from, size - from);
    return length + size - from;
}

static void fuzz_line(struct import_parser *parser, const char *line, size_t size)
{
    struct import_record first, second;
    import_parse(parser, line, size, &first);
    check_record(line, size, &first);
    if (!first.kind || !parser->format->pure)
        return;
    char *other = malloc(size + 4UL * IMPORT_FIELDS_MAX + 1);
    size_t other_size = other_values(line, size, &first, other);
    import_parse(parser, other, other_size, &second);
    check_record(other, other_size, &second);
    CHECK(is_same(&first, &second), "of one shape, but not alike:\n%.*s\n%.*s", (int)size, line, (int)other_size,
          other);
    free(other);
}

/* What a line leaves when its fields are cut out, and the fields themselves, but for their places and numbers. */
static u64 shape_of(const char *line, size_t size, const struct import_record *r)
{
    size_t from = 0;
    u64 hash = import_path(r->kind, (const char *)r->constant, sizeof r->constant);
    hash = import_path(hash ^ r->op, (const char *)&r->lr, sizeof r->lr) ^ r->missing ^ r->declared << 16;
    for (u32 i = 0; i < r->field_count; i++) {
        const struct import_field *f = &r->fields[i];
        const char *text = line + f->at;
        u8 look[] = {f->form, f->target, f->value, f->transform, f->form == IMPORT_HEX ? (u8)f->size : 0, 0};
        for (u32 c = 0; f->form == IMPORT_HEX && c < f->size; c++)
            look[5] |= text[c] >= 'A' && text[c] <= 'F';
        hash = import_path(import_path(hash, line + from, f->at - from), (const char *)look, sizeof look);
        from = f->at + f->size;
    }
    return import_path(hash, line + from, size - from);
}

static bool is_read_so(const char *line, const struct import_field *f)
{
    u64 number;
    return !f->is_read || (import_number(line + f->at, f->size, f->form == IMPORT_HEX, &number) && number == f->number);
}

static void fuzz_layout(struct import_parser *parser, const char *line, size_t size, const struct import_record *plain)
{
    enum { KEYS = 4096, LINES = 1 << 14 };
    static struct {
        u64 key, shape;
    } known[KEYS];
    static u32 lines;
    struct import_record record;
    if (++lines % LINES == 0) { /* there is room for so many layouts only */
        import_layouts_destroy(parser->layouts);
        parser->layouts = import_layouts_create();
        memset(known, 0, sizeof known);
    }
    char *roomy = malloc(size + IMPORT_LAYOUT_BEHIND);
    memcpy(roomy, line, size);
    memset(roomy + size, size % 3 ? '"' : '\n', IMPORT_LAYOUT_BEHIND);
    import_parser_read(parser, roomy, size);
    import_parse_read(parser, roomy, size, &record);
    CHECK(record.kind == plain->kind, "of another kind by its layout");
    CHECK(!record.kind || shape_of(roomy, size, &record) == shape_of(line, size, plain),
          "another record by its layout");
    for (u32 i = 0; i < record.field_count; i++)
        CHECK(is_read_so(roomy, &record.fields[i]), "a number that is another one");
    if (parser->has_reading && record.kind) {
        u64 shape = shape_of(roomy, size, &record), key = parser->reading.key;
        CHECK(known[key % KEYS].key != key || known[key % KEYS].shape == shape, "of one key, but not alike");
        known[key % KEYS].key = key;
        known[key % KEYS].shape = shape;
    }
    free(roomy);
}

/* Lines of one format; each in memory of its own, so that a byte behind it is seen. */
static inline int fuzz_import(const char *format, const u8 *data, size_t size)
{
    static struct import_parser parser, remembering;
    struct import_record record;
    struct err err;
    if (!parser.format) {
        CHECK(import_parser_init(&parser, import_format_by_name(format), &err), "%s", err.text);
        CHECK(import_parser_init(&remembering, import_format_by_name(format), &err), "%s", err.text);
        import_parser_remember(&remembering);
    }
    parser.thread = 0;
    for (size_t at = 0; at < size;) {
        const u8 *newline = memchr(data + at, '\n', size - at);
        size_t length = newline ? (size_t)(newline - data) - at : size - at;
        char *line = malloc(length ? length : 1);
        memcpy(line, data + at, length);
        parser.format->recognise(line, length);
        fuzz_line(&parser, line, length);
        if (parser.format->pure) {
            import_parse(&parser, line, length, &record);
            fuzz_layout(&remembering, line, length, &record);
        }
        free(line);
        at += length + 1;
    }
    return 0;
}

#endif
