/* SPDX-License-Identifier: BSD-3-Clause
 * What the files of exceptions share: frames of ours on a guest's stack, and walks over all frames. */
#ifndef EMU_KERNEL_EXCEPTION_FRAME_H
#define EMU_KERNEL_EXCEPTION_FRAME_H

#include "emu/kernel/context.h"
#include "emu/kernel/unwind.h"

/* A frame of ours, from the r1 that the routine it called was given. It lies in memory that the title can write:
 * whatever is read back from it is checked before it is used. */
enum frame_offsets {
    FRAME_KIND = 0x80, /* enum frame_kind */
    FRAME_RECORD = 0x84,
    FRAME_TARGET = 0x88, /* unwinding: establisher of the target, or 0 */
    FRAME_TARGET_PC = 0x8C,
    FRAME_VALUE = 0x90, /* its r3 there; scopes: the place in the function */
    FRAME_FAULT = 0x94, /* searching: enum fault_kind, to fall back to */
    FRAME_FAULT_ADDRESS = 0x98,
    FRAME_ESTABLISHER = 0x9C, /* scopes: the handler's arguments */
    FRAME_ASKED = 0xA0,
    FRAME_SCOPE = 0xA4,      /* which one's routine runs */
    FRAME_DISPATCHER = 0xB0, /* given to handlers */
    FRAME_POINTERS = 0xC0,   /* given to filters: record, context */
    FRAME_OWN_RECORD = 0xD0,
    FRAME_CONTEXT = 0x120, /* searching: of the exception; unwinding: of the present frame; scopes: of their caller */
    FRAME_WORK = FRAME_CONTEXT + CONTEXT_SIZE, /* searching: of the present frame */
    FRAME_SIZE = FRAME_WORK + CONTEXT_SIZE,
};

enum frame_kind { FRAME_SEARCH = 0x53454152, FRAME_UNWIND, FRAME_FILTER, FRAME_TERMINATION };

enum { RED_ZONE = 0x200, FRAMES_MAX = 4096, SCOPES_MAX = 4096 };
enum { DISPATCHER_PC = 0, DISPATCHER_ROW = 4, DISPATCHER_ESTABLISHER = 8, DISPATCHER_CONTEXT = 12 };
enum { RECORD_CODE = 0, RECORD_FLAGS = 4, RECORD_NEXT = 8, RECORD_ADDRESS = 12, RECORD_COUNT = 16, RECORD_SIZE = 0x50 };
enum { NONCONTINUABLE = 1, UNWINDING = 2, EXIT_UNWIND = 4, TARGET_UNWIND = 0x20, ALL_UNWIND = 0x6E };
enum { CONTINUE_EXECUTION = 0, CONTINUE_SEARCH = 1 };

/* Where a walk over the stack's frames stands: registers in the frame's function, and the place in it that counts. */
struct walk {
    struct ppc c;
    u32 pc; /* of the call, where it made one */
    struct function function;
};

/* From a call: registers as its caller has them. */
struct walk walk_from_call(const struct thread *thread);
/* From a fault with these registers. A jump to where no code is has been made: it counts as its call's place. */
struct walk walk_from_fault(const struct ppc *c, u32 kind);
/* Is there a frame at all? A library's entry point and the thread's start are where the stack ends. */
bool walk_is_on_stack(const struct engine *e, const struct thread *thread, const struct walk *w);
/* The address that what runs on a frame of ours returns to. */
u32 walk_trampoline(const struct engine *e);
/* To the caller; false: there is none. Frames of ours and of callbacks are passed: on with those registers that they
 * were made for. */
bool walk_step(struct engine *e, struct walk *w);
bool walk_pass_own(struct engine *e, struct walk *w);
/* On to the next function that has a handler for the place it is at, w's own first. */
bool walk_find_handler(struct engine *e, const struct thread *thread, struct walk *w);
/* What r1 was where w's function began. */
bool walk_establisher(struct engine *e, const struct walk *w, u32 *establisher);

/* Room for a frame below the thread's stack pointer, zeroed up to its contexts; 0: there is none. */
u32 frame_make(struct engine *e, const struct thread *thread, enum frame_kind kind, u32 record);
/* The thread runs routine(arguments...) on the frame, and comes back by the trampoline. */
void frame_call(struct engine *e, struct thread *thread, u32 top, u32 routine, const u32 *arguments, u32 count,
                u32 establisher);
bool frame_set_dispatcher(struct engine *e, u32 top, const struct walk *w, u32 establisher);
/* Where the handler that has returned stood. */
bool frame_read_walk(struct engine *e, u32 top, struct walk *w);
/* The thread goes on with a context that the title could change; false: it cannot be read. */
bool frame_resume(struct engine *e, struct thread *thread, u32 context);
/* The thread faults, past all handlers. */
void frame_fault(struct thread *thread, u32 kind, u32 address);

/* Undoes frames from the caller of the present call on, up to the one of that establisher; there the thread goes on at
 * pc with r3 = value. */
void unwind_begin(struct engine *e, struct thread *thread, u32 top, u32 target, u32 pc, u32 value);
/* A handler of an unwinding returned; a filter did; a termination handler did. */
void unwind_on_return(struct engine *e, struct thread *thread, u32 top, u32 disposition);
void scope_on_filter(struct engine *e, struct thread *thread, u32 top, s32 answer);
void scope_on_termination(struct engine *e, struct thread *thread, u32 top);

#endif
