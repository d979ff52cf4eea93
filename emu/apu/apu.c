/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/apu/apu.h"

#include "emu/kernel/heap.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/service.h"
#include "emu/memory/memory.h"

#include <xxhash.h>

/* A client that does not come back from its callback is not asked ever more often. */
enum { CALLBACKS_PENDING = APU_CLIENTS };

/* The tick at which the n-th frame of a client is due. */
static u64 frame_tick(const struct apu_client *client, u64 n)
{
    return client->registered + n * APU_SAMPLES * TICKS_PER_SECOND / APU_RATE;
}

static void ask(struct engine *e, struct apu_client *client)
{
    u64 due = frame_tick(client, client->asked + 1);
    while (due <= e->m->tick) {
        client->asked++;
        due = frame_tick(client, client->asked + 1);
        struct apc apc = {.mode = APC_SERVICE, .routine = client->callback, .context = client->argument};
        if (service_pending(e->m, SERVICE_AUDIO) < CALLBACKS_PENDING)
            service_queue(e, SERVICE_AUDIO, &apc, HW_THREADS);
    }
    sched_deadline(e, due);
}

void apu_tick(struct engine *e)
{
    for (u32 i = 0; i < APU_CLIENTS; i++) {
        if (e->m->apu.client[i].callback)
            ask(e, &e->m->apu.client[i]);
    }
}

u32 apu_register(struct engine *e, u32 callback, u32 context)
{
    for (u32 i = 0; i < APU_CLIENTS; i++) {
        struct apu_client *client = &e->m->apu.client[i];
        if (client->callback)
            continue;
        u32 argument = heap_alloc(e, 4);
        if (!argument || !callback)
            return APU_CLIENTS;
        memory_set32(e, argument, context);
        *client = (struct apu_client){.registered = engine_time(e), .callback = callback, .argument = argument};
        sched_deadline(e, frame_tick(client, 1));
        return i;
    }
    return APU_CLIENTS;
}

bool apu_is_client(const struct engine *e, u32 client)
{
    return client < APU_CLIENTS && e->m->apu.client[client].callback;
}

bool apu_unregister(struct engine *e, u32 client)
{
    if (!apu_is_client(e, client))
        return false;
    heap_free(e, e->m->apu.client[client].argument);
    e->m->apu.client[client] = (struct apu_client){0};
    return true;
}

bool apu_submit(struct engine *e, u32 client, u32 samples, u32 thread, u32 op, u32 lr)
{
    u8 frame[APU_FRAME_BYTES];
    if (!memory_read(e, samples, frame, sizeof frame))
        return false;
    struct event event = event_begin(e, EVENT_audio, thread);
    event.op = op;
    event.lr = lr;
    event.v[F_audio_client] = client;
    event.v[F_audio_number] = ++e->m->apu.client[client].frames;
    event.v[F_audio_hash] = XXH3_64bits(frame, sizeof frame);
    event_emit(e, &event);
    return true;
}
