/* SPDX-License-Identifier: BSD-3-Clause
 * Trails: what one thread did between two of its events, instruction by instruction, in both runs; and what was done to
 * some bytes of memory, by whomever. Both come from replays that see closer (lockstep replay --trace, --watch).
 *
 * Two trails are aligned by control flow: equal as far as they go the same way; where a branch parts them they meet
 * again where every way from that branch leads (its immediate post-dominator, in the flow that both trails show), else
 * where its function returns. What lies between has no partner, and that branch is its control. */
#ifndef DIFF_TRAIL_H
#define DIFF_TRAIL_H

#include "diff/effects.h"
#include "diff/run.h"

#define TRAIL_NONE UINT32_MAX

enum { TRAIL_MOST = 3000000 }; /* events of a trail: a longer one is cut off there */

struct trail_step {
    u64 number, time;
    u64 value; /* moved to or from memory */
    u64 in[3], out[2];
    u32 pc, word;
    u32 address; /* 0: no memory */
    u32 cr, xer; /* after it */
    u32 event;   /* index of the thread's next event */
    u32 depth;   /* of calls, from an arbitrary start */
    u32 partner; /* step of the other trail, or TRAIL_NONE */
    u32 control; /* step whose branch led here alone, or TRAIL_NONE */
};

/* A write to memory: by an instruction, or (pc 0) by the kernel. */
struct trail_write {
    u64 number, time, value, before;
    u32 thread, event; /* 0: the machine */
    u32 pc, op, lr;
    u32 address, size;
    u32 callers[3];
    u32 stack;
};

struct trail {
    struct trail_step *steps;
    u32 count, room;
    struct trail_write *writes; /* by the kernel while the thread ran, or to what is watched */
    u32 write_count, write_room;
    struct trail_write *reads; /* of what is watched: before is not told */
    u32 read_count, read_room;
};
void trail_free(struct trail *trail);

/* What to look at. */
struct trail_ask {
    const char *run;
    const char *title; /* NULL: where the journal says */
    u32 thread;        /* id; 0: all, for watches */
    u32 from;          /* index of the event to begin at */
    u32 to;            /* and to end with; UINT32_MAX: the run's end */
    u64 until;         /* seq of the event to stop at; UINT64_MAX: the run's end */
    u32 watch_count;
    struct {
        u32 address, size;
    } watch[8]; /* none: the thread's instructions */
};
/* Both runs at once. False: err. */
bool trail_read(const struct trail_ask ask[2], struct trail trail[2], const char *folder, struct err *err);

bool trail_read_one(const struct trail_ask *ask, struct trail *trail, const char *folder, struct err *err);
/* What watched bytes held before an instruction; false: not all are known. */
bool trail_rebuild(const struct trail *trail, u64 number, u32 address, u32 size, u8 *bytes);

/* Sets partner and control in both. *parted: the steps of the branch behind which they do not meet again; TRAIL_NONE:
 * they go the same way to the end of one. */
void trail_align(struct trail trail[2], u32 parted[2]);

/* The last step before `step` that writes a place (diff/effects.h); TRAIL_NONE: none. */
u32 trail_definition(const struct trail *trail, u32 step, u32 place);
/* What the step read from that place, or left there. False: not told. */
bool trail_value_read(const struct trail *trail, u32 step, u32 place, u64 *value);
bool trail_value_written(const struct trail *trail, u32 step, u32 place, u64 *value);
/* The step with that number of instructions before it; TRAIL_NONE: none. */
u32 trail_find(const struct trail *trail, u64 number);

#endif
