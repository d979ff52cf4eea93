/* SPDX-License-Identifier: BSD-3-Clause
 * Puts a title together: title.c has addresses and pieces of code, threads.c the threads. */
#ifndef TESTS_GEN_BUILDER_H
#define TESTS_GEN_BUILDER_H

#include "tests/gen/title.h"

enum { HELPERS_MAX = 16, WRAPPERS_MAX = 12, FAMILIES_MAX = 4 };

struct wrapper {
    u16 op;
    u32 lr;
};

/* Workers that share their code. */
struct family {
    u32 entry, count;
    bool is_chain; /* each hands the job to the next, the last answers */
    u32 queue;     /* var of the first's semaphore; a chain has one more, which is main's */
    u32 done;      /* a ring's: var of the first's event */
    u16 signal;    /* the op that answers */
    bool wait_all; /* main waits for all answers in one call */
};

struct builder {
    struct gen_title *title;
    struct gen_random random;
    u32 cursor; /* address of what comes next */
    u32 frames;
    struct wrapper wrappers[WRAPPERS_MAX];
    u32 wrapper_count;
    u32 helpers[HELPERS_MAX];
    u32 helper_count;
    struct family families[FAMILIES_MAX];
    u32 family_count;
    /* Vars of the objects that main shares with its threads. */
    u32 gate, ring, voices, mixed, request, loaded, work, worked, late;
    u32 audio[2], loader, consumer, task, late_task; /* entries */
    u32 handles;                                     /* var of the first thread's handle */
};

u32 builder_function(struct builder *b);
u32 builder_address(struct builder *b);
u32 builder_entry(struct builder *b);
void builder_main_entry(struct builder *b);
u16 builder_plain_op(struct builder *b);
struct gen_insn *builder_put(struct builder *b, enum gen_code code, enum gen_mode mode, u32 var, u32 arg);
/* The same for a kernel call; its LR may be a wrapper's. */
struct gen_insn *builder_kernel(struct builder *b, enum gen_code code, u16 op, enum gen_mode mode, u32 var, u32 arg);
void builder_plain(struct builder *b, u32 count);
void builder_helpers(struct builder *b, u32 count);
void builder_choice(struct builder *b, u32 percent);
u32 builder_loop(struct builder *b, u32 low, u32 high);
void builder_next(struct builder *b, u32 loop);
/* All entries, main first. */
void builder_threads(struct builder *b, u32 threads);

#endif
