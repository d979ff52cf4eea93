/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/engine.h"

#include "emu/memory/memory.h"
#include "schema/export.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct engine *engine_create(struct err *err)
{
    struct engine *e = calloc(1, sizeof *e);
    if (!e) {
        err_set(err, "no memory for the engine");
        return NULL;
    }
    e->noted = calloc(export_count(), 1);
    e->blocks = block_cache_create();
    if (!e->noted || !e->blocks) {
        err_set(err, "no memory for the engine");
        goto fail;
    }
    if (!memory_create(e, err))
        goto fail;
    e->m->semantics = MACHINE_SEMANTICS;
    e->m->size = sizeof *e->m;
    e->m->hw_place = HW_THREADS;
    e->m->next_deadline = TICKS_NEVER;
    gpu_reset(e);
    config_default(&e->m->config);
    return e;
fail:
    engine_destroy(e);
    return NULL;
}

void engine_destroy(struct engine *e)
{
    if (!e)
        return;
    block_cache_destroy(e->blocks);
    free(e->files);
    memory_destroy(e);
    free(e->noted);
    free(e);
}

void engine_derive(struct engine *e)
{
    free(e->files);
    e->files = NULL;
    memory_derive(e);
}

void engine_note(struct engine *e, const char *format, ...)
{
    if (!e->note)
        return;
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    e->note(e->note_context, line);
}

u64 engine_time(const struct engine *e)
{
    const struct machine *m = e->m;
    if (m->hw_place >= HW_THREADS)
        return m->tick;
    return m->tick + (m->hw[m->hw_order[m->hw_place]].retired + e->in_block) / m->config.instructions_per_tick;
}

struct event event_begin(struct engine *e, enum event_kind kind, u32 thread)
{
    struct event event = {.time = engine_time(e), .thread = thread, .kind = (u8)kind};
    event.count = (u8)event_type(kind)->field_count;
    return event;
}

static struct event_stream *event_stream(struct engine *e, u32 thread)
{
    struct machine *m = e->m;
    if (thread == 0)
        return &m->machine_stream;
    if (m->running != 0 && m->threads[m->running].id == thread)
        return &m->threads[m->running].stream;
    for (u32 slot = 1; slot <= m->thread_pool.high; slot++) {
        if (m->threads[slot].id == thread)
            return &m->threads[slot].stream;
    }
    CHECK(false, "an event of thread %u, which does not exist", thread);
}

/* A thread that another wakes from earlier in the slice goes on where its own time has come to. */
void event_emit(struct engine *e, struct event *event)
{
    struct event_stream *stream = event_stream(e, event->thread);
    if (event->time < stream->time)
        event->time = stream->time;
    stream->time = event->time;
    event->seq = e->m->events++;
    event->index = (u32)stream->count++;
    if (e->observer.emit)
        e->observer.emit(e->observer.context, event);
}

u32 event_string(struct engine *e, const char *text)
{
    if (!e->observer.intern || text[0] == '\0')
        return 0;
    return e->observer.intern(e->observer.context, text, strlen(text));
}
