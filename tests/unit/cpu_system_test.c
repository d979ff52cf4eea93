/* SPDX-License-Identifier: BSD-3-Clause
 * Instructions that no other processor is an oracle for, by the manuals' definitions: indirect branches, traps, the
 * system call, special registers, cache lines, the console's loads and stores of parts of a vector, estimates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/cpu/op.h"
#include "tests/oracle/draw.h"
#include "tests/unit/cpu_vector.h"

static struct vector_bench bench;

static int open_bench(void **state)
{
    (void)state;
    struct err err;
    return vector_bench_open(&bench, &err) ? 0 : -1;
}

static int close_bench(void **state)
{
    (void)state;
    vector_bench_close(&bench);
    return 0;
}

/* The word of a row with these fields: "d=3 a=4". */
static u32 word_of(u32 id, const char *fields)
{
    const struct ppc_insn *insn = ppc_insn(id);
    u32 word = insn->match;
    for (const char *p = fields; *p; p += strcspn(p, " ") + (strchr(p, ' ') != NULL))
        for (u32 i = 0; i < insn->field_count; i++)
            if (insn->fields[i].letter == p[0])
                word |= draw_put(&insn->fields[i], (u32)strtol(p + 2, NULL, 0));
    assert_ptr_equal(ppc_decode(word), insn);
    return word;
}

/* Runs one word from VECTOR_CODE, whatever comes of it. */
static struct ppc *step(u32 id, const char *fields)
{
    u8 code[4];
    store_be32(code, word_of(id, fields));
    memory_poke(bench.e, VECTOR_CODE, code, 4);
    bench.cpu.pc = VECTOR_CODE;
    bench.cpu.stop = CPU_RUN;
    bench.cpu.fault = FAULT_NONE;
    bench.cpu.block_left = 0;
    cpu_run_block(bench.e, &bench.cpu, 1);
    return &bench.cpu;
}

static void test_direct_branches(void **state)
{
    (void)state;
    struct ppc *c = &bench.cpu;
    cpu_reset(c);
    assert_int_equal(step(PPC_b, "j=4")->pc, VECTOR_CODE + 16);
    assert_int_equal(step(PPC_b, "j=0xFFFFFC")->pc, VECTOR_CODE - 16);
    assert_int_equal(c->lr, 0);
    assert_int_equal(step(PPC_b, "j=0xFFFFFC q=1 l=1")->pc, 0xFFFFFFF0);
    assert_int_equal(c->lr, VECTOR_CODE + 4);
    c->ctr = 2;
    c->cr = 0x20000000;
    assert_int_equal(step(PPC_bc, "d=8 a=2 j=0x3FFC")->pc, VECTOR_CODE - 16); /* bdnzt eq: 1 is left */
    assert_int_equal(step(PPC_bc, "d=8 a=2 j=0x3FFC")->pc, VECTOR_CODE + 4);
    assert_int_equal(step(PPC_bc, "d=10 a=2 j=0x3FFC")->pc, VECTOR_CODE + 4); /* bdzt: counts on from 0 */
    assert_int_equal(c->ctr, UINT64_MAX);
}

static void test_branches_to_registers(void **state)
{
    (void)state;
    struct ppc *c = &bench.cpu;
    for (u32 k = 0; k < 2; k++) { /* taken or not, by CR bit 6 */
        cpu_reset(c);
        c->lr = 0x1234567882001003;
        c->ctr = 0xFFFFFFFF82002002;
        c->cr = k ? 0x02000000 : 0;
        assert_int_equal(step(PPC_bclr, "d=12 a=6")->pc, k ? 0x82001000 : VECTOR_CODE + 4);
        assert_int_equal(step(PPC_bcctr, "d=12 a=6 l=1")->pc, k ? 0x82002000 : VECTOR_CODE + 4);
        assert_int_equal(c->lr, VECTOR_CODE + 4);
        assert_int_equal(c->ctr, 0xFFFFFFFF82002002);
    }
    c->lr = 0x82001000;
    assert_int_equal(step(PPC_bclr, "d=20 l=1")->pc, 0x82001000); /* goes where LR was before */
    assert_int_equal(c->lr, VECTOR_CODE + 4);
    c->ctr = 0x100000001; /* in 32-bit mode CTR's low half counts */
    assert_int_equal(step(PPC_bclr, "d=16")->pc, VECTOR_CODE + 4);
    assert_int_equal(c->ctr, 0x100000000);
    assert_int_equal(step(PPC_bclr, "d=16")->pc, VECTOR_CODE + 4); /* LR */
    assert_int_equal(c->ctr, 0xFFFFFFFF);
}

