/* SPDX-License-Identifier: BSD-3-Clause
 * The fast paths of floating point against the exact way: random and corner operands, every rounding mode and enable;
 * registers, FPSCR and CR must be the same. The exact way (softfp.c) is tested by tests/golden/ppc_fp.tsv. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/cpu/fpscr.h"
#include "emu/cpu/vmx_float.h"

enum { ROUNDS = 300000, LANE_ROUNDS = 200000 };

static u64 seed;

static u64 next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545F4914F6CDD1Dull;
}

/* One in `rare` is a corner. */
static u64 random_double(u32 rare)
{
    static const u64 corners[] = {0,
                                  FP_SIGN,
                                  1,
                                  0x000FFFFFFFFFFFFFull,
                                  0x0010000000000000ull,
                                  0x3FF0000000000000ull,
                                  0xBFF0000000000000ull,
                                  0x7FEFFFFFFFFFFFFFull,
                                  FP_INF,
                                  FP_SIGN | FP_INF,
                                  0x7FF8000000000123ull,
                                  0xFFF0000000000001ull,
                                  0x3810000000000000ull,
                                  0x380FFFFFFFFFFFFFull,
                                  0x47EFFFFFE0000000ull,
                                  0x3690000000000000ull};
    u64 bits = next_random(), shape = next_random() >> 32;
    if ((shape >> 16) % rare == 0)
        return corners[bits % countof(corners)];
    if (shape % 16 == 1)
        return bits;
    /* Near 1, in pairs that cancel; every other one a single, or short. */
    u64 exponent = 1023 + (shape >> 4 & 31) - 16;
    if (shape % 16 == 2)
        exponent = (shape >> 4 & 1 ? 897 : 1150) + (shape >> 5 & 7) - 4;
    bits = (bits & (FP_SIGN | 0xFFFFFFFFFFFFFull)) | exponent << 52;
    u64 cut[] = {0, 0x1FFFFFFF, 0x7FFFFFFFFFFull, 0x3FFFFFFFFFFFFull};
    return bits & ~cut[shape >> 9 & 3];
}

static bool is_denormal(u64 a)
{
    return !(a & FP_INF) && a & ~FP_SIGN;
}

struct form {
    ppc_run *run;
    const char *name;
    enum { ADD, SUBTRACT, MULTIPLY, DIVIDE, MULTIPLY_ADD } kind;
    bool is_single, subtracts, negates;
};

#define FORM(name, ...)                                                                                                \
    {                                                                                                                  \
        ppc_run_##name, #name, __VA_ARGS__                                                                             \
    }
static const struct form forms[] = {
    FORM(fadd, ADD, false, false, false),           FORM(fsub, SUBTRACT, false, false, false),
    FORM(fmul, MULTIPLY, false, false, false),      FORM(fdiv, DIVIDE, false, false, false),
    FORM(fadds, ADD, true, false, false),           FORM(fsubs, SUBTRACT, true, false, false),
    FORM(fmuls, MULTIPLY, true, false, false),      FORM(fdivs, DIVIDE, true, false, false),
    FORM(fmadd, MULTIPLY_ADD, false, false, false), FORM(fmsub, MULTIPLY_ADD, false, true, false),
    FORM(fnmadd, MULTIPLY_ADD, false, false, true), FORM(fnmsub, MULTIPLY_ADD, false, true, true),
    FORM(fmadds, MULTIPLY_ADD, true, false, false), FORM(fmsubs, MULTIPLY_ADD, true, true, false),
    FORM(fnmadds, MULTIPLY_ADD, true, false, true), FORM(fnmsubs, MULTIPLY_ADD, true, true, true),
};

static u64 negated(u64 a)
{
    return fp_is_nan(a) ? a : a ^ FP_SIGN;
}

