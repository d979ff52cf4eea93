/* SPDX-License-Identifier: BSD-3-Clause
 * Where arguments lie in the two calling conventions that meet in a title: the cross compiler's (SysV, 32 bits) and the
 * console's.
 *                       compiler                           console
 *   64-bit integer      a pair of GPRs, odd one first      one GPR
 *   double              FPR, no GPR                        FPR, and the GPR or slot of its place stays unused
 *   ninth and up        packed from 8(r1), 4 or 8 bytes    8-byte slots from 0x50(r1), words in the low half
 *   64-bit result       r3:r4                              r3
 * The console's side has one slot an argument: slot i is r(3 + i), from the ninth on it is memory. */
#ifndef GUEST_TOOL_ABI_H
#define GUEST_TOOL_ABI_H

#include "schema/export.h"

enum { ABI_REGISTERS = 8, ABI_STACK_SLOTS = 0x50 };

/* Where the compiler puts one argument. */
struct abi_place {
    bool is_wide;  /* 64 bits */
    bool is_float; /* stays in its FPR */
    s8 gpr;        /* first register, 3 to 10; -1: on the stack */
    u8 offset;     /* on the stack: from 8(r1) of the caller */
};

struct abi {
    u32 count;
    bool has_varargs;
    bool has_wide_result;
    bool needs_moves; /* some argument is not where the console looks for it */
    bool needs_frame; /* the console takes some on the stack */
    struct abi_place place[EXPORT_ARGUMENTS_MAX];
};

void abi_place(struct abi *abi, const struct export *e);
/* The compiler's calls go straight to the kernel's thunk. */
bool abi_is_plain(const struct abi *abi);
/* Bytes of a frame with room for the console's stack slots. */
u32 abi_frame_size(const struct abi *abi);

#endif