static void expect_trap(u32 id, const char *fields, bool traps)
{
    struct ppc *c = step(id, fields);
    assert_int_equal(c->stop, traps ? CPU_FAULT : CPU_RUN);
    assert_int_equal(c->fault, traps ? FAULT_TRAP : FAULT_NONE);
    assert_int_equal(c->pc, VECTOR_CODE + (traps ? 0 : 4));
}

static void test_traps_by_each_condition(void **state)
{
    (void)state;
    static const u64 values[][2] = {{1, 2}, {2, 1}, {3, 3}, {0xFFFFFFFFFFFFFFFF, 1}, {1, 0xFFFFFFFFFFFFFFFF}};
    /* less, greater, equal, logically less, logically greater */
    static const u8 met[] = {16 | 2, 8 | 1, 4, 16 | 1, 8 | 2};
    cpu_reset(&bench.cpu);
    for (u32 i = 0; i < countof(values); i++)
        for (u32 to = 0; to < 32; to++) {
            char fields[64];
            bench.cpu.r[3] = values[i][0];
            bench.cpu.r[4] = values[i][1];
            snprintf(fields, sizeof fields, "t=%u a=3 b=4", to);
            expect_trap(PPC_td, fields, to & met[i]);
            bench.cpu.r[3] ^= 0x5555555500000000; /* tw looks at the low halves */
            expect_trap(PPC_tw, fields, to & met[i]);
            snprintf(fields, sizeof fields, "t=%u a=3 i=%d", to, (int)(s16)values[i][1]);
            expect_trap(PPC_twi, fields, to & met[i]);
            bench.cpu.r[3] = values[i][0];
            expect_trap(PPC_tdi, fields, to & met[i]);
        }
}

static void test_traps_that_speak_to_the_debugger(void **state)
{
    (void)state;
    cpu_reset(&bench.cpu);
    for (s32 number = -1; number < 30; number++) {
        char fields[64];
        snprintf(fields, sizeof fields, "t=31 i=%d", number);
        if (number != CPU_DEBUG_PRINT && number != CPU_DEBUG_ASSERT) {
            expect_trap(PPC_twi, fields, true);
            continue;
        }
        struct ppc *c = step(PPC_twi, fields);
        assert_int_equal(c->stop, CPU_DEBUG);
        assert_int_equal(c->pc, VECTOR_CODE + 4);
    }
    expect_trap(PPC_twi, "t=31 a=3 i=20", true);
    expect_trap(PPC_twi, "t=4 i=20", false);
    expect_trap(PPC_tdi, "t=31 i=20", true);
}

static void test_system_call_and_faults_have_names(void **state)
{
    (void)state;
    cpu_reset(&bench.cpu);
    struct ppc *c = step(PPC_sc, "e=2");
    assert_int_equal(c->stop, CPU_CALL);
    assert_int_equal(c->pc, VECTOR_CODE + 4);
    assert_int_equal(step(PPC_sc, "e=1")->fault, FAULT_ILLEGAL);
    assert_int_equal(step(PPC_rfid, "")->fault, FAULT_PRIVILEGED);
    assert_int_equal(step(PPC_mtspr, "s=3 p=26")->fault, FAULT_PRIVILEGED); /* SRR0 */
    assert_int_equal(step(PPC_mfspr, "d=3 p=26")->fault, FAULT_PRIVILEGED);
    u8 code[4] = {0};
    memory_poke(bench.e, VECTOR_CODE, code, 4);
    c->pc = VECTOR_CODE;
    c->stop = CPU_RUN;
    assert_int_equal(cpu_run_block(bench.e, c, 1), 0);
    assert_int_equal(c->fault, FAULT_ILLEGAL);
}

