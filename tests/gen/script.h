/* SPDX-License-Identifier: BSD-3-Clause
 * Logs by the letter: each thread is a lane of events at times that are said, and a log is all lanes merged by time.
 * For the rebuilt investigations, whose numbers must come out. */
#ifndef TESTS_GEN_SCRIPT_H
#define TESTS_GEN_SCRIPT_H

#include "tests/gen/emit.h"
#include "tests/gen/run.h"

enum { LANES_MAX = 64, LANE_STEP = 400 };

struct gen_lane {
    u32 tid;
    bool is_ours;
    u64 time, next, cycle; /* next: of the next event, if later than it would be */
    u64 step;              /* ns between events, about */
    u16 op;                /* of the call that is not yet ended */
    struct gen_random random;
    struct gen_event *events;
    u32 count, capacity;
};

struct gen_script {
    enum gen_style style;
    struct gen_lane lanes[LANES_MAX];
    u32 lane_count;
    u32 next_handle;
};

/* A handle as its log shows it. */
struct gen_named {
    u32 raw;
    u64 hsid;
    u8 type;
};

void script_init(struct gen_script *script, enum gen_style style, u32 first_handle);
void script_finish(struct gen_script *script);
/* The thread's lane; it begins at that time. */
struct gen_lane *script_lane(struct gen_script *script, u32 tid, u64 time);
/* A handle with a number that the log has not had yet. */
struct gen_named script_handle(struct gen_script *script, u8 type);
/* Everything, in order of time. Returns how many events. */
u64 script_write(struct gen_script *script, struct gen_sink *sink);

/* The next event is at this time. */
void lane_at(struct gen_lane *lane, u64 time);
/* The next so many events end at about that time. */
void lane_pace(struct gen_lane *lane, u32 events, u64 until);
struct gen_event *lane_event(struct gen_lane *lane, enum gen_kind kind);
/* import.call and kernel.call; the latter at a time, 0: whenever it comes. */
struct gen_event *lane_begin_at(struct gen_lane *lane, u16 op, u32 lr, u64 time);
struct gen_event *lane_begin(struct gen_lane *lane, u16 op, u32 lr);
void lane_end(struct gen_lane *lane, u32 status);
void lane_call(struct gen_lane *lane, u16 op, u32 lr);
/* A section entered and left. */
void lane_section(struct gen_lane *lane, u32 lr);
/* The same, but entering it had to wait. */
void lane_contended(struct gen_lane *lane, u32 lr);
void lane_create(struct gen_lane *lane, u16 op, u32 lr, struct gen_named handle);
void lane_close(struct gen_lane *lane, u32 lr, struct gen_named handle);
/* Single events within a call. thread.create is at a time, too. */
struct gen_event *lane_put_handle(struct gen_lane *lane, enum gen_kind kind, struct gen_named handle);
void lane_put_thread(struct gen_lane *lane, struct gen_named handle, struct gen_entry entry, u32 tid, u64 time);
struct gen_event *lane_put_wait(struct gen_lane *lane, const struct gen_named *handles, u32 count);
void lane_put_wake(struct gen_lane *lane, enum gen_kind kind, struct gen_named handle, u32 waiter);
/* until: when the wait ends; 0: never. A phantom's return is written at once anyway. */
void lane_wait(struct gen_lane *lane, u16 op, u32 lr, const struct gen_named *handles, u32 count, u64 until);
/* waiter: the tid that it wakes; 0: none, and no event says which object it was. */
void lane_signal(struct gen_lane *lane, u16 op, u32 lr, struct gen_named handle, u32 waiter);
void lane_spawn(struct gen_lane *lane, u32 lr, struct gen_named handle, struct gen_entry entry, u32 tid);
/* Calls of a loop that matter to nobody, the same for the same seed in both logs; closes: how many of them are pairs of
 * NtCreateEvent and NtClose. */
void lane_fill(struct gen_script *script, struct gen_lane *lane, u64 seed, u32 calls, u32 closes, u32 function);
/* The same until the thread has exactly so many events. */
void lane_fill_to(struct gen_script *script, struct gen_lane *lane, u64 seed, u32 events, u32 function);

#endif
