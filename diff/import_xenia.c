/* SPDX-License-Identifier: BSD-3-Clause
 * Xenia's and canary's text: a letter, >, the thread's eight hex digits, and a text. Calls are written before they
 * happen, without an LR; a line without that prefix goes on with the one before. */
#include "diff/import_assign.h"
#include "diff/import_format.h"
#include "diff/import_pairs.h"

enum {
    JUNK_MAX = 120, /* of another logger, before the prefix, after a time */
    DIGITS_MAX = 16 /* of a number */
};

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static size_t hex_run(const char *line, size_t at, size_t size)
{
    size_t start = at;
    while (at < size && is_hex_digit(line[at]))
        at++;
    return at - start;
}

static bool is_prefix(const char *line, size_t size)
{
    return size >= 11 && memchr("!wixdCAGKF", line[0], 10) && line[1] == '>' && line[2] == ' ' &&
           hex_run(line, 3, size) == 8 && (size == 11 || line[11] == ' ' || line[11] == '\r');
}

/* A time in milliseconds, which some builds put in front. */
static size_t time_run(const char *line, size_t size)
{
    size_t digits = 0;
    while (digits < size && line[digits] >= '0' && line[digits] <= '9')
        digits++;
    return digits;
}

size_t import_xenia_prefix(const char *line, size_t size, size_t *thread)
{
    size_t junk = time_run(line, size) + JUNK_MAX;
    for (size_t at = 0; at < size && at < junk; at++) {
        if ((at && line[at - 1] != ' ') || !is_prefix(line + at, size - at))
            continue;
        *thread = at + 3;
        return at + 11 + (at + 11 < size && line[at + 11] == ' ');
    }
    return size + 1;
}

bool import_xenia_recognise(const char *line, size_t size)
{
    size_t thread;
    return import_xenia_prefix(line, size, &thread) <= size;
}

/* ---- Parts of a record. ---- */

struct xenia {
    struct import_parser *parser;
    const char *line;
    size_t size; /* without a \r */
    struct import_record *record;
    u32 told;
};

static void tell(struct xenia *x, u32 value, u64 constant)
{
    x->told |= 1U << value;
    x->record->constant[value] = constant;
}

/* Hex digits as a value; text: what is none. False: neither fits. */
static bool add_hex(struct xenia *x, size_t at, size_t size, u8 target, u32 value)
{
    bool prefixed;
    u64 constant;
    u8 form = import_form_of(x->line + at, size, true, &prefixed);
    size_t skip = prefixed ? 2 : 0;
    if (!import_number(x->line + at, size, true, &constant))
        return false;
    if (form == IMPORT_HEX)
        import_add_field(x->record, (struct import_field){(u32)(at + skip), (u32)(size - skip), IMPORT_HEX, target,
                                                          (u8)value, IMPORT_AS_IS, false, 0});
    if (target == IMPORT_VALUE)
        tell(x, value, form == IMPORT_HEX ? 0 : constant);
    return true;
}

static void add_text(struct xenia *x, size_t at, size_t size, u8 target, u32 value)
{
    if (size)
        import_add_field(x->record, (struct import_field){(u32)at, (u32)size, IMPORT_TEXT, target, (u8)value,
                                                          IMPORT_AS_IS, false, 0});
    if (target == IMPORT_VALUE)
        x->told |= 1U << value;
}

static void finish(struct xenia *x)
{
    struct import_record *r = x->record;
    r->count = x->told ? (u8)(32 - __builtin_clz(x->told)) : 0;
    r->missing = (u16)(~x->told & ((1U << r->count) - 1));
}

/* ---- Calls. ---- */

static size_t name_run(const char *line, size_t at, size_t size)
{
    size_t start = at;
    for (; at < size; at++) {
        char lower = (char)(line[at] | 0x20);
        bool letter = (lower >= 'a' && lower <= 'z') || line[at] == '_' || line[at] == ':';
        if (!letter && !(line[at] >= '0' && line[at] <= '9' && at > start))
            break;
    }
    return at - start;
}

/* Ends before a comma or the closing parenthesis of the call; a value in parentheses belongs to its argument. */
static size_t argument_end(const char *line, size_t at, size_t end)
{
    for (u32 depth = 0; at < end && (depth || line[at] != ','); at++)
        depth += line[at] == '(' ? 1U : line[at] == ')' && depth ? -1U : 0;
    return at;
}

static u32 argument_by_name(u32 op, const char *name, size_t size)
{
    const struct export *export = export_find(op);
    for (u32 i = 0; export && export->has_signature && i < export->count; i++)
        if (strlen(export->arguments[i].name) == size && !memcmp(export->arguments[i].name, name, size))
            return i;
    return UINT32_MAX;
}

