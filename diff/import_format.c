/* SPDX-License-Identifier: BSD-3-Clause
 * The table of formats, with each one's rules built in (diff/import_format.h). */
#include "diff/import_format.h"

#include <stdio.h>

/* The file of rules as a string in the program. */
#define RULES(name, file)                                                                                              \
    extern const char rules_##name[];                                                                                  \
    __asm__(".section .rodata\n"                                                                                       \
            ".global rules_" #name "\n"                                                                                \
            "rules_" #name ":\n"                                                                                       \
            ".incbin \"rules/" file ".rules\"\n"                                                                       \
            ".byte 0\n"                                                                                                \
            ".previous\n");

RULES(phase_a, "phase-a")
RULES(xenia_log, "xenia-log")
RULES(lr_trace, "lr-trace")
RULES(audit, "audit")
RULES(dump, "deadlock-dump")
RULES(recomp, "recomp")

static const struct {
    struct import_format format;
    const char *rules;
} rows[] = {
    /* clang-format off */
    {{"phase-a", "JSON objects with tid_event_idx", true, import_phase_a_recognise, import_jsonl_parse}, rules_phase_a},
    {{"lr-trace", "JSON objects with pc and lr", true, import_lr_trace_recognise, import_jsonl_parse}, rules_lr_trace},
    {{"audit", "fires with handle and lr", true, import_audit_recognise, import_audit_parse}, rules_audit},
    {{"recomp", "IMPORT_CALL or [HOST] lines", true, import_recomp_recognise, import_recomp_parse}, rules_recomp},
    {{"deadlock-dump", "threads with their state", false, import_dump_recognise, import_dump_parse}, rules_dump},
    {{"xenia-log", "text behind a letter, > and a thread", true, import_xenia_recognise, import_xenia_parse},
     rules_xenia_log},
    /* clang-format on */
};

size_t import_format_count(void)
{
    return countof(rows);
}

const struct import_format *import_format_at(size_t i)
{
    return &rows[i].format;
}

const struct import_format *import_format_by_name(const char *name)
{
    for (size_t i = 0; i < countof(rows); i++)
        if (!strcmp(rows[i].format.name, name))
            return &rows[i].format;
    return NULL;
}

const char *import_format_rules(const struct import_format *format)
{
    for (size_t i = 0; i < countof(rows); i++)
        if (&rows[i].format == format)
            return rows[i].rules;
    return "";
}

static u32 count_lines(const char *bytes, size_t size, bool (*recognise)(const char *line, size_t size), u32 *lines)
{
    u32 hits = 0;
    *lines = 0;
    for (const char *at = bytes, *end = bytes + size, *newline; at < end; at = newline + 1) {
        newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline && at > bytes)
            break; /* the rest of this line was not looked at */
        newline = newline ? newline : end;
        hits += recognise(at, (size_t)(newline - at));
        ++*lines;
    }
    return hits;
}

/* The format that most lines fit; of two, the first. But audits write their fires as lines of Xenia's log: where they
 * are half of it they are what it was written for. */
static size_t best_of(const u32 hits[countof(rows)])
{
    size_t best = 0;
    for (size_t i = 1; i < countof(rows); i++)
        best = hits[i] > hits[best] ? i : best;
    for (size_t i = 0; i < countof(rows); i++)
        if (rows[i].format.recognise == import_audit_recognise && hits[i] * 2 >= hits[best] &&
            rows[best].format.recognise == import_xenia_recognise)
            return i;
    return best;
}

const struct import_format *import_format_guess(const char *bytes, size_t size, char *why, size_t capacity)
{
    u32 hits[countof(rows)], lines = 0;
    for (size_t i = 0; i < countof(rows); i++)
        hits[i] = count_lines(bytes, size, rows[i].format.recognise, &lines);
    size_t best = best_of(hits), at;
    if (!hits[best]) {
        snprintf(why, capacity, "none of the first %u lines is of a known kind", lines);
        return NULL;
    }
    at = (size_t)snprintf(why, capacity, "%u of the first %u lines are %s", hits[best], lines, rows[best].format.looks);
    for (size_t i = 0; i < countof(rows) && at < capacity; i++)
        if (i != best && hits[i] * 50 >= lines)
            at += (size_t)snprintf(why + at, capacity - at, "; %u are %s (--format %s)", hits[i], rows[i].format.looks,
                                   rows[i].format.name);
    return &rows[best].format;
}

bool import_parser_init(struct import_parser *parser, const struct import_format *format, struct err *err)
{
    const char *text = import_format_rules(format);
    char name[64];
    snprintf(name, sizeof name, "rules/%s.rules", format->name);
    memset(parser, 0, sizeof *parser);
    parser->format = format;
    parser->rules = import_rules_create();
    return import_rules_read(parser->rules, name, text, strlen(text), err);
}

void import_parser_remember(struct import_parser *parser)
{
    if (!parser->layouts)
        parser->layouts = import_layouts_create();
}

void import_parser_forget(struct import_parser *parser)
{
    import_layouts_destroy(parser->layouts);
    parser->layouts = NULL;
}

void import_parser_finish(struct import_parser *parser)
{
    import_parser_forget(parser);
    import_rules_destroy(parser->rules);
    parser->rules = NULL;
}
