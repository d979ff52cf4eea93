/* SPDX-License-Identifier: BSD-3-Clause
 * The wedge report: every thread at the moment when nothing could ever run again, what it waits on, and why nobody
 * comes.
 *
 * The emulator fills it (wedge_add_thread, wedge_add_wait), wedge_analyse finds roots and cycles, wedge_print shows it,
 * wedge_write puts the threads and waits into the journal (meta "wedge"), wedge_read takes them from there; the
 * analysis is a function of them and is made again.
 *
 * Who waits for whom. A wait on a mutant or a critical section points to its owner, a wait on a thread to that thread:
 * these are certain. A wait on anything else points to the thread that last signalled it: likely, since who signalled
 * once should again; but not if that signal was a pulse that woke nobody, for then the signaller has done its part.
 * Only threads that are blocked themselves explain anything. A root is a thread that no such arrow leaves: it was never
 * resumed, or it waits for something that no blocked thread will signal; or it stands in a circle.
 *
 * Which root comes first. Roots that have something to show for themselves come before those that merely wait for what
 * did not come: a circle of owners, which is proof; then what nobody does on purpose for ever: a thread that was made
 * suspended and never resumed, a pulse that woke nobody, a timer that was cancelled or never set, a release that was
 * refused, an owner that ended; then all the rest. That a signal which did not come was the business of a thread that
 * never ran cannot be known, but it is what to look at first. Among equals, those that hold up most threads come first.
 * Of several things that a thread waits on, the root names the one that tells most by the same order. */
#ifndef REPLAY_WEDGE_H
#define REPLAY_WEDGE_H

#include "schema/base.h"
#include "schema/event.h"

#include <stdio.h>

struct journal_writer;
struct journal_reader;

enum {
    WEDGE_BACKTRACE_MAX = 16,
    WEDGE_NAME_SIZE = 64,
    WEDGE_THREADS_MAX = 4096, /* that a journal may hold */
    WEDGE_WAITS_MAX = 16384,
};

/* For a time: the log has none. */
#define WEDGE_TIME_UNKNOWN UINT64_MAX

enum wedge_state { WEDGE_READY, WEDGE_WAITING, WEDGE_SUSPENDED, WEDGE_TERMINATED };

/* Something done to an object; all zero: it never was. */
struct wedge_act {
    u64 time;
    u32 thread; /* 0: the machine */
    u32 lr;
    u32 op; /* 0: a wait took the signal */
    u32 count;
};

/* One object that a thread waits on. */
struct wedge_wait {
    u8 type;                    /* enum object_type */
    char name[WEDGE_NAME_SIZE]; /* "" for none */
    u64 hsid;
    u32 handle;    /* 0: waited on by pointer */
    u32 address;   /* dispatcher header or critical section in guest memory, or 0 */
    u32 creator;   /* thread id; 0: the machine, or unknown */
    u32 create_op; /* objects that the title makes without a call: the first call that used it */
    u64 creator_lineage;
    u32 create_lr;
    u32 created_ordinal; /* how many-th made there by the creator, from 0 */
    u32 owner;           /* mutant, critical section: who owns it; thread: the thread itself; else 0 */
    bool was_signalled;  /* the four below are known */
    bool is_untold;      /* of what was done to it nothing is known */
    u32 signal_thread;   /* 0: the machine (a timer, a device) */
    u32 signal_lr;
    u32 signal_op;
    u64 signal_time;
    u32 signal_woke;          /* threads that it woke */
    bool pulsed;              /* the last signal was a pulse */
    bool is_armed;            /* timers */
    struct wedge_act armed;   /* timers: set */
    struct wedge_act undone;  /* timers: cancelled; else: reset, or taken by a wait */
    struct wedge_act refused; /* semaphores: release beyond the limit */
};

