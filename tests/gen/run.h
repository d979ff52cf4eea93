/* SPDX-License-Identifier: BSD-3-Clause
 * Executes a made-up title as an engine would, one instruction of one thread after another, and tells a sink what
 * happens. The schedule, the clock, thread ids and handles come from the engine and its seed; what each thread calls
 * comes from the title, but for what the engine adds: pairs of Enter and Leave of critical sections that contention
 * brings or spares.
 *
 * A fault can be planted: one thread does something else at one instruction, once. What follows from it follows
 * because the title goes on from there. */
#ifndef TESTS_GEN_RUN_H
#define TESTS_GEN_RUN_H

#include "tests/gen/title.h"

enum gen_style { STYLE_CANARY, STYLE_OURS };

struct gen_engine {
    enum gen_style style;
    u64 seed;                    /* schedule, clock, jitter */
    u32 jitter;                  /* per mille of entered sections with a pair more or less */
    u32 handle_base;             /* handles are this + 4 times a slot */
    bool newest_first;           /* a closed handle's slot is the next to be used; else the lowest free one is */
    bool never_again;            /* a closed handle's slot is never used again */
    u32 scale;                   /* per cent: how slow its clock makes it */
    u32 drift;                   /* per cent that scale grows by with 1000 events */
    bool import_calls;           /* an import.call before every kernel.call */
    bool phantoms;               /* a wait's return is written when it begins, and not when it ends */
    bool tells_handles;          /* calls on a handle say which */
    u16 untold;                  /* an op whose calls and returns it does not write; GEN_NO_OP: none */
    u32 tids[TITLE_THREADS_MAX]; /* in order of creation, main first */
};

/* An engine of that style with its own ways of numbering; shuffled: thread ids in no order. */
void engine_init(struct gen_engine *engine, enum gen_style style, u64 seed, bool is_shuffled);

enum gen_fault {
    FAULT_NONE,
    FAULT_WRONG_RETURN,
    FAULT_MISSING_SIGNAL,
    FAULT_OTHER_BRANCH,
    FAULT_EXTRA_CALL,
    FAULT_ORDER_SWAP,
    FAULT_EARLY_END,
    FAULT_OTHER_CALL, /* instead of one without effect */
    FAULT_TIMED_OUT,  /* a wait with a timeout */
    FAULT_LATE_SPAWN, /* CODE_AT is one round late */
    FAULT_ANY,        /* one of those that leave all other threads alone: to be chosen */
};

/* What a thread did, as the title sees it: without what contention adds, with what it spares. */
struct gen_step {
    u32 insn, nth; /* the thread executed the instruction for the nth time, from 0 */
    u32 lr, status;
    u16 op;                /* GEN_NO_OP: a decision of CODE_CHOOSE */
    bool is_spared;        /* contention spared it: no event */
    bool is_poll;          /* how often it is there is a matter of speed */
    u32 call, result;      /* indexes of the thread's events; result: 0 if it never returned */
    u64 time, result_time; /* of those events */
};

enum { PLANTS = 2 };

struct gen_plant {
    enum gen_fault fault;
    u32 slot, insn, nth; /* of which thread's steps: its origin */
    u16 op;              /* the extra or other call */
    u32 lr;
    bool was_met;
};

enum { THREAD_NONE, THREAD_SUSPENDED, THREAD_READY, THREAD_BLOCKED, THREAD_IN_SECTION, THREAD_DONE };

struct gen_handle {
    u32 raw, object;
    u64 hsid;
};

struct gen_thread {
    u32 slot, tid, insn, entry, instance, parent;
    u32 origin; /* its slot in a run where no threads are swapped */
    u8 state;
    u32 index;
    u64 cycle;
    u32 status;          /* of the last call */
    const char *path;    /* that it last asked for */
    bool is_out_of_time; /* its wait ends at once, with a timeout */
    bool is_in_call;     /* when it next runs, its call goes on */
    u32 depth, loops;
    u32 calls[16];
    struct {
        u32 count, left;
    } loop[16];
    u64 spared;  /* sections entered without an event */
    u32 section; /* waited for, or ~0 */
    u32 object;  /* its own */
    struct gen_handle locals[TITLE_LOCALS];
    u32 wait_objects[GEN_WAIT_MAX];
    struct gen_handle wait_handles[GEN_WAIT_MAX];
    u32 wait_count;
    u32 *nth; /* executions of each instruction */
    struct gen_step *steps;
    u32 step_count, step_capacity;
};

struct gen_object_state {
    u8 type;
    bool is_manual, is_live;
    s32 count;
    u32 waiters, handles, thread;
    u32 maker, insn, nth; /* who made it: the same in every run of the title */
    u32 raw;              /* its first handle */
    u64 hsid;
};

struct gen_run {
    const struct gen_title *title;
    struct gen_engine engine;
    struct gen_sink *sink, nowhere;
    struct gen_plant plants[PLANTS];
    struct gen_handle lost; /* what a missing signal would have signalled */
    struct gen_random random;
    bool keeps_steps;
    u64 time, events;
    bool is_wedged; /* at the end: nobody can ever go on */
    struct gen_thread threads[TITLE_THREADS_MAX];
    u32 thread_count;
    u32 ready[TITLE_THREADS_MAX];
    u32 ready_count;
    struct gen_object_state *objects;
    u32 object_count, object_capacity;
    u32 *free_objects;
    u32 free_object_count;
    struct gen_handle *vars;
    u32 *slots, slot_count, slot_capacity; /* free handle slots: a heap or a stack */
    u32 next_slot;
    u32 sections[TITLE_SECTIONS]; /* slot of the owner + 1 */
    struct gen_event event;
};

/* sink NULL: what happens is told to nobody. */
void run_init(struct gen_run *run, const struct gen_title *title, const struct gen_engine *engine,
              struct gen_sink *sink);
/* Runs until all threads are done, nobody can go on, or the sink is full. */
void run_execute(struct gen_run *run);
void run_finish(struct gen_run *run);

/* Between run.c and run_kernel.c: the next event, to be filled in and put. */
struct gen_event *run_event(struct gen_run *run, struct gen_thread *thread, enum gen_kind kind);
/* Once the sink is full nothing is put and no index moves on. */
void run_put(struct gen_run *run, struct gen_thread *thread);
void run_make_ready(struct gen_run *run, struct gen_thread *thread);
struct gen_step *run_step(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn);

/* Executes a kernel call's instruction; the thread may be blocked after it, in the midst of its call. */
void run_kernel(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn);
/* Goes on with a call that was blocked. */
void run_resume_call(struct gen_run *run, struct gen_thread *thread);
/* The handle that an instruction is about. */
struct gen_handle *run_variable(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn);
/* A call that is in no code. */
void run_extra_call(struct gen_run *run, struct gen_thread *thread, u16 op, u32 lr);

#endif
