/* SPDX-License-Identifier: BSD-3-Clause
 * The kinds of logs that import reads: how each is recognised and what reads its lines. */
#ifndef DIFF_IMPORT_FORMAT_H
#define DIFF_IMPORT_FORMAT_H

#include "diff/import_layout.h"
#include "diff/import_value.h"

struct import_parser;

struct import_format {
    const char *name;
    const char *looks; /* "JSON objects with ...": what the lines are that recognise() is true of */
    bool pure;         /* a record depends on its line and the rules alone, not on the lines before */
    bool (*recognise)(const char *line, size_t size);
    void (*parse)(struct import_parser *parser, const char *line, size_t size, struct import_record *record);
};

struct import_parser {
    const struct import_format *format;
    struct import_rules *rules;
    const char *why; /* of the last line, if it was not recognised */
    size_t place;    /* byte of it */
    struct import_values values;
    bool is_new;      /* the line at hand is of no known layout */
    bool has_reading; /* of the line at hand: the next */
    struct import_reading reading;
    struct import_layouts *layouts; /* NULL: none are remembered, and nothing behind a line is read */
    u32 thread;                     /* formats that are not pure: whom the lines before spoke of */
};

size_t import_format_count(void);
const struct import_format *import_format_at(size_t i);
const struct import_format *import_format_by_name(const char *name); /* NULL: none */

/* The format of the lines in a log's first bytes. NULL: none fits. why: a sentence. */
const struct import_format *import_format_guess(const char *bytes, size_t size, char *why, size_t capacity);

/* With the format's own rules; destroy with import_parser_finish. False: err (only if these rules are broken). */
bool import_parser_init(struct import_parser *parser, const struct import_format *format, struct err *err);
/* From now on layouts are remembered: IMPORT_LAYOUT_BEHIND bytes behind each line may be read. */
void import_parser_remember(struct import_parser *parser);
void import_parser_forget(struct import_parser *parser); /* nor is any remembered from now on */
void import_parser_finish(struct import_parser *parser);
/* The format's own rules, as their file has them. */
const char *import_format_rules(const struct import_format *format);

/* Reads a line of a known layout, for import_parse_read, which has less to do then, or instead of it. False: it is of
 * none. */
static inline bool import_parser_read(struct import_parser *parser, const char *line, size_t size)
{
    parser->has_reading = parser->layouts && import_layouts_read(parser->layouts, line, size, &parser->reading);
    parser->is_new = parser->layouts && !parser->has_reading;
    return parser->has_reading;
}

static inline void import_parse_read(struct import_parser *parser, const char *line, size_t size,
                                     struct import_record *record)
{
    parser->format->parse(parser, line, size, record);
}

/* Fills the record; never fails: a line that is not recognised says so. */
static inline void import_parse(struct import_parser *parser, const char *line, size_t size,
                                struct import_record *record)
{
    parser->has_reading = parser->is_new = false;
    parser->format->parse(parser, line, size, record);
}

/* A record of a line that is no event. */
static inline void import_no_event(struct import_record *record, const char *class)
{
    *record = (struct import_record){.class = class};
}

/* JSON lines (diff/import_jsonl.c). */
bool import_phase_a_recognise(const char *line, size_t size);
bool import_lr_trace_recognise(const char *line, size_t size);
void import_jsonl_parse(struct import_parser *parser, const char *line, size_t size, struct import_record *record);
bool import_is_object(const char *line, size_t size);                /* it begins as a JSON object */
bool import_has_key(const char *line, size_t size, const char *key); /* "key" stands in it */
bool import_is_blank(const char *line, size_t size);

/* KEY=VALUE lines (diff/import_pairs.c). */
bool import_audit_recognise(const char *line, size_t size);
void import_audit_parse(struct import_parser *parser, const char *line, size_t size, struct import_record *record);
bool import_recomp_recognise(const char *line, size_t size);
void import_recomp_parse(struct import_parser *parser, const char *line, size_t size, struct import_record *record);

/* Xenia's text (diff/import_xenia.c). */
bool import_xenia_recognise(const char *line, size_t size);
void import_xenia_parse(struct import_parser *parser, const char *line, size_t size, struct import_record *record);
/* Where the text begins behind `i> F8000008 `, whatever another logger put before that; *thread is the place of the
 * eight digits. size: there is no such prefix. */
size_t import_xenia_prefix(const char *line, size_t size, size_t *thread);

/* Dumps of all threads (diff/import_dump.c). */
bool import_dump_recognise(const char *line, size_t size);
void import_dump_parse(struct import_parser *parser, const char *line, size_t size, struct import_record *record);

#endif