static void run_exactly(struct ppc *c, const struct ppc_op *o, const struct form *form)
{
    u64 a = c->f[o->a], b = c->f[o->b], f = c->f[o->c], result = 0;
    bool has_denormal = is_denormal(a) || is_denormal(form->kind == MULTIPLY ? f : b);
    u32 flags = 0;
    struct fp_mode mode = fpscr_mode(c, form->is_single);
    switch (form->kind) {
    case ADD:
        result = fp_add(a, b, mode, &flags);
        break;
    case SUBTRACT:
        result = fp_add(a, negated(b), mode, &flags);
        break;
    case MULTIPLY:
        result = fp_mul(a, f, mode, &flags);
        break;
    case DIVIDE:
        mode.is_single &= !is_denormal(a);
        result = fp_div(a, b, mode, &flags);
        has_denormal = false;
        break;
    case MULTIPLY_ADD:
        result = fp_muladd(a, f, form->subtracts ? negated(b) : b, mode, &flags);
        result = form->negates ? negated(result) : result;
        has_denormal |= is_denormal(f);
        break;
    }
    if (form->is_single && has_denormal && ((result & FP_INF) != FP_INF || flags & FP_OVERFLOW)) {
        result = FP_QNAN;
        flags = 0;
    }
    fp_deliver(c, o, result, form->is_single, flags);
}

static void test_fast_paths_are_exact(void **state)
{
    (void)state;
    static struct ppc fast, exact;
    seed = 0x9E3779B97F4A7C15ull;
    for (u32 i = 0; i < ROUNDS; i++) {
        const struct form *form = &forms[i % countof(forms)];
        struct ppc_op o = {.d = 3, .a = 4, .b = 5, .c = 6, .rc = i >> 4 & 1};
        memset(&fast, 0, sizeof fast);
        for (u32 k = 3; k < 7; k++)
            fast.f[k] = random_double(i & 64 ? 2 : 16);
        if (form->kind == MULTIPLY_ADD && next_random() >> 61 == 0) /* cancels */
            fast.f[5] = fp_bits(-(fp_double(fast.f[4]) * fp_double(fast.f[6])));
        u32 rare = next_random() >> 60 ? 0 : (u32)next_random() & (FPSCR_RN | 0xF8);
        fast.fpscr = rare | (next_random() >> 62 ? FPSCR_XX | FPSCR_FX : 0) | ((u32)next_random() & 0x7F000);
        fpscr_sum(&fast);
        exact = fast;
        form->run(&fast, &o, NULL);
        run_exactly(&exact, &o, form);
        if (memcmp(&fast, &exact, sizeof fast))
            fail_msg("%s %016llx %016llx %016llx: %016llx, exactly %016llx; fpscr %08x, exactly %08x", form->name,
                     (unsigned long long)fast.f[4], (unsigned long long)fast.f[5], (unsigned long long)fast.f[6],
                     (unsigned long long)fast.f[3], (unsigned long long)exact.f[3], fast.fpscr, exact.fpscr);
    }
}

static u32 random_single(void)
{
    static const u32 corners[] = {0,          0x80000000, 1,          0x007FFFFF, 0x00800000, 0x80800000, 0x3F800000,
                                  0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00001, 0xFF800001, 0x00FFFFFF, 0x33800000};
    u32 bits = (u32)(next_random() >> 32), shape = (u32)(next_random() >> 32);
    if (shape % 32 == 0)
        return corners[bits % countof(corners)];
    if (shape % 32 == 1)
        return bits;
    u32 exponent = (shape % 32 < 6 ? shape >> 5 & 1 ? 64 : 32 : 127) + (shape >> 6 & 15) - 8;
    return (bits & 0x807FFFFF) | exponent << 23;
}

/* a * c + b by the exact way, operands and result flushed. */
static u32 exact_lane(u32 a, u32 c, u32 b, bool is_product, bool is_sum, bool flush)
{
    if (single_is_nan(a) || single_is_nan(b) || single_is_nan(c))
        return single_quiet(single_is_nan(a) ? a : single_is_nan(b) ? b : c);
    u64 x = fp_widen(single_flush(a, flush)), y = fp_widen(single_flush(c, flush)),
        z = fp_widen(single_flush(b, flush));
    struct fp_mode mode = {FP_NEAREST, true, flush ? FP_UNDERFLOW : 0};
    u32 flags = 0;
    u64 result = is_product ? fp_mul(x, y, mode, &flags)
                 : is_sum   ? fp_add(x, z, mode, &flags)
                            : fp_muladd(x, y, z, mode, &flags);
    if (flags & FP_UNDERFLOW && flush)
        return (u32)(result >> 32) & SINGLE_SIGN;
    return fp_narrow(result);
}

