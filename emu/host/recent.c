/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/recent.h"

#include "schema/status.h"

#include <stdio.h>

static void begin(struct recent *recent, const struct event *event)
{
    u32 slot = event->thread % RECENT_THREADS;
    if (recent->threads[slot].thread != event->thread)
        recent->threads[slot].held = 0;
    recent->threads[slot].thread = event->thread;
    if (recent->threads[slot].held < RECENT_CALLS)
        recent->threads[slot].held++;
    struct recent_call *call = &recent->threads[slot].call[recent->threads[slot].next++ % RECENT_CALLS];
    *call = (struct recent_call){.op = event->op, .lr = event->lr, .times = 1};
    call->count = event->count < F_call_text ? event->count : F_call_text;
    if (call->count > RECENT_ARGUMENTS)
        call->count = RECENT_ARGUMENTS;
    for (u32 i = 0; i < call->count; i++)
        call->arguments[i] = (u32)event->v[F_call_a0 + i];
}

static bool is_same(const struct recent_call *a, const struct recent_call *b)
{
    return a->op == b->op && a->lr == b->lr && a->result == b->result && a->returned == b->returned &&
           a->refused == b->refused && a->count == b->count &&
           !memcmp(a->arguments, b->arguments, a->count * sizeof a->arguments[0]);
}

/* A call that repeats the one before it takes no place of its own. */
static void fold(struct recent *recent, u32 slot, const struct recent_call *last)
{
    u32 next = recent->threads[slot].next;
    struct recent_call *before = &recent->threads[slot].call[(next - 2) % RECENT_CALLS];
    if (recent->threads[slot].held < 2 || !is_same(before, last))
        return;
    before->times++;
    recent->threads[slot].next--;
    recent->threads[slot].held--;
}

static void finish(struct recent *recent, const struct event *event)
{
    u32 slot = event->thread % RECENT_THREADS;
    if (!recent->threads[slot].held || recent->threads[slot].thread != event->thread)
        return;
    /* Others may have come in between: an APC's routine calls within a wait. */
    u32 back = 1, held = recent->threads[slot].held;
    const u32 next = recent->threads[slot].next;
    struct recent_call *last = &recent->threads[slot].call[(next - back) % RECENT_CALLS];
    while ((last->op != event->op || last->returned) && back++ < held)
        last = &recent->threads[slot].call[(next - back) % RECENT_CALLS];
    if (back > held)
        return;
    if (event->kind == EVENT_unimplemented) {
        last->refused = true;
        return;
    }
    last->returned = true;
    last->result = event->v[F_return_result];
    if (back == 1)
        fold(recent, slot, last);
}

static bool is_miss(u32 status)
{
    return status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_OBJECT_PATH_NOT_FOUND ||
           status == STATUS_NO_SUCH_FILE || status == STATUS_NO_SUCH_DEVICE;
}

static void forget(struct recent *recent, u32 i)
{
    recent->misses--;
    memmove(&recent->miss[i], &recent->miss[i + 1], (recent->misses - i) * sizeof recent->miss[0]);
}

static void miss(struct recent *recent, const struct event *event, const char *text)
{
    struct recent_miss new = {.time = event->time, .thread = event->thread};
    new.status = (u32)event->v[F_file_status];
    snprintf(new.path, sizeof new.path, "%s", text);
    for (u32 i = 0; i < recent->misses; i++)
        if (!strcmp(recent->miss[i].path, new.path))
            forget(recent, i);
    if (recent->misses == RECENT_MISSES)
        forget(recent, 0);
    recent->miss[recent->misses++] = new;
}

void recent_hear(struct recent *recent, const struct event *event, const char *text)
{
    if (event->kind == EVENT_call)
        begin(recent, event);
    else if (event->kind == EVENT_return || event->kind == EVENT_unimplemented)
        finish(recent, event);
    else if (event->kind == EVENT_file && text && is_miss((u32)event->v[F_file_status]))
        miss(recent, event, text);
}

const struct recent_call *recent_at(const struct recent *recent, u32 thread, u32 i)
{
    u32 slot = thread % RECENT_THREADS;
    if (recent->threads[slot].thread != thread || i >= recent->threads[slot].held)
        return NULL;
    return &recent->threads[slot].call[(recent->threads[slot].next - recent->threads[slot].held + i) % RECENT_CALLS];
}
