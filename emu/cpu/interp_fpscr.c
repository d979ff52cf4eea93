/* SPDX-License-Identifier: BSD-3-Clause
 * Floating-point moves, compares, conversions, and the FPSCR. [PEM 8.2, 3.3] */
#include "emu/cpu/fpscr.h"

void fpscr_sum(struct ppc *c)
{
    u32 s = c->fpscr & ~(FPSCR_VX | FPSCR_FEX);
    s |= s & FPSCR_VX_ALL ? FPSCR_VX : 0;
    bool enabled = (s & FPSCR_VX && s & FPSCR_VE) || (s >> 22 & s & (FPSCR_OE | FPSCR_UE | FPSCR_ZE | FPSCR_XE));
    c->fpscr = s | (enabled ? FPSCR_FEX : 0);
}

void fpscr_raise(struct ppc *c, u32 bits)
{
    if (bits & ~c->fpscr)
        c->fpscr |= bits | FPSCR_FX;
    fpscr_sum(c);
}

u32 fpscr_of_flags(u32 flags)
{
    static const struct {
        u32 flag, bit;
    } map[] = {
        {FP_INEXACT, FPSCR_XX},     {FP_OVERFLOW, FPSCR_OX},   {FP_UNDERFLOW, FPSCR_UX},  {FP_DIVIDE, FPSCR_ZX},
        {FP_SNAN, FPSCR_VXSNAN},    {FP_INF_SUB, FPSCR_VXISI}, {FP_INF_DIV, FPSCR_VXIDI}, {FP_ZERO_DIV, FPSCR_VXZDZ},
        {FP_INF_ZERO, FPSCR_VXIMZ}, {FP_SQRT, FPSCR_VXSQRT},   {FP_CONVERT, FPSCR_VXCVI},
    };
    u32 bits = 0;
    for (u32 i = 0; i < countof(map); i++)
        bits |= flags & map[i].flag ? map[i].bit : 0;
    return bits;
}

static bool is_suppressed(const struct ppc *c, u32 bits)
{
    return (bits & FPSCR_VX_ALL && c->fpscr & FPSCR_VE) || (bits & FPSCR_ZX && c->fpscr & FPSCR_ZE);
}

static u32 rounding_of_flags(u32 flags)
{
    if (!(flags & FP_INEXACT))
        return 0;
    return flags & FP_ROUNDED_UP ? FPSCR_FI | FPSCR_FR : FPSCR_FI;
}

void fp_deliver(struct ppc *c, const struct ppc_op *o, u64 result, bool is_single, u32 flags)
{
    u32 bits = fpscr_of_flags(flags);
    c->fpscr &= ~(FPSCR_FR | FPSCR_FI);
    if (!is_suppressed(c, bits)) {
        c->f[o->d] = result;
        c->fpscr = (c->fpscr & ~FPSCR_FPRF) | fpscr_class(result, is_single) | rounding_of_flags(flags);
    }
    fpscr_raise(c, bits);
    fp_record(c, o);
}

void ppc_run_fmr(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->f[o->d] = c->f[o->b];
    fp_record(c, o);
}

void ppc_run_fneg(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->f[o->d] = c->f[o->b] ^ FP_SIGN;
    fp_record(c, o);
}

void ppc_run_fabs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->f[o->d] = c->f[o->b] & ~FP_SIGN;
    fp_record(c, o);
}

void ppc_run_fnabs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->f[o->d] = c->f[o->b] | FP_SIGN;
    fp_record(c, o);
}

void ppc_run_fsel(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 a = c->f[o->a];
    bool is_positive = !fp_is_nan(a) && (!(a & FP_SIGN) || fp_is_zero(a));
    c->f[o->d] = c->f[is_positive ? o->c : o->b];
    fp_record(c, o);
}

/* CR bits of a comparison: less, greater, equal, unordered. */
static u32 fp_compare(u64 a, u64 b)
{
    if (fp_is_nan(a) || fp_is_nan(b))
        return CR_SO;
    double x = fp_double(a), y = fp_double(b);
    return x < y ? CR_LT : x > y ? CR_GT : CR_EQ;
}

