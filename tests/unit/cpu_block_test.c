/* SPDX-License-Identifier: BSD-3-Clause
 * Blocks: where they end, stepping within one, faults, code that changes, and that dropping decoded blocks leaves no
 * trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/cpu/op.h"
#include "tests/unit/cpu_vector.h"

enum { ADDI_R3_R3_1 = 0x38630001, BLR = 0x4E800020, SC_2 = 0x44000042 };

static struct vector_bench bench;

static int setup(void **state)
{
    (void)state;
    struct err err;
    return vector_bench_open(&bench, &err) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    vector_bench_close(&bench);
    return 0;
}

static struct ppc *load(const u32 *words, u32 count)
{
    for (u32 i = 0; i < count; i++) {
        be32 bytes;
        be32_set(&bytes, words[i]);
        memory_poke(bench.e, VECTOR_CODE + 4 * i, &bytes, 4);
    }
    cpu_reset(&bench.cpu);
    bench.cpu.pc = VECTOR_CODE;
    return &bench.cpu;
}

#define LOAD(...) load((const u32[]){__VA_ARGS__}, sizeof((const u32[]){__VA_ARGS__}) / 4)

static void test_letters_of_a_row_have_places_of_their_own(void **state)
{
    (void)state;
    for (u32 i = 0; i < PPC_INSNS; i++) {
        const struct ppc_insn *insn = ppc_insn(i);
        for (u32 k = 0; k < insn->field_count; k++) {
            u32 slot = ppc_op_slot(insn->fields[k].letter);
            assert_int_not_equal(slot, 0);
            for (u32 n = 0; n < k; n++)
                assert_int_not_equal(ppc_op_slot(insn->fields[n].letter), slot);
        }
    }
    assert_true(sizeof(struct ppc_op) <= 40);
}

static void test_block_ends_at_branch(void **state)
{
    (void)state;
    struct ppc *c = LOAD(ADDI_R3_R3_1, ADDI_R3_R3_1, BLR, ADDI_R3_R3_1);
    c->lr = VECTOR_CODE + 0x100;
    assert_int_equal(cpu_run_block(bench.e, c, 1000), 3);
    assert_int_equal(c->pc, VECTOR_CODE + 0x100);
    assert_int_equal(c->r[3], 2);
    assert_int_equal(c->block_left, 0);
}

static void test_block_ends_after_64_and_at_page_end(void **state)
{
    (void)state;
    u32 words[200];
    for (u32 i = 0; i < 200; i++)
        words[i] = ADDI_R3_R3_1;
    struct ppc *c = load(words, 200);
    assert_int_equal(cpu_run_block(bench.e, c, 1000), BLOCK_MAX);
    assert_int_equal(c->pc, VECTOR_CODE + 4 * BLOCK_MAX);
    for (u32 i = 0; i < 4; i++)
        memory_poke(bench.e, VECTOR_CODE + 0xFF8 + 4 * i, "\x38\x63\x00\x01", 4);
    c->pc = VECTOR_CODE + 0xFF8;
    assert_int_equal(cpu_run_block(bench.e, c, 1000), 2);
    assert_int_equal(c->pc, VECTOR_CODE + 0x1000);
}

static void test_stepping_keeps_the_place_in_the_block(void **state)
{
    (void)state;
    u32 words[100];
    for (u32 i = 0; i < 100; i++)
        words[i] = ADDI_R3_R3_1;
    struct ppc *c = load(words, 100);
    for (u32 i = 1; i <= BLOCK_MAX; i++) {
        assert_int_equal(cpu_run_block(bench.e, c, 1), 1);
        assert_int_equal(c->pc, VECTOR_CODE + 4 * i);
        assert_int_equal(c->block_left, BLOCK_MAX - i);
        if (i == 20)
            block_cache_clear(bench.e);
    }
    c = load(words, 100);
    assert_int_equal(cpu_run_block(bench.e, c, 10), 10);
    assert_int_equal(cpu_run_block(bench.e, c, 1000), BLOCK_MAX - 10);
    assert_int_equal(c->pc, VECTOR_CODE + 4 * BLOCK_MAX);
    assert_int_equal(cpu_run_block(bench.e, c, 0), 0);
}

static void test_system_call_and_spin_hint_stop(void **state)
{
    (void)state;
    struct ppc *c = LOAD(ADDI_R3_R3_1, SC_2, 0x7FFFFB78);
    assert_int_equal(cpu_run_block(bench.e, c, 1000), 2);
    assert_int_equal(c->stop, CPU_CALL);
    assert_int_equal(c->pc, VECTOR_CODE + 8);
    c->stop = CPU_RUN;
    assert_int_equal(cpu_run_block(bench.e, c, 1000), 1);
    assert_int_equal(c->stop, CPU_YIELD);
    assert_int_equal(c->pc, VECTOR_CODE + 12);
}

static void expect_fault(struct ppc *c, u32 retired, u32 fault, u32 address)
{
    assert_int_equal(cpu_run_block(bench.e, c, 1000), retired);
    assert_int_equal(c->stop, CPU_FAULT);
    assert_int_equal(c->fault, fault);
    assert_int_equal(c->fault_address, address);
    assert_int_equal(c->pc, VECTOR_CODE + 4 * retired);
    assert_int_equal(c->block_left, 0);
}

static void test_faulting_access_changes_nothing(void **state)
{
    (void)state;
    struct ppc *c = LOAD(ADDI_R3_R3_1, 0x84A40004, ADDI_R3_R3_1); /* lwzu r5,4(r4) */
    c->r[4] = 0x100;
    c->r[5] = 7;
    expect_fault(c, 1, FAULT_READ, 0x104);
    assert_int_equal(c->r[4], 0x100);
    assert_int_equal(c->r[5], 7);
    assert_int_equal(c->r[3], 1);
    c = LOAD(0x94A40004); /* stwu r5,4(r4) into code, which is not writable */
    c->r[4] = VECTOR_CODE;
    expect_fault(c, 0, FAULT_WRITE, VECTOR_CODE + 4);
    assert_int_equal(c->r[4], VECTOR_CODE);
    c = LOAD(0xBBA40000); /* lmw r29,0(r4) over the end of memory */
    c->r[4] = VECTOR_DATA + VECTOR_DATA_SIZE - 8;
    c->r[29] = 9;
    expect_fault(c, 0, FAULT_READ, VECTOR_DATA + VECTOR_DATA_SIZE);
    assert_int_equal(c->r[29], 9);
}

