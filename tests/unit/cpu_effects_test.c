/* SPDX-License-Identifier: BSD-3-Clause
 * The effects column of schema/ppc.def is true: on random state with random operands, executing an instruction changes
 * nothing that its row does not declare; changing everything that it does not declare as read changes no result; and
 * each thing that it declares is seen to be read or written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/oracle/draw.h"
#include "tests/unit/cpu_vector.h"

enum { TRIALS = 80, TRIALS_MAX = 2000, WINDOW = VECTOR_DATA + 0x1000, WINDOW_SIZE = 1024, SHOWN = 30 };
enum { SPR_XER = 1, SPR_LR = 8, SPR_CTR = 9, SPR_VRSAVE = 256, SPR_TB = 268, SPR_TBU = 269, SPR_PVR = 287 };

/* Everything that an instruction can read or write; as a mask: the bits of it that are meant. */
struct world {
    struct ppc cpu;
    u8 memory[WINDOW_SIZE];
};

union bytes {
    struct world w;
    u8 b[sizeof(struct world)];
};

struct trial {
    const struct ppc_insn *insn;
    u32 word;
    u32 ea;
    union bytes before, after;
    u32 stop;
};

static struct vector_bench bench;
static u64 seed = 0x2545F4914F6CDD1Dull;

static s32 value_of(const struct trial *t, char letter)
{
    s32 value = 0;
    ppc_field(t->insn, letter, t->word, &value);
    return value;
}

/* Bytes of a multiple or string form. */
static u32 run_bytes(const struct trial *t)
{
    u32 d = (u32)(value_of(t, 'd') | value_of(t, 's'));
    switch (t->insn->id) {
    case PPC_lmw:
    case PPC_stmw:
        return 4 * (32 - d);
    case PPC_lswi:
    case PPC_stswi:
        return value_of(t, 'h') ? (u32)value_of(t, 'h') : 32;
    default:
        return t->before.w.cpu.xer & XER_COUNT;
    }
}

static void mask_memory(const struct trial *t, const struct ppc_effect *effect, struct world *mask)
{
    u32 size = effect->size ? effect->size : run_bytes(t), ea = t->ea;
    if (t->insn->class == PPC_VLOAD || t->insn->class == PPC_VSTORE || t->insn->class == PPC_CACHE)
        ea &= ~(size - 1);
    memset(mask->memory + (ea - WINDOW), 0xFF, size);
}

static void mask_spr(const struct trial *t, struct ppc *mask)
{
    switch (value_of(t, 'p')) {
    case SPR_XER:
        mask->xer = UINT32_MAX;
        break;
    case SPR_LR:
        mask->lr = UINT64_MAX;
        break;
    case SPR_CTR:
        mask->ctr = UINT64_MAX;
        break;
    case SPR_VRSAVE:
        mask->vrsave = UINT32_MAX;
        break;
    default:
        break;
    }
}

static void mask_special(const struct trial *t, const struct ppc_effect *effect, struct ppc *mask)
{
    switch (effect->place) {
    case PPC_IN_CR:
        mask->cr = UINT32_MAX;
        break;
    case PPC_IN_CR0:
        mask->cr |= 0xF0000000;
        break;
    case PPC_IN_CR1:
        mask->cr |= 0x0F000000;
        break;
    case PPC_IN_CR6:
        mask->cr |= 0x000000F0;
        break;
    case PPC_IN_XER:
        mask->xer = UINT32_MAX;
        break;
    case PPC_IN_CA:
        mask->xer |= XER_CA;
        break;
    case PPC_IN_OV:
        mask->xer |= XER_OV | XER_SO;
        break;
    case PPC_IN_SO:
        mask->xer |= XER_SO;
        break;
    case PPC_IN_LR:
        mask->lr = UINT64_MAX;
        break;
    case PPC_IN_CTR:
        mask->ctr = UINT64_MAX;
        break;
    case PPC_IN_NIA:
        mask->pc = UINT32_MAX;
        break;
    case PPC_IN_FPSCR:
        mask->fpscr = UINT32_MAX;
        break;
    case PPC_IN_VSCR:
        mask->vscr = UINT32_MAX;
        break;
    case PPC_IN_SAT:
        mask->vscr |= 1;
        break;
    case PPC_IN_MSR:
        mask->msr = UINT32_MAX;
        break;
    case PPC_IN_SPR:
        mask_spr(t, mask);
        break;
    case PPC_IN_RESERVE:
        mask->reserve_valid = mask->reserve_address = UINT32_MAX;
        break;
    default:
        break;
    }
}

