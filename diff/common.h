/* SPDX-License-Identifier: BSD-3-Clause
 * The time that two runs have in common. Runs end at different times, so that counts of whole runs say little: what
 * both reached is counted beside them. Each run's time is told on its own clock, from its first event on; clocks of
 * different rates are converted, clocks that are no time have nothing in common. */
#ifndef DIFF_COMMON_H
#define DIFF_COMMON_H

#include "diff/window.h"

struct common {
    u64 first[2], last[2];    /* of each run's events, on its clock */
    bool is_known;            /* both clocks tell time */
    struct window window[2];  /* from each run's first event, as long as the shorter run */
    u32 shorter;              /* side that ends first */
    struct run *without_time; /* !is_known: the run whose clock is no time */
};

void common_find(struct common *common, struct run *a, struct run *b);
/* A moment that each of two runs has: a time of each run's clock (9.4s), or an anchor of that name in each (install,
 * install+5ms). False: err. */
bool common_read_time(struct run *run, const char *text, u64 *time, struct err *err);
/* A number of units of one clock in those of another. */
u64 common_convert(u64 units, u64 from_hz, u64 to_hz);

#endif
