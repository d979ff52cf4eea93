/* SPDX-License-Identifier: BSD-3-Clause
 * Each form of emu/cpu/form.def beside the body that it is made of, on random fields, registers and memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/cpu/op.h"
#include "tests/unit/cpu_vector.h"

enum { WORDS = 40, REGISTERS = 25, SEARCH = 400000, MIDDLE = VECTOR_DATA + VECTOR_DATA_SIZE / 2 };

static const struct {
    const char *name;
    u32 id;
    ppc_form *form;
} forms[] = {
#define FORM(group, name, kind, conditions) {#name " " #kind, PPC_##name, ppc_form_##name##_##kind},
#include "emu/cpu/form.def"
};

static u64 draw(u64 *state)
{
    u64 z = *state += 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

/* Finds a word whose decoding takes the form; then its end. */
static bool find_word(u32 form, u64 *state, struct ppc_op ops[2])
{
    const struct ppc_insn *insn = ppc_insn(forms[form].id);
    for (u32 i = 0; i < SEARCH; i++) {
        u32 word = insn->match | ((u32)draw(state) & ~insn->mask);
        ppc_op_decode(&ops[0], word, VECTOR_CODE);
        if (ops[0].id == forms[form].id && ops[0].form == forms[form].form) {
            ppc_op_end(&ops[1], VECTOR_CODE + 4);
            return true;
        }
    }
    return false;
}

/* Values of all sizes, many near the ends; addresses that mostly lie in the data. */
static void fill(struct ppc *c, const struct ppc_op *o, u64 *state)
{
    cpu_reset(c);
    for (u32 i = 0; i < 32; i++) {
        u64 value = draw(state) >> (draw(state) % 64);
        c->r[i] = draw(state) % 3 ? value : 0 - value;
    }
    u32 class = ppc_insn(o->id)->class;
    for (u32 i = 0; i < 32; i++) {
        c->f[i] = c->r[31 - i];
        memcpy(c->v[i].b, &c->r[i & 30], sizeof c->v[i].b);
    }
    if (class == PPC_LOAD || class == PPC_STORE || class == PPC_VLOAD || class == PPC_VSTORE) {
        c->r[o->b] = draw(state) % 0x8000;
        c->r[o->a] = draw(state) << 32 | (MIDDLE + draw(state) % 0x7000);
    }
    c->lr = draw(state);
    c->ctr = draw(state) % 4 ? draw(state) : draw(state) % 3;
    c->cr = (u32)draw(state);
    c->xer = (u32)draw(state) & (XER_SO | XER_OV | XER_CA | XER_COUNT);
}

static void fill_memory(struct engine *e, u64 seed)
{
    for (u32 ea = VECTOR_DATA; ea < VECTOR_DATA + VECTOR_DATA_SIZE; ea += 8) {
        u64 value = draw(&seed);
        memcpy(e->mem + ea, &value, 8);
    }
}

/* The instruction by its body, as stepping runs it. */
static void run_body(struct engine *e, struct ppc *c, const struct ppc_op *o)
{
    o->run(c, o, e);
    if (c->stop == CPU_RUN && ppc_insn(o->id)->class != PPC_BRANCH)
        c->pc = VECTOR_CODE + 4;
}

static void compare(u32 form, const struct ppc_op *o, const struct ppc *by_form, const struct ppc *by_body)
{
    if (memcmp(by_form, by_body, sizeof *by_form) == 0)
        return;
    for (size_t i = 0; i < sizeof *by_form / 4; i++)
        if (((const u32 *)by_form)[i] != ((const u32 *)by_body)[i])
            fail_msg("%s, %08X: word %zu of the registers is %08X, not %08X", forms[form].name, o->word, i,
                     ((const u32 *)by_form)[i], ((const u32 *)by_body)[i]);
}

static void test_forms_equal_their_bodies(void **state)
{
    (void)state;
    struct vector_bench bench;
    struct err err;
    u64 random = 1;
    assert_true(vector_bench_open(&bench, &err));
    struct engine *e = bench.e;
    fill_memory(e, 1);
    u8 *before = malloc(VECTOR_DATA_SIZE), *after = malloc(VECTOR_DATA_SIZE);
    for (u32 form = 0; form < countof(forms); form++) {
        u32 ran = 0;
        for (u32 word = 0; word < WORDS; word++) {
            struct ppc_op ops[2];
            if (!find_word(form, &random, ops))
                fail_msg("no word takes the form %s", forms[form].name);
            u32 class = ppc_insn(ops[0].id)->class;
            bool stores = class == PPC_STORE || class == PPC_VSTORE;
            for (u32 i = 0; i < REGISTERS; i++) {
                struct ppc by_body, by_form;
                fill(&by_body, &ops[0], &random);
                by_form = by_body;
                if (stores)
                    memcpy(before, e->mem + VECTOR_DATA, VECTOR_DATA_SIZE);
                run_body(e, &by_body, &ops[0]);
                if (stores) {
                    memcpy(after, e->mem + VECTOR_DATA, VECTOR_DATA_SIZE);
                    memcpy(e->mem + VECTOR_DATA, before, VECTOR_DATA_SIZE);
                }
                const struct ppc_op *stopped = ops[0].form(&by_form, ops, e);
                assert_ptr_equal(stopped, by_body.stop ? ops : NULL);
                compare(form, &ops[0], &by_form, &by_body);
                if (stores)
                    assert_memory_equal(after, e->mem + VECTOR_DATA, VECTOR_DATA_SIZE);
                ran += by_body.stop == CPU_RUN;
            }
        }
        if (ran < WORDS * REGISTERS / 4)
            fail_msg("%s: only %u of %d runs did not fault", forms[form].name, ran, WORDS * REGISTERS);
    }
    free(before);
    free(after);
    vector_bench_close(&bench);
}

/* A branch ends a block without looking at what stands behind it, so it must have a form for every field. */
static void test_every_branch_has_a_form(void **state)
{
    (void)state;
    u64 random = 2;
    for (u32 id = 0; id < PPC_INSNS; id++) {
        const struct ppc_insn *insn = ppc_insn(id);
        for (u32 i = 0; i < 1000 && insn->class == PPC_BRANCH && id != PPC_sc; i++) {
            struct ppc_op o;
            ppc_op_decode(&o, insn->match | ((u32)draw(&random) & ~insn->mask), VECTOR_CODE);
            assert_ptr_not_equal(o.form, ppc_form_of_body);
        }
    }
}

static void test_spin_hint_is_not_a_move(void **state)
{
    (void)state;
    struct ppc_op o;
    ppc_op_decode(&o, PPC_SPIN_HINT, VECTOR_CODE);
    assert_ptr_equal(o.form, ppc_form_of_body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_equal_their_bodies),
        cmocka_unit_test(test_every_branch_has_a_form),
        cmocka_unit_test(test_spin_hint_is_not_a_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
