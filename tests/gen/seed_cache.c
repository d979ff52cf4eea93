/* SPDX-License-Identifier: BSD-3-Clause
 * The threads around the cache loader. In both runs main goes through the same calls up to the loader's spawn and waits
 * for its end. The reader sets an event for the finisher, the finisher one for the loader, nine times; in ours the
 * reader leaves out the first of them and waits for main: so finisher, loader and main wait for ever. */
#include "tests/gen/seed_cache.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    GOOD_PREFIX = 108475, /* main's events before it spawns the loader */
    OTHER_PREFIX = 108481,
    OTHER_TOTAL = 121569,
    WINDOW_CALLS = 16175,  /* main's, 9.0 s to 11.0 s */
    WINDOW_EVENTS = 32383, /* but for import.call */
    AFTER_CALLS = 53399,   /* between the loader's end and the window */
    PRODUCERS = 24,
    RELEASES = 90,
    SETS_BEFORE = 29,
};

struct role {
    u32 entry, context, good, other;
};
static const struct role roles[3 + CACHE_IDLE] = {
    {0x824508A0, 0x828A1100, 10, 5},  {0x82450170, 0x828A1180, 4, 4},   {0x821780C0, 0x828A1200, 14, 14},
    {0x824D2940, 0x828A3000, 7, 2},   {0x824D2A80, 0x828A3040, 8, 3},   {0x827E1010, 0x828A3080, 9, 6},
    {0x827E1250, 0x828A30C0, 11, 7},  {0x82506000, 0x828A3100, 12, 8},  {0x82506400, 0x828A3140, 13, 9},
    {0x824D2878, 0x828A3180, 15, 10}, {0x82178F00, 0x828A31C0, 16, 11}, {0x82179A00, 0x828A3200, 5, 12},
};

/* ---- Up to the loader's spawn. ---- */

static struct gen_lane *start_role(struct cache_run *run, u32 which, u64 time)
{
    const struct role *role = &roles[which];
    u32 tid = run->is_ours ? role->other : role->good;
    lane_spawn(run->main, SITE_SPAWN, script_handle(&run->script, GEN_THREAD),
               (struct gen_entry){0, role->entry, role->context, 65536}, tid);
    lane_call(run->main, OP_NtResumeThread, SITE_RESUME);
    return script_lane(&run->script, tid, time);
}

static void start_threads(struct cache_run *run)
{
    struct gen_named *const objects[] = {&run->done, &run->fetched, &run->queue, &run->reader_queue, &run->work};
    for (u32 i = 0; i < countof(objects); i++) {
        bool is_event = i < 2;
        *objects[i] = script_handle(&run->script, is_event ? GEN_EVENT : GEN_SEMAPHORE);
        lane_create(run->main, is_event ? OP_NtCreateEvent : OP_NtCreateSemaphore, SITE_CREATE + 64 * i, *objects[i]);
    }
    u64 time = run->main->time + 1000000;
    run->worker = start_role(run, 0, time);
    run->reader = start_role(run, 1, time);
    run->finisher = start_role(run, 2, time);
    for (u32 i = 0; i < CACHE_IDLE; i++)
        run->idle[i] = start_role(run, 3 + i, time);
}

/* Main hands a job to the worker and waits for its answer. */
static void job(struct cache_run *run)
{
    u64 step = run->main->step;
    run->main->step = LANE_STEP;
    lane_signal(run->main, OP_NtReleaseSemaphore, SITE_RELEASE, run->queue, run->worker->tid);
    lane_wait(run->worker, OP_NtWaitForSingleObjectEx, SITE_WAIT, &run->queue, 1, run->main->time + 10000);
    lane_call(run->worker, OP_KeTlsGetValue, SITE_WORKER + 0x24);
    lane_section(run->worker, SITE_WORKER + 0x40);
    lane_signal(run->worker, OP_NtSetEvent, SITE_SET, run->done, run->main->tid);
    lane_wait(run->main, OP_NtWaitForSingleObjectEx, SITE_WAIT, &run->done, 1, run->worker->time + 5000);
    run->main->step = step;
}

