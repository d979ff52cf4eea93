/* SPDX-License-Identifier: BSD-3-Clause
 * Lines into a journal (diff/import_sink.h). */
#include "diff/import_sink.h"
#include "diff/import_assign.h"
#include "diff/import_json.h"
#include "diff/import_shape.h"
#include "diff/import_state.h"
#include "diff/import_table.h"
#include "diff/import_threads.h"
#include "replay/intern.h"
#include "replay/journal_store.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    STRINGS_BYTES_MAX = 64 << 20, /* beyond these, a line with a new text is kept whole */
    STRING_BYTES = 48,            /* what a string takes beside its text */
};

struct import_sink {
    struct journal_store *store;
    struct import_shapes *shapes;
    struct intern *strings;
    u64 string_bytes;
    struct import_sink_setup setup;
    u64 time;                   /* of the last line that had one */
    u64 uncut;                  /* events since the last cut */
    struct import_table places; /* thread + 1 to a place in next */
    u64 *next;                  /* each thread's next index */
    u32 last_thread;
    u64 *last_next; /* that one's */
    struct import_table ops;
    struct import_threads threads;
    struct import_sink_counts counts;
    struct buffer room;
    u64 fields[BLOCK_FIELDS_MAX];
};

static struct import_sink *sink_new(struct journal_store *store, const struct import_sink_setup *setup)
{
    struct import_sink *sink = calloc(1, sizeof *sink);
    CHECK(sink, "out of memory");
    store_quantum(store, setup->quantum);
    sink->store = store;
    sink->shapes = import_shapes_create(store);
    sink->strings = intern_create();
    sink->setup = *setup;
    if (!sink->setup.commit || sink->setup.commit > IMPORT_COMMIT_MAX)
        sink->setup.commit = IMPORT_COMMIT_MAX;
    return sink;
}

struct import_sink *sink_create(const char *path, const struct import_sink_setup *setup, struct err *err)
{
    struct journal_store *store = store_create(path, err);
    return store ? sink_new(store, setup) : NULL;
}

static void sink_free(struct import_sink *sink)
{
    store_destroy(sink->store);
    import_shapes_destroy(sink->shapes);
    intern_destroy(sink->strings);
    import_table_free(&sink->places);
    import_table_free(&sink->ops);
    import_threads_free(&sink->threads);
    buffer_free(&sink->room);
    free(sink->next);
    free(sink);
}

static u32 string_add(struct import_sink *sink, const char *text, size_t size)
{
    bool is_new;
    u32 id = intern_id(sink->strings, text, size, &is_new);
    sink->string_bytes += size + STRING_BYTES;
    store_string(sink->store, id, text, size);
    return id;
}

/* 0: there is no room for a new one. */
static u32 string_id(struct import_sink *sink, const char *text, size_t size)
{
    u32 id = intern_find(sink->strings, text, size);
    if (id || sink->string_bytes + size > STRINGS_BYTES_MAX)
        return id;
    return string_add(sink, text, size);
}

/* There is always room for these. */
static u32 class_id(struct import_sink *sink, const char *class)
{
    u32 id = intern_find(sink->strings, class, strlen(class));
    return id ? id : string_add(sink, class, strlen(class));
}

static u32 unescaped_id(struct import_sink *sink, const char *text, size_t size)
{
    if (!memchr(text, '\\', size))
        return string_id(sink, text, size);
    sink->room.size = 0;
    buffer_reserve(&sink->room, size);
    return string_id(sink, (const char *)sink->room.data, import_json_unescape(text, size, (char *)sink->room.data));
}

static u64 *next_of(struct import_sink *sink, u32 thread)
{
    if (likely(sink->last_next && sink->last_thread == thread))
        return sink->last_next;
    sink->last_thread = thread;
    const u32 *place = import_table_get(&sink->places, thread + 1ULL);
    if (place)
        return sink->last_next = &sink->next[*place];
    u32 count = sink->places.count;
    sink->next = realloc(sink->next, (count + 1) * sizeof *sink->next);
    CHECK(sink->next, "out of memory");
    import_table_set(&sink->places, thread + 1ULL, count);
    sink->next[count] = 0;
    return sink->last_next = &sink->next[count];
}

static void count_class(struct import_sink_counts *counts, const char *class)
{
    for (u32 i = 0; i < countof(counts->other); i++) {
        if (!*counts->classes[i])
            snprintf(counts->classes[i], sizeof counts->classes[i], "%s", class);
        if (!strcmp(counts->classes[i], class)) {
            counts->other[i]++;
            return;
        }
    }
    CHECK(false, "too many classes of lines");
}

