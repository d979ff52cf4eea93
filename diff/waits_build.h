/* SPDX-License-Identifier: BSD-3-Clause
 * How waits are worked out, shared by diff/waits*.c alone. */
#ifndef DIFF_WAITS_BUILD_H
#define DIFF_WAITS_BUILD_H

#include "diff/marks.h"
#include "diff/waits.h"

/* Finds each thread's waits by the sites of its events, and keeps what these tell, while others look at the same
 * blocks; then, objects being known, fills the rows. facts must live as long. */
struct waits_finder;
struct waits_finder *waits_finder_create(struct run *run, const struct site_fact *facts);
const struct marks_watch *waits_finder_watch(struct waits_finder *finder);
void waits_find(struct waits *waits, struct waits_finder *finder);
void waits_finder_destroy(struct waits_finder *finder); /* accepts NULL */

/* Which ended waits did not end. */
bool waits_judge(struct waits *waits, const struct site_fact *facts, struct err *err);
/* Who woke whom. */
void waits_wakers(struct waits *waits);
/* The signal's thread, op, LR and place. */
void waits_set_waker(const struct waits *waits, struct wait *wait, u8 how, u32 signal);

#endif
