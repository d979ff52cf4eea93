/* SPDX-License-Identifier: BSD-3-Clause
 * Functions with frames as the vendor's compiler makes them: LR at -8 of the caller's r1, registers below it, the back
 * chain at 0; and with try blocks. note(c) writes down who ran. */
/* The console's exception data, by hand: our compiler makes none. A function with a handler has the handler's address
 * and its data in the two words before it; ROW, at its end, describes it. */
#define BEGIN(name)             \
        .text;                  \
        .balign 8;              \
        .globl  name;           \
        .type   name, @function; \
name:
#define BEGIN_HANDLED(name, handler, data) \
        .text;                  \
        .balign 8;              \
        .long   handler, data;  \
        .globl  name;           \
        .type   name, @function; \
name:
#define BODY(name) .L_body_##name:
#define HANDLED 0x80000000
#define PLAIN   0
#define ROW(name, flags)        \
.L_end_##name:                  \
        .pushsection .pdata, "a", @progbits; \
        .long   name, (.L_end_##name - name) / 4 * 256 + (.L_body_##name - name) / 4 + 0x40000000 + flags; \
        .popsection

        .machine "altivec"

#define ENTER(room)             \
        mflr    %r12;           \
        stw     %r12, -8(%r1);  \
        std     %r31, -16(%r1); \
        std     %r30, -24(%r1); \
        stfd    %f31, -32(%r1); \
        stwu    %r1, -(room)(%r1)
#define LEAVE(room)             \
        addi    %r1, %r1, room; \
        lwz     %r12, -8(%r1);  \
        mtlr    %r12;           \
        lfd     %f31, -32(%r1); \
        ld      %r30, -24(%r1); \
        ld      %r31, -16(%r1); \
        blr

/* u32 guarded(void (*routine)(u32), u32 argument, u32 (*filter)(struct pointers *, u32 frame)): the code of the
 * exception that the filter takes, or 0. r30, r31 and f31 must be its own again in the handler. */
        .section .rodata
        .balign 4
guarded_scopes:
        .long   1
        .long   guarded_try, guarded_try_end, guarded_filter, guarded_except

BEGIN_HANDLED(guarded, __C_specific_handler, guarded_scopes)
        ENTER(128)
BODY(guarded)
        mr      %r31, %r1
        stw     %r5, 80(%r1)
        lis     %r30, 0x1234
        lis     %r9, own_float@ha
        lfd     %f31, own_float@l(%r9)
        mtctr   %r3
        mr      %r3, %r4
guarded_try:
        bctrl
guarded_try_end:
        li      %r3, 0
        b       guarded_done
guarded_except:
        lis     %r9, 0x1234
        cmpw    %r30, %r9
        bne     guarded_bad
        cmpw    %r31, %r1
        bne     guarded_bad
        lis     %r9, own_float@ha
        lfd     %f0, own_float@l(%r9)
        fcmpu   %cr0, %f0, %f31
        beq     guarded_done
guarded_bad:
        li      %r3, -1
guarded_done:
        LEAVE(128)
ROW(guarded, HANDLED)

/* The filter is called with the function's frame in r12, as a part of the function outside of it. */
BEGIN(guarded_filter)
        mflr    %r0
        stw     %r0, -8(%r1)
        stw     %r31, -12(%r1)
        stwu    %r1, -96(%r1)
BODY(guarded_filter)
        addi    %r31, %r12, -128
        lwz     %r9, 80(%r31)
        mr      %r4, %r12
        mtctr   %r9
        bctrl
        addi    %r1, %r1, 96
        lwz     %r0, -8(%r1)
        mtlr    %r0
        lwz     %r31, -12(%r1)
        blr
ROW(guarded_filter, PLAIN)

        .section .rodata
        .balign 8
own_float:
        .double 2.5

/* void finished(void (*routine)(u32), u32 argument): a termination handler after the routine, and one around it, which
 * note 'i' and 'o' with what they are told; 'n' if the routine returned. */
        .balign 4
finished_scopes:
        .long   2
        .long   finished_inner, finished_inner_end, finished_i, 0
        .long   finished_inner, finished_outer_end, finished_o, 0

BEGIN_HANDLED(finished, __C_specific_handler, finished_scopes)
        ENTER(112)
BODY(finished)
        mtctr   %r3
        mr      %r3, %r4
finished_inner:
        bctrl
finished_inner_end:
        nop
finished_outer_end:
        li      %r3, 'n'
        bl      note
        LEAVE(112)
ROW(finished, HANDLED)

#define TERMINATION(name, letter)       \
BEGIN(name)                             \
        mflr    %r12;                   \
        stw     %r12, -8(%r1);          \
        stwu    %r1, -96(%r1);          \
BODY(name)                              \
        mr      %r4, %r3;               \
        li      %r3, letter;            \
        bl      note_and_do;            \
        addi    %r1, %r1, 96;           \
        lwz     %r12, -8(%r1);          \
        mtlr    %r12;                   \
        blr;                            \
ROW(name, PLAIN)

TERMINATION(finished_i, 'i')
TERMINATION(finished_o, 'o')

/* void note_and_do(u32 letter, u32 abnormal): notes, and may then raise what in_termination says. */
BEGIN(note_and_do)
        mflr    %r12
        stw     %r12, -8(%r1)
        stwu    %r1, -96(%r1)
BODY(note_and_do)
        bl      note_told
        lis     %r9, in_termination@ha
        lwz     %r3, in_termination@l(%r9)
        li      %r0, 0
        stw     %r0, in_termination@l(%r9)
        cmpwi   %r3, 0
        beq     1f
        bl      RtlRaiseStatus
1:      addi    %r1, %r1, 96
        lwz     %r12, -8(%r1)
        mtlr    %r12
        blr
ROW(note_and_do, PLAIN)

/* void through_saves(void (*routine)(u32), u32 argument): saves by helpers, floats and vectors too, and makes its own
 * of them all; a large frame; nobody's handler. */
BEGIN(through_saves)
        mflr    %r12
        bl      save_gprs
        addi    %r12, %r1, -152
        bl      save_fprs
        addi    %r12, %r1, -304
        bl      save_vectors
        lis     %r12, -1
        ori     %r12, %r12, 0xF000
        stwux   %r1, %r1, %r12
BODY(through_saves)
        mtctr   %r3
        mr      %r3, %r4
        li      %r14, -1
        li      %r20, -1
        li      %r31, -1
        lis     %r9, own_float@ha
        lfd     %f14, own_float@l(%r9)
        fneg    %f20, %f14
        fneg    %f31, %f14
        vspltisw %v20, 3
        .long   0x13CA1C74 | 3 << 2     /* vspltisw128 v94 (a register that only the console has) */
        bctrl
        lwz     %r1, 0(%r1)
        addi    %r12, %r1, -304
        bl      restore_vectors
        addi    %r12, %r1, -152
        bl      restore_fprs
        b       restore_gprs
ROW(through_saves, PLAIN)

/* Below the caller's r1: LR at -8, r14..r31 up from -152; f14..f31 and vectors below what r12 says. */
BEGIN(save_gprs)
BODY(save_gprs)
        .irp    n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        std     \n, -152 + 8 * (\n - 14)(%r1)
        .endr
        stw     %r12, -8(%r1)
        blr
ROW(save_gprs, PLAIN)
BEGIN(restore_gprs)
BODY(restore_gprs)
        .irp    n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        ld      \n, -152 + 8 * (\n - 14)(%r1)
        .endr
        lwz     %r12, -8(%r1)
        mtlr    %r12
        blr
ROW(restore_gprs, PLAIN)
BEGIN(save_fprs)
BODY(save_fprs)
        .irp    n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        stfd    \n, -144 + 8 * (\n - 14)(%r12)
        .endr
        blr
ROW(save_fprs, PLAIN)
BEGIN(restore_fprs)
BODY(restore_fprs)
        .irp    n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        lfd     \n, -144 + 8 * (\n - 14)(%r12)
        .endr
        blr
ROW(restore_fprs, PLAIN)
BEGIN(save_vectors)
BODY(save_vectors)
        li      %r11, -32
        stvx    %v20, %r11, %r12
        li      %r11, -48
        .long   0x100001CB | 30 << 21 | 11 << 16 | 12 << 11     /* stvx128 v94, r11, r12 */
        blr
ROW(save_vectors, PLAIN)
BEGIN(restore_vectors)
BODY(restore_vectors)
        li      %r11, -32
        lvx     %v20, %r11, %r12
        li      %r11, -48
        .long   0x100000CB | 30 << 21 | 11 << 16 | 12 << 11     /* lvx128 v94, r11, r12 */
        blr
ROW(restore_vectors, PLAIN)

/* void callers(void **caller, void **callers_caller, u32 *frames, u32 *count): told by the kernel, called by middle. */
BEGIN(callers)
        ENTER(112)
BODY(callers)
        mr      %r30, %r5
        mr      %r31, %r6
        bl      RtlGetCallersAddress
        li      %r3, 0
        li      %r4, 3
        mr      %r5, %r30
        addi    %r6, %r1, 80
        bl      RtlCaptureStackBackTrace
        .globl  callers_here
callers_here:
        stw     %r3, 0(%r31)
        LEAVE(112)
ROW(callers, PLAIN)

BEGIN(middle)
        ENTER(128)
BODY(middle)
        bl      callers
        .globl  middle_here
middle_here:
        LEAVE(128)
ROW(middle, PLAIN)

/* u32 with_values(void (*routine)(u32), u32 argument, u32 (*filter)()): guarded, with values in registers that a
 * function below saves: 1 if they are right afterwards. */
BEGIN(with_values)
        ENTER(400)
        std     %r14, -40(%r1)
        std     %r20, -48(%r1)
        stfd    %f14, 336(%r1)
        stfd    %f20, 328(%r1)
BODY(with_values)
        std     %r14, 320(%r1)
        std     %r20, 312(%r1)
        li      %r14, 14
        li      %r20, 20
        lis     %r9, own_float@ha
        lfd     %f0, own_float@l(%r9)
        fadd    %f14, %f0, %f0
        fadd    %f20, %f14, %f14
        vspltisw %v20, 5
        vspltisw %v0, 7
        li      %r9, 256
        stvx    %v0, %r9, %r1
        add     %r9, %r9, %r1
        .long   0x100000CB | 30 << 21 | 0 << 16 | 9 << 11       /* lvx128 v94, 0, r9 */
        bl      guarded
        mr      %r30, %r3
        li      %r3, 0
        cmpwi   %r14, 14
        bne     1f
        cmpwi   %r20, 20
        bne     1f
        lis     %r9, own_float@ha
        lfd     %f0, own_float@l(%r9)
        fadd    %f0, %f0, %f0
        fcmpu   %cr0, %f0, %f14
        bne     1f
        fadd    %f0, %f0, %f0
        fcmpu   %cr0, %f0, %f20
        bne     1f
        vspltisw %v0, 5
        vcmpequw. %v0, %v0, %v20
        bc      4, 24, 1f
        li      %r9, 240
        add     %r9, %r9, %r1
        .long   0x100001CB | 30 << 21 | 0 << 16 | 9 << 11       /* stvx128 v94, 0, r9 */
        lwz     %r9, 240(%r1)
        cmpwi   %r9, 7
        bne     1f
        mr      %r3, %r30
1:      ld      %r14, 320(%r1)
        ld      %r20, 312(%r1)
        lfd     %f14, 336(%r1)
        lfd     %f20, 328(%r1)
        LEAVE(400)
ROW(with_values, PLAIN)

/* void raise_record(u32 record), raise_status(u32 status): three deep. */
BEGIN(raise_record)
        mflr    %r12
        stw     %r12, -8(%r1)
        stwu    %r1, -96(%r1)
BODY(raise_record)
        bl      RtlRaiseException
        li      %r3, 'c'
        bl      note
        addi    %r1, %r1, 96
        lwz     %r12, -8(%r1)
        mtlr    %r12
        blr
ROW(raise_record, PLAIN)

BEGIN(raise_status)
        ENTER(160)
BODY(raise_status)
        li      %r31, 0
        li      %r30, 0
        fsub    %f31, %f31, %f31
        bl      RtlRaiseStatus
        LEAVE(160)
ROW(raise_status, PLAIN)

/* void raise_kept(u32 status): its LR stays in r31. */
BEGIN(raise_kept)
        std     %r31, -16(%r1)
        mflr    %r31
        stwu    %r1, -96(%r1)
BODY(raise_kept)
        bl      raise_status
        mtlr    %r31
        addi    %r1, %r1, 96
        ld      %r31, -16(%r1)
        blr
ROW(raise_kept, PLAIN)

/* u32 caught(void (*routine)(u32), u32 argument), caught_2: by a handler of the title's own, as C++ has one, which undoes
 * the frames itself and goes on behind the call with r3 = 7. (record, frame, context, dispatcher): takes everything;
 * does nothing while frames are undone. */
#define CAUGHT(name, handler, unwind)   \
BEGIN_HANDLED(name, handler, .L_here_##name) \
        ENTER(112);                     \
BODY(name)                              \
        mtctr   %r3;                    \
        mr      %r3, %r4;               \
        bctrl;                          \
        li      %r3, 0;                 \
.L_here_##name:                         \
        LEAVE(112);                     \
ROW(name, HANDLED)                      \
BEGIN(handler)                          \
        mflr    %r12;                   \
        stw     %r12, -8(%r1);          \
        stwu    %r1, -96(%r1);          \
BODY(handler)                           \
        lwz     %r9, 4(%r3);            \
        andi.   %r9, %r9, 2;            \
        bne     1f;                     \
        mr      %r7, %r5;               \
        mr      %r5, %r3;               \
        mr      %r3, %r4;               \
        lwz     %r9, 4(%r6);            \
        lwz     %r9, 0(%r9);            \
        lwz     %r4, -4(%r9);           \
        li      %r6, 7;                 \
        bl      unwind;                 \
1:      li      %r3, 1;                 \
        addi    %r1, %r1, 96;           \
        lwz     %r12, -8(%r1);          \
        mtlr    %r12;                   \
        blr;                            \
ROW(handler, PLAIN)

CAUGHT(caught, handler, RtlUnwind)
CAUGHT(caught_2, handler_2, RtlUnwind2)

/* void walk(u32 context, u32 *rows, u32 count): what the kernel says of the frames from here. */
BEGIN(walk)
        ENTER(112)
BODY(walk)
        mr      %r30, %r4
        mr      %r31, %r3
        bl      RtlCaptureContext
walk_here:
        mr      %r3, %r31
        mr      %r4, %r30
        bl      walk_from
        LEAVE(112)
ROW(walk, PLAIN)
        .globl  walk_here

/* void name(u32 argument): function(routine, argument, filter). */
#define HAND_ON(name, function, routine, filter) \
        .text;                          \
        .globl  name;                   \
name:   mr      %r4, %r3;               \
        lis     %r3, routine@ha;        \
        addi    %r3, %r3, routine@l;    \
        lis     %r5, filter@ha;         \
        addi    %r5, %r5, filter@l;     \
        b       function

HAND_ON(raise_finished, finished, raise_status, 0)
HAND_ON(raise_guarded, guarded, raise_status, leave)
HAND_ON(raise_twice, guarded, raise_finished, take)
HAND_ON(save_and_raise, through_saves, raise_status, 0)

/* Leaves: without a frame, and without a row. */
#define LEAF(name)                      \
        .globl  name;                   \
name:

LEAF(read_word)
        lwz     %r4, 0(%r3)
        lis     %r9, word_read@ha
        stw     %r4, word_read@l(%r9)
        blr
LEAF(write_word)
        stw     %r3, 0(%r3)
        blr
LEAF(illegal)
        .long   0
        blr
LEAF(privileged)
        mtspr   272, %r3
        blr
LEAF(trap)
        twi     31, %r0, 0
        blr
LEAF(break_trap)
        twi     31, %r0, 22
        blr
LEAF(check_trap)
        twi     31, %r0, 25
        blr
LEAF(tweq_trap)
        tweq    %r3, %r3
        blr
/* As the vendor's compiler divides: by 0, and -1 where the dividend may be the least number. */
LEAF(divide)
        twi     6, %r3, 0
        blr
LEAF(divide_64)
        tdi     6, %r3, 0
        blr
LEAF(divide_signed)
        twi     5, %r3, -1
        blr
LEAF(break_by_call)
        b       DbgBreakPoint
/* u64 say_by_trap(const char *text, u32 length), say_assertion: r3 as it is behind the trap. */
LEAF(say_by_trap)
        twi     31, %r0, 20
        blr
LEAF(say_assertion)
        twi     31, %r0, 26
        blr
LEAF(reserve)
        lwarx   %r4, 0, %r3
        blr
LEAF(quiet)
        blr
LEAF(jump)
        mtctr   %r3
        bctr
LEAF(release_mutant)
        li      %r4, 0
        li      %r5, 0
        li      %r6, 0
        b       KeReleaseMutant
LEAF(release_semaphore)
        li      %r4, 0
        li      %r5, 5
        li      %r6, 0
        b       KeReleaseSemaphore
LEAF(sleep_alertably)
        mr      %r5, %r3
        li      %r3, 1
        li      %r4, 1
        b       KeDelayExecutionThread
LEAF(initialise)
        b       RtlInitializeCriticalSection