static void append(struct import_sink *sink, const struct import_shape *shape, u32 thread, u32 index,
                   const struct import_part *parts)
{
    struct import_sink_counts *counts = &sink->counts;
    u64 time = sink->setup.timed ? sink->time : counts->lines;
    store_append(sink->store, thread, shape->site, counts->lines, time, index, sink->fields);
    for (u32 i = 0; shape->has_texts && i < shape->t.hole_count; i++)
        if (shape->t.holes[i].form == FORM_TEXT)
            store_append_text(sink->store, parts[i].text, parts[i].size);
    counts->lines++;
    counts->kinds[shape->kind]++;
    if (shape->class)
        count_class(counts, shape->class);
    else
        counts->events++;
    sink->uncut++;
}

bool sink_is_due(const struct import_sink *sink)
{
    return sink->uncut >= sink->setup.commit || store_is_full(sink->store);
}

void sink_commit(struct import_sink *sink)
{
    store_cut(sink->store);
    store_commit(sink->store);
    sink->uncut = 0;
}

void sink_source(struct import_sink *sink, u32 source)
{
    import_shapes_source(sink->shapes, (u16)(source + 1));
}

/* The number a hole's part stands for; false: its text has no room, or is not what this form writes. */
static bool field_of(struct import_sink *sink, const struct template_hole *h, const struct import_part *part,
                     u64 *field)
{
    *field = part->number;
    if (h->form != FORM_JSON && h->form != FORM_STRING)
        return true;
    bool canonical = import_is_canonical(part->text, part->size, true, &sink->room);
    if (canonical != (h->form == FORM_JSON))
        return false;
    *field = canonical ? unescaped_id(sink, part->text, part->size) : string_id(sink, part->text, part->size);
    return *field != 0;
}

static u64 hole(const struct import_part *parts, u8 place, u64 none)
{
    return place == IMPORT_NO_HOLE ? none : parts[place].number;
}

static bool threads_fit(const struct import_shape *shape, const struct import_part *parts)
{
    for (u32 i = 0; i < shape->field_count; i++) {
        u8 place = shape->field_holes[i];
        if (import_shape_names_thread(shape, place) && !import_thread_fits(parts[place].number))
            return false;
    }
    return true;
}

/* False: this line is not kept as that template: its thread, index, time or a text does not fit. */
static bool take(struct import_sink *sink, const struct import_shape *shape, const struct import_part *parts)
{
    u64 thread = hole(parts, shape->thread_hole, shape->thread);
    u64 time = hole(parts, shape->time_hole, sink->time);
    for (u32 i = 0; i < shape->field_count; i++) {
        u8 place = shape->field_holes[i];
        sink->fields[i] = parts[place].number;
        if (shape->has_strings && !field_of(sink, &shape->t.holes[place], &parts[place], &sink->fields[i]))
            return false;
    }
    if (!import_thread_fits(thread) || (s64)time < 0 || (shape->has_threads && !threads_fit(shape, parts)))
        return false;
    u64 *next = next_of(sink, (u32)thread);
    u64 index = hole(parts, shape->index_hole, *next);
    if (index < *next || index >= UINT32_MAX)
        return false;
    *next = index + 1;
    sink->time = time;
    append(sink, shape, (u32)thread, (u32)index, parts);
    return true;
}

const char *sink_match(struct import_sink *sink, const char *p, const char *end)
{
    struct import_part parts[BLOCK_FIELDS_MAX];
    const char *line_end;
    u32 shape = import_shape_find(sink->shapes, p, end, &line_end, parts);
    return shape != UINT32_MAX && take(sink, import_shape_at(sink->shapes, shape), parts) ? line_end : NULL;
}

bool sink_recall(struct import_sink *sink, const struct import_reading *reading)
{
    struct import_part parts[BLOCK_FIELDS_MAX];
    u32 shape = import_shape_recall(sink->shapes, reading, parts);
    return shape != UINT32_MAX && take(sink, import_shape_at(sink->shapes, shape), parts);
}

/* ---- Lines that no template keeps exactly: whole, with the event's values beside. ---- */

static u64 value_of(struct import_sink *sink, const char *line, const struct import_field *f, u64 time)
{
    u64 number = 0;
    if (f->form == IMPORT_TEXT)
        return f->transform == IMPORT_UNESCAPE ? unescaped_id(sink, line + f->at, f->size)
                                               : string_id(sink, line + f->at, f->size);
    import_number(line + f->at, f->size, f->form == IMPORT_HEX, &number);
    if (f->transform == IMPORT_LOW32)
        return (u32)number;
    if (f->transform == IMPORT_DEADLINE)
        return (s64)number < 0 ? UINT64_MAX : time + number;
    return number;
}