static u32 without_sign_of_numbers(u32 a)
{
    return single_is_nan(a) ? a : a ^ SINGLE_SIGN;
}

static void test_lanes_are_exact(void **state)
{
    (void)state;
    static struct ppc c;
    static ppc_run *const runs[] = {ppc_run_vaddfp, ppc_run_vsubfp, ppc_run_vmulfp128, ppc_run_vmaddfp,
                                    ppc_run_vnmsubfp};
    struct ppc_op o = {.d = 3, .a = 4, .b = 5, .c = 6};
    seed = 0x123456789ABCDEFull;
    for (u32 i = 0; i < LANE_ROUNDS; i++) {
        u32 kind = i % countof(runs);
        bool flush = next_random() >> 62 != 0;
        c.vscr = flush ? VSCR_NJ : 0;
        for (u32 k = 4; k < 7; k++)
            for (u32 lane = 0; lane < 4; lane++)
                set32(&c.v[k], lane, random_single());
        runs[kind](&c, &o, NULL);
        for (u32 lane = 0; lane < 4; lane++) {
            u32 x = lane32(&c.v[4], lane), y = lane32(&c.v[5], lane), z = lane32(&c.v[6], lane), want;
            if (kind == 0)
                want = exact_lane(x, 0, y, false, true, flush);
            else if (kind == 1)
                want = exact_lane(x, 0, without_sign_of_numbers(y), false, true, flush);
            else if (kind == 2)
                want = exact_lane(x, y, 0, true, false, flush);
            else if (kind == 3)
                want = exact_lane(x, z, y, false, false, flush);
            else
                want = without_sign_of_numbers(exact_lane(x, z, without_sign_of_numbers(y), false, false, flush));
            if (lane32(&c.v[3], lane) != want)
                fail_msg("%u: %08x %08x %08x: %08x, exactly %08x", kind, x, y, z, lane32(&c.v[3], lane), want);
        }
    }
}

static bool less(u32 a, u32 b)
{
    return fp_double(fp_widen(a)) < fp_double(fp_widen(b));
}

static void test_comparisons_and_extremes_of_lanes(void **state)
{
    (void)state;
    static struct ppc c;
    static ppc_run *const runs[] = {ppc_run_vcmpeqfp, ppc_run_vcmpgefp, ppc_run_vcmpgtfp, ppc_run_vmaxfp,
                                    ppc_run_vminfp};
    struct ppc_op o = {.d = 3, .a = 4, .b = 5, .rc = 1};
    for (u32 i = 0; i < LANE_ROUNDS / 4; i++) {
        u32 kind = i % countof(runs), all = kind < 3 ? UINT32_MAX : 0, any = 0;
        bool flush = next_random() >> 62 != 0;
        c.vscr = flush ? VSCR_NJ : 0;
        for (u32 lane = 0; lane < 4; lane++) {
            set32(&c.v[4], lane, random_single());
            set32(&c.v[5], lane, next_random() >> 63 ? random_single() : lane32(&c.v[4], lane));
        }
        runs[kind](&c, &o, NULL);
        for (u32 lane = 0; lane < 4; lane++) {
            u32 x = lane32(&c.v[4], lane), y = lane32(&c.v[5], lane), have = lane32(&c.v[3], lane), want;
            bool nan = single_is_nan(x) || single_is_nan(y);
            u32 quiet = single_quiet(single_is_nan(x) ? x : y);
            x = single_flush(x, flush);
            y = single_flush(y, flush);
            bool above = less(y, x) || (x == 0 && y == SINGLE_SIGN), same = !nan && !less(x, y) && !less(y, x);
            if (kind == 0)
                want = same ? UINT32_MAX : 0;
            else if (kind == 1)
                want = !nan && !less(x, y) ? UINT32_MAX : 0;
            else if (kind == 2)
                want = !nan && less(y, x) ? UINT32_MAX : 0;
            else
                want = nan ? quiet : above == (kind == 3) ? x : y;
            assert_int_equal(have, want);
            all &= want;
            any |= want;
        }
        if (kind < 3)
            assert_int_equal(cr_get(&c, 6), all == UINT32_MAX ? 8 : any ? 0 : 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fast_paths_are_exact),
        cmocka_unit_test(test_lanes_are_exact),
        cmocka_unit_test(test_comparisons_and_extremes_of_lanes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
