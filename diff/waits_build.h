/* SPDX-License-Identifier: BSD-3-Clause
 * How waits are worked out, shared by diff/waits*.c alone. */
#ifndef DIFF_WAITS_BUILD_H
#define DIFF_WAITS_BUILD_H

#include "diff/sites.h"
#include "diff/waits.h"

/* Finds each thread's waits by the sites of its events alone, and fills them from the events. */
bool waits_find(struct waits *waits, const struct site_fact *facts, struct err *err);
/* Which ended waits did not end. */
bool waits_judge(struct waits *waits, const struct site_fact *facts, struct err *err);
/* Who woke whom. */
void waits_wakers(struct waits *waits);

#endif
