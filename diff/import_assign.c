/* SPDX-License-Identifier: BSD-3-Clause
 * Values become fields, constants and the record's head (diff/import_assign.h). */
#include "diff/import_assign.h"
#include "diff/import_hole.h"
#include "diff/import_json.h"

struct assign {
    struct import_rules *rules;
    const char *line;
    struct import_record *record;
    bool is_json;
    u32 heads;   /* a bit for each target that has its value */
    u32 told;    /* a bit for each value that the line tells */
    u32 ordinal; /* of the export, if the line numbers it */
    enum module module;
};

bool import_number(const char *text, size_t size, bool is_hex, u64 *number)
{
    u64 value = 0;
    bool negative = size && *text == '-' && !is_hex;
    if (size > 2 && text[0] == '0' && (text[1] | 0x20) == 'x')
        is_hex = true, text += 2, size -= 2;
    text += negative, size -= negative;
    for (size_t i = 0; i < size; i++) {
        u32 letter = (u32)(text[i] | 0x20) - 'a', digit = (u32)text[i] - '0';
        u32 add = digit <= 9 ? digit : is_hex && letter < 6 ? letter + 10 : 99;
        if (add == 99 || value > (is_hex ? UINT64_MAX >> 4 : (UINT64_MAX - add) / 10))
            return false;
        value = value * (is_hex ? 16 : 10) + add;
    }
    if (!size || (negative && value > (u64)1 << 63))
        return false;
    *number = negative ? -value : value;
    return true;
}

static bool is_decimal(const char *text, size_t size)
{
    u64 number;
    bool negative = size && *text == '-';
    const char *digits = text + negative;
    size_t count = size - negative;
    if (!count || *digits < '0' || *digits > '9' || (*digits == '0' && (count > 1 || negative)))
        return false;
    u8 greatest = 0;
    for (size_t i = 1; i < count; i++) {
        u8 digit = (u8)(digits[i] - '0');
        greatest = digit > greatest ? digit : greatest;
    }
    if (greatest > 9)
        return false;
    return count <= 18 || import_number(text, size, false, &number);
}

static bool is_hex(const char *text, size_t size)
{
    bool lower = false, upper = false;
    for (size_t i = 0; i < size; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        bool low = text[i] >= 'a' && text[i] <= 'f', high = text[i] >= 'A' && text[i] <= 'F';
        if (!digit && !low && !high)
            return false;
        lower |= low, upper |= high;
    }
    return size && size <= 16 && !(lower && upper);
}

u8 import_form_of(const char *text, size_t size, bool hex, bool *prefixed)
{
    *prefixed = size > 2 && text[0] == '0' && text[1] == 'x';
    if (*prefixed)
        return is_hex(text + 2, size - 2) ? IMPORT_HEX : IMPORT_TEXT;
    if (hex)
        return is_hex(text, size) ? IMPORT_HEX : IMPORT_TEXT;
    return is_decimal(text, size) ? IMPORT_DEC : IMPORT_TEXT;
}

void import_add_field(struct import_record *record, struct import_field field)
{
    if (record->field_count == IMPORT_FIELDS_MAX) {
        u32 last = IMPORT_FIELDS_MAX;
        while (last && record->fields[last - 1].target != IMPORT_KEEP)
            last--;
        if (!last || field.target == IMPORT_KEEP)
            return;
        memmove(&record->fields[last - 1], &record->fields[last], (IMPORT_FIELDS_MAX - last) * sizeof field);
        record->field_count--;
    }
    record->fields[record->field_count++] = field;
}

/* ---- One value. ---- */

bool import_means_hex(enum event_meaning meaning, bool is_json)
{
    return meaning == MEANING_HSID || meaning == MEANING_HANDLE || meaning == MEANING_ADDR ||
           (meaning == MEANING_HEX && !is_json);
}

static bool means_text(enum event_meaning meaning)
{
    return meaning == MEANING_STRING || meaning == MEANING_TEXT;
}

