/* SPDX-License-Identifier: BSD-3-Clause
 * The place from which a thread was made. A source that tells a creation without its op and LR tells them with the call
 * that it stands in. */
#ifndef DIFF_SPAWN_H
#define DIFF_SPAWN_H

#include "diff/run.h"

struct spawn_site {
    u32 op, lr; /* 0: not told */
};
struct spawn_site spawn_site(struct run *run, u32 place);

#endif
