/* SPDX-License-Identifier: BSD-3-Clause
 * What a user is told when a run ends: faults, wedges, unimplemented calls, the summary. */
#ifndef EMU_HOST_REPORT_H
#define EMU_HOST_REPORT_H

#include "emu/host/session.h"
#include "replay/wedge.h"

/* Exit code of a run that ended so (schema/exit.def). */
int report_exit_code(const struct session *s);
/* Reads who waits for what out of the machine, if it is wedged or stalled. */
void report_fill_wedge(struct engine *e, bool stalled, struct wedge_report *report);
/* On stderr: a fault with registers, back trace, last calls and advice, and the counts of what was unimplemented. */
void report_fault(const struct session *s);
void report_unimplemented(const struct session *s);
/* One line on stderr: how it ended, when, how much. */
void report_summary(const struct session *s);
/* The last line of run|record --json. */
void report_json(const struct session *s);
/* Return addresses, innermost first, PC not among them; LR only where the function at PC has not saved it. */
u32 report_backtrace(struct engine *e, const struct ppc *c, u32 *out, u32 capacity);

#endif
