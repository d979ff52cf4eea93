/* SPDX-License-Identifier: BSD-3-Clause
 * How far a long task is: one line on stderr that is written over, if stderr is a terminal. */
#ifndef DIFF_PROGRESS_H
#define DIFF_PROGRESS_H

#include "schema/base.h"

struct progress {
    bool shown;      /* stderr is a terminal */
    u64 began, told; /* nanoseconds of the host's clock */
};

void progress_begin(struct progress *progress);
/* position of size bytes (0: not known) and so many lines are done. Cheap: call it every some thousand lines. */
void progress_step(struct progress *progress, u64 position, u64 size, u64 lines);
/* Takes the line away. */
void progress_end(struct progress *progress);

#endif