/* Adds the bits that an effect means to a mask. */
static void mask_effect(const struct trial *t, const struct ppc_effect *effect, struct world *mask)
{
    u32 n = effect->field ? (u32)value_of(t, effect->field) : 0;
    switch (effect->place) {
    case PPC_IN_GPR:
        mask->cpu.r[n] = UINT64_MAX;
        break;
    case PPC_IN_FPR:
        mask->cpu.f[n] = UINT64_MAX;
        break;
    case PPC_IN_VR:
        memset(&mask->cpu.v[n], 0xFF, sizeof mask->cpu.v[n]);
        break;
    case PPC_IN_CRF:
        mask->cpu.cr |= 0xF0000000u >> 4 * n;
        break;
    case PPC_IN_CRBIT:
        mask->cpu.cr |= 0x80000000u >> n;
        break;
    case PPC_IN_GPRS:
        n = (u32)(value_of(t, 'd') | value_of(t, 's'));
        for (u32 i = 0; i < (run_bytes(t) + 3) / 4; i++)
            mask->cpu.r[(n + i) & 31] = UINT64_MAX;
        break;
    case PPC_IN_MEM:
        mask_memory(t, effect, mask);
        break;
    default:
        mask_special(t, effect, &mask->cpu);
        break;
    }
}

static void masks_of(const struct trial *t, struct world *reads, struct world *writes)
{
    const struct ppc_effect *effect;
    memset(reads, 0, sizeof *reads);
    memset(writes, 0, sizeof *writes);
    for (u32 i = 0; (effect = ppc_effect_next(t->insn, t->word, &i));)
        mask_effect(t, effect, effect->is_write ? writes : reads);
}

static bool has_memory(const struct ppc_insn *insn)
{
    for (u32 i = 0; i < insn->effect_count; i++)
        if (insn->effects[i].place == PPC_IN_MEM)
            return true;
    return false;
}

static u32 draw_spr(const struct ppc_insn *insn)
{
    static const u16 readable[] = {SPR_XER, SPR_LR, SPR_CTR, SPR_VRSAVE, SPR_TB, SPR_TBU, SPR_PVR};
    if (insn->id == PPC_mftb)
        return SPR_TB + draw_below(&seed, 2);
    return readable[draw_below(&seed, insn->id == PPC_mtspr ? 4 : countof(readable))];
}

static u32 draw_word(const struct ppc_insn *insn)
{
    u32 word = insn->match;
    for (u32 i = 0; i < insn->field_count; i++) {
        const struct ppc_field *field = &insn->fields[i];
        u32 value = (u32)draw(&seed) & ((1u << field->width) - 1);
        if (field->letter == 'p')
            value = draw_spr(insn);
        /* No access at a small number alone: nothing is mapped there. */
        if (field->letter == 'a' && !value && has_memory(insn))
            value = 1 + draw_below(&seed, 31);
        word |= draw_put(field, value);
    }
    return word;
}

/* A lane: a float, a whole number, or a power of two that is tiny. */
static u32 draw_lane(void)
{
    switch (draw_below(&seed, 8)) {
    case 0:
        return (u32)draw_integer(&seed);
    case 1:
        return 0xC2F80000 + (u32)(draw(&seed) & 0x1FFFFF); /* -124 to -156 */
    default:
        return draw_single(&seed);
    }
}

static void draw_world(struct world *w)
{
    for (u32 i = 0; i < 32; i++) {
        w->cpu.r[i] = draw_integer(&seed);
        w->cpu.f[i] = draw_double(&seed);
    }
    for (u32 i = 0; i < VECTORS; i++)
        for (u32 k = 0; k < 4; k++)
            store_be32(w->cpu.v[i].b + 4 * k, draw_lane());
    for (u32 i = 0; i < WINDOW_SIZE; i += 8)
        store_be64(w->memory + i, draw(&seed));
    w->cpu.lr = draw_integer(&seed);
    w->cpu.ctr = draw_below(&seed, 4) ? draw(&seed) : 1;
    w->cpu.xer = (u32)draw(&seed) & (XER_SO | XER_OV | XER_CA | XER_COUNT);
    w->cpu.cr = (u32)draw(&seed);
    w->cpu.fpscr = ((u32)draw(&seed) & 0x9FF8071Fu) | (draw_below(&seed, 2) ? 0 : (u32)draw(&seed) & 0xF8);
    w->cpu.vscr = (draw(&seed) & 1 ? 0x10000 : 0) | (draw(&seed) & 1);
    w->cpu.vrsave = (u32)draw(&seed);
    w->cpu.msr = (u32)draw(&seed);
    w->cpu.reserve_valid = draw(&seed) & 1;
    w->cpu.reserve_address = WINDOW + draw_below(&seed, WINDOW_SIZE / 128) * 128;
    w->cpu.pc = VECTOR_CODE;
}

