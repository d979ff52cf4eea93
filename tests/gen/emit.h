/* SPDX-License-Identifier: BSD-3-Clause
 * Writes events as the engines of tests/gen/formats.def do: a format is one template a kind of event, in which a letter
 * after % stands for a value (its head has the list). Xenia's text log has its own code: what its lines are shaped like
 * depends on the call, and it is full of lines that are no events. */
#ifndef TESTS_GEN_EMIT_H
#define TESTS_GEN_EMIT_H

#include "tests/gen/event.h"
#include "tests/gen/out.h"
#include "tests/gen/random.h"

enum gen_format {
#define GEN_FORMAT(id, name, first_line) FORMAT_##id,
#define GEN_LINE(id, kind, text)
#include "tests/gen/formats.def"
#undef GEN_FORMAT
#undef GEN_LINE
    FORMAT_xenia,
    FORMATS
};

enum { SEGMENTS_MAX = 40 };

struct gen_segment {
    const char *text;
    u16 size;
    char field; /* 0: the last */
};

struct gen_emitter {
    struct gen_sink sink;
    struct gen_out *out;
    enum gen_format format;
    bool has_lr, has_ordinal;
    struct gen_random random; /* lines that are no events, and spellings */
    u32 noise;                /* per mille of Xenia's lines with something after or before them */
    bool has_returns;         /* Xenia's log: of a fork that writes them */
    u64 written[GEN_KINDS];   /* events by kind */
    u64 no_events;            /* lines that are no events */
    u64 limit;                /* lines that are events, after which it is full; 0: none */
    u64 count;                /* of them so far */
    struct gen_segment segments[GEN_KINDS][SEGMENTS_MAX];
};

/* Writes the format's first lines. seed: of lines that are no events. */
void emit_init(struct gen_emitter *emitter, enum gen_format format, struct gen_out *out, u64 seed);
/* A build that does not write these fields of a call. */
void emit_without(struct gen_emitter *emitter, bool lr, bool ordinal);
/* False: no such format. */
bool emit_format_by_name(const char *name, enum gen_format *format);

void emit_xenia_begin(struct gen_emitter *emitter);
/* An event's line is complete. */
void emit_end_event(struct gen_emitter *emitter, enum gen_kind kind);

void emit_xenia_put(struct gen_sink *sink, const struct gen_event *event);

/* An op's name, or another that such logs have for it; the audits hook the objects behind the Ke calls. */
const char *emit_spelling(struct gen_emitter *emitter, u16 op);

#endif
