/* SPDX-License-Identifier: BSD-3-Clause
 * Schedules that wedge (or fault), looked for by running a journal under many. Seed S of a chaos search is --chaos S.
 * With D preemptions it draws, after PCT (probabilistic concurrency testing), D places over the run's length: a thread,
 * and one of the kernel calls that it makes in the unchanged run. That call is made later, or its thread stands still
 * from there on, for a time between one slice and a tenth of the run, short ones more often. */
#ifndef DIFF_SEARCH_H
#define DIFF_SEARCH_H

#include "diff/calls_of.h"
#include "diff/trials.h"

/* The changes that seed `seed` draws among the calls from that tick on; a heap copy. */
char *search_draw(const struct calls_of *calls, u64 first, u64 seed, u32 preemptions);

#endif
