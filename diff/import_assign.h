/* SPDX-License-Identifier: BSD-3-Clause
 * From a line's values and a format's rules to a record: what the formats with named values (JSON, KEY=VALUE) share. */
#ifndef DIFF_IMPORT_ASSIGN_H
#define DIFF_IMPORT_ASSIGN_H

#include "diff/import_rules.h"
#include "diff/import_value.h"

/* `word`: what names the line's kind, if none of its values does (size 0: nothing). Fills all of the record. */
void import_assign(struct import_rules *rules, const char *line, const struct import_values *values, const char *word,
                   size_t word_size, struct import_record *record);

/* The whole number in a text of decimal or 0x hex digits; false: it is none, or has more than 64 bits. */
bool import_number(const char *text, size_t size, bool is_hex, u64 *number);
/* What form bytes have as a field: IMPORT_DEC if canonical, IMPORT_HEX (skip 2 bytes first if *prefixed), else
 * IMPORT_TEXT. is_hex: digits without 0x are hex. */
u8 import_form_of(const char *text, size_t size, bool is_hex, bool *prefixed);

/* Are digits in a string hex even without 0x, where they stand for such a field? */
bool import_means_hex(enum event_meaning meaning, bool is_json);

/* A text of letters that do not vary from line to line: of a kind's name, an engine, a path. */
bool import_is_plain_word(const char *text, size_t size);

/* Adds a field behind those that are there; when there is no room, one that is kept for the original only gives way. */
void import_add_field(struct import_record *record, struct import_field field);

#endif
