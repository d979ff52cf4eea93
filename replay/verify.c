/* SPDX-License-Identifier: BSD-3-Clause
 * Event by event against the journal (replay/verify.h). Strings are compared where they are first used: the n-th string
 * of the replay must be the n-th of the journal, so that equal ids mean equal texts. */
#include "replay/verify.h"
#include "replay/intern.h"
#include "replay/show.h"
#include "schema/export.h"

#include <stdio.h>
#include <stdlib.h>

struct verifier {
    struct journal_reader *journal;
    struct journal_cursor *cursor;
    struct intern *strings;
    struct divergence divergence;
    u64 compared;
    u64 hashes;
    bool ended;   /* the journal has no more events */
    bool overrun; /* the replay had more events than a whole journal */
    char string_want[256], string_got[256];
    bool string_differs; /* told with the event that uses it */
};

struct verifier *verifier_create(struct journal_reader *journal, struct err *err)
{
    struct verifier *v = calloc(1, sizeof *v);
    CHECK(v, "out of memory");
    v->journal = journal;
    v->strings = intern_create();
    v->cursor = journal_cursor_all(journal, 0, err);
    v->ended = !journal_event_count(journal);
    return v;
}

void verifier_destroy(struct verifier *v)
{
    if (!v)
        return;
    journal_cursor_close(v->cursor);
    intern_destroy(v->strings);
    free(v);
}

/* The divergence at this event; its two texts are for the caller to fill. */
static struct divergence *diverge(struct verifier *v, const struct event *event, const char *field)
{
    v->divergence = (struct divergence){
        .found = true,
        .seq = event->seq,
        .tick = event->time,
        .thread = event->thread,
        .index = event->index,
        .lr = event->lr,
        .op = event->op,
        .kind = event->kind,
        .field = field,
    };
    return &v->divergence;
}

static bool same_number(struct verifier *v, const struct event *at, const char *field, u64 want, u64 got)
{
    if (want == got)
        return true;
    struct divergence *d = diverge(v, at, field);
    snprintf(d->want, sizeof d->want, "0x%llX", (unsigned long long)want);
    snprintf(d->got, sizeof d->got, "0x%llX", (unsigned long long)got);
    return false;
}

static bool same_count(struct verifier *v, const struct event *at, const char *field, u64 want, u64 got)
{
    if (want == got)
        return true;
    struct divergence *d = diverge(v, at, field);
    snprintf(d->want, sizeof d->want, "%llu", (unsigned long long)want);
    snprintf(d->got, sizeof d->got, "%llu", (unsigned long long)got);
    return false;
}

static bool same_kind(struct verifier *v, const struct event *want, const struct event *got)
{
    if (want->kind == got->kind)
        return true;
    const struct event_type *a = event_type(want->kind), *b = event_type(got->kind);
    struct divergence *d = diverge(v, want, "kind");
    snprintf(d->want, sizeof d->want, "%s", a ? a->name : "unknown");
    snprintf(d->got, sizeof d->got, "%s", b ? b->name : "unknown");
    return false;
}

static bool same_op(struct verifier *v, const struct event *want, const struct event *got)
{
    char buffer[64];
    if (want->op == got->op)
        return true;
    struct divergence *d = diverge(v, want, "op");
    snprintf(d->want, sizeof d->want, "%s", want->op ? export_op_name(want->op, buffer, sizeof buffer) : "none");
    snprintf(d->got, sizeof d->got, "%s", got->op ? export_op_name(got->op, buffer, sizeof buffer) : "none");
    return false;
}

static bool same_values(struct verifier *v, const struct event *want, const struct event *got)
{
    const struct event_type *type = event_type(want->kind);
    for (u32 i = 0; i < want->count; i++) {
        if (want->v[i] == got->v[i])
            continue;
        bool named = type && i < type->field_count;
        struct divergence *d = diverge(v, want, named ? type->fields[i].name : "value");
        enum event_meaning meaning = named ? type->fields[i].meaning : MEANING_HEX;
        show_value(v->journal, meaning, want->v[i], d->want, sizeof d->want);
        /* The replay's new strings are not the journal's: there the id alone says something. */
        show_value(meaning == MEANING_STRING ? NULL : v->journal, meaning, got->v[i], d->got, sizeof d->got);
        /* Values that read alike, as two unknown types do, are told as numbers. */
        if (!strcmp(d->want, d->got)) {
            show_value(NULL, MEANING_HEX, want->v[i], d->want, sizeof d->want);
            show_value(NULL, MEANING_HEX, got->v[i], d->got, sizeof d->got);
        }
        return false;
    }
    return true;
}

