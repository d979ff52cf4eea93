/* SPDX-License-Identifier: BSD-3-Clause
 * Two runs of one title by two engines, the second with a fault, and what is true of them. */
#ifndef TESTS_GEN_PAIR_H
#define TESTS_GEN_PAIR_H

#include "tests/gen/emit.h"
#include "tests/gen/run.h"

struct gen_pair {
    enum gen_fault fault;
    u64 seed;
    struct gen_title title;
    struct gen_run a, b;
    struct gen_out out;
    struct gen_emitter emitter;
};

/* Where two threads' steps part: the first pair of steps that differ, decisions left out. */
struct gen_parting {
    bool is_there, ends; /* ends: one of them has no more steps */
    bool in_result;      /* the calls are the same, their results are not */
    u32 a, b;            /* numbers of the steps; where a thread has no more: their count */
};
struct gen_parting pair_parting(const struct gen_pair *pair, u32 slot);

const char *pair_class_name(enum gen_fault fault);
void pair_write_truth(struct gen_pair *pair);

#endif
