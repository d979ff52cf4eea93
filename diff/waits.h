/* SPDX-License-Identifier: BSD-3-Clause
 * The waits of a run: one row for each time a thread called something that waits, and each time it blocked.
 *
 * Our own journals tell when a thread blocked, when the wait was over, and who woke it; a call that found its object
 * signalled did not block. Foreign logs tell a wait's begin and the return of its call; who woke it follows from the
 * producers of the same objects, where the log tells those.
 *
 * Some engines log the return of a wait at once, when the call is entered, though the thread goes on sleeping. Such a
 * log is known by all its endless waits returning at once, and none staying without (run-wide: `eager`). In it the end
 * of a wait is no later than the thread's next event, whose time is taken; and an endless wait after which the thread
 * never did anything is a *phantom* return: that wait never ended. A dump that shows the thread blocked proves the same
 * in any log. */
#ifndef DIFF_WAITS_H
#define DIFF_WAITS_H

#include "diff/objects.h"

enum {
    WAIT_OBJECTS = 4,
    WAIT_AT_ONCE = 8, /* a return that is told at once comes within so many events of the run */
};

enum wait_state {
    WAIT_ENDED,
    WAIT_OPEN,    /* never ended in the journal */
    WAIT_PHANTOM, /* its return is in the journal, but it never ended: open as well */
};

enum wait_waker {
    WAKER_NONE,    /* open; or a time-out, an alert */
    WAKER_TOLD,    /* the engine says who */
    WAKER_FOUND,   /* the last producer of one of its objects between begin and end */
    WAKER_EARLIER, /* none in between: the last one before it began, the object was signalled already */
    WAKER_UNKNOWN, /* neither: the log does not tell the objects that were signalled */
    WAKER_GUESSED, /* waits_guess: a signal of no told object that came while it waited and is of the right kind */
};

struct wait {
    u32 place;
    u32 site; /* of the call (of the wait_begin, if the journal has no call) */
    u64 call; /* position of the call (or wait_begin): cite this */
    u64 begin,
        end; /* positions of wait_begin and of wait_end or return; begin == call: did not block; end UINT64_MAX */
    u64 begin_seq, end_seq; /* end_seq UINT64_MAX: open or phantom */
    u64 begin_time, end_time;
    u64 deadline; /* on the journal's clock; UINT64_MAX: endless */
    u32 op, lr;
    u8 state; /* enum wait_state */
    bool blocked;
    bool has_deadline; /* false: the source does not tell whether there is one */
    bool all, alertable;
    bool tells_all, tells_alertable, tells_count; /* false: the source does not, the value here is 0 */
    bool has_status;
    bool by_snapshot; /* WAIT_PHANTOM: a dump proves it */
    bool is_woken;    /* open, and somebody ended it near the log's end (diff/ends.h); set by signals_make */
    u8 object_count;  /* as told; at most WAIT_OBJECTS of them in objects[] */
    u32 objects[WAIT_OBJECTS];
    u32 status;      /* of a wait for no object what its call returned: that its time has passed is no result */
    u32 ended_by;    /* the object that ended it; OBJECTS_NONE: not told */
    bool by_result;  /* which follows from the result alone (diff/signals.h): no signal of it is known */
    u8 waker;        /* enum wait_waker */
    u32 waker_place; /* UINT32_MAX: the machine, or unknown */
    u32 waker_op, waker_lr;
    u64 waker_position; /* of the signalling call; UINT64_MAX: not known */
    u64 waker_seq, waker_time;
};

struct waits {
    struct run *run;
    struct objects *objects;
    struct wait *rows; /* by thread, in order of its events */
    u32 count;
    u32 *first; /* by place: its first row; [thread count] is the end */
    bool eager;
};

/* The objects of a run and its waits, in one pass; waits are counted into objects' rows too. The objects must live as
 * long. False: damage; free both all the same. */
bool waits_make(struct waits *waits, struct objects *objects, struct run *run, struct err *err);
void waits_free(struct waits *waits);

/* Where the waker is unknown since the log tells no arguments: makes the last signal that fits, if there is one, a
 * guess. Each signal is guessed once. For lists that show what is guessed; whoever draws conclusions has
 * diff/signals.h.
 */
void waits_guess(struct waits *waits);

/* The wait that a thread is in at the end of the run; UINT32_MAX: none. */
u32 waits_open(const struct waits *waits, u32 place);

static inline bool wait_is_open(const struct wait *wait)
{
    return wait->state != WAIT_ENDED;
}

/* Of several objects the one that its result says ended it. */
static inline u32 wait_result_object(const struct wait *w)
{
    u32 which = w->has_status && !w->all && w->status < w->object_count && w->status < WAIT_OBJECTS ? w->status : 0;
    return w->object_count ? w->objects[which] : OBJECTS_NONE;
}

/* "Blocked", "Blocked(WaitAny...)", "waiting": any dump's word for it. */
bool waits_says_blocked(const char *state);
/* Blocked for nothing that anybody signals, in a call that is no delay: for the time that a device takes. */
bool wait_is_latency(const struct wait *wait);
const char *wait_state_name(u8 state);
const char *wait_waker_name(u8 waker);

#endif
