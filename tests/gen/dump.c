/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/gen/dump.h"

#include <stdio.h>

static void put_object(struct gen_out *out, const struct gen_run *run, struct gen_handle handle)
{
    const struct gen_object_state *object = &run->objects[handle.object];
    char text[96];
    switch (object->type) {
    case GEN_THREAD:
        snprintf(text, sizeof text, "0x%08x = Thread(id=%u)", handle.raw, run->threads[object->thread].tid);
        break;
    case GEN_SEMAPHORE:
        snprintf(text, sizeof text, "0x%08x = Semaphore(count=%d)", handle.raw, object->count);
        break;
    default:
        snprintf(text, sizeof text, "0x%08x = Event(manual=%d, signaled=%d)", handle.raw, object->is_manual,
                 object->count);
    }
    out_text(out, text);
}

static void put_thread(struct gen_out *out, const struct gen_run *run, const struct gen_thread *thread)
{
    bool is_blocked = thread->state == THREAD_BLOCKED;
    out_text(out, "tid=");
    out_decimal(out, thread->tid);
    out_text(out, is_blocked ? " state=Blocked waits_on=" : " state=Ready");
    for (u32 i = 0; is_blocked && i < thread->wait_count; i++) {
        if (i > 0)
            out_text(out, ", ");
        put_object(out, run, thread->wait_handles[i]);
    }
    out_end_line(out);
}

void dump_write(struct gen_out *out, const struct gen_run *run)
{
    out_text(out, "halt-on-deadlock: no thread can run");
    out_end_line(out);
    for (u32 i = 0; i < run->thread_count; i++)
        if (run->threads[i].state != THREAD_DONE)
            put_thread(out, run, &run->threads[i]);
}
