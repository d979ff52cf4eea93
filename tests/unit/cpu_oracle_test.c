/* SPDX-License-Identifier: BSD-3-Clause
 * Differential test: random instructions with random and corner operands, run by our interpreter and, through
 * tests/oracle/guest.c, by QEMU's user mode. Skipped where the cross compiler or QEMU is missing.
 * QEMU runs a 64-bit program, titles run in 32-bit mode: where the modes differ by definition nothing is compared.
 * With arguments it is a campaign: cpu_oracle_test CASES SEED. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/oracle/draw.h"
#include "tests/unit/cpu_vector.h"

enum { BATCH = 40000, CASES = 200000, SHOWN = 40, ROWS_AT_LEAST = 290 };

#define SEED         0x9E3779B97F4A7C15ull
#define FPSCR_FR     0x00040000u /* QEMU keeps none */
#define FPSCR_RESULT 0x0001F000u
#define FPSCR_CLASS  0x00010000u /* of FPRF */
#define FX           0x80000000u
#define CR1_FX       0x08000000u

static be64 cases[BATCH][ORACLE_WORDS];
static be64 answers[BATCH][ORACLE_WORDS];
static u32 rows[PPC_INSNS]; /* ids of those that are compared */
static u32 row_count;
static u64 seed = SEED;

static bool is_left_out(const struct ppc_insn *insn)
{
    switch (insn->id) {
#define LEFT_OUT(row, reason, tested_by) case PPC_##row:
#include "tests/oracle/left_out.def"
        return true;
    default:
        return insn->state != PPC_IS_DONE || row_is_vmx128(insn);
    }
}

/* A random value of a field; GPRs are r3..r12, and base, index and target differ. */
static u32 draw_field(const struct ppc_insn *insn, const struct ppc_field *field)
{
    u32 value = (u32)draw(&seed) & ((1u << field->width) - 1);
    bool is_string = insn->id == PPC_lswi || insn->id == PPC_lswx || insn->id == PPC_stswi || insn->id == PPC_stswx;
    if (row_is_general(insn, field->letter) || (is_string && field->letter != 'h'))
        return 3 + draw_below(&seed, 3) + (field->letter == 'a' ? 0 : field->letter == 'b' ? 3 : 6);
    if (is_string) /* into r9..r12 alone: r13 is the program's own */
        return 1 + value % 8;
    if (row_is_memory(insn) && field->letter == 'i')
        return value & 31;
    if (row_is_memory(insn) && field->letter == 'j')
        return value & 7;
    switch (insn->id) {
    case PPC_mtfsb1: /* no enabled exceptions: the other side would be killed */
        return field->letter == 't' ? value & 15 : value;
    case PPC_mtfsfi:
        return field->letter == 'f' ? value & 5 : value;
    case PPC_sync: /* 2 and 3 are of later processors */
    case PPC_dcbf:
        return field->letter == 't' ? value & 1 : value;
    case PPC_mfocrf: /* more or less than one field is invalid */
    case PPC_mtocrf:
        return 1u << (value & 7);
    default:
        return value;
    }
}

static void draw_registers(be64 *state)
{
    for (u32 i = 0; i < 32; i++) {
        be64_set(&state[ORACLE_R + i], draw_integer(&seed));
        be64_set(&state[ORACLE_F + i], draw_double(&seed));
        for (u32 k = 0; k < 2; k++) {
            u64 high = draw_single(&seed), low = draw_single(&seed);
            be64_set(&state[ORACLE_V + 2 * i + k], draw_below(&seed, 2) ? draw(&seed) : high << 32 | low);
        }
    }
    for (u32 i = 0; i < ORACLE_MEMORY_WORDS; i++)
        be64_set(&state[ORACLE_MEMORY + i], draw_below(&seed, 4) ? draw(&seed) : draw_double(&seed));
    be64_set(&state[ORACLE_CR], (u32)draw(&seed));
    be64_set(&state[ORACLE_XER], (draw(&seed) & (XER_SO | XER_OV | XER_CA)) | (1 + draw_below(&seed, 8)));
    u32 rounding = draw_below(&seed, 4);
    be64_set(&state[ORACLE_FPSCR], draw_below(&seed, 2) ? rounding : 0x82000000u | rounding);
    be64_set(&state[ORACLE_VSCR + 1], draw_below(&seed, 2) ? 0x00010000 : 0);
}

