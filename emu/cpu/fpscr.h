/* SPDX-License-Identifier: BSD-3-Clause
 * The floating-point status and control register, and how results are delivered. [PEM 2.1.4, 3.3] */
#ifndef EMU_CPU_FPSCR_H
#define EMU_CPU_FPSCR_H

#include "emu/cpu/op.h"
#include "emu/cpu/softfp.h"

#define FPSCR_FX       0x80000000u
#define FPSCR_FEX      0x40000000u
#define FPSCR_VX       0x20000000u
#define FPSCR_OX       0x10000000u
#define FPSCR_UX       0x08000000u
#define FPSCR_ZX       0x04000000u
#define FPSCR_XX       0x02000000u
#define FPSCR_VXSNAN   0x01000000u
#define FPSCR_VXISI    0x00800000u
#define FPSCR_VXIDI    0x00400000u
#define FPSCR_VXZDZ    0x00200000u
#define FPSCR_VXIMZ    0x00100000u
#define FPSCR_VXVC     0x00080000u
#define FPSCR_FR       0x00040000u
#define FPSCR_FI       0x00020000u
#define FPSCR_FPRF     0x0001F000u
#define FPSCR_FPCC     0x0000F000u
#define FPSCR_RESERVED 0x00000800u
#define FPSCR_VXSOFT   0x00000400u
#define FPSCR_VXSQRT   0x00000200u
#define FPSCR_VXCVI    0x00000100u
#define FPSCR_VE       0x00000080u
#define FPSCR_OE       0x00000040u
#define FPSCR_UE       0x00000020u
#define FPSCR_ZE       0x00000010u
#define FPSCR_XE       0x00000008u
#define FPSCR_RN       0x00000003u
#define FPSCR_VX_ALL                                                                                                   \
    (FPSCR_VXSNAN | FPSCR_VXISI | FPSCR_VXIDI | FPSCR_VXZDZ | FPSCR_VXIMZ | FPSCR_VXVC | FPSCR_VXSOFT | FPSCR_VXSQRT | \
     FPSCR_VXCVI)
#define FPSCR_STICKY (FPSCR_OX | FPSCR_UX | FPSCR_ZX | FPSCR_XX | FPSCR_VX_ALL)

/* Recomputes VX and FEX, which are sums of the others. */
void fpscr_sum(struct ppc *c);
/* Records exceptions (FPSCR bits), FX where one is new. */
void fpscr_raise(struct ppc *c, u32 bits);
/* enum fp_flag as FPSCR bits. */
u32 fpscr_of_flags(u32 flags);

/* The slow way of every arithmetic result: exceptions, FPRF, fd, CR1. An enabled invalid or zero-divide exception keeps
 * fd. */
void fp_deliver(struct ppc *c, const struct ppc_op *o, u64 result, bool is_single, u32 flags);

static inline u32 fpscr_class(u64 bits, bool is_single)
{
    u64 magnitude = bits & ~FP_SIGN;
    u32 negative = bits >> 63 ? CR_LT : CR_GT;
    if (likely(magnitude - 1 < FP_INF - 1)) {
        bool denormal = magnitude < (is_single ? 0x3810000000000000ull : 0x0010000000000000ull);
        return (negative | (denormal ? 0x10 : 0)) << 12;
    }
    if (!magnitude)
        return (bits >> 63 ? 0x12u : 0x02u) << 12;
    return (magnitude == FP_INF ? negative | CR_SO : 0x11) << 12;
}

static inline void fp_record(struct ppc *c, const struct ppc_op *o)
{
    if (o->rc)
        cr_set(c, 1, c->fpscr >> 28);
}

/* The result and what the exact value has more than it, by its sign alone, as FI and FR. */
static inline u32 fpscr_rounding(double result, double error)
{
    u32 inexact = error != 0, up = (u32)((fp_bits(result) ^ fp_bits(error)) >> 63);
    return inexact << 17 | (inexact & up) << 18;
}

/* A finite result without exceptions that are not recorded yet; rounding: FI and FR. */
static inline void fp_finish(struct ppc *c, const struct ppc_op *o, double result, bool is_single, u32 rounding)
{
    u64 bits = fp_bits(result);
    c->f[o->d] = bits;
    c->fpscr = (c->fpscr & ~(FPSCR_FPRF | FPSCR_FR | FPSCR_FI)) | rounding | fpscr_class(bits, is_single);
    fp_record(c, o);
}

static inline struct fp_mode fpscr_mode(const struct ppc *c, bool is_single)
{
    u8 traps = (u8)((c->fpscr & FPSCR_OE ? FP_OVERFLOW : 0) | (c->fpscr & FPSCR_UE ? FP_UNDERFLOW : 0));
    return (struct fp_mode){c->fpscr & FPSCR_RN, is_single, traps};
}

#endif
