/* SPDX-License-Identifier: BSD-3-Clause
 * The frame loop: each frame gives small jobs to the workers, waits for them, completes what was deferred and sleeps
 * until the next frame is due by the time base. Every fourth frame streams an item in the background. */
#include "coldboot.h"

enum { FRAMES_PER_SECOND = 60, BLOCKS = 8, STREAM_EVERY = 4, DUPLICATE_SAME_ACCESS = 2, STATUS_TIMEOUT = 0x102 };

static volatile u32 jobs_left;
static struct event frame_done;
static u32 job_sum;

/* Takes blocks from the shared heap, fills them, gives them back in another order. */
static u32 job_run(struct work *work)
{
    u32 *blocks[BLOCKS];
    u32 seed = work->number * 2654435761u + 1, sum = 0;
    for (u32 i = 0; i < BLOCKS; i++) {
        u32 words = 8 + (seed >> 24);
        blocks[i] = heap_alloc(words * 4);
        for (u32 w = 0; blocks[i] && w < words; w++) {
            seed = seed * 1664525 + 1013904223;
            blocks[i][w] = seed;
            sum += seed >> 16;
        }
    }
    for (u32 i = 0; i < BLOCKS; i++)
        heap_free(blocks[(i * 3 + 1) % BLOCKS]);
    heap_free(work);
    __atomic_fetch_add(&job_sum, sum, __ATOMIC_SEQ_CST);
    if (__atomic_sub_fetch(&jobs_left, 1, __ATOMIC_SEQ_CST) == 0)
        KeSetEvent(&frame_done, 1, 0);
    return 0;
}

static void run_jobs(u32 frame)
{
    if (!settings.jobs)
        return;
    jobs_left = settings.jobs;
    for (u32 i = 0; i < settings.jobs; i++) {
        struct work *work = heap_alloc(sizeof *work);
        *work = (struct work){.run = job_run, .number = frame * 64 + i};
        dispatch_post(work);
    }
    KeWaitForSingleObject(&frame_done, REASON_EXECUTIVE, MODE_KERNEL, 0, NULL);
}

/* One item in flight at a time; its event is looked at, not waited for. */
struct stream {
    struct work work;
    HANDLE event;
};

static void stream_begin(struct stream *stream, u32 number)
{
    stream->event = event_create(EVENT_NOTIFICATION);
    stream->work = (struct work){.run = item_fetch, .number = number, .completion = COMPLETE_DEFERRED};
    NtDuplicateObject(stream->event, &stream->work.done, DUPLICATE_SAME_ACCESS);
    dispatch_post(&stream->work);
}

static void stream_poll(struct stream *stream)
{
    s64 now = 0;
    if (stream->event && NtWaitForSingleObjectEx(stream->event, MODE_USER, 0, &now) != STATUS_TIMEOUT) {
        NtClose(stream->event);
        stream->event = 0;
    }
}

u32 frame_loop(void)
{
    static struct stream stream;
    u64 frequency = KeQueryPerformanceFrequency();
    u64 frame_ticks = frequency / FRAMES_PER_SECOND;
    u64 next = __builtin_ppc_get_timebase() + frame_ticks;
    KeInitializeEvent(&frame_done, EVENT_SYNCHRONIZATION, 0);
    for (u32 frame = 0; frame < settings.frames; frame++, next += frame_ticks) {
        if (!stream.event && frame % STREAM_EVERY == 0 && settings.items)
            stream_begin(&stream, frame / STREAM_EVERY % settings.items);
        run_jobs(frame);
        dispatch_flush();
        stream_poll(&stream);
        s64 left = (s64)(next - __builtin_ppc_get_timebase());
        if (left > 0)
            sleep_100ns(left * 10000000 / (s64)frequency);
    }
    while (stream.event) {
        sleep_100ns(10000);
        dispatch_flush();
        stream_poll(&stream);
    }
    return job_sum;
}
