/* SPDX-License-Identifier: BSD-3-Clause
 * The queue of work: posted by any thread, done by four workers that a semaphore wakes. Two locks: the queue's, and the
 * catalogue's of what is pending and done; the order is queue, then catalogue. */
#include "coldboot.h"

enum { STACK = 0x10000, SPIN = 100, FLUSH_100NS = 1000000 };

struct worker {
    HANDLE thread;
    u32 index;
    u32 done;
};

static struct worker workers[WORKERS];
static struct critical_section queue_lock;
static struct critical_section catalogue_lock;
static struct work *queue_first, *queue_last, *deferred;
static HANDLE semaphore;
static u32 tls_slot;
static volatile u32 stopping;
static struct {
    u32 pending;
    u32 bytes;
} catalogue;

static struct work *take(void)
{
    RtlEnterCriticalSection(&queue_lock);
    struct work *work = queue_first;
    if (work) {
        queue_first = work->next;
        if (!queue_first)
            queue_last = NULL;
    }
    RtlLeaveCriticalSection(&queue_lock);
    return work;
}

void dispatch_post(struct work *work)
{
    work->next = NULL;
    work->finished = 0;
    RtlEnterCriticalSection(&queue_lock);
    if (queue_last)
        queue_last->next = work;
    else
        queue_first = work;
    queue_last = work;
    RtlEnterCriticalSection(&catalogue_lock);
    catalogue.pending++;
    RtlLeaveCriticalSection(&catalogue_lock);
    RtlLeaveCriticalSection(&queue_lock);
    /* Two workers are asked for where the semaphore holds one: the release fails as a whole. */
    NtReleaseSemaphore(semaphore, settings.misbehave == MISBEHAVE_SEMAPHORE_LIMIT ? 2 : 1, NULL);
}

static void note(u32 bytes)
{
    if (settings.misbehave == MISBEHAVE_LOCK_ORDER && bytes) {
        RtlEnterCriticalSection(&catalogue_lock);
        sleep_100ns(FLUSH_100NS); /* a slow flush of the catalogue, which belongs after the locks */
        RtlEnterCriticalSection(&queue_lock);
    } else {
        RtlEnterCriticalSection(&queue_lock);
        RtlEnterCriticalSection(&catalogue_lock);
    }
    catalogue.pending--;
    catalogue.bytes += bytes;
    RtlLeaveCriticalSection(&catalogue_lock);
    RtlLeaveCriticalSection(&queue_lock);
}

static void signal(HANDLE done, u32 number)
{
    if (settings.misbehave == MISBEHAVE_LOST_WAKEUP && number == settings.items / 2)
        NtPulseEvent(done, NULL);
    else
        NtSetEvent(done, NULL);
    NtClose(done);
}

static void defer(struct work *work)
{
    RtlEnterCriticalSection(&queue_lock);
    work->next = deferred;
    deferred = work;
    RtlLeaveCriticalSection(&queue_lock);
}

/* The work's memory is its owner's again as soon as its event is set. */
static void do_work(struct work *work)
{
    struct work copy = *work;
    u32 bytes = work->run(work);
    if (copy.done && copy.completion == COMPLETE_AT_ONCE) {
        work->finished = 1;
        signal(copy.done, copy.number);
    } else if (copy.done) {
        defer(work);
    }
    note(bytes);
}

void dispatch_flush(void)
{
    RtlEnterCriticalSection(&queue_lock);
    struct work *work = deferred;
    deferred = NULL;
    RtlLeaveCriticalSection(&queue_lock);
    while (work) {
        struct work *next = work->next;
        HANDLE done = work->done;
        work->finished = 1;
        NtSetEvent(done, NULL);
        NtClose(done);
        work = next;
    }
}

static void worker_thread(void *context)
{
    KeTlsSetValue(tls_slot, context);
    for (;;) {
        wait_for(semaphore);
        struct work *work = take();
        if (work) {
            do_work(work);
            ((struct worker *)KeTlsGetValue(tls_slot))->done++;
        } else if (stopping) {
            break;
        }
    }
    ExTerminateThread(((struct worker *)context)->done);
}

bool dispatch_start(void)
{
    bool limited = settings.misbehave == MISBEHAVE_SEMAPHORE_LIMIT;
    RtlInitializeCriticalSectionAndSpinCount(&queue_lock, SPIN);
    RtlInitializeCriticalSectionAndSpinCount(&catalogue_lock, SPIN);
    tls_slot = KeTlsAlloc();
    if (NtCreateSemaphore(&semaphore, NULL, 0, limited ? 1 : 0x7FFFFFFF))
        return false;
    for (u32 i = 0; i < WORKERS; i++) {
        workers[i].index = i;
        workers[i].thread = thread_create(worker_thread, &workers[i], STACK, 1u << (2 + i));
        if (!workers[i].thread)
            return false;
        if (settings.misbehave != MISBEHAVE_WORKER_NOT_RESUMED)
            NtResumeThread(workers[i].thread, NULL);
    }
    return true;
}

u32 dispatch_bytes(void)
{
    RtlEnterCriticalSection(&catalogue_lock);
    u32 bytes = catalogue.bytes;
    RtlLeaveCriticalSection(&catalogue_lock);
    return bytes;
}

u32 dispatch_stop(void)
{
    u32 done = 0;
    stopping = 1;
    NtReleaseSemaphore(semaphore, WORKERS, NULL);
    for (u32 i = 0; i < WORKERS; i++) {
        wait_for(workers[i].thread);
        NtClose(workers[i].thread);
        done += workers[i].done;
    }
    NtClose(semaphore);
    KeTlsFree(tls_slot);
    return done;
}
