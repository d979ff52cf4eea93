/* SPDX-License-Identifier: BSD-3-Clause
 * Floating-point arithmetic. [PEM 8.2, 3.3] The host's addition, multiplication and division are used where they give
 * the very result and nothing new is to be recorded in the FPSCR; all else takes the exact way (softfp.c). */
#include "emu/cpu/estimate.h"
#include "emu/cpu/fpscr.h"

#define LEAST_DOUBLE 0x1p-1022
#define LEAST_SINGLE 0x1p-126

/* Few enough significant bits that a product of two such numbers is exact. */
static inline bool is_short(u64 a, u64 b)
{
    return !((a | b) & 0x7FFFFFF);
}

static inline bool is_single(u64 a, u64 b)
{
    return !((a | b) & 0x1FFFFFFF);
}

static inline double magnitude(double x)
{
    return fp_double(fp_bits(x) & ~FP_SIGN);
}

/* The least one itself may have been tiny before it was rounded, which is an underflow. [PEM 3.3.6.2.2] */
static inline bool is_normal(double x)
{
    return magnitude(x) > LEAST_DOUBLE && magnitude(x) <= 0x1.fffffffffffffp1023;
}

static inline bool is_normal_single(double x)
{
    return magnitude(x) > LEAST_SINGLE && magnitude(x) <= 0x1.fffffep127;
}

static inline bool is_nearest(const struct ppc *c)
{
    return !(c->fpscr & FPSCR_RN);
}

/* Within a range where nothing below overflows or underflows. */
static inline bool is_moderate(double x)
{
    return magnitude(x) >= 0x1p-400 && magnitude(x) <= 0x1p400;
}

/* A new inexact exception is for the exact way to raise. */
static inline bool may_round(const struct ppc *c, double error)
{
    return error == 0 || c->fpscr & FPSCR_XX;
}

/* The high half of a significand, so that products of halves are exact. [Dekker 1971] */
static inline double high_half(double x)
{
    double scaled = x * 0x1.0000002p27;
    return scaled - (scaled - x);
}

/* What x * y exactly has more than the product rounded to nearest; for moderate or zero operands. [Dekker 1971] */
static inline double product_error(double x, double y, double product)
{
    double xh = high_half(x), yh = high_half(y), xl = x - xh, yl = y - yh;
    return ((xh * yh - product) + xh * yl + xl * yh) + xl * yl;
}

/* Rounds what is exact, or rounded to odd, to single; false: the exact way must do it. */
static inline bool single_finish(struct ppc *c, const struct ppc_op *o, double value)
{
    double result = (double)(float)value, error = value - result;
    if (!(is_normal_single(result) && magnitude(value) >= LEAST_SINGLE) && value != 0)
        return false;
    if (!may_round(c, error))
        return false;
    fp_finish(c, o, result, true, fpscr_rounding(result, error));
    return true;
}

static inline bool is_denormal(u64 a)
{
    return (a & ~FP_SIGN) - 1 < 0x000FFFFFFFFFFFFFull;
}

/* The slow end of a single-precision form. The console has no right answer where an operand is a denormal double, which
 * no single is: a NaN without an exception, unless an infinity or a NaN decides. (Console vectors.) */
static void deliver_single(struct ppc *c, const struct ppc_op *o, u64 result, u32 flags, bool has_denormal)
{
    bool finite = (result & FP_INF) != FP_INF || flags & FP_OVERFLOW;
    if (unlikely(has_denormal && finite)) {
        result = FP_QNAN;
        flags = 0;
    }
    fp_deliver(c, o, result, true, flags);
}

static void add(struct ppc *c, const struct ppc_op *o, u64 a, u64 b)
{
    double x = fp_double(a), y = fp_double(b), total = x + y, part = total - x;
    double error = (x - (total - part)) + (y - part);
    if (likely((is_normal(total) || total == 0) && is_nearest(c) && may_round(c, error))) {
        fp_finish(c, o, total, false, fpscr_rounding(total, error));
        return;
    }
    u32 flags = 0;
    u64 result = fp_add(a, b, fpscr_mode(c, false), &flags);
    fp_deliver(c, o, result, false, flags);
}

static void add_single(struct ppc *c, const struct ppc_op *o, u64 a, u64 b)
{
    bool inexact;
    double total = fp_double(a) + fp_double(b);
    if (likely(!is_denormal(a) && !is_denormal(b) && (is_normal(total) || total == 0) && is_nearest(c))) {
        if (single_finish(c, o, fp_add_odd(fp_double(a), fp_double(b), &inexact)))
            return;
    }
    u32 flags = 0;
    u64 result = fp_add(a, b, fpscr_mode(c, true), &flags);
    deliver_single(c, o, result, flags, is_denormal(a) || is_denormal(b));
}

