/* SPDX-License-Identifier: BSD-3-Clause
 * Making templates out of lines (diff/import_shape.h). */
#include "diff/import_shape.h"
#include "diff/import_json.h"
#include "diff/import_state.h"
#include "diff/import_table.h"
#include "replay/journal_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

enum { SHAPES_MAX = 1 << 16, WAYS_MAX = 1 << 17, CLASSES_MAX = 32 };
/* What comes is guessed from the last three shapes: 90 of 100 guesses are right, after one shape 72. */
enum { HISTORY_BITS = 14, HISTORY_SHIFT = 22 };

/* From what was read of a line to what its shape's holes hold: which string or number, and so many bytes behind its
 * begin. */
struct way {
    u32 shape;
    u8 from[BLOCK_FIELDS_MAX], skip[BLOCK_FIELDS_MAX];
};
enum { WHOLE = 0xFF /* skip: it is what was read */ };

struct import_shapes {
    struct journal_store *store;
    struct import_tree *tree;
    struct import_shape **list;
    u32 count;
    u64 history;                 /* of the last lines' shapes */
    u32 next[1 << HISTORY_BITS]; /* the shape that came last behind such a history */
    u16 source;
    const char *classes[CLASSES_MAX];
    struct import_table by_hash; /* of head and template: place in list */
    struct import_table by_key;  /* of readings: place in the next */
    struct way *ways;
    u32 way_count;
    struct buffer body, room;
};

struct import_shapes *import_shapes_create(struct journal_store *store)
{
    struct import_shapes *shapes = calloc(1, sizeof *shapes);
    CHECK(shapes, "out of memory");
    shapes->store = store;
    shapes->tree = import_tree_create();
    return shapes;
}

void import_shapes_destroy(struct import_shapes *shapes)
{
    if (!shapes)
        return;
    for (u32 i = 0; i < shapes->count; i++) {
        template_free(&shapes->list[i]->t);
        free(shapes->list[i]);
    }
    for (u32 i = 0; i < CLASSES_MAX; i++)
        free((char *)shapes->classes[i]);
    free(shapes->list);
    import_tree_destroy(shapes->tree);
    import_table_free(&shapes->by_hash);
    import_table_free(&shapes->by_key);
    free(shapes->ways);
    buffer_free(&shapes->body);
    buffer_free(&shapes->room);
    free(shapes);
}

const struct import_shape *import_shape_at(const struct import_shapes *shapes, u32 shape)
{
    CHECK(shape < shapes->count, "shape %u of %u", shape, shapes->count);
    return shapes->list[shape];
}

/* The same text at a place that stays. */
static const char *class_of(struct import_shapes *shapes, const char *class)
{
    for (u32 i = 0; i < CLASSES_MAX; i++) {
        if (!shapes->classes[i])
            shapes->classes[i] = strdup(class);
        CHECK(shapes->classes[i], "out of memory");
        if (!strcmp(shapes->classes[i], class))
            return shapes->classes[i];
    }
    CHECK(false, "too many classes of lines");
    return NULL;
}

void import_shapes_source(struct import_shapes *shapes, u16 source)
{
    shapes->source = source;
}

/* Over what makes a shape: the texts, holes and constants of its template, without writing that, and what of the record
 * is no hole and no text, but makes another site. */
static u64 shape_hash(struct import_shapes *shapes, const struct import_record *r, const struct template *t)
{
    const u64 head[] = {r->kind | (u64)r->count << 8 | (u64)r->missing << 16 | (u64)r->declared << 32,
                        (u64)r->lr << 32 | r->op, r->thread, (u64)t->hole_count << 32 | t->constant_count};
    u64 words[countof(head) + BLOCK_FIELDS_MAX + 2 * EVENT_FIELDS_MAX];
    u32 count = countof(head);
    memcpy(words, head, sizeof head);
    struct buffer *texts = &shapes->room;
    texts->size = 0;
    for (u32 i = 0; i < t->hole_count; i++) {
        const struct template_hole *h = &t->holes[i];
        words[count++] = h->form | (u64)h->width << 8 | (u64)h->target << 16 | (u64)h->value << 20 |
                         (u64)h->transform << 28 | (u64)h->text_size << 32;
        buffer_add(texts, h->text, h->text_size);
    }
    for (u32 i = 0; i < t->constant_count; i++) {
        words[count++] = t->constant_value[i];
        words[count++] = t->constant[i];
    }
    buffer_add(texts, t->tail, t->tail_size);
    u64 seed = XXH3_64bits(texts->size ? texts->data : (const u8 *)"", texts->size);
    texts->size = 0;
    return XXH3_64bits_withSeed(words, count * sizeof *words, seed);
}

