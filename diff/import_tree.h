/* SPDX-License-Identifier: BSD-3-Clause
 * Finding the template of a line by its text alone: a tree over the templates' literals and holes, in which a line goes
 * one way. It is what makes an import fast: a line whose shape is known needs no parser.
 *
 * For JSON lines only: there a string ends at its quote, so what a hole holds does not depend on the parser. A number
 * fits a hole only as the template would write it again. */
#ifndef DIFF_IMPORT_TREE_H
#define DIFF_IMPORT_TREE_H

#include "diff/import_hole.h"

struct import_tree;

struct import_tree *import_tree_create(void);
void import_tree_destroy(struct import_tree *tree); /* accepts NULL */
/* `shape` is what import_tree_find returns for its lines. The template stays the caller's and must stay. */
void import_tree_add(struct import_tree *tree, const struct template *t, u32 shape);
/* UINT32_MAX: no template fits; else parts[] hold what its holes held. IMPORT_HOLE_BEHIND bytes behind the line may be
 * read. */
u32 import_tree_find(const struct import_tree *tree, const char *line, size_t size,
                     struct import_part parts[BLOCK_FIELDS_MAX]);
/* The same of the line at p, whose \n comes before `end`; quick if it has the shape that is guessed (any number may
 * be). *line_end: its \n, or NULL: there is none before `end`. IMPORT_HOLE_BEHIND bytes behind `end` may be read. */
u32 import_tree_guess(const struct import_tree *tree, u32 shape, const char *p, const char *end, const char **line_end,
                      struct import_part parts[BLOCK_FIELDS_MAX]);

#endif
