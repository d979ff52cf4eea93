/* SPDX-License-Identifier: BSD-3-Clause
 * u32 guest_call(const void *thunk, const u64 *slots, u32 count): a call as the console makes it, the first eight slots
 * in r3 to r10, further ones in memory from 0x50(r1). */
    .text
    .globl guest_call
    .type guest_call,@function
    .set frame, 0x50 + 8 * 32
guest_call:
    mflr 0
    stw 0,4(1)
    stwu 1,-frame(1)
    mtctr 3
    mr 12,4
    subic. 5,5,8
    ble 2f
    addi 6,12,56
    addi 7,1,0x48
1:  ldu 8,8(6)
    stdu 8,8(7)
    subic. 5,5,1
    bgt 1b
2:  ld 3,0(12)             /* what lies behind the last is not read by the kernel */
    ld 4,8(12)
    ld 5,16(12)
    ld 6,24(12)
    ld 7,32(12)
    ld 8,40(12)
    ld 9,48(12)
    ld 10,56(12)
    bctrl
    addi 1,1,frame
    lwz 0,4(1)
    mtlr 0
    blr
    .section .note.GNU-stack,"",@progbits
