/* SPDX-License-Identifier: BSD-3-Clause
 * Lanes of vector registers: registers are kept in guest order, lanes are numbered as the manual does. */
#ifndef EMU_CPU_VMX_H
#define EMU_CPU_VMX_H

#include "emu/cpu/op.h"

#define VSCR_SAT 0x00000001u
#define VSCR_NJ  0x00010000u

static inline u8 lane8(const struct vector *v, u32 i)
{
    return v->b[i];
}
static inline u16 lane16(const struct vector *v, u32 i)
{
    return load_be16(v->b + 2 * i);
}
static inline u32 lane32(const struct vector *v, u32 i)
{
    return load_be32(v->b + 4 * i);
}
static inline void set8(struct vector *v, u32 i, u32 value)
{
    v->b[i] = (u8)value;
}
static inline void set16(struct vector *v, u32 i, u32 value)
{
    store_be16(v->b + 2 * i, (u16)value);
}
static inline void set32(struct vector *v, u32 i, u32 value)
{
    store_be32(v->b + 4 * i, value);
}

/* Saturation to a signed or unsigned range; sets VSCR.SAT when the value does not fit. */
static inline s64 saturate(struct ppc *c, s64 value, s64 low, s64 high)
{
    if (value >= low && value <= high)
        return value;
    c->vscr |= VSCR_SAT;
    return value < low ? low : high;
}

/* CR6 of a comparison: all lanes true, or none. */
static inline void record_vector(struct ppc *c, const struct ppc_op *o, const struct vector *v)
{
    if (!o->rc)
        return;
    u64 high = load_be64(v->b), low = load_be64(v->b + 8);
    cr_set(c, 6, (high & low) == UINT64_MAX ? 8 : (high | low) == 0 ? 2 : 0);
}

#endif
