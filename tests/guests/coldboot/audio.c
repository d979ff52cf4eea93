/* SPDX-License-Identifier: BSD-3-Clause
 * Audio: a clock thread on a periodic timer, a mixer, an output; joined by semaphores and events whose dispatcher
 * headers lie in the title's own memory, with a spin lock at raised IRQL and a critical section between them. */
#include "coldboot.h"

enum { STACK = 0x10000, PERIOD_MS = 5, SAMPLES = 256, VOICES = 4, PRIMED_AFTER = 4, BOOST = 2 };

struct buffer {
    struct buffer *next;
    s16 samples[SAMPLES * 2];
};

struct voice {
    float turn, now, before; /* a sine by recurrence */
};

static struct timer timer;
static struct semaphore due, mixed;
static struct event stop, ready, consumed;
static struct critical_section lock;
static u32 spin;
static u32 clock_ticks; /* under spin */
static struct buffer *first, *last;
static HANDLE primed;
static HANDLE threads[AUDIO_THREADS];
static struct audio_totals totals;

static const float turns[VOICES] = {1.99669F, 1.99255F, 1.98676F, 1.97932F};

/* 0: the second object; anything else: to stop. */
static u32 wait_or_stop(void *object)
{
    void *objects[2] = {&stop, object};
    return KeWaitForMultipleObjects(2, objects, WAIT_ANY, REASON_EXECUTIVE, MODE_KERNEL, 0, NULL, NULL) != 1;
}

static void clock_thread(void *context)
{
    (void)context;
    while (!wait_or_stop(&timer)) {
        u32 irql = KeRaiseIrqlToDpcLevel();
        KeAcquireSpinLockAtRaisedIrql(&spin);
        clock_ticks++;
        KeReleaseSpinLockFromRaisedIrql(&spin);
        KfLowerIrql(irql);
        KeReleaseSemaphore(&due, 1, 1, 0);
    }
    ExTerminateThread(0);
}

static void mix(struct voice *voices, struct buffer *buffer)
{
    for (u32 i = 0; i < SAMPLES; i++) {
        float sum = 0.0F;
        for (u32 v = 0; v < VOICES; v++) {
            float next = voices[v].turn * voices[v].now - voices[v].before;
            voices[v].before = voices[v].now;
            voices[v].now = next;
            sum += next;
        }
        buffer->samples[i * 2] = (s16)(sum * 4000.0F);
        buffer->samples[i * 2 + 1] = (s16)(sum * -4000.0F);
    }
}

static void submit(struct buffer *buffer)
{
    buffer->next = NULL;
    RtlEnterCriticalSection(&lock);
    if (last)
        last->next = buffer;
    else
        first = buffer;
    last = buffer;
    totals.mixed++;
    RtlLeaveCriticalSection(&lock);
    KeReleaseSemaphore(&mixed, 1, 1, 0);
}

static void mixer_thread(void *context)
{
    struct voice voices[VOICES];
    (void)context;
    for (u32 v = 0; v < VOICES; v++)
        voices[v] = (struct voice){turns[v], 0.1F * (float)(v + 1), 0.0F};
    for (;;) {
        RtlEnterCriticalSection(&lock);
        KeSetEvent(&ready, 1, 0);
        RtlLeaveCriticalSection(&lock);
        if (wait_or_stop(&due))
            break;
        struct buffer *buffer = heap_alloc(sizeof *buffer);
        if (!buffer)
            break;
        mix(voices, buffer);
        submit(buffer);
        KeWaitForSingleObject(&consumed, REASON_EXECUTIVE, MODE_KERNEL, 0, NULL);
    }
    ExTerminateThread(0);
}

static void play(const struct buffer *buffer)
{
    for (u32 i = 0; i < SAMPLES * 2; i++)
        totals.checksum = (totals.checksum ^ (u16)buffer->samples[i]) * 0x01000193;
    totals.played++;
    if (totals.played == PRIMED_AFTER)
        NtSetEvent(primed, NULL);
}

static void output_thread(void *context)
{
    (void)context;
    KeWaitForSingleObject(&ready, REASON_EXECUTIVE, MODE_KERNEL, 0, NULL);
    while (!wait_or_stop(&mixed)) {
        RtlEnterCriticalSection(&lock);
        struct buffer *buffer = first;
        first = buffer->next;
        if (!first)
            last = NULL;
        RtlLeaveCriticalSection(&lock);
        play(buffer);
        heap_free(buffer);
        KeSetEvent(&consumed, 1, 0);
    }
    KeSetEvent(&consumed, 1, 0); /* the mixer may be waiting for a buffer that nobody takes any more */
    ExTerminateThread(0);
}

/* Created suspended, raised, resumed by pointer: as audio drivers do. */
static HANDLE start_thread(void (*start)(void *), u32 hw)
{
    void *object = NULL;
    HANDLE thread = thread_create(start, NULL, STACK, 1u << hw);
    if (ObReferenceObjectByHandle(thread, NULL, (void *)&object))
        return 0;
    KeSetBasePriorityThread(object, BOOST);
    KeResumeThread(object);
    ObDereferenceObject(object);
    return thread;
}

/* False: it could not be started. Returns when the first buffers have been played. */
bool audio_start(void)
{
    RtlInitializeCriticalSectionAndSpinCount(&lock, 100);
    KeInitializeTimerEx(&timer, TIMER_SYNCHRONIZATION);
    KeInitializeSemaphore(&due, 0, 64);
    KeInitializeSemaphore(&mixed, 0, 64);
    KeInitializeEvent(&stop, EVENT_NOTIFICATION, 0);
    KeInitializeEvent(&ready, EVENT_SYNCHRONIZATION, 0);
    KeInitializeEvent(&consumed, EVENT_SYNCHRONIZATION, 0);
    primed = event_create(EVENT_NOTIFICATION);
    threads[0] = start_thread(clock_thread, 4);
    threads[1] = start_thread(mixer_thread, 5);
    threads[2] = start_thread(output_thread, 3);
    if (!threads[0] || !threads[1] || !threads[2])
        return false;
    KeSetTimerEx(&timer, -53333, PERIOD_MS, NULL);
    if (settings.misbehave == MISBEHAVE_MISSED_TIMER)
        KeCancelTimer(&timer); /* a reset of the device that should arm it again */
    wait_for(primed);
    return true;
}

void audio_stop(struct audio_totals *out)
{
    KeSetEvent(&stop, 1, 0);
    for (u32 i = 0; i < AUDIO_THREADS; i++) {
        wait_for(threads[i]);
        NtClose(threads[i]);
    }
    KeCancelTimer(&timer);
    while (first) {
        struct buffer *buffer = first;
        first = buffer->next;
        heap_free(buffer);
    }
    NtClose(primed);
    totals.ticks = clock_ticks;
    *out = totals;
}