/* Sets base and index so that the access falls into the window. */
static void draw_address(struct trial *t)
{
    struct ppc *c = &t->before.w.cpu;
    u32 a = (u32)value_of(t, 'a'), b = (u32)value_of(t, 'b');
    s32 displacement = 0;
    t->ea = WINDOW + 256 + (draw_below(&seed, 512) & (draw_below(&seed, 2) ? ~7u : ~1u));
    if (c->reserve_valid && draw_below(&seed, 2))
        c->reserve_address = t->ea & ~127u;
    if (row_is_general(t->insn, 'b')) {
        u64 index = a == b ? t->ea / 2 : draw(&seed);
        c->r[b] = index;
        c->r[a] = (draw(&seed) & ~0xFFFFFFFFull) | (u32)(t->ea - (u32)index);
        return;
    }
    if (!ppc_field(t->insn, 'i', t->word, &displacement))
        ppc_field(t->insn, 'j', t->word, &displacement);
    c->r[a] = (draw(&seed) & ~0xFFFFFFFFull) | (u32)(t->ea - (u32)displacement);
}

static void draw_trial(struct trial *t, const struct ppc_insn *insn)
{
    memset(t, 0, sizeof *t);
    t->insn = insn;
    do
        t->word = draw_word(insn);
    while (t->word == PPC_SPIN_HINT);
    draw_world(&t->before.w);
    if (has_memory(insn))
        draw_address(t);
}

/* Executes the word on before; what it left is in after. */
static void execute(const struct trial *t, const struct world *before, struct world *after)
{
    u8 code[4];
    store_be32(code, t->word);
    memory_poke(bench.e, VECTOR_CODE, code, 4);
    memory_poke(bench.e, WINDOW, before->memory, WINDOW_SIZE);
    after->cpu = before->cpu;
    cpu_run_block(bench.e, &after->cpu, 1);
    after->cpu.block_left = 0;
    memory_read(bench.e, WINDOW, after->memory, WINDOW_SIZE);
}

static u32 complaints;

static void complain(const struct trial *t, const char *what, size_t at)
{
    char text[64], place[32];
    ppc_disassemble(t->word, VECTOR_CODE, text, sizeof text);
    if (at >= offsetof(struct world, memory))
        snprintf(place, sizeof place, "memory+%zu", at - offsetof(struct world, memory));
    else if (at < offsetof(struct ppc, f))
        snprintf(place, sizeof place, "r%zu", at / 8);
    else if (at < offsetof(struct ppc, v))
        snprintf(place, sizeof place, "f%zu", (at - offsetof(struct ppc, f)) / 8);
    else if (at < offsetof(struct ppc, lr))
        snprintf(place, sizeof place, "v%zu", (at - offsetof(struct ppc, v)) / 16);
    else
        snprintf(place, sizeof place, "special+%zu", at - offsetof(struct ppc, lr));
    if (complaints++ < SHOWN)
        print_error("%08x %s (\"%s\"): %s %s\n", t->word, text, t->insn->effects_text, place, what);
}

/* Where execution says how it went on: every instruction may write those. */
static void mask_outcome(struct world *mask)
{
    mask->cpu.pc = mask->cpu.stop = mask->cpu.fault = mask->cpu.fault_address = mask->cpu.block_left = UINT32_MAX;
}

static bool check_writes(const struct trial *t, const union bytes *writes)
{
    for (size_t i = 0; i < sizeof t->before.b; i++)
        if ((t->before.b[i] ^ t->after.b[i]) & ~writes->b[i]) {
            complain(t, "is written, which is not declared", i);
            return false;
        }
    return true;
}

/* Is a register (or byte of memory) the same in both, or left alone in both? Special registers bit by bit: OV is
 * computed where SO is left. */
static bool is_same_result(const union bytes *in1, const union bytes *out1, const union bytes *in2,
                           const union bytes *out2, size_t at, const union bytes *writes)
{
    size_t unit = at >= offsetof(struct world, memory) ? 1 : 8, base = at / unit * unit;
    u8 differ = 0, changed = 0, bits = 0;
    for (size_t i = base; i < base + unit; i++) {
        u8 mask = writes->b[i], out = (u8)((out1->b[i] ^ out2->b[i]) & mask);
        u8 change = (u8)(((in1->b[i] ^ out1->b[i]) | (in2->b[i] ^ out2->b[i])) & mask);
        differ |= out;
        changed |= change;
        bits |= out & change;
    }
    bool is_special = at >= offsetof(struct ppc, pc) && at < sizeof(struct ppc);
    return is_special ? !bits : !differ || !changed;
}

