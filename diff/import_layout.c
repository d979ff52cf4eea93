/* SPDX-License-Identifier: BSD-3-Clause
 * Layouts (diff/import_layout.h): a tree like that of the templates, whose holes are all of a line's strings and whole
 * numbers. Each value's place is kept as that in the first line, and moves with the holes before it. */
#include "diff/import_layout.h"
#include "diff/import_assign.h"
#include "diff/import_tree.h"

#include <stdlib.h>

enum {
    HISTORY_BITS = 10,
    HISTORY_SHIFT = 22,
    TRIES_MAX = 16 * IMPORT_LAYOUTS_MAX,
    TEXT_MAX = 1 << 14, /* bytes of a layout beside its holes */
};

/* A value in the first line: where it begins and ends, its key, and how many holes end before each of these. */
struct place {
    u32 at, end, key_at;
    u8 before, before_end;
    u8 hole; /* its own, if it is one */
};

/* How a hole goes into the key (key_of): not at all, as it is written, or as it looks. What looks like a number is no
 * field where such digits are none: there the text decides. */
enum hole_look {
    LOOK_HEX = 1, /* in some kind it is a number that needs no 0x, */
    LOOK_DEC = 2, /* in some kind one that does */
    LOOK_NAME = 4,
    LOOK_NUMBER = 8,
};

struct layout {
    u32 hole_count;
    u8 looks[BLOCK_FIELDS_MAX];
    bool is_string[BLOCK_FIELDS_MAX];
    u32 ends[BLOCK_FIELDS_MAX]; /* of the holes, in the first line */
    struct place places[IMPORT_VALUES_MAX];
    const struct import_path_rules *rules[IMPORT_VALUES_MAX];
    struct import_values values;
};

struct import_layouts {
    struct import_tree *tree;
    struct layout *list[IMPORT_LAYOUTS_MAX];
    u32 count;
    u32 tries;                   /* to add one */
    u64 history;                 /* of the last lines' layouts */
    u16 next[1 << HISTORY_BITS]; /* the one that came last behind such a history */
};

struct import_layouts *import_layouts_create(void)
{
    struct import_layouts *layouts = calloc(1, sizeof *layouts);
    CHECK(layouts, "out of memory");
    layouts->tree = import_tree_create();
    return layouts;
}

void import_layouts_destroy(struct import_layouts *layouts)
{
    if (!layouts)
        return;
    for (u32 i = 0; i < layouts->count; i++)
        free(layouts->list[i]);
    import_tree_destroy(layouts->tree);
    free(layouts);
}

/* Where the values are in a line, by where its holes end. */
static void move(struct layout *layout, const char *line, const struct import_part *parts)
{
    u32 shift[1 + BLOCK_FIELDS_MAX] = {0};
    for (u32 i = 0; i < layout->hole_count; i++)
        shift[1 + i] = (u32)(parts[i].text - line) + parts[i].size - layout->ends[i];
    for (u32 i = 0; i < layout->values.count; i++) {
        const struct place *p = &layout->places[i];
        struct import_value *v = &layout->values.list[i];
        v->at = p->at + shift[p->before];
        v->size = p->end + shift[p->before_end] - v->at;
        v->key_at = p->key_at + shift[p->before];
        v->number = parts[p->hole].number;
    }
}

static u32 find(struct import_layouts *layouts, const char *line, size_t size, struct import_part *parts)
{
    u16 *next = &layouts->next[layouts->history * 0x9E3779B97F4A7C15 >> (64 - HISTORY_BITS)];
    const char *end;
    u32 found = line[size] == '\n' ? import_tree_guess(layouts->tree, *next, line, line + size + 1, &end, parts)
                                   : import_tree_find(layouts->tree, line, size, parts);
    if (found == UINT32_MAX)
        return found;
    *next = (u16)found;
    layouts->history = layouts->history << HISTORY_SHIFT ^ (found + 1);
    return found;
}

/* What a string looks like to the rules; 0: its text decides. */
static u64 look_of(const char *text, u32 size, u8 look)
{
    u64 number, letters = 0;
    bool prefixed, upper = false, lower = false;
    if (size == 10 && text[0] == '0' && text[1] == 'x' &&
        import_hole_eight_hex(import_hole_load(text + 2), 8, false, &number, &letters))
        return 1 | 10 << 8;
    if (!size || import_is_plain_word(text, size))
        return 0;
    u8 as_hex = import_form_of(text, size, true, &prefixed), as_is = import_form_of(text, size, false, &prefixed);
    if (as_hex == IMPORT_TEXT && as_is == IMPORT_TEXT)
        return look ? 0 : 2;
    if ((look & LOOK_HEX && as_hex == IMPORT_TEXT) || (look & LOOK_DEC && as_is == IMPORT_TEXT))
        return 0;
    if (as_hex == IMPORT_TEXT && size > 18)
        return 0;
    for (u32 i = 0; i < size; i++) {
        upper |= text[i] >= 'A' && text[i] <= 'F';
        lower |= text[i] >= 'a' && text[i] <= 'f';
    }
    bool is_dec = as_is == IMPORT_DEC;
    return 3 | (u64)(as_hex == IMPORT_HEX ? size : 0) << 8 |
           (u64)(is_dec | prefixed << 1 | upper << 2 | lower << 3) << 16;
}

static u64 key_of(const struct layout *layout, const struct import_part *parts, u64 key)
{
    const u64 odd = 0x9E3779B97F4A7C15;
    for (u32 i = 0; i < layout->hole_count; i++) {
        const struct import_part *part = &parts[i];
        u64 look = 0;
        if (layout->looks[i] & LOOK_NUMBER)
            continue;
        if (!(layout->looks[i] & LOOK_NAME))
            look = look_of(part->text, part->size, layout->looks[i]);
        key = (key ^ key >> 32) * odd + (look ? look : import_path(i, part->text, part->size));
    }
    return key ^ key >> 32;
}

