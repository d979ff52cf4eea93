/* SPDX-License-Identifier: BSD-3-Clause
 * Sets and releases, counted by call site: 79,014 of the good run in an audit log, 153 of the other in a trace of the
 * import thunks, and 150 of these in a trace of the title's wrappers. */
#include "tests/gen/seed_audio.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIRST_AUDIO = 277967100, MISC_SITES = 23 };
#define LAST_FIRE 89990000000

const struct boot_release boot_releases[BOOT_RELEASES] = {
    {BOOT_MAIN, 4800},        {BOOT_MAIN, 31200},      {BOOT_HELPER, 2100000},   {BOOT_MAIN, 5000000},
    {BOOT_WORKER, 8000000},   {BOOT_MAIN, 12000000},   {BOOT_HELPER, 20000000},  {BOOT_WORKER, 33000000},
    {BOOT_MAIN, 47000000},    {BOOT_WORKER, 61000000}, {BOOT_HELPER, 77000000},  {BOOT_MAIN, 94000000},
    {BOOT_WORKER, 118000000}, {BOOT_MAIN, 140000000},  {BOOT_WORKER, 162600000},
};

struct track {
    u16 op;
    u32 lr, tid, fires, handle;
};
/* clang-format off */
static const struct track tracks[] = {
    {OP_KeReleaseSemaphore, 0x824D229C, 14, 16452, 0xF800006C},
    {OP_KeSetEvent,         0x824D2A44, 16, 16452, 0xF8000070},
    {OP_KeSetEvent,         0x824D292C, 15, 16452, 0xF8000074},
    {OP_NtSetEvent,         0x824AA304,  6,  3200, 0xF8000080},
    {OP_NtSetEvent,         0x824AA304, 10,  4100, 0xF8000084},
    {OP_NtSetEvent,         0x824AA304,  4,  2600, 0xF8000088},
    {OP_NtSetEvent,         0x824AA304, 17,     8, 0xF80000B8},
    {OP_NtSetEvent,         0x824AA304,  8,  1500, 0xF800008C},
    {OP_NtSetEvent,         0x824AA304, 11,  1200, 0xF8000090},
    {OP_NtSetEvent,         0x824AA304, 12,  1100, 0xF8000094},
    {OP_NtSetEvent,         0x824AA304, 13,  1000, 0xF8000098},
    {OP_NtSetEvent,         0x824AA304, 22,   600, 0xF800009C},
    {OP_NtSetEvent,         0x824AA304, 23,   457, 0xF80000A8},
    {OP_NtSetEvent,         0x82506C90, 18,  2378, 0xF80000AC},
    {OP_NtSetEvent,         0x82508510, 20,  2373, 0xF80000B0},
    {OP_NtSetEvent,         0x82508524, 20,  2373, 0xF80000B4},
    {OP_NtSetEvent,         0x82506F9C, 19,  2355, 0xF80000BC},
    {OP_NtSetEvent,         0x82508358, 21,  2350, 0xF80000C0},
    {OP_KeSetEvent,         0x824AAFC8,  9,  1113, 0xF80000C4},
    {OP_NtReleaseSemaphore, 0x824AB168, 10,    85, 0xF80000C8},
    {OP_NtReleaseSemaphore, 0x824AB168, 17,     9, 0xF80000C8},
    {OP_NtReleaseSemaphore, 0x824AB168,  4,   394, 0xF80000CC},
    {OP_NtReleaseSemaphore, 0x824AB168, 24,   400, 0xF80000D0},
};
/* clang-format on */

/* Sites that fire two or three times in all. */
static u32 misc_site(u32 i)
{
    static const u32 functions[] = {0x82178A00, 0x827E1040, 0x824D0C80};
    return functions[i % 3] + 0x3C + 0x1A0 * (i / 3);
}

static void put_fire(struct gen_lane *lane, u16 op, u32 lr, u32 handle, u64 time)
{
    lane_at(lane, time);
    struct gen_event *event = lane_event(lane, GEN_CALL);
    event->op = op;
    event->lr = lr;
    event->handle = handle;
}

static void put_track(struct gen_script *script, const struct track *track, u64 first)
{
    struct gen_lane *lane = script_lane(script, track->tid, first);
    u64 distance = (LAST_FIRE - first) / (track->fires + 1);
    for (u32 i = 0; i < track->fires; i++) {
        u64 jitter = i && distance > 8 ? gen_next(&lane->random) % (distance / 4) : 0;
        put_fire(lane, track->op, track->lr, track->handle, first + i * distance + jitter);
    }
}

static void put_boot(struct gen_script *script)
{
    static const u32 tids[] = {6, 0, 10};
    struct gen_lane *lane = script_lane(script, 6, 4800);
    for (u32 i = 0; i < BOOT_RELEASES; i++) {
        put_fire(lane, OP_NtReleaseSemaphore, 0x824AB168, 0xF8000034, boot_releases[i].time);
        lane->events[lane->count - 1].tid = tids[boot_releases[i].who];
    }
}

/* Between the audits' lines stand the engine's own. */
struct audit_sink {
    struct gen_sink sink;
    struct gen_emitter emitter;
    struct gen_random random;
};

static void put_audit(struct gen_sink *sink, const struct gen_event *event)
{
    struct audit_sink *audit = (struct audit_sink *)sink;
    audit->emitter.sink.put(&audit->emitter.sink, event);
    if (gen_chance(&audit->random, 453)) {
        out_text(audit->emitter.out,
                 "d> F8000018 NtWaitForSingleObjectEx(F8000034, 00000001, 00000000, 00000000(00000000))");
        out_end_line(audit->emitter.out);
    }
}

