/* SPDX-License-Identifier: BSD-3-Clause
 * What would go on if a missing signal came: the ladder (diff/ladder.h) run forward. A thread that goes on does what
 * its counterpart does in A, so every signal that is its turn comes, and so on until nothing changes. */
#ifndef DIFF_WHATIF_H
#define DIFF_WHATIF_H

#include "diff/ladder.h"

/* Fires what a rung needs and marks all that go on; freed: by rung, what went on before stays. One signal lets one
 * waiter go on, unless A shows that the same one let several. Returns how many went on. */
u32 whatif_fire(const struct ladder *ladder, u32 rung, bool *freed);

/* A smallest set of rungs whose signals free everything that is part of the wedge; the caller frees it. */
u32 *whatif_least(const struct ladder *ladder, u32 *count);

/* A rung that waits for this object of B (hsid or handle) or is this thread ("T7"): the first one; LADDER_NONE: there
 * is none. */
u32 whatif_find(const struct ladder *ladder, const char *name);

#endif
