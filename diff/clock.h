/* SPDX-License-Identifier: BSD-3-Clause
 * A journal's clock, and times as users write them. */
#ifndef DIFF_CLOCK_H
#define DIFF_CLOCK_H

#include "diff/run.h"

struct run_clock clock_of(const struct journal_reader *journal);

/* "9.4" and "9.4s" (seconds), "155ms", "10us", "5ns", "123t" (units of the clock). For a clock that is no time, a bare
 * number is in its units, and others are refused: false. */
bool clock_read(const struct run_clock *clock, const char *text, u64 *time);

/* A place in a run. */
struct place {
    bool by_seq; /* else by time */
    u64 seq, time;
};
/* A time as above; "17@339", an event by its thread and index; "event:1234", by its place in the run; an anchor's name,
 * also with a time behind it: "install+5ms", "install-20us". False: err says that it is none of these. */
bool place_read(struct place *place, struct journal_reader *journal, const char *text, struct err *err);
/* "17@339"; false: not of that form. */
bool place_read_cite(const char *text, u32 *thread, u32 *index);
/* The event's place in the run; false: there is none. */
bool place_of_event(struct journal_reader *journal, u32 thread, u32 index, struct event *event);

#endif
