/* SPDX-License-Identifier: BSD-3-Clause
 * Calls as the console makes them: 64-bit slots, the first eight in r3 to r10, further ones in memory from 0x50(r1). */
    .text

/* u32 guest_call(const void *thunk, const u64 *slots, u32 count) */
    .globl guest_call
    .type guest_call,@function
    .set call_frame, 0x50 + 8 * 32
guest_call:
    mflr 0
    stw 0,4(1)
    stwu 1,-call_frame(1)
    mtctr 3
    mr 11,4
    subic. 5,5,8
    ble 2f
    addi 6,11,56
    addi 7,1,0x48
1:  ldu 8,8(6)
    stdu 8,8(7)
    subic. 5,5,1
    bgt 1b
2:  ld 3,0(11)
    ld 4,8(11)
    ld 5,16(11)
    ld 6,24(11)
    ld 7,32(11)
    ld 8,40(11)
    ld 9,48(11)
    ld 10,56(11)
    bctrl
    addi 1,1,call_frame
    lwz 0,4(1)
    mtlr 0
    blr

/* Where shims of the printf family go, with the caller's arguments in their places; r11: the thunk, r12: how many
 * arguments come before the variable ones, the format last, and 0x100 if it has 16-bit characters. When eight slots are
 * enough the frame is gone before the call, so that the kernel sees the return address of the title's own call. */
    .globl guest_varargs
    .type guest_varargs,@function
    .set slots, 16
    .set list, slots + 8 * 40
    .set gprs, list + 16
    .set fprs, gprs + 32
    .set frame, fprs + 64
guest_varargs:
    mflr 0
    stw 0,4(1)
    stwu 1,-frame(1)
    stw 11,8(1)
    stw 3,gprs(1)
    stw 4,gprs+4(1)
    stw 5,gprs+8(1)
    stw 6,gprs+12(1)
    stw 7,gprs+16(1)
    stw 8,gprs+20(1)
    stw 9,gprs+24(1)
    stw 10,gprs+28(1)
    bne 1,1f                   /* the caller says in cr1 whether there are doubles */
    stfd 1,fprs(1)
    stfd 2,fprs+8(1)
    stfd 3,fprs+16(1)
    stfd 4,fprs+24(1)
    stfd 5,fprs+32(1)
    stfd 6,fprs+40(1)
    stfd 7,fprs+48(1)
    stfd 8,fprs+56(1)
1:  clrlwi 4,12,24
    addi 6,1,list              /* a va_list: {GPRs used, FPRs used, stack, saved registers} */
    stb 4,0(6)
    li 0,0
    stb 0,1(6)
    addi 7,1,frame+8
    stw 7,4(6)
    addi 7,1,gprs
    stw 7,8(6)
    addi 3,1,slots
    addi 7,1,gprs-4
    addi 8,1,slots-8
    mtctr 4
2:  lwzu 5,4(7)                /* the last is the format */
    stw 0,8(8)
    stw 5,12(8)
    addi 8,8,8
    bdnz 2b
    andi. 0,12,0x100
    bne 3f
    bl guest_gather
    b 4f
3:  bl guest_gather_wide
4:  cmplwi 3,8
    lwz 11,8(1)
    bgt 5f
    mtctr 11
    ld 3,slots(1)
    ld 4,slots+8(1)
    ld 5,slots+16(1)
    ld 6,slots+24(1)
    ld 7,slots+32(1)
    ld 8,slots+40(1)
    ld 9,slots+48(1)
    ld 10,slots+56(1)
    addi 1,1,frame
    lwz 0,4(1)
    mtlr 0
    bctr
5:  mr 5,3
    mr 3,11
    addi 4,1,slots
    bl guest_call
    addi 1,1,frame
    lwz 0,4(1)
    mtlr 0
    blr
    .section .note.GNU-stack,"",@progbits