struct wedge_thread {
    u32 thread; /* id */
    u64 lineage;
    u32 entry;
    u32 parent; /* id */
    u8 state;   /* enum wedge_state */
    u32 suspend_count;
    bool started; /* it has run */
    u32 pc;
    u32 lr;
    u32 op;       /* the call that blocked, or 0 */
    u64 since;    /* tick */
    u64 deadline; /* tick; UINT64_MAX: none */
    bool wait_all;
    bool is_all_untold; /* of a log that does not say whether it waits for all */
    bool alertable;
    u32 backtrace[WEDGE_BACKTRACE_MAX];
    u32 backtrace_count;
    u32 first_wait; /* in report->waits; set by wedge_add_thread and wedge_add_wait */
    u32 wait_count;
};

enum wedge_reason {
    WEDGE_NEVER_RESUMED,     /* made suspended, and never ran */
    WEDGE_LEFT_SUSPENDED,    /* suspended */
    WEDGE_PULSED_TO_NOBODY,  /* the last signal was a pulse that woke nobody */
    WEDGE_TIMER_CANCELLED,   /* a timer that was cancelled and not set again */
    WEDGE_TIMER_NEVER_SET,   /* a timer that nobody set */
    WEDGE_RELEASE_REFUSED,   /* the last release of the semaphore went beyond its limit and was refused */
    WEDGE_NEVER_SIGNALLED,   /* nobody ever signalled what it waits on */
    WEDGE_LAST_BY_MACHINE,   /* a timer or device signalled it last, and will not again */
    WEDGE_LAST_BY_ITSELF,    /* only the thread itself signalled it */
    WEDGE_SIGNALLER_ENDED,   /* who last signalled it has ended */
    WEDGE_SIGNALLER_RUNS,    /* who last signalled it is not blocked (not in a true wedge) */
    WEDGE_OWNER_ENDED,       /* the owner has ended, or is unknown */
    WEDGE_WAITS_FOR_NOTHING, /* a delay without end */
    WEDGE_IN_CYCLE,          /* owners wait for each other */
    WEDGE_UNTOLD,            /* nothing is known of what was done to what it waits on */
    WEDGE_IN_LIKELY_CYCLE,   /* the last signallers wait for each other */
};

struct wedge_root {
    u32 place;   /* in report->threads */
    u8 reason;   /* enum wedge_reason */
    u32 wait;    /* in report->waits; UINT32_MAX: none */
    u32 certain; /* blocked threads, itself not counted, that wait for it along certain arrows */
    u32 likely;  /* along any arrows */
};

struct wedge_cycle {
    bool certain;
    u32 count;
    u32 *places; /* in report->threads; each waits for the next, the last for the first */
};

struct wedge_report {
    bool wedged;
    bool is_dump; /* threads are as a dump tells: since when, and whether for ever, is not known, and not whether wedged
                   */
    u64 tick;
    u32 untold_signals; /* signals whose object is not told: "never" is as far as the source tells */
    struct wedge_thread *threads;
    u32 thread_count;
    struct wedge_wait *waits;
    u32 wait_count;
    /* By wedge_analyse, in the order that stands above. */
    struct wedge_root *roots;
    u32 root_count;
    struct wedge_cycle *cycles;
    u32 cycle_count;
};

void wedge_init(struct wedge_report *report);
void wedge_finish(struct wedge_report *report);

/* A zeroed thread (deadline: none), valid until the next one is added. */
struct wedge_thread *wedge_add_thread(struct wedge_report *report);
/* A zeroed wait of the thread added last, valid until the next one is added. */
struct wedge_wait *wedge_add_wait(struct wedge_report *report);

void wedge_analyse(struct wedge_report *report);

/* The report for people. Of a run that is not wedged, the threads that are blocked for good all the same. */
void wedge_print(const struct wedge_report *report, FILE *out);

/* Nothing is written for a run that is not wedged. */
void wedge_write(struct journal_writer *w, const struct wedge_report *report);
/* Into an initialised report, analysed. A journal without one gives wedged = false. False: what is there is no report.
 */
bool wedge_read(const struct journal_reader *r, struct wedge_report *report, struct err *err);

const char *wedge_state_name(enum wedge_state state);
/* "waits for something that nobody ever signalled" */
const char *wedge_reason_text(enum wedge_reason reason);
/* "never-signalled": for programs */
const char *wedge_reason_name(enum wedge_reason reason);

#endif
