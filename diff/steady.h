/* SPDX-License-Identifier: BSD-3-Clause
 * Which noise does not vary in a pair of runs. Critical sections are folded always. Spin locks, IRQL and polling are
 * noise where threads spin or poll; where a title calls them in straight code they come as regularly as anything else,
 * and one call more or less is a divergence. What they do between two common calls, over and over, tells which. */
#ifndef DIFF_STEADY_H
#define DIFF_STEADY_H

#include "diff/align.h"

struct steady {
    u64 gaps[NOISE_CLASSES];      /* stretches between common calls that have some of the class; [NOISE_NONE]: of any */
    u64 differing[NOISE_CLASSES]; /* of them, in which the two runs differ */
    u64 moved[NOISE_CLASSES];     /* neighbours among these whose noise changed places: its number is the same */
    u64 last[NOISE_CLASSES]; /* of those, the ones just before the runs part: what differs there may be the cause */
};

/* Adds what the two threads do from these positions on, as long as their keys agree. keys: without noise. is_end:
 * the thread ended, so that its last stretch is all there was and counts too. */
void steady_measure(const struct keys *keys, u32 thread_a, u32 thread_b, const u64 from[2], const u64 last_position[2],
                    const bool is_end[2], struct steady *steady);
/* A bit for each class that differs so rarely that it is no noise. */
u32 steady_classes(const struct keys *keys, const struct steady *steady);

#endif