bool import_is_plain_word(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char lower = (char)(text[i] | 0x20);
        if ((lower < 'a' || lower > 'z') && !memchr("_.:- ", text[i], 5))
            return false;
    }
    return size <= 40;
}

static void keep_part(struct assign *a, u32 at, u32 size, u8 form)
{
    import_add_field(a->record, (struct import_field){at, size, form, IMPORT_KEEP, 0, IMPORT_AS_IS, false, 0});
}

static void take_decimal(struct assign *a, const struct import_value *v, u8 target, u8 value, u8 transform)
{
    struct import_field field = {v->at, v->size, IMPORT_DEC, target, value, transform, true, v->number};
    import_add_field(a->record, field);
}

/* 12.345: two numbers with a point between them, so that nothing else has their shape. */
static void keep_fraction(struct assign *a, const struct import_value *v)
{
    const char *text = a->line + v->at, *point = memchr(text, '.', v->size);
    u32 whole = point ? (u32)(point - text) : 0, rest = v->size - whole - 1;
    if (!point || !is_decimal(text, whole) || !is_hex(point + 1, rest) || memchr(point, 'e', rest + 1) ||
        memchr(point, 'E', rest + 1))
        return;
    keep_part(a, v->at, whole, IMPORT_DEC);
    keep_part(a, v->at + whole + 1, rest, IMPORT_HEX);
}

/* A value without a meaning: numbers and what looks like an identity vary, words do not. */
static void keep(struct assign *a, const struct import_value *v)
{
    const char *text = a->line + v->at;
    bool prefixed;
    if (v->is_decimal)
        take_decimal(a, v, IMPORT_KEEP, 0, IMPORT_AS_IS);
    if (v->is_decimal || (v->type != IMPORT_STRING && v->type != IMPORT_NUMBER))
        return;
    if (!v->size || (v->type == IMPORT_STRING && import_is_plain_word(text, v->size)))
        return;
    u8 form = import_form_of(text, v->size, false, &prefixed);
    if (form == IMPORT_TEXT && v->size >= 8 && is_hex(text, v->size))
        form = IMPORT_HEX;
    u32 skip = form == IMPORT_HEX && prefixed ? 2 : 0;
    if (form == IMPORT_TEXT && v->type == IMPORT_NUMBER)
        keep_fraction(a, v);
    else if (form != IMPORT_TEXT || a->is_json || v->key_size) /* a word of the line's own may be what names it */
        keep_part(a, v->at + skip, v->size - skip, form);
}

/* 0x and eight digits, as most of a log's numbers are written. False: it is none. */
static bool take_address(struct assign *a, const struct import_value *v, u8 target, u8 value, u8 transform)
{
    const char *text = a->line + v->at;
    u64 number, letters = 0;
    if (v->size != 10 || text[0] != '0' || text[1] != 'x' ||
        !import_hole_eight_hex(import_hole_load(text + 2), 8, false, &number, &letters))
        return false;
    struct import_field field = {v->at + 2, 8, IMPORT_HEX, target, value, transform, true, number};
    import_add_field(a->record, field);
    return true;
}

/* A number as a field, if it is written as one that can be written again; else it stays in the template and *constant
 * is its value. False: no number. */
static bool take_number(struct assign *a, const struct import_value *v, bool hex, u8 target, u8 value, u8 transform,
                        u64 *constant, bool *is_field)
{
    const char *text = a->line + v->at;
    bool prefixed;
    *is_field = true;
    if (v->is_decimal) {
        take_decimal(a, v, target, value, transform);
        return true;
    }
    if (a->is_json && v->type == IMPORT_STRING && take_address(a, v, target, value, transform))
        return true;
    hex = hex && v->type == IMPORT_STRING;
    u8 form = import_form_of(text, v->size, hex, &prefixed);
    *is_field = form != IMPORT_TEXT;
    if (!*is_field)
        return import_number(text, v->size, hex, constant);
    u32 skip = prefixed ? 2 : 0;
    import_add_field(a->record,
                     (struct import_field){v->at + skip, v->size - skip, form, target, value, transform, false, 0});
    return true;
}