static void before_the_loader(struct cache_run *run)
{
    u32 prefix = run->is_ours ? OTHER_PREFIX : GOOD_PREFIX;
    lane_at(run->main, run->is_ours ? 5300000 : 4000);
    lane_call(run->main, OP_KeTlsAlloc, SITE_MAIN + 0x10);
    start_threads(run);
    for (u32 i = 0; i < CACHE_JOBS; i++) {
        u64 until = (run->is_ours ? 100000000 : 110000000) * (u64)(i + 1);
        lane_pace(run->main, 7000, until - 1000000);
        lane_fill_to(&run->script, run->main, 1000 + i, 7000 * (i + 1) + (run->is_ours && i > 7 ? 6 : 0), SITE_MAIN);
        if (run->is_ours && i == 7)
            lane_section(run->main, SITE_MAIN + 0x40);
        job(run);
    }
    lane_pace(run->main, prefix - run->main->count, run->is_ours ? 1725000000 : 1932000000);
    lane_fill_to(&run->script, run->main, 2000, prefix, SITE_MAIN);
}

/* What worker, reader and finisher do shortly before the loader starts, and the idle threads all along. */
static void others_before(struct cache_run *run)
{
    u64 start = run->is_ours ? 1690000000 : 1900200000;
    struct gen_lane *const setters[] = {run->reader, run->finisher};
    lane_at(run->worker, start);
    run->worker->step = 60000;
    for (u32 i = 0; i < RELEASES; i++) {
        lane_signal(run->worker, OP_NtReleaseSemaphore, SITE_RELEASE, run->work, 0);
        lane_call(run->worker, OP_KeTlsGetValue, SITE_WORKER + 0x80);
    }
    for (u32 i = 0; i < 2 * SETS_BEFORE; i++) {
        struct gen_lane *lane = setters[i % 2];
        if (i < 2)
            lane_at(lane, start);
        lane->step = 100000;
        lane_signal(lane, OP_NtSetEvent, SITE_SET, run->done, 0);
        lane_call(lane, OP_NtReadFile, (i % 2 ? SITE_FINISHER : SITE_READER) + 0x20);
    }
    for (u32 i = 0; i < CACHE_IDLE; i++) {
        struct gen_named own = script_handle(&run->script, GEN_EVENT);
        u32 events = i + 1 < CACHE_IDLE ? 900 + 100 * i : run->idle_events;
        run->idle[i]->step = 600000;
        lane_create(run->idle[i], OP_NtCreateEvent, SITE_CREATE, own);
        lane_fill_to(&run->script, run->idle[i], 3000 + i, events - 4, 0x82506000 + 0x800 * i);
        lane_wait(run->idle[i], OP_NtWaitForSingleObjectEx, SITE_WAIT, &own, 1, 0);
    }
}

/* ---- The loader, and who is to answer it. ---- */

static void spawn_loader(struct cache_run *run)
{
    struct gen_lane *lane = run->main;
    struct gen_entry entry = {0, 0x821748F0, run->is_ours ? 0x4024D640 : 0xBC365620, run->is_ours ? 0 : 524288};
    u64 begin = run->is_ours ? 1727611893 : 1937223600;
    lane->step = run->is_ours ? 4500 : 65000;
    if (run->is_ours)
        lane_at(lane, 1727479660);
    lane_begin_at(lane, OP_ExCreateThread, SITE_SPAWN, run->is_ours ? 0 : 1935433700);
    lane_put_thread(lane, run->loader_thread, entry, run->loader->tid, 0);
    lane_end(lane, GEN_SUCCESS);
    lane_section(lane, SITE_MAIN + 0x40);
    lane_call(lane, OP_KeTlsGetValue, SITE_MAIN + 0x58);
    lane_create(lane, OP_NtDuplicateObject, SITE_DUPLICATE, script_handle(&run->script, GEN_THREAD));
    lane_begin(lane, OP_NtResumeThread, SITE_RESUME);
    if (run->is_ours)
        lane_put_wake(lane, GEN_WAKE_REQUESTED, run->loader_thread, run->loader->tid);
    lane_end(lane, GEN_SUCCESS);
    lane_begin(lane, OP_NtWaitForSingleObjectEx, SITE_WAIT);
    lane_at(lane, begin);
    const struct gen_event *wait = lane_put_wait(lane, &run->loader_thread, 1);
    CHECK(wait->index == (run->is_ours ? 108505 : 108498), "main waits at %u", wait->index);
    lane_at(lane, run->is_ours ? 1727614433 : 2092000000);
    lane_end(lane, GEN_SUCCESS);
}

