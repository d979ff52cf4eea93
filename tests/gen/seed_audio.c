/* SPDX-License-Identifier: BSD-3-Clause
 * The phase-a logs of the peer producers. Main boots, polls a flag (three times in the good run; the other polls away
 * 1.3 seconds), starts the audio threads and the cache loader, and waits for the loader. The helper sets one event,
 * once, from 0x82178A3C: the worker waits for it, and everybody in the end for the worker. In the other run the helper
 * leaves it out: loader <- worker <- helper;  voice thread <- dispatcher <- worker;  mixer <- first audio thread <-
 * dispatcher */
#include "tests/gen/seed_audio.h"

#include <stdio.h>
#include <stdlib.h>

enum { DISPATCHERS = 4, GOOD_BEFORE = 1221, OTHER_TOTAL = 118149, ROUNDS = 30, POLL_EVENTS = 9, GOOD_POLLS = 3 };
enum { FIRST_AUDIO = 277967100 };

#define SITE_MAIN    0x822F1AA8
#define SITE_POLL    0x822F1F00
#define SITE_SPAWN   0x822F1C40
#define SITE_RESUME  0x822F1C6C
#define SITE_INIT    0x824D2C08
#define SITE_WAIT    0x824AA1C4
#define SITE_SET     0x824AA304
#define SITE_RELEASE 0x824AB168
#define SITE_CREATE  0x824A9F10
#define SITE_ROOT    0x82178A3C
#define SITE_KE_WAIT 0x824D2A90
#define SITE_LOADER  0x821CB030

struct audio_run {
    struct gen_script script;
    bool is_ours;
    u32 boot_fill, polls, idle_events;
    struct gen_lane *main, *helper, *worker, *dispatchers[DISPATCHERS], *first, *second, *mixer, *voice_a, *voice_b,
        *loader;
    struct gen_named queue, helper_queue, flag, jobs[DISPATCHERS], loaded, go, fence, tick, voice, mixed, loader_thread;
};

/* A time of the good run, in the run's own: the other is five times slower up to the audio's start, and later. */
static u64 scaled(const struct audio_run *run, u64 time)
{
    return run->is_ours ? 5400000 + (time - 4800) * 5 : time;
}

static u32 tid(const struct audio_run *run, u32 good, u32 other)
{
    return run->is_ours ? other : good;
}

/* ---- Boot. ---- */

static void make(struct audio_run *run, struct gen_named *named, u8 type)
{
    *named = script_handle(&run->script, type);
    lane_create(run->main, type == GEN_EVENT ? OP_NtCreateEvent : OP_NtCreateSemaphore, SITE_CREATE, *named);
}

static struct gen_lane *start(struct audio_run *run, u32 good, u32 other, u32 entry, u32 context)
{
    lane_spawn(run->main, SITE_SPAWN, script_handle(&run->script, GEN_THREAD),
               (struct gen_entry){0, entry, context, run->is_ours ? 0 : 65536}, tid(run, good, other));
    lane_call(run->main, OP_NtResumeThread, SITE_RESUME);
    return script_lane(&run->script, tid(run, good, other), run->main->time + 20000);
}

static void boot_release(struct audio_run *run, u32 number)
{
    struct gen_lane *const who[] = {run->main, run->helper, run->worker};
    struct gen_lane *lane = who[boot_releases[number].who];
    u64 time = scaled(run, boot_releases[number].time);
    lane_at(lane, time - 300);
    lane_begin_at(lane, OP_NtReleaseSemaphore, SITE_RELEASE, time);
    lane_end(lane, GEN_SUCCESS);
}

