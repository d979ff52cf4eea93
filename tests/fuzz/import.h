/* SPDX-License-Identifier: BSD-3-Clause
 * What the fuzzers of import's parsers share: every line's record keeps the contract of diff/import.h, and another line
 * of the same shape has the same record. */
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

/* Lines of one format; each in memory of its own, so that a byte behind it is seen. */
static inline int fuzz_import(const char *format, const u8 *data, size_t size)
{
    static struct import_parser parser;
    struct err err;
    if (!parser.format)
        CHECK(import_parser_init(&parser, import_format_by_name(format), &err), "%s", err.text);
    parser.thread = 0;
    for (size_t at = 0; at < size;) {
        const u8 *newline = memchr(data + at, '\n', size - at);
        size_t length = newline ? (size_t)(newline - data) - at : size - at;
        char *line = malloc(length ? length : 1);
        memcpy(line, data + at, length);
        parser.format->recognise(line, length);
        fuzz_line(&parser, line, length);
        free(line);
        at += length + 1;
    }
    return 0;
}

#endif