static void test_special_registers(void **state)
{
    (void)state;
    struct ppc *c = &bench.cpu;
    cpu_reset(c);
    c->r[3] = 0xFFFFFFFFFFFFFFFF;
    step(PPC_mtspr, "s=3 p=1");
    assert_int_equal(c->xer, 0xE000007F); /* what XER has not reads as 0 */
    step(PPC_mtspr, "s=3 p=256");
    assert_int_equal(step(PPC_mfspr, "d=4 p=256")->r[4], 0xFFFFFFFF);
    step(PPC_mtspr, "s=3 p=8");
    assert_int_equal(step(PPC_mfspr, "d=4 p=8")->r[4], 0xFFFFFFFFFFFFFFFF);
    bench.e->m->tick = 0x0000000500000007;
    assert_true(step(PPC_mftb, "d=4 p=268")->r[4] - 0x0000000500000007 < 2);
    assert_int_equal(step(PPC_mftb, "d=4 p=269")->r[4], 5);
    bench.e->m->tick = 0;
    step(PPC_mtmsr, "s=3 k=0");
    assert_int_equal(step(PPC_mfmsr, "d=4")->r[4], 0xFFFFFFFF);
    c->r[3] = 0;
    step(PPC_mtmsrd, "s=3 k=1"); /* EE and RI alone */
    assert_int_equal(c->msr, 0xFFFFFFFF & ~0x8002u);
}

static void test_cache_lines_are_cleared(void **state)
{
    (void)state;
    u8 ones[512], have[512], want[512];
    memset(ones, 0xFF, sizeof ones);
    cpu_reset(&bench.cpu);
    bench.cpu.r[3] = VECTOR_DATA + 128;
    bench.cpu.r[4] = 77;
    memory_poke(bench.e, VECTOR_DATA, ones, sizeof ones);
    step(PPC_dcbz, "a=3 b=4");
    memory_read(bench.e, VECTOR_DATA, have, sizeof have);
    memcpy(want, ones, sizeof want);
    memset(want + 192, 0, 32);
    assert_memory_equal(have, want, sizeof want);
    memory_poke(bench.e, VECTOR_DATA, ones, sizeof ones);
    step(PPC_dcbzl, "a=3 b=4");
    memory_read(bench.e, VECTOR_DATA, have, sizeof have);
    memcpy(want, ones, sizeof want);
    memset(want + 128, 0, 128);
    assert_memory_equal(have, want, sizeof want);
}

/* A left part goes from ea to its line of 16 bytes' end, a right one from the line's start to ea. */
static void test_parts_of_vectors_are_loaded(void **state)
{
    (void)state;
    static const u32 left[] = {PPC_lvlx, PPC_lvlxl, PPC_lvlx128, PPC_lvlxl128};
    static const u32 right[] = {PPC_lvrx, PPC_lvrxl, PPC_lvrx128, PPC_lvrxl128};
    u8 line[16];
    for (u32 i = 0; i < 16; i++)
        line[i] = (u8)(0xA0 + i);
    cpu_reset(&bench.cpu);
    memory_poke(bench.e, VECTOR_DATA, line, 16);
    bench.cpu.r[3] = VECTOR_DATA;
    for (u32 n = 0; n < 16; n++)
        for (u32 k = 0; k < countof(left); k++) {
            u8 want_left[16] = {0}, want_right[16] = {0};
            memcpy(want_left, line + n, 16 - n);
            memcpy(want_right + 16 - n, line, n);
            bench.cpu.r[4] = n;
            assert_memory_equal(step(left[k], "d=5 a=3 b=4")->v[5].b, want_left, 16);
            assert_memory_equal(step(right[k], "d=6 a=3 b=4")->v[6].b, want_right, 16);
        }
}

