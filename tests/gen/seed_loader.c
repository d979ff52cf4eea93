/* SPDX-License-Identifier: BSD-3-Clause
 * The cache loader's thread: 4140 events in the good run, 435 in the other. What it calls is the same in both but for
 * critical sections and one KeQueryPerformanceFrequency, until it waits for the second time. */
#include "tests/gen/seed_cache.h"

enum {
    PAIRS_BEFORE = 19, /* sections before the first wait; the good run has 30 more */
    PAIRS_BETWEEN = 38,
    GOOD_PAIRS_BEFORE = 49,
    GOOD_PAIRS = 607,
    GOOD_CONTENDED = 18,
    GOOD_EVENTS = 4140,
    OTHER_EVENTS = 435,
};

struct loader {
    struct cache_run *run;
    struct gen_lane *lane;
    u32 pairs, contended; /* so far */
};

static void sections(struct loader *l, u32 pairs, u32 contended)
{
    for (u32 i = 0; i < pairs; i++) {
        u32 lr = 0x821CBA08 + 0x60 * (i % 5);
        if (i < contended)
            lane_contended(l->lane, lr);
        else
            lane_section(l->lane, lr);
    }
    l->pairs += pairs;
    l->contended += contended;
}

static void calls(struct loader *l, u16 op, u32 count, u32 lr)
{
    while (count-- > 0)
        lane_call(l->lane, op, lr);
}

static struct gen_named event(struct loader *l, u32 good, u32 other, u64 good_hsid, u64 other_hsid)
{
    bool is_ours = l->run->is_ours;
    return (struct gen_named){is_ours ? other : good, is_ours ? other_hsid : good_hsid, GEN_EVENT};
}

static struct gen_named duplicate(struct loader *l)
{
    struct gen_named handle = script_handle(&l->run->script, GEN_EVENT);
    lane_create(l->lane, OP_NtDuplicateObject, SITE_DUPLICATE, handle);
    return handle;
}

static void look_for(struct loader *l, u32 which)
{
    static const char *const paths[] = {"cache:\\d4ea4615\\e.dat", "cache:\\d4ea4615\\f.dat",
                                        "cache:\\aab216c3\\a.dat"};
    calls(l, OP_RtlInitAnsiString, 1, SITE_LOADER + 0x40);
    lane_begin(l->lane, OP_NtQueryFullAttributesFile, SITE_LOADER + 0x58)->path = paths[which % countof(paths)];
    lane_end(l->lane, (u32)GEN_NAME_NOT_FOUND);
    calls(l, OP_RtlNtStatusToDosError, 1, SITE_LOADER + 0x64);
}

/* An event made, signalled and waited for by the loader itself. */
static void wait_for_itself(struct loader *l, struct gen_named handle, u64 ns)
{
    lane_create(l->lane, OP_NtCreateEvent, SITE_CREATE, handle);
    struct gen_named copy = duplicate(l);
    lane_signal(l->lane, OP_NtSetEvent, SITE_SET, copy, 0);
    lane_close(l->lane, SITE_CLOSE, copy);
    lane_begin(l->lane, OP_NtWaitForSingleObjectEx, SITE_WAIT);
    lane_put_wait(l->lane, &handle, 1);
    lane_at(l->lane, l->lane->time + ns);
    lane_end(l->lane, GEN_SUCCESS);
}

/* The work semaphore is released, and somebody else is to set the event. */
static void wait_for_others(struct loader *l, struct gen_named handle)
{
    lane_signal(l->lane, OP_NtReleaseSemaphore, SITE_RELEASE, l->run->work, 0);
    u64 until = cache_answer(l->run, handle), step = l->lane->step;
    l->lane->step = l->run->is_ours ? step : LANE_STEP;
    lane_wait(l->lane, OP_NtWaitForSingleObjectEx, SITE_WAIT, &handle, 1, until);
    l->lane->step = step;
}

static void first_wait(struct loader *l, struct gen_named first)
{
    bool is_ours = l->run->is_ours;
    calls(l, OP_RtlInitializeCriticalSectionAndSpinCount, 6, SITE_LOADER + 0x80);
    calls(l, OP_RtlInitializeCriticalSection, 3, SITE_LOADER + 0x94);
    calls(l, OP_NtAllocateVirtualMemory, 2, SITE_LOADER + 0xA8);
    look_for(l, 0);
    sections(l, is_ours ? PAIRS_BEFORE : GOOD_PAIRS_BEFORE, is_ours ? 0 : 2);
    CHECK(l->lane->count == (is_ours ? 156 : 338), "the first wait begins at %u", l->lane->count);
    wait_for_itself(l, first, 23000);
}

