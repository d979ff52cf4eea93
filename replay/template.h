/* SPDX-License-Identifier: BSD-3-Clause
 * Templates: the lines of a foreign log without what varies in them. A line is stored as its template and what its
 * holes hold, from which template_print gives back its bytes exactly, and template_fill the event's values.
 *
 * Its bytes in the journal, a sequence of variable-length numbers and then the literal text:
 *   holes; holes * { bytes of text before it, form, width, target, value, transform }; bytes of text behind the last
 *   constants; constants * { value, number }
 *   text */
#ifndef REPLAY_TEMPLATE_H
#define REPLAY_TEMPLATE_H

#include "replay/block.h"

enum template_form {
    FORM_DEC,    /* -?digits of a signed 64-bit number, no leading zero */
    FORM_UDEC,   /* a decimal number above the greatest signed one */
    FORM_LOWER,  /* `width` hex digits, a to f */
    FORM_UPPER,  /* `width` hex digits, A to F */
    FORM_STRING, /* a text by its id in the journal's strings */
    FORM_JSON,   /* the same, written with JSON's escapes: only where they are needed, the short ones */
    FORM_TEXT,   /* a text of the event's own, in its block */
    FORM_HIDDEN, /* a number that the line does not show */
    FORMS,
};

enum template_target { TARGET_KEEP, TARGET_THREAD, TARGET_INDEX, TARGET_TIME, TARGET_VALUE, TARGETS };
enum template_transform { TRANSFORM_AS_IS, TRANSFORM_LOW32, TRANSFORM_DEADLINE, TRANSFORMS };

struct template_hole {
    const u8 *text; /* the literal before it */
    u32 text_size;
    u8 form, width, target, value, transform;
    bool is_field; /* kept in the block's FIELDS; else in its TEXT, TIME, INDEX, or the block's row (thread) */
};

struct template
{
    u32 hole_count;
    u32 field_count; /* holes that are fields */
    struct template_hole holes[BLOCK_FIELDS_MAX];
    const u8 *tail;
    u32 tail_size;
    u32 constant_count;
    u8 constant_value[EVENT_FIELDS_MAX];
    u64 constant[EVENT_FIELDS_MAX];
    struct buffer bytes; /* what text points into */
};

/* Reads any bytes whatever. The template keeps a copy of them. False: they are none. */
bool template_read(struct template *t, const void *bytes, size_t size, struct err *err);
void template_free(struct template *t);
/* Writes holes (their texts), tail and constants behind what is in *out. */
void template_write(const struct template *t, struct buffer *out);

/* What a line was made of: a hole that is no field has its number elsewhere. */
struct template_line {
    u32 thread, index;
    u64 time;
    const u64 *fields; /* then where its texts are in *text */
    const struct buffer *text;
    const char *(*string)(void *context, u32 id, size_t *size);
    void *context;
};
/* Adds the line's bytes to *out. False: a text is not there. */
bool template_print(const struct template *t, const struct template_line *line, struct buffer *out);
/* Writes a string's inside as FORM_JSON does. */
void template_escape(const char *text, size_t size, struct buffer *out);

/* A value from the number that a hole holds; time: the event's. */
u64 template_transform(enum template_transform how, u64 number, u64 time);
/* The event's values from its fields; time must stand in it. Values of TEXT holes become texts[i] in order. */
void template_fill(const struct template *t, const u64 *fields, const u64 *texts, struct event *event);

#endif
