/* SPDX-License-Identifier: BSD-3-Clause
 * A ledger of what is thought to be the cause, each with the facts for and against it, kept in the journal in tables of
 * its own,
 *     hypotheses(name, state, text), hypothesis_facts(name, sign, text, thread, idx, seq, time)
 * beside what the hashes cover. A fact may cite an event of the run. */
#ifndef DIFF_HYPOTHESIS_H
#define DIFF_HYPOTHESIS_H

#include "replay/journal.h"

enum { HYPOTHESIS_NAME = 64, HYPOTHESIS_TEXT = 512 };

enum hypothesis_state { HYPOTHESIS_OPEN, HYPOTHESIS_CONFIRMED, HYPOTHESIS_REFUTED, HYPOTHESIS_STATES };

struct hypothesis_fact {
    char sign; /* '+' for it, '-' against it */
    char text[HYPOTHESIS_TEXT];
    bool is_event; /* the four below cite one */
    u32 thread, index;
    u64 seq, time;
};

struct hypothesis {
    char name[HYPOTHESIS_NAME];
    char text[HYPOTHESIS_TEXT];
    u8 state;
    struct hypothesis_fact *facts; /* in the order in which they were added */
    u32 fact_count;
};

/* In the order in which they were added; hypothesis_free takes them. */
u32 hypothesis_all(struct journal_reader *journal, struct hypothesis **list);
void hypothesis_free(struct hypothesis *list, u32 count);

/* The facts that it comes with are added too. False: err; there is one of that name already, or it cannot be written.
 */
bool hypothesis_add(const char *path, const struct hypothesis *hypothesis, struct err *err);
/* *found: there is one of that name. */
bool hypothesis_note(const char *path, const char *name, const struct hypothesis_fact *fact, bool *found,
                     struct err *err);
bool hypothesis_set(const char *path, const char *name, u8 state, bool *found, struct err *err);
bool hypothesis_remove(const char *path, const char *name, bool *found, struct err *err);

const char *hypothesis_state_name(u8 state);
/* False: there is no such state. */
bool hypothesis_read_state(const char *name, u8 *state);

#endif
