/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/gen/script.h"

#include <stdlib.h>

void script_init(struct gen_script *script, enum gen_style style, u32 first_handle)
{
    *script = (struct gen_script){.style = style, .next_handle = first_handle};
}

void script_finish(struct gen_script *script)
{
    for (u32 i = 0; i < script->lane_count; i++)
        free(script->lanes[i].events);
}

struct gen_lane *script_lane(struct gen_script *script, u32 tid, u64 time)
{
    CHECK(script->lane_count < LANES_MAX, "a script has too many threads");
    struct gen_lane *lane = &script->lanes[script->lane_count++];
    *lane = (struct gen_lane){.tid = tid,
                              .is_ours = script->style == STYLE_OURS,
                              .next = time,
                              .step = LANE_STEP,
                              .random = {gen_mix(tid ^ (u64)script->style << 32)}};
    return lane;
}

struct gen_named script_handle(struct gen_script *script, u8 type)
{
    u32 raw = script->next_handle;
    script->next_handle += 4;
    return (struct gen_named){raw, gen_mix((u64)raw << 8 ^ type), type};
}

static struct gen_lane *earliest(struct gen_script *script, const u32 *at)
{
    struct gen_lane *best = NULL;
    for (u32 i = 0; i < script->lane_count; i++) {
        struct gen_lane *lane = &script->lanes[i];
        if (at[i] < lane->count && (!best || lane->events[at[i]].time < best->events[at[best - script->lanes]].time))
            best = lane;
    }
    return best;
}

u64 script_write(struct gen_script *script, struct gen_sink *sink)
{
    u32 at[LANES_MAX] = {0};
    u64 events = 0;
    for (struct gen_lane *lane; (lane = earliest(script, at)) != NULL; events++)
        sink->put(sink, &lane->events[at[lane - script->lanes]++]);
    return events;
}

void lane_at(struct gen_lane *lane, u64 time)
{
    lane->next = time;
}

void lane_pace(struct gen_lane *lane, u32 events, u64 until)
{
    CHECK(until > lane->time, "thread %u is past the time it is to end at", lane->tid);
    lane->step = (until - lane->time) / (events + 1);
}

struct gen_event *lane_event(struct gen_lane *lane, enum gen_kind kind)
{
    u64 spread = lane->step / 2;
    if (lane->count == lane->capacity) {
        lane->capacity = lane->capacity ? 2 * lane->capacity : 256;
        lane->events = realloc(lane->events, lane->capacity * sizeof *lane->events);
        CHECK(lane->events, "no memory for a script");
    }
    lane->time += 1 + lane->step - spread / 2 + (spread ? gen_next(&lane->random) % spread : 0);
    if (lane->next) {
        CHECK(lane->count == 0 || lane->next > lane->events[lane->count - 1].time,
              "thread %u goes back in time at its event %u", lane->tid, lane->count);
        lane->time = lane->next;
    }
    lane->next = 0;
    lane->cycle += lane->is_ours ? 20 + lane->step / 4 : 0;
    struct gen_event *event = &lane->events[lane->count];
    *event = (struct gen_event){
        .time = lane->time, .cycle = lane->cycle, .tid = lane->tid, .index = lane->count, .kind = (u16)kind};
    lane->count++;
    return event;
}

struct gen_event *lane_begin_at(struct gen_lane *lane, u16 op, u32 lr, u64 time)
{
    lane_event(lane, GEN_IMPORT_CALL)->op = op;
    if (time)
        lane_at(lane, time);
    struct gen_event *event = lane_event(lane, GEN_CALL);
    lane->op = event->op = op;
    event->lr = lr;
    return event;
}

struct gen_event *lane_begin(struct gen_lane *lane, u16 op, u32 lr)
{
    return lane_begin_at(lane, op, lr, 0);
}

void lane_end(struct gen_lane *lane, u32 status)
{
    struct gen_event *event = lane_event(lane, GEN_RETURN);
    event->op = lane->op;
    event->status = status;
}

void lane_call(struct gen_lane *lane, u16 op, u32 lr)
{
    lane_begin(lane, op, lr);
    lane_end(lane, GEN_SUCCESS);
}

struct gen_event *lane_put_handle(struct gen_lane *lane, enum gen_kind kind, struct gen_named handle)
{
    struct gen_event *event = lane_event(lane, kind);
    event->handle = handle.raw;
    event->hsid = handle.hsid;
    event->object_type = handle.type;
    return event;
}

void lane_put_wake(struct gen_lane *lane, enum gen_kind kind, struct gen_named handle, u32 waiter)
{
    struct gen_event *event = lane_put_handle(lane, kind, handle);
    event->is_noise = true;
    event->target = waiter;
}

struct gen_event *lane_put_wait(struct gen_lane *lane, const struct gen_named *handles, u32 count)
{
    struct gen_event *event = lane_event(lane, GEN_WAIT_BEGIN);
    event->wait_count = (u8)count;
    for (u32 i = 0; i < count; i++)
        event->wait_hsid[i] = handles[i].hsid;
    return event;
}