static inline u64 negated(u64 a)
{
    return fp_is_nan(a) ? a : a ^ FP_SIGN;
}

void ppc_run_fadd(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    add(c, o, c->f[o->a], c->f[o->b]);
}

void ppc_run_fadds(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    add_single(c, o, c->f[o->a], c->f[o->b]);
}

void ppc_run_fsub(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    add(c, o, c->f[o->a], negated(c->f[o->b]));
}

void ppc_run_fsubs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    add_single(c, o, c->f[o->a], negated(c->f[o->b]));
}

/* x * y rounded to nearest, where the error is known; a zero has a zero for a factor. */
static inline bool is_plain_product(double x, double y, double product)
{
    return (is_moderate(product) && is_moderate(x) && is_moderate(y)) || (product == 0 && (x == 0 || y == 0));
}

void ppc_run_fmul(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    double x = fp_double(c->f[o->a]), y = fp_double(c->f[o->c]), product = x * y;
    if (likely(is_nearest(c) && is_plain_product(x, y, product))) {
        /* Nothing times much has no error, but halves of much overflow. */
        bool is_exact = product == 0 || is_short(c->f[o->a], c->f[o->c]);
        double error = is_exact ? 0 : product_error(x, y, product);
        if (may_round(c, error)) {
            fp_finish(c, o, product, false, fpscr_rounding(product, error));
            return;
        }
    }
    u32 flags = 0;
    u64 result = fp_mul(c->f[o->a], c->f[o->c], fpscr_mode(c, false), &flags);
    fp_deliver(c, o, result, false, flags);
}

void ppc_run_fmuls(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 a = c->f[o->a], b = c->f[o->c];
    double x = fp_double(a), y = fp_double(b), product = x * y;
    bool is_plain = is_normal_single(product) || (product == 0 && (x == 0 || y == 0));
    if (likely(is_plain && is_nearest(c) && is_short(a, b) && !is_denormal(a) && !is_denormal(b) &&
               single_finish(c, o, product)))
        return;
    u32 flags = 0;
    u64 result = fp_mul(a, b, fpscr_mode(c, true), &flags);
    deliver_single(c, o, result, flags, is_denormal(a) || is_denormal(b));
}

/* Error of a quotient rounded to nearest, by its sign: the remainder, which is exact, over the divisor. */
static inline double quotient_error(double x, double y, double quotient)
{
    double product = quotient * y, rest = (x - product) - product_error(quotient, y, product);
    return fp_double(fp_bits(rest) ^ (fp_bits(y) & FP_SIGN));
}

void ppc_run_fdiv(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    double x = fp_double(c->f[o->a]), y = fp_double(c->f[o->b]), quotient = x / y;
    if (likely(is_nearest(c) && is_moderate(x) && is_moderate(y) && is_moderate(quotient))) {
        double error = quotient_error(x, y, quotient);
        if (may_round(c, error)) {
            fp_finish(c, o, quotient, false, fpscr_rounding(quotient, error));
            return;
        }
    }
    u32 flags = 0;
    u64 result = fp_div(c->f[o->a], c->f[o->b], fpscr_mode(c, false), &flags);
    fp_deliver(c, o, result, false, flags);
}

void ppc_run_fdivs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 a = c->f[o->a], b = c->f[o->b];
    double x = fp_double(a), y = fp_double(b), quotient = x / y, result = (double)(float)quotient;
    /* Two roundings give the same as one when the operands are singles; the remainder is exact then. */
    if (likely(is_nearest(c) && is_single(a, b) && is_moderate(x) && is_moderate(y) && is_normal_single(result) &&
               magnitude(quotient) > LEAST_SINGLE)) {
        double rest = x - result * y, error = fp_double(fp_bits(rest) ^ (b & FP_SIGN));
        if (may_round(c, error)) {
            fp_finish(c, o, result, true, fpscr_rounding(result, error));
            return;
        }
    }
    u32 flags = 0;
    /* With a denormal dividend the console's quotient is not rounded to single. (Console vectors.) */
    u64 slow = fp_div(a, b, fpscr_mode(c, !is_denormal(a)), &flags);
    fp_deliver(c, o, slow, true, flags);
}

void ppc_run_fsqrt(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 flags = 0;
    u64 result = fp_sqrt(c->f[o->b], fpscr_mode(c, false), &flags);
    fp_deliver(c, o, result, false, flags);
}

void ppc_run_fsqrts(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 flags = 0;
    u64 result = fp_sqrt(c->f[o->b], fpscr_mode(c, true), &flags);
    fp_deliver(c, o, result, true, flags);
}