/* Where ours stays. */
static void second_wait(struct loader *l, struct gen_named first, struct gen_named second)
{
    lane_create(l->lane, OP_NtCreateEvent, SITE_CREATE, second);
    sections(l, PAIRS_BETWEEN / 2, 0);
    lane_create(l->lane, OP_NtCreateEvent, SITE_CREATE, script_handle(&l->run->script, GEN_EVENT));
    lane_close(l->lane, SITE_CLOSE, first);
    if (l->run->is_ours)
        calls(l, OP_KeQueryPerformanceFrequency, 1, SITE_LOADER + 0xBC);
    sections(l, PAIRS_BETWEEN / 2, 0);
    duplicate(l);
    sections(l, 1, 0);
    wait_for_others(l, second);
}

static void later_rounds(struct loader *l)
{
    for (u32 i = 1; i < CACHE_ROUNDS; i++) {
        struct gen_named handle = script_handle(&l->run->script, GEN_EVENT);
        lane_pace(l->lane, 400, 1947000000 + 15500000 * i);
        look_for(l, i);
        lane_create(l->lane, OP_NtCreateEvent, SITE_CREATE, handle);
        calls(l, OP_RtlInitializeCriticalSectionAndSpinCount, 1, SITE_LOADER + 0x80);
        duplicate(l);
        sections(l, 58, 2);
        wait_for_others(l, handle);
        lane_close(l->lane, SITE_CLOSE, handle);
    }
}

static void open_file(struct loader *l)
{
    struct gen_named file = script_handle(&l->run->script, GEN_FILE);
    calls(l, OP_RtlInitAnsiString, 1, SITE_LOADER + 0x140);
    lane_create(l->lane, OP_NtCreateFile, SITE_LOADER + 0x158, file);
    lane_close(l->lane, SITE_CLOSE, file);
}

static void last_calls(struct loader *l)
{
    struct gen_entry helper = {0, 0x82174B10, 0xBC365700, 65536};
    lane_pace(l->lane, GOOD_EVENTS - l->lane->count, 2091700000);
    wait_for_itself(l, script_handle(&l->run->script, GEN_EVENT), 9000);
    for (u32 i = 0; i < 6; i++) {
        struct gen_named handle = script_handle(&l->run->script, GEN_EVENT);
        lane_create(l->lane, OP_NtCreateEvent, SITE_CREATE, handle);
        if (i < 5)
            duplicate(l);
        lane_signal(l->lane, OP_NtSetEvent, SITE_SET, handle, 0);
        lane_close(l->lane, SITE_CLOSE, handle);
    }
    open_file(l);
    open_file(l);
    calls(l, OP_RtlInitializeCriticalSectionAndSpinCount, 1, SITE_LOADER + 0x80);
    calls(l, OP_KeTlsSetValue, 2, SITE_LOADER + 0x180);
    calls(l, OP_KeTlsGetValue, 1, SITE_LOADER + 0x194);
    sections(l, GOOD_PAIRS - l->pairs, 0);
    lane_spawn(l->lane, SITE_LOADER + 0x1A8, script_handle(&l->run->script, GEN_THREAD), helper, 42);
}

static void terminate(struct loader *l)
{
    lane_begin(l->lane, OP_ExTerminateThread, SITE_LOADER + 0x1BC);
    lane_put_wake(l->lane, GEN_WAKE_REQUESTED, l->run->loader_thread, l->run->main->tid);
    lane_at(l->lane, 2091800000);
    lane_event(l->lane, GEN_THREAD_EXIT);
}

void cache_loader(struct cache_run *run)
{
    struct loader l = {.run = run, .lane = run->loader};
    struct gen_named first = event(&l, 0xF80000B8, 0x000012CC, 0x1070523EB111C6EA, 0x6B0E2D85F7A4913C);
    struct gen_named second = event(&l, 0xF80000C4, 0x000012D0, 0x77A1C2508E3F4D16, 0xD5E23609D3948568);
    lane_at(l.lane, run->is_ours ? 1727620000 : 1937800000);
    l.lane->step = run->is_ours ? 6900 : 20000;
    first_wait(&l, first);
    if (run->is_ours)
        lane_pace(l.lane, OTHER_EVENTS - l.lane->count, 1730750000);
    second_wait(&l, first, second);
    if (run->is_ours) {
        CHECK(l.lane->count == OTHER_EVENTS, "the loader of the other run has %u events", l.lane->count);
        return;
    }
    later_rounds(&l);
    last_calls(&l);
    terminate(&l);
    CHECK(l.lane->count == GOOD_EVENTS && l.pairs == GOOD_PAIRS && l.contended == GOOD_CONTENDED,
          "the loader has %u events, %u sections, %u contended", l.lane->count, l.pairs, l.contended);
}
