/* SPDX-License-Identifier: BSD-3-Clause
 * A made-up title: threads' code as small instructions over kernel calls, in functions at made-up addresses.
 *
 * Main makes objects, spawns the threads (families of workers, two audio threads, a loader, its consumer, short-lived
 * tasks), opens the start gate, and goes through frames: it hands a job to every family, rings audio and the loader,
 * and waits for all of them. A family is a ring of equals that main waits for one by one, or a chain in which each
 * worker hands the job on. So every signal is waited for exactly once: what a thread calls does not depend on the
 * schedule, and a signal that is missing blocks its waiter, then main, then all.
 *
 * Random choices of the code (loop counts, branches, paths) depend on the title's seed, the thread, the instruction
 * and how often the thread has executed it: a run that goes another way once is not random ever after. */
#ifndef TESTS_GEN_TITLE_H
#define TESTS_GEN_TITLE_H

#include "tests/gen/event.h"
#include "tests/gen/random.h"

enum gen_code {
    CODE_CALL, /* jump: a function */
    CODE_RETURN,
    CODE_LOOP,   /* var to arg times, jump: behind its NEXT */
    CODE_NEXT,   /* jump: the first of the loop's body */
    CODE_CHOOSE, /* arg percent: go on, else jump */
    CODE_JUMP,
    CODE_IF_FAILED, /* last status is a success: jump */
    CODE_PLAIN,     /* a kernel call without effect on the run */
    CODE_ENTER,     /* var: which critical section */
    CODE_LEAVE,
    CODE_CREATE,    /* arg: semaphore's count or manual reset */
    CODE_DUPLICATE, /* var from local arg */
    CODE_CLOSE,
    CODE_SIGNAL,
    CODE_WAIT, /* arg: on so many, from var on */
    CODE_WAIT_TIMED,
    CODE_POLL,  /* calls again and again until var is signalled */
    CODE_AT,    /* not in round arg of the innermost loop: jump */
    CODE_SPAWN, /* arg: which entry, var: where its handle goes */
    CODE_RESUME,
    CODE_QUERY, /* arg: percent of files that are not there */
    CODE_OPEN,
    CODE_EXIT,
};

/* How an instruction's var is to be read. */
enum gen_mode {
    MODE_GLOBAL,
    MODE_LOCAL,
    MODE_INSTANCE, /* + the thread's number in its family */
    MODE_AFTER,    /* + that + 1 */
    MODE_LOOP,     /* + the innermost loop's counter */
};

struct gen_insn {
    u8 code;
    u8 mode;
    u16 op;
    u32 var, arg;
    u32 lr;
    u32 jump;
};

enum {
    TITLE_INSNS_MAX = 4096,
    TITLE_FUNCTIONS_MAX = 128,
    TITLE_ENTRIES_MAX = 24,
    TITLE_THREADS_MAX = 48,
    TITLE_PATHS = 40,
    TITLE_SECTIONS = 8,
    TITLE_LOCALS = 8,
};

struct gen_function {
    u32 address, size;
    u32 start; /* first instruction */
};

/* What only some titles have. */
enum gen_shape {
    SHAPE_LATE_TASK = 1, /* main makes one more thread amid its frames */
    SHAPE_LATE_GATE = 2, /* an event that is signalled in the first frame, and waited for behind the last */
    SHAPE_TIMED = 4,     /* the loader waits for its consumer for some time only, then for ever */
    SHAPE_POLLS = 8,     /* main and the loader poll where they else wait */
    SHAPE_CROWD = 16,    /* all workers are one ring: entry 1 */
};

struct gen_entry {
    u32 start;
    u32 address, context, stack;
};

struct gen_title {
    u64 seed;
    u32 shape; /* enum gen_shape */
    struct gen_insn insns[TITLE_INSNS_MAX];
    u32 insn_count;
    struct gen_function functions[TITLE_FUNCTIONS_MAX];
    u32 function_count;
    struct gen_entry entries[TITLE_ENTRIES_MAX];
    u32 entry_count; /* 0 is main */
    u32 threads;     /* that it will ever spawn, main included */
    u32 vars;
    u32 loaded;  /* var of the event that says to main that the loader has loaded */
    u32 late;    /* var of the late gate */
    u32 swapped; /* slot: the threads of it and the next are made in the other order; 0: none */
    char paths[TITLE_PATHS][40];
};

/* threads: 8 .. TITLE_THREADS_MAX; frames: how often main goes round. Two titles with the same seed and threads differ
 * in nothing but frames. title->shape is to be set before. */
void title_build(struct gen_title *title, u64 seed, u32 threads, u32 frames);
/* The function that holds an address; NULL: none. */
const struct gen_function *title_function(const struct gen_title *title, u32 address);

#endif