static void start_threads(struct audio_run *run)
{
    make(run, &run->helper_queue, GEN_SEMAPHORE);
    make(run, &run->flag, GEN_EVENT);
    make(run, &run->loaded, GEN_EVENT);
    for (u32 i = 0; i < DISPATCHERS; i++)
        make(run, &run->jobs[i], GEN_SEMAPHORE);
    run->helper = start(run, 7, 2, 0x82178900, 0x828A1100);
    run->worker = start(run, 10, 5, 0x824508A0, 0x828A1140);
    run->first = start(run, 9, 6, 0x827E1000, 0x828A1180);
    run->second = start(run, 8, 8, 0x827E1200, 0x828A11C0);
    for (u32 i = 0; i < DISPATCHERS; i++) {
        run->dispatchers[i] = start(run, 18 + i, 14 + i, 0x825070F0, 0x828A2000 + 0x40 * i);
        lane_call(run->dispatchers[i], OP_KeTlsSetValue, 0x825070F0 + 0x30);
    }
}

static void boot(struct audio_run *run)
{
    u32 fills = 0;
    boot_release(run, 0);
    boot_release(run, 1);
    run->main->step = LANE_STEP;
    start_threads(run);
    for (u32 i = 2; i < BOOT_RELEASES; i++) {
        if (boot_releases[i].who == BOOT_MAIN) {
            u32 events = run->main->count + run->boot_fill / 5 + (fills == 0 ? run->boot_fill % 5 : 0);
            lane_pace(run->main, events - run->main->count, scaled(run, boot_releases[i].time * (u64)9 / 10));
            lane_fill_to(&run->script, run->main, 100 + fills++, events, SITE_MAIN);
        }
        boot_release(run, i);
    }
}

static void poll(struct audio_run *run)
{
    u64 start = scaled(run, 200000000), end = run->is_ours ? 1570000000 : 270000000;
    lane_at(run->main, start);
    run->main->step = (end - start) / (POLL_EVENTS * run->polls + 1);
    for (u32 i = 0; i < run->polls; i++) {
        lane_call(run->main, OP_KeDelayExecutionThread, SITE_POLL);
        lane_section(run->main, SITE_POLL + 0x20);
    }
}

/* ---- Audio. ---- */

/* The report's time is of the first's thread.create, of the second's call. */
static void create_audio_thread(struct audio_run *run, bool is_second, u64 time)
{
    struct gen_entry entry = {0, is_second ? 0x824D2940 : 0x824D2878, 0x828A3230, run->is_ours ? 0 : 65536};
    lane_begin_at(run->main, OP_ExCreateThread, SITE_INIT + 0x60, is_second ? time : 0);
    lane_put_thread(run->main, script_handle(&run->script, GEN_THREAD), entry,
                    is_second ? tid(run, 16, 11) : tid(run, 15, 10), is_second ? 0 : time);
    lane_end(run->main, GEN_SUCCESS);
}

static void call_at(struct gen_lane *lane, u16 op, u32 lr, u64 time)
{
    lane_begin_at(lane, op, lr, time);
    lane_end(lane, GEN_SUCCESS);
}

/* The times that the investigation quotes. */
static void start_audio(struct audio_run *run)
{
    bool o = run->is_ours;
    struct gen_lane *lane = run->main;
    run->main->step = LANE_STEP;
    lane_at(lane, o ? 1586900000 : 277000000);
    make(run, &run->go, GEN_EVENT);
    make(run, &run->fence, GEN_EVENT);
    make(run, &run->tick, GEN_EVENT);
    make(run, &run->voice, GEN_SEMAPHORE);
    make(run, &run->mixed, GEN_EVENT);
    run->mixer = start(run, 14, 9, 0x824D29F0, 0x828A3230);
    create_audio_thread(run, false, o ? 1586993047 : 0);
    call_at(lane, OP_ObReferenceObjectByHandle, SITE_INIT + 0x80, o ? 1587001117 : 0);
    call_at(lane, OP_KeSetBasePriorityThread, SITE_INIT + 0x94, o ? 1587011797 : 0);
    call_at(lane, OP_KeResumeThread, SITE_INIT + 0xA8, o ? 1587018827 : 0);
    create_audio_thread(run, true, o ? 1587049878 : 0);
    call_at(lane, OP_ObReferenceObjectByHandle, SITE_INIT + 0x80, 0);
    call_at(lane, OP_KeSetBasePriorityThread, SITE_INIT + 0x94, 0);
    call_at(lane, OP_KeResumeThread, SITE_INIT + 0xA8, o ? 1587088839 : 0);
    run->voice_a = script_lane(&run->script, tid(run, 15, 10), o ? 1587097519 : 278100000);
    run->voice_b = script_lane(&run->script, tid(run, 16, 11), o ? 1659028012 : 278200000);
}

