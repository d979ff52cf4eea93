/* SPDX-License-Identifier: BSD-3-Clause
 * Who waited on what and who did something about it, in the order of the run: a run's objects and waits
 * (diff/objects.h, diff/waits.h) and the deeds that the ladder needs beside signals: timers armed and cancelled, events
 * reset, threads created, resumed and suspended.
 *
 * Where a source tells no arguments, the object of a deed is unknown; it may have been guessed since (`guessed`): the
 * wait that ended next tells. Contended critical sections are waits too; entering and leaving them is too common to be
 * gathered: see signals_owner. */
#ifndef DIFF_SIGNALS_H
#define DIFF_SIGNALS_H

#include "diff/order.h"
#include "diff/sites.h"
#include "diff/waits.h"
#include "schema/role.h"

enum { SIGNALS_NONE = -1 }; /* as u32: no thread, no object */

enum deed_kind {
    DEED_NONE,
    DEED_SET,
    DEED_PULSE,
    DEED_RELEASE, /* NtSignalAndWait... too */
    DEED_EXIT,    /* a thread's end */
    DEED_EXPIRE,  /* a timer's, by the machine: no call */
    DEED_LEAVE,
    DEED_ENTER,
    DEED_ARM,
    DEED_CANCEL,
    DEED_RESET,
    DEED_RESUME,
    DEED_SUSPEND,
    DEED_SPAWN,
};

struct signal_deed {
    u64 seq, time, position;
    u32 place, op, lr;
    u32 object; /* in objects.rows, or SIGNALS_NONE: not told */
    u8 kind;    /* enum deed_kind */
    bool guessed;
};

struct signals {
    struct run *run;
    struct site_fact *facts; /* by site */
    struct objects objects;
    struct waits waits;
    u32 *order; /* places in waits.rows, in order of their begin */
    u32 wait_count;
    struct signal_deed *deeds; /* in order of seq */
    u32 deed_count;
    u64 last_seq, last_time;
    u32 *hangs; /* numbers of those that hang, in order of their begin */
    u32 hang_count;
    struct groups waits_by_place, ended_by_object, deeds_by_place, deeds_on_object, deeds_on_thread; /* see below */
};

/* The n-th wait in the order of their begin: what lists of waits hold the numbers of. */
static inline const struct wait *signals_wait(const struct signals *s, u32 n)
{
    return &s->waits.rows[s->order[n]];
}

/* Places in a table. */
struct signals_list {
    const u32 *rows;
    u32 count;
};
struct signals_list signals_waits(const struct signals *s, u32 place);     /* a thread's waits, in order of begin */
struct signals_list signals_ended(const struct signals *s, u32 object);    /* waits that it ended, in order of end */
struct signals_list signals_deeds_of(const struct signals *s, u32 place);  /* a thread's deeds, in order of seq */
struct signals_list signals_deeds_on(const struct signals *s, u32 object); /* none for SIGNALS_NONE */
/* On objects that stand for a thread. */
struct signals_list signals_deeds_on_thread(const struct signals *s, u32 place);

struct signals *signals_make(struct run *run, struct err *err);
/* The run's objects alone: as of a run in which nobody waits or signals. */
struct signals *signals_make_bare(struct run *run, struct err *err);
void signals_free(struct signals *s); /* accepts NULL */

/* Its log tells waits: some, or it is a run of our own that was finished, in which none is none. False: who is blocked
 * is unknown. */
bool signals_tell_waits(const struct signals *s);
/* It can end somebody's wait. */
bool signals_is_signal(u8 deed_kind);
/* Open, not woken, without time-out, and for something: the thread hangs in it. */
bool signals_hangs(const struct wait *wait);
/* The wait that a thread hangs in, or NULL. */
const struct wait *signals_open_wait(const struct signals *s, u32 place);
bool signals_wait_has(const struct wait *wait, u32 object);
/* The deed that ended a wait, or NULL: the waker's, else the last that fits. */
const struct signal_deed *signals_ender(const struct signals *s, const struct wait *wait);
/* The same, where more than the wait's result tells the object. */
const struct signal_deed *signals_ender_told(const struct signals *s, const struct wait *wait);
/* Who holds a critical section or a mutant at the end of the run: by entering and leaving; SIGNALS_NONE: nobody, or it
 * cannot be told. *deed: where it was entered. */
u32 signals_owner(const struct signals *s, u32 object, struct signal_deed *deed);
/* What the call returned; false: not told. */
bool signals_result(const struct signals *s, const struct signal_deed *deed, u32 *result);
/* The same, at less cost for who asks for few that stand far apart. */
bool signals_result_alone(const struct signals *s, const struct signal_deed *deed, u32 *result);
/* The first handle or address that stood for an object; 0: none. */
u32 signals_handle(const struct signals *s, u32 object);
u32 signals_address(const struct signals *s, u32 object);

/* How a thread stands at the end of the run. */
enum signals_state {
    SIGNALS_RUNS,
    SIGNALS_BLOCKED,
    SIGNALS_ENDED,
    SIGNALS_NEVER_RAN, /* created, and no event of its own */
    SIGNALS_SUSPENDED,
};
enum signals_state signals_state_of(const struct signals *s, u32 place);
const char *signals_state_name(enum signals_state state);

/* Puts rows and deeds into these lists (diff/signals_group.c). */
void signals_group(struct signals *s);

#endif
