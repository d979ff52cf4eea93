/* SPDX-License-Identifier: BSD-3-Clause
 * The instruction table: it is consistent, fields are split as the encodings say, and the disassembler agrees with
 * objdump. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "schema/ppc.h"

enum { WORDS_PER_ROW = 100, LINE_BYTES = 256 };

static void test_rows_are_consistent(void **state)
{
    (void)state;
    struct err err = {""};
    if (!ppc_check(&err))
        fail_msg("%s", err.text);
    assert_true(PPC_INSNS > 400);
}

static void test_every_row_decodes_to_itself(void **state)
{
    (void)state;
    for (u32 i = 0; i < PPC_INSNS; i++)
        assert_ptr_equal(ppc_decode(ppc_insn(i)->match), ppc_insn(i));
}

static s32 field(u32 word, char letter)
{
    s32 value = 0;
    assert_true(ppc_field(ppc_decode(word), letter, word, &value));
    return value;
}

static void test_decode_splits_fields(void **state)
{
    (void)state;
    assert_int_equal(field(0x3860FFFF, 'i'), -1);     /* addi r3,0,-1 */
    assert_int_equal(field(0x6063FFFF, 'u'), 0xFFFF); /* ori r3,r3,65535 */
    assert_int_equal(field(0x4BFFFFFC, 'j'), -4);     /* b .-4 */
    assert_int_equal(field(0x7C6C42A6, 'p'), 268);    /* mftb r3: the SPR's halves are swapped */
    assert_int_equal(field(0x788308A2, 'h'), 33);     /* rldicl r3,r4,33,34: the sixth bits stand apart */
    assert_int_equal(field(0x788308A2, 'm'), 34);
}

/* vaddfp128 vd,va,vb by the public description of its fields. */
static u32 vaddfp128(u32 d, u32 a, u32 b)
{
    return 0x14000010 | (d & 31) << 21 | (d >> 5) << 2 | (a & 31) << 16 | (a >> 5 & 1) << 5 | (a >> 6) << 10 |
           (b & 31) << 11 | b >> 5;
}

static void test_decode_splits_vmx128_fields(void **state)
{
    (void)state;
    for (u32 i = 0; i < 128; i++) {
        u32 a = (i * 37 + 5) & 127, b = (i * 59 + 11) & 127, word = vaddfp128(i, a, b);
        assert_int_equal(ppc_decode(word)->id, PPC_vaddfp128);
        assert_int_equal(field(word, 'd'), i);
        assert_int_equal(field(word, 'a'), a);
        assert_int_equal(field(word, 'b'), b);
    }
}

static void test_unknown_words_have_no_row(void **state)
{
    (void)state;
    assert_null(ppc_decode(0));
    assert_null(ppc_decode(0x04000000));
    char text[64];
    ppc_disassemble(0, 0, text, sizeof text);
    assert_string_equal(text, ".long 0x0");
}

static void test_disassembly_is_cut_at_capacity(void **state)
{
    (void)state;
    char text[8] = "";
    assert_int_equal(ppc_disassemble(0x38600001, 0, text, sizeof text), strlen("addi    r3,0,1"));
    assert_string_equal(text, "addi   ");
}

static void expect_disassembly(u32 word, const char *want)
{
    char text[64];
    ppc_disassemble(word, 0x82000000, text, sizeof text);
    assert_string_equal(text, want);
}

static void test_vmx128_is_printed(void **state)
{
    (void)state;
    expect_disassembly(vaddfp128(100, 65, 127), "vaddfp128 v100,v65,v127");
    expect_disassembly(0x180000C0 | 0x20, "vcmpgefp128. v0,v32,v0");
    expect_disassembly(0x4BFFFFFD, "bl      0x81fffffc");
}

/* The effects that apply to a word, as "r3 >r5 " (writes after >). */
static void effects_text(u32 word, char *out, size_t capacity)
{
    const struct ppc_insn *insn = ppc_decode(word);
    const struct ppc_effect *effect;
    size_t n = 0;
    out[0] = '\0';
    for (u32 i = 0; (effect = ppc_effect_next(insn, word, &i));) {
        s32 number = -1;
        if (effect->field)
            ppc_field(insn, effect->field, word, &number);
        n += (size_t)snprintf(out + n, capacity - n, "%s%u:%d ", effect->is_write ? ">" : "", effect->place,
                              (int)number);
    }
}