u64 cache_answer(struct cache_run *run, struct gen_named event)
{
    u64 now = run->loader->time;
    run->reader->step = run->finisher->step = LANE_STEP;
    lane_wait(run->finisher, OP_NtWaitForSingleObjectEx, SITE_WAIT, &run->work, 1, now + 10000);
    lane_call(run->finisher, OP_KeTlsGetValue, SITE_FINISHER + 0x48);
    lane_at(run->reader, now + 16000);
    lane_call(run->reader, OP_KeDelayExecutionThread, SITE_READER + 0x40);
    lane_call(run->reader, OP_NtReadFile, SITE_READER + 0x58);
    if (run->is_ours)
        return 0;
    lane_signal(run->reader, OP_NtSetEvent, SITE_READER + 0xFC, run->fetched, run->finisher->tid);
    lane_wait(run->finisher, OP_NtWaitForSingleObjectEx, SITE_WAIT, &run->fetched, 1, run->reader->time + 5000);
    lane_signal(run->finisher, OP_NtSetEvent, SITE_FINISHER + 0x70, event, run->loader->tid);
    return run->finisher->time + 5000;
}

static void others_after(struct cache_run *run)
{
    lane_wait(run->finisher, OP_NtWaitForSingleObjectEx, SITE_WAIT, run->is_ours ? &run->fetched : &run->work, 1, 0);
    lane_wait(run->reader, OP_NtWaitForSingleObjectEx, SITE_WAIT, &run->reader_queue, 1, 0);
    lane_wait(run->worker, OP_NtWaitForSingleObjectEx, SITE_WAIT, &run->queue, 1, 0);
}

/* ---- What only the good run gets to. ---- */

static void producers(struct cache_run *run)
{
    lane_at(run->worker, 2200000000);
    for (u32 i = 0; i < PRODUCERS; i++)
        lane_spawn(run->worker, SITE_WORKER + 0xC0, script_handle(&run->script, GEN_THREAD),
                   (struct gen_entry){0, 0x82179000 + 0x100 * i, 0x828A5000 + 64 * i, 65536}, 18 + i);
    for (u32 i = 0; i < PRODUCERS; i++) {
        u64 time = 2300000000 + 250000000 * (u64)i;
        struct gen_lane *lane = script_lane(&run->script, 18 + i, time);
        lane_wait(run->finisher, OP_NtWaitForSingleObjectEx, SITE_WAIT, &run->work, 1, time + 100000);
        lane_call(lane, OP_KeTlsGetValue, 0x82179000 + 0x100 * i);
        lane_at(lane, time + 90000);
        lane_signal(lane, OP_NtReleaseSemaphore, 0x82179020 + 0x100 * i, run->work, run->finisher->tid);
        lane_event(lane, GEN_THREAD_EXIT);
    }
}

static void wait_for_worker(struct cache_run *run)
{
    u64 now = run->main->time;
    lane_wait(run->main, OP_KeWaitForSingleObject, SITE_WAIT + 0x40, &run->done, 1, now + 1000000);
    lane_at(run->worker, now + 800000);
    lane_signal(run->worker, OP_NtSetEvent, SITE_SET, run->done, run->main->tid);
}

/* The window in which the title installs: four spawns, and calls; every event of it is counted. */
static void install(struct cache_run *run)
{
    struct gen_lane *lane = run->main;
    u32 extras = WINDOW_EVENTS - 2 * WINDOW_CALLS, spawns = 4, waits = 5;
    u32 closes = (extras - 2 * spawns - waits) / 2, left = WINDOW_CALLS - spawns - waits - 1;
    lane_at(lane, 9000100000);
    lane_fill(&run->script, lane, 5000, left / 5, closes, SITE_MAIN);
    lane_at(lane, 9400000000);
    lane_call(lane, OP_NtAllocateVirtualMemory, 0x824FD264);
    for (u32 i = 0; i < spawns; i++)
        lane_spawn(lane, 0x824FD300, script_handle(&run->script, GEN_THREAD),
                   (struct gen_entry){0, 0x825070F0, 0x828A4000 + 64 * i, 65536}, 50 + i);
    lane_at(lane, 9500000000);
    lane_pace(lane, 3 * (left - left / 5), 10850000000);
    for (u32 i = 0; i < waits; i++) {
        u32 calls = (left - left / 5) / waits;
        lane_fill(&run->script, lane, 5100 + i, i ? calls : left - left / 5 - (waits - 1) * calls, 0, SITE_MAIN);
        wait_for_worker(run);
    }
}

