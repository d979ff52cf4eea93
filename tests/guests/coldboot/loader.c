/* SPDX-License-Identifier: BSD-3-Clause
 * The cache loader: brings every item into the cache, one after another, and checks what is there. An item that is
 * there already needs no worker: the loader sets the event that it waits for itself. */
#include "coldboot.h"

enum { STACK = 0x10000, DUPLICATE_SAME_ACCESS = 2, PROGRESS_100NS = 1000000 };

/* Asks whether the cache has the item, whole as far as its size tells. */
static bool is_cached(u32 number)
{
    char path[32];
    u32 size = 0;
    file_path(path, "cache:\\item", number, ".bin");
    u32 status = file_size(path, &size);
    if (status) {
        RtlNtStatusToDosError(status);
        return false;
    }
    return size == items[number].size;
}

/* A check without a lock, something slow, and then the wait: what is signalled in between must stay signalled. */
static void wait_done(struct work *work, HANDLE event)
{
    if (settings.misbehave == MISBEHAVE_LOST_WAKEUP && work->number == settings.items / 2 && !work->finished)
        sleep_100ns(PROGRESS_100NS);
    wait_for(event);
}

static bool load_item(struct loader *loader, u32 number)
{
    struct work *work = heap_alloc(sizeof *work);
    HANDLE event = event_create(EVENT_SYNCHRONIZATION);
    *work = (struct work){.run = item_fetch, .number = number, .completion = loader->completion};
    NtDuplicateObject(event, &work->done, DUPLICATE_SAME_ACCESS);
    bool cached = is_cached(number);
    if (cached && work->completion == COMPLETE_AT_ONCE) {
        NtSetEvent(work->done, NULL);
        NtClose(work->done);
        loader->hit++;
    } else {
        dispatch_post(work);
        loader->loaded++;
    }
    wait_done(work, event);
    NtClose(event);
    heap_free(work);
    return item_verify(number);
}

static void loader_thread(void *context)
{
    struct loader *loader = context;
    loader->loaded = loader->hit = loader->bad = 0;
    loader->checksum = 0;
    for (u32 i = 0; i < settings.items; i++) {
        if (!load_item(loader, i))
            loader->bad++;
        else
            loader->checksum = (loader->checksum << 1 | loader->checksum >> 31) ^ items[i].checksum;
    }
    ExTerminateThread(0);
}

HANDLE loader_start(struct loader *loader)
{
    return thread_create(loader_thread, loader, STACK, 1 << 1);
}