static u64 field_at(struct import_sink *sink, const char *line, const struct import_record *r, u8 target, u64 none)
{
    for (u32 i = 0; i < r->field_count; i++)
        if (r->fields[i].target == target)
            return value_of(sink, line, &r->fields[i], 0);
    return none;
}

/* UINT64_MAX: there is no room for it. */
static u64 thread_of(struct import_sink *sink, u64 id)
{
    return import_thread_fits(id) ? id : import_threads_number(&sink->threads, id, sink->store);
}

/* The event's values; those for whose text there is no room are missing. */
static void take_values(struct import_sink *sink, const char *line, struct import_record *r)
{
    const struct event_type *type = event_type(r->kind);
    u64 *v = sink->fields;
    memcpy(v, r->constant, sizeof r->constant);
    for (u32 i = 0; i < r->field_count; i++) {
        const struct import_field *f = &r->fields[i];
        if (f->target != IMPORT_VALUE)
            continue;
        bool is_thread = type && f->value < type->field_count && type->fields[f->value].meaning == MEANING_THREAD;
        u64 value = value_of(sink, line, f, sink->time);
        value = is_thread ? thread_of(sink, value) : value;
        bool has_room = f->form == IMPORT_TEXT ? value != 0 : !is_thread || value <= UINT32_MAX;
        v[f->value] = has_room ? value : 0;
        r->missing |= (u16)(!has_room << f->value);
    }
}

/* False: the line is of one kind too many. */
static bool take_verbatim(struct import_sink *sink, const char *line, size_t size, const struct import_record *record)
{
    struct import_record r = *record;
    u64 id = field_at(sink, line, &r, IMPORT_THREAD, r.thread), thread = thread_of(sink, id);
    u64 index = field_at(sink, line, &r, IMPORT_INDEX, UINT64_MAX);
    u64 time = sink->setup.timed ? field_at(sink, line, &r, IMPORT_TIME, sink->time) : 0;
    bool has_time = (s64)time >= 0;
    sink->time = has_time ? time : sink->time;
    r.thread = thread <= UINT32_MAX ? (u32)thread : 0;
    take_values(sink, line, &r);
    u32 shape = import_shape_verbatim(sink->shapes, &r);
    if (shape == UINT32_MAX)
        return false;
    u64 *next = next_of(sink, r.thread);
    sink->counts.renumbered += index < *next;
    sink->counts.renamed += thread != id && thread <= UINT32_MAX;
    sink->counts.threadless += thread > UINT32_MAX;
    sink->counts.untimed += !has_time;
    index = index >= *next && index < UINT32_MAX ? index : *next;
    *next = index + 1;
    struct import_part parts[BLOCK_FIELDS_MAX] = {{.text = line, .size = (u32)size}};
    append(sink, import_shape_at(sink->shapes, shape), r.thread, (u32)index, parts);
    return true;
}

/* False: no template keeps it. */
static bool take_shape(struct import_sink *sink, const char *line, size_t size, const struct import_record *record,
                       const struct import_reading *reading)
{
    struct import_part parts[BLOCK_FIELDS_MAX];
    u32 class = record->kind ? 0 : class_id(sink, record->class);
    u32 shape = import_shape_of(sink->shapes, line, record, size, sink->setup.timed, class, parts);
    if (shape == UINT32_MAX || !take(sink, import_shape_at(sink->shapes, shape), parts))
        return false;
    if (reading && record->kind)
        import_shape_learn(sink->shapes, reading, line, record, shape);
    return true;
}

static const struct import_record beyond = {.class = "beyond limits"};

u64 sink_beyond(const struct import_sink *sink)
{
    const struct import_sink_counts *counts = &sink->counts;
    for (u32 i = 0; i < countof(counts->other); i++)
        if (!strcmp(counts->classes[i], beyond.class))
            return counts->other[i];
    return 0;
}

void sink_line(struct import_sink *sink, const char *line, size_t size, const struct import_record *record,
               const struct import_reading *reading)
{
    if (!take_shape(sink, line, size, record, reading) && !take_verbatim(sink, line, size, record))
        CHECK(take_shape(sink, line, size, &beyond, NULL), "a line that cannot be kept");
}

bool sink_failed(const struct import_sink *sink)
{
    return store_failed(sink->store, NULL);
}

