/* SPDX-License-Identifier: BSD-3-Clause
 * Formats whose lines are JSON objects: the scanner finds the values, the rules give them their meaning. */
#include "diff/import_assign.h"
#include "diff/import_format.h"
#include "diff/import_json.h"

bool import_has_key(const char *line, size_t size, const char *key)
{
    size_t key_size = strlen(key);
    for (const char *at = line, *end = line + size; (at = memchr(at, '"', (size_t)(end - at))); at++)
        if ((size_t)(end - at) > key_size + 1 && !memcmp(at + 1, key, key_size) && at[key_size + 1] == '"')
            return true;
    return false;
}

bool import_is_object(const char *line, size_t size)
{
    while (size && (*line == ' ' || *line == '\t'))
        line++, size--;
    return size && *line == '{';
}

bool import_phase_a_recognise(const char *line, size_t size)
{
    return import_is_object(line, size) && import_has_key(line, size, "tid_event_idx");
}

bool import_lr_trace_recognise(const char *line, size_t size)
{
    return import_is_object(line, size) && import_has_key(line, size, "pc") && import_has_key(line, size, "lr");
}

bool import_is_blank(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            return false;
    return true;
}

/* NULL: it is no JSON. */
static const struct import_values *values_of(struct import_parser *parser, const char *line, size_t size)
{
    if (parser->has_reading)
        return import_layouts_values(parser->layouts, line, &parser->reading);
    if (!import_json_scan(line, size, &parser->values, &parser->why, &parser->place))
        return NULL;
    if (parser->is_new)
        import_layouts_add(parser->layouts, parser->rules, line, size, &parser->values);
    return &parser->values;
}

void import_jsonl_parse(struct import_parser *parser, const char *line, size_t size, struct import_record *record)
{
    parser->why = NULL;
    parser->place = 0;
    if (import_is_blank(line, size)) {
        import_no_event(record, "blank");
        return;
    }
    const struct import_values *values = values_of(parser, line, size);
    if (values && values->list[0].type == IMPORT_OBJECT)
        import_assign(parser->rules, line, values, NULL, 0, record);
    else
        import_no_event(record, "unrecognised");
    if (values && !record->kind) {
        parser->why = "not a JSON object that names its kind";
        parser->place = 0;
    }
}
