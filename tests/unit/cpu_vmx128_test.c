/* SPDX-License-Identifier: BSD-3-Clause
 * VMX128: every row's fields survive encoding, decoding and printing, no two instructions print alike, and each
 * instruction that has a twin in AltiVec (tests/oracle/twins.def) does the very same with the same operands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/oracle/draw.h"
#include "tests/unit/cpu_vector.h"

enum { WORDS_PER_ROW = 400, TRIALS = 300, WINDOW = VECTOR_DATA + 0x1000, WINDOW_SIZE = 256, VMX128_ROWS = 75 };

static u64 seed = 0x9E3779B97F4A7C15ull;

static const struct twin {
    u32 id, other;
    const char *operands;
} twins[] = {
#define TWIN(row, twin, operands) {PPC_##row, PPC_##twin, operands},
#include "tests/oracle/twins.def"
};

struct values {
    u32 of[32]; /* by letter & 31: '.' is 14, which no other field's letter shares in these rows */
};

/* A word of the row with random fields; values has them. */
static u32 encode(const struct ppc_insn *insn, struct values *values)
{
    u32 word = insn->match;
    for (u32 i = 0; i < insn->field_count; i++) {
        const struct ppc_field *field = &insn->fields[i];
        u32 value = (u32)draw(&seed) & ((1u << field->width) - 1);
        values->of[field->letter & 31] = value;
        word |= draw_put(field, value);
    }
    return word;
}

static void test_fields_survive_encoding(void **state)
{
    (void)state;
    u32 rows = 0;
    for (u32 i = 0; i < PPC_INSNS; i++) {
        const struct ppc_insn *insn = ppc_insn(i);
        rows += row_is_vmx128(insn);
        for (u32 k = 0; k < WORDS_PER_ROW && row_is_vmx128(insn); k++) {
            struct values values;
            u32 word = encode(insn, &values);
            assert_ptr_equal(ppc_decode(word), insn);
            for (u32 f = 0; f < insn->field_count; f++) {
                u32 mask = (1u << insn->fields[f].width) - 1;
                u32 value = (u32)ppc_field_value(&insn->fields[f], word) & mask;
                assert_int_equal(value, values.of[insn->fields[f].letter & 31]);
            }
        }
    }
    assert_int_equal(rows, VMX128_ROWS);
}

/* The number printed for a register or a number; -1: none is printed for this letter. */
static s32 printed(const struct ppc_insn *insn, const char *text, char letter)
{
    text = strchr(text, ' ');
    for (const char *p = insn->operands; text && *p; p += strcspn(p, ",") + (strchr(p, ',') != NULL)) {
        size_t length = strcspn(p, ",");
        text += strspn(text, " ,");
        text += strspn(text, "vr");
        if (p[length - 1] == letter)
            return (s32)strtol(text, NULL, 10);
        text += strcspn(text, ",");
    }
    return -1;
}

static void test_fields_are_printed(void **state)
{
    (void)state;
    for (u32 i = 0; i < PPC_INSNS; i++) {
        const struct ppc_insn *insn = ppc_insn(i);
        for (u32 k = 0; k < WORDS_PER_ROW && row_is_vmx128(insn); k++) {
            struct values values;
            char text[96];
            u32 word = encode(insn, &values);
            ppc_disassemble(word, 0, text, sizeof text);
            size_t stem = strlen(insn->name);
            bool dot = strchr(insn->pattern, '.') && values.of['.' & 31];
            assert_int_equal(strncmp(text, insn->name, stem), 0);
            assert_int_equal(text[stem], dot ? '.' : ' ');
            for (u32 f = 0; f < insn->field_count; f++) {
                s32 value = ppc_field_value(&insn->fields[f], word);
                if (insn->fields[f].letter != '.')
                    assert_int_equal(printed(insn, text, insn->fields[f].letter), value);
            }
        }
    }
}

static u32 field_of(const struct ppc_insn *insn, char letter, u32 word)
{
    s32 value = 0;
    ppc_field(insn, letter, word, &value);
    return (u32)value;
}

static bool is_vector(const struct ppc_insn *insn, char letter)
{
    for (u32 i = 0; i < insn->effect_count; i++)
        if (insn->effects[i].field == letter && insn->effects[i].place == PPC_IN_VR)
            return true;
    return false;
}

/* Which field of the VMX128 row gives the twin's field. */
static char source_of(const struct twin *twin, char letter)
{
    for (const char *p = twin->operands; *p; p += strcspn(p, " ") + (strchr(p, ' ') != NULL))
        if (p[0] == letter)
            return p[2];
    return letter;
}

/* Vector registers of the VMX128 word, numbered from 0 in order of appearance, so that the twin can name them. */
struct naming {
    u32 count;
    u32 high[8];
};

static u32 low_of(struct naming *naming, u32 high)
{
    for (u32 i = 0; i < naming->count; i++)
        if (naming->high[i] == high)
            return i;
    naming->high[naming->count] = high;
    return naming->count++;
}

