/* SPDX-License-Identifier: BSD-3-Clause
 * Differential test: random instructions with random and corner operands, run by our interpreter and, through
 * tests/oracle/guest.c, by QEMU's user mode. Skipped where the cross compiler or QEMU is missing.
 * QEMU runs a 64-bit program, titles run in 32-bit mode: where the modes differ by definition nothing is compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/cpu/op.h"
#include "emu/cpu/softfp.h"
#include "tests/oracle/oracle.h"
#include "tests/unit/cpu_vector.h"

enum { CASES_PER_ROW = 60, SHOWN = 40, CASES_MAX = PPC_INSNS * CASES_PER_ROW };

#define FPSCR_FR_FI  0x00060000u /* not kept by ours */
#define FPSCR_RESULT 0x0001F000u
#define FPSCR_CLASS  0x00010000u /* of FPRF */
#define FX           0x80000000u
#define CR1_FX       0x08000000u

static be64 cases[CASES_MAX][ORACLE_WORDS];
static be64 answers[CASES_MAX][ORACLE_WORDS];
static u32 count;
static u64 seed = 0x9E3779B97F4A7C15ull;

static u64 draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545F4914F6CDD1Dull;
}

static u32 below(u32 n)
{
    return (u32)(draw() >> 33) % n;
}

static u64 draw_integer(void)
{
    static const u64 corners[] = {0,          1,           0x7F,       0x80,           0xFFFF,
                                  0x7FFFFFFF, 0x80000000u, UINT32_MAX, 1ull << 32,     INT64_MAX,
                                  1ull << 63, UINT64_MAX,  ~0x7Full,   ~0x7FFFFFFFull, 31};
    u64 value = below(3) ? draw() >> below(64) : corners[below(countof(corners))];
    return below(2) ? value : (u64)(s64)(s32)value;
}

static u32 draw_single(void)
{
    static const u32 corners[] = {0,          0x80000000, 1,          0x807FFFFF, 0x3F800000, 0xBF800000, 0x00800000,
                                  0x7F800000, 0xFF800000, 0x7FC00001, 0x7F800001, 0x7F7FFFFF, 0x4EFFFFFF, 0x4F000000,
                                  0xCF000000, 0x3F000000, 0x3FC00000, 0x40200000, 0xC0200000, 0x42280000};
    if (below(3) == 0)
        return corners[below(countof(corners))];
    return (u32)draw() & (below(2) ? 0xFFFFFFFFu : 0xFFFF0000u);
}

static u64 draw_double(void)
{
    static const u64 corners[] = {0x0010000000000000, 0x7FEFFFFFFFFFFFFF, 0x43E0000000000000, 0xC3E0000000000000,
                                  0x41DFFFFFFFC00000, 0x41E0000000000000, 0xC1E0000000200000, 0x3FDFFFFFFFFFFFFF,
                                  0x7FF0000000000001, 0x000FFFFFFFFFFFFF, 0x47EFFFFFF0000000, 0x380FFFFFFFFFFFFF,
                                  0x36A0000000000001, 0x3FE0000000000000, 0x4004000000000000};
    switch (below(5)) {
    case 0:
        return corners[below(countof(corners))] ^ (draw() & FP_SIGN);
    case 1:
        return fp_widen(draw_single());
    case 2:
        return draw();
    default:
        return (draw() & 0x800FFFFFFFFFFFFFull) | (u64)(1023 - 40 + below(80)) << 52;
    }
}

static bool is_vmx128(const struct ppc_insn *insn)
{
    size_t length = strlen(insn->name);
    return length > 3 && !strcmp(insn->name + length - 3, "128");
}

