/* SPDX-License-Identifier: BSD-3-Clause
 * Contradictions between sources (diff/contradict.h). */
#include "diff/contradict.h"
#include "diff/sites.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct find {
    struct waits *waits;
    struct run *run;
    const struct site_fact *facts;
    void (*report)(void *context, const char *sentence);
    void *context;
    u64 count;
};

__attribute__((format(printf, 2, 3))) static void tell(struct find *f, const char *format, ...)
{
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    f->report(f->context, sentence);
    f->count++;
}

static u32 index_of(struct find *f, u32 place, u64 position)
{
    struct run_span span;
    struct err err;
    return run_read(f->run, place, position, &span, &err) && span.count ? span.index[0] : 0;
}

static void check_phantom(struct find *f, const struct wait *wait)
{
    u32 thread = run_thread(f->run, wait->place)->thread;
    if (wait->state != WAIT_PHANTOM)
        return;
    if (wait->by_snapshot)
        tell(f, "%u@%u: %s has a return (%u@%u), but a dump shows thread %u blocked: a phantom return", thread,
             index_of(f, wait->place, wait->call), run_op_name(f->run, wait->op), thread,
             index_of(f, wait->place, wait->end), thread);
    else
        tell(
            f,
            "%u@%u: %s has a return (%u@%u) at once, as all endless waits of this log, and thread %u did nothing after "
            "it: a phantom return",
            thread, index_of(f, wait->place, wait->call), run_op_name(f->run, wait->op), thread,
            index_of(f, wait->place, wait->end), thread);
}

static void check_snapshot(struct find *f, const struct event *e)
{
    size_t size;
    const char *state = journal_string(run_journal(f->run), (u32)e->v[F_snapshot_state], &size);
    u32 thread = (u32)e->v[F_snapshot_thread], place = run_thread_place(f->run, thread);
    if (!event_tells(e, F_snapshot_thread))
        return;
    if (place == UINT32_MAX || !run_thread(f->run, place)->events) {
        tell(f, "a dump (%u@%u) tells of thread %u (%.40s), of which the log has nothing", e->thread, e->index, thread,
             state);
        return;
    }
    bool blocked = waits_says_blocked(state);
    u32 open = waits_open(f->waits, place);
    const struct wait *wait = open == UINT32_MAX ? NULL : &f->waits->rows[open];
    if (blocked && run_thread(f->run, place)->exited)
        tell(f, "a dump (%u@%u) shows thread %u blocked, which has ended in the log", e->thread, e->index, thread);
    else if (blocked && !wait)
        tell(f, "a dump (%u@%u) shows thread %u blocked, but its last wait ended and it went on", e->thread, e->index,
             thread);
    else if (!blocked && wait)
        tell(f, "a dump (%u@%u) shows thread %u as %.40s, but its wait %u@%u never ended", e->thread, e->index, thread,
             state, thread, index_of(f, place, wait->call));
    if (!blocked || !wait || !event_tells(e, F_snapshot_handle) || wait->object_count != 1)
        return;
    u32 object = objects_by_handle(f->waits->objects, e->v[F_snapshot_handle], UINT64_MAX);
    if (object != OBJECTS_NONE && wait->objects[0] != OBJECTS_NONE && object != wait->objects[0])
        tell(f, "a dump (%u@%u) shows thread %u waiting on handle 0x%llX, its last wait (%u@%u) is on something else",
             e->thread, e->index, thread, (unsigned long long)e->v[F_snapshot_handle], thread,
             index_of(f, place, wait->call));
}

/* Events of a thread behind its end; dumps are told where their kinds are looked for. */
static void check_stream(struct find *f, u32 place)
{
    struct run_span span;
    struct err err;
    struct event e;
    u64 ended = UINT64_MAX, *snapshots = NULL;
    size_t count = 0;
    bool told = false;
    for (u64 position = 0; run_read(f->run, place, position, &span, &err) && span.count; position += span.count)
        for (u32 i = 0; i < span.count; i++) {
            u8 kind = f->facts[span.site[i]].kind;
            if (kind == EVENT_snapshot) {
                snapshots = realloc(snapshots, (count + 1) * sizeof *snapshots);
                CHECK(snapshots, "out of memory");
                snapshots[count++] = position + i;
            } else if (ended != UINT64_MAX && kind == EVENT_call && !told) {
                told = true;
                tell(f, "%u@%u: a call of a thread that ended before", run_thread(f->run, place)->thread,
                     span.index[i]);
            }
            ended = kind == EVENT_thread_exit ? position + i : ended;
        }
    for (size_t i = 0; i < count; i++)
        if (run_event(f->run, place, snapshots[i], &e, &err))
            check_snapshot(f, &e);
    free(snapshots);
}

static void check_counts(struct find *f)
{
    u64 events = 0;
    for (u32 place = 0; place < run_thread_count(f->run); place++)
        events += run_thread(f->run, place)->events;
    if (events != journal_event_count(run_journal(f->run)))
        tell(f, "the threads have %llu events in all, the journal %llu", (unsigned long long)events,
             (unsigned long long)journal_event_count(run_journal(f->run)));
}

u64 contradict_find(struct waits *waits, void (*report)(void *context, const char *sentence), void *context)
{
    struct site_fact *facts = sites_make(waits->run);
    struct find f = {.waits = waits, .run = waits->run, .facts = facts, .report = report, .context = context};
    for (u32 i = 0; i < waits->count; i++)
        check_phantom(&f, &waits->rows[i]);
    for (u32 place = 0; place < run_thread_count(waits->run); place++)
        check_stream(&f, place);
    check_counts(&f);
    free(facts);
    return f.count;
}
