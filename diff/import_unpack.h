/* SPDX-License-Identifier: BSD-3-Clause
 * The bytes of a file or of standard input, unpacked when they begin as gzip, an LZ4 frame or zstd; several packed
 * streams may follow each other. */
#ifndef DIFF_IMPORT_UNPACK_H
#define DIFF_IMPORT_UNPACK_H

#include "schema/base.h"

struct unpack;

/* "-": standard input. NULL: err names the file and why. */
struct unpack *unpack_open(const char *path, struct err *err);
void unpack_close(struct unpack *u); /* accepts NULL */
/* Bytes written to out, 0 only at the end, -1: err says what is wrong with the file and where. */
ptrdiff_t unpack_read(struct unpack *u, char *out, size_t capacity, struct err *err);
/* "plain", "gzip", "lz4" or "zstd"; known after the first read. */
const char *unpack_packing(const struct unpack *u);
/* Bytes of the file read so far, and its size (0: not known). */
u64 unpack_position(const struct unpack *u);
u64 unpack_size(const struct unpack *u);

#endif