/* Rows that have golden vectors or tests of their own, or that the other side has not, or where it is no oracle. */
static bool is_left_out(const struct ppc_insn *insn)
{
    if (insn->state != PPC_IS_DONE || insn->class == PPC_BRANCH || insn->class == PPC_TRAP ||
        insn->class == PPC_SYSTEM || insn->class == PPC_CACHE || is_vmx128(insn))
        return true;
    switch (insn->id) {
    case PPC_mcrxr:
    case PPC_mfocrf:
    case PPC_mtocrf:
    case PPC_lmw: /* would load the program's own registers */
    case PPC_lswi:
    case PPC_lswx:
    case PPC_stmw:
    case PPC_stswi:
    case PPC_stswx:
    case PPC_stwcx_:
    case PPC_stdcx_:
    case PPC_ldbrx:
    case PPC_stdbrx:
    case PPC_lvebx: /* ours load the whole line, as the console does */
    case PPC_lvehx:
    case PPC_lvewx:
    case PPC_lvlx:
    case PPC_lvlxl:
    case PPC_lvrx:
    case PPC_lvrxl:
    case PPC_stvlx:
    case PPC_stvlxl:
    case PPC_stvrx:
    case PPC_stvrxl:
    case PPC_fres:
    case PPC_frsqrte:
    case PPC_vrefp:
    case PPC_vrsqrtefp:
    case PPC_vexptefp:
    case PPC_vlogefp:
        return true;
    default:
        return false;
    }
}

static bool is_memory(const struct ppc_insn *insn)
{
    return insn->class == PPC_LOAD || insn->class == PPC_STORE || insn->class == PPC_VLOAD || insn->class == PPC_VSTORE;
}

static bool is_general(const struct ppc_insn *insn, char letter)
{
    for (u32 i = 0; i < insn->effect_count; i++)
        if (insn->effects[i].field == letter && insn->effects[i].place == PPC_IN_GPR)
            return true;
    return false;
}

/* A random value of a field; GPRs are r3..r12, and base, index and target differ. */
static u32 draw_field(const struct ppc_insn *insn, const struct ppc_field *field)
{
    u32 value = (u32)draw() & ((1u << field->width) - 1);
    if (is_general(insn, field->letter))
        return 3 + below(3) + (field->letter == 'a' ? 0 : field->letter == 'b' ? 3 : 6);
    if (is_memory(insn) && field->letter == 'i')
        return value & 31;
    if (is_memory(insn) && field->letter == 'j')
        return value & 7;
    /* No enabled exceptions: the other side would be killed. */
    if (insn->id == PPC_mtfsb1)
        return value & 15;
    return insn->id == PPC_mtfsfi && field->letter == 'f' ? value & 5 : value;
}

static u32 put_field(const struct ppc_field *field, u32 value)
{
    u32 word = 0;
    for (u32 i = field->pieces; i-- > 0;) {
        word |= (value & ((1u << field->piece[i].width) - 1)) << field->piece[i].shift;
        value >>= field->piece[i].width;
    }
    return word;
}

static void draw_registers(be64 *state)
{
    for (u32 i = 0; i < 32; i++) {
        be64_set(&state[ORACLE_R + i], draw_integer());
        be64_set(&state[ORACLE_F + i], draw_double());
        for (u32 k = 0; k < 2; k++) {
            u64 lanes = below(2) ? draw() : (u64)draw_single() << 32 | draw_single();
            be64_set(&state[ORACLE_V + 2 * i + k], lanes);
        }
    }
    for (u32 i = 0; i < ORACLE_MEMORY_WORDS; i++)
        be64_set(&state[ORACLE_MEMORY + i], below(4) ? draw() : draw_double());
    be64_set(&state[ORACLE_CR], (u32)draw());
    be64_set(&state[ORACLE_XER], draw() & (XER_SO | XER_OV | XER_CA));
    be64_set(&state[ORACLE_FPSCR], below(2) ? below(4) : 0x82000000u | below(4));
    be64_set(&state[ORACLE_VSCR + 1], below(2) ? 0x00010000 : 0);
}