static void after_the_loader(struct cache_run *run)
{
    struct gen_lane *lane = run->main;
    lane->step = LANE_STEP;
    lane_signal(lane, OP_NtReleaseSemaphore, SITE_RELEASE, run->queue, run->worker->tid);
    lane_wait(run->worker, OP_NtWaitForSingleObjectEx, SITE_WAIT, &run->queue, 1, lane->time + 10000);
    producers(run);
    lane_pace(lane, 3 * AFTER_CALLS, 8990000000);
    lane_fill(&run->script, lane, 4000, AFTER_CALLS - 3, 0, SITE_MAIN);
    wait_for_worker(run);
    wait_for_worker(run);
    lane_pace(lane, 9700, 9350000000);
    install(run);
}

/* ---- Both runs. ---- */

static u64 make_run(struct cache_run *run, bool is_ours, u32 idle_events, const char *folder, const char *name)
{
    *run = (struct cache_run){.is_ours = is_ours, .idle_events = idle_events};
    script_init(&run->script, is_ours ? STYLE_OURS : STYLE_CANARY, is_ours ? 0x1400 : 0xF8000200);
    run->loader_thread = is_ours ? (struct gen_named){0x000012C8, 0x8A25E09A8A739C1B, GEN_THREAD}
                                 : (struct gen_named){0xF80000A0, 0x3BD922FBB385C2C9, GEN_THREAD};
    run->main = script_lane(&run->script, is_ours ? 1 : 6, 0);
    before_the_loader(run);
    others_before(run);
    run->loader = script_lane(&run->script, is_ours ? 13 : 17, 0);
    spawn_loader(run);
    cache_loader(run);
    if (!is_ours)
        after_the_loader(run);
    others_after(run);
    u64 events = 0;
    for (u32 i = 0; i < run->script.lane_count; i++)
        events += run->script.lanes[i].count;
    if (name)
        seed_write_log(&run->script, folder, name);
    return events;
}

static void write_dump(const struct cache_run *run, const char *folder)
{
    char text[4096];
    int n = snprintf(text, sizeof text,
                     "halt-on-deadlock: no thread can run\n"
                     "tid=1 state=Blocked waits_on=0x%08x = Thread(id=13)\n"
                     "tid=4 state=Blocked waits_on=0x%08x = Semaphore(count=0)\n"
                     "tid=5 state=Blocked waits_on=0x%08x = Semaphore(count=0)\n"
                     "tid=13 state=Blocked waits_on=0x000012d0 = Event(manual=0, signaled=0)\n"
                     "tid=14 state=Blocked waits_on=0x%08x = Event(manual=0, signaled=0)\n",
                     run->loader_thread.raw, run->reader_queue.raw, run->queue.raw, run->fetched.raw);
    for (u32 i = 0; i < CACHE_IDLE; i++)
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "tid=%u state=Blocked waits_on=0x%08x = Event(manual=0, signaled=0)\n", roles[3 + i].other,
                      run->idle[i]->events[2].handle);
    seed_write_text(folder, "halt-on-deadlock-dump.txt", text);
}

void seed_cache(const char *folder)
{
    struct cache_run *run = calloc(1, sizeof *run);
    CHECK(run, "no memory for a run");
    u32 idle = 1000;
    u64 events = make_run(run, true, idle, folder, NULL);
    script_finish(&run->script);
    idle += (u32)(OTHER_TOTAL - events);
    events = make_run(run, true, idle, folder, "ours-postfix.jsonl");
    CHECK(events == OTHER_TOTAL, "the other run has %llu events", (unsigned long long)events);
    write_dump(run, folder);
    script_finish(&run->script);
    make_run(run, false, idle, folder, "canary-jitter-1.jsonl");
    script_finish(&run->script);
    free(run);
}