static u64 transformed(u64 number, u8 transform)
{
    if (transform == IMPORT_LOW32)
        return (u32)number;
    return transform == IMPORT_DEADLINE && (s64)number < 0 ? UINT64_MAX : number;
}

static void tell(struct assign *a, u32 value, u64 constant)
{
    a->told |= 1U << value;
    a->record->constant[value] = constant;
}

static void take_text(struct assign *a, const struct import_value *v, u32 value)
{
    a->told |= 1U << value;
    if (v->type != IMPORT_NULL && v->size)
        import_add_field(a->record, (struct import_field){v->at, v->size, IMPORT_TEXT, IMPORT_VALUE, (u8)value,
                                                          a->is_json ? IMPORT_UNESCAPE : IMPORT_AS_IS, false, 0});
}

/* A result has 32 bits, sign-extended by some engines, unless the op's signature says 64. */
static u8 transform_of(const struct assign *a, u32 value, u8 transform)
{
    const struct import_record *r = a->record;
    if (r->kind != EVENT_return || value != F_return_result)
        return transform;
    const struct export *export = export_find(r->op);
    bool wide = export && export->has_signature && (export->result == ARG_U64 || export->result == ARG_S64);
    return wide ? IMPORT_AS_IS : IMPORT_LOW32;
}

static void take_object(struct assign *a, const struct import_value *v, u32 value)
{
    u8 type = import_rules_object(a->rules, a->line + v->at, v->size);
    if (type != OBJECT_FREE)
        tell(a, value, type);
}

/* The value of the event's field `value`; what cannot be one is kept as it is. */
static void take_value(struct assign *a, const struct import_value *v, u32 value, u8 transform)
{
    enum event_meaning meaning = event_type(a->record->kind)->fields[value].meaning;
    u64 constant = 0;
    bool is_field;
    if (a->told >> value & 1) {
        keep(a, v);
    } else if (v->type == IMPORT_ARRAY) {
        if (meaning == MEANING_DEC)
            tell(a, value, v->count);
    } else if (v->type == IMPORT_OBJECT) {
        return;
    } else if (means_text(meaning)) {
        take_text(a, v, value);
    } else if (v->type == IMPORT_NULL) {
        return;
    } else if (meaning == MEANING_OBJECT) {
        take_object(a, v, value);
    } else if (v->type == IMPORT_WORD) {
        tell(a, value, a->line[v->at] == 't');
    } else {
        transform = transform_of(a, value, transform);
        if (take_number(a, v, import_means_hex(meaning, a->is_json), IMPORT_VALUE, (u8)value, transform, &constant,
                        &is_field))
            tell(a, value, is_field ? 0 : transformed(constant, transform));
    }
}

/* The place of the argument that a key names: as the op's signature calls it, its register, or `handle` for the first
 * one that is a handle; where
 * there is none, an engine tells the handle of what the first argument points to. */
static u32 argument_place(const struct assign *a, const char *key, size_t size)
{
    const struct export *export = export_find(a->record->op);
    u64 number;
    bool is_handle = size == 6 && !memcmp(key, "handle", 6);
    for (u32 i = 0; export && export->has_signature && i < export->count; i++) {
        const struct argument *argument = &export->arguments[i];
        if (strlen(argument->name) == size && !memcmp(argument->name, key, size))
            return i;
        if (is_handle && argument->type == ARG_HANDLE && argument->direction == ARG_VALUE)
            return i;
    }
    if (is_handle && export && export->count && export->arguments[0].type == ARG_PTR &&
        export->arguments[0].direction == ARG_VALUE)
        return 0;
    if (size >= 2 && *key == 'r' && import_number(key + 1, size - 1, false, &number) && number >= 3 && number <= 10)
        return (u32)number - 3;
    return UINT32_MAX;
}