static void draw_case(const struct ppc_insn *insn)
{
    be64 *state = cases[count++];
    u32 word = insn->match, a = 0, b = 0;
    memset(state, 0, sizeof cases[0]);
    draw_registers(state);
    for (u32 i = 0; i < insn->field_count; i++) {
        u32 value = draw_field(insn, &insn->fields[i]);
        word |= put_field(&insn->fields[i], value);
        a = insn->fields[i].letter == 'a' ? value : a;
        b = insn->fields[i].letter == 'b' ? value : b;
    }
    be64_set(&state[ORACLE_WORD], word);
    if (is_memory(insn)) {
        u32 unit = insn->id == PPC_lwarx || insn->id == PPC_ldarx ? 8 : 1; /* those must be aligned */
        be64_set(&state[ORACLE_R + a], ORACLE_MEMORY_AT + below(32) / unit * unit);
        if (is_general(insn, 'b'))
            be64_set(&state[ORACLE_R + b], below(32) / unit * unit);
    }
    if (insn->id == PPC_mtfsf)
        be64_set(&state[ORACLE_F + b], be64_get(state[ORACLE_F + b]) & ~0xF8ull);
    if (insn->id == PPC_vsl || insn->id == PPC_vsr) /* defined for one count in all bytes */
        memset(&state[ORACLE_V + 2 * b], (int)below(256), 16);
}

static void load_case(struct ppc *c, const be64 *state)
{
    cpu_reset(c);
    for (u32 i = 0; i < 32; i++) {
        c->r[i] = be64_get(state[ORACLE_R + i]);
        c->f[i] = be64_get(state[ORACLE_F + i]);
        memcpy(c->v[i].b, &state[ORACLE_V + 2 * i], 16);
    }
    c->cr = (u32)be64_get(state[ORACLE_CR]);
    c->xer = (u32)be64_get(state[ORACLE_XER]);
    c->fpscr = (u32)be64_get(state[ORACLE_FPSCR]);
    c->vscr = (u32)be64_get(state[ORACLE_VSCR + 1]);
}

/* What the 32-bit mode makes different, and what the manual leaves undefined. */
struct leave {
    u32 cr, xer, fpscr, vscr;
    u64 gpr, fpr;
    bool all;
};

static bool flag(const struct ppc_insn *insn, char letter, u32 word)
{
    s32 value = 0;
    return ppc_field(insn, letter, word, &value) && value;
}

static struct leave leave_of(const struct ppc_insn *insn, u32 word, const be64 *state)
{
    struct leave leave = {.fpscr = FPSCR_FR_FI};
    bool is_integer = insn->class == PPC_ALU;
    struct ppc_op o;
    ppc_op_decode(&o, word, 0);
    u64 x = be64_get(state[ORACLE_R + (o.a & 31)]), y = be64_get(state[ORACLE_R + (o.b & 31)]);
    switch (insn->id) {
    case PPC_divw:
        leave.all = !(u32)y || ((u32)x == 0x80000000u && (u32)y == UINT32_MAX);
        leave.gpr = 0xFFFFFFFF00000000ull;
        leave.cr = 0xF0000000;
        break;
    case PPC_divwu:
        leave.all = !(u32)y;
        leave.gpr = 0xFFFFFFFF00000000ull;
        leave.cr = 0xF0000000;
        break;
    case PPC_divd:
        leave.all = !y || (x == 1ull << 63 && y == UINT64_MAX);
        break;
    case PPC_divdu:
        leave.all = !y;
        break;
    case PPC_mulhw:
    case PPC_mulhwu:
        leave.gpr = 0xFFFFFFFF00000000ull;
        leave.cr = 0xF0000000;
        break;
    case PPC_add:
    case PPC_subf:
    case PPC_neg:
        leave.xer = flag(insn, 'o', word) ? XER_OV | XER_SO : 0;
        leave.cr = flag(insn, 'o', word) ? 0x10000000 : 0;
        break;
    case PPC_addc:
    case PPC_subfc:
    case PPC_adde:
    case PPC_subfe:
    case PPC_addme:
    case PPC_subfme:
    case PPC_addze:
    case PPC_subfze:
        leave.cr = flag(insn, 'o', word) ? 0x10000000 : 0;
        leave.xer = XER_CA | (flag(insn, 'o', word) ? XER_OV | XER_SO : 0);
        break;
    case PPC_addic:
    case PPC_addic_:
    case PPC_subfic:
        leave.xer = XER_CA;
        break;
    case PPC_fctiw:
    case PPC_fctiwz:
        leave.fpr = 0xFFFFFFFF00000000ull;
        leave.fpscr |= FPSCR_RESULT;
        break;
    case PPC_fctid:
    case PPC_fctidz:
        leave.fpscr |= FPSCR_RESULT;
        break;
    case PPC_mffs:
        leave.fpr = 0xFFFFFFFF00000000ull | FPSCR_FR_FI;
        break;
    case PPC_fcmpo:
        leave.fpscr |= FPSCR_CLASS; /* QEMU sets it with an invalid operation; the manual names FPCC alone */
        break;
    case PPC_mtfsb1: /* QEMU leaves FX; the manual excepts mtfsf and mtfsfi alone */
        leave.fpscr |= FX;
        leave.cr = CR1_FX;
        break;
    case PPC_mtvscr:
        leave.vscr = ~0x00010001u; /* QEMU keeps bits that do not exist */
        break;
    case PPC_fnmadd:
    case PPC_fnmadds:
    case PPC_fnmsub:
    case PPC_fnmsubs: /* QEMU negates before it rounds, the manual after */
        leave.all = be64_get(state[ORACLE_FPSCR]) & 3;
        break;
    default:
        break;
    }
    if (word >> 26 == 59 || insn->id == PPC_frsp)
        leave.fpscr |= FPSCR_CLASS; /* QEMU takes denormal singles for normal */
    if (is_integer && (flag(insn, '.', word) || insn->name[strlen(insn->name) - 1] == '_'))
        leave.cr |= 0xE0000000;
    return leave;
}