static void test_faulting_instructions(void **state)
{
    (void)state;
    expect_fault(LOAD(ADDI_R3_R3_1, 0x00000000), 1, FAULT_ILLEGAL, 0);
    expect_fault(LOAD(0x4C000024), 0, FAULT_PRIVILEGED, 0x4C000024); /* rfid */
    expect_fault(LOAD(0x7C7A02A6), 0, FAULT_PRIVILEGED, 0x7C7A02A6); /* mfspr r3,26 (SRR0) */
    expect_fault(LOAD(0x7FE00008), 0, FAULT_TRAP, 0x7FE00008);
    struct ppc *c = LOAD(BLR);
    c->pc = VECTOR_DATA; /* not executable */
    assert_int_equal(cpu_run_block(bench.e, c, 1000), 0);
    assert_int_equal(c->fault, FAULT_EXECUTE);
    assert_int_equal(c->fault_address, VECTOR_DATA);
}

static void test_trap_that_is_not_met_goes_on(void **state)
{
    (void)state;
    struct ppc *c = LOAD(0x0C830005); /* tweqi r3,5 */
    assert_int_equal(cpu_run_block(bench.e, c, 1000), 1);
    assert_int_equal(c->stop, CPU_RUN);
    assert_int_equal(c->pc, VECTOR_CODE + 4);
}

/* A block that stores over its own next instruction: alike when stepped and when run whole. */
static void test_code_that_changes_itself(void **state)
{
    (void)state;
    memory_protect(bench.e, VECTOR_CODE, 0x1000,
                   PAGE_RESERVED | PAGE_COMMITTED | PAGE_READ | PAGE_WRITE | PAGE_EXECUTE);
    for (u32 limit = 1; limit <= 64; limit += 63) {
        struct ppc *c = LOAD(0x90A40008, ADDI_R3_R3_1, ADDI_R3_R3_1, BLR); /* stw r5,8(r4) */
        c->r[4] = VECTOR_CODE;
        c->r[5] = 0x38630064; /* addi r3,r3,100 */
        c->lr = VECTOR_CODE + 0x100;
        u32 retired = 0;
        while (c->pc != VECTOR_CODE + 0x100)
            retired += cpu_run_block(bench.e, c, limit);
        assert_int_equal(c->r[3], 101);
        assert_int_equal(retired, 4);
        assert_int_equal(c->stop, CPU_RUN);
    }
}

static void test_poked_code_is_decoded_again(void **state)
{
    (void)state;
    struct ppc *c = LOAD(ADDI_R3_R3_1, BLR);
    cpu_run_block(bench.e, c, 1000);
    assert_int_equal(c->r[3], 1);
    c = LOAD(0x38630007, BLR);
    cpu_run_block(bench.e, c, 1000);
    assert_int_equal(c->r[3], 7);
}

static void test_time_counts_instructions_of_the_block(void **state)
{
    (void)state;
    struct machine *m = bench.e->m;
    m->hw_place = 0;
    m->config.instructions_per_tick = 2;
    struct ppc *c =
        LOAD(0x7C6C42A6, ADDI_R3_R3_1, ADDI_R3_R3_1, ADDI_R3_R3_1, 0x7C8C42A6, BLR); /* mftb r3 .. mftb r4 */
    cpu_run_block(bench.e, c, 1000);
    assert_int_equal(c->r[4], c->r[3] - 3 + 2);
}

static void test_reservation_is_lost(void **state)
{
    (void)state;
    struct ppc *c = LOAD(0x7C602028, 0x7CA0212D); /* lwarx r3,0,r4; stwcx. r5,0,r4 */
    c->r[4] = VECTOR_DATA;
    cpu_run_block(bench.e, c, 1);
    assert_int_equal(c->reserve_valid, 1);
    c->reserve_valid = 0;
    cpu_run_block(bench.e, c, 1);
    assert_int_equal(c->cr, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters_of_a_row_have_places_of_their_own),
        cmocka_unit_test_setup_teardown(test_block_ends_at_branch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_block_ends_after_64_and_at_page_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stepping_keeps_the_place_in_the_block, setup, teardown),
        cmocka_unit_test_setup_teardown(test_system_call_and_spin_hint_stop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faulting_access_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faulting_instructions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trap_that_is_not_met_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_code_that_changes_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(test_poked_code_is_decoded_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_time_counts_instructions_of_the_block, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reservation_is_lost, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
