/* SPDX-License-Identifier: BSD-3-Clause
 * Contradictions between what a journal's sources say: a return of a wait against a dump that shows the thread blocked,
 * a dump against the log's last wait, an end against a life after it, a count against what is there. */
#ifndef DIFF_CONTRADICT_H
#define DIFF_CONTRADICT_H

#include "diff/waits.h"

/* Calls report with one sentence each, both records cited; returns how many. The waits must be made. */
u64 contradict_find(struct waits *waits, void (*report)(void *context, const char *sentence), void *context);
/* The same for another log of the same run, which has the same thread ids: calls that both could tell and one does not,
 * in the time that both cover. */
u64 contradict_with(struct run *run, struct run *other, void (*report)(void *context, const char *sentence),
                    void *context);
/* Some op is called in both; without, neither says anything of the other. */
bool contradict_can_compare(const struct run *run, const struct run *other);
/* Ops of which only one of two such logs could tell anything: a sentence each. */
void contradict_one_sided(struct run *run, struct run *other, void (*report)(void *context, const char *sentence),
                          void *context);

#endif