/* Base and index, so that the access falls into the case's memory. */
static void draw_address(const struct ppc_insn *insn, be64 *state, u32 a, u32 b)
{
    bool must_align =
        insn->id == PPC_lwarx || insn->id == PPC_ldarx || insn->id == PPC_stwcx_ || insn->id == PPC_stdcx_;
    u32 unit = must_align ? 8 : 1;
    be64_set(&state[ORACLE_R + a], ORACLE_MEMORY_AT + draw_below(&seed, 32) / unit * unit);
    if (row_is_general(insn, 'b'))
        be64_set(&state[ORACLE_R + b], draw_below(&seed, 32) / unit * unit);
}

static void draw_case(const struct ppc_insn *insn, be64 *state)
{
    u32 word = insn->match, a = 0, b = 0;
    memset(state, 0, sizeof cases[0]);
    draw_registers(state);
    for (u32 i = 0; i < insn->field_count; i++) {
        u32 value = draw_field(insn, &insn->fields[i]);
        word |= draw_put(&insn->fields[i], value);
        a = insn->fields[i].letter == 'a' ? value : a;
        b = insn->fields[i].letter == 'b' ? value : b;
    }
    be64_set(&state[ORACLE_WORD], word);
    if (row_is_memory(insn) || insn->class == PPC_CACHE)
        draw_address(insn, state, a, b);
    if (insn->id == PPC_mtfsf)
        be64_set(&state[ORACLE_F + b], be64_get(state[ORACLE_F + b]) & ~0xF8ull);
    if (insn->id == PPC_vsl || insn->id == PPC_vsr) /* defined for one count in all bytes */
        memset(&state[ORACLE_V + 2 * b], (int)draw_below(&seed, 256), 16);
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
    const char *all; /* nothing is compared, and why */
    u8 from, to;     /* the only bytes of vd that are defined, where to is not 0 */
};