/* Does the op take a text there? What the value looks like decides nothing: lines of one shape must mean alike. */
static bool is_text_argument(const struct assign *a, u32 place)
{
    const struct export *export = export_find(a->record->op);
    if (!export || !export->has_signature || place >= export->count)
        return false;
    u8 type = export->arguments[place].type;
    return type == ARG_STR || type == ARG_WSTR || type == ARG_USTRING || type == ARG_UNICODE || type == ARG_OBJATTR;
}

static void take_argument(struct assign *a, const struct import_value *v)
{
    u32 place = v->key_size ? argument_place(a, a->line + v->key_at, v->key_size) : UINT32_MAX;
    if (a->record->kind != EVENT_call || place > F_call_a9)
        keep(a, v);
    else
        take_value(a, v, v->type == IMPORT_STRING && a->is_json && is_text_argument(a, place) ? F_call_text : place,
                   IMPORT_AS_IS);
}

/* Of several values for one head the first counts. */
static void take_head(struct assign *a, const struct import_value *v, u8 target)
{
    u64 constant = 0;
    if (a->heads >> target & 1) {
        keep(a, v);
        return;
    }
    a->heads |= 1U << target;
    bool is_field, is_number = v->type == IMPORT_NUMBER || v->type == IMPORT_STRING;
    if (!is_number || !take_number(a, v, false, target, 0, IMPORT_AS_IS, &constant, &is_field))
        return;
    if (target == IMPORT_THREAD && is_field)
        a->record->has_thread = true;
    else if (target == IMPORT_THREAD)
        a->record->thread = (u32)constant;
}

static void take(struct assign *a, const struct import_value *v, struct import_use use)
{
    switch (use.role) {
    case ROLE_NONE:
        keep(a, v);
        break;
    case ROLE_THREAD:
        take_head(a, v, IMPORT_THREAD);
        break;
    case ROLE_INDEX:
        take_head(a, v, IMPORT_INDEX);
        break;
    case ROLE_TIME:
        take_head(a, v, IMPORT_TIME);
        break;
    case ROLE_ARGUMENT:
        take_argument(a, v);
        break;
    case ROLE_VALUE: {
        u32 value = use.value + (use.is_list ? v->ordinal : 0);
        const struct event_type *type = event_type(a->record->kind);
        if (value < type->field_count && type->fields[value].meaning == type->fields[use.value].meaning)
            take_value(a, v, value, use.transform);
        else
            keep(a, v);
        break;
    }
    default:; /* what names: it was read before, and stays in the template */
    }
}

/* ---- The head. ---- */

static void head_op(struct assign *a, const struct import_value *v, u8 role)
{
    struct import_record *r = a->record;
    const char *text = a->line + v->at;
    u64 number = 0;
    bool is_text = v->type == IMPORT_STRING, is_address = role == ROLE_LR || role == ROLE_PROBE;
    bool is_number = is_text || v->type == IMPORT_NUMBER;
    is_number = is_number && role != ROLE_OP && import_number(text, v->size, is_text && is_address, &number);
    if (role == ROLE_OP && is_text && r->kind != EVENT_foreign)
        r->op = import_op(a->rules, text, v->size);
    else if (role == ROLE_LR && is_number)
        r->lr = (u32)number;
    else if (role == ROLE_ORDINAL && is_number)
        a->ordinal = (u32)number;
    else if (role == ROLE_PROBE && is_number)
        r->op = import_probe(a->rules, (u32)number);
    else if (role == ROLE_ENGINE && is_text)
        import_rules_note_engine(a->rules, text, v->size);
}

static void head_module(struct assign *a, const struct import_value *v)
{
    char name[32];
    size_t size = v->size < sizeof name ? v->size : 0;
    memcpy(name, a->line + v->at, size);
    name[size] = 0;
    a->module = module_by_name(name);
}