static void fp_compare_finish(struct ppc *c, const struct ppc_op *o, u32 exceptions)
{
    u32 bits = fp_compare(c->f[o->a], c->f[o->b]);
    c->fpscr = (c->fpscr & ~FPSCR_FPCC) | bits << 12;
    cr_set(c, o->f, bits);
    fpscr_raise(c, exceptions);
}

void ppc_run_fcmpu(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    bool snan = fp_is_snan(c->f[o->a]) || fp_is_snan(c->f[o->b]);
    fp_compare_finish(c, o, snan ? FPSCR_VXSNAN : 0);
}

void ppc_run_fcmpo(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    bool nan = fp_is_nan(c->f[o->a]) || fp_is_nan(c->f[o->b]);
    bool snan = fp_is_snan(c->f[o->a]) || fp_is_snan(c->f[o->b]);
    u32 exceptions = nan ? FPSCR_VXVC : 0;
    if (snan)
        exceptions = c->fpscr & FPSCR_VE ? FPSCR_VXSNAN : FPSCR_VXSNAN | FPSCR_VXVC;
    fp_compare_finish(c, o, exceptions);
}

void ppc_run_frsp(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 flags = 0;
    u64 result = fp_round(c->f[o->b], fpscr_mode(c, true), &flags);
    fp_deliver(c, o, result, true, flags);
}

void ppc_run_fcfid(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 flags = 0;
    u64 result = fp_from_s64((s64)c->f[o->b], fpscr_mode(c, false), &flags);
    fp_deliver(c, o, result, false, flags);
}

/* FPRF is undefined after a conversion to an integer: it stays. The upper half of a 32-bit one is undefined by the
 * manual; the console extends the sign. */
static void to_integer(struct ppc *c, const struct ppc_op *o, u8 round, bool is_word)
{
    u32 flags = 0;
    s64 value =
        fp_to_integer(c->f[o->b], round, is_word ? INT32_MIN : INT64_MIN, is_word ? INT32_MAX : INT64_MAX, &flags);
    u32 bits = fpscr_of_flags(flags);
    c->fpscr &= ~(FPSCR_FR | FPSCR_FI);
    if (!is_suppressed(c, bits)) {
        c->f[o->d] = (u64)value;
        c->fpscr |= rounding_of_flags(flags);
    }
    fpscr_raise(c, bits);
    fp_record(c, o);
}

void ppc_run_fctiw(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    to_integer(c, o, c->fpscr & FPSCR_RN, true);
}

void ppc_run_fctiwz(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    to_integer(c, o, FP_ZERO, true);
}

void ppc_run_fctid(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    to_integer(c, o, c->fpscr & FPSCR_RN, false);
}

void ppc_run_fctidz(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    to_integer(c, o, FP_ZERO, false);
}

void ppc_run_mffs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->f[o->d] = 0xFFF8000000000000ull | c->fpscr;
    fp_record(c, o);
}

void ppc_run_mcrfs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 shift = 28 - 4 * o->a, nibble = 0xFu << shift;
    cr_set(c, o->f, c->fpscr >> shift & 0xF);
    c->fpscr &= ~(nibble & (FPSCR_FX | FPSCR_STICKY));
    fpscr_sum(c);
}

/* Puts value in the bits of mask; FEX, VX and the bit that does not exist are not for writing. */
static void fpscr_write(struct ppc *c, const struct ppc_op *o, u32 value, u32 mask)
{
    mask &= ~(FPSCR_FEX | FPSCR_VX | FPSCR_RESERVED);
    c->fpscr = (c->fpscr & ~mask) | (value & mask);
    fpscr_sum(c);
    fp_record(c, o);
}

void ppc_run_mtfsb0(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    fpscr_write(c, o, 0, 0x80000000u >> o->d);
}

void ppc_run_mtfsb1(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 bit = 0x80000000u >> o->d;
    if (bit & FPSCR_STICKY & ~c->fpscr)
        bit |= FPSCR_FX;
    fpscr_write(c, o, bit, bit);
}

void ppc_run_mtfsfi(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 shift = 28 - 4 * o->f;
    fpscr_write(c, o, (u32)o->h << shift, 0xFu << shift);
}

void ppc_run_mtfsf(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 mask = 0;
    for (u32 field = 0; field < 8; field++)
        if ((u32)o->i & 0x80 >> field)
            mask |= 0xF0000000u >> 4 * field;
    fpscr_write(c, o, (u32)c->f[o->b], mask);
}
