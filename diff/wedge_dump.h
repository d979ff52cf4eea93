/* SPDX-License-Identifier: BSD-3-Clause
 * Who is blocked as a dump of all threads tells it (EVENT_snapshot), where the log beside it tells no waits: the state,
 * what is waited on, the PC. For how long, whether without end, and what was ever done to those things no dump tells.
 */
#ifndef DIFF_WEDGE_DUMP_H
#define DIFF_WEDGE_DUMP_H

#include "diff/run.h"
#include "replay/wedge.h"

struct wedge_dump;

/* NULL: the run has no dump. */
struct wedge_dump *wedge_dump_make(struct run *run);
void wedge_dump_free(struct wedge_dump *dump);                  /* accepts NULL */
bool wedge_dump_has(const struct wedge_dump *dump, u32 thread); /* false for NULL */
/* Adds its threads; of several dumps of one thread the last counts. */
void wedge_dump_add(const struct wedge_dump *dump, struct wedge_report *report);

#endif