bool import_layouts_read(struct import_layouts *layouts, const char *line, size_t size, struct import_reading *reading)
{
    reading->layout = layouts->count ? find(layouts, line, size, reading->parts) : UINT32_MAX;
    if (reading->layout == UINT32_MAX)
        return false;
    const struct layout *layout = layouts->list[reading->layout];
    reading->count = layout->hole_count;
    reading->is_string = layout->is_string;
    for (u32 i = 0; i < layout->hole_count; i++)
        if (layout->is_string[i] && reading->parts[i].number)
            return false;
    reading->key = key_of(layout, reading->parts, reading->layout + 1);
    return true;
}

const struct import_values *import_layouts_values(struct import_layouts *layouts, const char *line,
                                                  const struct import_reading *reading)
{
    struct layout *layout = layouts->list[reading->layout];
    move(layout, line, reading->parts);
    return &layout->values;
}

/* ---- Remembering. ---- */

/* Is it a hole, and does it hold what one of its form can? */
static bool fits(const char *line, size_t size, const struct import_value *v, u8 *form)
{
    struct import_part part;
    const char *text = line + v->at;
    *form = v->type == IMPORT_STRING ? FORM_JSON : FORM_DEC;
    const char *end = import_hole_quick(*form, 0, text, line + size, &part);
    return end == text + v->size && !(v->type == IMPORT_STRING && part.number);
}

/* False: it has too many holes, or one that a tree cannot find, or too much else. */
static bool lay_out(struct layout *layout, struct template *t, const char *line, size_t size)
{
    u32 at = 0;
    size_t text = size;
    for (u32 i = 0; i < layout->values.count; i++) {
        struct import_value *v = &layout->values.list[i];
        bool is_hole = v->type == IMPORT_STRING || v->type == IMPORT_NUMBER;
        layout->places[i] = (struct place){v->at, v->at + v->size, v->key_at, (u8)t->hole_count, 0, 0};
        if (!is_hole)
            continue;
        u8 form;
        if (t->hole_count == BLOCK_FIELDS_MAX || !fits(line, size, v, &form))
            return false;
        t->holes[t->hole_count] =
            (struct template_hole){.text = (const u8 *)line + at, .text_size = v->at - at, .form = form};
        v->is_decimal = form == FORM_DEC;
        layout->is_string[t->hole_count] = form == FORM_JSON;
        layout->places[i].hole = (u8)t->hole_count;
        at = v->at + v->size;
        text -= v->size;
        layout->ends[t->hole_count++] = at;
    }
    t->tail = (const u8 *)line + at;
    t->tail_size = (u32)size - at;
    layout->hole_count = t->hole_count;
    return text <= TEXT_MAX;
}

static void note_ends(struct layout *layout)
{
    for (u32 i = 0; i < layout->values.count; i++) {
        struct place *p = &layout->places[i];
        for (p->before_end = p->before; p->before_end < layout->hole_count; p->before_end++)
            if (layout->ends[p->before_end] > p->end)
                break;
    }
}

/* What its text is in events of this kind. */
static u8 look_in(const struct import_use *use, u8 kind)
{
    if (use->role == ROLE_NONE)
        return 0;
    if (use->role == ROLE_KIND || use->role == ROLE_SKIP)
        return LOOK_NAME;
    if (use->role != ROLE_VALUE)
        return LOOK_DEC;
    u8 meaning = event_type(kind)->fields[use->value].meaning;
    if (meaning == MEANING_OBJECT)
        return LOOK_NAME;
    if (meaning == MEANING_STRING || meaning == MEANING_TEXT)
        return 0;
    return import_means_hex(meaning, true) ? LOOK_HEX : LOOK_DEC;
}

/* What may decide by its text alone is a name in all kinds. */
static u8 look_by(const struct import_path_rules *rules, bool is_string)
{
    u8 look = rules && (rules->names || rules->words) ? LOOK_NAME : 0;
    for (u8 kind = 0; rules && kind < EVENT_KINDS; kind++)
        look |= look_in(&rules->use[kind], kind);
    return look & LOOK_NAME || is_string ? look : LOOK_NUMBER;
}

static void note_looks(struct layout *layout)
{
    for (u32 i = 0; i < layout->values.count; i++) {
        const struct import_value *v = &layout->values.list[i];
        if (v->type == IMPORT_STRING || v->type == IMPORT_NUMBER)
            layout->looks[layout->places[i].hole] = look_by(layout->rules[i], v->type == IMPORT_STRING);
    }
}

void import_layouts_add(struct import_layouts *layouts, struct import_rules *rules, const char *line, size_t size,
                        const struct import_values *values)
{
    if (layouts->count == IMPORT_LAYOUTS_MAX || values->count == IMPORT_VALUES_MAX || layouts->tries == TRIES_MAX)
        return;
    layouts->tries++;
    struct layout *layout = malloc(sizeof *layout);
    CHECK(layout, "out of memory");
    layout->values = *values;
    struct template t = {0};
    if (!lay_out(layout, &t, line, size)) {
        free(layout);
        return;
    }
    note_ends(layout);
    for (u32 i = 0; i < values->count; i++)
        layout->rules[i] = import_rules_path(rules, values->list[i].path, values->list[i].parent);
    layout->values.rules = layout->rules;
    note_looks(layout);
    import_tree_add(layouts->tree, &t, layouts->count);
    layouts->list[layouts->count++] = layout;
}