/* A denormal double where a single is wanted: the console answers otherwise. */
static bool has_strange_single(const struct ppc_insn *insn, u32 word, const be64 *state)
{
    if ((word >> 26) != 59)
        return false;
    for (u32 i = 0; i < insn->field_count; i++) {
        char letter = insn->fields[i].letter;
        u64 bits = be64_get(state[ORACLE_F + ((u32)ppc_field_value(&insn->fields[i], word) & 31)]);
        if ((letter == 'a' || letter == 'b' || letter == 'c') && !(bits & FP_INF) && !fp_is_zero(bits))
            return true;
    }
    return false;
}

static bool differs(const struct ppc *c, const struct leave *leave, const be64 *want, char *what, size_t size)
{
    u64 have, wanted;
    for (u32 i = 0; i < 32; i++) {
        have = c->r[i], wanted = be64_get(want[ORACLE_R + i]);
        bool is_own = i == 1 || i == 2 || i == 13 || i >= 30;
        if (!is_own && (have ^ wanted) & ~leave->gpr)
            return snprintf(what, size, "r%u %016llx, not %016llx", i, (unsigned long long)have,
                            (unsigned long long)wanted);
        have = c->f[i], wanted = be64_get(want[ORACLE_F + i]);
        if ((have ^ wanted) & ~leave->fpr)
            return snprintf(what, size, "f%u %016llx, not %016llx", i, (unsigned long long)have,
                            (unsigned long long)wanted);
        if (memcmp(c->v[i].b, &want[ORACLE_V + 2 * i], 16))
            return snprintf(what, size, "v%u %016llx%016llx, not %016llx%016llx", i,
                            (unsigned long long)load_be64(c->v[i].b), (unsigned long long)load_be64(c->v[i].b + 8),
                            (unsigned long long)be64_get(want[ORACLE_V + 2 * i]),
                            (unsigned long long)be64_get(want[ORACLE_V + 2 * i + 1]));
    }
    if ((c->cr ^ (u32)be64_get(want[ORACLE_CR])) & ~leave->cr)
        return snprintf(what, size, "cr %08x, not %08x", c->cr, (u32)be64_get(want[ORACLE_CR]));
    if ((c->xer ^ (u32)be64_get(want[ORACLE_XER])) & ~leave->xer)
        return snprintf(what, size, "xer %08x, not %08x", c->xer, (u32)be64_get(want[ORACLE_XER]));
    if ((c->fpscr ^ (u32)be64_get(want[ORACLE_FPSCR])) & ~leave->fpscr)
        return snprintf(what, size, "fpscr %08x, not %08x", c->fpscr, (u32)be64_get(want[ORACLE_FPSCR]));
    if ((c->vscr ^ (u32)be64_get(want[ORACLE_VSCR + 1])) & ~leave->vscr)
        return snprintf(what, size, "vscr %08x, not %08x", c->vscr, (u32)be64_get(want[ORACLE_VSCR + 1]));
    return false;
}