/* Bits of in2 outside `reads` are random, the others those of in1: the results are the same. */
static bool check_reads(const struct trial *t, const union bytes *reads, const union bytes *writes)
{
    static union bytes in, out;
    memset(&in, 0, sizeof in);
    draw_world(&in.w);
    in.w.cpu.reserve_valid = t->before.w.cpu.reserve_valid;
    for (size_t i = 0; i < sizeof in.b; i++)
        in.b[i] = (u8)((in.b[i] & ~reads->b[i]) | (t->before.b[i] & reads->b[i]));
    in.w.cpu.pc = VECTOR_CODE;
    execute(t, &in.w, &out.w);
    for (size_t i = 0; i < sizeof in.b; i++) {
        if ((in.b[i] ^ out.b[i]) & ~writes->b[i]) {
            complain(t, "is written, which is not declared", i);
            return false;
        }
        if (writes->b[i] && !is_same_result(&t->before, &t->after, &in, &out, i, writes)) {
            complain(t, "depends on what is not declared as read", i);
            return false;
        }
    }
    return true;
}

/* Does this effect alone show in this trial? */
static bool is_seen(const struct trial *t, const struct ppc_effect *effect, const union bytes *writes)
{
    static union bytes mask, in, out;
    memset(&mask, 0, sizeof mask);
    mask_effect(t, effect, &mask.w);
    if (effect->is_write) {
        for (size_t i = 0; i < sizeof mask.b; i++)
            if ((t->before.b[i] ^ t->after.b[i]) & mask.b[i])
                return true;
        return false;
    }
    draw_world(&in.w);
    if (effect->place == PPC_IN_GPR && has_memory(t->insn)) /* an address must stay in the window */
        for (u32 i = 0; i < 32; i++)
            in.w.cpu.r[i] = t->before.w.cpu.r[i] + 2 * draw_below(&seed, 32);
    for (size_t i = 0; i < sizeof in.b; i++)
        in.b[i] = (u8)((in.b[i] & mask.b[i]) | (t->before.b[i] & ~mask.b[i]));
    in.w.cpu.pc = VECTOR_CODE;
    execute(t, &in.w, &out.w);
    for (size_t i = 0; i < sizeof in.b; i++)
        if ((t->after.b[i] ^ out.b[i]) & writes->b[i])
            return true;
    return false;
}

static void run_trial(struct trial *t, u32 *seen)
{
    static union bytes reads, writes;
    masks_of(t, &reads.w, &writes.w);
    mask_outcome(&writes.w);
    execute(t, &t->before.w, &t->after.w);
    if (!check_writes(t, &writes) || !check_reads(t, &reads, &writes))
        return;
    const struct ppc_effect *effect;
    for (u32 i = 0; (effect = ppc_effect_next(t->insn, t->word, &i));) {
        u32 bit = 1u << (effect - t->insn->effects);
        if (!(*seen & bit) && is_seen(t, effect, &writes))
            *seen |= bit;
    }
}

/* Declared for the reader's sake, without a result that shows it. */
static bool is_invisible(const struct ppc_insn *insn, const struct ppc_effect *effect)
{
    if (insn->class == PPC_CACHE && effect->place == PPC_IN_GPR)
        return true; /* hints, and lines that were cleared before */
    return effect->place == PPC_IN_TB;
}

static void test_effects_are_true(void **state)
{
    (void)state;
    struct err err;
    if (!vector_bench_open(&bench, &err))
        fail_msg("%s", err.text);
    static struct trial t;
    u32 rows = 0;
    for (u32 i = 0; i < PPC_INSNS; i++) {
        const struct ppc_insn *insn = ppc_insn(i);
        if (insn->state != PPC_IS_DONE)
            continue;
        rows++;
        u32 seen = 0, all = (1u << insn->effect_count) - 1, before = complaints;
        for (u32 k = 0; k < insn->effect_count; k++)
            if (is_invisible(insn, &insn->effects[k]))
                seen |= 1u << k;
        for (u32 k = 0; complaints == before && (k < TRIALS || (seen != all && k < TRIALS_MAX)); k++) {
            draw_trial(&t, insn);
            run_trial(&t, &seen);
        }
        for (u32 k = 0; k < insn->effect_count && complaints == before; k++)
            if (!(seen >> k & 1)) {
                print_error("%s: \"%s\": effect %u is never seen\n", insn->name, insn->effects_text, k);
                complaints++;
                break;
            }
    }
    vector_bench_close(&bench);
    assert_int_equal(complaints, 0);
    assert_true(rows > 440);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_effects_are_true),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
