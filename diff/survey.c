/* SPDX-License-Identifier: BSD-3-Clause
 * The survey of a journal (diff/survey.h): kinds come from the blocks' site tables, threads from the few blocks that
 * hold their creation or start. */
#include "diff/survey.h"

#include <stdlib.h>

static int by_id(const void *a, const void *b)
{
    const struct survey_thread *x = a, *y = b;
    return x->thread < y->thread ? -1 : x->thread > y->thread;
}

/* The last one is tried first: blocks of a cut name few threads. */
static struct survey_thread *find_or_add(struct survey *s, u32 thread)
{
    for (size_t i = s->thread_count; i--;)
        if (s->threads[i].thread == thread)
            return &s->threads[i];
    s->threads = realloc(s->threads, (s->thread_count + 1) * sizeof *s->threads);
    CHECK(s->threads, "out of memory");
    s->threads[s->thread_count] = (struct survey_thread){.thread = thread, .first_time = UINT64_MAX};
    return &s->threads[s->thread_count++];
}

static void note_event(struct survey *s, const struct event *e)
{
    if (e->kind == EVENT_thread_create && event_tells(e, F_thread_create_child)) {
        struct survey_thread *t = find_or_add(s, (u32)e->v[F_thread_create_child]);
        t->parent = e->thread;
        t->created = true;
        t->entry = (u32)e->v[F_thread_create_entry];
        t->lineage = e->v[F_thread_create_lineage];
    } else if (e->kind == EVENT_thread_start) {
        struct survey_thread *t = find_or_add(s, e->thread);
        t->entry = (u32)e->v[F_thread_start_entry];
        t->lineage = e->v[F_thread_start_lineage];
        t->started = true;
    }
}

static void note_damage(struct survey *s, const struct err *err)
{
    if (!s->damaged++)
        s->damage = *err;
}

/* Those of its events that create or start a thread, so many. */
static void read_block(struct survey *s, struct journal_reader *journal, size_t i, u64 count)
{
    const struct journal_choice choice = {.kinds = 1ULL << EVENT_thread_create | 1ULL << EVENT_thread_start};
    struct event *events = malloc(count * sizeof *events);
    struct err err;
    u32 found = 0;
    CHECK(events, "out of memory");
    bool ok = journal_block_select(journal, i, choice, events, NULL, &found, &err);
    for (u32 n = 0; ok && n < found; n++)
        note_event(s, &events[n]);
    if (!ok)
        note_damage(s, &err);
    free(events);
}

static void survey_block(struct survey *s, struct journal_reader *journal, size_t i)
{
    const struct journal_block *block = journal_block_at(journal, i);
    struct survey_thread *t = find_or_add(s, block->thread);
    t->events += block->count;
    t->first_time = block->first_time < t->first_time ? block->first_time : t->first_time;
    t->last_time = block->last_time > t->last_time ? block->last_time : t->last_time;
    u64 kinds[EVENT_KINDS] = {0};
    struct err err;
    if (!journal_block_kinds(journal, i, kinds, &err)) {
        note_damage(s, &err);
        return;
    }
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        s->kinds[kind] += kinds[kind];
    u64 of_threads = kinds[EVENT_thread_create] + kinds[EVENT_thread_start];
    if (of_threads)
        read_block(s, journal, i, of_threads);
}

void survey_make(struct survey *survey, struct journal_reader *journal)
{
    *survey = (struct survey){0};
    for (size_t i = 0; i < journal_block_count(journal); i++)
        survey_block(survey, journal, i);
    if (survey->thread_count)
        qsort(survey->threads, survey->thread_count, sizeof *survey->threads, by_id);
}

void survey_free(struct survey *survey)
{
    free(survey->threads);
    *survey = (struct survey){0};
}

const struct survey_thread *survey_thread(const struct survey *survey, u32 thread)
{
    struct survey_thread key = {.thread = thread};
    if (!survey->thread_count)
        return NULL;
    return bsearch(&key, survey->threads, survey->thread_count, sizeof key, by_id);
}

const struct survey_thread *survey_lineage(const struct survey *survey, u64 lineage)
{
    for (size_t i = 0; i < survey->thread_count; i++)
        if (lineage && survey->threads[i].lineage == lineage)
            return &survey->threads[i];
    return NULL;
}
