/* SPDX-License-Identifier: BSD-3-Clause
 * The events of some sites, of all threads, in the order of the run: what views are made from. */
#ifndef DIFF_MARKS_H
#define DIFF_MARKS_H

#include "diff/sites.h"

struct mark {
    u64 seq, position, time;
    u32 place, site;
    u32 call_site; /* of the thread's last call before it (or itself, a call); UINT32_MAX: none */
    u32 call_back; /* how many positions back that is */
    u16 missing;
    u8 kind;
    u64 v[4]; /* the event's first values, but: call: v[0] the argument that names its object (schema/role.h), v[1] the
                 first one, v[2] its text, v[3] its a6; thread_create: v[3] its hsid; wait_begin: v[3] its object0;
                 file: v[3] its length */
};

struct marks {
    struct mark *rows;
    u64 count, capacity;
};

/* wanted: a flag by site. False: damage. */
bool marks_gather(struct marks *marks, struct run *run, const struct site_fact *facts, const u8 *wanted,
                  struct err *err);
void marks_free(struct marks *marks);

#endif
