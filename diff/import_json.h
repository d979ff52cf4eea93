/* SPDX-License-Identifier: BSD-3-Clause
 * One line of JSON as a list of its values, each with its place in the line and its path.
 *
 * Strict: what RFC 8259 does not allow is refused with the place and the reason; bytes above 0x7F are taken as they
 * are. A path is a hash over the keys from the outermost object on, so that rules find a value whatever the order and
 * the spacing of the keys; an array's elements have the key "[]". */
#ifndef DIFF_IMPORT_JSON_H
#define DIFF_IMPORT_JSON_H

#include "diff/import_value.h"

enum { IMPORT_JSON_DEPTH = 32 };

/* False: not JSON; *why and *place tell what is wrong where. A line with more values than the list holds is read to its
 * end and checked, but only the first are listed. */
bool import_json_scan(const char *line, size_t size, struct import_values *values, const char **why, size_t *place);

/* Undoes the escapes of a string's inside; returns the size, at most that of the raw text. */
size_t import_json_unescape(const char *raw, size_t size, char *out);

#endif
