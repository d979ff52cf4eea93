/* SPDX-License-Identifier: BSD-3-Clause
 * Dumps of all threads: what each one's state is and what it waits on. How they are laid out differs, so a line is read
 * for what it holds: a thread's number, a state, a handle and what that is, a PC. A line without a thread goes on about
 * the thread before. Events belong to the log itself: the threads did not do them. */
#include "diff/import_assign.h"
#include "diff/import_format.h"

struct dump {
    struct import_parser *parser;
    const char *line;
    size_t size;
    struct import_record *record;
    u32 told;
};

static char lower_at(const struct dump *d, size_t at)
{
    char c = d->line[at];
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_letter(const struct dump *d, size_t at)
{
    char c = lower_at(d, at);
    return (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_word_at(const struct dump *d, size_t at, const char *word)
{
    size_t size = strlen(word);
    if (at + size > d->size || (at && is_letter(d, at - 1)) || (at + size < d->size && is_letter(d, at + size)))
        return false;
    for (size_t i = 0; i < size; i++)
        if (lower_at(d, at + i) != word[i])
            return false;
    return true;
}

static size_t skip_to_value(const struct dump *d, size_t at)
{
    while (at < d->size && strchr(" =:(#", d->line[at]))
        at++;
    return at;
}

/* A number in decimal or 0x hex at a place, as a field. Returns its end, or 0. */
static size_t take_number(struct dump *d, size_t at, u32 value)
{
    size_t end = at;
    bool prefixed;
    u64 number;
    while (end < d->size && ((d->line[end] >= '0' && d->line[end] <= '9') ||
                             (end > at + 1 && lower_at(d, end) >= 'a' && lower_at(d, end) <= 'f') ||
                             (end == at + 1 && d->line[end] == 'x' && d->line[at] == '0')))
        end++;
    if (end == at || (d->told >> value & 1) || !import_number(d->line + at, end - at, false, &number))
        return 0;
    u8 form = import_form_of(d->line + at, end - at, false, &prefixed);
    u32 skip = prefixed ? 2 : 0;
    if (form != IMPORT_TEXT)
        import_add_field(d->record, (struct import_field){(u32)at + skip, (u32)(end - at) - skip, form, IMPORT_VALUE,
                                                          (u8)value, IMPORT_AS_IS, false, 0});
    d->record->constant[value] = form != IMPORT_TEXT ? 0 : number;
    d->told |= 1U << value;
    return end;
}

static size_t take_state(struct dump *d, size_t at)
{
    static const char *const states[] = {"blocked", "ready",    "running",    "waiting", "suspended",
                                         "exited",  "runnable", "terminated", "sleeping"};
    for (size_t i = 0; i < countof(states); i++) {
        if (!is_word_at(d, at, states[i]) || d->told >> F_snapshot_state & 1)
            continue;
        u32 size = (u32)strlen(states[i]);
        import_add_field(d->record, (struct import_field){(u32)at, size, IMPORT_TEXT, IMPORT_VALUE, F_snapshot_state,
                                                          IMPORT_AS_IS, false, 0});
        d->told |= 1U << F_snapshot_state;
        return at + size;
    }
    return 0;
}

/* `Thread(id=13)` and the like: the type of what the handle stands for. */
static size_t take_type(struct dump *d, size_t at)
{
    size_t end = at;
    while (end < d->size && is_letter(d, end))
        end++;
    u8 type = import_rules_object(d->parser->rules, d->line + at, end - at);
    if (type == OBJECT_FREE || d->told >> F_snapshot_type & 1)
        return 0;
    d->record->constant[F_snapshot_type] = type;
    d->told |= 1U << F_snapshot_type;
    size_t number = end;
    while (number < d->size && d->line[number] != ')' && !(d->line[number] >= '0' && d->line[number] <= '9'))
        number++;
    size_t behind = type == OBJECT_THREAD ? take_number(d, number, F_snapshot_target) : 0;
    return behind ? behind : end;
}

/* Places inside a word are none where something begins. */
static size_t skip_word(const struct dump *d, size_t at)
{
    while (at < d->size && (is_letter(d, at) || (d->line[at] >= '0' && d->line[at] <= '9')))
        at++;
    return at;
}

/* What stands at one place; returns where to go on. */
static size_t take(struct dump *d, size_t at)
{
    static const char *const threads[] = {"tid", "thread", "thread_id", "id"};
    static const char *const pcs[] = {"pc", "nip", "cia"};
    static const char *const others[] = {"lr",    "sp",    "ctx", "entry",
                                         "stack", "cycle", "time"}; /* numbers: no handles */
    size_t end = 0;
    bool has_thread = d->told >> F_snapshot_thread & 1;
    for (size_t i = 0; i < countof(threads) && !end && !has_thread; i++)
        if (is_word_at(d, at, threads[i]))
            end = take_number(d, skip_to_value(d, at + strlen(threads[i])), F_snapshot_thread);
    for (size_t i = 0; i < countof(pcs) && !end; i++)
        if (is_word_at(d, at, pcs[i]))
            end = take_number(d, skip_to_value(d, at + strlen(pcs[i])), F_snapshot_pc);
    for (size_t i = 0; i < countof(others) && !end; i++)
        if (is_word_at(d, at, others[i]))
            end = skip_word(d, skip_to_value(d, at + strlen(others[i])));
    bool has_handle = d->told >> F_snapshot_handle & 1;
    if (!end && is_letter(d, at))
        end = take_state(d, at);
    if (!end && has_handle && is_letter(d, at))
        end = take_type(d, at);
    if (!end && !has_handle && d->line[at] == '0' && at + 1 < d->size && d->line[at + 1] == 'x')
        end = take_number(d, at, F_snapshot_handle);
    return end ? end : at + 1;
}

bool import_dump_recognise(const char *line, size_t size)
{
    static const struct {
        const char *word;
        size_t size;
    } words[] = {{"Blocked", 7}, {"Ready", 5}, {"Running", 7}, {"Waiting", 7}, {"halt-on-deadlock", 16}};
    bool has_state = false, has_thread = false;
    for (size_t at = 0; at < size; at++) {
        char first = line[at];
        if (first == 't')
            has_thread |= size - at >= 4 && !memcmp(line + at, "tid", 3) && strchr("=: ", line[at + 3]) && line[at + 3];
        else if (first == 'B' || first == 'R' || first == 'W' || first == 'h')
            for (size_t i = 0; i < countof(words); i++)
                has_state |= size - at >= words[i].size && !memcmp(line + at, words[i].word, words[i].size);
    }
    return has_state && (has_thread || (size >= 16 && !memcmp(line, "halt-on-deadlock", 16)));
}

void import_dump_parse(struct import_parser *parser, const char *line, size_t size, struct import_record *record)
{
    struct dump d = {.parser = parser, .line = line, .size = size, .record = record};
    u64 number;
    *record = (struct import_record){0};
    parser->why = NULL;
    for (size_t at = 0; at < size;) {
        size_t next = take(&d, at);
        at = next == at + 1 && skip_word(&d, at) > at ? skip_word(&d, at) : next;
    }
    bool has_thread = d.told >> F_snapshot_thread & 1;
    for (u32 i = 0; has_thread && i < record->field_count; i++)
        if (record->fields[i].value == F_snapshot_thread &&
            import_number(line + record->fields[i].at, record->fields[i].size, record->fields[i].form == IMPORT_HEX,
                          &number))
            parser->thread = (u32)number;
    if (!(d.told & ~(1U << F_snapshot_thread)) || (!has_thread && !parser->thread)) {
        import_no_event(record, import_is_blank(line, size) ? "blank" : "other");
        return;
    }
    if (!has_thread)
        record->constant[F_snapshot_thread] = parser->thread;
    d.told |= 1U << F_snapshot_thread;
    record->kind = EVENT_snapshot;
    record->count = (u8)(32 - __builtin_clz(d.told));
    record->missing = (u16)(~d.told & ((1U << record->count) - 1));
}
