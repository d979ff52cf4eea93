/* SPDX-License-Identifier: BSD-3-Clause
 * A log's lines, read once, with a bounded buffer. */
#ifndef DIFF_IMPORT_INPUT_H
#define DIFF_IMPORT_INPUT_H

#include "schema/base.h"

enum {
    INPUT_LINE_MAX = 8 << 20, /* a longer line comes in parts */
    INPUT_PEEK = 1 << 18,
    INPUT_BEHIND = 64, /* bytes behind a window that may be read, whatever they are */
};

struct import_input;

struct import_input *input_open(const char *path, struct err *err);
void input_close(struct import_input *in); /* accepts NULL */
/* The next line without its \n (a \r before that belongs to the line); valid until the next call. *whole: a \n follows;
 * else it is the first part of a line that is too long, or the log ends here. 1: a line; 0: no more; -1: err, and what
 * follows cannot be read. */
int input_line(struct import_input *in, const char **line, size_t *size, bool *whole, struct err *err);
/* The bytes that are there without reading: from the next line's first on. */
const char *input_window(const struct import_input *in, const char **end);
/* Takes the lines of the window before `to`. */
void input_take(struct import_input *in, const char *to);
/* The first bytes, as many as INPUT_PEEK if there are; before the first line is asked for. NULL: err. */
const char *input_peek(struct import_input *in, size_t *size, struct err *err);
/* The hash of all bytes that were given. */
u64 input_hash(struct import_input *in);
/* Goes on at a byte of the log, as if those before it had been given. False: err says that the log is shorter. */
bool input_skip(struct import_input *in, u64 to, struct err *err);

const char *input_packing(const struct import_input *in);
/* Bytes of the file read and its size (0: not known), for telling how far it is; bytes of the log itself. */
u64 input_position(const struct import_input *in);
u64 input_size(const struct import_input *in);
u64 input_bytes(const struct import_input *in);

#endif
