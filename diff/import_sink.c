/* SPDX-License-Identifier: BSD-3-Clause
 * Events out of lines and records (diff/import_sink.h). */
#include "diff/import_sink.h"
#include "diff/import_assign.h"
#include "diff/import_json.h"
#include "diff/import_table.h"
#include "replay/journal.h"

#include <stdlib.h>

struct import_sink {
    struct journal_writer *journal;
    bool timed;
    u64 time;                   /* of the last line that had one */
    struct import_table places; /* thread to a place in next */
    u32 *next;                  /* each thread's next index */
    struct import_sink_counts counts;
    char *text; /* room for one without escapes */
    size_t text_capacity;
};

struct import_sink *sink_create(const char *path, bool timed, struct err *err)
{
    struct journal_writer *journal = journal_create(path, err);
    if (!journal)
        return NULL;
    struct import_sink *sink = calloc(1, sizeof *sink);
    CHECK(sink, "out of memory");
    sink->journal = journal;
    sink->timed = timed;
    return sink;
}

static void sink_free(struct import_sink *sink)
{
    import_table_free(&sink->places);
    free(sink->next);
    free(sink->text);
    free(sink);
}

static u32 intern_unescaped(struct import_sink *sink, const char *text, size_t size)
{
    if (size > sink->text_capacity) {
        sink->text_capacity = size;
        sink->text = realloc(sink->text, size);
        CHECK(sink->text, "out of memory");
    }
    return journal_intern(sink->journal, sink->text, import_json_unescape(text, size, sink->text));
}

static u64 number_of(struct import_sink *sink, const char *line, const struct import_field *f, u64 time)
{
    u64 number = 0;
    if (f->form == IMPORT_TEXT && f->transform == IMPORT_UNESCAPE)
        return intern_unescaped(sink, line + f->at, f->size);
    if (f->form == IMPORT_TEXT)
        return journal_intern(sink->journal, line + f->at, f->size);
    import_number(line + f->at, f->size, f->form == IMPORT_HEX, &number);
    if (f->transform == IMPORT_LOW32)
        return (u32)number;
    if (f->transform == IMPORT_DEADLINE)
        return (s64)number < 0 ? UINT64_MAX : time + number;
    return number;
}

static u64 time_of(struct import_sink *sink, const char *line, const struct import_record *r)
{
    if (!sink->timed)
        return sink->counts.lines;
    for (u32 i = 0; i < r->field_count; i++)
        if (r->fields[i].target == IMPORT_TIME)
            sink->time = number_of(sink, line, &r->fields[i], 0);
    return sink->time;
}

static u32 *next_of(struct import_sink *sink, u32 thread)
{
    const u32 *place = import_table_get(&sink->places, thread + 1ULL);
    if (place)
        return &sink->next[*place];
    u32 count = sink->places.count;
    sink->next = realloc(sink->next, (count + 1) * sizeof *sink->next);
    CHECK(sink->next, "out of memory");
    import_table_set(&sink->places, thread + 1ULL, count);
    sink->next[count] = 0;
    return &sink->next[count];
}

static void fill_event(struct import_sink *sink, const char *line, const struct import_record *r, struct event *e,
                       u64 *index)
{
    for (u32 i = 0; i < r->count; i++)
        e->v[i] = r->constant[i];
    for (u32 i = 0; i < r->field_count; i++) {
        const struct import_field *f = &r->fields[i];
        if (f->target == IMPORT_THREAD)
            e->thread = (u32)number_of(sink, line, f, 0);
        else if (f->target == IMPORT_INDEX)
            *index = number_of(sink, line, f, 0);
        else if (f->target == IMPORT_VALUE)
            e->v[f->value] = number_of(sink, line, f, e->time);
    }
}

static void count_class(struct import_sink_counts *counts, const char *class)
{
    for (u32 i = 0; i < countof(counts->other); i++) {
        if (!counts->classes[i])
            counts->classes[i] = class;
        if (!strcmp(counts->classes[i], class)) {
            counts->other[i]++;
            return;
        }
    }
}

bool sink_line(struct import_sink *sink, const char *line, size_t size, const struct import_record *r)
{
    struct event e = {.op = r->op, .lr = r->lr, .kind = r->kind, .count = r->count, .missing = r->missing};
    u64 index = UINT64_MAX;
    e.thread = r->thread;
    e.seq = sink->counts.lines;
    e.time = time_of(sink, line, r);
    if (r->kind) {
        fill_event(sink, line, r, &e, &index);
        sink->counts.events++;
    } else {
        e.kind = EVENT_line;
        e.count = F_line_text + 1;
        e.v[F_line_class] = journal_intern(sink->journal, r->class, strlen(r->class));
        e.v[F_line_text] = journal_intern(sink->journal, line, size);
        count_class(&sink->counts, r->class);
    }
    u32 *next = next_of(sink, e.thread);
    sink->counts.renumbered += index < *next;
    e.index = index >= *next && index < UINT32_MAX ? (u32)index : *next;
    *next = e.index + 1;
    sink->counts.lines++;
    sink->counts.kinds[e.kind]++;
    journal_append(sink->journal, &e);
    return !(sink->counts.lines % 65536) ? !journal_failed(sink->journal, NULL) : true;
}

void sink_meta(struct import_sink *sink, const char *key, const char *value)
{
    journal_meta(sink->journal, key, value);
}

const struct import_sink_counts *sink_counts(const struct import_sink *sink)
{
    return &sink->counts;
}

bool sink_finish(struct import_sink *sink, struct err *err)
{
    struct journal_writer *journal = sink->journal;
    sink_free(sink);
    return journal_finish(journal, err);
}

void sink_abandon(struct import_sink *sink)
{
    if (!sink)
        return;
    journal_abandon(sink->journal);
    sink_free(sink);
}
