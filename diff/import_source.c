/* SPDX-License-Identifier: BSD-3-Clause
 * Reading one log (diff/import_source.h). */
#include "diff/import_source.h"
#include "diff/import_assign.h"
#include "diff/progress.h"

#include <stdio.h>
#include <stdlib.h>

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

bool source_open(struct import_source *source, const char *path, const struct import_options *options, struct err *err)
{
    *source = (struct import_source){.path = path};
    source->input = input_open(path, err);
    if (!source->input)
        return false;
    const struct import_format *format = format_for(source, options->format, err);
    if (!format || !import_parser_init(&source->parser, format, err))
        return false;
    for (u32 i = 0; i < options->map_count; i++)
        if (!import_rules_load(source->parser.rules, options->maps[i], err))
            return false;
    return true;
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
    if (source->unrecognised < SOURCE_NUMBERS)
        source->numbers[source->unrecognised] = source->lines;
    source->unrecognised++;
    if (verbose)
        fprintf(stderr, "%s: line %llu: not recognised: %s (byte %zu)\n", source->path,
                (unsigned long long)source->lines, p->why ? p->why : "of no known shape", p->place + 1);
}

/* What a log shows that it can tell. */
static void note_record(struct import_source *source, const struct import_record *record)
{
    source->kinds |= 1ULL << record->kind;
    source->has_lr |= record->lr != 0;
    if (record->kind != EVENT_call)
        return;
    source->has_arguments |= record->count != 0;
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
    struct coverage *c = import_rules_coverage(source->parser.rules, &source->called);
    for (size_t i = 0; i < countof(tells); i++)
        if (source->kinds >> tells[i].kind & 1)
            coverage_add_tells(c, tells[i].what);
    if (source->has_lr)
        coverage_add_tells(c, "lr");
    if (source->has_arguments)
        coverage_add_tells(c, "arguments");
    return c;
}

static void step(struct import_source *source, struct progress *progress, bool is_new)
{
    source->lines += is_new;
    if (!(source->lines % 8192))
        progress_step(progress, input_position(source->input), input_size(source->input), source->lines);
}

/* The lines of known shape that are there. */
static void take_known(struct import_source *source, struct import_sink *sink, struct progress *progress)
{
    const char *end, *at = input_window(source->input, &end), *line_end;
    while ((line_end = sink_match(sink, at, end))) {
        step(source, progress, true);
        at = line_end + 1;
    }
    input_take(source->input, at);
}

bool source_read(struct import_source *source, struct import_sink *sink, const struct import_options *options,
                 struct err *err)
{
    struct import_record record;
    const char *line;
    size_t size;
    bool whole = true, was_whole = true, quick = source->parser.format->pure;
    int found;
    struct progress progress;
    progress_begin(&progress);
    source->first_seq = sink_counts(sink)->lines;
    for (;;) {
        if (quick && was_whole)
            take_known(source, sink, &progress);
        if ((found = input_line(source->input, &line, &size, &whole, err)) <= 0)
            break;
        step(source, &progress, was_whole);
        if (quick && was_whole && whole && sink_match(sink, line, line + size + 1))
            continue;
        if (!was_whole || (!whole && size == INPUT_LINE_MAX))
            import_no_event(&record, whole ? "last part" : "part");
        else
            import_parse(&source->parser, line, size, &record);
        note_record(source, &record);
        if (!record.kind && !strcmp(record.class, "unrecognised"))
            note_unrecognised(source, options->verbose);
        if (!sink_line(sink, line, size, &record))
            break;
        was_whole = whole;
    }
    progress_end(&progress);
    source->unended = !whole;
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
