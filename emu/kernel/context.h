/* SPDX-License-Identifier: BSD-3-Clause
 * CONTEXT in guest memory: a thread's registers as exception handlers see and change them, in the order of the vendor's
 * headers. UNKNOWN: the flag of the vector registers. */
#ifndef EMU_KERNEL_CONTEXT_H
#define EMU_KERNEL_CONTEXT_H

#include "emu/engine.h"

enum context_offsets {
    CONTEXT_FLAGS = 0x000,
    CONTEXT_MSR = 0x004,
    CONTEXT_IAR = 0x008, /* the instruction's address */
    CONTEXT_LR = 0x00C,
    CONTEXT_CTR = 0x010, /* u64 */
    CONTEXT_GPR = 0x018, /* u64 each */
    CONTEXT_CR = 0x118,
    CONTEXT_XER = 0x11C,
    CONTEXT_FPSCR = 0x120, /* u64, as mffs gives it */
    CONTEXT_FPR = 0x128,   /* u64 each */
    CONTEXT_VSCR = 0x230,  /* 16 bytes, as mfvscr gives it */
    CONTEXT_VR = 0x240,
    CONTEXT_SIZE = 0xA40,
};

enum context_flags { CONTEXT_CONTROL = 1, CONTEXT_FLOATING_POINT = 2, CONTEXT_INTEGER = 4, CONTEXT_VECTOR = 0x10 };

/* All of it. False: not writable. */
bool context_write(struct engine *e, u32 ea, const struct ppc *c);
/* What its flags name; the engine's own fields of *c are as at the beginning of a block. False: not readable. */
bool context_read(struct engine *e, u32 ea, struct ppc *c);

#endif