/* A value that in some kinds says what the event is. */
static void head(struct assign *a, const struct import_value *v, u8 role)
{
    if (role == ROLE_MODULE && v->type == IMPORT_STRING)
        head_module(a, v);
    else if (role >= ROLE_OP && role <= ROLE_ENGINE)
        head_op(a, v, role);
}

static void head_kind(struct assign *a, const char *word, size_t size)
{
    struct import_record *r = a->record;
    r->kind = size ? import_rules_event(a->rules, word, size) : import_rules_default(a->rules);
    if (size && !r->kind)
        r->kind = EVENT_foreign;
    if (r->kind == EVENT_foreign)
        r->op = import_op(a->rules, size ? word : "*", size ? size : 1);
    r->class = r->kind ? NULL : "unrecognised";
}

static struct import_use use_of(const struct import_path_rules *rules, u8 kind)
{
    if (!rules)
        return (struct import_use){0};
    return rules->use[kind].role ? rules->use[kind] : rules->use[0];
}

/* Where words stand that the rules know: no text there is a field, since what it says may be in the record. */
static bool take_word(struct assign *a, const struct import_value *v, const struct import_path_rules *rules,
                      struct import_use use)
{
    const char *text = a->line + v->at;
    const struct import_word *w = NULL;
    if (rules->words & import_word_bit(text, v->size))
        w = import_rules_word(a->rules, rules->path, a->record->kind, text, v->size);
    bool prefixed;
    if (w && w->declared)
        a->record->declared = true;
    else if (w)
        tell(a, w->value, w->number);
    return w || !use.role || import_form_of(text, v->size, false, &prefixed) == IMPORT_TEXT;
}

static void finish(struct assign *a)
{
    struct import_record *r = a->record;
    if (!r->op && a->module && a->ordinal)
        r->op = export_op(a->module, a->ordinal);
    r->count = a->told ? (u8)(32 - __builtin_clz(a->told)) : 0;
    r->missing = (u16)(~a->told & ((1U << r->count) - 1));
}

/* What the line's values are to the rules, and its kind's name. Returns how many of them name something (places[]). */
static u32 look_up(struct assign *a, const struct import_values *values, const struct import_path_rules **found,
                   u8 *places, const struct import_value **word)
{
    u32 count = 0;
    for (u32 i = 0; i < values->count; i++) {
        const struct import_value *v = &values->list[i];
        found[i] = values->rules ? values->rules[i] : import_rules_path(a->rules, v->path, v->parent);
        if (!found[i])
            continue;
        if (found[i]->use[0].role == ROLE_KIND && v->type == IMPORT_STRING)
            *word = v;
        places[count] = (u8)i;
        count += found[i]->names;
    }
    return count;
}

void import_assign(struct import_rules *rules, const char *line, const struct import_values *values, const char *word,
                   size_t word_size, struct import_record *record)
{
    struct assign a = {.rules = rules, .line = line, .record = record, .is_json = values->is_json};
    const struct import_path_rules *found[IMPORT_VALUES_MAX];
    const struct import_value *kind = NULL;
    u8 places[IMPORT_VALUES_MAX];
    memset(record, 0, offsetof(struct import_record, fields)); /* of these so many count as are there */
    u32 naming = look_up(&a, values, found, places, &kind);
    head_kind(&a, kind ? line + kind->at : word, kind ? kind->size : word_size);
    if (!record->kind)
        return;
    for (u32 i = 0; i < naming; i++)
        head(&a, &values->list[places[i]], use_of(found[places[i]], record->kind).role);
    for (u32 i = 0; i < values->count; i++) {
        const struct import_value *v = &values->list[i];
        struct import_use use = use_of(found[i], record->kind);
        if (!found[i])
            keep(&a, v);
        else if (!found[i]->words || !take_word(&a, v, found[i], use))
            take(&a, v, use);
    }
    finish(&a);
}