/* 7018FB90(00000000): what a pointer points to; the first text among such values is the call's. */
static void take_pointed(struct xenia *x, size_t at, size_t size)
{
    bool is_number = hex_run(x->line, at, at + size) == size;
    if (is_number)
        add_hex(x, at, size, IMPORT_KEEP, 0);
    else if (!(x->told >> F_call_text & 1))
        add_text(x, at, size, IMPORT_VALUE, F_call_text);
    else
        add_text(x, at, size, IMPORT_KEEP, 0);
}

static void take_argument(struct xenia *x, size_t at, size_t size, u32 place)
{
    size_t name = name_run(x->line, at, at + size);
    if (name && name < size && x->line[at + name] == '=') {
        u32 named = argument_by_name(x->record->op, x->line + at, name);
        place = named < UINT32_MAX ? named : place;
        at += name + 1, size -= name + 1;
    }
    size_t digits = hex_run(x->line, at, at + size);
    bool is_number = digits && digits <= DIGITS_MAX;
    bool is_pointer = is_number && digits < size && x->line[at + digits] == '(' && x->line[at + size - 1] == ')';
    bool is_free = place <= F_call_a9 && !(x->told >> place & 1);
    if (!is_number || (digits < size && !is_pointer))
        add_text(x, at, size, IMPORT_KEEP, 0);
    else if (!add_hex(x, at, digits, is_free ? IMPORT_VALUE : IMPORT_KEEP, place))
        add_text(x, at, digits, IMPORT_KEEP, 0);
    if (is_pointer && size - digits > 2)
        take_pointed(x, at + digits + 1, size - digits - 2);
}

/* Name(arguments) of a known op, and nothing behind. */
static bool parse_call(struct xenia *x, size_t at)
{
    size_t name = name_run(x->line, at, x->size), end = x->size - 1;
    if (!name || at + name >= x->size || x->line[at + name] != '(' || x->line[end] != ')')
        return false;
    x->record->op = import_known_op(x->parser->rules, x->line + at, name);
    if (!x->record->op)
        return false;
    x->record->kind = EVENT_call;
    u32 place = 0;
    for (size_t from = at + name + 1, to; from < end; from = to + 1) {
        while (from < end && x->line[from] == ' ')
            from++;
        to = argument_end(x->line, from, end);
        if (to > from)
            take_argument(x, from, to - from, place);
        place++;
    }
    return true;
}

/* Name = 00000000, in forks that write what calls return. */
static bool parse_return(struct xenia *x, size_t at)
{
    size_t name = name_run(x->line, at, x->size), value = at + name + 3;
    if (!name || value >= x->size || memcmp(x->line + at + name, " = ", 3) != 0)
        return false;
    u32 op = import_known_op(x->parser->rules, x->line + at, name);
    u64 number;
    if (!op || !import_number(x->line + value, x->size - value, true, &number))
        return false;
    x->record->op = op;
    x->record->kind = EVENT_return;
    return add_hex(x, value, x->size - value, IMPORT_VALUE, F_return_result);
}

/* ---- Other lines that tell something. ---- */

/* Is `word` at this place? *end: behind it. */
static bool begins(const struct xenia *x, size_t at, const char *word, size_t *end)
{
    size_t size = strlen(word);
    *end = at + size;
    return at + size <= x->size && !memcmp(x->line + at, word, size);
}

/* The second is what titles print by a trap. */
static bool parse_print(struct xenia *x, size_t at)
{
    size_t text;
    if (!begins(x, at, "(DbgPrint) ", &text) && !begins(x, at, "(DebugPrint) ", &text))
        return false;
    at = text;
    x->record->kind = EVENT_print;
    add_text(x, at, x->size - at, IMPORT_VALUE, F_print_text);
    return true;
}

/* XThreadF8000004 (1) Stack: ..., told by the creator; a thread's id is its handle. */
static bool parse_thread(struct xenia *x, size_t at)
{
    if (!begins(x, at, "XThread", &at) || hex_run(x->line, at, x->size) != 8)
        return false;
    size_t id = at + 8;
    if (!begins(x, id, " (", &id))
        return false;
    x->record->kind = EVENT_thread_create;
    add_hex(x, at, 8, IMPORT_VALUE, F_thread_create_child);
    for (size_t i = id; i < x->size; i++) {
        size_t run = hex_run(x->line, i, x->size);
        bool is_number = run == 8 || (run && i == id);
        if (is_number)
            add_hex(x, i, run, IMPORT_KEEP, 0);
        i += run;
    }
    return true;
}

/* XThread::Execute thid 1 (handle=..., ...: the thread itself says so. */
static bool parse_execute(struct xenia *x, size_t at)
{
    if (!begins(x, at, "XThread::Execute thid ", &at))
        return false;
    x->record->kind = EVENT_thread_start;
    add_text(x, at, x->size - at, IMPORT_KEEP, 0);
    return true;
}

