/* SPDX-License-Identifier: BSD-3-Clause
 * A stand-in for the kernel's side of a printf: `capture` keeps the sixteen slots that it was called with. `show` calls
 * it as the SDK's shims call a kernel export with one argument before the variable ones. */
    .text
    .globl capture
    .type capture,@function
capture:
    lis 12,captured@ha
    addi 12,12,captured@l
    std 3,0(12)
    std 4,8(12)
    std 5,16(12)
    std 6,24(12)
    std 7,32(12)
    std 8,40(12)
    std 9,48(12)
    std 10,56(12)
    addi 11,1,0x48
    addi 12,12,56
    li 0,8
    mtctr 0
1:  ldu 0,8(11)
    stdu 0,8(12)
    bdnz 1b
    mflr 3
    blr

    .globl show
    .type show,@function
show:
    lis 11,capture@ha
    addi 11,11,capture@l
    li 12,1
    b guest_varargs

    .bss
    .balign 8
    .globl captured
captured:
    .space 128
    .section .note.GNU-stack,"",@progbits