bool import_shape_names_thread(const struct import_shape *shape, u32 hole)
{
    const struct template_hole *h = &shape->t.holes[hole];
    const struct event_type *type = event_type(shape->kind);
    return h->target == TARGET_VALUE && type && h->value < type->field_count &&
           type->fields[h->value].meaning == MEANING_THREAD;
}

static void fill_shape(struct import_shapes *shapes, struct import_shape *shape, const struct import_record *r)
{
    shape->kind = r->kind ? r->kind : EVENT_line;
    shape->thread = r->thread;
    shape->class = r->kind ? NULL : class_of(shapes, r->class);
    shape->source = shapes->source;
    shape->thread_hole = shape->index_hole = shape->time_hole = IMPORT_NO_HOLE;
    for (u8 i = 0; i < shape->t.hole_count; i++) {
        const struct template_hole *h = &shape->t.holes[i];
        if (h->target == TARGET_THREAD)
            shape->thread_hole = i;
        else if (h->target == TARGET_INDEX)
            shape->index_hole = i;
        else if (h->target == TARGET_TIME)
            shape->time_hole = i;
        else if (h->is_field)
            shape->field_holes[shape->field_count++] = i;
        shape->has_strings |= h->is_field && (h->form == FORM_JSON || h->form == FORM_STRING);
        shape->has_threads |= import_shape_names_thread(shape, i);
        shape->has_texts |= h->form == FORM_TEXT;
    }
}

/* With the template in `body`; it has no site yet. */
static struct import_shape *shape_add(struct import_shapes *shapes, const struct import_record *r, u64 hash)
{
    struct err err;
    if ((shapes->count & (shapes->count - 1)) == 0) {
        shapes->list = realloc(shapes->list, (shapes->count ? 2 * shapes->count : 1) * sizeof *shapes->list);
        CHECK(shapes->list, "out of memory");
    }
    struct import_shape *shape = calloc(1, sizeof *shape);
    CHECK(shape, "out of memory");
    CHECK(template_read(&shape->t, shapes->body.data, shapes->body.size, &err), "%s", err.text);
    fill_shape(shapes, shape, r);
    if (r->kind && !shape->has_texts)
        import_tree_add(shapes->tree, &shape->t, shapes->count);
    import_table_set(&shapes->by_hash, hash, shapes->count);
    shapes->list[shapes->count++] = shape;
    return shape;
}

static void give_site(struct import_shapes *shapes, struct import_shape *shape, const struct import_record *r)
{
    struct journal_site site = {
        .kind = shape->kind,
        .count = r->kind ? r->count : F_line_text + 1,
        .missing = r->missing,
        .declared = r->declared,
        .op = r->op,
        .lr = r->lr,
        .template = store_template(shapes->store, shapes->body.data, shapes->body.size),
        .fields = shape->t.field_count,
    };
    shape->site = store_site(shapes->store, &site);
}

/* Lines that are no events always have one. */
static u32 shape_for(struct import_shapes *shapes, const struct import_record *r, const struct template *t)
{
    u64 hash = shape_hash(shapes, r, t);
    const u32 *known = import_table_get(&shapes->by_hash, hash);
    if (known) {
        shapes->list[*known]->source = shapes->source;
        return *known;
    }
    if (r->kind && shapes->count >= SHAPES_MAX)
        return UINT32_MAX;
    shapes->body.size = 0;
    template_write(t, &shapes->body);
    give_site(shapes, shape_add(shapes, r, hash), r);
    return shapes->count - 1;
}

