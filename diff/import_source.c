/* SPDX-License-Identifier: BSD-3-Clause
 * Reading one log (diff/import_source.h). */
#include "diff/import_source.h"
#include "diff/import_assign.h"
#include "diff/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

enum { QUANTUM_TIMES = 32 /* as many different times must agree before a step is believed */ };

static const struct import_format *format_for(struct import_source *source, const char *name, struct err *err)
{
    size_t size;
    const char *bytes = input_peek(source->input, &size, err);
    if (!bytes)
        return NULL;
    if (name) {
        snprintf(source->why, sizeof source->why, "as --format says");
        return import_format_by_name(name);
    }
    const struct import_format *format = import_format_guess(bytes, size, source->why, sizeof source->why);
    if (!format)
        err_set(err, "%s: %s; --format names one", source->path, size ? source->why : "the log is empty");
    return format;
}

static void note_head(struct import_source *source)
{
    size_t size;
    struct err ignored;
    const char *bytes = input_peek(source->input, &size, &ignored);
    source->at.head = size < INPUT_PEEK ? size : INPUT_PEEK;
    source->at.head_hash = XXH3_64bits(size ? bytes : "", source->at.head);
}

bool source_open_as(struct import_source *source, const char *path, const char *name,
                    const struct import_options *options, struct err *err)
{
    *source = (struct import_source){.path = path};
    source->input = input_open(path, err);
    if (!source->input)
        return false;
    const struct import_format *format = format_for(source, name, err);
    if (!format || !import_parser_init(&source->parser, format, err))
        return false;
    for (u32 i = 0; i < options->map_count; i++)
        if (!import_rules_load(source->parser.rules, options->maps[i], err))
            return false;
    import_parser_remember(&source->parser);
    note_head(source);
    return true;
}

bool source_open(struct import_source *source, const char *path, const struct import_options *options, struct err *err)
{
    return source_open_as(source, path, options->format, options, err);
}

void source_close(struct import_source *source)
{
    import_table_free(&source->called);
    import_parser_finish(&source->parser);
    input_close(source->input);
}

static void note_unrecognised(struct import_source *source, bool verbose)
{
    const struct import_parser *p = &source->parser;
    if (source->at.unrecognised < SOURCE_NUMBERS)
        source->numbers[source->at.unrecognised] = source->at.lines;
    source->at.unrecognised++;
    if (verbose)
        fprintf(stderr, "%s: line %llu: not recognised: %s (byte %zu)\n", source->path,
                (unsigned long long)source->at.lines, p->why ? p->why : "of no known shape", p->place + 1);
}

/* What a log shows that it can tell. */
static void note_record(struct import_source *source, const struct import_record *record)
{
    source->at.kinds |= 1ULL << record->kind;
    source->at.has_lr |= record->lr != 0;
    if (record->kind != EVENT_call)
        return;
    source->at.has_arguments |= record->count != 0;
    if (!import_table_get(&source->called, record->op + 1ULL))
        import_table_set(&source->called, record->op + 1ULL, 0);
}

struct coverage *source_coverage(struct import_source *source)
{
    static const struct {
        u8 kind;
        const char *what;
    } tells[] = {{EVENT_call, "call"},       {EVENT_return, "return"},        {EVENT_handle_create, "handle"},
                 {EVENT_wait_begin, "wait"}, {EVENT_thread_create, "thread"}, {EVENT_signal_match, "signal"},
                 {EVENT_file, "file"},       {EVENT_print, "print"},          {EVENT_snapshot, "snapshot"}};
    struct coverage *c = coverage_copy(import_rules_coverage(source->parser.rules, &source->called));
    for (size_t i = 0; i < countof(tells); i++)
        if (source->at.kinds >> tells[i].kind & 1)
            coverage_add_tells(c, tells[i].what);
    if (source->at.has_lr)
        coverage_add_tells(c, "lr");
    if (source->at.has_arguments)
        coverage_add_tells(c, "arguments");
    return c;
}

/* ---- Reading. ---- */

struct reading {
    struct import_source *source;
    struct import_sink *sink;
    const struct import_options *options;
    void (*commit)(void *context);
    void *context;
    struct progress progress;
};

/* Those of a very long log are further apart, so that what a commit writes stays small. */
static void mark(struct import_source *source)
{
    const struct import_mark *last = source->mark_count ? &source->marks[source->mark_count - 1] : NULL;
    u64 apart = source->mark_count > 1 ? source->marks[1].bytes - source->marks[0].bytes : SOURCE_MARK_BYTES;
    if (source->at.bytes - (last ? last->bytes : 0) < apart)
        return;
    for (u32 i = 1; source->mark_count == SOURCE_MARKS && i < SOURCE_MARKS; i += 2)
        source->marks[i / 2] = source->marks[i];
    source->mark_count = source->mark_count == SOURCE_MARKS ? SOURCE_MARKS / 2 : source->mark_count;
    source->marks[source->mark_count++] = (struct import_mark){source->at.bytes, source->at.hash};
}

/* tail: bytes of the line that came last. False: writing has failed. */
static bool commit(struct reading *r, size_t tail)
{
    struct import_progress *at = &r->source->at;
    at->tail = tail;
    at->bytes = input_bytes(r->source->input);
    at->hash = input_hash(r->source->input);
    mark(r->source);
    at->thread = r->source->parser.thread;
    r->commit(r->context);
    return !sink_failed(r->sink);
}