static void wait_for(struct gen_lane *lane, u16 op, u32 lr, struct gen_named object, u64 until)
{
    lane_wait(lane, op, lr, &object, 1, until);
}

/* Objects that the kernel learns of when they are first used get a handle then. */
static void first_use(struct gen_lane *lane, struct gen_named object)
{
    struct gen_named handle = {object.raw + 0x800, gen_mix(object.hsid), object.type};
    lane_put_handle(lane, GEN_HANDLE_CREATE, handle);
}

/* The mixer releases the voices; time: of the first time, when nobody waits yet. */
static void mixer_round(struct audio_run *run, u64 time)
{
    struct gen_lane *lane = run->mixer;
    if (run->is_ours)
        lane->cycle = 631 - (20 + lane->step / 4) * 2;
    lane_begin_at(lane, OP_KeReleaseSemaphore, 0x824D229C, time);
    if (time == 0)
        lane_put_wake(lane, GEN_SIGNAL_MATCH, run->voice, run->voice_b->tid);
    lane_end(lane, GEN_SUCCESS);
}

static void voice_a_round(struct audio_run *run)
{
    static const u16 ops[] = {OP_KeRaiseIrqlToDpcLevel, OP_KeAcquireSpinLockAtRaisedIrql,
                              OP_KeReleaseSpinLockFromRaisedIrql, OP_KfLowerIrql};
    for (u32 i = 0; i < countof(ops); i++)
        lane_call(run->voice_a, ops[i], 0x824D2878 + 0x20 + 12 * i);
}

static void voice_b_round(struct audio_run *run, bool is_first)
{
    lane_call(run->voice_b, OP_RtlEnterCriticalSection, 0x824D29F0 + 0x20);
    lane_begin(run->voice_b, OP_KeSetEvent, 0x824D2A44);
    if (is_first)
        first_use(run->voice_b, run->mixed);
    lane_end(run->voice_b, GEN_SUCCESS);
}

static void first_rounds(struct audio_run *run)
{
    struct gen_named both[] = {run->voice, run->fence};
    mixer_round(run, run->is_ours ? 1587300000 : FIRST_AUDIO);
    voice_a_round(run);
    voice_b_round(run, true);
    if (!run->is_ours)
        return;
    wait_for(run->mixer, OP_KeWaitForSingleObject, SITE_KE_WAIT + 0x40, run->tick, 0);
    lane_begin(run->voice_a, OP_KeWaitForSingleObject, 0x824D2878 + 0x60);
    first_use(run->voice_a, run->go);
    lane_put_wait(run->voice_a, &run->go, 1);
    lane_end(run->voice_a, GEN_SUCCESS);
    lane_wait(run->voice_b, OP_KeWaitForMultipleObjects, SITE_KE_WAIT, both, 2, 0);
}

