/* SPDX-License-Identifier: BSD-3-Clause
 * Where a title begins: runs constructors and main, then ends the title with what main returned. The kernel gives r1 a
 * stack and r13 the processor's control region. Ending the first thread ends the title. */
    .text
    .globl _start
    .type _start,@function
_start:
    li 0,0
    stwu 0,-64(1)              /* the back chain ends here */
    lis 30,__init_array_start@ha
    addi 30,30,__init_array_start@l
    lis 31,__init_array_end@ha
    addi 31,31,__init_array_end@l
1:  cmplw 30,31
    bge 2f
    lwz 12,0(30)
    addi 30,30,4
    mtctr 12
    bctrl
    b 1b
2:  bl main
    .globl guest_exit
    .type guest_exit,@function
guest_exit:
    bl ExTerminateThread
    trap
    .section .note.GNU-stack,"",@progbits
