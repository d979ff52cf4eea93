/* SPDX-License-Identifier: BSD-3-Clause
 * Threads that ran, and of which a log tells nothing: not captured, and not missing. That a thread ran although its log
 * is empty shows in what others did: whoever made a thread that has a log ran before it; and where a maker does the
 * same in both runs until its thread begins, it made it in both. Of what a thread makes that a log leaves out so, the
 * log cannot tell whether it was made. A log of our own leaves no thread out. */
#ifndef DIFF_SILENT_H
#define DIFF_SILENT_H

#include "diff/pair.h"

struct silent {
    bool *of[2]; /* by place in A, and in B: the other log is silent about this thread */
    u32 count[2];
};

void silent_find(struct silent *silent, struct pairing *pairing);
void silent_free(struct silent *silent);

#endif
