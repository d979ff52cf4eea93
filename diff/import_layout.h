/* SPDX-License-Identifier: BSD-3-Clause
 * Layouts: what a parser remembers of JSON lines with the same keys in the same order and with the same spacing. In a
 * line of a known layout only its strings and whole numbers are looked at; where they are tells the rest. What is found
 * is what import_json_scan finds, and it is the parser that gives it a meaning.
 *
 * A reading is a line seen so, with a key over all that can decide what the parser makes of it: the layout, what names
 * something (the kind, the op, the LR; words that rules know), and of everything else only what it looks like (so many
 * hex digits, a text). Lines of one key are of one shape (diff/import_shape.h). */
#ifndef DIFF_IMPORT_LAYOUT_H
#define DIFF_IMPORT_LAYOUT_H

#include "diff/import_hole.h"
#include "diff/import_rules.h"
#include "diff/import_value.h"

enum { IMPORT_LAYOUTS_MAX = 256, IMPORT_LAYOUT_BEHIND = 64 };

struct import_layouts;

struct import_layouts *import_layouts_create(void);
void import_layouts_destroy(struct import_layouts *layouts); /* accepts NULL */

struct import_reading {
    u32 layout;
    u64 key;
    u32 count;             /* of the line's strings and whole numbers */
    const bool *is_string; /* which they are */
    struct import_part parts[BLOCK_FIELDS_MAX];
};

/* False: the line's layout is not known, or only a scanner can tell. IMPORT_LAYOUT_BEHIND bytes behind the line may be
 * read, whatever they are. */
bool import_layouts_read(struct import_layouts *layouts, const char *line, size_t size, struct import_reading *reading);
/* Its values; valid until the next call. */
const struct import_values *import_layouts_values(struct import_layouts *layouts, const char *line,
                                                  const struct import_reading *reading);
/* Remembers the layout of a line that import_json_scan took, and that import_layouts_read does not know. */
void import_layouts_add(struct import_layouts *layouts, struct import_rules *rules, const char *line, size_t size,
                        const struct import_values *values);

#endif
