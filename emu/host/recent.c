/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/recent.h"

static void begin(struct recent *recent, const struct event *event)
{
    u32 slot = event->thread % RECENT_THREADS;
    if (recent->threads[slot].thread != event->thread)
        recent->threads[slot].calls = 0;
    recent->threads[slot].thread = event->thread;
    struct recent_call *call = &recent->threads[slot].call[recent->threads[slot].calls++ % RECENT_CALLS];
    *call = (struct recent_call){.op = event->op, .lr = event->lr};
    call->count = event->count < F_call_text ? event->count : F_call_text;
    if (call->count > RECENT_ARGUMENTS)
        call->count = RECENT_ARGUMENTS;
    for (u32 i = 0; i < call->count; i++)
        call->arguments[i] = (u32)event->v[F_call_a0 + i];
}

void recent_hear(struct recent *recent, const struct event *event)
{
    u32 slot = event->thread % RECENT_THREADS, calls = recent->threads[slot].calls;
    if (event->kind == EVENT_call) {
        begin(recent, event);
        return;
    }
    if ((event->kind != EVENT_return && event->kind != EVENT_unimplemented) || !calls ||
        recent->threads[slot].thread != event->thread)
        return;
    struct recent_call *last = &recent->threads[slot].call[(calls - 1) % RECENT_CALLS];
    if (last->op != event->op)
        return;
    if (event->kind == EVENT_unimplemented) {
        last->refused = true;
        return;
    }
    last->returned = true;
    last->result = event->v[F_return_result];
}

const struct recent_call *recent_at(const struct recent *recent, u32 thread, u32 i)
{
    u32 slot = thread % RECENT_THREADS, calls = recent->threads[slot].calls;
    u32 first = calls > RECENT_CALLS ? calls - RECENT_CALLS : 0;
    if (recent->threads[slot].thread != thread || first + i >= calls)
        return NULL;
    return &recent->threads[slot].call[(first + i) % RECENT_CALLS];
}