/* ---- Keeping them over a kill. ---- */

static void restore_shape(struct import_shapes *shapes, struct journal_reader *r, u32 id, u32 thread, u16 source)
{
    const struct journal_site *site = journal_site(r, id);
    struct import_record record = {.kind = site->kind, .declared = site->declared, .thread = thread};
    if (site->kind == EVENT_line) {
        record.kind = 0;
        for (u32 i = 0; i < site->body->constant_count; i++)
            if (site->body->constant_value[i] == F_line_class)
                record.class = journal_string(r, (u32)site->body->constant[i], NULL);
        record.class = record.class ? record.class : "";
    } else {
        record.count = site->count;
        record.missing = site->missing;
        record.op = site->op;
        record.lr = site->lr;
    }
    shapes->body.size = 0;
    buffer_add(&shapes->body, site->body->bytes.data, site->body->bytes.size);
    struct import_shape *shape = shape_add(shapes, &record, shape_hash(shapes, &record, site->body));
    shape->site = id;
    shape->source = source;
}

void import_shapes_save(const struct import_shapes *shapes, struct buffer *state)
{
    char text[48];
    state_put(state, "source", shapes->source);
    for (u32 i = 0; i < shapes->count; i++) {
        const struct import_shape *shape = shapes->list[i];
        u32 thread = shape->thread_hole == IMPORT_NO_HOLE ? shape->thread : 0;
        if (!thread && shape->source == shapes->source)
            continue;
        snprintf(text, sizeof text, "%u %u %u", i, thread, shape->source);
        state_put_text(state, "shape", text);
    }
}

bool import_shapes_restore(struct import_shapes *shapes, struct journal_reader *r, const char *state, struct err *err)
{
    struct kept {
        u32 thread;
        u16 source;
    };
    u32 count = journal_site_count(r);
    const char *at = NULL, *text;
    size_t size;
    shapes->source = (u16)state_get(state, "source");
    struct kept *kept = malloc((count + 1) * sizeof *kept);
    CHECK(kept, "out of memory");
    for (u32 i = 0; i < count; i++)
        kept[i] = (struct kept){0, shapes->source};
    while ((text = state_next(state, "shape", &at, &size))) {
        char *end;
        unsigned long shape = strtoul(text, &end, 10), thread = strtoul(end, &end, 10);
        if (shape < count)
            kept[shape] = (struct kept){(u32)thread, (u16)strtoul(end, NULL, 10)};
    }
    bool ok = true;
    for (u32 i = 0; ok && i < count; i++) {
        ok = journal_site(r, i)->body || err_set(err, "site %u has no template: no import made it", i);
        if (ok)
            restore_shape(shapes, r, i, kept[i].thread, kept[i].source);
    }
    free(kept);
    return ok;
}

/* ---- From a record. ---- */

bool import_is_canonical(const char *text, size_t size, bool has_escapes, struct buffer *room)
{
    bool special = false;
    for (size_t i = 0; i < size; i++)
        special |= text[i] == '"' || text[i] == '\\' || (u8)text[i] < 0x20;
    if (!special || !has_escapes)
        return !special;
    buffer_reserve(room, size + 1);
    size_t plain = import_json_unescape(text, size, (char *)room->data);
    room->size = plain;
    template_escape((const char *)room->data, plain, room);
    bool same = room->size - plain == size && !memcmp(room->data + plain, text, size);
    room->size = 0;
    return same;
}

static u8 hex_form(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] >= 'A' && text[i] <= 'F')
            return FORM_UPPER;
    return FORM_LOWER;
}

