/* SPDX-License-Identifier: BSD-3-Clause
 * What a journal is about, without unpacking all of it: how many events of which kind, which threads there were. */
#ifndef DIFF_SURVEY_H
#define DIFF_SURVEY_H

#include "replay/journal.h"

struct survey_thread {
    u32 thread;
    u32 parent;            /* who made it (0: the machine), if that is told */
    u64 lineage;           /* 0: unknown */
    u32 entry;             /* 0: unknown */
    bool created, started; /* there is an event of it */
    u64 events;
    u64 first_time;
    u64 last_time;
};

struct survey {
    u64 kinds[EVENT_KINDS];
    struct survey_thread *threads; /* in order of id */
    size_t thread_count;
    u64 damaged;       /* blocks that could not be read */
    struct err damage; /* the first of them */
};

void survey_make(struct survey *survey, struct journal_reader *journal);
void survey_free(struct survey *survey);
/* NULL: no such thread. */
const struct survey_thread *survey_thread(const struct survey *survey, u32 thread);
const struct survey_thread *survey_lineage(const struct survey *survey, u64 lineage);

#endif
