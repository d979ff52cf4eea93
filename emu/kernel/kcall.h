/* SPDX-License-Identifier: BSD-3-Clause
 * A kernel call as its handler sees it. A handler either finishes (its result goes to r3) or files a wait record
 * (kcall_wait, kcall_sleep) and returns at once: there is no host state across a block. Handlers are named
 * <module>_<Export> and declared by the row of schema/<module>.def whose state is DONE or STUB. */
#ifndef EMU_KERNEL_KCALL_H
#define EMU_KERNEL_KCALL_H

#include "emu/engine.h"
#include "schema/export.h"
#include "schema/status.h"

enum { KCALL_ARGUMENTS = 16 };

struct kcall {
    struct engine *e;
    struct machine *m;
    struct thread *thread; /* who calls */
    u32 slot;              /* its slot */
    u32 op;
    u32 lr;
    const struct export *export;
    u64 arg[KCALL_ARGUMENTS]; /* r3..r10 whole, then stack slots (low words); varargs: see kcall_vararg */
    bool blocked;             /* a wait record was filed: the result is ignored */
    bool no_return;           /* the thread ended, or its registers were replaced: r3 is left alone */
    bool retry;               /* kcall_retry: the call is made again in the next slice */
};

static inline u32 kcall_u32(const struct kcall *k, u32 i)
{
    return (u32)k->arg[i];
}

/* Argument i of a variable argument list that may be longer than arg[]. */
u64 kcall_vararg(const struct kcall *k, u32 i);
/* For busy waits: the thread gives up the slice and makes the same call again, unheard. The result is ignored. */
u64 kcall_retry(struct kcall *k);
/* Counts and tells a call that asks for what is not implemented; with --strict the run ends there. */
void kcall_refuse(struct kcall *k, u64 result);

/* Ops of no module: what the words at machine.return_pc mean. */
enum trampoline {
    TRAMPOLINE_THREAD_RETURN = 1,
    TRAMPOLINE_CALLBACK_RETURN,
    TRAMPOLINE_LIBRARY_RETURN,
    TRAMPOLINE_EXCEPTION_RETURN,
    TRAMPOLINE_THREAD_CREATED,
    TRAMPOLINE_TITLE_END,
    TRAMPOLINES = TRAMPOLINE_TITLE_END,
};

/* Called by the run loop at CPU_CALL: finds the export, emits the events, runs the handler. */
void kcall_dispatch(struct engine *e, u32 slot);
/* Emits the return event of a call that blocked, and puts its result into r3; wait.c calls it when the wait is over.
 * The result is what the call has, which may be another than it would have been (emu/change.h). */
u64 kcall_return(struct engine *e, struct thread *thread, u64 result);

#define EXPORT(ordinal, name, class, signature, state, refusal) EXPORT_##state(MODULE_PREFIX, name)
#define VARIABLE(ordinal, name, size, state)

/* Handlers of each state. */
#define EXPORT_DONE(prefix, name) EXPORT_PROTOTYPE(prefix, name)
#define EXPORT_STUB(prefix, name) EXPORT_PROTOTYPE(prefix, name)
#define EXPORT_NONE(prefix, name)
#define EXPORT_PROTOTYPE(prefix, name)  EXPORT_PROTOTYPE2(prefix, name)
#define EXPORT_PROTOTYPE2(prefix, name) u64 prefix##_##name(struct kcall *k);

#define MODULE_PREFIX xboxkrnl
#include "schema/xboxkrnl.def"
#undef MODULE_PREFIX
#define MODULE_PREFIX xam
#include "schema/xam.def"
#undef MODULE_PREFIX
#define MODULE_PREFIX xbdm
#include "schema/xbdm.def"
#undef MODULE_PREFIX
#undef EXPORT
#undef VARIABLE

#endif