static void test_parts_of_vectors_are_stored(void **state)
{
    (void)state;
    static const u32 left[] = {PPC_stvlx, PPC_stvlxl, PPC_stvlx128, PPC_stvlxl128};
    static const u32 right[] = {PPC_stvrx, PPC_stvrxl, PPC_stvrx128, PPC_stvrxl128};
    static const u8 zeros[48];
    u8 have[48];
    cpu_reset(&bench.cpu);
    for (u32 i = 0; i < 16; i++)
        bench.cpu.v[5].b[i] = (u8)(0xA0 + i);
    bench.cpu.r[3] = VECTOR_DATA + 16;
    for (u32 n = 0; n < 16; n++)
        for (u32 k = 0; k < countof(left); k++) {
            u8 want_left[48] = {0}, want_right[48] = {0};
            memcpy(want_left + 16 + n, bench.cpu.v[5].b, 16 - n);
            memcpy(want_right + 16, bench.cpu.v[5].b + 16 - n, n);
            bench.cpu.r[4] = n;
            memory_poke(bench.e, VECTOR_DATA, zeros, sizeof zeros);
            assert_int_equal(step(left[k], "s=5 a=3 b=4")->stop, CPU_RUN);
            memory_read(bench.e, VECTOR_DATA, have, sizeof have);
            assert_memory_equal(have, want_left, sizeof have);
            memory_poke(bench.e, VECTOR_DATA, zeros, sizeof zeros);
            assert_int_equal(step(right[k], "s=5 a=3 b=4")->stop, CPU_RUN);
            memory_read(bench.e, VECTOR_DATA, have, sizeof have);
            assert_memory_equal(have, want_right, sizeof have);
        }
}

static double lane(const struct ppc *c, u32 v)
{
    return (double)fp_float(load_be32(c->v[v].b));
}

static void set_lane(struct ppc *c, u32 v, double value)
{
    for (u32 i = 0; i < 4; i++)
        store_be32(c->v[v].b + 4 * i, fp_float_bits((float)value));
}

static bool is_near(double value, double bound)
{
    return value < bound && value > -bound;
}

/* How far estimates may be off. [PEM: fres 1/256, frsqrte 1/32; AltiVec PEM: vrefp, vrsqrtefp 1/4096, vexptefp 1/16,
 * vlogefp 1/32, and exact for powers of two] */
static void test_estimates_keep_their_bounds(void **state)
{
    (void)state;
    struct ppc *c = &bench.cpu;
    u64 seed = 1;
    cpu_reset(c);
    for (u32 k = 0; k < 20000; k++) {
        float x = fp_float(((u32)draw(&seed) & 0x7FFFFF) | (27 + draw_below(&seed, 200)) << 23);
        double value = (double)x;
        c->f[2] = fp_bits(value);
        assert_true(is_near(fp_double(step(PPC_fres, "d=1 b=2")->f[1]) * value - 1, 0x1p-8));
        double root = fp_double(step(PPC_frsqrte, "d=1 b=2")->f[1]);
        assert_true(is_near(root * root * value - 1, 2.1 / 32));
        set_lane(c, 2, value);
        assert_true(is_near(lane(step(PPC_vrefp, "d=1 b=2"), 1) * value - 1, 0x1p-12));
        root = lane(step(PPC_vrsqrtefp, "d=1 b=2"), 1);
        assert_true(is_near(root * root * value - 1, 2.1 / 4096));
    }
    for (s32 n = -100; n <= 100; n++) {
        double power = fp_double((u64)(1023 + n) << 52);
        set_lane(c, 2, (double)n);
        assert_true(lane(step(PPC_vexptefp, "d=1 b=2"), 1) == power);
        set_lane(c, 2, power);
        assert_true(lane(step(PPC_vlogefp, "d=1 b=2"), 1) == (double)n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_direct_branches),
        cmocka_unit_test(test_branches_to_registers),
        cmocka_unit_test(test_traps_by_each_condition),
        cmocka_unit_test(test_traps_that_speak_to_the_debugger),
        cmocka_unit_test(test_system_call_and_faults_have_names),
        cmocka_unit_test(test_special_registers),
        cmocka_unit_test(test_cache_lines_are_cleared),
        cmocka_unit_test(test_parts_of_vectors_are_loaded),
        cmocka_unit_test(test_parts_of_vectors_are_stored),
        cmocka_unit_test(test_estimates_keep_their_bounds),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