static bool make_hole(struct import_shapes *shapes, const char *line, const struct import_field *f, bool timed,
                      struct template_hole *hole, struct import_part *part)
{
    static const u8 targets[] = {TARGET_KEEP, TARGET_THREAD, TARGET_INDEX, TARGET_TIME, TARGET_VALUE};
    static const u8 transforms[] = {TRANSFORM_AS_IS, TRANSFORM_LOW32, TRANSFORM_DEADLINE, TRANSFORM_AS_IS};
    const char *text = line + f->at;
    *hole = (struct template_hole){0};
    hole->target = f->target == IMPORT_TIME && !timed ? TARGET_KEEP : targets[f->target];
    hole->value = hole->target == TARGET_VALUE ? f->value : 0;
    hole->transform = hole->target == TARGET_VALUE ? transforms[f->transform] : TRANSFORM_AS_IS;
    if (f->form == IMPORT_TEXT) {
        bool canonical = import_is_canonical(text, f->size, f->transform == IMPORT_UNESCAPE, &shapes->room);
        hole->form = canonical ? FORM_JSON : FORM_STRING;
        *part = (struct import_part){.text = text, .size = f->size};
        return hole->target == TARGET_KEEP || hole->target == TARGET_VALUE;
    }
    hole->width = f->form == IMPORT_HEX ? (u8)f->size : 0;
    if (f->is_read) {
        hole->form = f->form == IMPORT_HEX ? FORM_LOWER : FORM_DEC;
        part->number = f->number;
        return true;
    }
    const u8 forms[] = {f->form == IMPORT_HEX ? hex_form(text, f->size) : FORM_DEC, FORM_UDEC};
    for (u32 i = 0; i < (f->form == IMPORT_HEX ? 1 : 2); i++) {
        hole->form = forms[i];
        if (import_hole_quick(hole->form, hole->width, text, text + f->size, part) == text + f->size)
            return true;
    }
    return false;
}

static void add_constants(struct template *t, const struct import_record *r)
{
    u32 given = 0;
    for (u32 i = 0; i < t->hole_count; i++)
        if (t->holes[i].target == TARGET_VALUE)
            given |= 1u << t->holes[i].value;
    for (u32 i = 0; i < r->count; i++)
        if (r->constant[i] && !(given >> i & 1)) {
            t->constant_value[t->constant_count] = (u8)i;
            t->constant[t->constant_count++] = r->constant[i];
        }
}

/* A line that is no event: its class, and all of it as text. */
static u32 shape_of_line(struct import_shapes *shapes, const char *line, size_t size, const struct import_record *r,
                         u32 class_id, struct import_part *parts)
{
    struct template t = {.hole_count = 1, .constant_count = 1, .tail = (const u8 *)""};
    t.holes[0] =
        (struct template_hole){.text = (const u8 *)"", .form = FORM_TEXT, .target = TARGET_VALUE, .value = F_line_text};
    t.constant_value[0] = F_line_class;
    t.constant[0] = class_id;
    parts[0] = (struct import_part){.text = line, .size = (u32)size};
    return shape_for(shapes, r, &t);
}

u32 import_shape_of(struct import_shapes *shapes, const char *line, const struct import_record *r, size_t size,
                    bool timed, u32 class_id, struct import_part parts[BLOCK_FIELDS_MAX])
{
    if (!r->kind)
        return shape_of_line(shapes, line, size, r, class_id, parts);
    struct template t; /* a kilobyte that is not filled needs no zeros */
    t.hole_count = r->field_count;
    t.constant_count = 0;
    u32 at = 0;
    for (u32 i = 0; i < r->field_count; i++) {
        const struct import_field *f = &r->fields[i];
        if (!make_hole(shapes, line, f, timed, &t.holes[i], &parts[i]))
            return UINT32_MAX;
        t.holes[i].text = (const u8 *)line + at;
        t.holes[i].text_size = f->at - at;
        at = f->at + f->size;
    }
    t.tail = (const u8 *)line + at;
    t.tail_size = (u32)size - at;
    add_constants(&t, r);
    return shape_for(shapes, r, &t);
}

u32 import_shape_verbatim(struct import_shapes *shapes, const struct import_record *r)
{
    struct template t = {.hole_count = 1u + r->count, .tail = (const u8 *)""};
    t.holes[0] = (struct template_hole){.text = (const u8 *)"", .form = FORM_TEXT, .target = TARGET_KEEP};
    for (u32 i = 0; i < r->count; i++)
        t.holes[1 + i] =
            (struct template_hole){.text = (const u8 *)"", .form = FORM_HIDDEN, .target = TARGET_VALUE, .value = (u8)i};
    return shape_for(shapes, r, &t);
}