/* A round of the good run: worker, dispatchers, audio. */
static void audio_round(struct audio_run *run, u32 number)
{
    static const u32 sites[] = {0x82506C90, 0x82506F9C, 0x82508510, 0x82508358};
    struct gen_named both[] = {run->voice, run->fence};
    u64 now = run->worker->next ? run->worker->next : run->worker->time;
    for (u32 i = 0; i < DISPATCHERS; i++) {
        struct gen_lane *lane = run->dispatchers[i];
        lane_signal(run->worker, OP_NtReleaseSemaphore, SITE_RELEASE, run->jobs[i], lane->tid);
        wait_for(lane, OP_NtWaitForSingleObjectEx, SITE_WAIT, run->jobs[i], run->worker->time + 8000);
        if (i < 2)
            lane_signal(lane, OP_NtSetEvent, sites[i], i ? run->fence : run->go,
                        (i ? run->voice_b : run->voice_a)->tid);
        else
            lane_signal(lane, OP_NtSetEvent, sites[i], run->mixed, 0);
        if (i == 2)
            lane_signal(lane, OP_NtSetEvent, 0x82508524, run->mixed, 0);
    }
    lane_begin(run->voice_a, OP_KeWaitForSingleObject, 0x824D2878 + 0x60);
    if (number == 0)
        first_use(run->voice_a, run->go);
    lane_put_wait(run->voice_a, &run->go, 1);
    lane_at(run->voice_a, now + 40000);
    lane_end(run->voice_a, GEN_SUCCESS);
    lane_signal(run->voice_a, OP_KeSetEvent, 0x824D292C, run->tick, run->mixer->tid);
    wait_for(run->mixer, OP_KeWaitForSingleObject, SITE_KE_WAIT + 0x40, run->tick, run->voice_a->time + 3000);
    mixer_round(run, 0);
    lane_wait(run->voice_b, OP_KeWaitForMultipleObjects, SITE_KE_WAIT, both, 2, run->mixer->time + 3000);
    voice_a_round(run);
    lane_call(run->voice_b, OP_RtlLeaveCriticalSection, 0x824D29F0 + 0xD0);
    voice_b_round(run, false);
    lane_at(run->worker, now + 5452800);
}

/* ---- What the worker and the others do once audio runs. ---- */

static void worker_works(struct audio_run *run)
{
    struct gen_lane *lane = run->worker;
    lane_at(lane, run->is_ours ? 1595000000 : 280000000);
    lane->step = 40000;
    for (u32 i = 0; i < WORKER_RELEASES; i++) {
        lane_signal(lane, OP_NtReleaseSemaphore, SITE_RELEASE, run->helper_queue, 0);
        if (i < WORKER_SETS)
            lane_signal(lane, OP_NtSetEvent, SITE_SET, run->mixed, 0);
    }
    lane->step = LANE_STEP;
}

static void set_times(struct audio_run *run, struct gen_lane *lane, u32 count, u32 last_lr, u64 time)
{
    lane_at(lane, time);
    for (u32 i = 0; i < count; i++)
        lane_signal(lane, OP_NtSetEvent, i + 1 == count && last_lr ? last_lr : SITE_SET, run->mixed, 0);
}

static void spawn_loader(struct audio_run *run)
{
    run->loader_thread = script_handle(&run->script, GEN_THREAD);
    lane_at(run->main, run->is_ours ? 1660000000 : 300000000);
    lane_spawn(run->main, SITE_SPAWN, run->loader_thread,
               (struct gen_entry){0, 0x821748F0, run->is_ours ? 0x4024D640 : 0xBC365620, run->is_ours ? 0 : 524288},
               tid(run, 17, 13));
    lane_call(run->main, OP_NtResumeThread, SITE_RESUME);
    run->loader = script_lane(&run->script, tid(run, 17, 13), run->main->time + 10000);
    lane_section(run->loader, SITE_LOADER + 0x20);
    lane_signal(run->loader, OP_NtSetEvent, SITE_SET, run->mixed, 0);
    lane_signal(run->loader, OP_NtReleaseSemaphore, SITE_RELEASE, run->helper_queue, 0);
}

