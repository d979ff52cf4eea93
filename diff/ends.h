/* SPDX-License-Identifier: BSD-3-Clause
 * How threads end, how runs end, and who woke whom. */
#ifndef DIFF_ENDS_H
#define DIFF_ENDS_H

#include "diff/keys.h"

enum thread_end {
    ENDS_UNKNOWN,
    ENDS_EXITED,
    ENDS_BLOCKED,   /* in a wait or a call that has not returned; a phantom return counts as none */
    ENDS_SUSPENDED, /* made, never ran */
    ENDS_RUNNING, /* its last call returned and nothing follows, or the log ends within a call that waits for nothing */
};

struct ends {
    struct run *run;
    u8 *of;         /* by place, enum thread_end */
    bool *is_woken; /* by place: its wait had just been ended, and the log has nothing of it behind that */
    u64 *last;      /* by place: position of the last key, UINT64_MAX: none */
    u32 running;    /* threads that were under way when the run ended */
    u32 blocked;
    u32 entering; /* place of the thread whose entering a section, without an answer, is the log's last event; else
                     UINT32_MAX: whether the section was held or the log was cut off is not told */
    bool is_cut;  /* one of them did something at the very end */
    bool has_end; /* the run says itself how it ended */
    u8 reason;    /* enum end_reason, with has_end */
    u64 last_seq;
};

/* Looks at the last events of each thread. */
void ends_init(struct ends *ends, struct run *run);
void ends_finish(struct ends *ends);
/* Nobody was under way, or only one that had been silent for long: nothing could ever run again. */
bool ends_is_wedged(const struct ends *ends);
const char *ends_name(u8 end);

/* Who ended the wait of the call at this position. */
struct waker {
    bool is_known;
    bool is_guessed; /* the log does not tell which object was signalled: the wait that ended next tells */
    u32 place;       /* UINT32_MAX: no thread (a timer, a time-out) */
    u32 lr;          /* of the call that did; 0: unknown */
    u64 position;    /* of that call, or of what the source tells of it; UINT64_MAX: unknown */
    u64 object;      /* hsid, 0: unknown */
};
void ends_find_waker(struct run *run, u32 place, u64 position, struct waker *waker);

/* ---- Shared by diff/ends*.c. ---- */

/* Which value of an event of that kind is the thread that it wakes; JOURNAL_NO_VALUE: none. */
u8 ends_waiter_value(u8 kind);

#endif