/* x * y + z with one rounding, for operands that are moderate or zero; what the exact sum has more. [Boldo and
 * Melquiond 2008: the sum of the small parts is rounded to odd, so that the last addition rounds the exact value.] */
static inline double fused(double x, double y, double z, double *error)
{
    double product = x * y, rest = product_error(x, y, product);
    double low = z + rest, part = low - z, low_error = (z - (low - part)) + (rest - part);
    double high = product + low;
    part = high - product;
    double high_error = (product - (high - part)) + (low - part);
    bool inexact;
    double tail = fp_add_odd(low_error, high_error, &inexact), total = high + tail;
    *error = tail - (total - high);
    return total;
}

static inline bool is_moderate_or_zero(double x)
{
    return is_moderate(x) || x == 0;
}

/* a * c + b, b negated for the subtracting forms and the result for the negating ones. */
static void multiply_add(struct ppc *c, const struct ppc_op *o, bool subtracts, bool negates)
{
    u64 b = subtracts ? negated(c->f[o->b]) : c->f[o->b];
    double x = fp_double(c->f[o->a]), y = fp_double(c->f[o->c]), z = fp_double(b);
    if (likely(is_nearest(c) && is_moderate_or_zero(x) && is_moderate_or_zero(y) && is_moderate_or_zero(z))) {
        double error, total = fused(x, y, z, &error);
        if (is_moderate(total) && may_round(c, error)) {
            fp_finish(c, o, negates ? -total : total, false, fpscr_rounding(total, error));
            return;
        }
    }
    u32 flags = 0;
    u64 result = fp_muladd(c->f[o->a], c->f[o->c], b, fpscr_mode(c, false), &flags);
    fp_deliver(c, o, negates ? negated(result) : result, false, flags);
}

static void multiply_add_single(struct ppc *c, const struct ppc_op *o, bool subtracts, bool negates)
{
    u64 a = c->f[o->a], f = c->f[o->c], b = subtracts ? negated(c->f[o->b]) : c->f[o->b];
    double x = fp_double(a), y = fp_double(f), z = fp_double(b), product = x * y, total = product + z;
    bool is_plain = is_normal(product) || (product == 0 && (x == 0 || y == 0));
    if (likely(is_plain && is_normal(total) && is_nearest(c) && is_short(a, f) && !is_denormal(a) && !is_denormal(f) &&
               !is_denormal(b))) {
        bool inexact;
        total = fp_add_odd(product, z, &inexact);
        if (single_finish(c, o, negates ? -total : total))
            return;
    }
    u32 flags = 0;
    u64 result = fp_muladd(a, f, b, fpscr_mode(c, true), &flags);
    bool has_denormal = is_denormal(a) || is_denormal(f) || is_denormal(b);
    deliver_single(c, o, negates ? negated(result) : result, flags, has_denormal);
}

void ppc_run_fmadd(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    multiply_add(c, o, false, false);
}

void ppc_run_fmadds(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    multiply_add_single(c, o, false, false);
}

void ppc_run_fmsub(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    multiply_add(c, o, true, false);
}

void ppc_run_fmsubs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    multiply_add_single(c, o, true, false);
}

void ppc_run_fnmadd(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    multiply_add(c, o, false, true);
}

void ppc_run_fnmadds(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    multiply_add_single(c, o, false, true);
}

void ppc_run_fnmsub(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    multiply_add(c, o, true, true);
}

void ppc_run_fnmsubs(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    multiply_add_single(c, o, true, true);
}

/* Estimates: never inexact, FR and FI zero. The manual leaves those undefined. */

void ppc_run_fres(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 b = c->f[o->b], result;
    u32 flags = 0;
    if (fp_is_nan(b) || fp_is_inf(b) || fp_is_zero(b))
        result = fp_div(0x3FF0000000000000ull, b, fpscr_mode(c, true), &flags);
    else
        result = fp_round(estimate_fres(b), fpscr_mode(c, true), &flags);
    fp_deliver(c, o, result, true, flags & ~(u32)FP_INEXACT);
}

void ppc_run_frsqrte(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u64 b = c->f[o->b], result;
    u32 flags = 0;
    if (fp_is_zero(b))
        result = fp_div(0x3FF0000000000000ull, b, fpscr_mode(c, false), &flags);
    else if (b == FP_INF)
        result = 0;
    else if (fp_is_nan(b) || b & FP_SIGN)
        result = fp_sqrt(b, fpscr_mode(c, false), &flags);
    else
        result = estimate_frsqrte(b);
    fp_deliver(c, o, result, false, flags);
}
