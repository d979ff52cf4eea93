/* SPDX-License-Identifier: BSD-3-Clause
 * One pass over a run for several views: its objects, and who looks on (diff/objects.h). */
#ifndef DIFF_OBJECTS_PASS_H
#define DIFF_OBJECTS_PASS_H

#include "diff/marks.h"
#include "diff/waits.h"

struct objects_pass {
    const struct marks_watch *watch; /* or NULL */
    /* Marks of these sites too, in the order of the run: */
    const u8 *wanted; /* by site, or NULL */
    void (*note)(void *context, const struct mark *mark);
    void *context;
};
/* facts: sites_make(run). pass: NULL for none. */
bool objects_make_along(struct objects *objects, struct run *run, const struct site_fact *facts,
                        const struct objects_pass *pass, struct err *err);
/* The same objects with the same names, but no signals and no times: blocks that only signal are not unpacked. */
bool objects_make_bare(struct objects *objects, struct run *run, const struct site_fact *facts, struct err *err);
/* The same with waits, which put their own watch in. */
bool waits_make_along(struct waits *waits, struct objects *objects, struct run *run, struct objects_pass *pass,
                      struct err *err);

#endif