static void count_line(struct reading *r)
{
    struct import_source *source = r->source;
    if (++source->at.lines % 8192 == 0)
        progress_step(&r->progress, input_position(source->input), input_size(source->input), source->at.lines);
}

/* The lines of known shape that are there. False: writing has failed. */
static bool take_known(struct reading *r)
{
    const char *end, *at = input_window(r->source->input, &end), *line_end;
    while ((line_end = sink_match(r->sink, at, end))) {
        const char *line = at;
        count_line(r);
        at = line_end + 1;
        if (!sink_is_due(r->sink))
            continue;
        input_take(r->source->input, at);
        if (!commit(r, (size_t)(at - line)))
            return false;
    }
    input_take(r->source->input, at);
    return true;
}

/* A log may begin with a byte order mark, which is no part of its first line's meaning. */
static void parse(struct import_source *source, const char *line, size_t size, struct import_record *record)
{
    size_t mark = source->at.lines == 1 && size > 3 && !memcmp(line, "\xEF\xBB\xBF", 3) ? 3 : 0;
    import_parse_read(&source->parser, line + mark, size - mark, record);
    for (u32 i = 0; i < record->field_count; i++)
        record->fields[i].at += (u32)mark;
}

/* A whole line by its shape or its layout. False: only the parser can tell. */
static bool take_whole(struct reading *r, const char *line, size_t size)
{
    struct import_parser *parser = &r->source->parser;
    if (!r->options->parse && parser->format->pure && sink_match(r->sink, line, line + size + 1))
        return true;
    return import_parser_read(parser, line, size) && sink_recall(r->sink, &parser->reading);
}

static void take_line(struct reading *r, const char *line, size_t size, bool whole)
{
    struct import_source *source = r->source;
    struct import_record record;
    bool is_part = source->at.partial;
    if (!is_part)
        count_line(r);
    source->at.partial = !whole;
    source->parser.has_reading = source->parser.is_new = false;
    if (!is_part && whole && take_whole(r, line, size))
        return;
    if (is_part || (!whole && size == INPUT_LINE_MAX))
        import_no_event(&record, whole ? "last part" : "part");
    else
        parse(source, line, size, &record);
    note_record(source, &record);
    if (!record.kind && !strcmp(record.class, "unrecognised"))
        note_unrecognised(source, r->options->verbose);
    sink_line(r->sink, line, size, &record, source->parser.has_reading ? &source->parser.reading : NULL);
}

bool source_read(struct import_source *source, struct import_sink *sink, const struct import_options *options,
                 void (*commit_all)(void *context), void *context, struct err *err)
{
    struct reading r = {source, sink, options, commit_all, context, {0}};
    const char *line;
    size_t size;
    bool whole;
    int found;
    progress_begin(&r.progress, input_position(source->input), source->at.lines, options->progress);
    if (!source->at.begun)
        source->at.first_seq = sink_counts(sink)->lines;
    source->at.begun = true;
    for (;;) {
        bool quick = source->parser.format->pure && !source->at.partial && !options->parse;
        found = 1;
        if (quick && !take_known(&r))
            break;
        found = input_line(source->input, &line, &size, &whole, err);
        if (found <= 0)
            break;
        take_line(&r, line, size, whole);
        if (sink_is_due(sink) && !commit(&r, size + whole))
            break;
    }
    progress_end(&r.progress);
    import_parser_forget(&source->parser);
    source->at.ended = found == 0;
    source->at.unended = source->at.partial;
    source->at.bytes = input_bytes(source->input);
    source->at.hash = input_hash(source->input);
    source->at.tail = 0;
    return found >= 0;
}

/* ---- The clock's step. ---- */

static u64 greatest_divisor(u64 a, u64 b)
{
    while (b) {
        u64 rest = a % b;
        a = b, b = rest;
    }
    return a;
}

static bool time_in(struct import_source *source, const char *line, size_t size, u64 *time)
{
    struct import_record record;
    import_parse(&source->parser, line, size, &record);
    for (u32 i = 0; i < record.field_count; i++)
        if (record.fields[i].target == IMPORT_TIME)
            return import_number(line + record.fields[i].at, record.fields[i].size, record.fields[i].form == IMPORT_HEX,
                                 time);
    return false;
}

u64 source_quantum(struct import_source *source)
{
    u64 quantum = import_rules_clock(source->parser.rules)->quantum, divisor = 0, last = 0, time;
    u32 times = 0;
    size_t size;
    struct err err;
    const char *bytes = input_peek(source->input, &size, &err);
    if (!bytes || !source->parser.format->pure || quantum > 1)
        return quantum;
    for (const char *at = bytes, *newline; (newline = memchr(at, '\n', (size_t)(bytes + size - at)));
         at = newline + 1) {
        if (!time_in(source, at, (size_t)(newline - at), &time) || !time || time == last)
            continue;
        divisor = greatest_divisor(divisor, time);
        times++;
        last = time;
    }
    return times >= QUANTUM_TIMES && divisor > 1 ? divisor : quantum;
}
