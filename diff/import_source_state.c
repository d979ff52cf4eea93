/* SPDX-License-Identifier: BSD-3-Clause
 * A log that is half read, over a kill (diff/import_source.h). It is known again by its first bytes, and by the hash
 * of all that was read of it. */
#include "diff/import_source.h"
#include "diff/import_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

static const char *const progress_names[] = {"lines", "unrecognised", "first_seq", "kinds",   "has_lr", "has_arguments",
                                             "begun", "ended",        "partial",   "unended", "head",   "head_hash",
                                             "tail",  "bytes",        "hash",      "thread"};
_Static_assert(sizeof(struct import_progress) == countof(progress_names) * sizeof(u64), "a name for each number");

void source_save(struct import_source *source, struct buffer *state)
{
    const struct import_rules *rules = source->parser.rules;
    const u64 *numbers = (const u64 *)&source->at;
    state_put_text(state, "format", source->parser.format->name);
    state_put_text(state, "why", source->why);
    state_put(state, "rules", import_rules_hash(rules));
    state_put_text(state, "engine", import_rules_engine(rules));
    for (size_t i = 0; i < countof(progress_names); i++)
        state_put(state, progress_names[i], numbers[i]);
    for (u32 i = 0; i < SOURCE_NUMBERS && i < source->at.unrecognised; i++)
        state_put(state, "number", source->numbers[i]);
    for (u32 i = 0; i < source->mark_count; i++) {
        char text[48];
        snprintf(text, sizeof text, "%llu %llu", (unsigned long long)source->marks[i].bytes,
                 (unsigned long long)source->marks[i].hash);
        state_put_text(state, "mark", text);
    }
    for (u32 i = 0; i < source->called.capacity; i++)
        if (source->called.keys[i])
            state_put(state, "called", source->called.keys[i]);
    for (size_t i = 0; i < import_rules_op_count(rules); i++) {
        state_put_text(state, "op", import_rules_op(rules, i)->name);
        state_put(state, "is", import_rules_op(rules, i)->op);
    }
}

static void restore_lists(struct import_source *source, const char *state)
{
    const char *at = NULL, *is_at = NULL, *text;
    size_t size, is_size;
    for (u32 i = 0; i < SOURCE_NUMBERS && (text = state_next(state, "number", &at, &size)); i++)
        source->numbers[i] = strtoull(text, NULL, 10);
    at = NULL;
    while (source->mark_count < SOURCE_MARKS && (text = state_next(state, "mark", &at, &size))) {
        char *end;
        struct import_mark *mark = &source->marks[source->mark_count++];
        mark->bytes = strtoull(text, &end, 10);
        mark->hash = strtoull(end, NULL, 10);
    }
    at = NULL;
    while ((text = state_next(state, "called", &at, &size)))
        import_table_set(&source->called, strtoull(text, NULL, 10), 0);
    at = NULL;
    while ((text = state_next(state, "op", &at, &size))) {
        const char *op = state_next(state, "is", &is_at, &is_size);
        import_rules_add_op(source->parser.rules, op ? (u32)strtoul(op, NULL, 10) : 0, text, size);
    }
    at = NULL;
    text = state_next(state, "engine", &at, &size);
    if (text && size)
        import_rules_note_engine(source->parser.rules, text, size);
}

static bool check_same(struct import_source *source, const char *state, const struct import_progress *was,
                       struct err *err)
{
    size_t size;
    const char *bytes = input_peek(source->input, &size, err);
    if (!bytes)
        return false;
    if (size < was->head || XXH3_64bits(bytes, was->head) != was->head_hash)
        return err_set(err,
                       "%s: it does not begin as the log that is in the journal: it is another one, or was changed",
                       source->path);
    return import_rules_hash(source->parser.rules) == state_get(state, "rules") ||
           err_set(err, "%s: the rules are not those that the journal was begun with", source->path);
}

static bool check_to(struct import_source *source, u64 from, const struct import_mark *mark, struct err *err)
{
    if (!input_skip(source->input, mark->bytes, err))
        return false;
    return input_hash(source->input) == mark->hash ||
           err_set(err, "%s: bytes %llu to %llu are not those that were imported: it is another log, or was changed",
                   source->path, (unsigned long long)from, (unsigned long long)mark->bytes);
}

static bool check_bytes(struct import_source *source, struct err *err)
{
    const struct import_mark all = {source->at.bytes, source->at.hash};
    u64 from = 0;
    for (u32 i = 0; i < source->mark_count; from = source->marks[i++].bytes)
        if (!check_to(source, from, &source->marks[i], err))
            return false;
    return check_to(source, from, &all, err);
}

static bool check_end(struct import_source *source, struct err *err)
{
    const char *line;
    size_t size;
    bool whole;
    bool at_end = source->at.ended || (source->at.partial && source->at.tail != INPUT_LINE_MAX);
    int found = at_end ? input_line(source->input, &line, &size, &whole, err) : 0;
    return found == 0 || (found > 0 && err_set(err, "%s: it has grown since it was imported", source->path));
}

bool source_resume(struct import_source *source, const char *path, const struct import_options *options,
                   const char *state, struct err *err)
{
    struct import_progress was;
    u64 *numbers = (u64 *)&was;
    const char *at = NULL, *text;
    char format[32] = "";
    size_t size;
    for (size_t i = 0; i < countof(progress_names); i++)
        numbers[i] = state_get(state, progress_names[i]);
    text = state_next(state, "format", &at, &size);
    if (text)
        snprintf(format, sizeof format, "%.*s", (int)size, text);
    if (!import_format_by_name(format))
        return err_set(err, "%s: the journal tells of no format", path);
    if (options->format && strcmp(options->format, format) != 0)
        return err_set(err, "%s: the journal was begun with it as %s, not %s", path, format, options->format);
    if (!source_open_as(source, path, format, options, err) || !check_same(source, state, &was, err))
        return false;
    at = NULL;
    text = state_next(state, "why", &at, &size);
    snprintf(source->why, sizeof source->why, "%.*s", text ? (int)size : 0, text ? text : "");
    source->at = was;
    source->parser.thread = (u32)was.thread;
    restore_lists(source, state);
    return !was.begun || (check_bytes(source, err) && check_end(source, err));
}
