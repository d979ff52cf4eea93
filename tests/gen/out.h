/* SPDX-License-Identifier: BSD-3-Clause
 * Buffered output of generated text, fast: a line is a few copies and numbers. */
#ifndef TESTS_GEN_OUT_H
#define TESTS_GEN_OUT_H

#include "schema/base.h"

enum { OUT_CAPACITY = 1 << 18, OUT_LINE_MAX = 4096 };

struct gen_out {
    int fd;
    u64 bytes, lines;
    size_t used;
    char path[512];
    char text[OUT_CAPACITY];
};

/* "-" is standard output. A host error ends the program with one sentence. */
void out_open(struct gen_out *out, const char *path);
void out_close(struct gen_out *out);
/* False, with a message: it cannot be made. One that is there is fine. */
bool out_make_folder(const char *path);
/* After it there is room for a line of OUT_LINE_MAX bytes. */
void out_flush_if_full(struct gen_out *out);

static inline void out_bytes(struct gen_out *out, const char *text, size_t size)
{
    memcpy(out->text + out->used, text, size);
    out->used += size;
}

static inline void out_text(struct gen_out *out, const char *text)
{
    out_bytes(out, text, strlen(text));
}

static inline void out_char(struct gen_out *out, char c)
{
    out->text[out->used++] = c;
}

static inline void out_end_line(struct gen_out *out)
{
    out_char(out, '\n');
    out->lines++;
    out_flush_if_full(out);
}

void out_decimal(struct gen_out *out, u64 value);
void out_signed(struct gen_out *out, s64 value);
/* Exactly so many digits. */
void out_hex(struct gen_out *out, u64 value, u32 digits, bool is_upper);
/* JSON's escapes, without the quotes. */
void out_escaped(struct gen_out *out, const char *text);

#endif
