/* SPDX-License-Identifier: BSD-3-Clause
 * Shapes: the templates that an import has met, each with the site its lines belong to (replay/template.h). Made from a
 * line and what its parser told of it; the same line always makes the same shape. */
#ifndef DIFF_IMPORT_SHAPE_H
#define DIFF_IMPORT_SHAPE_H

#include "diff/import.h"
#include "diff/import_layout.h"
#include "diff/import_tree.h"

struct journal_reader;
struct journal_store;

enum { IMPORT_NO_HOLE = 0xFF };

struct import_shape {
    struct template t;
    u32 site; /* in the journal */
    u8 kind;
    u8 thread_hole, index_hole, time_hole; /* which hole gives it, or IMPORT_NO_HOLE */
    u8 field_count, field_holes[BLOCK_FIELDS_MAX];
    bool has_strings, has_texts; /* among the fields; beside them */
    bool has_threads;            /* among the fields */
    bool was_told;               /* by the parser, before */
    u16 source;                  /* which log's parser told of it last */
    u32 thread;                  /* when no hole gives it */
    const char *class;           /* of a line that is no event */
};

struct import_shapes;

struct import_shapes *import_shapes_create(struct journal_store *store);
void import_shapes_destroy(struct import_shapes *shapes); /* accepts NULL */
/* Those of a journal that an import left; to be called before any is made. False: err. */
bool import_shapes_restore(struct import_shapes *shapes, struct journal_reader *r, const char *state, struct err *err);
/* What of the shapes no row of the journal tells. */
void import_shapes_save(const struct import_shapes *shapes, struct buffer *state);
const struct import_shape *import_shape_at(const struct import_shapes *shapes, u32 shape);

/* Lines of another log come: what a shape means is for its parser to say. */
void import_shapes_source(struct import_shapes *shapes, u16 source);

/* The shape of a line, behind which INPUT_BEHIND bytes may be read; parts[] hold what its holes hold. class_id: the id
 * of a class's name in the journal's strings. UINT32_MAX: it cannot be kept as a template, use import_shape_verbatim.
 */
u32 import_shape_of(struct import_shapes *shapes, const char *line, const struct import_record *record, size_t size,
                    bool timed, u32 class_id, struct import_part parts[BLOCK_FIELDS_MAX]);
/* UINT32_MAX: there are too many. The shape that keeps the whole line as a text of its own, and the event's values as
 * numbers beside it: parts[0] is the line, parts[1 ...] are for the values v[] in order (record->count of them). */
/* The shape of the lines of a reading's key. UINT32_MAX: none of them came from this log yet; else parts[] hold what
 * the line's holes hold. */
u32 import_shape_recall(struct import_shapes *shapes, const struct import_reading *reading,
                        struct import_part parts[BLOCK_FIELDS_MAX]);
/* The line of this reading has that shape, of which the parser told this record. From the second time on that is
 * remembered: a shape that the tree finds is told of once. */
void import_shape_learn(struct import_shapes *shapes, const struct import_reading *reading, const char *line,
                        const struct import_record *record, u32 shape);

u32 import_shape_verbatim(struct import_shapes *shapes, const struct import_record *record);
/* The shape of the line at p, whose \n comes before `end`; *line_end points to that. UINT32_MAX: there is no \n, or the
 * shape was not met in this log yet. For formats whose lines are JSON; INPUT_BEHIND bytes behind `end` may be read. */
u32 import_shape_find(struct import_shapes *shapes, const char *p, const char *end, const char **line_end,
                      struct import_part parts[BLOCK_FIELDS_MAX]);

/* Does the hole hold another thread's id? */
bool import_shape_names_thread(const struct import_shape *shape, u32 hole);

/* Whether a string's inside is written as FORM_JSON would write it again; *room is a buffer to work in. */
bool import_is_canonical(const char *text, size_t size, bool has_escapes, struct buffer *room);

#endif
