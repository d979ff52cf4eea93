/* SPDX-License-Identifier: BSD-3-Clause
 * How far a long task is: one line on stderr that is written over. */
#ifndef DIFF_PROGRESS_H
#define DIFF_PROGRESS_H

#include "schema/base.h"

struct progress {
    bool shown;
    u64 began, told;     /* nanoseconds of the host's clock */
    u64 position, lines; /* where it began */
};

/* From a place on. Shown if stderr is a terminal, or if so asked. */
void progress_begin(struct progress *progress, u64 position, u64 lines, bool always);
/* position of size bytes (0: not known) and so many lines are done. Cheap: call it every some thousand lines. */
void progress_step(struct progress *progress, u64 position, u64 size, u64 lines);
/* Takes the line away. */
void progress_end(struct progress *progress);

#endif