void audio_write_audit(const char *folder)
{
    struct gen_script *script = calloc(1, sizeof *script);
    struct audit_sink *audit = calloc(1, sizeof *audit);
    struct gen_out *out = calloc(1, sizeof *out);
    CHECK(script && audit && out, "no memory for an audit log");
    script_init(script, STYLE_CANARY, 0);
    put_boot(script);
    for (u32 i = 0; i < countof(tracks); i++)
        put_track(script, &tracks[i], FIRST_AUDIO + 1300 * (u64)(i * i));
    for (u32 i = 0; i < MISC_SITES; i++) {
        struct track misc = {OP_NtSetEvent, misc_site(i), i ? 22 + i % 3 : 7, i == MISC_SITES - 2 ? 4 : 2,
                             0xF80000E0 + 4 * i};
        put_track(script, &misc, 450000000 + 7000000 * (u64)i);
    }
    snprintf(out->path, sizeof out->path, "%s/canary-i2d.log", folder);
    char path[sizeof out->path];
    memcpy(path, out->path, sizeof path);
    out_open(out, path);
    emit_init(&audit->emitter, FORMAT_audit, out, 2);
    audit->sink.put = put_audit;
    script_write(script, &audit->sink);
    CHECK(audit->emitter.count == 79014, "the audit log has %llu fires", (unsigned long long)audit->emitter.count);
    out_close(out);
    script_finish(script);
    free(script);
    free(audit);
    free(out);
}

/* ---- The other run's traces. ---- */

struct fire {
    u16 op;
    u32 thunk_lr, wrapper_lr; /* wrapper_lr 0: it does not pass a wrapper */
    u32 tid, cycle;
};

struct traces {
    struct fire fires[256];
    u32 count;
    u32 cycles[16]; /* by tid */
};

static void add_fires(struct traces *traces, u16 op, u32 thunk_lr, u32 wrapper_lr, u32 tid, u32 count)
{
    while (count-- > 0) {
        traces->cycles[tid] += 400 + 37 * traces->count % 211;
        traces->fires[traces->count++] = (struct fire){op, thunk_lr, wrapper_lr, tid, traces->cycles[tid]};
    }
}

/* Of the releases, by what calls the wrapper: 75, 7 and 8. */
static u32 releaser(u32 i)
{
    return i % 11 == 10 ? 0x82450314 : i % 12 == 5 ? 0x82450CE0 : 0x82450D2C;
}

static void add_all(struct traces *traces)
{
    static const u32 tids[] = {1, 2, 5};
    u32 releases = 0;
    for (u32 i = 0; i < BOOT_RELEASES; i++)
        add_fires(traces, OP_NtReleaseSemaphore, 0x824AB168, releaser(releases++), tids[boot_releases[i].who], 1);
    for (u32 i = 0; i < WORKER_RELEASES; i++) {
        add_fires(traces, OP_NtReleaseSemaphore, 0x824AB168, releaser(releases++), 5, 1);
        if (i < WORKER_SETS)
            add_fires(traces, OP_NtSetEvent, i < 40 ? 0x82450A24 : 0x82450E10, i < 40 ? 0x82450A24 : 0x82450E10, 5, 1);
    }
    add_fires(traces, OP_NtSetEvent, 0x827E1044, 0x827E1044, 6, FIRST_SETS - 1);
    add_fires(traces, OP_NtSetEvent, 0x827E0F54, 0, 6, 1);
    add_fires(traces, OP_NtSetEvent, 0x827E1278, 0x827E1278, 8, IDLE_SETS - 1);
    add_fires(traces, OP_NtSetEvent, 0x827E0F30, 0, 8, 1);
    traces->fires[traces->count++] = (struct fire){OP_KeReleaseSemaphore, 0x824D229C, 0, 9, 631};
    add_fires(traces, OP_NtSetEvent, 0x822F1D30, 0x822F1D30, 1, MAIN_SETS);
    add_fires(traces, OP_NtSetEvent, 0x824D2980, 0x824D2980, 11, 1);
    add_fires(traces, OP_NtSetEvent, 0x821CBB4C, 0x821CBB4C, 13, 1);
    add_fires(traces, OP_NtReleaseSemaphore, 0x824AB168, releaser(releases++), 13, 1);
}

static void write_trace(const struct traces *traces, const char *folder, const char *name, bool is_wrappers)
{
    char *text = calloc(1, 1 << 16);
    size_t n = 0;
    CHECK(text, "no memory for a trace");
    for (u32 i = 0; i < traces->count; i++) {
        const struct fire *fire = &traces->fires[i];
        bool is_set = fire->op == OP_NtSetEvent;
        u32 thunk = is_set ? 0x8284DF5C : fire->op == OP_NtReleaseSemaphore ? 0x8284E07C : 0x8284E49C;
        u32 pc = is_wrappers ? (is_set ? 0x824AA2F0 : 0x824AB158) : thunk;
        if (!is_wrappers || fire->wrapper_lr)
            n += (size_t)snprintf(text + n, (1 << 16) - n,
                                  "{\"pc\":\"0x%08x\",\"lr\":\"0x%08x\",\"tid\":%u,\"cycle\":%u}\n", pc,
                                  is_wrappers ? fire->wrapper_lr : fire->thunk_lr, fire->tid, fire->cycle);
    }
    seed_write_text(folder, name, text);
    free(text);
}

void audio_write_traces(const char *folder)
{
    struct traces *traces = calloc(1, sizeof *traces);
    CHECK(traces, "no memory for traces");
    add_all(traces);
    CHECK(traces->count == 153, "the trace has %u fires", traces->count);
    write_trace(traces, folder, "ours-i2d-iat-trace.jsonl", false);
    write_trace(traces, folder, "ours-i2d-lr-trace.jsonl", true);
    free(traces);
}
