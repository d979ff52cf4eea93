/* SPDX-License-Identifier: BSD-3-Clause
 * The events of some sites, of all threads, in the order of the run: what views are made from. They come one by one:
 * each thread's are gathered a block at a time, and merged. */
#ifndef DIFF_MARKS_H
#define DIFF_MARKS_H

#include "diff/sites.h"

enum { MARK_VALUES = 4 };

struct mark {
    u64 seq, position, time;
    u32 place, site;
    u32 call_site; /* of the thread's last call before it (or itself, a call); UINT32_MAX: none */
    u32 call_back; /* how many positions back that is */
    u16 missing;   /* a bit for each of v[] */
    u8 kind;
    u64 v[MARK_VALUES]; /* the event's first values, but: call: v[0] the argument that names its object (schema/role.h),
                           v[1] the first one, v[2] its text, v[3] its a6; thread_create: v[3] its hsid; wait_begin:
                           v[3] its object0; file: v[3] its length */
};

struct marks;

/* wanted: a flag by site; both must live as long. */
struct marks *marks_open(struct run *run, const struct site_fact *facts, const u8 *wanted);
/* 1: *mark is one, valid until the next call; 0: no more; -1: damage. */
int marks_next(struct marks *marks, const struct mark **mark, struct err *err);
void marks_close(struct marks *marks);

#endif