static u32 twin_word(const struct twin *twin, u32 word, struct naming *naming)
{
    const struct ppc_insn *insn = ppc_insn(twin->id), *other = ppc_insn(twin->other);
    u32 result = other->match;
    for (u32 i = 0; i < other->field_count; i++) {
        char letter = other->fields[i].letter;
        u32 value = field_of(insn, source_of(twin, letter), word);
        if (is_vector(other, letter))
            value = low_of(naming, value);
        result |= draw_put(&other->fields[i], value);
    }
    return result;
}

static void draw_state(struct ppc *c, u8 *memory)
{
    cpu_reset(c);
    for (u32 i = 0; i < VECTORS; i++)
        for (u32 k = 0; k < 4; k++)
            store_be32(c->v[i].b + 4 * k, draw_below(&seed, 4) ? draw_single(&seed) : (u32)draw_integer(&seed));
    for (u32 i = 0; i < 32; i++)
        c->r[i] = WINDOW / 2 + draw_below(&seed, WINDOW_SIZE / 2);
    c->cr = (u32)draw(&seed);
    c->vscr = draw(&seed) & 1 ? 0x10000 : 0;
    for (u32 i = 0; i < WINDOW_SIZE; i++)
        memory[i] = (u8)draw(&seed);
}

static void run(struct vector_bench *bench, u32 word, u8 *memory)
{
    u8 code[4];
    store_be32(code, word);
    memory_poke(bench->e, WINDOW, memory, WINDOW_SIZE);
    if (!vector_execute(bench, code, 4))
        fail_msg("%08x: %s", word, bench->why);
    memory_read(bench->e, WINDOW, memory, WINDOW_SIZE);
}

static void compare(struct vector_bench *bench, const struct twin *twin)
{
    static struct ppc before, mine;
    static u8 memory[WINDOW_SIZE], mine_memory[WINDOW_SIZE];
    struct values values;
    struct naming naming = {0};
    u32 word = encode(ppc_insn(twin->id), &values);
    draw_state(&before, memory);
    if (row_is_memory(ppc_insn(twin->id)) && !field_of(ppc_insn(twin->id), 'a', word)) {
        before.r[0] = 0; /* as a base it is 0 anyway */
        before.r[field_of(ppc_insn(twin->id), 'b', word)] = WINDOW + draw_below(&seed, WINDOW_SIZE - 16);
    }
    if (row_is_memory(ppc_insn(twin->id)) && !field_of(ppc_insn(twin->id), 'b', word) &&
        !field_of(ppc_insn(twin->id), 'a', word))
        before.r[0] = WINDOW;
    u32 other = twin_word(twin, word, &naming);
    bench->cpu = before;
    memcpy(mine_memory, memory, sizeof memory);
    run(bench, word, mine_memory);
    mine = bench->cpu;
    bench->cpu = before;
    for (u32 i = 0; i < naming.count; i++)
        bench->cpu.v[i] = before.v[naming.high[i]];
    run(bench, other, memory);
    char text[64];
    ppc_disassemble(word, 0, text, sizeof text);
    for (u32 i = 0; i < naming.count; i++)
        if (memcmp(&bench->cpu.v[i], &mine.v[naming.high[i]], 16))
            fail_msg("%s: v%u is not as its twin's", text, naming.high[i]);
    if (bench->cpu.cr != mine.cr || bench->cpu.vscr != mine.vscr || memcmp(bench->cpu.r, mine.r, sizeof mine.r) ||
        memcmp(memory, mine_memory, sizeof memory))
        fail_msg("%s: CR, VSCR or memory is not as its twin's", text);
}

static void test_twins_do_the_same(void **state)
{
    (void)state;
    static struct vector_bench bench;
    struct err err;
    if (!vector_bench_open(&bench, &err))
        fail_msg("%s", err.text);
    for (u32 i = 0; i < countof(twins); i++)
        for (u32 k = 0; k < TRIALS; k++)
            compare(&bench, &twins[i]);
    vector_bench_close(&bench);
    assert_int_equal(countof(twins), VMX128_ROWS - 7); /* those without one are in tests/golden */
}

/* vmulfp128 rounds once: it is vmaddfp with an addend of -0, which changes no product. */
static void test_product_is_multiply_add_of_nothing(void **state)
{
    (void)state;
    static struct vector_bench bench;
    static struct ppc before;
    static u8 memory[WINDOW_SIZE];
    struct vector product;
    struct err err;
    assert_true(vector_bench_open(&bench, &err));
    for (u32 k = 0; k < 20 * TRIALS; k++) {
        draw_state(&before, memory);
        for (u32 i = 0; i < 4; i++)
            store_be32(before.v[4].b + 4 * i, 0x80000000);
        bench.cpu = before;
        assert_int_equal(ppc_decode(0x14221890)->id, PPC_vmulfp128);
        run(&bench, 0x14221890, memory); /* vmulfp128 v1,v2,v3 */
        product = bench.cpu.v[1];
        bench.cpu = before;
        run(&bench, 0x102220EE, memory); /* vmaddfp v1,v2,v3,v4 */
        assert_memory_equal(product.b, bench.cpu.v[1].b, 16);
    }
    vector_bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_survive_encoding),
        cmocka_unit_test(test_fields_are_printed),
        cmocka_unit_test(test_twins_do_the_same),
        cmocka_unit_test(test_product_is_multiply_add_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