void sink_meta(struct import_sink *sink, const char *key, const char *value)
{
    store_meta(sink->store, key, value);
}

void sink_forget_meta(struct import_sink *sink, const char *prefix)
{
    store_forget_meta(sink->store, prefix);
}

void sink_op(struct import_sink *sink, u32 op, const char *name)
{
    if (import_table_get(&sink->ops, op))
        return;
    import_table_set(&sink->ops, op, 1);
    store_op(sink->store, op, name);
}

/* ---- Keeping it over a kill. ---- */

void sink_save(const struct import_sink *sink, struct buffer *state)
{
    const struct import_sink_counts *counts = &sink->counts;
    char text[96];
    state_put(state, "timed", sink->setup.timed);
    state_put(state, "quantum", sink->setup.quantum);
    state_put(state, "commit", sink->setup.commit);
    state_put(state, "time", sink->time);
    state_put(state, "lines", counts->lines);
    state_put(state, "events", counts->events);
    state_put(state, "renumbered", counts->renumbered);
    state_put(state, "renamed", counts->renamed);
    state_put(state, "threadless", counts->threadless);
    state_put(state, "untimed", counts->untimed);
    for (u32 i = 0; i < EVENT_KINDS; i++) {
        snprintf(text, sizeof text, "%u %llu", i, (unsigned long long)counts->kinds[i]);
        if (counts->kinds[i])
            state_put_text(state, "kind", text);
    }
    for (u32 i = 0; i < IMPORT_CLASSES && *counts->classes[i]; i++) {
        snprintf(text, sizeof text, "%llu %s", (unsigned long long)counts->other[i], counts->classes[i]);
        state_put_text(state, "class", text);
    }
    import_shapes_save(sink->shapes, state);
}

static void restore_counts(struct import_sink *sink, const char *state)
{
    struct import_sink_counts *counts = &sink->counts;
    const char *at = NULL, *text;
    char *end;
    size_t size;
    counts->lines = state_get(state, "lines");
    counts->events = state_get(state, "events");
    counts->renumbered = state_get(state, "renumbered");
    counts->renamed = state_get(state, "renamed");
    counts->threadless = state_get(state, "threadless");
    counts->untimed = state_get(state, "untimed");
    while ((text = state_next(state, "kind", &at, &size))) {
        unsigned long kind = strtoul(text, &end, 10);
        if (kind < EVENT_KINDS)
            counts->kinds[kind] = strtoull(end, NULL, 10);
    }
    at = NULL;
    for (u32 i = 0; i < IMPORT_CLASSES && (text = state_next(state, "class", &at, &size)); i++) {
        counts->other[i] = strtoull(text, &end, 10);
        snprintf(counts->classes[i], sizeof counts->classes[i], "%.*s", (int)(size - (size_t)(end + 1 - text)),
                 end + 1);
    }
}

/* What the journal's rows tell. */
static void restore_rows(struct import_sink *sink, struct journal_reader *r)
{
    bool is_new;
    for (u32 id = 1; id <= journal_string_count(r); id++) {
        size_t size;
        const char *text = journal_string(r, id, &size);
        intern_id(sink->strings, text, size, &is_new);
        sink->string_bytes += size + STRING_BYTES;
    }
    import_threads_restore(&sink->threads, r);
    for (size_t i = 0; i < journal_block_count(r); i++)
        *next_of(sink, journal_block_at(r, i)->thread) = journal_block_at(r, i)->last_index + 1ULL;
}

struct import_sink *sink_resume(struct journal_reader *r, const char *state, struct err *err)
{
    struct import_sink_setup setup = {.timed = state_get(state, "timed") != 0,
                                      .quantum = state_get(state, "quantum"),
                                      .commit = (u32)state_get(state, "commit")};
    struct journal_store *store = store_resume(r, err);
    if (!store)
        return NULL;
    struct import_sink *sink = sink_new(store, &setup);
    sink->time = state_get(state, "time");
    restore_rows(sink, r);
    if (import_shapes_restore(sink->shapes, r, state, err)) {
        restore_counts(sink, state);
        return sink;
    }
    sink_free(sink);
    return NULL;
}

const struct import_sink_counts *sink_counts(const struct import_sink *sink)
{
    return &sink->counts;
}

bool sink_finish(struct import_sink *sink, struct err *err)
{
    store_finish(sink->store);
    bool ok = !store_failed(sink->store, err);
    sink_free(sink);
    return ok;
}

void sink_abandon(struct import_sink *sink)
{
    if (!sink)
        return;
    sink_free(sink);
}