/* The root: the good helper sets the flag that the worker waits for. */
static void set_flag(struct audio_run *run)
{
    struct gen_lane *lane = run->helper;
    lane_at(lane, run->is_ours ? 1700000000 : 450000000);
    lane_call(lane, OP_KeTlsGetValue, 0x82178A10);
    if (!run->is_ours)
        lane_signal(lane, OP_NtSetEvent, SITE_ROOT, run->flag, run->worker->tid);
    wait_for(run->worker, OP_NtWaitForSingleObjectEx, SITE_WAIT, run->flag, run->is_ours ? 0 : lane->time + 5000);
    wait_for(lane, OP_NtWaitForSingleObjectEx, SITE_WAIT, run->helper_queue, 0);
}

static void end_good(struct audio_run *run)
{
    lane_signal(run->worker, OP_NtSetEvent, SITE_SET, run->loaded, run->loader->tid);
    wait_for(run->loader, OP_NtWaitForSingleObjectEx, SITE_WAIT, run->loaded, run->worker->time + 5000);
    lane_begin(run->loader, OP_ExTerminateThread, SITE_LOADER + 0x1BC);
    lane_event(run->loader, GEN_THREAD_EXIT);
    wait_for(run->main, OP_NtWaitForSingleObjectEx, SITE_WAIT, run->loader_thread, run->loader->time + 5000);
    for (u32 i = 0; i < ROUNDS; i++)
        audio_round(run, i);
    run->main->step = 50000;
    lane_fill(&run->script, run->main, 900, 1000, 2, SITE_MAIN);
}

static void end_other(struct audio_run *run)
{
    wait_for(run->loader, OP_NtWaitForSingleObjectEx, SITE_WAIT, run->loaded, 0);
    wait_for(run->main, OP_NtWaitForSingleObjectEx, SITE_WAIT, run->loader_thread, 0);
    for (u32 i = 0; i < DISPATCHERS; i++)
        wait_for(run->dispatchers[i], OP_NtWaitForSingleObjectEx, SITE_WAIT, run->jobs[i], 0);
}

static void end_idle(struct audio_run *run, struct gen_lane *lane, u32 number)
{
    u64 time = run->is_ours ? 1600000000 : 310000000;
    struct gen_named own = script_handle(&run->script, GEN_EVENT);
    set_times(run, lane, number ? IDLE_SETS : FIRST_SETS, number ? 0x827E0F30 : 0x827E0F54, time);
    lane->step = 20000;
    lane_create(lane, OP_NtCreateEvent, SITE_CREATE, own);
    lane_fill_to(&run->script, lane, 700 + number, lane->count + (number ? run->idle_events : 300), 0x827E1000);
    wait_for(lane, OP_NtWaitForSingleObjectEx, SITE_WAIT, own, 0);
}

/* ---- Both runs. ---- */

static void make_run(struct audio_run *run, bool is_ours, struct audio_run like)
{
    *run = (struct audio_run){.is_ours = is_ours,
                              .boot_fill = like.boot_fill,
                              .polls = is_ours ? like.polls : GOOD_POLLS,
                              .idle_events = like.idle_events};
    script_init(&run->script, is_ours ? STYLE_OURS : STYLE_CANARY, is_ours ? 0x1010 : 0xF8000034);
    run->main = script_lane(&run->script, is_ours ? 1 : 6, 0);
    boot(run);
    poll(run);
    start_audio(run);
    first_rounds(run);
    worker_works(run);
    set_times(run, run->main, MAIN_SETS, 0, is_ours ? 1590000000 : 279000000);
    spawn_loader(run);
    end_idle(run, run->first, 0);
    end_idle(run, run->second, 1);
    set_flag(run);
    if (is_ours)
        end_other(run);
    else
        end_good(run);
}

static u32 count_events(const struct audio_run *run, u64 before)
{
    u32 events = 0;
    for (u32 i = 0; i < run->script.lane_count; i++)
        for (u32 k = 0; k < run->script.lanes[i].count; k++)
            events += run->script.lanes[i].events[k].time < before;
    return events;
}