/* The last name of a class: N2xe6kernel7XObjectE, class xe::kernel::XEvent and XEvent are all met. */
static u8 class_type(const struct xenia *x, size_t at)
{
    for (; at < x->size; at++)
        for (size_t size = 5; size <= x->size - at && size <= 14; size++) {
            u8 type = import_rules_object(x->parser->rules, x->line + at, size);
            bool ends = at + size == x->size || x->line[at + size] == 'E' || x->line[at + size] == ' ';
            if (type && ends)
                return type;
        }
    return OBJECT_FREE;
}

static bool parse_handle(struct xenia *x, size_t at)
{
    size_t added_at, removed_at;
    bool added = begins(x, at, "Added handle:", &added_at), removed = begins(x, at, "Removed handle:", &removed_at);
    at = added ? added_at : removed_at;
    size_t digits = added || removed ? hex_run(x->line, at, x->size) : 0;
    if (!digits || digits > DIGITS_MAX)
        return false;
    x->record->kind = added ? EVENT_handle_create : EVENT_handle_destroy;
    add_hex(x, at, digits, IMPORT_VALUE, added ? F_handle_create_handle : F_handle_destroy_handle);
    u8 type = added ? class_type(x, at + digits) : OBJECT_FREE;
    if (type != OBJECT_FREE)
        tell(x, F_handle_create_type, type);
    return true;
}

/* ---- Rows of the import dump: `   F 82000600 82475224 258 ( 600)    XamContentCreate`, not implemented: `!!`. ---- */

static bool is_word(const struct xenia *x, const struct import_value *v, const char *word)
{
    return v->size == strlen(word) && !memcmp(x->line + v->at, word, v->size);
}

/* Words: F or V, the thunk's and the slot's address, the ordinal in hex and in decimal, the name; !! stands before the
 * first or before the name. */
static bool parse_import(struct xenia *x)
{
    struct import_values *values = &x->parser->values;
    import_pairs_scan(x->line, x->size, values);
    const struct import_value *first = values->list, *last = values->list + values->count - 1;
    const struct import_value *state = first;
    if (values->count >= 6 && is_word(x, first, "!!"))
        first++;
    else if (values->count >= 6 && is_word(x, last - 1, "!!"))
        state = last - 1;
    if (values->count < 5 || !(is_word(x, first, "F") || is_word(x, first, "V")) || first[1].size != 8 ||
        hex_run(x->line, first[1].at, x->size) != 8)
        return false;
    x->record->op = import_known_op(x->parser->rules, x->line + last->at, last->size);
    if (!x->record->op)
        return false;
    x->record->kind = EVENT_module_import;
    for (const struct import_value *v = values->list; v < last; v++)
        if (v == state)
            add_text(x, v->at, v->size, IMPORT_VALUE, F_module_import_state);
        else if (v->size == 8)
            add_hex(x, v->at, v->size, IMPORT_KEEP, 0);
    return true;
}

/* ---- A line. ---- */

static bool parse_text(struct xenia *x, size_t at)
{
    static bool (*const parsers[])(struct xenia * x, size_t at) = {parse_call,    parse_return, parse_print,
                                                                   parse_execute, parse_thread, parse_handle};
    u32 before = x->record->field_count;
    for (size_t i = 0; i < countof(parsers); i++) {
        if (parsers[i](x, at))
            return true;
        x->record->field_count = before;
        x->told = 0;
    }
    return false;
}

static void take_prefix(struct xenia *x, size_t thread)
{
    size_t digits = time_run(x->line, thread);
    bool prefixed;
    u64 number;
    if (digits && import_form_of(x->line, digits, false, &prefixed) == IMPORT_DEC)
        import_add_field(x->record,
                         (struct import_field){0, (u32)digits, IMPORT_DEC, IMPORT_KEEP, 0, IMPORT_AS_IS, false, 0});
    x->record->has_thread = import_form_of(x->line + thread, 8, true, &prefixed) == IMPORT_HEX;
    add_hex(x, thread, 8, IMPORT_THREAD, 0);
    if (!x->record->has_thread && import_number(x->line + thread, 8, true, &number))
        x->record->thread = (u32)number;
}

void import_xenia_parse(struct import_parser *parser, const char *line, size_t size, struct import_record *record)
{
    size_t thread, whole = size;
    size -= size && line[size - 1] == '\r';
    struct xenia x = {.parser = parser, .line = line, .size = size, .record = record};
    *record = (struct import_record){0};
    parser->why = NULL;
    size_t at = import_xenia_prefix(line, size, &thread);
    if (at < size) {
        take_prefix(&x, thread);
        if (parse_text(&x, at))
            finish(&x);
        else
            import_no_event(record, "other");
    } else if (at == size) {
        import_no_event(record, "other");
    } else if (parse_import(&x)) {
        finish(&x);
    } else {
        import_no_event(record, import_is_blank(line, whole) ? "blank" : "continuation");
    }
}
