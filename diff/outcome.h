/* SPDX-License-Identifier: BSD-3-Clause
 * What kind of failure a pair of runs is, so that one knows how to go on: look at a spawn, at a branch, or at all of
 * it.
 *
 *   A  spawn        a single producer is missing, and B never made or started the thread that it runs in
 *   B  state        one thread that both runs have does something else (a branch, a result, an argument), and what is
 *                   missing follows from that
 *   C  distributed  producers are missing in several threads that part by themselves: there is no single root
 *
 * Where B hangs, the fewest signals that free it (diff/whatif.h) decide whether there is one root, and in whose turn it
 * was; what that thread did instead must be among the divergences. Where B does not hang for good, the divergences that
 * follow from no other decide, and whose producers are missing. A guess of the ladder counts only if the first
 * divergence is in the same thread. How many sites are missing decides nothing: thirty may follow from one. */
#ifndef DIFF_OUTCOME_H
#define DIFF_OUTCOME_H

#include "cli/cli.h"

#include <stdio.h>

struct onepage;
struct table;

enum outcome_class {
    OUTCOME_NONE, /* the runs are the same, or they differ and no producer is missing */
    OUTCOME_SPAWN,
    OUTCOME_STATE,
    OUTCOME_DISTRIBUTED,
    OUTCOME_UNCERTAIN, /* the evidence does not decide */
};

enum { OUTCOME_FACTS = 16, OUTCOME_FACT_SIZE = 256 };

struct outcome_fact {
    char sign; /* '+' for the class, '-' against it, '?' what is open */
    char text[OUTCOME_FACT_SIZE];
    bool has[2]; /* it rests on an event of A, of B */
    u32 thread[2], index[2];
};

struct outcome {
    u8 class; /* enum outcome_class */
    struct outcome_fact facts[OUTCOME_FACTS];
    u32 fact_count;
};

/* All else of the page is there. */
void outcome_find(struct outcome *outcome, const struct onepage *page);

const char *outcome_letter(u8 class); /* "A", "B", "C"; NULL: none of them */
const char *outcome_name(u8 class);   /* "spawn": for programs */
const char *outcome_text(u8 class);

void outcome_print(const struct outcome *outcome, FILE *out);
/* The member "outcome". */
void outcome_json(const struct onepage *page, struct json *json);
/* Rows of the page's table. */
void outcome_rows(const struct onepage *page, struct table *table);

#endif
