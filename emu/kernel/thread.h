/* SPDX-License-Identifier: BSD-3-Clause
 * Guest threads: making, suspending, ending them; TLS; frames of guest callbacks (APCs). */
#ifndef EMU_KERNEL_THREAD_H
#define EMU_KERNEL_THREAD_H

#include "emu/kernel/object.h"

struct thread_request {
    u32 start_pc; /* where it begins */
    u32 entry;    /* what gives it its identity (the routine handed to the start-up code) */
    u32 context;
    u32 r3, r4;
    u32 stack_size; /* 0: the title's default */
    u32 flags;      /* bit 0: suspended; bits 24..31: hardware thread mask */
    u32 priority;
    u64 lineage; /* 0: by origin */
};

/* NULL: no slot, stack or memory left. The thread's object has one reference, owned by the running thread itself. */
struct thread *thread_create(struct engine *e, const struct kcall *k, const struct thread_request *request);
/* Ends it: its object is signalled, its waits are taken out, its mutants abandoned. */
void thread_terminate(struct engine *e, struct thread *thread, u32 exit_code);
/* The running thread ends by its own doing. On it, first: libraries are told, then those who asked to be (notify.h),
 * and the rundown routines of its user APCs run. */
void thread_exit(struct engine *e, struct thread *thread, u32 exit_code);
u32 thread_suspend(struct engine *e, struct thread *thread); /* previous count */
u32 thread_resume(struct engine *e, struct thread *thread);  /* previous count */
struct thread *thread_by_id(struct engine *e, u32 id);
/* Dynamic TLS slots that each thread has. */
u32 thread_tls_slots(const struct machine *m);

/* Drops what a terminated thread's object still holds: its slot. Called with the last reference. */
void thread_forget(struct engine *e, struct object *object);
/* Puts its priority or processor into guest memory, after either changed. */
void thread_show(struct engine *e, const struct thread *thread);

/* Queues an APC (false: no slot). A user APC is delivered when the thread waits alertably. */
bool apc_queue(struct engine *e, struct thread *thread, const struct apc *apc);
/* Pushes a frame for the next user APC on the thread's stack if there is one; the thread's present registers come back
 * when it returns, with r3 = status. True: a frame was pushed. */
bool apc_deliver(struct engine *e, struct thread *thread, u32 status);
/* All of them, one after another, with r3 = result in the end. */
bool apc_deliver_all(struct engine *e, struct thread *thread, u64 result);
bool apc_is_user_pending(const struct machine *m, const struct thread *thread);
/* Drops the APCs of a thread that ends. */
void apc_flush(struct engine *e, struct thread *thread);
/* Takes out user APCs of a thread that ends, up to the first that has a rundown routine, and pushes a frame for that
 * one, with r3 = result afterwards. False: there is none left. */
bool apc_run_down(struct engine *e, struct thread *thread, u64 result);
/* Kernel APCs run whenever their thread may run, but not in a critical region (those without a normal routine even
 * there), nor above passive level, nor while their call is made again: pushes a frame for one if there is one, with r3
 * = result afterwards. */
bool apc_deliver_kernel(struct engine *e, struct thread *thread, u64 result);
bool apc_is_kernel_due(struct engine *e, const struct thread *thread);
/* The calling thread's kernel APC, if one may run, comes before the call returns. */
void apc_run_kernel(struct kcall *k, u64 result);
/* A service thread's next callback. */
bool apc_deliver_service(struct engine *e, struct thread *thread);
/* Takes the APC or DPC of that address out of its queue; false: it is in none. */
bool apc_remove(struct engine *e, u32 guest);
/* Makes the thread call routine(argument...) before it goes on where it is, with r3 = result then. False: its stack has
 * no room. */
bool callback_push(struct engine *e, struct thread *thread, u32 routine, const u32 *arguments, u32 count, u64 result);
/* The same for an APC with a kernel routine(apc, &routine, &context, &argument1, &argument2); then what that left of
 * it. */
bool callback_push_apc(struct engine *e, struct thread *thread, const struct apc *apc, u64 result);
/* Where the kernel's own code of that meaning is, to return to or to call. */
u32 callback_trampoline(const struct machine *m, u32 trampoline);
/* The call that is being made is over, but callbacks come before it returns: tells its return event now.
 * The result is what the call has. */
u64 callback_tell_return(struct kcall *k, u64 result);
/* The registers that a callback's frame, from the r1 that it was given, keeps; false: it cannot be read. */
bool callback_read(struct engine *e, u32 top, struct ppc *saved);
/* An exception went to a handler whose function has this r1: callbacks below it are no more. */
void callback_undo(struct engine *e, struct thread *thread, u32 r1);
/* What the callback that runs now interrupted goes on at pc, with r3 = result. */
void callback_redirect(struct engine *e, struct thread *thread, u32 pc, u64 result);
/* The trampolines at machine.return_pc call these. */
void thread_on_return(struct engine *e, struct thread *thread); /* the start routine returned: r3 is the exit code */
void callback_on_return(struct engine *e, struct thread *thread);

#endif
