/* SPDX-License-Identifier: BSD-3-Clause
 * Which object a signal was for, where its call does not tell it and the engine does behind it: signal_match and
 * wake_requested. On the way, only those are looked at whose call is *mute*: of a site that does not tell its object.
 * Most others say what is known already; when the objects are known, those of the few signals that are still without
 * are looked at. What was known when such an event came is looked up then, so that it says what it would have said on
 * the way. */
#include "diff/objects_build.h"
#include "diff/order.h"

#include <stdlib.h>

static bool is_match(const struct site_fact *fact)
{
    return fact->kind == EVENT_signal_match || fact->kind == EVENT_wake_requested;
}

u8 *objects_find_mute(const struct build *b)
{
    u8 *values = malloc(run_site_count(b->run) + 1u);
    CHECK(values, "out of memory");
    for (u32 i = 0; i < run_site_count(b->run); i++) {
        const struct site_fact *fact = &b->facts[i];
        bool is_producer = fact->kind == EVENT_call && role_is_producer(fact->role.role);
        values[i] = is_producer ? fact->role.argument : JOURNAL_NO_VALUE;
    }
    u8 *mute = run_untold(b->run, values);
    free(values);
    return mute;
}

/* An event that may tell the object of a signal. */
struct match {
    u64 position;
    u32 place, signal;
};

struct matches {
    struct match *rows;
    u32 count;
};

static void add(struct matches *m, struct match row)
{
    if (!(m->count & (m->count - 1))) {
        m->rows = realloc(m->rows, (m->count ? m->count * 2 : 1) * sizeof *m->rows);
        CHECK(m->rows, "out of memory");
    }
    m->rows[m->count++] = row;
}

/* Those behind the signal's call and before the thread's next. */
static bool find_of_signal(const struct build *b, u32 signal, struct matches *m, struct err *err)
{
    const struct object_signal *s = &b->objects->signals[signal];
    struct run_span span;
    for (u64 at = s->position + 1;; at = span.position + span.count) {
        if (!run_read_some(b->run, s->place, at, COLUMN_SITE, &span, err))
            return false;
        for (u32 i = 0; i < span.count; i++) {
            const struct site_fact *fact = &b->facts[span.site[i]];
            if (fact->kind == EVENT_call)
                return true;
            if (is_match(fact))
                add(m, (struct match){span.position + i, s->place, signal});
        }
        if (!span.count)
            return true;
    }
}

static bool find_all(const struct build *b, struct matches *m, struct err *err)
{
    const struct objects *o = b->objects;
    for (u32 i = 0; i < o->signal_count; i++)
        if (o->signals[i].object == OBJECTS_NONE && role_is_producer(o->signals[i].role) &&
            !b->mute[o->signals[i].site] && !find_of_signal(b, i, m, err))
            return false;
    return true;
}

/* What the identity named just before the event `seq`. */
static u32 named_then(const struct build *b, u64 hsid, u64 seq)
{
    u32 at = map_get(&b->last_naming, hsid);
    while (at != MAP_NONE && b->namings[at].seq >= seq)
        at = b->namings[at].before;
    return at == MAP_NONE ? OBJECTS_NONE : b->namings[at].object;
}

static u32 object_told(const struct build *b, const struct mark *mark)
{
    bool has_hsid = !(mark->missing >> F_signal_match_hsid & 1) && mark->v[F_signal_match_hsid];
    bool has_handle = !(mark->missing >> F_signal_match_handle & 1) && mark->v[F_signal_match_handle];
    u32 object = has_hsid ? named_then(b, mark->v[F_signal_match_hsid], mark->seq) : OBJECTS_NONE;
    if (object == OBJECTS_NONE && has_handle)
        object = objects_by_handle(b->objects, mark->v[F_signal_match_handle], mark->seq);
    return object;
}

/* A thread's: rows of `m`, in order. */
static bool match_thread(struct build *b, const struct matches *m, const u32 *rows, u32 count, struct err *err)
{
    u64 *positions = malloc((count + 1u) * sizeof *positions);
    struct mark *marks = malloc((count + 1u) * sizeof *marks);
    CHECK(positions && marks, "out of memory");
    for (u32 i = 0; i < count; i++)
        positions[i] = m->rows[rows[i]].position;
    bool ok = !count || marks_at(b->run, b->facts, m->rows[rows[0]].place, positions, count, marks, err);
    for (u32 i = 0; ok && i < count; i++)
        objects_match(b, &b->objects->signals[m->rows[rows[i]].signal], object_told(b, &marks[i]));
    free(positions);
    free(marks);
    return ok;
}

bool objects_match_all(struct build *b, struct err *err)
{
    u32 threads = run_thread_count(b->run);
    struct matches m = {0};
    struct groups by_place;
    if (!sites_have(b->run, EVENT_signal_match) && !sites_have(b->run, EVENT_wake_requested))
        return true;
    bool ok = find_all(b, &m, err);
    u32 *places = malloc((m.count + 1u) * sizeof *places);
    CHECK(places, "out of memory");
    for (u32 i = 0; i < m.count; i++)
        places[i] = m.rows[i].place;
    groups_make(&by_place, NULL, m.count, places, threads);
    for (u32 i = 0; ok && i < threads; i++)
        ok = match_thread(b, &m, by_place.rows + by_place.first[i], by_place.first[i + 1] - by_place.first[i], err);
    groups_free(&by_place);
    free(places);
    free(m.rows);
    return ok;
}