void lane_put_thread(struct gen_lane *lane, struct gen_named handle, struct gen_entry entry, u32 tid, u64 time)
{
    lane_put_handle(lane, GEN_HANDLE_CREATE, handle);
    if (time)
        lane_at(lane, time);
    struct gen_event *event = lane_put_handle(lane, GEN_THREAD_CREATE, handle);
    event->target = tid;
    event->entry = entry.address;
    event->context = entry.context;
    event->stack = entry.stack;
    event->is_suspended = true;
}

void lane_section(struct gen_lane *lane, u32 lr)
{
    lane_call(lane, OP_RtlEnterCriticalSection, lr);
    lane_call(lane, OP_RtlLeaveCriticalSection, lr + 24);
}

void lane_contended(struct gen_lane *lane, u32 lr)
{
    lane_begin(lane, OP_RtlEnterCriticalSection, lr);
    lane_put_wait(lane, &(struct gen_named){0, gen_mix(lr), GEN_SECTION}, 1)->is_noise = true;
    lane_end(lane, GEN_SUCCESS);
    lane_call(lane, OP_RtlLeaveCriticalSection, lr + 24);
}

void lane_create(struct gen_lane *lane, u16 op, u32 lr, struct gen_named handle)
{
    lane_begin(lane, op, lr);
    lane_put_handle(lane, GEN_HANDLE_CREATE, handle);
    lane_end(lane, GEN_SUCCESS);
}

void lane_close(struct gen_lane *lane, u32 lr, struct gen_named handle)
{
    lane_begin(lane, OP_NtClose, lr);
    lane_put_handle(lane, GEN_HANDLE_DESTROY, handle);
    lane_end(lane, GEN_SUCCESS);
}

void lane_wait(struct gen_lane *lane, u16 op, u32 lr, const struct gen_named *handles, u32 count, u64 until)
{
    lane_begin(lane, op, lr);
    lane_put_wait(lane, handles, count);
    if (lane->is_ours)
        lane_end(lane, GEN_SUCCESS);
    if (until)
        lane_at(lane, until);
    if (!lane->is_ours && until)
        lane_end(lane, GEN_SUCCESS);
}

void lane_signal(struct gen_lane *lane, u16 op, u32 lr, struct gen_named handle, u32 waiter)
{
    lane_begin(lane, op, lr);
    if (waiter)
        lane_put_wake(lane, GEN_SIGNAL_MATCH, handle, waiter);
    lane_end(lane, GEN_SUCCESS);
}

void lane_spawn(struct gen_lane *lane, u32 lr, struct gen_named handle, struct gen_entry entry, u32 tid)
{
    lane_begin(lane, OP_ExCreateThread, lr);
    lane_put_thread(lane, handle, entry, tid, 0);
    lane_end(lane, GEN_SUCCESS);
}

void lane_fill(struct gen_script *script, struct gen_lane *lane, u64 seed, u32 calls, u32 closes, u32 function)
{
    static const u16 ops[] = {OP_RtlEnterCriticalSection, OP_KeTlsGetValue, OP_KeQueryPerformanceFrequency,
                              OP_XNotifyGetNext,          OP_VdSwap,        OP_XamInputGetState,
                              OP_NtAllocateVirtualMemory, OP_KeTlsSetValue, OP_RtlInitializeCriticalSection,
                              OP_MmGetPhysicalAddress,    OP_NtCreateEvent};
    struct gen_random random = {gen_mix(seed)};
    u32 pairs = 0;
    for (u32 done = 0; done < calls;) {
        u32 which = gen_below(&random, countof(ops) - 1), lr = function + 0x20 + 0x30 * which;
        bool is_close = pairs < closes && (u64)done * closes >= (u64)pairs * calls && calls - done >= 2;
        if (is_close) {
            struct gen_named handle = script_handle(script, GEN_EVENT);
            script->next_handle -= 4;
            lane_create(lane, OP_NtCreateEvent, function + 0x300, handle);
            lane_close(lane, function + 0x330, handle);
            pairs++;
            done += 2;
        } else if (ops[which] == OP_RtlEnterCriticalSection && calls - done >= 2) {
            lane_section(lane, lr);
            done += 2;
        } else {
            lane_call(lane, ops[which == 0 ? 1 : which], lr + (which == 0 ? 8 : 0));
            done++;
        }
    }
    CHECK(pairs == closes, "thread %u: %u of %u handles closed", lane->tid, pairs, closes);
}

void lane_fill_to(struct gen_script *script, struct gen_lane *lane, u64 seed, u32 events, u32 function)
{
    CHECK(events >= lane->count + 24 || events == lane->count, "thread %u has %u events, more than %u", lane->tid,
          lane->count, events);
    u32 left = events - lane->count, closes = 2 * left % 3;
    lane_fill(script, lane, seed, (left - 2 * closes) / 3, closes, function);
}