u32 import_shape_find(struct import_shapes *shapes, const char *p, const char *end, const char **line_end,
                      struct import_part parts[BLOCK_FIELDS_MAX])
{
    if (!shapes->count)
        return UINT32_MAX;
    u32 *next = &shapes->next[shapes->history * 0x9E3779B97F4A7C15 >> (64 - HISTORY_BITS)];
    u32 shape = import_tree_guess(shapes->tree, *next, p, end, line_end, parts);
    if (shape == UINT32_MAX)
        return shape;
    *next = shape;
    shapes->history = shapes->history << HISTORY_SHIFT ^ (shape + 1);
    return shapes->list[shape]->source == shapes->source ? shape : UINT32_MAX;
}

/* ---- From a reading. ---- */

/* Each log's parser has layouts of its own. */
static u64 way_key(const struct import_shapes *shapes, const struct import_reading *reading)
{
    return reading->key + shapes->source * 0x9E3779B97F4A7C15u;
}

static bool fill_hole(const struct template_hole *h, const struct import_part *from, u32 skip, struct import_part *part)
{
    *part = *from;
    if (skip == WHOLE)
        return true;
    const char *text = from->text + skip, *end = from->text + from->size;
    return import_hole_quick(h->form, h->width, text, end, part) == end;
}

u32 import_shape_recall(struct import_shapes *shapes, const struct import_reading *reading,
                        struct import_part parts[BLOCK_FIELDS_MAX])
{
    const u32 *place = import_table_get(&shapes->by_key, way_key(shapes, reading));
    if (!place)
        return UINT32_MAX;
    const struct way *way = &shapes->ways[*place];
    const struct import_shape *shape = shapes->list[way->shape];
    if (shape->source != shapes->source)
        return UINT32_MAX;
    for (u32 i = 0; i < shape->t.hole_count; i++)
        if (!fill_hole(&shape->t.holes[i], &reading->parts[way->from[i]], way->skip[i], &parts[i]))
            return UINT32_MAX;
    return way->shape;
}

/* Which of the line's strings and numbers a field is the end of. False: of none. */
static bool find_part(const struct import_reading *reading, const char *text, u32 size, u8 form, u8 *from, u8 *skip)
{
    for (u32 i = 0; i < reading->count; i++) {
        const struct import_part *part = &reading->parts[i];
        if (text < part->text || text + size != part->text + part->size || text - part->text > 2)
            continue;
        bool is_whole = text == part->text && form == (reading->is_string[i] ? FORM_JSON : FORM_DEC);
        *from = (u8)i;
        *skip = is_whole ? WHOLE : (u8)(text - part->text);
        return true;
    }
    return false;
}

void import_shape_learn(struct import_shapes *shapes, const struct import_reading *reading, const char *line,
                        const struct import_record *r, u32 shape)
{
    struct import_shape *known = shapes->list[shape];
    const struct template *t = &known->t;
    struct way way = {.shape = shape};
    u64 key = way_key(shapes, reading);
    bool was_told = known->was_told;
    known->was_told = true;
    if (!was_told || shapes->way_count == WAYS_MAX || import_table_get(&shapes->by_key, key) ||
        t->hole_count != r->field_count)
        return;
    for (u32 i = 0; i < t->hole_count; i++)
        if (!find_part(reading, line + r->fields[i].at, r->fields[i].size, t->holes[i].form, &way.from[i],
                       &way.skip[i]))
            return;
    if ((shapes->way_count & (shapes->way_count - 1)) == 0) {
        shapes->ways = realloc(shapes->ways, (shapes->way_count ? 2 * shapes->way_count : 1) * sizeof *shapes->ways);
        CHECK(shapes->ways, "out of memory");
    }
    import_table_set(&shapes->by_key, key, shapes->way_count);
    shapes->ways[shapes->way_count++] = way;
}