static void test_effects_follow_flags_and_zero_base(void **state)
{
    (void)state;
    char text[128], want[128];
    effects_text(0x38600001, text, sizeof text); /* addi r3,0,1 reads nothing */
    snprintf(want, sizeof want, ">%u:3 ", PPC_IN_GPR);
    assert_string_equal(text, want);
    effects_text(0x7C642A14, text, sizeof text); /* add r3,r4,r5 leaves CR0 and OV */
    snprintf(want, sizeof want, "%u:4 %u:5 >%u:3 ", PPC_IN_GPR, PPC_IN_GPR, PPC_IN_GPR);
    assert_string_equal(text, want);
    effects_text(0x7C642E15, text, sizeof text); /* addo. */
    snprintf(want, sizeof want, "%u:4 %u:5 %u:-1 >%u:3 >%u:-1 >%u:-1 ", PPC_IN_GPR, PPC_IN_GPR, PPC_IN_SO, PPC_IN_GPR,
             PPC_IN_CR0, PPC_IN_OV);
    assert_string_equal(text, want);
    effects_text(0x4200FFFC, text, sizeof text); /* bdnz reads no condition */
    snprintf(want, sizeof want, "%u:-1 >%u:-1 >%u:-1 ", PPC_IN_CTR, PPC_IN_NIA, PPC_IN_CTR);
    assert_string_equal(text, want);
    effects_text(0x4E800020, text, sizeof text); /* blr leaves CTR */
    snprintf(want, sizeof want, "%u:-1 >%u:-1 ", PPC_IN_LR, PPC_IN_NIA);
    assert_string_equal(text, want);
    effects_text(0x94230010, text, sizeof text); /* stwu r1,16(r3) */
    snprintf(want, sizeof want, "%u:3 %u:1 >%u:-1 >%u:3 ", PPC_IN_GPR, PPC_IN_GPR, PPC_IN_MEM, PPC_IN_GPR);
    assert_string_equal(text, want);
}

static bool is_vmx128(const struct ppc_insn *insn)
{
    size_t length = strlen(insn->name);
    return length > 3 && !strcmp(insn->name + length - 3, "128");
}

/* A word of the row with pseudo-random fields; bits that the pattern ignores stay 0. */
static u32 word_of(const struct ppc_insn *insn, u32 *seed)
{
    u32 word = insn->match;
    for (u32 i = 0; i < insn->field_count; i++)
        for (u32 k = 0; k < insn->fields[i].pieces; k++) {
            *seed = *seed * 1664525 + 1013904223;
            u32 bits = *seed >> 8 & ((1u << insn->fields[i].piece[k].width) - 1);
            word |= bits << insn->fields[i].piece[k].shift;
        }
    return word;
}

/* One blank for each run of blanks and tabs, none at the end. */
static void squeeze(char *text)
{
    char *to = text;
    for (char *from = text; *from && *from != '\n'; from++)
        if (*from != ' ' && *from != '\t')
            *to++ = *from;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    while (to > text && to[-1] == ' ')
        to--;
    *to = '\0';
}

/* BO and BH that the manual reserves, and a condition that is not looked at: objdump names some of them. */
static bool is_reserved_branch(u32 word)
{
    u32 bo = word >> 21 & 31, bi = word >> 16 & 31, hint = bo & 16 ? (bo >> 2 & 2) | (bo & 1) : bo & 3;
    if (word >> 26 == 19 && word & 0x1800)
        return true;
    if ((bo & 0x14) == 0x14)
        return bo != 20 || bi;
    if (word >> 26 == 19 && word & 0x400 && !(bo & 4)) /* bcctr that counts */
        return true;
    return (bo & 0x10 && bi) || ((bo & 0x14) ? hint == 1 : bo & 1);
}