/* Runs a case; true: as the oracle says, or nothing to compare. */
static bool agrees(struct vector_bench *bench, const be64 *state, const be64 *want, char *what, size_t size)
{
    u32 word = (u32)be64_get(state[ORACLE_WORD]);
    const struct ppc_insn *insn = ppc_decode(word);
    struct leave leave = leave_of(insn, word, state);
    if (leave.all || has_strange_single(insn, word, state))
        return true;
    load_case(&bench->cpu, state);
    u8 code[4];
    u8 memory[8 * ORACLE_MEMORY_WORDS];
    store_be32(code, word);
    memory_poke(bench->e, ORACLE_MEMORY_AT, &state[ORACLE_MEMORY], sizeof memory);
    if (!vector_execute(bench, code, 4)) {
        snprintf(what, size, "%.200s", bench->why);
        return false;
    }
    memory_read(bench->e, ORACLE_MEMORY_AT, memory, sizeof memory);
    if (memcmp(memory, &want[ORACLE_MEMORY], sizeof memory)) {
        snprintf(what, size, "memory differs");
        return false;
    }
    return !differs(&bench->cpu, &leave, want, what, size);
}

/* Builds the other side and asks it; false: it cannot be had here. */
static bool ask_oracle(void)
{
    char folder[] = "/tmp/lockstep-oracle-XXXXXX", command[1024];
    if (!mkdtemp(folder))
        return false;
    snprintf(command, sizeof command,
             "powerpc64-linux-gnu-gcc -std=gnu17 -O1 -static -mcpu=970 -maltivec -I. -Wl,-Ttext-segment=0x20000000 "
             "tests/oracle/guest.c -o %s/guest 2>/dev/null && cat > %s/cases && "
             "qemu-ppc64 -cpu 970 %s/guest < %s/cases > %s/answers 2>/dev/null",
             folder, folder, folder, folder, folder);
    FILE *pipe = popen(command, "w");
    bool sent = pipe && fwrite(cases, sizeof cases[0], count, pipe) == count;
    bool done = pipe && pclose(pipe) == 0 && sent;
    snprintf(command, sizeof command, "%s/answers", folder);
    FILE *file = done ? fopen(command, "rb") : NULL;
    done = file && fread(answers, sizeof answers[0], count, file) == count;
    if (file)
        fclose(file);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 && done;
}

static void test_interpreter_agrees_with_qemu(void **state)
{
    (void)state;
    if (system("command -v qemu-ppc64 powerpc64-linux-gnu-gcc >/dev/null 2>&1"))
        skip();
    for (u32 i = 0; i < PPC_INSNS; i++)
        for (u32 k = 0; k < CASES_PER_ROW && !is_left_out(ppc_insn(i)); k++)
            draw_case(ppc_insn(i));
    assert_true(ask_oracle());
    static struct vector_bench bench;
    struct err err;
    assert_true(vector_bench_open(&bench, &err));
    u32 bad = 0;
    for (u32 i = 0; i < count; i++) {
        char what[256], text[64];
        if (agrees(&bench, cases[i], answers[i], what, sizeof what))
            continue;
        ppc_disassemble((u32)be64_get(cases[i][ORACLE_WORD]), 0, text, sizeof text);
        if (bad++ < SHOWN)
            print_error("case %u: %s: %s\n", i, text, what);
    }
    vector_bench_close(&bench);
    assert_int_equal(bad, 0);
    assert_true(count > 200 * CASES_PER_ROW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interpreter_agrees_with_qemu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