/* Tried first, so that the counts that are wanted come out. */
static void fit(struct audio_run *run, struct audio_run *like)
{
    make_run(run, false, *like);
    like->boot_fill += GOOD_BEFORE - count_events(run, FIRST_AUDIO);
    script_finish(&run->script);
    make_run(run, true, *like);
    u32 missing = OTHER_TOTAL - count_events(run, UINT64_MAX);
    script_finish(&run->script);
    like->polls += missing / POLL_EVENTS;
    like->idle_events += missing % POLL_EVENTS;
}

void audio_write_logs(const char *folder)
{
    struct audio_run *run = calloc(1, sizeof *run);
    struct audio_run like = {.boot_fill = 600, .polls = 100, .idle_events = 300};
    CHECK(run, "no memory for a run");
    fit(run, &like);
    make_run(run, false, like);
    CHECK(count_events(run, FIRST_AUDIO) == GOOD_BEFORE, "%u events before the first audio release",
          count_events(run, FIRST_AUDIO));
    seed_write_log(&run->script, folder, "canary-i2d-events.jsonl");
    script_finish(&run->script);
    make_run(run, true, like);
    CHECK(count_events(run, UINT64_MAX) == OTHER_TOTAL, "the other run has %u events", count_events(run, UINT64_MAX));
    seed_write_log(&run->script, folder, "ours-i2d-events.jsonl");
    script_finish(&run->script);
    free(run);
}

static const char good_output[] =
    "$ wine xenia_canary_i2d.exe \"\" --mute=true --audit_69_log_all_sets=true --audit_70_log_all_releases=true "
    "--log_file=canary-i2d.log\n"
    "stopped after 90 s (timeout)\n";
static const char other_output[] = "$ xrs-i2d exec \"\" --quiet --lr-trace=0x8284DDDC,0x8284E49C,0x8284DF5C,0x8284E07C "
                                   "--lr-trace-out=ours-i2d-iat-trace.jsonl\n"
                                   "stopped after 60 s (timeout)\n";
static const char labels[] =
    "# functions that the investigations name\n"
    "8284DDDC __imp_KeSetEvent 10\n8284DF5C __imp_NtSetEvent 10\n8284E07C __imp_NtReleaseSemaphore 10\n"
    "8284E49C __imp_KeReleaseSemaphore 10\n821748F0 sub_821748F0 200\n82173990 sub_82173990 100\n"
    "821C4EB0 sub_821C4EB0 200\n821CB030 sub_821CB030 200\n821CBA08 sub_821CBA08 400\n821CC3F8 sub_821CC3F8 200\n"
    "822F1AA8 sub_822F1AA8 600\n82450218 sub_82450218 200\n824508A0 sub_824508A0 100\n82450B68 sub_82450B68 300\n"
    "824AA2F0 sub_824AA2F0 20\n824AAF50 sub_824AAF50 90\n824AB158 sub_824AB158 20\n824D2108 sub_824D2108 E0\n"
    "824D21F0 sub_824D21F0 100\n824D2878 sub_824D2878 C0\n824D2940 sub_824D2940 A0\n824D29F0 sub_824D29F0 180\n"
    "824D2C08 sub_824D2C08 100\n824FD240 sub_824FD240 100\n82506B08 sub_82506B08 200\n82506DE8 sub_82506DE8 200\n"
    "825070F0 sub_825070F0 200\n825078D8 sub_825078D8 B00\n82508400 sub_82508400 200\n";

void seed_audio(const char *folder)
{
    audio_write_audit(folder);
    audio_write_traces(folder);
    audio_write_logs(folder);
    seed_write_text(folder, "canary-i2d.stdout", good_output);
    seed_write_text(folder, "ours-i2d.stdout", other_output);
    seed_write_text(folder, "labels.txt", labels);
    seed_write_text(folder, "probes.rules",
                    "probe 0x8284DDDC KeSetEvent\nprobe 0x8284E49C KeReleaseSemaphore\n"
                    "probe 0x8284DF5C NtSetEvent\nprobe 0x8284E07C NtReleaseSemaphore\n");
}
