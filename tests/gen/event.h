/* SPDX-License-Identifier: BSD-3-Clause
 * What happens in a generated run, before any engine's spelling: the runs (run.h) and the scripts of the rebuilt
 * investigations make these, the emitters (emit.h) write them down. */
#ifndef TESTS_GEN_EVENT_H
#define TESTS_GEN_EVENT_H

#include "schema/base.h"

enum gen_op {
    GEN_NO_OP,
#define GEN_OP(name, quiet, spelling) OP_##name,
#include "tests/gen/ops.def"
#undef GEN_OP
    GEN_OPS
};

struct gen_op_row {
    const char *name;
    const char *spelling;
    bool is_quiet;
    u16 ordinal;
    const char *module;
};
/* Ordinals and modules are filled in by gen_ops_init. */
extern struct gen_op_row gen_ops[GEN_OPS];
void gen_ops_init(void);
/* A critical section's: what the schedule may add to a thread's calls, or take from them. */
static inline bool gen_op_is_section(u32 op)
{
    return op == OP_RtlEnterCriticalSection || op == OP_RtlLeaveCriticalSection;
}
/* Any op that is noise (schema/noise.def): what may vary where threads poll. */
bool gen_op_is_noise(u32 op);
static inline bool gen_op_is_signal(u32 op)
{
    return op == OP_NtSetEvent || op == OP_KeSetEvent || op == OP_NtReleaseSemaphore || op == OP_KeReleaseSemaphore;
}
static inline bool gen_op_is_wait(u32 op)
{
    return op == OP_NtWaitForSingleObjectEx || op == OP_KeWaitForSingleObject || op == OP_KeWaitForMultipleObjects;
}

enum gen_kind {
    GEN_IMPORT_CALL,
    GEN_CALL,
    GEN_RETURN,
    GEN_HANDLE_CREATE,
    GEN_HANDLE_DESTROY,
    GEN_THREAD_CREATE,
    GEN_THREAD_EXIT,
    GEN_WAIT_BEGIN,
    GEN_SIGNAL_MATCH,
    GEN_WAKE_REQUESTED,
    GEN_KINDS
};

enum gen_object { GEN_EVENT = 1, GEN_MUTANT, GEN_SEMAPHORE, GEN_TIMER, GEN_THREAD, GEN_FILE, GEN_SECTION };

enum { GEN_WAIT_MAX = 4 };
enum { GEN_WAIT_NS = 100000000 };
enum {
    GEN_SUCCESS = 0,
    GEN_TIMEOUT = 0x102,
    GEN_NAME_NOT_FOUND = (int)0xC0000034,
};

struct gen_event {
    u64 time;  /* ns of the engine's clock */
    u64 cycle; /* of the thread, 0 where the engine counts none */
    u32 tid;
    u32 index; /* of the thread's events, from 0 without a gap */
    u16 kind;
    u16 op; /* calls and returns */
    u32 lr;
    u32 status; /* returns */
    u8 object_type;
    u8 wait_count;
    bool is_timed; /* the wait is for GEN_WAIT_NS; else without end */
    bool is_suspended;
    bool is_noise; /* what another schedule makes otherwise: "deterministic": false */
    u32 handle;    /* of handle and signal events, and of calls on a handle; 0: none */
    u32 target;    /* tid: whom a signal wakes, who was created */
    u32 entry, context, stack;
    u64 hsid;
    u64 wait_hsid[GEN_WAIT_MAX];
    u32 wait_handle[GEN_WAIT_MAX];
    const char *path; /* NULL: none */
};

/* Where events go. */
struct gen_sink {
    void (*put)(struct gen_sink *, const struct gen_event *);
    bool is_full; /* it wants no more: the run ends, as if the engine had been killed */
};

#endif
