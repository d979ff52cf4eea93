/* SPDX-License-Identifier: BSD-3-Clause
 * What views need to know of each site, looked up once. */
#ifndef DIFF_SITES_H
#define DIFF_SITES_H

#include "diff/run.h"
#include "schema/role.h"

struct site_fact {
    u32 op;
    u8 kind;              /* enum event_kind */
    struct role_row role; /* of its op, whatever the kind */
};

/* By site; free it. */
struct site_fact *sites_make(const struct run *run);
/* Some site is of this kind. */
bool sites_have(const struct run *run, enum event_kind kind);

#endif
