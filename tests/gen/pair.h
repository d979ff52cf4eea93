/* SPDX-License-Identifier: BSD-3-Clause
 * Two runs of one title by two engines, the second with a fault, and what is true of them. */
#ifndef TESTS_GEN_PAIR_H
#define TESTS_GEN_PAIR_H

#include "tests/gen/emit.h"
#include "tests/gen/run.h"

enum gen_way {
    WAY_PLAIN,
    WAY_TWO,        /* another fault beside the first */
    WAY_SPEED,      /* B's clock goes much slower or faster, or drifts */
    WAY_RECYCLED,   /* B uses handles again at once, A never */
    WAY_SPAWN_SWAP, /* B makes two threads in the other order */
    WAY_LATE_GATE,  /* the fault is in what opens the late gate */
    WAY_FIRST,      /* at main's first call */
    WAY_LAST,       /* at the run's last call */
    WAY_LATE_TASK,  /* in the thread that is made last */
    WAY_CROWD,      /* in one of the ring's workers */
    WAY_UNCAPTURED, /* B does not write one op */
};

struct gen_pair_kind {
    const char *name;
    enum gen_fault fault;
    u32 shape;
    enum gen_way way;
    const char *verdict;
};
enum { PAIR_CLASSES = 7 };
extern const struct gen_pair_kind gen_pair_kinds[];
extern const u32 gen_pair_kind_count;

struct gen_pair {
    const struct gen_pair_kind *kind;
    enum gen_fault fault; /* the kind's, or what was chosen */
    u64 seed;
    struct gen_title title, other; /* other: B's, where it is not A's */
    struct gen_run a, b;
    struct gen_out out;
    struct gen_emitter emitter;
};

/* Where two threads' steps part: the first pair of steps that differ; left out are decisions, polls, and what B does
 * not write. */
struct gen_parting {
    bool is_there, ends; /* ends: one of them has no more steps */
    bool in_result;      /* the calls are the same, their results are not */
    u32 a, b;            /* numbers of the steps; where a thread has no more: their count */
};
struct gen_parting pair_parting(const struct gen_pair *pair, u32 slot);
bool pair_leaves_out(const struct gen_pair *pair, const struct gen_step *step);
/* B's slot of A's thread. */
u32 pair_twin(const struct gen_pair *pair, u32 slot);

/* tests/gen/plant.c: chooses what B is to do otherwise among what A did. False: the fault is not possible. */
bool pair_plant(struct gen_pair *pair, struct gen_random *random);
/* An op that A calls now and then; GEN_NO_OP: there is none. */
u16 pair_choose_op(const struct gen_pair *pair, struct gen_random *random);
/* Exchanges two threads' places in pair->other. */
void pair_swap_spawns(struct gen_pair *pair, struct gen_random *random);

void pair_write_truth(struct gen_pair *pair);

#endif