/* Where objdump means the same and prints otherwise, or knows forms that it takes for invalid. */
static bool is_printed_otherwise(const struct ppc_insn *insn, const char *theirs, enum ppc_style style, u32 word)
{
    /* Update forms with rA = 0 or rD, lmw that overwrites its base and other invalid forms. */
    if (!strncmp(theirs, ".long", 5))
        return true;
    switch (insn->id) {
    case PPC_mfcr: /* "r3,-1" */
    case PPC_fres: /* a third operand, from later processors */
    case PPC_frsqrte:
        return true;
    case PPC_lswi: /* 32 where the field is 0: with us in simplified style alone */
    case PPC_stswi:
        return style == PPC_RAW && !strcmp(theirs + strlen(theirs) - 3, ",32");
    case PPC_mfspr: /* names of registers that titles cannot reach */
    case PPC_mtspr:
    case PPC_mftb:
    case PPC_dcbt: /* names of some hints */
    case PPC_dcbtst:
    case PPC_sync: /* hwsync */
        return style == PPC_SIMPLIFIED;
    case PPC_bc:
    case PPC_bclr:
    case PPC_bcctr:
        return style == PPC_SIMPLIFIED && is_reserved_branch(word);
    default:
        return false;
    }
}

static u32 compare_with_objdump(FILE *lines, enum ppc_style style, const u32 *words, u32 count, u32 *same)
{
    char line[LINE_BYTES], ours[128];
    u32 bad = 0;
    while (fgets(line, sizeof line, lines)) {
        unsigned address;
        char *text = strrchr(line, '\t');
        if (sscanf(line, " %x:", &address) != 1 || address / 4 >= count)
            continue;
        /* Columns: address, bytes, mnemonic and operands. */
        text = strchr(line, '\t');
        text = text ? strchr(text + 1, '\t') : NULL;
        if (!text)
            continue;
        squeeze(text + 1);
        u32 word = words[address / 4];
        ppc_disassemble_as(style, word, address, ours, sizeof ours);
        squeeze(ours);
        if (!strcmp(ours, text + 1)) {
            ++*same;
        } else if (!is_printed_otherwise(ppc_decode(word), text + 1, style, word)) {
            print_error("%08x: \"%s\", objdump says \"%s\"\n", word, ours, text + 1);
            bad++;
        }
    }
    return bad;
}

static void check_style(enum ppc_style style, const char *option)
{
    static u32 words[PPC_INSNS * WORDS_PER_ROW];
    u32 count = 0, seed = 1, same = 0;
    char path[] = "/tmp/lockstep-ppc-XXXXXX", command[256];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "wb");
    for (u32 i = 0; i < PPC_INSNS; i++)
        for (u32 k = 0; k < WORDS_PER_ROW && !is_vmx128(ppc_insn(i)); k++) {
            be32 bytes;
            words[count] = word_of(ppc_insn(i), &seed);
            be32_set(&bytes, words[count++]);
            fwrite(&bytes, 4, 1, file);
        }
    fclose(file);
    snprintf(command, sizeof command, "powerpc-linux-gnu-objdump -D -z -b binary -m powerpc -EB -M %s %s", option,
             path);
    FILE *lines = popen(command, "r");
    assert_non_null(lines);
    u32 bad = compare_with_objdump(lines, style, words, count, &same);
    pclose(lines);
    unlink(path);
    assert_int_equal(bad, 0);
    assert_true(same > count * 8 / 10);
}

static void test_disassembly_matches_objdump(void **state)
{
    (void)state;
    if (system("powerpc-linux-gnu-objdump --version >/dev/null 2>&1"))
        skip();
    check_style(PPC_RAW, "raw,cell");
}

static void test_simplified_mnemonics_match_objdump(void **state)
{
    (void)state;
    if (system("powerpc-linux-gnu-objdump --version >/dev/null 2>&1"))
        skip();
    check_style(PPC_SIMPLIFIED, "cell");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_consistent),         cmocka_unit_test(test_every_row_decodes_to_itself),
        cmocka_unit_test(test_decode_splits_fields),        cmocka_unit_test(test_decode_splits_vmx128_fields),
        cmocka_unit_test(test_unknown_words_have_no_row),   cmocka_unit_test(test_disassembly_is_cut_at_capacity),
        cmocka_unit_test(test_vmx128_is_printed),           cmocka_unit_test(test_effects_follow_flags_and_zero_base),
        cmocka_unit_test(test_disassembly_matches_objdump), cmocka_unit_test(test_simplified_mnemonics_match_objdump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
