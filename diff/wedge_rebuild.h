/* SPDX-License-Identifier: BSD-3-Clause
 * The wedge report of a journal that brings none: rebuilt from its events (diff/signals.h), or, where they tell no
 * waits, from a dump of all threads (diff/wedge_dump.h). What only the machine knows
 * (PCs, stacks, limits) stays empty. */
#ifndef DIFF_WEDGE_REBUILD_H
#define DIFF_WEDGE_REBUILD_H

#include "diff/signals.h"
#include "replay/wedge.h"

/* Fills and analyses an initialised report. report->wedged: some thread is blocked, and none can run. */
void wedge_rebuild(struct wedge_report *report, const struct signals *signals);

/* Places in report->threads of those that wait, in order of blocking; the caller frees it. */
u32 *wedge_blocking_order(const struct wedge_report *report, u32 *count);

#endif