static bool flag(const struct ppc_insn *insn, char letter, u32 word)
{
    s32 value = 0;
    return ppc_field(insn, letter, word, &value) && value;
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

/* The element that lvebx and its like load; the console loads the whole line, the manual leaves the rest open. */
static void leave_element(struct leave *leave, const struct ppc_op *o, const be64 *state, u32 size)
{
    u64 base = o->a ? be64_get(state[ORACLE_R + o->a]) : 0;
    leave->from = (u8)((base + be64_get(state[ORACLE_R + o->b])) & (16 - size));
    leave->to = (u8)(leave->from + size);
}

static struct leave leave_of(const struct ppc_insn *insn, u32 word, const be64 *state)
{
    struct leave leave = {.fpscr = FPSCR_FR};
    bool is_integer = insn->class == PPC_ALU;
    struct ppc_op o;
    ppc_op_decode(&o, word, 0);
    u64 x = be64_get(state[ORACLE_R + (o.a & 31)]), y = be64_get(state[ORACLE_R + (o.b & 31)]);
    switch (insn->id) {
    case PPC_divw:
        leave.all = !(u32)y || ((u32)x == 0x80000000u && (u32)y == UINT32_MAX) ? "no quotient" : NULL;
        leave.gpr = 0xFFFFFFFF00000000ull;
        leave.cr = 0xF0000000;
        break;
    case PPC_divwu:
        leave.all = (u32)y ? NULL : "no quotient";
        leave.gpr = 0xFFFFFFFF00000000ull;
        leave.cr = 0xF0000000;
        break;
    case PPC_divd:
        leave.all = !y || (x == 1ull << 63 && y == UINT64_MAX) ? "no quotient" : NULL;
        break;
    case PPC_divdu:
        leave.all = y ? NULL : "no quotient";
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
        leave.fpr = 0xFFFFFFFF00000000ull | FPSCR_FR;
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
        leave.all = be64_get(state[ORACLE_FPSCR]) & 3 ? "negates before it rounds" : NULL;
        break;
    case PPC_mfocrf: /* one field is defined */
        leave.gpr = ~(0xFull << (o.i ? 4 * (u32)__builtin_ctz((u32)o.i) : 0));
        break;
    case PPC_lvebx:
        leave_element(&leave, &o, state, 1);
        break;
    case PPC_lvehx:
        leave_element(&leave, &o, state, 2);
        break;
    case PPC_lvewx:
        leave_element(&leave, &o, state, 4);
        break;
    default:
        break;
    }
    if (word >> 26 == 59 || insn->id == PPC_frsp)
        leave.fpscr |= FPSCR_CLASS; /* QEMU takes denormal singles for normal */
    if (has_strange_single(insn, word, state))
        leave.all = "a denormal double where a single is wanted";
    if (is_integer && (flag(insn, '.', word) || insn->name[strlen(insn->name) - 1] == '_'))
        leave.cr |= 0xE0000000;
    return leave;
}

static bool vector_differs(const struct ppc *c, const struct leave *leave, const be64 *want, u32 i, u32 d)
{
    u32 from = i == d && leave->to ? leave->from : 0, to = i == d && leave->to ? leave->to : 16;
    return memcmp(c->v[i].b + from, (const u8 *)&want[ORACLE_V + 2 * i] + from, to - from);
}

static bool differs(const struct ppc *c, const struct leave *leave, const be64 *want, char *what, size_t size)
{
    struct ppc_op o;
    ppc_op_decode(&o, (u32)be64_get(want[ORACLE_WORD]), 0);
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
        if (vector_differs(c, leave, want, i, o.d))
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
    if (leave.all)
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

static char folder[] = "/tmp/lockstep-oracle-XXXXXX";

/* Builds the other side; false: it cannot be had here. */
static bool oracle_open(void)
{
    char command[1024];
    if (!mkdtemp(folder))
        return false;
    snprintf(command, sizeof command,
             "powerpc64-linux-gnu-gcc -std=gnu17 -O1 -static -mcpu=970 -maltivec -I. -Wl,-Ttext-segment=0x20000000 "
             "tests/oracle/guest.c -o %s/guest",
             folder);
    return system(command) == 0;
}

static bool oracle_close(void)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0;
}

/* Fills answers from cases. */
static bool oracle_ask(u32 count)
{
    char command[1024];
    snprintf(command, sizeof command,
             "cat > %s/cases && qemu-ppc64 -cpu 970 %s/guest < %s/cases > %s/answers 2>/dev/null", folder, folder,
             folder, folder);
    FILE *pipe = popen(command, "w");
    bool sent = pipe && fwrite(cases, sizeof cases[0], count, pipe) == count;
    bool done = pipe && pclose(pipe) == 0 && sent;
    snprintf(command, sizeof command, "%s/answers", folder);
    FILE *file = done ? fopen(command, "rb") : NULL;
    done = file && fread(answers, sizeof answers[0], count, file) == count;
    if (file)
        fclose(file);
    return done;
}

/* What differs, and the operands of one instruction. */
static void show(const be64 *state, const char *what)
{
    u32 word = (u32)be64_get(state[ORACLE_WORD]);
    const struct ppc_insn *insn = ppc_decode(word);
    char text[64];
    ppc_disassemble(word, 0, text, sizeof text);
    fprintf(stderr, "%s: %s (xer %08x fpscr %08x vscr %08x", text, what, (u32)be64_get(state[ORACLE_XER]),
            (u32)be64_get(state[ORACLE_FPSCR]), (u32)be64_get(state[ORACLE_VSCR + 1]));
    for (u32 i = 0; i < insn->effect_count; i++) {
        const struct ppc_effect *effect = &insn->effects[i];
        s32 n = 0;
        if (effect->is_write || !effect->field || !ppc_field(insn, effect->field, word, &n))
            continue;
        if (effect->place == PPC_IN_GPR || effect->place == PPC_IN_FPR)
            fprintf(stderr, " %c%d %016llx", effect->place == PPC_IN_GPR ? 'r' : 'f', n,
                    (unsigned long long)be64_get(state[(effect->place == PPC_IN_GPR ? ORACLE_R : ORACLE_F) + n]));
        if (effect->place == PPC_IN_VR)
            fprintf(stderr, " v%d %016llx%016llx", n, (unsigned long long)be64_get(state[ORACLE_V + 2 * n]),
                    (unsigned long long)be64_get(state[ORACLE_V + 2 * n + 1]));
    }
    fprintf(stderr, ")\n");
}

/* Compares count cases that were asked; returns how many differ. */
static u32 compare(struct vector_bench *bench, u32 count)
{
    static u32 shown;
    u32 bad = 0;
    for (u32 i = 0; i < count; i++) {
        char what[256];
        if (agrees(bench, cases[i], answers[i], what, sizeof what))
            continue;
        bad++;
        if (shown++ < SHOWN)
            show(cases[i], what);
    }
    return bad;
}

/* Runs a campaign; false: the oracle did not answer. */
static bool campaign(u64 total, u64 *bad)
{
    static struct vector_bench bench;
    struct err err;
    bool answered = vector_bench_open(&bench, &err) && oracle_open();
    *bad = 0;
    for (u64 done = 0; answered && done < total;) {
        u32 count = total - done < BATCH ? (u32)(total - done) : BATCH;
        for (u32 i = 0; i < count; i++)
            draw_case(ppc_insn(rows[(done + i) % row_count]), cases[i]);
        answered = oracle_ask(count);
        if (answered)
            *bad += compare(&bench, count);
        done += count;
    }
    vector_bench_close(&bench);
    return oracle_close() && answered;
}

static const char *missing(void)
{
    if (system("command -v qemu-ppc64 >/dev/null 2>&1"))
        return "qemu-ppc64 is not here";
    if (system("command -v powerpc64-linux-gnu-gcc >/dev/null 2>&1"))
        return "powerpc64-linux-gnu-gcc is not here";
    return NULL;
}

static void test_interpreter_agrees_with_qemu(void **state)
{
    (void)state;
    if (missing()) {
        print_message("skipped: %s\n", missing());
        skip();
    }
    u64 bad;
    assert_true(campaign(CASES, &bad));
    assert_int_equal(bad, 0);
    assert_true(row_count >= ROWS_AT_LEAST);
}

static int run_campaign(char **argv)
{
    u64 total = strtoull(argv[1], NULL, 0), bad;
    seed = strtoull(argv[2], NULL, 0);
    if (!total || !seed || missing()) {
        fprintf(stderr, "oracle: %s\n", missing() ? missing() : "CASES and SEED are numbers above 0");
        return 2;
    }
    u64 first = seed;
    if (!campaign(total, &bad)) {
        fprintf(stderr, "oracle: qemu-ppc64 did not answer\n");
        return 1;
    }
    printf("%llu cases of %u rows from seed %llu: %llu differ\n", (unsigned long long)total, row_count,
           (unsigned long long)first, (unsigned long long)bad);
    return bad != 0;
}

int main(int argc, char **argv)
{
    for (u32 i = 0; i < PPC_INSNS; i++)
        if (!is_left_out(ppc_insn(i)))
            rows[row_count++] = i;
    if (argc == 3)
        return run_campaign(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interpreter_agrees_with_qemu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
