/* SPDX-License-Identifier: BSD-3-Clause
 * Formats whose lines are words and KEY=VALUE pairs: audits of signals, and what recompiled titles print. */
#include "diff/import_pairs.h"
#include "diff/import_assign.h"
#include "diff/import_format.h"

static bool is_apart(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '(' || c == ')' || c == '\r' || c == '[' || c == ']';
}

static bool is_key(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char lower = (char)(text[i] | 0x20);
        bool letter = (lower >= 'a' && lower <= 'z') || text[i] == '_';
        bool digit = (text[i] >= '0' && text[i] <= '9') || text[i] == '.' || text[i] == '-';
        if (!letter && !(digit && i))
            return false;
    }
    return size > 0;
}

/* The end of the token at `at`: what is in quotes belongs to it. */
static size_t token_end(const char *line, size_t at, size_t size)
{
    for (; at < size && !is_apart(line[at]); at++)
        if (line[at] == '"') {
            const char *quote = memchr(line + at + 1, '"', size - at - 1);
            at = quote ? (size_t)(quote - line) : at;
        }
    return at;
}

static struct import_value token_value(const char *line, size_t at, size_t end)
{
    const char *equals = memchr(line + at, '=', end - at);
    struct import_value v = {.type = IMPORT_STRING, .at = (u32)at, .size = (u32)(end - at)};
    if (equals && is_key(line + at, (size_t)(equals - line) - at)) {
        v.key_at = (u32)at;
        v.key_size = (u32)(equals - line) - v.key_at;
        v.at += v.key_size + 1;
        v.size -= v.key_size + 1;
    }
    if (v.size >= 2 && line[v.at] == '"' && line[v.at + v.size - 1] == '"')
        v.at++, v.size -= 2;
    v.path = import_path(0, line + v.key_at, v.key_size);
    return v;
}

void import_pairs_scan(const char *line, size_t size, struct import_values *values)
{
    values->count = 0;
    values->is_json = false;
    for (size_t at = 0, end; at < size && values->count < IMPORT_VALUES_MAX; at = end + 1) {
        end = token_end(line, at, size);
        if (end > at) {
            values->list[values->count] = token_value(line, at, end);
            values->list[values->count].ordinal = values->count;
            values->count++;
        }
    }
}

/* Does a token KEY=VALUE stand in the line? What is in quotes is part of another token. */
static bool has_pair(const char *line, size_t size, const char *key)
{
    size_t key_size = strlen(key);
    for (size_t at = 0, end; at < size; at = end + 1) {
        end = token_end(line, at, size);
        if (end - at > key_size && line[at + key_size] == '=' && !memcmp(line + at, key, key_size))
            return true;
    }
    return false;
}

/* ---- Audits: op, handle, lr, tid, host_ns, as pairs or as JSON. ---- */

bool import_audit_recognise(const char *line, size_t size)
{
    if (import_is_object(line, size))
        return import_has_key(line, size, "handle") && import_has_key(line, size, "lr") &&
               import_has_key(line, size, "op");
    return has_pair(line, size, "handle") && has_pair(line, size, "lr");
}

/* An op that stands without a key: the first word that is one. */
static u32 op_among_words(struct import_parser *parser, const char *line)
{
    for (u32 i = 0; i < parser->values.count; i++) {
        const struct import_value *v = &parser->values.list[i];
        u32 op = v->key_size ? 0 : import_known_op(parser->rules, line + v->at, v->size);
        if (op)
            return op;
    }
    return 0;
}

/* A word that became the record's op stays in the template. */
static void drop_field_of_op(struct import_parser *parser, const char *line, struct import_record *record)
{
    for (u32 i = 0; i < record->field_count; i++) {
        const struct import_field *f = &record->fields[i];
        if (f->target != IMPORT_KEEP || import_known_op(parser->rules, line + f->at, f->size) != record->op)
            continue;
        memmove(&record->fields[i], &record->fields[i + 1], (record->field_count - i - 1) * sizeof *f);
        record->field_count--;
        return;
    }
}

static void no_fire(const char *line, size_t size, struct import_record *record)
{
    size_t thread;
    const char *class = import_is_blank(line, size) ? "blank" : "continuation";
    import_no_event(record, import_xenia_prefix(line, size, &thread) < size ? "other" : class);
}

void import_audit_parse(struct import_parser *parser, const char *line, size_t size, struct import_record *record)
{
    if (import_is_object(line, size)) {
        import_jsonl_parse(parser, line, size, record);
        return;
    }
    parser->why = NULL;
    if (!import_audit_recognise(line, size)) {
        no_fire(line, size, record);
        return;
    }
    import_pairs_scan(line, size, &parser->values);
    import_assign(parser->rules, line, &parser->values, NULL, 0, record);
    if (record->kind == EVENT_call && !record->op) {
        record->op = op_among_words(parser, line);
        if (record->op)
            drop_field_of_op(parser, line, record);
    }
    if (record->kind == EVENT_call && record->op)
        return;
    parser->why = "a fire without an op that is known";
    parser->place = 0;
    import_no_event(record, "unrecognised");
}

/* ---- Recompiled titles: XYZ_IMPORT_CALL lines, and [HOST] lines. ---- */

static const char import_call[] = "IMPORT_CALL";

/* Does the line begin with a word, no pair, that ends in IMPORT_CALL? */
static bool is_import_call(const char *line, size_t size)
{
    const char *blank = memchr(line, ' ', size);
    size_t word = blank ? (size_t)(blank - line) : size;
    size_t end = sizeof import_call - 1;
    return word >= end && !memcmp(line + word - end, import_call, end) && is_key(line, word);
}

bool import_recomp_recognise(const char *line, size_t size)
{
    bool is_host = size > 7 && !memcmp(line, "[HOST] ", 7) && has_pair(line, size, "import");
    return is_host || is_import_call(line, size);
}

void import_recomp_parse(struct import_parser *parser, const char *line, size_t size, struct import_record *record)
{
    parser->why = NULL;
    if (!import_recomp_recognise(line, size)) {
        import_no_event(record, import_is_blank(line, size) ? "blank" : "other");
        return;
    }
    import_pairs_scan(line, size, &parser->values);
    import_assign(parser->rules, line, &parser->values, import_call, sizeof import_call - 1, record);
}