static bool same_event(struct verifier *v, const struct event *want, const struct event *got)
{
    return same_count(v, want, "thread", want->thread, got->thread) && same_kind(v, want, got) &&
           same_op(v, want, got) && same_number(v, want, "lr", want->lr, got->lr) &&
           same_count(v, want, "time", want->time, got->time) &&
           same_count(v, want, "count", want->count, got->count) && same_values(v, want, got) &&
           same_count(v, want, "index", want->index, got->index) && same_count(v, want, "seq", want->seq, got->seq);
}

/* The journal's next event, or NULL: it ended, or a divergence was set because it is damaged here. */
static const struct event *next_wanted(struct verifier *v, const struct event *got)
{
    const struct event *want;
    struct err err;
    int found = journal_cursor_next(v->cursor, &want, &err);
    if (found > 0)
        return want;
    if (!found) {
        v->ended = true;
        return NULL;
    }
    struct divergence *d = diverge(v, got, "journal");
    snprintf(d->want, sizeof d->want, "%.255s", err.text);
    snprintf(d->got, sizeof d->got, "an event");
    return NULL;
}

static void ran_over(struct verifier *v, const struct event *got)
{
    v->overrun = true;
    if (!journal_is_whole(v->journal))
        return;
    const struct event_type *type = event_type(got->kind);
    struct divergence *d = diverge(v, got, "end");
    snprintf(d->want, sizeof d->want, "the run's end");
    snprintf(d->got, sizeof d->got, "an event: %s", type ? type->name : "unknown");
}

void verifier_emit(void *verifier, const struct event *event)
{
    struct verifier *v = verifier;
    if (v->divergence.found)
        return;
    const struct event *want = v->ended ? NULL : next_wanted(v, event);
    if (!want) {
        if (!v->divergence.found)
            ran_over(v, event);
        return;
    }
    if (v->string_differs) {
        struct divergence *d = diverge(v, want, "string");
        memcpy(d->want, v->string_want, sizeof d->want);
        memcpy(d->got, v->string_got, sizeof d->got);
        return;
    }
    if (!same_event(v, want, event))
        return;
    v->compared++;
    v->hashes += event->kind == EVENT_hash;
    v->ended = v->compared == journal_event_count(v->journal);
}

u32 verifier_intern(void *verifier, const char *text, size_t size)
{
    struct verifier *v = verifier;
    bool is_new;
    u32 id = intern_id(v->strings, text, size, &is_new);
    if (!is_new || v->string_differs || v->divergence.found)
        return id;
    size_t want_size;
    const char *want = journal_string(v->journal, id, &want_size);
    bool known = id <= journal_string_count(v->journal);
    if (known && want_size == size && (!size || !memcmp(want, text, size)))
        return id;
    if (!known && !journal_is_whole(v->journal))
        return id;
    v->string_differs = true;
    show_value(known ? v->journal : NULL, MEANING_STRING, known ? id : 0, v->string_want, sizeof v->string_want);
    snprintf(v->string_got, sizeof v->string_got, "\"%.*s\"", size < 250 ? (int)size : 250, text);
    return id;
}

const struct divergence *verifier_divergence(const struct verifier *v)
{
    return &v->divergence;
}
u64 verifier_compared(const struct verifier *v)
{
    return v->compared;
}
u64 verifier_hashes(const struct verifier *v)
{
    return v->hashes;
}

bool verifier_is_complete(const struct verifier *v)
{
    return !v->divergence.found && v->compared == journal_event_count(v->journal) &&
           !(v->overrun && journal_is_whole(v->journal));
}
